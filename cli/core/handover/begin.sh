# shellcheck shell=sh
# begin.sh: functions placed before every handler.  Not a row.

# Handlers find the instance by this file in its slot's folder, which only its
# user can enter: a socket, or a file with the name of a server.
# shellcheck disable=SC2034
ONLYONE_HAND=$ONLYONE_SLOT/hand

# Before these lines stand: ONLYONE_DOCUMENTS, how many documents there are;
# ONLYONE_OPEN, not empty if there is only the one document of this instance, and
# no option; ONLYONE_WAIT, not empty if the launch waits until they are closed;
# ONLYONE_LATE, not empty if the program was begun without the row; ONLYONE_AGAIN,
# not empty if the program is given its own document again, with -d; ONLYONE_UNSEEN,
# not empty if the program has had no window that was seen; ONLYONE_IDLE, not empty
# if no window is to be raised.

# Most programs would open a document a second time, or go back to its first
# page.
[ -z "$ONLYONE_OPEN" ] || exit 0

# Fail with 69.  If the instance exits within a second, print nothing: it has
# taken no document, and the launch that waits for this handler starts over.
refuse() { # WHY
	t=0
	until ! kill -0 "$ONLYONE_PID" 2>/dev/null && exit 69 ||
		[ "$t" -ge 10 ]; do
		sleep 0.1 || break
		t=$((t + 1))
	done
	echo "onlyone: ${ONLYONE_PROGRAM##*/} (pid $ONLYONE_PID) did not take" \
		"the documents: $1" >&2
	exit 69
}

# For rows that rely on the arguments they insert: the program may lack them.
inserted() {
	[ -z "$ONLYONE_LATE" ] || refuse \
		'it was started without a handler; close it, and launch it again'
}

# Execute the program itself, once, without enforcement; for at most
# ONLYONE_LIMIT seconds, if the row sets that.  ONLYONE_PASS is for this process
# only: the shim removes it, so that children do not inherit it.
ONLYONE_LIMIT=
become_program() { # ARG...
	# shellcheck disable=SC2016
	exec ${ONLYONE_LIMIT:+timeout --foreground "$ONLYONE_LIMIT"} /bin/sh -c 'case ${LD_PRELOAD-} in
		*libonlyone.so*) ONLYONE_PASS=$$; export ONLYONE_PASS ;;
	esac
	exec "$0" "$@"' "$ONLYONE_PROGRAM" "$@"
}

program() { # ARG...
	(become_program "$@")
}

# Whether the program has a window, has exited, or we cannot tell.  A program
# without a window is still starting, or about to exit.
settled() {
	seen=
	[ -n "$ONLYONE_RAISE" ] && kill -0 "$ONLYONE_PID" 2>/dev/null ||
		return 0
	"$ONLYONE_RAISE" --shown --mark="$ONLYONE_SLOT" \
		--run="$ONLYONE_RUN" "$ONLYONE_PID"
	seen=$?
	case $seen in
	1 | 18) return 1 ;; # no window; nor connected to the X server
	esac
}

# Wait until the command succeeds, at most 20 s and while the program is alive:
# a starting program may not be ready.  Whether it has succeeded.
await() { # COMMAND...
	read -r start _ </proc/uptime
	until "$@"; do
		kill -0 "$ONLYONE_PID" 2>/dev/null &&
			read -r now _ </proc/uptime &&
			[ $((${now%.*} - ${start%.*})) -lt 20 ] &&
			sleep 0.1 || return
	done
}

answers() {
	settled && [ "$seen" != 4 ]
}

# If it did not respond when we looked, wait for that, 20 seconds at most.
responds() {
	[ "$seen" != 4 ] || await answers || refuse 'it does not respond'
}

# Wait until the program has started, and responds.  While it starts, or does
# not respond for long, its second start becomes a second instance; while it
# exits, it takes documents and loses them.
begun() { # [COMMAND]
	await "${1-settled}"
	kill -0 "$ONLYONE_PID" 2>/dev/null || exit 69
	responds
}

# For programs that also run without a window, in a tray or as a daemon: once
# one has a name on the session bus, or listens on a socket, it takes the
# documents of its second start.
served() {
	settled || { [ "$seen" = 1 ] &&
		"$ONLYONE_RAISE" --evidence "$ONLYONE_PID" >/dev/null 2>&1; }
}

# Start the program once more, if that hands over.  The status is the outcome
# (cli/windows/outcome.h, enum second).
become_second() { # [OPTION...] -- PID [DOCUMENT...]
	exec "$ONLYONE_RAISE" --second="$ONLYONE_PROGRAM" \
		--mark="$ONLYONE_SLOT" --run="$ONLYONE_RUN" "$@"
}

# Without a document, show the window of such a program by its second start.  It
# does nothing if there is a window, or the first one is still to come.
reopen() {
	[ -n "$ONLYONE_RAISE" ] || exit 0
	(become_second -- "$ONLYONE_PID")
	[ $? != 69 ] || exit 69
	exit 0
}

# For programs that find the running one on the session bus: without a bus their
# second start would be a second instance.
on_bus() {
	case ${DBUS_SESSION_BUS_ADDRESS-} in
	disabled:*) ;;
	?*) return ;;
	*) [ ! -S "${XDG_RUNTIME_DIR-}/bus" ] || return 0 ;;
	esac
	refuse 'there is no session bus'
}

# The document as a URI in ASCII, since dbus-send aborts if text is not UTF-8.
uri() { # DOCUMENT
	case $1 in
	*://*) set -- "$1" '[!-~]' ;;
	/*) ;;
	*) set -- "${PWD%/}/$1" ;;
	esac
	[ $# -eq 2 ] || printf file://
	printf %s "$1" | od -An -v -tu1 |
		LC_ALL=C awk -v keep="${2-[A-Za-z0-9._~/-]}" '{
			for (i = 1; i <= NF; i++) {
				c = sprintf("%c", $i + 0)
				printf c ~ keep ? "%s" : "%%%02X",
					c ~ keep ? c : $i
			}
		}'
}

# Whether a process listens on the socket: one that is bound may not listen yet,
# and a killed program leaves its socket.  Some programs make a symlink to it.
listening() {
	test -S "$ONLYONE_HAND" || return
	at=$(readlink "$ONLYONE_HAND") && at=${at##*/} ||
		at=${ONLYONE_SLOT##*/}/hand
	! [ -r "/proc/$ONLYONE_PID/net/unix" ] ||
		grep -q " 00010000 .*/$at\$" "/proc/$ONLYONE_PID/net/unix"
}
