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

# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load lib/common

setup() {
	common_setup
	# On the same file system: objects are exchanged, at one blow.
	spare=$(mktemp -d "${ONLYONE_DIR%/*}/onlyone-test.XXXXXX")
	handled=$PWD/handled
	: >"$handled"
	mkdir -m 700 victims victims/dir
	echo precious >victims/file
	root=
	[ "$(id -u)" != 0 ] || root=y
}

teardown() {
	local left=0
	common_teardown || left=1
	rm -rf "$spare"
	return "$left"
}

# bystander: a process of ours, $STRANGER, that notes all signals it can.
bystander() {
	local sig words=()
	for sig in 1 2 3 10 12 13 14 15 18 20 23; do
		words+=(catch "$sig")
	done
	GUEST_LOG=$PWD/bystander.log begin "$GUESTS/guest" "${words[@]}"
	STRANGER=$BEGUN
	wait_until 'the bystander runs' "$PATIENCE" \
		file_has bystander.log ' main '
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
of() {
	if [ "$1" = folder ]; then echo "$slot"; else echo "$slot/$1"; fi
}

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

# tried KIND...: which of them this user tries.
tried() {
	local kind
	for kind; do
		case $root$kind in
		y* | dir | *-dir | fifo | link | garbage | unreadable)
			printf '%s\n' "$kind"
			;;
		esac
	done
}

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
		info:unreadable | image:unreadable | *:closed-dir)
			counts_not "dead $item $kind"
			;;
		*) counts "dead $item $kind" 0 ;;
		esac
		launches "dead $item $kind" "$want"
		[ "$want" = 5 ] || exchange "$(of "$item")"
		wait_until "dead $item $kind: it is free" 20 \
			eval '[ "$want" != 5 ] || no_slots'
		launches "dead $item $kind, taken away" 5
		wait_until "dead $item $kind: nothing stays" 20 no_slots
	done
}

@test "dead: files of no sense are no instance: a launch starts, and sweeps them" {
	remains
	dead pid 5 empty garbage huge
	dead info 5 empty garbage
	dead image 5 empty garbage huge
	dead sock 5 dir empty garbage huge fifo link dangling loop socket
}

@test "dead: in place of pid: 73, naming the slot, until it is taken away" {
	remains
	dead pid 73 dir full-dir fifo link link-dir dangling loop socket \
		${root:+zero terminal foreign}
	[ "$root" ] || dead pid 73 unreadable
}

@test "dead: in place of info: 73, naming the slot, until it is taken away" {
	remains
	dead info 73 dir full-dir fifo link link-dir dangling loop socket \
		huge ${root:+zero terminal foreign}
	[ "$root" ] || dead info 73 unreadable
}

@test "dead: in place of image: 73, naming the slot, until it is taken away" {
	remains
	dead image 73 dir full-dir fifo link link-dir dangling loop socket \
		${root:+zero terminal foreign}
	[ "$root" ] || dead image 73 unreadable
}

@test "dead: in place of sock, what cannot be removed is 73" {
	remains
	dead sock 73 full-dir
}

@test "dead: in place of the folder: 73, naming it, until it is taken away" {
	remains
	dead folder 73 fifo link link-dir dangling loop socket empty garbage \
		open-dir group-dir ${root:+zero terminal foreign foreign-dir}
	[ "$root" ] || dead folder 73 closed-dir fixed-dir
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
		image:*) exchange "$(of image)" ;;
		info:* | *:73) rm -rf "$(of "$item")" ;;
		*) intact || rm -rf "$(of "$item")" ;;
		esac
		launches "live $item $kind, taken away" 0
		wait_until "live $item $kind: it is whole again" 20 intact
		counts "live $item $kind" 1
		pid_is guest "$BEGUN"
	done
	assert_equal "$(constructors)" 1
}

@test "live: in place of pid: activated, and healed" {
	instance
	live pid 0 dir full-dir fifo link link-dir dangling loop socket empty \
		garbage huge ${root:+zero terminal foreign}
	[ "$root" ] || live pid 0 unreadable
}

@test "live: in place of info: activated, and taken away, healed" {
	instance
	live info 0 dir full-dir fifo link link-dir dangling loop socket empty \
		garbage huge ${root:+zero terminal foreign}
	[ "$root" ] || live info 0 unreadable
}

@test "live: whatever is in place of info, it is listed, and stopped" {
	local kind
	for kind in empty garbage huge dir fifo link dangling socket \
		${root:+foreign}; do
		instance
		make "$kind"
		exchange "$slot/info"
		wait_until "info $kind: it counts" 5 count_is guest 1
		run ctl stop guest
		assert_equal "info $kind: stop $status" "info $kind: stop 0"
		wait_until "info $kind: nothing stays" 20 no_slots
	done
}

@test "live: in place of image: activated" {
	instance
	live image 0 dir full-dir fifo link link-dir dangling loop socket empty \
		garbage huge ${root:+zero terminal foreign}
	[ "$root" ] || live image 0 unreadable
}

@test "live: in place of sock: activated, and healed" {
	instance
	live sock 0 dir fifo link link-dir dangling loop socket empty garbage \
		${root:+zero terminal foreign}
	[ "$root" ] || live sock 0 unreadable
}

@test "live: in place of sock, a full directory: activated or 73, and then healed" {
	instance
	live sock 73 full-dir
}

@test "live: in place of the folder: 73, naming it; taken away, it is healed" {
	instance
	live folder 73 fifo link link-dir dangling loop socket empty garbage \
		open-dir group-dir ${root:+zero terminal foreign foreign-dir}
	[ "$root" ] || live folder 73 closed-dir fixed-dir
	live folder 0 dir
}

@test "live: a closed folder, pidfile or record of its own changes nothing" {
	local mode file
	instance
	for mode in 777 755 500; do
		chmod "$mode" "$slot"
		launches "live mode $mode" 0
		chmod 700 "$slot"
	done
	for file in pid info image; do
		chmod 0 "$slot/$file"
		launches "live no mode $file" 0
		chmod 600 "$slot/$file"
	done
	if [ "$root" ]; then
		for file in pid info image sock; do
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

@test "bare: in place of pid: 73, never a start; files of no sense: activated" {
	instance
	bare pid 73 dir full-dir fifo link link-dir dangling loop socket \
		${root:+zero terminal foreign}
	[ "$root" ] || bare pid 73 unreadable
	bare pid 0 empty garbage huge
}

@test "bare: in place of info: 73, never a start" {
	instance
	bare info 73 dir full-dir fifo link link-dir dangling loop socket \
		huge ${root:+zero terminal foreign}
	[ "$root" ] || bare info 73 unreadable
}

@test "bare: in place of info, files of no sense: the image tells that it lives" {
	local kind
	for kind in empty garbage; do
		instance
		killed "$keeper"
		make "$kind"
		exchange "$slot/info"
		# The handler was in there: that is said.
		run --separate-stderr launch "$GUESTS/guest" "$kind" exit 5
		assert_equal "$kind: $status" "$kind: 0"
		says 'nobody took'
		pid_is guest "$BEGUN"
		assert_equal "$(constructors)" 1
		killed "$BEGUN"
		wait_until 'nothing stays' 20 no_slots
	done
}

@test "bare: in place of image: 73, never a start" {
	instance
	bare image 73 dir full-dir fifo link link-dir dangling loop socket \
		${root:+zero terminal foreign}
	[ "$root" ] || bare image 73 unreadable
}

@test "bare: in place of sock: activated, but for what cannot be removed" {
	instance
	bare sock 0 fifo link link-dir dangling loop socket empty garbage \
		${root:+zero terminal foreign}
}

@test "bare: in place of the folder: 73, naming it, never a start" {
	instance
	bare folder 73 fifo link link-dir dangling loop socket empty garbage \
		open-dir group-dir ${root:+zero terminal foreign foreign-dir}
	[ "$root" ] || bare folder 73 closed-dir fixed-dir
}

# --- forged numbers --------------------------------------------------------------

# others_find: $numbers, pids that are no instance of ours, and no pids.
others_find() {
	local theirs
	if [ "$root" ]; then
		begin setpriv --reuid=1000 --regid=1000 --clear-groups \
			sleep 300
		theirs=$BEGUN
	else
		theirs=$(pgrep -u 0 | sed -n 2p)
		[ "$theirs" ] || fail 'needs a process of root, beside process 1'
	fi
	numbers=("$STRANGER" "$theirs" "$$" 1 0 -1 -5 2147483647 4294967297
		99999999999999999999 '' x 0x10 " $STRANGER" "+$STRANGER")
}

@test "pid: forged numbers, the launch's own among them: started, or activated" {
	local n numbers
	remains
	bystander
	others_find
	for n in "${numbers[@]}"; do
		remain_again
		printf '%s\n' "$n" >"$slot/pid"
		counts "dead pid $n" 0
		run ctl stop guest
		assert_equal "$n $status" "$n 3"
		launches "dead pid $n" 5
		wait_until 'nothing stays' 20 no_slots
	done
	remain_again
	run -5 sh -c 'echo $$ >"$1/pid"; exec onlyone "$2" exit 5' sh "$slot" \
		"$GUESTS/guest"
	wait_until 'nothing stays' 20 no_slots
	instance
	for n in "${numbers[@]}"; do
		printf '%s\n' "$n" >"$slot/pid"
		launches "live pid $n" 0
		pid_is guest "$BEGUN" || fail "live pid $n: another pid"
		killed "$(keeper_of guest)"
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

@test "info: a record of somebody else: started, or the image tells who lives" {
	local lie
	remains
	bystander
	while read -r lie; do
		remain_again
		# shellcheck disable=SC2086
		record $lie
		counts "dead $lie" 0
		run ctl stop guest
		assert_equal "$lie: $status" "$lie: 3"
		run ctl signal KILL guest
		assert_equal "$lie: $status" "$lie: 3"
		launches "dead $lie" 5
		wait_until 'nothing stays' 20 no_slots
	done < <(lies)
	instance
	while read -r lie; do
		killed "$(keeper_of guest)"
		# shellcheck disable=SC2086
		record $lie
		counts "bare $lie" 1
		pid_is guest "$BEGUN" || fail "bare $lie: another pid"
		launches "bare $lie" 0
		pid_is guest "$BEGUN" || fail "bare $lie: another pid"
	done < <(lies)
	assert_equal "$(constructors)" 1
}

@test "info: without start and pidfs nothing can be told: 69, never a start" {
	remains
	bystander
	for start in 0 '' x 99999999999999999999; do
		remain_again
		record "pid=$STRANGER" "pidfs=$start" "start=$start"
		run --separate-stderr launch "$GUESTS/guest" exit 5
		assert_failure 69
		says "$STRANGER"
		assert_equal "$(constructors)" 0
		run ctl stop guest
		assert_failure
		unharmed "start=$start"
	done
	rm -rf "$slot"
}

@test "info: cut off at any length, or without one of its fields: no instance" {
	local len size name
	remains
	size=$(stat -c %s "$slot/info")
	for ((len = 1; len < size; len += size / 20)); do
		remain_again
		truncate -s "$len" "$slot/info"
		counts "cut at $len" 0
		launches "cut at $len" 5
		wait_until 'nothing stays' 20 no_slots
	done
	for name in activations keeper pid start pidfs pidns boot app scope \
		index since session first cwd lifetime end; do
		remain_again
		record "$name=-"
		counts "without $name" 0
		launches "without $name" 5
		wait_until 'nothing stays' 20 no_slots
	done
}

@test "info: odd numbers where no identity hangs on them: no harm" {
	local n
	bystander
	instance
	for n in -1 0 1 "$STRANGER" 2147483648 99999999999999999999 x ''; do
		killed "$(keeper_of guest)"
		record "keeper=$n" "first=$n" "session=$n" "activations=$n" \
			"since=$n" "index=$n"
		launches "numbers $n" 0
		pid_is guest "$BEGUN" || fail "numbers $n: another pid"
	done
	assert_equal "$(constructors)" 1
}

# --- the environment, and long names ---------------------------------------------

@test "ONLYONE_SLOT: a folder of FIFOs, one's own or somebody else's, holds up nobody" {
	local before shim
	shim=$(dirname "$(command -v onlyone)")/libonlyone.so
	mkdir -m 755 trap
	mkfifo -m 666 trap/pid trap/image trap/info trap/sock
	[ -z "$root" ] || chown -R 1000:1000 trap
	before=$(stat -c '%n %i %Y %Z' trap/* trap)
	for preload in "$shim" "${shim%/*}/./${shim##*/}"; do
		run -5 env ONLYONE_SLOT="$PWD/trap" LD_PRELOAD="$preload" \
			timeout 20 "$GUESTS/guest" exit 5
		run -5 env ONLYONE_SLOT="$PWD/trap" LD_PRELOAD="$preload" \
			timeout 20 sh -c 'exec "$0" exit 5' "$GUESTS/guest"
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
	stat -L -c %i /proc/self/ns/pid >trap/image
	[ -z "$root" ] || chown 1000:1000 trap trap/image
	begin sh -c 'echo $$ >trap/pid; [ -z "$3" ] || chown 1000 trap/pid
		exec env ONLYONE_SLOT="$PWD/trap" LD_PRELOAD="$1" "$2"' sh \
		"$shim" "$GUESTS/guest" "$root"
	guest_runs "$BEGUN"
	grep -q libonlyone.so "/proc/$BEGUN/maps"
	if [ "$root" ]; then
		run ! grep trap/image "/proc/$BEGUN/maps"
	else
		grep -q trap/image "/proc/$BEGUN/maps"
	fi
}

@test "long: a socket's path of 100 to 112 bytes and more is no matter" {
	local top=$ONLYONE_DIR n len=
	instance
	len=${#slot}
	killed "$BEGUN"
	wait_until 'nothing stays' 20 no_slots
	# The whole of ROOT/SLOT/sock; the root grows byte by byte.
	for n in 100 105 106 107 108 109 110 112 300; do
		ONLYONE_DIR=$top/$(printf '%0*d' $((n - len - 6)) 0)
		ROOTS=("$ONLYONE_DIR" "$top")
		instance
		assert_equal "$(printf %s "$slot/sock" | wc -c)" "$n"
		launches "$n bytes" 0
		killed "$(keeper_of guest)"
		launches "$n bytes, keeper killed" 0
		make fifo
		exchange "$slot/sock"
		launches "$n bytes, a FIFO for a socket" 0
		killed "$BEGUN"
		wait_until 'nothing stays' 20 eval '[ -z "$(ls "$ONLYONE_DIR")" ]'
		rmdir "$ONLYONE_DIR"
	done
	ROOTS=("$top")
	ONLYONE_DIR=$top
}
