# shellcheck shell=sh disable=SC2034,SC2317
# Programs: nvim-qt
# How: the server of its nvim
# Needs: nvim
# Documents: -nvim -timeout -geometry -stylesheet -style -platform -display
#   -qwindowgeometry -qwindowtitle
# Options: +*
# Own: -server -spawn
# Aside: -[vh] -version -help*
# Then: vim
#
# It would start itself once more, and end.
# Insert: --nofork

# Before its window is there, its nvim answers, and shows the first document of
# its command line no more.
[ $# -eq 0 ] || begun
# Its nvim, which is a child of it, listens by itself.
ONLYONE_LATE=y
nvim=nvim
tries=50
