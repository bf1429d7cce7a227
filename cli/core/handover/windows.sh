# shellcheck shell=sh disable=SC2317
# Programs: falkon epiphany epiphany-browser
# Own: -private-instance -incognito-mode -application-mode -automation-mode
#   -private-browsing -no-remote -standalone
# Aside: -[vVh] -q -quit -version -help*
# Apart: -profile
# How: starting the program itself again, once it has a window
# Then: self

# Without a document it would open one more window.  While falkon starts it
# listens, and its own first document is lost if another one comes.
[ $# -gt 0 ] || exit 0
begun
