# as: user (needs no rights)
# documents.bats: one instance per document, -d.
#
# A launch with several documents is split: open ones are re-displayed, each with its
# own document alone; new ones get a process each.
load lib/script

own_setup() {
	PATH=$GUESTS:$PATH
	HANDLER='printf "%s:%s\n" "$ONLYONE_PID" "$*" >>"$SHOWN"'
	cd -P .
	HERE=$PWD SHOWN=$PWD/shown
	export SHOWN
	: >shown
	# It does what its document is called: "end3" exits with 3, "gate3" when
	# there is a file gate3.open, "read3" after a line, "self9" by signal 9.
	script edit /bin/sh <<-'END'
		for doc; do :; done
		doc=${doc##*/}
		echo "begin $doc"
		case $doc in
		gate*) until [ -e "$doc.open" ]; do sleep 0.02; done ;;
		read*) read line ;;
		self*) kill -"${doc#self}" $$ ;;
		esac
		echo "end $doc"
		exit "${doc##*[a-z]}"
	END
}

# edit [ARG...]: a launch of the guest, per document.
edit() { onlyone -d --on-activate="$HANDLER" guest "$@" </dev/null; }

# open N [ARG...]: the same in the background, as $BEGUN, until N programs have
# come to main, all in all.
open() {
	begin onlyone -d --on-activate="$HANDLER" guest "${@:2}" </dev/null
	runs "$1"
}

# runs N: so many have, and no other was started.
runs() {
	wait_until "$1 programs run" in_main "$1"
	notes constructor "$1" || fail "$(<"$GUEST_LOG")"
}

# find_open DOCUMENT: $PID is the process that has it open, $GIVEN what that was
# given.
find_open() {
	local words
	PID=$(onlyonectl pid guest "$HERE/$1")
	mapfile -d '' -t words <"/proc/$PID/cmdline"
	GIVEN=${words[*]:1}
}

# given DOCUMENT ARGS: that is what its process was given.
given() {
	find_open "$1"
	assert_equal "$GIVEN" "$2"
}

# shown LINE...: these activations there were, in this order; forgets them.
shown() {
	local IFS=$'\n'
	assert_equal "$(<shown)" "$*"
	: >shown
}

@test "each new one gets a process of its own; one that is open is re-displayed, by its path, with its own alone; options go with each document, in their places; without a document it is a singleton" {
	echo old >a
	ln -s a link
	ln -s . sub
	open 2 a b link
	given a a
	a=$PID
	given b b
	b=$PID
	edit b "file://$HERE/%61"
	shown "$b:b" "$a:file://$HERE/%61"
	# Among new ones they come first; two spellings are one process.
	open 4 c sub/b d link sub/c
	shown "$b:sub/b" "$a:link"
	given c c
	given d d
	# A file that an editor replaces by a rename is the same document, and the
	# old file, under its new name, is a new one.
	mv a a~
	edit a
	shown "$a:a"
	open 5 a~
	given a~ a~
	frees killed $(sed -n 's/ main.*//p' "$GUEST_LOG")
	: >"$GUEST_LOG"
	# Options, in their places.
	script say /bin/sh 'echo "$*"'
	parted '-x a +5 b --long=c' '-x a +5 --long=c' '-x +5 b --long=c'
	parted '-x -- a -y --' '-x -- a' '-x -- -y' '-x -- --'
	# What --value-options names takes the next word, and that is no document.
	parted '-vb 1 --mode x tty -b 2 two' '-vb 1 --mode x tty -b 2' \
		'-vb 1 --mode x -b 2 two'
	begin_guest single= onlyone -d --on-activate="$HANDLER" guest -x
	edit
	edit -y +3 --
	edit - ''
	shown "$single:" "$single:-y +3 --" "$single:- "
	# It is beside those of documents, which get their options as well.
	open 2 a
	edit a +7 -
	shown "$BEGUN:a +7 -"
	edit
	shown "$single:"
}

# parted ARGS WANT...: per document, ./say prints what it was given.
parted() {
	local want
	echo "# $1" >&2
	# shellcheck disable=SC2086
	run -0 onlyone -d --value-options=-b,--mode ./say $1 </dev/null
	for want in "${@:2}"; do assert_line "$want"; done
	assert_equal "${#lines[@]}" $(($# - 1))
}

# bats test_tags=check
@test "process, status, key: for one new document the launch becomes the program; for several it is their parent, and ends with the last, by the first failure in their order; -n is 75 for an open one; -k, -j count for each; verbs take a document as a launch does" {
	begin_guest a= onlyone -d --on-activate="$HANDLER" guest a
	given a a
	assert_equal "$PID" "$a"
	# Also where others were handed over before.
	begin_guest onlyone -d --on-activate="$HANDLER" guest a b a
	given b b
	b=$PID
	assert_equal "$b" "$BEGUN"
	shown "$a:a"
	# They run at once, where standard input is no terminal.
	open 4 c d
	find_open c
	assert_equal "$(parent_of "$PID")" "$BEGUN"
	ended_by TERM "$PID"
	alive "$BEGUN"
	find_open d
	ended_by TERM "$PID"
	ends "$BEGUN" 143
	# A signal to the parent reaches all of them.
	open 6 x y
	find_open y
	ends_by USR1 "$BEGUN" 138
	gone "$PID"
	frees killed "$a" "$b"
	: >"$GUEST_LOG"
	# The status of the parent.
	status_is 3 end0 end3 end5
	status_is 137 end0 self9
	# Their order, not that of their ends.
	begin onlyone -d ./edit gate7 end3 >out </dev/null
	wait_until 'the second one has ended' eval '[[ $(<out) == *"end end3"* ]]'
	: >gate7.open
	ends "$BEGUN" 7
	# What cannot be executed starts nothing.
	: >plain
	run -126 onlyone -d ./plain a b
	run -127 onlyone -d ./none a b
	untouched
	begin onlyone -d ./edit gate0 >out </dev/null
	wait_until 'it has begun' eval '[[ $(<out) == begin* ]]'
	run -75 --separate-stderr onlyone -n -d ./edit gate0 end3
	assert_equal "${lines[1]}" 'end end3'
	says "pid $BEGUN"
	# Skipped is no failure.
	run -3 onlyone --skip -d ./edit gate0 end3
	run -0 onlyone --skip -d ./edit gate0
	: >gate0.open
	ends "$BEGUN" 0
	freed
	: >shown
	# With a key, and with several for a document.
	begin_guest first= onlyone -k one -d --on-activate="$HANDLER" guest a
	onlyone -k one -d guest a
	shown "$first:a"
	prints "$first" onlyonectl pid guest one "$HERE/a"
	begin_guest onlyone -j 2 -d --on-activate="$HANDLER" guest a
	begin_guest onlyone -j 2 -d --on-activate="$HANDLER" guest a
	begin_guest b= onlyone -d --on-activate="$HANDLER" guest b
	onlyone -j 2 -d guest a
	[[ $(<shown) == [0-9]*:a ]]
	: >shown
	# In whatever spelling, from wherever.
	mkdir deep
	ln -s ../b deep/link
	: >b
	prints "$b" onlyonectl pid guest "file://$HERE/%62"
	cd deep
	onlyonectl activate guest link -- x
	cd ..
	shown "$b:x"
	run -3 onlyonectl stop guest deep
	stops guest b
	ends "$b" 143
	# A document without a path is 65 with --strict-key, else a singleton.
	ln -s loop loop
	run -65 --separate-stderr onlyone --strict-key -d guest loop
	says loop
	begin_guest onlyone -q -d guest loop
	prints --partial '"key": null' onlyonectl list guest --json
}

# status_is N DOCUMENT...: of a launch with these.
status_is() {
	run onlyone -d --on-activate='exit "${1#gate}"' ./edit "${@:2}" </dev/null
	[ "$status" = "$1" ] || fail "${*:2}: status $status: $output"
}

# at_terminal LINE DIALOGUE...: LINE typed at a terminal; what it shows is in out.
at_terminal() { timeout -k 5 $LIMIT "$BATS_TEST_DIRNAME/lib/terminal.py" "$@" . >out; }

@test "terminal: one after the other, in their order; what is open is re-displayed before, and an interrupt is for the one that runs" {
	local one='!onlyonectl count edit | grep -qx 2'
	begin onlyone -d --on-activate="$HANDLER" ./edit gate0 >begun </dev/null
	wait_until 'it has begun' file_has begun begin
	at_terminal 'onlyone -d ./edit read0 gate0 read4 2>err; echo "status $?"' \
		'<begin read0' '!grep -q gate0 shown' "$one" '>\r' '<end read0' \
		'<begin read4' "$one" '>\r' '<status'
	assert_equal "$(tr -d '\r' <out | grep .)" 'begin read0
end read0
begin read4
end read4
status 4'
	[ ! -s err ]
	shown "$BEGUN:gate0"
	: >gate0.open
	ends "$BEGUN" 0
	at_terminal 'trap : INT; onlyone -d ./edit read1 read2; echo "status $?"' \
		'<begin read1' '>\x03' '<begin read2' '>\r' '<end read2' '<status 130'
	run ! grep 'end read1' out
}

@test "line: a script behind its interpreter is no document; of a command that runs another it is not known: 64" {
	begin onlyone -d --on-activate="$HANDLER" /bin/sh -e ./edit -x gate1 gate2 \
		>out </dev/null
	wait_until 'two run' eval '[ "$(grep -c begin out)" = 2 ]'
	launch -d /bin/sh ./edit gate2
	[[ $(<shown) == *':./edit gate2' ]]
	: | tee gate1.open gate2.open
	ends "$BEGUN" 1
	for line in 'su nobody guest a b' '/usr/bin/python3 -m guest a b'; do
		# shellcheck disable=SC2086
		run --separate-stderr launch -d $line
		assert_equal "$line: $status$output" "$line: 64"
		[[ ${stderr_lines[0]} == 'onlyone: -d: '*${line%% *}*'put it before onlyone' ]]
	done
	run -64 launch -d -c 'guest a b'
	untouched
}

@test "until-exit: -W stays until all of them have ended, also those open before" {
	open 1 a
	begin launched= onlyone -q -W -d guest a b </dev/null
	runs 2
	wait_until 'a has been re-displayed' test -s shown
	ctl stop guest "$HERE/b"
	alive "$launched"
	ctl stop guest "$HERE/a"
	ends "$launched" 143
}

@test "verbs: a key that is literally so comes before a document of that name; that none has it says which run" {
	begin_guest literal= onlyone -k a guest
	open 2 a
	prints "$literal" ctl pid guest a
	prints "$BEGUN" ctl pid guest ./a
	ctl stop guest a
	prints "$BEGUN" ctl pid guest a
	begin_guest onlyone guest
	run -3 --separate-stderr ctl stop guest c
	assert_output ''
	assert_equal "$stderr" "onlyonectl: guest is not running with that key; 2 others are running: $HERE/a, one without a key"
}

# viewer_row FIELD...: the program viewer, and its row, which shows what it gets.
viewer_row() {
	umask 022
	export HOME=$PWD/home
	mkdir -p "$HOME/.config/onlyone/handover"
	cp -n "$GUESTS/guest" viewer
	{
		printf '# %s\n' 'Programs: viewer' "$@"
		echo 'printf "<%s>" "$@"'
	} >"$HOME/.config/onlyone/handover/viewer.sh"
}

# key_is WANT ARG...: what the plan of a launch of the viewer calls its key.
key_is() {
	run -0 launch --dry-run "${@:2}"
	assert_line --partial "key:         $1 ("
}

@test "row: what its options take is no document; one that is open gets the options it can, and is else only raised" {
	viewer_row 'Documents: -[nf] -at -long'
	run -0 launch --dry-run -d ./viewer x -at 1:1 --long=x y -n --value-options
	assert_equal "$(grep -E '^(would|key)' <<<"$output" | sed 's/ * / /g')" \
		"key: $HERE/x (-d: x)
would: start ./viewer
key: $HERE/y (-d: y)
would: start ./viewer"
	# Whatever the handler is; those of the user count besides.
	key_is "$HERE/e" -d --on-activate=none --value-options=-x,--mine \
		./viewer -f a -x b --at c --mine d e
	# The key's template knows it, too; and a command's words are its own.
	key_is b:b -k '{arg:1}:{arg:-1}' ./viewer -f a b -n c
	viewer_row 'Documents: + -o' 'Options: -r'
	key_is -o -k '{arg:2}' ./viewer -o x -r vi -o y -- z
	untouched
	viewer_row 'Documents: -[nf] -at' 'Options: -at -n +*' 'Waits: -w'
	begin_guest onlyone -d ./viewer a
	prints -0 '<-at><1:1><a>' launch -d ./viewer -at 1:1 a
	prints -0 '' launch -d --must-deliver ./viewer a
	run -0 --separate-stderr launch -d --value-options=--mine ./viewer \
		--mine x -f x -n 1 --other a
	assert_output '<-n><1><a>'
	says "viewer (pid $BEGUN) is running; not handed over: --mine x -f x --other"
	prints -0 '<a>' launch -d ./viewer -w a
	# Without a field of documents any option of a document is handed over.
	viewer_row
	begin_guest onlyone -d ./viewer c
	prints -0 '<-x><c>' launch -d ./viewer -x c
	notes constructor 2
}
