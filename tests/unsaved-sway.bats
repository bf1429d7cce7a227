#!/usr/bin/env bats
# as: user (sway runs as one, and who asks is no matter)
# run: desktop
# unsaved-sway.bats: stop and --replace, of a program that asks its user first,
# on a Wayland compositor.  As unsaved.bats.

# shellcheck disable=SC2016,SC2154
load lib/common
load lib/x11
load lib/sway

# written: mousepad, with text that is not saved; $INSTANCE.
written() {
	sway_begin
	begin wtype -k Shift_L -s 1800000
	begin onlyone mousepad letter </dev/null >/dev/null 2>&1
	INSTANCE=$BEGUN
	wait_until 'mousepad has the focus' "$PATIENCE" focus_pid_is "$INSTANCE"
	wait_until 'it has text that is not saved' "$PATIENCE" typed
}

# typed: the title says so; what comes before the keyboard is there is lost.
typed() {
	wtype x
	focus | grep -q '^\*'
}

# own_views: how many views mousepad has.
own_views() {
	swaymsg -t get_tree | jq "[.. | objects | select(.pid? == $INSTANCE)] |
		length"
}

views_are() {
	[ "$(own_views)" = "$1" ]
}

# asks COMMAND...: it is run, $ASKER, until mousepad asks.
asks() {
	begin "$@" 2>said
	ASKER=$BEGUN
	wait_until 'it asks' "$PATIENCE" views_are 2
	ASKED_AT=$SECONDS
}

@test "stop: cancelled is a refusal, and no signal comes" {
	written
	asks onlyonectl stop mousepad
	wait_until 'it is cancelled' "$PATIENCE" cancelled
	ends "$ASKER" 75
	grep -q 'it did not close: unsaved work' said || fail "$(<said)"
	alive "$INSTANCE"
	# And so it is again.
	asks onlyonectl stop mousepad
	wait_until 'it is cancelled' "$PATIENCE" cancelled
	ends "$ASKER" 75
	alive "$INSTANCE"
}

# cancelled: its dialog is closed, which is to cancel.  Nobody answers before it
# can be seen that he is asked, which is looked at a few times a second.
cancelled() {
	[ "$SECONDS" -ge "$((ASKED_AT + 3))" ] || return
	swaymsg -t get_tree | jq -r ".. | objects | select(.pid? == $INSTANCE and
		.type == \"floating_con\") | .id" | while read -r id; do
		swaymsg -q "[con_id=$id] kill"
	done
	views_are 1
}

@test "stop: while it asks nothing ends it but what is told to" {
	written
	asks onlyonectl stop mousepad -w 3
	ends "$ASKER" 75
	grep -q 'it asks its user something' said || fail "$(<said)"
	alive "$INSTANCE"
	views_are 2
	# Asked once more, the question stays.
	run -75 ctl stop mousepad -w 1
	views_are 2
	run -0 ctl stop mousepad -w 4 --kill-after=600
	ended "$INSTANCE"
}

@test "replace: while it asks it is waited for; when it ends, the new one has the place" {
	written
	asks onlyone --replace mousepad other
	kill "$INSTANCE"
	wait_until 'the new one is the instance' "$PATIENCE" pid_is_asker
	# It asks in turn, whether what was lost is to be restored.
	killed "$ASKER"
}

pid_is_asker() {
	[ "$(ctl pid mousepad)" = "$ASKER" ]
}
