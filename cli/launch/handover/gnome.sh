# shellcheck shell=sh
# Programs: mousepad gedit gnome-text-editor nautilus eog xed totem
# Then: dbus

# Some open an empty one when they are activated.
[ "$ONLYONE_DOCUMENTS" -gt 0 ] || exit 0
