#!/usr/bin/env bats
# wayland-kills.bats: kill -9 of helper, keeper and program at each point of a
# raise, on a real compositor.
# as: user (the compositor runs as one, and its programs with it)
# run: desktop
#
# sway, told to give the keyboard to whoever asks for it properly: without its
# IPC it lets a window be raised as labwc does (foreign-toplevel), and, if
# another looks the same, as GNOME does (inside).  Each process is stopped by a
# tracer at its N-th call, and killed there.  A window that the compositor finds
# at fault loses its connection, and guests/pane ends then: it lives, so it has
# said nothing wrong.
load lib/phoc
load lib/panes

PANE=("$GUESTS/pane")

# plain: a compositor, and a program that is raised by its name.
plain() {
	activation=focus compositor sway
	ipc_hide
	first one one
	cover
}

# alike: there are two, which only their insides tell from each other.
alike() {
	activation=focus compositor sway
	ipc_hide
	wlroots_keyboard
	keyed 0x100000
	FIRST=$BEGUN
	SLOT=$(the_slot)
	keyed 0x200000
	PANE=(-k '{3}' "$GUESTS/pane" same same 0x100000)
	cover
}

# ipc_hide: only the test is to know of it.
ipc_hide() {
	IPC=$SWAYSOCK
	unset SWAYSOCK
}

swaymsg() { command swaymsg -s "$IPC" "$@"; }

# behind: nobody raises anything, and the cover has the focus (again).
behind() {
	raised_out
	swaymsg -q "[pid=$COVER] focus"
	wait_until 'the cover has the focus' focus_is "$COVER"
}

# unharmed N: both programs live, and the next launch raises the one.
unharmed() {
	alive "$FIRST" || fail "$1: the program has ended"
	alive "$COVER" || fail "$1: the cover has ended"
	# The window of one that was killed has had the keyboard: it goes first.
	wait_until "$1: no window of ours is left" refute has_view \
		'.app_id == "onlyone-raise"'
	behind
	run -0 --separate-stderr launch -v "${PANE[@]}"
	[[ $stderr == *'): raised' || $stderr == *'): raised=later: '* ]] ||
		fail "$1: $stderr"
	wait_until "$1: it has the focus" focus_is "$FIRST"
	behind
}

# helper_killed CALLS LEAST: the helper is killed at each of those calls of it,
# which are not fewer.
helper_killed() {
	local n died
	for ((n = 1; ; n++)); do
		died=0
		strace -qq -o trace -e "trace=$1" \
			-e "inject=$1:signal=KILL:when=$n" onlyone-raise \
			-vv -m "$SLOT" "$FIRST" >said 2>&1 3>&- || died=$?
		# What the compositor says to be wrong, libwayland prints.
		run ! grep -i error said
		[ "$died" -ge 128 ] || break
		unharmed "$1 $n"
	done
	[ "$died" = 0 ] || fail "$n: $died $(<said) $(<trace)"
	[ "$n" -gt "$2" ] || fail "$n: $(<trace)"
}

@test "kill: the helper at each word to the compositor and the program's page; the next launch raises" {
	plain
	SLOT=$(the_slot)
	helper_killed sendmsg 4
	frees killed "$COVER" "$FIRST"
	rm "$RUNTIME"/wayland-* "$RUNTIME"/ready
	alike
	helper_killed sendmsg,futex,flock 8
	wait_until 'no window of ours is left' refute has_view \
		'.app_id == "onlyone-raise"'
}

# keeper: the pid of the one of $SLOT.
keeper() { sed -zn 's/^keeper=0*//p' "$SLOT/info" | tr -d '\0'; }

# keeper_killed: it is killed at each call of it while a launch has it raise
# the program; how many there were is in $n.  (-v: the launch waits for the one
# that the next keeper raises.)
keeper_killed() {
	local died
	for ((n = 1; ; n++)); do
		died=0
		"$KILLAT" "=$(keeper)" "$n" onlyone -v "${PANE[@]}" </dev/null \
			>said 2>&1 3>&- || died=$?
		[ "$died" = 0 ] || break
		unharmed "$n"
	done
	[ "$died" = 3 ] || fail "$n: $died $(<said)"
}

@test "kill: the keeper at each call of it; the next launch raises" {
	plain
	SLOT=$(the_slot)
	keeper_killed
	[ "$n" -gt 10 ] || fail "$n"
}

# window_thread PID: the thread of our library.
window_thread() {
	local task
	for task in "/proc/$1"/task/*; do
		[ "$(<"$task/comm")" != onlyone-window ] || echo "${task##*/}"
	done
}

# Asked by a verb: a launch would become the program in its place.
@test "kill: the program at each call of the library in it; the next launch starts it, and the next one raises" {
	alike
	for call in prctl clock_gettime fcntl statx sendto close futex; do
		thread=$(window_thread "$FIRST")
		begin strace -qq -p "$thread" -o trace -e "trace=$call" \
			-e "inject=$call:signal=KILL" 2>said
		wait_until 'it is traced' traced "$thread"
		run ctl activate pane 0x100000
		wait_until "it is killed at $call" gone "$FIRST"
		ended "$BEGUN"
		grep -q "^$call(" trace
		keyed 0x100000
		FIRST=$BEGUN
		unharmed "$call"
	done
}
