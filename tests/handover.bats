#!/usr/bin/env bats
# as: user (programs are asked by their own means, which are their user's)
# handover.bats: --on-activate=auto, self and dbus.
#
# Real programs, asked by their own means what they have open: emacs in a
# terminal, gvim, Chromium, mousepad, mpv, zathura.  Rows of programs that are not installed
# here are looked at as data, with a guest of that name.

# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load lib/common
load lib/enforce

setup() {
	common_setup
	export HOME=$PWD LC_ALL=C.UTF-8 XDG_CONFIG_HOME=$PWD/config
	BLANK='a  b' QUOTES="it's \"q\" \\ \$HOME \`x\` * %# ~" NL=$'two\nlines'
	for name in first one "$BLANK" "$QUOTES" "$NL" -dash +5; do
		seq 30 >"./$name"
	done
}

# display: an X server for this test.
display() {
	local number=
	Xvfb -displayfd 7 -nolisten tcp -noreset -screen 0 640x480x8 7>number \
		>/dev/null 2>&1 3>&- &
	STARTED+=("$!")
	wait_until 'the display is there' "$PATIENCE" test -s number
	number=$(cat number)
	export DISPLAY=:$number
}

# terminal COMMAND...: in a terminal of its own.
terminal() {
	timeout 20 tmux -S "$PWD/terminals" -f /dev/null new-session -d \
		-x 80 -y 24 -- "$@" 3>&-
}

# hand NUMBER: the file by which instance NUMBER can be reached.
hand() {
	echo "$(ctl list --json | jq -r "sort_by(.since) | .[$1].dir")/hand"
}

# emacs_says NUMBER EXPRESSION
emacs_says() {
	timeout 20 emacsclient -q -s "$(hand "$1")" -e "$2"
}

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

emacs_ready() {
	emacs_says "${1-0}" t
}

# vim_says NUMBER EXPRESSION
vim_says() {
	timeout 20 gvim --servername "$(cat "$(hand "$1")")" --remote-expr "$2"
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
	for name in "${names[@]}"; do
		encode "${name/\%0a/$'\n'}"
	done
}

vim_shows() {
	[ "$(vim_says "$1" 'expand("%:t")')" = "$2" ]
}

vim_ready() {
	test -s "$(hand "${1-0}")"
}

# begin_vim [OPTION...] -- [ARG...]: a gvim that stays the process it is.
begin_vim() {
	local options=() n=${N-1}
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	begin onlyone --on-activate=auto "${options[@]}" gvim -f -u NONE \
		-U NONE "$@" </dev/null
	wait_until 'gvim runs' "$PATIENCE" count_is gvim "$n"
	wait_until 'gvim can be reached' "$PATIENCE" vim_ready $((n - 1))
}

@test "emacs: documents of any name arrive in the one that runs" {
	terminal onlyone --on-activate=auto emacs -Q -nw first
	wait_until 'emacs runs' "$PATIENCE" count_is emacs 1
	mkdir sub
	cd sub
	# Even while it begins.
	run launch emacs -Q -nw -l nothing --eval '(kill-emacs)' +12:2 "../$BLANK" \
		"../$QUOTES" "../$NL" -- ../-dash
	assert_success
	assert_output ''
	cd ..
	run launch emacs -- -dash +5
	assert_success
	assert_output ''
	run emacs_files
	assert_equal "$(sort <<<"$output")" "$(encode "$BLANK" "$QUOTES" \
		"$NL" -dash +5 first | sort)"
	run emacs_says 0 "(with-current-buffer \"$BLANK\"
		(list (line-number-at-pos) (current-column)))"
	assert_output '(12 1)'
	assert_equal "$(ctl count emacs)" 1
	# What is shown is what was typed.
	run ctl list --json
	refute_output --partial server-start
	run launch emacs
	assert_success
	assert_output ''
	run --separate-stderr launch emacs -
	assert_failure 69
	says 'standard input cannot be handed over'
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
	wait_until 'emacs runs' "$PATIENCE" count_is emacs 1
	wait_until 'it answers' "$PATIENCE" emacs_ready
	run timeout 20 emacsclient -q -s "$PWD/servers/own" -e server-name
	assert_output '"own"'
	run launch emacs "$BLANK"
	assert_success
	run timeout 20 emacsclient -q -s "$PWD/servers/own" \
		-e "(buffer-name (get-buffer \"$BLANK\"))"
	assert_output "\"$BLANK\""
	timeout 20 emacsclient -q -n -s "$PWD/servers/own" -e '(kill-emacs)'
	wait_until 'its slot is gone' 20 no_slots
	assert [ ! -e servers/own ]
}

@test "emacs: one for each document; a document again is shown by its own" {
	terminal onlyone -d --on-activate=auto emacs -Q -nw one
	wait_until 'the first runs' "$PATIENCE" count_is emacs 1
	wait_until 'it answers' "$PATIENCE" emacs_ready 0
	terminal onlyone -d --on-activate=auto emacs -Q -nw "$NL"
	wait_until 'the second runs' "$PATIENCE" count_is emacs 2
	wait_until 'it answers' "$PATIENCE" emacs_ready 1
	run launch -d emacs -Q -nw ./one "./$NL" </dev/null
	assert_success
	assert_equal "$(emacs_files 0)" "$(encode one)"
	assert_equal "$(emacs_files 1)" "$(encode "$NL")"
	assert_equal "$(ctl count emacs)" 2
}

@test "emacs: a launch that takes the place of another has its own server" {
	local first
	terminal onlyone --on-activate=auto emacs -Q -nw one
	wait_until 'the first runs' "$PATIENCE" count_is emacs 1
	wait_until 'it answers' "$PATIENCE" emacs_ready
	first=$(ctl pid emacs)
	terminal onlyone --replace --on-activate=auto emacs -Q -nw two
	ended "$first"
	wait_until 'the second runs' "$PATIENCE" count_is emacs 1
	run launch emacs "$BLANK"
	assert_success
	assert_output ''
	assert_equal "$(emacs_files | sort)" "$(encode two "$BLANK" | sort)"
}

@test "gvim: documents of any name arrive in the one that runs" {
	display
	begin onlyone --on-activate=auto gvim -f -u NONE -U NONE first </dev/null
	wait_until 'gvim runs' "$PATIENCE" count_is gvim 1
	mkdir sub
	cd sub
	# Even while it begins, and in a locale that cannot spell them.
	LC_ALL=C run launch gvim -u NONE -c quit +7 "../$BLANK" "../$QUOTES" \
		"../$NL" é -- ../-dash
	assert_success
	assert_output ''
	wait_until 'it is shown' "$PATIENCE" vim_shows 0 "$BLANK"
	assert_equal "$(vim_files)" "$(encode first "$BLANK" "$QUOTES" "$NL" é \
		-dash)"
	assert_equal "$(vim_says 0 'line(".")')" 7
	run launch gvim -- +5
	assert_success
	cd ..
	run launch gvim "$NL"
	assert_success
	wait_until 'it is shown' "$PATIENCE" eval \
		'[ "$(vim_says 0 "expand(\"%:t\") =~ \"lines\"")" = 1 ]'
	assert_equal "$(vim_says 0 'getline(30)')" 30
	assert_equal "$(ctl count gvim)" 1
	alive "$BEGUN"
}

@test "gvim: instances of two keys are not mixed up, nor after a rekey" {
	display
	begin_vim -a gvim -k '{env:WHOSE}' -- </dev/null
	WHOSE=b N=2 begin_vim -a gvim -k '{env:WHOSE}' -- one
	WHOSE=b run launch -a gvim -k '{env:WHOSE}' gvim "$BLANK"
	assert_success
	wait_until 'it is shown' "$PATIENCE" vim_shows 1 "$BLANK"
	run launch -a gvim -k '{env:WHOSE}' gvim "$QUOTES"
	assert_success
	wait_until 'it is shown' "$PATIENCE" vim_shows 0 "$QUOTES"
	assert_equal "$(vim_files 1)" "$(encode one "$BLANK")"
	run ctl rekey gvim b c
	assert_success
	WHOSE=c run launch -a gvim -k '{env:WHOSE}' gvim "$NL"
	assert_success
	wait_until 'it is there' "$PATIENCE" eval \
		'[ "$(vim_files 1)" = "$(encode one "$BLANK" "$NL")" ]'
}

@test "gvim: by a rule, in a session that enforces it" {
	display
	run ctl enable gvim --on-activate=auto
	assert_success
	begin env LD_PRELOAD="$SHIM" gvim -u NONE -U NONE first </dev/null
	# It leaves the terminal: the first process ends, the copy goes on.
	ends "$BEGUN" 0
	wait_until 'its copy is the instance' "$PATIENCE" count_is gvim 1
	LD_PRELOAD=$SHIM run timeout -k 5 60 gvim -u NONE "$BLANK" "$QUOTES"
	assert_success
	assert_output ''
	assert_equal "$(vim_files)" "$(encode first "$BLANK" "$QUOTES")"
	assert_equal "$(ctl count gvim)" 1
	run ctl stop gvim
	assert_success
}

@test "vim: in a terminal, with a display; without one it is said" {
	display
	terminal onlyone --on-activate=auto vim -u NONE first
	wait_until 'vim runs' "$PATIENCE" count_is vim 1
	run launch vim "$BLANK"
	assert_success
	assert_equal "$(vim_files)" "$(encode first "$BLANK")"
	# It asks for nothing.
	wait_until 'it is shown' "$PATIENCE" vim_shows 0 "$BLANK"
	assert_equal "$(vim_says 0 'mode(1)')" n
	kill -KILL "$(ctl pid vim)"
	wait_until 'its slot is gone' 20 no_slots
	unset DISPLAY
	terminal onlyone --on-activate=auto vim -u NONE first
	wait_until 'vim runs' "$PATIENCE" count_is vim 1
	run --separate-stderr launch vim "$BLANK"
	assert_failure 69
	says "vim (pid $(ctl pid vim)) did not take the documents: it has no*"
	run launch vim
	assert_success
	assert_equal "$(ctl count vim)" 1
}

# A browser of this test, with a page.
browser() {
	"$@" chromium --disable-gpu --no-sandbox --no-first-run \
		--user-data-dir="$PWD/profile" --remote-debugging-port=0 \
		"data:text/html,<title>$PAGE</title>" </dev/null >>out 2>&1
}

pages_are() {
	local port
	read -r port <profile/DevToolsActivePort
	[ "$(busybox wget -qO- "http://127.0.0.1:$port/json" |
		jq -r '.[] | select(.type == "page") | .title' |
		grep -vi omnibox | sort | xargs)" = "$*" ]
}

browsers() {
	local file line
	for file in $(grep -lszxF "ONLYONE_DIR=$ONLYONE_DIR" \
		/proc/[0-9]*/environ); do
		line=$(tr '\0' ' ' <"${file%environ}cmdline" 2>/dev/null) ||
			continue
		[[ $line == *chromium/chromium* && $line != *--type=* &&
			$line != *crashpad* ]] && echo "${file//[^0-9]/}"
	done
	return 0
}

@test "chromium: self is its own second start, and one browser stays" {
	display
	run ctl enable chromium --on-activate=self
	assert_success
	PAGE=one begin browser env LD_PRELOAD="$SHIM"
	wait_until 'it serves' "$PATIENCE" test -s profile/DevToolsActivePort
	wait_until 'its page is there' "$PATIENCE" pages_are one
	PAGE=two run browser timeout -k 5 60 env LD_PRELOAD="$SHIM"
	assert_success
	wait_until 'both pages are there' "$PATIENCE" pages_are one two
	assert_equal "$(browsers)" "$(ctl pid chromium)"
	# Nothing of the handler is with the browser or its children.
	run eval 'tr "\0" "\n" 2>/dev/null </proc/"$(browsers)"/environ |
		grep -E "^ONLYONE_(DISABLE|PID)="'
	assert_output ''
	kill -TERM "$(browsers)"
	wait_until 'its slot is gone' 20 no_slots
}

@test "self: the file of the first launch, with exact arguments, and its status" {
	mkdir bin other
	cat >bin/app <<-'END'
		#!/bin/sh
		[ -n "$ONLYONE_PID" ] || exec "$GUESTS/guest"
		printf '<%s>' "$@"
		echo " $0 ${ONLYONE_DISABLE-none}"
		exit 7
	END
	printf '#!/bin/sh\necho other\n' >other/app
	chmod +x */app
	begin_guest env PATH="bin:$PATH" onlyone --app=x \
		--on-activate=self app
	cd other
	PATH=$PWD:$PATH run launch --app=x ./app "$BLANK" "$QUOTES" "$NL" -- \
		-dash ''
	assert_failure 7
	assert_output "<$BLANK><$QUOTES><$NL><--><-dash><> ${PWD%/other}/bin/app none"
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
	run ctl enable app --on-activate=self
	assert_success
	begin env LD_PRELOAD="$SHIM" "$PWD/bin/app"
	wait_until 'it runs' "$PATIENCE" grep -q ' main' "$GUEST_LOG"
	LD_PRELOAD=$SHIM run timeout -k 5 60 "$PWD/bin/app" "$BLANK" x
	assert_failure 5
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
	run ctl enable app --on-activate=self
	assert_success
	begin_guest env LD_PRELOAD="$SHIM" onlyone --app=x --on-activate=self \
		./app
	LD_PRELOAD=$SHIM run launch --app=x ./app
	assert_success
	assert_output 'x none'
	assert_equal "$(ctl count app)" 0
}

@test "self: what it has started by a wrapper is the instance when the one before ends" {
	mkdir lib
	cp "$GUESTS/guest" lib/app
	printf '#!/bin/sh\n"./lib/app" "$@"\n' >app
	chmod +x app
	run ctl enable app --on-activate=self
	assert_success
	begin env LD_PRELOAD="$SHIM" ./app wait "$PWD/end" exit 0
	wait_until 'it runs' "$PATIENCE" grep -q ' main' "$GUEST_LOG"
	local first=$BEGUN
	begin env LD_PRELOAD="$SHIM" ./app
	wait_until 'a second one runs' "$PATIENCE" eval \
		'[ "$(constructors)" = 2 ]'
	: >end
	ended "$first"
	wait_until 'it is the instance' "$PATIENCE" count_is app 1
	run ctl stop app
	assert_success
	wait_until 'the slot is free' 20 no_slots
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
	run launch "$GUESTS/guest" --new-window +3 "$BLANK" "$QUOTES" "$NL" \
		-- -dash +5
	assert_success
	assert_output ''
	assert_equal "$(cat given)" "<--dbus><--mark=$(the_slot)><--><$BEGUN><$BLANK><$QUOTES><$NL><./-dash><./+5>"
	rm given
	run launch "$GUESTS/guest"
	assert_success
	assert_equal "$(cat given)" "<--dbus><--mark=$(the_slot)><--><$BEGUN>"
	echo 1 >status
	run --separate-stderr launch "$GUESTS/guest" doc
	assert_failure 69
	says "guest (pid $BEGUN) did not take the documents*bus"
	run launch "$GUESTS/guest"
	assert_success
}

@test "dbus: documents that may have arrived are not given again" {
	beside_setup
	begin_guest onlyone --on-activate=dbus "$GUESTS/guest"
	echo 2 >status
	run -69 launch "$GUESTS/guest" doc
	assert_equal "$(cat given)" "<--dbus><--mark=$(the_slot)><--><$BEGUN><doc>"
}

@test "dbus: without onlyone-raise it starts, and says so" {
	beside_setup
	rm beside/onlyone-raise
	run --separate-stderr launch --on-activate=dbus "$GUESTS/guest" exit 4
	assert_failure 4
	says 'dbus*guest*needs onlyone-raise*starts without a handler'
}

@test "mousepad: documents arrive through the bus" {
	display
	session_bus
	begin onlyone --on-activate=auto mousepad first </dev/null
	wait_until 'its window is there' "$PATIENCE" titled 'first - Mouse'
	# Its title is that of the one opened last.
	for name in "$BLANK" "$QUOTES" -dash; do
		run launch mousepad -- "$name"
		assert_success
		assert_output ''
		wait_until "it has $name" "$PATIENCE" titled "/$name - Mouse"
	done
	run launch mousepad "$PWD/first"
	assert_success
	wait_until 'it shows the first' "$PATIENCE" titled '/first - Mouse'
	assert_equal "$(ctl count mousepad)" 1
	alive "$BEGUN"
}

# A session bus of this test's own.
session_bus() {
	export XDG_RUNTIME_DIR=$PWD GSETTINGS_BACKEND=memory NO_AT_BRIDGE=1
	begin dbus-daemon --session --nofork --print-address=1 >address
	wait_until 'the bus is there' "$PATIENCE" test -s address
	DBUS_SESSION_BUS_ADDRESS=$(cat address)
	export DBUS_SESSION_BUS_ADDRESS
}

@test "zathura: documents arrive through the bus, in place of each other" {
	local name
	display
	session_bus
	/usr/bin/python3 -c 'parts = [b"<</Type/Catalog/Pages 2 0 R>>",
    b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>"]
text, at = b"%PDF-1.4\n", []
for part in parts:
    at.append(len(text))
    text += b"%d 0 obj%sendobj\n" % (len(at), part)
end = len(text)
text += b"xref\n0 4\n0000000000 65535 f \n"
text += b"".join(b"%010d 00000 n \n" % n for n in at)
text += b"trailer<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % end
open("first", "wb").write(text)'
	for name in "$BLANK" "$QUOTES" -dash; do
		cp first "./$name"
	done
	begin onlyone --on-activate=auto zathura first </dev/null
	wait_until 'it runs' "$PATIENCE" count_is zathura 1
	for name in "$BLANK" "$QUOTES" -dash; do
		run launch zathura -P 1 -- "$name"
		assert_success
		assert_output ''
		wait_until "it has $name" "$PATIENCE" titled "/$name"
	done
	assert_equal "$(ctl count zathura)" 1
	alive "$BEGUN"
	# It has ended: the next one starts.
	kill -TERM "$BEGUN"
	ended "$BEGUN"
	begin onlyone --on-activate=auto zathura first </dev/null
	wait_until 'the next one shows it' "$PATIENCE" titled /first
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
	wait_until 'mpv runs' "$PATIENCE" count_is mpv "$N"
}

@test "mpv: documents arrive at its socket, one for each slot" {
	local name
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
	run launch -q -k '{env:WHOSE}' mpv --pause -ao pulse "../$BLANK" \
		"../$QUOTES" "$PWD/../$NL" ../é -- ../-dash
	assert_success
	assert_output ''
	cd ..
	WHOSE=b run launch -k '{env:WHOSE}' mpv -- -dash
	assert_success
	assert_equal "$(mpv_files 0)" "$(encode first "$BLANK" "$QUOTES" \
		"$NL" é -dash)"
	assert_equal "$(mpv_files 1)" "$(encode one -dash)"
	run ctl rekey mpv b c
	assert_success
	WHOSE=c run launch -k '{env:WHOSE}' mpv "$QUOTES"
	assert_success
	assert_equal "$(mpv_files 1)" "$(encode one -dash "$QUOTES")"
	run mpv_says 0 get_property pause
	assert_output false
	# It plays what it has been given, and without documents nothing new.
	mpv_says 0 playlist-next
	wait_until 'it plays the next' "$PATIENCE" eval \
		'mpv_says 0 get_property filename | grep -q "a  b"'
	run launch -k '{env:WHOSE}' mpv
	assert_success
	assert_equal "$(ctl count mpv)" 2
	run --separate-stderr launch -q -k '{env:WHOSE}' mpv -
	assert_failure 69
	says 'standard input cannot be handed over'
}

titled() {
	xwininfo -root -tree | grep -qF -- "$1"
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
	wait_until 'mpv runs' "$PATIENCE" count_is "$PWD/slow/mpv" 1
	wait_until 'it is bound' "$PATIENCE" eval 'test -S "$(hand 0)"'
	run launch mpv first
	assert_success
	assert_output ''
	run mpv_says 0 get_property playlist-count
	assert_output 1
	mpv_says 0 quit
	ended "$BEGUN"
}

@test "auto: a program without a row starts, and it is said" {
	run --separate-stderr launch --on-activate=auto "$GUESTS/guest" exit 4
	assert_failure 4
	says 'auto*guest*no way*is known*starts without a handler'
	run --separate-stderr launch -q --on-activate=auto "$GUESTS/guest" exit 4
	assert_failure 4
	assert_equal "$stderr" ''
	begin_guest onlyone -q --on-activate=auto "$GUESTS/guest"
	run launch --must-deliver "$GUESTS/guest" lost
	assert_failure 69
}

@test "auto: a command of that name is one still" {
	printf '#!/bin/sh\necho "command $*"\n' >auto
	chmod +x auto
	PATH=$PWD:$PATH with_handler 'exec auto "$@"'
	run launch "$GUESTS/guest" a
	assert_success
	assert_output 'command a'
}

@test "self: does not go with -c" {
	run launch --on-activate=self -c 'exit 3'
	assert_failure 64
	untouched
}

@test "plan: --dry-run, --explain and -v name the way" {
	cp "$GUESTS/guest" emacs
	run launch --dry-run --on-activate=auto ./emacs a
	assert_success
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
	refute_output --partial handler:
}

# row NAME TEXT: what the plan says of a program of this name.
row() {
	cp -n "$GUESTS/guest" "$1"
	run launch --dry-run --on-activate=auto "./$1"
	assert_line --partial "handler:     auto ($2"
}

@test "rows: by the name that was typed, else by the file's" {
	local name
	for name in emacs emacs-nox emacs-gtk; do
		row "$name" emacsclient
	done
	for name in vim gvim nvim vim.basic view; do
		row "$name" 'its server'
	done
	for name in chromium google-chrome firefox firefox-esr soffice \
		libreoffice localc lowriter code codium kate kwrite gimp \
		gimp-2.10 thunar pcmanfm audacity inkscape; do
		row "$name" 'starting the program itself again'
	done
	beside_setup
	touch beside/onlyone-raise
	for name in mousepad gedit gnome-text-editor nautilus; do
		row "$name" org.freedesktop.Application
	done
	row kitty 'its remote control'
	row geany 'its own socket'
	row vlc 'its own --one-instance'
	row okular 'its name on the session bus'
	row zathura 'its name on the session bus'
	# A second start of these hands nothing over: one is a document.
	row evince 'no way to hand documents over'
	row atril 'no way to hand documents over'
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
	local name
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
	run launch --dry-run ./firefox -P a
	assert_line --partial 'key:         none ('
}

@test "rows: of each profile its own process, and each gets its own documents" {
	local first second
	cat >firefox <<-'END'
		#!/bin/sh
		[ -n "$ONLYONE_PID" ] || exec "$GUESTS/guest"
		echo "$ONLYONE_PID $*"
	END
	chmod +x firefox
	begin onlyone --on-activate=auto ./firefox
	first=$BEGUN
	wait_until 'one runs' "$PATIENCE" eval '[ "$(constructors)" = 1 ]'
	begin onlyone --on-activate=auto ./firefox -P work
	second=$BEGUN
	wait_until 'both run' "$PATIENCE" eval '[ "$(constructors)" = 2 ]'
	run launch --on-activate=auto ./firefox a
	assert_output "$first a"
	run launch --on-activate=auto ./firefox a -P work
	assert_output "$second a -P work"
	assert_equal "$(ctl pid "$PWD/firefox" work)" "$second"
	# By a rule, too.
	run ctl enable firefox --on-activate=auto
	LD_PRELOAD=$SHIM run timeout 60 ./firefox -P work b
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
	run launch ./kitty -T other vi -R "$NL" -- "$BLANK"
	assert_success
	assert_output ''
	assert_equal "$(cat given)" "<@><--to=unix:$(the_slot)/hand><launch><--type=os-window><--cwd=$PWD><--><vi><-R><$NL><--><$BLANK>"
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
	wait_until "$1 runs" "$PATIENCE" count_is "$1" 1
}

@test "rows: vlc's second start is told to add to the one that runs" {
	handed vlc 'printf "<%s>" "$@"'
	run launch ./vlc "$BLANK"
	assert_success
	assert_output "<--one-instance><--playlist-enqueue><$BLANK>"
}

@test "rows: audacity ends with 255 when it has handed over" {
	handed audacity 'printf "<%s>" "$@"; exit "$(cat status)"'
	echo 255 >status
	run launch ./audacity one
	assert_success
	assert_output '<one>'
	echo 1 >status
	run launch ./audacity one
	assert_failure 1
}

@test "rows: what inkscape takes while it closes is opened by the next one" {
	handed inkscape 'echo "$*" >>given'
	run launch ./inkscape one
	assert_success
	assert_equal "$(cat given)" one
	begin launch ./inkscape two
	wait_until 'it has handed over' "$PATIENCE" has_lines given 2
	rm -f "$GUEST_LOG"
	: >end
	ends "$BEGUN" 0
	# It has become the program, which ends at once.
	[ -s "$GUEST_LOG" ] || fail 'the document is lost'
}

@test "rules: a rule takes the words" {
	run ctl enable gvim --on-activate=auto
	assert_success
	run ctl enable guest --on-activate=dbus
	assert_success
	run ctl rules
	assert_output --partial --on-activate=auto
}
