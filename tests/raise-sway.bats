#!/usr/bin/env bats
# run: desktop
# raise-sway.bats: windows of a Wayland compositor are raised, where it lets us.
load lib/x11
load lib/sway

@test "sway: a window is raised from behind, another workspace, the scratchpad" {
	sway_begin
	foot_view a
	a=$BEGUN
	foot_view b
	comes_to 0 raised "$a"
	assert_equal "$(focus)" a
	# It has the focus: nothing changes.
	comes_to 0 raised "$a"
	assert_equal "$(focus)" a

	swaymsg -q workspace other
	foot_view c
	comes_to 0 raised "$a"
	assert_equal "$(focus)" a
	has_view '.name == "a" and .visible'

	swaymsg -q '[title="^a$"] move scratchpad'
	wait_until 'it is hidden' has_view '.name == "a" and (.visible | not)'
	comes_to 0 raised "$a"
	assert_equal "$(focus)" a
	has_view '.name == "a" and .visible'
}

@test "sway: who fills the screen is no hindrance, and a stopped program none" {
	sway_begin
	foot_view a
	a=$BEGUN
	foot_view b
	swaymsg -q fullscreen enable
	wait_until 'b fills the screen' \
		has_view '.name == "a" and (.visible | not)'
	stopped "$a"
	comes_to 0 raised "$a"
	assert_equal "$(focus)" a
	wait_until 'it is to be seen' has_view '.name == "a" and .visible'
}

@test "sway: the instance's own window comes before those of what it started" {
	sway_begin
	begin a= foot -c /dev/null -o locked-title=yes -T parent \
		foot -c /dev/null -o locked-title=yes -T child sleep 300 \
		</dev/null >/dev/null 2>&1
	for title in parent child; do
		wait_until "$title is there" has_view ".name == \"$title\""
		swaymsg -q "[title=\"^$title\$\"] focus"
	done
	assert_equal "$(focus)" child
	comes_to 0 raised "$a"
	assert_equal "$(focus)" parent
}

@test "sway: of several windows, the one used last" {
	sway_begin
	foot_server
	server=$BEGUN
	client one
	client two
	client three
	foot_view other
	comes_to 0 raised "$server"
	assert_equal "$(focus)" three
	swaymsg -q '[title="^two$"] focus'
	swaymsg -q workspace other
	foot_view more
	comes_to 0 raised "$server"
	assert_equal "$(focus)" two
}

# One process, many windows.
foot_server() {
	begin foot -c /dev/null -o locked-title=yes --server="$RUNTIME/foot" \
		</dev/null >/dev/null 2>&1
	wait_until 'it listens' test -S "$RUNTIME/foot"
}

# client TITLE
client() {
	local server=$BEGUN
	begin_view "$1" footclient --server-socket="$RUNTIME/foot" -T "$1" \
		sleep 300
	BEGUN=$server
}

@test "sway: by the mark in its environment, and by a name if one is given" {
	sway_begin
	begin stranger= sleep 300
	foot_view a --app-id='a"] kill; [x="'
	begin_view b env ONLYONE_SLOT=/some/slot foot -c /dev/null \
		-o locked-title=yes -T b sleep 300
	foot_view c
	comes_to 1 'no window' "$stranger"
	comes_to 1 'no window' --mark=/some/slo "$stranger"
	comes_to 1 'no window' --class=a "$stranger"
	assert_equal "$(focus)" c
	comes_to 0 raised --class='a"] kill; [x="' "$stranger"
	assert_equal "$(focus)" a
	comes_to 0 raised --mark=/some/slot --class='a"] kill; [x="' "$stranger"
	assert_equal "$(focus)" b
}

@test "sway: a window that is not there yet is waited for" {
	sway_begin
	mkfifo gate
	begin a= sh -c 'read x <gate; exec foot -c /dev/null -T late sleep 300'
	begin onlyone-raise -v --wait=60 "$a" >said
	wait_until 'it looks for the window' has_state "$BEGUN" S
	echo >gate
	ends "$BEGUN" 0
	assert_equal "$(cat said)" raised
	focus_pid_is "$a"
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

@test "sway: windows are asked to close, those of the instance alone" {
	sway_begin
	foot_view other
	foot_server
	server=$BEGUN
	client one
	client two
	run -0 raise --close "$server"
	wait_until 'they are closed' focus_is other
	assert_equal "$(views | wc -l)" 1
	# What has but the mark or the name may be another program.
	run -1 raise --close --class=foot "$server"
	begin_view marked env ONLYONE_SLOT=/some/slot foot -c /dev/null \
		-o locked-title=yes -T marked sleep 300
	run -1 raise --close --mark=/some/slot "$server"
	assert_equal "$(views | wc -l)" 2
}

@test "sway: one that is stopped is no display, and not waited for" {
	sway_begin
	foot_view a
	stopped "$SWAY"
	comes_to 3 'no display' --limit=0.4 "$BEGUN"
	run -1 raise --limit=0.4 --close "$BEGUN"
	kill -CONT "$SWAY"
	comes_to 0 raised "$BEGUN"
}

@test "i3: its windows are raised through X" {
	xserver
	printf 'ipc-socket %s\nfocus_on_window_activation none\n' "$PWD/i3" >config
	unset WAYLAND_DISPLAY
	wm_i3
	begin_window xterm -T a -e sleep 300
	a=$BEGUN
	I3SOCK=$PWD/i3 i3-msg -q workspace other
	begin_window xterm -T b -e sleep 300
	comes_to 0 raised "$a"
	active_pid_is "$a"
}

wm_i3() {
	command -v i3 >/dev/null || fail 'needs Debian package i3-wm'
	begin i3 -a -c config </dev/null >/dev/null 2>&1
	wait_until 'i3 listens' env I3SOCK="$PWD/i3" i3-msg -q nop
}

# serve WHAT: at $SWAYSOCK is somebody who is no compositor, or one that knows
# this shell and does not obey.
serve() {
	rm -f "$SWAYSOCK" ready
	begin /usr/bin/python3 "$BATS_TEST_DIRNAME/lib/sway-liar.py" \
		"$SWAYSOCK" "$1" $$
	wait_until 'it listens' test -e ready
}

@test "sway: what answers nonsense, or nothing, is no display" {
	export SWAYSOCK=$PWD/s
	comes_to 3 'no display' $$
	for what in nothing magic type size half words full; do
		serve $what
		run raise -v --limit=0.4 $$
		[ "$status $output" = '3 no display' ] ||
			fail "$what: $status $output"
	done
}

@test "sway: a window that does not get the focus was asked for" {
	export SWAYSOCK=$PWD/s
	for what in refuses lies; do
		serve $what
		run raise -v $$
		[ "$status $output" = '2 asked for its window; not known whether it came' ] ||
			fail "$what: $status $output"
	done
}

@test "a compositor that has no interface for it: that is said" {
	sway_begin
	unset SWAYSOCK
	foot -c /dev/null sleep 300 </dev/null >/dev/null 2>&1 3>&- &
	STARTED+=("$!")
	comes_to 5 'the compositor knows no window of the program' "$!"
	XDG_RUNTIME_DIR=/nowhere WAYLAND_DISPLAY=$RUNTIME/$WAYLAND_DISPLAY \
		comes_to 5 'the compositor knows no window of the program' "$!"
	# One that is not there forbids nothing.
	WAYLAND_DISPLAY=wayland-99 comes_to 3 'no display' "$!"
	WAYLAND_DISPLAY='' comes_to 3 'no display' "$!"
}
