#!/usr/bin/env bats
# run: desktop
# redisplay-sway.bats: launch it again, and it is re-displayed, by a Wayland
# compositor.  As redisplay.bats; what the helper does alone is in
# raise-sway.bats.

# shellcheck disable=SC2016,SC2154
load lib/common
load lib/x11
load lib/sway

@test "sway: a terminal and a GTK program, from behind and from another workspace" {
	local one=(foot -c /dev/null -o locked-title=yes -T one sleep 300)
	local program
	sway_begin
	begin_view one onlyone "${one[@]}"
	foot_view two
	run -0 --separate-stderr launch "${one[@]}"
	wait_until 'the first one has the focus' "$PATIENCE" focus_is one
	begin onlyone mousepad </dev/null >/dev/null 2>&1
	program=$BEGUN
	wait_until 'mousepad has the focus' "$PATIENCE" focus_pid_is "$program"
	swaymsg -q workspace other
	foot_view three
	run -0 --separate-stderr launch -v mousepad
	[[ $stderr == *"mousepad (pid $program): raised" ]] || fail "$stderr"
	focus_pid_is "$program"
	assert_equal "$(ctl count mousepad) $(ctl count foot)" '1 1'
}

@test "sway: cycle, toggle, here, where it has the focus already" {
	local both=(./both)
	sway_begin
	cat >both <<-'END'
		#!/bin/sh
		foot -c /dev/null -o locked-title=yes -T one sleep 300 &
		foot -c /dev/null -o locked-title=yes -T two sleep 300 &
		wait
	END
	chmod +x both
	begin onlyone ./both </dev/null >/dev/null 2>&1
	wait_until 'one of them has the focus' "$PATIENCE" \
		eval 'focus_is one || focus_is two'
	wait_until 'both are there' "$PATIENCE" eval '[ "$(swaymsg -t get_tree |
		jq "[.. | objects | select(.pid?) | .name] |
		map(select(. == \"one\" or . == \"two\")) | length")" = 2 ]'
	swaymsg -q '[title="^one$"] focus'
	wait_until 'one has the focus' "$PATIENCE" focus_is one
	run -0 launch --raise=cycle ./both
	wait_until 'two has the focus' "$PATIENCE" focus_is two
	run -0 launch --raise=cycle ./both
	wait_until 'one has it again' "$PATIENCE" focus_is one
	run -0 --separate-stderr launch -v --raise=toggle ./both
	[[ $stderr == *'and is minimised' ]] || fail "$stderr"
	wait_until 'one has it no more' "$PATIENCE" focus_is two
	swaymsg -q workspace other
	foot_view three
	run -0 launch --raise=here ./both
	wait_until 'two is here' "$PATIENCE" focus_is two
	assert_equal "$(swaymsg -t get_workspaces |
		jq -r '.[] | select(.focused).name')" other
}

@test "sway: a new window of its own is in front, whenever it comes" {
	local ms title=one
	sway_begin
	begin_view one onlyone \
		--on-activate='(sleep "0.$1"; touch "go$1") &' "$GUESTS/window" \
		one await=go000 second await=go100 second await=go400 second
	foot_view two
	for ms in 000 100 400; do
		swaymsg -q '[title="^two$"] focus'
		run -0 launch "$GUESTS/window" "$ms"
		title+=' second'
		wait_until "$ms: the new one has the focus" "$PATIENCE" \
			focus_is "$title"
		wait_until 'no helper is left' "$PATIENCE" refute \
			pgrep -U "$UID" -x onlyone-raise
		focus_is "$title"
	done
}

# between COMMAND...: with a compositor that, before it is told of a focus, has
# COMMAND done, and a window more.
between() {
	begin /usr/bin/python3 - "$SWAYSOCK" "$PWD/between" "$@" <<-'END'
		import json, socket, struct, subprocess, sys, time
		real, path, command = sys.argv[1], sys.argv[2], sys.argv[3:]

		def take(s):
		    head = s.recv(14, socket.MSG_WAITALL)
		    if len(head) < 14:
		        return None
		    size = struct.unpack("=I", head[6:10])[0]
		    return head + s.recv(size, socket.MSG_WAITALL)

		def views(node):
		    return (node.get("pid") is not None) + sum(map(
		        views, node["nodes"] + node["floating_nodes"]))

		def count():
		    with socket.socket(socket.AF_UNIX) as s:
		        s.connect(real)
		        s.sendall(b"i3-ipc" + struct.pack("=II", 0, 4))
		        return views(json.loads(take(s)[14:]))

		with socket.socket(socket.AF_UNIX) as server:
		    server.bind(path)
		    server.listen()
		    while True:
		        ours, _ = server.accept()
		        sway = socket.socket(socket.AF_UNIX)
		        sway.connect(real)
		        while asked := take(ours):
		            if command and asked.endswith(b" focus"):
		                before = count()
		                subprocess.run(command, check=True)
		                command = None
		                while count() == before:
		                    time.sleep(0.01)
		            sway.sendall(asked)
		            ours.sendall(take(sway))
		        ours.close()
		        sway.close()
	END
	wait_until 'it listens' "$PATIENCE" test -S between
}

@test "sway: a new window that comes between the look and the raise is in front" {
	sway_begin
	between touch go
	begin_view one env "SWAYSOCK=$PWD/between" onlyone --on-activate=: \
		"$GUESTS/window" one await=go second
	foot_view two
	run -0 launch "$GUESTS/window"
	wait_until 'the new one has the focus' "$PATIENCE" focus_is 'one second'
}

@test "sway: stop asks the windows to close, before any signal" {
	local program
	sway_begin
	begin onlyone mousepad </dev/null >/dev/null 2>&1
	program=$BEGUN
	wait_until 'mousepad has the focus' "$PATIENCE" focus_pid_is "$program"
	run -0 ctl stop mousepad -w 60
	ends "$program" 0
}
