# as: root
# defaultroot.bats: the state root where ONLYONE_DIR is not set, and one that lies on a
# file system of somebody else.
#
# Under /run/onlyone where that exists, else in /tmp; the folder UID, or, where somebody
# else was there first, the lowest of UID.1, UID.2 … that is ours.  FUSE says of its files
# what it likes, and answers when it likes: a stranger's at that name is not asked.
load lib/default

# bats test_tags=check
@test "default root: /tmp/onlyone-UID, UID.1 beside a foreign one, or /run/onlyone/UID; 0700, else 73" {
	# (The others ask as root, too.)
	world_once 1000 0 '' '
		start $uid
		is "$(root $uid) $(stat -c "%a %u" /tmp/onlyone-$uid)" \
			"/tmp/onlyone-$uid 700 $uid"
		# From cron, ssh, sudo and the desktop.
		ends 75 env -i PATH="$PATH" HOME=/ LOGNAME=x XDG_RUNTIME_DIR=/run \
			TMPDIR=/run setsid -w onlyone -n "$GUESTS/guest"
		stop $uid
		rm -r /tmp/onlyone-$uid
		me $other mkdir /tmp/onlyone-$uid
		# Also if that was not there when it looked first.
		ends 0 strace -qqo/dev/null -P /tmp/onlyone-$uid \
			-e inject=statx:error=ENOENT:when=1 onlyone printenv ONLYONE_SLOT
		said "^/tmp/onlyone-$uid.1/"
		start $uid
		is "$(root $uid)" /tmp/onlyone-$uid.1
		# If the spares cannot be listed, it makes no other.
		me $other rmdir /tmp/onlyone-$uid
		ends 73 strace -qqo/dev/null -P /tmp -e inject=openat:error=ENFILE \
			onlyone -n "$GUESTS/guest"
		is "$(echo /tmp/onlyone-*)" /tmp/onlyone-$uid.1
		mkdir -m 1777 /run/onlyone
		# With a live slot it stays the root.
		ends 0 onlyone "$GUESTS/guest"
		is "$(grep -c constructor /tmp/log)" 1
		stop $uid
		start $uid
		is "$(root $uid) $(stat -c "%a %u" /run/onlyone/$uid)" \
			"/run/onlyone/$uid 700 $uid"
		stop $uid
		chmod 777 /run/onlyone/$uid
		ends 73 onlyone "$GUESTS/guest"
		said "^onlyone: .*/run/onlyone/$uid"'
}

@test "default root: the stamps of --every are in /var/lib for root, at home, or in XDG_STATE_HOME if one's own" {
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

@test "default root: whatever is there before, the lowest that is ours; with a live slot it stays" {
	world '
		me $uid mkdir -m 700 /tmp/elsewhere
		for way in touch mkfifo "ln -s /tmp/elsewhere" "ln -s nowhere"; do
			me $uid $way /tmp/onlyone-$uid
			start $uid
			is "$(root $uid)" /tmp/onlyone-$uid.1
			# A name before it changes nothing.
			rm /tmp/onlyone-$uid
			ends 75 onlyone -n "$GUESTS/guest"
			stop $uid
			rm -r /tmp/onlyone-$uid.1
		done
		is "$(ls -A /tmp/elsewhere)" ""
		me $other mkdir /tmp/onlyone-$uid
		ln -s /etc /tmp/onlyone-$uid.1
		# What another user moves there of one'\''s own denies nothing.
		mkdir -m 777 /tmp/open
		chown $other /tmp/open
		me $uid sh -c "echo mine >/tmp/open/file"
		me $other mv -T /tmp/open/file /tmp/onlyone-$uid.2
		me $uid mkdir -m 700 /tmp/onlyone-$uid.4 /tmp/onlyone-$uid.5
		start $uid
		is "$(root $uid)" /tmp/onlyone-$uid.4
		is "$(cat /tmp/onlyone-$uid.2)" mine
		ends 0 onlyonectl doctor
		said "^ok     state root: /tmp/onlyone-$uid.4$"'
}

# lying SCRIPT: world, with these.
lying() {
	wants fuse
	world '
		mkdir -m 1777 /run/lie
		# one: a launch finds the instance, and starts nothing.
		one() {
			ends 0 onlyone "$GUESTS/guest"
			is "$(grep -c constructor /tmp/log)" 1
		}
		# forge FOLDER: as he would, a slot of a process of the user'\''s that
		# lives, with a handler that the user never gave.
		forge() {
			start $uid --on-activate="touch /tmp/good"
			dir=$(me $uid onlyonectl list --json | jq -r ".[].dir")
			keeper=$(me $uid onlyonectl list --json | jq ".[].keeper")
			mkdir -p "$1"
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
			me $uid timeout $LIMIT onlyone "$GUESTS/guest" exit 5 \
				>/dev/null 2>&1 || :
			[ ! -e /tmp/evil ] || { echo "the forged handler ran"; exit 1; }
			ends $1 onlyone "$GUESTS/guest" exit 5
		}
		'"$1"
}

@test "FUSE at the default root: lying, closed, silent, or broken: UID.1 is used; so at any mount; /run's is the system's" {
	lying '
		me $other mkdir /tmp/onlyone-$uid /run/lie/back
		for how in "" --private --silent --broken; do
			lie /tmp/onlyone-$uid /run/lie/back $how
			start $uid
			is "$(root $uid)" /tmp/onlyone-$uid.1
			one
			is "$(ls -A /run/lie/back)" ""
			ends 0 onlyonectl doctor
			ends 0 onlyonectl stop guest
			umount -l /tmp/onlyone-$uid
			rm -r /tmp/onlyone-$uid.1
		done
		mount -t tmpfs -o mode=700,uid=$uid none /tmp/onlyone-$uid
		ends 5 onlyone "$GUESTS/guest" exit 5
		[ -d /tmp/onlyone-$uid.1 ]
		umount /tmp/onlyone-$uid
		# In place of a root that was swept away: its instance stays the one.
		rm -r /tmp/onlyone-$uid*
		start $uid
		keeper=$(me $uid onlyonectl list --json | jq ".[].keeper")
		kill -STOP $keeper
		rm -r /tmp/onlyone-$uid
		me $other mkdir /tmp/onlyone-$uid
		lie /tmp/onlyone-$uid /run/lie/back --silent
		kill -CONT $keeper
		one
		is "$(root $uid)" /tmp/onlyone-$uid.1
		stop $uid
		# What holds the folder of all roots is the system'\''s own.
		mkdir /run/onlyone /run/lie/own
		chown $uid /run/lie/own
		owner=$uid
		lie /run/onlyone /run/lie/own
		start $uid
		is "$(root $uid)" /run/onlyone/$uid
		one
		ends 1 onlyonectl doctor
		said "locks do not work reliably"'
}

@test "FUSE: a forged record runs nothing, under ONLYONE_DIR it is 73 with a way out; before Linux 5.8 too" {
	for old in '' mount_root; do
		lying "
			export ONLYONE_TEST_OLD=$old"'
			[ -z "$ONLYONE_TEST_OLD" ] || PATH=/run/build/points:$PATH
			forge /run/lie/deeper/back
			me $other mkdir /tmp/onlyone-$uid
			lie /tmp/onlyone-$uid /run/lie/deeper/back
			tried 5
			ends 0 onlyonectl list
			umount -l /tmp/onlyone-$uid
			rm -r /tmp/onlyone-$uid
			slot=$(ls /run/lie/deeper/back)
			me $uid mkdir -p -m 700 /tmp/mine /tmp/onlyone-$uid/$slot
			chmod 700 /tmp/onlyone-$uid
			lie /tmp/onlyone-$uid/$slot /run/lie/deeper/back/$slot
			tried 73
			said "/tmp/onlyone-$uid/$slot "
			# Whoever has mounted it.
			for owner in $other $uid; do
				lie /tmp/mine /run/lie/deeper
				for ONLYONE_DIR in /tmp/mine /tmp/mine/back; do
					export ONLYONE_DIR
					tried 73
					is "$(wc -l </run/said)" 1
					said "^onlyone: .*$ONLYONE_DIR.* FUSE .*set ONLYONE_DIR"
					ends 1 onlyonectl doctor
					said "^WRONG .*$ONLYONE_DIR.* FUSE "
				done
				umount -l /tmp/mine
			done'
	done
}
