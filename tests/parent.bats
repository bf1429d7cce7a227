# as: user (needs no rights)
# parent.bats: the launch that stays as the parent of its program.
#
# With -W the first launch waits beside the program: it passes every signal on, and
# exits exactly as the program exited. kill -9 of the launch kills nothing else.  With
# --lifetime=tree it holds the slot, and never waits for a keeper that waits for it.
# (As process 1: container.bats.)
load lib/common

# child: the pid of the program, once it is in main.
child() {
	wait_until 'the program is in main' in_main 1
	sed -n '0,/ main.*/s/ main.*//p' "$GUEST_LOG"
}

# stayed COMMAND...: such a launch in the background; $BEGUN it, $CHILD the
# program.  The shell has background jobs ignore INT and QUIT.
stayed() {
	: >"$GUEST_LOG"
	begin env --default-signal onlyone -W "$@"
	CHILD=$(child)
	assert_equal "$(parent_of "$CHILD")" "$BEGUN"
}

# bats test_tags=check
@test "status: the launch ends as the program ends, by code or signal; a signal sent to it that ends the program ends both; 126 for what cannot be executed; killed, alone or with the keeper, the program is the instance as before" {
	for code in 0 255; do run -$code onlyone -W "$GUEST" exit $code; done
	# By the signal itself, and not by the status that a shell makes of it.
	run -0 perl -e 'exit((system(@ARGV) & 127) != $ARGV[-1])' onlyone -W "$GUEST" kill 9
	for sig in 2 34; do
		stayed "$GUEST"
		ends_by $sig "$BEGUN" $((128 + sig))
		gone "$CHILD"
	done
	# Its interpreter is there, so it is found, and cannot run.
	printf '#!/etc/passwd\n' >broken
	chmod +x broken
	run -126 --separate-stderr onlyone -W ./broken
	says broken
	freed
	for guest in "$GUEST" "$GUEST-static"; do
		stayed --on-activate='echo "<$1>"' "$guest"
		if [ "$guest" = "$GUEST" ]; then
			ends_by KILL "$BEGUN" 137
		else
			killed "$BEGUN" "$(keeper_of "$guest")"
		fi
		prints -0 '<arrives>' onlyone "$guest" arrives
		pid_is "$guest" "$CHILD"
		assert_equal "$(constructors)" 1
		frees killed "$CHILD"
	done
}

@test "signals: sent to the launch, every one that can be reaches the program, once; the terminal's stop stops both; children that a shell left it are reaped" {
	local sig words=()
	# CHLD and URG are the launch's own.
	local signals=({1..8} {10..16} 18 {20..22} {24..31} {34..64})
	for sig in "${signals[@]}"; do words+=(catch "$sig"); done
	stayed "$GUEST-static" "${words[@]}"
	for sig in "${signals[@]}"; do
		kill "-$sig" "$BEGUN"
		wait_until "signal $sig has reached it" notes "signal $sig" 1
	done
	[ -z "$(sort "$GUEST_LOG" | uniq -d)" ]
	kill -KILL "$CHILD"
	ends "$BEGUN" 137
	# Before Linux 6.15 it leaves its own child a zombie, and no other.
	needs_points
	for old in exitinfo ''; do
		: >"$GUEST_LOG"
		ONLYONE_TEST_OLD=$old begin bash -c '(exit 3) & (sleep 0.05) &
			PATH=$BUILD/points:$PATH
			exec env --default-signal onlyone -W "$GUESTS/guest"'
		CHILD=$(child)
		wait_until 'no zombie is left' no_zombies "$BEGUN"
		[ -z "$old" ] || frees killed "$CHILD"
	done
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
	run -0 launch -q "$GUEST" exit 5
	has_state "$BEGUN" S
	kill -CONT "$CHILD"
	ends_by TERM "$BEGUN" 143
}

@test "signals: one to the middle process of a daemon, which has ended when the launch looks again, is sent to the daemon" {
	wants trace
	begin strace -D -qqo sent -e pidfd_send_signal -e signal=STOP \
		-e inject=pidfd_send_signal:signal=STOP:when=1 onlyone -W -a app \
		env --ignore-signal=TERM "$FORKER" fork say middle wait gate fork
	wait_until 'the first process has ended' notes middle 1
	wait_until 'the middle one is recorded' pid_is app "$(noted middle)"
	kill "$BEGUN"
	wait_until 'the launch has sent it the signal' file_has sent 'stopped by'
	: >gate
	wait_until 'it is reaped' eval "[ ! -e /proc/$(noted middle) ]"
	wait_until 'the daemon runs' notes here 1
	kill -CONT "$BEGUN"
	wait_until 'the daemon is sent it' eval '[ "$(grep -c "TERM.*= 0" sent)" = 2 ]'
	killed "$(noted here)"
	frees ends "$BEGUN" 0
}

@test "signals: one that comes as the program of a tree has begun to end is sent to what it leaves" {
	wants trace
	begin parent= onlyone --lifetime=tree -a app "$FORKER" wait gate fork
	wait_until 'the program is there' count_is app 1
	program=$(ctl pid app)
	begin strace -qqo seen -p "$parent" -P "/proc/$program/status" \
		-e inject=read:signal=STOP:when=1
	wait_until 'it is traced' traced "$parent"
	kill "$parent"
	wait_until 'the launch has looked at it' file_has seen 'stopped by'
	: >gate
	wait_until 'the program has ended' has_state "$program" Z
	wait_until 'what it leaves runs' notes here 1
	killed "$BEGUN"
	begin strace -qqo seen -p "$parent" -P "/proc/$(noted here)/status" -e inject=openat:error=ENFILE
	wait_until 'it is traced' traced "$parent"
	kill -CONT "$parent"
	frees ends "$parent" 0
}

own_setup() {
	# A program that says what happens to it, and how often.
	cat >player <<-'END'
		#!/usr/bin/python3
		import os, signal, time
		seen = {}
		def say(*words):
		    os.write(1, (" ".join(map(str, words)) + "\n").encode())
		def on(sig, frame):
		    name = signal.Signals(sig).name
		    seen[name] = seen.get(name, 0) + 1
		    print(name, seen[name], file=open("events", "a"), flush=True)
		    if name == "SIGHUP":
		        time.sleep(0.2) # another one would come now
		        os._exit(4)
		    size = os.get_terminal_size(0)
		    say("[", name, seen[name], size.lines, size.columns, "]")
		    if name == "SIGQUIT":
		        os._exit(3)
		for s in ("HUP", "INT", "QUIT", "WINCH", "CONT"):
		    signal.signal(getattr(signal, "SIG" + s), on)
		print(os.getpid(), file=open("pid", "w"), flush=True)
		print(os.ttyname(0), file=open("tty", "w"), flush=True)
		say("[", "begun", "]")
		while True:
		    time.sleep(0.05) # a signal just before is handled after it
	END
	chmod +x player
}

@test "terminal: ^C, ^Z, fg, bg, its size, ^\\ reach the program once, with -W and --lifetime=tree" {
	for how in -W --lifetime=tree; do
		rm -f pid tty events
		timeout -k 5 $((2 * LIMIT)) "$BATS_TEST_DIRNAME/lib/terminal.py" \
			'PS1="\$ " exec bash --norc --noprofile -i' \
			">onlyone $how ./player\\r" '<\[ begun \]' \
			'>\x1a' '<Stopped' \
			'!until [ "$(ps -o stat= -p $(cat pid) | cut -c 1)" = T ]; do :; done' \
			'!onlyonectl pid ./player | grep -qx "$(cat pid)"' \
			'>fg\r' '<\[ SIGCONT [0-9]+ 24 80 \]' \
			'!stty -F "$(cat tty)" rows 30' \
			'<\[ SIGWINCH 1 30 80 \]' \
			'>\x03' '<\[ SIGINT 1 30 80 \]' \
			'>\x1a' '<Stopped' '>bg\r' '<\[ SIGCONT [0-9]+ 30 80 \]' \
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
	done
}

@test "terminal: a hang-up reaches the program, and ends both" {
	for how in '' -W --lifetime=tree; do
		for line in "onlyone $how ./player; true" "exec onlyone $how ./player"; do
			rm -f pid tty events
			timeout -k 5 $LIMIT "$BATS_TEST_DIRNAME/lib/terminal.py" "$line" \
				'<\[ begun \]' '~' >out
			wait_until 'it has heard of it' file_has events 'SIGHUP 1'
			ended "$(<pid)"
			freed
		done
	done
}

# held: a tree of which only what shows no mark is left, $REST; its parent,
# $PARENT, holds the slot.
held() {
	rm -f gate pid
	begin PARENT= env --default-signal onlyone --lifetime=tree -a job sh -c \
		'env -i sh -c "echo \$\$ >pid; exec sleep 300" &
		until [ -e gate ]; do sleep 0.005; done; exit 7' \
		</dev/null >>out 2>&1
	wait_until 'it runs' test -s pid
	REST=$(<pid)
	: >gate
	wait_until 'the slot is held' eval '[[ $(ctl list --json) == *\"held\"* ]]'
}

@test "held: by a parent, by that it is named, by launches, list, and doctor; stop and replace end what is left under it, stopped or not, with its keeper killed" {
	wants trace
	held
	prints -75 --partial "its parent, pid $PARENT, keeps its place" \
		launch -a job sh -c 'echo no >>runs'
	prints -75 --partial "is held by its parent, pid $PARENT" launch -n -a job true
	stopped "$PARENT"
	assert_equal "$(ctl list --json | jq -r '.[0].stuck')" true
	prints -0 --partial ' stuck ' ctl list
	prints -1 --partial "its parent, pid $PARENT, which is stopped, keeps its place" \
		ctl doctor
	[ ! -e runs ]
	kill -CONT "$PARENT"
	killed "$REST"
	frees ends "$PARENT" 7
	held
	stopped "$PARENT"
	run -0 ctl stop job
	ended "$REST"
	frees ends "$PARENT" 7
	held
	killed "$(keeper_of job)"
	# It begins another, which cannot see the parent at first.
	begin strace -Dfqqo calls -e inject=pidfd_open:error=EMFILE:when=1 onlyone -n -a job true >>out 2>&1
	ends "$BEGUN" 75
	run -0 launch --replace -a job true
	ended "$REST"
	frees ends "$PARENT" 7
}
