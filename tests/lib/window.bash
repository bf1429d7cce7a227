# window.bash: a compositor that checks each byte (compositor.py), programs with a
# window there, and the client of their pages (asker.py).
# shellcheck shell=bash disable=SC2034,SC2154

load lib/common

PARTS+=(window)

window_setup() {
	export XDG_RUNTIME_DIR=$PWD WAYLAND_DISPLAY=wl LC_ALL=C.UTF-8
	unset WAYLAND_SOCKET WAYLAND_DEBUG
	WINDOW=$GUESTS/window
	BARE=$BATS_TEST_DIRNAME/lib/bare.py
}

# compositor [WITHOUT...]: begin it; $COMPOSITOR.
compositor() {
	begin /usr/bin/python3 "$BATS_TEST_DIRNAME/lib/compositor.py" \
		"$PWD/wl" "$PWD/log" "$@" 3>&-
	COMPOSITOR=$BEGUN
	wait_until 'the compositor is there' test -S wl
}

# shown TITLE: wait for its window.
shown() {
	wait_until "the window $1 is shown" grep -qxE "shown [0-9]+ $1" log
}

# window TITLE COMMAND...: begin it with us, until that window is shown and has
# a page; $SLOT is its folder.
window() {
	begin onlyone "${@:2}"
	shown "$1"
	wait_until 'there is a page' page_of "$1"
	SLOT=$(the_slot)
}

# asker ARG...: asker.py, killed if it hangs.
asker() {
	timeout $((2 * LIMIT)) /usr/bin/python3 "$BATS_TEST_DIRNAME/lib/asker.py" "$@"
}

# pages: a line for each; page_of TITLE: of that window; paged TITLE: the pid whose
# page has it.
pages() { asker "$(the_slot)" list; }
page_of() { pages | grep -qE " $1\$"; }
paged() { pages | sed -nE "s/^([0-9]+) .* $1\$/\1/p"; }

# ask PID [TOKEN [TIMES [MS]]]: what the answers are; close_asked PID [MS]: ask it
# to close its windows.
ask() { asker "$(the_slot)" "$1" ask "${@:2}"; }
close_asked() { asker "$(the_slot)" "$1" close '' 1 "${2-5000}"; }

# activated TOKEN TITLE: what the compositor was asked, for wait_until.
activated() { grep -qxE "activate [0-9]+ $1 $2" log; }

# no_errors: no client has broken the protocol.
no_errors() {
	run grep error log
	assert_output ''
}

# loads PID LIBRARY
loads() { grep -q "/$2" "/proc/$1/maps"; }

# waits PID: it has our thread; threads PID: the names of all, one a line.
waits() { threads "$1" | grep -qx onlyone-window; }
threads() { cat "/proc/$1"/task/*/comm; }
