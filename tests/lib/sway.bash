# sway.bash: a compositor of the test's own, without a screen.
#
# sway does not run as root: for root it runs as uid 1000, in a folder that
# this user can reach; its clients are whoever runs the test.  Everything is
# begun with ONLYONE_DIR in its environment, so the common teardown ends it.
# shellcheck shell=bash disable=SC2034,SC2154

load lib/common
load lib/hung

# Also for a file that loads x11.bash before.
PARTS=(common sway hung)

sway_setup() {
	SERVERS=()
	unset SWAYSOCK WINDOWID TMUX TMUX_PANE STY WINDOW
	RUNTIME=$(mktemp -d /tmp/onlyone-sway.XXXXXX)
	LITTER+=("$RUNTIME")
	export HOME=$PWD LC_ALL=C.UTF-8 XDG_RUNTIME_DIR=$RUNTIME \
		DBUS_SESSION_BUS_ADDRESS=disabled: GSETTINGS_BACKEND=memory \
		GDK_BACKEND=wayland NO_AT_BRIDGE=1
}

sway_teardown() {
	x11_teardown
}

# sway_begin: $SWAY is its pid; WAYLAND_DISPLAY and SWAYSOCK are set.
# activation=focus: whoever asks for it as xdg-activation has it, gets it.
sway_begin() {
	local as=()
	cat >"$RUNTIME/config" <<-END
		xwayland disable
		focus_on_window_activation ${activation:-none}
		exec printf '%s\n' "\$WAYLAND_DISPLAY" "\$SWAYSOCK" >$RUNTIME/ready
	END
	if [ "$(id -u)" = 0 ]; then
		chown -R 1000:1000 "$RUNTIME"
		as=(setpriv --reuid=1000 --regid=1000 --clear-groups)
	fi
	begin "${as[@]}" env HOME="$RUNTIME" WLR_BACKENDS=headless \
		WLR_LIBINPUT_NO_DEVICES=1 WLR_RENDERER=pixman \
		sway -c "$RUNTIME/config" </dev/null >"$RUNTIME/log" 2>&1
	SWAY=$BEGUN
	wait_until 'sway is there' sway_ready
	{
		read -r WAYLAND_DISPLAY
		read -r SWAYSOCK
	} <"$RUNTIME/ready"
	export WAYLAND_DISPLAY SWAYSOCK
}

sway_ready() {
	[ "$(wc -l <"$RUNTIME/ready")" = 2 ]
}

# views [OPTION] [FILTER]: all windows, one JSON object a line, or what jq's
# filter makes of each.  (jq takes long to begin: one for each question.)
views() {
	local option=-c
	[[ ${1-} != -* ]] || { option=$1 && shift; }
	swaymsg -r -t get_tree |
		jq "$option" ".. | objects | select(.pid? != null) | ${1-.}"
}

# focus: the title of the window with the focus; focus_pid: its process.
focus() {
	views -r 'select(.focused).name'
}

focus_pid() {
	views -r 'select(.focused).pid'
}

focus_title_is() {
	[ "$(focus)" = "$1" ]
}

focus_pid_is() {
	[ "$(focus_pid)" = "$1" ]
}

# has_view FILTER: for one window that is true.
has_view() {
	[ -n "$(views "select($1)")" ]
}

# begin_view TITLE COMMAND...: begin, until its window has the focus.
begin_view() {
	local title=$1
	shift
	begin "$@" </dev/null >/dev/null 2>&1
	wait_until "the window $title has the focus" focus_title_is "$title"
}

# foot_view TITLE [OPTION...]: a terminal.
foot_view() {
	local title=$1
	shift
	begin_view "$title" foot -c /dev/null -o locked-title=yes -T "$title" \
		"$@" sleep 300
}
