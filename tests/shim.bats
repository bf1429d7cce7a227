#!/usr/bin/env bats
# shim.bats: libonlyone.so alone, without the command.
#
# A slot is a folder with a pidfile and a mapping, so the tests make it by hand, and
# let a guest be its owner: what it says of itself (errno at main, LD_PRELOAD,
# descriptors, whether it maps the mapping) and who is seen to hold the lock show what
# the library did.
load lib/common

FUNCTIONS='execl execle execlp execv execve execveat execvp execvpe fexecve'

own_setup() {
	SLOT=$(mktemp -d "${ONLYONE_DIR%/*}/shim-test.XXXXXX")
	LITTER+=("$SLOT")
	stat -L -c %i /proc/self/ns/pid >"$SLOT/mapping"
	# A path that LD_PRELOAD can hold, wherever the build lies.
	LIB=$SLOT/lib
	mkdir "$LIB"
	cp "$BUILD/libonlyone.so" "$GUESTS/hook.so" "$LIB/"
	# For a launch alone, as the command writes it, and plainly, for a session.
	SHIM=$LIB/./libonlyone.so
	PLAIN=$LIB/libonlyone.so
	HOOK=$LIB/hook.so
	STATE=$GUESTS/shimstate
	EXECS=$GUESTS/execs
}

# with LIST COMMAND...: COMMAND with LD_PRELOAD, in a slot that is not its own.
with() {
	echo 1 >"$SLOT/pid"
	timeout $LIMIT env ONLYONE_SLOT="$SLOT" LD_PRELOAD="$1" "${@:2}" 3>&-
}

# owner COMMAND...: COMMAND with the library, as the owner of the slot.  timeout and
# sh come first, without it; then all is one process.
owner() { owner_with "$SHIM" "$@"; }

owner_with() { # LIST COMMAND...
	timeout $LIMIT sh -c 'echo $$ >"$1/pid" || exit
		exec env ONLYONE_SLOT="$1" LD_PRELOAD="$2" sh -c '\''
			shift 2
			exec "$@"'\'' sh "$@"' sh "$SLOT" "$@" 3>&-
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

has_image() { [[ $(<"/proc/$1/maps") == *" $SLOT/mapping"* ]]; } # PID

# states PRELOAD ADOPTED COMMAND...: what a guest reports of LD_PRELOAD and adoption,
# the library being in it (of a status that is no success nothing is asked).
states() { states_of "$1" "$2" yes "${@:3}"; }

states_of() { # PRELOAD ADOPTED LOADED COMMAND...
	run -0 "${@:4}"
	assert_line 'errno 0'
	assert_line "preload $1"
	assert_line "adopted $2"
	assert_line "loaded $3"
}

# --- adopting ---------------------------------------------------------------------

# bats test_tags=check
@test "adopt: the owner holds the lock and maps the mapping, as long as it lives; nobody else" {
	begin owner "$STATE" out report report closeall ready ready.1 pause
	wait_until 'the guest is ready' test -e ready.1
	prints held lock
	has_image "$(<ready.1)"
	states unset yes cat report
	kill -KILL "$(<ready.1)"
	wait_until 'the lock is free' lock_is free
	# A child of an owner that execs.
	rm ready.1
	begin owner sh -c '"$@" & wait' sh "$STATE" out report report ready ready.1 pause
	wait_until 'the child is ready' test -e ready.1
	states_of unset no no cat report
	kill -KILL "$(<"$SLOT/pid")"
	wait_until 'the lock is free, the child alive' lock_is free
	alive "$(<ready.1)"
	# Who is not in the pidfile.
	states unset no with "$SHIM" "$STATE"
	prints free lock
}

@test "adopt: whatever the owner has of descriptors, and of a path to its slot" {
	local bare closed='exec "$@" <&- >&- 2>&-' deep=$SLOT n
	bare=$(sh -c 'exec "$1" 3>&-' sh "$STATE" | grep '^fds')
	states unset yes owner "$STATE"
	assert_line "$bare"
	# Streams that are closed stay closed.
	sh -c "$closed 3>&-" sh "$STATE" out bare report
	run owner sh -c "$closed" sh "$STATE" out report report
	states unset yes cat report
	refute_line --regexp '^fds.* [0-3]( |$)'
	assert_line "$(grep '^fds' bare)"
	# One at a time is enough for ld.so; we need two: silence.
	states unset no owner sh -c 'ulimit -n 4 && exec "$@"' sh "$STATE" report
	assert_equal "${#lines[@]}" 6
	prints free lock
	states unset no owner env ONLYONE_DISABLE=1 "$STATE"
	# A pid namespace that the launcher did not know is no reason against.
	echo 0 >"$SLOT/mapping"
	states unset yes owner "$STATE"
	for n in 1 2 3 4 5 6 7 8; do
		deep=$deep/$(printf '%0200d' "$n")
	done
	mkdir -p "$deep"
	mv "$SLOT/mapping" "$deep"
	SLOT=$deep states unset yes owner "$STATE"
}

@test "adopt: injected, also where the one that the pidfile names has ended" {
	sh -c 'echo $$' >"$SLOT/pid" # reaped when this line is done
	export ONLYONE_SLOT=$SLOT
	states unset yes env LD_PRELOAD="$SHIM" "$STATE"
	# Spelled plainly, nobody says that this is the successor.
	states "'$PLAIN'" no env LD_PRELOAD="$PLAIN" "$STATE"
	echo "$$" >"$SLOT/pid"
	states unset no env LD_PRELOAD="$SHIM" "$STATE"
	unset ONLYONE_SLOT
	states "'$PLAIN'" yes owner_with "$PLAIN" "$STATE"
}

# --- forgeries: silence, and no waiting -------------------------------------------

# tries CHANGE: the guest with the pid in the pidfile, after this piece of shell.
tries() {
	timeout $LIMIT sh -c 'echo $$ >"$1/pid"
		'"$1"'
		exec env ONLYONE_SLOT="${slot-$1}" LD_PRELOAD="$2" "$3" 3>&-' \
		sh "$SLOT" "$SHIM" "$STATE"
}

@test "forged: files that are none, or hold anything else, are not believed" {
	local ns change
	ns=$(stat -L -c %i /proc/self/ns/pid)
	# The same way of asking does adopt a true slot.
	states unset yes tries :
	while read -r change; do
		echo "$change" >&2
		change=${change//NS/$ns}
		change=${change/PID>/'>"$1/pid"'}
		states unset no tries "${change/MAPPING>/'>"$1/mapping"'}"
		assert_equal "${#lines[@]}" 6
		rm -rf "$SLOT"/{pid,mapping,other,link}
		echo "$ns" >"$SLOT/mapping"
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
		PID> printf %d $$
		PID> printf "%d\n\n" $$
		PID> printf " %d\n" $$
		PID> printf "+%d\n" $$
		PID> printf "0%d\n" $$
		PID> printf "%d\0\n" $$
		PID> printf "%d\nx" $$
		PID> printf ""
		PID> printf "1\n"
		PID> printf "%0400d\n" $$
		MAPPING> echo 4026000000
		MAPPING> printf NS
		MAPPING> printf 'NS\n\n'
		MAPPING> printf ' NS\n'
		MAPPING> printf '0NS\n'
		MAPPING> printf 'NS0\n'
		MAPPING> printf ''
		MAPPING> printf '00\n'
		MAPPING> printf '18446744073709551616\n'
	END
}

# --- scrubbing --------------------------------------------------------------------

# bats test_tags=check
@test "scrub: of LD_PRELOAD the user's entries stay, in order, and ours is not seen" {
	states unset no with "$SHIM" "$STATE"
	states "'$HOOK'" no with "$SHIM:$HOOK" "$STATE"
	states "'$HOOK $HOOK:'" no with "$HOOK $SHIM $HOOK:" "$STATE"
	states "' $HOOK::'" no with "$SHIM: $HOOK::" "$STATE"
	# Bash, which brings its own setenv, passes nothing on.
	prints -0 unset with "$SHIM" bash -c 'echo "${LD_PRELOAD-unset}"
		env | grep LD_PRELOAD; export -p | grep LD_PRELOAD; :'
	# Nobody but an owner looks into the slot: ld.so opens the library for env, and
	# true does not load it.
	run -0 with "$SHIM" strace -o trace -e trace=all -E "LD_PRELOAD=$SHIM" \
		-E LD_PRELOADED=x env -u ONLYONE_SLOT /bin/true
	prints 1 grep -cF "$SLOT/" trace
}

# --- following exec ---------------------------------------------------------------

# bats test_tags=check
@test "follow: through each of the nine functions, also after one that failed; no child" {
	for f in $FUNCTIONS; do
		states unset yes owner "$EXECS" again "$f" "$STATE" report 'a b' ''
		assert_line "$f: errno 7, environment as before, memory as before"
		assert_line "args '$STATE' 'report' 'a b' ''"
		assert_equal "${#lines[@]}" 7
	done
	states_of unset no no owner "$EXECS" in fork execve "$STATE"
	states_of unset no no owner "$EXECS" in vfork execvp "$STATE"
}

@test "follow: no child of any function, and into no static program, which sees none of it" {
	for f in $FUNCTIONS; do
		states_of unset no no owner "$EXECS" in fork "$f" "$STATE"
		states_of unset no no owner "$EXECS" in vfork "$f" "$STATE"
		states_of unset no no owner "$EXECS" "$f" "$STATE-static"
		states_of "'x'" no no owner "$EXECS" env LD_PRELOAD=x "$f" "$STATE-static"
	done
}

@test "follow: through scripts, from a thread, with odd environments and arguments" {
	local deep f long
	printf '#!/bin/sh\nexec "%s" "$@"\n' "$STATE" >script
	printf 'exec ./script "$@"\n' >headless
	printf '#!/usr/bin/env bash\nexec ./headless report "$@"\n' >outer
	chmod +x script headless outer
	states unset yes owner ./outer x
	for f in execlp execvp execvpe; do
		states unset yes owner "$EXECS" "$f" ./headless report
	done
	states unset yes owner "$EXECS" in thread execv "$STATE"
	# An environment, and a list, too large for the stack's share.
	for f in $FUNCTIONS; do
		states unset yes owner "$EXECS" again big "$f" "$STATE"
		assert_line "$f: errno 7, environment as before, memory as before"
	done
	run -0 owner "$EXECS" big execvp /usr/bin/env
	assert_equal "$(grep -c '^BIG_' <<<"$output")" 400
	refute_line --partial LD_PRELOAD
	long=$(printf "$HOOK%.0s:" {1..60})
	states "'$long'" yes owner "$EXECS" env "LD_PRELOAD=$long" execle "$STATE"
	# A path of the library that is longer than its buffer.
	deep=$LIB/$(printf '%0250d/%0250d/%0250d' 1 2 3)
	mkdir -p "$deep"
	cp "$PLAIN" "$deep/"
	states unset yes owner_with "$deep/./libonlyone.so" "$EXECS" execv "$STATE"
	states unset yes owner_with "$deep/./libonlyone.so" "$EXECS" big execv "$STATE"
	# NULL, as glibc takes it.
	for f in execve execvpe execle execveat; do
		states_of unset no no owner "$EXECS" nullenv "$f" "$STATE"
	done
	for f in execve execv execvp execvpe execveat; do
		states unset yes owner "$EXECS" nullargv "$f" "$STATE"
	done
	prints -126 'fexecve: errno 22' owner "$EXECS" nullenv fexecve "$STATE"
	# What the program took out is not put back; every variable of that name is read.
	states_of unset no no owner "$EXECS" unset ONLYONE_SLOT execv "$STATE"
	states_of unset no no owner env -i "$STATE"
	states_of unset no no owner_with "$PLAIN" "$EXECS" unset LD_PRELOAD execv "$STATE"
	states unset no /usr/bin/python3 -c 'import ctypes, sys
libc = ctypes.CDLL(None)
p, shim = [a.encode() for a in sys.argv[1:]]
env = (ctypes.c_char_p * 4)(b"LD_PRELOAD=" + shim, b"A=b", b"LD_PRELOAD=" + shim, None)
libc.execve(p, (ctypes.c_char_p * 2)(p, None), env)' "$STATE" "$SHIM"
}

# --- and otherwise as without us --------------------------------------------------

# compare [HOW...] FUNCTION PROGRAM...: bare, as somebody else and as the owner the
# same words and the same status.
compare() {
	local bare
	run timeout $LIMIT "$EXECS" "$@" 3>&-
	bare="$status: ${lines[*]}"
	seen+=("$status")
	echo "$*" >&2
	run with "$SHIM" "$EXECS" "$@"
	assert_equal "$status: ${lines[*]}" "$bare"
	run with "$PLAIN" "$EXECS" "$@"
	assert_equal "$status: ${lines[*]}" "$bare"
	run owner "$EXECS" "$@"
	assert_equal "$status: ${lines[*]}" "$bare"
}

@test "exec: results and errors are glibc's, for everything that can go wrong" {
	local seen=() deep f long program
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
	long=$(printf '%0300d' 0)
	deep=$(printf '%0255d' 0)
	for f in $FUNCTIONS; do
		for program in ./missing ./d ./file ./file/x ./orphan "./$long" ''; do
			compare "$f" "$program"
		done
		# The shell's complaint has a byte in it that bash loses.
		[[ $f == *p* ]] || compare "$f" ./broken
		compare "$f" ./script a
		compare "$f" ./headless a b
	done
	for f in execlp execvp execvpe; do
		for program in missing "$long" "$deep"; do
			compare "$f" "$program"
		done
		compare env PATH=first "$f" noexec
		compare env PATH=first:/nowhere "$f" noexec
		compare env PATH=file:d "$f" missing
		for path in first:second second '' : /nowhere:; do
			compare env "PATH=$path" "$f" headless a
		done
		compare env PATH=/nowhere "$f" true
		compare unset PATH "$f" echo default
		compare env "PATH=/$long/$long:/usr/bin:/bin" "$f" echo long
		compare nullenv env PATH=second "$f" headless
	done
	for f in execv execvp execve; do
		compare via '' "$f" /bin/echo first
	done
	# The comparison itself saw both: things that ran, things that failed.
	[ "$(printf '%s\n' "${seen[@]}" | grep -c '^0$')" -gt 20 ]
	[ "$(printf '%s\n' "${seen[@]}" | grep -c '^126$')" -gt 60 ]
}

@test "exec: another library that hooks exec sees every call, as execve or execveat" {
	local bare f list seen
	export HOOK_LOG=$BATS_TEST_TMPDIR/log
	for f in $FUNCTIONS; do
		seen=execve
		case $f in execveat | fexecve) seen=execveat ;; esac
		for list in "$SHIM:$HOOK" "$PLAIN:$HOOK"; do
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
		run -0 with "$HOOK" "$EXECS" "$f" "$STATE-static"
		bare=$(<"$HOOK_LOG")
		: >"$HOOK_LOG"
		run -0 with "$HOOK:$SHIM" "$EXECS" "$f" "$STATE-static"
		assert_equal "$f: $(<"$HOOK_LOG")" "$f: $bare"
		run -0 owner_with "$HOOK:$SHIM" "$EXECS" "$f" "$STATE"
		assert_line 'adopted yes'
	done
}
