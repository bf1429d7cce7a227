# shellcheck shell=sh
# How: starting the program itself again

program "$@"
