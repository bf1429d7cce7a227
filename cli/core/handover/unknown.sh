# shellcheck shell=sh disable=SC2317
# How: starting the program itself again, if that hands over
# Needs: onlyone-raise
# Starts: the program
# unknown.sh: the row for programs on a desktop that no other row names.
#
# The second start of many programs hands over to the first, and ends.  If it
# shows a window or stays instead, there would be two instances: we end it.

[ $# -gt 0 ] || exit 0
# A program without a window and without a window library would do its work
# twice.  With such a library, but no window, it is starting or in a tray.
# timeout: the maps of a process that is stuck in the kernel cannot be read.
if timeout 2 grep -qs 'libX11\|libxcb\|libwayland-client' \
	"/proc/$ONLYONE_PID/maps"; then
	n=0
	soon() {
		n=$((n + 1))
		[ "$n" -gt 30 ] || settled
	}
	await soon
elif ! settled; then
	echo "onlyone: ${ONLYONE_PROGRAM##*/} (pid $ONLYONE_PID) has no window," \
		'and no handler for the arguments' >&2
	exit 69
fi

become_program "$@" &
second=$!
t=0
while kill -0 "$second" 2>/dev/null && kill -0 "$ONLYONE_PID" 2>/dev/null; do
	if [ "$t" -ge 100 ] || "$ONLYONE_RAISE" --shown "$second"; then
		trap '' TERM
		kill 0 # this group: what it has started, too
		refuse \
			'its second start kept them, and was ended; -d may do'
	fi
	sleep 0.1 || break
	t=$((t + 1))
done
# The second start has ended, or is the instance now.
wait "$second"
