#!/usr/bin/env bats
# handover-viewers.bats: options for a document reach viewers that run: okular,
# evince, atril.
# as: user (programs are asked by their own means, which are their user's)
# run: desktop
load lib/x11
load lib/documents

own_setup() { export HOME=$PWD LC_ALL=C.UTF-8 XDG_CONFIG_HOME=$PWD/config; }

@test "okular: a page arrives, and a position behind #" {
	xserver
	session_bus
	mv "$(document_paper 1 9)" first
	cp first second
	cp first 'a#b'
	okular_is() { # METHOD VALUE
		[ "$(dbus-send --session --print-reply=literal \
			--dest="org.kde.okular-$BEGUN" /okular \
			"org.kde.okular.$1" 2>/dev/null |
			sed 's/^ *//; s/uint32 //')" = "$2" ]
	}
	begin onlyone okular first </dev/null
	wait_until 'it runs' okular_is currentPage 1
	local case name
	for case in '-p 4 second:4' 'second -p5:5' '--page=6 --unique ./first:6' \
		'first --page 7:7' 'second#3:3' 'a#b:1' 'a#b -p 2:2'; do
		echo "# $case" >&2
		name=$(grep -o 'first\|second\|a#b' <<<"$case")
		prints -0 '' launch okular ${case%:*}
		wait_until 'it has the document' okular_is currentDocument "$PWD/$name"
		wait_until 'it shows the page' okular_is currentPage "${case##*:}"
	done
	prints -0 '' launch okular -p 8
	wait_until 'it shows the page' okular_is currentPage 8
	run -0 --separate-stderr launch okular --find x first
	says "okular (pid $BEGUN) is running; not handed over: --find x"
}

@test "evince, atril: of a document that is open the page is shown, by its own process" {
	xserver
	session_bus
	mv "$(document_paper 1 9)" first
	local name viewer monitor
	for name in evince atril; do
		begin onlyone "$name" first </dev/null
		wait_until 'its window is there' titled first
		wait_until 'it is known' eval 'dbus-send --session --print-reply \
			--dest=org.freedesktop.DBus / org.freedesktop.DBus.ListNames |
			grep -qi "$name.daemon"'
		viewer=$BEGUN
		begin dbus-monitor "type=method_call" >said
		monitor=$BEGUN
		wait_until 'it watches' grep -q NameAcquired said
		prints -0 '' launch "$name" -p 4 first
		wait_until 'the page is there' grep -q '"page-label"' said
		assert_equal "$(ctl count "$name")" 1
		alive "$viewer"
		run -0 --separate-stderr launch "$name" --bogus first
		says "$name (pid $viewer) is running; not handed over: --bogus"
		ended_by TERM "$monitor"
		frees ended_by TERM "$viewer"
	done
}
