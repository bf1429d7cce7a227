#!/usr/bin/env bats
# unsaved-gnome.bats: stop and --replace, of programs that ask their user first,
# on GNOME.
# as: user (the shell runs as one, and its programs with it)
# run: desktop
#
# As unsaved.bats.  Where a window is asked to close, nobody but the program
# itself can tell there: our library in it does both.

# shellcheck disable=SC2016,SC2154
load lib/common
load lib/gnome
load lib/compositor
load lib/comes
load lib/asks

ALT=56 ESC=1 D=32 S=31

@test "GNOME: mousepad: cancelled is a refusal, and no signal comes" {
	compositor gnome
	written mousepad letter
	cover
	asks stop
	press $ESC
	refused
	# Asked once more, it asks once more.
	asks replace -w "$LONG"
	press $ESC
	refused
}

@test "GNOME: mousepad: not saved, and it ends by itself" {
	compositor gnome
	written mousepad letter
	asks stop
	press $ALT+$D
	ends "$ASKER" 0
	ends "$INSTANCE" 0
	[ ! -s letter ]
}

@test "GNOME: mousepad: saved, and the new one has the place and the text" {
	compositor gnome
	written mousepad letter
	asks replace -w "$LONG"
	press $ALT+$S
	ends "$INSTANCE" 0
	wait_until 'it is the new one' "$PATIENCE" pid_is_asker
	[ -s letter ]
}

pid_is_asker() {
	[ "$(ctl pid mousepad)" = "$ASKER" ]
}

@test "GNOME: kate: while it asks nothing ends it but what is told to" {
	compositor gnome
	written kate --block letter
	ended_if_told
}

@test "GNOME: what has nothing to ask closes: GTK 4, Firefox, Chromium" {
	compositor gnome
	mkdir "$HOME/firefox"
	closes gnome-text-editor --standalone
	closes firefox-esr --new-instance --profile "$HOME/firefox"
	closes chromium --no-sandbox --no-first-run \
		--ozone-platform=wayland --user-data-dir="$HOME/chromium" \
		about:blank
}
