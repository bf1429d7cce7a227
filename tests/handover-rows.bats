#!/usr/bin/env bats
# handover-rows.bats: rows of --on-activate=auto that a user or a package adds.
#
# Those of the system are below $ONLYONE_TEST_ETC, which only the build with
# test points knows.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154
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
		'Documents: -[ab]c -long' -- \
		'echo "${ONLYONE_PROGRAM##*/} $ONLYONE_DOCUMENTS $ONLYONE_HAND"' \
		"printf '<%s>' \"\$@\"" 'exit 7'
	way "a friend; $USERS/player.sh"
	begin onlyone --on-activate=auto ./player say "it's" wait "$PWD/end" exit 0 \
		>said
	guest_runs "$BEGUN"
	run -7 launch ./player -ac x -x --long '' y +3 'a  b' --long=1 z -- \
		-ac $'n\nl'
	assert_output "player 5 $(the_slot)/hand
<y><+3><a  b><z><./-ac><n
l>"
	local slot
	slot=$(the_slot)
	: >end
	ends "$BEGUN" 0
	run cat said
	assert_output "$slot \\ \"\$HOME\" and   $slot/hand
it's"
}

@test "rows: without a field of documents all arguments are handed over" {
	row "$USERS/player.sh" 'Programs: player' -- "printf '<%s>' \"\$@\""
	way "$USERS/player.sh"
	begin_guest onlyone --on-activate=auto ./player
	run -0 launch ./player -x '' -- "it's" $'n\nl'
	assert_output $'<-x><><--><it\'s><n\nl>'
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
	says ' its --on-activate does not work: it needs no-such-command, which is not installed'
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

@test "cost: folders are looked at by a launch that starts with auto, no other" {
	row "$USERS/player.sh" 'Programs: player' 'How: ours' -- :
	looks() {
		strace -f -qq -e trace=%file -o trace timeout -k 5 $LIMIT onlyone "$@"
		grep -c '/handover\|"handover' trace || true
	}
	prints 0 looks ./player exit 0
	prints 0 looks --on-activate=: ./player exit 0
	prints 0 looks --on-activate=self ./player exit 0
	run looks --on-activate=auto ./player exit 0
	refute_output 0
	begin_guest onlyone --on-activate=auto ./player
	prints 0 looks --on-activate=auto ./player
}

@test "off: with ONLYONE_DISABLE nothing is inserted" {
	row "$USERS/player.sh" 'Programs: player' 'Insert: say' 'Insert: x' -- :
	ONLYONE_DISABLE=1 run launch --on-activate=auto ./player exit 4
	assert_failure 4
	assert_output ''
}
