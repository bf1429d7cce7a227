# shellcheck shell=sh disable=SC2317
# Programs: mousepad gnome-text-editor
# How: starting the program itself again, once it has a window
# Own: -disable-server -s -standalone
# Aside: -v -V -version -h -help* -list-encodings
# Then: self

# With a window, and without a document, it would open one more.
[ $# -gt 0 ] || reopen
on_bus
begun
