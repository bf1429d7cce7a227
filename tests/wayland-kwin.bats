#!/usr/bin/env bats
# kwin.bats: launch it again, and it is re-displayed: KDE.
# as: user (KWin runs as one, and its programs with it)

# shellcheck disable=SC2016,SC2154
load lib/common
load lib/compositor

# kwin_raise WORDS ARG...: by the script, and what it said.
@test "KWin: a window by its process: covered, minimised, elsewhere, behind a full screen" {
	local one
	compositor kwin
	begin_focused "$GUESTS/pane" one one
	one=$BEGUN
	cover
	run -0 raise -vv "$one"
	assert_output 'raised (kwin_wayland: script)'
	focus_is "$one"
	cover -f
	run -0 raise -vv "$one"
	focus_is "$one"
}
