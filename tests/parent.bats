#!/usr/bin/env bats
# as: user (no right is asked for, but where a test says both)
# parent.bats: the launch that stays as the parent of its program.
#
# With -W the first launch waits beside the program: every signal goes on to
# it, or to its successor, and the launch ends exactly as the program ended.  Killed
# -9 it takes nothing with it.  As process 1 it does the same without -W: see
# container.bats too.
load lib/parent

STAYS=-W

# bats test_tags=check
@test "status: a program that cannot be executed is 126, and leaves no slot" {
	# Its interpreter is there, so it is found, and cannot run.
	printf '#!/etc/passwd\n' >broken
	chmod +x broken
	run --separate-stderr launch ./broken
	without=$status
	run -126 --separate-stderr launch -W ./broken
	assert_equal "$status" "$without"
	says broken
	freed
}

@test "status: what the launch cannot hear is not that the program has ended" {
	run -7 timeout $LIMIT strace -qq -o trace -e trace=poll \
		-e inject=poll:error=ENOMEM:when=2..20 \
		onlyone -W sh -c 'sleep 0.1; exit 7'
	grep INJECTED trace
}

@test "status: a program that cannot be told to begin has not ended well" {
	timeout $LIMIT strace -qq -o trace -e trace=write onlyone -W true
	n=$(grep -n '", 8)' trace | cut -d: -f1)
	run -71 timeout $LIMIT strace -qq -o trace -e trace=write \
		-e inject=write:error=EIO:when="$n" onlyone -W true
	assert_output 'onlyone: cannot start the program: Input/output error'
	freed
}

# bats test_tags=check
@test "signals: sent to the launch, one that ends the program ends both, and frees the slot" {
	by_python '
for s in fatal:
    if s == 9:
        continue
    n = len(log())
    p = subprocess.Popen(["onlyone", "-W", guests[0]],
        preexec_fn=defaults)
    until(lambda: [l for l in log()[n:] if " main" in l])
    p.send_signal(s)
    assert p.wait(20) == -s, (s, p.returncode)
    assert run(guests[0], "exit", "5") == 5, s'
	freed
}

@test "signals: sent to the launch, every one that can be reaches the program, once" { passes_on; }

@test "signals: one sent before the program runs reaches it" {
	for i in {1..20}; do
		: >"$GUEST_LOG"
		begin env --default-signal onlyone -W "$GUESTS/guest"
		wait_until 'the launch has forked' pgrep -P "$BEGUN"
		ends_by TERM "$BEGUN" 143
	done
	freed
}

@test "signals: the terminal's stop stops the launch as well; continued, both go on" {
	stayed "$GUESTS/guest"
	for sig in TSTP TTIN TTOU; do
		kill "-$sig" "$CHILD"
		wait_until 'the launch has stopped' has_state "$BEGUN" T
		has_state "$CHILD" T
		kill -CONT "$BEGUN"
		wait_until 'the program goes on' has_state "$CHILD" S
		wait_until 'the launch goes on' has_state "$BEGUN" S
	done
	# A process that stops the program is the one to continue it.
	stopped "$CHILD"
	run -0 launch -q "$GUESTS/guest" exit 5
	has_state "$BEGUN" S
	kill -CONT "$CHILD"
	wait_until 'the program goes on' has_state "$CHILD" S
	ends_by TERM "$BEGUN" 143
}

@test "reaps: the children that a shell left it" {
	begin bash -c '(exit 3) & (sleep 0.05) &
		exec onlyone -W "$GUESTS/guest"'
	CHILD=$(child)
	wait_until 'no zombie is left' no_zombies "$BEGUN"
	alive "$CHILD"
	ends_by TERM "$BEGUN" 143
}

# bats test_tags=check
@test "successor: is waited for, has the signals, and the status stays the program's" {
	# Quietly: what a daemon keeps of our streams must hang nobody.
	stayed "$FORKER" wait "$PWD/gate" daemon </dev/null >>out 2>&1
	: >gate
	wait_until 'the daemon runs' grep -q ' here$' "$GUEST_LOG"
	successor=$(sed -n 's/ here$//p' "$GUEST_LOG")
	wait_until 'the program has ended' gone "$CHILD"
	wait_until 'the daemon is the instance' pid_is "$FORKER" "$successor"
	run -0 launch -q "$FORKER" end 5
	alive "$BEGUN"
	kill -TERM "$BEGUN"
	ended "$successor"
	frees ends "$BEGUN" 0
}

# --- terminal -------------------------------------------------------------------

# A program that says what happens to it, and how often.
player() {
	cat >player <<-'END'
		#!/usr/bin/python3
		import os, signal, sys, time
		seen = {}
		def say(*words):
		    os.write(1, (" ".join(map(str, words)) + "\n").encode())
		def on(sig, frame):
		    name = signal.Signals(sig).name
		    seen[name] = seen.get(name, 0) + 1
		    with open("events", "a") as f:
		        print(name, seen[name], file=f)
		    if name == "SIGHUP":
		        time.sleep(0.2) # another one would come now
		        os._exit(4)
		    size = os.get_terminal_size(0)
		    say("[", name, seen[name], size.lines, size.columns, "]")
		    if name == "SIGQUIT":
		        os._exit(3)
		for s in ("HUP", "INT", "QUIT", "WINCH", "CONT"):
		    signal.signal(getattr(signal, "SIG" + s), on)
		with open("pid", "w") as f:
		    print(os.getpid(), file=f)
		with open("tty", "w") as f:
		    print(os.ttyname(0), file=f)
		say("[", "begun", "]")
		while True:
		    time.sleep(0.05) # a signal just before is handled after it
	END
	# With one system call: stty has one for the rows, one for the columns.
	cat >resize <<-'END'
		#!/usr/bin/python3
		import fcntl, struct, sys, termios
		fcntl.ioctl(open(sys.argv[1]), termios.TIOCSWINSZ,
		    struct.pack("HHHH", 30, 100, 0, 0))
	END
	chmod +x player resize
}

# plays OPTION...: the session of somebody at a shell, with that launch of it.
plays() {
	rm -f pid tty events
	timeout -k 5 $((2 * LIMIT)) "$BATS_TEST_DIRNAME/lib/terminal.py" \
		'PS1="\$ " exec bash --norc --noprofile -i' \
		">onlyone $* ./player\\r" '<\[ begun \]' \
		'>\x1a' '<Stopped' \
		'!until [ "$(ps -o stat= -p $(cat pid) | cut -c 1)" = T ]; do :; done' \
		'!onlyonectl pid ./player | grep -qx "$(cat pid)"' \
		'>fg\r' '<\[ SIGCONT [0-9]+ 24 80 \]' \
		'!./resize "$(cat tty)"' \
		'<\[ SIGWINCH 1 30 100 \]' \
		'>\x03' '<\[ SIGINT 1 30 100 \]' \
		'>\x1a' '<Stopped' '>bg\r' '<\[ SIGCONT [0-9]+ 30 100 \]' \
		'!until ps -o stat= -p $(cat pid) | grep -q "^S[^+]*$"; do :; done' \
		'>fg\r' \
		'!until ps -o stat= -p $(cat pid) | grep -q +; do :; done' \
		'>\x03' '<\[ SIGINT 2 ' \
		'>\x1c' '<\[ SIGQUIT 1 ' \
		'>echo "status=$?"\r' '<status=3' \
		'!onlyonectl count ./player | grep -qx 0' \
		'>exit\r' . >out
	# Once each, whatever came.
	run ! grep -E 'SIG(WINCH|QUIT) [2-9]|SIGINT [3-9]' events
}

@test "terminal: the same with -W and --lifetime=tree" {
	player
	plays -W
	plays --lifetime=tree
}

# hung_up COMMAND: it runs on a terminal that goes; the program hears of it.
hung_up() {
	rm -f pid tty events
	timeout -k 5 $LIMIT "$BATS_TEST_DIRNAME/lib/terminal.py" "$1" \
		'<\[ begun \]' '~' >out
	wait_until "$1: it has heard of it" file_has events 'SIGHUP 1'
	ended "$(cat pid)"
	wait_until "$1: the slot is free" count_is ./player 0
}

@test "terminal: a hang-up reaches the program, and ends both" {
	player
	for how in '' -W --lifetime=tree; do
		hung_up "onlyone $how ./player; true"
		hung_up "exec onlyone $how ./player"
	done
}

# --- killed ---------------------------------------------------------------------

# bats test_tags=check
@test "killed: the parent alone: the program is the instance as before" { outlived; }
@test "killed: parent and keeper together: the program is the instance as before" { outlived keeper; }

@test "killed: at any time, sixty times: no duplicate, no slot stuck" { killed_by_chance 60; }

# --- the first process of a container -------------------------------------------

# With pids of its own; an ordinary user needs users of its own for that.
container() {
	local users=()
	[ "$(id -u)" = 0 ] || users=(--user --map-root-user)
	set -- unshare "${users[@]}" --pid --fork --mount-proc --kill-child \
		env --default-signal "$@"
	[ -n "${behind-}" ] || exec timeout -k 5 $LIMIT "$@"
	begin "$@" </dev/null >>out 2>&1
}

# bats test_tags=check,both
@test "container: as pid 1 it ends as the program ends" {
	wants mount pidns
	local code
	for code in 0 1 75 143 255; do
		run -"$code" container onlyone "$GUEST" exit "$code"
	done
	run -137 container onlyone "$GUEST" kill 9
	run -143 container onlyone "$GUEST" kill 15
}
