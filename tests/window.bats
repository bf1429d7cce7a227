#!/usr/bin/env bats
# as: user (no right is asked for)
# window.bats: libonlyone-window.so in programs of every kind, and a compositor
# that looks at each byte of theirs.
#
# What the library writes is seen there, and so is whatever it would break: a
# request in the middle of another, a number that is not, a descriptor lost.

# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load lib/common
load lib/window

LIBRARY=libonlyone-window.so

# --- the object -----------------------------------------------------------

@test "window: needs libc.so.6 and nothing else" {
	run readelf -dW "$BUILD/$LIBRARY"
	assert_success
	assert_equal "$(grep -c '(NEEDED)' <<<"$output")" 1
	assert_line --regexp '\(NEEDED\) .*\[libc\.so\.6\]'
	refute_line --regexp '\((BIND_NOW|TEXTREL|RPATH|RUNPATH|SONAME|INIT)\)'
}

@test "window: no symbol is newer than GLIBC_2.17" {
	run bash -c 'readelf -VW "$1" | grep -o "GLIBC_[0-9.]*" | sort -uV' \
		bash "$BUILD/$LIBRARY"
	assert_success
	assert [ "${#lines[@]}" -gt 0 ]
	run bash -c 'printf "%s\n" "$@" GLIBC_2.17 | sort -V | tail -n 1' \
		bash "${lines[@]}"
	assert_output GLIBC_2.17
}

@test "window: exports recvmsg, sendmsg and two of libwayland's, without a version" {
	run bash -c 'nm -D --defined-only "$1" | cut -d" " -f 2-' \
		bash "$BUILD/$LIBRARY"
	assert_success
	assert_output "$(printf 'T %s\n' recvmsg sendmsg \
		wl_display_prepare_read wl_display_prepare_read_queue)"
}

@test "window: imports only what is on the list, and of threads and loader weakly" {
	run bash -c 'nm -D --undefined-only "$1" | sed "s/@.*//; s/^ *//"' \
		bash "$BUILD/$LIBRARY"
	assert_success
	local line
	for line in "${lines[@]}"; do
		case $line in
		'U environ' | 'U __environ' | 'U __errno_location') ;;
		'U getauxval' | 'U dl_iterate_phdr') ;;
		'w dlsym' | 'w dlopen' | 'w pthread_create') ;;
		'w pthread_attr_'*) ;;
		*) fail "imports $line" ;;
		esac
	done
}

@test "window: includes nothing of the command, nor of libwayland" {
	run grep -nE '#include.*(cli/|<(bsd|stdio|stdlib|string|wayland))' \
		"$BATS_TEST_DIRNAME"/../preload/window/*.[ch]
	assert_failure 1
}

# --- where it is loaded ---------------------------------------------------

@test "window: is loaded where a compositor is named and windows may be raised" {
	local how yes
	compositor
	while read -r yes how; do
		read -ra how <<<"$how"
		unset WAYLAND_DISPLAY WAYLAND_SOCKET
		begin env "${how[@]}"
		wait_until 'it runs' "$PATIENCE" \
			grep -qx sleep "/proc/$BEGUN/comm"
		# Until its own libraries are, ours are not either.
		wait_until 'it sleeps' "$PATIENCE" has_state "$BEGUN" S
		if [ "$yes" = yes ]; then
			wait_until "loaded: ${how[*]}" "$PATIENCE" \
				loads "$BEGUN" "$LIBRARY"
		elif loads "$BEGUN" "$LIBRARY"; then
			fail "loaded: ${how[*]}"
		fi
		killed "$BEGUN"
		wait_until 'the slot is gone' "$PATIENCE" no_slots
	done <<-'END'
		yes WAYLAND_DISPLAY=wl onlyone sleep 300
		yes WAYLAND_SOCKET=77 onlyone sleep 300
		yes WAYLAND_DISPLAY=wl onlyone --raise=auto sleep 300
		yes WAYLAND_DISPLAY=wl onlyone --lifetime=main sleep 300
		no DISPLAY=:77 onlyone sleep 300
		no WAYLAND_DISPLAY= onlyone sleep 300
		no WAYLAND_DISPLAY=wl onlyone --raise=never sleep 300
	END
}

@test "window: with --lifetime=main it is asked, and the program not followed" {
	compositor
	window one --lifetime=main "$WINDOW" one
	run -1 grep -q "$SLOT/image" "/proc/$BEGUN/maps"
	run ask "$BEGUN" token
	assert_output 'written 1'
}

@test "window: the program's environment, and that of what it starts, is its own" {
	compositor
	cat >script <<-'END'
		#!/bin/sh
		env | grep -v ^_= | sort >"$1"
		exec "$2" one touch=ready
	END
	chmod +x script
	LD_PRELOAD='' begin onlyone ./script outer "$WINDOW"
	wait_until 'it is shown' "$PATIENCE" test -e ready
	run -1 grep onlyone.*so outer
	assert_equal "$(grep -c ^LD_PRELOAD= outer)" 1
	assert [ -z "$(sed -n 's/^LD_PRELOAD=//p' outer)" ]
}

# seen PID: its descriptors, and what it blocks and ignores.
seen() {
	ls "/proc/$1/fd"
	local name mask
	# But 32 and 33, which libc takes for the first thread.
	while read -r name mask; do
		[[ $name != Sig@(Blk|Ign): ]] ||
			echo "$name $((0x$mask & ~0x180000000))"
	done <"/proc/$1/status"
}

@test "window: descriptors and signals are as without it, before a window and with one" {
	local without
	compositor
	begin onlyone --raise=never "$WINDOW" one touch=ready
	wait_until 'it is shown' "$PATIENCE" test -e ready
	without=$(seen "$BEGUN")
	killed "$BEGUN"
	wait_until 'the slot is gone' "$PATIENCE" no_slots
	rm ready
	begin onlyone "$WINDOW" one touch=ready
	wait_until 'it is shown' "$PATIENCE" test -e ready
	wait_until 'there is a page' "$PATIENCE" page_of one
	# The page was open for the moment of its making.
	wait_until "it is as without" "$PATIENCE" eval \
		'[ "$(seen "$BEGUN")" = "$without" ]' ||
		fail "$without, and with it: $(seen "$BEGUN"; ls -l "/proc/$BEGUN/fd")"
}

@test "window: there is no page and no thread before the first window, and one of each after" {
	compositor
	begin onlyone "$WINDOW" one hide touch=hidden await=go show second
	wait_until 'it is hidden' "$PATIENCE" test -e hidden
	SLOT=$(the_slot)
	run ask "$BEGUN" token
	assert_output 'gone 1'
	touch go
	shown 'one second'
	wait_until 'both are known' "$PATIENCE" page_of 'one second'
	assert_equal "$(threads "$BEGUN" | grep -c onlyone-window)" 1
	assert_equal "$(echo "$SLOT"/window-*)" "$SLOT/window-$BEGUN"
	assert_equal "$(stat -c %a "$SLOT/window-$BEGUN")" 600
	killed "$BEGUN"
	wait_until 'the slot is gone' "$PATIENCE" no_slots

	rm -f hidden go
	begin onlyone "$GUESTS/guest"
	guest_runs "$BEGUN"
	run ! waits "$BEGUN"
	[ -z "$(pages)" ]
	loads "$BEGUN" "$LIBRARY"
}

@test "window: its thread leaves every signal to the program but libc's own two" {
	compositor
	window one "$WINDOW" one
	local task
	for task in "/proc/$BEGUN"/task/*; do
		grep -q onlyone-window "$task/comm" || continue
		run grep ^SigBlk "$task/status"
		assert_output --regexp 'fffffffe7ffbfeff$'
	done
	assert [ -n "$output" ]
	kill -TERM "$BEGUN"
	ends "$BEGUN" 143
}

# --- the request ----------------------------------------------------------

@test "window: is asked for in programs of every kind" {
	local how title
	compositor
	while read -r title how; do
		read -ra how <<<"$how"
		window "$title" "${how[@]}"
		run ask "$BEGUN" "token-$title" 2
		assert_output 'written 2'
		wait_until 'the compositor has it' "$PATIENCE" \
			activated "token-$title" "$title"
		killed "$BEGUN"
		wait_until 'the slot is gone' "$PATIENCE" no_slots
	done <<-END
		linked $WINDOW linked
		binds $WINDOW -b binds
		plugin $GUESTS/plugin $GUESTS/window.so plugin
		stubs $GUESTS/plugin $GUESTS/stub.so $GUESTS/window.so stubs
		inside $WIRE inside
		pieces $WIRE pieces pieces
	END
	no_errors
}

@test "window: a compositor without the protocol: that is the answer" {
	compositor xdg_activation_v1
	window one "$WINDOW" one
	run ask "$BEGUN" token
	assert_output 'unbound 1'
	no_errors
}

@test "window: of several the one used last, of several connections too" {
	compositor
	window 'one second' "$WINDOW" one second touch=two await=go title=three
	run ask "$BEGUN" a
	wait_until 'it is asked for' "$PATIENCE" activated a 'one second'
	touch go
	wait_until 'its title is known' "$PATIENCE" page_of three
	run ask "$BEGUN" b
	wait_until 'it is asked for' "$PATIENCE" activated b three
	assert_equal "$(pages | cut -d' ' -f 2)" 2
	no_errors
}

@test "window: a page tells names, connection and compositor" {
	local inode
	compositor
	window one "$WINDOW" one
	inode=$(readlink "/proc/$BEGUN"/fd/* | sed -n 's/^socket:\[\(.*\)\]/\1/p')
	run pages
	assert_output --regexp \
		"^$BEGUN 1 [1-9][0-9]* $inode $COMPOSITOR 1 org.onlyone.guest one\$"
}

@test "window: it is asked to close as by its compositor, programs of every kind" {
	local title how
	compositor torn
	while read -r title how; do
		read -ra how <<<"$how"
		window "$title" "${how[@]}"
		run close_asked "$BEGUN"
		# Some answer no more: they have ended.
		ends "$BEGUN" 0
		wait_until 'the slot is gone' "$PATIENCE" no_slots
	done <<-END
		linked $WINDOW linked
		binds $WINDOW -b binds
		plugin $GUESTS/plugin $GUESTS/window.so plugin
		worker $WINDOW worker worker
	END
	no_errors
}

@test "window: what has been asked to close is known, and what came after it" {
	compositor torn
	window one "$WINDOW" one stays touch=ready await=go second
	wait_until 'it stays' "$PATIENCE" test -e ready
	run close_asked "$BEGUN"
	assert_output 'written 1'
	wait_until 'it was asked' "$PATIENCE" test -e asked
	assert_equal "$(closing "$BEGUN")" '1 0 1 1'
	touch go
	shown 'one second'
	wait_until 'that came later' "$PATIENCE" eval \
		'[ "$(closing "$BEGUN")" = "2 0 1 1" ]'
	run calmed "$BEGUN"
	assert_equal "$(closing "$BEGUN")" '2 0 0 0'
	rm asked
	run close_asked "$BEGUN"
	assert_equal "$(closing "$BEGUN")" '2 0 2 1'
	no_errors
}

@test "window: what is not read in time is not asked for later" {
	compositor
	window one "$WINDOW" one stays
	run close_asked "$BEGUN" 100
	assert_output 'refused 1'
	assert_equal "$(closing "$BEGUN")" '1 0 0 0'
	# Now it is told something.
	run ask "$BEGUN" token
	assert_output 'written 1'
	run ! test -e asked
	no_errors
}

@test "window: nothing is written in the middle of a request" {
	compositor
	window one "$WIRE" one await=begin half=go touch=done
	touch begin
	wait_until 'half is written' "$PATIENCE" test -e half
	run ask "$BEGUN" early 1 100
	assert_output 'refused 1'
	ask "$BEGUN" late 1 5000 >answer 3>&- &
	touch go
	wait_until 'it is written' "$PATIENCE" activated late one
	wait_until 'that is the answer' "$PATIENCE" file_has answer 'written 1'
	run ! activated early one
	no_errors
}

@test "window: thousands of requests while it draws, and not a byte is amiss" {
	local before
	compositor
	window one "$WINDOW" one touch=a draw
	before=$(ls "/proc/$BEGUN/task" | wc -l)
	run ask "$BEGUN" token 3000 60000
	assert_output 'written 3000'
	assert_equal "$(ls "/proc/$BEGUN/task" | wc -l)" "$before"
	wait_until 'the compositor has them' "$PATIENCE" eval \
		'[ "$(grep -c "^activate " log)" = 3000 ]'
	alive "$BEGUN"
	no_errors
}

# resident PID: its memory, in kB.
resident() {
	sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$1/status"
}

@test "window: no more memory after thousands of requests than after hundreds" {
	local before after
	compositor
	window one "$WINDOW" one touch=a draw
	run ask "$BEGUN" token 300 60000
	before=$(resident "$BEGUN")
	run ask "$BEGUN" token 3000 60000
	assert_output 'written 3000'
	after=$(resident "$BEGUN")
	[ "$after" -le $((before + 64)) ] || fail "$before kB, $after kB"
}

# valgrind does not tell where the first thread's end is written: no page there.
@test "window: a program built with AddressSanitizer, which has a sendmsg of its own" {
	compositor
	gcc -std=c11 -D_GNU_SOURCE -g -fsanitize=address -static-libasan \
		-I "$BUILD" -I "$BATS_TEST_DIRNAME/.." -o sanitised \
		"$BATS_TEST_DIRNAME/guests/window.c" "$BUILD"/protocol/*.o \
		-lwayland-client
	export ASAN_OPTIONS=log_path=$PWD/found
	window one ./sanitised -b one touch=a draw
	run ask "$BEGUN" token 3000 60000
	assert_output 'written 3000'
	alive "$BEGUN"
	no_errors
	kill "$COMPOSITOR"
	ended "$BEGUN"
	run ! ls found.*
}

@test "window: hundreds of requests while eight threads draw on connections of their own" {
	compositor
	begin onlyone "$WINDOW" -b one threads=8 draw
	wait_until 'all are shown' "$PATIENCE" eval \
		'[ "$(grep -c "^shown " log)" = 9 ]'
	wait_until 'there is a page' "$PATIENCE" page_of 'one [1-8]'
	run ask "$BEGUN" token 300 60000
	assert_output 'written 300'
	alive "$BEGUN"
	no_errors
}

@test "window: requests while it writes by itself, blocking" {
	compositor
	window one "$WIRE" one draw
	run ask "$BEGUN" token 60 60000
	# Where it leaves no room that is said; some find it.
	assert_output --regexp "written [1-9]"
	alive "$BEGUN"
	no_errors
}

@test "window: a compositor that does not read is asked when it does, or not at all" {
	local n
	compositor
	window one "$WINDOW" one
	stopped "$COMPOSITOR"
	# Until the socket is full.
	for ((n = 0; n < 100000; n++)); do
		run ask "$BEGUN" "$(printf '%0500d' 0)" 200 300
		[[ $output != *refused* ]] || break
	done
	assert_output --partial refused
	run ask "$BEGUN" late 1 200
	assert_output 'refused 1'
	ask "$BEGUN" intime 1 5000 >answer 3>&- &
	kill -CONT "$COMPOSITOR"
	wait_until 'it is written' "$PATIENCE" activated intime one
	run ! activated late one
	no_errors
}

@test "window: a program that is stopped is not asked for later" {
	compositor
	window one "$WINDOW" one
	stopped "$BEGUN"
	/usr/bin/python3 "$BATS_TEST_DIRNAME/lib/asker.py" "$SLOT" "$BEGUN" \
		stop late
	sleep 1.1 # its deadline, and there is nothing else to wait for
	kill -CONT "$BEGUN"
	run ask "$BEGUN" now
	assert_output 'written 1'
	wait_until 'it is written' "$PATIENCE" activated now one
	run ! activated late one
}

@test "window: a request without a token, or an end to it, is none" {
	compositor
	window one "$WINDOW" one
	run ask "$BEGUN" ''
	assert_output 'invalid 1'
	run ask "$BEGUN" "$(printf '%0600d' 0)"
	assert_output 'invalid 1'
	run ask "$BEGUN" "$(printf '%0511d' 0)"
	assert_output 'written 1'
	no_errors
}

# --- what programs do -----------------------------------------------------

@test "window: a program that spins is asked for all the same" {
	compositor
	window one "$WINDOW" -b one spin
	run ask "$BEGUN" token
	assert_output 'written 1'
}

@test "window: what it starts has pages of its own, and answers for nobody else" {
	compositor
	window 'one fork' "$WINDOW" one child fork
	local pid=$BEGUN child
	child=$(paged 'one fork')
	[ "$child" != "$pid" ]
	run ask "$child" token
	assert_output 'written 1'
	wait_until 'it is written' "$PATIENCE" activated token 'one fork'
	run ask "$pid" other
	wait_until 'it is written' "$PATIENCE" activated other one
	# The one that lives on without a window maps nothing of it.
	for child in $(pgrep -P "$pid"); do
		run -1 grep -q "window-$pid" "/proc/$child/maps"
	done
	no_errors
}

@test "window: a program that daemonises itself first" {
	compositor
	begin onlyone "$WINDOW" one daemon
	shown 'one daemon'
	wait_until 'there is a page' "$PATIENCE" page_of 'one daemon'
	run ask "$(paged 'one daemon')" token
	assert_output 'written 1'
	kill "$(paged 'one daemon')"
	wait_until 'the slot is gone' "$PATIENCE" no_slots
}

@test "window: what it becomes by exec has the page under the same number" {
	compositor
	window 'one exec' "$WINDOW" one exec
	assert_equal "$(pages | wc -l)" 1
	assert_equal "$(paged 'one exec')" "$BEGUN"
	run ask "$BEGUN" token
	assert_output 'written 1'
	no_errors
}

@test "window: the first thread may end: the program ends when the others have" {
	compositor
	window one "$WINDOW" one await=go pexit >out
	touch go
	wait_until 'every thread has ended' "$PATIENCE" threadless "$BEGUN"
	ends "$BEGUN" 0
	assert_equal "$(cat out)" atexit

	rm go
	wait_until 'the slot is gone' "$PATIENCE" no_slots
	: >log
	window one "$WINDOW" one worker touch=ready await=go pexit
	local pid=$BEGUN
	touch go
	wait_until 'the page is gone' "$PATIENCE" eval '[ -z "$(pages)" ]'
	wait_until 'so is our thread' "$PATIENCE" eval \
		'[ "$(ls "/proc/$BEGUN/task" | wc -l)" = 2 ]'
	run ! waits "$pid"
	kill "$COMPOSITOR"
	ended "$pid"
}

@test "window: setuid(2), for which libc waits for every thread" {
	compositor
	window one "$WINDOW" one await=go setuid touch=set
	touch go
	wait_until 'it is done' "$PATIENCE" test -e set
	run ask "$BEGUN" token
	assert_output 'written 1'
}

@test "window: a descriptor that has become another file's gets nothing" {
	compositor
	window one "$WINDOW" one await=go instead=file
	touch go
	wait_until 'it is another' "$PATIENCE" grep -qx 'end 1' log
	run ask "$BEGUN" token
	assert_output 'gone 1'
	[ ! -s file ]
	assert_equal "$(pages | cut -d' ' -f 2)" 0
}

@test "window: a connection that is closed, and another of the same number" {
	compositor
	window one "$WINDOW" one await=go close
	touch go
	wait_until 'it is closed' "$PATIENCE" grep -qx 'end 1' log
	run ask "$BEGUN" token
	assert_output 'gone 1'
	killed "$BEGUN"
	wait_until 'the slot is gone' "$PATIENCE" no_slots
	window 'one again again' "$WINDOW" one again again
	run ask "$BEGUN" token
	assert_output 'written 1'
	wait_until 'it is written' "$PATIENCE" activated token 'one again again'
	no_errors
}

@test "window: a stream that makes no sense is let alone" {
	compositor
	window one "$WIRE" one await=go odd touch=said
	touch go
	wait_until 'it is said' "$PATIENCE" test -e said
	run ask "$BEGUN" token
	assert_output 'gone 1'
}

@test "window: of a child of a child of scripts, none of which is the program" {
	compositor
	printf '#!/bin/sh\nsh ./inner "$@"\ntrue\n' >outer
	printf '#!/bin/sh\n"$@"\ntrue\n' >inner
	chmod +x outer inner
	begin onlyone ./outer "$WINDOW" one
	shown one
	wait_until 'there is a page' "$PATIENCE" page_of one
	local pid
	pid=$(paged one)
	[ "$pid" != "$BEGUN" ]
	run ask "$pid" token
	assert_output 'written 1'
	# Only the shim's owner holds the slot.
	run -1 grep -q "$(the_slot)/image" "/proc/$pid/maps"
	kill "$pid"
	ends "$BEGUN" 0
}

@test "window: what a program starts in a session of its own is another's business" {
	compositor
	printf '#!/bin/sh\nsetsid --wait "$@"\ntrue\n' >script
	chmod +x script
	begin onlyone ./script "$WINDOW" one
	shown one
	wait_until 'it is there' "$PATIENCE" pgrep -f "^$WINDOW one"
	local pid
	pid=$(pgrep -f "^$WINDOW one")
	run -1 loads "$pid" "libonlyone"
	kill "$pid"
}

@test "window: into a sandbox that has no such library none is named" {
	needs_mount
	local lib
	compositor
	lib=$(cd "$BUILD" && pwd -P)
	WAYLAND_DISPLAY=wl run --separate-stderr timeout 60 onlyone -a boxed \
		sh -c 'bwrap --dev-bind / / --tmpfs "$1" -- sh -c "true; echo in"
			echo out' sh "$lib"
	assert_output $'in\nout'
	assert_equal "$stderr" ''
}

@test "window: under a filter of system calls it does nothing more" {
	compositor
	window one "$WINDOW" one await=go filter touch=filtered
	touch go
	wait_until 'it is under a filter' "$PATIENCE" test -e filtered
	run timeout 60 /usr/bin/python3 "$BATS_TEST_DIRNAME/lib/asker.py" \
		"$SLOT" "$BEGUN" stop token
	wait_until 'the thread has ended' "$PATIENCE" eval '! waits "$BEGUN"'
	alive "$BEGUN"
	run ! activated token one
}

@test "window: under a strict filter it looks at no new connection, of that number or another" {
	compositor
	begin onlyone "$WINDOW" one strict again second touch=ready
	shown 'one again second'
	wait_until 'it has done all' "$PATIENCE" test -e ready
	alive "$BEGUN"
	run ask "$BEGUN" token
	run ! grep '^activate' log
	no_errors
}

@test "window: in a session that enforces rules, also in what a program starts" {
	compositor
	printf '#!/bin/sh\n"$@"\ntrue\n' >script
	chmod +x script
	begin env LD_PRELOAD="$BUILD/libonlyone.so" ONLYONE_ENFORCE=script \
		./script "$WINDOW" one
	shown one
	wait_until 'there is a page' "$PATIENCE" page_of one
	run ask "$(paged one)" token
	assert_output 'written 1'
	kill "$(paged one)"
	wait_until 'the slot is gone' "$PATIENCE" no_slots
}

@test "window: doctor misses the library where there is a compositor" {
	mkdir there
	cp "$BUILD/onlyone" "$BUILD/onlyone-raise" "$BUILD"/libonlyone*.so there
	ln -s onlyone there/onlyonectl
	run timeout 60 there/onlyonectl doctor
	refute_line --partial "$LIBRARY"
	rm "there/$LIBRARY"
	run timeout 60 there/onlyonectl doctor
	assert_failure
	assert_line --partial "$LIBRARY is neither beside this program"
	run timeout 60 env -u WAYLAND_DISPLAY there/onlyonectl doctor
	refute_line --partial "$LIBRARY"
	# A launch goes on without it, and says so.
	run --separate-stderr timeout 60 there/onlyone -v true
	assert_success
	[[ $stderr == *"$LIBRARY is not found"* ]]
}

@test "window: where no page can be made the program is as it is" {
	compositor
	begin onlyone "$WINDOW" one await=go second touch=ready
	wait_until 'there is a page' "$PATIENCE" page_of one
	killed "$BEGUN"
	wait_until 'the slot is gone' "$PATIENCE" no_slots
	: >log
	mkdir nowhere
	ln -s nowhere link
	local slot
	for slot in /nonexistent relative "$PWD/link" /proc; do
		rm -f ready
		begin env ONLYONE_SLOT="$slot" LD_PRELOAD="$BUILD/$LIBRARY" \
			"$WINDOW" one touch=ready
		wait_until 'it is shown' "$PATIENCE" test -e ready
		run ! waits "$BEGUN"
		killed "$BEGUN"
	done
	assert_equal "$(ls nowhere)" ''
	no_errors
}
