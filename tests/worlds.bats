# as: root
# worlds.bats: one instance in every world in which a launch may find itself.
#
# Each scene is a script in a mount and a pid namespace of its own (lib/world.bash),
# so `kill -1` reaches everything in it and nothing else.  (hidepid: setups.bats; pid
# namespaces: container.bats.)
load lib/world

@test "overlayfs: a program that closes all, and a daemon, keep the slot, their keepers killed too" {
	within '
		mkdir "$mine.o"
		mount -t tmpfs none "$mine.o"
		mkdir "$mine.o/lower" "$mine.o/upper" "$mine.o/work"
		(cd "$mine.o" && mount -t overlay none "$mine" \
			-o lowerdir=lower,upperdir=upper,workdir=work)
		chmod 700 "$mine"
		is "$(stat -f -c %T "$mine")" overlayfs
		for guest in forker forker-static; do
			: >"$GUEST_LOG"
			onlyone "$GUESTS/$guest" close-range open 30 close-loop &
			until_true notes here 1
			orphaned "$GUESTS/$guest" "$!"
			dismissed "$!"
		done
		daemonise "$GUESTS/forker" fork setsid fork close-range
		orphaned "$GUESTS/forker" "$daemon"
		dismissed "$daemon"'
}

@test "mount, user, network, time namespace: an instance is found from the other side, its keeper killed too" {
	wants userns netns
	# The same root under another path.
	export elsewhere='mount --bind "$ONLYONE_DIR" "$ONLYONE_DIR.there"
		export ONLYONE_DIR=$ONLYONE_DIR.there
		exec "$@"'
	while read -r inside; do
		echo "$inside" >&2
		within '
			inside=("${me[@]}" '"$inside"')
			theirs
			mkdir "$mine.there"
			both() { found "${me[@]}"; found "${inside[@]}"; }
			start "${me[@]}" onlyone "$GUESTS/guest"
			both
			killed "$(the_keeper)"
			found "${inside[@]}"
			both
			dismissed "$owner"
			: >"$GUEST_LOG"
			"${inside[@]}" onlyone "$GUESTS/guest" &
			until_true has " main "
			owner=$(pgrep -x guest)
			both
			killed "$(the_keeper)"
			both
			dismissed "$owner"'
	done <<-'END'
		unshare --map-root-user --mount bash -c "$elsewhere" bash
		unshare --map-current-user --net
		unshare --map-root-user --time --boottime 1000000 --fork --kill-child
	END
}

# A service that root begins for uid 1000, as systemd does: no user namespace.
SERVICE='
	theirs
	service() { unshare "$1" "${me[@]}" onlyone "$GUESTS/guest"; }
	mkdir "$mine.there"
	mount --rbind / "$mine.there"
	# asks STATUS COMMAND...: a launch, behind that, waits; nothing starts.
	asks() {
		gives "$1" timeout $LIMIT "${@:2}" onlyone --wait=0.1 "$GUESTS/guest" x
		is "$(constructors)" 1
	}
'

@test "outside: the user's shell may ask what a service with a namespace of its own, or another root, has begun" {
	wants netns
	within "$SERVICE"'
		for what in --mount --net; do
			start unshare "$what" "${me[@]}" onlyone "$GUESTS/guest"
			asks 75 "${me[@]}"
			# Not root: he has instances of his own.
			gives 73 timeout $LIMIT onlyone --wait=0.1 "$GUESTS/guest" x
			"${me[@]}" timeout $LIMIT onlyone --replace "$GUESTS/guest" exit 0
			until_true gone "$owner"
			until_true empty
		done
		start chroot "$mine.there" "${me[@]}" onlyone "$GUESTS/guest"
		asks 75 "${me[@]}"
		dismissed "$owner"'
}

@test "outside: another root, another service, a hidden process 1, and who has entered a pid namespace: refused" {
	within "$SERVICE"'
		for what in --mount --net; do
			start unshare "$what" "${me[@]}" onlyone "$GUESTS/guest"
			asks 69 chroot "$mine.there" "${me[@]}"
			asks 69 unshare --mount "${me[@]}"
			asks 69 unshare --net "${me[@]}"
			dismissed "$owner"
		done
		# The service sees what the user may not: its root is another one.
		mkdir "$mine.box"
		mount -t tmpfs tmpfs "$mine.box"
		for dir in /*; do
			if [ -L "$dir" ]; then
				cp -a "$dir" "$mine.box"
			elif [ -d "$dir" ]; then
				mkdir "$mine.box$dir"
				mount --rbind "$dir" "$mine.box$dir"
			fi
		done
		start unshare --mount chroot "$mine.box" "${me[@]}" onlyone "$GUESTS/guest"
		asks 69 "${me[@]}"
		dismissed "$owner"
		# What it executes may have fewer capabilities than what the keeper does.
		start "${me[@]}" onlyone "$GUESTS/guest"
		asks 75 "${me[@]}"
		asks 69 setpriv --bounding-set=-sys_admin "${me[@]}"
		dismissed "$owner"
		# It cannot see the one with whose world it would compare.
		start unshare --mount bash -c "mount -t proc -o hidepid=2 proc /proc; exec \"\$@\"" - \
			"${me[@]}" onlyone "$GUESTS/guest"
		asks 69 "${me[@]}"
		dismissed "$owner"
		# The first process of the box has its mounts; the instance has ours, in
		# the pid namespace of the box.
		unshare --mount --pid --fork --kill-child --mount-proc sleep 300 &
		until_true pgrep -P $! -x sleep >"$mine.said"
		box=$(pgrep -P $! -x sleep)
		: >"$GUEST_LOG"
		nsenter --target "$box" --pid "${me[@]}" onlyone "$GUESTS/guest" &
		until_true has " main "
		asks 69 nsenter --target "$box" --pid --mount "${me[@]}"
		killed "$(pgrep -x guest)"
		killed "$box"
		until_true no_keepers'
}

@test "unreadable: who may not be looked into is found, its keeper killed too, and ended; a daemon keeps the slot, or it is 69" {
	within '
		theirs
		f=$GUESTS/forker
		listed() { user onlyonectl list --json | jq ".[0].$1"; }
		pid_listed() { [ "$(listed pid)" = "$1" ]; }
		: >"$GUEST_LOG"
		user onlyone "$f" hide close-range &
		until_true notes here 1
		pid=$(noted here)
		gives 1 user cat "/proc/$pid/maps"
		orphaned "$f" "$pid" "${me[@]}"
		dismissed "$pid"
		# A daemon that has its command line is known, and ended as its user may.
		: >"$GUEST_LOG"
		user onlyone "$f" hide daemon close-range
		until_true notes here 1
		pid=$(noted here)
		until_true pid_listed "$pid"
		is "$(user onlyonectl pid "$f")" "$pid"
		killed $(the_keeper)
		user onlyone -q "$f" end 5
		is "$(user onlyonectl pid "$f")" "$pid"
		user onlyone --replace "$f" hide daemon close-range
		gone "$pid"
		until_true notes here 2
		user onlyonectl -q stop "$f"
		gone "$(noted here | tail -n 1)"
		until_true empty
		# Not if another process may be it: none of them gets a signal.
		: >"$GUEST_LOG"
		words="hide say up wait $mine.go daemon close-range"
		user onlyone "$f" $words &
		until_true notes up 1
		user "$f" $words &
		until_true notes up 2
		touch "$mine.go"
		until_true notes here 2
		until_true pid_listed 0
		gives 69 user onlyonectl stop "$f"
		gives 69 user onlyone --replace "$f" end 5
		for pid in $(noted here); do
			gone "$pid" && exit 1
			killed "$pid"
		done
		until_true empty
		# Nor if it has another command line.
		: >"$GUEST_LOG"
		user onlyone --signal=SIGRTMIN "$f" exec execv hide daemon close-range \
			say waits wait "$mine.show" show
		until_true notes waits 1
		until_true pid_listed 0
		gives 69 user onlyonectl pid "$f"
		grep -q "pid cannot be seen" "$mine.said"
		# The process of ours that waits for its end gets no signal for it;
		# killed, it says nothing.
		until_true eval "stand_in=\$(pgrep -xP $(listed keeper) onlyone)"
		user onlyone -q "$f" end 5
		gone "$stand_in" && exit 1
		killed "$stand_in"
		user onlyone -q "$f" end 5
		# Without a keeper: 69 with the reason, never a second one.
		killed $(the_keeper)
		gives 69 user onlyone "$f" end 5
		grep -q "^onlyone: .*cannot be seen" "$mine.said"
		is "$(noted main | wc -l)" 1
		touch "$mine.show"
		until_true notes here 1
		until_true pid_listed "$(noted here)"
		user onlyonectl -q stop "$f"
		until_true empty
		# Its keeper sees it again, too.
		user onlyone "$f" exec execv hide daemon close-range \
			wait "$mine.seen" show
		until_true pid_listed 0
		touch "$mine.seen"
		until_true notes here 2
		until_true pid_listed "$(noted here | tail -n 1)"
		user onlyonectl -q stop "$f"
		until_true empty
		# Nor is it 69 if it ends while a launch rests before its next look.
		user onlyone "$f" exec execv hide daemon close-range
		until_true pid_listed 0
		killed $(the_keeper)
		"${me[@]}" strace -D -e inject=clock_nanosleep:signal=STOP:when=1 \
			onlyone "$f" end 5 2>"$mine.said" &
		until_true grep -qE "stopped by|exited" "$mine.said"
		killed "$(noted here | tail -n 1)"
		kill -CONT $!
		ends $! 5'
}

# A stranger has the line that the instance began with, and the true daemon another
# one (unlike): only the start time tells the stranger from the daemon.
GUESS='
	theirs
	f=$GUESTS/forker
	pid_listed() { [ "$(user onlyonectl list --json | jq ".[0].pid")" = "$1" ]; }
	# nameless: the instance has no pid, no process gets a signal, none starts.
	nameless() {
		local pid mains
		mains=$(noted main | wc -l)
		until_true pid_listed 0
		gives 69 user onlyonectl pid "$f"
		gives 69 user onlyonectl stop "$f"
		gives 69 user onlyone --replace "$f" end 5
		gives 0 user onlyone -q "$f" end 5
		is "$(noted main | wc -l)" "$mains"
		for pid in $(noted here); do
			gone "$pid" && { echo "$pid is gone"; exit 1; }
		done
		pid_listed 0
	}
	# dropped: all end, and the slot is free.
	dropped() {
		killed $(noted here)
		until_true empty
		until_true no_keepers
		: >"$GUEST_LOG"
	}
	# together WORD...: an instance with that line and a stranger, both as far as
	# "up", continue from there.
	together() {
		rm -f "$mine.go"
		user onlyone "$f" "$@" &
		until_true notes up 1
		user ${as-} "$f" "$@" &
		until_true notes up 2
		touch "$mine.go"
		until_true notes here 2
	}
	# wrong: the stranger has begun before the end of the owner, and is taken for
	# the daemon.
	wrong() {
		together hide say up wait "$mine.go" linger 500 fork setsid close-range unlike
		for daemon in $(noted here); do
			[[ $(tr "\0" " " <"/proc/$daemon/cmdline") != _* ]] || break
		done
		stranger=$(noted here | grep -vx "$daemon")
		until_true pid_listed "$stranger"
	}
'

@test "unreadable, guessed: no stranger gets a signal: a part of the line, begun too late or too early, a stopped keeper, two alike" {
	within "$GUESS"'
		echo "its line is but the end of that of the instance"
		user onlyone "$f" exec execv hide say up wait "$mine.go" daemon close-range &
		until_true notes up 1
		user bash -c "exec -a execv \"\$@\"" - "$f" hide say up wait "$mine.go" \
			daemon close-range &
		until_true notes up 2
		touch "$mine.go"
		until_true notes here 2
		nameless
		dropped
		echo "begun after the end of the owner"
		words="hide nap 30 daemon close-range unlike"
		user onlyone "$f" $words
		user "$f" $words
		until_true notes here 2
		nameless
		dropped
		echo "so, and its keeper learns of that end late"
		words="hide say up wait $mine.off daemon close-range unlike"
		user onlyone "$f" $words &
		until_true notes up 1
		keeper=$(the_keeper)
		kill -STOP "$keeper"
		touch "$mine.off"
		wait $!
		user "$f" $words
		until_true notes here 2
		kill -CONT "$keeper"
		nameless
		dropped
		echo "begun before the instance"
		words="hide say up wait $mine.later daemon close-range unlike"
		touch "$mine.later"
		user "$f" $words
		until_true notes here 1
		user onlyone "$f" $words
		until_true notes here 2
		nameless
		dropped
		echo "with other rights"
		as="setpriv --no-new-privs"
		together hide say up wait "$mine.go" linger 500 fork setsid close-range unlike
		nameless
		dropped
		as=
		echo "it has executed since its fork"
		rm "$mine.go"
		words="hide say up wait $mine.go linger 500 fork setsid close-range unlike"
		user onlyone "$f" $words &
		until_true notes up 1
		user "$f" $words &
		until_true notes up 2
		stranger=$(noted up | tail -n 1)
		kill -STOP "$stranger"
		touch "$mine.go"
		until_true notes here 1
		nameless
		gone "$stranger" && exit 1
		killed "$stranger"
		dropped
		echo "two with that line"
		together hide say up wait "$mine.go" linger 500 fork setsid close-range
		nameless
		killed $(the_keeper)
		gives 69 user onlyonectl stop "$f"
		gives 69 user onlyone "$f" end 5
		killed $(noted here)
		gives 5 user onlyone "$f" end 5'
}

@test "unreadable, guessed: the end of a wrong one frees no slot, its keeper killed too; that of the right one does, whoever lives" {
	within "$GUESS"'
		echo "with its keeper"
		wrong
		kill -TERM "$stranger"
		until_true gone "$stranger"
		gives 0 user onlyone -q "$f" end 5
		nothing_more() {
			gives 69 user onlyonectl stop "$f"
			is "$(noted main | wc -l)" 2
			gone "$daemon" && exit 1
			return 0
		}
		until_true pid_listed 0
		nothing_more
		dropped
		echo "its keeper killed before"
		wrong
		killed $(the_keeper)
		killed "$stranger"
		gives 69 user onlyone "$f" end 5
		nothing_more
		killed "$daemon"
		gives 5 user onlyone "$f" end 5
		: >"$GUEST_LOG"
		until_true empty
		echo "another keeper"
		wrong
		killed $(the_keeper)
		gives 0 user onlyone -q "$f" end 5
		is "$(user onlyonectl pid "$f")" "$stranger"
		keeper=$(user onlyonectl list --json | jq ".[0].keeper")
		until_true pgrep -xP "$keeper" onlyone >"$mine.said"
		killed "$stranger"
		gives 0 user onlyone -q "$f" end 5
		until_true pid_listed 0
		nothing_more
		dropped
		echo "the right one ends"
		wrong
		killed "$daemon"
		until_true empty
		gone "$stranger" && exit 1
		killed "$stranger"
		: >"$GUEST_LOG"
		echo "so without a keeper"
		wrong
		killed $(the_keeper)
		killed "$daemon"
		gives 3 user onlyonectl stop "$f"
		gives 5 user onlyone "$f" end 5
		gone "$stranger" && exit 1
		killed "$stranger"'
}

# The library is found beside the program, whose path the kernel tells.
@test "no /proc: one instance, its keeper killed, and the slot free at its end; a daemon keeps it" {
	within '
		mkdir "$mine.none"
		start
		mount --bind "$mine.none" /proc
		gives 0 onlyone -q "$GUESTS/guest" exit 5
		killed "$keeper"
		gives 0 onlyone -q "$GUESTS/guest" exit 5
		is "$(constructors)" 1
		ends_by KILL "$owner" 137
		until_true empty
		gives 5 onlyone "$GUESTS/guest" exit 5
		: >"$GUEST_LOG"
		onlyone "$GUESTS/forker" daemon close-range
		until_true notes here 1
		onlyone -q "$GUESTS/forker" end 5
		is "$(noted main | wc -l)" 1
		kill -KILL "$(noted here)"
		until_true empty'
}

# The script is pid 1 of its world: kill -1 reaches all others.
@test "log-out: HUP and TERM to everybody: the keeper stays until the program ends, and frees its slot" {
	within '
		start setsid onlyone "$GUESTS/guest" catch 1 catch 15
		keeper=$(the_keeper)
		onlyone -W -q "$GUESTS/guest" &
		kill -HUP -1
		until_true has "^$owner signal 1$"
		kill -TERM -1
		until_true has "^$owner signal 15"
		found
		is "$(the_keeper)" "$keeper"
		dismissed "$owner"
		daemonise "$GUESTS/forker" daemon worker
		kill -HUP -1
		kill -TERM -1 || : # they may be gone
		until_true gone "$daemon"
		until_true empty
		until_true no_keepers
		started'
}

@test "boot: an owner of another boot is dead, even if its pid is alive; in its own it lives" {
	disk=$(mktemp -d /var/tmp/onlyone-test.XXXXXX)
	LITTER+=("$disk")
	within "disk=$disk"'
		ONLYONE_DIR=$disk
		static=$GUESTS/guest-static
		start onlyone "$static"
		killed "$keeper"
		echo 11111111-2222-3333-4444-555555555555 >"$mine.boot"
		mount --bind "$mine.boot" /proc/sys/kernel/random/boot_id
		is "$(onlyonectl count "$static")" 0
		gives 3 onlyonectl signal TERM "$static"
		gives 5 onlyone "$static" exit 5
		kill -0 "$owner"
		until_true empty
		umount /proc/sys/kernel/random/boot_id
		start onlyone "$static"
		killed "$keeper"
		onlyone -q "$static" exit 5
		is "$(constructors)" 1
		dismissed "$owner"'
}

@test "keys: mounts of a file are one by inode, several by path; what is mounted over is another" {
	within '
		key() { # KIND FILE
			onlyone --dry-run -k "{$1:1}" true "$2" |
				sed -n "s/^key: *\(.*\) (.*/\1/p"
		}
		one() { is "$(key inode "$1")" "$(key inode "$2")"; }
		two() { [ "$(key "$1" "$2")" != "$(key "$1" "$3")" ] || is one two; }
		mkdir "$mine.a" "$mine.b" "$mine.c"
		mount -t tmpfs none "$mine.a"
		mount -t tmpfs none "$mine.c"
		touch "$mine.a/file" "$mine.c/file"
		mount --bind "$mine.a" "$mine.b"
		one "$mine.a/file" "$mine.b/file"
		two path "$mine.a/file" "$mine.b/file"
		# Of two file systems, with the same number.
		is "$(stat -c %i "$mine.a/file")" "$(stat -c %i "$mine.c/file")"
		two inode "$mine.a/file" "$mine.c/file"
		mount --bind "$mine.c/file" "$mine.b/file"
		two inode "$mine.a/file" "$mine.b/file"
		two inode /dev/null /dev/zero'
}

# A user with a name and a home, whatever this machine has: $home.  The state root is
# the default one below /run/onlyone, and /usr/local/bin is the build.
USERS='
	unset ONLYONE_DIR
	home=$mine/home
	mkdir -m 755 "$home" "$home/bin"
	chmod 755 "$mine"
	mount -t tmpfs -o mode=755 none /run
	mkdir -m 1777 /run/onlyone
	mkdir -p /run/sshd "$mine/local" "$mine/none"
	ln -s "$BUILD"/* "$mine/local"
	mount --bind "$mine/local" /usr/local/bin
	also() { # FILE LINE: that, with this line instead of what is of uid 1000.
		grep -v "^[^:]*:[^:]*:1000:" "$1" >"$mine/${1##*/}" || :
		echo "$2" >>"$mine/${1##*/}"
		mount --bind "$mine/${1##*/}" "$1"
	}
	also /etc/passwd "oouser:x:1000:1000::$home:/bin/sh"
	also /etc/shadow "oouser:*:19000:0:99999:7:::"
	also /etc/group "oouser:x:1000:"
	export PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin
	# As from the desktop: with much in its environment.
	desk() {
		user env HOME="$home" DISPLAY=:0 XDG_RUNTIME_DIR=/nowhere \
			XDG_SESSION_ID=7 LANG=de_DE.UTF-8 TMPDIR=/nowhere "$@"
	}
	ctl() { user env -i /usr/local/bin/onlyonectl "$@"; }
	counts() { [ "$(ctl count "$1")" = "$2" ]; }
'

@test "logins: an instance of the desktop is met from env -i, sudo -u, su -, ssh; sudo is another user; hold goes by it" {
	within "$USERS"'
		app=$home/bin/backup
		printf "%s\n" "#!/bin/sh" "exec sleep 300" >"$app"
		chmod +x "$app"
		chown -R 1000:1000 "$home"
		desk onlyone "$app" >"$mine/said" 2>&1 &
		until_true counts "$app" 1
		pid=$(ctl pid "$app")
		meets() {
			is "$(timeout $LIMIT "$@" onlyonectl pid "$app")" "$pid"
			timeout $LIMIT "$@" onlyone --skip "$app"
		}
		meets "${me[@]}" env -i HOME="$home" SHELL=/bin/sh PATH="$PATH"
		meets sudo -u oouser
		meets sudo -i -u oouser env PATH="$PATH"
		via_su() { su - oouser -c "PATH=$PATH; $*"; }
		export -f via_su
		meets bash -c "via_su \"\$@\"" bash
		# sshd, as that user; without a port: the connection is its input and output.
		ssh-keygen -q -t ed25519 -N "" -f "$mine/host"
		ssh-keygen -q -t ed25519 -N "" -f "$mine/key"
		printf "%s\n" "HostKey $mine/host" "UsePAM no" \
			"AuthorizedKeysFile $mine/key.pub" "StrictModes no" >"$mine/conf"
		meets ssh -F none -i "$mine/key" -o BatchMode=yes \
			-o ProxyCommand="/usr/sbin/sshd -i -f $mine/conf" \
			-o UserKnownHostsFile="$mine/known" \
			-o StrictHostKeyChecking=no oouser@localhost PATH="$PATH"
		is "$(sudo env PATH="$PATH" onlyonectl count "$app")" 0
		ctl stop "$app"
		# What root holds behind sudo is sudo'\''s, until that ends; behind sudo -u it
		# has to be said whose it is, unless a shell of that user is there.
		sudo env PATH="$PATH" onlyonectl hold job
		until_true count_is job 0
		gives 64 sudo -u oouser onlyonectl hold job
		grep -q "is another user.s; say which process with --owner=PID" "$mine.said"
		gives 77 sudo -u oouser onlyonectl hold --owner=$$ job
		sudo -u oouser sh -c "onlyonectl hold job && onlyonectl pid job; echo \$\$" \
			>"$mine.told"
		is "$(sort -u "$mine.told" | wc -l)" 1
		until_true counts job 0'
}

@test "logins: a session's variables, kept by sudo -E, su -p, su, su -, lead nobody to another user's slot" {
	within "$USERS"'
		: >"$mine/ran"
		chmod 666 "$mine/ran"
		on="id -u >>$mine/ran"
		export mine on
		# He may keep by sudo what he likes.
		printf "%s\n" "Defaults !env_reset, !secure_path" "root ALL=(ALL:ALL) ALL" \
			"oouser ALL=(ALL:ALL) NOPASSWD:SETENV: ALL" >"$mine/sudoers"
		chmod 440 "$mine/sudoers"
		mount --bind "$mine/sudoers" /etc/sudoers
		mount --bind "$mine/none" /etc/sudoers.d
		# A shell of that user that is an instance of his; in it, root.
		cat >"$mine/script" <<-"END"
			[ -n "$ONLYONE_SLOT" ]
			for how in "sudo -E sh -c" "sudo -i sh -c" "sudo su -p root -c" \
				"sudo su - root -c"; do
				$how "exec /usr/local/bin/onlyone -q -a shell \
					--on-activate=\"$on\" sleep 300" &
				until [ "$(sudo -i /usr/local/bin/onlyonectl count shell)" = 1 ]; do
					sleep 0.02
				done
				# Each meets his own, and is served by it.
				pid=$(sudo -E onlyonectl pid shell)
				[ "$pid" != $$ ]
				[ "$(onlyonectl pid shell)" = $$ ]
				$how "/usr/local/bin/onlyone -q -a shell true"
				onlyone -q -a shell true
				[ "$(tail -n 2 "$mine/ran" | tr "\n" " ")" = "0 1000 " ]
				# He can end his own, and not root'"'"'s.
				kill -KILL "$pid" 2>/dev/null && exit 9
				sudo -E onlyonectl stop shell
				wait || :
			done
			echo "$how" >>"$mine/ran"
		END
		desk onlyone -q -a shell --on-activate="$on" sh -eu "$mine/script"
		is "$(tail -n 1 "$mine/ran")" "sudo su - root -c"'
}
