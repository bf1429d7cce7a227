#!/usr/bin/env bats
# as: root
# attacks.bats: what another user of the machine does to run code as us, to
# stop what is ours, or to keep us from running it: with real accounts.
#
# The victim is root, and uid 1000 where that is another thing; the attacker is
# uid 1001.  He knows what is not secret: uid, root and application, and so the
# names of slot and witness.
load lib/common

setup() {
	common_setup
	umask 022
	# Where set-user-ID programs work.
	place=$(mktemp -d /tmp/onlyone-test.XXXXXX)
	chmod 755 "$place"
	LOOT=$place/loot
	mkdir -m 1777 "$LOOT"
	EVIL=$place/evil.so
	# Whoever loads it has been broken into: the file says who.
	printf '%s\n' '#include <fcntl.h>' '#include <stdio.h>' \
		'#include <unistd.h>' \
		'__attribute__((constructor)) static void evil(void) {' \
		'char name[256]; snprintf(name, sizeof(name), "%s/uid-%d", LOOT, getpid());' \
		'close(open(name, O_WRONLY | O_CREAT, 0666)); }' >"$place/evil.c"
	gcc -shared -fPIC -DLOOT="\"$LOOT\"" -o "$EVIL" "$place/evil.c"
	ATTACKER=(setpriv --reuid=1001 --regid=1001 --clear-groups)
	PREY=()
}

teardown() {
	local pid left=0
	# They may have nothing of ours in their environment.
	for pid in "${PREY[@]}"; do kill -KILL "$pid" 2>/dev/null || true; done
	common_teardown || left=1
	umount -l "$place/state" 2>/dev/null || true
	rm -rf "$place"
	return "$left"
}

# unbroken: nobody but the attacker himself has loaded what he wrote.
unbroken() { prints '' find "$LOOT" -name 'uid-*' ! -user 1001; }

# --- code as another user ---------------------------------------------------------

@test "attack: a mark in the environment of a stranger: no part of a tree, no environment for handlers" {
	begin onlyone -w 30 --lifetime=tree --on-activate='echo handled >>runs' \
		-a job sh -c 'echo $$ >root; until [ -e gate ]; do sleep 0.02; done'
	wait_until 'the program runs' test -s root
	slot=$(the_slot)
	begin evil= "${ATTACKER[@]}" env -i "ONLYONE_SLOT=$slot" \
		"LD_PRELOAD=$EVIL" sleep 300
	wait_until 'the attacker is there' eval '[ "$(find "$LOOT" -user 1001)" ]'
	# With the keeper gone the next launch looks for who lives.
	killed "$(keeper_of job)" "$(cat root)"
	run launch -n -a job true
	[ "$(ctl pid job 2>/dev/null)" != "$evil" ]
	run launch -a job true
	unbroken
	ctl stop job || true
	alive "$evil"
	unbroken
}

@test "attack: a mark in a set-user-ID program that a stranger has begun" {
	begin onlyone --lifetime=tree -a job sh -c \
		'echo $$ >root; until [ -e gate ]; do sleep 0.02; done'
	wait_until 'the program runs' test -s root
	slot=$(the_slot)
	cp /bin/sleep "$place/suid"
	chmod 4755 "$place/suid"
	begin su= "${ATTACKER[@]}" env -i "ONLYONE_SLOT=$slot" "$place/suid" 300
	wait_until 'it has root for its user' \
		grep -q '^Uid:.1001.0.0.0' "/proc/$su/status"
	kill -KILL "$PARENT" 2>/dev/null || true
	killed "$(keeper_of job)" "$(cat root)"
	wait_until "nothing is left" swept
	alive "$su"
}

@test "attack: a mark in a process of ours with fewer rights: a sandbox keeps no slot" {
	wants userns
	local slot parent how inner
	for how in 'setpriv --no-new-privs' 'setpriv --bounding-set=-all' \
		'unshare -Ur'; do
		rm -f root gate
		begin parent= onlyone --lifetime=tree -a job sh -c \
			'echo $$ >root; until [ -e gate ]; do sleep 0.02; done'
		wait_until 'the program runs' test -s root
		slot=$(the_slot)
		begin inner= $how env -i "ONLYONE_SLOT=$slot" \
			"ONLYONE_DIR=$ONLYONE_DIR" sleep 300
		wait_until 'it is what it is to be' \
			grep -qzx sleep "/proc/$inner/cmdline"
		killed "$parent" "$(keeper_of job)" "$(cat root)"
		freed job
		alive "$inner"
		killed "$inner"
	done
}

# A file system of the attacker's own, with files of inode numbers in a row,
# each mapped as the mapping is, and unlinked, under the mapping's path.
TWINS='
import mmap, os, sys, time
want, slot, ready = int(sys.argv[1]), sys.argv[2], sys.argv[3]
os.makedirs("/mnt" + slot)
os.chdir("/mnt" + slot)
kept = []
ino = 0
while ino < want + 200:
    fd = os.open("mapping", os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    ino = os.fstat(fd).st_ino
    os.ftruncate(fd, 4096)
    if ino >= want - 200:
        kept.append(mmap.mmap(fd, 4096, mmap.MAP_SHARED, 0))
    os.unlink("mapping")
    os.close(fd)
os.close(os.open(ready, os.O_WRONLY | os.O_CREAT))
time.sleep(300)
'

# twins SLOT: $TWIN maps 400 files that look like its mapping.
twins() {
	local inode
	inode=$(stat -c %i "$1/mapping")
	begin TWIN= "${ATTACKER[@]}" env "LD_PRELOAD=$EVIL" unshare -Urm sh -c '
		mount -t tmpfs none /mnt && exec /usr/bin/python3 -c "$@"' sh \
		"$TWINS" "$inode" "$1" "$LOOT/ready"
	PREY+=("$TWIN")
	wait_until 'the twins are mapped' 60 test -e "$LOOT/ready"
	file_has "/proc/$TWIN/maps" " ---s 00000000 [^ ]+ $inode .*$1/mapping" ||
		fail "$(grep mapping "/proc/$TWIN/maps" | head -3), not $inode"
}

# A state root on a file system of its own, whose numbers are low.
fresh_root() {
	mkdir "$place/state"
	mount -t tmpfs none "$place/state"
	chmod 700 "$place/state"
	touch "$place/state"/{1..99}
	rm "$place/state"/*
	export ONLYONE_DIR=$place/state
	ROOTS+=("$place/state")
}

# gated [OPTION...]: a program that daemonises itself when it may.
gated() {
	begin ROOT= onlyone -a job "$@" sh -c \
		'until [ -e gate ]; do sleep 0.02; done; exec "$1"' sh \
		"$GUESTS/daemonize"
	wait_until 'it is there' pid_is job "$ROOT"
}

@test "attack: files of a file system of one's own look like the mapping: the daemon is the instance, and nobody else" {
	wants mount userns
	local slot
	fresh_root
	gated --on-activate='echo handled >>runs'
	slot=$(the_slot)
	twins "$slot"
	: >gate
	wait_until 'the copy lives' notes copy 1
	ended "$ROOT"
	wait_until 'the copy is the instance' pid_is job "$(noted copy)"
	keeper_killed job
	run -0 launch -a job true
	pid_is job "$(noted copy)"
	run -0 ctl stop job
	gone "$(noted copy)"
	alive "$TWIN"
	count_is job 0
	notes main 1
	unbroken
}

@test "attack: with the daemon killed, what looks like its mapping keeps no slot" {
	wants mount userns
	local slot
	fresh_root
	gated
	slot=$(the_slot)
	twins "$slot"
	kill -KILL "$ROOT"
	freed job
	gated
	killed "$(keeper_of job)" "$ROOT"
	run -3 launch -a job sh -c 'exit 3'
	alive "$TWIN"
	unbroken
}

@test "attack: an owner that has changed its user cannot choose what a handler loads" {
	for how in '' --replace; do
		if [ "$how" ]; then
			begin onlyone -a job sleep 300
			wait_until 'one is there' pid_is job "$BEGUN"
		fi
		begin onlyone -q $how -a job --on-activate='echo handled >>runs' \
			"${ATTACKER[@]}" env "LD_PRELOAD=$EVIL" sleep 300
		wait_until 'it has changed its user' \
			grep -q '^Uid:.1001.1001.1001.1001' "/proc/$BEGUN/status"
		wait_until 'it is what it is to be' \
			grep -qzx sleep "/proc/$BEGUN/cmdline"
		run -0 launch -a job true x
		keeper_killed job
		run -0 launch -a job true y
		run -0 launch -a job true z
		unbroken
		pid_is job "$BEGUN"
		run -0 ctl stop job
	done
	has_lines runs 6
}

@test "attack: a daemon that has changed its user keeps its slot, and no more is believed of it" {
	local py='import os, sys, time
changed = os.pipe()
if os.fork():
    os.read(changed[0], 1)
    os._exit(0)
os.setsid()
os.setgid(1001); os.setuid(1001)
open(sys.argv[1], "w").write(str(os.getpid()))
os.write(changed[1], b"x")
time.sleep(300)' copy
	quietly launch -a job /usr/bin/python3 -c "$py" "$LOOT/copy"
	wait_until 'the copy lives' test -s "$LOOT/copy"
	copy=$(cat "$LOOT/copy")
	PREY+=("$copy")
	run -75 launch -n -a job false
	run -69 ctl pid job
	run -69 ctl stop job
	alive "$copy"
	killed "$copy"
	freed job
}

# --- that it does not run -----------------------------------------------------------

# lock_name: of the instance that runs: as bind(2) gets it, less the NUL.
lock_name() {
	local inodes
	inodes=$(find "/proc/$(keeper_of job)/fd" -lname 'socket:*' \
		-printf '%l\n' | sed 's/.*\[\(.*\)\]/\1/')
	awk 'NR == FNR { want[$1]; next } $7 in want && $8 ~ /^@/ {
		print substr($8, 2) }' <(echo "$inodes") /proc/net/unix
}

# One start and one end, for the name.
name_learn() {
	begin onlyone -a job sleep 300
	wait_until 'it runs' pid_is job "$BEGUN"
	NAME=$(lock_name)
	[[ $NAME == onlyone/* ]]
	frees kill -TERM "$BEGUN"
}

# What binds names, and becomes another program with them.
SQUAT='
import os, socket, sys
kept = [socket.socket(socket.AF_UNIX) for _ in sys.argv[3:]]
for s, name in zip(kept, sys.argv[3:]):
    s.bind(b"\0" + os.fsencode(name))
    s.set_inheritable(True)
os.close(os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT))
os.execv(sys.argv[2], [sys.argv[2], "300"])
'

# starts_all_the_same: with a note that names the user; later launches meet it,
# and doctor says who sits there.  (His processes are not looked at.)
starts_all_the_same() {
	begin onlyone -a job --on-activate='echo handled' sleep 300 2>said
	wait_until 'it runs' pid_is job "$BEGUN"
	has_lines said 1
	file_has said 'another process \(user 1001\) has the lock name of .*; starting'
	prints -0 handled launch -a job true x
	prints -1 --partial 'another process had its lock name' ctl doctor
	keeper_killed job
	prints -0 handled launch -a job true x
	run -0 ctl stop job
}

@test "attack: a stranger has the name lock and becomes a set-user-ID program: no keeper of ours" {
	name_learn
	cp /bin/sleep "$place/suid"
	chmod 4755 "$place/suid"
	begin PREY+= "${ATTACKER[@]}" /usr/bin/python3 -c "$SQUAT" \
		"$LOOT/ready" "$place/suid" "$NAME"
	wait_until 'it has root for its user' \
		grep -q '^Uid:.1001.0.0.0' "/proc/$BEGUN/status"
	starts_all_the_same
}

@test "attack: names with newlines in them are no lines of a table: nobody else is signalled, nothing refused" {
	local victim inode i names=()
	name_learn
	begin victim= /usr/bin/python3 -c 'import signal, socket, sys
def urgent(*_): open("signalled", "w")
signal.signal(signal.SIGURG, urgent)
s = socket.socket(socket.AF_UNIX)
open("inode", "w").write(str(__import__("os").fstat(s.fileno()).st_ino))
while True: signal.pause()'
	wait_until 'the bystander is there' test -s inode
	inode=$(cat inode)
	for i in {100..160}; do
		names+=("$i"$'\n'"0: 2 0 0 0001 01 $inode @$NAME"$'\n')
	done
	begin PREY+= "${ATTACKER[@]}" /usr/bin/python3 -c "$SQUAT" \
		"$LOOT/ready" /bin/sleep "${names[@]}" "$NAME"
	wait_until 'the names are taken' test -e "$LOOT/ready"
	starts_all_the_same
	[ ! -e signalled ]
	alive "$victim"
}

# What maps the file that argv[1] leads to as a program maps its mapping, and is
# another user then.
TWIN='
import mmap, os, sys, time
while not os.path.exists(sys.argv[1]):
    time.sleep(0.01)
fd = os.open(sys.argv[1], os.O_RDWR)
kept = mmap.mmap(fd, 1, flags=mmap.MAP_SHARED, prot=0)
os.setresgid(1001, 1001, 1001)
os.setresuid(1001, 1001, 1001)
os.close(os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT))
time.sleep(300)
'

# Two subvolumes of btrfs show one device in maps, and have the same numbers of
# files: whoever maps many of his own maps what looks like each mapping.
@test "attack: a stranger older than it maps what looks like a daemon's mapping: the daemon is found, and ended" {
	begin PREY+= setsid env -u ONLYONE_DIR /usr/bin/python3 -c "$TWIN" \
		"$place/mapping" "$LOOT/ready"
	begin onlyone -a d "$GUESTS/forker" wait "$PWD/gate" daemon
	wait_until 'it runs' pid_is d "$BEGUN"
	ln -s "$(the_slot)/mapping" "$place/mapping"
	wait_until 'he maps it' test -e "$LOOT/ready"
	: >gate
	wait_until 'it is a daemon' notes here 1
	daemon=$(noted here)
	wait_until 'it is the instance' pid_is d "$daemon"
	keeper_killed d
	prints -75 --partial "pid $daemon" launch -n -a d true
	keeper_killed d
	run -0 ctl stop d
	ended "$daemon"
	wait_until 'the slot is free' swept
}
