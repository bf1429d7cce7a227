# shellcheck shell=sh disable=SC2317
# Programs: qpdfview
# How: its own --unique, a tab
# Documents: -instance -search
# Options: *
# Own: -help -quit
# Starts: the program
# Apart: -instance
# Insert: --unique

# While the program starts it does not answer, and the second start would stay.
[ $# -gt 0 ] || exit 0
inserted
begun
become_program --unique "$@"
