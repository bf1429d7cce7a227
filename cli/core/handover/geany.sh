# shellcheck shell=sh disable=SC2317
# Programs: geany
# How: its own socket, one for each slot
# Starts: the program
# Documents: -[lc] -column -line -config -socket-file -vte-lib -display
# Options: +* -l -line -column -r -read-only -list-documents
# Own: -i -new-instance
# Aside: -V -version -h -help* -g -generate-tags -ft-names -print-prefix
#
# By default Geany has one socket per display.
# Apart: -c/ -config/
# Insert: --socket-file={slot}/hand

# Without an argument the second start would open a window and stay.
[ $# -gt 0 ] || exit 0

# On its socket, each line is a document.
for a do
	case $a in
	*'
'*) refuse "it takes no name with a line break: $a" ;;
	esac
done

# A second start that finds no socket makes one and stays.  While the first one
# starts it does not answer, and the second would take its place: wait.
inserted
await listening
begun
become_program --socket-file="$ONLYONE_HAND" "$@"
