# as: user (which user's windows: raise-x11)
# run: desktop
# raise-terminal.bats: for a program in a terminal, the terminal is raised, and its
# pane is selected.
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
	local around
	mapfile -d '' -t around <"/proc/$1/environ"
	env -i "${around[@]}" "${@:2}"
}

# comes_to STATUS WORDS PID [OPTION...]: asked as its own launch would.
comes_to() {
	prints "-$1" "$2" as_launch "$3" timeout -k 5 $LIMIT onlyone-raise -v \
		--terminal "${@:4}" "$3"
}

# raises PID XTERM: that terminal of it.
raises() {
	comes_to 6 'raised its terminal' "$1" --wait=600
	on_top "$2"
}

# pid_in FILE: the process that wrote its pid there, when it has.
pid_in() {
	wait_until "$1 is written" grep -q . "$1"
	cat "$1"
}

# in_xterm TITLE COMMAND...: a terminal with the focus, $BEGUN.
in_xterm() { begin_window xterm -T "$1" -e "${@:2}"; }

# nothing_raised PID [OPTION...]: the cover keeps the focus.
nothing_raised() {
	wait_until 'the cover has the focus' active_is "$COVER"
	comes_to 1 'no window' "$@"
	active_is "$COVER"
}

@test "terminal: vim and a REPL in an xterm; whose shells have ended is known by WINDOWID" {
	desk
	in_xterm vim sh -c 'vim -u NONE -c "call writefile([getpid()], \"vim\")"'
	xterms+=("$BEGUN")
	in_xterm repl /usr/bin/python3 -ic 'import os
with open("repl", "w") as f: print(os.getpid(), file=f)'
	xterms+=("$BEGUN")
	vim=$(pid_in vim)
	repl=$(pid_in repl)
	in_xterm orphan sh -c 'sh -c "sleep 300 & echo \$! >orphan" & cat'
	xterms+=("$BEGUN")
	wait_until 'its parent has ended' orphaned "$(pid_in orphan)" "$BEGUN"
	cover
	prints -1 'no window' as_launch "$(<orphan)" env "WINDOWID=$((COVER))" onlyone-raise -v -t "$(<orphan)"
	raises "$(<orphan)" "${xterms[2]}"
	raises "$vim" "${xterms[0]}"
	raises "$repl" "${xterms[1]}"
	# Only for users with a terminal.
	begin setsid sleep 300
	prints -1 'no window' as_launch "$repl" onlyone-raise -v -t "$BEGUN"
	# Its own one, if there is one: what is inherited says nothing.
	prints -6 'raised its terminal' as_launch "$repl" onlyone-raise -v -t "$vim"
	on_top "${xterms[0]}"
}

# orphaned PID TERMINAL: it descends from that no more.
orphaned() {
	local pid=$1
	while pid=$(parent_of "$pid") && [ "${pid:-1}" != 1 ]; do
		[ "$pid" != "$2" ] || return 1
	done
}

tm() { tmux -L of-test "$@"; }

# shown: the pane that is to be seen in the (only) session.
shown() { tm display-message -p '#{pane_id}'; }

attached() { [ "$(tm list-clients | wc -l)" = 1 ]; }

@test "tmux: the pane is selected, in the terminal that shows it; detached, nothing is raised" {
	desk
	# A window of two panes, one of them with the program, and another, which is shown.
	in_xterm tmux tmux -f /dev/null -L of-test new-session \
		'echo $$ $TMUX_PANE >first; exec sleep 300' ';' \
		split-window 'exec sleep 300' ';' new-window 'exec sleep 300'
	xterm=$BEGUN
	read -r program pane <<<"$(pid_in first)"
	wait_until 'the other window is shown' test "$(shown)" != "$pane"
	cover
	raises "$program" "$xterm"
	assert_equal "$(shown)" "$pane"
	# One that hangs is not waited for.
	again_covered
	server=$(tm display-message -p '#{pid}')
	stopped "$server"
	nothing_raised "$program" --limit=0.4
	kill -CONT "$server"
	tm last-window
	tm detach-client
	ended "$xterm"
	nothing_raised "$program"
	assert_equal "$(shown)" "$pane"
	# Attached again, on another display; there is none in the program's.
	desk
	in_xterm again env -u TMUX tmux -L of-test attach
	second=$BEGUN
	wait_until 'it is attached' attached
	cover
	raises "$program" "$second"
	tm kill-server
}

# screen_shows N: for wait_until.
screen_shows() { [[ $(screen -S of-test -Q number </dev/null) == "$1 "* ]]; }

@test "screen: a window is selected, in the terminal that shows it; detached, nothing is raised" {
	desk
	in_xterm screen screen -c /dev/null -S of-test -h 10 sh -c \
		'echo $$ >program; exec sleep 300'
	xterm=$BEGUN
	program=$(pid_in program)
	screen -S of-test -X screen sh -c 'echo $$ >other; exec sleep 300'
	pid_in other
	wait_until 'the other one is shown' screen_shows 1
	cover
	raises "$program" "$xterm"
	screen_shows 0
	# Then screen itself selects nothing.
	screen -S of-test -X select 1
	screen -S of-test -X detach
	ended "$xterm"
	nothing_raised "$program"
	screen -S of-test -X quit
}
