# shellcheck shell=sh disable=SC2317
# How: its own second start, if that hands over
# Needs: onlyone-raise
# unknown.sh: the row for graphical programs that no other row names.
#
# Do not start a program that never had a window: servers have sockets, too.

become_second ${ONLYONE_AGAIN:+--known} ${ONLYONE_UNSEEN:+--visible} \
	${ONLYONE_IDLE:+--no-raise} -- "$ONLYONE_PID" "$@"
