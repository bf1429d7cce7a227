# as: user (which user's windows: raise-x11.bats)
# redisplay.bats: launch it again, and it is re-displayed.
#
# Real programs, a real X server, real window managers. raise-x11.bats has the helper
# alone, with each manager; raise.bats what launches and keepers ask of it;
# unsaved.bats how windows close.
# bats file_tags=not-core
load lib/x11

# instance COMMAND...: by onlyone, until its window is active; $INSTANCE is its
# pid, $FIRST its window.
instance() {
	begin_window onlyone "$@"
	INSTANCE=$BEGUN FIRST=$WINDOW
}

# again COMMAND...: a second launch, which starts nothing.
again() { run -0 --separate-stderr launch "$@" </dev/null; }

# front WHAT: the window of the instance is active, and over all others.
front() {
	wait_until "$1: the first instance is in front" in_front "$FIRST"
	assert_equal "$(ctl count "$APP")" 1
}

in_front() { active_is "$1" && [ "$(top)" = "$1" ]; }

# thrice COMMAND...: covered, iconified, on another desktop.
thrice() {
	APP=$1
	cover
	local covering=$BEGUN
	again "$@"
	front "$1, covered"
	xdotool windowminimize "$((FIRST))"
	wait_until 'it is iconified' iconified "$FIRST"
	again "$@"
	front "$1, iconified"
	wmctrl -s 1
	wait_until 'the other desktop is shown' on_desktop 1
	again "$@"
	front "$1, on another desktop"
	on_desktop 0
	kill "$covering"
}

@test "programs: xterm, mousepad, featherpad, gvim: covered, iconified, on another desktop" {
	desk
	while read -ra words; do
		instance "${words[@]}"
		thrice "${words[@]}"
	done <<-'END'
		xterm
		mousepad
		featherpad
		gvim -f
	END
}

@test "keys: each instance's own window; enforced: by a rule, however it is launched" {
	desk blackbox
	instance -k one xterm
	one=$FIRST
	instance -k two xterm
	again -k one xterm
	wait_until 'that of the key is in front' in_front "$one"
	again -k two xterm
	wait_until 'that of the other is' in_front "$FIRST"
	export ONLYONE_ENFORCE=xterm LD_PRELOAD=$BUILD/libonlyone.so
	begin_window xterm
	FIRST=$WINDOW
	unset ONLYONE_ENFORCE LD_PRELOAD
	cover
	run -0 timeout $LIMIT env ONLYONE_ENFORCE=xterm \
		LD_PRELOAD="$BUILD/libonlyone.so" sh -c 'xterm' </dev/null
	wait_until 'by the shim: it is in front' in_front "$FIRST"
	assert_equal "$(ctl count xterm)" 3
}

# lingers [HOW]: a program of wish whose window can be closed, and which stays
# until the file "go" is there, and loses what it is given; $BEGUN, a launch after
# that.
lingers() {
	cat >lingers.tcl <<-'END'
		if {[file exists running]} {
			close [open taken w]
			exit
		}
		close [open running w]
		wm title . "shows [lindex $argv end]"
		wm protocol . WM_DELETE_WINDOW {wm withdraw .; linger}
		proc linger {} {
			if {[file exists go]} {file delete running; exit}
			after 50 linger
		}
	END
	rm -f go running
	begin INSTANCE= onlyone "$@" wish lingers.tcl doc1 </dev/null \
		>/dev/null 2>&1
	wait_until 'it has a window' window_named '^shows doc1$'
	# A search that meets a window just gone finds nothing.
	wait_until 'it is found' \
		eval 'window=$(window_named "^shows doc1$"); [ -n "$window" ]'
	wmctrl -i -c "$window"
	wait_until 'it is closed' unnamed '^shows doc1$'
	begin onlyone "$@" wish lingers.tcl doc2 </dev/null >said 2>&1
	wait_until 'its launch waits' \
		grep -q "^onlyone: waiting for a window of .*$INSTANCE)\$" said
}

@test "closed, and about to end: a launch waits, and begins it anew" {
	desk
	for how in --on-activate=self --on-activate=: ''; do
		echo "$how" >&2
		lingers $how
		[ "$how" != --on-activate=self ] || [ -e taken ]
		: >go
		wait_until 'it is shown' window_named '^shows doc2$'
		ended "$INSTANCE"
		assert_equal "$(ctl list --json | jq '.[].pid')" "$BEGUN"
		[ "$(wc -l <said)" = 1 ]
		frees killed "$BEGUN"
	done
}

@test "closed, and staying: a launch says that there is no window" {
	desk
	lingers --on-activate=self
	ends "$BEGUN" 0
	alive "$INSTANCE"
	assert_equal "$(sed -n '2s/.*) is/is/p' said)" \
		'is running, but shows no window'
	# It lives without one: the next launch is not waiting for it.
	again --on-activate=self wish lingers.tcl doc3
	assert_equal "$stderr" ''
	: >go
	ended "$INSTANCE"
	run ! window_named '^shows doc2$'
}
