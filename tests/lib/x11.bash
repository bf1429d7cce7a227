# x11.bash: an X server of the test's own, a window manager, and what they show.
#
# Everything is started with ONLYONE_DIR in its environment, so the common teardown kills
# it by pid.  The servers are stopped first and in good order, since a killed one leaves
# its lock and socket in /tmp.
# shellcheck shell=bash disable=SC2034,SC2154

load lib/common

PARTS+=(x11)

# Programs find no session of ours.
x11_setup() {
	SERVERS=()
	export HOME=$PWD XAUTHORITY=/dev/null LC_ALL=C.UTF-8 \
		DBUS_SESSION_BUS_ADDRESS=disabled: GSETTINGS_BACKEND=memory \
		GDK_BACKEND=x11 QT_QPA_PLATFORM=xcb NO_AT_BRIDGE=1
	unset SWAYSOCK XDG_RUNTIME_DIR WINDOWID
}

x11_teardown() {
	local pid
	for pid in "${SERVERS[@]}"; do
		[ "$(parent_of "$pid")" = "$$" ] || continue
		kill -CONT "$pid"
		kill -TERM "$pid"
	done 2>/dev/null || true
	for pid in "${SERVERS[@]}"; do
		wait_until 'the X server has ended' 5 gone "$pid" || true
	done
}

# xserver [OPTION...]: one of our own; DISPLAY, and its pid as $XSERVER.
xserver() {
	local number=$BATS_TEST_TMPDIR/display.${#SERVERS[@]}
	: >"$number"
	# It must not reset when the last client of the moment goes.
	Xvfb -displayfd 7 -screen 0 640x480x24 -nolisten tcp -noreset "$@" \
		7>"$number" >/dev/null 2>&1 3>&- &
	XSERVER=$!
	SERVERS+=("$XSERVER")
	wait_until 'the X server is there' grep -q . "$number"
	DISPLAY=:$(<"$number")
	export DISPLAY
}

# wm blackbox|openbox|xfwm4|metacity: $WM is its pid.
wm() {
	local run
	case $1 in
	blackbox) run=(blackbox -rc /dev/null) ;;
	openbox) run=(openbox --config-file /dev/null) ;;
	# It ends without its settings, which are on a bus.
	xfwm4) run=(dbus-run-session -- xfwm4 --compositor=off) ;;
	metacity) run=(metacity) ;;
	esac
	needs "$1" "$1"
	begin "${run[@]}" >/dev/null 2>&1
	WM=$BEGUN
	wait_until "$1 manages windows" managed
}

managed() {
	[ -n "$(root_has _NET_NUMBER_OF_DESKTOPS)" ] &&
		[[ $(root_has _NET_SUPPORTING_WM_CHECK) == 0x* ]]
}

# root_has PROPERTY: its values on the root window, one a line; window_has WINDOW
# PROPERTY: on a window.
root_has() { x_has -root "$1"; }
window_has() { x_has -id "$@"; }

x_has() {
	local line
	line=$(xprop "$@" 2>/dev/null) || return 0
	case $line in
	*' = '*) line=${line#* = } ;;
	*'# '*) line=${line#*'# '} ;;
	*) return 0 ;;
	esac
	tr -d ' "' <<<"$line" | tr , '\n'
}

# pid_of WINDOW: the pid that it claims.
pid_of() { window_has "$1" _NET_WM_PID; }

iconified() { # WINDOW
	[[ $(window_has "$1" _NET_WM_STATE) == *_NET_WM_STATE_HIDDEN* ]]
}

# on_desktop N: that one is shown.
on_desktop() { [ "$(root_has _NET_CURRENT_DESKTOP)" = "$1" ]; }

# look: the window manager's current state: $ACTIVE (0x0: none), $HERE, the desktop
# that is shown, $STACK, from the bottom, and for each window PIDS and DESKTOPS.
look() {
	local line window desktop pid
	ACTIVE='' HERE='' STACK=()
	declare -gA PIDS=() DESKTOPS=()
	while read -r line; do
		set -- "${line%%(*}" "${line##*[=#]}"
		case $1 in
		# xfwm4 gives two values, and no order of a single window.
		_NET_ACTIVE_WINDOW) read -r ACTIVE _ <<<"${2//,/ }" ;;
		_NET_CURRENT_DESKTOP) HERE=${2// /} ;;
		*) read -ra STACK <<<"${2//,/ }" ;;
		esac
	done < <(xprop -root _NET_ACTIVE_WINDOW _NET_CURRENT_DESKTOP \
		_NET_CLIENT_LIST _NET_CLIENT_LIST_STACKING 2>/dev/null | grep '[=#]')
	while read -r window desktop pid _; do
		printf -v window '0x%x' "$window"
		PIDS[$window]=$pid DESKTOPS[$window]=$desktop
	done < <(wmctrl -lp 2>/dev/null)
}

active() {
	look
	echo "$ACTIVE"
}

active_is() { [ "$(active)" = "$1" ]; }

# top: the topmost one of the desktop that is shown; top_of: the same, of the last
# look.
top() {
	look
	top_of
}

top_of() {
	local shown='' window
	for window in "${STACK[@]}"; do
		case ${DESKTOPS[$window]-} in
		"$HERE" | -1) shown=$window ;;
		esac
	done
	echo "$shown"
}

# window_named REGEX: one that is to be seen; windows without a pid have names.
window_named() {
	local id
	id=$(xdotool search --onlyvisible --name "$1" 2>/dev/null | tail -n 1)
	[ -n "$id" ] && printf '0x%x\n' "$id"
}

unnamed() { ! window_named "$1" >/dev/null; }

# on_top PID: its window is active, and over all others.
on_top() {
	look
	[ "${PIDS[${ACTIVE:-0x0}]-}" = "$1" ] && [ "$(top_of)" = "$ACTIVE" ]
}

# desk [MANAGER]: a server, and openbox, or that one.
desk() {
	xserver
	wm "${1-openbox}"
}

# begin_window COMMAND...: begin a program, until its window, $WINDOW, has the
# focus.
begin_window() {
	begin "$@" </dev/null >/dev/null 2>&1
	wait_until "the window of $1 is active" on_top "$BEGUN"
	WINDOW=$ACTIVE
}

# cover: a window of another program, with the focus, over everything.
cover() {
	begin_window xterm -geometry 200x80+0+0 -T cover -e sleep 300
	COVER=$WINDOW
}

# Openbox sometimes drops a request that follows another one at once.
again_covered() {
	wait_until 'it covers again' covers "$COVER"
}

covers() {
	xdotool windowactivate "$1"
	is_up "$1"
}

# is_up WINDOW: it has the focus, and is over all others.
is_up() {
	look
	[ "$ACTIVE $(top_of)" = "$1 $1" ]
}

# comes_to STATUS WORDS ARG...: raise -v, and its result.
comes_to() {
	run --separate-stderr raise -v "${@:3}"
	assert_output "$2"
	assert_equal "$status" "$1"
}

# titled WORDS: a window has this in its title.
titled() { xwininfo -root -tree | grep -qF -- "$1"; }
