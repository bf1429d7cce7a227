#!/usr/bin/env bats
# as: user (no right is asked for)
# log.bats: onlyonectl log, what has happened to an instance lately.
load lib/line

# events [APP]: what the log says, without the times, which are checked.
events() {
	ctl log "${1-guest}" >told || return
	head -n 1 told | grep -qE '^TIME +PID +WHAT$' || return 99
	sed 1d told >rows
	run ! grep -vE "^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}\.[0-9]{3}  ( *[0-9]+|\?) +[^ ]" rows
	cut -d' ' -f1,2 rows | sort -c || return 98
	sed -E 's/^[^ ]+ [^ ]+ +//; s/  +/ /' rows
}

# bats test_tags=check
@test "log: a launch, its handler, and what came of them, each with its pid" {
	with_handler 'echo $$ >handler; exit 3'
	begin timeout $LIMIT onlyone "$GUESTS/guest" x
	ends "$BEGUN" 3
	events >got
	local owner
	owner=$(ctl pid guest)
	sed -E "s/^$owner /OWNER /; s/^$(cat handler) /HANDLER /; s/^[0-9]+ /LAUNCH /" \
		got >shown
	diff - shown <<-'END'
		OWNER started
		LAUNCH a launch
		HANDLER its handler begins
		HANDLER its handler has ended, 3
		LAUNCH handed over, 3
	END
	# Both of the launch are the same process.
	assert_equal "$(sed -n 's/ a launch$//p' got)" \
		"$(sed -n 's/ handed over, 3$//p' got)"
	# Its time is that of this machine.
	local year
	year=$(date +%Y)
	grep -q "^$year-" rows
}

@test "log: arguments that nobody took, are told" {
	begin_guest onlyone "$GUESTS/guest"
	run launch "$GUESTS/guest" lost
	events >got
	assert_equal "$(sed -E 's/^[0-9]+ //' got)" $'started\na launch\nno handler for its arguments, 0'
}

@test "log: the last twenty, the oldest first" {
	with_handler 'exit "$1"'
	local i
	for i in {1..8}; do
		run launch "$GUESTS/guest" "$i"
		assert_failure "$i"
	done
	events >got
	assert_equal "$(wc -l <got)" 20
	run ! grep -q started got
	assert_equal "$(sed -nE 's/.* handed over, //p' got | xargs)" '4 5 6 7 8'
	tail -n 1 got | grep -q 'handed over, 8$'
}

@test "log: who waits, and becomes the instance" {
	begin_guest first= onlyone "$GUESTS/guest"
	begin onlyone --wait "$GUESTS/guest"
	lined_up "$BEGUN"
	kill "$first"
	wait_until 'it runs' pid_is guest "$BEGUN"
	events >got
	grep -qx "$BEGUN waits in line" got
	grep -qxE "$first has ended(, [0-9]+)?: the next in line follows" got
	grep -qx "$BEGUN is the instance now" got
}

@test "log: an instance whose keeper was killed has one that says so" {
	begin_guest onlyone "$GUESTS/guest"
	keeper_killed guest
	run launch "$GUESTS/guest"
	events >got
	assert_equal "$(head -n 1 got)" "$BEGUN runs, and has a new keeper"
}

# bats test_tags=check
@test "log: looking is no event; none runs: 3; with a key, that one's" {
	run -3 --separate-stderr ctl log guest
	begin_guest onlyone -k one "$GUESTS/guest"
	begin_guest onlyone -k two "$GUESTS/guest"
	ctl list >/dev/null
	ctl log guest two >/dev/null
	ctl log guest two >got
	assert_equal "$(sed 1d got | wc -l)" 1
	grep -q " $BEGUN  *started$" got
	run -64 ctl log guest
}

# --- of instances that have ended -----------------------------------------------

# bats test_tags=check,linux-6-15
@test "ended: the exit status of the last one, its key, its pid; with and without one" {
	# At once, and after a while: two ways of the keeper.
	run -3 launch -k brief "$GUEST" exit 3
	freed
	events guest >got
	assert_equal "$(sed -E 's/^[0-9]+ //' got)" $'started\nhas ended, 3 (key brief)'
	begin_guest onlyone -k long "$GUEST"
	pid=$BEGUN
	ended_by KILL "$pid"
	freed
	events guest >got
	assert_equal "$(sed 1d got)" "$pid started
$pid has ended, 137 (key long)"
	grep -q 'has ended, 3 (key brief)$' got
	ctl log guest brief >got
	grep -q ' has ended, 3$' got
	run -3 --separate-stderr ctl log guest other
	# The same for a program, and beside the one that runs.
	ctl log guest --json |
		jq -c '.[] | [.key, .exit, .ended > .since]' >got
	diff - got <<-'END'
		["brief",3,true]
		["long",137,true]
	END
	begin_guest onlyone -k long "$GUEST"
	events guest >got
	assert_equal "$(cat got)" "$pid has ended, 137 (key long)
$BEGUN started"
	assert_equal "$(ctl log guest --json | jq -c '.[-1] | [.pid, .ended, .exit]')" \
		"[$BEGUN,null,null]"
}

@test "ended: what its keeper knew, and nothing where that was killed" {
	with_handler 'exit 4'
	run -4 launch "$GUEST" x
	ended_by TERM "$BEGUN"
	freed
	events >got
	grep -q 'its handler has ended, 4$' got
	begin_guest onlyone -a other "$GUEST"
	keeper_killed other
	ended_by TERM "$BEGUN"
	run -3 --separate-stderr ctl log other
}

@test "ended: 2,000 of them leave two files of 32 KiB" {
	launch "$GUEST" exit 0 || true
	freed
	for i in {1..2000}; do
		echo "onlyone -q -a $((i % 7)) -k $i true"
	done | xargs -P 8 -d '\n' -n 1 sh -c 'eval "$1"' sh
	freed
	[ "$(stat -c %a "$ONLYONE_DIR"/.ended "$ONLYONE_DIR"/.ended.1 | xargs)" = '600 600' ]
	for file in "$ONLYONE_DIR"/.ended*; do
		[ "$(stat -c %s "$file")" -le 32768 ] ||
			fail "$file is too large"
	done
	[ "$(stat -c %s "$ONLYONE_DIR/.ended.1")" -gt 30000 ]
	# The last ones are known, whole.
	ctl log 3 1998 >got
	ctl log 3 --json >json
	assert_equal "$(jq length json)" 20
	assert_equal "$(jq '[.[] | select(.app == "3" and .ended)] | length' json)" 20
	run -3 --separate-stderr ctl log guest
}

# record APP AGE [FIELD...]: a record of one that ended AGE seconds ago.
record() {
	local now=$(($(date +%s) - $2))
	printf '\0\0'
	printf '%s\0' "app=$1" pid=1 pidns=0 "since=${now}000" "ended=${now}000" \
		"${@:3}"
}

@test "ended: seven days; what is torn, or strange, harms no other" {
	(
		record old 605000 exit=1 end=1
		record new 604000 exit=2 end=1
		record torn 10 | head -c 40
		printf 'no field\0\0\0='
		record odd 10 exit=9 'at=x' by=-1 $'what=a\e[2Jb' end=1
		record last 10 exit=3 end=1
		printf '\0\0'
		head -c 300 /dev/urandom
	) >"$ONLYONE_DIR/.ended"
	chmod 600 "$ONLYONE_DIR/.ended"
	run -3 --separate-stderr ctl log old
	run -3 --separate-stderr ctl log torn
	ctl log new | grep -q 'has ended, 2$'
	ctl log last | grep -q 'has ended, 3$'
	ctl log odd >got
	run -1 grep -q $'\e' got
	grep -q 'has ended, 9$' got
}

@test "ended: a link, a FIFO, a folder, a file with two names or that others may write: refused" {
	file=$ONLYONE_DIR/.ended
	other=$ONLYONE_DIR/other
	echo mine | tee good >"$other"
	for way in 'ln -s "$other"' 'ln -s "$PWD/none"' 'ln "$other"' mkfifo mkdir \
		'install -m 666 "$other"'; do
		echo "$way" >&2
		eval "$way \"\$file\""
		run -5 --separate-stderr launch "$GUEST" exit 5
		assert_equal "$stderr" ''
		freed guest
		run -3 --separate-stderr ctl log guest
		cmp "$other" good
		[ ! -e none ]
		rm -rf "$file"
	done
	run -5 launch "$GUEST" exit 5
	freed
	ctl log guest >/dev/null
}

@test "ended: a lock on the file holds no ending up, and loses the record" {
	: >"$ONLYONE_DIR/.ended"
	chmod 600 "$ONLYONE_DIR/.ended"
	begin flock "$ONLYONE_DIR/.ended" sleep 1000
	wait_until 'it is locked' eval '! flock -n "$ONLYONE_DIR/.ended" true'
	run -5 launch "$GUEST" exit 5
	freed
	run -3 --separate-stderr ctl log guest
}

# turned_away: how many, as status says.
turned_away() {
	ctl status guest | sed -nE \
		's/^skipped: ([0-9]+) launch(es)?, last [0-9:]{8}(, [0-9:]{8})*$/\1/p'
}

# bats test_tags=check
@test "skipped: launches that are turned away are counted, also by a stopped keeper, with the last ten times" {
	local i pids=() owner
	begin_guest owner= onlyone "$GUEST" one
	run -0 ctl status guest
	refute_output --partial skipped
	run -0 launch --skip "$GUEST" one
	assert_equal "$(turned_away)" 1
	run -75 launch -n "$GUEST" two
	begin waits= onlyone --queue "$GUEST" exit 0
	lined_up "$waits"
	run -75 launch --queue "$GUEST" exit 1
	assert_equal "$(turned_away)" 3
	stopped "$(keeper_of guest)"
	for i in {1..9}; do begin pids+= onlyone --skip "$GUEST" one; done
	all_end 0 "${pids[@]}"
	kill -CONT "$(keeper_of guest)"
	assert_equal "$(turned_away)" 12
	run -0 ctl status guest
	assert_equal "$(grep -o '[0-9][0-9]:[0-9][0-9]:[0-9][0-9]' <<<"$output" |
		wc -l)" 10
	events >got
	grep -qE "^$owner skipped: 12 launches, last [0-9:]{8}, " got
	assert_equal "$(ctl list guest --json | jq '.[].skipped')" 12
	# Of launches at the same time any may be the first to say so.
	assert_equal "$(ctl log guest --json | jq -c '.[-1] |
		[.skipped, (.skips | length)]')" '[12,10]'
	# The next one, in its place, has turned none away.
	killed "$owner"
	ends "$waits" 0
	freed
	events >got
	grep -qE "^$owner has ended(, 137)?: the next in line follows; skipped: 12$" got
	assert_equal "$(ctl log guest --json | jq -c 'map(.skipped)')" '[12,0]'
	begin_guest owner= onlyone "$GUEST" three
	assert_equal "$(turned_away)" ''
	run -0 launch --skip "$GUEST" three
	frees killed "$owner"
	events >got
	grep -qE "^$owner has ended.*; skipped: 1 launch, last [0-9:]{8}$" got
}

@test "skipped: what a plain launch and a joiner do is none; of several instances it is of the one that is named" {
	begin_guest one= onlyone -j 2 "$GUEST" one
	begin_guest two= onlyone -j 2 "$GUEST" two
	run -0 launch --skip -j 2 "$GUEST" one
	run -0 launch -j 2 "$GUEST" three
	run -75 launch --join -j 2 -w 0.1 "$GUEST" two
	assert_equal "$(ctl list guest --json |
		jq -c 'map([.pid, .skipped]) | sort')" \
		"$(jq -nc "[[$one, 1], [$two, 0]] | sort")"
}

@test "skipped: the file does not grow without end, and nothing is lost" {
	begin_guest onlyone "$GUEST"
	local file n
	file=$(ctl list guest --json | jq -r '.[].dir')/skipped
	for i in {1..9000}; do printf '\1\2\3\4\5\0\0\0'; done >"$file"
	for ((n = 0; n < 5000 && $(stat -c %s "$file") > 70000; n++)); do
		launch --skip "$GUEST"
	done
	assert_equal "$(turned_away)" $((9000 + n))
	[ "$(stat -c %s "$file")" -lt 2000 ]
	# What is none counts nothing, and stops nobody.
	rm "$file"
	mkdir "$file"
	run -0 launch --skip "$GUEST"
	assert_equal "$(turned_away)" ''
	rmdir "$file"
	mkfifo "$file"
	run -0 launch --skip "$GUEST"
	assert_equal "$(turned_away)" ''
}
