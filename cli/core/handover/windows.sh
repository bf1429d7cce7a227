# shellcheck shell=sh disable=SC2317
# Programs: falkon epiphany epiphany-browser
# Own: -private-instance -incognito-mode -application-mode -automation-mode
#   -private-browsing -no-remote -standalone
# Aside: -[vVh] -q -quit -version -help*
# Apart: -profile
# How: starting the program itself again, once it has a window
# Then: self

# Without a document it would open another window.  falkon already listens while
# it starts, and loses its own first document if another one comes then.
[ $# -gt 0 ] || exit 0
begun
