#!/usr/bin/env bats
# manual.bats: what the manual says is what the program does.
#
# Options, verbs, exit codes, fields, states and messages are compared with the
# program.  Every display in the pages (.Dl, .Bd -literal) and every console
# block in README.md is an example: a comment `example: NAME` stands before it,
# and a test here runs it.  One without a name, or without a test, fails.
#
# An example is a session: after "$ " comes a command ("> " goes on with it),
# the other lines are what it prints.  There, numbers of two digits and more
# stand for any, a line of digits alone for itself; "..." at the end for
# anything; /home/me for the current folder, /run/onlyone/1000 for the state
# root, /usr/local/lib/onlyone for where the library is.

# shellcheck disable=SC2013,SC2016,SC2030,SC2031,SC2034,SC2154
load lib/common

TREE=$BATS_TEST_DIRNAME/..
PAGES=(onlyone.1 onlyonectl.1 onlyone.5 onlyone.7)

setup() {
	common_setup
	mkdir bin
	PATH=$PWD/bin:$PATH
	export HOME=$PWD
}

# page NAME: where it is.
page() {
	case $1 in
	README.md) echo "$TREE/$1" ;;
	*) echo "$TREE/man/$1" ;;
	esac
}

# section PAGE .Sh|.Ss NAME: its lines, up to the next one of that rank.
section() {
	awk -v rank="$2" -v want="$2 $3" '
		$1 == ".Sh" || $1 == rank { inside = $0 == want; next }
		inside' "$(page "$1")"
}

# plain: mdoc text as it is typed; what is left of roff is an error.
plain() {
	sed -E 's/\\-/-/g; s/\\\(aq/'\''/g; s/\\\(dq/"/g; s/\\e/\x01/g; s/\\&//g
		/\\/s/^/ROFF: /; s/\x01/\\/g'
}

# items: what the .It lines on standard input define, as it is typed.
items() {
	sed -nE 's/^\.It //p' | sed -E '
		s/ Ns Op = Ns Ar (.*)$/[=\1]/
		s/Fl Fl Ar /-- /g
		s/Fl Fl /--/g; s/Fl /-/g; s/ Ns = Ns Ar /=/g; s/ Ns = Ns /=/g
		s/Oo /[/g; s/ Oc/]/g; s/Op (.*)$/[\1]/
		s/(^|[[ ])(Ar|Cm|Va|Ev|Pa|Em) /\1/g; s/ , /, /g' | plain
}

# blocks PAGE: the names of its examples, "?" for one without.
blocks() {
	awk '
		/^\.\\" example: / { name = $3; next }
		/^<!-- example: .* -->$/ { name = $3; next }
		/^\.Dl / || /^\.Bd -literal/ || /^```(console|crontab|bash)$/ {
			print name == "" ? "?" : name }
		{ name = "" }' "$(page "$1")"
}

# example PAGE NAME: its lines.
example() {
	awk -v want="$2" '
		/^\.\\" example: / || /^<!-- example: .* -->$/ {
			on = $3 == want; next }
		on && /^\.Dl / { sub(/^\.Dl /, ""); print; exit }
		/^\.Ed$/ || /^```$/ { inside = on = 0 }
		inside { print }
		on && (/^\.Bd -literal/ || /^```(console|crontab|bash)$/) { inside = 1 }
		' "$(page "$1")" | case $1 in
	*.md) cat ;;
	*) plain ;;
	esac
}

# normal: with what may differ replaced.
normal() {
	sed -E "
		s#$PWD#/home/me#g; s#$ONLYONE_DIR#/run/onlyone/1000#g
		s#$(realpath "$BUILD")/(libonlyone.so|onlyone-raise)#/usr/local/lib/onlyone/\1#g
		s/^(ok     kernel: ).*/\1N/; s/[0-9a-f]{32}/HASH/g
		s/ +/ /g; /^[0-9]+\$/!s/[0-9]+ (second|minute)s?/AGE/g
		/^[0-9]+\$/!s/[0-9]{2,}/N/g"
}

# What a session needs: after a command in the background, wait for the
# instance (and for the file `up`, where its program makes one).
preamble='
	mark() { local s=$?; printf "%s\n" "\$ $1"; return $s; }
	running() { onlyonectl list --json | jq length; }
	count() { local s=$?; before=$(running); return $s; }
	started() {
		for _ in {1..1000}; do
			[ "$(running)" = "$before" ] ||
				{ [ -n "$UP" ] && ! [ -e "$UP" ]; } || return 0
			sleep 0.02
		done
		echo "session: no instance starts"
		exit 99
	}'

# session PAGE NAME: run it; it must print what it says.
session() {
	local line cmd='' first want got
	{
		echo "$preamble"
		while IFS= read -r line; do
			case $line in
			'$ '*) session_put && cmd=${line#'$ '} ;;
			'> '*) cmd+=$'\n'${line#'> '} ;;
			esac
		done < <(example "$1" "$2")
		session_put
	} >"$BATS_TEST_TMPDIR/script"
	example "$1" "$2" | grep -v '^> ' >"$BATS_TEST_TMPDIR/want"
	[ -s "$BATS_TEST_TMPDIR/want" ] || fail "no example $2 in $1"
	# Without a terminal, which messages would name.
	timeout -k 5 100 setsid -w bash "$BATS_TEST_TMPDIR/script" \
		</dev/null >"$BATS_TEST_TMPDIR/got" 2>&1 3>&- || true
	normal <"$BATS_TEST_TMPDIR/want" >"$BATS_TEST_TMPDIR/want.n"
	normal <"$BATS_TEST_TMPDIR/got" >"$BATS_TEST_TMPDIR/got.n"
	exec 5<"$BATS_TEST_TMPDIR/want.n" 6<"$BATS_TEST_TMPDIR/got.n"
	while IFS= read -r want <&5; do
		IFS= read -r got <&6 || got='(nothing)'
		case $want in
		*...) [ "${got:0:${#want}-3}" = "${want%...}" ] ;;
		*) [ "$got" = "$want" ] ;;
		esac || fail "$1, $2: says
$want
and does
$got
in
$(cat "$BATS_TEST_TMPDIR/got")"
	done
	! IFS= read -r got <&6 || fail "$1, $2: does more: $got"
	exec 5<&- 6<&-
}

session_put() {
	[ -n "$cmd" ] || return 0
	first=${cmd%%$'\n'*}
	printf 'mark %q\n' "$first"
	case $cmd in
	*' &')
		printf 'count\n(%s)\nstarted\n' "$cmd"
		;;
	*) printf '%s\n' "$cmd" ;;
	esac
}

# stub NAME: a program of that name, from standard input.
stub() {
	{
		echo '#!/bin/sh'
		cat
	} >"bin/$1"
	chmod +x "bin/$1"
}

# --- the pages and the program ------------------------------------------------

@test "pages: are clean by mandoc's lint" {
	run mandoc -T lint -W warning "$TREE"/man/*.[1-9]
	assert_success
	assert_output ''
	for name in "${PAGES[@]}"; do
		[ -e "$(page "$name")" ]
	done
	[ "$(ls "$TREE/man")" = "$(printf '%s\n' "${PAGES[@]}" | sort)" ]
}

@test "pages: name this version's names only" {
	local name
	for name in $(grep -ohE 'ONLYONE_[A-Z]+' "$TREE"/man/*.[1-9] | sort -u); do
		grep -q "\"$name\"" "$TREE/preload/contract.h" ||
			grep -qw "$name" "$TREE"/cli/launch/handover/*.sh ||
			fail "$name"
	done
	for name in $(grep -ohE 'tests/[a-z]+\.bats' "$TREE/man/onlyone.7"); do
		[ -e "$TREE/$name" ] || fail "$name"
	done
	grep -qE 'tests/[a-z]+\.bats' "$TREE/man/onlyone.7"
}

# option_words: the options that a --help text defines.
option_words() {
	sed -nE '/^Options:/,/^$/s/^ +((-[A-Za-z])(, --[a-z-]+(\[?=[A-Z]+\]?)?| [A-Z]+)?|--[a-z-]+(\[?=[A-Z]+\]?)?)( .*|$)/\1/p'
}

@test "options: the table of onlyone(1) is that of onlyone --help" {
	section onlyone.1 .Sh OPTIONS | items | sort >page
	launch --help | option_words | sort >help
	[ "$(wc -l <help)" = "$(launch --help |
		sed -n '/^Options:/,/^$/p' | grep -c '^ *-')" ]
	diff page help
}

@test "options: the table of onlyonectl(1) is that of onlyonectl --help" {
	section onlyonectl.1 .Ss Options | items | sort >page
	ctl --help | option_words | sort >help
	[ -s help ]
	diff page help
}

@test "verbs: those of onlyonectl(1) are those of onlyonectl --help" {
	section onlyonectl.1 .Ss Verbs | items | sort >page
	ctl --help | sed -n '/^Verbs:/,/^$/s/^  //p' | sed 's/   *.*//' |
		sort >help
	[ -s help ]
	diff page help
}

codes() {
	section "$1" .Sh 'EXIT STATUS' | items | grep -x '[0-9]*' | sort -n
}

@test "exit codes: those of the pages are those of contract.h" {
	sed -nE 's/.*EXIT_[A-Z]+ = ([0-9]+).*/\1/p' "$TREE/preload/contract.h" |
		sort -n >enum
	[ "$(wc -l <enum)" -ge 11 ]
	# onlyone(1): all but 3, which onlyonectl alone has, and success.
	diff <(codes onlyone.1) <({
		echo 0
		grep -vx 3 enum
	} | sort -n)
	# Both: nothing else but doctor's 1, and nothing twice.
	diff <({
		codes onlyone.1
		codes onlyonectl.1
	} | sort -nu) <({
		printf '0\n1\n'
		cat enum
	} | sort -n)
	[ -z "$(codes onlyonectl.1 | uniq -d)" ]
	codes onlyonectl.1 | grep -qx 3
}

@test "exit codes: those of --help are among them" {
	local code
	for code in $({
		launch --help
		ctl --help
	} | sed -n '/^Exit status:/,/^$/p' | grep -oE '[0-9]{2,}'); do
		codes onlyone.1 | grep -qx "$code" || fail "$code"
	done
}

@test "json: the fields of onlyonectl(1) are those of list --json" {
	begin_guest onlyone "$GUESTS/guest"
	diff <(section onlyonectl.1 .Ss JSON | items | sort) \
		<(ctl list --json | jq -r '.[0] | keys[]' | sort)
}

@test "states: those of onlyonectl(1) are what list shows" {
	local keeper
	state() {
		local word
		word=$(ctl list --json | jq -r '.[0].state')
		assert_equal "$word" "$1"
		section onlyonectl.1 .Ss States | items | grep -qx "$1"
	}
	begin_guest onlyone "$GUESTS/guest"
	state running
	keeper=$(keeper_of guest)
	stopped "$keeper"
	state silent
	killed "$keeper"
	state unkept
	launch "$GUESTS/guest"
}

@test "messages: each one of onlyone(1) is in the program" {
	local line part n=0
	while IFS= read -r line; do
		while IFS= read -r part; do
			part=$(sed -E 's/^[^A-Za-z-]+//; s/[ (:,;]+$//' <<<"$part")
			[ "${#part}" -ge 4 ] || continue
			grep -aqF -- "$part" "$BUILD/onlyone" || fail "$part"
			n=$((n + 1))
		done < <(sed -E 's/[A-Z]{2,}/\n/g' <<<"$line")
	done < <(section onlyone.1 .Sh DIAGNOSTICS | items)
	[ "$n" -ge 10 ]
}

# --- the examples --------------------------------------------------------------

@test "examples: each one has a name and a test" {
	local name file n=0
	for file in "${PAGES[@]}" README.md; do
		for name in $(blocks "$file"); do
			[ "$name" != '?' ] || fail "$file: an example without a name"
			grep -qxF "@test \"example: $file: $name\" {" \
				"$BATS_TEST_FILENAME" || fail "$file: $name has no test"
			n=$((n + 1))
		done
		[ -z "$(blocks "$file" | sort | uniq -d)" ]
	done
	# And each test its example.
	assert_equal "$(grep -c '^@test "example: ' "$BATS_TEST_FILENAME")" "$n"
	[ "$n" -gt 15 ]
}

@test "example: onlyone.1: busy" {
	session onlyone.1 busy
}

@test "example: onlyone.1: handler" {
	session onlyone.1 handler
}

# emacs: writes what it has, and stays; emacsclient writes what it gets.
emacs_stub() {
	stub emacs <<-'END'
		echo "emacs $*" >>"$HOME/log"
		exec sleep 1000
	END
	stub emacsclient <<-'END'
		echo "emacsclient $* in ${PWD##*/}" >>"$HOME/log"
	END
	export UP=$PWD/log
}

@test "example: onlyone.1: rows" {
	local name
	mkdir -p .config/onlyone/handover
	example onlyone.1 rows | awk '/^[$] cat / { sub(/.*[/]/, ""); file = $0
		next } { print >".config/onlyone/handover/" file }'
	session onlyone.1 rows
	for name in player browser; do
		stub "$name" <<-'END'
			case $1 in
			--enqueue | page) printf '<%s>' "$@" >"$HOME/got" ;;
			*) exec sleep 1000 ;;
			esac
		END
		begin onlyone --on-activate=auto "$name" first
		wait_until 'it runs' "$PATIENCE" count_is "$name" 1
	done
	run launch player -o x --volume 3 -v song
	assert_success
	assert_equal "$(cat got)" "<--enqueue><song>"
	run launch browser page -x
	assert_success
	assert_equal "$(cat got)" "<page><-x>"
}

@test "example: onlyone.1: client" {
	emacs_stub
	session onlyone.1 client
	assert_equal "$(cat log)" "emacs letter.txt
emacsclient -n poem.txt in here"
}

@test "example: onlyone.1: signal" {
	stub server <<-'END'
		trap 'echo reload >>"$HOME/log"' HUP
		echo "server $*" >>"$HOME/log"
		while :; do sleep 0.1; done
	END
	export UP=$PWD/log
	session onlyone.1 signal
	wait_until 'it has read its configuration again' 20 \
		file_has log '^reload$'
	assert_equal "$(cat log)" "server --foreground
reload"
}

# cron_line PAGE: the command of its crontab line runs once at a time.
cron_line() {
	local line
	stub backup <<-'END'
		echo backup >>"$HOME/log"
		exec sleep 1000
	END
	line=$(example "$1" cron)
	[[ $line == '0 * * * * '* ]]
	line=${line#'0 * * * * '}
	begin env -i HOME="$HOME" ONLYONE_DIR="$ONLYONE_DIR" \
		PATH="$BUILD:/usr/bin:/bin" sh -c "$line"
	wait_until 'the job runs' 20 test -s log
	run env -i HOME="$HOME" ONLYONE_DIR="$ONLYONE_DIR" \
		PATH="$BUILD:/usr/bin:/bin" timeout 60 sh -c "$line"
	assert_success
	assert_output ''
	assert_equal "$(cat log)" backup
	# Nothing was handed over either.
	assert_equal "$(ctl list --json | jq '.[0].activations')" 0
}

@test "example: onlyone.1: cron" {
	cron_line onlyone.1
}

@test "example: onlyone.1: line" {
	printf 'b\na\n' >list
	session onlyone.1 line
	assert_equal "$(cat sorted)" "a
b"
}

@test "example: onlyone.1: until" {
	session onlyone.1 until
	run ctl count copy
	assert_output 0
}

@test "example: onlyone.1: loop" {
	printf 'one\ntwo\nthree\n' >names
	session onlyone.1 loop
}

@test "example: onlyone.1: document" {
	stub editor <<-'END'
		echo "$1" >>"$HOME/log"
		[ "$(wc -l <"$HOME/log")" -lt 2 ] || : >"$HOME/up"
		exec sleep 1000
	END
	export UP=$PWD/up
	session onlyone.1 document
}

# sleeper NAME: a program of this name that only stays.
sleeper() {
	stub "$1" <<<'exec sleep 1000'
}

@test "example: onlyone.1: key" {
	sleeper dump
	session onlyone.1 key
}

@test "example: onlyone.1: class" {
	sleeper build
	session onlyone.1 class
}

@test "example: onlyone.1: computed" {
	sleeper serve
	session onlyone.1 computed
}

@test "example: onlyone.1: counted" {
	session onlyone.1 counted
}

@test "example: onlyone.1: queue" {
	session onlyone.1 queue
}

@test "example: onlyone.1: replace" {
	session onlyone.1 replace
}

@test "example: onlyone.1: join" {
	session onlyone.1 join
}

@test "example: onlyone.1: restart" {
	session onlyone.1 restart
}

@test "example: onlyone.1: interpreter" {
	example onlyone.1 interpreter >job
	chmod +x job
	begin ./job
	wait_until 'it runs' 20 count_is job 1
	run timeout 60 ./job
	assert_success
	run ctl pid "$PWD/job"
	assert_output "$BEGUN"
}

@test "example: onlyone.1: dry-run" {
	: >job.sh
	session onlyone.1 dry-run
}

@test "example: onlyonectl.1: list" {
	session onlyonectl.1 list
}

@test "example: onlyonectl.1: json" {
	session onlyonectl.1 json
}

@test "example: onlyonectl.1: pid" {
	session onlyonectl.1 pid
}

@test "example: onlyonectl.1: activate" {
	session onlyonectl.1 activate
}

@test "example: onlyonectl.1: stop" {
	session onlyonectl.1 stop
}

@test "example: onlyonectl.1: wait" {
	session onlyonectl.1 wait
}

@test "example: onlyonectl.1: signal" {
	session onlyonectl.1 signal
	run ctl count notes
	assert_output 0
}

@test "example: onlyonectl.1: hold" {
	printf '#!/bin/sh\nonlyonectl hold nightly || exit 0\nsleep 1000\n' \
		>nightly
	session onlyonectl.1 hold
}

# plays PAGE NAME: the script there takes what later launches say.
plays() {
	example "$1" "$2" >player
	chmod +x player
	begin ./player one
	listens() { grep -q listeners=00000000000001 "$(the_slot)/info"; }
	wait_until 'it listens' "$PATIENCE" listens
	timeout 60 ./player 'two  2' three
	timeout 60 onlyonectl activate player -- four
	diff - playlist <<-'END'
		two  2
		three
		four
	END
	ctl stop player
}

@test "example: onlyonectl.1: listen" {
	plays onlyonectl.1 listen
}

@test "example: README.md: shell" {
	plays README.md shell
}

@test "example: onlyonectl.1: adopt" {
	begin bash -c 'echo $$ >notesd.pid; exec -a notesd sleep 8000'
	wait_until 'it is itself' "$PATIENCE" \
		eval 'grep -q ^notesd "/proc/$(cat notesd.pid)/cmdline"'
	session onlyonectl.1 adopt
}

@test "example: onlyonectl.1: directory" {
	sleeper bear
	session onlyonectl.1 directory
}

@test "example: onlyonectl.1: enforce" {
	session onlyonectl.1 enforce
}

@test "example: onlyonectl.1: doctor" {
	session onlyonectl.1 doctor
}

@test "example: onlyone.5: rule" {
	mkdir -p .config/onlyone/rules
	chmod 755 .config .config/onlyone .config/onlyone/rules
	example onlyone.5 rule | sed -n '/^#/,/^match/p' \
		>.config/onlyone/rules/emacs
	chmod 644 .config/onlyone/rules/emacs
	session onlyone.5 rule
}

@test "example: onlyone.5: inherit" {
	session onlyone.5 inherit
}

@test "example: onlyone.7: foreground" {
	stub nginx <<-'END'
		printf '<%s>' "$@" >"$HOME/log"
		exec sleep 1000
	END
	export UP=$PWD/log
	session onlyone.7 foreground
	assert_equal "$(cat log)" '<-g><daemon off;>'
	run ctl count nginx
	assert_output 1
}

@test "example: onlyone.7: script" {
	local copy
	printf '#!/bin/sh\nexec %s libc\n' "$GUESTS/daemonize" >bin/mydaemon
	example onlyone.7 script >start
	chmod +x start bin/mydaemon
	run launch ./start
	assert_success
	wait_until 'the daemon runs' 20 file_has "$GUEST_LOG" ' copy$'
	copy=$(sed -n 's/ copy$//p' "$GUEST_LOG")
	wait_until 'it is the instance' 20 eval '[ "$(ctl pid start)" = "$copy" ]'
}

# By the real cron: logins.bats.
@test "example: onlyone.7: crontab" {
	local line n=0
	stub backup <<<'echo backup; exit 3'
	stub dump <<<'echo "dump $1"; [ "$1" = orders ]'
	while IFS= read -r line; do
		run env -i HOME="$HOME" ONLYONE_DIR="$ONLYONE_DIR" \
			PATH="$BUILD:/usr/bin:/bin" timeout 60 sh -c "$line"
		case $line in
		*orders) assert_output '' ;;
		*customers) assert_output 'dump customers' ;;
		*) assert_output backup ;;
		esac
		n=$((n + 1))
	done < <(example onlyone.7 crontab | sed -nE 's/^([0-9]+( \*){4}) //p')
	assert_equal "$n" 3
}

# unit KIND LINE: systemd reads it; of one with that line it says what is wrong.
unit() {
	example onlyone.7 service >oodump.service
	example onlyone.7 timer >oodump.timer
	sed -i "s#/usr/local/bin/onlyone#$BUILD/onlyone#
		s#/usr/local/bin/dump#/bin/true#" oodump.service
	run timeout 60 systemd-analyze verify "./oodump.$1"
	assert_success
	refute_output --partial oodump
	sed "s#^${2%%=*}=.*#$2#" "oodump.$1" >"oobad.$1"
	[ "$1" != timer ] || cp oodump.service oobad.service
	run timeout 60 systemd-analyze verify "./oobad.$1"
	assert_output --partial oobad
}

@test "example: onlyone.7: service" {
	unit service ExecStart=nowhere
}

@test "example: onlyone.7: timer" {
	unit timer OnCalendar=whenever
}

@test "example: README.md: wrap" {
	mkdir poems
	emacs_stub
	session README.md wrap
	assert_equal "$(cat log)" "emacs letter.txt
emacsclient -n roses.txt in poems"
}

@test "example: README.md: rule" {
	mkdir poems
	emacs_stub
	session README.md rule
	assert_equal "$(cat log)" "emacs letter.txt
emacsclient -n roses.txt in poems"
}

@test "example: README.md: script" {
	session README.md script
}

@test "example: README.md: desktop" {
	stub chromium <<-'END'
		echo "chromium $*${ONLYONE_PID:+ for a later launch}" >>"$HOME/log"
		[ -z "${ONLYONE_PID-}" ] || exit 0
		exec sleep 1000
	END
	export UP=$PWD/log
	session README.md desktop
	assert_equal "$(cat log)" "chromium letter.html
chromium poem.html for a later launch"
}

@test "example: README.md: keys" {
	sleeper editor
	sleeper dump
	session README.md keys
}

@test "example: README.md: cron" {
	cron_line README.md
}

# --- README.md -----------------------------------------------------------------

@test "README: names every package that the tests need" {
	local package line
	line=$(grep '^apt-get.*make check$' "$TREE/README.md")
	for package in $(sed -n 's/^need \([^ ]*\).*/\1/p' "$TREE/tests/run"); do
		[[ " $line " == *" $package "* ]] || fail "$package"
	done
	# Each line builds.
	for package in gcc libc6-dev make libbsd-dev libmd-dev libjansson-dev; do
		assert_equal "$(grep '^apt-get' "$TREE/README.md" |
			grep -c " $package ")" \
			"$(grep -c '^apt-get' "$TREE/README.md")"
	done
}

@test "README: names every package that the tests of desktops need" {
	local package line
	line=$(grep '^DEBIAN_FRONTEND=.*make check-desktop$' "$TREE/README.md")
	for package in $(sed '/^#/d; s/ .*//' "$TREE/tests/lib/packages-desktop"); do
		[[ " $line " == *" $package "* ]] || fail "$package"
	done
}

@test "README: the line that runs the tests is what .ci/run takes" {
	run sed -n '/^<!-- test -->$/,/^```$/{/^ *\(sudo\|apt-get\)/p}' \
		"$TREE/README.md"
	assert_equal "${#lines[@]}" 1
	assert_output --partial '&& make check'
}

@test "README: its targets, options, verbs and files are there" {
	local word
	for word in $(grep -oE '(`|&& |^    )make [a-z]+' "$TREE/README.md" |
		sed 's/.*make //' | sort -u); do
		grep -qE "^$word:" "$TREE/Makefile" || fail "make $word"
	done
	launch --help >help
	for word in $(sed -n '/^| option/,/^$/p' "$TREE/README.md" |
		cut -d'|' -f2 | grep -oE -- '-{1,2}[a-z-]*[a-zA-Z]'); do
		grep -qE -- "(^| )$word([[ ,=]|$)" help || fail "$word"
	done
	ctl --help >help
	for word in $(sed -n '/^`onlyonectl list`/,/^$/p' "$TREE/README.md" |
		grep -oE '`[a-z]+`' | tr -d '`') list; do
		grep -qE "^  $word( |$)" help || fail "onlyonectl $word"
	done
	for word in $(sed -n '/^## The tree/,/^## /s/^    \([^ ]*\).*/\1/p' \
		"$TREE/README.md"); do
		[ -e "$TREE/$word" ] || fail "$word"
	done
}

@test "README: the demo shows one pid" {
	run timeout -k 5 100 "$TREE/tests/demo" "$BUILD"
	assert_success
	assert_line --regexp '^One pid from the first launch to the last: [0-9]+\.$'
}
