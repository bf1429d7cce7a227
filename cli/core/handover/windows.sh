# shellcheck shell=sh disable=SC2317
# Programs: thunar Thunar pcmanfm falkon epiphany epiphany-browser
#   transmission-gtk
# Own: -private-instance -incognito-mode -application-mode -automation-mode
#   -private-browsing -no-remote -standalone -q -quit -version -help*
# Apart: -profile -config-dir/ -g/
# How: starting the program itself again, with documents
# Then: self

# Without a document it would open one more window.
[ $# -gt 0 ] || exit 0
begun
