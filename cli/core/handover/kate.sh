# shellcheck shell=sh disable=SC2317
# Programs: kate kwrite
# How: starting the program itself again, once it has a window
# Waits: -b -block
# Apart: -s -start
# Own: -n -new -startanon
# Aside: -v -version -h -help* -author -license
# Then: self

# Without a document its second start would stay, with its own window.
[ $# -gt 0 ] || exit 0
begun
[ -z "$ONLYONE_WAIT" ] || set -- --block "$@"
# Of several started without us, it would take the latest.
case $ONLYONE_PROGRAM in
*/kate) set -- --pid "$ONLYONE_PID" "$@" ;;
esac
