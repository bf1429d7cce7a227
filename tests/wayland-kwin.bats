#!/usr/bin/env bats
# wayland-kwin.bats: launch it again, and it is re-displayed: KDE.
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

@test "KWin: GTK 3: mousepad comes back" {
	compositor kwin
	comes_back mousepad
}

@test "KWin: GTK 4: gnome-text-editor comes back" {
	compositor kwin
	comes_back gnome-text-editor
}

@test "KWin: Qt 5: featherpad comes back" {
	compositor kwin
	comes_back featherpad
}

@test "KWin: Qt 6: cutemaze comes back" {
	compositor kwin
	comes_back /usr/games/cutemaze
}

@test "KWin: SDL 2: ffplay comes back" {
	compositor kwin
	comes_back ffplay -loglevel error -f lavfi testsrc
}

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
