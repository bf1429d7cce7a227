#!/usr/bin/env bats
# cluster-three.bats: etcd with three members, hosts that are cut off: never two
# at once.
# as: user (the same)
load lib/cluster-launch

own_setup() {
	wants mount
	if [ ! -e "$CLUSTER/hosts" ]; then
		hosts_up m1 m2 m3 a b c
		etcd_up m1 m2 m3
		echo "$ETCD" >"$CLUSTER/etcd"
	fi
	hosts_setup
	heal
	wait_until 'all members answer' all_answer
	URL="etcd://$(cat "$CLUSTER/etcd")/t$SRANDOM?insecure"
	book_new
}

own_teardown() { all_woken; }

all_answer() { etcd_answers m1 && etcd_answers m2 && etcd_answers m3; }

# begun_again NAME: a member that was killed, from what it had.
begun_again() {
	ETCD_PEERS=$(peers)
	etcd_begin "$1"
}

peers() {
	local name
	for name in m1 m2 m3; do
		echo "$name=http://$(cat "$CLUSTER/$name.peer")"
	done | paste -sd,
}

leader() { etcd_leader m1 m2 m3; }

# other_leader NAME: there is one, and it is not that.
other_leader() {
	local name others=()
	for name in m1 m2 m3; do [ "$name" = "$1" ] || others+=("$name"); done
	etcd_leader "${others[@]}"
}

@test "the leader is killed: the program notices nothing, its token stays" {
	TTL=4 runs_at a first
	token=$(token_of first)
	old=$(leader)
	slain "$old"
	wait_until 'there is another leader' other_leader "$old"
	sleep 5 # longer than the lease
	one_at b second
	ends "$BEGUN" 75
	grep -q "token $token " said.second
	begun_again "$old"
	the_end a b
	assert_equal "$RAN" 1
}

@test "the majority is lost: the program ends in time, a new start is 69; then all is well" {
	runs_at a first
	pid=$BEGUN
	freeze m2 m3
	ends "$pid" 76
	one_at b second
	ends "$BEGUN" 69
	thaw m2 m3
	wait_until 'all members answer' all_answer
	waits_at b third
	comes_to b third
	the_end a b
	assert_equal "$RAN" 2
}

@test "leader and holder are cut off together: never two, whoever still answers" {
	old=$(leader)
	runs_at a first
	pid=$BEGUN
	waits_at b second
	cut_off a "$old"
	comes_to b second
	ends "$pid" 76
	# And the other way round, when they are all together again.
	heal
	wait_until 'all members answer' all_answer
	pid=$BEGUN
	waits_at a third
	cut_off b "$(leader)"
	comes_to a third
	the_end a b
	assert_equal "$RAN" 3
}

@test "a member is stopped, another restarted, packets are late and lost: it runs on" {
	TTL=8 runs_at a first
	freeze m1
	sleep 3
	thaw m1
	# Its own: members that do not hear each other in time elect for ever.
	wire delay 100 "$(host_number a)"
	sleep 3
	heal
	wire drop 20 "$(host_number a)"
	sleep 4
	heal
	slain m2
	begun_again m2
	wait_until 'all members answer' all_answer
	TTL=8 one_at b second
	ends "$BEGUN" 75
	the_end a b
	assert_equal "$RAN" 1
}

@test "on a wire too slow to renew, what was stopped learns that another has it" {
	runs_at a first --on-lost=stop
	pid=$BEGUN
	waits_at b second
	cut_off a
	comes_to b second
	heal
	wire delay 300 "$(host_number a)"
	ends "$pid" 76
	# The other one saw the lock of the one that was stopped, and has ended.
	wait_until 'all have ended' nobody_at a b
}

@test "what the holder sends is heard, and it hears nothing: it ends in time" {
	runs_at a first
	pid=$BEGUN
	waits_at b second
	for member in m1 m2 m3; do deaf "$member" a; done
	ends "$pid" 76
	comes_to b second
	the_end a b
	assert_equal "$RAN" 2
}
