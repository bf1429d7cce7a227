#!/usr/bin/env bats
# as: user (kills and stops are the same for all)
# cluster-calls.bats: each of our processes killed, and stopped, at a system call
# of taking, renewing and giving back a key: never two, and it goes on.
#
# A sample here, some of each kind of process; `make check-cluster` tries all
# calls.  What is done and looked at is the operation `cluster` of chaos/inject.
load lib/leased

# calls URL
calls() {
	local some=(-s "${INJECT_SEED-1}")
	[ -z "${CLUSTER_ROUNDS-}" ] || some=(-e 1)
	ONLYONE_CLUSTER=$1 INJECT_PATIENCE=$((PATIENCE * 3)) timeout -k 5 20000 \
		"$BATS_TEST_DIRNAME/chaos/inject" -j 4 "${some[@]}" \
		-w kill,stop,long cluster >report 2>&1 3>&- ||
		fail "$(cat report)"
	[[ $(grep '^TOTAL' report) =~ \ ([0-9]+)\ injections,\ ([0-9]+)\ ok ]]
	[ "${BASH_REMATCH[1]}" -ge 12 ] && [ "${BASH_REMATCH[2]}" -ge 5 ]
}

@test "etcd: killed, or stopped, at any call: never two, and the next one comes" { calls "etcd://$ETCD"; }

@test "postgresql: the same" {
	pg_up db
	URL=postgresql://$PG/postgres?user=boss
	"$BUILD/cluster/engine" "$URL" none 'init make' >/dev/null
	calls "$URL"
}
