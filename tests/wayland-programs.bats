#!/usr/bin/env bats
# wayland-programs.bats: real programs come back on GNOME and KDE.
# as: user (compositors run as one, and their programs with them)
# run: desktop
#
# foot 1.13 dies of a division by zero on a KWin without a screen, with us or
# without.
load lib/gnome
load lib/kwin
load lib/comes

# The others know no xdg-activation, and say so (wayland-toolkits.bats).
@test "GNOME: xterm, kitty, evince, gimp, LibreOffice, Firefox, Chromium come back" {
	compositor gnome
	each_program comes_back < <(real_programs | grep -v '^mpv\|^kate\|^okular')
}

@test "KWin: xterm, kitty, mpv, evince, kate, okular, gimp, LibreOffice, Firefox, Chromium come back" {
	compositor kwin
	each_program comes_back < <(real_programs)
}

@test "GNOME: foot comes back" {
	compositor gnome
	comes_back foot -c /dev/null sleep 300
}

@test "KWin: a program in a terminal: the terminal is raised" {
	compositor kwin
	begin_focused kitty --config NONE sh -c 'onlyone sleep 300; exit'
	terminal=$BEGUN
	wait_until 'it runs' count_is sleep 1
	cover
	run -0 --separate-stderr launch -v sleep
	[[ $stderr == *'): raised the terminal that it runs in' ||
		$stderr == *'): raised=later: '* ]] || fail "$stderr"
	wait_until 'the terminal has the focus' focus_is "$terminal"
}
