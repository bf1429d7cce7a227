#!/usr/bin/env bats
# as: user (no right is asked for)
# window.bats: libonlyone-window.so in programs of every kind, and a compositor
# that looks at each byte of theirs.
#
# What the library writes is seen there, and so is whatever it would break: a
# request in the middle of another, a number that is not, a descriptor lost.
load lib/window

LIBRARY=libonlyone-window.so

# --- the object -----------------------------------------------------------

@test "window: exports recvmsg and sendmsg, without a version" {
	run -0 bash -c 'nm -D --defined-only "$1" | cut -d" " -f 2-' \
		bash "$BUILD/$LIBRARY"
	assert_output "$(printf 'T %s\n' recvmsg sendmsg)"
}

@test "window: imports only what is on the list, and of threads and loader weakly" {
	run -0 bash -c 'nm -D --undefined-only "$1" | sed "s/@.*//; s/^ *//"' \
		bash "$BUILD/$LIBRARY"
	local line
	for line in "${lines[@]}"; do
		case $line in
		'U environ' | 'U __environ' | 'U __errno_location') ;;
		'U getauxval') ;;
		'w dlsym' | 'w pthread_create') ;;
		'w pthread_attr_'*) ;;
		*) fail "imports $line" ;;
		esac
	done
}

# --- where it is loaded ---------------------------------------------------

@test "window: is loaded where a compositor is named and windows may be raised" {
	compositor
	while read -r yes how; do
		read -ra how <<<"$how"
		unset WAYLAND_DISPLAY WAYLAND_SOCKET
		begin env "${how[@]}"
		wait_until 'it runs' grep -qx sleep "/proc/$BEGUN/comm"
		# Until its own libraries are, ours are not either.
		wait_until 'it sleeps' has_state "$BEGUN" S
		if [ "$yes" = yes ]; then
			wait_until "loaded: ${how[*]}" loads "$BEGUN" "$LIBRARY"
		elif loads "$BEGUN" "$LIBRARY"; then
			fail "loaded: ${how[*]}"
		fi
		frees killed "$BEGUN"
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
	run -1 grep -q "$SLOT/mapping" "/proc/$BEGUN/maps"
	prints 'written 1' ask "$BEGUN" token
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
	wait_until 'it is shown' test -e ready
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
	compositor
	begin onlyone --raise=never "$WINDOW" one touch=ready
	wait_until 'it is shown' test -e ready
	without=$(seen "$BEGUN")
	frees killed "$BEGUN"
	rm ready
	begin onlyone "$WINDOW" one touch=ready
	wait_until 'it is shown' test -e ready
	wait_until 'there is a page' page_of one
	# The page was open for the moment of its making.
	wait_until "it is as without" eval \
		'[ "$(seen "$BEGUN")" = "$without" ]' ||
		fail "$without, and with it: $(seen "$BEGUN"; ls -l "/proc/$BEGUN/fd")"
}

@test "window: there is no page and no thread before the first window, and one of each after" {
	compositor
	begin onlyone "$WINDOW" one hide touch=hidden await=go show second
	wait_until 'it is hidden' test -e hidden
	SLOT=$(the_slot)
	prints 'gone 1' ask "$BEGUN" token
	touch go
	shown 'one second'
	wait_until 'both are known' page_of 'one second'
	assert_equal "$(threads "$BEGUN" | grep -c onlyone-window)" 1
	assert_equal "$(echo "$SLOT"/window-*)" "$SLOT/window-$BEGUN"
	assert_equal "$(stat -c %a "$SLOT/window-$BEGUN")" 600
	frees killed "$BEGUN"

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
		prints --regexp 'fffffffe7ffbfeff$' grep ^SigBlk "$task/status"
	done
	assert [ -n "$output" ]
	ends_by TERM "$BEGUN" 143
}

# --- the request ----------------------------------------------------------

@test "window: is asked for in programs of every kind" {
	compositor
	while read -r title how; do
		read -ra how <<<"$how"
		window "$title" "${how[@]}"
		prints 'written 2' ask "$BEGUN" "token-$title" 2
		wait_until 'the compositor has it' \
			activated "token-$title" "$title"
		frees killed "$BEGUN"
	done <<-END
		linked $WINDOW linked
		plugin $GUESTS/plugin $GUESTS/window.so plugin
		inside $WIRE inside
		pieces $WIRE pieces pieces
	END
	no_errors
}

@test "window: a compositor without the protocol: that is the answer" {
	compositor xdg_activation_v1
	window one "$WINDOW" one
	prints 'unbound 1' ask "$BEGUN" token
	no_errors
}

@test "window: of several the one used last, of several connections too" {
	compositor
	window 'one second' "$WINDOW" one second touch=two await=go title=three
	run ask "$BEGUN" a
	wait_until 'it is asked for' activated a 'one second'
	touch go
	wait_until 'its title is known' page_of three
	run ask "$BEGUN" b
	wait_until 'it is asked for' activated b three
	assert_equal "$(pages | cut -d' ' -f 2)" 2
	no_errors
}

@test "window: a page tells names and compositor" {
	compositor
	window one "$WINDOW" one
	run pages
	assert_output --regexp \
		"^$BEGUN 1 [1-9][0-9]* $COMPOSITOR 1 org.onlyone.guest one\$"
}

@test "window: it is asked to close as by its compositor, programs of every kind" {
	compositor torn
	while read -r title how; do
		read -ra how <<<"$how"
		window "$title" "${how[@]}"
		run close_asked "$BEGUN"
		# Some answer no more: they have ended.
		frees ends "$BEGUN" 0
	done <<-END
		linked $WINDOW linked
		plugin $GUESTS/plugin $GUESTS/window.so plugin
		worker $WINDOW worker worker
	END
	no_errors
}

@test "window: it is asked to close, stays, and is asked again" {
	compositor torn
	window one "$WINDOW" one stays
	for _ in 1 2; do
		prints 'written 1' close_asked "$BEGUN"
		wait_until 'it was asked' test -e asked
		rm asked
	done
	no_errors
}

@test "window: what is not read in time is not asked for later" {
	compositor
	window one "$WINDOW" one stays
	prints 'refused 1' close_asked "$BEGUN" 100
	# Now it is told something.
	prints 'written 1' ask "$BEGUN" token
	run ! test -e asked
	no_errors
}

@test "window: nothing is written in the middle of a request" {
	compositor
	window one "$WIRE" one await=begin half=go touch=done
	touch begin
	wait_until 'half is written' test -e half
	prints 'refused 1' ask "$BEGUN" early 1 100
	ask "$BEGUN" late 1 5000 >answer 3>&- &
	touch go
	wait_until 'it is written' activated late one
	wait_until 'that is the answer' file_has answer 'written 1'
	run ! activated early one
	no_errors
}

@test "window: thousands of requests while it draws, and not a byte is amiss" {
	compositor
	window one "$WINDOW" one touch=a draw
	before=$(ls "/proc/$BEGUN/task" | wc -l)
	prints 'written 3000' ask "$BEGUN" token 3000 60000
	assert_equal "$(ls "/proc/$BEGUN/task" | wc -l)" "$before"
	wait_until 'the compositor has them' eval \
		'[ "$(grep -c "^activate " log)" = 3000 ]'
	alive "$BEGUN"
	no_errors
}

# resident PID: its memory, in kB.
resident() { sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$1/status"; }

@test "window: no more memory after thousands of requests than after hundreds" {
	compositor
	window one "$WINDOW" one touch=a draw
	run ask "$BEGUN" token 300 60000
	before=$(resident "$BEGUN")
	prints 'written 3000' ask "$BEGUN" token 3000 60000
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
	window one ./sanitised one touch=a draw
	prints 'written 3000' ask "$BEGUN" token 3000 60000
	alive "$BEGUN"
	no_errors
	kill "$COMPOSITOR"
	ended "$BEGUN"
	run ! ls found.*
}

@test "window: hundreds of requests while eight threads draw on connections of their own" {
	compositor
	begin onlyone "$WINDOW" one threads=8 draw
	wait_until 'all are shown' eval '[ "$(grep -c "^shown " log)" = 9 ]'
	wait_until 'there is a page' page_of 'one [1-8]'
	prints 'written 300' ask "$BEGUN" token 300 60000
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
	compositor
	window one "$WINDOW" one
	stopped "$COMPOSITOR"
	# Until the socket is full.
	for ((n = 0; n < 100000; n++)); do
		run ask "$BEGUN" "$(printf '%0500d' 0)" 200 300
		[[ $output != *refused* ]] || break
	done
	assert_output --partial refused
	prints 'refused 1' ask "$BEGUN" late 1 200
	ask "$BEGUN" intime 1 5000 >answer 3>&- &
	kill -CONT "$COMPOSITOR"
	wait_until 'it is written' activated intime one
	run ! activated late one
	no_errors
}

# Whoever has its user id may do that to the file.
@test "window: a page that is cut off, or gone, or written over, harms no program" {
	local how page pid i=0
	compositor
	for how in ': >"$page"' 'truncate -s 100 "$page"' \
		'truncate -s 0 "$page"; truncate -s 1112 "$page"' \
		'head -c 1112 /dev/zero >"$page"' \
		'head -c 1112 /dev/urandom | dd of="$page" conv=notrunc' \
		'rm "$page"' 'truncate -s 100000 "$page"'; do
		i=$((i + 1))
		rm -f go
		window "one$i" "$WINDOW" "one$i" await=go "title=two$i" \
			second "touch=done$i"
		pid=$BEGUN
		page=$SLOT/window-$pid
		eval "$how" 2>>said
		# Its thread is woken, if that can be done.
		ask "$pid" token 1 300 2>>said || :
		: >go
		wait_until 'it has gone on' test -e "done$i"
		alive "$pid"
		frees ends_by TERM "$pid" 143
	done
	# While it is asked for, again and again.
	window last "$WINDOW" last
	pid=$BEGUN
	begin /usr/bin/python3 "$BATS_TEST_DIRNAME/lib/asker.py" "$SLOT" \
		"$pid" ask token 100000 2>>said
	wait_until 'it is asked for' activated token last
	: >"$SLOT/window-$pid"
	ended "$BEGUN"
	alive "$pid"
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
	prints 'written 1' ask "$BEGUN" now
	wait_until 'it is written' activated now one
	run ! activated late one
}

@test "window: a request without a token, or an end to it, is none" {
	compositor
	window one "$WINDOW" one
	prints 'invalid 1' ask "$BEGUN" ''
	prints 'invalid 1' ask "$BEGUN" "$(printf '%0600d' 0)"
	prints 'written 1' ask "$BEGUN" "$(printf '%0511d' 0)"
	no_errors
}

# --- what programs do -----------------------------------------------------

@test "window: a program that spins is asked for all the same" {
	compositor
	window one "$WINDOW" one spin
	prints 'written 1' ask "$BEGUN" token
}

@test "window: what it starts has pages of its own, and answers for nobody else" {
	compositor
	window 'one fork' "$WINDOW" one child fork
	local pid=$BEGUN child
	child=$(paged 'one fork')
	[ "$child" != "$pid" ]
	prints 'written 1' ask "$child" token
	wait_until 'it is written' activated token 'one fork'
	run ask "$pid" other
	wait_until 'it is written' activated other one
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
	wait_until 'there is a page' page_of 'one daemon'
	prints 'written 1' ask "$(paged 'one daemon')" token
	frees kill "$(paged 'one daemon')"
}

@test "window: what it becomes by exec has the page under the same number" {
	compositor
	window 'one exec' "$WINDOW" one exec
	assert_equal "$(pages | wc -l)" 1
	assert_equal "$(paged 'one exec')" "$BEGUN"
	prints 'written 1' ask "$BEGUN" token
	no_errors
}

@test "window: the first thread may end: the program ends when the others have" {
	compositor
	window one "$WINDOW" one await=go pexit >out
	touch go
	wait_until 'every thread has ended' threadless "$BEGUN"
	ends "$BEGUN" 0
	assert_equal "$(cat out)" atexit

	rm go
	freed
	: >log
	window one "$WINDOW" one worker touch=ready await=go pexit
	local pid=$BEGUN
	touch go
	wait_until 'the page is gone' eval '[ -z "$(pages)" ]'
	wait_until 'so is our thread' eval \
		'[ "$(ls "/proc/$BEGUN/task" | wc -l)" = 2 ]'
	run ! waits "$pid"
	kill "$COMPOSITOR"
	ended "$pid"
}

@test "window: setuid(2), for which libc waits for every thread" {
	compositor
	window one "$WINDOW" one await=go setuid touch=set
	touch go
	wait_until 'it is done' test -e set
	prints 'written 1' ask "$BEGUN" token
}

@test "window: a descriptor that has become another file's gets nothing" {
	compositor
	window one "$WINDOW" one await=go instead=file
	touch go
	wait_until 'it is another' grep -qx 'end 1' log
	prints 'gone 1' ask "$BEGUN" token
	[ ! -s file ]
	assert_equal "$(pages | cut -d' ' -f 2)" 0
}

@test "window: a connection that is closed, and another of the same number" {
	compositor
	window one "$WINDOW" one await=go close
	touch go
	wait_until 'it is closed' grep -qx 'end 1' log
	prints 'gone 1' ask "$BEGUN" token
	frees killed "$BEGUN"
	window 'one again again' "$WINDOW" one again again
	prints 'written 1' ask "$BEGUN" token
	wait_until 'it is written' activated token 'one again again'
	no_errors
}

@test "window: a stream that makes no sense is let alone" {
	compositor
	window one "$WIRE" one await=go odd touch=said
	touch go
	wait_until 'it is said' test -e said
	prints 'gone 1' ask "$BEGUN" token
}

@test "window: of a child of a child of scripts, none of which is the program" {
	compositor
	printf '#!/bin/sh\nsh ./inner "$@"\ntrue\n' >outer
	printf '#!/bin/sh\n"$@"\ntrue\n' >inner
	chmod +x outer inner
	begin onlyone ./outer "$WINDOW" one
	shown one
	wait_until 'there is a page' page_of one
	local pid
	pid=$(paged one)
	[ "$pid" != "$BEGUN" ]
	prints 'written 1' ask "$pid" token
	# Only the shim's owner holds the slot.
	run -1 grep -q "$(the_slot)/mapping" "/proc/$pid/maps"
	kill "$pid"
	ends "$BEGUN" 0
}

@test "window: what a program starts in a session of its own is another's business" {
	compositor
	printf '#!/bin/sh\nsetsid --wait "$@"\ntrue\n' >script
	chmod +x script
	begin onlyone ./script "$WINDOW" one
	shown one
	wait_until 'it is there' pgrep -f "^$WINDOW one"
	local pid
	pid=$(pgrep -f "^$WINDOW one")
	run -1 loads "$pid" "libonlyone"
	kill "$pid"
}

@test "window: into a sandbox that has no such library none is named" {
	wants mount userns
	local lib
	compositor
	lib=$(cd "$BUILD" && pwd -P)
	WAYLAND_DISPLAY=wl run --separate-stderr timeout $LIMIT onlyone -a boxed \
		sh -c 'bwrap --dev-bind / / --tmpfs "$1" -- sh -c "true; echo in"
			echo out' sh "$lib"
	assert_output $'in\nout'
	assert_equal "$stderr" ''
}

@test "window: under a filter of system calls it does nothing more" {
	compositor
	window one "$WINDOW" one await=go filter touch=filtered
	touch go
	wait_until 'it is under a filter' test -e filtered
	run timeout $LIMIT /usr/bin/python3 "$BATS_TEST_DIRNAME/lib/asker.py" \
		"$SLOT" "$BEGUN" stop token
	wait_until 'the thread has ended' eval '! waits "$BEGUN"'
	alive "$BEGUN"
	run ! activated token one
}

@test "window: under a strict filter it looks at no new connection, of that number or another" {
	compositor
	begin onlyone "$WINDOW" one strict again second touch=ready
	shown 'one again second'
	wait_until 'it has done all' test -e ready
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
	wait_until 'there is a page' page_of one
	prints 'written 1' ask "$(paged one)" token
	frees kill "$(paged one)"
}

@test "window: doctor misses the library where there is a compositor" {
	mkdir there
	cp "$BUILD/onlyone" "$BUILD/onlyone-raise" "$BUILD"/libonlyone*.so there
	ln -s onlyone there/onlyonectl
	run timeout $LIMIT there/onlyonectl doctor
	refute_line --partial "$LIBRARY"
	rm "there/$LIBRARY"
	run ! timeout $LIMIT there/onlyonectl doctor
	assert_line --partial "$LIBRARY is neither beside this program"
	run timeout $LIMIT env -u WAYLAND_DISPLAY there/onlyonectl doctor
	refute_line --partial "$LIBRARY"
	# A launch goes on without it, and says so.
	run -0 --separate-stderr timeout $LIMIT there/onlyone -v true
	[[ $stderr == *"$LIBRARY is not found"* ]]
}

@test "window: where no page can be made the program is as it is" {
	compositor
	begin onlyone "$WINDOW" one await=go second touch=ready
	wait_until 'there is a page' page_of one
	frees killed "$BEGUN"
	: >log
	mkdir nowhere
	ln -s nowhere link
	local slot
	for slot in /nonexistent relative "$PWD/link" /proc; do
		rm -f ready
		begin env ONLYONE_SLOT="$slot" LD_PRELOAD="$BUILD/$LIBRARY" \
			"$WINDOW" one touch=ready
		wait_until 'it is shown' test -e ready
		run ! waits "$BEGUN"
		killed "$BEGUN"
	done
	assert_equal "$(ls nowhere)" ''
	no_errors
}
