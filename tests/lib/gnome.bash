# gnome.bash: GNOME's compositor, for compositor.bash.
#
# It needs a log-in service, a mock on a bus of its own.  Unsafe mode lets only the test
# look inside, and type.
# shellcheck shell=bash disable=SC2034,SC2154

gnome_begin() {
	local n=1 name
	bus system
	export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$RUNTIME/system
	quiet_begin logind /usr/bin/python3 -m dbusmock --system --template logind
	wait_until 'the log-in service is there' gdbus call \
		--system -d org.freedesktop.login1 -o /org/freedesktop/login1 \
		-m org.freedesktop.DBus.Peer.Ping
	# A start may hang or fail on its own: then try another one, on a
	# bus of its own, since a child of the first may keep its name on that.
	until gnome_shell; do
		n=$((n + 1))
		[ "$n" -le 4 ] || fail 'GNOME Shell does not start'
		bus "bus$n"
		export DBUS_SESSION_BUS_ADDRESS=unix:path=$RUNTIME/bus$n
	done
	for name in DISPLAY XAUTHORITY; do
		export "$name=$(gnome_eval "imports.gi.GLib.getenv('$name')" | tr -d '"')"
	done
	gnome_press 42 # a shift: there is no seat before the first key
	gnome_eval 'Main.overview.hide()' >/dev/null
	wait_until 'it shows its workspace' gnome_has '!Main.overview.visible'
}

gnome_shell() {
	quiet_begin gnome-shell gnome-shell --headless --wayland \
		--virtual-monitor 1280x800 --wayland-display "$WAYLAND_DISPLAY" --unsafe-mode
	COMPOSITOR_PID=$BEGUN
	wait_until 'the shell is there, or has ended' "$((PATIENCE / 2))" \
		gnome_begun && alive "$COMPOSITOR_PID" && return
	alive "$COMPOSITOR_PID" && killed "$COMPOSITOR_PID"
	tail -n 9 "$RUNTIME/gnome-shell.log" >&2
	rm -f "$RUNTIME/$WAYLAND_DISPLAY" "$RUNTIME/$WAYLAND_DISPLAY.lock"
	return 1
}

gnome_begun() {
	gone "$COMPOSITOR_PID" || gnome_has '!Main.layoutManager._startingUp'
}

# gnome_eval CODE: its value, as JSON; one without quotes in it.
gnome_eval() {
	local said
	said=$(gdbus call --session -d org.gnome.Shell -o /org/gnome/Shell \
		-m org.gnome.Shell.Eval "$1") || return
	[[ $said == "(true, '"* ]] || fail "gnome: $1: $said"
	said=${said#"(true, '"}
	echo "${said%"')"}"
}

# gnome_has CODE: it is true.
gnome_has() {
	[ "$(gnome_eval "!!($1)" 2>/dev/null)" = true ]
}

gnome_focused() {
	gnome_eval 'global.display.focus_window ? global.display.focus_window.get_pid() : 0'
}

gnome_title() {
	gnome_eval 'global.display.focus_window ? global.display.focus_window.title : ""' |
		tr -d '"'
}

# gnome_windows PID: in code, its windows, except tips and menus.
gnome_windows() {
	echo "global.get_window_actors().map(a => a.meta_window).filter(w => w.get_pid() == $1 && w.can_minimize())"
}

# gnome_titles PID: of its windows, dialogs too, one a line.
gnome_titles() {
	gnome_eval "global.get_window_actors().map(a => a.meta_window).filter(w => w.get_pid() == $1 && [0, 3, 4].includes(w.window_type)).map(w => w.title).join('//')" |
		sed 's/^"\(.*\)"$/\1/; s,//,\n,g'
}

# gnome_front PID: its user goes to its window, if it has one.
gnome_front() {
	gnome_eval "$(gnome_windows "$1").slice(0, 1).forEach(w => w.activate(global.get_current_time()))" >/dev/null
	press 42
}

gnome_minimise() {
	gnome_eval "$(gnome_windows "$1").forEach(w => w.minimize())" >/dev/null
	wait_until 'it is minimised' gnome_has "$(gnome_windows "$1").every(w => w.minimized)"
}

gnome_other_workspace() {
	local n='global.workspace_manager.n_workspaces - 1'
	gnome_eval "global.workspace_manager.get_workspace_by_index($n).activate(0)" >/dev/null
	wait_until 'that workspace is shown' gnome_has \
		"global.workspace_manager.get_active_workspace_index() == $n"
}

# gnome_press CODE...: numbers of linux/input-event-codes.h.
gnome_press() {
	gnome_eval "(() => {
		const { Clutter, GLib } = imports.gi;
		globalThis.keys ??= Clutter.get_default_backend().get_default_seat()
			.create_virtual_device(Clutter.InputDeviceType.KEYBOARD_DEVICE);
		const key = (c, down) => keys.notify_key(GLib.get_monotonic_time(), c, down);
		for (const codes of '$*'.split(' ').map((word) => word.split('+'))) {
			codes.forEach((c) => key(c, 1));
			codes.reverse().forEach((c) => key(c, 0));
		}
	})()" >/dev/null
}
