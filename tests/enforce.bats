# enforce.bats: a program that has a rule is single, however and by whichever user it
# is started; and whatever is wrong with us, it runs.
#
# LD_PRELOAD names the library plainly, and ONLYONE_ENFORCE names the program: no test
# calls onlyone.  However it is started, the program runs once, in the state that it
# would have had.  Only one thing stops it: it is already running.
load lib/enforce

PARTS+=(app)

# by WAY: a piece of shell that starts "$@" starts the app, and once; its arguments
# arrive as they do without us, byte for byte.
by() {
	local way=$1 list=("$large" '' "$all" ' a  b') part
	echo "$way" >&2
	: >"$GUEST_LOG"
	rm -f end bare ours
	export GUEST_GATE=$PWD/end
	begin_enforced app bash -c "$way" bash "$APP" exit 7 </dev/null >/dev/null
	part=$BEGUN
	wait_until 'the app runs' file_has "$GUEST_LOG" ' constructor'
	assert_equal "$(ctl pid "$APP")" "$(sed 's/ .*//' "$GUEST_LOG")"
	single bash -c "$way" bash "$APP" </dev/null
	: >end
	frees ends "$part" 7
	timeout $LIMIT bash -c "$way" bash ./list "$PWD/bare" "${list[@]}" </dev/null
	enforced list bash -c "$way" bash ./list "$PWD/ours" "${list[@]}" </dev/null
	cmp bare ours
	[ "$(stat -c %s ours)" -gt 10000 ] || fail 'too few arguments'
}

@test "by: each exec function, posix_spawn, posix_spawnp, system, popen, vfork" {
	local i f all=
	for i in {1..255}; do all+=$(printf '\\x%02x' "$i"); done
	printf -v all '%b' "$all"
	printf -v large '%0*d' 100000 1
	cp "$GUESTS/args" list
	cp "$GUESTS/execs" .
	for f in execv{e,,p,pe} execl{,e,p}; do by "exec ./execs $f \"\$@\""; done
	for f in posix_spawn{,p} system popen "in vfork execv"; do by "exec ./execs $f \"\$@\""; done
	# A descriptor has no name: it runs as without a rule.
	: >"$GUEST_LOG"
	for f in fexecve execveat; do
		prints -7 '' enforced app ./execs "$f" "$APP" exit 7
	done
	prints '[]' ctl list --json
}

# bats test_tags=check
@test "by, open, rule: ten at once from C: one starts; without the command beside the library, or a state root that can be used, it runs; so does what a file of the user's names, with its match and its options" {
	local i pids=()
	for i in {1..10}; do
		begin_enforced app "$APP" wait "$PWD/end" exit 0 2>/dev/null
		pids+=("$BEGUN")
	done
	wait_until 'all but one have ended' one_left "${pids[@]}"
	wait_until 'one has begun' test -s "$GUEST_LOG"
	single "$GUESTS/execs" posix_spawn "$APP" wait "$PWD/end" exit 0
	frees killed "$(onlyonectl pid "$APP")"
	own_build alone
	SHIM=$SHIM:$PWD/alone/libonlyone.so runs "$APP" exit 5
	echo 'not a program' >alone/onlyone
	SHIM=$PWD/alone/libonlyone.so runs "$APP" exit 5
	rm alone/onlyone
	SHIM=$PWD/alone/libonlyone.so runs "$APP" exit 5
	mkdir -m 777 wide
	ONLYONE_DIR=$PWD/wide runs "$APP" exit 5
	# onlyone itself says what is wrong, if it is called.
	ONLYONE_DIR=relative run -73 onlyone "$APP" exit 5
	# The command is found beside it, and from below lib/onlyone.
	own_build pre/lib/onlyone
	mkdir pre/bin
	mv pre/lib/onlyone/onlyone pre/bin
	SHIM=$PWD/pre/lib/onlyone/libonlyone.so
	begin_app
	prints "$BEGUN" onlyonectl pid "$APP"
	frees killed "$BEGUN"
	: >"$GUEST_LOG"
	local rules=.config/onlyone/rules
	export HOME=$PWD LD_PRELOAD=$SHIM
	mkdir -p -m 755 .config .config/onlyone "$rules"
	: >"$rules/app"
	begin_guest "$APP"
	run -0 timeout $LIMIT "$APP" exit 5
	printf -- '-n\n-E 9\nmatch %s/*\n' "$PWD" >"$rules/app"
	prints -9 --partial 'is already running' timeout $LIMIT "$APP" exit 5
	assert_equal "$(constructors)" 1
	# One that is for another path, is no good, or is another's, is none.
	cp app apple
	run -5 timeout $LIMIT ./apple exit 5
	cp app ap
	echo '--no-such-option' >"$rules/ap"
	prints -5 '' timeout $LIMIT ./ap exit 5
	echo "match /nowhere/*" >"$rules/app"
	prints -5 '' timeout $LIMIT "$APP" exit 5
	# ONLYONE_DISABLE=1 switches it off, for all that is started so.
	: >"$rules/app"
	run -0 timeout $LIMIT "$APP" exit 5
	ONLYONE_DISABLE=1 run -5 sh -c '"$@"; exit $?' sh "$APP" exit 5
	prints "$BEGUN" onlyonectl pid "$APP"
}

# twice SCENE [NAME]: a piece of shell that starts "$@": the guest that tells all of
# itself tells the same with a rule as without.
twice() {
	local scene=$1 name=${2-tell}
	[ -e tell ] || cp "$GUESTS/state" tell
	echo "$scene" >&2
	rm -f bare ours
	timeout $LIMIT bash -c '
		scene() { '"$scene"'
		}
		name=$1
		shift
		export LD_PRELOAD=${SHIM_LIST-$SHIM} ONLYONE_ENFORCE=nothing
		scene "$@" || exit
		mv state.out bare || exit
		export ONLYONE_ENFORCE=$name
		scene "$@" || exit
		mv state.out ours' \
		bash "$name" "$PWD/tell" "$PWD/state.out" a '' 'b c'
	chmod 600 bare ours
	prints '' diff -a bare ours
}

# bats test_tags=check
@test "state, tree: signals blocked and pending stay so; argv[0] is what the caller made it; workers, zygotes and other names are parts; another program has its own rule" {
	twice "(exec /usr/bin/python3 $BATS_TEST_DIRNAME/lib/blocked.py "'"$@")'
	[[ $(<ours) =~ ShdPnd:.*00000200 ]]
	twice '(exec -a OTHER "$@")'
	[[ $(<ours) == *$'\nargv 0 4f54484552\n'* ]]
	# By a relative path, through a link: of that the name counts.
	ln -s tell linked
	twice '(shift; exec ./linked "$@")' linked
	run -5 enforced tell ./app exit 5
	prints '[]' onlyonectl list --json
	fam_setup
	begin_enforced fam:app "$FAM" child 0 self child 0 own zygote 0 own \
		called other child 3 self child 0 own child 0 "$APP"
	one=$BEGUN
	wait_until 'six run' notes here 6
	wait_until 'the app does' count_is "$APP" 1
	prints "$one" onlyonectl pid "$FAM"
	export GUEST_LOG=$PWD/once
	run -0 enforced fam:app "$FAM"
	run -0 enforced fam:app "$APP"
	[ ! -e once ]
	# Each has an end of its own.
	killed "$one"
	freed "$FAM"
	prints 1 onlyonectl count "$APP"
}

@test "state: is as without a rule, in all that a program can see" {
	while read -r scene; do
		twice "$scene"
	done <<-'END'
		(exec "$@" <&- >&- 2>&-)
		(exec "$@" 3</dev/null 4</ 7<>/dev/zero 63</dev/null 200</)
		(trap "" INT QUIT TERM CHLD PIPE USR1 ALRM; exec "$@")
		nohup nice -n 3 setsid -w "$@"
		(exec setpriv --no-new-privs --pdeathsig TERM "$@")
	END
	local list hook=$GUESTS/hook.so
	for list in "$SHIM $hook" "$hook:$SHIM:$hook"; do
		SHIM_LIST=$list twice '(exec "$@")'
		grep -qx "env LD_PRELOAD=$list" ours
	done
	# No arguments at all: the kernel makes an empty one of it.
	begin_enforced app "$GUESTS/execs" nullargv execve "$APP"
	guest_runs "$BEGUN"
	prints "$BEGUN" ctl pid "$APP"
	# What marks the exec no child gets.
	enforced sh sh -c 'env' >seen
	run ! grep -E '^ONLYONE_(PASS|LOCK)=' seen
}

@test "rule: each name of ONLYONE_ENFORCE, whole and alone; of LD_PRELOAD the plain spelling" {
	for list in '' : ap appl x:ap /app "$APP" 'app x' '*'; do
		run -5 enforced "$list" strace -qq -o trace -e trace=execve "$APP" exit 5
		# It has not been through the command.
		assert_equal "$(grep -c execve trace)" 1
	done
	begin_enforced x:app:y "$APP"
	guest_runs "$BEGUN"
	run -0 enforced :app "$APP" exit 5
	run -0 enforced app env LD_PRELOAD="/nowhere/libonlyone.so:$SHIM" "$APP" exit 5
	run -5 enforced app env LD_PRELOAD="${SHIM%/*}/./libonlyone.so" "$APP" exit 5
	LD_LIBRARY_PATH=$BUILD run -5 enforced app env LD_PRELOAD=libonlyone.so "$APP" exit 5
	prints "$BEGUN" ctl pid "$APP"
}

# runs COMMAND...: the app, which should exit with 5, runs, and the library says
# nothing.
runs() {
	local seen
	echo "$*" >&2
	: >"$GUEST_LOG"
	prints -5 '' enforced app "$@"
	mapfile -t seen <"$GUEST_LOG"
	[[ ${seen[*]} == *' constructor '*' main '* && ${#seen[@]} = 2 ]]
}

# own_build DIR: the files of the build.
own_build() {
	mkdir -p "$1"
	cp "$BUILD/onlyone" "$BUILD/libonlyone.so" "$1"
}

@test "open: with odd slots, marks, files, and little memory or few descriptors" {
	: >file
	ONLYONE_DIR=$PWD/file runs "$APP" exit 5
	ONLYONE_DIR=/proc/onlyone runs "$APP" exit 5
	ONLYONE_SLOT=/$(printf '%05000d' 1) runs "$APP" exit 5
	runs sh -c 'ulimit -v 6000; exec "$@"' sh "$APP" exit 5
	runs bash -c 'exec 3>&- 4>&-; ulimit -n 5; exec "$@"' bash "$APP" exit 5
	runs sh -c 'exec "$@" <&- 2>&-' sh "$APP" exit 5
	runs bash -c 'ulimit -u 1; exec "$@"' bash "$APP" exit 5
	# The guest must not write either then.
	run -5 enforced app sh -c 'unset GUEST_LOG; ulimit -f 0; exec "$@"' sh "$APP" exit 5
	# And what is forged lets no second one in.
	: >"$GUEST_LOG"
	begin_app
	for slot in / '' relative "$ONLYONE_DIR/none"; do
		ONLYONE_SLOT=$slot ONLYONE_PASS=$BEGUN ONLYONE_LOCK=1 single "$APP"
	done
}
