#!/usr/bin/env bats
# as: root
# container.bats: onlyone as the first process of a container.
#
# In a pid namespace the launch is pid 1: it stays, reaps, passes signals on
# and ends as the program ends.  Launches in the same container find the
# instance; those of another pid namespace that share its state root do not
# start a second one.  (Only root makes namespaces here.)
# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load lib/common

own_setup() { wants mount pidns; }

# With pids of its own; it all ends with its first.
container=(unshare --pid --fork --mount-proc --kill-child)

# begin_container COMMAND...: begin one whose guest runs; $init is its pid 1.
begin_container() {
	begin "${container[@]}" "$@"
	wait_until 'the guest runs' file_has "$GUEST_LOG" ' main '
	init=$(cat "/proc/$BEGUN/task/$BEGUN/children")
	init=${init% }
}

# container_stops: TERM to its pid 1 ends it all, and leaves nothing.
container_stops() {
	kill -TERM "$init"
	ends "$BEGUN" 143
	no_slots
}

# bats test_tags=check
@test "container: as pid 1 it runs the program, and ends with its status" {
	prints -42 '' timeout $LIMIT "${container[@]}" onlyone "$GUESTS/guest" \
		exit 42
	[ "$(constructors)" = 1 ]
}

@test "container: launches inside find the instance" {
	begin_container onlyone --on-activate='echo "$1"' "$GUESTS/guest"
	prints -0 inside timeout $LIMIT nsenter --target "$init" --pid --mount \
		onlyone "$GUESTS/guest" inside
	[ "$(constructors)" = 1 ]
	container_stops
}

# bats test_tags=check
@test "container: orphans of the program are reaped" {
	begin_container onlyone -c '
		(sleep 0.01 &) ; (true &) ; (true &)
		exec "$GUESTS/guest"'
	wait_until 'no zombie is left' no_zombies "$init"
	container_stops
}

# bats test_tags=check
@test "container: another one that shares the state is refused or served, never a second" {
	begin_container onlyone "$GUESTS/guest"
	run timeout $LIMIT "${container[@]}" onlyone -q "$GUESTS/guest" exit 5
	[ "$status" = 0 ] || [ "$status" = 69 ] || fail "status $status: $output"
	run launch -q "$GUESTS/guest" exit 5
	[ "$status" = 0 ] || [ "$status" = 69 ] || fail "status $status: $output"
	[ "$(constructors)" = 1 ]
	container_stops
}
