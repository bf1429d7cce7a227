#!/usr/bin/env bats
# as: user (no right is asked for)
# policies.bats: what a launch does when the instance runs.
#
# skip, fail, activate, wait, replace, join, queue and toggle, each where the slot
# is free and where it is taken.  In which order those in line run, and what comes of
# them when somebody is killed, is claimed by sim.bats; what a launch says whose
# command was not run, by lost.bats.
# shellcheck disable=SC2016,SC2030,SC2031,SC2086,SC2154
load lib/line

# held [WORD...]: an instance of the guest: $owner.
held() { begin_guest owner= onlyone "$GUEST" "$@"; }

# --- free, taken, wrong -----------------------------------------------------

# bats test_tags=check
@test "free: with every policy the program is started, with its status" {
	for p in -n --skip --if-running=activate -w5 --wait=0 --replace --join \
		--queue=3 --toggle; do
		run -7 launch "$p" "$GUEST" exit 7
	done
	assert_equal "$(constructors)" 9
	freed
}

# bats test_tags=check
@test "taken: skip is 0, fail is 75 and says who runs, activate hands over; none starts" {
	with_handler 'echo "<$*>"'
	owner=$BEGUN
	prints -0 '' launch -q --skip "$GUEST" a
	prints -0 '<a b>' launch --if-running=activate "$GUEST" a b
	for how in -n -w0 '--queue -w 0'; do
		run -75 --separate-stderr launch $how "$GUEST" exit 5
		says "pid $owner"
		says "$GUEST, for "
		says "in $PWD"
	done
	for code in 0 9 255; do
		run "-$code" launch -n -E "$code" "$GUEST"
	done
	run -9 launch -w0 -E 9 "$GUEST"
	assert_equal "$(constructors)" 1
}

# bats test_tags=check
@test "taken: --dry-run says what each policy would do, and of which command that is" {
	held some words
	while read -r p words; do
		run -0 onlyone --if-running="$p" --dry-run "$GUEST" some words
		assert_line "would:       $words $owner"
	done <<-'END'
		activate activate pid
		skip skip, for pid
		fail fail, for pid
		wait wait for the end of pid
		replace end, and replace, pid
		join end as and when it does, pid
		queue get in line behind pid
		stop end, or if its command line differs replace, pid
	END
	for p in activate skip join fail; do
		run -0 onlyone --if-running="$p" --dry-run "$GUEST" a
		assert_line --regexp "^would: .* pid $owner, which runs $GUEST some words$"
	done
	run -0 --separate-stderr launch --explain "$GUEST" a
	[[ $stderr == *"will:        activate pid $owner, which runs"* ]]
	[[ $stderr == *'this command was not run'* ]]
	assert_equal "$(constructors)" 1
}

# bats test_tags=check
@test "limit: wait, queue, join and replace end with 75 after it, and name who runs" {
	held ignore 15
	for p in --wait --queue --join --replace; do
		before=${EPOCHREALTIME/./}
		run -75 --separate-stderr launch $p -w 0.3 "$GUEST" ignore 15
		says "pid $owner"
		[ $((${EPOCHREALTIME/./} - before)) -ge 300000 ]
	done
	run -200 launch -w 0.05 -E 200 "$GUEST" exit 5
	assert_equal "$(constructors)" 1
	pid_is guest "$owner"
}

# bats test_tags=check
@test "usage: two different policies are 64, the same twice is not; -w with one that does not wait" {
	while read -r word line; do
		echo "$line" >&2
		prints -64 --partial "$word" onlyone $line true
	done <<-'END'
		skip -n --skip
		activate --if-running=activate -n
		fail --skip --if-running=fail
		join --if-running=wait --join
		queue --replace --queue
		toggle --toggle --replace
		-w --skip -w 3
		-w --wait --if-running=activate
		-j --toggle -j2
		--adopt --toggle --adopt
		--on-error --toggle --on-error=run
	END
	run -4 launch -n --if-running=fail -n "$GUEST" exit 4
}

# --- toggle -----------------------------------------------------------------

# toggled OPTIONS... -- COMMAND...: on, and off.
toggled() {
	local options=()
	while [[ $1 != -- ]]; do
		options+=("$1")
		shift
	done
	: >"$GUEST_LOG"
	begin on= onlyone "${options[@]}" "${@:2}"
	wait_until 'it is on' in_main 1
	prints -0 '' launch "${options[@]}" "${@:2}"
	ended "$on"
	assert_equal "$(constructors)" 1
	freed
}

# bats test_tags=check
@test "toggle: the second launch ends what runs, with 0; with another command line it replaces it" {
	toggled --toggle -- "$GUEST" one
	toggled -a line --if-running=stop -- -c "'$GUEST' one; :"
	begin_guest first= onlyone --toggle "$GUEST" one
	begin_guest second= onlyone --toggle "$GUEST" two
	ended "$first"
	prints -0 '' launch --toggle "$GUEST" two
	ended "$second"
	# As stop does: by the first launch's signal, and KILL after its time.
	begin_guest onlyone --stop-signal=USR1 "$GUEST" ignore 15 leave 10
	prints -0 '' launch --toggle "$GUEST" ignore 15 leave 10
	ends "$BEGUN" 0
	begin_guest onlyone --kill-after=0.1 "$GUEST" ignore 15
	prints -0 '' launch --toggle "$GUEST" ignore 15
	ends "$BEGUN" 137
}

@test "toggle: so with a key, a name and a parent, a shell line, a document; what stays is 75" {
	toggled --toggle -k '{1}' -- "$GUEST" one
	toggled --toggle -a name -W -- "$GUEST" one
	toggled --toggle -a line -- sh -c "'$GUEST' one; :"
	toggled --toggle -d -- "$GUEST" one
	# What does not end in ten seconds.
	begin_guest onlyone "$GUEST" ignore 15
	run -75 launch --toggle "$GUEST" ignore 15
	assert_output --partial "(pid $BEGUN) is still running; --kill-after"
	prints -0 '' launch --toggle --kill-after=0.1 "$GUEST" ignore 15
	ended "$BEGUN"
}

# --- the keeper -------------------------------------------------------------

# any_keeper: there is one: $keeper.
any_keeper() { keeper=$(first_listed keeper | grep -x '[1-9][0-9]*'); }

# busy_both ARG...: -n and --skip end at once, whoever does not answer: a launch
# that asked a stopped keeper would end with 69.
busy_both() {
	run -0 launch --skip "$@"
	run -75 launch -n "$@"
}

# bats test_tags=check
@test "keeper: stopped: -n and --skip ask the system's lock, and name who is recorded" {
	held some words
	wait_until 'it has a keeper' any_keeper
	stopped "$keeper"
	busy_both "$GUEST" exit 5
	[[ $output == *"guest (pid $owner) is running already: $GUEST some words, for "* ]]
	run -9 launch --if-running=fail -E 9 "$GUEST" exit 5
	# The instance too: that is said.
	stopped "$owner"
	run -75 --separate-stderr launch -n "$GUEST"
	says "guest (pid $owner) is stopped (fg where it was started,"
	kill -CONT "$owner" "$keeper"
	assert_equal "$(constructors)" 1
}

@test "keeper: stopped: so with an instance of any kind, and one that holds" {
	for how in '-a name' '-k const -k {cwd}' -d --lifetime=main --lifetime=tree -W \
		'-j 1' --on-activate=: '--lock-file lock' --scope=session; do
		: >"$GUEST_LOG"
		begin owner= onlyone $how "$GUEST" doc
		wait_until "it runs: $how" in_main 1
		wait_until 'it has a keeper' any_keeper
		stopped "$keeper"
		busy_both $how "$GUEST" doc
		assert_equal "$how $(constructors)" "$how 1"
		kill -CONT "$keeper"
		ctl stop --all "$(apps)"
		frees ended "$owner"
	done
	begin_guest "$GUEST" plain
	ctl hold --owner="$BEGUN" name
	wait_until 'it has a keeper' any_keeper
	stopped "$keeper"
	busy_both -a name "$GUEST"
	run -0 ctl hold --owner="$BEGUN" name
	run -75 ctl hold --owner="$$" name
	kill -CONT "$keeper"
}

@test "keeper: stopped: who comes ends with 69; who waits is served when it goes on" {
	local p pids=()
	held
	comes waiting= onlyone --wait "$GUEST" exit 7
	any_keeper
	stopped "$keeper"
	killed "$owner"
	for p in --skip --wait --replace --join --queue; do
		begin pids+= onlyone "$p" "$GUEST" exit 5 2>>said
	done
	all_end 69 "${pids[@]}"
	assert_equal "$(grep -c "keeper, pid $keeper, does not answer" said)" 5
	alive "$waiting"
	kill -CONT "$keeper"
	ends "$waiting" 7
	assert_equal "$(constructors)" 2
}

@test "keeper: one that waits for a processor is waited for, beyond the patience" {
	with_handler 'echo ran >>ran'
	any_keeper
	stopped "$keeper"
	# What runs without a pause looks as such a keeper does.
	begin busy= sh -c 'while :; do :; done'
	info=$(echo "$ONLYONE_DIR"/guest*/info)
	printf 'keeper=%014d' "$busy" | dd of="$info" conv=notrunc bs=1 status=none \
		seek="$(grep -abo keeper= "$info" | cut -d : -f 1)"
	begin launch "$GUEST" a
	run ! timeout 7 tail -f --pid="$BEGUN" /dev/null
	kill -CONT "$keeper"
	wait "$BEGUN"
	assert_equal "$(<ran)" ran
}

@test "stranger: who locks what a dead instance has left holds up, and makes nobody busy" {
	held
	slot=$(the_slot)
	keeper_killed guest
	killed "$owner"
	begin stranger= flock -o "$slot/pid" sh -c ': >has; exec sleep 1000'
	wait_until 'he has the lock' test -e has
	begin strace -o trace onlyone -n "$GUEST" exit 7
	wait_until 'it has met him' file_has trace 'flock.*EAGAIN'
	alive "$BEGUN"
	ended_by TERM "$stranger"
	ends "$BEGUN" 7
}

# --- replace, and several ---------------------------------------------------

# bats test_tags=check
@test "replace: the old one gets TERM, or --stop-signal, also stopped; the new one is as the launch" {
	held leave 15
	begin_guest second= onlyone --replace "$GUEST" leave 10
	ends "$owner" 0
	file_has "$GUEST_LOG" "^$owner signal 15"
	pid_is guest "$second"
	stopped "$second"
	begin_guest third= onlyone --replace --stop-signal=USR1 "$GUEST" ignore 15
	ends "$second" 0
	# One that ignores TERM stays, untouched.
	run -75 --separate-stderr launch --replace --stop-signal=TERM -w 0.4 "$GUEST"
	says "pid $third"
	says --kill-after
	pid_is guest "$third"
	begin_guest onlyone --replace --stop-signal=TERM --kill-after=0.2 "$GUEST"
	ends "$third" 137
	pid_is guest "$BEGUN"
	count_is guest 1
}

# bats test_tags=check
@test "counted: -j: one waits for the first of all to end, replaced is the one used longest ago" {
	begin_guest a= onlyone -j 2 "$GUEST"
	begin_guest b= onlyone -j 2 "$GUEST"
	comes c= onlyone -j 2 --wait "$GUEST" wait go exit 7
	killed "$b"
	guest_runs "$c"
	alive "$a"
	begin_guest onlyone -j 2 --replace "$GUEST"
	ends "$a" 143
	: >go
	ends "$c" 7
	count_is guest 1
}

# --- queue ------------------------------------------------------------------

# bats test_tags=check
@test "queue: an equal one that waits covers it: 0 and a line; another is 75, and who waits is named" {
	held
	comes queued= onlyone --queue "$GUEST" wait go exit 7
	run -0 --separate-stderr launch --queue "$GUEST" wait go exit 7
	says "pid $queued"
	run -75 --separate-stderr launch --queue "$GUEST" b
	says "is queued already: pid $queued (onlyone --queue $GUEST w"
	says '); --queue=2 lets one more wait'
	prints -9 '' launch -q --queue -E 9 "$GUEST" b
	# Equal arguments in another folder are another thing.
	mkdir there
	cd there
	prints -75 --partial ", in ${PWD%/*});" \
		launch --queue "$GUEST" wait go exit 7
	cd ..
	comes second= onlyone --queue=9 "$GUEST" exit 2
	prints -75 --partial "is full: pid $queued (" launch --queue=2 "$GUEST" x
	killed "$owner"
	guest_runs "$queued"
	# It runs now, and covers nobody.
	comes onlyone --queue=9 "$GUEST" wait go exit 7
	: >go
	ends "$queued" 7
	ends "$second" 2
	ends "$BEGUN" 7
}

# --- in its own place -------------------------------------------------------

# bats test_tags=check
@test "place: what waited runs with its own folder, environment, streams, handler and status" {
	mkdir there
	for p in --wait '--queue -W' '--replace --stop-signal=KILL'; do
		rm -f there/*
		: >"$GUEST_LOG"
		with_handler 'echo "old $COLOUR $1"'
		owner=$BEGUN
		# Quiet: a wait of more than a second is told on stderr.  Ours is
		# another: bash says there that --replace has killed a job.
		begin env -C there COLOUR=blue sh -c 'exec "$@" >out 2>err' sh onlyone -q \
			-a "$GUEST" $p --on-activate='echo "new $COLOUR $1"' \
			sh -c 'echo "${PWD##*/} $COLOUR"; cat; echo error >&2
			exec "$GUESTS/guest" wait go exit 41' <<<input
		if [[ $p != --replace* ]]; then
			lined_up "$BEGUN"
			killed "$owner"
		fi
		wait_until 'it runs' in_main 2
		prints -0 'new blue x' launch -a "$GUEST" "$GUEST" x
		[[ $p == *-W ]] || pid_is guest "$BEGUN"
		assert_equal "$(first_listed cwd)" "$PWD/there"
		: >there/go
		ends "$BEGUN" 41
		assert_equal "$(<there/out) $(<there/err)" $'there blue\ninput error'
	done
}

@test "place: one that turns itself into a daemon is followed" {
	held
	comes onlyone -a "$GUEST" --wait "$FORKER" fork orphan setsid >out 2>&1
	killed "$owner"
	ends "$BEGUN" 0
	wait_until 'the daemon is there' notes here 1
	wait_until 'it is the instance' pid_is guest "$(noted here)"
	run -75 launch -n -a "$GUEST" "$GUEST" exit 5
	frees killed "$(noted here)"
}

@test "place: on a terminal it says after a second for whom, and keeps the terminal" {
	held
	comes onlyone --wait "$GUEST" exit 7
	run timeout $LIMIT "$BATS_TEST_DIRNAME/lib/terminal.py" \
		"tty; exec onlyone --wait -a '$GUEST' sh -c 'tty; echo on \$\$; cat; exit 3'" \
		"<(?s)/dev/pts.*waiting for $GUEST? ?.*pid $owner.*place 2 of the queue" \
		"!kill $owner" '<(?s)/dev/pts/[0-9]+.*on [0-9]+' \
		'>hello\n\x04' '<(?s)hello.*hello' .
	[[ $output == *'place 2 of the queue'* ]] || fail "$output"
	# Twice, and it is the same.
	run grep -ao '/dev/pts/[0-9]*' <<<"$output"
	assert_equal "${#lines[@]} ${lines[0]}" "2 ${lines[1]}"
	ends "$BEGUN" 7
}

@test "fail: names the terminal of the instance" {
	run -0 timeout $LIMIT "$BATS_TEST_DIRNAME/lib/terminal.py" \
		"tty; exec onlyone '$GUEST'" '</dev/pts/[0-9]+' \
		"!until onlyonectl pid guest; do sleep 0.02; done >&2" \
		"!onlyone -n '$GUEST' 2>said; [ \$? = 75 ]" \
		'!kill $(onlyonectl pid guest)' .
	[[ $output =~ (/dev/)?(pts/[0-9]+) ]]
	file_has said "pid [0-9]+ on [/dev]*${BASH_REMATCH[2]}\)"
}
