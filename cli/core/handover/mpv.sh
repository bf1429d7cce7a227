# shellcheck shell=sh
# Programs: mpv
# How: its IPC socket, at the end of its playlist
# Needs: perl
# Insert: --input-ipc-server={slot}/hand
# Documents: -ss -ao -vo -vf -af -profile -volume -geometry

[ "$ONLYONE_DOCUMENTS" -gt 0 ] || exit 0
inserted
await listening
# Each argument is a line of JSON, and has an answer; events come between.
# shellcheck disable=SC2016
perl -MIO::Socket::UNIX -e '
	my $hand = IO::Socket::UNIX->new(Peer => shift) or exit 1;
	my ($folder, $lost) = (shift, 0);
	for (@ARGV) {
		next if /^\+/;
		s{^}{$folder/} unless m{^/|://};
		s/(["\\\x00-\x1f])/sprintf "\\u%04x", ord $1/ge;
		$hand->printflush(
		    qq({"command":["loadfile","$_","append-play"]}\n));
		do { $_ = <$hand> // exit 1 } until /"error"/;
		$lost ||= !/"success"/;
	}
	exit $lost' "$ONLYONE_HAND" "${PWD%/}" "$@" && exit
refuse "its socket $ONLYONE_HAND does not answer"
