#!/usr/bin/env bats
# run: desktop
# redisplay-sway.bats: launch it again, and it is re-displayed, by a Wayland
# compositor.  As redisplay.bats; what the helper does alone is in
# raise-sway.bats.
# shellcheck disable=SC2016,SC2154
load lib/x11
load lib/sway

@test "sway: a terminal and a GTK program, from behind and from another workspace" {
	local one=(foot -c /dev/null -o locked-title=yes -T one sleep 300)
	sway_begin
	begin_view one onlyone "${one[@]}"
	foot_view two
	run -0 --separate-stderr launch "${one[@]}"
	wait_until 'the first one has the focus' focus_is one
	begin program= onlyone mousepad </dev/null >/dev/null 2>&1
	wait_until 'mousepad has the focus' focus_pid_is "$program"
	swaymsg -q workspace other
	foot_view three
	run -0 --separate-stderr launch -v mousepad
	[[ $stderr == *"mousepad (pid $program): raised" ]] || fail "$stderr"
	focus_pid_is "$program"
	assert_equal "$(ctl count mousepad) $(ctl count foot)" '1 1'
}

@test "sway: a new window of its own is in front, whenever it comes" {
	local ms title=one
	sway_begin
	begin_view one onlyone \
		--on-activate='(sleep "0.$1"; touch "go$1") &' "$GUESTS/window" \
		one await=go000 second await=go100 second await=go400 second
	foot_view two
	for ms in 000 100 400; do
		swaymsg -q '[title="^two$"] focus'
		run -0 launch "$GUESTS/window" "$ms"
		title+=' second'
		wait_until "$ms: the new one has the focus" focus_is "$title"
		wait_until 'no helper is left' refute \
			pgrep -U "$UID" -x onlyone-raise
		focus_is "$title"
	done
}

# between COMMAND...: with a compositor that, before it is told of a focus, has
# COMMAND done, and a window more.
between() {
	begin /usr/bin/python3 "$BATS_TEST_DIRNAME/lib/sway-between.py" \
		"$SWAYSOCK" "$PWD/between" "$@"
	wait_until 'it listens' test -S between
}

@test "sway: a new window that comes between the look and the raise is in front" {
	sway_begin
	between touch go
	begin_view one env "SWAYSOCK=$PWD/between" onlyone --on-activate=: \
		"$GUESTS/window" one await=go second
	foot_view two
	run -0 launch "$GUESTS/window"
	wait_until 'the new one has the focus' focus_is 'one second'
}

@test "sway: stop asks the windows to close, before any signal" {
	sway_begin
	begin program= onlyone mousepad </dev/null >/dev/null 2>&1
	wait_until 'mousepad has the focus' focus_pid_is "$program"
	run -0 ctl stop mousepad -w 60
	ends "$program" 0
}
