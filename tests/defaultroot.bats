#!/usr/bin/env bats
# as: root
# defaultroot.bats: the state root where ONLYONE_DIR is not set.
#
# Under /run/onlyone where that exists, else in /tmp; the folder UID, or, where
# somebody else was there first, the lowest of UID.1, UID.2 … that is ours.
# Shown in a mount namespace with a /run and a /tmp of its own, for uid 0 and
# uid 1000 in turn (only root can make one, so this file runs as root alone),
# and in a pid namespace, so that nothing survives it.

# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load lib/common

setup() {
	common_setup
	cat >prelude <<-'END'
		set -eu
		tree=$(mktemp -d /var/tmp/onlyone-test.XXXXXX)
		mount --bind "$BUILD" "$tree"
		mount -t tmpfs -o mode=1777 none /tmp
		mount -t tmpfs -o mode=755 none /run
		mkdir /run/build
		mount --move "$tree" /run/build
		rmdir "$tree"
		unset ONLYONE_DIR
		PATH=/run/build:$PATH GUESTS=/run/build/guests GUEST_LOG=/tmp/log
		export PATH GUESTS GUEST_LOG
		cd /
		me() { setpriv --reuid="$1" --regid="$1" --clear-groups "${@:2}"; }
		# start UID: an instance of the guest, in the background.
		start() {
			rm -f /tmp/log
			setpriv --reuid="$1" --regid="$1" --clear-groups \
				onlyone "$GUESTS/guest" 3>&- &
			until grep -qs main /tmp/log; do sleep 0.02; done
		}
		# root UID: the root of the one instance that runs.
		root() { me "$1" onlyonectl list --json | jq -r '.[].dir|sub("/[^/]*$";"")'; }
		is() { [ "$1" = "$2" ] || { echo "not $2 but $1"; exit 1; }; }
		# stop UID: it ends, and its slot is gone.  (This shell, pid 1 here,
		# would say that it was terminated.)
		stop() {
			local dir
			exec 2>/dev/null
			dir=$(me "$1" onlyonectl list --json | jq -r '.[].dir')
			me "$1" onlyonectl stop guest
			while [ -e "$dir" ]; do sleep 0.02; done
		}
	END
}

# world SCRIPT: in a world of its own, once for each user as $uid, $other
# being the other one.
world() {
	local pair
	for pair in '0 1000' '1000 0'; do
		run timeout -k 5 100 unshare --mount --propagation private \
			--pid --fork --mount-proc --kill-child \
			bash -c "$(cat prelude)
uid=${pair% *} other=${pair#* }
$1"
		assert_success
		assert_output ''
	done
}

@test "default root: is /tmp/onlyone-UID, 0700" {
	world '
		start $uid
		is "$(root $uid)" /tmp/onlyone-$uid
		is "$(stat -c "%a %u" /tmp/onlyone-$uid)" "700 $uid"'
}

@test "default root: is /run/onlyone/UID where /run/onlyone is" {
	world '
		mkdir -m 1777 /run/onlyone
		start $uid
		is "$(root $uid)" /run/onlyone/$uid
		is "$(stat -c "%a %u" /run/onlyone/$uid)" "700 $uid"'
}

@test "default root: an empty ONLYONE_DIR is none" {
	world '
		export ONLYONE_DIR=
		start $uid
		is "$(root $uid)" /tmp/onlyone-$uid'
}

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

@test "default root: a foreign folder there: UID.1 is made and used" {
	world '
		mkdir /tmp/onlyone-$uid
		chown $other /tmp/onlyone-$uid
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
		mkdir /tmp/onlyone-$uid
		chown $other /tmp/onlyone-$uid
		me $uid mkdir -m 700 /tmp/onlyone-$uid.3
		start $uid
		is "$(root $uid)" /tmp/onlyone-$uid.3'
}

@test "default root: one with a live slot stays the root when a lower one becomes free" {
	world '
		mkdir /tmp/onlyone-$uid
		chown $other /tmp/onlyone-$uid
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

@test "default root: a file or symlink of one's own there is 73" {
	world '
		refused() {
			me $uid onlyone "$GUESTS/guest" 2>/tmp/said && exit 9
			is $? 73
			grep -q "^onlyone: .*/tmp/onlyone-$uid" /tmp/said
			rm /tmp/said
			[ ! -e /tmp/log ]
		}
		me $uid touch /tmp/onlyone-$uid
		refused
		rm /tmp/onlyone-$uid
		me $uid mkdir -m 700 /tmp/elsewhere
		me $uid ln -s /tmp/elsewhere /tmp/onlyone-$uid
		refused
		is "$(ls -A /tmp/elsewhere)" ""'
}

@test "default root: one's own folder that others can write to is 73" {
	world '
		me $uid mkdir /tmp/onlyone-$uid
		chmod 777 /tmp/onlyone-$uid
		me $uid onlyone "$GUESTS/guest" 2>/tmp/said && exit 9
		is $? 73
		grep -q "^onlyone: .*/tmp/onlyone-$uid" /tmp/said'
}

@test "default root: two users have an instance each" {
	world '
		start $uid
		chmod 666 /tmp/log
		me $other onlyone "$GUESTS/guest" 3>&- &
		until [ "$(grep -c main /tmp/log)" = 2 ]; do sleep 0.02; done
		is "$(me $uid onlyonectl count guest)" 1
		is "$(me $other onlyonectl count guest)" 1'
}
