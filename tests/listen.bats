# as: user (needs no rights)
# listen.bats: activations for a loop: onlyonectl listen and done.
#
# The loop gets each activation as an exact record, one at a time and in order; its
# answer ends the launch.  Listeners, readers, keepers and instances are killed with a
# record in hand: nothing is lost.
load lib/line

# instance [OPTION...]: `app` runs; $INSTANCE is its pid.
instance() {
	begin_guest INSTANCE= onlyone -a app "$@" "$GUEST"
}

# listener [FILE [KEY]]: JSON records of `app` go to FILE; $LISTENER is its pid.
listener() {
	: >"${1-records}"
	begin LISTENER= onlyonectl listen app "${@:2}" --json >>"${1-records}"
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

# hands ARG...: a launch in the background; $LAUNCH is its pid.
hands() { begin LAUNCH= onlyone -a app "$GUEST" "$@"; }

# told N [FILE]: waits until N records have come.
told() { wait_until "$1 records have come" has_lines "${2-records}" "$1"; }

# id [N [FILE]]: of record N.
id() { jq -rn "[inputs][${1-1} - 1].id" "${2-records}"; }

# answer [N [STATUS [FILE]]]: record N is done, and so ends the launch $LAUNCH.
answer() {
	ctl 'done' "$(id "${1-1}" ${3-})" ${2-}
	ends "$LAUNCH" "${2-0}"
}

# bats test_tags=check
@test "json, done: one object a line: id, args, cwd, pid, env; what is not UTF-8 is base64; the launch waits for done, says nothing, and ends with its status; -v says who has it; a second one is 3, a malformed one 64" {
	local arg=$'\xc2\x9b2J\x7f\xe2\x80\xae\xf3\xa0\x81\x81'
	attended
	mkdir 'a "folder"' $'\xff'
	cd 'a "folder"'
	DISPLAY=:7 LANG=C.UTF-8 LC_TEST=$'\xfe' hands 'a b' '' $'c\nd' ü $'\xff\xfeab' "$arg"
	cd ..
	told 1
	grep -qF '"\u009B2J'$'\x7f''\u202E\uDB40\uDC41"' records
	jq -e --arg arg "$arg" --arg cwd "$PWD/a \"folder\"" --argjson pid "$LAUNCH" '
		(keys_unsorted | join(" ")) == "id args cwd pid env" and .cwd == $cwd
		and .args == ["a b", "", "c\nd", "ü", {"base64": "//5hYg=="}, $arg]
		and .pid == $pid and (.env | .DISPLAY == ":7" and .LANG == "C.UTF-8"
		and .LC_TEST == {"base64": "/g=="} and .HOME == null)' records
	answer
	cd $'\xff'
	hands
	cd ..
	told 2
	assert_equal "$(jq -r '.cwd | objects | .base64' records | base64 -d)" "$PWD"/$'\xff'
	answer 2
	frees killed "$INSTANCE"
	# The answer.
	local n=0 code
	attended --on-activate='echo "handler $1"'
	for code in '' 75; do
		begin LAUNCH= onlyone --must-deliver -a app "$GUEST" x >out 2>&1
		told $((++n))
		alive "$LAUNCH"
		answer $n $code
		[ ! -s out ]
	done
	prints -3 "onlyonectl: done: no launch waits for $(id)" onlyonectl 'done' "$(id)"
	for word in x:1 "../$(id)"; do
		prints -64 --partial 'is not an id that' onlyonectl 'done' "$word"
	done
	for word in 256 x; do
		prints -64 --partial 'is not a status from 0 to 255' \
			onlyonectl 'done' "$(id)" -- "$word"
	done
	run -64 onlyonectl 'done' "$(id)" 0 0
	# -W stays until the instance has exited.
	begin LAUNCH= onlyone -v -W -a app "$GUEST" x 2>out
	told 3
	onlyonectl 'done' "$(id 3)" 4
	wait_until 'it has been answered' grep -q 'raised=no' out
	assert_equal "$(<out)" "onlyone: waiting for the listener, pid $LISTENER, of\
 app (pid $INSTANCE) to answer
onlyone: handed over to app (pid $INSTANCE)
onlyone: app (pid $INSTANCE): raised=no: no display answers"
	alive "$LAUNCH"
	kill "$INSTANCE"
	ends "$LAUNCH" 4
	ends "$LISTENER" 0
	run -3 onlyonectl 'done' "$(id)"
	prints -3 'onlyonectl: app is not running' onlyonectl listen app
}

@test "listen: one of several keys is 64 without it; each has its own listener, a stalled one holds up only its own, in order of arrival" {
	local i one pids=()
	begin_guest onlyone -a app -k one "$GUEST"
	begin_guest onlyone -a app -k two "$GUEST"
	prints -64 --partial 'which key? one, two' ctl listen app
	prints -71 --partial 'cannot write' bash -c 'onlyonectl listen app one >&-'
	listener one one
	one=$LISTENER
	listener two two
	stopped "$one"
	for i in 1 2; do
		begin pids+= onlyone -v -a app -k one "$GUEST" $i 2>said.$i
		lined_up "$BEGUN"
	done
	wait_until 'it says so' file_has said.2 \
		"waiting for the handler of an earlier launch, pid $one, of app"
	begin LAUNCH= onlyone -a app -k two "$GUEST"
	told 1 two
	answer 1 0 two
	alive "${pids[@]}"
	kill -CONT "$one"
	for i in 1 2; do
		told $i one
		assert_equal "$(sed -n ${i}p one | jq -r '.args[]')" $i
		LAUNCH=${pids[i - 1]} answer $i $i one
	done
}

@test "listen: comes before --on-activate; who has a holder that never listens waits a second, and says so" {
	instance --on-activate='echo "handler $1"'
	listener
	hands x
	told 1
	answer
	ended_by TERM "$LISTENER"
	prints 'handler y' launch -a app "$GUEST" y
	frees kill "$INSTANCE"
	begin bash -c 'onlyonectl hold app || exit; : >has; read -rt 1000 <>"$0"' "$SILENCE"
	wait_until 'it holds' test -e has
	run -0 --separate-stderr launch -a app true this
	[[ $stderr == *'was not run'* ]] || fail "$stderr"
	run -69 launch -a app --must-deliver true this
}

# bats test_tags=check
@test "launch, listener: one that is interrupted takes its record back; an instance that is replaced, or forgotten, ends its listener; killed with a record: the next one has it, then --on-activate; records without JSON" {
	local sig n=0
	attended
	for sig in INT KILL; do
		begin void= env --default-signal onlyone -a app "$GUEST" void
		told $((++n))
		ended_by "$sig" "$void"
		hands next
		told $((++n))
		run -3 onlyonectl 'done' "$(id $((n - 1)))"
		answer $n
	done
	# Forgotten, or replaced, it is no longer a listener.
	begin_guest INSTANCE= onlyone --replace -a app "$GUEST" new
	ends "$LISTENER" 0
	listener
	hands x y
	told 1
	onlyonectl forget app
	ends "$LISTENER" 0
	guest_runs "$LAUNCH"
	pid_is app "$LAUNCH"
	prints --partial ' x y' tr '\0' ' ' <"/proc/$LAUNCH/cmdline"
	frees killed "$LAUNCH"
	# The listener is killed.
	attended --on-activate='read -r line; echo "$PWD $1 $line"'
	first=$LISTENER
	listener two
	mkdir there
	cd there
	begin LAUNCH= onlyone -a app "$GUEST" x <<<in >../out
	cd ..
	told 1
	kill -KILL "$first"
	told 1 two
	assert_equal "$(id 1 two)" "$(id)"
	kill -KILL "$LISTENER"
	ends "$LAUNCH" 0
	prints "$PWD/there x in" cat out
	# Without --json a record is its parts, each ended by NUL.
	begin onlyonectl listen app >records
	wait_until 'it listens' listens "$BEGUN"
	begin LAUNCH= onlyonectl activate app -- 'a b' '' $'\xff\n' -x --
	wait_until 'it has come' test -s records
	mapfile -d '' -t got <records
	assert_equal "${#got[@]} ${got[*]:1}" "9 $PWD $LAUNCH 5 a b  "$'\xff\n'" -x --"
	onlyonectl 'done' "${got[0]}" 5
	ends "$LAUNCH" 5
}

@test "done: also of a record whose listener has gone, and that nobody else has yet" {
	wants trace linux-6.18 # it counts the calls of the keeper
	attended
	hands x
	told 1
	keeper=$(keeper_of app)
	begin strace -qqo seen -p "$keeper" -e inject=shutdown:signal=STOP:when=2 -e inject=pidfd_open:error=ENFILE:when=5
	wait_until 'its keeper is traced' traced "$keeper"
	prints -71 --partial 'Too many open files' ctl 'done' "$(id)" 7
	killed "$LISTENER"
	wait_until 'the keeper has seen that' file_has seen 'stopped by'
	begin onlyonectl 'done' "$(id)" 7
	wait_until 'it has asked' polls "$BEGUN"
	kill -CONT "$keeper"
	ends "$BEGUN" 0
	ends "$LAUNCH" 7
}

@test "reader: gone with a record: the next handler has it, and the listener ends by SIGPIPE" {
	instance --on-activate='echo "$1" >>handled'
	mkfifo pipe
	begin head -n1 pipe >one
	begin LISTENER= env --default-signal onlyonectl listen app --json >pipe
	wait_until 'it listens' listens "$LISTENER"
	hands x
	told 1 one
	ends "$LAUNCH" 0
	assert_equal "$(<handled)" x
	ends "$LISTENER" 141
}

@test "keeper: killed at rest, with a record out, with its listener away or killed: every launch is answered" {
	attended --on-activate='echo "handler $1"'
	for i in 1 2; do
		kill -KILL "$(keeper_of app)"
		hands x
		told $i
		answer $i $i
	done
	# With one out it comes again, by the same id; an answer before is one too.
	hands x
	told 3
	kill -KILL "$(keeper_of app)"
	told 4
	assert_equal "$(id 4)" "$(id 3)"
	answer 3 9
	# Both killed: after a second the next handler has it.
	hands lost
	told 5
	keeper=$(keeper_of app)
	stopped "$keeper"
	kill -KILL "$LISTENER" "$keeper"
	ends "$LAUNCH" 0
	prints 'handler x' launch -a app "$GUEST" x
	grep -q 'listeners=00000000000000' "$(the_slot)/info"
}

@test "-j: the keeper is killed with a record out: the launch comes back to that instance, though another one has been used since" {
	begin_guest onlyone -j2 --on-activate='echo "handler $1"' -a app "$GUEST"
	begin_guest INSTANCE= onlyone -j2 -a app "$GUEST"
	listener
	begin LAUNCH= onlyone -j2 -a app "$GUEST" x >out
	told 1
	prints 'handler y' launch -j1 -a app "$GUEST" y
	kill -KILL "$(ctl list app --json | jq ".[] | select(.pid == $INSTANCE).keeper")"
	told 2
	answer 2 7
	[ ! -s out ]
}

@test "done: a keeper that is full of launches hears it, list and doctor; one more launch comes in, or is refused" {
	local keeper pid ran=1 waiters=()
	# Seven of its nine places are taken, and it has ten descriptors of its own.
	full() { [ "$(ls "/proc/$keeper/fd" | wc -l)" -ge 17 ]; }
	begin_guest INSTANCE= bash -c "ulimit -n 24; exec onlyone -a app '$GUEST'"
	listener
	hands x
	told 1
	keeper=$(keeper_of app)
	for _ in {1..9}; do begin waiters+= onlyone -a app --wait "$GUESTS/guest" exit 0; done
	wait_until 'it is full' full
	assert_equal "$(first_listed state app)" running
	ctl doctor | grep -q 'ok *slot: app'
	run -75 --separate-stderr onlyone -a app --join -w1 true
	says 'has no place for another launch now'
	answer
	killed "$INSTANCE"
	for pid in "${waiters[@]}"; do
		wait "$pid" && ((++ran)) || [ $? = 69 ]
	done
	assert_equal "$(constructors)" "$ran"
}
