# as: user (needs no rights)
# window.bats: libonlyone-window.so in programs of every kind, and a compositor that
# checks each byte they send.
#
# It sees what the library writes, and would see what that breaks: a request in the
# middle of another, a wrong number, a lost descriptor.
load lib/window

LIBRARY=libonlyone-window.so

@test "object: exports recvmsg and sendmsg, and imports what is on the list" {
	run -0 nm -DP --without-symbol-versions "$BUILD/$LIBRARY"
	assert_line --partial 'recvmsg T '
	assert_line --partial 'sendmsg T '
	for line in "${lines[@]}"; do
		case $line in
		'recvmsg T '* | 'sendmsg T '*) ;;
		'environ U'* | '__environ U'* | '__errno_location U'* | 'getauxval U'*) ;;
		'dlsym w'* | 'pthread_create w'* | 'pthread_attr_'*' w'*) ;;
		*) fail "$line" ;;
		esac
	done
}

@test "loaded: where a compositor is named and windows may be raised; doctor and -v miss it" {
	compositor
	while read -r yes how; do
		echo "$how" >&2
		read -ra how <<<"$how"
		begin env -u WAYLAND_DISPLAY "${how[@]}"
		wait_until 'it runs' grep -qx sleep "/proc/$BEGUN/comm"
		# Until its own libraries are, ours are not either.
		wait_until 'it sleeps' has_state "$BEGUN" S
		if [ "$yes" = yes ]; then
			wait_until 'it has the library' loads "$BEGUN" "$LIBRARY"
		else
			refute loads "$BEGUN" "$LIBRARY"
		fi
		frees killed "$BEGUN"
	done <<-'END'
		yes WAYLAND_DISPLAY=wl onlyone sleep 300
		yes WAYLAND_SOCKET=77 onlyone --lifetime=main sleep 300
		no DISPLAY=:77 onlyone sleep 300
		no WAYLAND_DISPLAY= onlyone sleep 300
		no WAYLAND_DISPLAY=wl onlyone --raise=never sleep 300
	END
	mkdir there
	cp "$BUILD/onlyone" "$BUILD/onlyone-raise" "$BUILD/libonlyone.so" there
	ln -s onlyone there/onlyonectl
	run timeout $LIMIT onlyonectl doctor
	refute_line --partial "$LIBRARY"
	run ! timeout $LIMIT there/onlyonectl doctor
	assert_line --partial "$LIBRARY is neither beside this program"
	run -0 --separate-stderr timeout $LIMIT there/onlyone -v true
	[[ $stderr == *"$LIBRARY is not found"* ]] || fail "$stderr"
}

@test "program: its environment is its own; no page and no thread before a window" {
	compositor
	cat >script <<-'END'
		#!/bin/sh
		env | grep -v ^_= | sort >"$1"
		exec "$2" one hide touch=hidden await=go show second
	END
	chmod +x script
	LD_PRELOAD='' begin onlyone ./script outer "$WINDOW"
	wait_until 'it is hidden' test -e hidden
	run -1 grep onlyone.*so outer
	assert_equal "$(grep ^LD_PRELOAD= outer)" LD_PRELOAD=
	prints 'gone 1' ask "$BEGUN" token
	touch go
	shown 'one second'
	wait_until 'both are known' page_of 'one second'
	assert_equal "$(threads "$BEGUN" | grep -c onlyone-window)" 1
	assert_equal "$(echo "$(the_slot)"/window-*)" "$(the_slot)/window-$BEGUN"
	assert_equal "$(stat -c %a "$(the_slot)/window-$BEGUN")" 600
	# Our thread leaves every signal to the program but libc's own two.
	for task in "/proc/$BEGUN"/task/*; do
		! grep -q onlyone-window "$task/comm" || mask=$(grep ^SigBlk "$task/status")
	done
	[[ $mask == *fffffffe7ffbfeff ]] || fail "$mask"
	frees killed "$BEGUN"

	begin onlyone "$GUESTS/guest"
	guest_runs "$BEGUN"
	run ! waits "$BEGUN"
	[ -z "$(pages)" ]
	loads "$BEGUN" "$LIBRARY"
}

@test "request: a window is asked for, and to close, in programs of every kind" {
	compositor torn
	while read -r title how; do
		echo "$title" >&2
		read -ra how <<<"$how"
		window "$title" "${how[@]}"
		run pages
		assert_output --regexp "^$BEGUN 1 [1-9][0-9]* $COMPOSITOR 1 [^ ]+ $title\$"
		prints 'written 2' ask "$BEGUN" "token-$title" 2
		wait_until 'the compositor has it' activated "token-$title" "$title"
		case ${how[0]} in
		"$BARE") frees killed "$BEGUN" ;; # it hears nothing
		*)
			run close_asked "$BEGUN" # some answer no more: they have ended
			frees ends "$BEGUN" 0
			;;
		esac
	done <<-END
		linked $WINDOW linked
		plugin $GUESTS/plugin $GUESTS/window.so plugin
		worker $WINDOW worker worker
		inside $BARE inside
		pieces $BARE pieces pieces
		main --lifetime=main $WINDOW main
	END
	# One that spins, and one that stays when it is asked to close.
	window spins "$WINDOW" spins spin
	prints 'written 1' ask "$BEGUN" token
	frees killed "$BEGUN"
	window one "$WINDOW" one stays
	for _ in 1 2; do
		prints 'written 1' close_asked "$BEGUN"
		wait_until 'it was asked' test -e asked
		rm asked
	done
	# A token has an end, and there is one.
	prints 'invalid 1' ask "$BEGUN" ''
	prints 'invalid 1' ask "$BEGUN" "$(printf '%0600d' 0)"
	prints 'written 1' ask "$BEGUN" "$(printf '%0511d' 0)"
	no_errors
}

@test "request: of several windows and connections the one used last; or what there is not" {
	compositor
	window 'one second' "$WINDOW" one second touch=two await=go title=three
	ask "$BEGUN" a
	wait_until 'it is asked for' activated a 'one second'
	touch go
	wait_until 'its title is known' page_of three
	ask "$BEGUN" b
	wait_until 'it is asked for' activated b three
	assert_equal "$(pages | cut -d' ' -f 2)" 2
	no_errors
	frees killed "$BEGUN"
	killed "$COMPOSITOR"
	rm wl log
	compositor xdg_activation_v1
	window one "$WINDOW" one
	prints 'unbound 1' ask "$BEGUN" token
}

@test "request: not in the middle of another, not later than it was for, not of a stopped program" {
	compositor
	window one "$BARE" one await=begin half=go touch=done
	touch begin
	wait_until 'half is written' test -e half
	prints 'refused 1' ask "$BEGUN" early 1 100
	ask "$BEGUN" late 1 60000 >answer 3>&- &
	touch go
	wait_until 'it is written' activated late one
	wait_until 'that is the answer' file_has answer 'written 1'
	run ! activated early one
	frees killed "$BEGUN"

	# What is asked of a program that reads nothing meanwhile.
	window two "$WINDOW" two stays
	prints 'refused 1' close_asked "$BEGUN" 100
	prints 'written 1' ask "$BEGUN" token # now it is told something
	run ! test -e asked
	stopped "$BEGUN"
	asker "$SLOT" "$BEGUN" stop late
	sleep 1.1 # its deadline, and there is nothing else to wait for
	kill -CONT "$BEGUN"
	prints 'written 1' ask "$BEGUN" now
	wait_until 'it is written' activated now two
	run ! activated late two
	no_errors
}

@test "request: thousands while it draws, by threads too: no byte is amiss, no memory lost" {
	compositor
	window one "$WINDOW" one touch=a draw
	run ask "$BEGUN" token 300 60000
	status_look "$BEGUN" VmRSS
	before=$((${SAID% kB}))
	threads=$(threads "$BEGUN" | wc -l)
	prints 'written 3000' ask "$BEGUN" token 3000 60000
	assert_equal "$(threads "$BEGUN" | wc -l)" "$threads"
	status_look "$BEGUN" VmRSS
	[ $((${SAID% kB})) -le $((before + 64)) ] || fail "$before kB, $SAID"
	wait_until 'the compositor has them' eval '[ "$(grep -c "^activate " log)" = 3300 ]'
	frees killed "$BEGUN"
	begin onlyone "$WINDOW" two threads=8 draw
	wait_until 'all are shown' eval '[ "$(grep -c "^shown .* two" log)" = 9 ]'
	wait_until 'there is a page' page_of 'two [1-8]'
	prints 'written 300' ask "$BEGUN" token 300 60000
	alive "$BEGUN"
	no_errors
}

# Any process of its user may do that to the file.
@test "page: one that is cut off, or cannot be made, harms no program" {
	local slot
	compositor
	window one "$WINDOW" one await=go title=two second touch=done
	: >"$SLOT/window-$BEGUN"
	# Its thread is woken, if that can be done.
	ask "$BEGUN" token 1 300 2>said || :
	: >go
	wait_until 'it has gone on' test -e 'done'
	alive "$BEGUN"
	frees ends_by TERM "$BEGUN" 143
	mkdir nowhere
	ln -s nowhere link
	for slot in /nonexistent relative "$PWD/link"; do
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

@test "programs: what they start, become or daemonise has a page of its own" {
	local pid child
	compositor
	window 'one fork' "$WINDOW" one fork
	pid=$BEGUN child=$(paged 'one fork')
	[ "$child" != "$pid" ]
	prints 'written 1' ask "$child" token
	wait_until 'it is written' activated token 'one fork'
	run ask "$pid" other
	wait_until 'it is written' activated other one
	frees killed "$child" "$pid"

	window 'two exec' "$WINDOW" two exec
	assert_equal "$(pages | wc -l) $(paged 'two exec')" "1 $BEGUN"
	prints 'written 1' ask "$BEGUN" token
	frees killed "$BEGUN"

	begin onlyone "$WINDOW" three daemon
	shown 'three daemon'
	wait_until 'there is a page' page_of 'three daemon'
	prints 'written 1' ask "$(paged 'three daemon')" token
	frees kill "$(paged 'three daemon')"
	no_errors
}
