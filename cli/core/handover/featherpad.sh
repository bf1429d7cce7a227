# shellcheck shell=sh disable=SC2317
# Programs: featherpad fpad
# How: starting the program itself again, with documents
# Own: -s -standalone
# Aside: -v -version -h -help
# Then: self

# Without a document it would open another window.
[ $# -gt 0 ] || exit 0
begun
