#!/usr/bin/env bats
# as: root
# container.bats: onlyone as the first process of a container.
#
# In a pid namespace the launch is pid 1: it stays, reaps, passes signals on
# and ends as the program ends.  Launches in the same container find the
# instance; those of another pid namespace that share its state root do not
# start a second one.  (Only root makes namespaces here.)
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

# container_killed: all of it; and those that follow are in a namespace of another
# number, as when more containers have started meanwhile.
container_killed() {
	killed "$init"
	ended "$BEGUN"
	sed -i 's/pidns=[0-9]*/pidns=1/' "$ONLYONE_DIR"/*/info
}

# keeper_here: the one keeper that there is.
keeper_here() { pgrep -P "$init" -x onlyone; }

# inside COMMAND...: in one more container.
inside() {
	timeout -k 5 $LIMIT "${container[@]}" "$@"
}

# bats test_tags=check
@test "container: killed, it starts again, whatever else has started meanwhile" {
	local how
	for how in "" --lifetime=tree; do
		echo "with '$how'" >&2
		: >"$GUEST_LOG"
		begin_container onlyone $how "$GUESTS/guest"
		container_killed
		run -5 inside onlyone -n "$GUESTS/guest" exit 5
		no_slots
	done
}

@test "container: killed when the program is static, or a daemon" {
	begin_container onlyone "$GUESTS/guest-static"
	container_killed
	run -5 inside onlyone "$GUESTS/guest-static" exit 5
	: >"$GUEST_LOG"
	begin "${container[@]}" onlyone -W "$FORKER" daemon
	wait_until 'the daemon runs' notes here 1
	init=$(cat "/proc/$BEGUN/task/$BEGUN/children")
	init=${init% }
	container_killed
	run -5 inside onlyone "$FORKER" end 5
	no_slots
}

# bats test_tags=check
@test "container: its keeper killed, it is believed by others while it lives, and is not forgotten" {
	begin_container onlyone "$GUESTS/guest-static"
	container_others() {
		for way in '' -n --skip --wait=1 --replace; do
			run -69 inside onlyone $way "$GUESTS/guest-static"
			assert_output --partial 'runs in another pid namespace'
		done
		run -69 inside onlyonectl forget --force guest-static
		assert_output --partial 'is seen to live'
	}
	killed "$(keeper_here)"
	container_others
	assert_equal "$(constructors)" 1
	# Inside, it has a new one; and then that is killed too.
	timeout $LIMIT nsenter --target "$init" --pid --mount onlyone -q \
		"$GUESTS/guest-static"
	assert_equal "$(constructors)" 1
	killed "$(keeper_here)"
	container_others
	container_killed
	run -5 inside onlyone "$GUESTS/guest-static" exit 5
}

# Its pidfile is another one then, and the lock is not on that.
@test "container: its files swept and its keeper killed, nothing takes it for dead" {
	begin_container onlyone "$GUESTS/guest-static"
	rm -rf "$ONLYONE_DIR"/*/pid
	wait_until 'it is back' eval 'test -s "$ONLYONE_DIR"/*/pid'
	killed "$(keeper_here)"
	run -69 inside onlyone "$GUESTS/guest-static"
	assert_equal "$(constructors)" 1
	container_killed
	prints -0 '' inside onlyonectl forget --force guest-static
}

# bats test_tags=check
@test "container: what cannot be decided names the folder and the way out, which works" {
	begin_container sh -c 'onlyone "$GUESTS/guest-static"; :'
	local folder
	folder=$(the_slot)
	container_killed
	run -69 --separate-stderr inside onlyone "$GUESTS/guest-static"
	says "if it has ended, onlyonectl forget --force drops $folder"
	run -1 inside onlyonectl doctor
	assert_output --partial \
		'guest-static has no keeper, and whether it runs cannot be told'
	assert_output --partial 'if it has ended, onlyonectl forget --force drops it'
	run -77 inside onlyonectl stop guest-static
	run -69 inside onlyonectl forget guest-static
	prints -0 '' inside onlyonectl forget --force guest-static
	no_slots
	run -5 inside onlyone "$GUESTS/guest-static" exit 5
	# What its lock shows to live is not dropped.
	: >"$GUEST_LOG"
	begin_container sh -c 'onlyone "$GUESTS/guest"; :'
	killed "$(keeper_here)"
	run -69 inside onlyonectl forget --force guest
	assert_equal "$(constructors)" 1
	container_killed
	prints -0 '' inside onlyonectl forget --force guest
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
