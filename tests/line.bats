#!/usr/bin/env bats
# as: user (who stands in line is one user)
# line.bats: those who wait, one behind the other, and those who join.
#
# First come, first served; nobody uses the processor to wait.  A joiner ends
# exactly as the instance did.  (With kills, sweeps and stalls: tests/sim.)
# shellcheck disable=SC2016,SC2030,SC2031,SC2046,SC2154
load lib/line

POINTS=$BUILD/points/onlyone

# first: the witness "first" runs: $owner.
first() {
	begin owner= onlyone -a w "$W" first
	wait_until 'the first one is there' file_has "$GUEST_LOG" ' main first'
}

@test "order: fifty that wait run in the order in which they came" {
	first
	pids=()
	for i in {1..50}; do
		comes pids+= onlyone -a w --wait "$W" "$i" for 0
	done
	killed "$owner"
	all_end 0 "${pids[@]}"
	never_two
	sed -n 's/.* main \([0-9]\)/\1/p' "$GUEST_LOG" | diff - <(seq 50)
}

@test "rest: who waits and its keeper make no system call, and are not scheduled" {
	first
	pids=()
	keeper=$(keeper_of w)
	for mode in --wait --queue --join; do
		comes pids+= onlyone -a w $mode "$W" 1 for 0
	done
	ctl list >/dev/null
	for waiter in "$keeper" "${pids[@]}"; do
		wait_until 'it sleeps' has_state "$waiter" S
	done
	# Not a wait for something: what is done in this time.
	before=$(switches "$keeper" "${pids[@]}")
	sleep 1
	assert_equal "$(switches "$keeper" "${pids[@]}")" "$before"
	begin strace -qq -f -o trace -p "$keeper" -p "${pids[0]}" \
		-p "${pids[1]}" -p "${pids[2]}"
	for waiter in "$keeper" "${pids[@]}"; do
		wait_until 'it is traced' traced "$waiter"
	done
	wait_until 'the trace begins' test "$(wc -l <trace)" -ge 0
	sleep 1
	prints '' grep -E '= -?[0-9]' trace
	# It would have been seen.
	run -0 ctl list
	file_has trace "^$keeper .*= [0-9]"
	ended_by TERM "$BEGUN"
	kill "$owner"
	all_end 0 "${pids[0]}" "${pids[1]}"
	ended "${pids[2]}"
}

switches() {
	local pid
	for pid; do grep ctxt "/proc/$pid/status"; done
}

# bats test_tags=linux-6-15
@test "join: ends with the status of the instance, of 64 at once" {
	local n owners=() joiners=()
	for n in {192..255}; do
		begin owners[n]= onlyone -a "j$n" "$GUEST" wait go exit "$n"
	done
	wait_until 'all are there' in_main 64
	for n in {192..255}; do
		begin joiners[n]= onlyone --join -a "j$n" "$GUEST" wait go exit 9
	done
	lined_up "${joiners[@]}"
	: >go
	for n in {192..255}; do all_end "$n" "${joiners[n]}" "${owners[n]}"; done
	assert_equal "$(constructors)" 64
}

# bats test_tags=check
@test "join: an interrupt at the terminal ends the joiner, not the instance" {
	begin onlyone -W -a app "$GUEST"
	wait_until 'it is there' file_has "$GUEST_LOG" main
	run timeout $LIMIT "$BATS_TEST_DIRNAME/lib/terminal.py" \
		"onlyone -v -a app --join '$GUEST' exit 5; echo status \$?; tty" \
		'<waiting for app' '>\x03' .
	prints 1 ctl count app
	assert_equal "$(constructors)" 1
	alive "$BEGUN"
}

# bats test_tags=check
@test "join: keeper and instance killed together: 69, nothing is started" {
	begin_guest owner= onlyone "$GUEST"
	comes onlyone --join "$GUEST" exit 5 2>said
	ctl list >/dev/null
	stopped "$BEGUN"
	killed "$(keeper_of guest)" "$owner"
	ends_by CONT "$BEGUN" 69
	file_has said 'status is not known'
	assert_equal "$(constructors)" 1
}

# bats test_tags=check,linux-6-15
@test "join: of a program that became a daemon it is the daemon's status" {
	begin onlyone "$FORKER" fork orphan setsid wait go end 43 >out 2>&1
	ends "$BEGUN" 0
	comes onlyone --join "$GUESTS/forker" end 5
	: >go
	ends "$BEGUN" 43
	assert_equal "$(grep -c main "$GUEST_LOG")" 1
}

@test "join: before Linux 6.15 the first launch must stay as parent; 69 says so" {
	export ONLYONE_TEST_OLD=exitinfo
	for option in -W --join; do
		rm -f go
		: >"$GUEST_LOG"
		begin first= "$POINTS" $option "$GUEST" wait go exit 45
		wait_until 'it is there' file_has "$GUEST_LOG" main
		comes "$POINTS" --join "$GUEST" exit 5
		: >go
		all_end 45 "$BEGUN" "$first"
		assert_equal "$(constructors)" 1
		freed
	done
	: >"$GUEST_LOG"
	rm go
	# Its parent reaps it at once; nobody else could tell.
	/usr/bin/python3 -c 'import os, signal, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
os.spawnvp(os.P_WAIT, sys.argv[1], sys.argv[1:])' "$POINTS" "$GUEST" wait go \
		exit 46 3>&- 2>/dev/null &
	STARTED+=("$!")
	wait_until 'it is there' file_has "$GUEST_LOG" main
	comes "$POINTS" --join "$GUEST" exit 5 2>said
	: >go
	ends "$BEGUN" 69
	file_has said '--join or -W'
	assert_equal "$(constructors)" 1
}
