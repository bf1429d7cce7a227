# window.bash: a compositor that looks at each byte (compositor.py), programs
# with a window there, and whoever asks for it (asker.py).
# shellcheck shell=bash disable=SC2034,SC2154

load lib/common

PARTS+=(window)

window_setup() {
	export XDG_RUNTIME_DIR=$PWD WAYLAND_DISPLAY=wl LC_ALL=C.UTF-8
	unset WAYLAND_SOCKET WAYLAND_DEBUG
	WINDOW=$GUESTS/window
	WIRE=$GUESTS/wire
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
	local title=$1
	shift
	begin onlyone "$@"
	shown "$title"
	wait_until 'there is a page' page_of "$title"
	SLOT=$(the_slot)
}

# pages: a line for each (asker.py); page_of TITLE: of that window.
pages() {
	/usr/bin/python3 "$BATS_TEST_DIRNAME/lib/asker.py" "$(the_slot)" list
}

page_of() {
	pages | grep -qE " $1\$"
}

# paged TITLE: the pid whose page has it.
paged() {
	pages | sed -nE "s/^([0-9]+) .* $1\$/\1/p"
}

# ask PID [TOKEN [TIMES [MS]]]: what the answers are.
ask() {
	timeout $((2 * LIMIT)) /usr/bin/python3 "$BATS_TEST_DIRNAME/lib/asker.py" \
		"$(the_slot)" "$1" ask "${@:2}"
}

# close_asked PID [MS]: ask it to close its windows; the answer.
close_asked() {
	timeout $((2 * LIMIT)) /usr/bin/python3 "$BATS_TEST_DIRNAME/lib/asker.py" \
		"$(the_slot)" "$1" close '' 1 "${2-5000}"
}

# activated TOKEN TITLE: what the compositor was asked, for wait_until.
activated() {
	grep -qxE "activate [0-9]+ $1 $2" log
}

# no_errors: nobody has written what no client may.
no_errors() {
	run grep error log
	assert_output ''
}

# loads PID LIBRARY
loads() {
	grep -q "/$2" "/proc/$1/maps"
}

# waits PID: it has our thread.
waits() {
	threads "$1" | grep -qx onlyone-window
}

# threads PID: names of its threads, one a line.
threads() {
	cat "/proc/$1"/task/*/comm
}
