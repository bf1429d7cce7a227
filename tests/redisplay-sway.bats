#!/usr/bin/env bats
# redisplay-sway.bats: launch it again, and it is re-displayed, by a Wayland
# compositor.  As redisplay.bats; what the helper does alone is in
# raise-sway.bats.

# shellcheck disable=SC2016,SC2154
load lib/common
load lib/x11
load lib/sway

@test "sway: a terminal and a GTK program, from behind and from another workspace" {
	local one=(foot -c /dev/null -o locked-title=yes -T one sleep 300)
	local program
	sway_begin
	begin_view one onlyone "${one[@]}"
	foot_view two
	run -0 --separate-stderr launch "${one[@]}"
	wait_until 'the first one has the focus' "$PATIENCE" focus_is one
	begin onlyone mousepad </dev/null >/dev/null 2>&1
	program=$BEGUN
	wait_until 'mousepad has the focus' "$PATIENCE" focus_pid_is "$program"
	swaymsg -q workspace other
	foot_view three
	run -0 --separate-stderr launch -v mousepad
	[[ $stderr == *"mousepad (pid $program): raised" ]] || fail "$stderr"
	focus_pid_is "$program"
	assert_equal "$(ctl count mousepad) $(ctl count foot)" '1 1'
}

@test "sway: stop asks the windows to close, before any signal" {
	local program
	sway_begin
	begin onlyone mousepad </dev/null >/dev/null 2>&1
	program=$BEGUN
	wait_until 'mousepad has the focus' "$PATIENCE" focus_pid_is "$program"
	run -0 ctl stop mousepad -w 60
	ends "$program" 0
}
