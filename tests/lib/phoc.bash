# phoc.bash: phoc and sway, compositors on wlroots, for compositor.bash.
#
# Without hardware their only keyboard is wtype's, which presses a key once and stays.
# phoc does not report which window has the focus: there we ask the test's own windows
# (guests/window) which one got the keyboard.
# shellcheck shell=bash disable=SC2034,SC2154

wlroots_keyboard() {
	quiet_begin wtype wtype -k Shift_L -s 1800000
}

phoc_press() {
	local code names=([30]=a [31]=s [32]=d [45]=x)
	for code; do
		wtype -k "${names[code]}"
	done
}

# wlroots_begin NAME N COMMAND...: $COMPOSITOR_PID; it writes to $RUNTIME/ready
# what its clients are to know, N lines.
wlroots_begin() {
	WLR_BACKENDS=headless WLR_LIBINPUT_NO_DEVICES=1 WLR_RENDERER=pixman \
		quiet_begin "$1" "${@:3}"
	COMPOSITOR_PID=$BEGUN
	wait_until "$1 is there" has_lines "$RUNTIME/ready" "$2"
	{
		read -r WAYLAND_DISPLAY
		read -r SWAYSOCK || :
	} <"$RUNTIME/ready"
	export WAYLAND_DISPLAY
}

# --- phoc ---------------------------------------------------------------------

phoc_begin() {
	: >"$RUNTIME/phoc.ini"
	wlroots_begin phoc 1 phoc -C "$RUNTIME/phoc.ini" -E \
		"sh -c 'echo \$WAYLAND_DISPLAY >$RUNTIME/ready; sleep 3600'"
	wlroots_keyboard
}

phoc_focused() {
	local log pid
	for log in "$RUNTIME"/pane.*.log; do
		[[ $(grep -E '^(enter|leave) ' "$log" | tail -n 1) != enter* ]] || {
			pid=${log#*pane.}
			gone "${pid%.log}" || echo "${pid%.log}"
		}
	done
}

# --- sway ---------------------------------------------------------------------

# sway_begin: $SWAY is its pid.
sway_begin() {
	cat >"$RUNTIME/config" <<-END
		xwayland disable
		focus_on_window_activation none
		exec printf '%s\n' "\$WAYLAND_DISPLAY" "\$SWAYSOCK" >$RUNTIME/ready
	END
	wlroots_begin sway 2 sway -c "$RUNTIME/config"
	SWAY=$COMPOSITOR_PID
	export SWAYSOCK
}

# views [OPTION] [FILTER]: all windows, one JSON object a line, or what jq's
# filter makes of each.  (jq takes long to begin: one for each question.)
views() {
	local option=-c
	[[ ${1-} != -* ]] || { option=$1 && shift; }
	swaymsg -r -t get_tree | jq "$option" ".. | objects | select(.pid? != null) | ${1-.}"
}

# has_view FILTER: for one window that is true.
has_view() { [ -n "$(views "select($1)")" ]; }

# sway_title: of the window with the focus; sway_focused: its process.
sway_title() { views -r 'select(.focused).name'; }
sway_focused() { views -r 'select(.focused).pid'; }
sway_title_is() { [ "$(sway_title)" = "$1" ]; }

# It has no icons: the scratchpad is where windows are hidden.
sway_minimise() {
	swaymsg -q "[pid=$1] move scratchpad"
	wait_until 'it is hidden' has_view ".pid == $1 and (.visible | not)"
}

sway_other_workspace() { swaymsg -q workspace "other$RANDOM"; }

sway_press() { phoc_press "$@"; }

# begin_view TITLE COMMAND...: begin, until its window has the focus; foot_view
# TITLE [OPTION...]: a terminal.
begin_view() {
	quiet_begin view "${@:2}"
	wait_until "the window $1 has the focus" sway_title_is "$1"
}

foot_view() {
	begin_view "$1" foot -c /dev/null -o locked-title=yes -T "$1" "${@:2}" sleep 300
}
