# shellcheck shell=sh
# begin.sh: what stands before every handler.  No row.

# An instance is found by this file in its slot's folder, which only its user
# can enter: a socket, or the name of a server.
# shellcheck disable=SC2034
ONLYONE_HAND=$ONLYONE_SLOT/hand

# Where the instance is just ending, nobody has taken them, and the launch that
# waits for this begins again.
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

# The program itself, once, with nothing that its children would inherit: the
# mark is for this process, and the shim takes it out.
become_program() { # ARG...
	exec /bin/sh -c 'case ${LD_PRELOAD-} in
		*libonlyone.so*) ONLYONE_PASS=$$; export ONLYONE_PASS ;;
	esac
	exec "$0" "$@"' "$ONLYONE_PROGRAM" "$@"
}

program() { # ARG...
	(become_program "$@")
}

# It has a window, or has ended, or nobody can tell: without one a program
# begins, or is about to end.
settled() {
	[ -n "$ONLYONE_RAISE" ] && kill -0 "$ONLYONE_PID" 2>/dev/null ||
		return 0
	"$ONLYONE_RAISE" --shown --mark="$ONLYONE_SLOT" "$ONLYONE_PID"
	[ $? != 1 ]
}

# A program that begins has not made it yet: for twenty seconds, as long as it
# lives.
await() { # COMMAND...
	t=0
	until "$@" || ! kill -0 "$ONLYONE_PID" 2>/dev/null ||
		[ "$t" -ge 200 ]; do
		sleep 0.1 || break
		t=$((t + 1))
	done
}

# A socket is bound before it listens, and what has been killed leaves its own.
listening() {
	test -S "$ONLYONE_HAND" && {
		! [ -r "/proc/$ONLYONE_PID/net/unix" ] ||
			grep -q " 00010000 .*/${ONLYONE_SLOT##*/}/hand$" \
				"/proc/$ONLYONE_PID/net/unix"
	}
}
