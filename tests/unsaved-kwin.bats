#!/usr/bin/env bats
# unsaved-kwin.bats: stop and --replace, of programs that ask their user first,
# on KDE.
# as: user (it runs as one, and its programs with it)
# run: desktop
#
# As unsaved-gnome.bats.  Nobody types here: kate has its text from a pipe, and
# its question is closed, which is to cancel.

# shellcheck disable=SC2016,SC2154
load lib/common
load lib/kwin
load lib/compositor
load lib/comes
load lib/asks

# piped: kate, with text that nobody has saved.
piped() {
	echo precious >text
	PROGRAM=(kate)
	begin sh -c 'exec onlyone kate --block --stdin <text' \
		>"$RUNTIME/program.log" 2>&1
	STARTS=$BEGUN INSTANCE=$BEGUN
	wait_until 'the window of kate has the focus' "$PATIENCE" \
		shown_by "$STARTS"
	OWN=$WINDOW
	wait_until 'it has text that is not saved' "$PATIENCE" typed
}

cancel() {
	kwin_windows "$OWN" 'if (c.dialog || c.transient) c.closeWindow()'
}

@test "KWin: kate: cancelled is a refusal, and no signal comes" {
	compositor kwin
	piped
	cover
	asks stop
	cancel
	refused
	# Asked once more, it asks once more.
	asks replace -w "$LONG"
	cancel
	refused
}

@test "KWin: kate: while it asks nothing ends it but what is told to" {
	compositor kwin
	piped
	ended_if_told
}

@test "KWin: what has nothing to ask closes: GTK 4, Qt, Firefox, Chromium" {
	compositor kwin
	mkdir "$HOME/firefox"
	closes gnome-text-editor --standalone
	closes okular
	closes firefox-esr --new-instance --profile "$HOME/firefox"
	closes chromium --no-sandbox --no-first-run \
		--ozone-platform=wayland --user-data-dir="$HOME/chromium" \
		about:blank
}
