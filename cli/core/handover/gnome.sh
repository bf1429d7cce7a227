# shellcheck shell=sh
# Programs: mousepad gedit gnome-text-editor
# Then: dbus

# Some of these open an empty document when they are activated without one.
[ "$ONLYONE_DOCUMENTS" -gt 0 ] || exit 0
