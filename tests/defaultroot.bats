#!/usr/bin/env bats
# as: root
# defaultroot.bats: the state root where ONLYONE_DIR is not set.
#
# Under /run/onlyone where that exists, else in /tmp; the folder UID, or, where
# somebody else was there first, the lowest of UID.1, UID.2 … that is ours.
load lib/default

# bats test_tags=check
@test "default root: is /tmp/onlyone-UID, 0700" {
	world '
		start $uid
		is "$(root $uid)" /tmp/onlyone-$uid
		is "$(stat -c "%a %u" /tmp/onlyone-$uid)" "700 $uid"'
}

# bats test_tags=check
@test "default root: is /run/onlyone/UID where /run/onlyone is" {
	world '
		mkdir -m 1777 /run/onlyone
		start $uid
		is "$(root $uid)" /run/onlyone/$uid
		is "$(stat -c "%a %u" /run/onlyone/$uid)" "700 $uid"'
}

# bats test_tags=check
@test "default root: is the same from cron, ssh, sudo and the desktop" {
	world '
		start $uid
		mkdir /tmp/x
		chmod 777 /tmp/x
		me $uid env -i PATH="$PATH" HOME=/ LOGNAME=x \
			XDG_RUNTIME_DIR=/tmp/x TMPDIR=/tmp/x setsid -w \
			onlyone -n "$GUESTS/guest" 2>/dev/null && exit 9
		is $? 75'
}

@test "default root: the stamps of --every are in /var/lib for root, at home for others, where XDG_STATE_HOME says if that is theirs" {
	world '
		mount -t tmpfs none /var/lib
		for at in "" /tmp/mine/state /tmp/theirs/state; do
			mkdir -p /tmp/home /tmp/mine /tmp/theirs
			chown $uid /tmp/home /tmp/mine
			chown 4711 /tmp/theirs
			job() {
				me $uid env HOME=/tmp/home ${at:+"XDG_STATE_HOME=$at"} \
					onlyone --every=1d -a job sh -c "echo >>/tmp/ran"
			}
			job
			awaits test ! -e /tmp/onlyone-$uid/job-*
			job
			home=/tmp/home/.local/state
			[ $uid != 0 ] || home=/var/lib
			[[ $at != *mine* ]] || home=$at
			is "$(ls $home/onlyone | wc -l)" 1
			is "$(stat -c "%a %u" $home/onlyone)" "700 $uid"
			rm -rf /var/lib/onlyone /tmp/home /tmp/mine
			is "$(find /tmp/theirs | wc -l)" 1
		done
		is "$(wc -l </tmp/ran)" 3'
}

# bats test_tags=check
@test "default root: a foreign folder there: UID.1 is made and used" {
	world '
		me $other mkdir /tmp/onlyone-$uid
		start $uid
		is "$(root $uid)" /tmp/onlyone-$uid.1
		me $uid onlyone "$GUESTS/guest"
		is "$(grep -c constructor /tmp/log)" 1'
}

@test "default root: foreign ones, a file and a symlink there: the lowest that is ours" {
	world '
		mkdir /tmp/onlyone-$uid
		: >/tmp/onlyone-$uid.1
		ln -s /etc /tmp/onlyone-$uid.2
		chown -h $other /tmp/onlyone-$uid /tmp/onlyone-$uid.[12]
		me $uid mkdir -m 700 /tmp/onlyone-$uid.4 /tmp/onlyone-$uid.5
		start $uid
		is "$(root $uid)" /tmp/onlyone-$uid.4'
}

@test "default root: a new one only if none is ours" {
	world '
		me $other mkdir /tmp/onlyone-$uid
		me $uid mkdir -m 700 /tmp/onlyone-$uid.3
		start $uid
		is "$(root $uid)" /tmp/onlyone-$uid.3'
}

@test "default root: one with a live slot stays the root when a lower one becomes free" {
	world '
		me $other mkdir /tmp/onlyone-$uid
		start $uid
		rmdir /tmp/onlyone-$uid
		me $uid onlyone "$GUESTS/guest"
		is "$(grep -c constructor /tmp/log)" 1
		is "$(root $uid)" /tmp/onlyone-$uid.1'
}

@test "default root: one with a live slot stays the root when /run/onlyone comes" {
	world '
		start $uid
		mkdir -m 1777 /run/onlyone
		me $uid onlyone "$GUESTS/guest"
		is "$(grep -c constructor /tmp/log)" 1
		is "$(root $uid)" /tmp/onlyone-$uid
		stop $uid
		start $uid
		is "$(root $uid)" /run/onlyone/$uid'
}

@test "default root: a file, link, FIFO or socket of one's own there: the next name" {
	world '
		socket="import socket, sys; socket.socket(1).bind(sys.argv[1])"
		me $uid mkdir -m 700 /tmp/elsewhere
		for base in /tmp/onlyone- /run/onlyone/; do
			[ $base = /tmp/onlyone- ] || mkdir -m 1777 /run/onlyone
			for way in touch mkfifo "ln -s /tmp/elsewhere" "ln -s /" \
				"ln -s nowhere" "/usr/bin/python3 -c \"$socket\""; do
				eval me $uid $way $base$uid
				start $uid
				is "$(root $uid)" $base$uid.1
				code=0
				me $uid onlyone -n "$GUESTS/guest" 2>/dev/null || code=$?
				is $code 75
				stop $uid
				rm -r $base$uid.1
				eval me $uid $way $base$uid.1
				start $uid
				is "$(root $uid)" $base$uid.2
				stop $uid
				rm -r $base$uid $base$uid.[12]
			done
		done
		is "$(ls -A /tmp/elsewhere)" ""'
}

@test "default root: what another user moves there of one's own denies nothing" {
	world '
		mkdir -m 777 /tmp/open
		chown $other /tmp/open
		me $uid sh -c "cd /tmp/open; echo mine >file; ln -s /etc link"
		me $other mv -T /tmp/open/file /tmp/onlyone-$uid
		me $other mv -T /tmp/open/link /tmp/onlyone-$uid.1
		is "$(stat -c %u /tmp/onlyone-$uid)" $uid
		start $uid
		is "$(root $uid)" /tmp/onlyone-$uid.2
		is "$(cat /tmp/onlyone-$uid)" mine
		is "$(me $uid onlyonectl count guest)" 1
		is "$(me $uid onlyonectl doctor | grep "state root")" \
			"ok     state root: /tmp/onlyone-$uid.2"
		stop $uid
		# While one runs, a name before it changes nothing.
		rm /tmp/onlyone-$uid
		start $uid
		is "$(root $uid)" /tmp/onlyone-$uid.2
		me $uid touch /tmp/open/file
		me $other mv -T /tmp/open/file /tmp/onlyone-$uid
		me $uid onlyone "$GUESTS/guest"
		is "$(grep -c constructor /tmp/log)" 1'
}

# bats test_tags=check
@test "default root: one's own folder that others can write to is 73" {
	world '
		me $uid mkdir /tmp/onlyone-$uid
		chmod 777 /tmp/onlyone-$uid
		me $uid onlyone "$GUESTS/guest" 2>/tmp/said && exit 9
		is $? 73
		grep -q "^onlyone: .*/tmp/onlyone-$uid" /tmp/said'
}

@test "default root: what another puts there in the middle of a launch is passed by" {
	world '
		PATH=/run/build/points:$PATH
		state() { sed "s/.*) //; s/ .*//" /proc/$1/stat 2>/dev/null; }
		for where in root-open root-make; do
			for way in "mkdir -m 700" "ln -s /etc" touch mkfifo; do
				ONLYONE_TEST_POINTS=$where=stop setpriv --reuid=$uid \
					--regid=$uid --clear-groups \
					onlyone "$GUESTS/guest" exit 5 >/tmp/said 2>&1 3>&- &
				pid=$!
				until [ "$(state $pid)" = T ]; do sleep 0.02; done
				me $other $way /tmp/onlyone-$uid
				code=0
				while kill -CONT $pid 2>/dev/null; do sleep 0.02; done
				wait $pid || code=$?
				is "$code $(cat /tmp/said)" "5 "
				is "$(stat -c "%a %u" /tmp/onlyone-$uid.1)" "700 $uid"
				awaits eval "rm -f /tmp/onlyone-$uid.1/.ended &&
					rmdir /tmp/onlyone-$uid.1 2>/dev/null"
				rm -r /tmp/onlyone-$uid
			done
		done'
}

@test "default root: two launches that are about to make one each settle on one" {
	world '
		PATH=/run/build/points:$PATH
		# about: a launch, on the point of making a root, as $!.
		about() {
			ONLYONE_TEST_POINTS=root-make=stop setpriv --reuid=$uid \
				--regid=$uid --clear-groups \
				onlyone --on-activate=: "$GUESTS/guest" 3>&- &
			awaits grep -qs "State:.T" /proc/$!/status
		}
		me $other mkdir /tmp/onlyone-$uid
		about
		first=$!
		me $other rmdir /tmp/onlyone-$uid
		about
		second=$!
		kill -CONT $first
		awaits grep -qs main /tmp/log
		while kill -CONT $second 2>/dev/null; do sleep 0.02; done
		wait $second
		is "$(root $uid)" /tmp/onlyone-$uid.1
		is "$(grep -c constructor /tmp/log)" 1
		[ ! -e /tmp/onlyone-$uid ]'
}

@test "default root: many names of another cost nothing once there is one of ours, and one look each before" {
	world '
		cd /tmp
		flood() {
			me $other /usr/bin/python3 -c "
import os, sys
for n in range(*map(int, sys.argv[1:])):
    os.mkdir(f\"/tmp/onlyone-$uid.{n}\")" "$@"
		}
		looks() {
			until [ -z "$(find /tmp/onlyone-$uid* -name "x-*")" ]; do
				sleep 0.02
			done
			me $uid strace -qq -o /tmp/calls.$uid onlyone -a x true
			grep -c "/tmp/\|\"onlyone-$uid" /tmp/calls.$uid
		}
		me $other mkdir onlyone-$uid
		looks >/dev/null
		few=$(looks)
		flood 2 5000
		is "$(looks)" "$few"
		rm -r onlyone-$uid.1
		flood 1 2
		me $uid mkdir -m 700 onlyone-$uid.5000
		many=$(looks)
		((many > 4900 && many < 5100)) || { echo "$many looks"; exit 1; }'
}

@test "default root: in a user namespace, where the user has another number, parts are parts" {
	wants userns
	world '
		cp "$GUESTS/family" /run/fam
		export FAMILY_OWN=/run/fam
		run() {
			me "$uid" env ONLYONE_ENFORCE=fam \
				LD_PRELOAD=/run/build/libonlyone.so "$@"
		}
		heres() { [ "$(grep -c "here$" /tmp/log)" = "$1" ]; }
		: >/tmp/log
		chmod 666 /tmp/log
		run /run/fam boxed clone r 0 self boxed clone rp 0 own &
		until heres 3; do sleep 0.02; done
		is "$(me $uid onlyonectl count /run/fam)" 1
		is "$(ls -d /tmp/onlyone-*)" /tmp/onlyone-$uid
		run /run/fam
		heres 3'
}
