# shellcheck shell=sh disable=SC2317
# Programs: kate kwrite
# How: starting the program itself again, once it has a window
# Then: self

begun
