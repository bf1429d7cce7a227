# shim.bats: libonlyone.so alone, without the command.
#
# A slot is a folder with a pidfile and a mapping, so the tests make it by hand, and
# run a guest as its owner. What the guest reports (errno at main, LD_PRELOAD,
# descriptors, whether it maps the mapping), and which process is seen to hold the
# lock, show what the library did.
load lib/common

FUNCTIONS='execl execle execlp execv execve execveat execvp execvpe fexecve'

own_setup() {
	SLOT=$(mktemp -d "${ONLYONE_DIR%/*}/shim-test.XXXXXX")
	LITTER+=("$SLOT")
	stat -L -c %i /proc/self/ns/pid >"$SLOT/mapping"
	# A path that LD_PRELOAD can hold; for a launch alone, and plainly, for a session.
	LIB=$SLOT/lib
	mkdir "$LIB"
	cp "$BUILD/libonlyone.so" "$GUESTS/hook.so" "$LIB/"
	SHIM=$LIB/./libonlyone.so PLAIN=$LIB/libonlyone.so HOOK=$LIB/hook.so
	STATE=$GUESTS/shimstate EXECS=$GUESTS/execs
}

# with LIST COMMAND...: COMMAND with LD_PRELOAD, in a slot that is not its own.
with() {
	echo 1 >"$SLOT/pid"
	env ONLYONE_SLOT="$SLOT" LD_PRELOAD="$1" "${@:2}" 3>&-
}

# owner COMMAND...: COMMAND with the library, as the owner of the slot.  sh and
# env come first, without it; then all is one process.
owner() { after : "$@"; }

owner_with() { list=$1 after : "${@:2}"; } # LIST COMMAND...

# after CHANGE COMMAND...: so, when this piece of shell has run with the slot as $1.
after() {
	sh -c 'echo $$ >"$1/pid" || exit
		'"$1"'
		slot=${slot-$1} list=$2
		shift 2
		exec env ONLYONE_SLOT="$slot" LD_PRELOAD="$list" "$@"' \
		sh "$SLOT" "${list-$SHIM}" "${@:2}" 3>&-
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

# states PRELOAD ADOPTED COMMAND...: what a guest reports of that, the library being in it.
states() { states_of "$1" "$2" yes "${@:3}"; }

states_of() { # PRELOAD ADOPTED LOADED COMMAND...
	run -0 "${@:4}"
	assert_line 'errno 0'
	assert_line "preload $1"
	assert_line "adopted $2"
	assert_line "loaded $3"
}

# bats test_tags=check
@test "object, adopt, follow: needs libc.so.6 alone, of 2.17 at most; exports nine functions; the owner holds the lock and maps the mapping, as long as it lives, through each of them; nobody else, no child; LD_PRELOAD shows nothing" {
	for library in "$BUILD"/libonlyone{,-window}.so "$BUILD"/i386/libonlyone.so; do
		# The last one is there where the compiler can make it, the window's not in a core.
		[ -e "$library" ] || continue
		run -0 readelf -dVW "$library"
		assert_line --regexp '\(NEEDED\) .*\[libc\.so\.6\]'
		refute_line --regexp '\((BIND_NOW|SONAME|INIT)\)|\(NEEDED\) .*\[[^]]*[^6]\]'
		# No symbol is newer than of 2.17.
		refute_line --regexp 'GLIBC_2\.(1[89]|[2-9][0-9])|GLIBC_[3-9]'
		[[ $library != *window.so ]] || continue
		# Nine functions, and dlsym only weakly.
		run -0 nm -DP --without-symbol-versions "$library"
		defined=
		for line in "${lines[@]}"; do
			case $line in
			*' T '*) defined+=${line%% *}' ' ;;
			'environ U'* | '__environ U'* | '__errno_location U'*) ;;
			'getauxval U'* | 'dlsym w'* | 'libonlyone D'*) ;;
			*) fail "$library: $line" ;;
			esac
		done
		assert_equal "$defined" \
			'execl execle execlp execv execve execveat execvp execvpe fexecve '
	done
	begin owner "$FORKER" close-loop
	wait_until 'the guest has closed all' notes here 1
	prints held lock
	grep -q " $SLOT/mapping" "/proc/$(noted here)/maps"
	kill -KILL "$(noted here)"
	wait_until 'the lock is free' lock_is free
	# A child of an owner that execs.
	begin owner sh -c '"$@" & wait' sh "$FORKER"
	wait_until 'the child is ready' notes here 2
	kill -KILL "$(<"$SLOT/pid")"
	wait_until 'the lock is free, the child alive' lock_is free
	alive "$(noted here | tail -n 1)"
	# A process that is not in the pidfile.
	states unset no with "$SHIM" "$STATE"
	prints free lock
	for f in $FUNCTIONS; do
		states unset yes owner "$EXECS" again "$f" "$STATE" report 'a b' ''
		assert_line "$f: errno 7, environment as before, memory as before"
		assert_line "args '$STATE' 'report' 'a b' ''"
		assert_equal "${#lines[@]}" 7
	done
	states_of unset no no owner "$EXECS" in fork execve "$STATE"
	states_of unset no no owner "$EXECS" in vfork execvp "$STATE"
	# The user's entries stay, in order.
	states "'$HOOK $HOOK:'" no with "$HOOK $SHIM $HOOK:" "$STATE"
	states "' $HOOK::'" no with "$SHIM: $HOOK::" "$STATE"
	# Bash, which brings its own setenv, passes nothing on.
	prints -0 unset with "$SHIM" bash -c 'echo "${LD_PRELOAD-unset}"
		env | grep LD_PRELOAD; export -p | grep LD_PRELOAD; :'
	# Only an owner looks into the slot: ld.so opens the library for env, and
	# true does not load it.
	run -0 with "$SHIM" strace -o trace -e trace=all -E "LD_PRELOAD=$SHIM" \
		-E LD_PRELOADED=x env -u ONLYONE_SLOT /bin/true
	prints 1 grep -cF "$SLOT/" trace
}

@test "adopt: whatever the owner has of descriptors and in the pidfile" {
	# One at a time is enough for ld.so; we need two: silence.
	states unset no owner sh -c 'ulimit -n 4 && exec "$@"' sh "$STATE" report
	assert_equal "${#lines[@]}" 6
	prints free lock
	states unset no owner env ONLYONE_DISABLE=1 "$STATE"
	# Injected, the one that the pidfile names having ended (reaped with this line); if it
	# is spelled plainly, nothing says that this is the successor.
	sh -c 'echo $$' >"$SLOT/pid"
	states unset yes env ONLYONE_SLOT="$SLOT" LD_PRELOAD="$SHIM" "$STATE"
	states "'$PLAIN'" no env ONLYONE_SLOT="$SLOT" LD_PRELOAD="$PLAIN" "$STATE"
	states "'$PLAIN'" yes owner_with "$PLAIN" "$STATE"
	# A pid namespace that the launcher did not know is no reason against.
	echo 0 >"$SLOT/mapping"
	states unset yes owner "$STATE"
}

@test "forged: files that are none, or hold anything else, are not believed" {
	ns=$(stat -L -c %i /proc/self/ns/pid)
	# The same way of asking does adopt a true slot.
	states unset yes after : "$STATE"
	while read -r change; do
		echo "$change" >&2
		change=${change//NS/$ns}
		change=${change/PID>/'>"$1/pid"'}
		states unset no after "${change/MAPPING>/'>"$1/mapping"'}" "$STATE"
		assert_equal "${#lines[@]}" 6
		rm -rf "$SLOT"/{pid,mapping,other,link}
		echo "$ns" >"$SLOT/mapping"
	done <<-'END'
		rm "$1/pid"; mkfifo "$1/pid"
		rm "$1/mapping"; mkfifo "$1/mapping"
		mv "$1/pid" "$1/other"; ln -s other "$1/pid"
		mv "$1/mapping" "$1/other"; ln -s other "$1/mapping"
		ln -s "$1" "$1/link"; slot=$1/link
		PID> printf " %d\n" $$
		PID> printf "0%d\n" $$
		PID> printf "%d\0\n" $$
		MAPPING> echo 4026000000
		MAPPING> printf NS
		MAPPING> printf ' NS\n'
		MAPPING> printf '18446744073709551616\n'
	END
	# Nor what another process has.
	[ "$EUID" = 0 ] || return 0
	for change in pid mapping .; do
		chown -R 0 "$SLOT"
		states unset no after "chown 1000 \"\$1/$change\"" "$STATE"
	done
}

@test "follow: through scripts, from a thread, with odd environments and arguments" {
	printf '#!/bin/sh\nexec "%s" "$@"\n' "$STATE" >script
	printf 'exec ./script "$@"\n' >headless
	printf '#!/usr/bin/env bash\nexec ./headless report "$@"\n' >outer
	chmod +x script headless outer
	states unset yes owner ./outer x
	states unset yes owner "$EXECS" execvp ./headless report
	states unset yes owner "$EXECS" in thread execv "$STATE"
	for f in $FUNCTIONS; do
		# An environment that is too large for the stack's share.
		states unset yes owner "$EXECS" again big "$f" "$STATE"
		assert_line "$f: errno 7, environment as before, memory as before"
		# No child, and no static program, which sees nothing of it.
		states_of unset no no owner "$EXECS" in vfork "$f" "$STATE"
		states_of "'x'" no no owner "$EXECS" env LD_PRELOAD=x "$f" "$STATE-static"
	done
	# NULL, as glibc takes it.
	states_of unset no no owner "$EXECS" nullenv execle "$STATE"
	states unset yes owner "$EXECS" nullargv execve "$STATE"
	prints -126 'fexecve: errno 22' owner "$EXECS" nullenv fexecve "$STATE"
	# What the program took out is not put back.
	states_of unset no no owner_with "$PLAIN" "$EXECS" unset LD_PRELOAD execv "$STATE"
}

# compare [HOW...] FUNCTION PROGRAM...: bare, as another process and as the owner the same
# words and the same status.
compare() {
	local bare way
	run timeout $LIMIT "$EXECS" "$@" 3>&-
	bare="$status: ${lines[*]}"
	seen+=("$status")
	for way in "with $SHIM" "with $PLAIN" owner; do
		run $way "$EXECS" "$@"
		assert_equal "$way: $*: $status: ${lines[*]}" "$way: $*: $bare"
	done
}

@test "exec: results and errors are glibc's, for everything that can go wrong" {
	local seen=() f long program
	mkdir d first second
	cp "$STATE" first/noexec
	chmod 644 first/noexec
	cp "$STATE" second/noexec
	printf 'echo headless "$0" "$@"\n' >headless
	printf '#!/nowhere\n' >orphan
	printf '\177ELF broken' >broken
	chmod +x headless orphan broken
	cp headless second/
	touch file
	long=$(printf '%0300d' 0)
	for f in $FUNCTIONS; do
		for program in ./missing ./d ./file ./file/x ./orphan "./$long" ''; do
			compare "$f" "$program"
		done
		# The shell's complaint has a byte in it that bash loses.
		[[ $f == *p* ]] || compare "$f" ./broken
		compare "$f" ./headless a b
	done
	for f in execlp execvp execvpe; do
		compare "$f" "$long"
		compare env PATH=first:/nowhere "$f" noexec
		compare env PATH=file:d "$f" missing
		for path in first:second '' /nowhere:; do
			compare env "PATH=$path" "$f" headless a
		done
		compare unset PATH "$f" echo default
		compare env "PATH=/$long/$long:/usr/bin:/bin" "$f" echo long
	done
	# The comparison itself saw both: things that ran, things that failed.
	[[ " ${seen[*]} " == *' 0 '* && " ${seen[*]} " == *' 126 '* ]]
}

@test "follow: in a vfork child, whatever its session, nobody waits for the end of its owner" {
	wants trace
	run -0 strace -fqqo trace -e trace=ppoll onlyone /usr/bin/python3 -c '
import subprocess
for n in range(5): subprocess.run(["/bin/true"], start_new_session=True)'
	[ "$(grep -c ppoll trace)" -lt 50 ]
}
