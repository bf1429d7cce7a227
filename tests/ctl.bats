#!/usr/bin/env bats
# ctl.bats: onlyonectl, what it tells and what it does to an instance.
#
# 0 as said, 3 where there is no such instance, 64 for a bad command line, 75
# where something does not end in time; JSON that jq can read.
load lib/common

field() { ctl list --json | jq -r ".[0].$1"; }

# bats test_tags=check
@test "list: is an empty array, and a silent table, where nothing runs" {
	run -0 ctl list --json
	assert_equal "$(jq -c . <<<"$output")" '[]'
	run -0 ctl list
	refute_output --partial guest
}

# bats test_tags=check
@test "list: has every field, numbers as numbers" {
	begin_guest onlyone --on-activate=: "$GUESTS/guest" 'an argument'
	launch "$GUESTS/guest"
	launch "$GUESTS/guest"
	run -0 ctl list --json
	jq -e 'type == "array" and length == 1' <<<"$output"
	jq -e '.[0] | has("app") and has("key") and has("index") and has("pid")
		and has("keeper") and has("state") and has("since")
		and has("command") and has("cwd") and has("activations")
		and has("dir")' <<<"$output"
	jq -e '.[0] | [.pid, .keeper, .index, .activations] |
		all(type == "number")' <<<"$output"
	assert_equal "$(field pid)" "$BEGUN"
	assert_equal "$(field key)" null
	assert_equal "$(field activations)" 2
	assert_equal "$(field cwd)" "$(pwd -P)"
	assert_equal "$(field app)" "$(readlink -f "$GUESTS")/guest"
	assert_equal "$(cat "$(field dir)/pid")" "$BEGUN"
	is_keeper "$(field keeper)"
	ctl list --json | jq -e '.[0].command | tostring | contains("an argument")'
}

# bats test_tags=check
@test "list: of one application leaves out the others, and is empty for none" {
	begin_guest other= onlyone --app=other "$GUESTS/guest" z
	begin_guest onlyone "$GUESTS/guest"
	run ctl list other --json
	assert_equal "$(jq -r '.[].pid' <<<"$output")" "$other"
	run ctl list --json other
	assert_equal "$(jq -r '.[].app' <<<"$output")" other
	run ctl list --json
	assert_equal "$(jq length <<<"$output")" 2
	run -0 ctl list nothing --json
	assert_equal "$(jq -c . <<<"$output")" '[]'
}

# bats test_tags=check
@test "list: of a name of which nothing runs says so, but to programs" {
	begin_guest onlyone "$GUESTS/guest"
	run -0 --separate-stderr ctl list nothing
	assert_output ''
	assert_equal "$stderr" "onlyonectl: no instance of 'nothing' runs"
	run -0 --separate-stderr ctl list nothing --json
	assert_output '[]'
	assert_equal "$stderr" ''
	run --separate-stderr ctl -q list nothing
	assert_equal "$stderr" ''
}

# bats test_tags=check
@test "list: is JSON whatever the names, arguments and folders are" {
	local odd=$'\xff"\\\n\t\e\x7f\xc3'
	mkdir "$odd"
	cd "$odd"
	begin_guest onlyone --app="$odd" "$GUESTS/guest" "$odd" ''
	run -0 ctl list --json
	jq -e 'length == 1' <<<"$output"
	prints "$BEGUN" ctl pid "$odd"
	run -0 ctl list
	refute_output --partial $'\e'
}

# Of what a terminal would obey: CSI as one character, one that turns the line
# round, two that nobody sees.
TURNING=$'\xc2\x9b31m\xe2\x80\xae\xef\xbb\xbf\xf3\xa0\x81\x81\xc3\xa9'

@test "list: JSON is ASCII, and the value is the same" {
	mkdir "$TURNING"
	cd "$TURNING"
	begin_guest onlyone --app="$TURNING" -k "$TURNING" "$GUESTS/guest" "$TURNING"
	ctl list --json >shown
	LC_ALL=C run ! grep -P '[\x80-\xff]' shown
	assert_equal "$(jq -r '.[0] | .app, .key, .argv[1]' shown)" \
		"$TURNING"$'\n'"$TURNING"$'\n'"$TURNING"
	assert_equal "$(jq -r '.[0].cwd' shown)" "$PWD"
}

@test "list: is true at once when an instance has ended" {
	begin_guest onlyone "$GUESTS/guest"
	killed "$BEGUN"
	run -0 ctl list --json
	prints '[]' jq -c '[.[] | select(.state == "running")]' <<<"$output"
}

# bats test_tags=check
@test "status: is 0 and says it where one runs, 3 where none does" {
	run -3 ctl status "$GUESTS/guest"
	begin_guest onlyone "$GUESTS/guest"
	prints -0 --partial "$BEGUN" ctl status "$GUESTS/guest"
	killed "$BEGUN"
	run -3 ctl status "$GUESTS/guest"
}

# bats test_tags=check
@test "pid: prints it, or is 3 and prints none" {
	run -3 --separate-stderr ctl pid guest
	assert_output ''
	begin_guest onlyone "$GUESTS/guest"
	run -0 --separate-stderr ctl pid guest
	assert_output "$BEGUN"
	assert_equal "$stderr" ''
}

# bats test_tags=check
@test "app: by name, by path, by the name that list shows" {
	begin_guest onlyone "$GUESTS/guest"
	for app in guest "$GUESTS/guest" "$GUESTS/../guests/guest" "$(field app)"; do
		prints -0 "$BEGUN" ctl pid "$app"
	done
	cd "$GUESTS"
	prints "$BEGUN" ctl pid ./guest
}

# bats test_tags=check
@test "app: an ambiguous name is 64 and shows the candidates" {
	mkdir a b
	cp "$GUESTS/guest" a/same
	cp "$GUESTS/guest" b/same
	begin_guest onlyone a/same
	begin_guest onlyone b/same
	for verb in pid status stop 'signal USR1' activate; do
		prints -64 --partial "$(pwd -P)/a/same" ctl $verb same
		assert_output --partial "$(pwd -P)/b/same"
	done
	prints "$BEGUN" ctl pid "$PWD/b/same"
	[ "$(ctl list --json | jq length)" = 2 ]
}

# bats test_tags=check
@test "activate: runs the handler with these arguments, here, 3 where none runs" {
	run -3 ctl activate guest
	with_handler 'printf "<%s>" "$PWD" "$@"; cat; exit 6'
	run -6 bash -c 'echo in | timeout $LIMIT onlyonectl activate guest -- a "b c" --json'
	assert_output "<$PWD><a><b c><--json>in"
	[ "$(constructors)" = 1 ]
}

# bats test_tags=check
@test "activate: without a handler says that it has no handler for them" {
	begin_guest onlyone "$GUESTS/guest"
	prints -0 --partial "$BEGUN" ctl activate guest -- lost
}

# bats test_tags=check
@test "wait: is 0 at once where none runs, and when the last one ends, its keeper killed" {
	run -0 ctl wait guest
	begin_guest first= onlyone "$GUESTS/guest" wait "$PWD/end" exit 9
	begin onlyonectl wait guest
	wait_until 'it waits' has_state "$BEGUN" S
	kill -KILL "$(keeper_of guest)"
	launch "$GUESTS/guest"
	alive "$BEGUN"
	: >end
	ends "$first" 9
	ends "$BEGUN" 0
}

# bats test_tags=check
@test "signal: reaches the instance; 3 where none runs; 64 for no signal" {
	run -3 ctl signal USR1 guest
	begin_guest onlyone "$GUESTS/guest" catch 10 catch 12
	run -0 ctl signal USR1 guest
	wait_until 'it came' file_has "$GUEST_LOG" "^$BEGUN signal 10$"
	run -0 ctl signal SIGUSR2 guest
	wait_until 'it came' file_has "$GUEST_LOG" "^$BEGUN signal 12$"
	run -0 ctl signal 12 guest
	for bad in NOSUCH 0x 65 -1 ''; do run -64 ctl signal "$bad" guest; done
	alive "$BEGUN"
}

# bats test_tags=check
@test "stop: ends the instance with TERM and waits for it; 3 where none runs" {
	run -3 ctl stop guest
	begin_guest onlyone "$GUESTS/guest" leave 15
	run -0 ctl stop guest
	gone "$BEGUN"
	grep -qx "$BEGUN signal 15" "$GUEST_LOG"
	prints 0 ctl count guest
}

# bats test_tags=check
@test "stop: 75 if it stays, which is then still the instance" {
	begin_guest onlyone "$GUESTS/guest" ignore 15
	run -75 --separate-stderr ctl stop -w 0.3 guest
	[[ $stderr == onlyone*"$BEGUN"* ]]
	prints "$BEGUN" ctl pid guest
}

# bats test_tags=check
@test "stop: --kill-after ends what ignores TERM" {
	begin_guest onlyone "$GUESTS/guest" ignore 15
	run -0 ctl stop --kill-after=0.2 guest
	ends "$BEGUN" 137
}

@test "stop: a stopped instance takes its signal at once, whichever that is" {
	for sig in 15 1 2 34; do
		begin_guest onlyone --stop-signal="$sig" "$GUEST" leave "$sig"
		stopped "$BEGUN"
		prints -0 '' ctl stop -w 60 guest
		frees ends "$BEGUN" 0
	done
	for sig in TSTP TTIN TTOU; do
		begin_guest onlyone "$GUESTS/guest-static"
		kill -"$sig" "$BEGUN"
		wait_until 'it is stopped' has_state "$BEGUN" T
		run -0 ctl stop -w 60 guest-static
		ends "$BEGUN" 143
	done
	begin_guest onlyone "$GUESTS/guest"
	stopped "$BEGUN"
	run -0 ctl stop --kill-after=0 guest
	ended "$BEGUN"
}

@test "stop: one that has no keeper, and is stopped, is ended as well" {
	begin_guest onlyone "$GUESTS/guest"
	keeper_killed guest
	stopped "$BEGUN"
	run -0 ctl stop -w 60 guest
	ends "$BEGUN" 143
}

# says_stopped: stop of `app` does.
says_stopped() {
	run ctl stop -w 0.5 app
	[ "$status" = 75 ] && [ "$output" = "onlyonectl: app, pid $BEGUN, is\
 stopped, and has not ended; --kill-after=SEC kills" ]
}

@test "stop, wait and signal: where it is stopped again, or stays so, that is said" {
	mkfifo pipe
	begin onlyone --lifetime=main -a app bash -c 'trap "" TERM
		trap "kill -STOP \$BASHPID" CONT
		exec 5<>pipe; : >ready; while :; do read -r -t 1000 -u 5; done'
	wait_until 'it runs' test -e ready
	wait_until 'that is said' says_stopped
	wait_until 'it is stopped' has_state "$BEGUN" T
	run -0 ctl signal WINCH app
	assert_output "onlyonectl: app, pid $BEGUN, is stopped, and gets the\
 signal when it is continued (onlyonectl signal CONT)"
	prints '' ctl signal STOP app
	run -75 ctl wait -w 0.1 app
	assert_output 'onlyonectl: app is stopped, and has not ended'
	run -0 ctl stop --kill-after=0 app
	ends "$BEGUN" 137
}

# bats test_tags=check
@test "stopped: list and status say so, and running again when it goes on" {
	begin_guest onlyone -a app "$GUESTS/guest"
	stopped "$BEGUN"
	assert_equal "$(ctl list --json | jq -r '.[0].state')" stopped
	prints --regexp "app +- +$BEGUN +stopped " ctl list
	prints -0 --partial "app is stopped, pid $BEGUN, " ctl status app
	assert_equal "$(ctl pid app)" "$BEGUN"
	prints --partial "app, pid $BEGUN, stopped" ctl doctor
	# As the note of a later launch says.
	ctl signal CONT app
	assert_equal "$(ctl list --json | jq -r '.[0].state')" running
	prints --partial "app is running, pid $BEGUN, " ctl status app
	run ctl doctor
	refute_output --partial stopped
	# Of another state nothing changes: nobody runs.
	stopped "$BEGUN"
	keeper_killed app
	assert_equal "$(ctl list --json | jq -r '.[0].state')" no-keeper
	kill -CONT "$BEGUN"
	launch -a app true
}

@test "stopped: a later launch says so, and what helps" {
	local said="onlyone: app (pid %s) is stopped (fg where it was started,"
	begin_guest onlyone -a app "$GUESTS/guest"
	said="$(printf "$said" "$BEGUN") or onlyonectl signal CONT, lets it go on)"
	stopped "$BEGUN"
	run -0 --separate-stderr launch -a app "$GUESTS/guest"
	assert_equal "$stderr" "$said"
	run -0 --separate-stderr launch -a app true
	[[ $stderr == "$said; this command was not run"* ]]
	run -0 --separate-stderr launch -a app true x
	[[ $stderr == "$said; this command was not run. "* ]]
	run -0 --separate-stderr launch -q -a app true x
	assert_equal "$stderr" ''
	run -69 --separate-stderr launch --must-deliver -a app true x
	[[ $stderr == "$said; this command was not run. "* ]]
	run -75 --separate-stderr launch -n -a app true
	[[ $stderr == "$said: $GUESTS/guest, for "* ]]
	run -75 --separate-stderr launch -w 0.1 -a app true
	[[ $stderr == "onlyone: app (pid $BEGUN, stopped) is still running"* ]] ||
		fail "$stderr"
	run -0 --separate-stderr launch --skip -a app "$GUESTS/guest"
	assert_equal "$stderr" ''
	run -0 --separate-stderr launch --skip -a app true
	[[ $stderr == "$said: $GUESTS/guest; this command was not run. "* ]]
	kill -CONT "$BEGUN"
	wait_until 'it goes on' refute has_state "$BEGUN" T
	run --separate-stderr launch -a app "$GUESTS/guest"
	assert_equal "$stderr" ''
}

# bats test_tags=check
@test "scope: verbs see the instances of all scopes" {
	begin_guest onlyone --scope=session "$GUESTS/guest"
	prints 1 ctl count guest
	DISPLAY=:5 begin_guest onlyone --scope=display "$GUESTS/guest"
	prints 2 ctl count guest
	[ "$(ctl list guest --json | jq length)" = 2 ]
}

# bats test_tags=check
@test "usage: no verb, an unknown one, operands missing or too many are 64" {
	for line in '' frobnicate status pid count activate 'signal USR1' signal \
		stop wait '--frob list' 'list --frob' 'pid --frob guest' \
		'stop -w x guest' 'stop -w -1 guest'; do
		run --separate-stderr ctl $line
		assert_equal "$line: $status" "$line: 64"
		assert_output ''
		[[ $stderr == onlyonectl:* ]] || fail "$line says: $stderr"
	done
}

# bats test_tags=check
@test "usage: an empty name of an application is 64, and seals, holds, ends nothing" {
	begin_guest onlyone "$GUESTS/guest"
	for line in list status pid count log activate wait stop \
		'signal TERM' 'hold --skip' release 'adopt --pid=1' listen seal \
		unseal is-sealed forget 'forget --all' reset; do
		run --separate-stderr ctl $line ''
		assert_equal "$line: $status" "$line: 64"
		assert_output ''
		[[ ${#stderr_lines[@]} = 1 &&
			$stderr == onlyonectl:*': the name is empty; usage: onlyonectl '* ]] ||
			fail "$line says: $stderr"
	done
	run -64 ctl enable '' --skip
	run -64 ctl disable ''
	refute compgen -G "$ONLYONE_DIR/seal.*"
	prints guest basename "$(apps)"
}

# bats test_tags=check
@test "options: before or after the operands are the same" {
	begin_guest onlyone "$GUESTS/guest" ignore 15
	for line in 'stop guest -w 0.1' 'stop -w0.1 guest' '-w 0.1 stop guest'; do
		run -75 ctl $line
	done
}

# bats test_tags=check
@test "doctor: is 0 for a build run from where it lies, with and without instances" {
	run -0 ctl doctor
	begin_guest onlyone "$GUESTS/guest"
	prints -0 --partial "$ONLYONE_DIR" ctl doctor
	prints 1 ctl count guest
}

# bats test_tags=check
@test "doctor: is not 0, and says why, with a state root that cannot be used" {
	chmod 777 "$ONLYONE_DIR"
	run ctl doctor
	chmod 700 "$ONLYONE_DIR"
	assert_failure
	assert_output --partial "$ONLYONE_DIR"
}

# bats test_tags=check
@test "doctor: is not 0 without the library" {
	mkdir copy
	cp "$BUILD/onlyone" copy/
	ln -s onlyone copy/onlyonectl
	prints ! --partial libonlyone.so timeout $LIMIT copy/onlyonectl doctor
}

# bats test_tags=check
@test "no shim: onlyone without its library still makes a single instance, and says it with -v" {
	mkdir copy
	cp "$BUILD/onlyone" copy/
	begin_guest copy/onlyone "$GUESTS/guest"
	run -0 timeout $LIMIT copy/onlyone "$GUESTS/guest"
	[ "$(constructors)" = 1 ]
}

# bats test_tags=check
@test "text: what is not printable is escaped once, in messages and lists" {
	begin_guest onlyone -a app "$GUESTS/guest" $'two\nlines'
	prints -75 --partial "two\\012lines'" launch -n -a app true
	refute_output --partial '\\012'
	prints --partial "two\\012lines'" ctl list
}

# --- for people ------------------------------------------------------------------

# on_terminal COLUMNS COMMAND: what it prints on one that wide.
on_terminal() {
	timeout $LIMIT script -qec "stty cols $1; $2" /dev/null </dev/null | tr -d '\r'
}

@test "people: rows fit the terminal" {
	local columns line long
	long=$(printf 'x%.0s' {1..300})
	begin_guest onlyone -a "/$long/a name" -k "key $long" "$GUEST" "$long"
	begin_guest onlyone -a app "$GUESTS/guest"
	for columns in 60 80 132 200; do
		on_terminal $columns 'onlyonectl list' >out
		assert_equal "$(wc -l <out)" 3
		while IFS= read -r line; do
			[ "${#line}" -le "$columns" ] ||
				fail "$columns: ${#line}: $line"
		done <out
		grep -q '^APP .* KEY .* PID .* STATE .* SINCE .* COMMAND' out
	done
}

@test "people: on a terminal, wait, stop and a joiner say after a second for whom" {
	begin_guest onlyone -a app bash -c 'trap "" TERM; exec "$0"' \
		"$GUESTS/guest"
	pid=$(ctl pid app)
	said="waiting for app, pid $pid to end"
	on_terminal 80 'onlyonectl wait app -w 1.5' >out
	assert_equal "$(cat out)" "onlyonectl: $said
onlyonectl: app is still running"
	on_terminal 80 'onlyonectl stop app -w 1.5' >out || true
	grep -qF "onlyonectl: waiting for app, pid" out
	run on_terminal 80 'onlyonectl wait app -w 0.2'
	assert_output 'onlyonectl: app is still running'
	run timeout $LIMIT onlyonectl wait app -w 1.2
	assert_output 'onlyonectl: app is still running'
}

@test "people: a joiner says so too" {
	begin_guest onlyone -a app "$GUESTS/guest"
	on_terminal 80 "onlyone -a app --join -w 1.5 '$GUESTS/guest'" >out
	assert_equal "$(cat out)" "onlyone: waiting for app (pid $BEGUN) to end
onlyone: app (pid $BEGUN) is still running"
}

@test "text: what turns others round is escaped wherever it is shown" {
	for mark in $'\u202e' $'\u2066' $'\u200f' $'\u061c' $'\u2028' $'\ufeff'; do
		name=a${mark}txt.exe
		begin_guest onlyone -a "$name" -k "{1}" "$GUESTS/guest" "k$mark"
		for said in 'list' "status $name" "stop $name x" "pid no$mark" \
			"release $name" 'doctor' 'list --raw'; do
			run ctl $said
			refute_output --partial "$mark"
		done
		for said in -n --dry-run '-v --raise=never' --must-deliver; do
			run launch $said -a "$name" -k "{1}" "$GUESTS/guest" "k$mark"
			refute_output --partial "$mark"
		done
		prints --regexp 'a(\\[0-7]{3})+txt\.exe' ctl list
		killed "$BEGUN"
	done
}
