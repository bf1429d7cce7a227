#!/usr/bin/env bats
# as: root
# others.bats: root looks at, and steers, other users' instances.
#
# --user and --all-users: what root would see as that user, and no more; what
# that user has made up hurts nobody, and names no process that is not his.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load lib/default

own_setup() {
	FORGER=$(cat "$LIB/forger.py")
	export FORGER
	cat >>prelude <<-'END'
		ctl() { timeout -k 5 $((2 * LIMIT)) onlyonectl "$@"; }
		# gives STATUS COMMAND...: it ends so; what it says is in /run/said.
		gives() {
			local code=0
			"${@:2}" >/run/said 2>&1 || code=$?
			[ "$code" = "$1" ] ||
				{ echo "not $1 but $code: ${*:2}"; cat /run/said; exit 1; }
		}
		pid_of() { me "$1" onlyonectl pid guest; }
		# bereft: uid 1000 has an instance, $slot, without a keeper.
		bereft() {
			start 1000
			slot=$(dirname "$(find /tmp/onlyone-1000 -name info)")
			keeper=$(me 1000 onlyonectl list --json | jq .[].keeper)
			kill -KILL $keeper
			awaits eval "! kill -0 $keeper ||
				grep -q ^State:.Z /proc/$keeper/status" 2>/dev/null
			me 1000 rm -f $slot/sock
		}
	END
}

# root_world SCRIPT: as root, the other user being uid 1000: without an entry in
# the password file; and with one.
root_world() {
	world_once 1000 0 '' "$1"
	world_once 1000 0 y "$1"
}

# bats test_tags=check
@test "user: list, status, pid, count are what that user sees, whatever root has" {
	root_world '
		start 1000 -k one
		start 0
		pid=$(me 1000 onlyonectl pid guest)
		for user in 1000 "$(getent passwd 1000 | cut -d: -f1)"; do
			[ "$user" ] || continue
			ONLYONE_DIR=/nowhere gives 0 ctl list --user=$user --json
			is "$(jq -c "[.[] | .pid, .key, .state]" /run/said)" \
				"[$pid,\"one\",\"running\"]"
			is "$(jq -r ".[].user" /run/said)" \
				"$(getent passwd 1000 | cut -d: -f1 | grep . || echo 1000)"
			gives 0 ctl list --user=$user
			said "^USER  *APP  *KEY  *PID  *STATE  *SINCE  *COMMAND$"
			said "guest  *one  *$pid  *running"
			gives 0 ctl pid guest one --user=$user
			is "$(cat /run/said)" $pid
			gives 0 ctl count --user=$user guest
			is "$(cat /run/said)" 1
			gives 0 ctl status --user=$user guest
			said "guest is running, pid $pid, for"
			gives 3 ctl status --user=$user nothing
		done
		gives 0 ctl list --json
		is "$(jq length /run/said)" 1'
}

@test "user: signal, wait, stop, seal, cancel and the line are as that user says" {
	root_world '
		start 1000
		pid=$(pid_of 1000)
		gives 75 ctl wait -w 0.1 --user=1000 guest
		gives 0 ctl seal guest --user=1000
		gives 0 ctl is-sealed guest --user=1000
		gives 1 ctl is-sealed guest
		gives 0 ctl unseal guest --user=1000
		gives 1 ctl is-sealed guest --user=1000
		me 1000 onlyone --wait "$GUESTS/guest" 2>/run/cancelled 3>&- &
		waiter=$!
		awaits eval "[ \"\$(ctl list --waiting --json --user=1000 |
			jq length)\" = 1 ]"
		gives 0 ctl list --waiting --user=1000
		said "wait .*onlyone --wait"
		gives 0 ctl cancel guest --user=1000
		code=0; wait $waiter || code=$?
		is $code 75
		grep -q "cancelled by onlyonectl, pid" /run/cancelled
		gives 0 ctl signal STOP guest --user=1000
		awaits grep -q "^State:.T" /proc/$pid/status
		exec 2>/dev/null
		gives 0 ctl stop --kill-after=0.1 --user=1000 guest
		[ ! -e /proc/$pid ] || grep -q "^State:.Z" /proc/$pid/status
		gives 3 ctl stop --user=1000 guest
		gives 3 ctl signal HUP --user=1000 guest
		gives 0 ctl wait --user=1000 guest'
}

@test "all users: list has them all, count and stop are of all" {
	root_world '
		start 1000
		start 1001
		start 0
		gives 0 ctl list --all-users --json
		is "$(jq -c "[.[].pid]" /run/said)" \
			"[$(pid_of 0),$(pid_of 1000),$(pid_of 1001)]"
		gives 0 ctl list --all-users
		is "$(wc -l </run/said)" 4
		gives 0 ctl count --all-users guest
		is "$(cat /run/said)" 3
		stop 1000
		gives 0 ctl stop --all-users guest
		gives 3 ctl stop --all-users guest
		gives 0 ctl count --all-users guest
		is "$(cat /run/said)" 0'
}

@test "usage: only root may (77); no such user, both, and verbs that make no sense are 64" {
	root_world '
		for word in --user=0 --user=1000 --all-users; do
			gives 77 me 1000 onlyonectl list $word
		done
		for user in nobody-of-this-name "" -1 4294967295 1x; do
			gives 64 ctl list --user="$user"
		done
		gives 64 ctl list --user=1000 --all-users
		gives 64 ctl list --user=1000 --raw
		gives 64 ctl pid --all-users guest
		for verb in "hold x" "activate x" "listen x" "reset x" "rekey x y z" \
			"adopt x --pid=1" rules doctor; do
			gives 64 ctl $verb --user=1000
		done
		gives 0 ctl list --user=0
		gives 0 ctl list --user=45678'
}

# What a user has in the place of a record: that of $whose.
forge='
	start $whose
	victim=$(pid_of $whose)
	slot=$(basename "$(dirname "$(find /tmp/onlyone-$whose -name info)")")
	me 1000 mkdir -m 700 /tmp/onlyone-1000 /tmp/onlyone-1000/$slot
	cp /tmp/onlyone-$whose/$slot/info /tmp/info
	chmod 644 /tmp/info
	me 1000 sh -c "umask 077; cat /tmp/info >/tmp/onlyone-1000/$slot/info
		: >/tmp/onlyone-1000/$slot/pid"'

@test "attack: a record that names a process of root's: neither shown nor signalled" {
	root_world "whose=0$forge"'
		# He himself is taken in.
		is "$(me 1000 onlyonectl pid guest)" $victim
		ctl list --user=1000 --json >/run/list 2>/dev/null || :
		is "$(jq "[.[] | .pid, .keeper] | map(select(. > 0)) | length" \
			/run/list)" 0
		code=0
		ctl pid --user=1000 guest >/run/pid 2>/dev/null || code=$?
		[ $code != 0 ]
		[ ! -s /run/pid ]
		ctl status --user=1000 guest >/run/status 2>&1 || :
		! grep -w "$victim" /run/status
		for verb in "signal KILL" stop "stop --tree --kill-after=0" ; do
			code=0
			ctl $verb --user=1000 guest -w 1 2>/dev/null || code=$?
			[ $code != 0 ] || [ "$verb" != "signal KILL" ]
			is "$(pid_of 0)" "$victim"
		done
		ctl stop --all-users --kill-after=0 nothing 2>/dev/null || :
		[ -e /proc/$victim/exe ]'
}

@test "attack: a record that names a third user's process: no better" {
	root_world "whose=1001$forge"'
		is "$(me 1000 onlyonectl pid guest)" $victim
		is "$(ctl list --user=1000 --json | jq .[].pid)" 0
		ctl signal KILL --user=1000 guest >/run/said 2>&1 && exit 1
		ctl stop --kill-after=0 --user=1000 guest >/run/said 2>&1 && exit 1
		is "$(pid_of 1001)" "$victim"
		is "$(ctl list --all-users --json | jq -c "[.[].pid]")" "[0,$victim]"'
}

# hostile CODE: Python in the place of a keeper of uid 1000, with the socket s.
hostile() {
	root_world '
		bereft
		me 1000 /usr/bin/python3 -c "
import os, socket, sys, time
os.chdir(\"$slot\")
s = socket.socket(socket.AF_UNIX)
s.bind(\"sock\")
s.listen(64)
open(\"/tmp/up\", \"w\")
'"$1"'
" 3>&- &
		awaits test -e /tmp/up
		'"$2"
}

@test "attack: a keeper that never answers, or says anything: it costs root seconds" {
	hostile 'time.sleep(1000)' '
		SECONDS=0
		ctl list --user=1000 >/run/said 2>&1 || :
		ctl list --all-users >/run/said 2>&1 || :
		ctl stop --user=1000 -w 0.1 guest >/run/said 2>&1 || :
		ctl seal --user=1000 guest >/run/said 2>&1 || :
		[ $SECONDS -lt $((LIMIT * 3 / 2)) ]'
	hostile 'while True: s.accept()[0].sendall(b\"1one\\x01\\x00\\x46\\x00\\xff\\xff\\xff\\x00\" + os.urandom(60000))' '
		ctl list --user=1000 --json >/run/list 2>/run/said || :
		jq -e "all(.[]; .user)" /run/list >/dev/null
		! LC_ALL=C grep -q "[^ -~]" /run/list /run/said'
}

# forge WHAT SCRIPT: what answers for uid 1000 is made to say that first
# (lib/forger.py); then it ends as it likes.
forge() {
	root_world '
		bereft
		me 1000 /usr/bin/python3 -c "$FORGER" $slot '"$1"' 3>&- &
		awaits test -e $slot/up
		name=$(getent passwd 1000 | cut -d: -f1 | grep . || echo 1000)
		# takes MEMORY OUTPUT WORD...: onlyonectl WORD... takes and prints
		# no more, in MB, ends with 69 and names the user; what it prints
		# is in /run/list.
		takes() {
			set -- "$1" "$2" $(/usr/bin/python3 -c "
import resource, subprocess, sys
status = subprocess.call(sys.argv[1:], stdout=open(\"/run/list\", \"w\"),
    stderr=open(\"/run/said\", \"w\"))
print(status, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10)" \
				timeout -k 5 $((2 * LIMIT)) onlyonectl "${@:3}")
			is $3 69
			[ $4 -le $1 ] || { echo "$4 MB of memory"; exit 1; }
			[ $(stat -c %s /run/list) -le $(($2 << 20)) ] ||
				{ stat -c "%s bytes" /run/list; exit 1; }
			said "^onlyonectl: $name: "
		}
		'"$2"
}

@test "attack: a list of millions of nothings is none, and costs root no memory" {
	forge nothings '
		for verb in "list --user=1000 --json" "list --user=1000" \
			"list --all-users --json" "list --all-users --waiting"; do
			takes 64 1 $verb
			said "makes no sense"
		done'
}

@test "attack: nor does one of instances that are lists of lists" {
	forge deep 'takes 64 1 list --user=1000 --json'
	forge wide 'takes 64 1 list --user=1000 --json'
}

@test "attack: a list of very many instances is cut, and said to be" {
	forge many '
		for verb in "list --user=1000 --json" "list --all-users --json"; do
			takes 64 4 $verb
			said "has more instances than are listed; the list is cut after 20000"
			is "$(jq length /run/list)" 20000
		done'
}

@test "attack: so are the bytes of its words" {
	for words in long escaped empty; do
		forge $words '
			takes 192 40 list --user=1000 --json
			said "the list is cut after"'
	done
}

@test "attack: one who says some, and then nothing: that is shown, and said to be cut" {
	forge some '
		takes 64 1 list --user=1000 --json
		said "gives no whole answer in time; the list is cut after 1 instance"
		is "$(jq -r .[].app /run/list)" first'
}

@test "attack: one who goes on writing when the answer has ended is not listened to" {
	forge endless '
		SECONDS=0
		takes 64 1 list --user=1000 --json
		ctl count --user=1000 guest >/run/said 2>&1 || :
		[ $SECONDS -lt $LIMIT ]'
}

@test "attack: users who take all of the time: each one who is not asked is named" {
	root_world '
		PATH=/run/build/points:$PATH
		export ONLYONE_TEST_POINTS=others-all=haste:1000000
		start 1000
		start 0
		for verb in "list --json" "count guest"; do
			gives 69 ctl $verb --all-users
			is "$(grep -c "not asked: the users before took all" \
				/run/said)" 2
		done'
}

@test "attack: nothing that JSON shows turns a terminal round, and all is as it was said" {
	forge turning '
		for verb in list "list --waiting"; do
			ctl $verb --user=1000 --json >/run/list 2>/run/said || :
			LC_ALL=C grep -qF "\u009b31m\u007f\u202e\udb40\udc41é" /run/list ||
				{ cat -v /run/list /run/said; exit 1; }
			is "$(jq -j .[0].app /run/list | od -An -tx1 | tr -d " \n")" \
				c29b33316d7fe280aef3a08181c3a9
			ctl $verb --user=1000 >/run/list 2>/run/said || :
			! LC_ALL=C grep -q "$(printf "\302\233")\|$(printf "\177")" /run/list
		done'
}

@test "all users: without /proc it is said that nobody can be seen" {
	root_world '
		start 0
		mount -t tmpfs none /proc
		gives 71 ctl list --all-users
		said "cannot see whose processes there are in /proc"
		gives 71 ctl count --all-users guest
		gives 71 ctl stop --all-users guest'
}

@test "attack: a state root that never answers" {
	wants fuse
	root_world '
		mkdir -m 755 /run/lie /run/lie/back
		chown 1000:1000 /run/lie/back
		me 1000 mkdir -m 700 /tmp/onlyone-1000
		owner=1000 uid=1000 lie /tmp/onlyone-1000 /run/lie/back --silent
		me 1000 sleep 1000 3>&- &
		start 0
		SECONDS=0
		ctl list --user=1000 >/run/said 2>&1 || :
		gives 0 ctl list --all-users --json
		is "$(jq -c "[.[].pid]" /run/said)" "[$(pid_of 0)]"
		ctl stop --user=1000 guest >/run/said 2>&1 || :
		[ $SECONDS -lt $((LIMIT * 3 / 2)) ]
		kill -KILL $liar'
}

@test "attack: a state root that leads elsewhere" {
	root_world '
		start 0
		me 1000 ln -s /tmp/onlyone-0 /tmp/onlyone-1000
		me 1000 sleep 1000 3>&- &
		code=0
		ctl list --user=1000 >/run/said 2>&1 || code=$?
		! grep -q guest /run/said
		exec 2>/dev/null
		ctl stop --user=1000 --kill-after=0 guest >/run/said 2>&1 || :
		ctl stop --all-users --kill-after=0 nothing >/run/said || :
		[ -e /proc/$(pid_of 0)/exe ]'
}

@test "attack: the one who answers in the place of ours, traced or not, gets nothing of root's" {
	root_world '
		me 1000 onlyone --on-activate="env >/tmp/env; ls -l /proc/self/fd >>/tmp/env" \
			"$GUESTS/guest" 3>&- &
		awaits grep -qs main /tmp/log
		keeper=$(me 1000 onlyonectl list --json | jq .[].keeper)
		kill -KILL $keeper
		SECRET=root gives 75 ctl wait -w 0.1 --user=1000 guest 5</etc/shadow
		new=$(me 1000 onlyonectl list --json | jq .[].keeper)
		[ $new != $keeper ] && [ $new != 0 ]
		is "$(grep -E "^Uid:" /proc/$new/status | tr -s "\t" " ")" \
			"Uid: 1000 1000 1000 1000"
		is "$(grep -E "^Groups:" /proc/$new/status | tr -d "\t ")" Groups:
		! me 1000 cat /proc/$new/environ | grep -a SECRET
		! me 1000 ls -l /proc/$new/fd | grep shadow
		me 1000 onlyone "$GUESTS/guest"
		! grep -E "SECRET|shadow" /tmp/env
		grep -q "^PATH=" /tmp/env'
}

@test "adopt: nobody takes another user's process for the instance" {
	root_world '
		for uid in 0 1000; do
			other=$((1000 - uid))
			: >/tmp/log
			chmod 666 /tmp/log
			setpriv --reuid=$other --regid=$other --clear-groups \
				"$GUESTS/guest" 3>&- &
			until grep -q main /tmp/log; do sleep 0.02; done
			gives 6 me $uid onlyone --adopt "$GUESTS/guest" exit 6
			kill $!
			wait $! || true
		done
	'
}
