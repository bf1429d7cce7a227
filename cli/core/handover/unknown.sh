# shellcheck shell=sh disable=SC2317
# How: its own second start, if that hands over
# Needs: onlyone-raise
# unknown.sh: the row for programs with a window that no other row names.
#
# A program that has never had a window is not started: a server, too, has a socket.

become_second ${ONLYONE_AGAIN:+--known} ${ONLYONE_UNSEEN:+--visible} \
	${ONLYONE_IDLE:+--no-raise} -- "$ONLYONE_PID" "$@"
