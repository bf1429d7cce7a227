# shellcheck shell=sh disable=SC2317
# Programs: mousepad gnome-text-editor
# How: starting the program itself again, once it has a window
# Own: -disable-server -s -standalone
# Aside: -v -V -version -h -help* -list-encodings
# Then: self

# If it has a window and gets no document, it would open another window.
[ $# -gt 0 ] || reopen
on_bus
begun
