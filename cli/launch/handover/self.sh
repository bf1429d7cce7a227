# shellcheck shell=sh
# How: starting it once more, itself

program "$@"
