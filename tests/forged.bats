#!/usr/bin/env bats
# forged.bats: forgeries and odd objects in the place of a slot and its files.
#
# Each object in the place of each file: after an instance that has ended,
# beside one that lives, and beside one whose keeper was killed.  A launch does
# the right thing, or says 73 and names the folder; never are there two, and
# nothing is signalled, waited for or written that is not the slot's.  Once the
# object is gone all is as before.  What the shim makes of forgeries is in
# shim.bats, what other users can do in foreign.bats, a full disk in full.bats.
# Root tries all kinds of them; a user those that are a matter of rights, and of
# the others one of each sort.
load lib/common

own_setup() {
	# On the same file system: objects are exchanged, at one blow.
	spare=$(mktemp -d "${ONLYONE_DIR%/*}/onlyone-test.XXXXXX")
	LITTER+=("$spare")
	handled=$PWD/handled
	: >"$handled"
	mkdir -m 700 victims victims/dir
	echo precious >victims/file
	root=
	[ "$(id -u)" != 0 ] || root=y
}

# bystander: a process of ours, $STRANGER, that notes all signals it can.
bystander() {
	local sig words=()
	for sig in 1 2 3 10 12 13 14 15 18 20 23; do words+=(catch "$sig"); done
	GUEST_LOG=$PWD/bystander.log begin STRANGER= "$GUESTS/guest" "${words[@]}"
	wait_until 'the bystander runs' file_has bystander.log ' main '
}

# unharmed CASE: no bystander was signalled, no victim written to.
unharmed() {
	assert_equal "$1: $(cat victims/file)" "$1: precious"
	assert_equal "$1: $(find victims | sort | tr '\n' ' ')" \
		"$1: victims victims/dir victims/file "
	[ -z "${STRANGER-}" ] || alive "$STRANGER" || fail "$1: killed"
	[ -z "${STRANGER-}" ] || run ! grep signal bystander.log
}

# make KIND: such an object as $spare/object.
make() {
	local object=$spare/object
	rm -rf "$object"
	mode=
	case $1 in
	dir) mkdir -m 700 "$object" ;;
	full-dir) mkdir -m 700 "$object" && : >"$object/x" ;;
	fifo) mkfifo -m 600 "$object" ;;
	link) ln -s "$PWD/victims/file" "$object" ;;
	link-dir) ln -s "$PWD/victims/dir" "$object" ;;
	dangling) ln -s "$PWD/victims/none" "$object" ;;
	loop) ln -s object "$object" ;;
	socket) python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$object" ;;
	empty) : >"$object" ;;
	garbage) head -c 3000 /dev/urandom >"$object" ;;
	huge) truncate -s 300M "$object" ;;
	unreadable) : >"$object" && chmod 0 "$object" ;;
	zero) mknod -m 600 "$object" c 1 5 ;;
	terminal) mknod -m 600 "$object" c 5 0 ;;
	foreign) echo 1 >"$object" && chown 1000:1000 "$object" ;;
	foreign-dir) mkdir -m 700 "$object" && chown 1000:1000 "$object" ;;
	open-dir) mkdir -m 700 "$object" && chmod 777 "$object" ;;
	group-dir) mkdir -m 700 "$object" && chmod 770 "$object" ;;
	closed-dir) mkdir -m 700 "$object" && mode=0 ;;
	fixed-dir) mkdir -m 700 "$object" && mode=500 ;;
	*) fail "make $1?" ;;
	esac
}

# exchange FILE: it and $spare/object, so that there is no moment without.  A
# folder that may not be written to cannot be renamed.
exchange() {
	[ ! -d "$1" ] || [ -L "$1" ] || chmod 700 "$1"
	/usr/bin/python3 -c 'import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
if libc.renameat2(-100, *[sys.argv[1].encode()], -100, sys.argv[2].encode(), 2):
    sys.exit(os.strerror(ctypes.get_errno()))' "$spare/object" "$1"
	[ -z "$mode" ] || chmod "$mode" "$1"
	mode=
}

# of ITEM: its path.
of() { if [ "$1" = folder ]; then echo "$slot"; else echo "$slot/$1"; fi; }

# instance: one that lives; $BEGUN, $slot, $keeper.
instance() {
	: >"$GUEST_LOG"
	with_handler "echo \"\$1\" >>'$handled'"
	slot=$(the_slot)
	keeper=$(keeper_of guest)
}

# remains: what is left of a slot when all was killed, as $spare/saved.
remains() {
	instance
	killed "$keeper" "$BEGUN"
	cp -a "$slot" "$spare/saved"
}

remain_again() {
	rm -rf "$slot"
	cp -a "$spare/saved" "$slot"
	: >"$GUEST_LOG"
}

# launches CASE STATUS: with CASE as the argument for the handler.  0: handed
# over, once.  5: started.  Else: one line, with the slot's folder in it.
launches() {
	local status=0 runs
	runs=$(constructors)
	launch "$GUESTS/guest" "$1" exit 5 2>said || status=$?
	[ "$status" = "$2" ] ||
		fail "$1: status $status, expected $2: $(cat said)"
	assert_equal "$1: ran $(($(constructors) - runs))" \
		"$1: ran $(($2 == 5))"
	assert_equal "$1: handled $(grep -cxF -- "$1" "$handled" || true)" \
		"$1: handled $(($2 == 0))"
	case $2 in
	0 | 5) assert_equal "$1: $(cat said)" "$1: " ;;
	*)
		assert_equal "$1: $(wc -l <said)" "$1: 1"
		grep -q "^onlyone: .*" said || fail "$1: $(cat said)"
		grep -qF "$slot" said || fail "$1: no name: $(cat said)"
		;;
	esac
	unharmed "$1"
}

# counts CASE N: onlyonectl comes to an end, and counts them.
counts() {
	run ctl count guest
	assert_equal "$1: $status $output" "$1: 0 $2"
	run --separate-stderr ctl list --json
	assert_equal "$1: $status $(jq length <<<"$output")" "$1: 0 $2"
}

# counts_not CASE: it may not look, and says so.
counts_not() {
	run -73 --separate-stderr ctl count guest
	assert_equal "$1: $output" "$1: "
	[[ $stderr == onlyonectl:*"$slot"* ]] || fail "$1: $stderr"
	run -73 --separate-stderr ctl list --json
	assert_equal "$1: $(jq length <<<"$output")" "$1: 0"
}

# tried KIND...: which of them this user tries.  Root reads and enters all.
tried() {
	local kind
	for kind; do
		case $root$kind in
		yunreadable | yclosed-dir | yfixed-dir | foreign-dir) ;;
		y* | dir | *-dir | fifo | link | garbage | unreadable)
			printf '%s\n' "$kind"
			;;
		esac
	done
}

# with_devices: a test of these; root makes nodes of devices for it.
with_devices() { [ ! "$root" ] || wants mknod; }

# What is no file, and what no folder of a slot.
NOFILE='dir full-dir fifo link link-dir dangling loop socket zero terminal
	foreign unreadable'
NOFOLDER='fifo link link-dir dangling loop socket empty garbage open-dir
	group-dir zero terminal foreign foreign-dir closed-dir fixed-dir'

# --- after an instance that has ended -----------------------------------------

# dead ITEM STATUS KIND...
dead() {
	local item=$1 want=$2 kind
	shift 2
	for kind in $(tried "$@"); do
		remain_again
		make "$kind"
		exchange "$(of "$item")"
		case $item:$kind in
		info:unreadable | mapping:unreadable | *:closed-dir)
			counts_not "dead $item $kind"
			;;
		*) counts "dead $item $kind" 0 ;;
		esac
		launches "dead $item $kind" "$want"
		[ "$want" = 5 ] || exchange "$(of "$item")"
		wait_until "dead $item $kind: it is free" \
			eval '[ "$want" != 5 ] || no_slots'
		launches "dead $item $kind, taken away" 5
		wait_until "dead $item $kind: nothing stays" no_slots
	done
}

@test "dead: files of no sense are no instance: a launch starts, and sweeps them" {
	remains
	dead pid 5 empty garbage huge
	dead info 5 empty garbage
	dead mapping 5 empty garbage huge
	dead sock 5 dir empty garbage huge fifo link dangling loop socket
}

@test "dead: in place of pid or mapping: 73, naming the slot, until it is taken away" {
	with_devices
	remains
	for file in pid mapping; do dead $file 73 $NOFILE; done
}

@test "dead: in place of info: 73, naming the slot, until it is taken away" {
	with_devices
	remains
	dead info 73 $NOFILE huge
}

@test "dead: in place of sock, what cannot be removed is 73" {
	remains
	dead sock 73 full-dir
}

@test "dead: in place of the folder: 73, naming it, until it is taken away" {
	with_devices
	remains
	dead folder 73 $NOFOLDER
	dead folder 5 dir
}

# --- beside one that lives -----------------------------------------------------

intact() {
	[ -f "$slot/pid" ] && [ ! -L "$slot/pid" ] && [ -f "$slot/info" ] &&
		[ ! -L "$slot/info" ] && [ -S "$slot/sock" ] &&
		[ ! -L "$slot/sock" ] && [ "$(cat "$slot/pid")" = "$BEGUN" ]
}

# live ITEM STATUS KIND...: what is still in place is taken away afterwards,
# and the keeper puts back what is missing.
live() {
	local item=$1 want=$2 kind
	shift 2
	for kind in $(tried "$@"); do
		make "$kind"
		exchange "$(of "$item")"
		launches "live $item $kind" "$want"
		# A keeper that has healed leaves nothing to be taken away.
		case $item:$want in
		mapping:*) exchange "$(of mapping)" ;;
		info:* | *:73) rm -rf "$(of "$item")" ;;
		*) intact || rm -rf "$(of "$item")" ;;
		esac
		launches "live $item $kind, taken away" 0
		wait_until "live $item $kind: it is whole again" intact
		counts "live $item $kind" 1
		pid_is guest "$BEGUN"
	done
	assert_equal "$(constructors)" 1
}

@test "live: in place of pid, info, mapping or sock: activated; and healed, info and mapping once it is taken away" {
	with_devices
	instance
	for file in pid info mapping; do
		live $file 0 $NOFILE empty garbage huge
	done
	live sock 0 ${NOFILE/full-dir } empty garbage
}

@test "live: whatever is in place of info, it is listed, and stopped" {
	for kind in empty garbage huge dir fifo link dangling socket \
		${root:+foreign}; do
		instance
		make "$kind"
		exchange "$slot/info"
		wait_until "info $kind: it counts" 5 count_is guest 1
		run ctl stop guest
		assert_equal "info $kind: stop $status" "info $kind: stop 0"
		wait_until "info $kind: nothing stays" no_slots
	done
}

@test "live: in place of sock, a full directory: activated or 73, and then healed" {
	instance
	live sock 73 full-dir
}

@test "live: in place of the folder: 73, naming it; taken away, it is healed" {
	with_devices
	instance
	live folder 73 $NOFOLDER
	live folder 0 dir
}

@test "live: a closed folder, pidfile or record of its own changes nothing" {
	instance
	for mode in 777 755 500; do
		chmod "$mode" "$slot"
		launches "live mode $mode" 0
		chmod 700 "$slot"
	done
	for file in pid info mapping; do
		chmod 0 "$slot/$file"
		launches "live no mode $file" 0
		chmod 600 "$slot/$file"
	done
	if [ "$root" ]; then
		for file in pid info mapping sock; do
			chown 1000:1000 "$slot/$file"
			launches "live foreign $file" 0
			chown 0:0 "$slot/$file"
		done
		chown 1000:1000 "$slot"
		launches 'live foreign folder' 0
		chown 0:0 "$slot"
	fi
	counts live 1
	assert_equal "$(constructors)" 1
}

# --- beside one whose keeper was killed ------------------------------------------

# bare ITEM STATUS KIND...: no keeper heals, so what was there is put back.
bare() {
	local item=$1 want=$2 kind
	shift 2
	for kind in $(tried "$@"); do
		keeper=$(keeper_of guest)
		killed "$keeper"
		make "$kind"
		exchange "$(of "$item")"
		launches "bare $item $kind" "$want"
		[ "$want" = 0 ] || exchange "$(of "$item")"
		launches "bare $item $kind, taken away" 0
		pid_is guest "$BEGUN"
	done
	assert_equal "$(constructors)" 1
}

@test "bare: in place of pid, info or mapping: 73, never a start; of pid files of no sense, of sock all that can be removed: activated" {
	with_devices
	instance
	bare pid 73 $NOFILE
	bare pid 0 empty garbage huge
	bare info 73 $NOFILE huge
	bare mapping 73 $NOFILE
	bare sock 0 fifo link link-dir dangling loop socket empty garbage zero \
		terminal foreign
}

# bats test_tags=check
@test "bare: in place of info, files of no sense: the mapping tells that it lives" {
	for kind in empty garbage; do
		instance
		killed "$keeper"
		make "$kind"
		exchange "$slot/info"
		# Of what application it is, only a launch knows.
		run ctl doctor
		refute_output --partial 'move it away'
		for verb in list 'stop guest'; do
			prints -69 --partial \
				"$slot: pid $BEGUN runs there, but its record was removed" \
				ctl $verb
		done
		alive "$BEGUN"
		# The handler was in there: that is said, by later keepers too.
		for twice in 1 2; do
			run --separate-stderr launch "$GUESTS/guest" "$kind" exit 5
			assert_equal "$kind: $status" "$kind: 69"
			says 'its record was removed: no handler is known'
			keeper_killed guest
		done
		run -0 launch "$GUESTS/guest"
		# To stop it is to send it TERM, and no KILL right after.
		run -1 grep -aqz '^kill-after=' "$slot/info"
		pid_is guest "$BEGUN"
		assert_equal "$(constructors)" 1
		frees killed "$BEGUN"
	done
}

@test "bare: in place of the folder: 73, naming it, never a start" {
	with_devices
	instance
	bare folder 73 $NOFOLDER
}

# --- forged numbers --------------------------------------------------------------

# others_find: $numbers, pids that are no instance of ours, and no pids.
others_find() {
	local theirs
	if [ "$root" ]; then
		begin theirs= setpriv --reuid=1000 --regid=1000 --clear-groups \
			sleep 300
	else
		theirs=$(pgrep -u 0 | sed -n 2p)
		[ "$theirs" ] || fail 'needs a process of root, beside process 1'
	fi
	numbers=("$STRANGER" "$theirs" "$$" 1 0 -1 -5 2147483647 4294967297
		99999999999999999999 '' x 0x10 " $STRANGER" "+$STRANGER")
}

@test "pid: forged numbers, the launch's own among them: started, or activated" {
	remains
	bystander
	others_find
	for n in "${numbers[@]}"; do
		remain_again
		printf '%s\n' "$n" >"$slot/pid"
		counts "dead pid $n" 0
		run ctl stop guest
		assert_equal "$n $status" "$n 3"
		frees launches "dead pid $n" 5
	done
	remain_again
	run -5 sh -c 'echo $$ >"$1/pid"; exec onlyone "$2" exit 5' sh "$slot" \
		"$GUESTS/guest"
	freed
	instance
	for n in "${numbers[@]}"; do
		printf '%s\n' "$n" >"$slot/pid"
		launches "live pid $n" 0
		pid_is guest "$BEGUN" || fail "live pid $n: another pid"
		keeper_killed guest
		printf '%s\n' "$n" >"$slot/pid"
		pid_is guest "$BEGUN" || fail "bare pid $n: another pid"
		launches "bare pid $n" 0
		pid_is guest "$BEGUN" || fail "bare pid $n: another pid"
	done
	assert_equal "$(constructors)" 1
}

# record NAME=VALUE...: these fields in info; VALUE - removes the field.
record() {
	/usr/bin/python3 - "$slot/info" "$@" <<-'END'
		import sys
		path = sys.argv[1]
		fields = open(path, "rb").read().split(b"\0")[:-1]
		for change in sys.argv[2:]:
		    name, value = change.encode().split(b"=", 1)
		    at = [i for i, f in enumerate(fields)
		        if f.startswith(name + b"=")][0]
		    if value == b"-":
		        del fields[at]
		    else:
		        fields[at] = name + b"=" + value
		open(path, "wb").write(b"".join(f + b"\0" for f in fields))
	END
}

# Records that tell of a process that is not the instance.
lies() {
	cat <<-END
		pid=$STRANGER
		pid=$STRANGER start=1 pidfs=0
		pid=$STRANGER start=1 pidfs=7
		pid=$STRANGER pidfs=-1
		pid=1
		pid=$$
		pid=$STRANGER keeper=$STRANGER first=$STRANGER session=$STRANGER
		pid=0
		pid=2147483647
		pid=4294967297
		boot=00000000-0000-0000-0000-000000000000
	END
}

@test "info: a record of somebody else: started, or the mapping tells who lives" {
	remains
	bystander
	while read -r lie; do
		remain_again
		record $lie
		counts "dead $lie" 0
		run ctl stop guest
		assert_equal "$lie: $status" "$lie: 3"
		run ctl signal KILL guest
		assert_equal "$lie: $status" "$lie: 3"
		frees launches "dead $lie" 5
	done < <(lies)
	instance
	while read -r lie; do
		keeper_killed guest
		record $lie
		counts "bare $lie" 1
		pid_is guest "$BEGUN" || fail "bare $lie: another pid"
		launches "bare $lie" 0
		pid_is guest "$BEGUN" || fail "bare $lie: another pid"
	done < <(lies)
	assert_equal "$(constructors)" 1
}

# bats test_tags=check
@test "info: without start and pidfs nothing can be told: 69, never a start" {
	remains
	bystander
	for start in 0 '' x 99999999999999999999; do
		remain_again
		record "pid=$STRANGER" "pidfs=$start" "start=$start"
		run -69 --separate-stderr launch "$GUESTS/guest" exit 5
		says "$STRANGER"
		assert_equal "$(constructors)" 0
		run ! ctl stop guest
		unharmed "start=$start"
	done
	rm -rf "$slot"
}

# --- the environment, and long names ---------------------------------------------

@test "ONLYONE_SLOT: a folder of FIFOs, one's own or somebody else's, holds up nobody" {
	shim=$(dirname "$(command -v onlyone)")/libonlyone.so
	mkdir -m 755 trap
	mkfifo -m 666 trap/pid trap/mapping trap/info trap/sock
	[ -z "$root" ] || chown -R 1000:1000 trap
	before=$(stat -c '%n %i %Y %Z' trap/* trap)
	for preload in "$shim" "${shim%/*}/./${shim##*/}"; do
		run -5 env ONLYONE_SLOT="$PWD/trap" LD_PRELOAD="$preload" \
			timeout $LIMIT "$GUESTS/guest" exit 5
		run -5 env ONLYONE_SLOT="$PWD/trap" LD_PRELOAD="$preload" \
			timeout $LIMIT sh -c 'exec "$0" exit 5' "$GUESTS/guest"
	done
	: >"$GUEST_LOG"
	# A launch with it: the program has its own, and is single.
	export ONLYONE_SLOT=$PWD/trap ONLYONE_APP=trap ONLYONE_KEY=trap
	instance
	tr '\0' '\n' <"/proc/$BEGUN/environ" >environ
	grep -qxF "ONLYONE_SLOT=$slot" environ
	run ! grep trap environ
	launches 'with a forged slot' 0
	unset ONLYONE_SLOT ONLYONE_APP ONLYONE_KEY
	assert_equal "$(stat -c '%n %i %Y %Z' trap/* trap)" "$before"
	# And one that is right in all but whose it is.
	rm trap/*
	stat -L -c %i /proc/self/ns/pid >trap/mapping
	[ -z "$root" ] || chown 1000:1000 trap trap/mapping
	begin sh -c 'echo $$ >trap/pid; [ -z "$3" ] || chown 1000 trap/pid
		exec env ONLYONE_SLOT="$PWD/trap" LD_PRELOAD="$1" "$2"' sh \
		"$shim" "$GUESTS/guest" "$root"
	guest_runs "$BEGUN"
	grep -q libonlyone.so "/proc/$BEGUN/maps"
	if [ "$root" ]; then
		run ! grep trap/mapping "/proc/$BEGUN/maps"
	else
		grep -q trap/mapping "/proc/$BEGUN/maps"
	fi
}

@test "long: a socket's path of 100 to 112 bytes and more is no matter" {
	local top=$ONLYONE_DIR n len=
	instance
	len=${#slot}
	frees killed "$BEGUN"
	# The whole of ROOT/SLOT/sock; the root grows byte by byte.
	for n in 100 105 106 107 108 109 110 112 300; do
		ONLYONE_DIR=$top/$(printf '%0*d' $((n - len - 6)) 0)
		ROOTS=("$ONLYONE_DIR" "$top")
		instance
		assert_equal "$(printf %s "$slot/sock" | wc -c)" "$n"
		launches "$n bytes" 0
		keeper_killed guest
		launches "$n bytes, keeper killed" 0
		make fifo
		exchange "$slot/sock"
		launches "$n bytes, a FIFO for a socket" 0
		killed "$BEGUN"
		wait_until 'nothing stays' eval '[ -z "$(ls "$ONLYONE_DIR")" ]'
		rm -r "$ONLYONE_DIR"
	done
	ROOTS=("$top")
	ONLYONE_DIR=$top
}

# leased FILE: a process has a lease on it (F_SETLEASE, for writers as well), and
# keeps it: $BEGUN.
leased() {
	rm -f has
	begin /usr/bin/python3 -c 'if 1:
		import fcntl, os, signal, sys, time
		fd = os.open(sys.argv[1], os.O_RDWR)
		signal.signal(signal.SIGIO, lambda *args: None)
		# As soon as nobody else has it open.
		while True:
			try:
				fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_WRLCK)
				break
			except BlockingIOError:
				time.sleep(0.01)
		open("has", "w").close()
		while True:
			time.sleep(1000)' "$@"
	wait_until 'it has a lease' test -e has
}

@test "lease: nobody waits for one, with a keeper or without" {
	for file in info mapping; do
		begin_guest owner= onlyone -a app "$GUESTS/guest"
		slot=$(the_slot)
		# With a keeper, which has mapping open: no lease on that.
		if [ $file = info ]; then
			leased "$slot/info"
			run -75 launch -n -a app true
			run -0 launch --skip -a app true
			assert_equal "$(ctl pid app)" "$owner"
			ended_by KILL "$BEGUN"
		fi
		keeper_killed app
		[ $file = info ] || killed "$owner"
		leased "$slot/$file"
		run timeout -k 5 $LIMIT strace -o trace onlyone -n -a app true
		assert_failure 73
		assert_output --partial "cannot read $slot/$file: "
		# What is open without that waits for 45 seconds.
		grep -qE '^openat.*"info".*NONBLOCK' trace
		run sed -nE '/O_(NONBLOCK|EXCL)/d
			/^openat.*"(info|mapping|pid)"/p' trace
		assert_output ''
		killed "$BEGUN"
		run -0 launch -a app true
		gone "$owner" || killed "$owner"
		wait_until 'nothing is left' swept
	done
}
