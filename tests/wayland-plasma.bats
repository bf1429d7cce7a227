#!/usr/bin/env bats
# wayland-plasma.bats: the script in KWin, with the objects that Plasma 5 gives
# it, and with those of Plasma 6.
# as: user (nothing of it knows a difference)
# run: desktop
#
# Both are imitated (lib/plasma.py): Plasma 6 is not in Debian 12.  The real
# KWin of Plasma 5 is in the other files named wayland-.
load lib/compositor

# plasma VERSION WINDOW...: begin it; a window is properties, in JSON.
plasma() {
	local windows
	bus bus
	export DBUS_SESSION_BUS_ADDRESS=unix:path=$RUNTIME/bus \
		WAYLAND_DISPLAY=wl
	rm -f "$RUNTIME/wl" log
	windows=$(printf '%s\n' "${@:2}" | jq -sc .)
	quiet_begin plasma /usr/bin/python3 \
		"$BATS_TEST_DIRNAME/lib/plasma.py" "$1" "$RUNTIME/wl" \
		"$PWD/log" "$windows"
	PLASMA=$BEGUN
	wait_until 'it takes scripts' grep -qx scripts log
	wait_until 'it takes windows' test -S "$RUNTIME/wl"
}

# ended_plasma: its child goes with it, and the bus.
ended_plasma() {
	killed "${STARTED[@]}"
	rm -f "$RUNTIME/bus"
}

@test "Plasma 5, 6, imitated: the window of that process becomes active, and the script goes" {
	for version in 5 6; do
		begin sleep 300
		plasma "$version" '{"internalId": "{low}", "pid": 1}' \
			"{\"internalId\": \"{own}\", \"pid\": $BEGUN}" \
			'{"internalId": "{top}", "pid": 1, "active": true}'
		run raise -vv --limit=30 "${STARTED[0]}"
		assert_output 'raised (kwin_wayland: script)'
		assert_equal "$(grep -c activated log)" 1
		grep -qx 'activated {own}' log
		wait_until 'the script is unloaded' \
			grep -q '^unloaded onlyone-raise-' log
		ended_plasma
		STARTED=()
	done
}

@test "Plasma 5, 6, imitated: of several windows the active one, else the uppermost; no panel" {
	for version in 5 6; do
		begin pid= sleep 300
		plasma "$version" \
			"{\"internalId\": \"{one}\", \"pid\": $pid}" \
			"{\"internalId\": \"{two}\", \"pid\": $pid}" \
			"{\"internalId\": \"{panel}\", \"pid\": $pid, \"normalWindow\": false}" \
			'{"internalId": "{top}", "pid": 1}'
		run -0 raise -vv --limit=30 "$pid"
		grep -qx 'activated {two}' log
		ended_plasma
		STARTED=()
		begin pid= sleep 300
		plasma "$version" \
			"{\"internalId\": \"{one}\", \"pid\": $pid, \"active\": true}" \
			"{\"internalId\": \"{two}\", \"pid\": $pid}"
		run -0 raise -vv --limit=30 "$pid"
		run ! grep -qx 'activated {two}' log
		ended_plasma
		STARTED=()
	done
}

@test "Plasma 5, 6, imitated: its windows are asked to close, dialogs only if there are no others" {
	for version in 5 6; do
		for main in true false; do
			begin pid= sleep 300
			plasma "$version" \
				"{\"internalId\": \"{one}\", \"pid\": $pid, \"normalWindow\": $main}" \
				"{\"internalId\": \"{asks}\", \"pid\": $pid, \"transient\": true}" \
				'{"internalId": "{top}", "pid": 1}'
			run -0 raise --close --limit=30 "$pid"
			wait_until 'one was asked' grep closed log
			$main && want=one || want=asks
			assert_equal "$(grep closed log)" "closed {$want}"
			ended_plasma
			STARTED=()
		done
	done
}

@test "Plasma 5, 6, imitated: a process without a window; that is said" {
	for version in 5 6; do
		begin sleep 300
		plasma "$version" '{"internalId": "{top}", "pid": 1}'
		run -1 raise -vv --limit=30 "${STARTED[0]}"
		[[ $output == 'no window (kwin_wayland: script: no window of it; '* ]] ||
			fail "$output"
		run ! grep activated log
		ended_plasma
		STARTED=()
	done
}
