#!/usr/bin/env bats
# daemons.bats: real programs that turn themselves into daemons.
#
# Each is launched once in its own way of daemonising: the launch returns with
# the program's status, the daemon itself (as it says, in its own pidfile or
# by its own client) is the instance, a further launch executes nothing, and
# once the daemon has ended the slot is free.  Last what is not followed, and
# what helps.  A program that is not there fails its test.
load lib/common

own_setup() {
	# Sockets have short names only; and sshd wants nobody else to write.
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

# born PID: when it was started, in ticks since boot; nothing if it is gone.
born() {
	local stat fields
	gone "$1" && return
	read -r stat 2>/dev/null <"/proc/$1/stat" || return 0
	read -ra fields <<<"${stat##*) }"
	echo "${fields[19]}"
}

# by_name [UID]: $BY is what runs a command as that user, who has a name then:
# uid 1000 need not have one, and ssh and postgres ask for it.
by_name() {
	local so uid=${1:-$(id -u)}
	[ "$uid" != 0 ] || return 0
	[ "$(id -u)" = "$uid" ] ||
		BY=(setpriv "--reuid=$uid" "--regid=$uid" --clear-groups)
	so=$(echo /usr/lib/*/libnss_wrapper.so)
	[ -e "$so" ] || fail 'needs Debian package libnss-wrapper'
	cat /etc/passwd >names
	echo "onlyone-me:x:$uid:65534::$PWD:/bin/sh" >>names
	BY+=(env "LD_PRELOAD=$so" "NSS_WRAPPER_PASSWD=$PWD/names"
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

# follows COMMAND...: a launch of it ends with 0, and there is a daemon
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
	chmod 666 execs
	quietly as strace -qq -e trace=execve,execveat -o execs onlyone -q "$@"
	assert_equal "$(grep -c exec execs)" 1
	[ "$(its_pid)" = "$DAEMON" ] || fail "it is $(its_pid), not $DAEMON"
	is_it >/dev/null || fail "$(as onlyonectl list)"
}

# answers FILE: an HTTP server at this unix socket does.
answers() {
	/usr/bin/python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(b"GET / HTTP/1.0\r\n\r\n")
assert s.recv(9).startswith(b"HTTP/1.")' "$1"
}

# begin_display: an X server of its own, at $DISPLAY.
begin_display() { load lib/x11 && xserver; }

# --- servers ------------------------------------------------------------------

nginx_conf() {
	local kind
	echo "pid $PWD/pid;
	error_log $PWD/log;
	worker_processes 2;"
	[ "$(id -u)" != 0 ] || echo 'user root;'
	echo "events {} http {
	access_log off;"
	for kind in client_body proxy fastcgi uwsgi scgi; do
		echo "${kind}_temp_path $PWD/$kind;"
	done
	echo "server { listen unix:$PWD/sock; root $PWD; } }"
}

its_pid() { number pid; }

# nginx_follows: ${nginx[@]}, a server with two workers.
nginx_follows() {
	needs nginx-light nginx
	nginx_conf >conf
	nginx=("$(command -v nginx)" -p "$PWD" -e "$PWD/log" -c "$PWD/conf")
	follows "${nginx[@]}"
	wait_until 'its workers run' eval '[ "$(pgrep -c -P "$DAEMON")" = 2 ]'
}

@test "nginx-light: the master is the instance, with its workers" {
	nginx_follows
	answers sock
	frees ended_by TERM "$DAEMON"
	follows "${nginx[@]}"
	frees ended_by TERM "$DAEMON"
}

@test "lighttpd: the daemon is the instance" {
	needs lighttpd lighttpd
	cat >conf <<-END
		server.document-root = "$PWD"
		server.bind = "$PWD/sock"
		server.pid-file = "$PWD/pid"
		server.errorlog = "$PWD/log"
	END
	follows lighttpd -f "$PWD/conf"
	answers sock
	frees ended_by TERM "$DAEMON"
}

# sshd_conf: a server for this user alone, with a key of its own.
sshd_conf() {
	by_name
	free_port
	as ssh-keygen -q -t ed25519 -N '' -f host
	as ssh-keygen -q -t ed25519 -N '' -f key
	cp key.pub keys
	# Its service makes this folder for root's.
	[ "$(id -u)" != 0 ] || mkdir -p /run/sshd
	cat >conf <<-END
		ListenAddress 127.0.0.1:$port
		HostKey $PWD/host
		AuthorizedKeysFile $PWD/keys
		PidFile $PWD/pid
		StrictModes no
		UsePAM no
		PermitRootLogin yes
	END
}

@test "openssh-server: sshd, which closes what it has open, is the instance" {
	needs openssh-server sshd
	sshd_conf
	follows "$(command -v sshd)" -f "$PWD/conf" -E "$PWD/log"
	frees ended_by TERM "$DAEMON"
}

# ssh_begins: a server is there as $BEGUN, which ssh "${options[@]}" logs in to;
# its_pid is that of the ssh which shares the connection.
ssh_begins() {
	needs openssh-server sshd
	needs openssh-client ssh
	sshd_conf
	begin "${BY[@]}" "$(command -v sshd)" -D -f "$PWD/conf" -E "$PWD/log"
	wait_until 'sshd listens' number pid
	options=(-F none -i "$PWD/key" -o "UserKnownHostsFile=$PWD/known"
		-o StrictHostKeyChecking=no -o BatchMode=yes
		-o "ControlPath=$PWD/control" -p "$port")
	its_pid() {
		as ssh "${options[@]}" -O check 127.0.0.1 2>&1 |
			tr -dc '0-9\n' | grep .
	}
}

@test "openssh-client: ssh -f goes to the background after its login, and is the instance" {
	ssh_begins
	follows ssh "${options[@]}" -M -f -N 127.0.0.1
	as ssh "${options[@]}" -O exit 127.0.0.1
	frees ended "$DAEMON"
	ended_by TERM "$BEGUN"
}

@test "openssh-client: the master of a shared connection is a helper: the job has ended when ssh has" {
	ssh_begins
	options+=(-o ControlMaster=auto -o ControlPersist=60)
	for work in : 'sleep 3'; do
		run -0 as onlyone --skip ssh "${options[@]}" 127.0.0.1 \
			"echo run >>$PWD/runs; $work" 3>&-
		master=$(its_pid)
		alive "$master"
		DAEMONS+=("$master:$(born "$master")")
		wait_until 'the job has ended' \
			eval '[ "$(as onlyonectl list --json)" = "[]" ]'
	done
	assert_equal "$(cat runs)" $'run\nrun'
	as ssh "${options[@]}" -O exit 127.0.0.1
	ended_by TERM "$BEGUN"
}

@test "nginx-light, lighttpd: one that fails to start ends with its own status, and the slot is free" {
	needs nginx-light nginx
	needs lighttpd lighttpd
	echo 'wrong' >conf
	for command in "nginx -p $PWD -e $PWD/log -c $PWD/conf" \
		"lighttpd -f $PWD/conf"; do
		status=0
		quietly $command || status=$?
		[ "$status" != 0 ]
		run "-$status" quietly launch $command
		freed
	done
}

# --- programs that people use -------------------------------------------------

@test "emacs-nox: emacs --daemon is the instance when it is ready" {
	needs emacs-nox emacs
	its_pid() {
		emacsclient -s "$PWD/sock" -e '(emacs-pid)' 2>/dev/null |
			grep -xE '[0-9]+'
	}
	follows emacs -Q "--daemon=$PWD/sock"
	emacsclient -s "$PWD/sock" -e '(kill-emacs)' >>out 2>&1 || true
	frees ended "$DAEMON"
}

@test "vim-gtk3: gvim goes to the background, and is the instance" {
	needs vim-gtk3 gvim
	begin_display
	follows gvim -u NONE -U NONE -N -i NONE \
		-c 'call writefile([getpid()], "pid")' file
	frees ended_by TERM "$DAEMON"
}

@test "xclip: it serves the selection in the background, until another does" {
	needs xclip xclip
	begin_display
	its_pid() {
		local pid found=()
		for pid in $(pgrep -x xclip); do
			! grep -qsz "^ONLYONE_DIR=$ONLYONE_DIR$" \
				"/proc/$pid/environ" || found+=("$pid")
		done
		[ "${#found[@]}" = 1 ] && echo "${found[0]}"
	}
	echo first >text
	follows xclip -i text
	assert_equal "$(xclip -o)" first
	echo second >text
	quietly launch -q xclip -i text
	assert_equal "$(xclip -o)" first
	quietly xclip -i text
	frees ended "$DAEMON"
	assert_equal "$(xclip -o)" second
}

@test "dpkg: start-stop-daemon --background becomes the program, which is the instance" {
	needs dpkg start-stop-daemon
	command=(start-stop-daemon --start --background --make-pidfile
		--pidfile "$PWD/pid" --exec "$GUESTS/guest")
	follows "${command[@]}"
	guest_runs "$DAEMON"
	frees ended_by TERM "$DAEMON"
}

@test "dpkg: a start-stop-daemon that starts onlyone: one program, however often" {
	needs dpkg start-stop-daemon
	command=(start-stop-daemon --start --background --make-pidfile
		--startas "$(command -v onlyone)" --pidfile)
	quietly "${command[@]}" "$PWD/pid" -- -q "$GUESTS/guest"
	wait_until 'it runs' file_has "$GUEST_LOG" ' main '
	DAEMON=$(number pid)
	is_it
	quietly "${command[@]}" "$PWD/other" -- -q "$GUESTS/guest"
	wait_until 'the other one has a pid' number other
	ended "$(number other)"
	assert_equal "$(constructors)" 1
	is_it
	frees ended_by TERM "$DAEMON"
}

# --- what is not followed, and what helps -------------------------------------

# The server refuses root: uid 1000 runs it then.
postgres_setup() {
	bin=/usr/lib/postgresql/15/bin
	needs postgresql $bin/postgres
	by_name 1000
	if [ "$(id -u)" = 0 ]; then
		chown -R 1000:1000 "$place" "$ONLYONE_DIR"
	fi
	quietly as $bin/initdb -D "$PWD/data" -A trust --no-sync -U me
	cat >>data/postgresql.conf <<-END
		listen_addresses = ''
		unix_socket_directories = '$PWD'
		fsync = off
		shared_buffers = 1MB
		dynamic_shared_memory_type = mmap
	END
}

@test "nginx-light: its upgrade by USR2 and QUIT runs a program of its own: it is not followed" {
	nginx_follows
	kill -USR2 "$DAEMON"
	wait_until 'there is a new master' eval \
		'new=$(number pid) && [ "$new" != "$DAEMON" ]'
	DAEMONS+=("$new:$(born "$new")")
	# While the old one lives, that is the instance.
	is_it
	frees ended_by QUIT "$DAEMON"
	alive "$new"
	answers sock
	ended_by TERM "$new"
}

@test "postgresql: pg_ctl start executes the server and ends: it is not followed" {
	postgres_setup
	its_pid() { number data/postmaster.pid; }
	quietly as onlyone $bin/pg_ctl -D "$PWD/data" -l log -w start
	DAEMON=$(its_pid)
	DAEMONS+=("$DAEMON:$(born "$DAEMON")")
	as $bin/pg_isready -q -h "$PWD"
	freed
	alive "$DAEMON"
	# The next launch runs pg_ctl again, which says what it finds.
	run -1 as onlyone $bin/pg_ctl -D "$PWD/data" -l log -w start
	assert_output --partial 'could not start server'
	assert_equal "$(its_pid)" "$DAEMON"
	alive "$DAEMON"
	quietly as $bin/pg_ctl -D "$PWD/data" -m fast -w stop
	ended "$DAEMON"
}
