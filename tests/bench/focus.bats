#!/usr/bin/env bats
# focus.bats: how long it takes from a second launch until its window has the
# keyboard, on GNOME and on KDE: for bench/run.
#
# Nothing is claimed here.  A line for each round goes to descriptor 3: the
# compositor, who did it, microseconds from the fork until the window has heard
# of the keyboard.  "bare": the compositor's own interface, by which nobody but
# the test may do it on GNOME, asked by gdbus(1).

BATS_TEST_DIRNAME=${BATS_TEST_DIRNAME%/bench}
load lib/common
load lib/gnome
load lib/kwin
load lib/compositor

ROUNDS=${FOCUS_ROUNDS-20}

# told COMMAND...: microseconds until the pane hears of the keyboard.
told() {
	local begin line
	while read -rt 0.05 _ <&4; do :; done # of what was before
	begin=${EPOCHREALTIME/./}
	"$@" </dev/null >/dev/null 2>&1 3>&- &
	until read -rt "$PATIENCE" line <&4 && [ "$line" = 'enter one' ]; do :; done
	echo $((${EPOCHREALTIME/./} - begin))
	wait $!
}

rounds() {
	local n
	mkfifo "$RUNTIME/heard"
	exec 4<>"$RUNTIME/heard"
	begin onlyone "$GUESTS/pane" one one </dev/null >&4 2>/dev/null
	FIRST=$BEGUN
	wait_until 'it has the keyboard' "$PATIENCE" focus_is "$FIRST"
	cover
	for ((n = 0; n < ROUNDS; n++)); do
		for who in onlyone bare; do
			raised_out
			focus "$COVER"
			wait_until 'the cover has it' "$PATIENCE" \
				focus_is "$COVER"
			case $who in
			onlyone) us=$(told onlyone -q "$GUESTS/pane") ;;
			bare) us=$(told focus "$FIRST") ;;
			esac
			echo "$COMPOSITOR $who $us" >&3
		done
	done
	exec 4>&-
}

focus() {
	case $COMPOSITOR in
	gnome)
		gnome_eval "$(gnome_windows "$1")[0].activate(0)" >/dev/null
		;;
	kwin)
		kwin_windows "$1" 'workspace.activeClient = c'
		;;
	esac
}

@test "GNOME" {
	compositor gnome
	rounds
}

@test "KWin" {
	compositor kwin
	rounds
}
