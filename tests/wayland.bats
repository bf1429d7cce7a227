# wayland.bats: launch it again, and it is re-displayed, on GNOME and KDE: which
# window comes back, which programs work, and what a launch says if none comes.
# as: user (compositors and their programs run as one)
# run: desktop
load lib/gnome
load lib/kwin
load lib/compositor

# --- which window -------------------------------------------------------------

# last_line WORDS: of what the first pane heard.
last_line() { [ "$(tail -n 1 "$RUNTIME/pane.$FIRST.log")" = "$1" ]; }

# to_second: the user goes to the second window of the first pane.
gnome_to_second() {
	gnome_eval "$(gnome_windows "$FIRST").find(w => w.title == \"one 2\").activate(0)" \
		>/dev/null
}

kwin_to_second() {
	kwin_windows "$FIRST" 'if (c.caption == "one 2") workspace.activeClient = c'
}

@test "GNOME, KWin: covered, minimised, on another desktop; the one used last; that of its key; KWin: of the document" {
	for kind in gnome kwin; do
		compositor $kind
		from_everywhere
		[ $kind = kwin ] || keys_reach_it # it has no keyboard here
		minimise "$FIRST"
		wait_until 'it has lost the focus' refute focus_is "$FIRST"
		brought "$FIRST" "$GUESTS/window"
		other_workspace
		cover
		brought "$FIRST" "$GUESTS/window"
		frees killed "$FIRST" "$COVER"
		keyed 0x100000
		one=$BEGUN
		keyed 0x200000
		two=$BEGUN
		cover
		brought "$one" -k '{2}' "$GUESTS/window" -c 0x100000 same
		brought "$two" -k '{2}' "$GUESTS/window" -c 0x200000 same
		frees killed "$one" "$two" "$COVER"
		first -n 3
		wait_until 'all are there' last_line 'enter one 3'
		# A window that just came counts as used last for a moment, whatever
		# the others answer: a user needs longer to go to another one.
		sleep 0.5
		${kind}_to_second
		wait_until 'the second one has the keyboard' last_line 'enter one 2'
		cover
		again "$GUESTS/window"
		wait_until 'the second one has it again' last_line 'enter one 2'
		[ $kind = gnome ] || {
			# Of those the one that names the document.
			run -0 raise -m "$(the_slot)" --document='x/one 3' "$FIRST"
			wait_until 'the third one has it' last_line 'enter one 3'
		}
		compositor_gone
	done
}

# let_front PID: its window is there, and its user goes to it.
let_front() { wait_until 'it has the focus' to_front "$1"; }

to_front() {
	gnome_front "$1"
	focus_is "$1"
}

title_is() { [ "$(gnome_title)" = "$1" ]; }

@test "GNOME, KWin: a new window is in front, whenever it comes, also the first one" {
	mkfifo gate
	printf '%s\n' '#!/bin/sh' 'read -r _ <gate' \
		'exec "$GUESTS/window" late >"$RUNTIME/late"' >slow
	chmod +x slow
	export RUNTIME
	for kind in kwin gnome; do
		compositor $kind
		quiet_begin slow onlyone ./slow
		script=$BEGUN
		wait_until 'it runs' pid_is slow "$script"
		cover -f
		run -0 --separate-stderr launch -v ./slow
		[[ $stderr == *'raised=later: when its window is there' ]] || fail "$stderr"
		echo >gate
		# The full screen does not keep it behind.
		wait_until 'it has the focus' focus_is "$script"
		frees killed "$script" "$COVER"
		[ $kind = gnome ] || compositor_gone
	done
	# A program opens a window for each document, at once, after a while, and
	# after another one may have been raised.
	quiet_begin program onlyone \
		--on-activate='(sleep "0.$1"; touch "go$1") &' "$GUESTS/window" \
		one await=go000 second await=go100 second await=go400 second
	title=one
	let_front "$BEGUN"
	quiet_begin cover "$GUESTS/window" -c 0x993333 cover
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

@test "GNOME: a stopped program is not raised, nor later; what cannot be, and why, is said" {
	compositor gnome
	first
	cover
	stopped "$FIRST"
	run -2 raise -vv -m "$(the_slot)" "$FIRST"
	assert_output --partial 'inside: it does not answer'
	wait_until 'the cover has the focus again' focus_is "$COVER"
	kill -CONT "$FIRST"
	# What it is asked now comes after whatever was left.
	again "$GUESTS/window"
	focus_is "$FIRST"
	frees killed "$FIRST" "$COVER"

	pane "$GUESTS/window" -c 0x339933 one
	mkdir none
	prints -5 --partial 'inside: no window that our library in it knows)' raise -vv -m "$PWD/none" "$BEGUN"
	frees killed "$BEGUN"
	# Qt 5 knows no xdg-activation.
	program featherpad
	cover
	run -0 --separate-stderr launch -v featherpad
	[[ $stderr == *'only the program can raise its window, and it does not know how' ]] ||
		fail "$stderr"
	focus_is "$COVER"
	# Without our library, an application is asked by its name on the bus.
	begin_focused gnome-text-editor
	program=$BEGUN
	cover
	prints --partial 'raised (gnome-shell: D-Bus)' raise -vv --limit=15 "$program"
}

# --- which programs -----------------------------------------------------------

# programs: of GTK 3 and 4, Qt 6, SDL 2 and X, one a line.
programs() {
	cat <<-'END'
		mousepad
		gnome-text-editor
		/usr/games/cutemaze
		ffplay -loglevel error -f lavfi testsrc
		xterm
	END
}

# The others know no xdg-activation, and say so.
@test "GNOME: programs of GTK 3 and 4, Qt 6, SDL 2, X, and a terminal come back" {
	compositor gnome
	each_come_back < <(programs; echo foot -c /dev/null sleep 300)
}

# foot 1.13 dies of a division by zero on a KWin without a screen, with us or
# without.
@test "KWin: Qt 5 too; a program in a terminal: the terminal is raised" {
	compositor kwin
	each_come_back < <(programs; echo featherpad)
	begin_focused kitty --config NONE sh -c 'onlyone sleep 300; exit'
	terminal=$BEGUN
	wait_until 'it runs' count_is sleep 1
	cover
	run -0 --separate-stderr launch -v sleep
	[[ $stderr == *'): raised the terminal that it runs in' ||
		$stderr == *'): raised=later: '* ]] || fail "$stderr"
	wait_until 'the terminal has the focus' focus_is "$terminal"
}

# --- Plasma 6, which is not in Debian 12: what KWin is given (lib/plasma.js) ---

# plasma raise|close WINDOW...: a window is properties, in JSON.
plasma() {
	node "$BATS_TEST_DIRNAME/lib/plasma.js" "$BATS_TEST_DIRNAME/../cli/windows/kwin.c" \
		"$1" "$(jq -sc . <<<"${*:2}")"
}

@test "Plasma 6: all windows are told, but panels; one is activated; asked to close" {
	one='{"internalId": "{one}", "pid": 5, "active": true}'
	two='{"internalId": "{two}", "pid": 6, "resourceClass": "kate"}'
	asks='{"internalId": "{asks}", "pid": 6, "transient": true, "dialog": true}'
	its='{"internalId": "{its}", "caption": "ask", "transientFor": {"caption": "b"}}'
	panel='{"internalId": "{panel}", "pid": 7, "normalWindow": false}'
	run -0 plasma raise "$one" "$two" "$panel"
	assert_equal "$(jq -r '.[] | "\(.id) \(.pid) \(.order) \(.active) \(.names[0])"' \
		<<<"${lines[0]#Windows }")" $'{one} 5 0 true \n{two} 6 1 false kate'
	assert_equal "${lines[*]:1}" 'activated {two} Done true'
	# A dialog counts as its window.
	run -0 plasma raise "$one" "$its"
	assert_equal "$(jq -c '[.[].titles]' <<<"${lines[0]#Windows }")" \
		'[["",""],["ask","b"]]'
	run -0 plasma close "$two" "$asks"
	assert_equal "${lines[*]:1}" 'closed {two} Done true'
	# A dialog is asked where the program has nothing else.
	run -0 plasma close "$asks" "$panel"
	assert_equal "${lines[*]:1}" 'closed {asks} Done true'
}
