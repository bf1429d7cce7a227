#!/usr/bin/env bats
# wayland-which.bats: which window it is that comes back on GNOME and KDE, and
# what is said where none does.
# as: user (compositors run as one, and their programs with them)
# run: desktop
load lib/gnome
load lib/kwin
load lib/comes
load lib/panes

@test "GNOME: from behind others, minimised, from another workspace; typed keys reach it; without a keyboard, it is said" {
	compositor gnome
	from_everywhere
	typed
	minimise "$FIRST"
	wait_until 'the cover has it' focus_is "$COVER"
	brought "$FIRST" "$GUESTS/pane"
	other_workspace
	cover
	brought "$FIRST" "$GUESTS/pane"
	typed
	# Without a keyboard nothing is, and it is said.
	killed "$KEYBOARD"
	cover
	wait_until 'it is said' eval 'raise -vv -m "$(the_slot)" "$FIRST" |
		grep "no keyboard at the seat, .*: plug one in"'
	focus_is "$COVER"
}

@test "KWin: from behind others, minimised, from another desktop" {
	compositor kwin
	from_everywhere
	minimise "$FIRST"
	wait_until 'it has lost the focus' refute focus_is "$FIRST"
	brought "$FIRST" "$GUESTS/pane"
	other_workspace
	cover
	brought "$FIRST" "$GUESTS/pane"
}

@test "GNOME, KWin: a neighbour of another key is not raised" {
	for kind in gnome kwin; do
		compositor $kind
		keyed 0x100000
		one=$BEGUN
		keyed 0x200000
		two=$BEGUN
		cover
		brought "$one" -k '{3}' "$GUESTS/pane" same same 0x100000
		brought "$two" -k '{3}' "$GUESTS/pane" same same 0x200000
		again_compositor
	done
}

# again_compositor: this one ends, and its windows with it.
again_compositor() {
	for pid in "${STARTED[@]}"; do killed "$pid" 2>/dev/null || true; done
	wait_until 'no slot is left' swept
	rm -rf "${RUNTIME:?}"/*
	unset DBUS_SYSTEM_BUS_ADDRESS DISPLAY XAUTHORITY
	mkdir -p "$XDG_CONFIG_HOME"
}

@test "GNOME: of several windows of one process, the one used last" {
	compositor gnome
	onlyone_panes
	gnome_eval "$(gnome_windows "$FIRST").find(w => w.title == \"one 2\").activate(0)" >/dev/null
	wait_until 'the second one has the keyboard' last_line "enter one 2"
	cover
	again "$GUESTS/pane"
	wait_until 'the second one has it again' last_line "enter one 2"
	assert_equal "$(focused)" "$FIRST"
}

# A window that just came counts as used last for a moment, whatever the others
# answer: a user needs longer than that to go to another one.
onlyone_panes() {
	first -n 3 one one
	wait_until 'all are there' last_line "enter one 3"
	sleep 0.5
}

# last_line WORDS: of what the first pane heard.
last_line() { [ "$(tail -n 1 "$RUNTIME/pane.$FIRST.log")" = "$1" ]; }

@test "KWin: of several windows of one process, the one used last" {
	compositor kwin
	onlyone_panes
	kwin_windows "$FIRST" 'if (c.caption == "one 2") workspace.activeClient = c'
	wait_until 'the second one has the keyboard' last_line "enter one 2"
	cover
	again "$GUESTS/pane"
	wait_until 'the second one has it again' last_line "enter one 2"
}

# opened: a program opens a window for each document, at once, after a while,
# and after another one may have been raised: it is in front, and that is all
# there is to it.
opened() {
	local ms title=one
	quiet_begin program onlyone \
		--on-activate='(sleep "0.$1"; touch "go$1") &' "$GUESTS/window" \
		one await=go000 second await=go100 second await=go400 second
	FIRST=$BEGUN
	let_front "$FIRST"
	quiet_begin cover "$GUESTS/pane" cover cover 0x993333
	COVER=$BEGUN
	for ms in 000 100 400; do
		let_front "$COVER"
		run -0 launch "$GUESTS/window" "$ms"
		title+=' second'
		wait_until "$ms: the new one has the focus" title_is "$title"
		raised_out
		title_is "$title"
	done
}

# let_front PID: it is there, and its user goes to it.
let_front() { wait_until 'it has the focus' to_front "$1"; }

to_front() {
	"${COMPOSITOR}_front" "$1"
	focus_is "$1"
}

title_is() { [ "$("${COMPOSITOR}_title")" = "$1" ]; }

@test "GNOME: a new window of its own is in front, whenever it comes" {
	compositor gnome
	opened
}

@test "GNOME: so it is where new windows are to get no focus" {
	compositor gnome
	no_focus
	opened
}

# The helper is stopped after every third call of its, and so between its look
# at the windows and its choice.
@test "KWin: a new window that comes while the helper is stopped is in front" {
	local n calls keeper raise words=() title=one went=0
	compositor kwin
	for ((n = 3; n < 300; n += 3)); do words+=("await=go$n" second); done
	quiet_begin program onlyone --on-activate=: "$GUESTS/window" one \
		"${words[@]}"
	FIRST=$BEGUN
	let_front "$FIRST"
	quiet_begin cover "$GUESTS/pane" cover cover 0x993333
	COVER=$BEGUN
	keeper=$(ctl list --json window | jq '.[0].keeper')
	calls=$("$BUILD/chaos/killat" -l -p "$keeper" onlyone "$GUESTS/window" |
		grep -c '^raise\.1 ')
	[ "$calls" -gt 60 ]
	raised_out
	for ((n = 3; n < 300 && n <= calls; n += 3)); do
		let_front "$COVER"
		raise=$("$BUILD/chaos/killat" -s -p "$keeper" raise.1 "$n" \
			onlyone "$GUESTS/window" 2>/dev/null) || continue
		touch "go$n"
		title+=' second'
		wait_until "$n: the new one is there" kwin_has "$FIRST" "$title"
		# Its keeper has ended one that took too long.
		if ! kill -CONT "$raise" 2>/dev/null; then
			raised_out
			continue
		fi
		went=$((went + 1))
		raised_out
		wait_until "$n: the new one has the focus" title_is "$title"
	done
	[ "$went" -gt 0 ]
}

kwin_has() { kwin_titles "$1" | grep -qx "$2"; }

@test "GNOME: a child's window is the instance's, and its own comes before that" {
	compositor gnome
	cat >wrapper <<-'END'
		#!/bin/sh
		"$GUESTS/pane" child child >"$RUNTIME/child" &
		read -r _ <gate
		exec "$GUESTS/pane" own own >"$RUNTIME/own"
	END
	chmod +x wrapper
	mkfifo gate
	export RUNTIME
	quiet_begin wrapper onlyone ./wrapper
	script=$BEGUN
	wait_until 'the child has a window' shown_by "$script"
	assert_equal "$(parent_of "$WINDOW")" "$script"
	cover
	again ./wrapper
	wait_until 'the child has the focus' shown_by "$script"
	echo >gate
	wait_until 'the program itself has the focus' focus_is "$script"
	cover
	brought "$script" ./wrapper
}

@test "GNOME, KWin: a launch before the first window is honoured when that comes" {
	mkfifo gate
	printf '%s\n' '#!/bin/sh' 'read -r _ <gate' \
		'exec "$GUESTS/pane" late late >"$RUNTIME/late"' >slow
	chmod +x slow
	export RUNTIME
	for kind in gnome kwin; do
		compositor $kind
		quiet_begin slow onlyone ./slow
		script=$BEGUN
		wait_until 'it runs' pid_is slow "$script"
		cover -f
		run -0 --separate-stderr launch -v ./slow
		[[ $stderr == *'raised=later: when its window is there' ]] ||
			fail "$stderr"
		echo >gate
		# The full screen does not keep it behind.
		wait_until 'it has the focus' focus_is "$script"
		again_compositor
	done
}

@test "GNOME: without our library in it, what was tried is said" {
	compositor gnome
	pane one one
	mkdir none
	run -5 onlyone-raise -vv -m "$PWD/none" "$BEGUN"
	assert_output 'the compositor knows no window of the program (gnome-shell: X11: no window; inside: no window that our library in it knows)'
}

@test "GNOME: without our library, an application is asked by its name on the bus" {
	compositor gnome
	begin_focused gnome-text-editor
	program=$BEGUN
	cover
	run onlyone-raise -vv --limit=15 "$program"
	assert_output --partial 'raised (gnome-shell: D-Bus)'
}

# no_focus: who was not started by who has the focus does not get it.
no_focus() {
	gnome_eval 'new imports.gi.Gio.Settings({schema_id: "org.gnome.desktop.wm.preferences"}).set_string("focus-new-windows", "strict")' >/dev/null
}

# given_focus PID: a user's click may be too early for it.
given_focus() {
	gnome_eval "$(gnome_windows "$1")[0].activate(global.get_current_time())" >/dev/null
	focus_is "$1"
}

@test "GNOME: raised also where new windows are to get no focus" {
	compositor gnome
	no_focus
	# Started by no launcher, it does not get the focus by itself for sure.
	quiet_begin one onlyone "$GUESTS/pane" one one
	FIRST=$BEGUN
	wait_until 'it has a window' gnome_has \
		"$(gnome_windows "$FIRST").length == 1"
	quiet_begin other "$GUESTS/pane" other other
	wait_until 'so has another' gnome_has \
		"$(gnome_windows "$BEGUN").length == 1"
	wait_until 'that has the focus' given_focus "$BEGUN"
	press 30
	brought "$FIRST" "$GUESTS/pane"
}

@test "GNOME: a stopped program is not raised, nor later; asked anew where another took the focus" {
	compositor gnome
	first one one
	cover
	stopped "$FIRST"
	run -2 onlyone-raise -vv -m "$(the_slot)" "$FIRST"
	assert_output --partial 'inside: it does not answer'
	wait_until 'the cover has the focus again' focus_is "$COVER"
	kill -CONT "$FIRST"
	# What it is asked now comes after whatever was left.
	again "$GUESTS/pane"
	focus_is "$FIRST"
	# Another window has the focus before it has asked: it is asked anew.
	wait_until 'the cover has the focus' given_focus "$COVER"
	stopped "$FIRST"
	begin raise= raise -vv --limit=60 -m "$(the_slot)" "$FIRST" >said
	wait_until 'our window has the focus' gnome_has \
		'global.display.focus_window.get_wm_class() == "onlyone-raise"'
	wait_until 'the cover has it' given_focus "$COVER"
	kill -CONT "$FIRST"
	ends "$raise" 0
	grep -q '^raised' said
	focus_is "$FIRST"
}

@test "GNOME: a helper that is killed at any word of it leaves nothing behind" {
	local n died=0
	compositor gnome
	first one one
	cover
	for n in {1..40}; do
		run strace -qq -o "$RUNTIME/trace" -e trace=sendmsg,futex \
			-e inject=sendmsg,futex:signal=KILL:when="$n" \
			onlyone-raise -m "$(the_slot)" "$FIRST"
		[ "$status" -ge 128 ] || break
		died=$((died + 1))
	done
	# It asked the compositor, and the program.
	[ "$died" -ge 6 ] || fail "$died: $output"
	cover
	brought "$FIRST" "$GUESTS/pane"
	wait_until 'no other window is left' gnome_has \
		'global.get_window_actors().every(a => a.meta_window.get_wm_class() != "onlyone-raise")'
}

@test "GNOME: a program in a terminal: that nobody can raise that is said" {
	compositor gnome
	begin_focused foot -c /dev/null sh -c 'onlyone sleep 300; exit'
	wait_until 'it runs' count_is sleep 1
	cover
	run -5 raise -vv --terminal -m "$(the_slot)" "$(ctl pid sleep)"
	assert_output 'the compositor knows no window of the program (gnome-shell: X11: no window; inside: no window that our library in it knows)'
	focus_is "$COVER"
}
