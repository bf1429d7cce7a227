# shellcheck shell=sh
# Programs: inkscape
# How: starting the program itself again
#
# One that is closing takes documents, and loses them: for two seconds.

program "$@" || refuse 'starting it again failed'
t=0
while sleep 0.1 && [ "$t" -lt 20 ]; do
	kill -0 "$ONLYONE_PID" 2>/dev/null || exit 69
	t=$((t + 1))
done
exit 0
