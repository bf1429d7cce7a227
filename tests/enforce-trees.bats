#!/usr/bin/env bats
# as: user (no right is asked for)
# enforce-trees.bats: enforced programs that are not one plain process.
#
# Scripts go by their own name, whatever runs them.  Wrappers, workers, zygotes
# and what starts itself anew are parts of the instance: they run as they like,
# and when the first process ends within its rights, another one follows.
load lib/enforce
load lib/script

PARTS+=(app fam)

# args_hex ARG...: as the scripts below write them down.
args_hex() { printf '%s\0' "$@" | od -An -v -tx1 | tr -d ' \n'; }

# scripted PATH NAME: the script, which writes "run PID", its arguments, and
# waits for the file end, runs once; the rule is NAME's.
scripted() {
	local pid
	rm -f end ran args
	begin_enforced "$2" "$1" '' 'a  b' $'\xff\n' "$1"
	wait_until 'the script runs' test -s ran
	pid=$(cat ran)
	assert_equal "$(od -An -v -tx1 <args | tr -d ' \n')" \
		"$(args_hex '' 'a  b' $'\xff\n' "$1")"
	prints "$pid" ctl pid "$(ctl list --json | jq -r '.[].app')"
	assert_equal "$pid" "$BEGUN"
	assert_equal "$(basename "$(ctl list --json | jq -r '.[].app')")" "$2"
	run -0 enforced "$2" "$1"
	assert_equal "$(wc -l <ran)" 1
	: >end
	frees ends "$BEGUN" 7
}

sh_body='printf "%s\0" "$@" >args; echo $$ >>ran
while ! [ -e end ]; do sleep 0.01; done; exit 7'
py_body='import os, sys, time
open("args", "wb").write(b"".join(os.fsencode(a) + b"\0" for a in sys.argv[1:]))
open("ran", "a").write("%d\n" % os.getpid())
while not os.path.exists("end"): time.sleep(0.01)
sys.exit(7)'

@test "script: by its own name, its #! without and with an argument" {
	script job /bin/sh "$sh_body"
	scripted ./job job
	scripted "$PWD/job" job
	script job2 '/bin/bash -u' "$sh_body"
	scripted ./job2 job2
	script job3 ' /usr/bin/python3 -u' "$py_body"
	scripted ./job3 job3
	# The interpreter has no part in it.
	script job4 /bin/sh 'exit 5'
	run -5 enforced sh ./job4
	run -5 enforced sh:dash dash -c 'exit 5'
}

@test "script: by env, by env -S, and by PATH" {
	script job '/usr/bin/env bash' "$sh_body"
	scripted ./job job
	script job2 '/usr/bin/env -S /usr/bin/python3 -u' "$py_body"
	scripted ./job2 job2
	mkdir bin
	mv job bin/viapath
	PATH=$PWD/bin:$PATH scripted viapath viapath
}

@test "script: whose #! names another script" {
	script inner /bin/sh 'shift; '"$sh_body"
	script outer "$PWD/inner" ''
	scripted ./outer outer
	script inner /bin/sh 'test "$1" = with; shift 2; '"$sh_body"
	script outer2 "$PWD/inner with" ''
	scripted ./outer2 outer2
	# What runs it has no part in it, here either.
	script inner /bin/sh 'exit 5'
	run -5 enforced inner ./outer
	prints 0 ctl count inner
}

@test "script: without #! goes by the name of the shell: it is not reached" {
	echo 'echo ran >>ran' >job
	chmod +x job
	enforced job env ./job
	enforced job env ./job
	assert_equal "$(wc -l <ran)" 2
	untouched
}

# --- programs of several processes ----------------------------------------

mains() { grep -c ' main$' "$GUEST_LOG"; }

mains_are() { [ "$(mains)" = "$1" ]; }

heres_are() { [ "$(grep -c ' here$' "$GUEST_LOG")" = "$1" ]; }

# all_but N PID...: as many are left.
all_but() {
	local pid left=0 n=$1
	shift
	for pid; do gone "$pid" || left=$((left + 1)); done
	[ "$left" -le "$n" ]
}

# fam_once: a further start starts nothing.  It has a log of its own: the others
# may still be at it.
fam_once() {
	rm -f once
	GUEST_LOG=$PWD/once run -0 enforced fam "$FAM"
	[ ! -e once ] || fail "started: $(cat once)"
	assert_equal "$(ctl count "$FAM")" 1
}

# instance_in: the instance is one of the processes that said "here", less $1.
instance_in() {
	local pid
	pid=$(ctl pid "$FAM") && [ "$pid" != "$1" ] &&
		grep -q "^$pid here$" "$GUEST_LOG" && alive "$pid"
}

# bats test_tags=check
@test "tree: workers by /proc/self/exe and by the own path, zygotes, other names" {
	begin_enforced fam "$FAM" child 0 self child 0 own zygote 0 own \
		called other child 0 own child 3 self child 0 own
	wait_until 'seven run' heres_are 7
	assert_equal "$(ctl pid "$FAM")" "$BEGUN"
	fam_once
	assert_equal "$(mains)" 7
	# All by its own file, and none is onlyone.
	prints 14 grep -c . "$GUEST_LOG"
}

# bats test_tags=check
@test "tree: a program that its own instance starts runs freely, with its end" {
	begin_enforced fam "$FAM" child 2 own end 5 reap
	ends "$BEGUN" 5
	assert_equal "$(mains)" 2
}

# bats test_tags=check
@test "tree: a wrapper of the same name that becomes the program" {
	mkdir bin
	script bin/fam /bin/sh 'exec "$FAMILY_OWN" "$@"'
	begin_enforced fam bin/fam
	wait_until 'it runs' heres_are 1
	assert_equal "$(ctl pid "$PWD/bin/fam")" "$BEGUN"
	run -0 enforced fam bin/fam
	assert_equal "$(mains)" 1
	assert_equal "$(ctl list --json | jq length)" 1
}

@test "tree: a wrapper of the same name that has the program as its child" {
	mkdir bin
	script bin/fam /bin/sh '"$FAMILY_OWN" "$@"' 'exit $?'
	begin_enforced fam bin/fam wait "$PWD/end" end 5
	wait_until 'it runs' mains_are 1
	run -0 enforced fam bin/fam
	assert_equal "$(mains)" 1
	assert_equal "$(ctl list --json | jq length)" 1
	: >end
	ends "$BEGUN" 5
}

# bats test_tags=check
@test "tree: another program with a rule, started inside, is enforced for itself" {
	begin_enforced fam:app "$FAM" child 0 "$APP" child 0 "$APP"
	wait_until 'both run' test -s "$GUEST_LOG"
	wait_until 'the app runs' count_is "$APP" 1
	wait_until 'it is in main' file_has "$GUEST_LOG" ' main 1'
	run -0 enforced app "$APP"
	assert_equal "$(constructors)" 1
	assert_equal "$(ctl list --json | jq length)" 2
	# Its end is its own.
	killed "$BEGUN"
	freed "$FAM"
	assert_equal "$(ctl count "$APP")" 1
}

@test "tree: an instance within an instance is none of the outer one's" {
	begin_enforced fam:app "$FAM" child 0 "$APP"
	wait_until 'the app runs' count_is "$APP" 1
	wait_until 'it is in main' file_has "$GUEST_LOG" ' main'
	prints 1 grep -c "/mapping" "/proc/$(ctl pid "$APP")/maps"
	assert_equal "$(grep -o '[^ ]*/mapping' "/proc/$(ctl pid "$APP")/maps")" \
		"$(ctl list "$APP" --json | jq -r '.[0].dir')/mapping"
}

# --- programs that start themselves anew ----------------------------------

# restarts STEP...: the first process does these and the end: then another one
# is the instance, and at no moment does a start start one.
restarts() {
	local first
	: >"$GUEST_LOG"
	begin_enforced fam "$FAM" "$@"
	first=$BEGUN
	ends "$first" 0
	wait_until 'the successor runs' heres_are 1
	fam_once
	wait_until 'the successor is the instance' instance_in "$first"
	fam_once
	frees kill -KILL "$(ctl pid "$FAM")"
}

@test "restart: by exec, of the own path and of /proc/self/exe" {
	for how in own self; do
		: >"$GUEST_LOG"
		begin_enforced fam "$FAM" become "$how" become "$how"
		wait_until 'it is there' heres_are 1
		assert_equal "$(mains)" 3
		fam_once
		assert_equal "$(ctl pid "$FAM")" "$BEGUN"
		frees killed "$BEGUN"
	done
}

@test "restart: by a child, the first one ending at once, twenty times" {
	for _ in {1..10}; do
		restarts child 0 own end 0
		restarts child 2 own nap 5 end 0
	done
}

@test "restart: the first one ends when the child is known, but not yet itself" {
	# The child's third execve, which makes it the program again, waits.
	begin_enforced fam strace -f -qq -o /dev/null -e trace=execve \
		-e inject=execve:delay_enter=600000:when=3 \
		"$FAM" child 0 own nap 300 end 0
	wait_until 'the successor runs' heres_are 1
	fam_once
}

@test "restart: while others start it all the time there is never a second one" {
	local pids=()
	begin_enforced fam "$FAM" child 4 own child 2 own nap 30 nap 30 end 0
	for _ in {1..30}; do
		begin_enforced fam "$FAM" 2>/dev/null
		pids+=("$BEGUN")
	done
	wait_until 'the starts have ended' all_but 1 "${pids[@]}"
	fam_once
}

@test "orphan: when the instance is gone, what its child starts is a fresh one" {
	script orphan /bin/sh 'trap "" HUP
		until [ -e gate ]; do sleep 0.01; done
		exec "$FAMILY_OWN"'
	begin_enforced fam "$FAM" child 0 "$PWD/orphan" nap 100 end 0
	frees ends "$BEGUN" 0
	: >gate
	wait_until 'the fresh one runs' heres_are 1
	assert_equal "$(ctl pid "$FAM")" "$(sed -n 's/ here$//p' "$GUEST_LOG")"
	fam_once
	: >"$GUEST_LOG"
	frees kill -KILL "$(ctl pid "$FAM")"
	begin_enforced fam "$FAM"
	wait_until 'the next one runs' heres_are 1
	fam_once
}

@test "orphan: beside a fresh instance, a daemon or not, a child of the earlier one is not a member" {
	script orphan /bin/sh 'trap "" HUP
		until [ -e gate ]; do sleep 0.01; done
		"$FAMILY_OWN" end 0; echo $? >status'
	for second in '' 'child 1 own setsid end 0'; do
		rm -f gate status
		: >"$GUEST_LOG"
		begin_enforced fam "$FAM" child 0 "$PWD/orphan" nap 100 end 0
		frees ends "$BEGUN" 0
		: >"$GUEST_LOG"
		begin_enforced fam "$FAM" $second
		wait_until 'the second one runs' heres_are 1
		wait_until 'it is the instance' instance_in 0
		mains=$(mains)
		: >gate
		wait_until 'the orphan has tried' test -s status
		mains_are "$mains" || fail "it is a member: $second"
		instance_in 0
		frees kill -KILL "$(ctl pid "$FAM")"
	done
}

@test "limit: what has lost the environment is not reached" {
	begin_app
	run -5 enforced app env -i GUEST_LOG="$GUEST_LOG" \
		ONLYONE_DIR="$ONLYONE_DIR" "$APP" exit 5
	assert_equal "$(constructors)" 2
	assert_equal "$(ctl pid "$APP")" "$BEGUN"
}
