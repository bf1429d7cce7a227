# shellcheck shell=sh disable=SC2317
# Programs: gedit xed
# How: starting the program itself again, once it has a window
# Waits: -w -wait
# Own: -s -standalone
# Aside: - -V -version -h -help* -list-encodings
# Then: self

# If it has a window and gets no document, it would open another window.
[ $# -gt 0 ] || reopen
on_bus
begun
[ -z "$ONLYONE_WAIT" ] || set -- --wait "$@"
