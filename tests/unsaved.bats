# as: user (which processes one may stop: others.bats)
# run: desktop
# unsaved.bats: stop and --replace, of a program that asks its user first.
#
# Real programs, on an X server with openbox.  No signal that the user did not ask for
# may lose what was typed.  The user may answer as late as he likes.
# as late as he likes.
load lib/x11

LONG=600

own_setup() { desk; }

# unsaved [OPTION...]: mousepad, with text that is in no file; $INSTANCE.
unsaved() {
	begin_window onlyone "$@" mousepad letter
	INSTANCE=$BEGUN FIRST=$WINDOW
	xdotool type precious
	wait_until 'it has been typed' modified
}

modified() { xprop -id "$FIRST" WM_NAME | grep -q '"\*'; }

# asks N: there are that many windows of the program besides its first.
asks() { wait_until "it asks: $1" questions_are "$1"; }

questions_are() {
	local pid n=0
	look
	for pid in "${PIDS[@]}"; do
		[ "$pid" != "$INSTANCE" ] || n=$((n + 1))
	done
	[ "$n" = $(($1 + 1)) ]
}

# answer KEY: what its user says, once the question can hear him.
answer() {
	wait_until 'the question has the focus' question_has_focus
	dialog=$ACTIVE
	xdotool key "$1"
	wait_until 'it is answered' closed "$dialog"
}

question_has_focus() {
	look
	[ "${PIDS[${ACTIVE:-0x0}]-}" = "$INSTANCE" ] && [ "$ACTIVE" != "$FIRST" ]
}

closed() {
	look
	[[ " ${STACK[*]} " != *" $1 "* ]]
}

# unhurt: it runs, with what was typed, and has had no signal.
unhurt() {
	alive "$INSTANCE"
	modified
	assert_equal "$(ctl pid mousepad)" "$INSTANCE"
}

# unclosed SEC COMMAND...: it gives up, and says why.
unclosed() {
	local sec=$1
	shift
	run -75 --separate-stderr timeout $LIMIT "$1" "${@:2:1}" -w "$sec" "${@:3}"
	[[ $stderr == *"(pid $INSTANCE) did not close in $sec s: it may have unsaved work"*"use --kill-after=SEC to end it by force"* ]] ||
		fail "$stderr"
}

# ask_to_end stop|replace [OPTION...]: $BEGUN; what it says is in ./said.
ask_to_end() {
	local how=$1
	shift
	case $how in
	stop) begin onlyonectl stop mousepad "$@" 2>said ;;
	replace) begin onlyone --replace "$@" mousepad letter 2>said ;;
	esac
}

@test "stop, replace: cancelled, it goes on, and no signal comes; stopped (SIGSTOP), it goes on to ask" {
	for how in stop replace; do
		unsaved
		[ "$how" = stop ] || stopped "$INSTANCE"
		# Asked once more, it asks once more.
		for _ in 1 2; do
			ask_to_end "$how" -w "$LONG"
			asks 1
			answer Escape
			unhurt
			# The asker waits on: its program may still be ended.
			alive "$BEGUN"
			ended_by TERM "$BEGUN"
			unhurt
		done
		frees killed "$INSTANCE"
	done
}

@test "stop, replace: saved or not, it ends by itself, and the new one has the place" {
	unsaved
	ask_to_end stop -w "$LONG"
	asks 1
	answer alt+d
	all_end 0 "$BEGUN" "$INSTANCE"
	[ ! -s letter ]
	freed
	unsaved
	ask_to_end replace -w "$LONG"
	asks 1
	answer alt+s
	ends "$INSTANCE" 0
	wait_until 'it is the new one' pid_is mousepad "$BEGUN"
	assert_equal "$(<letter)" precious
}

@test "the question is left open: -w ends the waiting, with the reason, and nothing else; --kill-after alone forces" {
	unsaved
	ask_to_end stop -w "$LONG"
	first=$BEGUN
	asks 1
	unclosed 0.2 onlyonectl stop mousepad
	# The windows that are still open are named, on the program's display.
	said="still open: 'Save Changes', '*~/letter - Mousepad'"
	[[ $stderr == *"; $said"$'\n'* ]] || fail "not $said: $stderr"
	DISPLAY='' unclosed 0.2 onlyonectl stop mousepad
	[[ $stderr == *"; $said"$'\n'* ]] || fail "not $said: $stderr"
	unclosed 2 onlyone --replace mousepad letter
	run -75 --separate-stderr launch --toggle mousepad letter
	[[ $stderr == *' did not close in 10 s: '* ]] || fail "$stderr"
	unhurt
	# A click on the close button of the question would have cancelled it.
	questions_are 1
	# A launch that goes away takes nothing along.
	ended_by TERM "$first"
	unhurt
	run -0 ctl stop -w 1 --kill-after=0.1 mousepad
	ended "$INSTANCE"
	freed
	# Also that of the first launch.
	unsaved --kill-after=0.1
	begin new= onlyone --replace -w 4 mousepad 2>said
	ended "$INSTANCE"
	wait_until 'it is the new one' pid_is mousepad "$new"
}
