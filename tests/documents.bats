#!/usr/bin/env bats
# as: user (no right is asked for)
# documents.bats: one instance per document, -d.
#
# A line of documents is taken apart: those that are open are re-displayed, each
# with its own document alone; those that are new get a process each.  The
# guest's command line in /proc tells what it was given.
load lib/common

own_setup() {
	PATH=$GUESTS:$PATH
	HANDLER='printf "%s:%s\n" "$ONLYONE_PID" "$*" >>"$SHOWN"'
	SHOWN=$PWD/shown
	export SHOWN
	HERE=$(pwd -P)
	: >shown
	# A program that does what its document is called, as far as it has
	# been given nothing but options before it: "end3" ends with 3,
	# "gate3" when there is a file gate3.open, "read3" after a line.
	cat >edit <<-'END'
		#!/bin/sh
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
	chmod +x edit
}

# edit [ARG...]: a launch of the guest, per document.
edit() { launch -d --on-activate="$HANDLER" guest "$@" </dev/null; }

# open_all [ARG...]: the same in the background; its pid is $BEGUN.
open_all() {
	begin onlyone -d --on-activate="$HANDLER" "$PROGRAM" "$@" </dev/null
}
PROGRAM=guest

# open ARG...: documents that are open, N of them.
open() {
	local n=$1
	shift
	open_all "$@"
	runs "$n"
}

# runs N: so many programs have come to main, all in all.
runs() {
	wait_until "$1 programs run" eval \
		'[ "$(grep -c " main " "$GUEST_LOG")" -ge '"$1"' ]'
	assert_equal "$(constructors)" "$1"
}

# pid_of FILE: of the process that has it open; its command's arguments.
pid_of() {
	case $1 in
	/*) ctl pid "$PROGRAM" "$1" ;;
	*) ctl pid "$PROGRAM" "$HERE/$1" ;;
	esac
}

args_of() { tr '\0' '|' <"/proc/$(pid_of "$1")/cmdline" | cut -d'|' -f2-; }

# shown LINE...: these activations there were, in this order; forgets them.
shown() {
	assert_equal "$(cat shown)" "$(printf '%s\n' "$@")"
	: >shown
}

# --- what is open, what is new ----------------------------------------------

# bats test_tags=check
@test "documents: each new one gets a process of its own, with this document alone" {
	open 3 a b c
	assert_equal "$(args_of a)" 'a|'
	assert_equal "$(args_of b)" 'b|'
	assert_equal "$(args_of c)" 'c|'
	assert_equal "$(ctl count guest)" 3
	assert_equal "$(ctl list guest --json | jq -c 'map(.key) | sort')" \
		"$(jq -nc --arg h "$HERE/" '["a", "b", "c"] | map($h + .)')"
}

# bats test_tags=check
@test "documents: those already open are re-displayed, each with its own alone" {
	open 2 a b
	a=$(pid_of a) b=$(pid_of b)
	edit b a
	shown "$b:b" "$a:a"
	edit a
	shown "$a:a"
	# Among new ones they come first.
	open 4 c b d a
	shown "$b:b" "$a:a"
	assert_equal "$(args_of c)$(args_of d)" 'c|d|'
	edit a b c d
	shown "$a:a" "$b:b" "$(pid_of c):c" "$(pid_of d):d"
	runs 4
}

# bats test_tags=check
@test "documents: spellings of one path meet, also in one line" {
	mkdir folder
	ln -s folder link
	: >folder/a
	ln -s folder/a direct
	begin_guest first= onlyone -d --on-activate="$HANDLER" guest folder/a \
		./folder//a link/a direct "file://$PWD/folder/a" \
		folder/../direct
	assert_equal "$(args_of folder/a)" 'folder/a|'
	edit direct link/a
	shown "$first:direct"
	open 3 direct new link/new ./new
	shown "$first:direct"
	assert_equal "$(args_of folder/new)" 'link/new|'
	assert_equal "$(args_of new)" 'new|'
}

@test "documents: a file that an editor replaces by a rename is the same document" {
	echo old >a
	ln -s a link
	open 1 a
	pid=$(pid_of a)
	for _ in 1 2 3; do
		echo new >a.new
		mv a.new a
		edit a
		edit link
		shown "$pid:a" "$pid:link"
	done
	rm a
	edit a
	shown "$pid:a"
	# The old file, under its new name, is a new document.
	echo back >a
	mv a a~
	open 2 a~
	assert_equal "$(args_of a~)" 'a~|'
}

# --- the line ---------------------------------------------------------------

# bats test_tags=check
@test "line: options go with each document, in their places" {
	open 2 -x a +5 b --long=c
	assert_equal "$(args_of a)" '-x|a|+5|--long=c|'
	assert_equal "$(args_of b)" '-x|+5|b|--long=c|'
	a=$(pid_of a) b=$(pid_of b)
	edit b +7 - a
	shown "$b:b +7 -" "$a:+7 - a"
	open 3 -y c
	assert_equal "$(args_of c)" '-y|c|'
}

# bats test_tags=check
@test "line: after -- all are documents" {
	open 4 -x a -- -y +5 --
	assert_equal "$(args_of a)" '-x|a|--|'
	assert_equal "$(args_of -y)" '-x|--|-y|'
	assert_equal "$(args_of +5)" '-x|--|+5|'
	assert_equal "$(args_of --)" '-x|--|--|'
	edit -- +5 -y
	shown "$(pid_of +5):-- +5" "$(pid_of -y):-- -y"
	runs 4
}

# bats test_tags=check
@test "line: what --value-options names takes the next word, and that is no document" {
	begin onlyone -d --value-options=-b,--mode --on-activate="$HANDLER" \
		guest -b 9600 -vb 1 --mode x tty -b 2 </dev/null
	runs 1
	tty=$(pid_of tty)
	assert_equal "$(args_of tty)" '-b|9600|-vb|1|--mode|x|tty|-b|2|'
	launch -d --value-options=-b guest -b 115200 ./tty
	shown "$tty:-b 115200 ./tty"
	# All go with each document, in their places.
	begin onlyone -d --value-options=-b guest -b 1 one --x -b 2 two \
		</dev/null
	runs 3
	assert_equal "$(args_of one)" '-b|1|one|--x|-b|2|'
	assert_equal "$(args_of two)" '-b|1|--x|-b|2|two|'
}

# bats test_tags=check
@test "line: without a document it is a singleton" {
	begin_guest single= onlyone -d --on-activate="$HANDLER" guest -x
	edit
	edit -y +3 --
	edit - ''
	shown "$single:" "$single:-y +3 --" "$single:- "
	runs 1
	assert_equal "$(ctl list --json | jq -c '.[0].key')" null
	# It is beside those of documents.
	open 2 a
	edit a
	shown "$(pid_of a):a"
	edit
	shown "$single:"
}

@test "line: a script behind its interpreter is no document, nor are the options" {
	local python=/usr/bin/python3
	PROGRAM=edit.py
	cat >edit.py <<-'END'
		import os, signal, sys
		with open(os.environ["GUEST_LOG"], "a") as log:
		    log.write("%d constructor\n%d main 0\n" %
		        (os.getpid(), os.getpid()))
		signal.pause()
	END
	begin onlyone -d --on-activate="$HANDLER" $python -u -X utf8 edit.py \
		-x a b </dev/null
	runs 2
	assert_equal "$(args_of a)" '-u|-X|utf8|edit.py|-x|a|'
	assert_equal "$(args_of b)" '-u|-X|utf8|edit.py|-x|b|'
	launch -d $python ./edit.py b
	assert_equal "$(tail -1 shown)" "$(pid_of b):./edit.py b"
	begin onlyone -d --on-activate="$HANDLER" $python edit.py </dev/null
	runs 3
	assert_equal "$(ctl count edit.py)" 3
}

@test "line: of a command that runs another it is not known: 64, and what to do" {
	while read -r line; do
		run --separate-stderr launch -d $line
		[ "$status" = 64 ] || fail "$line: status $status"
		assert_output ''
		[[ ${stderr_lines[0]} == 'onlyone: -d: '*${line%% *}* ]]
		[[ ${stderr_lines[0]} == *'put it before onlyone' ]]
		untouched
	done <<-'END'
		su nobody guest a b
		sh -c guest a b
		/usr/bin/python3 -m guest a b
	END
	# As it says.
	begin nice -n 1 onlyone -d guest a b </dev/null
	runs 2
}

@test "line: with -c there are no documents: 64" {
	run -64 --separate-stderr launch -d -c 'guest a b'
	[[ $stderr == *-c* ]]
	run -64 launch -c 'guest a b' -d
	untouched
}

# --- who stays --------------------------------------------------------------

# bats test_tags=check
@test "process: for one new document the launch becomes the program" {
	begin_guest onlyone -d --on-activate="$HANDLER" guest a
	assert_equal "$(pid_of a)" "$BEGUN"
	assert_equal "$(parent_of "$BEGUN")" $$
	# Also where others were handed over before.
	begin_guest onlyone -d --on-activate="$HANDLER" guest a b a
	assert_equal "$(pid_of b)" "$BEGUN"
	shown "$(pid_of a):a"
	run -7 launch -d "$PWD/edit" end7
	assert_output 'begin end7
end end7'
}

# bats test_tags=check
@test "process: for several it stays as their parent, and they all run at once" {
	open 5 a b c d e
	launched=$BEGUN
	for doc in a b c d e; do
		assert_equal "$(parent_of "$(pid_of $doc)")" "$launched"
	done
	assert_equal "$(ctl count guest)" 5
	# The last one's end is the launch's.
	for doc in c a e b; do
		ctl stop guest "$HERE/$doc"
		alive "$launched"
	done
	ctl stop guest "$HERE/d"
	ends "$launched" 143
}

@test "process: all at once when standard input is no terminal, though the rest is" {
	timeout -k 5 $LIMIT "$BATS_TEST_DIRNAME/lib/terminal.py" \
		'onlyone -d ./edit gate1 gate2 gate3 </dev/null
		echo "status $?"' \
		'<begin gate' '<begin gate' '<begin gate' \
		'!touch gate1.open gate2.open gate3.open' '<status 1' . >out
}

@test "process: at a terminal one after the other, in their order" {
	timeout -k 5 $LIMIT "$BATS_TEST_DIRNAME/lib/terminal.py" \
		'onlyone -d ./edit read0 read4 read3 2>err; echo "status $?"' \
		'<begin read0' '!onlyonectl count edit | grep -qx 1' '>\r' \
		'<end read0' \
		'<begin read4' '!onlyonectl count edit | grep -qx 1' '>\r' \
		'<end read4' \
		'<begin read3' '!onlyonectl count edit | grep -qx 1' '>\r' \
		'<status' . >out
	assert_equal "$(tr -d '\r' <out | grep .)" 'begin read0
end read0
begin read4
end read4
begin read3
end read3
status 4'
	[ ! -s err ]
}

@test "process: at a terminal what is open is re-displayed before the first begins" {
	PROGRAM=edit
	begin onlyone -d --on-activate="$HANDLER" ./edit gate0 >out </dev/null
	wait_until 'it has begun' file_has out begin
	a=$BEGUN
	timeout -k 5 $LIMIT "$BATS_TEST_DIRNAME/lib/terminal.py" \
		'onlyone -d ./edit read0 gate0 read1 2>err; echo "status $?"' \
		'<begin read0' '!grep -q gate0 shown' '>\r' \
		'<begin read1' '>\r' '<status 1' .
	shown "$a:gate0"
	: >gate0.open
	ends "$a" 0
}

@test "process: interrupted at the terminal is the one that runs; the next has its turn" {
	timeout -k 5 $LIMIT "$BATS_TEST_DIRNAME/lib/terminal.py" \
		'trap : INT; onlyone -d ./edit read1 read2; echo "status $?"' \
		'<begin read1' '>\x03' '<begin read2' '>\r' '<end read2' \
		'<status 130' . >out
	run ! grep 'end read1' out
}

@test "process: a signal to the parent reaches all of them" {
	local sig doc launched pids=()
	for sig in TERM HUP USR1; do
		: >"$GUEST_LOG"
		open 3 a b c
		launched=$BEGUN
		pids=("$(pid_of a)" "$(pid_of b)" "$(pid_of c)")
		ends_by "$sig" "$launched" $((128 + $(kill -l "$sig")))
		for doc in 0 1 2; do
			gone "${pids[doc]}" || fail "$sig: $doc runs"
		done
		freed
	done
}

# --- the status -------------------------------------------------------------

# status_is N DOCUMENT...: of a launch with these.
status_is() {
	local expected=$1
	shift
	run launch -d --on-activate='exit "${1#gate}"' ./edit "$@" </dev/null
	[ "$status" = "$expected" ] || fail "$*: status $status: $output"
}

# bats test_tags=check
@test "status: is the first failure, in the order of the documents" {
	status_is 0 end0 end00
	status_is 3 end0 end3 end00 end5
	status_is 5 end0 end5 end3
	status_is 5 end05 end0 end03
	status_is 137 end0 self9 end3
	status_is 143 self15 end3
	status_is 3 end3 self15
	# Their order, not that of their ends.
	begin onlyone -d ./edit gate7 end3 >out </dev/null
	wait_until 'the second one has ended' file_has out 'end end3'
	: >gate7.open
	ends "$BEGUN" 7
}

@test "status: a program that cannot be executed is 126 or 127, nothing starts" {
	: >plain
	run -126 launch -d ./plain a b
	run -127 launch -d ./none a b
	untouched
}

@test "status: that of a handler counts, whoever was handed over or started" {
	local doc pids=()
	for doc in gate0 gate4 gate6; do
		begin onlyone -d --on-activate='exit "${1#gate}"' ./edit $doc \
			>out.$doc </dev/null
		wait_until 'it has begun' file_has out.$doc begin
		pids+=("$BEGUN")
	done
	status_is 0 gate0
	status_is 4 gate4
	status_is 4 gate0 gate4 gate6
	status_is 6 gate6 gate4
	# With one new document: told, though this one goes well.
	status_is 4 gate4 end0
	assert_output 'begin end0
end end0'
	status_is 4 end0 gate4
	status_is 4 gate4 end3
	status_is 3 end3 gate4
	status_is 3 gate0 end3 gate4
	# With several.
	status_is 4 end0 gate4 end3
	status_is 3 end0 end3 gate4
	for doc in gate0 gate4 gate6; do : >$doc.open; done
	ends "${pids[0]}" 0
	ends "${pids[1]}" 4
	ends "${pids[2]}" 6
}

# bats test_tags=check
@test "status: with -n what is open is 75 and named, what is new starts" {
	open 1 a
	open_all() {
		begin onlyone -n -d guest "$@" 2>said </dev/null
	}
	open 3 b a c
	kill "$(pid_of b)"
	ctl stop guest "$HERE/c"
	ends "$BEGUN" 143
	open 4 a b
	[[ $(cat said) == 'onlyone: '*"pid $(pid_of a)"* ]]
	assert_equal "$(wc -l <said)" 1
	ctl stop guest "$HERE/b"
	ends "$BEGUN" 75
	# Skipped is no failure.
	run -3 launch --skip -d ./edit end0 end3
	run -0 launch --skip -d guest a
	[ ! -s shown ]
}

# --- with other options -----------------------------------------------------

@test "until-exit: -W stays until all of them have ended, also those open before" {
	open 1 a
	begin launched= onlyone -q -W -d guest a b c </dev/null
	runs 3
	wait_until 'a has been re-displayed' grep -q . shown
	shown "$(pid_of a):a"
	kill "$(pid_of b)"
	wait_until 'two are left' count_is guest 2
	ctl stop guest "$HERE/c"
	alive "$launched"
	ctl stop guest "$HERE/a"
	ends "$launched" 143
	# Whatever the open one ends with.
	open 4 a
	begin launched= onlyone -q -W -d guest a </dev/null
	wait_until 'a has been re-displayed' grep -q . shown
	alive "$launched"
	ctl stop guest
	ends "$launched" 0
	run -3 launch -W -d ./edit end3
	run -4 launch -W -d ./edit end0 end4 </dev/null
}

# bats test_tags=check
@test "key: with -k the key is that, and the path" {
	cd "$HERE"
	begin onlyone -k one -d --on-activate="$HANDLER" guest a b </dev/null
	runs 2
	assert_equal "$(ctl list guest --json | jq -c 'map(.key) | sort')" \
		"$(jq -nc --arg h "$HERE/" '["a", "b"] | map(["one", $h + .])')"
	first=$(ctl pid guest one "$HERE/a")
	begin onlyone -k two -d guest a </dev/null
	runs 3
	launch -k one -d guest a
	shown "$first:a"
	# A template speaks of the line of one document.
	begin onlyone -k '{2}' -d guest -x a b </dev/null
	runs 5
	ctl pid guest a "$HERE/a"
	ctl pid guest b "$HERE/b"
}

# counted ARG...: open_all with -j 2.
counted() {
	begin onlyone -j 2 -d --on-activate="$HANDLER" guest "$@" </dev/null
}

@test "max: -j counts for each document" {
	counted a b
	runs 2
	counted a b
	runs 4
	launch -j 2 -d guest a b </dev/null
	assert_equal "$(ctl count guest "$HERE/a")" 2
	assert_equal "$(ctl count guest "$HERE/b")" 2
	assert_equal "$(cut -d: -f2 shown | sort)" 'a
b'
	runs 4
}

@test "dry-run: tells of each document, and starts nothing" {
	run -0 launch --dry-run -d guest a b
	assert_equal "$(grep -c '^would: *start' <<<"$output")" 2
	assert_line --partial "key:         $HERE/a "
	assert_line --partial "key:         $HERE/b "
	untouched
	open 1 a
	run launch --dry-run -d guest a b
	assert_equal "$(grep -c '^would: *start' <<<"$output")" 1
	assert_equal "$(grep -c "^would: *activate pid $BEGUN" \
		<<<"$output")" 1
	[ ! -s shown ]
}

@test "key: that it cannot be made is said once for each document" {
	run -0 --separate-stderr launch -k '{env:NOT_SET}' -d -j 2 ./edit end0 \
		end00 </dev/null
	assert_equal "$(grep -c 'NOT_SET' <<<"$stderr")" 2
}

# bats test_tags=check
@test "strict-key: a document without a path is 65; without it a singleton" {
	ln -s loop loop
	run -65 --separate-stderr launch --strict-key -d guest loop
	[[ $stderr == 'onlyone: '*loop* ]]
	run -65 --separate-stderr launch --strict-key -d guest -- ''
	untouched
	begin_guest onlyone -q -d guest loop
	assert_equal "$(ctl list --json | jq -c '.[0].key')" null
}

# --- verbs -------------------------------------------------------------------

# bats test_tags=check
@test "verbs: take a document as a launch does, in whatever spelling, from wherever" {
	mkdir deep
	ln -s ../a deep/link
	: >a
	open 2 a b
	a=$(ctl pid guest "$HERE/a") b=$(ctl pid guest "$HERE/b")
	assert_equal "$(ctl pid guest a)" "$a"
	assert_equal "$(ctl pid guest ./deep/../a)" "$a"
	assert_equal "$(ctl pid guest "file://$HERE/%61")" "$a"
	assert_equal "$(cd deep && ctl pid guest link)" "$a"
	assert_equal "$(ctl count guest b)" 1
	run -0 ctl status guest a
	ctl activate guest a -- x
	shown "$a:x"
	run -3 ctl pid guest deep
	run -3 ctl stop guest c
	ctl signal CONT guest a
	ctl stop guest b
	ended "$b"
	ctl wait guest b
	ctl forget guest a
	run -3 ctl pid guest a
	kill "$a"
}

@test "verbs: a key that is literally so comes before a document of that name" {
	begin_guest literal= onlyone -k a guest
	open_all a
	wait_until 'both are there' count_is guest 2
	assert_equal "$(ctl pid guest a)" "$literal"
	[ "$(ctl pid guest ./a)" != "$literal" ]
	ctl stop guest a
	assert_equal "$(ctl pid guest a)" "$(ctl pid guest "$HERE/a")"
	# Two that fit as documents are told, and nothing is done.
	begin_guest onlyone -k x -k "$HERE/y" guest
	begin_guest onlyone -k "$HERE/x" -k y guest
	prints -64 --partial "x $HERE/y" ctl stop guest x y
	assert_equal "$(ctl count guest)" 3
}

@test "verbs: that none has the key says which run" {
	begin_guest onlyone -k 'a b' guest
	begin_guest onlyone guest
	for verb in 'stop guest' 'signal TERM guest' 'activate guest' \
		'pid guest' 'listen guest' 'forget guest'; do
		run -3 --separate-stderr ctl $verb c
		assert_output ''
		[[ $stderr == 'onlyonectl: guest is not running with that key; '*"'a b'"* &&
			$stderr == *'one without a key'* ]] || fail "$verb: $stderr"
	done
	run -3 ctl status guest c
	assert_output --partial "2 others run: 'a b', one without a key"
	prints -3 'onlyonectl: other is not running' ctl stop other c
}

# --- the row of the program --------------------------------------------------

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

# documents "WORD..." ARG...: of these -d takes those for documents.
documents() {
	run -0 launch --dry-run -d ./viewer "${@:2}"
	assert_equal "$(sed -nE 's/^key: .* \(-d: (.*)\)$/\1/p' <<<"$output" |
		xargs)" "$1"
}

@test "row: of options whose value is the next word, that is no document" {
	viewer_row 'Documents: -[nf] -at -long'
	documents y -at 1:1 --long=x y -n --value-options
	# Whatever the handler is, or whether there is one; those of the user
	# count besides.
	for handler in none self 'echo hi' auto; do
		run -0 launch --dry-run -d --on-activate="$handler" \
			--value-options=-x,--mine ./viewer -f a -x b --at c --mine d e
		assert_equal "$(grep ^key: <<<"$output")" \
			"key:         $HERE/e (-d: e)"
	done
	documents '-f a' -- -f a
	# The key's template knows it, too.
	run -0 launch --dry-run -k '{arg:1}:{arg:-1}' ./viewer -f a b -n c
	assert_line --partial 'key:         b:b ('
	run -0 launch --dry-run -k '{path:2}' ./viewer -n a
	assert_line --partial "key:         $HERE/a ("
	run launch --dry-run -k '{arg:1}' ./viewer -f a
	assert_line --partial 'key:         none'
	run -0 launch --dry-run -k '{long}' ./viewer -f --long=a --long=b -f --long=c
	assert_line --partial 'key:         b ('
}

@test "row: where the first argument is a command, its words are its own" {
	viewer_row 'Documents: + -o' 'Options: -r'
	run -0 launch --dry-run -k '{arg:2}' ./viewer -o x -r vi -o y -- z
	assert_line --partial 'key:         -o ('
	begin_guest onlyone ./viewer
	run -0 --separate-stderr launch ./viewer -o x -r vi -o y -- '' z
	assert_output '<-r><vi><-o><y><--><><z>'
	says 'is running; not handed over: -o x'
}

@test "row: a document that is open gets the options, and is else only raised" {
	viewer_row 'Documents: -[nf] -at' 'Options: -at -n +*' 'Waits: -w'
	begin_guest onlyone -d ./viewer a
	prints -0 '<-at><1:1><a>' launch -d ./viewer -at 1:1 a
	prints -0 '<./a><+5>' launch -d ./viewer ./a +5
	prints -0 '' launch -d ./viewer a
	prints -0 '' launch -d --must-deliver ./viewer a
	run -0 --separate-stderr launch -d ./viewer -f x --other a
	assert_output ''
	says "viewer (pid $BEGUN) is running; not handed over: -f x --other"
	run -0 --separate-stderr launch -d --value-options=--mine ./viewer \
		--mine x -n 1 a
	assert_output '<-n><1><a>'
	says "viewer (pid $BEGUN) is running; not handed over: --mine x"
	prints -0 '<a>' launch -d ./viewer -w a
	# A handler of one's own is asked each time.
	begin_guest onlyone -d --on-activate='echo "mine $*"' ./viewer b
	prints -0 'mine b' launch -d ./viewer b
	assert_equal "$(constructors)" 2
}

@test "row: without a field of documents any option of a document is handed over" {
	viewer_row
	begin_guest onlyone -d ./viewer a
	prints -0 '' launch -d ./viewer a
	prints -0 '<-x><a>' launch -d ./viewer -x a
}

# --- many -------------------------------------------------------------------
