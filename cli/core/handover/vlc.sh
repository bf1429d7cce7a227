# shellcheck shell=sh
# Programs: vlc qvlc
# How: its own --one-instance, at the end of its playlist
# Starts: the program
# Documents: -[IVAS] -intf -extraintf -vout -aout -start-time -stop-time
#   -run-time -rate -volume -gain -zoom -sub-file -audio-track -sub-track
#   -audio-language -sub-language -input-slave -sout -services-discovery
# Own: -[IhHl] -intf -sout -help -full-help -longhelp -version -list

# Its second start hands over documents alone.
[ "$ONLYONE_DOCUMENTS" -gt 0 ] || exit 0
begun
become_program --one-instance --playlist-enqueue "$@"
