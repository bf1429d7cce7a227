# as: root
# setups.bats: the essential promises, on unusual machines.
#
# hidepid, sandboxes that share some things and not others, a rootless container
# beside its host.  The launching user is uid 1000, the other user 1001.  Each scene has
# a world of its own (lib/world.bash).
load lib/world

own_setup() {
	chmod 777 "$place"
	cat >>"$place/prelude" <<-'END'
		stranger() { setpriv --reuid=1001 --regid=1001 --clear-groups "$@"; }
		# by_me COMMAND...: what is defined here, as uid 1000.
		by_me() {
			local root="export ONLYONE_DIR=${ONLYONE_DIR-}"
			[ -n "${ONLYONE_DIR-}" ] || root="unset ONLYONE_DIR"
			"${me[@]}" "${inside[@]}" \
				bash -c "mine=$mine; . $place/prelude; $root; $*"
		}
		inside=()
		# essentials: uid 1000 has one instance, whatever happens; then the
		# slot is free.
		essentials() {
			onlyone --on-activate="echo \"\$1\" >>$mine.ran" \
				"$GUESTS/guest" &
			owner=$!
			until_true has "^$owner main"
			launch one
			is "$code $(cat "$mine.ran")" "0 one"
			killed $(the_keeper)
			launch two
			is "$code $(tail -n 1 "$mine.ran")" "0 two"
			: >"$mine.up"
			until_true test -e "$mine.tried"
			launch three
			is "$code $(tail -n 1 "$mine.ran")" "0 three"
			is "$(onlyonectl pid guest) $(constructors)" "$owner 1"
			onlyonectl stop guest
			until_true gone "$owner"
			until_true swept
			started
			until_true swept
		}
		swept() {
			no_keepers &&
				! find "${ONLYONE_DIR:-/tmp}" -name pid | grep -q .
		}
		# promises: so it is, and another user has no part in it.
		promises() {
			rm -f "$mine".{up,tried,ran}
			by_me essentials &
			doer=$!
			until_true test -e "$mine.up"
			owner=$(sed -n "s/^\([0-9]*\) main .*/\1/p" "$GUEST_LOG")
			slot=$(dirname "$(find "${ONLYONE_DIR:-/tmp}" -name info)")
			theft="import socket
s = socket.socket(socket.AF_UNIX)
s.connect(\"$slot/sock\")"
			while read -r try; do
				code=0
				eval "stranger timeout $LIMIT $try" \
					>"$mine.denied" 2>&1 || code=$?
				[ "$code" != 0 ] || { echo "not denied: $try"; exit 1; }
			done <<-TRIES
				kill -KILL $owner $(the_keeper)
				cat $slot/info $slot/pid
				ls $slot
				/usr/bin/python3 -c "\$theft"
				env ONLYONE_DIR=${slot%/*} onlyonectl stop guest
				env ONLYONE_DIR=${slot%/*} onlyone -n $GUESTS/guest exit 5
			TRIES
			is "$code" 73
			: >"$mine.tried"
			ends "$doer" 0
		}
	END
	sed -i "1i place=$place" "$place/prelude"
}

# Others were there first, with all that a name can be.
STICKY='
	mkdir "$mine.build"
	mount --bind "$BUILD" "$mine.build"
	mount -t tmpfs -o mode=1777 none /tmp
	mount -t tmpfs -o mode=755 none /run
	export PATH=$mine.build:$PATH GUESTS=$mine.build/guests
	theirs
	unset ONLYONE_DIR
	stranger sh -c "
		umask 0
		cd /tmp
		mkdir theirs onlyone-1000.3
		: >theirs/file
		ln -s theirs onlyone-1000
		mkfifo onlyone-1000.1
		: >onlyone-1000.2
		ln theirs/file onlyone-1000.4
		ln -s /nowhere onlyone-1000.5"
'

@test "others were first in a default root that all may write into: all holds, and nothing of theirs is touched" {
	within "$STICKY"'
		promises
		is "$(stat -c %u /tmp/onlyone-1000.6)" 1000
		is "$(ls /tmp/theirs)" file
		is "$(stat -c %s /tmp/onlyone-1000.2)" 0'
}

# Yama decides on what needs the right to attach (ptrace(2), PTRACE_MODE_ATTACH):
# these calls, and /proc/PID/mem.  A process that never needs it cannot tell 0 from 1.
@test "hidepid 1, 2 and ptraceable: all holds, and nothing that ptrace_scope forbids is ever asked for" {
	needs strace strace
	for how in 1 2 4; do
		within '
			theirs
			mount -t proc -o hidepid='"$how"' proc /proc
			gives 1 "${me[@]}" cat /proc/1/status
			rm "$mine.said" # it is root'"'"'s
			inside=(strace -f -qq -o "$mine.trace" -e signal=none -e
				trace=ptrace,process_vm_readv,process_vm_writev,pidfd_getfd,/open)
			promises
			grep -q "[\"/]status\"" "$mine.trace"
			gives 1 grep -E \
				"^[0-9]+ +(ptrace|process_vm|pidfd_getfd)|[\"/]mem\"" \
				"$mine.trace"'
	done
}

# What /proc/PID/status says comes after a list of them (a directory service's).
@test "groups: one who is in three thousand: all holds" {
	within '
		theirs
		me=(setpriv --reuid=1000 --regid=1000
			--groups="$(seq -s , 2000000001 2000003000)")
		promises
		# It is not about to end.
		: >"$GUEST_LOG"
		"${me[@]}" onlyone "$GUESTS/guest" &
		until_true has " main "
		timeout $LIMIT "${me[@]}" onlyone -v "$GUESTS/guest" 2>"$mine.told"
		gives 1 grep "waiting for" "$mine.told"
		is "$(constructors)" 1
		killed "$(pgrep -x guest)"
		until_true no_keepers'
}

# Launches in sandboxes of bubblewrap, $box, beside an instance outside.
BOXES='
	theirs
	shares=("" --unshare-pid --unshare-net "--unshare-ipc --unshare-uts"
		"--unshare-pid --unshare-net" --unshare-all)
	procs=("--proc /proc" "--dev-bind /proc /proc" "--tmpfs /proc")
	# each ROOT: scene, in each.
	each() {
		local share proc
		for share in "${shares[@]}"; do
			for proc in "${procs[@]}"; do
				what="$share $proc"
				box=(bwrap --dev-bind / / $share $proc "$@")
				: >"$GUEST_LOG"
				rm -f "$mine.ran"
				scene || { echo "in $what"; exit 1; }
			done
		done
	}
	# outside: the instance and its keeper are.
	handler="readlink /proc/self/ns/mnt >>$mine.ran || echo none >>$mine.ran"
	outside() {
		: >"$GUEST_LOG"
		"${me[@]}" onlyone --on-activate="$handler" "$GUESTS/guest" &
		until_true has " main "
		owner=$(pgrep -x guest)
	}
	here=$(readlink /proc/self/ns/mnt)
	# attempt CODES COMMAND...: a launch that ends so, and starts nothing.
	attempt() {
		code=0
		timeout $LIMIT "${@:2}" onlyone "$GUESTS/guest" exit 5 \
			2>"$mine.said" || code=$?
		[[ " $1 " == *" $code "* ]] ||
			{
				echo "line ${BASH_LINENO[*]}: in $what: $code"
				cat "$mine.said"
				exit 1
			}
		is "$what $(constructors)" "$what 1"
	}
	# over: the instance exits, and with it all; but if its state could not
	# be seen while it lived, its exit cannot be seen either.
	over() {
		killed "$owner"
		until_true no_keepers
		[ "$code" != 69 ] || rm -rf "$mine"/*
		until_true empty
		wait
	}
	ran() { is "$what: $(tail -n 1 "$mine.ran")" "$what: $1"; }
'

# 69: the instance is of another pid namespace, or cannot be looked at.
SAME_ROOT='
	scene() {
		outside
		attempt 0 "${me[@]}" "${box[@]}"
		ran "$here"
		killed $(the_keeper)
		attempt "0 69" "${me[@]}" "${box[@]}"
		attempt "0 69" "${me[@]}"
		over
		: >"$GUEST_LOG"
		timeout $LIMIT "${me[@]}" "${box[@]}" onlyone --on-activate="$handler" \
			"$GUESTS/guest" 2>"$mine.note" &
		until_true has " main "
		owner=$(pgrep -x guest)
		attempt 0 "${me[@]}"
		# Where the instance is, which is not here.
		[ "$(tail -n 1 "$mine.ran")" != "$here" ]
		killed $(the_keeper)
		attempt "0 69" "${me[@]}"
		attempt "0 69" "${me[@]}" "${box[@]}"
		over
	}
	each'

@test "sandbox of the same state root: never two, and a handler runs where its keeper was begun; one that may only read it hands over, and starts and revives nothing" {
	needs bubblewrap bwrap
	wants userns netns
	within "$BOXES$SAME_ROOT"
	within "$BOXES"'
		scene() {
			gives 73 timeout $LIMIT "${me[@]}" "${box[@]}" \
				onlyone "$GUESTS/guest" exit 5
			is "$(constructors)" 0
			outside
			attempt 0 "${me[@]}" "${box[@]}"
			ran "$here"
			keeper=$(the_keeper)
			killed "$keeper"
			attempt "69 73" "${me[@]}" "${box[@]}"
			no_keepers
			attempt 0 "${me[@]}"
			ran "$here"
			over
		}
		each --ro-bind "$mine" "$mine"'
}

# Its root is uid 1000 outside, its other users are 100000 and up there, as
# newuidmap(1) maps them; /tmp, /run and the network are the host's.
CONTAINER="$STICKY"'
	rm -rf /tmp/* "$mine.said"
	: >"$mine.ran"
	chmod 666 "$mine.log" "$mine.ran"
	"${me[@]}" unshare --user sleep 300 &
	box=$!
	own=$(readlink /proc/self/ns/user)
	apart() { [ "$(readlink "/proc/$box/ns/user")" != "$own" ]; }
	until_true apart
	printf "0 1000 1\n1 100000 2000\n" >"$mine.map"
	cat "$mine.map" >"/proc/$box/uid_map"
	cat "$mine.map" >"/proc/$box/gid_map"
	# contained UID COMMAND...: as that user of it.
	contained() {
		nsenter --target "$box" --user --setuid "$1" --setgid "$1" \
			"${@:2}"
	}
	is "$(contained 0 id -u) $(contained 1000 id -u)" "0 1000"
	# up COMMAND...: an instance, behind that, and its handler.
	up() {
		: >"$GUEST_LOG"
		"$@" onlyone --on-activate="id -u >>$mine.ran" \
			"$GUESTS/guest" 2>"$mine.note" &
		until_true has " main "
		owner=$(pgrep -nx guest)
	}
	# meets UID COMMAND...: a launch, behind that, hands over to that user.
	meets() {
		code=0
		"${@:2}" timeout $LIMIT onlyone "$GUESTS/guest" x \
			2>"$mine.said" || code=$?
		is "$code $(tail -n 1 "$mine.ran")" "0 $1"
	}
'

@test "rootless container: its root is the user outside, and meets its instances by their common state root" {
	wants userns
	within "$CONTAINER"'
		export ONLYONE_DIR=$mine
		up "${me[@]}"
		meets 1000 contained 0
		killed "$(the_keeper)"
		# The keeper belongs to the user that revives it.
		meets 0 contained 0
		meets 0 "${me[@]}"
		is "$(constructors)" 1
		contained 0 onlyonectl stop guest
		until_true gone "$owner"
		until_true empty
		# Its other users are others.
		up contained 0
		meets 0 "${me[@]}"
		refused 73 "another user" contained 1
		refused 73 "another user" contained 1000
		refused 73 "another user" stranger'
}

@test "rootless container: by the default root its users and the host's of the same number are apart, and none is refused" {
	wants userns
	within "$CONTAINER"'
		# Root of the host, root of the container, uid 1000 of both.
		users=("setpriv --reuid=0" "contained 0" "${me[*]}" "contained 1000")
		ids=(0 0 1000 1000) pids=()
		for i in 0 1 2 3; do
			up ${users[i]}
			pids+=("$owner")
			# The second of each number says that another one is in the way.
			is "$(grep -c "another process (user" "$mine.note")" $((i % 2))
		done
		# None can do anything to the other; and with its keeper gone each
		# meets its own again.
		for round in 1 2; do
			for i in 0 1 2 3; do
				meets ${ids[i]} ${users[i]}
				is "$(${users[i]} onlyonectl pid guest)" "${pids[i]}"
			done
			((round == 2)) || killed $(the_keeper)
		done
		is "$(stat -c "%n %u" /tmp/onlyone-* | sort | tr "\n" " ")" \
			"/tmp/onlyone-0 0 /tmp/onlyone-0.1 1000 /tmp/onlyone-1000 1000 /tmp/onlyone-1000.1 100999 "
		${users[3]} onlyonectl stop guest
		${users[1]} onlyonectl stop guest
		until_true gone "${pids[1]}"
		until_true gone "${pids[3]}"
		kill -0 "${pids[0]}" "${pids[2]}"
		${users[0]} onlyonectl stop guest
		${users[2]} onlyonectl stop guest
		until_true swept'
}
