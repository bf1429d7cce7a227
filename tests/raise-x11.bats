#!/usr/bin/env bats
# run: desktop
# raise-x11.bats: onlyone-raise on X servers, with real programs.
#
# Window managers differ in what they do for a request, and one of these
# (metacity) refuses what looks like the stealing of focus.  Whether a window
# came to the front is told by others: by xprop and xdotool.
load lib/stuck
load lib/x11

# raising [OPTION...] PID: ended if it hangs.
raising() {
	run --separate-stderr timeout -k 5 "$PATIENCE" onlyone-raise -v "$@"
}

# raises [OPTION...] PID: it says so.
raises() {
	raising "$@"
	assert_output raised
	assert_equal "$status" 0
}

# up WINDOW: it has the focus, and is over all others, which metacity tells a
# little later.
up() {
	wait_until "window $1 is on top" 5 is_up "$1" ||
		fail "active $(active), on top $(top), expected $1"
}

# brings_up PID WINDOW: so that it is up.
brings_up() {
	raises "$1"
	up "$2"
}

# none [OPTION...] PID: there is no window of that.
none() {
	raising "$@"
	assert_output 'no window'
	assert_equal "$status" 1
}

# nobody: a pid that no process has had since.
nobody() {
	begin true
	ended "$BEGUN"
}

# away N: we are on this desktop, with a window that has the focus.
away() {
	wmctrl -s "$1"
	wait_until "it is desktop $1" on_desktop "$1"
	begin_window xterm -T "on desktop $1" -e sleep 300
}

# widget SCRIPT: a Tk program; $BEGUN.  It says nothing of its pid.
widget() { begin wish - <<<"$1"; }

named_is_there() { [ -n "$(window_named "^$1\$")" ]; }

# widget_window NAME SCRIPT: until this window of it is there, $WINDOW.
widget_window() {
	widget "$2"
	wait_until "window $1 is there" named_is_there "$1"
	WINDOW=$(window_named "^$1\$")
}

# proxy [--mute]: DISPLAY goes through another process, $PROXY.
proxy() {
	: >proxy # of an earlier one, before we look
	"$BATS_TEST_DIRNAME/lib/xproxy.py" "$@" >proxy 3>&- &
	PROXY=$!
	STARTED+=("$PROXY")
	wait_until 'the proxy listens' test -s proxy
	DISPLAY=$(<proxy)
}

# --- window managers ----------------------------------------------------------

# by WM: covered, iconified, on another desktop, in front already.
by() {
	local pid window
	desk "$1"
	begin_window xterm -e sleep 300
	pid=$BEGUN window=$WINDOW
	raises "$pid"
	cover
	# Who works in the window on top: the others are not to take the focus.
	xdotool mousemove 300 200 click 1 key x
	picture "$1-1-covered"
	brings_up "$pid" "$window"
	picture "$1-2-raised"
	# In front already: nothing changes.
	brings_up "$pid" "$window"
	on_desktop 0

	xdotool windowminimize "$window"
	wait_until 'it is an icon' iconified "$window"
	brings_up "$pid" "$window"
	run ! iconified "$window"

	away 1
	raises "$pid"
	on_desktop 0
	up "$window"

	away 2
	wmctrl -i -r "$window" -b add,shaded
	wait_until 'it is shaded' shaded "$window"
	raises "$pid"
	on_desktop 0
	up "$window"
	wait_until 'it is not shaded' refute shaded "$window"
}

shaded() { [[ $(window_has "$1" _NET_WM_STATE) == *SHADED* ]]; }

@test "openbox, metacity, which guards the focus, xfwm4: covered, iconified, on another desktop, shaded, in front" {
	for manager in openbox metacity xfwm4; do
		echo "$manager" >&2
		by $manager
	done
}

@test "no window manager: it is on top and has the focus" {
	xserver
	begin pid= xterm -e sleep 300
	# Its window comes while we wait.
	raises -w 20 "$pid"
	window=$(focused)
	assert_equal "$(pid_of "$window")" "$pid"
	begin xterm -e sleep 300
	raises -w 20 "$BEGUN"
	assert_not_equal "$(focused)" "$window"
	raises "$pid"
	assert_equal "$(focused)" "$window"
	[[ $(xwininfo -root -children | grep -m1 xterm) == *"$window"* ]]
	xdotool windowunmap --sync "$window"
	none "$pid"
}

@test "twm, which knows no EWMH: on top, with the focus, also an icon" {
	desk twm
	begin pid= xterm -T first -e sleep 300
	raises -w 20 "$pid"
	window=$(focused)
	assert_equal "$(pid_of "$window")" "$pid"
	begin xterm -T second -e sleep 300
	raises -w 20 "$BEGUN"
	raises "$pid"
	assert_equal "$(focused)" "$window"
	xdotool windowminimize --sync "$window"
	raises "$pid"
	assert_equal "$(focused)" "$window"
}

# --- programs -----------------------------------------------------------------

@test "programs: GTK, Qt, Tk, gvim, a shell script's child" {
	local name window pid programs=() windows=()
	desk
	begin_window mousepad --disable-server
	programs+=("$BEGUN") windows+=("$WINDOW")
	begin_window featherpad --standalone
	programs+=("$BEGUN") windows+=("$WINDOW")
	begin_window gvim -f -u NONE -U NONE
	programs+=("$BEGUN") windows+=("$WINDOW")
	widget_window tk 'wm title . tk'
	programs+=("$BEGUN") windows+=("$WINDOW")
	begin sh -c 'xterm -T child -e sleep 300; true'
	wait_until 'its child has a window' named_is_there child
	programs+=("$BEGUN") windows+=("$(window_named child)")
	cover
	for name in "${!programs[@]}"; do
		again_covered
		pid=${programs[name]} window=${windows[name]}
		echo "program $name: $(tr '\0' ' ' <"/proc/$pid/cmdline")"
		brings_up "$pid" "$window"
		picture "program-$name"
	done
	picture programs
}

@test "several windows: the one used last, and a dialog before its parent" {
	desk
	widget_window two 'wm title . one; wm geometry . 200x200+0+0
		toplevel .t; wm title .t two; wm geometry .t 200x200+0+0
		bind .t <d> { toplevel .d; wm title .d dialog
			wm transient .d .t; wm geometry .d +9+9 }'
	pid=$BEGUN two=$WINDOW
	wait_until 'the other one is there' named_is_there one
	one=$(window_named '^one$')
	cover
	for window in "$one" "$two" "$one"; do
		xdotool windowactivate --sync "$window"
		again_covered
		brings_up "$pid" "$window"
	done
	# What has the focus keeps it, also under another one of its own.
	wmctrl -i -r "$two" -b add,above
	xdotool windowactivate --sync "$one"
	raises "$pid"
	assert_equal "$(active)" "$one"
	wmctrl -i -r "$two" -b remove,above
	xdotool windowactivate --sync "$two"
	xdotool key d
	wait_until 'its dialog is there' named_is_there dialog
	again_covered
	brings_up "$pid" "$(window_named '^dialog$')"
}

@test "kin: its own windows before its children's, a mark's last" {
	desk
	# A file manager, and what it has started.
	widget_window own 'wm title . own
		exec xterm -T child -e sleep 300 &'
	pid=$BEGUN own=$WINDOW
	wait_until 'its child is there' named_is_there child
	child=$(window_named '^child$')
	xdotool windowactivate --sync "$child"
	brings_up "$pid" "$own"
	# A launcher that starts it in a session of its own, and is gone.
	begin env ONLYONE_SLOT="$PWD/slot" sh -c \
		'setsid xterm -T marked -e sleep 300 & echo $! >forked'
	wait_until 'the marked one is there' named_is_there marked
	ended "$BEGUN"
	local launcher=$BEGUN
	none "$launcher"
	none -m "$PWD/slo" "$launcher"
	cover
	raises -m "$PWD/slot" "$launcher"
	up "$(window_named '^marked$')"
	raises -m "$PWD/slot" "$pid"
	up "$own"
	kill "$(cat forked)"
}

@test "class: only if it is named, and exactly" {
	desk
	begin_window xterm -name small -class Large -e sleep 300
	local window=$WINDOW
	nobody
	pid=$BEGUN
	cover
	none "$pid"
	none -c Larg "$pid"
	none -c mall "$pid"
	none -c arge "$pid"
	for class in small Large; do
		again_covered
		raises -c "$class" "$pid"
		up "$window"
	done
}

@test "a panel, the desktop, and a window that was withdrawn are none" {
	desk
	for kind in dock desktop; do
		widget_window "$kind" "wm withdraw .; toplevel .t
			wm title .t $kind; wm attributes .t -type $kind"
		none "$BEGUN"
		kill "$BEGUN"
	done
	begin_window xterm -e sleep 300
	xdotool windowunmap --sync "$WINDOW"
	wait_until 'it is gone from the list' \
		eval '! windows | grep -qx "$WINDOW"'
	none "$BEGUN"
}

@test "while it starts: raised as soon as its window comes" {
	desk
	cover
	mkfifo gate
	begin sh -c ': <gate; exec xterm -iconic -e sleep 300'
	begin raiser= timeout "$PATIENCE" onlyone-raise -v -w 600 "$BEGUN" >said
	wait_until 'it waits for a window' has_state "$raiser" S
	: >gate
	ends "$raiser" 0
	assert_equal "$(cat said)" raised
	assert_not_equal "$(active)" "$COVER"
}

# --- how it is found ----------------------------------------------------------

@test "no XRes: found by what it says, if it is of this machine" {
	xserver -extension X-Resource
	wm openbox
	begin_window xterm -e sleep 300
	local window=$WINDOW pid=$BEGUN
	cover
	brings_up "$pid" "$window"
	local name
	name=$(uname -n)
	for name in "${name}x" "${name%?}~"; do
		xprop -id "$window" -f WM_CLIENT_MACHINE 8s \
			-set WM_CLIENT_MACHINE "$name"
		none "$pid"
	done
	xprop -id "$window" -remove WM_CLIENT_MACHINE
	raises "$pid"
}

@test "through a proxy, as with ssh -X: found from here and from there" {
	desk
	direct=$DISPLAY
	proxy
	begin_window xterm -e sleep 300
	pid=$BEGUN window=$WINDOW
	DISPLAY=$direct
	cover
	brings_up "$pid" "$window"
	# From there every program's process is the proxy, for the server.
	begin sleep 300
	local other=$BEGUN
	proxy
	again_covered
	brings_up "$pid" "$window"
	none "$other"
}

# --- what does not come -------------------------------------------------------

@test "a program that hangs is raised, and said to hang" {
	desk
	begin_window mousepad --disable-server
	local pid=$BEGUN window=$WINDOW
	cover
	stopped "$pid"
	raising "$pid"
	assert_output 'raised, but the program does not respond'
	assert_equal "$status" 4
	up "$window"
	kill -CONT "$pid"
	raises "$pid"
}

@test "a window manager that does nothing: asked, not verified" {
	desk
	begin_window xterm -e sleep 300
	local pid=$BEGUN
	cover
	stopped "$WM"
	raising -l 0.5 "$pid"
	assert_output 'asked for its window; not known whether it came'
	assert_equal "$status" 2
	# What has the focus needs nothing.
	raises "$BEGUN"
}

@test "no display: none, a stopped one, one that is mute, a wrong cookie" {
	local pid=$$ mute cookie=0123456789abcdef0123456789abcdef
	no_display() {
		raising "$@"
		assert_output 'no display'
		assert_equal "$status" 3
	}
	no_display -w 60 "$pid"
	DISPLAY=:999 no_display "$pid"
	DISPLAY=nonsense no_display "$pid"

	# Connecting waits, too, where nobody accepts.
	for mute in --mute --full; do
		proxy $mute
		no_display -l 0.2 "$pid"
		rm proxy
	done

	xauth -qf own add :0 . "$cookie" 2>&1
	xserver -auth "$PWD/own"
	xauth -qf own add "$DISPLAY" . "$cookie"
	XAUTHORITY=$PWD/own none "$pid"
	xauth -qf wrong add "$DISPLAY" . "${cookie//1/2}" 2>&1
	XAUTHORITY=$PWD/wrong no_display "$pid"

	# It may be stopped before, or while it is asked.
	stopped "$XSERVER"
	XAUTHORITY=$PWD/own no_display -l 0.2 "$pid"
	kill -CONT "$XSERVER"
	export XAUTHORITY=$PWD/own
	begin timeout "$PATIENCE" onlyone-raise -v -l 0.2 -w 60 "$pid" >said
	wait_until 'it waits' has_state "$BEGUN" S
	kill -TERM "$XSERVER"
	ends "$BEGUN" 3
	assert_equal "$(cat said)" 'no display'
}

@test "no display: one that hangs up, after whichever answer" {
	local pid answers=0 server
	desk
	begin_window xterm -e sleep 300
	pid=$BEGUN server=$DISPLAY
	proxy --cut
	# Until it has all its answers; no signal ends it before that.
	until
		answers=$((answers + 1))
		[ "$answers" -lt 200 ]
		raising -l 20 "$pid"
		[ "$status" != 3 ]
	do
		assert_output 'no display'
	done
	assert_output raised
	[ "$answers" -gt 5 ] || fail "only $answers answers"
	# Between its end and our next look at it we may write.
	DISPLAY=$server
	begin sleep 300
	begin onlyone-raise -w 600 "$BEGUN"
	wait_until 'SIGPIPE is ignored' ignores "$BEGUN" 13
}

# ignores PID SIGNAL
ignores() {
	(((0x$(sed -n 's/^SigIgn:\t//p' "/proc/$1/status") >> ($2 - 1)) & 1))
}

@test "the last resort: its alarm says no display by its status" {
	xserver
	begin onlyone-raise -w 600 $$
	wait_until 'it catches the alarm' catches_alarm "$BEGUN"
	ends_by ALRM "$BEGUN" 3
}

catches_alarm() {
	[ "$(<"/proc/$1/comm")" = onlyone-raise ] || return # bash catches it too
	caught=$(sed -n 's/^SigCgt:[[:space:]]*//p' "/proc/$1/status")
	((0x$caught & 1 << 13))
}

# --- what else it does --------------------------------------------------------

@test "startup notification: completed, whatever came of it" {
	local id='a "b\ c' long
	long=$(seq -s _ 40)
	desk
	begin "$BATS_TEST_DIRNAME/lib/xheard.py" heard
	wait_until 'somebody listens' grep -q ready heard
	begin_window xterm -e sleep 300
	raises -s "$id" -s "$long" "$BEGUN"
	nobody
	none -s none "$BEGUN"
	wait_until 'all has been heard' grep -q none heard
	assert_equal "$(cat heard)" "ready
remove: ID=\"a \\\"b\\\\ c\"
remove: ID=\"$long\"
remove: ID=\"none\""
}

@test "close: windows are asked, and a program with unsaved work stays" {
	desk
	begin_window gvim -f -u NONE -U NONE --cmd 'set guioptions-=c' new
	pid=$BEGUN
	xdotool type ihello
	xdotool key Escape
	begin_window xterm -e sleep 300
	run -0 timeout "$PATIENCE" onlyone-raise -C "$BEGUN"
	ended "$BEGUN"
	run -1 timeout "$PATIENCE" onlyone-raise -C "$BEGUN"
	run -0 timeout "$PATIENCE" onlyone-raise -C "$pid"
	wait_until 'it asks' asks "$pid"
	alive "$pid"
	# What has the mark alone may be another program.
	begin_window env ONLYONE_SLOT="$PWD/slot" xterm -e sleep 300
	nobody
	run -1 timeout "$PATIENCE" onlyone-raise -C -m "$PWD/slot" "$BEGUN"
}

@test "close: a script's window is, what it has started apart is not" {
	desk
	cat >script <<-'END'
		#!/bin/sh
		xterm -T mine -e sleep 300 &
		echo $! >mine
		setsid xterm -T apart -e sleep 300 &
		wait
	END
	chmod +x script
	# A group of its own, as a shell with jobs gives it.
	begin script= setsid ./script </dev/null >/dev/null 2>&1
	wait_until 'one is there' window_named '^mine$'
	wait_until 'the other is there' window_named '^apart$'
	pid=$(<mine)
	run -0 timeout "$PATIENCE" onlyone-raise -C "$script"
	ended "$pid"
	run -1 timeout "$PATIENCE" onlyone-raise -C "$script"
	window_named '^apart$'
}

# asks PID: it has more than one window.
asks() {
	local pid n=0
	look
	for pid in "${PIDS[@]}"; do [ "$pid" != "$1" ] || n=$((n + 1)); done
	[ "$n" = 2 ]
}

# --- who stands still ---------------------------------------------------------

@test "beside a process that stands in execve: its window, by a launch and by its terminal" {
	desk openbox
	stuck_serve
	stuck_orphan
	begin_window onlyone xterm -e sh -c 'echo $$ >shell; sleep 300'
	window=$WINDOW
	wait_until 'its shell is there' test -s shell
	cover
	run -0 timeout -k 2 $LIMIT onlyone xterm </dev/null
	up "$window"
	cover
	raising --terminal "$(cat shell)"
	assert_output 'raised its terminal'
	up "$window"
	# It is not known whether it has one.
	none --terminal "$ORPHAN"
}
