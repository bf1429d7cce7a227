# shellcheck shell=sh
# Programs: nautilus eog totem
# Starts: the program, with options
# Documents: -geometry -display -encoding -seek -playlist-idx
# Options: *
# Own: -new-instance -standalone -q -quit -help* -version
# Then: dbus

# With options the second start hands over, on the bus, too.
[ $# -eq "$ONLYONE_DOCUMENTS" ] || become_program "$@"
# Some of these open an empty document when they are activated without one.
[ "$ONLYONE_DOCUMENTS" -gt 0 ] || reopen
