# as: root
# pids: all (only the first one can tell that another one has ended)
# container.bats: onlyone as the first process of a container, and instances there.
#
# In a pid namespace the launch is pid 1: it stays, reaps, passes signals on and exits
# as the program exits. Launches of another pid namespace that share its state root
# start no second instance; a pid of another namespace is not shown as one of ours.
load lib/common

own_setup() { wants mount pidns; }

# With pids of its own; all ends with the first process.
container=(unshare --pid --fork --mount-proc --kill-child)

# begin_container COMMAND...: start one whose guest runs; $init is its pid 1.
begin_container() {
	: >"$GUEST_LOG"
	begin "${container[@]}" "$@"
	wait_until 'the guest runs' file_has "$GUEST_LOG" ' (main|here)'
	init=$(<"/proc/$BEGUN/task/$BEGUN/children")
	init=${init% }
}

# inside COMMAND...: in one more container; beside COMMAND...: in that one.
inside() { timeout -k 5 $LIMIT "${container[@]}" "$@"; }

beside() { timeout -k 5 $LIMIT nsenter --target "$init" --pid --mount "$@"; }

# container_killed: all of it; and those that follow are in a namespace of another
# number, as when more containers have started meanwhile.
container_killed() {
	killed "$init"
	ended "$BEGUN"
	sed -i 's/pidns=[0-9]*/pidns=1/' "$ONLYONE_DIR"/*/info
}

# keeper_here: the one keeper that there is.
keeper_here() { pgrep -P "$init" -x onlyone; }

# bats test_tags=check
@test "container: as pid 1 it reaps, ends by TERM, and is the one, inside and for others" {
	line='(sleep 0.01 &) ; (true &) ; exec "$GUESTS/guest"'
	begin_container onlyone --on-activate='echo there' -c "$line"
	prints -0 there beside onlyone -c "$line"
	wait_until 'no zombie is left' no_zombies "$init"
	kill -TERM "$init"
	ends "$BEGUN" 143
	no_slots
	begin_container onlyone "$GUEST"
	# Refused or served, never a second.
	run inside onlyone -q "$GUEST" exit 5
	[[ $status = @(0|69) ]] || fail "status $status: $output"
	[ "$(constructors)" = 1 ]
	# Killed, it starts again, whatever else has started meanwhile.
	container_killed
	run -5 inside onlyone -n "$GUEST" exit 5
	no_slots
}

@test "container: its keeper killed, it is believed by others while it lives, and not forgotten" {
	begin_container onlyone "$FORKER-static" .
	killed "$(keeper_here)"
	# Inside, it has a new one; and then that is killed too.
	beside onlyone -q "$FORKER-static" end 5
	killed "$(keeper_here)"
	for how in '' -n --wait=1 --replace; do
		run -69 inside onlyone $how "$FORKER-static" end 5
		assert_output --partial 'runs in another pid namespace'
	done
	# Nor do we think it has ended if we cannot read it now.
	for pid in "$init" $(pgrep -P "$init"); do looks+=(-P "/proc/$pid/status"); done
	run -69 strace -qqo looks "${looks[@]}" -e inject=openat:error=ENFILE \
		onlyone "$FORKER-static" end 5
	prints -69 --partial 'is seen to live' inside onlyonectl forget --force forker-static
	container_killed
	run -5 inside onlyone "$FORKER-static" end 5
	begin_container onlyone "$FORKER-static" .
	# Its pidfile is another one then, and the lock is not on that.
	rm -rf "$ONLYONE_DIR"/*/pid
	wait_until 'it is back' eval 'test -s "$ONLYONE_DIR"/*/pid'
	killed "$(keeper_here)"
	run -69 inside onlyone "$FORKER-static" end 5
	container_killed
	prints -0 '' inside onlyonectl forget --force forker-static
	# Another container has got its number since: the first namespace sees that.
	if [ "$(stat -Lc %i /proc/self/ns/pid)" = $((0xEFFFFFFC)) ]; then
		begin_container sh -c 'onlyone "$GUESTS/guest-static"; :'
		container_killed
		begin_container "$GUEST"
		sed -i "s/pidns=[0-9]*/pidns=$(stat -Lc %i "/proc/$init/ns/pid")/" \
			"$ONLYONE_DIR"/*/info
		run -5 launch "$GUEST-static" exit 5
		killed "$init"
		ended "$BEGUN"
	fi
	# Where it cannot be decided, folder and way out are named.
	begin_container sh -c 'onlyone "$GUESTS/guest-static"; :'
	folder=$(the_slot)
	container_killed
	run -69 --separate-stderr inside onlyone "$GUESTS/guest-static"
	says "if it has ended, onlyonectl forget --force drops $folder"
	prints -1 --partial 'guest-static has no keeper, and it is not known here' \
		inside onlyonectl doctor
	run -77 inside onlyonectl stop guest-static
	run -69 inside onlyonectl forget guest-static
	prints -0 '' inside onlyonectl forget --force guest-static
	run -5 inside onlyone "$GUESTS/guest-static" exit 5
}

# unseen TEXT: it shows no pid, and says why there is none.
unseen() {
	[[ ! $1 =~ pid\ [0-9] ]] || fail "shows a pid: $1"
	[[ $1 == *'another pid namespace'* ]] || fail "does not say why: $1"
}

# elsewhere APP SCRIPT: its instance is there.
elsewhere() {
	begin "${container[@]}" sh -c "$2"
	wait_until 'it runs' count_is "$1" 1
}

@test "elsewhere: whatever is said shows no pid of theirs; it cannot be ended" {
	elsewhere guest 'onlyone --on-activate="read x <gate" "$GUESTS/guest" & wait'
	there=$BEGUN
	mkfifo gate
	for way in -n '--join -w 0.1'; do
		run -75 launch $way "$GUEST"
		unseen "$output"
	done
	run launch --dry-run "$GUEST"
	assert_line --regexp 'activate pid \?'
	run -69 launch --overdue=0.001:stop "$GUEST"
	assert_output --partial 'cannot wait for or replace'
	begin launch -v --raise=never "$GUEST" x 2>first
	echo go >gate
	wait_until 'one is served' file_has first 'handed over'
	unseen "$(<first)"
	run ctl status guest
	refute_output --regexp 'pid [0-9]'
	prints -77 --partial 'runs in another pid namespace' ctl stop guest
	stopped "$(keepers)"
	run -69 launch "$GUEST" x
	unseen "$output"
	killed "$there"
	# That all in the namespace has ended is seen from the first one alone, which a
	# container's is not.
	[ "$(stat -Lc %i /proc/self/ns/pid)" = $((0xEFFFFFFC)) ] || rm -rf "$(the_slot)"
	wait_until 'it is swept' swept
	# So is one out here for those in there.
	begin_guest onlyone -a here "$GUEST"
	run -0 inside onlyone -q -a here "$GUEST" exit 5
	keeper_killed here
	prints -69 --partial 'another pid namespace' inside onlyone -a here "$GUEST" exit 5
	run -0 launch -q -a here "$GUEST" exit 5
}
