# panes.bash: launches of guests/pane, a window with nothing of a toolkit: for
# compositor.bash.
# shellcheck shell=bash disable=SC2034,SC2154

# first PANE...: a first launch of one; $FIRST is its pid.
first() {
	onlyone_pane "$@"
	FIRST=$BEGUN
}

# again ARG...: a later launch, which says that it is raised, or, where that
# takes longer than it waits, that it will be.
again() {
	run -0 --separate-stderr launch -v "$@"
	[[ $stderr == *'): raised' || $stderr == *'): raised=later: '* ]] ||
		fail "$stderr"
}

# from_everywhere: what every compositor that lets us raise windows does.
from_everywhere() {
	first one one 0x339933
	cover
	picture before-covered
	again "$GUESTS/pane"
	wait_until 'it has the focus' "$PATIENCE" focus_is "$FIRST"
	raised_out
	picture covered
	# It has the focus: nothing changes.
	again "$GUESTS/pane"
	wait_until 'it has the focus still' "$PATIENCE" focus_is "$FIRST"
	cover -f
	picture before-full-screen
	again "$GUESTS/pane"
	wait_until 'it has the focus again' "$PATIENCE" focus_is "$FIRST"
	picture full-screen
}

# hears PID: a key that is pressed now, or one before.
hears() {
	press 30
	heard "$1"
}

# what is typed reaches it, once it knows that there is a keyboard.
typed() {
	wait_until 'a key is heard' "$PATIENCE" hears "$FIRST"
	run ! heard "$COVER"
}

# keyed COLOUR: one of several instances that look alike.
keyed() {
	pane_begin onlyone -k '{3}' "$GUESTS/pane" same same "$1"
}
