#!/usr/bin/env bats
# enforce-open.bats: whatever is wrong with us, a program that has a rule runs.
#
# A session has many programs, and none may be kept from its user by a library
# or a state that cannot be used.  Only one thing stops a program: that it runs
# already.  And where enforcement does not reach, it is seen that it does not.
load lib/enforce

PARTS+=(app)

# runs COMMAND...: the app, which is told to end with 5, runs, and the library
# says nothing.
runs() {
	local before
	before=$(constructors)
	prints -5 '' enforced app "$@"
	assert_equal "$(constructors)" $((before + 1))
}

# own_build DIR: the three files of the build.
own_build() {
	mkdir "$1"
	cp "$BUILD/onlyone" "$BUILD/libonlyone.so" "$1"
}

# bats test_tags=check
@test "open: no command beside the library" {
	own_build alone
	rm alone/onlyone
	SHIM=$PWD/alone/libonlyone.so runs "$APP" exit 5
	echo 'not a program' >alone/onlyone
	SHIM=$PWD/alone/libonlyone.so runs "$APP" exit 5
	chmod +x alone/onlyone
	SHIM=$PWD/alone/libonlyone.so runs "$APP" exit 5
	rm alone/onlyone
	mkdir alone/onlyone
	SHIM=$PWD/alone/libonlyone.so runs "$APP" exit 5
	# With it, it is enforced: from there, and from below lib/onlyone.
	rm -r alone
	own_build alone
	mkdir -p pre/lib pre/bin
	mv alone pre/lib/onlyone
	mv pre/lib/onlyone/onlyone pre/bin
	SHIM=$PWD/pre/lib/onlyone/libonlyone.so
	begin_app
	assert_equal "$(ctl pid "$APP")" "$BEGUN"
}

# bats test_tags=check
@test "open: a state root that cannot be used" {
	: >file
	mkdir -m 777 wide
	local root
	for root in relative "$PWD/file" "$PWD/file/below" "$PWD/wide" \
		/proc/onlyone "$PWD/$(printf '%0300d' 1)"; do
		ONLYONE_DIR=$root runs "$APP" exit 5
	done
	# The user's own program says what is wrong, where it is asked for.
	ONLYONE_DIR=relative run -73 launch "$APP" exit 5
}

@test "open: a rule with --on-error=run runs it once, with one note" {
	export HOME=$PWD
	mkdir -p -m 755 .config .config/onlyone .config/onlyone/rules
	echo '--on-error=run' >.config/onlyone/rules/app
	run -5 env LD_PRELOAD="$SHIM" ONLYONE_DIR=/proc/nope timeout $LIMIT "$APP" \
		exit 5
	assert_equal "$(constructors)" 1
	[ "${#lines[@]}" -le 2 ]
}

@test "open: a slot in the environment that is none" {
	for slot in / '' relative /nowhere/x "$PWD" "$ONLYONE_DIR/none" \
		"/$(printf '%05000d' 1)"; do
		ONLYONE_SLOT=$slot runs "$APP" exit 5
	done
	: >"$GUEST_LOG"
	begin_app
	for slot in / '' relative /nowhere/x "$PWD" "$ONLYONE_DIR/none"; do
		ONLYONE_SLOT=$slot single "$APP"
	done
}

@test "open: a forged mark is another's, and of no use" {
	begin_app
	ONLYONE_PASS=1 single "$APP"
	ONLYONE_PASS=$BEGUN single "$APP"
	ONLYONE_PASS="" single "$APP"
	ONLYONE_PASS=x ONLYONE_LOCK=1 single "$APP"
}

@test "open: little memory, few descriptors, small files" {
	runs sh -c 'ulimit -v 12000; exec "$@"' sh "$APP" exit 5
	runs sh -c 'ulimit -v 6000; exec "$@"' sh "$APP" exit 5
	runs bash -c 'exec 3>&- 4>&-; ulimit -n 5; exec "$@"' bash "$APP" exit 5
	runs sh -c 'ulimit -s 256; exec "$@"' sh "$APP" exit 5
	runs sh -c 'exec "$@" <&- 2>&-' sh "$APP" exit 5
	runs bash -c 'ulimit -u 1; exec "$@"' bash "$APP" exit 5
	# The guest must not write either then.
	run -5 enforced app sh -c 'unset GUEST_LOG; ulimit -f 0; exec "$@"' sh \
		"$APP" exit 5
}

# bats test_tags=check
@test "open: ONLYONE_DISABLE=1 switches it off, for all that is started so" {
	begin_app
	run -5 enforced app env ONLYONE_DISABLE=1 "$APP" exit 5
	run -5 enforced app env ONLYONE_DISABLE=1 sh -c '"$@"; exit $?' sh \
		"$APP" exit 5
	assert_equal "$(constructors)" 3
	assert_equal "$(ctl pid "$APP")" "$BEGUN"
}

@test "open: nothing but the plain spelling, and a full path, is a session" {
	begin_app
	run -5 enforced app env LD_PRELOAD="${SHIM%/*}/./libonlyone.so" "$APP" \
		exit 5
	LD_LIBRARY_PATH=$BUILD run enforced app env LD_PRELOAD=libonlyone.so \
		"$APP" exit 5
	assert_failure 5
	run -0 enforced nothing env ONLYONE_ENFORCE=app LD_PRELOAD="$SHIM" \
		"$APP"
	assert_equal "$(constructors)" 3
}

# bats test_tags=check
@test "rule: files of the user, named as the program; others are not looked at" {
	export HOME=$PWD
	mkdir -p -m 755 .config .config/onlyone .config/onlyone/rules
	: >.config/onlyone/rules/app
	begin env LD_PRELOAD="$SHIM" "$APP"
	guest_runs "$BEGUN"
	run -0 env LD_PRELOAD="$SHIM" timeout $LIMIT "$APP" exit 5
	assert_equal "$(constructors)" 1
	cp app apple
	cp app ap
	local name
	for name in apple ap; do
		run -5 env LD_PRELOAD="$SHIM" timeout $LIMIT "./$name" exit 5
	done
	# One that is no good is no reason to stop it.
	echo '--no-such-option' >.config/onlyone/rules/ap
	run -5 env LD_PRELOAD="$SHIM" timeout $LIMIT ./ap exit 5
}

@test "rule: its match and its options count" {
	export HOME=$PWD
	mkdir -p -m 755 .config .config/onlyone .config/onlyone/rules
	echo 'match /nowhere/* /bin/*' >.config/onlyone/rules/app
	# It is none of ours then, and sees nothing of us.
	for n in 1 2; do
		begin env LD_PRELOAD="$SHIM" "$APP"
		guest_runs "$BEGUN"
		run ! grep -z '^ONLYONE_APP=' "/proc/$BEGUN/environ"
	done
	prints 0 ctl count "$APP"
	printf -- '--if-running=fail\n-E 9\nmatch %s/*\n' "$PWD" \
		>.config/onlyone/rules/app
	begin env LD_PRELOAD="$SHIM" "$APP"
	guest_runs "$BEGUN"
	run -9 env LD_PRELOAD="$SHIM" timeout $LIMIT "$APP" exit 5
	assert_output --partial "is running already"
}

@test "names: each of ONLYONE_ENFORCE, whole and alone" {
	for list in app x:app app:x :app: x:app:y; do
		: >"$GUEST_LOG"
		begin_enforced "$list" "$APP"
		guest_runs "$BEGUN"
		assert_equal "$(ctl pid "$APP")" "$BEGUN"
		frees kill -KILL "$BEGUN"
	done
	for list in '' : ap appl app.x x:ap /app "$APP" 'app x' '*'; do
		run -5 enforced "$list" strace -qq -o trace -e trace=execve \
			"$APP" exit 5
		# It has not been through the command.
		assert_equal "$(grep -c execve trace)" 1
	done
	assert_equal "$(ctl list --json)" '[]'
}

# --- the library changes under the programs -------------------------------

# begun_by_ours N: the app, $first, and N programs, $pids, that exec once there
# is a file `go`, all with the library of ours/.
begun_by_ours() {
	local i
	own_build ours
	SHIM=$PWD/ours/libonlyone.so
	cp "$GUESTS/family" fam
	begin_app leave 15
	first=$BEGUN
	for ((i = 0; i < $1; i++)); do
		begin_enforced app ./fam wait "$PWD/go" become /bin/sh -c \
			'exit 7'
		pids+=("$BEGUN")
	done
	wait_until 'all are in main' has_lines "$GUEST_LOG" $(($1 + 2))
}

@test "upgrade: a new library renamed over the old one, fifty programs running" {
	local i pids=() first
	begun_by_ours 50
	cp "$BUILD/libonlyone.so" "$BUILD/onlyone" .
	# A new file each, not the same one.
	printf '\0' | tee -a libonlyone.so >>onlyone
	mv -f libonlyone.so onlyone ours
	: >go
	all_end 7 "${pids[@]}"
	single "$APP"
	frees ends_by TERM "$first" 0
	begin_app
	assert_equal "$(ctl pid "$APP")" "$BEGUN"
}

@test "uninstall: with programs running all go on, and new ones start" {
	local i pids=() first
	begun_by_ours 10
	rm -r ours
	: >go
	# The loader, not we, says that the library is not there.
	all_end 7 "${pids[@]}"
	run -5 enforced app "$APP" exit 5
	# Its keeper is there, and another copy of ours finds it.
	assert_equal "$(ctl pid "$APP")" "$first"
	run -0 launch "$APP"
	ends_by TERM "$first" 0
}

# --- where it does not reach, and where it does -----------------------------

# unreached PROGRAM: two run side by side, and neither has a slot.
unreached() {
	run -5 enforced "$(basename "$1")" "$1" exit 5
	assert_equal "$(ctl list --json)" '[]'
	begin_enforced "$(basename "$1")" "$1"
	guest_runs "$BEGUN"
	run -5 enforced "$(basename "$1")" "$1" exit 5
	assert_equal "$(ctl list --json)" '[]'
}

# bats test_tags=check
@test "reach: a static program is not reached; onlyone in front of it is" {
	cp "$GUESTS/guest-static" static
	unreached ./static
	begin_guest onlyone ./static
	run -0 launch ./static
}

@test "reach: a program for musl is" {
	needs musl-tools musl-gcc
	musl-gcc -o app "$BATS_TEST_DIRNAME/guests/guest.c" -D_GNU_SOURCE
	prints --partial ld-musl readelf -l app
	begin_app
	assert_equal "$(ctl pid "$APP")" "$BEGUN"
	single "$APP"
}

@test "reach: of a 32-bit program the loader says that one path is not for it, and it runs" {
	needs gcc-multilib gcc
	gcc -m32 -o app32 "$BATS_TEST_DIRNAME/guests/guest.c" -D_GNU_SOURCE
	unreached ./app32
	assert_output --partial 'wrong ELF class: ELFCLASS64): ignored.'
}

@test "reach: gcc's AddressSanitizer refuses any LD_PRELOAD; clang's does not" {
	needs clang clang
	needs libclang-rt-14-dev clang
	gcc -fsanitize=address -o app "$BATS_TEST_DIRNAME/guests/guest.c" \
		-D_GNU_SOURCE
	run -1 enforced nothing ./app exit 5
	assert_output --partial 'ASan runtime does not come first'
	# The way out of the manual.
	ASAN_OPTIONS=verify_asan_link_order=0 runs ./app exit 5
	runs env -u LD_PRELOAD ./app exit 5
	: >"$GUEST_LOG"
	clang -fsanitize=address -o app "$BATS_TEST_DIRNAME/guests/guest.c" \
		-D_GNU_SOURCE
	begin_app
	assert_equal "$(ctl pid "$APP")" "$BEGUN"
	single "$APP"
}

@test "reach: under strace it is, and strace sees all" {
	run -5 enforced app strace -f -qq -o trace -e trace=execve "$APP" exit 5
	assert_equal "$(grep -c 'execve(.* = 0' trace)" 3
	: >"$GUEST_LOG"
	begin_app
	single strace -qq -o trace -e trace=execve "$APP"
}

@test "reach: under gdb the program becomes onlyone; ONLYONE_DISABLE=1 is the way out" {
	needs gdb gdb
	cat >h.c <<-'END'
		#include <stdlib.h>
		void here(void) { }
		int main(void) { here(); exit(5); }
	END
	gcc -g -o dbg h.c
	local gdb=(gdb -q -nx -batch -ex 'set debuginfod enabled off'
		-ex 'break here' -ex run -ex bt -ex continue ./dbg)
	run enforced dbg env ONLYONE_DISABLE=1 "${gdb[@]}"
	assert_output --partial 'in main () at h.c:3'
	assert_output --partial 'exited with code 05'
	refute_output --partial 'executing new program'
	run enforced dbg "${gdb[@]}"
	assert_output --partial "executing new program: $(realpath "$BUILD")/onlyone"
	assert_output --partial 'exited with code 05'
}

@test "reach: with a rule on its shell gdb has no exec-wrapper; two ways out" {
	needs gdb gdb
	echo 'int main(void) { return 5; }' >h.c
	gcc -g -o dbg h.c
	local gdb=(gdb -q -nx -batch -ex 'set debuginfod enabled off'
		-ex 'set exec-wrapper env X=1' -ex 'break main' -ex run
		-ex 'info line' -ex continue ./dbg)
	export SHELL=/bin/bash
	prints --partial 'Cannot insert breakpoint' enforced bash "${gdb[@]}"
	local out
	for out in ONLYONE_DISABLE=1 SHELL=/bin/sh; do
		run enforced bash env "$out" "${gdb[@]}"
		assert_output --partial 'Breakpoint 1, main'
		assert_output --partial 'exited with code 05'
	done
}

@test "reach: ltrace loses a program that has a rule; two ways out" {
	needs ltrace ltrace
	run -1 enforced app ltrace "$APP" exit 5
	assert_output --partial "Couldn't find .dynsym"
	wait_until 'it runs without it' test -s "$GUEST_LOG"
	freed
	: >"$GUEST_LOG"
	run enforced app env ONLYONE_DISABLE=1 ltrace "$APP" exit 5
	assert_output --partial 'strtol('
	assert_output --partial 'exited (status 5)'
	begin_app
	begin ltrace -o trace -p "$BEGUN"
	wait_until 'it is attached' \
		grep -q "^TracerPid:.[1-9]" "/proc/$(ctl pid "$APP")/status"
}

@test "reach: under valgrind it is not, and valgrind keeps it" {
	needs valgrind valgrind
	cat >h.c <<-'END'
		#include <stdlib.h>
		int main(void) { char *p = malloc(3); p[3] = 1; return 5; }
	END
	gcc -g -o bad h.c
	local follow
	for follow in no yes; do
		run -5 enforced bad valgrind --trace-children=$follow ./bad
		assert_output --partial 'Invalid write'
		assert_output --partial 'ERROR SUMMARY: 1 errors'
	done
	untouched
}

@test "price: a program without a rule pays for the two files that are not there" {
	export HOME=$PWD
	env -i HOME="$HOME" ONLYONE_ENFORCE=nothing strace -o without \
		-E LD_PRELOAD="$GUESTS/none.so" "$GUESTS/args" list 2>/dev/null
	env -i HOME="$HOME" ONLYONE_ENFORCE=nothing strace -o with \
		-E LD_PRELOAD="$SHIM" "$GUESTS/args" list
	# After the loader has done its part.
	sed -n '/^munmap/,/^openat.*"list"/p' with | sed '1d;$d' >calls
	sed -n '/^munmap/,/^openat.*"list"/p' without | sed '1d;$d' >bare
	run diff bare calls
	assert_line "> faccessat(AT_FDCWD, \"$HOME/.config/onlyone/rules/args\", F_OK) = -1 ENOENT (No such file or directory)"
	assert_line '> faccessat(AT_FDCWD, "/etc/onlyone/rules/args", F_OK) = -1 ENOENT (No such file or directory)'
	# And for a look whether others may hook exec, as without enforcement.
	assert_line --regexp '> faccessat\(AT_FDCWD, "/etc/ld.so.preload"'
	assert_equal "$(grep -c '^>' <<<"$output")" 3
	refute_line --regexp '^<'
}
