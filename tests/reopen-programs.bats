#!/usr/bin/env bats
# reopen-programs.bats: real programs, closed and opened again at once with
# another document, at once, and 0.05, 0.4 and 1.5 seconds after the click.
# as: user (they are somebody's, and who asks is no matter)
# run: desktop
#
# However far the first one has come with its end: one process of it is listed,
# all that has a window belongs to that, and shows the document.  Each case
# REOPEN_ROUNDS times (1; make check-reopen: 20).
# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load lib/x11
load lib/documents

ROUNDS=${REOPEN_ROUNDS-1}

# The names of sockets are short, and some programs put several more words
# behind this.
own_setup() {
	RUNTIME=$(mktemp -d /tmp/onlyone-desktop.XXXXXX)
	LITTER+=("$RUNTIME")
	mkdir profile
}

# bus_desk: a screen, and a session bus, which some are reached by.
bus_desk() {
	desk
	begin dbus-daemon --session --nofork --nopidfile \
		--address="unix:path=$RUNTIME/bus"
	wait_until 'a bus is there' test -S "$RUNTIME/bus"
	export DBUS_SESSION_BUS_ADDRESS=unix:path=$RUNTIME/bus
	export XDG_RUNTIME_DIR=$RUNTIME
}

# reopened KIND COMMAND...: with documents of that kind (document_KIND).
reopened() {
	local make=$1 round ms='' n=0 PATIENCE=$((PATIENCE * 6))
	shift
	PROGRAM=("$@")
	bus_desk
	open_next
	for ((round = 0; round < ROUNDS; round++)); do
		for ms in 0 0.05 0.4 1.5; do
			close_windows
			sleep "$ms"
			open_next
		done
	done
}

# open_next: a launch with a new document, until that is shown, and it has
# ended, or has led to a new instance.
open_next() {
	local name before
	before=$(pids)
	n=$((n + 1))
	name=$(document_"$make" "$n")
	begin onlyone --on-activate=auto "${PROGRAM[@]}" "$name" \
		</dev/null >"said$n" 2>&1
	wait_until "document $n is shown" shown_by_one "doc$n" ||
		fail "after ${ms:-no} s: document $n: $(<"said$n"); $(ctl list); $(
			wmctrl -lp)"
	# One that has not ended yet would begin it anew once it is closed.
	wait_until "its launch has ended" over "$BEGUN" "$before"
}

pids() { ctl list --json | jq -c 'map(.pid)'; }

# over LAUNCH PIDS: it has ended, or is the instance, or has led to another one
# than there was.
over() {
	local now
	now=$(pids)
	gone "$1" || [ "$now" = "[$1]" ] ||
		{ [ "$2" != '[]' ] && [ "$now" != "$2" ]; }
}

# shown_by_one NAME: a window has it, and all windows are of the one instance.
shown_by_one() {
	local list owner pid titles
	list=$(ctl list --json) || return
	[ "$(jq length <<<"$list")" = 1 ] || return
	owner=$(jq '.[0].pid' <<<"$list")
	titles=$(wmctrl -l) || return
	[[ $titles == *"$1"* ]] || return
	look
	for pid in "${PIDS[@]}"; do
		# openbox itself shows one.
		[ "$pid" = 0 ] || is_below "$pid" "$owner" || return
	done
}

# begun KIND COMMAND...: a second document while it begins with the first one.
begun() {
	local make=$1 round ms n=0 first PATIENCE=$((PATIENCE * 2))
	shift
	PROGRAM=("$@")
	bus_desk
	for ((round = 0; round < ROUNDS; round++)); do
		for ms in 0 0.05 0.4 1.5; do
			n=$((n + 1))
			first=$(document_"$make" "$n")
			begin onlyone --on-activate=auto "${PROGRAM[@]}" "$first" \
				</dev/null >"said$n" 2>&1
			sleep "$ms"
			open_next
			ENDED=y close_windows
		done
	done
}

# close_windows: as by their buttons, all there are; $ENDED: and it
# has ended.
close_windows() {
	local window
	look
	for window in "${STACK[@]}"; do wmctrl -i -c "$window" || true; done
	[ -z "${ENDED-}" ] ||
		freed "${PROGRAM[0]}"
}

@test "reopened: mousepad" { reopened text mousepad; }
@test "reopened: geany" { reopened text geany; }
@test "reopened: kate" { reopened text kate --block; }
@test "reopened: evince" { reopened paper -d evince; }
@test "reopened: okular" { reopened paper okular; }
@test "reopened: gimp" { reopened picture gimp --no-splash --no-data --no-fonts; }
@test "reopened: LibreOffice" { reopened text libreoffice --norestore --nologo; }

@test "reopened: Firefox" { reopened page firefox-esr --profile "$PWD/profile"; }

@test "begun: kate" { begun text kate; }
@test "begun: geany" { begun text geany; }

@test "begun: Firefox" { begun page firefox-esr --profile "$PWD/profile"; }

# taken COUNT KIND COMMAND...: of three documents each is shown, by COUNT
# instances for each.  Between them a launch without one, or with one that is
# open, opens nothing: as many windows come with the third as with the second.
taken() {
	local each=$1 make=$2 n windows=() PATIENCE=$((PATIENCE * 2))
	shift 2
	export QTWEBENGINE_DISABLE_SANDBOX=1
	bus_desk
	for n in 1 2 3; do
		begin onlyone --on-activate=auto "$@" "$(document_"$make" "$n")" \
			</dev/null >"said$n" 2>&1
		wait_until "document $n is shown" shows "$n" ||
			fail "$(cat said?; wmctrl -lp; ctl list)"
		windows+=("$(wmctrl -l | wc -l)")
		[ "$n" != 2 ] || run -0 launch --on-activate=auto "$@" \
			$([ "$each" = 0 ] || document_"$make" 1) </dev/null
		assert_equal "$(ctl count "$1")" $((each ? n : 1))
	done
	[ "$each" = 1 ] ||
		assert_equal $((windows[2] - windows[1])) $((windows[1] - windows[0]))
	ctl stop --all "$1" || true
}

# shows NUMBER: a window has it; of torrents each has one that names none.
shows() {
	local titles
	titles=$(wmctrl -l)
	[[ $titles == *"doc$1"* ]] || [ "$(grep -c -e Torrent -e ' $' \
		<<<"$titles")" = $((make == torrent ? $1 : 99)) ]
}

@test "taken: falkon" { taken 0 page falkon; }
@test "taken: featherpad" { taken 0 text featherpad; }
@test "taken: epiphany" { taken 0 page epiphany; }
@test "taken: thunar" { taken 0 folder thunar; }
@test "taken: pcmanfm" { taken 0 folder pcmanfm; }
@test "taken: transmission-gtk" { taken 0 torrent transmission-gtk; }
@test "taken: qpdfview" { taken 0 paper qpdfview; }
@test "taken: pluma, which no row names" { taken 0 text pluma; }
@test "taken: atril" { taken 1 paper atril; }
@test "taken: l3afpad" { taken 1 text l3afpad; }
@test "taken: mupdf" { taken 1 paper mupdf; }
@test "taken: ristretto" { taken 1 picture ristretto; }
@test "taken: xournalpp" { taken 1 paper xournalpp; }

@test "taken: by nobody, of a program that no row names and that hands nothing over: it is ended, and said" {
	bus_desk
	cp "$(command -v l3afpad)" pad
	begin onlyone --on-activate=auto ./pad "$(document_text 1)" </dev/null
	wait_until 'its window is there' shows 1
	prints -0 '' launch ./pad
	run -69 --separate-stderr launch ./pad "$(document_text 2)"
	[[ $stderr == *"pad (pid $BEGUN) did not take the documents: "*'was ended; '*-d* ]] ||
		fail "$stderr"
	assert_equal "$(pgrep -cf "^[^ ]*/pad")" 1
	kill -TERM "$BEGUN"
	# Of a program without a window nothing is run once more.
	begin_guest onlyone --on-activate=auto "$GUESTS/guest"
	run -69 launch "$GUESTS/guest" doc
	prints 1 constructors
}
