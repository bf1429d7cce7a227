#!/usr/bin/env bats
# unsaved-wayland.bats: stop and --replace, of programs that ask their user
# first, on GNOME, KDE and sway.
# as: user (compositors run as one, and their programs with them)
# run: desktop
#
# As unsaved.bats.  Where a window is asked to close, nobody but the program
# itself can tell on GNOME: our library in it does both.
load lib/gnome
load lib/kwin
load lib/phoc
load lib/asks

ALT=56 ESC=1 S=31

@test "GNOME: cancelled, it goes on, and no signal comes; saved, the new one has the place and the text" {
	compositor gnome
	written mousepad letter
	cancelled press $ESC
	uncover
	asks replace -w "$LONG"
	press $ALT+$S
	ends "$INSTANCE" 0
	wait_until 'it is the new one' pid_is mousepad "$ASKER"
	[ -s letter ]
}

@test "GNOME: nothing ends kate but what is told to; GTK 4 closes, and Qt 5 behind another window has the signal" {
	compositor gnome
	written kate --block letter
	ended_if_told
	closes gnome-text-editor --standalone
	program featherpad
	cover
	begin onlyonectl stop featherpad -w "$LONG"
	ends "$BEGUN" 0
	ended "$STARTS"
}

@test "KWin: kate: cancelled, it goes on, and nothing ends it but what is told to; what has nothing to ask closes" {
	compositor kwin
	# Nobody types there.
	echo precious >text
	PROGRAM=(kate)
	begin sh -c 'exec onlyone kate --block --stdin <text' \
		>"$RUNTIME/program.log" 2>&1
	STARTS=$BEGUN INSTANCE=$BEGUN
	wait_until 'the window of kate has the focus' shown_by "$STARTS"
	OWN=$WINDOW
	wait_until 'it has text that is not saved' typed
	# A question that is closed is cancelled.
	cancelled kwin_windows "$OWN" \
		'if (c.dialog || c.transient) c.closeWindow()'
	ended_if_told
	uncover
	nothing_asked
	closes okular
}

@test "sway: mousepad: cancelled, it goes on; nothing ends it but what is told to; ended while it asks, the new one has the place" {
	compositor sway
	wlroots_keyboard
	written mousepad letter
	cancelled eval 'swaymsg -q "[con_id=$(views \
		"select(.pid == $OWN and .type == \"floating_con\").id")] kill"'
	uncover
	ended_if_told
	freed
	written mousepad letter
	asks replace
	kill "$INSTANCE"
	wait_until 'it is the new one' pid_is mousepad "$ASKER"
	# It asks in turn, whether what was lost is to be restored.
	killed "$ASKER"
}
