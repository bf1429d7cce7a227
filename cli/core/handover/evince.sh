# shellcheck shell=sh disable=SC2317
# Programs: evince atril
# How: a process of its own for each document
# Starts: the program, with options for a document that is open
# Apart: document
# Documents: -[pinl] -page-label -page-index -named-dest -find -display -class
#   -name
# Options: -[pinlfs] -page-label -page-index -named-dest -find -fullscreen
#   -presentation
# Own: -[ow] -new-window -preview -help* -version

# An instance with a key already has these documents open.
[ $# -gt "$ONLYONE_DOCUMENTS" ] || [ -z "${ONLYONE_KEY-}" ] || exit 0
[ "$ONLYONE_DOCUMENTS" -gt 0 ] || exit 0
[ -n "${ONLYONE_KEY-}" ] || refuse \
	'it has a process for each; start all with --on-activate=auto, or -d'

# A second start finds the document's process through a daemon; without that it
# would open a window and stay.
known() {
	for d in gnome.evince mate.atril; do
		dbus-send --session --print-reply --dest=org.freedesktop.DBus \
			/ org.freedesktop.DBus.GetNameOwner \
			"string:org.$d.Daemon" >/dev/null 2>&1 && return
	done
	false
}
await settled
known || refuse 'options need its daemon on the session bus, and dbus-send'
become_program "$@"
