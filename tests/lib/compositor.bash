# compositor.bash: Wayland compositors of the test's own, without a screen.
#
# compositor gnome|kwin|sway|phoc starts one, as the ordinary user who runs the test,
# with a session bus of its own.  Then, for each of them:
#     focused            pid of the window that has the focus, as it says
#     minimise PID       its windows
#     other_workspace    shows another, empty one
#     press CODE...      keys, as a user types them (not kwin); A+B (GNOME)
# Each is a function of its file, gnome.bash, kwin.bash or phoc.bash, which must be
# loaded before this one: gnome_focused and so on.
# All answers come from the compositor, never from us.
# shellcheck shell=bash disable=SC2034,SC2154

load lib/common

PARTS=(common compositor)

compositor_setup() {
	unset SWAYSOCK WINDOWID TMUX TMUX_PANE STY WINDOW DISPLAY
	RUNTIME=$(mktemp -d /tmp/onlyone-desktop.XXXXXX)
	LITTER+=("$RUNTIME")
	export HOME=$RUNTIME/home LC_ALL=C.UTF-8 XDG_RUNTIME_DIR=$RUNTIME \
		XDG_CONFIG_HOME=$RUNTIME/home/.config \
		GSETTINGS_BACKEND=memory NO_AT_BRIDGE=1 LIBGL_ALWAYS_SOFTWARE=1 \
		GDK_BACKEND=wayland QT_QPA_PLATFORM=wayland \
		SDL_VIDEODRIVER=wayland MOZ_ENABLE_WAYLAND=1
	mkdir -p "$XDG_CONFIG_HOME"
}

# Whether the compositor hung, and not we: one that renders in software may hang.  A
# client that has nothing to do with us asks it after a test has failed, before
# anything is killed.  lib/run-one runs such a test again,
# with another compositor.
compositor_teardown() {
	local status=0
	[ -z "${BATS_TEST_COMPLETED-}" ] && [ -n "${ONLYONE_TEST_HUNG-}" ] &&
		[ -S "${XDG_RUNTIME_DIR-}/${WAYLAND_DISPLAY-}" ] || return 0
	timeout $LIMIT "$GUESTS/window" -q >/dev/null 2>&1 || status=$?
	[ "$status" != 124 ] || echo "$BATS_TEST_DESCRIPTION" >>"$ONLYONE_TEST_HUNG"
}

# quiet_begin NAME COMMAND...: start it; its output goes to a log of that name.
quiet_begin() {
	begin "${@:2}" </dev/null >"$RUNTIME/$1.log" 2>&1
}

# bus NAME: a bus of our own at $RUNTIME/NAME.
bus() {
	quiet_begin "$1" dbus-daemon --session --nofork --nopidfile \
		--address="unix:path=$RUNTIME/$1"
	wait_until 'a bus is there' test -S "$RUNTIME/$1"
}

# compositor KIND: $COMPOSITOR_PID, and WAYLAND_DISPLAY is set.
compositor() {
	# They are large, and not under test.
	local PATIENCE=$((PATIENCE * 4))
	COMPOSITOR=$1
	bus bus
	export DBUS_SESSION_BUS_ADDRESS=unix:path=$RUNTIME/bus WAYLAND_DISPLAY=wayland-test
	"$1_begin"
}

# compositor_gone: kills it, and all that the test has started, for another one.
compositor_gone() {
	local pid
	for pid in "${STARTED[@]}"; do killed "$pid" 2>/dev/null || true; done
	wait_until 'no slot is left' swept
	rm -rf "${RUNTIME:?}"/*
	unset DBUS_SYSTEM_BUS_ADDRESS DISPLAY XAUTHORITY SWAYSOCK
	mkdir -p "$XDG_CONFIG_HOME"
}

focused() { "${COMPOSITOR}_focused"; }
minimise() { "${COMPOSITOR}_minimise" "$1"; }
other_workspace() { "${COMPOSITOR}_other_workspace"; }
press() { "${COMPOSITOR}_press" "$@"; }

focus_is() { [ "$(focused)" = "$1" ]; }

# raised_out: no onlyone-raise is running any more.
raised_out() {
	wait_until 'no helper is left' refute pgrep -U "$UID" -x onlyone-raise
}

# begin_focused COMMAND...: begin a program, until its window has the focus.
begin_focused() {
	quiet_begin program "$@"
	wait_until "the window of $1 has the focus" focus_is "$BEGUN"
}

# pane COMMAND...: a window of the test's own (guests/window); what its keyboard
# hears is in $RUNTIME/pane.$BEGUN.log.
pane() {
	begin sh -c 'exec "$@" >"$0/pane.$$.log" 2>&1' "$RUNTIME" "$@" </dev/null
	wait_until 'the window has the focus' focus_is "$BEGUN"
}

# cover [-f]: another program's window, with the focus; -f: over the whole
# screen.  $COVER is its pid.
cover() {
	pane "$GUESTS/window" "$@" -c 0x993333 cover
	COVER=$BEGUN
}

# first [OPTION...]: a first launch of one, "one"; $FIRST is its pid.
first() {
	pane onlyone "$GUESTS/window" -c 0x339933 "$@" one
	FIRST=$BEGUN
}

# --- launches of guests/window ---------------------------------------------------

# again ARG...: a later launch, which says that the window is raised, though it may not
# answer yet, or, if that takes longer than it waits, that it will be.
again() {
	run -0 --separate-stderr launch -v "$@"
	[[ $stderr == *'): raised'* && $stderr != *'raised=no'* ]] || fail "$stderr"
}

# brought PID ARG...: a later launch, until it has the focus.  On a very slow
# machine the helper may time out before: then it is launched again.
brought() {
	again "${@:2}"
	wait_until "$1 has the focus" "$((PATIENCE * 2))" has_or_asks "$@"
}

has_or_asks() {
	raised_out
	shown_by "$1" || { again "${@:2}" && false; }
}

# from_everywhere: works on every compositor that lets us raise windows.
from_everywhere() {
	first
	cover
	brought "$FIRST" "$GUESTS/window"
	raised_out
	# It has the focus: nothing changes.
	brought "$FIRST" "$GUESTS/window"
	cover -f
	brought "$FIRST" "$GUESTS/window"
}

# heard PID: a key was pressed in its window.
heard() { grep -q "^key " "$RUNTIME/pane.$1.log"; }

# hears PID: a key that is pressed now, or one before.
hears() {
	press 30
	heard "$1"
}

# keys_reach_it: what is typed does, once it knows that there is a keyboard.
keys_reach_it() {
	wait_until 'a key is heard' hears "$FIRST"
	run ! heard "$COVER"
}

# keyed COLOUR: one of several instances that look alike.
keyed() {
	pane onlyone -k '{2}' "$GUESTS/window" -c "$1" same
}

# --- programs -----------------------------------------------------------------

# shown_by PID: the window that has the focus is of that process, or of one
# that descends from it: $WINDOW is its pid.
shown_by() {
	WINDOW=$(focused)
	[ -n "$WINDOW" ] && [ "$WINDOW" != 0 ] || return 1
	is_below "$WINDOW" "$1"
}

# program COMMAND...: a first launch of it, until its window has the focus.
program() {
	quiet_begin program onlyone "$@"
	PROGRAM=("$@") STARTS=$BEGUN
	# It may be large, and slow to start.
	wait_until "the window of $1 has the focus" "$((PATIENCE * 4))" \
		shown_by "$STARTS"
	OWN=$WINDOW
}

# comes_back COMMAND...: from wherever it is.
comes_back() {
	program "$@"
	cover
	brought "$STARTS" "$@"
	minimise "$OWN"
	wait_until 'it has lost the focus' refute shown_by "$STARTS"
	brought "$STARTS" "$@"
	other_workspace
	cover
	brought "$STARTS" "$@"
	cover -f
	brought "$STARTS" "$@"
	assert_equal "$(ctl list --json | jq length)" 1
}

# each_come_back: each program that a line of standard input names, started afresh; all
# that it has started has exited before the next.
each_come_back() {
	local line program pid before BIRTH=0
	before=" $(offspring | tr '\n' ' ')"
	while read -r line; do
		echo "$line" >&2
		read -ra program <<<"$line"
		comes_back "${program[@]}" </dev/null
		alive "$STARTS" || fail "$line: it has ended"
		for pid in $(offspring); do
			# Its X server is the compositor's.
			[[ $before == *" $pid "* ]] ||
				[ "$(parent_of "$pid")" = "$COMPOSITOR_PID" ] ||
				killed "$pid" 2>/dev/null || :
		done
		freed
	done
}
