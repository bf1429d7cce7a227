#!/usr/bin/env bats
# as: user (the same)
# cluster-clocks.bats: wall clocks that are set while a key is held: of the hosts,
# and of the servers.
load lib/leased

# A lease of TTL seconds is renewed thrice in that time.
TTL=4

own_setup() {
	CLOCK=$PWD/clock
	export CLOCK
	clock_set 0
	book_new
}

# holds: it has renewed since, another host is refused, and it is still there.
holds() {
	ages=()
	wait_until 'it was renewed' age $((TTL * 1200))
	run -75 elsewhere --ttl=$TTL -n -a nightly touch ran
	alive "$BEGUN"
	[ ! -e ran ]
}

# hosts_clock: all of ours, the libraries that onlyone-cluster uses included,
# have the wall clock of $CLOCK.
hosts_clock() {
	mkdir bin
	cp "$BUILD/points/onlyone" "$BUILD/points/onlyonectl" \
		"$BUILD/libonlyone.so" bin
	cat >bin/onlyone-cluster <<-END
		#!/bin/bash
		export WRONG_CLOCK=$CLOCK LD_PRELOAD=$GUESTS/wrong.so
		exec -a onlyone-cluster "$BUILD/onlyone-cluster" "\$@"
	END
	chmod +x bin/onlyone-cluster
	export ONLYONE_TEST_WALL=$CLOCK PATH=$PWD/bin:$PATH
}

@test "the host's clock is set forward and back while a key is held: nothing is lost" {
	hosts_clock
	observing --ttl=$TTL
	for seconds in 3600 -3600 0; do
		clock_set $seconds
		holds
	done
	clock_set 7200
	kill -KILL "$(ctl pid nightly)"
	next_has 137 --ttl=$TTL
	no_helpers
}

@test "the host's clock is set while the program ends for want of a renewal: all of it ends in time" {
	hosts_clock
	for seconds in 3600 -3600; do
		clock_set 0
		begin onlyone-cluster --ttl=$TTL -a nightly sh -c '
			(env -i setsid sleep 1000 &)
			setsid sleep 1000 &
			"$GUESTS/observer" x ignore &
			wait'
		wait_until 'it runs' observed 'alive.* x$'
		below=$(members)
		clock_set $seconds
		killed "$(holder)"
		next_has 76 --ttl=$TTL
		gone $below
		book_new
	done
}

@test "etcd's clock is set forward and back: nothing is lost, and one that has died is followed" {
	by_clock etcd_up clocked
	export ONLYONE_CLUSTER=etcd://$(cat "$CLUSTER/clocked.url")/$PREFIX
	observing --ttl=$TTL
	for seconds in 3600 -3600 0; do
		clock_set $seconds
		holds
	done
	# Nobody renews it any more.
	kill -KILL "$(holder)" "$(watchdog)"
	next_has 76 --ttl=$TTL
}

# postgresql: a server whose clock is $CLOCK, for all tests.
postgresql() {
	CLOCK=$CLUSTER/clock
	clock_set 0
	chmod 644 "$CLOCK"
	if [ ! -e "$CLUSTER/db.pid" ]; then
		by_clock pg_up db
		"$BUILD/cluster/engine" "postgresql://$PG/postgres?user=boss" \
			none 'init make' >/dev/null
	fi
	ONLYONE_CLUSTER=postgresql://$(cat "$CLUSTER/db.url")/postgres?user=boss
}

@test "postgresql's clock is set back, or forward by less than is left: nothing is lost" {
	postgresql
	TTL=6
	observing --ttl=$TTL
	clock_set -3600
	holds
	clock_set -3598
	holds
	kill -KILL "$(ctl pid nightly)"
	next_has 137 --ttl=$TTL
}

@test "postgresql's clock is set forward by more: the program ends by its next renewal" {
	postgresql
	observing --ttl=$TTL
	clock_set 3600
	ends "$BEGUN" 76
	grep -q 'nightly: its lease on the cluster is gone' said
	run -0 elsewhere -n -a nightly "$GUESTS/observer" y \
		for 20
	never_two_at_once
	assert_equal "$RAN" 2
}
