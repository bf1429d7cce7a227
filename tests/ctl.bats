#!/usr/bin/env bats
# ctl.bats: onlyonectl, what it tells and what it does to an instance.
#
# 0 as said, 3 where there is no such instance, 64 for a bad command line, 75
# where something does not end in time; JSON that jq can read.

# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load lib/common

field() {
	ctl list --json | jq -r ".[0].$1"
}

@test "list: is an empty array, and a silent table, where nothing runs" {
	run ctl list --json
	assert_success
	assert_equal "$(jq -c . <<<"$output")" '[]'
	run ctl list
	assert_success
	refute_output --partial guest
}

@test "list: has every field, numbers as numbers" {
	begin_guest onlyone --on-activate=: "$GUESTS/guest" 'an argument'
	launch "$GUESTS/guest"
	launch "$GUESTS/guest"
	run ctl list --json
	assert_success
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

@test "list: as a table names application and pid" {
	begin_guest onlyone "$GUESTS/guest"
	run ctl list
	assert_success
	assert_line --regexp "guest.*$BEGUN|$BEGUN.*guest"
}

@test "list: of one application leaves out the others, and is empty for none" {
	begin_guest onlyone "$GUESTS/guest"
	begin_guest onlyone --app=other "$GUESTS/guest"
	run ctl list other --json
	assert_equal "$(jq -r '.[].pid' <<<"$output")" "$BEGUN"
	run ctl list --json other
	assert_equal "$(jq -r '.[].app' <<<"$output")" other
	run ctl list --json
	assert_equal "$(jq length <<<"$output")" 2
	run ctl list nothing --json
	assert_success
	assert_equal "$(jq -c . <<<"$output")" '[]'
}

@test "list: of a name of which nothing runs says so, but to programs" {
	begin_guest onlyone "$GUESTS/guest"
	run --separate-stderr ctl list nothing
	assert_success
	assert_output ''
	assert_equal "$stderr" "onlyonectl: no instance of 'nothing' runs"
	run --separate-stderr ctl list nothing --json
	assert_success
	assert_output '[]'
	assert_equal "$stderr" ''
	run --separate-stderr ctl -q list nothing
	assert_equal "$stderr" ''
}

@test "list: is JSON whatever the names, arguments and folders are" {
	local odd=$'\xff"\\\n\t\e\x7f\xc3'
	mkdir "$odd"
	cd "$odd"
	begin_guest onlyone --app="$odd" "$GUESTS/guest" "$odd" ''
	run ctl list --json
	assert_success
	jq -e 'length == 1' <<<"$output"
	run ctl pid "$odd"
	assert_output "$BEGUN"
	run ctl list
	assert_success
	refute_output --partial $'\e'
}

@test "list: is true at once when an instance has ended" {
	begin_guest onlyone "$GUESTS/guest"
	killed "$BEGUN"
	run ctl list --json
	assert_success
	run jq -c '[.[] | select(.state == "running")]' <<<"$output"
	assert_output '[]'
}

@test "status: is 0 and says it where one runs, 3 where none does" {
	run ctl status "$GUESTS/guest"
	assert_failure 3
	begin_guest onlyone "$GUESTS/guest"
	run ctl status "$GUESTS/guest"
	assert_success
	assert_output --partial "$BEGUN"
	killed "$BEGUN"
	run ctl status "$GUESTS/guest"
	assert_failure 3
}

@test "pid: prints it, or is 3 and prints none" {
	run --separate-stderr ctl pid guest
	assert_equal "$status" 3
	assert_output ''
	begin_guest onlyone "$GUESTS/guest"
	run --separate-stderr ctl pid guest
	assert_equal "$status" 0
	assert_output "$BEGUN"
	assert_equal "$stderr" ''
}

@test "app: by name, by path, by the name that list shows" {
	begin_guest onlyone "$GUESTS/guest"
	for app in guest "$GUESTS/guest" "$GUESTS/../guests/guest" "$(field app)"; do
		run ctl pid "$app"
		assert_success
		assert_output "$BEGUN"
	done
	cd "$GUESTS"
	run ctl pid ./guest
	assert_output "$BEGUN"
}

@test "app: an ambiguous name is 64 and shows the candidates" {
	mkdir a b
	cp "$GUESTS/guest" a/same
	cp "$GUESTS/guest" b/same
	begin_guest onlyone a/same
	begin_guest onlyone b/same
	for verb in pid status stop 'signal USR1' activate; do
		# shellcheck disable=SC2086
		run ctl $verb same
		assert_failure 64
		assert_output --partial "$(pwd -P)/a/same"
		assert_output --partial "$(pwd -P)/b/same"
	done
	run ctl pid "$PWD/b/same"
	assert_output "$BEGUN"
	[ "$(ctl list --json | jq length)" = 2 ]
}

@test "activate: runs the handler with these arguments, here, 3 where none runs" {
	run ctl activate guest
	assert_failure 3
	with_handler 'printf "<%s>" "$PWD" "$@"; cat; exit 6'
	run bash -c 'echo in | timeout 20 onlyonectl activate guest -- a "b c" --json'
	assert_failure 6
	assert_output "<$PWD><a><b c><--json>in"
	[ "$(constructors)" = 1 ]
}

@test "activate: without a handler says that nobody took the arguments" {
	begin_guest onlyone "$GUESTS/guest"
	run ctl activate guest -- lost
	assert_success
	assert_output --partial "$BEGUN"
}

@test "wait: is 0 at once where none runs, and when the last one ends" {
	local first
	run ctl wait guest
	assert_success
	begin_guest onlyone "$GUESTS/guest" wait "$PWD/end" exit 9
	first=$BEGUN
	begin onlyonectl wait guest
	wait_until 'it waits' 20 has_state "$BEGUN" S
	alive "$BEGUN"
	: >end
	ends "$first" 9
	ends "$BEGUN" 0
}

@test "wait: survives the keeper" {
	local first
	begin_guest onlyone "$GUESTS/guest"
	first=$BEGUN
	begin onlyonectl wait guest
	wait_until 'it waits' 20 has_state "$BEGUN" S
	kill -KILL "$(keeper_of guest)"
	launch "$GUESTS/guest"
	alive "$BEGUN"
	kill -KILL "$first"
	ends "$BEGUN" 0
}

@test "signal: reaches the instance; 3 where none runs; 64 for no signal" {
	run ctl signal USR1 guest
	assert_failure 3
	begin_guest onlyone "$GUESTS/guest" catch 10 catch 12
	run ctl signal USR1 guest
	assert_success
	wait_until 'it came' 20 file_has "$GUEST_LOG" "^$BEGUN signal 10$"
	run ctl signal SIGUSR2 guest
	assert_success
	wait_until 'it came' 20 file_has "$GUEST_LOG" "^$BEGUN signal 12$"
	run ctl signal 12 guest
	assert_success
	for bad in NOSUCH 0x 65 -1 ''; do
		run ctl signal "$bad" guest
		assert_failure 64
	done
	alive "$BEGUN"
}

@test "stop: ends the instance with TERM and waits for it; 3 where none runs" {
	run ctl stop guest
	assert_failure 3
	begin_guest onlyone "$GUESTS/guest" leave 15
	run ctl stop guest
	assert_success
	gone "$BEGUN"
	grep -qx "$BEGUN signal 15" "$GUEST_LOG"
	run ctl count guest
	assert_output 0
}

@test "stop: 75 if it stays, which is then still the instance" {
	begin_guest onlyone "$GUESTS/guest" ignore 15
	run --separate-stderr ctl stop -w 0.3 guest
	assert_equal "$status" 75
	[[ $stderr == onlyone*"$BEGUN"* ]]
	run ctl pid guest
	assert_output "$BEGUN"
}

@test "stop: --kill-after ends what ignores TERM" {
	begin_guest onlyone "$GUESTS/guest" ignore 15
	run ctl stop --kill-after=0.2 guest
	assert_success
	ends "$BEGUN" 137
}

@test "stop: a stopped instance is ended as well" {
	begin_guest onlyone "$GUESTS/guest"
	stopped "$BEGUN"
	run ctl stop -w 0.3 --kill-after=0.3 guest
	[ "$status" = 0 ] || [ "$status" = 75 ]
	run ctl stop --kill-after=0.1 guest
	[ "$status" = 0 ] || [ "$status" = 3 ]
	ended "$BEGUN"
}

@test "stopped: list and status say so, and running again when it goes on" {
	begin_guest onlyone -a app "$GUESTS/guest"
	stopped "$BEGUN"
	assert_equal "$(ctl list --json | jq -r '.[0].state')" stopped
	run ctl list
	assert_output --regexp "app +- +$BEGUN +stopped "
	run ctl status app
	assert_success
	assert_output --partial "app is stopped, pid $BEGUN, "
	assert_equal "$(ctl pid app)" "$BEGUN"
	run ctl doctor
	assert_output --partial "app, pid $BEGUN, stopped"
	# As the note of a later launch says.
	ctl signal CONT app
	assert_equal "$(ctl list --json | jq -r '.[0].state')" running
	run ctl status app
	assert_output --partial "app is running, pid $BEGUN, "
	run ctl doctor
	refute_output --partial stopped
	# Of another state nothing changes: nobody runs.
	stopped "$BEGUN"
	killed "$(keeper_of app)"
	assert_equal "$(ctl list --json | jq -r '.[0].state')" unkept
	kill -CONT "$BEGUN"
	launch -a app true
}

@test "stopped: a later launch says so, and what helps" {
	local said="onlyone: app (pid %s) is stopped (fg where it was started,"
	begin_guest onlyone -a app "$GUESTS/guest"
	# shellcheck disable=SC2059
	said="$(printf "$said" "$BEGUN") or onlyonectl signal CONT, lets it go on)"
	stopped "$BEGUN"
	run --separate-stderr launch -a app "$GUESTS/guest"
	assert_success
	assert_equal "$stderr" "$said"
	run --separate-stderr launch -a app true
	assert_success
	[[ $stderr == "$said; this command was not run"* ]]
	run --separate-stderr launch -a app true x
	assert_success
	[[ $stderr == "$said; nobody took the arguments"* ]]
	run --separate-stderr launch -q -a app true x
	assert_success
	assert_equal "$stderr" ''
	run --separate-stderr launch --must-deliver -a app true x
	assert_failure 69
	[[ $stderr == "$said; nobody took the arguments"* ]]
	run --separate-stderr launch -n -a app true
	assert_failure 75
	[[ $stderr == "$said: $GUESTS/guest, for "* ]]
	run --separate-stderr launch -w 0.1 -a app true
	assert_failure 75
	[[ $stderr == "onlyone: app (pid $BEGUN, stopped) is still running"* ]] ||
		fail "$stderr"
	run --separate-stderr launch --skip -a app true
	assert_success
	assert_equal "$stderr" ''
	kill -CONT "$BEGUN"
	wait_until 'it goes on' "$PATIENCE" refute has_state "$BEGUN" T
	run --separate-stderr launch -a app "$GUESTS/guest"
	assert_equal "$stderr" ''
}

@test "scope: verbs see the instances of all scopes" {
	begin_guest onlyone --scope=session "$GUESTS/guest"
	run ctl count guest
	assert_output 1
	DISPLAY=:5 begin_guest onlyone --scope=display "$GUESTS/guest"
	run ctl count guest
	assert_output 2
	[ "$(ctl list guest --json | jq length)" = 2 ]
}

@test "usage: no verb, an unknown one, operands missing or too many are 64" {
	local line
	for line in '' frobnicate status pid count activate 'signal USR1' signal \
		stop wait '--frob list' 'list --frob' 'pid --frob guest' \
		'stop -w x guest' 'stop -w -1 guest'; do
		# shellcheck disable=SC2086
		run --separate-stderr ctl $line
		assert_equal "$line: $status" "$line: 64"
		assert_output ''
		[[ $stderr == onlyonectl:* ]] || fail "$line says: $stderr"
	done
}

@test "options: before or after the operands are the same" {
	begin_guest onlyone "$GUESTS/guest" ignore 15
	run ctl stop guest -w 0.1
	assert_failure 75
	run ctl stop -w0.1 guest
	assert_failure 75
	run ctl -w 0.1 stop guest
	[ "$status" = 75 ] || [ "$status" = 64 ]
}

@test "doctor: is 0 for a build run from where it lies, with and without instances" {
	run ctl doctor
	assert_success
	begin_guest onlyone "$GUESTS/guest"
	run ctl doctor
	assert_success
	assert_output --partial "$ONLYONE_DIR"
	run ctl count guest
	assert_output 1
}

@test "doctor: is not 0, and says why, with a state root that cannot be used" {
	chmod 777 "$ONLYONE_DIR"
	run ctl doctor
	chmod 700 "$ONLYONE_DIR"
	assert_failure
	assert_output --partial "$ONLYONE_DIR"
}

@test "doctor: is not 0 for an instance without its keeper, and says which" {
	local keeper
	begin_guest onlyone "$GUESTS/guest"
	keeper=$(keeper_of guest)
	stopped "$keeper"
	run ctl doctor
	kill -CONT "$keeper"
	assert_failure
	assert_output --partial guest
}

@test "doctor: is not 0 without the library" {
	mkdir copy
	cp "$BUILD/onlyone" copy/
	ln -s onlyone copy/onlyonectl
	run timeout 20 copy/onlyonectl doctor
	assert_failure
	assert_output --partial libonlyone.so
}

@test "no shim: onlyone without its library still makes a single instance, and says it with -v" {
	mkdir copy
	cp "$BUILD/onlyone" copy/
	begin_guest copy/onlyone "$GUESTS/guest"
	run timeout 20 copy/onlyone "$GUESTS/guest"
	assert_success
	[ "$(constructors)" = 1 ]
}

@test "text: what is not printable is escaped once, in messages and lists" {
	begin_guest onlyone -a app "$GUESTS/guest" $'two\nlines'
	run -75 launch -n -a app true
	assert_output --partial "two\\012lines'"
	refute_output --partial '\\012'
	run ctl list
	assert_output --partial "two\\012lines'"
}

# --- for people ------------------------------------------------------------------

# on_terminal COLUMNS COMMAND: what it prints on one that wide.
on_terminal() {
	timeout 60 script -qec "stty cols $1; $2" /dev/null </dev/null | tr -d '\r'
}

@test "people: rows fit the terminal, the state has a colour there, and nowhere else" {
	local columns line long esc=$'\e'
	long=$(printf 'x%.0s' {1..300})
	begin_guest onlyone -a "/$long/a name" -k "key $long" "$GUESTS/guest" \
		"$long"
	begin_guest onlyone -a app "$GUESTS/guest"
	for columns in 60 80 132 200; do
		TERM=xterm NO_COLOR=1 on_terminal $columns 'onlyonectl list' >out
		assert_equal "$(wc -l <out)" 3
		while IFS= read -r line; do
			[ "${#line}" -le "$columns" ] ||
				fail "$columns: ${#line}: $line"
		done <out
		grep -q '^APP .* KEY .* PID .* STATE .* SINCE .* COMMAND' out
		run ! grep "$esc" out
	done
	TERM=xterm on_terminal 200 'unset NO_COLOR; onlyonectl list' >out
	grep -qF "$esc[32mrunning$esc[m" out
	grep -qF "$esc[1mAPP$esc[m" out
	TERM=dumb on_terminal 200 'unset NO_COLOR; onlyonectl list' >out
	run ! grep "$esc" out
	TERM=xterm ctl list >out
	run ! grep "$esc" out
	stopped "$(keeper_of app)"
	TERM=xterm on_terminal 200 'unset NO_COLOR; onlyonectl list app' >out
	grep -qF "$esc[31msilent$esc[m" out
	kill -CONT "$(keeper_of app)" || kill -CONT "$(keepers)"
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
	run timeout 20 onlyonectl wait app -w 1.2
	assert_output 'onlyonectl: app is still running'
}

@test "people: a joiner says so too" {
	begin_guest onlyone -a app "$GUESTS/guest"
	on_terminal 80 "onlyone -a app --join -w 1.5 true" >out
	assert_equal "$(cat out)" "onlyone: waiting for app (pid $BEGUN) to end
onlyone: app (pid $BEGUN) is still running"
}

@test "text: what turns others round is escaped wherever it is shown" {
	local mark said name
	for mark in $'\u202e' $'\u2066' $'\u200f' $'\u061c' $'\u2028' $'\ufeff'; do
		name=a${mark}txt.exe
		begin_guest onlyone -a "$name" -k "{1}" "$GUESTS/guest" "k$mark"
		for said in 'list' "status $name" "stop $name x" "pid no$mark" \
			"release $name" 'doctor' 'list --raw'; do
			# shellcheck disable=SC2086
			run ctl $said
			refute_output --partial "$mark"
		done
		for said in -n --dry-run '-v --raise=never' --must-deliver; do
			# shellcheck disable=SC2086
			run launch $said -a "$name" -k "{1}" "$GUESTS/guest" "k$mark"
			refute_output --partial "$mark"
		done
		run ctl list
		assert_output --regexp 'a(\\[0-7]{3})+txt\.exe'
		killed "$BEGUN"
	done
}
