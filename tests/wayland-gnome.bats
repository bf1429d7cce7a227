#!/usr/bin/env bats
# wayland-gnome.bats: real programs come back on GNOME.
# as: user (the shell runs as one, and its programs with it)
# run: desktop

# shellcheck disable=SC2016,SC2154
load lib/common
load lib/gnome
load lib/compositor
load lib/comes

@test "GNOME: Xwayland: xterm comes back" {
	compositor gnome
	comes_back xterm
}

@test "GNOME: foot comes back" {
	compositor gnome
	comes_back foot -c /dev/null sleep 300
}

@test "GNOME: kitty comes back" {
	compositor gnome
	comes_back kitty --config NONE sleep 300
}

@test "GNOME: mpv comes back" {
	compositor gnome
	comes_back mpv --no-config --idle --force-window --no-terminal
}

@test "GNOME: evince comes back" {
	compositor gnome
	comes_back evince
}

@test "GNOME: kate comes back" {
	compositor gnome
	comes_back kate --block
}

@test "GNOME: okular comes back" {
	compositor gnome
	comes_back okular
}

@test "GNOME: gimp, which has X windows, comes back" {
	compositor gnome
	comes_back gimp --no-splash --no-data --no-fonts
}

@test "GNOME: LibreOffice comes back" {
	compositor gnome
	comes_back libreoffice --norestore --nologo --writer
}

@test "GNOME: Firefox comes back" {
	compositor gnome
	mkdir "$HOME/firefox"
	comes_back firefox-esr --new-instance --profile "$HOME/firefox"
}

@test "GNOME: Chromium comes back" {
	compositor gnome
	comes_back chromium --no-sandbox --no-first-run --ozone-platform=wayland \
		--user-data-dir="$HOME/chromium" about:blank
}

@test "GNOME: a document's new window is in front of the program's others" {
	compositor gnome
	opens_in_front
}
