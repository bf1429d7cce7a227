# shellcheck shell=sh disable=SC2317
# Programs: xfce4-terminal lxterminal mate-terminal terminator tilix
# How: starting the program itself again: its server makes a window, or a tab
# Own: -disable-server -disable-factory -no-dbus -no-remote -new-process -u
# Aside: -[hv] -V -version -help* -list-profiles -preferences
# Then: self

[ $# -gt 0 ] || reopen
# With a command the whole line is the name: this command is already running.
case ${ONLYONE_APP-} in */"${ONLYONE_PROGRAM##*/} "*) exit 0 ;; esac
begun served
