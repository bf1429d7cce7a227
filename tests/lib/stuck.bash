# stuck.bash: processes that hang inside execve.
#
# Like a process that executes with a file open on a server that has gone away: the
# kernel blocks every reader of its /proc/PID/stat, maps, environ, exe or fd
# (tests/guests/stuck.c).  Nothing in a test may read these of it: ps, pgrep and pkill
# do.  They end with the server, which exits after a minute: while one hangs there, ps
# hangs on the whole machine.
# shellcheck shell=bash disable=SC2154
load lib/common

# stuck_serve: starts the server; stuck_free kills it, and frees all of them.
stuck_serve() {
	local alone=()
	wants fuse
	STUCK=$(mktemp -d "${ONLYONE_DIR%/*}/onlyone-stuck.XXXXXX")
	chmod 755 "$STUCK"
	: >"$STUCK/file"
	[ "$EUID" = 0 ] || alone=(--user --map-root-user)
	unshare --mount "${alone[@]}" /usr/bin/python3 \
		"$BATS_TEST_DIRNAME/lib/liar.py" /mnt "$STUCK" 0 0 \
		--stuck="$STUCK/sock" --for=60 >/dev/null 3>&- &
	STUCK_SERVER=$!
	wait_until 'the server is there' test -S "$STUCK/sock"
}

stuck_free() {
	local pid
	[ -n "${STUCK_SERVER-}" ] || return 0
	kill -KILL "$STUCK_SERVER" 2>/dev/null || :
	wait "$STUCK_SERVER" 2>/dev/null || :
	rm -rf "$STUCK"
	STUCK_SERVER=
	# They execute now, and then have an environment again.
	for pid in $(noted stuck); do
		wait_until "process $pid goes on" goes_on "$pid"
	done
}

# goes_on PID: it has executed its program, or exited.
goes_on() { gone "$1" || [ "$(cat "/proc/$1/comm")" != stuck ]; }

# stands PID: it hangs.
stands() { wait_until "process $1 stands still" grep -q "^$1 stuck$" "$GUEST_LOG"; }

# stuck_begin [COMMAND...]: starts one, through COMMAND; $BEGUN is its pid.
stuck_begin() {
	begin "$@" "$GUESTS/stuck" "$STUCK/sock" sleep 300
	stands "$BEGUN"
}

# stuck_orphan: starts one that has no parent here; $ORPHAN is its pid.
stuck_orphan() {
	setsid -f sh -c 'echo $$ >"$0/orphan.new" && mv "$0/orphan.new" \
		"$0/orphan" && exec "$1" "$0/sock" sleep 300' \
		"$STUCK" "$GUESTS/stuck" 3>&-
	wait_until 'it is there' test -f "$STUCK/orphan"
	ORPHAN=$(cat "$STUCK/orphan")
	stands "$ORPHAN"
}
