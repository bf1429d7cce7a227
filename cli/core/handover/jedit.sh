# shellcheck shell=sh disable=SC2317
# Programs: jedit
# How: starting the program itself again, with documents
# Own: -noserver -nosettings
# Apart: -settings/ -server
# Aside: -usage -version -quit
# Then: self
# jEdit finds the one that runs by a TCP port, which stands in its settings.

# Without a document it would open one more window.
[ $# -gt 0 ] || exit 0
begun
