# shellcheck shell=sh disable=SC2317
# Programs: mousepad gnome-text-editor
# How: starting the program itself again, once it has a window
# Own: -disable-server -s -standalone
# Aside: -v -V -version -h -help* -list-encodings
# Then: self

# Without a document it would open one more window.
[ $# -gt 0 ] || exit 0
on_bus
begun
