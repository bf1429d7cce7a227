# shellcheck shell=sh disable=SC2154,SC2317
# Programs: thunar Thunar pcmanfm pcmanfm-qt qbittorrent transmission-gtk
#   transmission-qt transmission-remote-gtk
# Aside: -[vVh] -q -quit -version -help*
# Apart: -profile -config-dir/ -g/ -configuration
# How: starting the program itself again, with documents
# Then: self
# These run without a window, too, in a tray or as a daemon.

# With a window, and without a document, it would open one more.
[ $# -gt 0 ] || reopen
begun served
# In a tray, a torrent opens no window.
[ "$seen" != 1 ] || {
	program "$@" || refuse 'starting it again failed'
	reopen
}
