# shellcheck shell=sh disable=SC2154,SC2317
# Programs: thunar Thunar pcmanfm pcmanfm-qt qbittorrent transmission-gtk
#   transmission-qt transmission-remote-gtk
# Aside: -[vVh] -q -quit -version -help*
# Apart: -profile -config-dir/ -g/ -configuration
# How: starting the program itself again, with documents
# Then: self
# These also run without a window, in a tray or as a daemon.

# If it has a window and gets no document, it would open another window.
[ $# -gt 0 ] || reopen
begun served
# In a tray, a torrent opens no window.
[ "$seen" != 1 ] || {
	program "$@" || refuse 'starting it again failed'
	reopen
}
