#!/usr/bin/env bats
# as: user (whose process one may stop is in ctl.bats)
# run: desktop
# unsaved.bats: stop and --replace, of a program that asks its user first.
#
# Real programs, on an X server with openbox.  What has been typed is what
# counts: it is lost by no signal that nobody asked for.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load lib/x11

LONG=600

# desk: a screen with a window manager.
# unsaved [OPTION...]: mousepad, with text that is in no file; $INSTANCE.
unsaved() {
	[ -n "${DISPLAY_OF-}" ] || desk
	begin_window onlyone "$@" mousepad letter
	INSTANCE=$BEGUN FIRST=$WINDOW
	xdotool type precious
	wait_until 'it has been typed' modified
}

modified() { xprop -id "$FIRST" WM_NAME | grep -q '"\*'; }

# asks N: there are that many windows of the program besides its first, and the
# answer is waited for.
asks() {
	wait_until "it asks: $1" questions_are "$1"
	wait_until 'the answer is waited for' helper_other 0
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

# said FILE WORDS: they stand in it.
said() { grep -qF -- "$2" "$1" || fail "$(cat "$1")"; }

# ask_to_end stop|replace [OPTION...]: $BEGUN; what it says is in ./said.
ask_to_end() {
	local how=$1
	shift
	case $how in
	stop) begin onlyonectl stop mousepad "$@" 2>said ;;
	replace) begin onlyone --replace "$@" mousepad letter 2>said ;;
	esac
}

@test "stop, replace: cancelled is a refusal, and no signal comes" {
	desk
	DISPLAY_OF=$DISPLAY
	for how in stop replace; do
		unsaved
		# Asked once more, it asks once more.
		for _ in 1 2; do
			ask_to_end "$how" -w "$LONG"
			asker=$BEGUN
			asks 1
			answer Escape
			ends "$asker" 75
			said said \
				'it did not close: unsaved work?; --kill-after=SEC forces'
			unhurt
		done
		frees killed "$INSTANCE"
	done
}

@test "stop: not saved, and it ends by itself" {
	unsaved
	ask_to_end stop -w "$LONG"
	asks 1
	answer alt+d
	all_end 0 "$BEGUN" "$INSTANCE"
	[ ! -s letter ]
}

@test "stop: one that is stopped goes on, to ask its user" {
	unsaved
	stopped "$INSTANCE"
	ask_to_end stop -w "$LONG"
	asks 1
	answer alt+d
	all_end 0 "$BEGUN" "$INSTANCE"
}

@test "stop: saved, and it ends by itself" {
	unsaved
	ask_to_end stop -w "$LONG"
	asks 1
	answer alt+s
	all_end 0 "$BEGUN" "$INSTANCE"
	assert_equal "$(cat letter)" precious
}

@test "replace: saved, and the new one has the place and the text" {
	unsaved
	ask_to_end replace -w "$LONG"
	new=$BEGUN
	asks 1
	answer alt+s
	ends "$INSTANCE" 0
	wait_until 'it is the new one' pid_is mousepad "$new"
	assert_equal "$(cat letter)" precious
}

@test "the question is left open: -w ends the waiting, with the reason, and nothing else" {
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
	ended_by TERM "$first"
	unhurt
	questions_are 1
}

@test "without -w they wait for as long as the question is open" {
	unsaved
	ask_to_end stop
	stop=$BEGUN
	wait_until 'it says for what' grep 'asks: "Save Changes"; .*(-w SEC' said
	ask_to_end replace
	new=$BEGUN
	# Longer than the 10 seconds that one has which asks nothing.
	sleep 12
	alive "$stop" "$new"
	unhurt
	answer Escape
	all_end 75 "$stop" "$new"
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
	unsaved --kill-after=0.1
	begin new= onlyone --replace -w 4 mousepad 2>said
	ended "$INSTANCE"
	wait_until 'it is the new one' pid_is mousepad "$new"
}

# helper: the pid of who waits for the answer.
helper() {
	for pid in $(ps -o pid= --ppid "$(keeper_of mousepad)"); do
		! tr '\0' ' ' <"/proc/$pid/cmdline" |
			grep -q -- --await-answer || echo "$pid"
	done
}

awaited_by_other() {
	[ "$(keeper_of mousepad)" != "$1" ] && [ -n "$(helper)" ]
} 2>/dev/null

helper_other() {
	[ -n "$(helper)" ] && [ "$(helper)" != "$1" ]
} 2>/dev/null

keeper_killed() {
	keeper=$(keeper_of mousepad)
	killed "$keeper"
	wait_until 'the next one waits for the answer' \
		awaited_by_other "$keeper"
}

helper_killed() {
	wait_until 'it is waited for' helper_other 0
	helper=$(helper)
	kill -KILL "$helper"
	wait_until 'there is another' helper_other "$helper"
}

@test "the keeper, or the helper, is killed while it asks: nothing is lost, and the answer counts" {
	desk
	DISPLAY_OF=$DISPLAY
	for hurt in keeper_killed helper_killed; do
		for how in stop replace; do
			echo "$hurt: $how" >&2
			unsaved
			ask_to_end "$how" -w "$LONG"
			asker=$BEGUN
			asks 1
			for _ in 1 2 3; do $hurt; done
			questions_are 1
			unhurt
			answer Escape
			ends "$asker" 75
			unhurt
			frees killed "$INSTANCE"
		done
	done
}

@test "the helper is killed again and again: it goes on, and no signal comes" {
	unsaved
	ask_to_end stop -w "$LONG"
	asker=$BEGUN
	asks 1
	wait_until 'it is waited for' helper_other 0
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
	begin INSTANCE= onlyone -a odd wish odd </dev/null >/dev/null 2>&1
	wait_until 'it is there' window_named '^main$'
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
	wait_until 'it asks' window_named '^question$'
	run -75 ctl stop odd -w 0.2
	alive "$INSTANCE"
	: >go
	ends "$BEGUN" 75
	said said 'it did not close'
	alive "$INSTANCE"
}

question_active() { active_is "$(window_named '^question$')"; }

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
	wait_until 'both are there' window_named '^other$'
	begin onlyonectl stop odd -w "$LONG" 2>said
	wait_until 'it asks' window_named '^question$'
	wait_until 'the other one is closed' unnamed '^other$'
	wait_until 'it can hear' question_active
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
	wait_until 'both are there' window_named '^question$'
	wmctrl -F -r question -b add,modal
	wait_until 'it is modal' modal question
	begin onlyonectl stop odd -w "$LONG" 2>said
	wait_until 'it is asked' eval 'ps -o args= --ppid "$(keeper_of odd)" |
		grep -e --await-answer'
	[ ! -e cancelled ]
	[ ! -e heard ]
	wait_until 'it can hear' question_active
	xdotool key Escape
	ends "$BEGUN" 75
	[ ! -e cancelled ]
}

modal() { xprop -name "$1" _NET_WM_STATE | grep -q MODAL; }

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
	wait_until 'it listens' test -S "$1"
}

# client [SOCKET]: an instance that has the compositor, or this, connected.
client() {
	begin INSTANCE= onlyone -a client /usr/bin/python3 -c '
import socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
open("connected", "w").close()
while True:
    time.sleep(60)' "$PWD/$1"
	wait_until 'it is connected' test -e connected
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
	compositor wayland-9
	client wayland-9
	run -0 launch --replace --kill-after="$LONG" -a client true
	frees ends "$INSTANCE" 143
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
