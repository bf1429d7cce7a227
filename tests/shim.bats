#!/usr/bin/env bats
# shim.bats: libonlyone.so alone, without the command.
#
# A slot is a folder with a pidfile and a mapping, so the tests make it by hand,
# in memory, and let a guest be its owner: what it says of itself (errno at
# main, LD_PRELOAD, descriptors, whether it maps the mapping) and who is seen to
# hold the lock show what the shim did.

bats_require_minimum_version 1.8.0
load lib/assert
load lib/patience
load lib/trace

BUILD=${BUILD:-$(cd "$BATS_TEST_DIRNAME/.." && pwd)/build}
FUNCTIONS='execl execle execlp execv execve execveat execvp execvpe fexecve'

setup() {
	trace_failures
	silence
	unset "${!ONLYONE_@}" LD_PRELOAD HOOK_LOG
	local in=/dev/shm
	[ -w "$in" ] || in=$BATS_TEST_TMPDIR
	SLOT=$(mktemp -d "$in/shim-test.XXXXXX")
	stat -L -c %i /proc/self/ns/pid >"$SLOT/mapping"
	# A path that LD_PRELOAD can hold, wherever the build lies.
	LIB=$SLOT/lib
	mkdir "$LIB"
	cp "$BUILD/libonlyone.so" "$BUILD/guests/hook.so" "$LIB/"
	SHIM=$LIB/./libonlyone.so
	PLAIN=$LIB/libonlyone.so
	STATE=$BUILD/guests/shimstate
	EXECS=$BUILD/guests/execs
	STARTED=()
	cd "$BATS_TEST_TMPDIR" || return 1
}

teardown() {
	local pid
	for pid in "${STARTED[@]}" $(cat ready.* 2>/dev/null); do
		kill -KILL "$pid" 2>/dev/null || true
	done
	rm -rf "$SLOT"
}

# with LIST COMMAND...: COMMAND with LD_PRELOAD, in a slot that is not its own.
with() {
	local list=$1
	shift
	echo 1 >"$SLOT/pid"
	timeout $LIMIT env ONLYONE_SLOT="$SLOT" LD_PRELOAD="$list" "$@" 3>&-
}

# owner COMMAND...: COMMAND with the shim, as the owner of the slot.  timeout
# and sh come first, without the shim; then all is one process.
owner() { owner_with "$SHIM" "$@"; }

owner_with() {
	local list=$1
	shift
	timeout $LIMIT sh -c 'echo $$ >"$1/pid" || exit
		exec env ONLYONE_SLOT="$1" LD_PRELOAD="$2" sh -c '\''
			shift 2
			exec "$@"'\'' sh "$@"' sh "$SLOT" "$list" "$@" 3>&-
}

# begin COMMAND...: in the background.
begin() {
	"$@" 3>&- &
	STARTED+=("$!")
}

# lock: held or free, as a keeper asks it.
lock() {
	/usr/bin/python3 - "$SLOT/mapping" <<-'END'
		import fcntl, os, struct, sys
		fd = os.open(sys.argv[1], os.O_RDWR)
		lock = struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 1, 0)
		lock = fcntl.fcntl(fd, fcntl.F_OFD_GETLK, lock)
		free = struct.unpack("hhqqi4x", lock)[0] == fcntl.F_UNLCK
		print("free" if free else "held")
	END
}

lock_is() { [ "$(lock)" = "$1" ]; }

has_image() { # PID
	grep -qF " $SLOT/mapping" "/proc/$1/maps"
}

gone() { # PID: ended, or a zombie
	local stat
	read -r stat 2>/dev/null <"/proc/$1/stat" || return 0
	[[ ${stat##*) } == [ZX]* ]]
}

# The report of a guest: what it should say of LD_PRELOAD, adoption, and
# whether the shim is in it at all.
assert_state() { # PRELOAD ADOPTED [LOADED]
	assert_success
	assert_line 'errno 0'
	assert_line "preload $1"
	assert_line "adopted $2"
	assert_line "loaded ${3-yes}"
}

# states PRELOAD ADOPTED COMMAND...: so it is, the shim being in it.
states() {
	run "${@:3}"
	assert_state "$1" "$2"
}

# --- the object -----------------------------------------------------------

# each [NAME]: those of them that are named in $SHIMS; and this one, where it is built.
each() {
	local name
	for name in ${SHIMS-libonlyone.so}; do
		echo "$BUILD/$name"
	done
	[ ! "${1-}" ] || [ ! -e "$BUILD/$1" ] || echo "$BUILD/$1"
}

# bats test_tags=check
@test "shim: needs libc.so.6 and nothing else" {
	for lib in $(each libonlyone-window.so); do
		run -0 readelf -dW "$lib"
		assert_equal "$(grep -c '(NEEDED)' <<<"$output")" 1
		assert_line --regexp '\(NEEDED\) .*\[libc\.so\.6\]'
		refute_line --regexp \
			'\((BIND_NOW|TEXTREL|RPATH|RUNPATH|SONAME|INIT)\)'
	done
}

# bats test_tags=check
@test "shim: no symbol is newer than GLIBC_2.17" {
	for lib in $(each libonlyone-window.so); do
		run -0 bash -c 'readelf -VW "$1" | grep -o "GLIBC_[0-9.]*" |
			sort -uV' bash "$lib"
		assert [ "${#lines[@]}" -gt 0 ]
		run bash -c 'printf "%s\n" "$@" GLIBC_2.17 | sort -V |
			tail -n 1' bash "${lines[@]}"
		assert_output GLIBC_2.17
	done
}

# bats test_tags=check
@test "shim: exports exactly the nine exec functions, without a version" {
	for lib in $(each); do
		run -0 bash -c 'nm -D --defined-only "$1" | cut -d" " -f 2-' \
			bash "$lib"
		assert_output "$(printf 'T %s\n' $FUNCTIONS)"
	done
}

# bats test_tags=check
@test "shim: imports only what is on the list, and dlsym only weakly" {
	for lib in $(each); do
		run -0 bash -c 'nm -D --undefined-only "$1" |
			sed "s/@.*//; s/^ *//" | sort' bash "$lib"
		for line in "${lines[@]}"; do
			case $line in
			'U environ' | 'U __environ' | 'U __errno_location') ;;
			'U getauxval' | 'w dlsym') ;;
			*) fail "$lib imports $line" ;;
			esac
		done
	done
}

@test "shim: has no more relocations to bind at start than environ and dlsym" {
	for lib in $(each); do
		run -0 bash -c 'readelf -rW "$1" | grep -c GLOB_DAT' bash "$lib"
		assert [ "$output" -le 2 ]
	done
}

# --- adopting -------------------------------------------------------------

# bats test_tags=check
@test "adopt: the owner holds the lock and maps the mapping, as long as it lives" {
	prints free lock
	begin owner "$STATE" out report report ready ready.1 pause
	wait_until 'the guest is ready' test -e ready.1
	prints held lock
	has_image "$(cat ready.1)"
	run cat report
	assert_state unset yes
	kill -KILL "$(cat ready.1)"
	wait_until 'the lock is free' lock_is free
}

# bats test_tags=check
@test "adopt: the lock survives closing every descriptor" {
	begin owner "$STATE" closeall ready ready.1 pause
	wait_until 'the guest is ready' test -e ready.1
	prints held lock
}

# bats test_tags=check
@test "adopt: a child that execs does not hold it" {
	begin owner sh -c '"$@" & wait' sh "$STATE" out report report \
		ready ready.1 pause
	wait_until 'the child is ready' test -e ready.1
	run ! has_image "$(cat ready.1)"
	kill -KILL "$(cat "$SLOT/pid")"
	wait_until 'the lock is free, the child alive' lock_is free
	run ! gone "$(cat ready.1)"
	run cat report
	assert_state unset no no
}

# bats test_tags=check
@test "adopt: who is not in the pidfile does not" {
	states unset no with "$SHIM" "$STATE"
	prints free lock
}

@test "adopt: descriptors are as without the shim" {
	run sh -c 'exec "$1" 3>&-' sh "$STATE"
	local bare
	bare=$(grep '^fds' <<<"$output")
	states unset yes owner "$STATE"
	assert_line "$bare"
}

@test "adopt: with standard streams closed, and they stay closed" {
	local closed='exec "$@" <&- >&- 2>&-'
	sh -c "$closed 3>&-" sh "$STATE" out bare report
	run owner sh -c "$closed" sh "$STATE" out report report
	run cat report
	assert_state unset yes
	refute_line --regexp '^fds.* [0-3]( |$)'
	assert_line "$(grep '^fds' bare)"
}

@test "adopt: with no descriptors to be had, silence" {
	# One at a time is enough for ld.so; we need two.
	states unset no owner sh -c 'ulimit -n 4 && exec "$@"' sh "$STATE" report
	assert_equal "${#lines[@]}" 6
	prints free lock
}

@test "adopt: a pid namespace not known to the launcher is no reason against" {
	echo 0 >"$SLOT/mapping"
	states unset yes owner "$STATE"
}

@test "adopt: a long path to the slot" {
	local deep=$SLOT n
	for n in 1 2 3 4 5 6 7 8; do
		deep=$deep/$(printf '%0200d' "$n")
	done
	mkdir -p "$deep"
	mv "$SLOT/mapping" "$deep"
	run timeout $LIMIT sh -c 'echo $$ >"$1/pid"; exec env ONLYONE_SLOT="$1" \
		LD_PRELOAD="$2" "$3" 3>&-' sh "$deep" "$SHIM" "$STATE"
	assert_state unset yes
}

@test "adopt: ONLYONE_DISABLE switches it off" {
	states unset no owner env ONLYONE_DISABLE=1 "$STATE"
}

# --- forgeries: silence, and no waiting -----------------------------------

# forged PREPARE: PREPARE, as a piece of shell, makes the folder $1 wrong when
# the pid is in it.
forged() {
	run timeout $LIMIT sh -c 'echo $$ >"$1/pid"
		'"$1"'
		exec env ONLYONE_SLOT="${slot-$1}" LD_PRELOAD="$2" "$3" 3>&-' \
		sh "$SLOT" "$SHIM" "$STATE"
	assert_state unset no
	assert_equal "${#lines[@]}" 6
}

@test "forged: the same way of asking does adopt a true slot" {
	run timeout $LIMIT sh -c 'echo $$ >"$1/pid"
		exec env ONLYONE_SLOT="$1" LD_PRELOAD="$2" "$3" 3>&-' \
		sh "$SLOT" "$SHIM" "$STATE"
	assert_state unset yes
}

@test "adopt: injected, also where the one that the pidfile names has ended" {
	local plain=$LIB/libonlyone.so
	sh -c 'echo $$' >"$SLOT/pid" # reaped when this line is done
	run timeout $LIMIT env ONLYONE_SLOT="$SLOT" LD_PRELOAD="$SHIM" "$STATE" 3>&-
	assert_state unset yes
	# Spelled plainly, nobody says that this is the successor.
	run timeout $LIMIT env ONLYONE_SLOT="$SLOT" LD_PRELOAD="$plain" "$STATE" 3>&-
	assert_state "'$plain'" no
	echo "$$" >"$SLOT/pid"
	run timeout $LIMIT env ONLYONE_SLOT="$SLOT" LD_PRELOAD="$SHIM" "$STATE" 3>&-
	assert_state unset no
}

@test "forged: files that are none, and no folder, are not believed" {
	while read -r change; do
		echo "$change" >&2
		forged "$change"
		rm -rf "$SLOT"/{pid,mapping,other,link}
		stat -L -c %i /proc/self/ns/pid >"$SLOT/mapping"
	done <<-'END'
		rm "$1/pid"
		rm "$1/pid"; mkdir "$1/pid"
		rm "$1/pid"; mkfifo "$1/pid"
		rm "$1/mapping"; mkfifo "$1/mapping"
		mv "$1/pid" "$1/other"; ln -s other "$1/pid"
		mv "$1/mapping" "$1/other"; ln -s other "$1/mapping"
		ln -s "$1" "$1/link"; slot=$1/link
		slot=$1/pid
		slot=$1/none
		cd "$1"; slot=.
		slot=
		echo 4026000000 >"$1/mapping"
	END
}

@test "forged: pid holds anything but the pid and a newline" {
	for change in 'printf %d $$' 'printf "%d\n\n" $$' 'printf " %d\n" $$' \
		'printf "+%d\n" $$' 'printf "0%d\n" $$' 'printf "%d \n" $$' \
		'printf "%d\0\n" $$' 'printf "%d\nx" $$' 'printf ""' \
		'printf "1\n"' 'printf "%0400d\n" $$'; do
		forged "$change"' >"$1/pid"'
	done
}

@test "forged: mapping holds anything but the namespace and a newline" {
	ns=$(stat -L -c %i /proc/self/ns/pid)
	for change in "printf $ns" "printf '$ns\n\n'" "printf ' $ns\n'" \
		"printf '0$ns\n'" "printf '${ns}0\n'" "printf ''" \
		"printf '00\n'" "printf 0" "printf '18446744073709551616\n'"; do
		forged "$change"' >"$1/mapping"'
	done
}

# --- scrubbing ------------------------------------------------------------

# bats test_tags=check
@test "scrub: ours alone: the variable was not set" {
	states unset no with "$SHIM" "$STATE"
}

# bats test_tags=check
@test "scrub: the user's entries stay, in order" {
	local hook=$LIB/hook.so
	states "'$hook'" no with "$SHIM:$hook" "$STATE"
	states "'$hook'" no with "$hook:$SHIM" "$STATE"
	states "'$hook $hook:'" no with "$hook $SHIM $hook:" "$STATE"
	states "' $hook::'" no with "$SHIM: $hook::" "$STATE"
}

@test "scrub: a plain entry adopts as well" {
	states "'$PLAIN'" yes owner_with "$PLAIN" "$STATE"
}

@test "scrub: every variable of that name" {
	run timeout $LIMIT /usr/bin/python3 -c 'import ctypes, sys
libc = ctypes.CDLL(None)
p, shim = [a.encode() for a in sys.argv[1:]]
args = (ctypes.c_char_p * 2)(p, None)
env = (ctypes.c_char_p * 4)(b"LD_PRELOAD=" + shim, b"A=b",
    b"LD_PRELOAD=" + shim, None)
libc.execve(p, args, env)' "$STATE" "$SHIM"
	assert_state unset no
}

@test "scrub: bash, which brings its own setenv, passes nothing on" {
	run -0 with "$SHIM" bash -c 'echo "${LD_PRELOAD-unset}"
		env | grep LD_PRELOAD; export -p | grep LD_PRELOAD; :'
	assert_output unset
	run -0 with "$SHIM:" bash -c 'echo "[$LD_PRELOAD]"; env | grep LD_PRELOAD'
	assert_output $'[]\nLD_PRELOAD='
}

# bats test_tags=check
@test "scrub: nobody but an owner looks into the slot" {
	run -0 with "$SHIM" strace -o trace -e trace=all \
		-E "LD_PRELOAD=$SHIM" -E LD_PRELOADED=x \
		env -u ONLYONE_SLOT /bin/true
	run grep -cF "$SLOT/" trace
	assert_output 1 # ld.so opens the shim for env; true does not load it
}

# --- following exec -------------------------------------------------------

@test "follow: through each of the nine functions, with the same arguments" {
	for f in $FUNCTIONS; do
		states unset yes owner "$EXECS" "$f" "$STATE" report 'a b' ''
		assert_line "args '$STATE' 'report' 'a b' ''"
		assert_equal "${#lines[@]}" 6
	done
}

# bats test_tags=check
@test "follow: through scripts, also without a head line" {
	printf '#!/bin/sh\nexec "%s" "$@"\n' "$STATE" >script
	printf 'exec ./script "$@"\n' >headless
	printf '#!/usr/bin/env bash\nexec ./headless report "$@"\n' >outer
	chmod +x script headless outer
	states unset yes owner ./outer x
	local f
	for f in execlp execvp execvpe; do
		states unset yes owner "$EXECS" "$f" ./headless report
	done
}

@test "follow: from a thread that is not the first" {
	states unset yes owner "$EXECS" in thread execv "$STATE"
}

@test "follow: with an environment too large for the stack's share" {
	states unset yes owner "$EXECS" big execve "$STATE"
	run -0 owner "$EXECS" big execvp /usr/bin/env
	assert_equal "$(grep -c '^BIG_' <<<"$output")" 400
	refute_line --partial LD_PRELOAD
	local long
	long=$(printf "$LIB/hook.so%.0s:" {1..60})
	states "'$long'" yes owner "$EXECS" env "LD_PRELOAD=$long" execle "$STATE"
}

@test "follow: a shim whose own path is longer than its buffer" {
	local deep=$LIB
	deep=$deep/$(printf '%0250d/%0250d/%0250d' 1 2 3)
	mkdir -p "$deep"
	cp "$PLAIN" "$deep/"
	states unset yes owner_with "$deep/./libonlyone.so" "$EXECS" execv "$STATE"
	run owner_with "$deep/./libonlyone.so" "$EXECS" big execv "$STATE"
	assert_state unset yes
}

# bats test_tags=check
@test "follow: a failed exec leaves everything as it was" {
	for how in '' big; do
		for f in $FUNCTIONS; do
			states unset yes owner "$EXECS" again $how "$f" "$STATE"
			assert_line "$f: errno 7, environment as before, memory as before"
		done
	done
}

@test "follow: a static program sees no LD_PRELOAD" {
	for f in $FUNCTIONS; do
		run owner "$EXECS" "$f" "$STATE-static"
		assert_state unset no no
		run owner "$EXECS" env LD_PRELOAD=x "$f" "$STATE-static"
		assert_state "'x'" no no
	done
}

@test "follow: an environment without ONLYONE_SLOT passes as it is" {
	run owner "$EXECS" unset ONLYONE_SLOT execv "$STATE"
	assert_state unset no no
	run owner env -i "$STATE"
	assert_state unset no no
}

@test "follow: NULL for environment and arguments, as glibc takes them" {
	for f in execve execvpe execle execveat; do
		run owner "$EXECS" nullenv "$f" "$STATE"
		assert_state unset no no
	done
	prints -126 'fexecve: errno 22' owner "$EXECS" nullenv fexecve "$STATE"
	for f in execve execv execvp execvpe execveat; do
		states unset yes owner "$EXECS" nullargv "$f" "$STATE"
	done
}

# bats test_tags=check
@test "follow: children of the owner are not followed, whatever made them" {
	for how in fork vfork; do
		for f in $FUNCTIONS; do
			run owner "$EXECS" in "$how" "$f" "$STATE"
			assert_state unset no no
		done
	done
}

@test "follow: a plain entry that the program took out is not put back" {
	run owner_with "$PLAIN" "$EXECS" unset LD_PRELOAD execv "$STATE"
	assert_state unset no no
}

# --- and otherwise as without us ------------------------------------------

# Every function, on everything that can go wrong, bare, as somebody else and
# as the owner: the same words and the same status.
@test "exec: results and errors are glibc's" {
	mkdir d first second
	cp "$STATE" first/noexec
	chmod 644 first/noexec
	cp "$STATE" second/noexec
	printf 'echo headless "$0" "$@"\n' >headless
	printf '#!/nowhere\n' >orphan
	printf '\177ELF broken' >broken
	printf '#!/bin/sh\necho script "$@"\n' >script
	chmod +x headless orphan broken script
	cp headless second/
	touch file
	local long deep
	long=$(printf '%0300d' 0)
	deep=$(printf '%0255d' 0)
	compare() {
		local bare=() bare_status
		run timeout $LIMIT "$EXECS" "$@" 3>&-
		bare=("${lines[@]}") bare_status=$status
		run with "$SHIM" "$EXECS" "$@"
		assert_equal "$status: ${lines[*]}" "$bare_status: ${bare[*]}"
		run with "$PLAIN" "$EXECS" "$@"
		assert_equal "$status: ${lines[*]}" "$bare_status: ${bare[*]}"
		run owner "$EXECS" "$@"
		assert_equal "$status: ${lines[*]}" "$bare_status: ${bare[*]}"
		seen+=("$bare_status")
	}
	local seen=()
	for f in $FUNCTIONS; do
		compare "$f" ./missing
		compare "$f" ./d
		compare "$f" ./file
		compare "$f" ./file/x
		# The shell's complaint has a byte in it that bash loses.
		[[ $f == *p* ]] || compare "$f" ./broken
		compare "$f" ./orphan
		compare "$f" ./script a
		compare "$f" ./headless a b
		compare "$f" "./$long"
		compare "$f" ''
	done
	for f in execlp execvp execvpe; do
		compare "$f" missing
		compare "$f" "$long"
		compare "$f" "$deep"
		compare env PATH=first "$f" noexec
		compare env PATH=first:/nowhere "$f" noexec
		compare env PATH=file:d "$f" missing
		compare env PATH=first:second "$f" headless a
		compare env PATH=second "$f" headless
		compare env PATH= "$f" headless a
		compare env PATH=: "$f" headless a
		compare env PATH=/nowhere: "$f" headless a
		compare env PATH=/nowhere "$f" true
		compare unset PATH "$f" echo default
		compare env "PATH=/$long/$long:/usr/bin:/bin" "$f" echo long
		compare nullenv env PATH=second "$f" headless
	done
	for f in execv execvp execve; do
		compare via '' "$f" /bin/echo first
	done
	# The comparison itself saw both: things that ran, things that failed.
	assert [ "$(printf '%s\n' "${seen[@]}" | grep -c '^0$')" -gt 20 ]
	assert [ "$(printf '%s\n' "${seen[@]}" | grep -c '^126$')" -gt 60 ]
}

@test "exec: another library that hooks exec sees every call, as execve or execveat" {
	local f seen hook=$LIB/hook.so
	export HOOK_LOG=$BATS_TEST_TMPDIR/log
	for f in $FUNCTIONS; do
		seen=execve
		case $f in execveat | fexecve) seen=execveat ;; esac
		for list in "$SHIM:$hook" "$PLAIN:$hook"; do
			: >"$HOOK_LOG"
			run -0 with "$list" "$EXECS" "$f" "$STATE-static"
			assert_equal "$f: $(tail -n 1 "$HOOK_LOG")" "$f: $seen"
			: >"$HOOK_LOG"
			run -0 owner_with "$list" "$EXECS" "$f" "$STATE"
			assert_line 'adopted yes'
			assert_equal "$f: $(tail -n 1 "$HOOK_LOG")" "$f: $seen"
		done
		# In front of ours it sees what it saw.
		: >"$HOOK_LOG"
		run -0 with "$hook" "$EXECS" "$f" "$STATE-static"
		local bare
		bare=$(cat "$HOOK_LOG")
		: >"$HOOK_LOG"
		run -0 with "$hook:$SHIM" "$EXECS" "$f" "$STATE-static"
		assert_equal "$f: $(cat "$HOOK_LOG")" "$f: $bare"
		run -0 owner_with "$hook:$SHIM" "$EXECS" "$f" "$STATE"
		assert_line 'adopted yes'
	done
}
