# run: desktop
# as: user (an X server needs no rights)
# second.bats: a second start of the program is made if it hands over, and only then;
# whatever it does, the first instance stays.
#
# By onlyone-raise alone; what a launch makes of it is in handover.bats.
load lib/x11

PROGRAM=$BATS_TEST_DIRNAME/lib/second.py

own_setup() {
	export GUEST_FOLDER=$PWD GUEST_WAY=hand QTWEBENGINE_DISABLE_SANDBOX=1
	desk
}

# session_bus: a bus of our own; $BUS is its pid.
session_bus() {
	local BEGUN
	begin BUS= dbus-daemon --session --nofork --nopidfile \
		--address="unix:path=$PWD/bus" >/dev/null 2>&1
	wait_until 'the bus is there' test -S bus
	export DBUS_SESSION_BUS_ADDRESS=unix:path=$PWD/bus
}

# shows COMMAND...: begin it, until it has a window; $BEGUN.
shows() {
	begin "$@" </dev/null >/dev/null 2>&1
	run raise --shown --wait=$LIMIT "$BEGUN"
	# 4: it has one, but is still starting.
	[[ $status == [04] ]]
}

# single [COMMAND...]: begin the guest, by this command, until it has a window;
# $BEGUN and $FIRST.
single() {
	shows "${@:-$PROGRAM}"
	FIRST=$BEGUN
	wait_until 'it has a socket' test -S sock
}

# evidence STATUS [WORDS]: --evidence reports this of $BEGUN.
evidence() {
	run --separate-stderr raise --evidence "$BEGUN"
	assert_equal "$status $output" "$1 ${2-}"
}

# has_evidence: of $BEGUN there is; the words are in the file "what".
has_evidence() { raise --evidence "$BEGUN" >what; }

# second STATUS PROGRAM [DOCUMENT...]: of $BEGUN.
second() {
	status=0
	# To a file: what it leaves behind has it, too.
	raise --second="$2" "$BEGUN" "${@:3}" </dev/null >out 2>&1 || status=$?
	output=$(<out)
	assert_equal "$status" "$1"
}

# given DOCUMENTS: the guest has these, a line for each; starts N: it was started
# so many times again.
given() { assert_equal "$(cat given 2>/dev/null)" "$1"; }
starts() { assert_equal "$(cat starts 2>/dev/null | wc -l)" "$1"; }

# papers: files of many kinds, a.EXT and b.EXT.
papers() {
	local name
	for name in a b; do
		echo "text $name" >$name.txt
		echo "\\documentclass{article}" >$name.tex
		tar -cf $name.tar $name.txt
		printf 'P3 2 2 9 9 0 0 9 0 0 9 0 0 9 0 0\n' >$name.ppm
		mkdir "d$name"
		cat >$name.pdf <<-'END'
			%PDF-1.1
			1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
			2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
			3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj
			trailer<</Root 1 0 R>>
		END
	done
}

# program_ended: the program of a row.
program_ended() {
	kill "$BEGUN"
	wait_until 'it has ended' 5 gone "$BEGUN" || killed "$BEGUN"
}

@test "programs that hand over: the bus or a socket shows it, and they are given the document" {
	papers
	session_bus
	while read -r program name title what; do
		echo "$program" >&2
		needs "$program" "$program"
		shows "$program" "a.${name}"
		wait_until 'there is evidence' has_evidence
		assert_equal "$(<what)" "${what//PWD/$PWD}"
		second 0 "$program" "b.$name"
		wait_until 'it shows the document' titled "$title"
		alive "$BEGUN"
		program_ended
	done <<-END
		eom ppm b.ppm org.mate.eom.ApplicationService on the session bus
		gthumb ppm b.ppm org.gnome.gThumb on the session bus
		file-roller tar b.tar org.gnome.ArchiveManager1 on the session bus
		lximage-qt ppm b.ppm org.lxqt.LxImage on the session bus
		geeqie ppm b.ppm the socket PWD/.config/geeqie/.command
		xarchiver tar b.tar the socket /tmp/.xarchiver-socket:0-$(id -un)
	END
	for row in 'tea txt b.txt SYSV51' 'pluma txt b.txt pluma.' 'texmaker tex b.tex qtsingleapp-' \
		'juffed txt b.txt qtsingleapp-'; do
		read -r program name title what <<<"$row"
		echo "$program" >&2
		needs "$program" "$program"
		shows "$program" "a.$name"
		wait_until 'there is evidence' has_evidence
		grep -q "^the s[a-z ]* /.*$what" what
		second 0 "$program" "b.$name"
		wait_until 'it shows the document' titled "$title"
		program_ended
	done
}

@test "programs that do not: there is no evidence, and they are not started" {
	papers
	session_bus
	while read -r program name; do
		echo "$program" >&2
		needs "$program" "$program"
		shows "$program" "$name"
		evidence 1
		second 30 "$program" "${name/a/b}"
		evidence 1
		program_ended
	done <<-END
		feh a.ppm
		gpicview a.ppm
		gnumeric a.txt
		xpdf a.pdf
		mtpaint a.ppm
		dolphin da
	END
	# Without a window, and without a name to find it by.
	for program in picom xcape xbindkeys; do
		needs "$program" "$program"
	done
	touch keys
	for program in 'picom --backend xrender' 'xcape -d' 'xbindkeys -n -f keys'; do
		echo "$program" >&2
		begin $program </dev/null >/dev/null 2>&1
		second 30 "${program%% *}"
		alive "$BEGUN"
		program_ended
	done
}

@test "a second start that hands over and ends with 255: the title of the window tells" {
	GUEST_TITLE=y single
	GUEST_WAY=wx second 0 "$PROGRAM" folder/letter
	alive "$BEGUN"
	# One that fails, and has handed nothing over; a part of a word.
	GUEST_WAY=fail second 32 "$PROGRAM" poem
	GUEST_WAY=fail second 32 "$PROGRAM" lett
	given folder/letter
	program_ended
	rm sock
	# If no title tells, its status does.
	single
	GUEST_WAY=wx second 32 "$PROGRAM" letter
}

@test "documents: byte for byte, in our folder, with our environment, as the program" {
	single
	cat >probe <<-'END'
		#!/bin/sh
		printf '<%s>' "$0" "$PWD" "$MINE" "${ONLYONE_PASS-}" "$$" "$@" >words
		cat >in
		echo out
		echo err >&2
	END
	chmod +x probe
	mkdir folder
	cd folder
	MINE=here run --separate-stderr raise --second="$GUEST_FOLDER/probe" -- \
		"$BEGUN" -- -v $'a\n b' '' <<<in
	assert_equal "$status $output $stderr" '0 out err'
	assert_equal "$(<in)" in
	IFS='<>' read -r _ _ _ _ _ _ _ pass _ pid _ <words || true
	assert_equal "$(<words)" \
		"<$GUEST_FOLDER/probe><$PWD><here><><$pid><--><-v><"$'a\n b'"><>"
	# Where there is a rule, the shim is not to apply it to the program.
	: >libonlyone.so
	run env LD_PRELOAD="$PWD/libonlyone.so" MINE=here \
		onlyone-raise --second="$GUEST_FOLDER/probe" "$BEGUN" x </dev/null
	IFS='<>' read -r _ _ _ _ _ _ _ pass _ pid _ <words || true
	assert_equal "$pass" "$pid"
	assert_equal "$(<words)" \
		"<$GUEST_FOLDER/probe><$PWD><here><$pid><$pid><x>"
}

@test "a window of its own: it is ended, also as a fork, and the first is untouched" {
	single
	# As retext on a small screen: a moment before it hands over.
	GUEST_WAY=flash second 0 "$PROGRAM" a
	for way in window forked; do
		echo $way >&2
		rm -f starts
		GUEST_WAY=$way second 31 "$PROGRAM" b
		wait_until 'no window of it is left' unnamed '^second$'
		starts 1
		run ! pgrep -P 1 -f "$PROGRAM"
		alive "$BEGUN"
	done
	given a
}

@test "what goes wrong: a failure, a crash, no end, no program; no second try" {
	single
	GUEST_WAY=fail second 32 "$PROGRAM" b
	assert_output 'it failed'
	GUEST_WAY=crash second 32 "$PROGRAM" b
	second 32 "$PWD/none" b
	assert_output "onlyone-raise: execute $PWD/none: No such file or directory"
	starts 2
	GUEST_WAY=stay second 33 "$PROGRAM" b
	wait_until 'it has been ended' gone "$(tail -n 1 starts)"
	starts 3
	# Without documents there is less time.
	kill "$BEGUN"
	ended "$BEGUN"
	rm sock
	GUEST_TRAY=y begin "$PROGRAM" </dev/null
	wait_until 'it has a socket' test -S sock
	GUEST_WAY=stay second 33 "$PROGRAM"
	given b$'\n'again
	alive "$BEGUN"
}

@test "a launcher script that forks, a fork that hands over, a helper that stays" {
	cat >launcher <<-END
		#!/bin/sh
		"$PROGRAM" "\$@" &
		wait
	END
	chmod +x launcher
	# The script has the socket by its child.
	single ./launcher
	evidence 0 "the socket $PWD/sock"
	second 0 ./launcher b
	GUEST_WAY=window second 31 ./launcher no
	# One that does not wait.
	sed -i '$d' launcher
	second 0 ./launcher c
	GUEST_WAY=window second 31 ./launcher no
	GUEST_WAY=fork second 0 "$PROGRAM" d
	GUEST_WAY=helper second 0 "$PROGRAM" e
	given $'b\nc\nd\ne'
	starts 6
	# It is no part of the program.
	helper=$(pgrep -u "$UID" -n -x sleep)
	STARTED+=("$helper")
	alive "$helper"
}

@test "the instance ends: before, 69; meanwhile, the second start is the next one" {
	single
	GUEST_WAY=next begin RAISE= onlyone-raise --second="$PROGRAM" \
		"$FIRST" b </dev/null
	ended "$FIRST"
	wait_until 'the next one is there' window_named '^next$'
	alive "$RAISE"
	kill "$(<starts)"
	ends "$RAISE" 143
	# It has exited already, or exits while we wait for its window.
	BEGUN=$FIRST
	second 69 "$PROGRAM" b
	begin FIRST= sleep 300
	begin RAISE= onlyone-raise --second="$PROGRAM" "$FIRST" b </dev/null
	killed "$FIRST"
	ends "$RAISE" 69
	starts 1
}

@test "told to end, it ends what it has started, while the instance lives" {
	single
	for signal in HUP TERM; do
		GUEST_WAY=stay begin RAISE= onlyone-raise \
			--second="$PROGRAM" "$FIRST" $signal </dev/null
		wait_until 'it has handed over' grep -qs $signal given
		ends_by $signal "$RAISE" $((128 + $(kill -l $signal)))
		wait_until 'the second start has ended' gone "$(tail -n 1 starts)"
		alive "$FIRST"
	done
}

@test "reopen: a window is left alone; one in the tray is started again" {
	single
	second 35 "$PROGRAM"
	xdotool windowminimize "$(window_named '^first$')"
	second 35 "$PROGRAM"
	kill "$BEGUN"
	ended "$BEGUN"
	rm sock
	GUEST_TRAY=y begin "$PROGRAM" </dev/null
	wait_until 'it has a socket' test -S sock
	second 0 "$PROGRAM"
	# With documents it need not be idle.
	second 0 "$PROGRAM" b c
	given $'again\nb\nc'
	kill "$BEGUN"
	ended "$BEGUN"
	rm sock
	GUEST_TRAY=y GUEST_SILENT=y begin "$PROGRAM" </dev/null
	second 30 "$PROGRAM"
	starts 2
}

@test "a program that is starting: its window or its evidence is awaited" {
	cat >slow <<-END
		#!/bin/sh
		sleep 1
		exec "$PROGRAM"
	END
	chmod +x slow
	begin ./slow </dev/null
	second 0 "$PROGRAM" b
	given b
	# Its evidence comes with the window, or later.
	kill "$BEGUN"
	ended "$BEGUN"
	rm sock
	GUEST_SILENT=y shows "$PROGRAM"
	second 30 "$PROGRAM" b
}

@test "an instance that does not respond: it is awaited, and nothing is started" {
	papers
	session_bus
	shows eom a.ppm
	FIRST=$BEGUN
	stopped "$FIRST"
	begin RAISE= onlyone-raise --second=eom "$FIRST" b.ppm </dev/null
	ends "$RAISE" 34
	begin RAISE= onlyone-raise --second=eom "$FIRST" b.ppm </dev/null
	kill -CONT "$FIRST"
	ends "$RAISE" 0
	wait_until 'it shows the document' titled b.ppm
}

# traced STATUS WORDS RULE...: evidence, with these failures of system calls.
traced() {
	local rules=("${@:3}")
	run --separate-stderr timeout $LIMIT strace -qq -o trace \
		"${rules[@]/#/--inject=}" onlyone-raise --evidence "$BEGUN"
	assert_equal "$status $output" "$1 $2"
}

@test "not known: no netlink, a bus that is stopped, another network" {
	single
	what="the socket $PWD/sock"
	traced 0 "$what" socket:error=EPERM
	grep -q AF_NETLINK trace
	grep -q /proc/self/net/unix trace
	n=$(grep openat trace | grep -n /proc/self/net/unix)
	traced 3 '' socket:error=EPERM "openat:error=EACCES:when=${n%%:*}"
	session_bus
	stopped "$BUS"
	evidence 0 "$what"
	kill -CONT "$BUS"
	kill "$BEGUN"
	ended "$BEGUN"
	rm sock
	GUEST_SILENT=y shows "$PROGRAM"
	evidence 1
	stopped "$BUS"
	evidence 3
	second 30 "$PROGRAM" b
	kill -CONT "$BUS"
	killed "$BUS"
	evidence 1
	# In another network the program has sockets that are not listed here.
	user=(--user --map-current-user)
	[ "$(id -u)" != 0 ] || user=()
	GUEST_SILENT=y shows unshare "${user[@]}" --net "$PROGRAM"
	evidence 3
}

# listener NAME [COMMAND...]: begin a program that listens on this, PID in it is its
# pid; it then executes the command.
listener() {
	cat >listener <<-'END'
		import os, socket, sys
		name = os.environ["NAME"].replace("PID", str(os.getpid()))
		listen = socket.socket(socket.AF_UNIX)
		listen.bind(name.replace("@", "\0"))
		listen.listen(1)
		listen.set_inheritable(True)
		open("ready", "w")
		if sys.argv[1:]:
		    os.execvp(sys.argv[1], sys.argv[1:])
		listen.accept()
	END
	rm -f ready
	NAME=$1 begin python3 listener "${@:2}" >/dev/null </dev/null
	wait_until 'it listens' test -e ready
}

@test "sockets that are no evidence: of a pid, a role, the kernel, the user, a parent" {
	mkdir at-spi2-A1
	while read -r status name; do
		echo "$name" >&2
		name=${name/PWD/$PWD}
		listener "$name"
		name="the socket ${name/PID/$BEGUN}"
		[ "$status" = 0 ] || name=
		evidence "$status" "$name"
		killed "$BEGUN"
	done <<-'END'
		0 PWD/plain
		0 @PWD/plain
		0 PWD/1PID2
		1 PWD/pid-PID
		1 @PWD/PID.sock
		1 PWD/x.kioworker.socket
		1 PWD/wayland-7
		1 PWD/at-spi2-A1/socket
	END
	listener ''
	evidence 1
	# A name that was given to it, for others.
	listener "$PWD/named" sh -c 'sleep 300; :' "--listen=$PWD/named"
	evidence 1
	# One of a program is not its children's.
	listener "$PWD/kept" sh -c 'sleep 300 & echo $! >child; wait'
	wait_until 'it has a child' test -s child
	evidence 0 "the socket $PWD/kept"
	BEGUN=$(<child)
	evidence 1
	kill "$BEGUN"
	# What cannot be shown is escaped.
	listener "$PWD/"$'a\nb\033'
	evidence 0 "the socket $PWD/a\\012b\\033"
}

# memory KEY: begin a program that has shared memory with this key.
memory() {
	cat >memory <<-'END'
		import ctypes, sys, time
		libc = ctypes.CDLL(None)
		libc.shmat.restype = ctypes.c_void_p
		memory = libc.shmget(int(sys.argv[1], 0), 4096, 0o1600)
		libc.shmat(memory, None, 0)
		libc.shmctl(memory, 0, None)  # IPC_RMID: it ends with us
		open("ready", "w")
		time.sleep(300)
	END
	rm -f ready
	begin python3 memory "$1" >/dev/null </dev/null
	wait_until 'it has its memory' test -e ready
}

@test "shared memory: with a key of Qt's it is evidence" {
	session_bus
	key=$(printf '51%06x' $(($$ & 0xffffff)))
	memory "0x$key"
	evidence 0 "the shared memory /SYSV$key"
	killed "$BEGUN"
	memory "0x52${key#51}"
	evidence 1
	killed "$BEGUN"
	memory 0
	evidence 1
}

@test "names on the bus that are no evidence: of a pid, a role, another program" {
	session_bus
	export SERVICE=$BATS_TEST_DIRNAME/lib/service.py
	while read -r status name; do
		echo "$name" >&2
		case $name in
		*PID*) begin sh -c 'exec "$SERVICE" bare "$0$$$1"' "${name%PID*}" \
			"${name#*PID}" </dev/null ;;
		*) begin "$SERVICE" bare "$name" </dev/null ;;
		esac
		guest_runs "$BEGUN"
		name="${name/PID/$BEGUN} on the session bus"
		[ "$status" = 0 ] || name=
		evidence "$status" "$name"
		killed "$BEGUN"
	done <<-'END'
		0 org.example.App
		0 org.freedesktop.Piper
		0 org.example.A1PID2
		1 org.example.App-PID
		1 org.kde.StatusNotifierItem-PID-1
		1 org.mpris.MediaPlayer2.example
		1 org.freedesktop.FileManager1
		1 org.freedesktop.impl.portal.desktop.example
	END
	begin "$SERVICE" bare org.example.App </dev/null
	guest_runs "$BEGUN"
	begin sleep 300 </dev/null
	evidence 1
}

@test "programs that an instance has started: a terminal's are not its own" {
	shows xterm -e "$PROGRAM"
	wait_until 'the guest listens' test -S sock
	evidence 1
}
