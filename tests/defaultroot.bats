# as: root
# defaultroot.bats: the state root if ONLYONE_DIR is not set, and one on another
# user's file system.
#
# It is under /run/onlyone if that exists, else in /tmp: the folder UID, or, if
# another user was there first, the lowest of UID.1, UID.2 … that is ours.  FUSE can
# lie about its files, and need not answer: we ask nothing of a stranger's one at that
# name.  What others put, make or remove there, or fill it with, must not lead to a
# refusal: on a refusal a rule starts the program, and there would be two.
load lib/default

TREE=$(cd "$BATS_TEST_DIRNAME/.." && pwd)

# bats test_tags=check
@test "default root: /tmp/onlyone-UID, UID.1 beside a foreign one, or /run/onlyone/UID; 0700" {
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
		start $uid
		is "$(root $uid)" /run/onlyone/$uid.1'
}

# Kinds of what may be moved to the name of a root: by any process that may write to it, if it is
# a folder, else to the folder where it lies.
@test "default root: what another user has moved there, or could have, is passed by" {
	world '
		mkdir -m 777 /tmp/open
		chown $other /tmp/open
		here=/tmp/onlyone-$uid n=0
		# moved NAME: he moves it there; a launch runs, in a root of its own.
		moved() {
			me $other mv -T /tmp/open/$1 $here
			ends 5 onlyone "$GUESTS/guest" exit 5
			is "$(stat -c "%a %u" $here.1)" "700 $uid"
			rm -r $here $here.1
			n=$((n + 1))
		}
		# A project of several, with umask 002; open to all; with an ACL; ours too,
		# by its owner alone, since we cannot tell it from those.
		me $uid mkdir -m 2775 /tmp/open/project
		chown :$other /tmp/open/project
		moved project
		me $uid mkdir -m 777 /tmp/open/all
		moved all
		me $uid mkdir -m 700 /tmp/open/acl
		/usr/bin/python3 -c "
import os, struct, sys
none = 0xffffffff
os.setxattr(\"/tmp/open/acl\", \"system.posix_acl_access\", struct.pack(\"<I\", 2) +
    b\"\".join(struct.pack(\"<HHI\", *e) for e in ((1, 7, none), (2, 7, $other),
    (4, 0, none), (16, 7, none), (32, 0, none))))"
		moved acl
		me $uid touch /tmp/open/file
		moved file
		me $uid ln -s /tmp/home /tmp/open/link
		moved link
		me $uid mkfifo /tmp/open/fifo
		moved fifo
		me $uid /usr/bin/python3 -c "
import socket
socket.socket(socket.AF_UNIX).bind(\"/tmp/open/socket\")"
		moved socket
		is $n 7
		# With a default ACL of the base it is the user'\''s alone all the same.
		/usr/bin/python3 -c "
import os, struct, sys
none = 0xffffffff
os.setxattr(\"/tmp\", \"system.posix_acl_default\", struct.pack(\"<I\", 2) +
    b\"\".join(struct.pack(\"<HHI\", *e) for e in ((1, 7, none), (2, 7, $other),
    (4, 7, none), (16, 7, none), (32, 7, none))))"
		ends 5 onlyone "$GUESTS/guest" exit 5
		is "$(stat -c "%a %u" $here)" "700 $uid"
		[ $other = 0 ] || me $other test ! -w $here'
}

@test "default root: with a slot it is met, and closed again, when its user has opened it: chmod, its group; so is a given one; a folder of a project is none" {
	world '
		mkdir -p -m 755 /tmp/home/.config/onlyone/rules
		: >/tmp/home/.config/onlyone/rules/guest
		chown -R $uid /tmp/home
		# met: the instance is the one, by each way; its root is closed.
		met() {
			ends 75 onlyone -n "$GUESTS/guest" exit 5
			ends 0 onlyone "$GUESTS/guest"
			ends 0 env HOME=/tmp/home ONLYONE_ENFORCE=guest \
				LD_PRELOAD=/run/build/libonlyone.so "$GUESTS/guest" exit 5
			is "$(me $uid onlyonectl list --json | jq length)" 1
			is "$(grep -c constructor /tmp/log)" 1
			is "$(stat -c %a $1)" 700
		}
		for given in "" /tmp/given; do
			[ -z "$given" ] || export ONLYONE_DIR=$given
			for mode in 777 770 775 702; do
				for killed in "" 1; do
					start $uid
					at=$(root $uid)
					keeper=$(me $uid onlyonectl list --json | jq ".[].keeper")
					chgrp $other $at
					chmod $mode $at
					[ -z "$killed" ] || kill -KILL $keeper
					met $at
					chmod $mode $at
					ends 0 onlyonectl list
					is "$(stat -c %a $at)" 700
					stop $uid
					rm -r $at
				done
			done
		done
		unset ONLYONE_DIR
		# What others can make look like it in a project of several is no slot.
		mkdir -m 777 /tmp/open
		me $uid mkdir -m 2775 /tmp/open/project
		chown :$other /tmp/open/project
		slot=guest-0123456789abcdef0123456789abcdef
		me $uid mkdir -m 2775 /tmp/open/project/sub
		chown :$other /tmp/open/project/sub
		me $uid touch /tmp/open/project/sub/file
		me $other mv /tmp/open/project/sub /tmp/open/project/$slot
		me $other mv /tmp/open/project/$slot/file /tmp/open/project/$slot/info
		me $other mkdir -m 700 /tmp/open/project/other-${slot#*-}
		me $other touch /tmp/open/project/other-${slot#*-}/info
		me $other mv -T /tmp/open/project /tmp/onlyone-$uid
		ends 5 onlyone "$GUESTS/guest" exit 5
		is "$(stat -c %a /tmp/onlyone-$uid)" 2775
		[ -d /tmp/onlyone-$uid.1 ]'
}

@test "default root: when others have each name, it has a number that is not to be guessed, and is one" {
	world '
		me $uid touch /tmp/mine
		# Links, and folders of theirs, and names as ours has one.
		me $other sh -c "
			mkdir /tmp/onlyone-$uid
			for n in 1 2 3 4 5 6 7 8; do mkdir /tmp/onlyone-$uid.\$n; done
			mkdir /tmp/onlyone-$uid.2305843009213693953"
		for n in 9 10 11 12 13 14 15 16 17 18 1000000 2305843009213693952; do
			ln /tmp/mine /tmp/onlyone-$uid.$n
		done
		start $uid
		root=$(root $uid)
		[[ $root =~ ^/tmp/onlyone-$uid\.[0-9]{19}$ ]] || { echo "$root"; exit 1; }
		is "$(stat -c "%a %u" $root)" "700 $uid"
		ends 75 onlyone -n "$GUESTS/guest"
		ends 0 onlyonectl doctor
		said "^ok     state root: $root$"
		# A name before it changes nothing.
		rm -r /tmp/onlyone-$uid
		ends 75 onlyone -n "$GUESTS/guest"
		stop $uid
		start $uid
		is "$(root $uid)" $root
		stop $uid
		me $other mkdir /tmp/onlyone-$uid
		# Many at once make one.
		for i in 1 2 3; do
			rm -r $root
			rm -f /tmp/log
			me $uid timeout 60 "$GUESTS/storm" -s 30 /run/build/onlyone \
				"$GUESTS/guest" >/run/storm 2>/run/said
			grep -q "running 1" /run/storm || { cat /run/storm; exit 1; }
			root=$(root $uid)
			is "$(find /tmp -maxdepth 1 -user $uid -type d -name "onlyone-*")" $root
			stop $uid
		done'
}

@test "default root: while another user makes and removes each name as fast as he can, launches run, and are one" {
	world '
		me $other /usr/bin/python3 -c "
import os
names = [\"/tmp/onlyone-$uid\"] + [\"/tmp/onlyone-$uid.%d\" % n for n in range(1, 17)]
while True:
    for make in os.mkdir, os.rmdir:
        for name in names:
            try:
                make(name)
            except OSError:
                pass
" 3>&- &
		swaps=$!
		for i in 1 2 3 4 5 6 7 8 9 10; do
			ends 5 onlyone "$GUESTS/guest" exit 5
			find /tmp -maxdepth 1 -user $uid -name "onlyone-*" -exec rm -r {} + \
				2>/dev/null || :
		done
		start $uid
		for i in 1 2 3 4 5 6 7 8 9 10; do
			ends 0 onlyone "$GUESTS/guest"
		done
		is "$(grep -c constructor /tmp/log)" 1
		kill $swaps'
}

# In a world: tight OPTION...: /run/onlyone, a small file system of its own.
# fills: the other user leaves no byte and no inode of it.
# frees: he has gone.
FULL='
	tight() { mkdir -p /run/onlyone; mount -t tmpfs -o "mode=1777,$1" none /run/onlyone; }
	fills() {
		me $other sh -c "
			dd if=/dev/zero of=$1/filler bs=64k 2>/dev/null
			dd if=/dev/zero of=$1/filler2 bs=1k 2>/dev/null
			n=0; while : >$1/filler.\$((n += 1)); do :; done" 2>/dev/null || :
	}
	frees() { rm -f $1/filler*; }
	# once: a launch finds the instance, and starts nothing.
	once() {
		ends 0 onlyone "$GUESTS/guest"
		ends 75 onlyone -n "$GUESTS/guest"
		is "$(grep -c constructor /tmp/log)" 1
	}
'

@test "full: another user fills /run/onlyone, as it is mounted: the next root is used, and what runs is one; both full: 73" {
	OPTIONS=$(sed -n 's/^Options=.*mode=1777,//p' \
		"$TREE/cli/package/debian/onlyone.run-onlyone.mount")
	[[ $OPTIONS == size=*nr_inodes=*nosuid*nodev*noexec* ]]
	export OPTIONS
	world "$FULL"'
		tight "${OPTIONS/nr_inodes=64k/nr_inodes=100}"
		fills /run/onlyone
		touch /run/the-system-can
		start $uid
		is "$(root $uid)" /tmp/onlyone-$uid
		once
		stop $uid
		rm -r /tmp/onlyone-$uid
		# Also if others of ours run there, and when it has room again.
		frees /run/onlyone
		me $uid onlyone -a there sleep 1000 3>&- &
		awaits eval "ls -d /run/onlyone/$uid/there-*/sock >/dev/null 2>&1"
		fills /run/onlyone
		start $uid
		[ -e /tmp/onlyone-$uid/guest-* ]
		once
		frees /run/onlyone
		once
		is "$(me $uid onlyonectl list --json | jq length)" 2
		ends 0 onlyonectl doctor
		ends 0 onlyone --dry-run "$GUESTS/guest"
		said "would: *activate"
		# Its keeper is killed: the instance is found where it is.
		kill -KILL $(me $uid onlyonectl list guest --json | jq ".[].keeper")
		once
		ends 0 onlyonectl -q stop there
		once
		stop $uid
		# So it is the other way: begun there, and met when that is full.
		start $uid
		is "$(root $uid)" /run/onlyone/$uid
		fills /run/onlyone
		once
		kill -KILL $(me $uid onlyonectl list guest --json | jq ".[].keeper")
		once
		# A second slot goes to the other root; -j knows both.
		me $uid onlyone -j 2 "$GUESTS/guest" 3>&- &
		awaits eval "[ \"\$(grep -c main /tmp/log)\" = 2 ]"
		[ -e /tmp/onlyone-$uid/guest-* ]
		ends 75 onlyone -n -j 2 "$GUESTS/guest"
		ends 0 onlyone -j 2 "$GUESTS/guest"
		is "$(me $uid onlyonectl count guest)" 2
		ends 0 onlyonectl -q stop --all guest
		# Both are full.
		awaits eval "[ -z \"\$(ls /tmp/onlyone-$uid)\" ]"
		rm -r /tmp/onlyone-$uid
		mount -t tmpfs -o mode=1777,size=64k,nr_inodes=3 none /tmp
		fills /tmp
		fills /run/onlyone
		ends 73 onlyone "$GUESTS/guest" exit 5
		is "$(wc -l </run/said)" 1
		said "^onlyone: cannot create or write .* in /run/onlyone or /tmp: No space left"
		umount /tmp'
}

@test "full: how an instance ended is recorded in the other root; the log has all roots in order of time" {
	world "$FULL"'
		tight size=1m,nr_inodes=100
		# ended APP STATUS...: so the log says, in this order.
		ended() {
			me $uid onlyonectl log $1 >/run/told
			[ "$(sed -n "s/.* has ended, status \([0-9]*\).*/\1/p" /run/told |
				xargs)" = "${*:2}" ] &&
			sed 1d /run/told | cut -d" " -f1,2 | sort -c
		}
		exec 2>/dev/null # as in stop
		start $uid -a job
		is "$(root $uid)" /run/onlyone/$uid
		fills /run/onlyone
		kill -KILL $(me $uid onlyonectl pid job)
		awaits eval "[ -z \"\$(ls /run/onlyone/$uid)\" ]"
		[ ! -e /run/onlyone/$uid/.ended ]
		is "$(stat -c "%a %u" /tmp/onlyone-$uid/.ended)" "600 $uid"
		awaits ended job 137
		# Those that begin here and there.
		for n in 10 20; do
			fills /run/onlyone
			ends $n onlyone -a job "$GUESTS/guest" exit $n
			frees /run/onlyone
			ends $((n + 1)) onlyone -a job "$GUESTS/guest" exit $((n + 1))
		done
		awaits ended job 137 10 11 20 21
		# A word that names two is the one that ended last.
		mkdir /tmp/other
		cp "$GUESTS/guest" /tmp/other/guest
		fills /run/onlyone
		ends 30 onlyone "$GUESTS/guest" exit 30
		frees /run/onlyone
		ends 31 onlyone /tmp/other/guest exit 31
		awaits ended guest 31'
}

@test "full: a seal holds, is seen, replaced and removed, whichever root it was made in" {
	world "$FULL"'
		tight size=1m,nr_inodes=100
		# seal_is ROOT: a seal, there alone, and what it means.
		seal_is() {
			is "$(ls -d /run/onlyone/$uid*/seal.* /tmp/onlyone-$uid/seal.* \
				2>/dev/null | sed "s:/[^/]*$::")" "$1"
			ends 0 onlyonectl is-sealed guest
			ends 77 onlyone -a guest "$GUESTS/guest" exit 5
			said "guest is sealed"
			ends 0 onlyone --dry-run -a guest "$GUESTS/guest"
			said "77: guest is sealed"
			is "$(ls -d /run/onlyone/$uid*/guest-* /tmp/onlyone-$uid/guest-* \
				2>/dev/null)" ""
		}
		# unsealed: so it is no more, nowhere.
		unsealed() {
			ends 0 onlyonectl unseal guest
			ends 1 onlyonectl is-sealed guest
			ends 5 onlyone -a guest "$GUESTS/guest" exit 5
		}
		# Made with room, asked for without it; and the other way round.
		ends 0 onlyonectl seal guest
		fills /run/onlyone
		seal_is /run/onlyone/$uid
		unsealed
		fills /run/onlyone
		ends 0 onlyonectl seal guest
		seal_is /tmp/onlyone-$uid
		frees /run/onlyone
		seal_is /tmp/onlyone-$uid
		# A newer one replaces it there, too; nothing lives, so it lists nothing.
		ends 0 onlyonectl seal guest
		seal_is /run/onlyone/$uid
		fills /run/onlyone
		ends 0 onlyonectl seal guest
		seal_is /tmp/onlyone-$uid
		unsealed
		# What lived then may run again, and a new key may not.
		frees /run/onlyone
		start $uid -a guest -k known
		ends 0 onlyonectl seal guest
		stop $uid
		fills /run/onlyone
		ends 77 onlyone -a guest -k new "$GUESTS/guest" exit 5
		ends 5 onlyone -a guest -k known "$GUESTS/guest" exit 5
		# One that cannot be read is not taken for none.
		ends 73 strace -qqo/dev/null -P "$(echo /run/onlyone/$uid/seal.*)" \
			-e inject=openat:error=EIO \
			onlyone -a guest -k known "$GUESTS/guest" exit 5
		unsealed
		rm -rf /run/onlyone/$uid /tmp/onlyone-$uid
		ends 1 onlyonectl is-sealed guest
		is "$(echo /tmp/onlyone-*)" "/tmp/onlyone-*"'
}

@test "full: an instance in a full root is replaced, ended by --toggle and --overdue, and followed by the next in line; if both are full, it stays" {
	world "$FULL"'
		tight size=1m,nr_inodes=100
		mkdir -p -m 755 /tmp/home/.config/onlyone/rules
		chown -R $uid /tmp/home
		exec 2>/dev/null # as in stop
		# one_of N: of N that have begun one runs, the last.
		one_of() {
			local end=$((SECONDS + 30))
			until [ "$(grep -c main /tmp/log)" = $1 ]; do
				sleep 0.02
				((SECONDS < end)) || { echo "$how: not $1 have begun"; exit 1; }
			done
			is "$(me $uid onlyonectl list --json | jq length)" 1
			is "$(me $uid onlyonectl pid guest)" \
				"$(sed -n "s/ main.*//p" /tmp/log | tail -n 1)"
			ends 75 onlyone -n "$GUESTS/guest"
		}
		for how in --replace "--replace --kill-after=0" "-j 2 --replace" \
			--overdue=0.001:stop; do
			frees /run/onlyone
			start $uid
			is "$(root $uid)" /run/onlyone/$uid
			fills /run/onlyone
			if [[ $how = -j* ]]; then
				me $uid onlyone -j 2 "$GUESTS/guest" 3>&- &
				awaits eval "[ \"\$(grep -c main /tmp/log)\" = 2 ]"
				fills /run/onlyone
				ends 5 onlyone $how "$GUESTS/guest" exit 5
				awaits eval "[ \"\$(me $uid onlyonectl list --json | jq length)\" = 1 ]"
			else
				me $uid onlyone $how "$GUESTS/guest" 3>&- &
				one_of 2
			fi
			stop $uid
		done
		frees /run/onlyone
		start $uid
		fills /run/onlyone
		ends 0 onlyone --toggle "$GUESTS/guest"
		is "$(me $uid onlyonectl list --json | jq length)" 0
		# Those in line follow, in order.
		frees /run/onlyone
		start $uid
		fills /run/onlyone
		for n in 2 3; do
			me $uid onlyone --wait "$GUESTS/guest" 3>&- &
			awaits eval "me $uid onlyonectl log guest | grep -c \"waits in line\" | grep -q $((n - 1))"
		done
		for n in 2 3; do
			kill $(me $uid onlyonectl pid guest)
			one_of $n
			fills /run/onlyone
		done
		stop $uid
		# A rule says the same.
		frees /run/onlyone
		start $uid
		fills /run/onlyone
		me $uid sh -c "echo --replace >/tmp/home/.config/onlyone/rules/guest"
		me $uid env HOME=/tmp/home ONLYONE_ENFORCE=guest \
			LD_PRELOAD=/run/build/libonlyone.so "$GUESTS/guest" 3>&- &
		one_of 2
		stop $uid
		# No room anywhere.
		frees /run/onlyone
		start $uid
		fills /run/onlyone
		rm -rf /tmp/onlyone-$uid
		cp /tmp/log /run/log
		export GUEST_LOG=/run/log
		chmod 666 /run/log
		mount -t tmpfs -o mode=1777,size=64k,nr_inodes=3 none /tmp
		fills /tmp
		ends 73 onlyone --replace "$GUESTS/guest" exit 5
		said "; the running instance was not stopped"
		ends 75 onlyone -n "$GUESTS/guest"
		is "$(grep -c constructor /run/log)" 1
		umount /tmp
		export GUEST_LOG=/tmp/log
		stop $uid'
}

@test "full: no inode, no byte, a quota, read-only, too many folders, for the root or the slot: the next root, 5" {
	world "$FULL"'
		for n in 1 2 3 4 5 6 7 8; do
			tight nr_inodes=$n
			ends 5 onlyone "$GUESTS/guest" exit 5
			umount /run/onlyone
		done
		tight size=64k,nr_inodes=100
		fills /run/onlyone
		for free in 1 2 3 4; do
			ends 5 onlyone "$GUESTS/guest" exit 5
			me $other truncate -s -4096 /run/onlyone/filler
		done
		is "$(find /run/onlyone -mindepth 2 -name "guest-*")" ""
		umount /run/onlyone
		tight size=64k
		for call in mkdir mkdirat; do
			for error in EDQUOT EMLINK ENOSPC; do
				rm -rf /run/onlyone/$uid /tmp/onlyone-$uid
				ends 5 strace -qqo/dev/null -e inject=$call:error=$error:when=1 \
					onlyone "$GUESTS/guest" exit 5
				[ -d /tmp/onlyone-$uid ] || { echo $call $error; exit 1; }
			done
		done
		# A base that no one may write to, or list, or that is no folder.
		rm -rf /run/onlyone/$uid /tmp/onlyone-$uid
		umount /run/onlyone
		if [ $uid != 0 ]; then
			for mode in 755 700 733; do
				chmod $mode /run/onlyone
				ends 5 onlyone "$GUESTS/guest" exit 5
			done
		fi
		rmdir /run/onlyone 2>/dev/null || :'
}

@test "full: one that sees room, and one that has seen none, are one: at the same moment, and where the keeper was killed" {
	world "$FULL"'
		mkdir -m 1777 /run/onlyone
		# late: a launch that has seen neither, and stands at its claim.
		late() {
			rm -f /tmp/late
			me $uid strace -qqfo/tmp/late -e trace=mkdirat \
				-e inject=mkdirat:signal=STOP:when=1 \
				onlyone "$GUESTS/guest" >/dev/null 2>&1 3>&- &
			late=$!
			awaits grep -qs "stopped by SIGSTOP" /tmp/late
		}
		goes_on() {
			late=$(sed -n "s/ .*//p;q" /tmp/late)
			kill -CONT $late
			awaits test ! -e /proc/$late
		}
		for killed in "" 1; do
			rm -rf /run/onlyone/* /tmp/onlyone-$uid /tmp/log
			late
			me $uid strace -qqo/dev/null \
				-e inject=mkdirat:error=ENOSPC:when=1 \
				onlyone "$GUESTS/guest" >/dev/null 2>&1 3>&- &
			awaits grep -qs main /tmp/log
			awaits eval "[ -n \"\$(root $uid)\" ]"
			is "$(root $uid)" /tmp/onlyone-$uid
			[ -z "$killed" ] || kill -KILL \
				$(me $uid onlyonectl list --json | jq ".[].keeper")
			goes_on
			is "$(grep -c constructor /tmp/log)" 1
			once
			stop $uid
		done
		# Many at once, of which some see it full.
		rm -f /tmp/log
		for i in 1 2 3 4 5 6 7 8; do
			me $uid strace -qqo/dev/null \
				-e inject=mkdirat:error=ENOSPC:when=$((i % 2 + 1)) \
				onlyone "$GUESTS/guest" >/dev/null 2>&1 3>&- &
		done
		awaits grep -qs main /tmp/log
		once
		is "$(me $uid onlyonectl list --json | jq length)" 1
		stop $uid'
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
			# Whichever user has mounted it.
			for owner in $other $uid; do
				lie /tmp/mine /run/lie/deeper
				for ONLYONE_DIR in /tmp/mine /tmp/mine/back; do
					export ONLYONE_DIR
					tried 73
					is "$(wc -l </run/said)" 1
					said "^onlyone: .*$ONLYONE_DIR.* FUSE .*set ONLYONE_DIR"
					ends 73 "$GUESTS/refuse" EPERM statfs,fstatfs \
						onlyone "$GUESTS/guest" exit 5
					said " FUSE "
					ends 1 onlyonectl doctor
					said "^WRONG .*$ONLYONE_DIR.* FUSE "
				done
				umount -l /tmp/mine
			done'
	done
}
