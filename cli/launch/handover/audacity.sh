# shellcheck shell=sh
# Programs: audacity
# How: starting the program itself again
#
# It ends with 255 when it has handed over.

program "$@" || [ $? = 255 ]
