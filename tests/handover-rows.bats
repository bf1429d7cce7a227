#!/usr/bin/env bats
# handover-rows.bats: rows of --on-activate=auto that a user or a package adds.
#
# Those of the system are below $ONLYONE_TEST_ETC, which only the build with
# test points knows.
load lib/common

own_setup() {
	umask 022
	export HOME=$PWD/home ONLYONE_TEST_ETC=$PWD/etc
	USERS=$HOME/.config/onlyone/handover
	SYSTEMS=$ONLYONE_TEST_ETC/onlyone/handover
	mkdir -p "$USERS" "$SYSTEMS"
	PATH=$BUILD/points:$PATH
	cp "$GUESTS/guest" player
}

# row FILE FIELD... -- LINE...
row() {
	local file=$1
	shift
	: >"$file"
	while [ "$1" != -- ]; do
		echo "# $1" >>"$file"
		shift
	done
	shift
	printf '%s\n' "$@" >>"$file"
}

# way WORDS [PROGRAM]: what the plan says of the handler.
way() {
	run -0 --separate-stderr launch --dry-run --on-activate=auto \
		"./${2-player}"
	assert_line "handler:     auto ($1)"
}

@test "rows: a user's file is one, with what it needs, inserts and keeps" {
	row "$USERS/player.sh" 'player.sh: for our player.' \
		'Programs: other' '  player' 'How: a friend' 'Needs: cat' \
		'Insert: say' 'Insert: {slot} \ "$HOME"' '   and   {slot}/hand' \
		'Documents: -[ab]c -long' 'Options: + -long' -- \
		'echo "${ONLYONE_PROGRAM##*/} $ONLYONE_DOCUMENTS $ONLYONE_HAND"' \
		"printf '<%s>' \"\$@\"" 'exit 7'
	way "a friend; $USERS/player.sh"
	begin onlyone --on-activate=auto ./player say "it's" wait "$PWD/end" exit 0 \
		>said
	guest_runs "$BEGUN"
	run -7 --separate-stderr launch ./player -ac x -x --long '' y + 'a  b' \
		+3 --long=1 z -- -ac $'n\nl'
	assert_output "player 5 $(the_slot)/hand
<--long><><y><+><a  b><--long=1><z><./-ac><n
l>"
	says " (pid $BEGUN) is running; not handed over: -ac x -x +3"
	local slot
	slot=$(the_slot)
	: >end
	ends "$BEGUN" 0
	run cat said
	assert_output "$slot \\ \"\$HOME\" and   $slot/hand
it's"
}

# echo_row [FIELD...]: a row that prints what it gets.
echo_row() {
	row "$USERS/player.sh" 'Programs: player' 'Documents: -s' 'Options: -r' \
		"$@" -- '[ $# -eq 0 ] || printf "<%s>" "$@"'
}

# bats test_tags=check
@test "default: a program that has a row hands over without an option" {
	echo_row
	begin_guest onlyone ./player a
	prints -0 '<b>' launch ./player b
}

@test "default: under a name that leads to it, and behind a command in front, too" {
	echo_row
	ln -s "$PWD/player" other
	begin_guest onlyone ./other a
	prints -0 '<b>' launch ./other b
	prints -0 '<b>' launch nice ./other b
}

@test "default: none switches it off, for an instance or for a launch" {
	echo_row
	begin_guest onlyone --on-activate=none ./player a
	run -0 --separate-stderr launch ./player b
	assert_output ''
	says 'this command was not run*it was begun with --on-activate=none'
	prints -0 '<b>' launch --on-activate=auto ./player b
	frees killed "$BEGUN"
	begin_guest onlyone ./player a
	run -0 --separate-stderr launch --on-activate=none ./player b
	assert_output ''
	says 'this command was not run'
	prints -0 '<b>' launch ./player b
	# A handler or a signal of the first launch is not replaced.
	frees killed "$BEGUN"
	begin_guest onlyone --on-activate='echo mine "$@"' ./player a
	prints -0 'mine b' launch --on-activate=auto ./player b
}

@test "default: of an instance that was begun without a row, a later launch uses it" {
	begin_guest onlyone ./player a
	run -0 --separate-stderr launch ./player b
	says 'this command was not run'
	echo_row 'Insert: wait'
	prints -0 '<b>' launch ./player b
	row "$USERS/player.sh" 'Programs: player' 'Insert: wait' -- \
		'inserted; echo never'
	run -69 --separate-stderr launch ./player b
	assert_output ''
	says 'did not take the documents: it was started without a handler'
}

@test "options: what a row does not hand over is named; with --must-deliver nothing is" {
	echo_row 'Own: -d'
	begin_guest onlyone ./player a
	run -0 --separate-stderr launch ./player -r -s 5 --shuffle b
	assert_output '<-r><b>'
	says "player (pid $BEGUN) is running; not handed over: -s 5 --shuffle"
	run -0 --separate-stderr launch -q ./player --shuffle b
	assert_output '<b>'
	assert_equal "$stderr" ''
	run -69 --separate-stderr launch --must-deliver ./player --shuffle b
	assert_output ''
	says 'cannot hand over --shuffle; so nothing was (--must-deliver)'
	prints -0 '<-r><b>' launch --must-deliver ./player -r b
}

@test "options: with one that makes it another program, the command line is an instance" {
	echo_row 'Own: -d' 'Insert: wait'
	begin_guest onlyone ./player a
	run launch --dry-run ./player -d b c
	refute_output --partial handler:
	assert_line --regexp '^key:         -d'
	run launch --dry-run ./player -s -d b
	assert_line --partial 'key:         none'
	run launch --dry-run ./player -- -d b
	assert_line --partial 'key:         none'
	run launch --dry-run -k x ./player -d b
	assert_line --partial 'key:         x ('
	begin_guest onlyone ./player -d b c
	# Once more the same: it is open already.  Nothing was inserted into it.
	prints -0 '' launch ./player -d b c
	run -0 ctl list --json
	refute_output --partial player.sh
}

@test "aside: with an option that makes it no session it runs as it is, each time" {
	row "$USERS/player.sh" 'Programs: player' 'Documents: -s' 'Insert: x' \
		'Own: -d' 'Aside: -v* -batch' -- 'echo taken'
	printf '%s\n' '#!/bin/sh' 'echo "$# $1 ${ONLYONE_SLOT:+slot}"' 'exit 7' \
		>player
	chmod +x player
	prints -7 '1 --batch ' launch ./player --batch
	prints -7 '2 a ' launch ./player a -version
	untouched
	run -0 launch --dry-run ./player --batch
	assert_line --regexp '^would: *run it as it is, beside an instance'
	refute_line --regexp '^(key|scope|slot|if running|handler):'
	prints -7 '3 x slot' launch ./player -- -version
	prints -7 '3 x slot' launch ./player -s --batch
	# A lock or a key that is asked for is one.
	prints -7 '1 --batch slot' launch -n ./player --batch
	prints -7 '2 x slot' launch -k x ./player --batch
	run -0 launch --dry-run -n ./player --batch a
	assert_line --regexp '^key: *--batch'
	# Beside one that runs.
	cp "$GUESTS/guest" other
	row "$USERS/player.sh" 'Programs: other' 'Aside: -v*' -- 'echo taken'
	begin_guest onlyone ./other a
	prints -0 taken launch ./other exit 7
	run -7 launch ./other -version exit 7
	assert_output ''
}

@test "waits: a launch ends when its document is closed, and others come meanwhile" {
	row "$USERS/player.sh" 'Programs: player' 'Documents: -s' 'Waits: -f --block' \
		-- 'echo "got $1${ONLYONE_WAIT:+ and waits}"' \
		'[ -z "$ONLYONE_WAIT" ] || until [ -e "closed.$1" ]; do sleep 0.1; done'
	begin_guest onlyone ./player a
	local first=$BEGUN
	begin onlyone ./player -f b >b.out
	local b=$BEGUN
	wait_until 'it has b' grep -qx 'got b and waits' b.out
	begin onlyone -W ./player c >c.out
	local c=$BEGUN
	wait_until 'it has c, too' grep -qx 'got c and waits' c.out
	prints -0 'got d' launch ./player d
	alive "$b" "$c"
	: >closed.b
	ends "$b" 0
	alive "$c" "$first"
	: >closed.c
	ends "$c" 0
	alive "$first"
}

@test "rows: the user's comes before the system's, and that before ours" {
	cp "$GUESTS/guest" emacs
	for place in "$USERS" "$SYSTEMS"; do
		row "$place/b.sh" 'Programs: player emacs' 'How: b' -- :
		row "$place/a.sh" 'Programs: player emacs' 'How: a' -- :
		row "$place/B.sh~" 'Programs: player emacs' 'How: left' -- :
	done
	way "a; $USERS/a.sh"
	way "a; $USERS/a.sh" emacs
	rm "$USERS"/*
	way "a; $SYSTEMS/a.sh"
	way "a; $SYSTEMS/a.sh" emacs
	rm "$SYSTEMS/a.sh"
	way "b; $SYSTEMS/b.sh"
	rm "$SYSTEMS"/*
	way 'emacsclient, and a server that is started for it' emacs
	way 'no way to hand documents over to it is known; none is set'
}

@test "rows: the name that was typed comes before that of its file" {
	ln -s player video
	row "$SYSTEMS/video.sh" 'Programs: video' 'How: typed' -- :
	row "$USERS/player.sh" 'Programs: player' 'How: led to' -- :
	way "typed; $SYSTEMS/video.sh" video
	rm "$SYSTEMS/video.sh"
	way "led to; $USERS/player.sh" video
}

@test "rows: two lines of comments are one that goes on with a built-in one" {
	row "$USERS/player.sh" 'Programs: player' 'Then: self' --
	way "starting the program itself again; $USERS/player.sh"
	begin_guest onlyone --on-activate=auto ./player
	prints -5 again launch ./player say again exit 5
	row "$USERS/player.sh" 'Programs: player' 'Then: nothing' --
	way 'its "# Then:" names an unknown row; none is set'
}

@test "rows: what is needed and not there is said, and it starts" {
	row "$USERS/player.sh" 'Programs: player' \
		'Needs: cat no-such-command' -- :
	way 'it needs no-such-command, which is not installed; none is set'
	run -4 --separate-stderr launch --on-activate=auto ./player exit 4
	says 'player*needs no-such-command*started without a handler'
	begin_guest onlyone --on-activate=auto ./player
	run -0 --separate-stderr launch ./player doc
	says '; it needs no-such-command, which is not installed'
}

# refused WORDS: the row is passed over, with this note, once.
refused() {
	run -4 --separate-stderr launch --on-activate=auto ./player exit 4
	assert_equal "${#stderr_lines[@]}" 2
	[[ ${stderr_lines[0]} == "onlyone: ignored: "*"$1"* ]] ||
		fail "says: $stderr"
	[[ ${stderr_lines[1]} == *'no way'*'started without a handler' ]]
	run --separate-stderr launch -q --on-activate=auto ./player exit 4
	assert_equal "$stderr" ''
}

@test "trust: a file or folder that others can write to is refused, and said" {
	for place in "$USERS" "$SYSTEMS"; do
		row "$place/player.sh" 'Programs: player' 'How: ours' -- :
		way "ours; $place/player.sh"
		for file in "$place/player.sh" "$place" "${place%/*}"; do
			chmod g+w "$file"
			refused "$file is writable by others"
			chmod g-w,o+w "$file"
			refused "$file is writable by others"
			chmod o-w "$file"
		done
		mkdir -p away
		mv "$place/player.sh" away
		ln -s "$PWD/away/player.sh" "$place/player.sh"
		way "ours; $place/player.sh"
		chmod o+w away
		refused 'away is writable by others'
		chmod o-w away
		rm "$place/player.sh"
		mkfifo "$place/player.sh"
		refused "$place/player.sh is not a plain file"
		rm "$place/player.sh"
	done
}

@test "trust: by default it is said of a file that is named after the program, else with -v" {
	echo_row
	chmod o+w "$USERS/player.sh"
	run -4 --separate-stderr launch ./player exit 4
	says "ignored: $USERS/player.sh*writable by others"
	cp player other
	run -4 --separate-stderr launch ./other exit 4
	assert_equal "$stderr" ''
	run -4 --separate-stderr launch -v ./other exit 4
	[[ $stderr == *"ignored: $USERS/player.sh"* ]]
}

@test "trust: another user's is refused" {
	[ "$(id -u)" = 0 ] || return 0
	row "$SYSTEMS/player.sh" 'Programs: player' -- :
	chown 1001 "$SYSTEMS/player.sh"
	refused "$SYSTEMS/player.sh belongs to another user"
	chown 1001:0 "$SYSTEMS"
	refused "$SYSTEMS belongs to another user"
}

@test "rows: what is none is passed over, and said; the next one counts" {
	echo ':' >"$USERS/player.sh"
	refused "$USERS/player.sh: not a file of ways to hand documents over"
	printf '# Programs: player\n\0' >"$USERS/player.sh"
	refused "$USERS/player.sh: not a file"
	{ echo '# Programs: player'; head -c 70000 /dev/zero; } \
		>"$USERS/player.sh"
	refused "$USERS/player.sh: File too large"
	{ echo '# Programs: player'; yes '# Insert: x' | head -n 20; } \
		>"$USERS/player.sh"
	refused "$USERS/player.sh: not a file"
	row "$SYSTEMS/player.sh" 'Programs: player' 'How: next' -- :
	way "next; $SYSTEMS/player.sh"
	[[ $stderr == *"ignored: $USERS/player.sh"* ]]
}

@test "cost: folders of rows are looked at where there are some, by a launch that may need one" {
	looks() {
		strace -f -qq -e trace=%file -o trace timeout -k 5 $LIMIT onlyone "$@"
		grep -c '/handover\|"handover' trace || true
	}
	rmdir "$USERS" "$SYSTEMS" "$HOME/.config/onlyone" \
		"$ONLYONE_TEST_ETC/onlyone"
	prints 0 looks ./player exit 0
	mkdir -p "$USERS"
	row "$USERS/player.sh" 'Programs: player' 'How: ours' -- :
	for case in : self none; do
		prints 0 looks --on-activate=$case ./player exit 0
	done
	prints 0 looks --signal=WINCH ./player exit 0
	run looks ./player exit 0
	refute_output 0
	begin_guest onlyone ./player
	prints 0 looks ./player
}

@test "off: with ONLYONE_DISABLE nothing is inserted" {
	row "$USERS/player.sh" 'Programs: player' 'Insert: say' 'Insert: x' -- :
	ONLYONE_DISABLE=1 run launch --on-activate=auto ./player exit 4
	assert_failure 4
	assert_output ''
}
