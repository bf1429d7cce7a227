#!/usr/bin/env bats
# as: user (whose windows: raise-x11, raise-namespace)
# run: desktop
# raise-terminal.bats: of a program in a terminal, that is raised, and its pane
# is selected.
load lib/x11

own_setup() {
	unset TMUX TMUX_PANE STY WINDOW
	export TMUX_TMPDIR=$ONLYONE_DIR/tmux SCREENDIR=$ONLYONE_DIR/screen \
		TERM=xterm SHELL=/bin/sh
	mkdir "$TMUX_TMPDIR"
	mkdir -m 700 "$SCREENDIR"
}

own_teardown() { rm -rf "$TMUX_TMPDIR" "$SCREENDIR"; }

# as_launch PID COMMAND...: in the environment that this process began with,
# as the keeper of its launch would have it.
as_launch() {
	local pid=$1
	shift
	/usr/bin/python3 -c 'import os, sys
pid, *command = sys.argv[1:]
env = open(f"/proc/{pid}/environ", "rb").read().rstrip(b"\0").split(b"\0")
os.execvpe(command[0], command, dict(e.split(b"=", 1) for e in env))' \
		"$pid" "$@"
}

# comes_to STATUS WORDS PID [OPTION...]
comes_to() {
	local status_=$1 words=$2 pid=$3
	shift 3
	prints "$words" as_launch "$pid" timeout -k 5 $LIMIT onlyone-raise -v \
		--terminal "$@" "$pid"
	assert_equal "$status" "$status_"
}

# raises PID XTERM: that terminal of it.
raises() {
	comes_to 6 'raised its terminal' "$1"
	on_top "$2"
}

# pid_in FILE: the process that wrote its pid there, when it has.
pid_in() {
	wait_until "$1 is written" grep -q . "$1"
	cat "$1"
}

# in_xterm TITLE COMMAND...: a terminal with the focus, $BEGUN.
in_xterm() {
	local title=$1
	shift
	begin_window xterm -T "$title" -e "$@"
}

@test "terminal: vim and a REPL in an xterm" {
	local vim repl xterms=()
	desk
	in_xterm vim sh -c 'vim -u NONE -c "call writefile([getpid()], \"vim\")"'
	xterms+=("$BEGUN")
	in_xterm repl /usr/bin/python3 -ic 'import os
with open("repl", "w") as f: print(os.getpid(), file=f)'
	xterms+=("$BEGUN")
	vim=$(pid_in vim)
	repl=$(pid_in repl)
	cover
	raises "$vim" "${xterms[0]}"
	raises "$repl" "${xterms[1]}"
	# Only if that is asked for, and for who has a terminal.
	comes_to 6 'raised its terminal' "$vim"
	prints 'no window' as_launch "$vim" onlyone-raise -v "$repl"
	assert_equal "$status" 1
	begin setsid sleep 300
	prints 'no window' as_launch "$repl" onlyone-raise -v -t "$BEGUN"
	on_top "${xterms[0]}"
	# Its own terminal's, if there is one: what is inherited says nothing.
	prints 'raised its terminal' as_launch "$repl" onlyone-raise -v -t "$vim"
	on_top "${xterms[0]}"
}

@test "terminal: whose shells have ended is known by WINDOWID" {
	desk
	in_xterm orphan sh -c 'sh -c "sleep 300 & echo \$! >orphan" & cat'
	xterm=$BEGUN
	wait_until 'its parent has ended' orphaned "$(pid_in orphan)" "$xterm"
	cover
	raises "$(cat orphan)" "$xterm"
	killed "$xterm"
}

@test "terminal: of a process with many, the window that WINDOWID names" {
	desk
	# As terminals with one process for all windows do it.
	cat >many.tcl <<-'END'
		foreach {name window} {one .a two .b three .c} {
			toplevel $window
			wm title $window $name
			update
			set env(WINDOWID) [expr [winfo id $window]]
			exec script -qfc "echo $$ >$name; exec sleep 300" \
				/dev/null <@stdin >/dev/null &
		}
		wm withdraw .
	END
	sed -i 's/\$\$ >/\\$\\$ >/' many.tcl
	begin wish many.tcl </dev/null >/dev/null 2>&1
	for title in one two three; do
		program=$(pid_in $title)
		wait_until 'its window is there' window_named "^$title\$"
	done
	cover
	for title in two one three; do
		comes_to 6 'raised its terminal' "$(cat $title)"
		active_is "$(window_named "^$title\$")"
	done
}

# orphaned PID TERMINAL: it descends from that no more.
orphaned() {
	local pid=$1
	while pid=$(parent_of "$pid") && [ "${pid:-1}" != 1 ]; do
		[ "$pid" != "$2" ] || return 1
	done
}

# panes_begin: an xterm with tmux: a window of two panes, one of them $PANE with
# the program $PROGRAM, and another window, which is shown.
panes_begin() {
	in_xterm tmux tmux -f /dev/null -L of-test new-session \
		'echo $$ $TMUX_PANE >first; exec sleep 300' ';' \
		split-window 'exec sleep 300' ';' new-window 'exec sleep 300'
	XTERM=$BEGUN
	read -r PROGRAM PANE <<<"$(pid_in first)"
}

tm() { tmux -L of-test "$@"; }

# shown: the pane that is to be seen in the (only) session.
shown() { tm display-message -p '#{pane_id}'; }

@test "terminal: a pane of tmux is selected, in the terminal that shows it" {
	desk
	panes_begin
	wait_until 'the other window is shown' test "$(shown)" != "$PANE"
	cover
	raises "$PROGRAM" "$XTERM"
	assert_equal "$(shown)" "$PANE"
	tm kill-server
}

@test "terminal: tmux detached: the pane is selected, nothing raised" {
	desk
	panes_begin
	cover
	tm detach-client
	ended "$XTERM"
	wait_until 'the other one has the focus' active_is "$COVER"
	comes_to 1 'no window' "$PROGRAM"
	active_is "$COVER"
	assert_equal "$(shown)" "$PANE"
	# Attached again, somewhere else.
	tm last-window
	in_xterm again env -u TMUX tmux -L of-test attach
	second=$BEGUN
	wait_until 'it is attached' attached
	cover
	raises "$PROGRAM" "$second"
	assert_equal "$(shown)" "$PANE"
	tm kill-server
}

attached() { [ "$(tm list-clients | wc -l)" = "${1:-1}" ]; }

@test "terminal: of two that show it, the one used last" {
	local xterms=()
	desk
	panes_begin
	xterms=("$XTERM")
	in_xterm again tmux -L of-test attach
	xterms+=("$BEGUN")
	wait_until 'both are attached' attached 2
	# tmux counts whole seconds.
	used_later "$(client_of "${xterms[1]}")" "${xterms[1]}"
	cover
	raises "$PROGRAM" "${xterms[1]}"
	used_later "$(client_of "${xterms[0]}")" "${xterms[0]}"
	raises "$PROGRAM" "${xterms[0]}"
	tm kill-server
}

# client_of XTERM: tty of the client in it.
client_of() {
	tm list-clients -F '#{client_pid} #{client_tty}' |
		while read -r pid tty; do
			[ "$(parent_of "$pid")" != "$1" ] || echo "$tty"
		done
}

# used_later TTY XTERM: keys are pressed there, until tmux takes it for the one
# used last.
used_later() {
	local window
	window=$(window_of "$2")
	xdotool windowactivate "$window"
	wait_until 'it has the focus' active_pid_is "$2"
	wait_until 'it was used last' used_last "$1"
}

used_last() {
	xdotool key a
	[ "$(tm list-clients -F '#{client_activity} #{client_tty}' |
		sort -n | awk '$1 > t { t = $1; n = 0 }
			{ n++; last = $2 }
			END { if (n == 1) print last }')" = "$1" ]
}

@test "terminal: tmux on another display, and none in the program's" {
	desk
	first=$DISPLAY
	panes_begin
	tm detach-client
	ended "$XTERM"
	desk
	in_xterm again tmux -L of-test attach
	second=$BEGUN
	wait_until 'it is attached' attached
	cover
	assert_not_equal "$DISPLAY" "$first"
	raises "$PROGRAM" "$second"
	tm kill-server
}

# shown_again_in_screen: $program, the first window of its session, is, though
# another window of that has come, and another program covers $xterm.
shown_again_in_screen() {
	screen -S of-test -X screen sh -c 'echo $$ >other; exec sleep 300'
	pid_in other
	wait_until 'the other one is shown' screen_shows 1
	cover
	raises "$program" "$xterm"
	screen_shows 0
}

@test "terminal: a window of screen is selected, in the terminal that shows it" {
	desk
	in_xterm screen screen -c /dev/null -S of-test -h 10 sh -c \
		'echo $$ >program; exec sleep 300'
	xterm=$BEGUN
	program=$(pid_in program)
	shown_again_in_screen
	# Detached, nothing is raised; screen itself selects nothing then.
	screen -S of-test -X select 1
	screen -S of-test -X detach
	ended "$xterm"
	wait_until 'the other one has the focus' active_is "$COVER"
	comes_to 1 'no window' "$program"
	active_is "$COVER"
	# Attached again, somewhere else, beside another session.
	in_xterm aside screen -c /dev/null -S aside sleep 300
	in_xterm again screen -r of-test
	xterm=$BEGUN
	wait_until 'it is attached' eval 'screen -ls of-test | grep Attached'
	screen_shows 1
	in_xterm aside screen -c /dev/null -S aside2 sleep 300
	raises "$program" "$xterm"
	screen_shows 0
	for xterm in of-test aside aside2; do screen -S $xterm -X quit; done
}

# screen_shows N: for wait_until.
screen_shows() { [[ $(screen -S of-test -Q number </dev/null) == "$1 "* ]]; }

@test "terminal: tmux in screen" {
	desk
	in_xterm outer screen -c /dev/null -S of-test tmux -f /dev/null \
		-L of-test new-session 'echo $$ >program; exec sleep 300' ';' \
		new-window 'exec sleep 300'
	xterm=$BEGUN
	program=$(pid_in program)
	shown_again_in_screen
	assert_equal "$(tm display-message -p '#{window_index}')" 0
	tm kill-server
	screen -S of-test -X quit
}

@test "terminal: an xterm begun in a pane is no pane" {
	desk
	# As other terminals do, this one passes on what it has inherited.
	mkfifo gate
	in_xterm outer tmux -f /dev/null -L of-test new-session \
		'read x <gate; exec xterm -T inner -e env TMUX=$TMUX TMUX_PANE=$TMUX_PANE \
			sh -c "echo \$\$ >inner; exec sleep 300"' ';' \
		new-window 'exec sleep 300'
	echo >gate
	inner=$(pid_in inner)
	xterm=$(parent_of "$inner")
	wait_until 'it has the focus' active_pid_is "$xterm"
	cover
	raises "$inner" "$xterm"
	assert_equal "$(tm display-message -p '#{window_index}')" 1
	tm kill-server
}

@test "terminal: a multiplexer that hangs, or that is gone, is not waited for" {
	desk
	panes_begin
	cover
	server=$(tm display-message -p '#{pid}')
	stopped "$server"
	comes_to 1 'no window' "$PROGRAM" --limit=0.4
	# Nor is one whose tool is missing.
	kill -CONT "$server"
	mkdir bin
	ln -s "$(command -v timeout)" "$(command -v onlyone-raise)" bin/
	run as_launch "$PROGRAM" env PATH="$PWD/bin" onlyone-raise -vt "$PROGRAM"
	assert_output 'no window'
	comes_to 6 'raised its terminal' "$PROGRAM"
	tm kill-server
}

@test "terminal: no client of a stopped tmux is left when the instance has ended" {
	local socket=$PWD/tmux.sock server pid
	tmux -S "$socket" -f /dev/null new-session -d "exec onlyone $GUESTS/guest"
	wait_until 'it runs' grep -q ' main' "$GUEST_LOG"
	server=$(tmux -S "$socket" display -p '#{pid}')
	pid=$(ctl pid "$GUESTS/guest")
	stopped "$server"
	run -0 launch -q "$GUESTS/guest"
	wait_until 'tmux is asked' asks "$socket"
	kill -KILL "$pid"
	wait_until 'nobody asks any more' 5 none_asks "$socket" || {
		kill -CONT "$server"
		return 1
	}
	kill -CONT "$server"
	tmux -S "$socket" kill-server || true # it has ended by itself
}

# asks SOCKET: somebody has it for tmux to connect to.
asks() { find /proc/[0-9]*/fd -lname "$1" 2>/dev/null | grep -q .; }

none_asks() { run ! asks "$1"; }

@test "terminal: a client's environment says where windows are, not what runs" {
	desk
	mkdir evil
	printf '#!/bin/sh\necho "$@" >>%q\nexec %q "$@"\n' "$PWD/ran" \
		"$(command -v screen)" >evil/screen
	chmod +x evil/screen
	in_xterm outer screen -c /dev/null -S of-test env PATH="$PWD/evil:$PATH" \
		tmux -f /dev/null -L of-test new-session \
		'echo $$ >program; exec sleep 300' ';' new-window 'exec sleep 300'
	xterm=$BEGUN
	program=$(pid_in program)
	# The helper's own path is ours.
	as_launch() {
		shift
		env STY= TMUX="$TMUX_SOCKET,$(tm display-message -p '#{pid}'),0" \
			TMUX_PANE=%0 "$@"
	}
	TMUX_SOCKET=$(tm display-message -p '#{socket_path}')
	shown_again_in_screen
	assert [ ! -e ran ]
	tm kill-server
	screen -S of-test -X quit
}
