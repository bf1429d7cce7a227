# shellcheck shell=sh
# How: starting the program itself again
# Starts: the program

become_program "$@"
