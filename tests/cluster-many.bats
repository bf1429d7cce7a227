# cluster-many.bats: a job of many processes is ended, stopped or followed as a whole.
#
# All processes of a crowd have one lock on a file, until the last has exited.
# as: user (a cgroup of its own only as root)
load lib/leased

own_teardown() {
	kill -KILL $(crowd) 2>/dev/null || :
}

# crowd: its pids, of this test.
crowd() {
	local link
	for link in $(find /proc/[0-9]*/exe -lname "$GUESTS/crowd" 2>/dev/null); do
		link=${link#/proc/}
		[ "$(readlink "/proc/${link%/exe}/cwd")" != "$PWD" ] || echo "${link%/exe}"
	done
}

# crowded N WORD... [-- OPTION...]: such a job runs, as few, $BEGUN.
crowded() {
	local n=$1 words=()
	shift
	while [ $# != 0 ] && [ "$1" != -- ]; do
		words+=("$1")
		shift
	done
	rm -f all all.up
	begin sh -c 'ulimit -n 60; exec "$@"' sh onlyone-cluster -a many "${@:2}" \
		"$GUESTS/crowd" all "$n" "${words[@]}" 2>said
	wait_until 'all are there' test -e all.up
}

# nobody_left: a process of the crowd would have the lock.
nobody_left() { flock -n all true || fail "left: $(crowd | wc -l)"; }

# next_finds_none: on another host it runs next, where none of the crowd lives.
next_finds_none() {
	run -0 elsewhere -w "$PATIENCE" -a many flock -n all true
}

# bats test_tags=both
@test "3,000 processes, 60 descriptors: stop, --replace and TERM reach each one" {
	crowded 3000
	run -0 onlyone-cluster stop -w "$PATIENCE" many
	nobody_left
	ends "$BEGUN" 143
	# Deaf ones, whose launch is stopped.
	crowded 3000 ignore scrub
	stopped "$BEGUN"
	run -0 onlyone-cluster stop -w "$PATIENCE" --kill-after=.2 many
	nobody_left
	kill -CONT "$BEGUN"
	ends "$BEGUN" 137
	# The first of them goes at once, the others do not.
	crowded 12 leave ignore
	ends "$BEGUN" 0
	run -75 onlyone-cluster stop -w .3 many
	run -75 elsewhere -n -a many true
	run -0 onlyone-cluster stop -w "$PATIENCE" --kill-after=0 many
	nobody_left
	crowded 700
	run -0 elsewhere --replace -w "$PATIENCE" -a many flock -n all true
	ends "$BEGUN" 143
}

# bats test_tags=both
@test "3,000 processes: one of ours is killed, and all of them end before the next host runs it" {
	for who in 'echo $BEGUN' holder; do
		crowded 3000 ignore scrub -- --ttl=9
		killed $(eval "$who")
		next_finds_none
		no_helpers
	done
}

# bats test_tags=both
@test "2,400 deaf processes on a busy machine: the store is lost, and none is left when it is back" {
	spin=()
	for n in 1 2 3 4 5 6; do
		begin spin+= sh -c 'while :; do :; done'
	done
	crowded 2400 ignore -- --ttl=3
	freeze one
	ends "$BEGUN" 76
	nobody_left
	kill "${spin[@]}"
	thaw one
	next_finds_none
}

# bats test_tags=both
@test "--on-lost=stop: all 700 are stopped, and go on when the store is back" {
	crowded 700 -- --ttl=4 --on-lost=stop
	freeze one
	wait_until 'it is said' file_has said 'is stopped'
	for pid in $(crowd); do
		wait_until "process $pid is stopped" has_state "$pid" T
	done
	# Without a cgroup a signal of the user's starts one for a moment.
	kill -CONT "$pid"
	wait_until 'it is stopped again' halted "$pid"
	thaw one
	wait_until 'it goes on, or its lease has ended' eval '! halted "$pid"'
	onlyone-cluster stop -w "$PATIENCE" --kill-after=0 many || [ $? = 3 ]
	ended "$BEGUN"
	nobody_left
}

# bats test_tags=both
@test "a daemon of twelve copies without an environment: followed to the last, and stopped" {
	crowded 12 leave scrub
	ends "$BEGUN" 0
	for pid in $(crowd); do
		run -75 elsewhere -n -a many true
		killed "$pid"
	done
	next_finds_none
	crowded 12 leave scrub ignore
	ends "$BEGUN" 0
	run -0 onlyone-cluster stop -w "$PATIENCE" --kill-after=0 many
	nobody_left
	# What has started it all is killed.
	crowded 12 leave scrub ignore -- --ttl=4
	killed "$(holder)"
	next_finds_none
}

@test "what cannot be ended is said with its pids, and is 76" {
	crowded 3 ignore -- --ttl=6
	launch=$BEGUN
	traced=($(helpers) "$launch")
	begin strace -qqo calls $(printf -- '-p %s ' "${traced[@]}") \
		-e inject=pidfd_send_signal:error=EPERM -e trace=pidfd_send_signal
	for pid in "${traced[@]}"; do wait_until 'it is traced' traced "$pid"; done
	freeze one
	ends "$launch" 76
	pids=$(sed -n 's/.*: these processes of it could not be ended: //p' said)
	assert_equal "$(xargs -n1 <<<"$pids" | sort)" "$(crowd | sort)"
	thaw one
}
