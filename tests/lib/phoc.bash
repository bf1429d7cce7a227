# phoc.bash: phoc and sway, compositors on wlroots, for compositor.bash.
#
# They have no keyboard without hardware but that of wtype, which presses a key
# once and stays.  phoc tells nobody which window has the focus: there it is
# that of the test's own windows (guests/pane) which got the keyboard.
# shellcheck shell=bash disable=SC2034,SC2154

load lib/sway

wlroots_keyboard() {
	quiet_begin wtype wtype -k Shift_L -s 1800000
}

wlroots_press() {
	local code names=([30]=a [31]=s [32]=d [45]=x)
	for code; do
		wtype -k "${names[code]}"
	done
}

phoc_begin() {
	: >"$RUNTIME/phoc.ini"
	WLR_BACKENDS=headless WLR_LIBINPUT_NO_DEVICES=1 WLR_RENDERER=pixman \
		quiet_begin phoc phoc -C "$RUNTIME/phoc.ini" -E \
		"sh -c 'echo \$WAYLAND_DISPLAY >$RUNTIME/ready; sleep 3600'"
	COMPOSITOR_PID=$BEGUN
	wait_until 'phoc is there' grep -q . "$RUNTIME/ready"
	WAYLAND_DISPLAY=$(<"$RUNTIME/ready")
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

phoc_press() {
	wlroots_press "$@"
}

sway_focused() {
	focus_pid
}

# It has no icons: the scratchpad is where windows are hidden.
sway_minimise() {
	swaymsg -q "[pid=$1] move scratchpad"
	wait_until 'it is hidden' sway_hidden "$1"
}

sway_hidden() {
	has_view ".pid == $1 and (.visible | not)"
}

sway_other_workspace() {
	swaymsg -q workspace "other$RANDOM"
}

sway_press() {
	wlroots_press "$@"
}
