#!/usr/bin/env bats
# as: user (kills and stops are the same for all)
# cluster-points.bats: each of our processes killed, or stopped, at each step of
# taking, renewing and giving back a key: never two, and it goes on.
load lib/leased

PATH=$BUILD/points:$PATH

own_teardown() {
	local pid
	for pid in $(helpers) "${STARTED[@]}"; do
		kill -CONT "$pid" 2>/dev/null || :
	done
}

POINTS='cluster-acquire cluster-acquired watchdog-born cluster-ready
	cluster-go cluster-gone lease-renew lease-renewed cluster-release
	cluster-released'

# first POINT HOW: a launch that comes to this; in the book of that point.
first() {
	book_new
	books[$1]=$OBSERVED
	ONLYONE_TEST_POINTS=$1=$2 begin onlyone-cluster --ttl=1 \
		-a "$1" "$GUESTS/observer" x for 1500
}

# second POINT: another host waits for it, however that ends.
second() {
	OBSERVED=${books[$1]} ONLYONE_DIR=$ONLYONE_DIR.z begin \
		onlyone-cluster --wait -a "$1" \
		"$GUESTS/observer" y for 10
}

# settled: each runs, has ended, or waits for one of ours that is stopped.
settled() {
	local point open=0 pid
	for point in "${!firsts[@]}"; do
		[ -s "${books[$point]}" ] || gone "${firsts[$point]}" ||
			open=$((open + 1))
	done
	for pid in $(helpers) "${firsts[@]}"; do
		! has_state "$pid" T || open=$((open - 1))
	done
	[ "$open" -le 0 ]
}

# each HOW: at each point; all at once.
each() {
	local point seconds=()
	local -A books firsts
	for point in $POINTS; do
		first "$point" "$1"
		firsts[$point]=$BEGUN
	done
	wait_until 'all are at their points' settled
	for point in $POINTS; do
		second "$point"
		seconds+=("$BEGUN")
	done
	all_end 0 "${seconds[@]}"
	# One that was stopped before it had a program goes on only now.
	for pid in "${firsts[@]}"; do
		kill -CONT "$pid" 2>/dev/null || :
		ended "$pid"
		status=0
		wait "$pid" || status=$?
		case $status in
		0 | 69 | 76 | 137) ;;
		*) fail "a launch ended with $status" ;;
		esac
	done
	for point in $POINTS; do
		OBSERVED=${books[$point]}
		never_two_at_once
		[ "$RAN" = 1 ] || [ "$RAN" = 2 ]
	done
}

@test "killed at each point: never two, the next one comes, no status is wrong" { each kill:1; }
@test "stopped at each point: never two, the next one comes, no status is wrong" { each stop; }

@test "at each point it is that which is met" {
	for point in $POINTS; do
		ONLYONE_TEST_POINTS=$point=kill:1 run here \
			--ttl=1 -a "$point" sleep .5
		case $point in
		# There is another watchdog; and all is done already.
		watchdog-born | cluster-release*) [ "$status" = 0 ] ;;
		cluster-ready | lease-*) [ "$status" = 76 ] ;;
		*) [ "$status" = 137 ] ;;
		esac
	done
}

@test "one that is stopped on its way to its program keeps nobody from it" {
	for how in term stop; do
		book_new
		ONLYONE_TEST_POINTS=cluster-go=stop begin onlyone-cluster --ttl=1 --on-lost=$how -a $how \
			"$GUESTS/observer" x for 10 2>said
		wait_until 'it is stopped' has_state "$BEGUN" T
		run -0 elsewhere --wait=$PATIENCE -a $how \
			"$GUESTS/observer" y for 10
		ends_by CONT "$BEGUN" 76
		never_two_at_once
		assert_equal "$RAN" 1
	done
}

@test "nor does one that is stopped as its program has just begun, when that has ended" {
	book_new
	ONLYONE_TEST_POINTS=cluster-gone=stop begin onlyone-cluster --ttl=1 \
		-a nightly "$GUESTS/observer" x
	wait_until 'it is stopped' has_state "$BEGUN" T
	wait_until 'it runs' observed 'alive.* x$'
	kill "$(program_of nightly)"
	run -0 elsewhere --wait=$PATIENCE -a nightly \
		"$GUESTS/observer" y for 10
	ends_by CONT "$BEGUN" 0
	never_two_at_once
	assert_equal "$RAN" 2
}
