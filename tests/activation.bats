# as: user (needs no rights)
# activation.bats: a later launch is always answered.
#
# The handler of the first launch gets the arguments byte for byte, in the caller's
# folder, on the caller's streams, with the instance's environment and ONLYONE_PID.
# The launch exits with its status.  Or a signal is sent; or the program has no handler
# for arguments, and a line says so. sim.bats checks the order, and that a killed
# keeper runs nothing twice.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load lib/common

# arrive ARG...: these do, in a first launch (the guest args writes its own down), and
# in the handler of one that runs.
arrive() {
	printf '%d\0' $# >want
	[ $# = 0 ] || printf '%s\0' "$@" >>want
	rm -f got
	prints -0 '' launch "$GUESTS/args" got "$@"
	cmp want got
	[ -n "${running-}" ] || begin_receiver
	rm -f got
	prints -0 '' launch "$GUEST" "$@"
	cmp want got
}

begin_receiver() {
	begin_guest onlyone --on-activate="
		{ printf '%d\\0' \$# && [ \$# = 0 ] || printf '%s\\0' \"\$@\"; } \
			>'$PWD/got'" "$GUEST" first
	running=$BEGUN
}

# bats test_tags=check
@test "arguments: arrive byte for byte: empty ones, what a shell, printf or a parser would change" {
	arrive '' a '' $'\n' $'a\n\nb' $'\r\n' $'\xff' $'\xc3' $'\xed\xa0\x80' 'ü€𝄞' \
		'$HOME' '`id`' '$(id)' '*' '~' '%s' '\n' '\0' "it's" '"quoted"' 'a\' \
		' lead' 'trail ' $'\t' a=b '{1}' '{@}' '#' '|' ';' '>' $'\x1f' $'\x1b[31m' \
		--help -n -- -E 300 --app=x -c --key= --unknown - ''
}

@test "arguments: every byte, none, 10,000 of them, the longest that exec takes, and 6 MiB in all" {
	local i list=() long
	for i in {1..255}; do
		printf -v long '%b' "$(printf '\\x%02x' "$i")"
		list+=("$long")
	done
	arrive "${list[@]}"
	arrive
	list=()
	for i in {1..10000}; do list+=("argument $i"); done
	arrive "${list[@]}"
	printf -v long '%0131071d' 7
	arrive "$long" '' "$long"
	# A quarter of the stack limit, but never more than 6 MiB.
	ulimit -s 65536
	frees killed "$running"
	running=
	# Sixty words, all different.
	list=()
	for i in {1..60}; do
		printf -v long '%0103856d' "$i"
		list+=("$long")
	done
	arrive "${list[@]}"
	# Too many for the handler's limits are reported, not cut.
	frees killed "$running"
	(ulimit -s 8192 && begin_receiver && echo "$running" >receiver)
	rm -f got
	run ! launch "$GUEST" "${list[@]}"
	[ -n "$output" ] && [ ! -e got ]
	prints -0 '' launch "$GUEST" a b
	[ -e got ]
	frees killed "$(<receiver)"
}

# bats test_tags=check
@test "handler: has the caller's arguments, folder, display, very files, the instance's environment" {
	unset DISPLAY
	export TERM=first SHARED=instance DESKTOP_STARTUP_ID=first
	# No pipe: its ends would be the shell's for a moment.
	with_handler '[ "$1" != files ] || {
			cat; for i in 0 1 2; do readlink "/proc/$$/fd/$i"; done >list
			ls /proc/$$/fd; exit
		}
		printf "<%s>" "$0" "$@" "${PWD##*/}" "$SHARED" "${CALLER-none}"
		echo "$ONLYONE_PID $(cat "$ONLYONE_SLOT/pid") $ONLYONE_APP"
		echo "$DISPLAY $TERM $LC_ALL ${DESKTOP_STARTUP_ID-none}"
		cat; echo err >&2'
	mkdir there
	cd there
	echo in | env SHARED=caller CALLER=1 DISPLAY=:7 TERM=second LC_ALL=C \
		DESKTOP_STARTUP_ID=id onlyone \
		--on-activate='echo second' "$GUEST" a 'b c' '' >out 2>err
	assert_equal "$(<out)" "<onlyone><a><b c><><there><instance><none>$BEGUN $BEGUN $GUEST
:7 second C id
in"
	assert_equal "$(<err)" err
	# A start-up token is used once, and the instance has no ONLYONE_PID.
	unset DESKTOP_STARTUP_ID
	run -0 onlyone "$GUEST" </dev/null
	[[ ${lines[1]} == *' none' ]]
	run ! grep -z '^ONLYONE_PID=' "/proc/$BEGUN/environ"
	# It has no other descriptor; closed ones are closed or empty.
	: >a
	onlyone "$GUEST" files <a >b 2>c
	assert_equal "$(<list)" "$PWD/a"$'\n'"$PWD/list"$'\n'"$PWD/c"
	assert_equal "$(<b)" $'0\n1\n2'
	rm list
	onlyone "$GUEST" files <&- >&- 2>&-
	[ -e list ]
	# --no-stdin: in a loop that reads, it leaves the rest.
	printf '%s\n' 1 2 >in
	while read -r line; do
		onlyone --no-stdin "$GUEST" "$line"
		echo "$line" >>seen
	done <in
	assert_equal "$(<seen)" $'1\n2'
}

@test "handler: a removed folder, a pipe of the launch alone, signals, and no /dev/tty of its own" {
	# Some programs that start us ignore signals, which env does not reset.
	want=$(env --default-signal grep -E 'Sig(Blk|Ign)' /proc/self/status)
	begin_guest env --default-signal onlyone --on-activate='case $1 in
		cwd) readlink /proc/self/cwd ;;
		signals) grep -E "Sig(Blk|Ign)" /proc/self/status ;;
		tty) (: </dev/tty) 2>/dev/null && echo taken
			read -r one && echo "<$one>"
			script -qec "read -r two </dev/tty && echo \"<\$two>\"" /dev/null ;;
		leave) sleep 100 >/dev/null 2>&1 & exit 4 ;;
		*) cat "$1" ;;
		esac' "$GUEST"
	# What a handler leaves in the background blocks nothing.
	run -4 launch "$GUEST" leave
	prints -0 "$want" launch "$GUEST" signals
	run -0 timeout $LIMIT script -qec "onlyone '$GUEST' tty" /dev/null \
		< <(printf 'one\ntwo\n')
	refute_line --partial taken
	assert_line --partial '<one>'
	assert_line --partial '<two>'
	run -1 --separate-stderr bash -c 'timeout $LIMIT onlyone "$GUESTS/guest" <(:)'
	[[ $stderr == *$'\nonlyone: /dev/fd/63 is a pipe that only this launch has'* ]]
	mkdir there
	cd there
	rmdir ../there
	prints -0 --partial '/there (deleted)' launch "$GUEST" cwd
	cd .. && mkdir there && cd there
	chmod 0 ../there # root may enter it; who may not has no files there
	[ "$(id -u)" = 0 ] || prints -0 --regexp '(^|[^a-z])/$' launch "$GUEST" cwd
}

# bats test_tags=check
@test "handler: its status is the launch's, with -W after the instance; to launch itself is refused" {
	mkfifo ran
	# Where there is a handler, no signal is sent.
	with_handler 'case $1 in
			13) echo ran >ran; exit 13 ;;
			[0-9]*) exit "$1" ;;
			KILL) kill -s KILL $$ ;;
		esac
		onlyone "$GUESTS/guest" again; echo "inner $?"
		setsid --wait onlyone "$GUESTS/guest" again; echo "child $?"
		onlyone "$GUESTS/guest-static" exit 5; echo "other $?"' --signal=USR1
	owner=$BEGUN
	begin waits= onlyone -W "$GUEST" 13
	read -r <ran
	for code in 0 69 255; do
		prints "-$code" '' onlyone "$GUEST" "$code"
	done
	run -137 onlyone "$GUEST" KILL
	run -0 onlyone "$GUEST"
	assert_line 'inner 75'
	assert_line 'child 75'
	assert_line 'other 5'
	assert_line --regexp '^onlyone: .*handler'
	alive "$owner" "$waits"
	killed "$owner"
	ends "$waits" 13
	with_handler /nonexistent/handler
	prints -127 --partial /nonexistent/handler onlyone "$GUEST" a
	alive "$BEGUN"
}

@test "handler: that hangs holds only its turn: end its launch, it has HUP, the next goes on" {
	mkfifo hung hup
	with_handler '[ "$1" = hang ] || { echo finished; exit; }
		sh -c "trap \"echo child >hup; exit\" HUP; echo armed >hung
			while :; do sleep 0.1; done" &
		trap "wait; exit" HUP
		wait'
	begin hanging= onlyone "$GUEST" hang
	assert_equal "$(<hung)" armed
	begin onlyone -v "$GUEST" next >next.out 2>next.err
	wait_until 'the next says that it waits' [ -s next.err ]
	kill -KILL "$hanging"
	# Its whole process group has it.
	assert_equal "$(<hup)" child
	ends "$BEGUN" 0
	assert_equal "$(<next.out)" finished
	assert_equal "$(constructors)" 1
}

@test "signal: is sent for each launch; arguments are nobody's: said, or 69" {
	begin_guest onlyone --signal=SIGRTMIN+1 "$GUEST" catch 35
	prints -0 '' onlyone "$GUEST"
	wait_until 'it came' file_has "$GUEST_LOG" "^$BEGUN signal 35$"
	prints -0 '' onlyone "$GUEST"
	wait_until 'it came again' notes 'signal 35' 2
	# No handler for the arguments: one line says so, and names the running program.
	prints -0 --regexp "^onlyone: .*$BEGUN" onlyone "$GUEST" lost
	prints -0 '' onlyone -q "$GUEST" lost
	prints -69 --partial "$BEGUN" onlyone -q --must-deliver "$GUEST" lost
}

@test "keeper: its answer arrives just as the launch leaves it: that is taken, nothing is sent twice" {
	begin_guest onlyone --signal=SIGRTMIN+1 "$GUEST" catch 35
	guest=$BEGUN
	keeper=$(keeper_of guest)
	stopped "$keeper"
	begin launch= env ONLYONE_TEST_POINTS=leaves=stop "$BUILD/points/onlyone" "$GUEST"
	wait_until 'the launch stands still' has_state "$launch" T
	kill -CONT "$keeper"
	wait_until 'it came' file_has "$GUEST_LOG" "^$guest signal 35$"
	ctl status guest # so the keeper has answered the launch
	kill -CONT "$launch"
	ends "$launch" 0
	assert_equal "$(grep -c 'signal 35' "$GUEST_LOG")" 1
}

@test "keeper: killed before a handler begins, nothing has run: the launch starts over, and it runs once" {
	begin_guest env ONLYONE_TEST_POINTS=handler-go=stop "$BUILD/points/onlyone" \
		-a app --on-activate='echo run >>ran' \
		env -u ONLYONE_TEST_POINTS "$GUEST"
	keeper=$(keeper_of app)
	begin launch= onlyone -a app "$GUEST" one
	wait_until 'the keeper stands still' has_state "$keeper" T
	killed "$keeper"
	ends "$launch" 0
	assert_equal "$(<ran)" run
	assert_equal "$(constructors)" 1
}

@test "keeper: killed under a handler, the next handler waits for its exit, under the new keeper, too" {
	mkfifo runs go
	with_handler 'echo "begin $1" >>ran
		[ "$1" = second ] || { echo >runs; read -r _ <go; }
		echo "end $1" >>ran'
	begin launch= onlyone "$GUEST" first
	read -r _ <runs
	killed "$(keeper_of guest)"
	ends "$launch" 76
	begin launch= onlyone -v "$GUEST" second 2>said
	wait_until 'it says for whom it waits' file_has said 'waiting for the handler'
	assert_equal "$(<ran)" 'begin first'
	echo >go
	ends "$launch" 0
	assert_equal "$(echo $(<ran))" 'begin first end first begin second end second'
}

@test "keeper: killed under a handler it is 76, nothing runs twice; the new one has the handler" {
	export SHARED=instance
	mkfifo runs go
	with_handler '[ "$1" ] && { echo "$SHARED $ONLYONE_PID $1"; exit; }
		echo run >>ran; echo runs >runs; read -r _ <go'
	begin launch= onlyone "$GUEST"
	assert_equal "$(<runs)" runs
	killed "$(keeper_of guest)"
	ends "$launch" 76
	echo >go
	assert_equal "$(<ran)" run
	SHARED=caller run -0 onlyone "$GUEST" after
	assert_output --regexp '^caller [0-9]+ after$'
	assert_equal "$(constructors)" 1
}
