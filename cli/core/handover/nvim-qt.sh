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
# It would start itself once more, and exit.
# Insert: --nofork

# Before its window appears, its nvim answers, and then no longer shows the
# first document of its command line.
[ $# -eq 0 ] || begun
# Its nvim, a child process, listens on its own.
ONLYONE_LATE=y
nvim=nvim
tries=50
