# as: user (needs no rights)
# log.bats: onlyonectl log: what has happened to an instance lately.
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

@test "log: a launch, its handler, what came of them, the end with its status; each with its pid" {
	run -3 onlyonectl log guest
	with_handler 'echo $$ >handler; exit 3' -k one
	owner=$BEGUN
	begin LAUNCH= onlyone -k one "$GUEST" x
	ends "$LAUNCH" 3
	handler=$(<handler)
	run -0 events
	assert_output "$owner launched
$LAUNCH a launch
$handler its handler started
$handler its handler exited, status 3
$LAUNCH handed over, status 3"
	frees ended_by KILL "$owner"
	run -3 onlyone -k brief "$GUEST" exit 3
	freed
	# The same for a program, and beside the one that runs.
	run -0 onlyonectl log guest --json
	[[ $output =~ '"exit": 137'.*'"key": "brief"'.*'"exit": 3' ]] || fail "$output"
	begin onlyone -k $'it\'s\n' "$GUEST" exit 0
	ends "$BEGUN" 0
	run -0 onlyonectl log guest
	[[ $output == *"$owner  has ended, status 137 (key one)"*"$BEGUN  launched"* ]] || fail "$output"
	assert_output --partial "has ended, status 0 (key \$'it\\'s\\012')"
}

@test "log: the last twenty; who waits and becomes the instance; a new keeper; lost arguments" {
	with_handler 'exit "$1"'
	for i in {1..8}; do run "-$i" launch "$GUEST" "$i"; done
	events >got
	assert_equal "$(wc -l <got)" 20
	run ! grep -q launched got
	assert_equal "$(sed -nE 's/.* handed over, status //p' got | xargs)" '4 5 6 7 8'
	first=$BEGUN
	begin onlyone --wait "$GUEST"
	lined_up "$BEGUN"
	kill "$first"
	wait_until 'it runs' pid_is guest "$BEGUN"
	events >got
	file_has got "^$BEGUN waits in line$"
	file_has got "^$first has ended(, status [0-9]+)?: the next in line follows$"
	file_has got "^$BEGUN is the instance now$"
	keeper_killed guest
	run -0 launch "$GUEST" lost
	events >got
	file_has got "^$BEGUN is running, with a new keeper$"
	assert_equal "$(sed -n '$s/^[0-9]* //p' got)" 'no handler for its arguments, status 0'
}

# --- instances that have ended ---------------------------------------------------

# record APP AGE [FIELD...]: a record of one that ended AGE seconds ago, and $MS
# milliseconds after a whole one.
record() {
	local now=$(($(date +%s) - $2))
	printf '\0\0'
	printf '%s\0' "app=$1" pid=1 pidns=0 "since=$now${MS-000}" "ended=$now${MS-000}" \
		"${@:3}"
}

@test "ended: seven days, in two files of 32 KiB; what is torn, or strange, harms no other" {
	local i ended=$ONLYONE_DIR/.ended
	(
		umask 077
		{
			record old 605000 exit=1 end=1
			record new 604000 exit=2 end=1
			record torn 10 | head -c 40
			printf 'no field\0\0\0='
			record odd 10 exit=9 'at=x' by=-1 $'what=a\e[2Jb' end=1
			record last 10 exit=3 end=1
			printf '\0\0'
			head -c 300 /dev/urandom
		} >"$ended"
	)
	run -3 --separate-stderr ctl log old
	run -3 --separate-stderr ctl log torn
	prints --partial 'has ended, status 2' ctl log new
	prints --partial 'has ended, status 3' ctl log last
	prints --partial 'has ended, status 9' ctl log odd
	refute_output --partial $'\e'
	# No room for one more: the older half goes, and then it.
	for i in 1 2; do
		truncate -s 32700 "$ended"
		run -5 launch -a "next$i" "$GUEST" exit 5
		freed
	done
	assert_equal "$(stat -c '%a %s' "$ended.1")" '600 32700'
	for i in 1 2; do prints --partial 'has ended, status 5' ctl log "next$i"; done
	run -3 --separate-stderr ctl log last
}

@test "json: times have milliseconds, and no digit more" {
	(
		umask 077
		for MS in {130..149}; do record job 10 end=1; done >"$ONLYONE_DIR/.ended"
	)
	run -0 ctl log job --json
	assert_equal "$(sed -nE 's/.*"ended": [0-9]{10}\.([0-9]+),$/\1/p' <<<"$output" | xargs)" \
		"$(for MS in {130..149}; do echo "${MS%0}"; done | xargs)"
}

@test "ended: a link, a FIFO, two names, open to others: refused; a lock holds no ending up, which is not written down" {
	local ended=$ONLYONE_DIR/.ended other=$ONLYONE_DIR/other way
	echo mine | tee good >"$other"
	for way in 'ln -s "$other"' 'ln "$other"' mkfifo 'install -m 666 "$other"'; do
		echo "$way" >&2
		eval "$way \"\$ended\""
		run -5 --separate-stderr launch "$GUEST" exit 5
		assert_equal "$stderr" ''
		freed guest
		run -3 --separate-stderr ctl log guest
		cmp "$other" good
		rm "$ended"
	done
	install -m 600 good "$ended"
	begin flock -F "$ended" sleep 1000
	wait_until 'it is locked' refute flock -n "$ended" true
	frees run -5 launch "$GUEST" exit 5
	cmp "$ended" good
	# Nor is it written into one that is full, and was renamed when its turn comes.
	needs_points
	truncate -s 32700 "$ended"
	ONLYONE_TEST_SLOW=1000 run -5 "$BUILD/points/onlyone" "$GUEST" exit 5
	wait_until 'the keeper waits' both_have "$ended"
	mv "$ended" "$ended.1"
	frees ended_by KILL "$BEGUN"
	prints --partial 'has ended, status 5' ctl log guest
}

# both_have FILE: two processes have it open.
both_have() { [ "$(find /proc/[0-9]*/fd -lname "$1" 2>/dev/null | wc -l)" = 2 ]; }

# turned_away: how many, as status says.
turned_away() {
	ctl status guest | sed -nE \
		's/^skipped ([0-9]+) times?, last [0-9-]{10} [0-9:]{8}$/\1/p'
}

@test "skipped: launches that are turned away are counted, also by a stopped keeper" {
	local i pids=() owner
	begin_guest owner= onlyone "$GUEST" one
	# A bad list of times counts nothing, and stops no launch.
	mkfifo "$(the_slot)/skipped"
	run -0 launch --skip "$GUEST" one
	assert_equal "$(turned_away)" ''
	rm "$(the_slot)/skipped"
	truncate -s 1T "$(the_slot)/skipped"
	run -0 ctl status guest
	python3 -c 'import struct, sys
sys.stdout.buffer.write(struct.pack("<9q", *[-2**63] * 9))' >"$(the_slot)/skipped"
	assert_equal "$(turned_away)" ''
	rm "$(the_slot)/skipped"
	run -0 launch --skip "$GUEST" one
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
	assert_equal "$(ctl log guest --json | jq -c '.[-1] |
		[.skipped, (.skips | length)]')" '[12,10]'
	killed "$owner"
	ends "$waits" 0
	freed
	events >got
	file_has got "^$owner has ended(, status 137)?: the next in line follows; skipped: 12$"
}

@test "log: a launch that is killed before it executes its program: so the log says; a launch that joins it has the signal, and no status of ours" {
	wants trace
	# The record is there, the program is not executed yet; $killer is its
	# parent, and does not reap it.
	trace='strace -D -qqo trace -e inject=umask:signal=STOP:when=2'
	begin killer= sh -c "$trace onlyone -a app '$GUEST' & echo \$! >pid; exec sleep 300"
	wait_until 'it stands before its program' file_has trace 'stopped by'
	early=$(<pid)
	prints -0 1 onlyonectl count app
	kill -KILL "$early"
	wait_until 'its end is known' eval 'ctl log app | grep -q killed'
	prints -0 --partial "$early  was killed before its program was executed, status 137" \
		onlyonectl log app
	run ! grep -q started <<<"$output"
	ends_by KILL "$killer" 137
	# A child that waits for its launch, which is killed.
	rm trace
	begin early= $trace onlyone -W -a app "$GUEST"
	wait_until 'it stands before its program' file_has trace 'stopped by'
	begin joins= onlyone -q --join -a app "$GUEST"
	wait_until 'it joins' eval 'ctl log app | grep -q joins'
	killed "$early"
	ends "$joins" 137
	notes main 0
}

@test "log: a short job has handed over to nobody, though another one with a key runs, and there is a display" {
	export DISPLAY=:47
	begin_guest onlyone -k one "$GUEST"
	run -0 onlyone -k two "$GUEST" exit 0
	wait_until 'its end is known' eval 'ctl log guest two | grep -q ended'
	run -0 onlyonectl log guest two
	assert_output --partial 'has ended, status 0'
	refute_output --partial 'handed over'
}
