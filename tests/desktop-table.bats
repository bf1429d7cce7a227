# run: desktop
# as: user (programs of a desktop run as one)
# desktop-table.bats: what cli/windows/PROGRAMS.md says about programs without a row
# is true of three of them: CherryTree and Gtranslator hand over on their own, xfwrite
# does not.  (Others: tests/desktop-table.)
load lib/common

# What desktop-table uses, for tests/run to ask for, with python3-xlib and
# python3-dbus.
own_setup() {
	needs xvfb Xvfb
	needs openbox openbox
	needs xterm xterm
	needs xdotool xdotool
	needs trayer trayer
	needs dbus-daemon dbus-daemon
	needs libglib2.0-bin gio
	/usr/bin/python3 -c 'import Xlib, dbus' || fail 'needs python3-xlib python3-dbus'
}

# row PROGRAM WORD...: what it finds, in the order of its situations: prefix, same,
# none, unsaved, closed, crashed, at once, -d, rule, menu, terminal, tray; and that
# PROGRAMS.md has the row that --markdown prints, but for the times.
row() {
	TABLE=$PWD timeout -k 5 $((LIMIT * 5)) "$BATS_TEST_DIRNAME/desktop-table" \
		"$1" >said
	IFS=$'\t' read -ra words <"$1.x11.tsv"
	echo "$1: ${words[*]:2:12}" >&2
	assert_equal "${words[*]:2:12}" "${*:2}" || fail "$(<"$1.x11.log")"
	TABLE=$PWD run -0 "$BATS_TEST_DIRNAME/desktop-table" --markdown
	assert_equal "$(signs "$1" <<<"$output")" \
		"$(signs "$1" <"$BATS_TEST_DIRNAME/../cli/windows/PROGRAMS.md")"
}

# signs PROGRAM: its row on X11, and the heads.
signs() {
	sed -n '/^## X11$/,/^## sway/p' | grep -E "^(program|$1) " |
		sed -E 's/ +(own|[0-9.]+) +(ours|[0-9.]+)$//' | grep .
}

@test "cherrytree hands over: b is opened by prefix, rule, menu and terminal, closed and crashed" {
	row cherrytree ok ok ok ok ok ok ok ok ok ok ok ok
}

@test "gtranslator hands over, to a new window for each document, also for the same one" {
	row gtranslator ok again ok - ok ok ok ok ok ok ok -
}

@test "xfwrite does not: its window is raised, and a line names b and the ways" {
	row xfwrite raised ok ok raised ok ok raised ok raised each raised -
}

@test "the film: a second launch of an editor without a row opens a tab, and the list shows one process" {
	needs pluma pluma
	needs imagemagick import
	timeout -k 5 $LIMIT "$BATS_TEST_DIRNAME/desktop/film" "$BUILD" film.png
	assert_equal "$(convert film.png -format %wx%h info:)" \
		"$(convert "$BATS_TEST_DIRNAME/../man/film.png" -format %wx%h info:)"
}
