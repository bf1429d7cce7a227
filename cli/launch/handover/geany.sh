# shellcheck shell=sh disable=SC2317
# Programs: geany
# How: its own socket, one for each slot
# Starts: the program
# Documents: -[lc] -column -line -config -socket-file -vte-lib -display
#
# Its usual socket is one for each display.
# Apart: -c/ -config/
# Insert: --socket-file={slot}/hand

# One that finds no socket makes it, and stays.  One that begins does not hear
# yet, and who is not heard takes its place.
await listening
await settled
become_program --socket-file="$ONLYONE_HAND" "$@"
