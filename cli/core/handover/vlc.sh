# shellcheck shell=sh disable=SC2317
# Programs: vlc qvlc
# How: its name on the session bus, at the end of its playlist
# Needs: dbus-send
# Documents: -[IVAS] -intf -extraintf -vout -aout -start-time -stop-time
#   -run-time -rate -volume -gain -zoom -sub-file -audio-track -sub-track
#   -audio-language -sub-language -input-slave -sout -services-discovery
# Own: -[IhHl] -intf -sout -help -full-help -longhelp -version -list
#
# With --one-instance it would hand over to the vlc that was started first,
# which may not be ours.

call() { # NAME OBJECT METHOD ARG...
	o=$1
	shift
	dbus-send --session --print-reply=literal --dest="$o" "$@" 2>/dev/null
}

# The first vlc has the short name.
named() {
	for n in org.mpris.MediaPlayer2.vlc.instance"$ONLYONE_PID" \
		org.mpris.MediaPlayer2.vlc; do
		pid=$(call org.freedesktop.DBus /org/freedesktop/DBus \
			org.freedesktop.DBus.GetConnectionUnixProcessID \
			"string:$n") && [ "${pid##* }" = "$ONLYONE_PID" ] &&
			call "$n" / org.freedesktop.DBus.Peer.Ping && return
	done
	false
}

[ "$ONLYONE_DOCUMENTS" -gt 0 ] || exit 0
on_bus
begun
await named || refuse 'it does not answer on the session bus'
for a do
	# An option for the document before it, which no call can pass.
	case $a in :*)
		echo "onlyone: vlc (pid $ONLYONE_PID) is running; not handed" \
			"over: $a" >&2
		continue
		;;
	esac
	call "$n" /org/mpris/MediaPlayer2 \
		org.mpris.MediaPlayer2.TrackList.AddTrack "string:$(uri "$a")" \
		objpath:/org/mpris/MediaPlayer2/TrackList/Append boolean:false ||
		refuse "it did not take $a"
done
exit 0
