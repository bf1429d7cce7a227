# shellcheck shell=sh
# Programs: audacity
# How: starting the program itself again
#
# Audacity exits with 255 when it has handed over.

program "$@" || [ $? = 255 ]
