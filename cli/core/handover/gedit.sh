# shellcheck shell=sh disable=SC2317
# Programs: gedit xed
# How: starting the program itself again, once it has a window
# Waits: -w -wait
# Own: -s -standalone
# Aside: - -V -version -h -help* -list-encodings
# Then: self

# Without a document it would open one more window.
[ $# -gt 0 ] || exit 0
on_bus
begun
[ -z "$ONLYONE_WAIT" ] || set -- --wait "$@"
