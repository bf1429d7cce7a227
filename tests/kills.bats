#!/usr/bin/env bats
# as: user (a kill asks nobody who he is)
# kills.bats: kill -9, and SIGSTOP, of any process of ours at any time.
#
# chaos/killat kills a process of ours before its first, its second … call of
# the system, up to its last.  Whenever it was: the next launch starts or
# activates, the guest `witness` never runs twice, and nothing stays.  (More of
# this, on a simulated kernel: tests/sim.)
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

# first_launch LEAST INDEX AFTER COMMAND...: process INDEX of COMMAND, which starts
# a witness, is killed at each of its calls, of which there are more than LEAST;
# after each time AFTER, with the number.  No id is handled twice.
first_launch() {
	local n=0 killed=0
	while :; do
		n=$((n + 1))
		"$KILLAT" "$2" "$n" "${@:4}" </dev/null 3>&- >>said 2>&1 ||
			killed=$?
		[ "$killed" = 0 ] || break
		"$3" "$n"
	done
	assert_equal "$killed" 3
	[ "$n" -gt "$1" ]
	none_twice
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

@test "kill: the launcher of a first launch at each call; the next one starts" {
	first_launch 40 0 next_starts onlyone --on-activate="$HANDLER" \
		"$W" first for 2
}

@test "kill: the keeper at each call from its birth to its end, the launch goes on" {
	first_launch 25 2 next_succeeds onlyone --on-activate="$HANDLER" \
		"$W" first for 10
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

@test "stop: a launcher stopped in mid-claim is 69 for others, which say so; then it goes on" {
	ONLYONE_TEST_POINTS=claim-locked=stop begin "$POINTS" --app=w "$W" first
	wait_until 'it has stopped' has_state "$BEGUN" T
	run -69 launch --app=w "$W" second
	assert_output --partial 'onlyone: w is held by '
	kill -CONT "$BEGUN"
	guest_runs "$BEGUN"
	never_two
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
