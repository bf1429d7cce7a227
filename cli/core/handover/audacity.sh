# shellcheck shell=sh
# Programs: audacity
# Own: -[htv] -help -test -version
# How: starting the program itself again
#
# Audacity exits with 255 when it has handed over.

program "$@" || [ $? = 255 ]
