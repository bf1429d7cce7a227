# shellcheck shell=sh disable=SC2317
# Programs: gedit xed
# How: starting the program itself again, once it has a window
# Waits: -w -wait
# Own: -s -standalone
# Aside: - -V -version -h -help* -list-encodings
# Then: self

# With a window, and without a document, it would open one more.
[ $# -gt 0 ] || reopen
on_bus
begun
[ -z "$ONLYONE_WAIT" ] || set -- --wait "$@"
