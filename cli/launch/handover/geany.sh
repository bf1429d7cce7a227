# shellcheck shell=sh
# Programs: geany
# How: its own socket, one for each slot
# Starts: the program
#
# Its usual socket is one for each display.
# Insert: --socket-file={slot}/hand

become_program --socket-file="$ONLYONE_HAND" "$@"
