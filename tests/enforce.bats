#!/usr/bin/env bats
# enforce.bats: a program that has a rule is single, whoever starts it, and how.
#
# The library stands in LD_PRELOAD, spelled plainly, and ONLYONE_ENFORCE names
# the program: nobody calls onlyone.  However it is started, the program runs
# once, with what it was given, byte for byte, in the state it would have had.
load lib/enforce

PARTS+=(app)

# by WAY [STATUS]: a piece of shell that starts "$@" starts the app, and once;
# its arguments arrive as they do without us.  STATUS: what WAY makes of 7.
by() {
	local way=$1 code=${2-7} list=("$large" '' "$all" ' a  b') part
	: >"$GUEST_LOG"
	rm -f end bare ours
	export GUEST_GATE=$PWD/end
	begin_enforced app bash -c "$way" bash "$APP" exit 7 \
		</dev/null >/dev/null
	wait_until "the app runs: $way" file_has "$GUEST_LOG" ' constructor'
	assert_equal "$(ctl pid "$APP")" "$(sed 's/ .*//' "$GUEST_LOG")"
	part=$BEGUN
	single bash -c "$way" bash "$APP" </dev/null
	: >end
	frees ends "$part" "$code"
	[[ $way == *TEXT* ]] && list=("$large" '' 'üöä' ' a  b')
	timeout $LIMIT bash -c "$way" bash ./list "$PWD/bare" "${list[@]}" </dev/null
	enforced list bash -c "$way" bash ./list "$PWD/ours" "${list[@]}" \
		</dev/null
	cmp bare ours
	[ "$(stat -c %s ours)" -gt 10000 ] || fail "too few arguments: $way"
}

# ways_setup: what the argument lists are made of.
ways_setup() {
	local i
	all=
	for i in {1..255}; do all+=$(printf '\\x%02x' "$i"); done
	printf -v all '%b' "$all"
	printf -v large '%0*d' 100000 1
	cp "$GUESTS/args" list
	cp "$GUESTS"/{execs,spawns} .
}

@test "by: each exec function" {
	ways_setup
	for f in execve execv execvp execvpe execl execle execlp; do
		by "exec ./execs $f \"\$@\""
	done
}

@test "by: a descriptor: it has no name, and runs as without a rule" {
	cp "$GUESTS/execs" .
	for f in fexecve execveat; do
		run -7 enforced app ./execs "$f" "$APP" exit 7
		assert_output ''
	done
	assert_equal "$(ctl list --json)" '[]'
}

@test "by: posix_spawn, posix_spawnp, system, popen, vfork" {
	ways_setup
	for f in posix_spawn posix_spawnp system popen vfork; do
		by "exec ./spawns $f \"\$@\""
	done
}

# bats test_tags=check
@test "by: forty at once from C, no program between: one starts" {
	local i pids=()
	for i in {1..40}; do
		begin_enforced app "$APP" wait "$PWD/end" exit 0 2>/dev/null
		pids+=("$BEGUN")
	done
	wait_until 'all but one have ended' one_left "${pids[@]}"
	wait_until 'one has begun' eval '[ "$(constructors)" -gt 0 ]'
	assert_equal "$(constructors)" 1
}

# --- the state of the program ---------------------------------------------

# twice SCENE [NAME]: a piece of shell that starts "$@": the guest that tells
# all of itself tells the same with a rule as without.
twice() {
	local scene=$1 name=${2-tell}
	[ -e tell ] || cp "$GUESTS/state" tell
	rm -f bare ours
	timeout $LIMIT bash -c '
		scene() { '"$scene"'
		}
		name=$1
		shift
		export LD_PRELOAD=$SHIM_LIST ONLYONE_ENFORCE=nothing
		scene "$@" || exit
		mv state.out bare || exit
		export ONLYONE_ENFORCE=$name
		scene "$@" || exit
		mv state.out ours' \
		bash "$name" "$PWD/tell" "$PWD/state.out" a '' 'b c'
	chmod 600 bare ours
	prints '' diff -a bare ours
}

@test "state: is as without a rule, in all that a program can see" {
	export SHIM_LIST=$SHIM
	twice '(exec "$@")'
	twice '"$@"'
	twice '(exec "$@" <&-)'
	twice '(exec "$@" <&- >&- 2>&-)'
	twice '(exec "$@" 3</dev/null 4</ 7<>/dev/zero 63</dev/null 200</)'
	twice '(umask 0; exec "$@")'
	twice '(ulimit -c 0 -f 100000 -s 4096 -t 100 -n 100; exec "$@")'
	twice '(ulimit -n 16; exec "$@")'
	twice '(trap "" INT QUIT TERM CHLD PIPE USR1 ALRM; exec "$@")'
	twice 'nohup nice -n 3 setsid -w "$@"'
	twice '(exec setpriv --no-new-privs "$@")'
	twice '(exec setpriv --pdeathsig TERM "$@")'
	twice '(exec setarch -R "$@")'
	twice '(mkdir -p d; cd d; exec "$@")'
	twice '(PATH=:/nowhere HOME=/nowhere; exec "$@")'
	twice '(unset HOME; exec "$@")'
}

# bats test_tags=check
@test "state: signals blocked and pending stay so" {
	export SHIM_LIST=$SHIM
	cat >block.py <<-'END'
		import os, signal, sys
		signal.pthread_sigmask(signal.SIG_SETMASK, signal.valid_signals())
		os.kill(os.getpid(), signal.SIGUSR1)
		os.execv(sys.argv[1], sys.argv[1:])
	END
	twice '(exec /usr/bin/python3 block.py "$@")'
	run cat ours
	assert_line --regexp 'ShdPnd:.*00000200$'
}

# bats test_tags=check
@test "state: argv[0] is what the caller made it, also empty, also none" {
	export SHIM_LIST=$SHIM
	twice '(exec -a OTHER "$@")'
	run cat ours
	assert_line "argv 0 $(printf OTHER | od -An -tx1 | tr -d ' \n')"
	twice '(exec -a "" "$@")'
	twice '(exec -a -tell "$@")'
	twice '(exec -a onlyone "$@")'
	twice '(exec -a /nowhere/onlyonectl "$@")'
	cp "$GUESTS"/{guest,execs} .
	rm -f bare
	# No arguments at all: the kernel makes an empty one of it.
	GUEST_LOG=$PWD/bare enforced nothing ./execs nullargv execve \
		"$PWD/guest" 3>&- &
	begin_enforced guest ./execs nullargv execve "$PWD/guest"
	guest_runs "$BEGUN"
	wait_until 'the bare one runs' file_has bare main
	assert_equal "$(sed 's/^[0-9]* //' "$GUEST_LOG")" \
		"$(sed 's/^[0-9]* //' bare)"
	assert_equal "$(ctl pid guest)" "$BEGUN"
}

# bats test_tags=check
@test "state: by a relative path, by PATH, through a link" {
	export SHIM_LIST=$SHIM
	twice '(shift; exec ./tell "$@")'
	twice '(shift; PATH=$PWD; exec tell "$@")'
	ln -s tell linked
	twice '(shift; exec ./linked "$@")' linked
	# Of an own link the name counts, not that of what it leads to.
	begin_enforced tell ./app
	guest_runs "$BEGUN"
	assert_equal "$(ctl count "$APP")" 0
}

# bats test_tags=check
@test "state: the user's own entries of LD_PRELOAD stay, in order" {
	local list hook=$GUESTS/hook.so
	for list in "$hook:$SHIM" "$SHIM:$hook" "$SHIM $hook" ":$SHIM:" \
		"$hook:$SHIM:$hook"; do
		SHIM_LIST=$list twice '(exec "$@")'
		prints 1 grep -c "^env LD_PRELOAD=$list\$" ours
	done
}

@test "state: of ours it sees the documented variables, and no other" {
	cp "$GUESTS/guest" app
	begin_app
	run sh -c 'tr "\0" "\n" <"/proc/$1/environ" | grep ^ONLYONE_ |
		cut -d= -f1 | sort' sh "$BEGUN"
	assert_line ONLYONE_APP
	assert_line ONLYONE_SLOT
	# What exec was given has the mark; what a child gets has not.
	enforced sh sh -c 'env' >seen
	prints 0 grep -cE '^ONLYONE_(PASS|LOCK)=' seen
	prints 1 grep -c '^ONLYONE_SLOT=' seen
}

@test "state: arguments as long as the kernel takes do not keep it from running" {
	cp "$GUESTS/args" list
	cat >most.py <<-'END'
		# The longest list that execve takes with this environment, and a
		# little less, each run without a rule and with one.
		import os, subprocess, sys
		env = {"LD_PRELOAD": os.environ["SHIM"],
		    "ONLYONE_DIR": os.environ["ONLYONE_DIR"]}
		def run(n, rule):
		    if os.path.exists("got"):
		        os.unlink("got")
		    extra = ["x" * 100000] * (n // 100001) + ["x" * (n % 100001)]
		    try:
		        status = subprocess.run(["./list", "got"] + extra,
		            env=dict(env, ONLYONE_ENFORCE=rule)).returncode
		    except OSError:
		        return None
		    assert status == 0, (n, rule, status)
		    assert open("got", "rb").read() == b"\0".join(
		        [str(len(extra)).encode()] + [e.encode() for e in extra]
		        + [b""]), (n, rule)
		    return True
		low, high = 1000000, 8000000
		while high - low > 1:
		    middle = (low + high) // 2
		    if run(middle, "nope"):
		        low = middle
		    else:
		        high = middle
		for less in (0, 1, 8, 30, 60, 90, 120, 150, 200, 250, 300, 350, 400,
		    500, 600, 800, 1000, 5000):
		    assert run(low - less, "list"), less
	END
	(
		ulimit -s 8192
		timeout $((2 * LIMIT)) /usr/bin/python3 most.py
	)
}
