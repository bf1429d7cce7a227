#!/usr/bin/env bats
# as: user (programs are asked by their own means, which are their user's)
# handover.bats: --on-activate=auto, self and dbus.
#
# Real programs, asked by their own means what they have open: emacs in a
# terminal, gvim, mpv, zathura.  Rows of programs that are not installed here are
# looked at as data, with a guest of that name.
load lib/enforce
load lib/documents

own_setup() {
	export HOME=$PWD LC_ALL=C.UTF-8 XDG_CONFIG_HOME=$PWD/config
	BLANK='a  b' QUOTES="it's \"q\" \\ \$HOME \`x\` * %# ~" NL=$'two\nlines'
	for name in first one "$BLANK" "$QUOTES" "$NL" -dash +5; do
		seq 30 >"./$name"
	done
}

# display: an X server for this test.
display() { load lib/x11 && xserver; }

# terminal COMMAND...: in a terminal of its own, by a server of its own: one that
# is about to end takes nothing.
terminal() {
	timeout $LIMIT tmux -S "$(mktemp -u "$PWD/terminal.XXXXXX")" -f /dev/null \
		new-session -d -x 80 -y 24 -- "$@" 3>&-
}

# hand NUMBER: the file by which instance NUMBER can be reached.
hand() { echo "$(ctl list --json | jq -r "sort_by(.since) | .[$1].dir")/hand"; }

# emacs_says NUMBER EXPRESSION
emacs_says() { timeout $LIMIT emacsclient -q -s "$(hand "$1")" -e "$2"; }

# Its files, those used last first, each name in hex.
emacs_files() {
	emacs_says "${1-0}" '(progn (require (quote hex-util)) (mapconcat
		(lambda (b) (encode-hex-string
		(encode-coding-string (file-relative-name (buffer-file-name b))
		(quote utf-8)))) (seq-filter (function buffer-file-name)
		(buffer-list)) " "))' | tr -d '"' | xargs -n1
}

encode() {
	local name
	for name; do
		printf %s "$name" | od -An -v -tx1 | tr -d ' \n'
		echo
	done
}

emacs_ready() { emacs_says "${1-0}" t; }

# vim_says NUMBER EXPRESSION
vim_says() {
	timeout $LIMIT gvim --servername "$(cat "$(hand "$1")")" --remote-expr "$2"
}

# Its files, in the order in which they came, each name in hex.
vim_files() {
	encode_lines "$(vim_says "${1-0}" 'join(map(filter(
		getbufinfo({"buflisted": 1}), "!empty(v:val.name)"),
		"substitute(fnamemodify(v:val.name, \":t\"), \"\\\\n\",
		\"%0a\", \"\")"), "\n")')"
}

encode_lines() {
	local names name
	mapfile -t names <<<"$1"
	for name in "${names[@]}"; do encode "${name/\%0a/$'\n'}"; done
}

vim_shows() { [ "$(vim_says "$1" 'expand("%:t")')" = "$2" ]; }

@test "emacs: documents of any name arrive in the one that runs" {
	terminal onlyone --on-activate=auto emacs -nw first
	wait_until 'emacs runs' count_is emacs 1
	mkdir sub
	cd sub
	# Even while it begins.
	run -0 --separate-stderr launch emacs -l nothing --eval '(setq x 1) ;' \
		--eval='(setq y (buffer-name))' -f push-mark \
		+12:2 "../$BLANK" "../$QUOTES" "../$NL" -- ../-dash
	assert_output ''
	says "emacs (pid $(ctl pid emacs)) is running; not handed over: -l nothing"
	prints "(1 \"$BLANK\")" emacs_says 0 '(list x y)'
	prints -0 '' launch emacs --eval '(setq x 2)'
	prints 2 emacs_says 0 x
	cd ..
	prints -0 '' launch emacs -- -dash +5
	run emacs_files
	assert_equal "$(sort <<<"$output")" "$(encode "$BLANK" "$QUOTES" \
		"$NL" -dash +5 first | sort)"
	run emacs_says 0 "(with-current-buffer \"$BLANK\"
		(list (line-number-at-pos) (current-column) (mark t)))"
	assert_output '(12 1 26)'
	assert_equal "$(ctl count emacs)" 1
	# What is shown is what was typed.
	run ctl list --json
	refute_output --partial server-start
	prints -0 '' launch emacs
	run -69 --separate-stderr launch emacs -
	says 'standard input cannot be handed over'
}

@test "emacs: an error of what it evaluates is said as it is" {
	terminal onlyone emacs -nw first
	wait_until 'emacs runs' count_is emacs 1
	wait_until 'it answers' emacs_ready
	run -1 --separate-stderr launch emacs --eval '(error "boom")' one
	assert_equal "$stderr" '*ERROR*: boom'
	prints 30 emacs_says 0 '(with-current-buffer "one"
		(count-lines 1 (point-max)))'
	run -1 --separate-stderr launch emacs -f no-such-function
	assert_equal "$stderr" \
		'*ERROR*: Symbol’s function definition is void: no-such-function'
}

@test "emacs: a launch that waits fails when it is killed, not when it is ended" {
	local way want pid first
	for way in KILL:1 '(kill-emacs):0'; do
		terminal onlyone emacs -nw first
		wait_until 'emacs runs' count_is emacs 1
		wait_until 'it answers' emacs_ready
		begin onlyone -W emacs one 2>>said
		wait_until 'it is open' eval \
			'[ "$(emacs_says 0 "(and (get-buffer \"one\") server-clients t)")" = t ]'
		pid=$(ctl pid emacs)
		if [ "$way" = KILL:1 ]; then
			kill -KILL "$pid"
			first=$pid
		else
			emacs_says 0 '(run-at-time 0 nil (function kill-emacs))'
		fi
		want=0
		wait "$BEGUN" || want=$?
		assert_equal "$want" "${way#*:}"
		freed
	done
	assert_equal "$(cat said)" "onlyone: emacs (pid $first) was killed before \
the documents were closed"
}

@test "emacs: its user's own server stays, and goes on after it" {
	mkdir -p .emacs.d servers
	chmod 700 servers
	cat >.emacs.d/init.el <<-END
		(require 'server)
		(setq server-socket-dir "$PWD/servers" server-name "own")
		(server-start)
	END
	terminal onlyone --on-activate=auto emacs -nw first
	wait_until 'emacs runs' count_is emacs 1
	wait_until 'it answers' emacs_ready
	run timeout $LIMIT emacsclient -q -s "$PWD/servers/own" -e server-name
	assert_output '"own"'
	run -0 launch emacs "$BLANK"
	prints "\"$BLANK\"" timeout $LIMIT emacsclient -q -s "$PWD/servers/own" -e \
		"(buffer-name (get-buffer \"$BLANK\"))"
	timeout $LIMIT emacsclient -q -n -s "$PWD/servers/own" -e '(kill-emacs)'
	freed
	assert [ ! -e servers/own ]
}

@test "gvim: documents of any name arrive in the one that runs" {
	display
	begin onlyone --on-activate=auto gvim -f first </dev/null
	wait_until 'gvim runs' count_is gvim 1
	mkdir sub
	cd sub
	# Even while it begins, and in a locale that cannot spell them.
	LC_ALL=C run --separate-stderr launch gvim -n -c "let g:it = 'é|'" +7 \
		"../$BLANK" "../$QUOTES" "../$NL" é -- ../-dash
	assert_success
	assert_output ''
	says "gvim (pid $(ctl pid gvim)) is running; not handed over: -n"
	wait_until 'it is shown' vim_shows 0 "$BLANK"
	wait_until 'the command is done' eval '[ "$(vim_says 0 g:it)" = "é|" ]'
	assert_equal "$(vim_files)" "$(encode first "$BLANK" "$QUOTES" "$NL" é \
		-dash)"
	assert_equal "$(vim_says 0 'line(".")')" 7
	run -0 launch gvim -- +5
	cd ..
	run -0 launch gvim "$NL"
	wait_until 'it is shown' eval \
		'[ "$(vim_says 0 "expand(\"%:t\") =~ \"lines\"")" = 1 ]'
	assert_equal "$(vim_says 0 'getline(30)')" 30
	assert_equal "$(ctl count gvim)" 1
	alive "$BEGUN"
}

# swapped FILE: with the swap file of a vim that was killed.
swapped() {
	run -137 timeout $LIMIT bash -c 'vim -u NONE -c "call setline(1, 1)" \
		-c preserve -c "call system(\"kill -KILL \".getpid())" "$1" \
		</dev/null >/dev/null 2>&1' bash "$1"
	test -e ".$1.swp"
}

@test "gvim: asks its user about a swap file: a launch says so meanwhile, and hands over after that" {
	display && wm openbox
	swapped first
	begin INSTANCE= onlyone --on-activate=auto gvim -f first \
		</dev/null
	wait_until 'it asks' window_named ATTENTION
	prompt=$(window_named ATTENTION)
	cover
	begin eval 'onlyone gvim one </dev/null 2>said'
	launched=$BEGUN
	wait_until 'that is told' test -s said
	wait_until 'the question is in front' active_is "$prompt"
	assert_equal "$(<said)" \
		"onlyone: gvim (pid $INSTANCE) asks its user something before it begins; it gets the documents when that is answered"
	alive "$launched"
	xdotool key e
	ends "$launched" 0
	wait_until 'it is shown' vim_shows 0 one
	has_lines said 1
	assert_equal "$(ctl count gvim)" 1
}

@test "gvim: its user ends it when it asks: a launch starts it anew with the documents" {
	display && wm openbox
	swapped first
	begin INSTANCE= onlyone --on-activate=auto gvim -f first \
		</dev/null
	wait_until 'it asks' window_named ATTENTION
	begin eval 'exec onlyone gvim -f one </dev/null 2>said'
	wait_until 'that is told' test -s said
	killed "$INSTANCE"
	wait_until 'it runs anew' pid_is gvim "$BEGUN"
	wait_until 'it is shown' window_named '^one '
}

@test "vim: in a terminal, with a display; without one it is said" {
	display
	terminal onlyone --on-activate=auto vim first
	wait_until 'vim runs' count_is vim 1
	run -0 launch vim "$BLANK"
	assert_equal "$(vim_files)" "$(encode first "$BLANK")"
	# It asks for nothing.
	wait_until 'it is shown' vim_shows 0 "$BLANK"
	assert_equal "$(vim_says 0 'mode(1)')" n
	frees kill -KILL "$(ctl pid vim)"
	unset DISPLAY
	terminal onlyone --on-activate=auto vim first
	wait_until 'vim runs' count_is vim 1
	run -69 --separate-stderr launch vim "$BLANK"
	says "vim (pid $(ctl pid vim)) did not take the documents: it has no*"
	run -0 launch vim
	assert_equal "$(ctl count vim)" 1
}

@test "self: the file of the first launch, with exact arguments, and its status" {
	mkdir bin other
	cat >bin/app <<-'END'
		#!/bin/sh
		[ -n "$ONLYONE_PID" ] || exec "$GUESTS/guest"
		printf '<%s>' "$@"
		echo " $0 ${ONLYONE_DISABLE-none}"
		echo Gtk-WARNING >&2
		exit "$1"
	END
	printf '#!/bin/sh\necho other\n' >other/app
	chmod +x */app
	begin_guest env PATH="bin:$PATH" onlyone --app=x --on-activate=self app
	cd other
	PATH=$PWD:$PATH run -7 --separate-stderr launch --app=x ./app 7 \
		"$BLANK" "$QUOTES" "$NL" -- -dash ''
	assert_output "<7><$BLANK><$QUOTES><$NL><--><-dash><> ${PWD%/other}/bin/app none"
	# On a terminal its own words are shown where it fails, or with -v.
	assert_equal "$stderr" Gtk-WARNING
	for row in '0 ./app 0' '1 ./app 7' '1 -v ./app 0'; do
		run timeout -k 5 $LIMIT "$BATS_TEST_DIRNAME/lib/terminal.py" \
			"onlyone --app=x ${row#* }; echo END" '<END' .
		assert_equal "$row: $(grep -c WARNING <<<"$output")" "$row: ${row%% *}"
	done
	assert_equal "$(ctl pid x)" "$BEGUN"
}

@test "self: in a session that enforces its rule, wrapper and program" {
	mkdir bin lib
	cp "$GUESTS/guest" lib/app
	cat >bin/app <<-'END'
		#!/bin/sh
		[ -z "$ONLYONE_PID" ] || set -- say "<$*>" exit 5
		"${0%/bin/app}/lib/app" "$@"
	END
	chmod +x bin/app
	run -0 ctl enable app --on-activate=self
	begin env LD_PRELOAD="$SHIM" "$PWD/bin/app"
	wait_until 'it runs' grep -q ' main' "$GUEST_LOG"
	LD_PRELOAD=$SHIM run -5 timeout -k 5 $LIMIT "$PWD/bin/app" "$BLANK" x
	assert_output "<$BLANK x>"
	assert_equal "$(constructors)" 2
	assert_equal "$(ctl count app)" 1
	assert_equal "$(ctl pid app)" "$BEGUN"
}

@test "self: a program that has a rule of its own is not enforced for it" {
	cat >app <<-'END'
		#!/bin/sh
		[ -n "$ONLYONE_PID" ] || exec "$GUESTS/guest"
		echo "$ONLYONE_APP ${ONLYONE_PASS-none}"
	END
	chmod +x app
	run -0 ctl enable app --on-activate=self
	begin_guest env LD_PRELOAD="$SHIM" onlyone --app=x --on-activate=self \
		./app
	LD_PRELOAD=$SHIM run -0 launch --app=x ./app
	assert_output 'x none'
	assert_equal "$(ctl list --json | jq -r '.[].app')" x
}

# beside COMMAND...: onlyone with a stand-in for onlyone-raise beside it, which
# shows what it is given; its status is in the file status.
beside_setup() {
	mkdir beside
	cp "$BUILD/onlyone" "$BUILD/libonlyone.so" beside
	cat >beside/onlyone-raise <<-END
		#!/bin/sh
		[ "\$1" = --dbus ] || exit 0 # the keeper's own
		printf '<%s>' "\$@" >>"$PWD/given"
		exit "\$(cat "$PWD/status")"
	END
	chmod +x beside/onlyone-raise
	echo 0 >status
	PATH=$PWD/beside:$PATH
	hash -r
}

@test "dbus: onlyone-raise gets the documents, and its failure is said" {
	beside_setup
	begin_guest onlyone --on-activate=dbus "$GUESTS/guest"
	run -0 --separate-stderr launch "$GUESTS/guest" --new-window +3 "$BLANK" \
		"$QUOTES" "$NL" -- -dash +5
	says "guest (pid $BEGUN) is running; not handed over: --new-window +3"
	assert_equal "$(cat given)" "<--dbus><--mark=$(the_slot)><--run=$(the_run)><--><$BEGUN><$BLANK><$QUOTES><$NL><./-dash><./+5>"
	rm given
	run -0 launch "$GUESTS/guest"
	assert_equal "$(cat given)" "<--dbus><--mark=$(the_slot)><--run=$(the_run)><--><$BEGUN>"
	echo 1 >status
	run -69 --separate-stderr launch "$GUESTS/guest" doc
	says "guest (pid $BEGUN) did not take the documents*bus"
	run -0 launch "$GUESTS/guest"
}

@test "dbus: documents that may have arrived are not given again" {
	beside_setup
	begin_guest onlyone --on-activate=dbus "$GUESTS/guest"
	echo 2 >status
	run -69 launch "$GUESTS/guest" doc
	assert_equal "$(cat given)" "<--dbus><--mark=$(the_slot)><--run=$(the_run)><--><$BEGUN><doc>"
}

@test "dbus: without onlyone-raise it starts, and says so" {
	beside_setup
	rm beside/onlyone-raise
	run -4 --separate-stderr launch --on-activate=dbus "$GUEST" exit 4
	says 'dbus*guest*needs onlyone-raise*started without a handler'
}

# zathura_is PROPERTY VALUE: of the process $BEGUN.
zathura_is() {
	[ "$(dbus-send --session --print-reply=literal \
		--dest="org.pwmt.zathura.PID-$BEGUN" /org/pwmt/zathura \
		org.freedesktop.DBus.Properties.Get string:org.pwmt.zathura \
		"string:$1" 2>/dev/null | sed 's/^ *variant *//; s/uint32 //')" = "$2" ]
}

@test "zathura: a page, a password and a position arrive, with a document or for the one that is open" {
	display
	session_bus
	mv "$(document_paper 1 9)" first
	cp first second
	begin onlyone zathura -P 2 first </dev/null
	wait_until 'it runs' zathura_is pagenumber 1
	prints -0 '' launch zathura -P 4 second
	zathura_is filename "$PWD/second"
	wait_until 'it shows the page' zathura_is pagenumber 3
	# Of the one that is open it keeps the page, where none is given.
	prints -0 '' launch zathura ./second
	zathura_is pagenumber 3
	for options in '-P 6:5' '-P7:6' '--page=8:7' '--page 9:8'; do
		prints -0 '' launch zathura ./second ${options%:*}
		wait_until "it shows $options" zathura_is pagenumber "${options#*:}"
	done
	prints -0 '' launch zathura -P 1
	wait_until 'it shows the first' zathura_is pagenumber 0
	local viewer=$BEGUN
	begin dbus-monitor "path=/org/pwmt/zathura" >said
	BEGUN=$viewer
	wait_until 'it watches' grep -q NameAcquired said
	prints -0 '' launch zathura --synctex-forward 12:3:a:b.tex -w word first
	wait_until 'the position is there' eval 'tr -s " \n" " " <said | grep -qF "member=SynctexView string \"a:b.tex\" uint32 12 uint32 3"'
	tr -s ' \n' ' ' <said |
		grep -qF "string \"$PWD/first\" string \"word\" int32 0"
	run -0 --separate-stderr launch zathura -f phrase first
	says "zathura (pid $BEGUN) is running; not handed over: -f phrase"
	run -69 --separate-stderr launch zathura -P x first
	says "zathura (pid $BEGUN) did not take the documents: x is no page"
}

@test "zathura: one that has no document open takes one" {
	display
	session_bus
	mv "$(document_paper 1 9)" first
	begin onlyone zathura </dev/null
	wait_until 'it runs' count_is zathura 1
	prints -0 '' launch zathura first -P 4
	zathura_is filename "$PWD/first"
	wait_until 'it shows the page' zathura_is pagenumber 3
}

@test "zathura: a document that does not open is said, and the next one opens" {
	display
	session_bus
	mv "$(document_paper 1 9)" first
	echo damaged >one
	begin onlyone zathura -P 2 first </dev/null
	wait_until 'it runs' zathura_is pagenumber 1
	run -69 --separate-stderr launch zathura missing
	says "zathura (pid $BEGUN) did not take the documents: $PWD/missing cannot be read"
	# What is open stays.
	zathura_is pagenumber 1
	run -69 --separate-stderr launch zathura one
	says "zathura (pid $BEGUN) did not take the documents: it cannot open $PWD/one"
	ln -s . link
	mkdir sub
	cd link/sub
	prints -0 '' launch zathura ../first
	wait_until 'it is open' zathura_is pagenumber 0
	# It asks for the password itself.
	printf '%%PDF-1.7\ntrailer <</Encrypt 1 0 R>>\n' >locked
	prints -0 '' launch zathura -P 2 locked
}

@test "zathura: with -d the document jumps in its own process" {
	display
	session_bus
	mv "$(document_paper 1 9)" first
	begin onlyone -d zathura first </dev/null
	wait_until 'it runs' zathura_is pagenumber 0
	prints -0 '' launch -d zathura first -P 4
	wait_until 'it shows the page' zathura_is pagenumber 3
	# It is raised, and stays where it is.
	prints -0 '' launch -d zathura first
	zathura_is pagenumber 3
	prints -0 '' launch -d zathura --synctex-forward 1:1:f.tex ./first
	assert_equal "$(ctl count zathura)" 1
}

# mpv_says NUMBER COMMAND...: a command of instance NUMBER's socket.
mpv_says() {
	/usr/bin/python3 -c 'import json, socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(json.dumps({"command": sys.argv[2:]}).encode() + b"\n")
for line in s.makefile("rb"):
    answer = json.loads(line)
    if "error" in answer:
        print(json.dumps(answer["data"]))
        break' "$(hand "$1")" "${@:2}"
}

# Its files, in the order in which they came, each name in hex.
mpv_files() {
	mpv_says "$1" get_property playlist | jq -j \
		'.[].filename | sub(".*/"; "") + "\u0000"' |
		while IFS= read -r -d '' name; do encode "$name"; done
}

# begin_mpv [OPTION...] -- DOCUMENT: instance N.
begin_mpv() {
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	begin onlyone --on-activate=auto "${options[@]}" mpv --no-config \
		--vo=null --ao=null --loop-file=inf --really-quiet "${@:2}" \
		</dev/null
	wait_until 'mpv runs' count_is mpv "$N"
}

@test "mpv: documents arrive at its socket, one for each slot" {
	/usr/bin/python3 -c 'import wave
with wave.open("first", "wb") as w:
    w.setparams((1, 2, 8000, 8000, "NONE", ""))
    w.writeframes(bytes(16000))'
	for name in one "$BLANK" "$QUOTES" "$NL" é -dash; do
		cp first "./$name"
	done
	N=1 begin_mpv -k '{env:WHOSE}' -- first
	WHOSE=b N=2 begin_mpv -k '{env:WHOSE}' -- one
	mkdir sub
	cd sub
	# Even while it begins.
	prints -0 '' launch -q -k '{env:WHOSE}' mpv --pause -ao pulse \
		"../$BLANK" "../$QUOTES" "$PWD/../$NL" ../é -- ../-dash
	cd ..
	WHOSE=b run -0 launch -k '{env:WHOSE}' mpv -- -dash
	assert_equal "$(mpv_files 0)" "$(encode first "$BLANK" "$QUOTES" \
		"$NL" é -dash)"
	assert_equal "$(mpv_files 1)" "$(encode one -dash)"
	prints false mpv_says 0 get_property pause
	# It plays what it has been given, and without documents nothing new.
	mpv_says 0 playlist-next
	wait_until 'it plays the next' eval \
		'mpv_says 0 get_property filename | grep -q "a  b"'
	run -0 launch -k '{env:WHOSE}' mpv
	assert_equal "$(ctl count mpv)" 2
	run -69 --separate-stderr launch -q -k '{env:WHOSE}' mpv -
	says 'standard input cannot be handed over'
}

@test "mpv: options arrive for the documents of their launch, or are set" {
	/usr/bin/python3 -c 'import wave
with wave.open("first", "wb") as w:
    w.setparams((1, 2, 8000, 8000, "NONE", ""))
    w.writeframes(bytes(1600000))'
	cp first 'a "b'
	N=1 begin_mpv -- first
	mpv_is() { # PROPERTY VALUE
		[ "$(mpv_says 0 get_property "$1" | sed 's/\.0*$//')" = "$2" ]
	}
	wait_until 'it answers' mpv_is mute false
	prints -0 '' launch mpv --start=30 -volume 20 --loop 'a "b'
	mpv_is volume 100
	mpv_says 0 playlist-next
	wait_until 'it plays it' mpv_is filename '"a \"b"'
	wait_until 'its volume is there' mpv_is volume 20
	mpv_is loop-file true || mpv_is loop-file '"inf"'
	[[ $(mpv_says 0 get_property time-pos) == 3* ]]
	mpv_says 0 playlist-prev
	wait_until 'it plays the first' mpv_is filename '"first"'
	mpv_is volume 100
	# Without a document they are for what is played.
	prints -0 '' launch mpv --volume=40 --mute
	mpv_is volume 40
	mpv_is mute true
	prints -0 '' launch mpv --loop-playlist first
	mpv_is loop-playlist '"inf"' || mpv_is loop-playlist true
	prints 3 mpv_says 0 get_property playlist-count
	run -69 --separate-stderr launch --must-deliver mpv --shuffle
	says 'cannot hand over --shuffle; so nothing was (--must-deliver)'
	run -0 --separate-stderr launch mpv --shuffle first
	says "mpv (pid $BEGUN) is running; not handed over: --shuffle"
	prints 4 mpv_says 0 get_property playlist-count
	run -69 --separate-stderr launch mpv --volume=x
	says 'did not take the documents'
	# What is not there it would skip, and say nothing.
	run -69 --separate-stderr launch mpv --volume=50 first ./missing
	says "mpv (pid $BEGUN) did not take the documents: $PWD/./missing cannot be read"
	prints 4 mpv_says 0 get_property playlist-count
	mpv_is volume 40
	prints -0 '' launch mpv mf://missing
	prints 5 mpv_says 0 get_property playlist-count
	# It is another program, which ends.
	run -0 launch mpv --version
	assert_output --partial 'mpv '
}

@test "a socket that is bound, and does not listen yet, is waited for" {
	local delay=listen:delay_enter=2000000
	mkdir slow
	printf '%s\n' '#!/bin/sh' "exec strace -f -qq -o /dev/null \
		-e trace=listen -e inject=$delay /usr/bin/mpv \"\$@\"" >slow/mpv
	chmod +x slow/mpv
	PATH=$PWD/slow:$PATH
	begin onlyone --on-activate=auto mpv --no-config --idle --vo=null \
		--ao=null --really-quiet </dev/null
	wait_until 'mpv runs' count_is "$PWD/slow/mpv" 1
	wait_until 'it is bound' eval 'test -S "$(hand 0)"'
	prints -0 '' launch mpv first
	prints 1 mpv_says 0 get_property playlist-count
	mpv_says 0 quit
	ended "$BEGUN"
}

@test "auto: a program without a row starts, and it is said" {
	run -4 --separate-stderr launch --on-activate=auto "$GUEST" exit 4
	says 'auto*guest*no way*is known*started without a handler'
	run -4 --separate-stderr launch -q --on-activate=auto "$GUEST" exit 4
	assert_equal "$stderr" ''
	begin_guest onlyone -q --on-activate=auto "$GUESTS/guest"
	run -69 launch --must-deliver "$GUESTS/guest" lost
}

@test "auto: taken by nobody, of a program that no row names and that hands nothing over: it is ended, and said" {
	display
	session_bus
	cp "$(command -v l3afpad)" pad
	begin onlyone --on-activate=auto ./pad "$(document_text 1)" </dev/null
	wait_until 'its window is there' titled doc1
	prints -0 '' launch ./pad
	run -69 --separate-stderr launch ./pad "$(document_text 2)"
	[[ $stderr == *"pad (pid $BEGUN) did not take the documents: "*'was ended; '*-d* ]] ||
		fail "$stderr"
	assert_equal "$(pgrep -cf "^[^ ]*/pad")" 1
	kill -TERM "$BEGUN"
	# Of a program without a window nothing is run once more.
	begin_guest onlyone --on-activate=auto "$GUESTS/guest"
	run -69 launch "$GUESTS/guest" doc
	prints 1 constructors
}

@test "auto: a command of that name is one still" {
	printf '#!/bin/sh\necho "command $*"\n' >auto
	chmod +x auto
	PATH=$PWD:$PATH with_handler 'exec auto "$@"'
	prints -0 'command a' launch "$GUESTS/guest" a
}

@test "self: does not go with -c" {
	run -64 launch --on-activate=self -c 'exit 3'
	untouched
}

@test "plan: --dry-run, --explain and -v name the way" {
	cp "$GUESTS/guest" emacs
	run -0 launch --dry-run --on-activate=auto ./emacs a
	assert_line 'handler:     auto (emacsclient, and a server that is started for it)'
	run launch --dry-run --on-activate=auto "$GUESTS/guest" a
	assert_line --partial 'handler:     auto (no way'
	run launch --dry-run --on-activate='echo hi' ./emacs a
	assert_line 'handler:     echo hi'
	run launch --explain --on-activate=self "$GUESTS/guest" exit 0
	assert_line 'handler:     self (starting the program itself again)'
	run launch -v --on-activate=auto ./emacs exit 0
	assert_output --partial 'later launches hand over to emacs by emacsclient'
	run launch --dry-run ./emacs a
	assert_line 'handler:     auto (emacsclient, and a server that is started for it)'
	for case in none : ; do
		run launch --dry-run --on-activate=$case ./emacs a
		refute_output --partial 'handler:     auto'
	done
	run launch --dry-run "$GUESTS/guest" a
	refute_output --partial handler:
}

# row NAME TEXT: what the plan says of a program of this name.
row() {
	cp -n "$GUESTS/guest" "$1"
	run launch --dry-run --on-activate=auto "./$1"
	assert_line --partial "handler:     auto ($2"
}

@test "rows: by the name that was typed, else by the file's" {
	for name in emacs emacs-nox emacs-gtk; do row "$name" emacsclient; done
	for name in vim gvim nvim vim.basic view; do
		row "$name" 'its server'
	done
	row gvimdiff 'an instance for each comparison'
	for name in chromium google-chrome firefox firefox-esr soffice \
		libreoffice localc lowriter code codium subl kate kwrite gimp \
		gimp-2.10 thunar pcmanfm audacity inkscape falkon epiphany \
		mousepad gedit gnome-text-editor featherpad; do
		row "$name" 'starting the program itself again'
	done
	beside_setup
	touch beside/onlyone-raise
	row nautilus org.freedesktop.Application
	row kitty 'its remote control'
	row geany 'its own socket'
	row vlc 'its own --one-instance'
	row okular 'its name on the session bus'
	row zathura 'its name on the session bus'
	row qpdfview 'its own --unique'
	# A second start of these hands nothing over: one is a document.
	for name in atril evince l3afpad mupdf ristretto xournalpp; do
		row "$name" 'a process of its own for each document'
		keyed none "$name" --fullscreen
		keyed "$PWD/-a" "$name" ./-a
	done
	keyed "$PWD/-b" atril -f -- -b
	keyed "$PWD/-b" mupdf -r 72 ./-b
	DISPLAY=:9 row other 'starting the program itself again, if that hands over'
	row other 'no way to hand documents over'
	ln -s vim.basic editor
	row editor 'its server'
	ln -s "$GUESTS/guest" thunderbird
	row thunderbird 'starting the program itself again'
}

# keyed KEY PROGRAM ARG...: the plan has this key for it.
keyed() {
	local key=$1 program=$2
	shift 2
	cp -n "$GUESTS/guest" "$program"
	run launch --dry-run --on-activate=auto "./$program" "$@"
	assert_line --partial "key:         $key ("
}

@test "rows: another profile is an instance of its own" {
	mkdir p1 p2 sub
	ln -s p1 link
	for name in firefox thunderbird; do
		keyed none "$name"
		keyed none "$name" a.html
		keyed work "$name" -P work a.html
		keyed work "$name" a.html -p work
		keyed "$PWD/p1" "$name" --profile p1
		keyed "$PWD/p1" "$name" -profile "$PWD/sub/../link"
		keyed none "$name" -P
		keyed none "$name" -- -P work
		keyed none "$name" --private-window -Px --profiles p1
	done
	for name in chromium google-chrome code; do
		keyed "$PWD/p2" "$name" --user-data-dir=p2 --profile-directory=x
		keyed "$PWD/p2" "$name" x --user-data-dir p2
		keyed none "$name" --user-data-dir=
	done
	keyed /x soffice -env:UserInstallation=file:///x --writer
	keyed "$PWD/p1" geany -c p1 a.c
	# As with any tuple, and never beside a key that is given.
	run launch --dry-run --on-activate=auto ./firefox -P a --profile p1
	assert_line --regexp '^key:         a$'
	run launch --dry-run --on-activate=auto -k x ./firefox -P a
	assert_line --partial 'key:         x ('
	run launch --dry-run --on-activate=self ./firefox -P a
	assert_line --partial 'key:         none ('
	run launch --dry-run --on-activate=none ./firefox -P a
	assert_line --partial 'key:         none ('
	run launch --dry-run ./firefox -P a
	assert_line --partial 'key:         a ('
}

@test "rows: of each profile its own process, and each gets its own documents" {
	cat >firefox <<-'END'
		#!/bin/sh
		[ -n "$ONLYONE_PID" ] || exec "$GUESTS/guest"
		echo "$ONLYONE_PID $*"
	END
	chmod +x firefox
	begin first= onlyone --on-activate=auto ./firefox
	wait_until 'one runs' eval '[ "$(constructors)" = 1 ]'
	begin second= onlyone --on-activate=auto ./firefox -P work
	wait_until 'both run' eval '[ "$(constructors)" = 2 ]'
	prints "$first a" launch --on-activate=auto ./firefox a
	prints "$second a -P work" launch --on-activate=auto ./firefox a -P work
	assert_equal "$(ctl pid "$PWD/firefox" work)" "$second"
	# By a rule, too.
	run ctl enable firefox --on-activate=auto
	LD_PRELOAD=$SHIM run timeout $LIMIT ./firefox -P work b
	assert_output "$second -P work b"
	assert_equal "$(constructors)" 2
}

@test "rows: kitty gets its socket, and a command as it was typed" {
	cat >kitty <<-'END'
		#!/bin/sh
		if [ "$1" = @ ]; then
			printf '<%s>' "$@"
			exit
		fi >given
		/usr/bin/python3 -c 'import os, socket
s = socket.socket(socket.AF_UNIX)
s.bind(os.environ["ONLYONE_SLOT"] + "/hand")'
		printf '<%s>' "$@" >began
		exec "$GUESTS/guest"
	END
	chmod +x kitty
	begin_guest onlyone --on-activate=auto ./kitty -T title vi x
	assert_equal "$(cat began)" '<--listen-on=unix:$ONLYONE_SLOT/hand><-o><allow_remote_control=socket-only><-T><title><vi><x>'
	kitty_gets() { # WORDS
		assert_equal "$(cat given)" \
			"<@><--to=unix:$(the_slot)/hand><launch><--type=os-window><--cwd=$PWD>$1"
	}
	prints -0 '' launch ./kitty vi -R "$NL" -- "$BLANK"
	kitty_gets "<--><vi><-R><$NL><--><$BLANK>"
	prints -0 '' launch ./kitty -T 'a b' --class=c --hold -d sub vi -T
	kitty_gets "<--os-window-title=a b><--os-window-class=c><--hold><--cwd=$PWD/sub><--><vi><-T>"
	run -0 --separate-stderr launch ./kitty -o x=y -- vi
	kitty_gets '<--><vi>'
	says ' is running; not handed over: -o x=y'
	prints -0 '' launch ./kitty --directory /
	kitty_gets '<--cwd=/><-->'
	keyed none kitty vi --version
	keyed --version kitty --version
}

# handed NAME SCRIPT: NAME is a program that runs SCRIPT as a second start, and
# stays as the first.
handed() {
	cat >"$1" <<-END
		#!/bin/sh
		[ -n "\$ONLYONE_PID" ] || exec "\$GUESTS/guest" \
			wait "$PWD/end" exit 0
		$2
	END
	chmod +x "$1"
	rm -f end
	begin onlyone --on-activate=auto "./$1"
	wait_until "$1 runs" count_is "$1" 1
}

@test "rows: vlc's second start is told to add to the one that runs" {
	handed vlc 'printf "<%s>" "$@"'
	# It hands over documents alone.
	run -0 --separate-stderr launch ./vlc --start-time 5 -f "$BLANK"
	assert_output "<--one-instance><--playlist-enqueue><$BLANK>"
	says ' is running; not handed over: --start-time 5 -f'
	run -69 launch --must-deliver ./vlc -f
}

@test "rows: audacity ends with 255 when it has handed over" {
	handed audacity 'printf "<%s>" "$@"; exit "$(cat status)"'
	echo 255 >status
	prints -0 '<one>' launch ./audacity one
	echo 1 >status
	run -1 launch ./audacity one
}

@test "rows: what inkscape takes while it closes is opened by the next one" {
	handed inkscape 'echo "$*" >>given'
	run -0 launch ./inkscape one
	assert_equal "$(cat given)" one
	begin launch ./inkscape two
	wait_until 'it has handed over' has_lines given 2
	rm -f "$GUEST_LOG"
	: >end
	ends "$BEGUN" 0
	# It has become the program, which ends at once.
	[ -s "$GUEST_LOG" ] || fail 'the document is lost'
}
