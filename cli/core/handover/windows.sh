# shellcheck shell=sh disable=SC2154,SC2317
# Programs: thunar Thunar pcmanfm pcmanfm-qt falkon epiphany epiphany-browser
#   qbittorrent transmission-gtk transmission-qt transmission-remote-gtk
# Own: -private-instance -incognito-mode -application-mode -automation-mode
#   -private-browsing -no-remote -standalone
# Aside: -[vVh] -q -quit -version -help*
# Apart: -profile -config-dir/ -g/ -configuration
# How: starting the program itself again, with documents
# Then: self

# With a window, and without a document, it would open one more.
[ $# -gt 0 ] || reopen
begun served
# In a tray, a torrent opens no window.
[ "$seen" != 1 ] || {
	program "$@" || refuse 'starting it again failed'
	reopen
}
