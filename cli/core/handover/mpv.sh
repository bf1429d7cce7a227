# shellcheck shell=sh
# Programs: mpv
# How: its IPC socket, at the end of its playlist
# Needs: perl
# Insert: --input-ipc-server={slot}/hand
# Documents: -ss -ao -vo -vf -af -profile -geometry -start -end -length -speed
#   -volume -aid -vid -sid -audio-delay -sub-delay -script-opts
# Options: -start -end -length -speed -volume -mute -aid -vid -sid -audio-delay
#   -sub-delay -loop -loop-file -loop-playlist -fs -fullscreen -script-opts
# Own: -[hV] -help -version -list-* -o -input-ipc-server

[ $# -gt 0 ] || exit 0
inserted
await listening
# Each command is a line of JSON, and gets an answer; events come in between.
# Options apply only to the documents of their launch, except those of the
# window and the playlist; without a document they are set.  With
# --script-opts=onlyone=now, here or in the running mpv, the documents are
# played now.
# shellcheck disable=SC2016
missing=$(perl -MIO::Socket::UNIX -e '
	# While stopped it takes no connection, or does not answer, and would
	# open the documents later.
	$SIG{ALRM} = sub { exit 1 };
	alarm 20;
	my $hand = IO::Socket::UNIX->new(Peer => shift) or exit 1;
	my ($folder, $lost, $options) = (shift, 0, "");
	my (@set, @documents, $now, $first);
	sub text {
		my $s = shift;
		$s =~ s/(["\\\x00-\x1f])/sprintf "\\u%04x", ord $1/ge;
		return qq("$s");
	}
	sub ask {
		$hand->printflush(qq({"command":$_[0]}\n));
		do { $_ = <$hand> // exit 1 } until /"error":/;
		$lost ||= !/"error":"success"/;
	}
	ask(qq(["get_property","options/script-opts"]));
	alarm 0;
	$now = /"onlyone": *"now"/;
	while (defined(my $word = shift)) {
		if ($word !~ /^--?([^=]+)(?:=(.*))?$/s) {
			push @documents, $word;
			next;
		}
		my ($name, $value) = ($1, $2);
		$value //= $name =~ /^(fs|fullscreen|mute)$/ ? "yes" :
		    $name =~ /^loop/ ? "inf" : shift // "";
		if ("$name=$value" eq "script-opts=onlyone=now") {
			$now = 1;
		} else {
			push @set, [$name, text($value)];
		}
	}
	# mpv would silently skip it.
	for (@documents) {
		s{^}{$folder/} unless m{^/|://};
		print and exit 1 unless m{://} || -r;
	}
	for (@set) {
		if (@documents && $$_[0] !~ /^(fs|fullscreen|loop-playlist)$/) {
			$options .= ($options && ",") . qq("$$_[0]":$$_[1]);
		} else {
			ask(qq(["set","$$_[0]",$$_[1]]));
		}
	}
	ask(qq(["get_property","playlist-count"]));
	($first) = /"data": *(\d+)/;
	for (@documents) {
		my $url = text($_);
		ask($options ? qq({"name":"loadfile","url":$url,) .
		    qq("flags":"append-play","options":{$options}}) :
		    qq(["loadfile",$url,"append-play"]));
	}
	if ($now && @documents && !$lost) {
		ask(qq(["playlist-play-index",$first]));
		ask(qq(["set","pause","no"]));
	}
	exit $lost' "$ONLYONE_HAND" "${PWD%/}" "$@") && exit
[ -z "$missing" ] || refuse "$missing cannot be read"
refuse "its socket $ONLYONE_HAND does not answer, or it knows no such option"
