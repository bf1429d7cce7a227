#!/usr/bin/env bats
# as: user (whose windows they are is in raise-x11.bats)
# redisplay.bats: launch it again, and it is re-displayed.
#
# Real programs, a real X server, real window managers.  What the helper does alone,
# and by which managers, is in raise-x11.bats; what launches and keepers ask of it in
# raise.bats; how windows close, in unsaved.bats.
# ONLYONE_TEST_PICTURES=FOLDER keeps pictures of the screen.
# bats file_tags=not-core
load lib/x11
load lib/stuck

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

# named_in_front NAME: asked for anew each time, since a search that meets a
# window just gone finds nothing.
named_in_front() { in_front "$(window_named "^$1\$")"; }

# thrice COMMAND...: covered, iconified, on another desktop.
thrice() {
	local covering
	APP=$1
	cover
	covering=$BEGUN
	picture "$1-covered"
	again "$@"
	front "$1, covered"
	picture "$1-raised"
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

# --- programs and window managers -------------------------------------------

@test "openbox: xterm, mousepad, featherpad, gvim" {
	desk
	instance xterm
	thrice xterm
	instance mousepad
	thrice mousepad
	instance featherpad
	thrice featherpad
	instance gvim -f
	thrice gvim -f
}

@test "keys: each instance's own window" {
	desk blackbox
	instance -k one xterm
	one=$FIRST
	instance -k two xterm
	again -k one xterm
	wait_until 'that of the key is in front' in_front "$one"
	again -k two xterm
	wait_until 'that of the other is' in_front "$FIRST"
	again -k two xterm
	in_front "$FIRST"
}

@test "enforced: by a rule, however it is launched" {
	desk blackbox
	export ONLYONE_ENFORCE=xterm LD_PRELOAD=$BUILD/libonlyone.so
	begin_window xterm
	INSTANCE=$BEGUN FIRST=$WINDOW APP=xterm
	unset ONLYONE_ENFORCE LD_PRELOAD
	cover
	run -0 timeout $LIMIT env ONLYONE_ENFORCE=xterm \
		LD_PRELOAD="$BUILD/libonlyone.so" sh -c 'xterm' </dev/null
	front 'by the shim'
}

# --- while it starts ----------------------------------------------------------

@test "while it starts: the launch returns, and the window comes to the front" {
	desk blackbox
	cover
	# Its window, once there, is iconified: it would not come by itself.
	cat >slow <<-'END'
		#!/bin/sh
		while ! [ -e go ]; do sleep 0.02; done
		exec xterm -iconic -T slow
	END
	chmod +x slow
	begin INSTANCE= onlyone ./slow </dev/null >/dev/null 2>&1
	wait_until 'it runs' count_is slow 1
	again ./slow
	again -v ./slow
	[[ $stderr == *'raised=later: when its window is there'* ]] ||
		fail "$stderr"
	: >go
	wait_until 'it is in front' on_top "$INSTANCE"
}

# --- displays that fail -------------------------------------------------------

# bats test_tags=check
@test "no DISPLAY: the second launch ends with 0 and says so under -v" {
	begin_guest onlyone "$GUESTS/guest"
	again -v "$GUESTS/guest"
	[[ $stderr == *'raised=no: no display answers'* ]] || fail "$stderr"
}

# --- a new window for what was handed over -------------------------------------

# opens WM [HANDLER]: a program that opens a window for each document, as if its
# user had long been busy with another one: window managers keep that behind what
# is raised.
opens() {
	desk "$1"
	mkfifo ask
	cat >opener.tcl <<-'END'
		wm title . first
		proc open_one {} {
			gets $::ask name
			after [expr {int([lindex $name 0])}] [list show_one $name]
		}
		proc show_one {name} {
			set w .w[incr ::n]
			toplevel $w
			wm title $w [lindex $name 1]
			wm withdraw $w
			update
			# Its wrapper is the parent of what Tk calls it.
			set tree [exec xwininfo -id [winfo id $w] -tree]
			regexp {Parent window id: (0x[0-9a-f]+)} $tree _ id
			exec xprop -id $id -f _NET_WM_USER_TIME 32c \
				-set _NET_WM_USER_TIME 1
			wm deiconify $w
		}
		set ask [open ask r+]
		fconfigure $ask -blocking 0
		fileevent $ask readable open_one
	END
	begin INSTANCE= onlyone --on-activate="${2-echo \"\$2 \$3\" >ask}" \
		wish opener.tcl </dev/null >/dev/null 2>&1
	wait_until 'it has a window' window_named '^first$'
}

# Which manager keeps a window behind, it marks (_NET_WM_STATE_DEMANDS_ATTENTION):
# that is how a helper knows it that looks for the first time when it is there.
@test "a new window that comes while the helper is stopped is in front" {
	for manager in openbox metacity xfwm4; do
		opens "$manager" :
		cover
		keeper=$(ctl list --json | jq '.[0].keeper')
		calls=$("$BUILD/chaos/killat" -l -p "$keeper" onlyone wish \
			opener.tcl | grep -c '^raise\.1 ')
		[ "$calls" -gt 60 ]
		again_covered
		for ((n = 3; n < 240 && n < calls; n += 12)); do
			raise=$("$BUILD/chaos/killat" -s -p "$keeper" raise.1 "$n" \
				onlyone wish opener.tcl 2>/dev/null) || continue
			echo "0 late$n" >ask
			wait_until "$manager: late$n is there" \
				window_named "^late$n$"
			# At times for longer than it gives the X server (2 s).
			[ "$manager$((n % 36))" != metacity27 ] || sleep 3
			kill -CONT "$raise"
			wait_until "late$n is in front" named_in_front "late$n"
			again_covered
		done
		killed "$INSTANCE" "$WM"
		rm ask
	done
}

# --- closed, and ending ---------------------------------------------------------

# lingers [HOW]: a program of $WISH whose window can be closed, and which stays
# until the file "go" is there, and loses what it is given; $BEGUN, a launch after
# that.
WISH=wish
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
	begin INSTANCE= onlyone "$@" $WISH lingers.tcl doc1 </dev/null \
		>/dev/null 2>&1
	wait_until 'it has a window' window_named '^shows doc1$'
	closes '^shows doc1$'
	begin onlyone "$@" $WISH lingers.tcl doc2 </dev/null >said 2>&1
	wait_until 'its launch waits' \
		grep -q "^onlyone: waiting for a window of .*$INSTANCE)\$" said
}

closes() {
	local name=$1 window=
	# A search that meets a window just gone finds nothing.
	wait_until 'it is found' \
		eval 'window=$(window_named "$name"); [ -n "$window" ]'
	wmctrl -i -c "$window"
	wait_until 'it is closed' unnamed "$1"
}

@test "closed, and about to end: a launch waits, and begins it anew" {
	desk
	for how in --on-activate=self --on-activate=: ''; do
		lingers $how
		[ "$how" != --on-activate=self ] || [ -e taken ]
		: >go
		wait_until 'it is shown' window_named '^shows doc2$'
		ended "$INSTANCE"
		assert_equal "$(ctl count lingers.tcl)" 1
		[ "$(wc -l <said)" = 1 ]
		killed "$BEGUN"
		freed lingers.tcl
	done
}

@test "closed, and about to end, where nobody may look at it: likewise" {
	desk
	WISH=./secret
	install -m 111 "$(type -P wish)" secret
	lingers
	: >go
	wait_until 'it is shown' window_named '^shows doc2$'
	ended "$INSTANCE"
	killed "$BEGUN"
	freed secret
}

# Its memory is gone, and it is no zombie yet: nobody can tell any more what kind
# of program it was.
@test "ended after its keeper has looked, and not reaped: the launch begins it anew" {
	desk
	stuck_serve
	cat >title.tcl <<-'END'
		wm title . late
	END
	cat >late <<-END
		#!/bin/sh
		[ -e again ] || exec "$GUESTS/stuck" end "$STUCK/sock" wish title.tcl
		exec wish title.tcl
	END
	chmod +x late
	ONLYONE_TEST_POINTS=deliver=stop begin INSTANCE= "$BUILD/points/onlyone" \
		--on-activate=: ./late </dev/null >/dev/null 2>&1
	wait_until 'it has a window' window_named '^late$'
	: >again
	keeper=$(keeper_of late)
	begin onlyone ./late </dev/null >said 2>&1
	wait_until 'its keeper has stopped' has_state "$keeper" T
	# (A signal would spare it the wait for the server.)
	closes '^late$'
	stands "$INSTANCE"
	kill -CONT "$keeper"
	wait_until 'its launch waits' grep -q '^onlyone: waiting for a window' said
	stuck_free
	wait_until 'it runs anew' pid_is late "$BEGUN"
	killed "$BEGUN"
	freed late
}

# What it has started runs the program's file when the instance ends, only to say
# something to that.
@test "ended while its handler speaks to it: the launch begins it anew" {
	desk
	mkfifo go
	cat >tell <<-'END'
		{ head -c 65536 /dev/zero; exec xterm -version; } |
			{ cat go; cat; } >/dev/null
	END
	begin INSTANCE= onlyone --on-activate='. ./tell' xterm </dev/null \
		>/dev/null 2>&1
	wait_until 'it has a window' window_named '^xterm$'
	begin onlyone xterm </dev/null >said 2>&1
	wait_until 'the handler speaks' pgrep -xf 'xterm -version'
	killed "$INSTANCE"
	wait_until 'that is taken for the instance' pid_is xterm \
		"$(pgrep -xf 'xterm -version')"
	: >go
	wait_until 'it runs anew' pid_is xterm "$BEGUN"
	killed "$BEGUN"
	freed xterm
}

@test "closed, and staying: a launch says that there is no window, and ends with 0" {
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

@test "crashed, and its window still there: a launch begins it anew" {
	desk
	for signal in SEGV KILL TERM; do
		instance xterm
		again xterm
		kill -$signal "$INSTANCE"
		begin onlyone xterm </dev/null >said 2>&1
		wait_until 'it runs anew' pid_is xterm "$BEGUN"
		killed "$BEGUN"
		freed xterm
	done
}

# --- two displays of one user --------------------------------------------------

@test "two displays: a launch on the other one says where the window is" {
	desk
	first=$DISPLAY
	instance xterm
	cover
	desk
	again xterm
	says "shows its window on display $first; --scope=display"
	again --scope=display --dry-run xterm
	[[ $output == *'would:'*'start '* ]] || fail "$output"
	DISPLAY=$first
	wait_until 'it is in front there' in_front "$FIRST"
}
