#!/usr/bin/env bats
# as: root
# foreignroot.bats: a state root that lies on a file system of somebody else.
#
# A FUSE file system says of its files what it likes, and answers when it
# likes.  A stranger can mount one on what he has made at the name of a default
# root: that is as if he had made a folder there, nothing in it is believed,
# and it is not asked.
load lib/default

# The stranger's folder, with what he serves on it.
taken='
	me $other mkdir /tmp/onlyone-$uid /run/lie/back
'
# forge FOLDER: as he would, a slot of a process of the user's that lives,
# with a handler that the user never gave.
forge='
	forge() {
		start $uid --on-activate="touch /tmp/good"
		dir=$(me $uid onlyonectl list --json | jq -r ".[].dir")
		keeper=$(me $uid onlyonectl list --json | jq ".[].keeper")
		mkdir "$1"
		cp -r "$dir" "$1/"
		rm -f "$1/${dir##*/}/sock"
		sed -i s/good/evil/ "$1/${dir##*/}/info"
		grep -q evil "$1/${dir##*/}/info"
		chown -R $other "$1"
		kill -KILL $keeper
		while kill -0 $keeper 2>/dev/null; do sleep 0.02; done
		rm -rf "${dir%/*}"
	}
	# tried STATUS: a launch ends so, and not by running what was forged.
	tried() {
		me $uid timeout $LIMIT onlyone "$GUESTS/guest" exit 5 >/dev/null 2>&1 || :
		[ ! -e /tmp/evil ] || { echo "the forged handler ran"; exit 1; }
		ends $1 onlyone "$GUESTS/guest" exit 5
	}
'

# lying SCRIPT [UID OTHER ENTRY]: world, with these; or world_once.
lying() {
	wants fuse
	local script="
		mkdir -m 1777 /run/lie
		$forge
		$1"
	if [ $# -gt 1 ]; then
		world_once "${@:2}" "$script"
	else
		world "$script"
	fi
}

@test "FUSE at the default root: one that says it is ours is not; UID.1 is used" {
	lying "$taken"'
		lie /tmp/onlyone-$uid /run/lie/back
		is "$(me $uid stat -c %u:%a /tmp/onlyone-$uid)" $uid:755
		start $uid
		is "$(root $uid)" /tmp/onlyone-$uid.1
		ends 0 onlyone "$GUESTS/guest"
		is "$(grep -c constructor /tmp/log)" 1
		is "$(ls -A /run/lie/back)" ""'
}

@test "FUSE at the default root: one that lets nobody in: UID.1 is used" {
	lying "$taken"'
		lie /tmp/onlyone-$uid /run/lie/back --private
		start $uid
		is "$(root $uid)" /tmp/onlyone-$uid.1
		ends 0 onlyone "$GUESTS/guest"
		is "$(grep -c constructor /tmp/log)" 1'
}

@test "FUSE at the default root: a forged record runs nothing" {
	lying '
		forge /run/lie/back
		me $other mkdir /tmp/onlyone-$uid
		lie /tmp/onlyone-$uid /run/lie/back
		tried 5
		ends 0 onlyonectl list'
}

@test "FUSE at the default root: one that never answers: UID.1 is used" {
	silent="$taken"'
		lie /tmp/onlyone-$uid /run/lie/back --silent
		ends 5 onlyone "$GUESTS/guest" exit 5
		start $uid
		ends 0 onlyone "$GUESTS/guest"
		ends 0 onlyonectl status guest
		is "$(root $uid)" /tmp/onlyone-$uid.1
		ends 0 onlyonectl doctor
		ends 0 onlyonectl stop guest'
	lying "$silent"
	lying "$silent" 1000 0 y
}

@test "FUSE at the default root: a broken one, and one that died: UID.1 is used" {
	lying "$taken"'
		lie /tmp/onlyone-$uid /run/lie/back --broken
		ls /tmp/onlyone-$uid >/dev/null 2>&1 || :
		ends 5 onlyone "$GUESTS/guest" exit 5
		[ -d /tmp/onlyone-$uid.1 ]
		umount /tmp/onlyone-$uid
		rm -r /tmp/onlyone-$uid.1
		lie /tmp/onlyone-$uid /run/lie/back
		exec 2>/dev/null
		kill -KILL $liar
		until ls /tmp/onlyone-$uid 2>&1 | grep -q "not connected"; do
			sleep 0.02
		done
		ends 5 onlyone "$GUESTS/guest" exit 5
		[ -d /tmp/onlyone-$uid.1 ]'
}

@test "FUSE at the default root: at several of its names: the next one is used" {
	lying '
		for name in onlyone-$uid onlyone-$uid.1 onlyone-$uid.2; do
			me $other mkdir -p /tmp/$name /run/lie/back
			lie /tmp/$name /run/lie/back --silent
		done
		ends 5 onlyone "$GUESTS/guest" exit 5
		[ -d /tmp/onlyone-$uid.3 ]
		me $other mkdir -p /tmp/onlyone-$uid.9
		lie /tmp/onlyone-$uid.9 /run/lie/back --silent
		rm -r /tmp/onlyone-$uid.3
		ends 5 onlyone "$GUESTS/guest" exit 5
		[ -d /tmp/onlyone-$uid.3 ]'
}

@test "FUSE below /run/onlyone: likewise" {
	lying '
		mkdir -m 1777 /run/onlyone
		me $other mkdir /run/onlyone/$uid /run/lie/back
		lie /run/onlyone/$uid /run/lie/back
		start $uid
		is "$(root $uid)" /run/onlyone/$uid.1'
}

@test "FUSE at the default root, before Linux 5.8: likewise" {
	lying '
		PATH=/run/build/points:$PATH
		export ONLYONE_TEST_OLD=mount_root
		forge /run/lie/back
		me $other mkdir /tmp/onlyone-$uid
		lie /tmp/onlyone-$uid /run/lie/back
		tried 5
		me $other mkdir /tmp/onlyone-$uid.0 /tmp/onlyone-$uid.2
		lie /tmp/onlyone-$uid.2 /run/lie/back --silent
		rm -r /tmp/onlyone-$uid.1
		ends 5 onlyone "$GUESTS/guest" exit 5'
}

@test "FUSE in place of a root that was swept away: its instance stays the one" {
	lying '
		start $uid
		keeper=$(me $uid onlyonectl list --json | jq ".[].keeper")
		kill -STOP $keeper
		rm -r /tmp/onlyone-$uid
		me $other mkdir -p /tmp/onlyone-$uid /run/lie/back
		lie /tmp/onlyone-$uid /run/lie/back --silent
		kill -CONT $keeper
		ends 0 onlyone "$GUESTS/guest"
		is "$(grep -c constructor /tmp/log)" 1
		is "$(root $uid)" /tmp/onlyone-$uid.1
		ends 0 onlyonectl stop guest'
}

@test "any mount at the default root is somebody else'\''s: UID.1 is used" {
	lying '
		me $uid mkdir -m 700 /tmp/onlyone-$uid /run/lie/mine
		mount --bind /run/lie/mine /tmp/onlyone-$uid
		start $uid
		is "$(root $uid)" /tmp/onlyone-$uid.1
		is "$(ls /run/lie/mine | wc -l)" 0
		ends 0 onlyonectl stop guest
		umount /tmp/onlyone-$uid
		rm -r /tmp/onlyone-$uid.1
		mount -t tmpfs -o mode=700,uid=$uid none /tmp/onlyone-$uid
		ends 5 onlyone "$GUESTS/guest" exit 5
		[ -d /tmp/onlyone-$uid.1 ]'
}

@test "FUSE under ONLYONE_DIR: 73 with a way out, whoever has mounted it" {
	lying '
		forge /run/lie/back
		me $uid mkdir -p /tmp/mine
		export ONLYONE_DIR=/tmp/mine
		refused() {
			tried 73
			is "$(wc -l </run/said)" 1
			said "^onlyone: .*$ONLYONE_DIR.* FUSE .*set ONLYONE_DIR"
			ends 1 onlyonectl doctor
			said "^WRONG .*$ONLYONE_DIR.* FUSE "
		}
		for owner in $other $uid 0; do
			ONLYONE_DIR=/tmp/mine
			lie $ONLYONE_DIR /run/lie/back
			refused
			mkdir -p /run/lie/deeper
			mv /run/lie/back /run/lie/deeper/
			lie $ONLYONE_DIR /run/lie/deeper
			ONLYONE_DIR=/tmp/mine/back
			refused
			mv /run/lie/deeper/back /run/lie/
			umount -l /tmp/mine
			umount -l /tmp/mine
		done'
}

@test "FUSE under ONLYONE_DIR, before Linux 5.8: 73" {
	lying '
		PATH=/run/build/points:$PATH
		export ONLYONE_TEST_OLD=mount_root
		mkdir /run/lie/deeper
		forge /run/lie/deeper/back
		me $uid mkdir -p /tmp/mine
		lie /tmp/mine /run/lie/deeper
		export ONLYONE_DIR=/tmp/mine
		tried 73
		said "FUSE.*ONLYONE_DIR"
		ONLYONE_DIR=/tmp/mine/back
		tried 73
		said "FUSE.*ONLYONE_DIR"'
}

@test "FUSE on a slot folder: 73, its record runs nothing" {
	lying '
		forge /run/lie/back
		me $uid mkdir -m 700 /tmp/onlyone-$uid
		slot=$(ls /run/lie/back)
		me $uid mkdir /tmp/onlyone-$uid/$slot
		lie /tmp/onlyone-$uid/$slot /run/lie/back/$slot
		tried 73
		said "/tmp/onlyone-$uid/$slot "'
}

@test "FUSE that holds the folder of the default roots is the system'\''s own" {
	lying '
		mkdir /run/onlyone /run/lie/back
		chown $uid /run/lie/back
		owner=$uid
		lie /run/onlyone /run/lie/back
		start $uid
		is "$(root $uid)" /run/onlyone/$uid
		ends 0 onlyone "$GUESTS/guest"
		is "$(grep -c constructor /tmp/log)" 1
		ends 1 onlyonectl doctor
		said "locks do not work reliably"'
}
