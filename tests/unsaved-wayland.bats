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

ALT=56 ESC=1 D=32 S=31

@test "GNOME: mousepad: cancelled, it goes on, and no signal comes" {
	compositor gnome
	written mousepad letter
	cancelled press $ESC
}

@test "GNOME: mousepad: not saved, and it ends by itself" {
	compositor gnome
	written mousepad letter
	asks stop
	press $ALT+$D
	all_end 0 "$ASKER" "$INSTANCE"
	[ ! -s letter ]
}

@test "GNOME: mousepad: saved, and the new one has the place and the text" {
	compositor gnome
	written mousepad letter
	asks replace -w "$LONG"
	press $ALT+$S
	ends "$INSTANCE" 0
	wait_until 'it is the new one' pid_is mousepad "$ASKER"
	[ -s letter ]
}

@test "GNOME: kate: nothing ends it but what is told to" {
	compositor gnome
	written kate --block letter
	ended_if_told
}

@test "GNOME: Qt 5 behind another window cannot be asked, and has the signal" {
	compositor gnome
	program featherpad
	cover
	begin onlyonectl stop featherpad -w "$LONG"
	ends "$BEGUN" 0
	ended "$STARTS"
}

@test "GNOME: what has nothing to ask closes: GTK 4, Firefox, Chromium" {
	compositor gnome
	nothing_asked
}

# piped: kate, with text that nobody has saved: nobody types in KWin.
piped() {
	compositor kwin
	echo precious >text
	PROGRAM=(kate)
	begin sh -c 'exec onlyone kate --block --stdin <text' \
		>"$RUNTIME/program.log" 2>&1
	STARTS=$BEGUN INSTANCE=$BEGUN
	wait_until 'the window of kate has the focus' shown_by "$STARTS"
	OWN=$WINDOW
	wait_until 'it has text that is not saved' typed
}

# A question that is closed is cancelled.
@test "KWin: kate: cancelled, it goes on, and no signal comes" {
	piped
	cancelled kwin_windows "$OWN" \
		'if (c.dialog || c.transient) c.closeWindow()'
}

@test "KWin: kate: nothing ends it but what is told to" {
	piped
	ended_if_told
}

@test "KWin: what has nothing to ask closes: GTK 4, Qt, Firefox, Chromium" {
	compositor kwin
	nothing_asked
	closes okular
}

written_in_sway() {
	compositor sway
	wlroots_keyboard
	written mousepad letter
}

@test "sway: mousepad: cancelled, it goes on, and no signal comes" {
	written_in_sway
	cancelled eval 'swaymsg -q "[con_id=$(views \
		"select(.pid == $OWN and .type == \"floating_con\").id")] kill"'
}

@test "sway: mousepad: nothing ends it but what is told to" {
	written_in_sway
	ended_if_told
}

@test "sway: mousepad: it ends while it asks, and the new one has the place" {
	written_in_sway
	asks replace
	kill "$INSTANCE"
	wait_until 'it is the new one' pid_is mousepad "$ASKER"
	# It asks in turn, whether what was lost is to be restored.
	killed "$ASKER"
}
