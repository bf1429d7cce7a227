# phoc.bash: phoc and sway, compositors on wlroots, for compositor.bash.
#
# A keyboard is that of wtype, which presses shift once and stays.  phoc tells
# nobody which window has the focus: the test's own windows say which of them
# got the keyboard from it.
# shellcheck shell=bash disable=SC2034,SC2154

export_wlroots() {
	export WLR_BACKENDS=headless WLR_LIBINPUT_NO_DEVICES=1 \
		WLR_RENDERER=pixman
}

wlroots_keyboard() {
	quiet_begin wtype wtype -k Shift_L -s 1800000
}

phoc_begin() {
	export_wlroots
	quiet_begin phoc phoc -C /dev/null -S -E \
		"sh -c 'echo \$WAYLAND_DISPLAY >$RUNTIME/ready; sleep 3600'"
	COMPOSITOR_PID=$BEGUN
	wait_until 'phoc is there' "$PATIENCE" grep -q . "$RUNTIME/ready"
	WAYLAND_DISPLAY=$(<"$RUNTIME/ready")
	wlroots_keyboard
}
