# as: root
# attacks.bats: another user, or a process that sees other files, tries to run code as
# us, to stop our processes, or to keep us from running them.
#
# The attacker is uid 1001, and knows what is not secret: uid, root and application,
# and so the names of slot and lock.
load lib/common

own_setup() {
	umask 022
	# Where set-user-ID programs work.
	place=$(mktemp -d /tmp/onlyone-test.XXXXXX)
	LITTER+=("$place")
	chmod 755 "$place"
	LOOT=$place/loot
	mkdir -m 1777 "$LOOT"
	ATTACKER=(setpriv --reuid=1001 --regid=1001 --clear-groups)
	PREY=()
	FILTER=(env) # before launches of ours
}

own_teardown() {
	# They may have nothing of ours in their environment.
	[ "${#PREY[@]}" = 0 ] || kill -KILL "${PREY[@]}" 2>/dev/null || true
}

# evil: $EVIL, a library: a process that loads it is compromised; a file names it.
evil() {
	EVIL=$place/evil.so
	gcc -shared -fPIC -DLOOT="\"$LOOT\"" -o "$EVIL" -xc - <<-'END'
		#include <fcntl.h>
		#include <stdio.h>
		#include <unistd.h>
		__attribute__((constructor)) static void evil(void) {
			char name[256];
			snprintf(name, sizeof(name), "%s/uid-%d", LOOT, getpid());
			close(open(name, O_WRONLY | O_CREAT, 0666));
		}
	END
}

# unbroken: only the attacker himself has loaded what he wrote.
unbroken() { prints '' find "$LOOT" -name 'uid-*' ! -user 1001; }

has_uids() { grep -q "^Uid:.$2" "/proc/$1/status"; }

@test "attack: a mark in the environment of a stranger, a set-user-ID program, a sandbox keeps no slot" {
	local slot how marked job='echo $$ >root; exec sleep 1000'
	evil
	cp /bin/sleep "$place/suid"
	chmod 4755 "$place/suid"
	# env -i, or it would be killed with the test.
	for how in "${ATTACKER[*]} env -i LD_PRELOAD=$EVIL ONLYONE_SLOT=%s sleep" \
		"${ATTACKER[*]} env -i ONLYONE_SLOT=%s $place/suid" \
		'setpriv --no-new-privs env -i ONLYONE_SLOT=%s sleep' \
		'setpriv --bounding-set=-all env -i ONLYONE_SLOT=%s sleep'; do
		echo "$how" >&2
		rm -f root
		begin owner= onlyone --lifetime=tree --on-activate='echo handled >>runs' \
			-a job sh -c "$job"
		wait_until 'the program runs' test -s root
		slot=$(the_slot)
		begin marked= ${how/\%s/$slot ONLYONE_RUN=$(the_run)} 300
		PREY+=("$marked")
		wait_until 'it is what it is to be' \
			eval '[[ $(tr "\0" " " <"/proc/$marked/cmdline") =~ (sleep|suid)" "300 ]]'
		killed "$owner" "$(keeper_of job)" "$(<root)"
		run -3 launch -a job sh -c 'exit 3'
		freed
		unbroken
		alive "$marked"
	done
}

@test "attack: an owner that has changed its user cannot choose what a handler loads; a daemon keeps its slot" {
	evil
	begin onlyone -q -a job --on-activate='echo handled >>runs' \
		"${ATTACKER[@]}" env "LD_PRELOAD=$EVIL" sleep 300
	wait_until 'it has changed its user' has_uids "$BEGUN" 1001
	wait_until 'it is what it is to be' grep -qzx sleep "/proc/$BEGUN/cmdline"
	run -0 launch -a job true x
	keeper_killed job
	run -0 launch -a job true y
	unbroken
	has_lines runs 2
	pid_is job "$BEGUN"
	run -0 ctl stop job
	local copy py='import os, sys, time
changed = os.pipe()
if os.fork():
    os.read(changed[0], 1)
    os._exit(0)
os.setsid()
os.setgid(1001); os.setuid(1001)
open(sys.argv[1], "w").write(str(os.getpid()))
os.write(changed[1], b"x")
time.sleep(300)'
	quietly launch -a job /usr/bin/python3 -c "$py" "$LOOT/copy"
	wait_until 'the copy lives' test -s "$LOOT/copy"
	copy=$(<"$LOOT/copy")
	PREY+=("$copy")
	run -75 launch -n -a job false
	run -69 ctl stop job
	alive "$copy"
	killed "$copy"
	freed job
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

# squatted WHO PROGRAM [COMMAND...]: such a process, with $NAME and ${names[@]}; a
# launch starts nevertheless, with a line; later ones meet it, and are one, and
# doctor tells.
squatted() {
	local who=$1 program=$2 squatter
	rm -f "$LOOT/ready"
	begin squatter= "${@:3}" /usr/bin/python3 -c "$SQUAT" "$LOOT/ready" "$program" \
		"${names[@]}" "$NAME"
	PREY+=("$squatter")
	wait_until 'it has the name' \
		eval 'grep -qzx 300 "/proc/$squatter/cmdline" && [ -e "$LOOT/ready" ]'
	[[ $program != *suid ]] || has_uids "$squatter" '1001.0.0.0'
	timeout -k 5 $LIMIT "${FILTER[@]}" "$GUESTS/storm" -s 5 "$BUILD/onlyone" -a job \
		--on-activate='echo handled' "$GUEST" >out 2>said
	[[ $(<out) == *'0 4'*'running 1' ]]
	grep -q "another process.*$who has the lock name of .*; starting" said
	prints -0 handled launch -a job true x
	prints -1 --partial 'another process had its lock name' ctl doctor
	keeper_killed job
	prints -0 handled launch -a job true x
	notes constructor 1
	: >"$GUEST_LOG"
	run -0 ctl stop job
	alive "$squatter"
	killed "$squatter"
}

@test "stranger: another user, or one elsewhere, has the lock name: a line, no refusal, never two" {
	wants mount
	local names=()
	begin onlyone -a job sleep 300
	wait_until 'it runs' pid_is job "$BEGUN"
	# What its lock binds, as bind(2) gets it, less the NUL.
	NAME=$(awk 'NR == FNR { want[$1]; next } $7 in want && $8 ~ /^@/ {
		print substr($8, 2) }' <(find "/proc/$(keeper_of job)/fd" \
		-lname 'socket:*' -printf '%l\n' | sed 's/.*\[\(.*\)\]/\1/') /proc/net/unix)
	[[ $NAME == onlyone/* ]]
	frees kill -TERM "$BEGUN"
	cp /bin/sleep "$place/suid"
	chmod 4755 "$place/suid"
	squatted '(user 1001)' "$place/suid" "${ATTACKER[@]}"
	squatted '' /bin/sleep unshare -m
	# Names with newlines in them fake no table.
	names=($'100\n0: 2 0 0 0001 01 1 @'"$NAME"$'\n')
	squatted '(user 1001)' /bin/sleep "${ATTACKER[@]}"
	# Without netlink the kernel does not say which user owns it.
	FILTER=("$GUESTS/refuse" EAFNOSUPPORT netlink)
	squatted '(the kernel does not tell whose)' /bin/sleep "${ATTACKER[@]}"
	FILTER=("$GUESTS/refuse" EPERM netlink,poll,statx)
	squatted '(the kernel does not tell whose)' "$place/suid" "${ATTACKER[@]}"
	# Another instance of ours, and its keeper, are not taken for what has it.
	begin onlyone -a other sleep 300
	wait_until 'it runs' pid_is other "$BEGUN"
	squatted '(the kernel does not tell whose)' /bin/sleep unshare -m
	# Nor by fake lines of the table, with the sockets of that keeper.
	names=()
	for inode in $(find "/proc/$(keeper_of other)/fd" -lname 'socket:*' \
		-printf '%l\n' | tr -dc '0-9\n'); do
		names+=($'100\n0: 2 0 0 0001 01 '"$inode @$NAME"$'\n')
	done
	squatted '(the kernel does not tell whose)' /bin/sleep "${ATTACKER[@]}"
}

# In a mount namespace with another folder at the same root, as a service has
# with a /tmp of its own.
APART=(unshare -m sh -c 'mkdir -p -m 700 other
	mount --bind "$PWD/other" "$ONLYONE_DIR" && exec "$@"' sh)

@test "elsewhere: an instance whose keeper sees another /tmp is believed by each policy, and waited for" {
	wants mount
	begin_guest there= "${APART[@]}" onlyone "$GUEST"
	run -75 --separate-stderr onlyone -n "$GUEST"
	says 'is running where it sees other files'
	run -7 onlyone -n -E 7 "$GUEST"
	prints -0 '' onlyone --skip "$GUEST"
	run -75 --separate-stderr onlyone -n --overdue=1d "$GUEST"
	says '--overdue cannot tell for how long'
	for how in '' --join --replace; do
		run -69 --separate-stderr onlyone $how "$GUEST"
		says "cannot be reached from here (its keeper: pid *)*use the same $ONLYONE_DIR on both sides"
	done
	run onlyone --dry-run "$GUEST"
	assert_line --partial "would:       exit with 69: $GUEST is running where it sees other"
	notes constructor 1
	run -5 --separate-stderr onlyone --on-error=run "$GUEST" exit 5
	assert_equal "${#stderr_lines[@]}" 2
	# The waiting launch starts when it has exited; from there, that is believed.
	begin onlyone -v -w 600 "$GUEST" 2>said
	wait_until 'it says that it waits' file_has said 'waiting: .*/guest'
	ended_by TERM "$there"
	guest_runs "$BEGUN"
	run -75 "${APART[@]}" onlyone -n "$GUEST"
	run -69 "${APART[@]}" onlyone "$GUEST"
}

@test "elsewhere: with -j other slots are used; keepers with fewer rights are believed, dead ones are not" {
	wants mount userns
	begin_guest there= "${APART[@]}" onlyone -j 2 "$GUEST"
	begin_guest onlyone -j 2 "$GUEST"
	run -75 launch -n -j 2 "$GUEST"
	assert_equal "$(left_in | wc -l)" 1 # a folder made for nothing goes
	frees ended_by TERM "$BEGUN"
	begin_guest "${APART[@]}" onlyone -j 2 "$GUEST"
	run -69 launch -j 2 "$GUEST"
	ended_by TERM "$there" "$BEGUN"
	wait_until 'the slot there is free' eval '[ -z "$(ls other)" ]'
	begin_guest there= "${APART[@]}" setpriv --no-new-privs \
		--bounding-set=-sys_time onlyone "$GUEST"
	run -75 launch -n "$GUEST"
	run -69 launch "$GUEST"
	wait_until 'its keeper has its name' \
		eval 'keeper=$(pgrep -f "^onlyone keeper of $there\$")'
	killed "$keeper"
	run -5 launch -n "$GUEST" exit 5
	killed "$there"
	begin_guest onlyone "$GUEST"
	prints -69 --partial 'cannot be reached from here' \
		timeout -k 5 $LIMIT unshare -Uc "${APART[@]}" onlyone "$GUEST"
}
