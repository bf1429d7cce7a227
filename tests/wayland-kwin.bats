#!/usr/bin/env bats
# wayland-kwin.bats: real programs come back on KDE.
# as: user (it runs as one, and its programs with it)
# run: desktop
#
# As wayland-gnome.bats, but for foot 1.13, which dies of a division by zero on
# a KWin without a screen, with us or without.

# shellcheck disable=SC2016,SC2154
load lib/common
load lib/kwin
load lib/compositor
load lib/comes

@test "KWin: Xwayland: xterm comes back" {
	compositor kwin
	comes_back xterm
}

@test "KWin: kitty comes back" {
	compositor kwin
	comes_back kitty --config NONE sleep 300
}

@test "KWin: mpv comes back" {
	compositor kwin
	comes_back mpv --no-config --idle --force-window --no-terminal
}

@test "KWin: evince comes back" {
	compositor kwin
	comes_back evince
}

@test "KWin: kate comes back" {
	compositor kwin
	comes_back kate --block
}

@test "KWin: okular comes back" {
	compositor kwin
	comes_back okular
}

@test "KWin: gimp, which has X windows, comes back" {
	compositor kwin
	comes_back gimp --no-splash --no-data --no-fonts
}

@test "KWin: LibreOffice comes back" {
	compositor kwin
	comes_back libreoffice --norestore --nologo --writer
}

@test "KWin: Firefox comes back" {
	compositor kwin
	mkdir "$HOME/firefox"
	comes_back firefox-esr --new-instance --profile "$HOME/firefox"
}

@test "KWin: Chromium comes back" {
	compositor kwin
	comes_back chromium --no-sandbox --no-first-run --ozone-platform=wayland \
		--user-data-dir="$HOME/chromium" about:blank
}

@test "KWin: a program in a terminal: the terminal is raised" {
	local terminal
	compositor kwin
	begin_focused kitty --config NONE sh -c 'onlyone sleep 300; exit'
	terminal=$BEGUN
	wait_until 'it runs' "$PATIENCE" count_is sleep 1
	cover
	run -0 --separate-stderr launch -v sleep
	[[ $stderr == *'): raised the terminal that it runs in' ||
		$stderr == *'): raised=later: '* ]] || fail "$stderr"
	wait_until 'the terminal has the focus' "$PATIENCE" focus_is "$terminal"
}

@test "KWin: a document's new window is in front of the program's others" {
	compositor kwin
	opens_in_front
}
