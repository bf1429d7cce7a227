#!/usr/bin/env bats
# as: user (no right is asked for, but where a test says both)
# supervise.bats: --supervise and --restart, the launch that stays.
#
# Between whoever launched it and the program such a launch must not be felt:
# signals, statuses, the terminal; killed -9 it leaves neither a duplicate nor
# a lost slot.  With --restart the pid changes and the slot does not, until
# somebody ends it for good.  (That it gives up after many short runs is not
# shown: the pauses between them add up to many minutes.)
# shellcheck disable=SC2016,SC2030,SC2031,SC2046,SC2154
load lib/parent

own_setup() {
	STAYS=--supervise
	: >runs
}

# --- status, signals ------------------------------------------------------------

@test "status: every one from 0 to 255 is the launch's" {
	by_python '
for code in range(256):
    got = run(guests[code % 2], "exit", str(code))
    assert got == code, (code, got)'
	freed
}

@test "status: what the launch cannot hear is not that the program has ended" {
	run -7 timeout $LIMIT strace -qq -o trace -e trace=poll \
		-e inject=poll:error=ENOMEM:when=2..20 \
		onlyone --supervise sh -c 'sleep 0.1; exit 7'
	grep INJECTED trace
}

@test "status: a program that cannot be told to begin has not ended well" {
	timeout $LIMIT strace -qq -o trace -e trace=write onlyone --supervise true
	n=$(grep -n '", 8)' trace | cut -d: -f1)
	run -71 timeout $LIMIT strace -qq -o trace -e trace=write \
		-e inject=write:error=EIO:when="$n" onlyone --supervise true
	assert_output 'onlyone: cannot start the program: Input/output error'
	freed
}

@test "status: every signal that ends the program ends the launch" { ends_alike; }
@test "signals: every one that can be passed on reaches the program, once" { passes_on; }

# bats test_tags=check
@test "signals: TERM to the launch ends both, and frees the slot" {
	for guest in "$GUEST" "$GUEST-static"; do
		for sig in HUP INT QUIT TERM USR1; do
			stayed "$guest"
			ends_by "$sig" "$BEGUN" $((128 + $(kill -l "$sig")))
			gone "$CHILD"
			run -5 launch "$guest" exit 5
		done
	done
}

# bats test_tags=check
@test "launches: later ones find the instance, pid names the program" {
	stayed --on-activate='echo "<$1> $ONLYONE_PID"' "$GUEST"
	prints -0 "<more> $CHILD" launch "$GUEST" more
	pid_is "$GUEST" "$CHILD"
	run -75 launch -n "$GUEST"
	kill -TERM "$CHILD"
	ends "$BEGUN" 143
}

@test "reaps: the children that a shell left it" {
	begin bash -c '(exit 3) & (sleep 0.05) &
		exec onlyone --supervise "$GUESTS/guest"'
	CHILD=$(child)
	wait_until 'no zombie is left' no_zombies "$BEGUN"
	alive "$CHILD"
	ends_by TERM "$BEGUN" 143
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

@test "terminal: Ctrl-Z, fg, bg, Ctrl-C, Ctrl-\\ and a new size, as without us" {
	player
	plays
}

@test "terminal: the same with --supervise" {
	player
	plays --supervise
}

@test "terminal: the same with --restart, --lifetime=tree and -W" {
	player
	plays --restart=on-success
	plays --lifetime=tree
	plays -W
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
	for how in '' --supervise --lifetime=tree --restart=always; do
		hung_up "onlyone $how ./player; true"
		hung_up "exec onlyone $how ./player"
	done
}

# --- killed ---------------------------------------------------------------------

@test "killed: the launch alone, or with its keeper: the program is the instance as before" {
	outlived
	outlived keeper
}

@test "killed: the launch, at any time, fifty times: no duplicate, no slot lost" { killed_by_chance 50; }

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
		run -"$code" container onlyone --supervise "$GUEST" exit "$code"
	done
	run -137 container onlyone --supervise "$GUEST" kill 9
	run -143 container onlyone --supervise "$GUEST" kill 15
}

# bats test_tags=both
@test "container: as pid 1 it passes signals on, reaps, and begins again" {
	wants mount pidns
	local init first
	behind=yes container onlyone --restart=on-failure -c '
		(sleep 0.01 &) ; (true &) ; (true &)
		exec "$GUESTS/guest" leave 15'
	wait_until 'the program runs' in_main 1
	init=$(pgrep -P "$BEGUN")
	wait_until 'no zombie is left' no_zombies "$init"
	first=$(pgrep -P "$init" -x guest)
	kill -KILL "$first"
	wait_until 'it is begun again' in_main 2
	wait_until 'no zombie is left' no_zombies "$init"
	kill -TERM "$init"
	ends "$BEGUN" 0
	file_has "$GUEST_LOG" 'signal 15'
	no_slots
}

# --- restart --------------------------------------------------------------------

# script STATUS...: ./app ends with these, one after the other, the last one
# again and again; with "stay" it stays.  Each run is noted in ./runs as pid
# and time.
script() {
	printf '%s\n' "$@" >plan
	cat >app <<-'END'
		#!/bin/bash
		echo "$$ $EPOCHREALTIME" >>runs
		n=$(wc -l <runs)
		mapfile -t plan <plan
		end=${plan[n > ${#plan[@]} ? ${#plan[@]} - 1 : n - 1]}
		case $end in
		stay) exec -a app sleep 300 ;;
		-*) kill "$end" $$ ;;
		*) exit "$end" ;;
		esac
	END
	chmod +x app
}

runs() { wc -l <runs; }

run_many() { [ "$(runs)" -ge "$1" ]; }

last_pid() { sed -n '$s/ .*//p' runs; }

# again WHEN [OPTION...]: a launch in the background; $PARENT is it.
again() {
	: >runs
	begin PARENT= env --default-signal onlyone --restart="$1" "${@:2}" \
		./app </dev/null >>out 2>&1
}

# staying N: its N-th run is the instance, and stays.
staying() {
	wait_until "run $1" run_many "$1"
	assert_equal "$(runs)" "$1"
	wait_until 'it is the instance' pid_is ./app "$(last_pid)"
	# Before that a shell may ignore QUIT, and INT too while it waits.
	wait_until 'it stays' has_name "$(last_pid)" sleep
}

# stay WHEN: a launch of what stays in its first run.
stay() {
	script stay
	again "$1"
	staying 1
}

state_is() { [ "$(ctl list --json | jq -r '.[0].state')" = "$1" ]; }

# paused: it is in a pause of at least 1.6 s.
paused() {
	wait_until 'it has had five runs' run_many 5
	wait_until 'it is in a pause' state_is held
}

# pausing: one that begins a program again and again is, after $n runs.
pausing() {
	script 3
	again always
	paused
	n=$(runs)
}

# over STATUS: the launch has ended, its slot is gone, and nothing runs.
over() {
	frees ends "$PARENT" "$1"
	gone "$(last_pid)"
}

# over_paused N: so it is, and in a pause after N runs of status 3, or in one
# that began meanwhile.
over_paused() {
	local status=0
	wait_until 'the launch has ended' gone "$PARENT"
	case $(runs) in
	"$1") over 3 ;;
	$(($1 + 1)))
		wait "$PARENT" || status=$?
		[[ $status = @(3|143) ]]
		freed
		gone "$(last_pid)"
		;;
	*) fail "$(runs) runs, after $1" ;;
	esac
}

@test "restart: on-failure until it succeeds, on-success until it fails, each with a pid of its own" {
	script 3 -9 -15 255 0
	again on-failure
	ends "$PARENT" 0
	assert_equal "$(runs)" 5
	assert_equal "$(cut -d ' ' -f 1 runs | sort -u | wc -l)" 5
	script 0 0 0 7
	again on-success
	ends "$PARENT" 7
	assert_equal "$(runs)" 4
	script 0 0 -15
	again on-success
	ends "$PARENT" 143
	assert_equal "$(runs)" 3
}

@test "restart: always, whatever the end; the slot, its folder and its age stay the same" {
	local seen=()
	script 0 3 -9 stay
	again always
	wait_until 'run 1' run_many 1
	wait_until 'it is listed' eval 'ctl list --json | jq -e ".[0].dir"'
	seen+=("$(ctl list --json | jq -c '.[0] | [.dir, .since, .keeper]')")
	staying 4
	seen+=("$(ctl list --json | jq -c '.[0] | [.dir, .since, .keeper]')")
	assert_equal "${seen[1]}" "${seen[0]}"
	assert_equal "$(parent_of "$(last_pid)")" "$PARENT"
	assert_equal "$(cut -d ' ' -f 1 runs | sort -u | wc -l)" 4
	kill -TERM "$PARENT"
	over 143
}

@test "restart: the pauses grow, from a tenth of a second on" {
	script 3
	again always
	wait_until 'it has had six runs' run_many 6
	wait_until 'the last one has ended' state_is held
	kill -TERM "$PARENT"
	over 3
	# None shorter than it should be; and not so long as to be another rule.
	/usr/bin/python3 - <<-'END'
		times = [float(line.split()[1]) for line in open("runs")]
		for i in range(5):
		    gap = times[i + 1] - times[i]
		    assert 0.095 * 2 ** i < gap < 0.1 * 2 ** i + 5, (i, gap)
	END
}

@test "restart: held between two runs: --skip and -n meet it, the list says so, a launch starts nothing" {
	pausing
	run -75 launch -n ./app
	prints -0 '' launch --skip ./app
	count_is ./app 1
	ctl status ./app
	paused
	# No run of anybody else's: those of one parent have growing pauses.
	assert_equal "$(ctl list --json | jq -c '.[0] | [.state, .index]')" \
		'["held",0]'
	n=$(runs)
	kill -TERM "$PARENT"
	over_paused "$n"
}

@test "restart: TERM, INT and QUIT to the parent end it for good; other signals do not" {
	for sig in TERM INT QUIT; do
		stay always
		kill -s "$sig" "$PARENT"
		over $((128 + $(kill -l "$sig")))
		assert_equal "$(runs)" 1
	done
	stay always
	kill -HUP "$PARENT"
	staying 2
	kill -USR1 "$PARENT"
	staying 3
	kill -TERM "$PARENT"
	over 143
}

# bats test_tags=check
@test "restart: TERM to the parent ends it also if the program makes a good end of it" {
	begin env --default-signal onlyone --restart=always "$GUEST" leave 15
	CHILD=$(child)
	ends_by TERM "$BEGUN" 0
	assert_equal "$(constructors)" 1
}

@test "restart: TERM and INT to the parent in a pause end it, with the last run's status" {
	for sig in TERM INT; do
		pausing
		kill -s "$sig" "$PARENT"
		over_paused "$n"
	done
}

@test "restart: stop ends it for good, and so does a second one in a pause" {
	script 3 stay
	again always
	staying 2
	ctl stop ./app
	over 143
	assert_equal "$(runs)" 2
	pausing
	ctl stop ./app
	no_slots
	over_paused "$n"
}

@test "restart: stop ends it for good when program and parent are stopped, and in a pause" {
	script 3 stay
	again always
	staying 2
	stopped "$(ctl pid ./app)" "$PARENT"
	run -0 ctl stop -w 60 ./app
	over 143
	assert_equal "$(runs)" 2
	pausing
	stopped "$PARENT"
	run -0 ctl stop -w 60 ./app
	over_paused "$n"
}

@test "restart: stop ends it for good, also when its keeper was killed" {
	stay always
	killed "$(keeper_of ./app)"
	ctl stop ./app
	over 143
	assert_equal "$(runs)" 1
}

@test "restart: stop ends it for good, also when the keeper that was told so is killed" {
	stay always
	ONLYONE_TEST_POINTS='again-forbidden=stop' \
		begin "$BUILD/points/onlyonectl" stop ./app
	pid=$BEGUN
	wait_until 'stop has told its keeper' has_state "$pid" T
	killed "$(keeper_of ./app)"
	wait_until 'stop has ended' continued "$pid"
	ends "$pid" 0
	over 143
	assert_equal "$(runs)" 1
}

@test "restart: replace ends it for good, running or in a pause" {
	stay always
	run -5 launch --replace -a "$PWD/app" "$GUEST" exit 5
	over 143
	assert_equal "$(runs)" 1
	pausing
	run -5 launch --replace -a "$PWD/app" "$GUEST" exit 5
	over_paused "$n"
	assert_equal "$(constructors)" 2
}

@test "restart: a program that is killed -9 is begun again, but not on-success" {
	for when in always on-failure; do
		stay "$when"
		kill -KILL "$(last_pid)"
		staying 2
		kill -KILL "$(last_pid)"
		staying 3
		kill -TERM "$PARENT"
		over 143
	done
	stay on-success
	kill -KILL "$(last_pid)"
	over 137
	assert_equal "$(runs)" 1
}

@test "restart: keeper killed, then the program, or both at once: begun again, in the same slot" {
	stay on-failure
	dir=$(the_slot)
	killed "$(keeper_of ./app)"
	kill -KILL "$(last_pid)"
	staying 2
	kill -KILL "$(last_pid)" "$(keeper_of ./app)"
	staying 3
	assert_equal "$(the_slot)" "$dir"
	run -75 launch -n ./app
	assert_equal "$(runs)" 3
	kill -TERM "$PARENT"
	over 143
}

@test "restart: keeper killed in a pause: the slot is still held" {
	pausing
	run -0 launch --dry-run ./app
	assert_line --partial "its parent, pid $PARENT, starts it again, and hand over to it; or,"
	run -0 launch --dry-run -n ./app
	assert_line --partial "fail, for its parent, pid $PARENT"
	stopped "$PARENT"
	killed "$(keeper_of ./app)"
	run -0 launch --dry-run ./app
	assert_line --partial \
		"would:       wait until its parent, pid $PARENT, starts it again"
	assert_line --partial '(its keeper is gone'
	kill -CONT "$PARENT"
	run -75 launch -n ./app
	n=$(runs)
	kill -TERM "$PARENT"
	over_paused "$n"
}

@test "restart: parent killed, alone or with its keeper: the program is the instance, and not begun again" {
	for with in '' keeper; do
		stay always
		keeper=${with:+$(keeper_of ./app)}
		kill -KILL "$PARENT" $keeper
		ends "$PARENT" 137
		ended $keeper
		run -75 launch -n ./app
		pid_is ./app "$(last_pid)"
		frees kill -KILL "$(last_pid)"
		assert_equal "$(runs)" 1
	done
}

@test "restart: parent killed in a pause, alone or with its keeper: the slot is free" {
	for with in '' keeper; do
		pausing
		kill -KILL "$PARENT" ${with:+$(keeper_of ./app)}
		ends "$PARENT" 137
		script 5
		: >runs
		freed ./app
		run -5 launch -n ./app
	done
}

@test "restart: a parent that is stopped begins nothing, and goes on when continued" {
	stay always
	stopped "$PARENT"
	kill -KILL "$(last_pid)"
	wait_until 'the slot is held' state_is held
	run -75 launch -n ./app
	kill -CONT "$PARENT"
	staying 2
	kill -TERM "$PARENT"
	over 143
}

@test "restart: what a supervisor above says to the program reaches it, in each run" {
	cat >app <<-'END'
		#!/usr/bin/python3
		import os, socket, time
		names = ("NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC")
		with open("seen", "a") as f:
		    print([os.environ.get(name) for name in names], file=f)
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.sendto(b"READY=1", os.environ["NOTIFY_SOCKET"])
		raise SystemExit(open("seen").read().count("\n") < 3)
	END
	chmod +x app
	timeout -k 5 $LIMIT /usr/bin/python3 - <<-'END'
		import os, socket, subprocess
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.bind("notify")
		s.settimeout(int(os.environ["LIMIT"]))
		env = dict(os.environ, WATCHDOG_USEC="30000000", WATCHDOG_PID="1",
		    NOTIFY_SOCKET="notify")
		p = subprocess.run(["onlyone", "--restart=on-failure", "./app"],
		    env=env, timeout=int(os.environ["LIMIT"]))
		assert p.returncode == 0, p
		for i in range(3):
		    assert s.recv(100) == b"READY=1"
	END
	assert_equal "$(sort seen | uniq -c | sed 's/^ *//')" \
		"3 ['notify', '1', '30000000']"
}

# bats test_tags=check
@test "restart: refused with --lifetime=tree, and with a word it does not know" {
	run -64 --separate-stderr launch --restart=always --lifetime=tree \
		"$GUEST"
	says lifetime=tree
	untouched
	run -64 --separate-stderr launch --restart=sometimes "$GUEST"
	says sometimes
	untouched
	run -64 --separate-stderr launch --restart "$GUEST"
	untouched
}

# The witness takes a lock of its own and shouts when two run.
@test "restart: program, keeper and parent killed in turn, among launches: never two" {
	export GUEST_LOCK=$PWD/lock
	local i
	for i in {1..12}; do
		begin PARENT= onlyone -q --restart=always "$GUESTS/witness" \
			"run$i" for 100000 </dev/null >>out 2>&1
		wait_until "round $i runs" file_has "$GUEST_LOG" " main run$i\$"
		kill -KILL "$(ctl pid witness)"
		((i % 2)) || kill -KILL $(keepers)
		run -75 launch -q -n "$GUESTS/witness" "other$i"
		ends_by KILL "$PARENT" 137
		ctl stop --kill-after=5 witness || [ $? = 3 ]
		freed witness
	done
	never_two
	run ! grep other "$GUEST_LOG"
}
