#!/usr/bin/env bats
# cluster-storm.bats: faults at random in a cluster of five hosts: never two at
# once.
#
# Some rounds here; `make check-cluster` has two hundred (CLUSTER_ROUNDS).
# as: user (the same)
load lib/cluster-storm

own_setup() {
	wants mount
	[ -e "$CLUSTER/hosts" ] || hosts_up m1 m2 m3 db other a b c d e
	hosts_setup
	heal
	book_new
}

own_teardown() {
	[ -n "${BATS_TEST_COMPLETED-}" ] ||
		tail -n 20 storm.log "$OBSERVED" through >&2 || :
	all_woken
}

# told: what a long run wants to know.
told() {
	echo "# $1: $RAN instances in $(wc -l <storm.log) rounds, never two;" \
		"the longest time without one: $GAP ms, in$(awk -v at="$SINCE" \
		'$1 > at { exit } { $1 = ""; was = $0 } END { print was }' storm.log)" >&3
}

@test "etcd, three members: faults at random, never two at once" {
	storm_etcd
	storm "${CLUSTER_ROUNDS-3}"
	[ -z "${CLUSTER_ROUNDS-}" ] || told etcd
}

@test "postgresql, with a standby: faults at random, never two at once" {
	storm_postgresql
	storm "${CLUSTER_ROUNDS-3}"
	[ -z "${CLUSTER_ROUNDS-}" ] || told postgresql
}
