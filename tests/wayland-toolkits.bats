#!/usr/bin/env bats
# wayland-toolkits.bats: launch it again, and it is re-displayed, whichever
# toolkit draws it: GNOME, KDE and phoc.
# as: user (compositors run as one, and their programs with them)
# run: desktop
#
# A small program of each toolkit, as Debian has it; larger ones are in
# wayland-programs.bats.
load lib/gnome
load lib/kwin
load lib/phoc
load lib/comes
load lib/panes

# toolkits: a program of GTK 3, GTK 4, Qt 6 and SDL 2, one a line.
toolkits() {
	cat <<-'END'
		mousepad
		gnome-text-editor
		/usr/games/cutemaze
		ffplay -loglevel error -f lavfi testsrc
	END
}

# with_each COMMAND: for each of these, and for Qt 5, one by one.
with_each() { each_program "$@" < <(toolkits; echo featherpad); }

@test "GNOME: programs of GTK 3 and 4, Qt 6, SDL 2 come back" {
	compositor gnome
	each_program comes_back < <(toolkits)
}

@test "GNOME: of a program of Qt 5 it is said that only it can raise its window" {
	compositor gnome
	program featherpad
	cover
	run -0 --separate-stderr launch -v featherpad
	[[ $stderr == *'only the program can raise its window, and it does not know how' ]] ||
		fail "$stderr"
	focus_is "$COVER"
}

@test "KWin: programs of GTK 3 and 4, Qt 5 and 6, SDL 2 come back" {
	compositor kwin
	with_each comes_back
}

# phoc tells of names, not of processes, and calls more than one window active:
# the one in front is active, and the keyboard has left the cover.

toplevels() { timeout $LIMIT "$GUESTS/toplevels" "$@"; }

# in_front NAME [TITLE]: a pattern each.
in_front() {
	toplevels | grep -v ' cover ' |
		grep -qE "^[^ ]*active[^ ]* $1 ${2-.*}\$" &&
		[ "$(tail -n 1 "$RUNTIME/pane.$COVER.log")" = 'leave cover' ]
}

# named_again: a later launch of the program brings its window to the front.
named_again() {
	run -0 --separate-stderr launch -v "${PROGRAM[@]}"
	[[ $stderr == *'): raised' || $stderr == *'): raised=later: '* ]] ||
		fail "$stderr"
	wait_until 'it is in front' in_front "$OWN"
}

# named_back COMMAND...: in front are: another window; one that fills the screen;
# the same, before it has a window.
named_back() {
	cover -f
	rm -f "$HOME/go"
	mkfifo "$HOME/go"
	PROGRAM=("$HOME/slow" "$@")
	quiet_begin program onlyone "${PROGRAM[@]}"
	STARTS=$BEGUN
	wait_until 'it runs' pid_is slow "$STARTS"
	run -0 --separate-stderr launch -v "${PROGRAM[@]}"
	[[ $stderr == *'raised=later: when its window is there' ]] ||
		fail "$stderr"
	echo >"$HOME/go"
	wait_until 'it is in front' in_front '[^ ]*'
	OWN=$(toplevels | sed -n '/ cover /d; s/^[^ ]* \([^ ]*\) .*/\1/p')
	raised_out
	killed "$COVER"
	cover
	named_again
	raised_out
	killed "$COVER"
	cover -f
	named_again
}

@test "phoc: programs of GTK 3 and 4, Qt 5 and 6, SDL 2 come back" {
	compositor phoc
	printf '%s\n' '#!/bin/sh' 'read -r _ <"${0%/*}/go"' 'exec "$@"' \
		>"$HOME/slow"
	chmod +x "$HOME/slow"
	with_each named_back
}

# titled TITLE: one of several instances, and a window of that title.
titled() {
	PROGRAM=(ffplay -loglevel error -window_title "$1" -f lavfi testsrc)
	quiet_begin "$1" onlyone -k "$1" "${PROGRAM[@]}"
	wait_until 'its window is there' eval "toplevels | grep ' ffplay $1\$'"
}

@test "phoc: of two instances with windows of one name, the one of that key" {
	compositor phoc
	titled first
	titled second
	for title in first second first; do
		cover
		PROGRAM[4]=$title
		run -0 --separate-stderr launch -v -k "$title" "${PROGRAM[@]}"
		wait_until 'it is in front' in_front ffplay "$title"
		raised_out
		killed "$COVER"
	done
}
