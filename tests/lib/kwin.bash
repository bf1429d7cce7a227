# kwin.bash: KDE's compositor, for compositor.bash.
#
# Scripts of the test question it; their print() goes to its log.  A container does not
# allow the binary's file capability, so a copy is run.
# shellcheck shell=bash disable=SC2034,SC2154

kwin_begin() {
	cp "$(command -v kwin_wayland)" "$RUNTIME/kwin_wayland"
	QT_LOGGING_RULES='kwin_scripting.debug=true;js.debug=true' \
		KWIN_SCREENSHOT_NO_PERMISSION_CHECKS=1 QT_QPA_PLATFORM= \
		quiet_begin kwin "$RUNTIME/kwin_wayland" --virtual --width 1280 \
		--height 800 --no-lockscreen --no-global-shortcuts --xwayland \
		-s "$WAYLAND_DISPLAY" "sh -c 'echo \$DISPLAY \$XAUTHORITY >$RUNTIME/x11'"
	COMPOSITOR_PID=$BEGUN
	KWIN_ASKED=0
	wait_until 'KWin is there' kwin_scripts
	kwin_run 'workspace.desktops = 2'
	wait_until 'its X server is there' grep -q . "$RUNTIME/x11"
	read -r DISPLAY XAUTHORITY <"$RUNTIME/x11"
	export DISPLAY XAUTHORITY
}

kwin_scripts() {
	gdbus introspect --session -d org.kde.KWin -o /Scripting | grep -q loadScript
}

kwin_call() {
	gdbus call --session -d org.kde.KWin -o "$1" -m "$2" "${@:3}"
}

# kwin_run CODE: run a script; what it prints.
kwin_run() {
	local n name
	name=test$BASHPID.$((++KWIN_ASKED)).$RANDOM
	printf '%s;print("%s done")\n' "${1//print(/print(\"$name\", }" \
		"$name" >"$RUNTIME/$name.js"
	n=$(kwin_call /Scripting org.kde.kwin.Scripting.loadScript \
		"$RUNTIME/$name.js" "$name") || return
	n=${n//[^0-9]/}
	kwin_call "/$n" org.kde.kwin.Script.run >/dev/null || return
	wait_until 'the script has run' grep -q "$name done" "$RUNTIME/kwin.log"
	kwin_call /Scripting org.kde.kwin.Scripting.unloadScript "$name" >/dev/null
	sed -n "/$name done/d; s/.*$name \(.*\)/\1/p" "$RUNTIME/kwin.log" | tr -d '"'
}

kwin_focused() {
	kwin_run 'print(workspace.activeClient ? workspace.activeClient.pid : 0)'
}

# kwin_windows PID CODE: a script for each of its windows, c.
kwin_windows() {
	kwin_run "workspace.clientList().forEach(function (c) { if (c.pid == $1) { $2 } })"
}

# kwin_titles PID: of its windows, dialogs too, one a line.
kwin_titles() {
	kwin_windows "$1" 'print(c.caption)'
}

kwin_minimise() {
	kwin_windows "$1" 'c.minimized = true'
	wait_until 'it is minimised' kwin_minimised "$1"
}

kwin_minimised() {
	[ "$(kwin_windows "$1" 'print(c.minimized)' | sort -u)" = true ]
}

kwin_other_workspace() {
	kwin_run 'workspace.currentDesktop = workspace.currentDesktop % 2 + 1'
}
