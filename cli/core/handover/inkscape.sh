# shellcheck shell=sh
# Programs: inkscape
# How: starting the program itself again
#
# While it closes, Inkscape takes documents and loses them: watch it for two
# seconds after the hand-over.

begun
program "$@" || refuse 'starting it again failed'
t=0
while sleep 0.1 && [ "$t" -lt 20 ]; do
	kill -0 "$ONLYONE_PID" 2>/dev/null || exit 69
	t=$((t + 1))
done
exit 0
