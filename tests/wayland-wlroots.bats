#!/usr/bin/env bats
# wayland-wlroots.bats: launch it again, and it is re-displayed: compositors
# that let everybody raise windows, if their names are known.
#
# phoc is one of those that has no more than that; sway, without its IPC, is
# one as well, and tells which window has the focus.  (labwc, wayfire, river,
# Hyprland and niri have the same: wayfire, the one of them that is in Debian
# 12, does not start without a graphics card.)
# as: user (compositors run as one, and their programs with them)
# run: desktop
load lib/phoc
load lib/panes

@test "phoc: from behind others; typed keys reach it" {
	compositor phoc
	from_everywhere
	typed
}

@test "sway: from behind others, another workspace, the scratchpad; without its IPC, too" {
	compositor sway
	from_everywhere
	wlroots_keyboard
	typed
	minimise "$FIRST"
	again "$GUESTS/pane"
	focus_is "$FIRST"
	killed "$COVER"
	other_workspace
	cover
	run -0 env SWAYSOCK= timeout $LIMIT onlyone-raise -vv -m "$(the_slot)" "$FIRST"
	assert_output 'raised (sway: foreign-toplevel)'
	focus_is "$FIRST"
}

# The helper is stopped after every third call of its, and so between its look
# at the windows and what it asks for.
@test "sway: a new window that comes while the helper is stopped is in front, without its IPC" {
	local n calls keeper raise opened=1
	local -a later=(env SWAYSOCK= onlyone "$GUESTS/pane")
	compositor sway
	wlroots_keyboard
	pane_begin "${later[@]}" one one
	FIRST=$BEGUN
	cover
	keeper=$(ctl list --json | jq '.[0].keeper')
	calls=$("$BUILD/chaos/killat" -l -p "$keeper" "${later[@]}" |
		grep -c '^raise\.1 ')
	[ "$calls" -gt 30 ]
	raised_out
	for ((n = 3; n <= calls; n += 3)); do
		swaymsg -q "[pid=$COVER] focus"
		raise=$("$BUILD/chaos/killat" -s -p "$keeper" raise.1 "$n" \
			"${later[@]}" 2>/dev/null) || continue
		kill -USR1 "$FIRST"
		opened=$((opened + 1))
		wait_until "$n: the new one is there" \
			has_view ".name == \"one $opened\""
		kill -CONT "$raise"
		raised_out
		wait_until "$n: the new one has the focus" 5 \
			has_view ".focused and .name == \"one $opened\""
	done
}

@test "phoc: of windows that look alike none is taken, and that is said" {
	compositor phoc
	keyed 0x100000
	slot=$(the_slot)
	first=$BEGUN
	keyed 0x200000
	cover
	run -2 onlyone-raise -vv -m "$slot" "$first"
	[[ $output == 'asked for its window; not known whether it came (phoc: '*'foreign-toplevel: several windows look like it; inside: it did not give it the keyboard)' ]] ||
		fail "$output"
	focus_is "$COVER"
}

@test "a compositor that is stopped is no display, and not waited for" {
	compositor sway
	first one one
	export SWAYSOCK=
	stopped "$SWAY"
	run -3 onlyone-raise -vv --limit=0.4 -m "$(the_slot)" "$FIRST"
	kill -CONT "$SWAY"
}

# helper ARG...: onlyone-raise, which knows nothing of sway's IPC.
helper() { SWAYSOCK='' timeout -k 5 $LIMIT onlyone-raise "$@"; }

# forged WORDS...: a page of process $FIRST is what this says, and no window is
# raised by it.
forged() {
	cover
	run helper -vv -m "$PWD/slot" "$FIRST"
	[[ $status = [15] && $output == *': foreign-toplevel: no window whose name is known; '*'inside: no window that our library in it knows)' ]] ||
		fail "$1: $status $output"
	focus_is "$COVER"
	killed "$COVER"
}

# first_seen: the helper that awaits its first window has ended.
first_seen() {
	page_there && ! pgrep -xP "$(keeper_of "$GUESTS/window")" onlyone-raise
}

page_there() { compgen -G "$(the_slot)/window-*"; }

@test "sway, by its IPC and by pages: closed, and about to end: a launch waits, and begins it anew" {
	compositor sway
	for ipc in "$SWAYSOCK" ''; do
		rm -f go hidden seen
		begin INSTANCE= env SWAYSOCK="$ipc" onlyone "$GUESTS/window" one \
			await=seen hide touch=hidden await=go 0
		wait_until 'its window was seen' first_seen
		: >seen
		wait_until 'its window is gone' test -e hidden
		begin onlyone "$GUESTS/window" one 2>said
		wait_until 'its launch waits' \
			grep -q '^onlyone: waiting for a window of ' said
		: >go
		wait_until 'it runs anew' pid_is "$GUESTS/window" "$BEGUN"
		killed "$BEGUN"
		freed "$GUESTS/window"
	done
}

@test "pages: nothing is believed of one that the process has not made for itself" {
	compositor sway
	first one one
	mkdir slot
	page=slot/window-$FIRST
	cp "$(the_slot)/window-$FIRST" good
	forged 'there is none'
	ln -s "$PWD/good" "$page"
	forged 'a link'
	rm "$page"
	mkfifo "$page"
	forged 'a pipe'
	rm "$page"
	head -c 1087 good >"$page"
	forged 'a short one'
	: >"$page"
	forged 'an empty one'
	{ cat good; echo; } >"$page"
	forged 'a long one'
	{ printf ONW2; tail -c +5 good; } >"$page"
	forged 'one of another version'
	{ head -c 16 good; head -c 1072 /dev/zero; } >"$page"
	forged 'one without a window'
	install -m 666 good "$page"
	forged 'one that others may write to'
	chmod 600 "$page"
	page_of 1 >"$page"
	forged 'what says that it is another process'
	rm "$page"
	# Of another process, by its name.
	cp -p good "slot/window-$$"
	cp -p good "slot/window-0$FIRST"
	cp -p good "slot/window-$FIRST "
	cp -p good "slot/window--$FIRST"
	forged 'another name'
	# What is the process's own does.
	cp -p good "$page"
	cover
	run -0 helper -vv -m "$PWD/slot" "$FIRST"
	assert_output 'raised (sway: foreign-toplevel)'
}

# page_of PID: the good one, as if it were of that process.
page_of() {
	/usr/bin/python3 -c '
import struct, sys
page = open("good", "rb").read()
sys.stdout.buffer.write(page[:8] + struct.pack("=I", int(sys.argv[1])) + page[12:])
' "$1"
}

@test "pages: of a process that is not wholly ours none is believed" {
	compositor sway
	first one one
	cp "$(the_slot)/window-$FIRST" good
	mkdir slot
	begin sleep 300
	page_of "$BEGUN" >"slot/window-$BEGUN"
	chmod 600 slot/*
	plain=$BEGUN
	cover
	run -0 helper -m "$PWD/slot" "$plain"
	focus_is "$FIRST"
	begin confined= setpriv --no-new-privs sleep 300
	wait_until 'it is confined' grep -q '^NoNewPrivs:.*1$' \
		"/proc/$confined/status"
	page_of "$confined" >"slot/window-$confined"
	chmod 600 slot/*
	FIRST=$confined forged 'of one that is confined'
}

@test "pages: of a process that is not of the instance, none is believed" {
	compositor sway
	first one one
	cover
	begin stranger= sleep 300
	run helper -vv -m "$(the_slot)" "$stranger"
	# It carries the mark of that folder: it is of that instance.
	assert_equal "$status" 0
	mkdir slot
	cp -p "$(the_slot)/window-$FIRST" slot
	FIRST=$stranger forged 'of another instance'
}
