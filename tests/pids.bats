#!/usr/bin/env bats
# pids: all (a namespace that has ended is told from the first one alone)
# pids.bats: a pid of another namespace is not shown as one of ours.
#
# Some other process has that number here, and it is that one whom the user
# would look at, or end.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load lib/common

own_setup() {
	wants mount pidns
	users=()
	[ "$(id -u)" = 0 ] || users=(--map-current-user)
}

# With the namespace its keeper is killed: the folder is left.  That all in the
# namespace has ended is seen from the first one alone, which a container's is
# not.
own_teardown() {
	[ -z "${there-}" ] || killed "$there"
	if [ "$(stat -Lc %i /proc/self/ns/pid)" = $((0xEFFFFFFC)) ]; then
		wait_until 'it is swept' swept
	else
		rm -rf "$(the_slot)"
	fi
}

# inner SCRIPT: in a pid namespace of its own, and its first process.
inner() {
	begin there= unshare "${users[@]}" --pid --fork --mount-proc \
		--kill-child sh -c "$1"
}

# unseen TEXT: it shows no pid, and says why there is none.
unseen() {
	[[ ! $1 =~ pid\ [0-9] ]] || fail "shows a pid: $1"
	[[ $1 == *'another pid namespace'* ]] || fail "does not say why: $1"
}

@test "elsewhere: whatever names the instance, or its handler, shows no pid of theirs" {
	inner 'onlyone --on-activate=": >serving; read x <gate" \
		"$GUESTS/guest" & wait'
	wait_until 'it runs' count_is guest 1
	mkfifo gate
	run -75 launch -n "$GUESTS/guest"
	unseen "$output"
	run launch --dry-run "$GUESTS/guest"
	assert_line --regexp 'activate pid \?'
	run -75 launch --join -w 0.1 "$GUESTS/guest"
	unseen "$output"
	# Behind another's handler, and what comes of one.
	begin launch -v --raise=never "$GUESTS/guest" x 2>first
	wait_until 'a handler runs' test -e serving
	begin launch -v --raise=never "$GUESTS/guest" y 2>second
	wait_until 'one waits' file_has second handler
	unseen "$(<second)"
	echo go >gate
	wait_until 'one is served' file_has first 'handed over'
	unseen "$(<first)"
	run ctl status guest
	refute_output --regexp 'pid [0-9]'
}

@test "elsewhere: it cannot be ended, and nobody says that it is" {
	inner 'onlyone "$GUESTS/guest" & wait'
	wait_until 'it runs' count_is guest 1
	wait_until 'it is overdue' eval \
		'launch --dry-run --overdue=0.001 "$GUESTS/guest" | grep -q overdue'
	run -69 launch --overdue=0.001:stop "$GUESTS/guest"
	assert_output --partial 'one may only hand arguments over'
	refute_output --partial 'it is ended'
}

@test "elsewhere: arguments that nobody took" {
	inner 'onlyone "$GUESTS/guest" & wait'
	wait_until 'it runs' count_is guest 1
	run -0 launch "$GUESTS/guest" x
	unseen "$output"
	run -69 launch --must-deliver "$GUESTS/guest" x
	unseen "$output"
}

# The number that it has is, here, this very shell's.
@test "elsewhere: a shell does not hold what its number holds there" {
	inner 'onlyonectl hold job --owner=1; echo $$ >held; sleep 300 & wait'
	wait_until 'it is held' test -s held
	run unshare "${users[@]}" --pid --fork --mount-proc --kill-child \
		sh -c 'onlyonectl hold job --owner=1; echo $? $$'
	assert_equal "${lines[-1]}" '75 1'
	assert_equal "$(<held)" 1
}

@test "elsewhere: nor a keeper that does not answer" {
	inner 'onlyone "$GUESTS/guest" & wait'
	wait_until 'it runs' count_is guest 1
	keeper=$(keepers)
	stopped "$keeper"
	run -69 launch "$GUESTS/guest" x
	unseen "$output"
	run launch --dry-run "$GUESTS/guest" x
	unseen "$output"
	kill -CONT "$keeper"
}
