# run: desktop
# as: user (sway itself never runs as root)
# raise-sway.bats: windows of compositors on wlroots: sway by its IPC, and sway and
# phoc by names and pages, as compositors that have nothing else; and which pages are
# believed.
load lib/x11
load lib/phoc
load lib/compositor

PARTS=(common x11 compositor)

# --- by its IPC ---------------------------------------------------------------

# raised TITLE PID: it is, and its window of that title has the focus.
raised() {
	comes_to 0 raised "${@:2}"
	sway_title_is "$1" || fail "$1: $(sway_title)"
}

@test "sway: a window is raised from behind, another workspace, the scratchpad, stopped or not" {
	SWAYSOCK=$PWD/none comes_to 3 'no display' $$
	compositor sway
	foot_view a
	a=$BEGUN
	foot_view b
	raised a "$a"
	# It has the focus: nothing changes.
	raised a "$a"
	swaymsg -q workspace other
	foot_view c
	swaymsg -q fullscreen enable
	raised a "$a"
	has_view '.name == "a" and .visible'
	sway_minimise "$a"
	stopped "$a"
	raised a "$a"
	wait_until 'it is to be seen' has_view '.name == "a" and .visible'
	# sway itself is stopped.
	stopped "$SWAY"
	comes_to 3 'no display' --limit=0.4 "$a"
	run -1 raise --limit=0.4 --close "$a"
	kill -CONT "$SWAY"
	raised a "$a"
	# A window that is not there yet is waited for.
	mkfifo gate
	begin late= sh -c 'read x <gate; exec foot -c /dev/null -T late sleep 300'
	begin onlyone-raise -v --wait=60 "$late" >said
	wait_until 'it looks for the window' has_state "$BEGUN" S
	echo >gate
	ends "$BEGUN" 0
	assert_equal "$(<said)" raised
	focus_is "$late"
	# Without its IPC no window is known; one that is not there forbids nothing.
	unset SWAYSOCK
	comes_to 5 'the compositor knows no window of the program' "$a"
	for WAYLAND_DISPLAY in wayland-99 ''; do
		comes_to 3 'no display' "$a"
	done
}

@test "sway: of several the one used last, its own, a mark's, a name's; those alone are closed" {
	compositor sway
	# One process, many windows.
	quiet_begin foot foot -c /dev/null -o locked-title=yes --server="$RUNTIME/foot"
	server=$BEGUN
	wait_until 'it listens' test -S "$RUNTIME/foot"
	for title in one two three; do
		begin_view $title footclient --server-socket="$RUNTIME/foot" -T $title sleep 300
	done
	foot_view other
	raised three "$server"
	swaymsg -q '[title="^two$"] focus'
	swaymsg -q workspace other
	foot_view more --app-id='a"] kill; [x="'
	raised two "$server"
	run -0 raise --close "$server"
	wait_until 'they are closed' eval '[ "$(views | wc -l)" = 2 ]'

	quiet_begin parent foot -c /dev/null -o locked-title=yes -T parent \
		foot -c /dev/null -o locked-title=yes -T child sleep 300
	for title in parent child; do
		wait_until "$title is there" has_view ".name == \"$title\""
		swaymsg -q "[title=\"^$title\$\"] focus"
	done
	raised parent "$BEGUN"

	begin stranger= sleep 300
	begin_view b env ONLYONE_SLOT=/some/slot foot -c /dev/null \
		-o locked-title=yes -T b sleep 300
	for option in --wait=0 --mark=/some/slo --class=a; do
		comes_to 1 'no window' $option "$stranger"
	done
	raised more --class='a"] kill; [x="' "$stranger"
	raised b --mark=/some/slot --class='a"] kill; [x="' "$stranger"
	# What has but the mark or the name may be another program.
	run -1 raise --close --mark=/some/slot --class=foot "$stranger"
	has_view '.name == "b"'
}

# letter TITLE [COMMAND...]: a window of $SERVER.
letter() {
	begin_view "$1" footclient --server-socket="$RUNTIME/foot" -T "$1" \
		"${@:2}" sleep 300
}

@test "sway: of several the one whose title names the document; a second start raises that, unless it is not to" {
	compositor sway
	quiet_begin foot foot -c /dev/null --server="$RUNTIME/foot"
	server=$BEGUN
	wait_until 'it listens' test -S "$RUNTIME/foot"
	letter 'a.txt - x'
	letter 'b.txt - x'
	# It gets its title when it is handed that.
	mkfifo gate
	letter c sh -c 'read -r title <gate; printf "\033]2;%s\007" "$title"; exec "$@"' -
	letter 'd.txt - x'
	foot_view other
	raised 'a.txt - x' --document=/x/a.txt "$server"
	swaymsg -q '[title="^other$"] focus'
	raised 'b.txt - x' --document=b.txt "$server"
	raised 'b.txt - x' --document=none.txt "$server"
	cat >hand <<-'END'
		#!/bin/sh
		[ "$1" != e.txt ] || echo "$1" >gate
		until swaymsg -t get_tree | grep -q "\"$1"; do sleep 0.1; done
	END
	chmod +x hand
	for document in e.txt a.txt; do
		swaymsg -q '[title="^other$"] focus'
		run -0 raise --no-raise --second="$PWD/hand" --known "$server" \
			$document
		sway_title_is other
		run -0 raise --second="$PWD/hand" --known "$server" other $document
		[[ $(sway_title) == "$document"* ]] || fail "$(sway_title)"
	done
}

@test "sway: a program with several documents shows the one that was asked for, with -d or without; with --raise=never none" {
	needs eom eom
	compositor sway
	export GTK_A11Y=none
	for name in a b; do
		printf 'P3 2 2 9 9 0 0 9 0 0 9 0 0 9 0 0\n' >$name.ppm
	done
	for each in -d ''; do
		begin_view a.ppm onlyone $each eom a.ppm
		run -0 launch $each eom b.ppm
		wait_until 'the second one is there' has_view '.name == "b.ppm"'
		for title in a b a; do
			foot_view "over $title"
			wait_until 'only one goes on' count_is eom 1
			run -0 launch $each eom $title.ppm
			wait_until "$title is in front" sway_title_is $title.ppm
		done
		foot_view last
		run -0 launch --raise=never $each eom a.ppm
		raised_out
		sway_title_is last
		frees ctl stop eom
	done
}

# --- by names and pages -------------------------------------------------------

# helper ARG...: onlyone-raise, which knows nothing of sway's IPC.
helper() { SWAYSOCK='' timeout -k 5 $LIMIT onlyone-raise "$@"; }

@test "phoc, sway: from behind others, hidden; typed keys reach it; of twins none is taken" {
	compositor sway
	from_everywhere
	wlroots_keyboard
	keys_reach_it
	minimise "$FIRST"
	again "$GUESTS/window"
	focus_is "$FIRST"
	killed "$COVER"
	other_workspace
	cover
	prints -0 'raised (sway: foreign-toplevel)' helper -vv -m "$(the_slot)" "$FIRST"
	focus_is "$FIRST"
	# Of its windows the one that names the document.
	killed "$FIRST"
	frees true
	first -n 3
	swaymsg -q '[title="^one$"] focus'
	wait_until 'it was used last' sway_title_is one
	prints -0 'raised (sway: foreign-toplevel)' helper -vv -m "$(the_slot)" \
		--document='x/one 2' "$FIRST"
	sway_title_is 'one 2'
	stopped "$SWAY"
	run -3 helper -vv --limit=0.4 -m "$(the_slot)" "$FIRST"
	kill -CONT "$SWAY"
	compositor_gone

	compositor phoc
	from_everywhere
	keys_reach_it
	frees killed "$FIRST" "$COVER"
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

# forged WHAT: a page of process $FIRST is what this says, and no window is raised
# by it.
forged() {
	swaymsg -q "[pid=$COVER] focus"
	wait_until 'the cover has the focus' focus_is "$COVER"
	run helper -vv -m "$PWD/slot" "$FIRST"
	[[ $status = [15] && $output == *': foreign-toplevel: no window whose name is known; '*'inside: no window that our library in it knows)' ]] ||
		fail "$1: $status $output"
	focus_is "$COVER"
}

# page_for PID: the good one, as if it were of that process.
page_for() {
	/usr/bin/python3 -c '
import struct, sys
page = open("good", "rb").read()
sys.stdout.buffer.write(page[:8] + struct.pack("=I", int(sys.argv[1])) + page[12:])
' "$1"
}

@test "pages: none is believed that a process has not made for itself, or is not wholly ours" {
	compositor sway
	first
	cover
	mkdir -m 700 slot
	page=slot/window-$FIRST
	cp "$(the_slot)/window-$FIRST" good
	chmod 600 good
	while IFS='|' read -r what make; do
		rm -f "$page"
		eval "$make"
		forged "$what"
	done <<-'END'
		there is none|:
		a link|ln -s "$PWD/good" "$page"
		a pipe|mkfifo "$page"
		a short one|(umask 077; head -c 1087 good >"$page")
		a long one|(umask 077; { cat good; echo; } >"$page")
		another version|(umask 077; { printf ONW2; tail -c +5 good; } >"$page")
		without a window|(umask 077; { head -c 16 good; head -c 1072 /dev/zero; } >"$page")
		others may write to it|install -m 666 good "$page"
		it says that it is another process|(umask 077; page_for 1 >"$page")
		it is of another process, by its name|cp -p good "slot/window-0$FIRST"; cp -p good "slot/window--$FIRST"
	END
	# What is the process's own does.
	cp -p good "$page"
	prints -0 'raised (sway: foreign-toplevel)' helper -vv -m "$PWD/slot" "$FIRST"
	# Of one that is confined, or of another instance, none is; of a plain one it is.
	first=$FIRST
	begin plain= sleep 300
	begin confined= setpriv --no-new-privs sleep 300
	wait_until 'it is confined' grep -q '^NoNewPrivs:.*1$' "/proc/$confined/status"
	rm slot/*
	(umask 077; page_for "$confined" >"slot/window-$confined")
	FIRST=$confined forged 'of one that is confined'
	rm slot/*
	cp -p good "slot/window-$first"
	FIRST=$plain forged 'of another instance'
	rm slot/*
	(umask 077; page_for "$plain" >"slot/window-$plain")
	run -0 helper -m "$PWD/slot" "$plain"
	focus_is "$first"
}
