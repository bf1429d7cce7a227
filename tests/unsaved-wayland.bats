#!/usr/bin/env bats
# unsaved-wayland.bats: stop and --replace, of programs that ask their user
# first, on GNOME and KDE.
# as: user (compositors run as one, and their programs with them)
# run: desktop
#
# As unsaved.bats.  Where a window is asked to close, nobody but the program
# itself can tell on GNOME: our library in it does both.
load lib/gnome
load lib/kwin
load lib/asks

ALT=56 ESC=1 S=31

# until_typed KEY COMMAND...: for wait_until: what comes before the question has the keyboard
# is lost.
until_typed() { press "$1" && "${@:2}"; }

@test "GNOME: cancelled, it goes on, and no signal comes; saved, the new one has the place and the text" {
	compositor gnome
	written mousepad letter
	cancelled wait_until 'it is cancelled' until_typed $ESC windows_are 1
	uncover
	asks replace -w "$LONG"
	wait_until 'it is saved' until_typed $ALT+$S gone "$INSTANCE"
	ends "$INSTANCE" 0
	wait_until 'it is the new one' pid_is mousepad "$ASKER"
	[ -s letter ]
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
