# shellcheck shell=sh disable=SC2317
# Programs: kate kwrite gimp gimp-2.8 gimp-2.10 gimp-2.99 gimp-3.0
# How: starting the program itself again, once it has a window
# Then: self

begun
