# as: user (a display is somebody else's, whoever asks it)
# lengths.bats: what onlyone-raise reads of others is as long as it has arrived: of X
# servers, sway, KWin, tmux, the page of a program.
#
# sudo keeps DISPLAY, ssh -X brings one from another host: whose server it is nobody
# knows.  The readers themselves are tried by tests/fuzz/reply_fuzz.c.
# bats file_tags=not-core
load lib/window

# liar HOW,HOW...: such an X server (xliar.py), its $DISPLAY; each client gets the
# next one.
liar() {
	rm -f number
	: >asked
	begin LIAR= /usr/bin/python3 "$BATS_TEST_DIRNAME/lib/xliar.py" number asked "$1"
	wait_until 'the server is there' test -s number
	export DISPLAY=:$(<number)
	unset WAYLAND_DISPLAY SWAYSOCK XAUTHORITY
}

# unharmed OPTION...: it ends by itself, and has not told the server what the
# server has not told it.
unharmed() {
	run raise --limit=0.5 "$@" $$
	[ "$status" -lt 64 ] || fail "status $status: $output"
	[ ! -s asked ] || fail "it asks about windows that nobody has named: $(head asked)"
}

# bats test_tags=check
@test "X server: it promises what it does not send: no crash, nothing of our memory is told, no answer" {
	local rows=() all status said how
	while read -r status how; do
		rows+=("$status $how")
		all+=${all:+,}$how
	done <<-'END'
		1 ok
		3 value 536870912
		3 value 3000
		3 value 1
		1 format 8 4000000000
		1 format 16 3000
		1 format 0 3000
		3 machine 536870912
		3 machine 5
		3 tree 65535
		3 tree 1
		3 subtree 65535
		3 clients 100000000
		3 clients 1
		3 client 4294967292
		3 client 8
		1 client 3
		1 roots 255
		3 depths 255
		3 vendor 65535
		1 ok
	END
	liar "$all"
	for row in "${rows[@]}"; do
		echo "$row" >&2
		unharmed -v
		assert_equal "$status $output" \
			"${row%% *} $([[ $row == 1* ]] && echo 'no window' || echo 'no display')"
	done
	# A window is not known to be there, or not to be.
	ended_by TERM "$LIAR"
	liar 'ok,tree 1'
	run -1 raise --shown $$
	run -3 raise --shown $$
}

# random FROM TO OPTION...: replies by these seeds.
random() {
	liar "$(seq -f 'seed %.0f' -s , "$1" "$2")"
	for ((seed = $1; seed <= $2; seed++)); do
		echo "seed $seed" >&2
		unharmed "${@:3}"
	done
	ended_by TERM "$LIAR"
}

@test "X server: sixty replies at random: no crash, nothing of our memory is told" {
	random 1 60 --titles
}

@test "X server: two hundred replies at random, whatever is asked for" {
	random 1001 1200 --shown
	random 2001 2200 --close
	random 3001 3200 -v --class=x
	needs valgrind valgrind
	# It exits with 99 if it reads a byte that was never written, or does not exist.
	raise() {
		timeout -k 5 $LIMIT valgrind -q --error-exitcode=99 "$BUILD/onlyone-raise" "$@"
	}
	random 4001 4010 --titles
}

# sway_says LENGTH TEXT: a sway whose answer to all is that text, said to be of that
# length (0: of its own), with nothing behind it; $SWAYSOCK.
sway_says() {
	export SWAYSOCK=$PWD/sway
	unset DISPLAY WAYLAND_DISPLAY
	rm -f sway
	begin SAYS= /usr/bin/python3 -c '
import os, socket, struct, sys
path, length, text = sys.argv[1:]
s = socket.socket(socket.AF_UNIX)
s.bind(path + ".new")
s.listen(8)
os.rename(path + ".new", path)
while True:
    c = s.accept()[0]
    c.recv(64)
    c.sendall(struct.pack("<6sII", b"i3-ipc", int(length) or len(text), 4) +
              text.encode())
    c.shutdown(socket.SHUT_WR)
' "$SWAYSOCK" "$@"
	wait_until 'it listens' test -S sway
}

@test "sway: an answer of four gigabytes, cut, an error, no tree: no answer, and not: no window" {
	local want length text
	while read -r want length text; do
		echo "$want $length $text" >&2
		sway_says "$length" "$text"
		run raise -v --limit=5 $$
		assert_equal "$status $output" "${want//+/ }"
		ended_by TERM "$SAYS"
	done <<-'END'
		1+no+window 0 {"nodes":[],"id":1}
		3+no+display 4294967295 {"nodes":[]}
		3+no+display 67108864 {"nodes":[]}
		3+no+display 13 {"nodes":[]}
		3+no+display 11 {"nodes":[]}
		3+no+display 0 {"success":false,"error":"no"}
		3+no+display 0 []
		3+no+display 0 {}
		3+no+display 0 {"nodes":[{"pid":
	END
}

# what its script says, of KWin: a line of "says" is one call (kliar.py).
@test "KWin: a list that is none, that is cut, of a stranger, of ids without an end, other types, or nothing: no crash, no window of it, in time" {
	needs dbus-daemon dbus-daemon
	local want more pid=$$ # whose windows they are to be
	dbus_begin
	: >says
	begin LIAR= /usr/bin/python3 "$BATS_TEST_DIRNAME/lib/kliar.py" "$PWD/wl" "$PWD/log" says
	wait_until 'the compositor is there' test -S wl
	wait_until 'its service is there' grep -q service log
	# 0: it is raised, 1: no window, 2: asked for, and not known.
	while IFS='|' read -r want more; do
		tr ';' '\n' <<<"$more" >says
		: >log
		echo "$want $more" >&2
		run -"$want" raise --limit=$((want ? 1 : 20)) $$
		[[ $more == load* ]] || grep -q runs log
		# Which ids are to close is an answer, too.
		run raise --close --limit=0.5 $$
		[ "$status" -lt 64 ] || fail "status $status: $output"
	done <<-END
		0|"Windows", '[{"id":"x","pid":$pid,"order":1}]';"Done", True
		1|"Windows", '[]'
		2|"Windows", '[{"id":"x","pid":$pid,"order":1}]';"Done", False
		2|"Windows", '[{"id":"x","pid":$pid'
		2|"Windows", ''
		2|"Windows", 'null'
		2|"Windows", '{"id":"x","pid":$pid}'
		2|"Windows", '[' * 1000000
		2|"Windows", '[1e999]'
		2|"Windows", '[{"id":"\\\\u0000","pid":$pid}]'
		1|"Windows", '[1,null,[],{},{"id":7,"pid":$pid},{"pid":$pid}]'
		1|"Windows", '[{"id":"x","pid":%s,"names":"x"}]' % (2**32 + $pid)
		1|"Windows", '[{"id":"x","pid":-1},{"id":"x","pid":"$pid"}]'
		0|"Windows", '[{"id":"%s","pid":$pid}]' % ('x' * 1000000);"Done", True
		0|"Windows", '[%s]' % ','.join(['{"id":"x","pid":$pid,"order":9223372036854775807}'] * 100000);"Done", True
		2|"Windows", dbus.Int32(7);"Done", "yes"
		2|"Windows", dbus.Array([], signature='s')
		2|"Windows",
		2|
		2|as stranger;"Windows", '[{"id":"x","pid":$pid}]';"Done", True
		2|load ["seven"]
		2|load []
		2|load [dbus.Int32(-7)]
		END
}

# dbus_begin: a session bus of one's own.
dbus_begin() {
	cat >bus.conf <<-END
		<busconfig>
		  <type>session</type>
		  <listen>unix:path=$PWD/bus</listen>
		  <policy context="default">
		    <allow send_destination="*"/>
		    <allow eavesdrop="true"/>
		    <allow own="*"/>
		  </policy>
		</busconfig>
	END
	begin dbus-daemon --config-file=bus.conf --nofork --nopidfile
	wait_until 'the bus is there' test -S bus
	export DBUS_SESSION_BUS_ADDRESS=unix:path=$PWD/bus
}

# A program on a terminal, below one that says it is the server of a tmux.
@test "tmux: a list without an end, of no lines, of NULs, of numbers that are none, of others' processes: no crash, no window, in time" {
	unset DISPLAY WAYLAND_DISPLAY
	mkdir bin
	cat >bin/tmux <<-'END'
		#!/bin/sh
		echo "$*" >>asked
		exec /usr/bin/python3 -c "$(cat says)"
	END
	chmod +x bin/tmux
	PATH=$PWD/bin:$PATH
	begin server= /usr/bin/python3 -c '
import os, pty, socket, time
s = socket.socket(socket.AF_UNIX)
s.bind("tmux")
pid, fd = pty.fork()
if not pid:
    os.execvp("sleep", ["sleep", "1000"])
with open("pid.new", "w") as f:
    print(pid, file=f)
os.rename("pid.new", "pid")
time.sleep(1000)'
	wait_until 'its program runs' test -e pid
	export TMUX=$PWD/tmux,$server,0 TMUX_PANE=%0
	while read -r line; do
		echo "$line" >says
		echo "$line" >&2
		: >asked
		prints -3 'no display' raise -v --terminal --limit=2 "$(<pid)"
		grep -q list-clients asked
	done <<-'END'
		print("1 1")
		print("x" * 10**8)
		print("1 1\n" * 10**6)
		print("\0" * 10**6)
		print("9223372036854775808 9223372036854775808")
		print("-1 -1\n1 -2147483648\n1 4294967297\n1\n 1\n1 ")
		print("1 %d" % __import__("os").getppid())
		import time; print("1 1", flush=True); time.sleep(1000)
		import sys; sys.exit(1)
	END
	kill "$(<pid)"
}

# has_open PID FILE
has_open() {
	local fd
	for fd in "/proc/$1"/fd/*; do
		[ ! "$fd" -ef "$2" ] || return 0
	done
	return 1
}

@test "page: the file shrinks, before it is asked or while: no crash, and it was not asked" {
	compositor
	window one "$WINDOW" one
	local page pid=$BEGUN asker size
	page=$SLOT/window-$pid
	unset DISPLAY SWAYSOCK
	run -0 raise --mark="$SLOT" --titles "$pid"
	assert_output one
	# Another one asks: a process that has looked at the page waits for the lock.
	mkfifo gate
	begin flock "$page" sh -c 'echo >locked; read x <gate'
	wait_until 'it is locked' test -e locked
	begin asker= onlyone-raise --limit=20 --mark="$SLOT" --close "$pid"
	wait_until 'it waits for the lock' has_open "$asker" "$page"
	: >"$page"
	echo >gate
	ends "$asker" 1
	alive "$pid"
	for size in 0 1 575 1087 1089; do
		truncate -s "$size" "$page"
		echo "$size" >&2
		run -1 raise --mark="$SLOT" --close "$pid"
		run -1 raise --mark="$SLOT" --titles "$pid"
	done
	alive "$pid"
	killed "$pid"
}
