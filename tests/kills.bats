#!/usr/bin/env bats
# as: user (a kill asks nobody who he is)
# kills.bats: kill -9, and SIGSTOP, of any process of ours at any time.
#
# chaos/killat kills a process of ours before its first, its second … call of
# the system, up to its last; the test build (build/points) stops or kills one
# at a named point.  Whenever it was: the next launch starts or activates, the
# guest `witness` never runs twice, and nothing stays.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load lib/common

own_setup() {
	POINTS=$BUILD/points/onlyone
	HANDLED=$PWD/handled
	HANDLER="echo \"\$1\" >>'$HANDLED'"
	: >"$HANDLED"
}

nothing_left() {
	local entries=("$ONLYONE_DIR"/*)
	[ ! -e "${entries[0]}" ]
}

free_again() { wait_until "nothing is left ($1)" nothing_left; }

# recorded FIELD: a number of the one slot's record, as the file has it.  A
# keeper writes itself down a moment after its birth.
recorded() {
	[ "$1" != keeper ] || wait_until 'its keeper is written down' \
		"$PATIENCE" grep -qaz '^keeper=0*[1-9]' "$ONLYONE_DIR"/*/info
	sed -zn "s/^$1=0*//p" "$ONLYONE_DIR"/*/info | tr -d '\0'
}

# handled ID: how many times the handler was given it.
handled() { grep -cx "$1" "$HANDLED" || true; }

none_twice() {
	[ -z "$(sort "$HANDLED" | uniq -d)" ] ||
		fail "handled twice: $(sort "$HANDLED" | uniq -d)"
}

# each_call LEAST INDEX BEFORE AFTER COMMAND...: process INDEX of COMMAND (an @ in
# it is the number) is killed at each of its calls, of which there are more than
# LEAST; before each time BEFORE, after it AFTER, both with the number.  No id is
# handled twice.
each_call() {
	local least=$1 index=$2 before=$3 after=$4 killed
	shift 4
	CALLS=0
	while :; do
		CALLS=$((CALLS + 1))
		"$before" "$CALLS"
		killed=0
		"$KILLAT" "$index" "$CALLS" "${@//@/$CALLS}" </dev/null \
			3>&- >>said 2>&1 || killed=$?
		[ "$killed" = 0 ] || break
		"$after" "$CALLS"
	done
	assert_equal "$killed" 3
	CALLS=$((CALLS - 1))
	echo "# $BATS_TEST_DESCRIPTION: killed at $CALLS calls" >&2
	[ "$CALLS" -gt "$least" ]
	none_twice
}

# first_launch LEAST INDEX AFTER COMMAND...: so, of one that starts a witness.
first_launch() {
	each_call "$1" "$2" : "${@:3}"
	free_again 'the last one'
	never_two
}

# next_starts N: nobody lives, so the next launch is a start; it ends at once.
next_starts() {
	run -0 launch --on-activate="$HANDLER" "$W" "next$1" for 0
	grep -q " main next$1$" "$GUEST_LOG" || fail "$1: not started"
	free_again "$1"
}

# next_succeeds N: it starts, or hands over; one of them, once.
next_succeeds() {
	local status=0 started
	launch --on-activate="$HANDLER" "$W" "next$1" for 0 || status=$?
	assert_equal "$1: $status" "$1: 0"
	started=$(grep -c " main next$1$" "$GUEST_LOG") || true
	assert_equal "$1: $((started + $(handled "next$1")))" "$1: 1"
	free_again "$1"
}

# next_activates N: the instance $BEGUN, and is handled once.
next_activates() {
	run -0 launch "$W" "next$1"
	assert_equal "$1: $(handled "next$1")" "$1: 1"
	assert_equal "$1: $(cat "$ONLYONE_DIR"/*/pid)" "$1: $BEGUN"
}

kill_keeper() {
	local keeper
	wait_until 'there is a keeper' keeper_recorded
	keeper=$(recorded keeper)
	killed "$keeper"
}

keeper_recorded() { is_keeper "$(recorded keeper)"; }

@test "kill: the launcher of a first launch at each call; the next one starts" {
	first_launch 40 0 next_starts onlyone --on-activate="$HANDLER" \
		"$W" first for 2
}

@test "kill: the launcher of a first launch of a static program at each call" {
	W=$GUESTS/witness-static
	first_launch 40 0 next_starts onlyone "$W" first for 2
}

@test "kill: the parent that -W keeps at each call" {
	first_launch 40 0 next_succeeds onlyone -W --on-activate="$HANDLER" \
		"$W" first for 2
}

@test "kill: the helper that forks the keeper at each call" {
	first_launch 0 1 next_succeeds onlyone --on-activate="$HANDLER" \
		"$W" first for 20
}

@test "kill: the keeper at each call from its birth to its end, the launch goes on" {
	first_launch 25 2 next_succeeds onlyone --on-activate="$HANDLER" \
		"$W" first for 10
}

@test "kill: a second launch at each call; the next one activates the same pid" {
	begin_guest onlyone --on-activate="$HANDLER" "$W" first
	each_call 15 0 : next_activates onlyone "$W" killed@
}

@test "kill: a launch that revives at each call; the next one activates the same pid" {
	begin_guest onlyone --on-activate="$HANDLER" "$W" first
	each_call 40 0 kill_keeper next_activates onlyone "$W" killed@
	: >"$HANDLED"
	each_call 0 1 kill_keeper next_activates onlyone "$W" helper@
}

# What the launch says that had the keeper killed under it.
told() {
	local id=$1 status=$2 n
	n=$(handled "$id")
	case $status in
	0) assert_equal "$id: $n" "$id: 1" ;;
	76) [ "$n" -le 1 ] || fail "$id: 76, handled $n times" ;;
	*) fail "$id: status $status, handled $n times" ;;
	esac
}

@test "kill: a revived keeper, and what becomes the handler before its exec, at each call; a launch tells what came of it" {
	begin_guest onlyone --on-activate="$HANDLER" "$W" first
	each_call 40 2 kill_keeper next_activates onlyone "$W" killed@
	: >"$HANDLED"
	each_call 20 3 kill_keeper next_activates onlyone "$W" killed@
}

@test "kill: a keeper that serves a handler at each call; 0 is once, 76 at most once" {
	begin_guest onlyone --on-activate="$HANDLER" "$W" first
	for ((n = 1; ; n++)); do
		keeper=$(recorded keeper)
		killed=0
		status=$("$KILLAT" "=$keeper" "$n" timeout -k 5 $LIMIT onlyone \
			"$W" "id$n" 3>&- 2>>said) || killed=$?
		told "id$n" "$status"
		[ "$killed" = 0 ] || break
		next_activates "$n"
	done
	assert_equal "$killed" 3
	assert_equal "$status" 0
	[ "$n" -gt 20 ]
	none_twice
}

# The points of a first launch before its keeper has been born.
CLAIMING='claim-locked claim-name-locked publish-swept publish-recorded
	publish-done'

@test "point: killed at each point of a claim, the next launch starts" {
	for p in $CLAIMING start-kept; do
		ONLYONE_TEST_POINTS=$p=kill:1 run -137 timeout -k 5 $LIMIT \
			"$POINTS" "$W" "$p"
		next_starts "$p"
	done
	never_two
}

# The points of a keeper from its birth to its release.  The program itself
# does not have them in its environment, from which a revived one has its own.
@test "point: a keeper killed at each point, the next launches are fine" {
	for p in keeper-born keeper-set activate deliver handler-started \
		release-begin release-name-lock release-removed \
		release-unlocked; do
		ONLYONE_TEST_POINTS=$p=kill:1 begin_guest "$POINTS" --app=w \
			--on-activate="$HANDLER" env -u ONLYONE_TEST_POINTS \
			"$W" "$p"
		status=0
		timeout -k 5 $LIMIT "$POINTS" --app=w "$W" "second-$p" || status=$?
		case $p:$status in
		handler-started:76) ;;
		deliver:0 | *:0) assert_equal "$p $(handled "second-$p")" "$p 1" ;;
		*) fail "$p: $status" ;;
		esac
		killed "$BEGUN"
		run -0 launch --app=w "$W" "third-$p" for 0
		grep -q " main third-$p$" "$GUEST_LOG"
		free_again "$p"
	done
	never_two
	none_twice
}

@test "point: a keeper killed while it settles a successor; the next launch activates the successor" {
	for p in settle successor-found; do
		ONLYONE_TEST_POINTS=$p=kill:1 begin "$POINTS" --app=w \
			--on-activate="$HANDLER" env -u ONLYONE_TEST_POINTS \
			"$W" "$p" daemon
		wait_until 'the copy runs' file_has "$GUEST_LOG" " copy $p$"
		ends "$BEGUN" 0
		successor=$(sed -n "s/ copy $p$//p" "$GUEST_LOG")
		status=0
		launch --app=w "$W" "second-$p" || status=$?
		assert_equal "$p $status $(handled "second-$p")" "$p 0 1"
		assert_equal "$(ctl pid w)" "$successor"
		killed "$successor"
		free_again "$p"
	done
	never_two
	none_twice
}

@test "point: a reviver killed at each point, the next launch activates" {
	begin_guest onlyone --on-activate="$HANDLER" "$W" first
	for p in claim-locked claim-name-locked adopt-begin adopt-done \
		keeper-born; do
		kill_keeper
		status=0
		# A keeper dies at its birth as often as it is revived.
		ONLYONE_TEST_POINTS=$p=kill:1 timeout -k 5 $LIMIT "$POINTS" "$W" \
			"$p" 2>/dev/null || status=$?
		case $p:$status in
		keeper-born:69 | *:137) ;;
		*) fail "$p: $status" ;;
		esac
		assert_equal "$(handled "$p")" 0
		next_activates "$p"
	done
	none_twice
}

@test "point: a keeper that heals, killed at each point; the next launch activates" {
	begin_guest onlyone --on-activate="$HANDLER" "$W" first
	slot=$(the_slot)
	# Not heal-locked: with the folder swept and the keeper killed nothing
	# is known of an instance, which is the limit that onlyone.7 names.
	for p in heal-files heal-recorded heal-mapping; do
		kill_keeper
		# Born with the point by a launch that finds no keeper, and
		# putting the socket in order at once.
		ONLYONE_TEST_POINTS=$p=kill:1 timeout -k 5 $LIMIT "$POINTS" "$W" \
			"revives-$p" || true
		next_activates "$p"
		rm -rf "$slot" 2>/dev/null || true
		next_activates "again-$p"
		never_two
	done
	none_twice
}

# Stopped ones are to be met at once: each has a slot of its own.
@test "point: a launcher stopped in mid-claim is 69 for others; then it goes on" {
	local p pids=() others=() i=0
	for p in $CLAIMING; do
		ONLYONE_TEST_POINTS=$p=stop GUEST_LOCK=$PWD/lock.$p begin \
			pids+= "$POINTS" --app="$p" "$W" "first-$p"
	done
	for i in "${!pids[@]}"; do
		wait_until "launcher $i has stopped" has_state "${pids[i]}" T
	done
	for p in $CLAIMING; do
		GUEST_LOCK=$PWD/lock.$p begin others+= timeout -k 5 $LIMIT onlyone \
			--app="$p" "$W" "second-$p" 2>"said.$p"
	done
	for i in "${!others[@]}"; do ends "${others[i]}" 69; done
	for p in $CLAIMING; do
		grep -q "^onlyone: $p is held by " "said.$p" ||
			fail "$p: $(cat "said.$p")"
		assert_equal "$(wc -l <"said.$p")" 1
	done
	run ! grep -q ' main ' "$GUEST_LOG"
	i=0
	for p in $CLAIMING; do
		kill -CONT "${pids[i]}"
		guest_runs "${pids[i]}"
		launch --app="$p" "$W"
		assert_equal "$(ctl pid "$p")" "${pids[i]}"
		i=$((i + 1))
	done
	[ "$(constructors)" = "$i" ]
	never_two
}

# All at once, each in a slot of its own: who comes behind a claim waits out
# its patience.
@test "stop: a launcher stopped after each call, another one comes, its keeper is killed; never two" {
	local n pid i keeper stopped=() others=()
	for ((n = 1; n < 1000; n++)); do
		: >"log.$n"
		GUEST_LOCK=$PWD/lock.$n GUEST_LOG=$PWD/log.$n "$KILLAT" -s 0 \
			"$n" onlyone --app="app$n" "$W" "first$n" \
			</dev/null >pid 2>>said 3>&- || break
		read -r pid <pid
		stopped[n]=$pid
	done
	[ "${#stopped[@]}" -gt 40 ]
	for i in "${!stopped[@]}"; do
		wait_until "launcher $i has stopped" has_state "${stopped[i]}" T
		GUEST_LOCK=$PWD/lock.$i GUEST_LOG=$PWD/log.$i begin \
			timeout -k 5 $((2 * LIMIT)) onlyone -q --app="app$i" "$W" \
			"second$i" 2>>said.others
		others[i]=$BEGUN
	done
	# It runs, or has ended (69; 0 where the first has a keeper already).
	for i in "${!others[@]}"; do
		wait_until "launch $i has come to an end" 60 settled "$i"
		if goes_on "$i"; then
			keeper=$(ctl list "app$i" --json | jq '.[0].keeper')
			is_keeper "$keeper"
			kill -KILL "$keeper"
		fi
		kill -CONT "${stopped[i]}"
	done
	for i in "${!stopped[@]}"; do
		wait_until "one of $i runs" file_has "log.$i" ' main '
	done
	for i in "${!stopped[@]}"; do
		# Its own end, or its program.
		wait_until "launcher $i has gone on" went_on "$i"
		assert_equal "$i $(grep -c constructor "log.$i")" "$i 1"
		run ! grep DUPLICATE "log.$i"
		assert_equal "$i $(ctl count "app$i")" "$i 1"
	done
	[ "$(cat log.* | grep -c ' main second')" -ge 10 ]
	[ "$(cat log.* | grep -c ' main first')" -ge 10 ]
	# It has given a keeper to each, however long it was stopped.
	wait_until 'all have a keeper' eval \
		'ctl list --json | jq -e "all(.state == \"running\")"'
	ctl list --json | jq -r '.[].pid' | xargs kill -KILL
	wait_until 'all slots are swept' swept
}

# goes_on I: the launch has not ended.  There are many, and a while has passed:
# somebody else's process may have the number of one that has.
goes_on() {
	alive "${others[$1]}" && [ "$(parent_of "${others[$1]}")" = "$$" ]
}

settled() { ! goes_on "$1" || grep -q " main second$1" "log.$1"; }

# Told from another process by its last argument: numbers come again.
went_on() {
	! grep -qzx "first$1" "/proc/${stopped[$1]}/cmdline" ||
		grep -q "main first$1$" "log.$1"
}

@test "point: a launcher stopped in mid-claim and killed leaves nothing" {
	for p in $CLAIMING start-kept; do
		ONLYONE_TEST_POINTS=$p=stop begin pid= "$POINTS" "$W" "first-$p"
		wait_until "it has stopped at $p" has_state "$pid" T
		killed "$pid"
		next_starts "$p"
	done
	never_two
}

@test "point: a launcher stopped before its exec has its slot already" {
	ONLYONE_TEST_POINTS=start-kept=stop begin "$POINTS" \
		--on-activate="$HANDLER" "$W" first
	wait_until 'it has stopped' has_state "$BEGUN" T
	next_activates stopped
	run ! grep -q ' main ' "$GUEST_LOG"
	kill -CONT "$BEGUN"
	guest_runs "$BEGUN"
	next_activates running
	never_two
}

# thaw: lets whoever has stopped below this test's root go on, until COMMAND
# has ended with $status.
thaw() {
	local pid
	"$@" 3>&- &
	pid=$!
	STARTED+=("$pid")
	until gone "$pid"; do
		cont_all
		sleep 0.02
	done
	status=0
	wait "$pid" || status=$?
}

cont_all() {
	local pid
	# One just born has no title yet, but the environment.
	for pid in $(keepers) $(offspring); do
		has_state "$pid" T && kill -CONT "$pid"
	done
	return 0
}

@test "point: a keeper stopped at each point of its birth and service goes on as if never stopped" {
	for p in keeper-born keeper-set activate deliver handler-started; do
		ONLYONE_TEST_POINTS=$p=stop begin_guest "$POINTS" --app=w \
			--on-activate="$HANDLER" env -u ONLYONE_TEST_POINTS \
			"$W" "$p"
		thaw timeout -k 5 $LIMIT onlyone --app=w "$W" "second-$p"
		assert_equal "$p $status $(handled "second-$p")" "$p 0 1"
		assert_equal "$p $(ctl pid w)" "$p $BEGUN"
		killed "$BEGUN"
		thaw timeout -k 5 $LIMIT onlyone --app=w "$W" "third-$p" for 0
		assert_equal "$p $status" "$p 0"
		grep -q " main third-$p$" "$GUEST_LOG"
		free_again "$p"
	done
	never_two
	none_twice
}

@test "point: a keeper stopped at each point of its release blocks or frees, never two" {
	for p in release-begin release-name-lock release-removed release-unlocked
	do
		ONLYONE_TEST_POINTS=$p=stop begin_guest "$POINTS" "$W" "$p"
		wait_until 'it has a keeper' keeper_recorded
		killed "$BEGUN"
		wait_until "a keeper has stopped at $p" keeper_stopped
		thaw timeout -k 5 $LIMIT onlyone "$W" "next-$p" for 0
		assert_equal "$p $status" "$p 0"
		grep -q " main next-$p$" "$GUEST_LOG"
		wait_until 'no keeper is left' thawed
		free_again "$p"
	done
	never_two
}

# thawed: whatever was stopped goes on, and no keeper is left.
thawed() {
	cont_all
	no_keepers
}

keeper_stopped() {
	local pid
	for pid in $(keepers); do has_state "$pid" T && return 0; done
	return 1
}

@test "stop: a stopped keeper is 69 within the patience, naming owner and keeper" {
	begin_guest onlyone --on-activate="$HANDLER" "$W" first
	keeper=$(recorded keeper)
	stopped "$keeper"
	began=$SECONDS
	run -69 --separate-stderr launch "$W" second
	[ $((SECONDS - began)) -le $((20 * SLOW)) ]
	says "held by pid $BEGUN, and its keeper, pid $keeper,"
	kill -CONT "$keeper"
	next_activates third
	assert_equal "$(recorded keeper)" "$keeper"
	assert_equal "$(handled second)" 0
	never_two
}

@test "stop: a stopped keeper killed is replaced, also when its owner has ended" {
	begin_guest onlyone --on-activate="$HANDLER" "$W" first
	keeper=$(recorded keeper)
	stopped "$keeper"
	kill -KILL "$keeper"
	next_activates second
	keeper=$(recorded keeper)
	stopped "$keeper"
	killed "$BEGUN"
	run -69 --separate-stderr launch "$W" third
	kill -CONT "$keeper"
	free_again 'after CONT'
	run -0 launch "$W" fourth for 0
	never_two
}
