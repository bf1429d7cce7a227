# as: user (none of them cares which user it is)
# daemons.bats: real programs that become daemons.
#
# The launch exits with the program's status.  The daemon itself (according to its
# pidfile or client) is the instance.  A further launch executes nothing.  When the
# daemon has exited, the slot is free.
load lib/common

own_setup() {
	# Sockets have short names only; and sshd lets no other user write.
	place=$(mktemp -d /tmp/onlyone-test.XXXXXX)
	LITTER+=("$place")
	cd "$place" || return 1
	DAEMONS=()
	BY=()
}

# A daemon may have written over its environment: these are ended by pid, and
# told from others by their start time.
own_teardown() {
	local entry pid
	for entry in "${DAEMONS[@]}"; do
		pid=${entry%:*}
		if [ "$(born "$pid")" = "${entry#*:}" ]; then
			kill -KILL "$pid" $(pgrep -P "$pid") || true
		fi
	done
}

# by_name: $BY is what runs a command as this user, who has a name then: uid 1000
# need not have one, and ssh asks for it.
by_name() {
	local so
	so=$(echo /usr/lib/*/libnss_wrapper.so)
	[ -e "$so" ] || fail 'needs Debian package libnss-wrapper'
	cat /etc/passwd >names
	echo "onlyone-me:x:$(id -u):65534::$PWD:/bin/sh" >>names
	BY=(env "LD_PRELOAD=$so" "NSS_WRAPPER_PASSWD=$PWD/names"
		NSS_WRAPPER_GROUP=/etc/group)
}

# as COMMAND...: by $BY, or by oneself.
as() { timeout -k 5 $LIMIT "${BY[@]}" "$@"; }

# number FILE: the pid in it, for what writes its pidfile late, or in parts.
number() {
	[[ $(head -n 1 "$1" 2>/dev/null) =~ ^([0-9]+)$ ]] || return 1
	echo "${BASH_REMATCH[1]}"
}

# is_it: the daemon is the instance, and the only one.
is_it() { as onlyonectl list --json | jq -e "map(.pid) == [$DAEMON]"; }

# follows COMMAND...: a launch of it exits with 0, and there is a daemon
# then whose pid is what the function its_pid says; it is the instance; further
# launches execute nothing, and find it also when its keeper was killed.
follows() {
	local launched
	as onlyone "$@" </dev/null >>out 2>&1 3>&- &
	launched=$!
	ends "$launched" 0
	wait_until 'the daemon tells its pid' its_pid
	DAEMON=$(its_pid)
	DAEMONS+=("$DAEMON:$(born "$DAEMON")")
	alive "$DAEMON"
	wait_until "the daemon, $DAEMON, is the instance" \
		is_it || fail "$(as onlyonectl list)"
	stays "$@"
	kill -KILL "$(as onlyonectl list --json | jq '.[0].keeper')"
	stays "$@"
}

# stays COMMAND...: a launch of it executes nothing: the only exec is that
# of onlyone, and the daemon is the one it was.
stays() {
	: >execs
	quietly as strace -qq -e trace=execve,execveat -o execs onlyone -q "$@"
	assert_equal "$(grep -c exec execs)" 1
	[ "$(its_pid)" = "$DAEMON" ] || fail "it is $(its_pid), not $DAEMON"
	is_it >/dev/null || fail "$(as onlyonectl list)"
}

its_pid() { number pid; }

@test "nginx-light: the master is the instance, with its workers" {
	needs nginx-light nginx
	{
		echo "pid $PWD/pid; error_log $PWD/log; worker_processes 2;"
		echo "events {} http { access_log off;"
		for kind in client_body proxy fastcgi uwsgi scgi; do
			echo "${kind}_temp_path $PWD/$kind;"
		done
		echo "server { listen unix:$PWD/sock; root $PWD; } }"
	} >conf
	follows "$(command -v nginx)" -p "$PWD" -e "$PWD/log" -c "$PWD/conf"
	wait_until 'its workers run' eval '[ "$(pgrep -c -P "$DAEMON")" = 2 ]'
	frees ended_by TERM "$DAEMON"
}

@test "openssh: ssh -f is the instance after its login; the master of a connection is a helper" {
	needs openssh-server sshd
	needs openssh-client ssh
	by_name
	free_port
	as ssh-keygen -q -t ed25519 -N '' -f host
	as ssh-keygen -q -t ed25519 -N '' -f key
	cat >conf <<-END
		ListenAddress 127.0.0.1:$port
		HostKey $PWD/host
		AuthorizedKeysFile $PWD/key.pub
		PidFile $PWD/pid
		StrictModes no
		UsePAM no
	END
	begin "${BY[@]}" "$(command -v sshd)" -D -f "$PWD/conf" -E "$PWD/log"
	wait_until 'sshd listens' number pid
	options=(-F none -i "$PWD/key" -o "UserKnownHostsFile=$PWD/known"
		-o StrictHostKeyChecking=no -o BatchMode=yes
		-o "ControlPath=$PWD/control" -p "$port")
	its_pid() {
		as ssh "${options[@]}" -O check 127.0.0.1 2>&1 |
			tr -dc '0-9\n' | grep .
	}
	follows ssh "${options[@]}" -M -f -N 127.0.0.1
	as ssh "${options[@]}" -O exit 127.0.0.1
	frees ended "$DAEMON"
	# The job has ended when ssh has, however long it took.
	options+=(-o ControlMaster=auto -o ControlPersist=60)
	run -0 as onlyone --skip ssh "${options[@]}" 127.0.0.1 "sleep 3" 3>&-
	master=$(its_pid)
	alive "$master"
	DAEMONS+=("$master:$(born "$master")")
	wait_until 'the job has ended' eval '[ "$(as onlyonectl list --json)" = "[]" ]'
	as ssh "${options[@]}" -O exit 127.0.0.1
	ended_by TERM "$BEGUN"
}

@test "emacs --daemon is the instance when it is ready; gvim, in the background, too" {
	needs emacs-nox emacs
	needs vim-gtk3 vim.gtk3
	load lib/x11
	xserver
	follows vim.gtk3 -g -u NONE -U NONE -N -i NONE \
		-c 'call writefile([getpid()], "pid")' file
	frees ended_by TERM "$DAEMON"
	its_pid() {
		emacsclient -s "$PWD/sock" -e '(emacs-pid)' 2>/dev/null |
			grep -xE '[0-9]+'
	}
	follows emacs -Q "--daemon=$PWD/sock"
	emacsclient -s "$PWD/sock" -e '(kill-emacs)' >>out 2>&1 || true
	frees ended "$DAEMON"
}
