#!/usr/bin/env bats
# as: user (no right is asked for)
# listen.bats: activations for a loop: onlyonectl listen and done.
#
# The loop gets each activation as a record, exactly, one at a time and in
# order; its answer is the end of the launch.  Listeners, readers, keepers and
# instances are ended with a record in hand: nothing is lost.
load lib/line
load lib/script

POINTS=$BUILD/points/onlyone

# instance [OPTION...]: `app` runs; $INSTANCE is its pid.
instance() {
	begin_guest INSTANCE= onlyone -a app "$@" "$GUESTS/guest"
}

# listener [FILE]: JSON records of `app` go to FILE; $LISTENER is its pid.
listener() {
	: >"${1-records}"
	begin LISTENER= onlyonectl listen app --json >>"${1-records}"
	wait_until 'it listens' listens "$LISTENER"
}

# listens PID: it polls for as long as it takes (while it still asks, not so).
listens() {
	local call timeout
	read -r call _ _ timeout _ 2>/dev/null <"/proc/$1/syscall" &&
		[ "$call" = 7 ] && [ "${timeout: -8}" = ffffffff ]
}

# attended [OPTION...]: an instance, and a listener.
attended() {
	instance "$@"
	listener
}

# listening: somebody of ours listens to `app`.
listening() {
	local pid
	for pid in $(offspring); do
		grep -qz 'onlyonectl$' "/proc/$pid/cmdline" &&
			grep -qzx listen "/proc/$pid/cmdline" &&
			listens "$pid" && return
	done
	return 1
}

# hands ARG...: a launch in the background; $LAUNCH is its pid.
hands() { begin LAUNCH= onlyone -a app "$GUESTS/guest" "$@"; }

# told N [FILE]: waits until N records have come.
told() { wait_until "$1 records have come" has_lines "${2-records}" "$1"; }

# id [N [FILE]]: of record N.
id() { sed -n "${1-1}p" "${2-records}" | jq -r .id; }

# answer [N [STATUS]]: record N is done, and so ends the launch $LAUNCH.
answer() {
	ctl 'done' "$(id "${1-1}")" ${2-}
	ends "$LAUNCH" "${2-0}"
}

# --- what a record is -------------------------------------------------------

# bats test_tags=check
@test "json: one object a line: id, args, cwd, pid, env" {
	attended
	mkdir 'a "folder"'
	cd 'a "folder"'
	DISPLAY=:7 TERM=vt100 LANG=C.UTF-8 hands 'a b' '' $'c\nd' ü
	cd ..
	told 1
	assert_equal "$(jq -c '[(keys_unsorted | join(" ")), .args]' records)" \
		'["id args cwd pid env",["a b","","c\nd","ü"]]'
	assert_equal "$(jq -r .cwd records)" "$PWD/a \"folder\""
	assert_equal "$(jq .pid records)" "$LAUNCH"
	assert_equal "$(jq -r '.env | .DISPLAY, .TERM, .LANG, .HOME' records)" \
		':7
vt100
C.UTF-8
null'
	answer
}

@test "json: what is not UTF-8 is base64, argument, folder and environment" {
	attended
	mkdir $'\xff'
	cd $'\xff'
	LC_TEST=$'\xfe' hands $'\xff\xfeab' ok
	cd ..
	told 1
	assert_equal "$(jq -c '[.args, .env.LC_TEST]' records)" \
		'[[{"base64":"//5hYg=="},"ok"],{"base64":"/g=="}]'
	assert_equal "$(jq -r .cwd.base64 records | base64 -d)" $PWD/$'\xff'
	answer
}

@test "json: what a terminal would obey is escaped, and is the same argument" {
	local arg=$'\xc2\x9b2J\x7f\xe2\x80\xae\xf3\xa0\x81\x81'
	instance
	listener
	hands "$arg"
	told 1
	assert_equal "$(jq -r '.args[0]' records)" "$arg"
	grep -qF '"args":["\u009B2J'$'\x7f''\u202E\uDB40\uDC41"]' records
	answer
}

# bats test_tags=check
@test "nul: id, cwd, pid, number of arguments, arguments, each ended by NUL" {
	instance
	begin onlyonectl listen app >records
	wait_until 'it listens' listens "$BEGUN"
	hands 'a b' '' $'\xff\n' -x --
	wait_until 'it has come' test -s records
	mapfile -d '' -t got <records
	assert_equal "${#got[@]}" 9
	assert_equal "${got[*]:1}" "$PWD $LAUNCH 5 a b  "$'\xff\n'" -x --"
	assert_equal "$(tail -c1 records | od -An -tx1)" ' 00'
	ctl 'done' "${got[0]}"
	ends "$LAUNCH" 0
}

# --- answers ----------------------------------------------------------------

@test "done: the launch waits for it, and ends with its status" {
	local code n=0
	attended
	for code in '' 0 1 42 75 126 127 128 255; do
		hands x
		told $((++n))
		alive "$LAUNCH"
		answer $n $code
	done
}

# bats test_tags=check
@test "done: a launch that was answered prints nothing; -v says who has it" {
	attended
	hands x >out 2>&1
	told 1
	answer
	prints '' cat out
	begin LAUNCH= onlyone -v -a app "$GUESTS/guest" x >out 2>&1
	told 2
	answer 2
	run cat out
	assert_output "onlyone: waiting for the listener, pid $LISTENER, of\
 app (pid $INSTANCE) to answer
onlyone: handed over to app (pid $INSTANCE)
onlyone: app (pid $INSTANCE): raised=no: no display answers"
}

@test "done: --must-deliver is content, --until-exit stays until the instance ends" {
	attended
	begin LAUNCH= onlyone --must-deliver -a app "$GUESTS/guest" x
	told 1
	answer 1 3
	begin onlyone -W -a app "$GUESTS/guest" x
	told 2
	ctl 'done' "$(id 2)" 4
	alive "$BEGUN"
	kill "$INSTANCE"
	ends "$BEGUN" 4
}

# bats test_tags=check
@test "done: a second one, one that is over, one of no instance: 3" {
	attended
	hands x
	told 1
	answer
	prints -3 "onlyonectl: done: no launch waits for $(id)" ctl 'done' "$(id)"
	run -3 ctl 'done' "$(id)9"
	frees kill "$INSTANCE"
	run -3 ctl 'done' "$(id)"
}

@test "done: malformed ids and statuses are 64" {
	attended
	hands x
	told 1
	for word in '' x : x:1 "$(id | sed s/:.*//)" "$(id | sed s/:.*//):" \
		"../$(id)"; do
		prints -64 --partial 'is not an id that' ctl 'done' "$word"
	done
	for word in 256 -1 x 1.5 ''; do
		run -64 ctl 'done' "$(id)" -- "$word"
		assert_output --partial 'is not a status from 0 to 255'
	done
	run -64 ctl 'done'
	run -64 ctl 'done' "$(id)" 0 0
	answer
}

@test "activate: onlyonectl's goes to the listener too" {
	attended
	begin LAUNCH= onlyonectl activate app -- a b
	told 1
	assert_equal "$(jq -c .args records)" '["a","b"]'
	answer 1 5
}

# --- who listens ------------------------------------------------------------

# bats test_tags=check
@test "listen: no instance: 3; several: 64; a closed output: 71" {
	prints -3 'onlyonectl: app is not running' ctl listen app
	begin_guest onlyone -a app -k one "$GUESTS/guest"
	begin_guest onlyone -a app -k two "$GUESTS/guest"
	prints -64 --partial 'which key? one, two' ctl listen app
	prints -71 --partial 'cannot write' bash -c 'onlyonectl listen app one >&-'
}

# early HOLD...: a launch that comes between this hold and listen is served; on
# a busy machine one of five times, as a second is all there is.
early() {
	script holder /bin/sh 'onlyonectl hold "$@" || exit' \
		'(onlyone -a app true this 2>said; echo $? >status) 3>&- &' \
		'sleep 0.2' \
		'onlyonectl listen app --json | while IFS= read -r record; do' \
		'	onlyonectl "done" "$(printf "%s\n" "$record" | jq -r .id)" 5' \
		'done'
	for _ in 1 2 3 4 5; do
		rm -f status
		begin ./holder "$@"
		[ $# = 1 ] || killed "$INSTANCE"
		wait_until 'it is answered' test -s status
		frees killed "$BEGUN"
		[ "$(cat status)" != 5 ] || return 0
		[ $# = 1 ] || instance
	done
	fail "not served: $(cat said)"
}

@test "listen: what comes between hold and listen waits for it" { early app; }

@test "listen: who holds and does not listen is waited for a second, then nobody took it" {
	script holder /bin/sh 'onlyonectl hold app && : >has && sleep 300'
	begin ./holder
	wait_until 'it holds' test -e has
	run -0 --separate-stderr launch -a app true this
	[[ $stderr == *'was not run'* ]] || fail "$stderr"
	run -69 --separate-stderr launch -a app --must-deliver true this
}

@test "listen: comes before --on-activate and --signal" {
	attended --on-activate='echo "handler $1"'
	hands x
	told 1
	answer
	ended_by TERM "$LISTENER"
	prints 'handler y' launch -a app "$GUESTS/guest" y
}

# bats test_tags=check
@test "listen: ends with 0 when the instance ends" {
	attended
	kill "$INSTANCE"
	ends "$LISTENER" 0
}

@test "listen: one of several has the records, the next one when it ends" {
	instance
	listener one
	first=$LISTENER
	listener two
	hands a
	told 1 one
	ctl 'done' "$(id 1 one)"
	ends "$LAUNCH" 0
	ended_by TERM "$first"
	hands b
	told 1 two
	assert_equal "$(jq -r '.args[]' two)" b
	ctl 'done' "$(id 1 two)"
	ends "$LAUNCH" 0
}

@test "listen: keys have listeners of their own, a stalled one holds up only its own" {
	begin_guest onlyone -a app -k one "$GUESTS/guest"
	begin_guest onlyone -a app -k two "$GUESTS/guest"
	begin one= onlyonectl listen app one --json >one
	wait_until 'it listens' listens "$BEGUN"
	begin onlyonectl listen app two --json >two
	wait_until 'it listens' listens "$BEGUN"
	stopped "$one"
	begin stalled= onlyone -v -a app -k one "$GUESTS/guest" 1 2>first
	wait_until 'it says so' file_has first "listener, pid $one,"
	begin behind= onlyone -v -a app -k one "$GUESTS/guest" 2 2>second
	wait_until 'it says so' file_has second \
		"waiting for the handler of an earlier launch, pid $one, of app"
	begin onlyone -a app -k two "$GUESTS/guest" 3
	told 1 two
	ctl 'done' "$(id 1 two)"
	ends "$BEGUN" 0
	alive "$stalled" "$behind"
	kill -CONT "$one"
	told 1 one
	ctl 'done' "$(id 1 one)"
	told 2 one
	ctl 'done' "$(id 2 one)"
	all_end 0 "$stalled" "$behind"
}

@test "order: one record at a time, in order of arrival" {
	local i pids=()
	attended
	for i in 1 2 3 4 5; do
		hands $i
		pids+=("$LAUNCH")
		lined_up "$LAUNCH"
	done
	for i in 1 2 3 4 5; do
		told $i
		assert_equal "$(sed -n ${i}p records | jq -r '.args[]')" $i
		ctl 'done' "$(id $i)" $i
		ends "${pids[i - 1]}" $i
	done
}

# --- with a record in hand --------------------------------------------------

@test "launch: one that is interrupted takes its record back, the next one comes" {
	local sig n=0
	attended
	for sig in INT TERM KILL; do
		begin void= env --default-signal onlyone -a app "$GUESTS/guest" void
		told $((++n))
		ended_by "$sig" "$void"
		hands next
		told $((++n))
		run -3 ctl 'done' "$(id $((n - 1)))"
		answer $n
	done
}

# bats test_tags=check
@test "listener: killed with a record: the next one has it, with the same id" {
	instance
	listener one
	first=$LISTENER
	listener two
	hands x
	told 1 one
	hands y
	later=$BEGUN
	kill -KILL "$first"
	told 1 two
	assert_equal "$(id 1 two)" "$(id 1 one)"
	ctl 'done' "$(id 1 two)" 7
	told 2 two
	assert_equal "$(sed 1d two | jq -r '.args[]')" y
	ctl 'done' "$(id 2 two)" 8
	ends "$later" 8
}

# bats test_tags=check
@test "listener: killed with a record: --on-activate has it, in its folder, on its streams" {
	attended --on-activate='read -r line; echo "$PWD $1 $line"'
	mkdir there
	cd there
	echo in >in
	begin onlyone -a app "$GUESTS/guest" x <in >../out
	cd ..
	told 1
	kill -KILL "$LISTENER"
	ends "$BEGUN" 0
	prints "$PWD/there x in" cat out
}

@test "listener: killed with a record, and nobody else: a new one has a second, then nobody took it" {
	instance
	listener one
	hands x
	told 1 one
	# Both at once, as far as the keeper sees.
	keeper=$(keeper_of app)
	stopped "$keeper"
	kill -KILL "$LISTENER"
	begin LISTENER= onlyonectl listen app --json >two
	wait_until 'it listens' listens "$BEGUN"
	kill -CONT "$keeper"
	told 1 two
	assert_equal "$(id 1 two)" "$(id 1 one)"
	begin onlyone --must-deliver -a app "$GUESTS/guest" y 2>err
	kill -KILL "$LISTENER"
	ends "$BEGUN" 69
	prints --partial 'was not run' cat err
	ends "$LAUNCH" 0
}

@test "reader: gone with a record, or before one came: the next handler has it" {
	instance --on-activate='echo "$1" >>handled'
	{ env --default-signal onlyonectl listen app --json || echo $? >code; } \
		3>&- | head -n1 3>&- >one &
	wait_until 'it listens' listening
	hands x
	told 1 one
	ends "$LAUNCH" 0
	assert_equal "$(cat handled)" x
	wait_until 'the listener has ended' test -s code
	assert_equal "$(cat code)" 141
	rm code
	{ env --default-signal onlyonectl listen app || echo $? >code; } \
		3>&- | : 3>&- &
	wait_until 'the listener has ended' test -s code
	run launch -a app "$GUESTS/guest" y
	assert_equal "$(tail -n1 handled)" y
}

# bats test_tags=check
@test "instance: ends with a record unanswered: the launch starts it anew" {
	attended
	hands x y
	told 1
	kill -KILL "$INSTANCE"
	ends "$LISTENER" 0
	guest_runs "$LAUNCH"
	pid_is app "$LAUNCH"
	prints --partial ' x y' tr '\0' ' ' <"/proc/$LAUNCH/cmdline"
}

@test "instance: a script that ends with its listener loses nothing" {
	script job /bin/bash 'onlyonectl hold app || exit' \
		'onlyonectl listen app | head -c1 >/dev/null'
	begin ./job
	wait_until 'it listens' listening
	hands x
	guest_runs "$LAUNCH"
}

@test "replaced: the listener of the old one ends, the new one has its own" {
	attended
	old=$LISTENER
	begin_guest onlyone --replace -a app "$GUESTS/guest" new
	ends "$old" 0
	listener
	hands x
	told 1
	answer 1 6
}

@test "forget: the listener ends, a record is begun again" {
	attended
	hands x
	told 1
	ctl forget app
	ends "$LISTENER" 0
	guest_runs "$LAUNCH"
}

# --- keepers ----------------------------------------------------------------

@test "keeper: killed at rest: the listener goes on with the next one" {
	attended
	for i in 1 2 3; do
		kill -KILL "$(keeper_of app)"
		hands x
		told $i
		ctl 'done' "$(id $i)" $i
		ends "$LAUNCH" $i
	done
}

@test "keeper: killed with a record out: it comes again, with the same id; an answer before is one too" {
	attended
	hands x
	told 1
	kill -KILL "$(keeper_of app)"
	told 2
	assert_equal "$(id 2)" "$(id 1)"
	answer 1 9
}

@test "keeper: killed, and the launch is there first: it waits for the listener" {
	attended --on-activate='echo "handler $1"'
	stopped "$LISTENER"
	kill -KILL "$(keeper_of app)"
	begin onlyone -a app "$GUESTS/guest" x >out
	wait_until "it waits" polls "$BEGUN"
	kill -CONT "$LISTENER"
	told 1
	ctl 'done' "$(id)" 9
	ends "$BEGUN" 9
}

@test "keeper: killed with its listener: after a second the next handler has it" {
	attended --on-activate='echo "handler $1"'
	hands lost
	told 1
	keeper=$(keeper_of app)
	stopped "$keeper"
	kill -KILL "$LISTENER" "$keeper"
	ends "$LAUNCH" 0
	prints 'handler x' launch -a app "$GUESTS/guest" x
	grep -q 'listeners=00000000000000' "$(the_slot)/info"
}

@test "keeper: killed at each point: every launch is answered, at least once told" {
	for at in listener listener-given deliver; do
		# Not the keepers after it: they take the guest's.
		begin_guest env "ONLYONE_TEST_POINTS=$at=kill:1" "$POINTS" \
			-a app env -u ONLYONE_TEST_POINTS "$GUESTS/guest"
		INSTANCE=$BEGUN
		keeper=$(keeper_of app)
		listener
		hands x
		told_one() { [ "$(wc -l <records)" -ge 1 ]; }
		wait_until 'it has come' told_one
		# It may come again at this moment.
		answered() {
			ctl 'done' "$(id)" 4 2>/dev/null || gone "$LAUNCH"
		}
		wait_until 'it is answered' answered
		ends "$LAUNCH" 4
		gone "$keeper"
		kill "$INSTANCE"
		frees ends "$LISTENER" 0
	done
}

@test "keeper: with few descriptors it serves a listener" {
	begin_guest bash -c 'ulimit -n 16; exec "$@"' bash onlyone -a app \
		"$GUESTS/guest"
	listener
	for i in 1 2 3 4 5; do
		hands $i
		told $i
		answer $i
	done
}
