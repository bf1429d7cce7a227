#!/usr/bin/env bats
# as: root
# logins.bats: one user's launches meet, from cron, ssh, sudo, su.
#
# The real programs, each with the environment that it makes, in a mount and a
# pid namespace: /run, crontabs and passwd are the test's own there, and
# /usr/local/bin is the build.  cron begins its jobs at a full minute, so one
# test has all of them.
load lib/manual
load lib/world

# A user with a name and a home, whatever this machine has: $name, $home.  The
# state root is the default one below /run/onlyone.
USERS='
	unset ONLYONE_DIR
	home=$mine/home
	mkdir -m 755 "$home" "$home/bin"
	chmod 755 "$mine"
	mount -t tmpfs -o mode=755 none /run
	mkdir -m 1777 /run/onlyone
	mkdir -p /run/sshd
	mount --bind "$BUILD" /usr/local/bin
	grep -v "^[^:]*:[^:]*:1000:" /etc/passwd >"$mine/passwd"
	echo "oouser:x:1000:1000::$home:/bin/sh" >>"$mine/passwd"
	mount --bind "$mine/passwd" /etc/passwd
	cp /etc/shadow "$mine/shadow"
	echo "oouser:*:19000:0:99999:7:::" >>"$mine/shadow"
	mount --bind "$mine/shadow" /etc/shadow
	grep -v "^[^:]*:[^:]*:1000:" /etc/group >"$mine/group"
	echo "oouser:x:1000:" >>"$mine/group"
	mount --bind "$mine/group" /etc/group
	name=oouser
	PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin
	# As from the desktop: with much in its environment.
	desk() {
		user env HOME="$home" DISPLAY=:0 XDG_RUNTIME_DIR=/nowhere \
			XDG_SESSION_ID=7 LANG=de_DE.UTF-8 TMPDIR=/nowhere "$@"
	}
	count() { user env -i /usr/local/bin/onlyonectl count "$@"; }
	counts() { [ "$(count "$1")" = "$2" ]; }
'

@test "logins: an instance of the desktop is met from env -i, sudo -u, su -, ssh, a crontab's line; cron mails failures and nothing else" {
	# Each crontab of the manuals, at any minute.
	cron=$(example onlyone.7 crontab | sed -E 's/^[0-9]+ \*/* */')
	# (Of README's the first: of the others manual.bats knows.)
	line=$(example README.md cron | sed -E 's/^[0-9]+ \*/* */; q')
	[ "$(grep -c '^\* \* \* \* \* ' <<<"$cron
$line")" = 4 ]
	assert_equal "$(example onlyone.1 cron)" "$(example README.md cron)"
	export cron line
	within "$USERS"'
		mount -t tmpfs none /var/spool/cron
		mkdir -m 1730 /var/spool/cron/crontabs
		mkdir "$mine/none" "$mine/sbin"
		mount --bind "$mine/none" /etc/cron.d
		# One in the system'"'"'s crontab, with the name of a user.
		printf "%s\n" "$line" | sed "s#PATH=#root &#" \
			>"$mine/crontab"
		mount --bind "$mine/crontab" /etc/crontab
		# Beside ours a job, which says nothing.
		mkdir "$mine/local"
		ln -s "$BUILD"/* "$mine/local"
		printf "%s\n" "#!/bin/sh" "id -u >>$mine/nightly" \
			"exec sleep 300" >"$mine/local/backup"
		chmod +x "$mine/local/backup"
		mount --bind "$mine/local" /usr/local/bin
		# What cron mails with.
		printf "%s\n" "#!/bin/sh" "cat >>$mine/mail" >"$mine/sbin/sendmail"
		chmod +x "$mine/sbin/sendmail"
		: >"$mine/mail"
		chmod 666 "$mine/mail"
		mount -t overlay -o "lowerdir=$mine/sbin:/usr/sbin" none /usr/sbin
		# backup runs on the desktop already; dump fails for orders.
		printf "%s\n" "#!/bin/sh" "echo backup" "echo >>$mine/backups" \
			"exec sleep 300" >"$home/bin/backup"
		printf "%s\n" "#!/bin/sh" "echo \"dump \$1\"" \
			"echo \"\$1 \$PATH\" >>$mine/dumps" \
			"[ \"\$1\" = customers ]" >"$home/bin/dump"
		chmod +x "$home/bin/backup" "$home/bin/dump"
		: >"$mine/backups"
		: >"$mine/dumps"
		: >"$mine/nightly"
		chmod 666 "$mine/backups" "$mine/dumps" "$mine/nightly"
		printf "%s\n" "$line" "$cron" | crontab -u oouser -
		desk onlyone "$home/bin/backup" >"$mine/said" 2>&1 &
		until_true counts "$home/bin/backup" 1
		pid=$(user env -i /usr/local/bin/onlyonectl pid "$home/bin/backup")
		cron -f &
		ways=0
		meets() {
			is "$(timeout $LIMIT "$@" onlyonectl pid "$home/bin/backup")" \
				"$pid"
			timeout $LIMIT "$@" onlyone --skip "$home/bin/backup"
			ways=$((ways + 1))
		}
		meets setpriv --reuid=1000 --regid=1000 --clear-groups \
			env -i HOME="$home" SHELL=/bin/sh \
			PATH=/usr/local/bin:/usr/bin:/bin
		meets sudo -u oouser
		meets sudo -i -u oouser env PATH="$PATH"
		via_su() { su - oouser -c "PATH=$PATH; $*"; }
		export -f via_su
		export PATH
		meets bash -c "via_su \"\$@\"" bash
		# sshd, as that user.
		chown -R 1000:1000 "$home"
		ssh-keygen -q -t ed25519 -N "" -f "$mine/host"
		ssh-keygen -q -t ed25519 -N "" -f "$mine/key"
		cp "$mine/key.pub" "$mine/keys"
		printf "%s\n" "HostKey $mine/host" "UsePAM no" \
			"AuthorizedKeysFile $mine/keys" "StrictModes no" \
			>"$mine/conf"
		# Without a port: the connection is its input and output.
		meets ssh -F none -i "$mine/key" -o BatchMode=yes \
			-o ProxyCommand="/usr/sbin/sshd -i -f $mine/conf" \
			-o UserKnownHostsFile="$mine/known" \
			-o StrictHostKeyChecking=no oouser@localhost \
			PATH=/usr/local/bin:/usr/bin:/bin
		is "$ways" 5
		is "$(wc -l <"$mine/backups")" 1
		# sudo without -u is another user, with another slot.
		is "$(sudo env PATH="$PATH" onlyonectl count "$home/bin/backup")" 0
		# The full minute: both dumps, and the mail of the one that failed.
		for _ in {1..900}; do
			[ "$(wc -l <"$mine/dumps")" -lt 2 ] || break
			sleep 0.1
		done
		until_true grep -qx "dump orders" "$mine/mail"
		is "$(sort "$mine/dumps" | tr "\n" ";")" \
			"customers /usr/local/bin:/usr/bin:/bin;orders /usr/local/bin:/usr/bin:/bin;"
		is "$(wc -l <"$mine/backups")" 1
		until_true counts "$home/bin/dump" 0
		is "$(grep -c "^Subject:" "$mine/mail")" 1
		is "$(grep -cE "^(dump customers|backup)" "$mine/mail")" 0
		# The other job is in both crontabs.
		nightly() { [ "$(sort "$mine/nightly" | tr "\n" " ")" = "0 1000 " ]; }
		until_true nightly
		for who in "" user; do
			$who env -i /usr/local/bin/onlyonectl stop \
				/usr/local/bin/backup
		done
		user env -i /usr/local/bin/onlyonectl stop "$home/bin/backup"
	'
}

@test "logins: hold behind sudo is sudo's, until that ends; behind sudo -u it is 64, and --owner names one of that user" {
	within "$USERS"'
		# These words are a script of root.
		sudo env PATH="$PATH" onlyonectl hold job
		until_true eval "[ \"\$(onlyonectl count job)\" = 0 ]"
		sudo env PATH="$PATH" onlyonectl hold --owner=$$ job
		is "$(onlyonectl pid job)" "$$"
		onlyonectl release --owner=$$ job
		gives 64 sudo -u oouser onlyonectl hold job
		grep -q "is another user.s; say which process with --owner=PID" "$mine.said"
		gives 77 sudo -u oouser onlyonectl hold --owner=$$ job
		# A shell behind it is of that user.
		sudo -u oouser sh -c "onlyonectl hold job && onlyonectl pid job; echo \$\$" \
			>"$mine.told"
		is "$(sort -u "$mine.told" | wc -l)" 1
		until_true counts job 0
	'
}

# What a session carries over to another user: a shell that is an instance, with
# all its variables, and a user who may keep what he likes.
SESSION="$USERS"'
	printf "%s\n" "Defaults !env_reset, !secure_path" \
		"oouser ALL=(ALL:ALL) NOPASSWD:SETENV: ALL" >"$mine/sudoers"
	chmod 440 "$mine/sudoers"
	mount --bind "$mine/sudoers" /etc/sudoers
	mkdir "$mine/no"
	mount --bind "$mine/no" /etc/sudoers.d
	: >"$mine/ran"
	: >"$mine/how"
	chmod 666 "$mine/ran" "$mine/how"
	on="id -u >>$mine/ran"
	# session COMMAND...: a shell of that user that is an instance of his,
	# in it the script on standard input, until it ends.
	session() {
		cat >"$mine/script"
		"$@" onlyone -q -a shell --on-activate="$on" \
			sh -eu "$mine/script"
	}
	export mine on
'

@test "logins: a session's variables, kept by sudo -E, sudo, su -p, su, su -, lead nobody to another user's slot" {
	within "$SESSION"'
		# From the user to root, by everything that keeps them or not.
		session desk <<-"END"
			[ -n "$ONLYONE_SLOT" ]
			for how in "sudo -E" "sudo" "sudo --preserve-env=ONLYONE_SLOT" \
				"sudo -i" "sudo su -p root -c" "sudo su root -c" \
				"sudo su - root -c"; do
				echo "$how" >"$mine/how"
				line="/usr/local/bin/onlyone -q -a shell --on-activate=\"$on\" sleep 300"
				case $how in
				*-c) $how "$line" & ;;
				*) $how sh -c "exec $line" & ;;
				esac
				until [ "$(sudo -i /usr/local/bin/onlyonectl count shell)" = 1 ]; do
					sleep 0.02
				done
				# Each meets his own, and is served by it.
				pid=$(sudo -E onlyonectl pid shell)
				[ "$pid" != $$ ]
				[ "$(onlyonectl pid shell)" = $$ ]
				case $how in
				*-c) $how "/usr/local/bin/onlyone -q -a shell true" ;;
				*) $how /usr/local/bin/onlyone -q -a shell true ;;
				esac
				[ "$(tail -n 1 "$mine/ran")" = 0 ]
				onlyone -q -a shell true
				[ "$(tail -n 1 "$mine/ran")" = 1000 ]
				# He can end his own, and not root'"'"'s.
				code=0
				kill -KILL "$pid" 2>/dev/null || code=$?
				[ "$code" != 0 ]
				sudo -E onlyonectl stop shell
				wait || :
			done
		END
		is "$(cat "$mine/how")" "sudo su - root -c"
		until_true no_info
		# And from root to the user.
		session <<-"END"
			for how in "su -p oouser -c" "su oouser -c" "su - oouser -c"; do
				$how "/usr/local/bin/onlyone -q -a shell --on-activate=\"$on\" sleep 300" &
				until [ "$(su - oouser -c "/usr/local/bin/onlyonectl count shell")" = 1 ]; do
					sleep 0.02
				done
				[ "$(onlyonectl pid shell)" = $$ ]
				$how "/usr/local/bin/onlyone -q -a shell true"
				[ "$(tail -n 1 "$mine/ran")" = 1000 ]
				$how "/usr/local/bin/onlyonectl stop shell"
				wait || :
			done
			echo done >"$mine/how"
		END
		is "$(cat "$mine/how")" "done"'
}

@test "logins: enforced, what root's instance starts as another user is no part of that user's instance" {
	within "$SESSION"'
		cat >"$home/bin/app" <<-"END"
			#!/bin/sh
			echo "$1 $(id -u)" >>"$mine/ran"
			[ "$1" != outer ] ||
				su -p oouser -c "$0 inner; echo \$? >>$mine/how"
			exec sleep 300
		END
		chmod 755 "$home/bin/app"
		export ONLYONE_ENFORCE=app LD_PRELOAD=/usr/local/bin/libonlyone.so
		desk "$home/bin/app" first &
		until_true grep -qx "first 1000" "$mine/ran"
		"$home/bin/app" outer 2>"$mine/said" &
		until_true grep -qx "outer 0" "$mine/ran"
		over() { [ -s "$mine/how" ] || grep -q inner "$mine/ran"; }
		until_true over
		is "$(sort "$mine/ran" | tr "\n" " ")$(cat "$mine/how")" \
			"first 1000 outer 0 0"
		unset ONLYONE_ENFORCE LD_PRELOAD
		onlyonectl stop app
		user onlyonectl stop app'
}

@test "logins: a set-user-ID program that launches has its effective user's instance" {
	# Where set-user-ID programs work.
	suid=$(mktemp -d /var/tmp/onlyone-test.XXXXXX)
	chmod 755 "$suid"
	cp /usr/bin/env "$suid/as-root"
	chmod 4755 "$suid/as-root"
	within "suid=$suid$SESSION"'
		desk "$suid/as-root" onlyone -q -a job --on-activate="id -u >>$mine/ran" \
			sleep 300 &
		until_true count_is job 1
		pid=$(onlyonectl pid job)
		grep -qP "^Uid:\t1000\t0\t0\t0" "/proc/$pid/status"
		for i in 1 2 3; do
			: >"$mine/ran"
			onlyone -q -a job false
			desk "$suid/as-root" onlyone -q -a job false
			# (A shell gives up what its real user is not.)
			is "$(wc -l <"$mine/ran")" 2
			pid_is job "$pid"
			# Whom it was begun by has another slot.
			is "$(count job)" 0
			killed "$(keeper_of job)"
		done
		onlyonectl stop job
		until_true gone "$pid"
		until_true count_is job 0'
	rm -r "$suid"
}
