# panes.bash: launches of guests/pane, a window with nothing of a toolkit: for
# compositor.bash.
# shellcheck shell=bash disable=SC2034,SC2154

load lib/compositor

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

# brought PID ARG...: a later launch, until it has the focus.  On a machine that
# is slow enough the helper's time is up before: then it is launched again.
brought() {
	again "${@:2}"
	wait_until "$1 has the focus" "$((PATIENCE * 2))" has_or_asks "$@"
}

has_or_asks() {
	raised_out
	focus_is "$1" || { again "${@:2}" && false; }
}

# from_everywhere: what every compositor that lets us raise windows does.
from_everywhere() {
	first one one 0x339933
	cover
	brought "$FIRST" "$GUESTS/pane"
	raised_out
	# It has the focus: nothing changes.
	brought "$FIRST" "$GUESTS/pane"
	cover -f
	brought "$FIRST" "$GUESTS/pane"
}

# hears PID: a key that is pressed now, or one before.
hears() {
	press 30
	heard "$1"
}

# what is typed reaches it, once it knows that there is a keyboard.
typed() {
	wait_until 'a key is heard' hears "$FIRST"
	run ! heard "$COVER"
}

# keyed COLOUR: one of several instances that look alike.
keyed() {
	pane_begin onlyone -k '{3}' "$GUESTS/pane" same same "$1"
}
