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
@test "taken: skip is 0, fail is 75 and says who runs, activate hands over; --dry-run says which" {
	with_handler 'echo "<$*>"'
	owner=$BEGUN
	prints -0 '' launch -q --skip "$GUEST" a
	prints -0 '<a b>' launch --if-running=activate "$GUEST" a b
	for how in -n '--queue -w 0'; do
		run -75 --separate-stderr launch $how "$GUEST" exit 5
		says "pid $owner"
		says "$GUEST, for "
		says "in $PWD"
	done
	for code in 0 9 255; do
		run "-$code" launch -w0 -E "$code" "$GUEST"
	done
	while read -r p words; do
		run -0 onlyone --if-running="$p" --dry-run "$GUEST"
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
	# And of which command that is.
	prints -0 --partial " pid $owner, which runs $GUEST" onlyone --skip --dry-run "$GUEST" a
	assert_equal "$(constructors)" 1
}

# bats test_tags=check
@test "free: each policy starts it; at the limit wait, queue, join and replace end with 75" {
	for p in -n --skip --wait=0 --replace --join --queue; do
		run -7 launch "$p" "$GUEST" exit 7
	done
	: >"$GUEST_LOG"
	held ignore 15
	for p in --wait --queue --join --replace; do
		before=${EPOCHREALTIME/./}
		run -75 launch $p -w 0.3 "$GUEST" ignore 15
		assert_output --partial "pid $owner"
		[ $((${EPOCHREALTIME/./} - before)) -ge 300000 ]
	done
	assert_equal "$(constructors)" 1
}

# --- toggle -----------------------------------------------------------------

# bats test_tags=check
@test "toggle: the second launch ends what runs, with 0; with another command line it replaces it" {
	begin_guest first= onlyone --toggle "$GUEST" one
	begin_guest second= onlyone --toggle "$GUEST" two
	ended "$first"
	prints -0 '' launch --toggle "$GUEST" two
	ended "$second"
	# As stop does: by the first launch's signal.
	begin_guest onlyone --stop-signal=USR1 "$GUEST" ignore 15 leave 10
	prints -0 '' launch --toggle "$GUEST" ignore 15 leave 10
	ends "$BEGUN" 0
}

# --- the keeper -------------------------------------------------------------

# any_keeper: there is one: $keeper.
any_keeper() { keeper=$(first_listed keeper | grep -x '[1-9][0-9]*'); }

# bats test_tags=check
@test "keeper: stopped: -n and --skip ask the system's lock, and name who is recorded" {
	held some words
	wait_until 'it has a keeper' any_keeper
	stopped "$keeper"
	# A launch that asked it would end with 69.
	run -0 launch --skip "$GUEST" exit 5
	run -75 launch -n "$GUEST" exit 5
	[[ $output == *"guest (pid $owner) is running already: $GUEST some words, for "* ]]
	run -9 launch --if-running=fail -E 9 "$GUEST" exit 5
	# The instance too: that is said.
	stopped "$owner"
	run -75 --separate-stderr launch -n "$GUEST"
	says "guest (pid $owner) is stopped (fg where it was started,"
	kill -CONT "$owner" "$keeper"
	assert_equal "$(constructors)" 1
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

# --- replace, and several ---------------------------------------------------

# bats test_tags=check
@test "replace: the old one gets TERM, or --stop-signal, also stopped; one that stays is 75" {
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
@test "queue: an equal one that waits covers it: 0, and a line; another is 75, and says who waits" {
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
	killed "$owner"
	guest_runs "$queued"
	# It runs now, and covers nobody.
	comes onlyone --queue "$GUEST" wait go exit 7
	: >go
	ends "$queued" 7
	ends "$BEGUN" 7
}

# --- in its own place -------------------------------------------------------

# bats test_tags=check
@test "place: what waited runs with its own folder, environment, streams, handler and status" {
	mkdir there
	with_handler 'echo "old $COLOUR $1"'
	owner=$BEGUN
	# Quiet: a wait of more than a second is told on stderr.
	begin env -C there COLOUR=blue sh -c 'exec "$@" >out 2>err' sh onlyone -q -W \
		-a "$GUEST" --queue --on-activate='echo "new $COLOUR $1"' \
		sh -c 'echo "${PWD##*/} $COLOUR"; cat; echo error >&2
		exec "$GUESTS/guest" wait go exit 41' <<<input
	lined_up "$BEGUN"
	killed "$owner"
	wait_until 'it runs' in_main 2
	prints -0 'new blue x' launch -a "$GUEST" "$GUEST" x
	assert_equal "$(first_listed cwd)" "$PWD/there"
	: >there/go
	ends "$BEGUN" 41
	assert_equal "$(<there/out) $(<there/err)" $'there blue\ninput error'
}

@test "terminal: who waits says after a second for whom, and keeps it; -n names the instance's" {
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
	ends "$BEGUN" 7	# Of an instance at a terminal, -n names that.
	run -0 timeout $LIMIT "$BATS_TEST_DIRNAME/lib/terminal.py" \
		"tty; exec onlyone '$GUEST'" '</dev/pts/[0-9]+' \
		"!until onlyonectl pid guest; do sleep 0.02; done >&2" \
		"!onlyone -n '$GUEST' 2>said; [ \$? = 75 ]" \
		'!kill $(onlyonectl pid guest)' .
	[[ $output =~ (/dev/)?(pts/[0-9]+) ]]
	file_has said "pid [0-9]+ on [/dev]*${BASH_REMATCH[2]}\)"
}
