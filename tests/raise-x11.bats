# run: desktop
# as: user (an X server needs no rights)
# raise-x11.bats: onlyone-raise on X servers, with real programs.
#
# Window managers treat a request differently, and one of these (metacity) refuses
# what looks like focus stealing. xprop and xdotool tell whether a window came to the
# front.
load lib/x11

# raises [OPTION...] PID: it says so; none: there is no window of that.
raises() { comes_to 0 raised "$@"; }
none() { comes_to 1 'no window' "$@"; }
no_display() { comes_to 3 'no display' "$@"; }

# up WINDOW: it has the focus, and is over all others, which metacity tells a
# little later.
up() {
	wait_until "window $1 is on top" is_up "$1" ||
		fail "active $(active), on top $(top), expected $1"
}

# brings_up PID WINDOW: so that it is up.
brings_up() {
	raises "$1"
	up "$2"
}

# nobody: $NOBODY, a free pid.
nobody() {
	begin NOBODY= true
	ended "$NOBODY"
}

# away: we are on another desktop, with a window that has the focus.
away() {
	wmctrl -s 1
	wait_until 'it is another desktop' on_desktop 1
	begin_window xterm -T away -e sleep 300
}

# there NAME: a window of it is, $WINDOW.
there() {
	wait_until "window $1 is there" window_named "^$1\$"
	WINDOW=$(window_named "^$1\$")
}

# widget_window NAME SCRIPT: a Tk program, which says nothing of its pid, $BEGUN;
# until this window of it is there, $WINDOW.
widget_window() {
	begin wish - <<<"$2"
	there "$1"
}

@test "openbox, metacity, xfwm4: covered, iconified, on another desktop, in front" {
	for manager in openbox metacity xfwm4; do
		echo "$manager" >&2
		desk $manager
		begin_window xterm -e sleep 300
		pid=$BEGUN window=$WINDOW
		raises "$pid"
		cover
		# Who works in the window on top: the others are not to take the focus.
		xdotool mousemove 300 200 click 1 key x
		brings_up "$pid" "$window"
		# In front already: nothing changes.
		brings_up "$pid" "$window"
		on_desktop 0
		xdotool windowminimize "$window"
		wait_until 'it is an icon' iconified "$window"
		brings_up "$pid" "$window"
		run ! iconified "$window"
		away
		brings_up "$pid" "$window"
		on_desktop 0
	done
}

@test "which: the one used last, its dialog, its own before its children's, a mark's last" {
	desk
	widget_window two 'wm title . one; wm geometry . 200x200+0+0
		toplevel .t; wm title .t two; wm geometry .t 200x200+0+0
		bind .t <d> { toplevel .d; wm title .d dialog
			wm transient .d .t; wm geometry .d +9+9 }'
	pid=$BEGUN two=$WINDOW
	there one
	one=$WINDOW
	cover
	for window in "$one" "$two" "$one"; do
		xdotool windowactivate --sync "$window"
		again_covered
		brings_up "$pid" "$window"
	done
	xdotool windowactivate --sync "$two"
	xdotool key d
	there dialog
	again_covered
	brings_up "$pid" "$WINDOW"

	# A file manager, and what it has started.
	widget_window own 'wm title . own
		exec xterm -T child -e sleep 300 &'
	pid=$BEGUN own=$WINDOW
	there child
	xdotool windowactivate --sync "$WINDOW"
	brings_up "$pid" "$own"
	# A launcher that starts it in a session of its own, and is gone.
	begin env ONLYONE_SLOT="$PWD/slot" sh -c \
		'setsid xterm -T marked -e sleep 300 & echo $! >forked'
	there marked
	ended "$BEGUN"
	launcher=$BEGUN
	none -m "$PWD/slo" "$launcher"
	again_covered
	raises -m "$PWD/slot" "$launcher"
	up "$WINDOW"
	raises -m "$PWD/slot" "$pid"
	up "$own"
	kill "$(<forked)"
}

@test "which: the one whose title names the document, by its whole name first; its dialog; else the one used last" {
	desk
	widget_window two 'wm title . one; wm geometry . 200x200+0+0
		toplevel .t; wm title .t two; wm geometry .t 200x200+0+0
		bind . <d> { toplevel .d; wm title .d dialog
			wm transient .d .; wm geometry .d +9+9 }'
	pid=$BEGUN two=$WINDOW
	there one
	one=$WINDOW
	cover
	while IFS='|' read -r which document first second; do
		echo "$document: $first, $second" >&2
		xdotool set_window --name "$first" "$one" \
			set_window --name "$second" "$two" windowactivate --sync "$two"
		again_covered
		raises --document="$document" "$pid"
		up "${!which}"
	done <<-'END'
		one|/x/a.txt|a.txt - Editor|b.txt - Editor
		one|x/a.txt|*a.txt (~/x)|data.txt, a.txt2
		one|a.txt|a.txt|a.csv, by A. Body
		one|a.txt|a - Editor|ab - Editor
		one|.a|.a|a
		one|x/folder//|folder|other
		one|file:///x/a%20b%C3%BC|a bü - Editor|b
		two|a.txt|x|y
		two|https://host/a.txt|a.txt|b.txt
		two|/|/|//
		two|.txt|b.txt|txt
		two||a|b
	END
	xdotool set_window --name a.txt "$one" windowactivate --sync "$one" key d
	there dialog
	xdotool windowactivate --sync "$two"
	again_covered
	raises --document=a.txt "$pid"
	up "$WINDOW"
}

@test "which: by its class only if that is named, and exactly; a panel is none" {
	desk
	begin_window xterm -name small -class Large -e sleep 300
	window=$WINDOW
	nobody
	cover
	for class in '' Larg mall arge; do none ${class:+-c $class} "$NOBODY"; done
	for class in small Large; do
		again_covered
		raises -c "$class" "$NOBODY"
		up "$window"
	done
	widget_window dock 'wm withdraw .; toplevel .t
		wm title .t dock; wm attributes .t -type dock'
	none "$BEGUN"
	kill "$BEGUN"
}

# inside PID SCRIPT: in a namespace of its own, where the next process has this
# pid.
inside() {
	local users=()
	[ "$(id -u)" = 0 ] || users=(--user --map-current-user --keep-caps)
	begin unshare "${users[@]}" --pid --fork --mount-proc --kill-child bash -c \
		"echo $(($1 - 1)) >/proc/sys/kernel/ns_last_pid; $2"
}

# What a program says of its pid is of its own namespace, what the server says is
# of the server's.  Neither may be taken for a process with that pid here.
@test "how: across pid namespaces, from within and from outside" {
	wants mount pidns userns
	desk
	begin somebody= sleep 300
	inside "$somebody" 'xterm -e sleep 300 & wait'
	raises -w 20 "$BEGUN"
	# It has the pid of a process without windows.
	assert_equal "$(pid_of "$(active)")" "$somebody"
	none "$somebody"
	killed "$BEGUN"
	# From within: Tk says nothing of its pid, the server alone knows it.
	widget_window outer 'wm title . outer'
	outer=$BEGUN
	inside "$outer" 'sleep 300 & first=$!
		xterm -e sleep 300 & pid=$!
		echo "$first" >first; onlyone-raise -v -w 20 "$pid" >second
		onlyone-raise -v "$first" >third; : >over; wait'
	wait_until 'all is said' test -e over
	assert_equal "$(cat first second third)" "$outer"$'\nraised\nno window'
	raises "$outer"
}

@test "a program that hangs is raised, a window manager that hangs was asked; it is said" {
	desk
	begin_window mousepad --disable-server
	pid=$BEGUN window=$WINDOW
	cover
	stopped "$pid"
	comes_to 4 'raised, but the program does not respond' "$pid"
	up "$window"
	kill -CONT "$pid"
	raises "$pid"
	cover
	stopped "$WM"
	comes_to 2 'asked for its window; not known whether it came' -l 0.5 "$pid"
	# What has the focus needs nothing.
	raises "$BEGUN"
}

@test "no display: none, a stopped one, a wrong cookie" {
	local cookie=0123456789abcdef0123456789abcdef
	no_display -w 60 $$
	DISPLAY=:999 no_display $$
	DISPLAY=nonsense no_display $$
	xauth -qf own add :0 . "$cookie" 2>&1
	xserver -auth "$PWD/own"
	xauth -qf own add "$DISPLAY" . "$cookie"
	XAUTHORITY=$PWD/own none $$
	xauth -qf wrong add "$DISPLAY" . "${cookie//1/2}" 2>&1
	XAUTHORITY=$PWD/wrong no_display $$
	stopped "$XSERVER"
	XAUTHORITY=$PWD/own no_display -l 0.2 $$
	kill -CONT "$XSERVER"
}

@test "startup notification: completed, whatever came of it" {
	local id='a "b\ c' long
	long=$(seq -s _ 40)
	desk
	begin "$BATS_TEST_DIRNAME/lib/xheard.py" heard
	wait_until 'somebody listens' grep -q ready heard
	begin_window xterm -e sleep 300
	raises -s "$id" -s "$long" "$BEGUN"
	nobody
	none -s none "$NOBODY"
	wait_until 'all has been heard' grep -q none heard
	assert_equal "$(<heard)" "ready
remove: ID=\"a \\\"b\\\\ c\"
remove: ID=\"$long\"
remove: ID=\"none\""
}

# closes STATUS [OPTION...] PID: asked to.
closes() { run "-$1" timeout "$PATIENCE" onlyone-raise -C "${@:2}"; }

@test "close: its windows are asked, not what has its mark alone, or what it has started apart" {
	desk
	begin_window xterm -e sleep 300
	closes 0 "$BEGUN"
	ended "$BEGUN"
	closes 1 "$BEGUN"
	# What has the mark alone may be another program.
	begin_window env ONLYONE_SLOT="$PWD/slot" xterm -e sleep 300
	nobody
	closes 1 -m "$PWD/slot" "$NOBODY"
	# What it has started apart is not asked.
	begin apart= sh -c 'setsid xterm -T apart -e sleep 300 & wait'
	there apart
	closes 1 "$apart"
	window_named '^apart$'
}
