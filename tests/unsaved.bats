#!/usr/bin/env bats
# as: user (whose process one may stop is in ctl.bats and others.bats)
# run: desktop
# unsaved.bats: stop and --replace, of a program that asks its user first.
#
# Real programs, on an X server with openbox.  What has been typed is what
# counts: it is lost by no signal that nobody asked for.

# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load lib/common
load lib/x11

LONG=600

# desk: a screen with a window manager.
desk() {
	xserver
	wm openbox
}

# unsaved [OPTION...]: mousepad, with text that is in no file; $INSTANCE.
unsaved() {
	[ -n "${DISPLAY_OF-}" ] || desk
	begin_window onlyone "$@" mousepad letter
	INSTANCE=$BEGUN FIRST=$WINDOW
	xdotool type precious
	wait_until 'it has been typed' "$PATIENCE" modified
}

modified() {
	xprop -id "$FIRST" WM_NAME | grep -q '"\*'
}

# asks N: there are that many windows of the program besides its first, and the
# answer is waited for.
asks() {
	wait_until "it asks: $1" "$PATIENCE" questions_are "$1"
	wait_until 'the answer is waited for' "$PATIENCE" helper_other 0
}

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
	local dialog
	wait_until 'the question has the focus' "$PATIENCE" question_has_focus
	dialog=$ACTIVE
	xdotool key "$1"
	wait_until 'it is answered' "$PATIENCE" closed "$dialog"
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

# said FILE WORDS: they stand in it.
said() {
	grep -qF -- "$2" "$1" || fail "$(cat "$1")"
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

refused_by() {
	unsaved
	ask_to_end "$@"
	local asker=$BEGUN
	asks 1
	answer Escape
	ends "$asker" 75
	said said 'it did not close: unsaved work?; --kill-after=SEC forces'
	unhurt
	# Asked once more, it asks once more.
	ask_to_end "$@"
	asker=$BEGUN
	asks 1
	answer Escape
	ends "$asker" 75
	unhurt
}

@test "stop: cancelled is a refusal, and no signal comes" {
	refused_by stop -w "$LONG"
}

@test "replace: cancelled is a refusal, and no signal comes" {
	refused_by replace -w "$LONG"
}

@test "stop: not saved, and it ends by itself" {
	unsaved
	ask_to_end stop -w "$LONG"
	asks 1
	answer alt+d
	ends "$BEGUN" 0
	ends "$INSTANCE" 0
	[ ! -s letter ]
}

@test "stop: saved, and it ends by itself" {
	unsaved
	ask_to_end stop -w "$LONG"
	asks 1
	answer alt+s
	ends "$BEGUN" 0
	ends "$INSTANCE" 0
	assert_equal "$(cat letter)" precious
}

@test "replace: saved, and the new one has the place and the text" {
	local new
	unsaved
	ask_to_end replace -w "$LONG"
	new=$BEGUN
	asks 1
	answer alt+s
	ends "$INSTANCE" 0
	wait_until 'it is the new one' "$PATIENCE" is_instance "$new"
	assert_equal "$(cat letter)" precious
}

is_instance() {
	[ "$(ctl pid mousepad)" = "$1" ]
}

@test "the question is left open: -w ends the waiting, with the reason, and nothing else" {
	local first
	unsaved
	ask_to_end stop -w "$LONG"
	first=$BEGUN
	asks 1
	run -75 --separate-stderr ctl stop -w 0.2 mousepad
	[[ $stderr == *'it asks its user something: unsaved work?; --kill-after'* ]] ||
		fail "$stderr"
	run -75 --separate-stderr ctl stop -w 0 mousepad
	run -75 --separate-stderr launch --replace -w 2 mousepad
	[[ $stderr == *'it asks its user something: unsaved work?; --kill-after'* ]] ||
		fail "$stderr"
	unhurt
	# It was not asked again, and the first one waits still.
	questions_are 1
	alive "$first"
	# Who goes away takes nothing along.
	kill -TERM "$first"
	ended "$first"
	unhurt
	questions_are 1
}

@test "without -w they wait for as long as the question is open" {
	local stop new
	unsaved
	ask_to_end stop
	stop=$BEGUN
	asks 1
	ask_to_end replace
	new=$BEGUN
	# Longer than the 10 seconds that one has which asks nothing.
	sleep 12
	alive "$stop"
	alive "$new"
	unhurt
	answer Escape
	ends "$stop" 75
	ends "$new" 75
	unhurt
}

@test "--kill-after alone forces: stop" {
	unsaved
	ask_to_end stop -w "$LONG"
	asks 1
	run -0 ctl stop -w 1 --kill-after=0.1 mousepad
	ended "$INSTANCE"
	ends "$BEGUN" 0
}

@test "--kill-after alone forces: replace, also that of the first launch" {
	local new
	unsaved --kill-after=0.1
	begin onlyone --replace -w 4 mousepad 2>said
	new=$BEGUN
	ended "$INSTANCE"
	wait_until 'it is the new one' "$PATIENCE" is_instance "$new"
}

@test "the keeper is killed while it asks: nothing is lost, and the answer counts" {
	local asker how keeper
	desk
	DISPLAY_OF=$DISPLAY
	for how in stop replace; do
		unsaved
		ask_to_end "$how" -w "$LONG"
		asker=$BEGUN
		asks 1
		for _ in 1 2; do
			keeper=$(keeper_of mousepad)
			killed "$keeper"
			wait_until 'the next one waits for the answer' "$PATIENCE" \
				awaited_by_other "$keeper"
		done
		questions_are 1
		unhurt
		answer Escape
		ends "$asker" 75
		unhurt
		kill -KILL "$INSTANCE"
		ended "$INSTANCE"
		wait_until 'the slot is free' "$PATIENCE" no_slots
	done
}

# helper: the pid of who waits for the answer.
helper() {
	local pid
	for pid in $(ps -o pid= --ppid "$(keeper_of mousepad)"); do
		tr '\0' ' ' <"/proc/$pid/cmdline" | grep -q -- --await-answer &&
			echo "$pid"
	done
}

awaited_by_other() {
	[ "$(keeper_of mousepad)" != "$1" ] && [ -n "$(helper)" ]
} 2>/dev/null

helper_other() {
	[ -n "$(helper)" ] && [ "$(helper)" != "$1" ]
} 2>/dev/null

@test "the helper is killed while it asks: another one has the answer" {
	local asker how helper
	desk
	DISPLAY_OF=$DISPLAY
	for how in stop replace; do
		unsaved
		ask_to_end "$how" -w "$LONG"
		asker=$BEGUN
		asks 1
		for _ in 1 2 3; do
			wait_until 'it is waited for' "$PATIENCE" helper_other 0
			helper=$(helper)
			kill -KILL "$helper"
			wait_until 'there is another' "$PATIENCE" helper_other "$helper"
		done
		unhurt
		questions_are 1
		answer Escape
		ends "$asker" 75
		unhurt
		kill -KILL "$INSTANCE"
		ended "$INSTANCE"
		wait_until 'the slot is free' "$PATIENCE" no_slots
	done
}

@test "the helper is killed again and again: it goes on, and no signal comes" {
	local asker helper
	unsaved
	ask_to_end stop -w "$LONG"
	asker=$BEGUN
	asks 1
	wait_until 'it is waited for' "$PATIENCE" helper_other 0
	while alive "$asker"; do
		helper=$(helper) || true
		[ -z "$helper" ] || kill -KILL "$helper" || true
	done
	ends "$asker" 75
	unhurt
}

# wished SCRIPT: a Tk program by onlyone; $INSTANCE.
wished() {
	desk
	cat >odd
	begin onlyone -a odd wish odd </dev/null >/dev/null 2>&1
	INSTANCE=$BEGUN
	wait_until 'it is there' "$PATIENCE" window_named '^main$'
}

ODD_HEAD='wm title . main
proc seen {what} { close [open $what w] }'

@test "a question of another process of the instance is one" {
	wished <<-END
		$ODD_HEAD
		wm protocol . WM_DELETE_WINDOW {
			exec xterm -T question -e sh -c {until [ -e go ]; do sleep 0.1; done} &
		}
	END
	begin onlyonectl stop odd -w "$LONG" 2>said
	wait_until 'it asks' "$PATIENCE" window_named '^question$'
	run -75 ctl stop odd -w 0.2
	alive "$INSTANCE"
	: >go
	ends "$BEGUN" 75
	said said 'it did not close'
	alive "$INSTANCE"
}

question_active() {
	active_is "$(window_named '^question$')"
}

@test "two windows, of which one refuses: it goes on" {
	wished <<-END
		$ODD_HEAD
		toplevel .other; wm title .other other
		wm protocol . WM_DELETE_WINDOW {
			after 500 {
				toplevel .q; wm title .q question
				wm protocol .q WM_DELETE_WINDOW {seen cancelled; destroy .q}
				bind .q <Escape> {destroy .q}
				focus -force .q
			}
		}
	END
	wait_until 'both are there' "$PATIENCE" window_named '^other$'
	begin onlyonectl stop odd -w "$LONG" 2>said
	wait_until 'it asks' "$PATIENCE" window_named '^question$'
	wait_until 'the other one is closed' "$PATIENCE" unnamed '^other$'
	wait_until 'it can hear' "$PATIENCE" question_active
	[ ! -e cancelled ]
	xdotool key Escape
	ends "$BEGUN" 75
	said said 'it did not close'
	alive "$INSTANCE"
}

@test "what does neither close nor ask has the signal, as before" {
	wished <<-END
		$ODD_HEAD
		wm protocol . WM_DELETE_WINDOW {seen heard}
	END
	run -0 ctl stop odd -w 8
	ends "$INSTANCE" 143
	[ -e heard ]
}

@test "a dialog that is open before is not cancelled, but waited for" {
	wished <<-END
		$ODD_HEAD
		toplevel .q; wm title .q question; wm transient .q .
		wm attributes .q -type dialog
		wm protocol .q WM_DELETE_WINDOW {seen cancelled; destroy .q}
		wm protocol . WM_DELETE_WINDOW {seen heard}
		bind .q <Escape> {destroy .q}
		update
		after 100 {focus -force .q}
	END
	wait_until 'both are there' "$PATIENCE" window_named '^question$'
	wmctrl -F -r question -b add,modal
	wait_until 'it is modal' "$PATIENCE" modal question
	begin onlyonectl stop odd -w "$LONG" 2>said
	wait_until 'it is asked' "$PATIENCE" stop_waits
	[ ! -e cancelled ]
	[ ! -e heard ]
	wait_until 'it can hear' "$PATIENCE" question_active
	xdotool key Escape
	ends "$BEGUN" 75
	[ ! -e cancelled ]
}

modal() {
	xprop -name "$1" _NET_WM_STATE | grep -q MODAL
}

stop_waits() {
	[[ $(ps -o args= --ppid "$(keeper_of odd)") == *--await-answer* ]]
}

# compositor NAME: a socket of this name, with somebody behind it that says
# nothing.
compositor() {
	export XDG_RUNTIME_DIR=$PWD WAYLAND_DISPLAY=$1
	begin /usr/bin/python3 -c '
import socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen()
got = []
while True:
    got.append(s.accept())' "$PWD/$1"
	wait_until 'it listens' "$PATIENCE" test -S "$1"
}

# client [SOCKET]: an instance that has the compositor, or this, connected.
client() {
	begin onlyone -a client /usr/bin/python3 -c '
import socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
open("connected", "w").close()
while True:
    time.sleep(60)' "$PWD/$1"
	INSTANCE=$BEGUN
	wait_until 'it is connected' "$PATIENCE" test -e connected
}

@test "Wayland: windows that cannot be asked: nothing ends without being told to" {
	compositor wayland-9
	client wayland-9
	run -75 --separate-stderr ctl stop client
	[[ $stderr == *'its windows cannot be asked to close here (Wayland); --kill-after=SEC or onlyonectl signal TERM ends it'* ]] ||
		fail "$stderr"
	run -75 --separate-stderr launch --replace -a client true
	[[ $stderr == *'its windows cannot be asked to close here (Wayland); '* ]] ||
		fail "$stderr"
	alive "$INSTANCE"
	run -0 ctl stop --kill-after="$LONG" client
	ends "$INSTANCE" 143
}

@test "Wayland: replaced where it is told to, and what helps helps" {
	local first
	compositor wayland-9
	client wayland-9
	run -0 launch --replace --kill-after="$LONG" -a client true
	ends "$INSTANCE" 143
	wait_until 'the slot is free' "$PATIENCE" no_slots
	rm connected
	client wayland-9
	run -0 ctl signal TERM client
	ends "$INSTANCE" 143
}

@test "Wayland: who is not connected there has the signal at once" {
	compositor other
	compositor wayland-9
	client other
	run -0 ctl stop -w "$LONG" client
	ends "$INSTANCE" 143
}
