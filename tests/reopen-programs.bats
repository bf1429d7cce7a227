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
load lib/common
load lib/x11

ROUNDS=${REOPEN_ROUNDS-1}

# The names of sockets are short, and some programs put several more words
# behind this.
setup() {
	common_setup
	x11_setup
	RUNTIME=$(mktemp -d /tmp/onlyone-desktop.XXXXXX)
}

teardown() {
	x11_teardown
	common_teardown
	rm -rf "$RUNTIME"
}

# desk: a screen, and a session bus, which some are reached by.
desk() {
	xserver
	wm openbox
	begin dbus-daemon --session --nofork --nopidfile \
		--address="unix:path=$RUNTIME/bus"
	wait_until 'a bus is there' "$PATIENCE" test -S "$RUNTIME/bus"
	export DBUS_SESSION_BUS_ADDRESS=unix:path=$RUNTIME/bus
	export XDG_RUNTIME_DIR=$RUNTIME
}

# reopened KIND COMMAND...: with documents of that kind (document_KIND).
reopened() {
	local make=$1 round ms='' n=0 PATIENCE=$((PATIENCE * 2))
	shift
	PROGRAM=("$@")
	desk
	open_next
	for ((round = 0; round < ROUNDS; round++)); do
		for ms in 0 0.05 0.4 1.5; do
			close_windows
			sleep "$ms"
			open_next
		done
	done
}

# open_next: a launch with a new document, until that is shown.
open_next() {
	local name
	n=$((n + 1))
	name=$(document_"$make" "$n")
	begin onlyone --on-activate=auto "${PROGRAM[@]}" "$name" \
		</dev/null >"said$n" 2>&1
	wait_until "document $n is shown" "$PATIENCE" shown_by_one "doc$n" ||
		fail "after ${ms:-no} s: document $n: $(<"said$n"); $(ctl list); $(
			wmctrl -lp)"
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
	desk
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

# is_below PID OWNER
is_below() {
	local pid
	for ((pid = $1; pid > 1; pid = $(parent_of "$pid" || echo 0))); do
		[ "$pid" != "$2" ] || return 0
	done
	return 1
}

# close_windows: as by their buttons, all there are; $ENDED: and it
# has ended.
close_windows() {
	local window
	look
	for window in "${STACK[@]}"; do
		wmctrl -i -c "$window" || true
	done
	[ -z "${ENDED-}" ] ||
		wait_until 'it has ended' "$PATIENCE" count_is "${PROGRAM[0]}" 0
}

document_text() {
	echo "text $1" >"doc$1.txt"
	echo "doc$1.txt"
}

document_page() {
	echo "<!doctype html><title>doc$1</title>text" >"doc$1.html"
	echo "doc$1.html"
}

document_picture() {
	printf 'P3 2 1 255\n255 0 0 0 0 255\n' >"doc$1.ppm"
	echo "doc$1.ppm"
}

# A page without anything on it, as PDF readers put up with.
document_paper() {
	cat >"doc$1.pdf" <<-END
		%PDF-1.4
		1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj
		2 0 obj <</Type /Pages /Kids [3 0 R] /Count 1>> endobj
		3 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 99 99]>> endobj
		trailer <</Root 1 0 R>>
	END
	echo "doc$1.pdf"
}

@test "reopened: mousepad" {
	reopened text mousepad
}

@test "reopened: geany" {
	reopened text geany
}

@test "reopened: kate" {
	reopened text kate --block
}

@test "reopened: evince" {
	reopened paper -d evince
}

@test "reopened: okular" {
	reopened paper okular
}

@test "reopened: gimp" {
	reopened picture gimp --no-splash --no-data --no-fonts
}

@test "reopened: LibreOffice" {
	reopened text libreoffice --norestore --nologo
}

@test "reopened: Firefox" {
	mkdir profile
	reopened page firefox-esr --profile "$PWD/profile"
}

@test "begun: geany" {
	begun text geany
}

@test "begun: Firefox" {
	mkdir profile
	begun page firefox-esr --profile "$PWD/profile"
}
