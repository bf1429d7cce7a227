#!/usr/bin/env bats
# as: user (what is asked of the helper, whoever asks)
# raise.bats: what the keeper asks of onlyone-raise, and what becomes of that.
#
# The helper is a script that records how it was called and ends as the test
# wants: here it is about launches and keepers.  Real windows are in
# raise-x11.bats, raise-sway.bats and redisplay.bats.
load lib/line

own_setup() {
	mkdir bin
	cp "$BUILD/onlyone" bin
	ln -s onlyone bin/onlyonectl
	CALLS=$BATS_TEST_TMPDIR/calls
	GATE=$BATS_TEST_TMPDIR/gate
	export CALLS GATE
	: >"$CALLS"
	cat >bin/onlyone-raise <<-'END'
		#!/bin/bash
		# What comes of a look: $CALLS.shown; nothing is seen by who waits
		# for a first window as long as $CALLS.unseen is there.
		case " $* " in
		*' --shown --wait '*)
			echo >>"$CALLS.watch"
			while [ -e "$CALLS.unseen" ]; do sleep 0.02; done
			echo >>"$CALLS.watched"
			exit 0
			;;
		*' --shown '*)
			echo >>"$CALLS.looks"
			# As one that awaits an answer in vain.
			[ ! -e "$CALLS.slow" ] || sleep 0.5
			exit "$(cat "$CALLS.shown" 2>/dev/null || echo 0)"
			;;
		esac
		# One line a call: its arguments, then what it finds around it.
		line="${*@Q} |"
		for name in DISPLAY XAUTHORITY WINDOWID LD_PRELOAD \
			DESKTOP_STARTUP_ID XDG_ACTIVATION_TOKEN; do
			line+=" $name=${!name-none}"
		done
		echo "$$ $line" >>"$CALLS"
		while [ -e "$GATE" ]; do sleep 0.02; done
		case " $* " in
		*' --close '*) exit "$(cat "$CALLS.close" 2>/dev/null || echo 1)" ;;
		esac
		exit "$(cat "$CALLS.status" 2>/dev/null || echo 0)"
	END
	chmod +x bin/onlyone-raise
	PATH=$PWD/bin:$PATH
	hash -r
}

# calls_are N: so often has it been called.
calls_are() { has_lines "$CALLS" "$1"; }

called() { wait_until "the helper has been called $1 times" calls_are "$1"; }

# call [N]: the arguments of call N.
call() { sed -n "${1-1}s/^[0-9]* \(.*\) |.*/\1/p" "$CALLS"; }

# around [N]: what call N found around it.
around() { sed -n "${1-1}s/.* | //p" "$CALLS"; }

# shown [OPTION...]: an instance with a display; $BEGUN is its pid.
shown() {
	begin_guest INSTANCE= env DISPLAY=:71 XAUTHORITY=/own WINDOWID=77 \
		onlyone "$@" "$GUESTS/guest"
}

again() { run -0 --separate-stderr launch "$@" "$GUESTS/guest"; }

# --- what it is told ----------------------------------------------------------

# bats test_tags=check
@test "call: the instance's mark and pid, its display before the caller's" {
	shown
	DISPLAY=:72 XAUTHORITY=/callers WINDOWID=78 LD_PRELOAD=$BUILD/libonlyone.so \
		again -q
	called 1
	[[ "$(call)" =~ ^"'--terminal' '--wait' '1"[0-9.]+"' '-v' '--mark' '$(the_slot)' '--run' '$(the_run)' '$INSTANCE'"$ ]] ||
		fail "$(call)"
	assert_equal "$(around)" 'DISPLAY=:71 XAUTHORITY=/own WINDOWID=77 LD_PRELOAD=none DESKTOP_STARTUP_ID=none XDG_ACTIVATION_TOKEN=none'
}

@test "call: an instance without a display is looked for on the caller's" {
	begin_guest onlyone "$GUESTS/guest"
	DISPLAY=:72 XAUTHORITY=/callers WINDOWID=78 again -q
	called 1
	assert_equal "$(around)" 'DISPLAY=:72 XAUTHORITY=/callers WINDOWID=none LD_PRELOAD=none DESKTOP_STARTUP_ID=none XDG_ACTIVATION_TOKEN=none'
}

# bats test_tags=check
@test "call: none where nobody has a display; a multiplexer's pane is enough" {
	begin_guest onlyone "$GUESTS/guest"
	again -v
	[[ $stderr == *'is running already'*'raised=no: no display answers'* ]] ||
		fail "$stderr"
	calls_are 0
	frees kill -KILL "$BEGUN"
	: >"$GUEST_LOG"
	begin_guest env TMUX=/tmp/none,1,0 onlyone "$GUESTS/guest"
	again
	called 1
}

@test "call: a first window is waited for only while the instance is young" {
	shown
	info=$(the_slot)/info
	killed "$(keeper_of "$GUESTS/guest")"
	# Sixteen seconds old, as its next keeper reads.
	sed -i "s/since=[0-9]*/since=$(($(date +%s%3N) - 16000))/" "$info"
	DISPLAY=:71 again
	called 1
	[[ "$(call)" != *--wait* ]] || fail "$(call)"
}

# bats test_tags=check
@test "call: class, never, by the first launch and by the second" {
	shown --raise=class:Gvim
	again --raise=never
	again
	called 1
	[[ "$(call)" == *"'--class' 'Gvim'"* ]] || fail "$(call)"
	frees kill -KILL "$INSTANCE"
	shown --raise=never
	again
	DESKTOP_STARTUP_ID=id_TIME0 again
	called 2
	[[ "$(call 2)" == "'--no-raise' '--terminal' '--startup-id' 'id_TIME0' "* ]] ||
		fail "$(call 2)"
	run -64 launch --raise=often true
	assert_output "onlyone: --raise: 'often' is not auto, never or class:NAME; see onlyone --help"
}

# bats test_tags=check
@test "call: with a handler it goes first, and the terminal stays" {
	shown --on-activate='exit 3'
	run -3 launch "$GUESTS/guest" file
	called 1
	[[ "$(call)" =~ ^"'--wait' '"[0-9.]+"' '--after' '"[0-9]+"' " ]] ||
		fail "$(call)"
}

@test "call: with a signal the terminal stays; with a listener too" {
	shown --signal=WINCH
	again
	called 1
	[[ "$(call)" != *--terminal* ]] || fail "$(call)"
	begin onlyonectl listen "$GUESTS/guest" --json >records
	wait_until 'it listens' \
		file_has "$(the_slot)/info" 'listeners=00000000000001'
	begin onlyone "$GUESTS/guest" x
	wait_until 'it has come' test -s records
	called 2
	[[ "$(call 2)" != *--terminal* ]] || fail "$(call 2)"
	ctl 'done' "$(jq -r .id records)" 4
	ends "$BEGUN" 4
}

@test "tokens: completed once, in nobody's environment; a handler has its caller's" {
	shown --on-activate='echo "$DESKTOP_STARTUP_ID $XDG_ACTIVATION_TOKEN" >handed'
	DESKTOP_STARTUP_ID='a b' XDG_ACTIVATION_TOKEN=t again
	assert_equal "$(cat handed)" 'a b t'
	called 1
	[[ "$(call)" == *"'--startup-id' 'a b'"* ]] || fail "$(call)"
	assert_equal "$(around)" 'DISPLAY=:71 XAUTHORITY=/own WINDOWID=77 LD_PRELOAD=none DESKTOP_STARTUP_ID=none XDG_ACTIVATION_TOKEN=t'
	again
	assert_equal "$(cat handed)" ' '
	called 2
	[[ "$(call 2)" != *startup-id* ]] || fail "$(call 2)"
}

# told N WORDS: the launch itself has run the helper, as call N, to show these.
told() {
	called "$1"
	[[ "$(call "$1")" == "'--title' 'guest' '--notify' '$GUESTS/guest (pid $INSTANCE) $2"* ]] ||
		fail "$(call "$1")"
	[[ "$(around "$1")" == *' LD_PRELOAD=none '* ]] || fail "$(around "$1")"
}

# bats test_tags=check
@test "notice: for those started from a menu, where nothing was raised" {
	shown
	DISPLAY=:71 again
	calls_are 1
	echo 1 >"$CALLS.status"
	DISPLAY=:71 again
	told 3 "is running already'"
	DISPLAY=:71 again -q
	calls_are 4
	again # no display of its own: cron
	calls_are 5
	DISPLAY=:71 script -qec "onlyone '$GUESTS/guest'" /dev/null </dev/null
	calls_are 6
}

@test "notice: what is said of a command that was not run, with a window too" {
	shown
	run --separate-stderr env DISPLAY=:71 timeout $LIMIT onlyone "$GUEST" letter
	told 2 "already runs "
	[[ "$(call 2)" == *"; this command was not run. "* ]] || fail "$(call 2)"
	DISPLAY=:71 again -q
	calls_are 3
}

@test "notice: none of what a handler has taken, whether anything can be raised or not" {
	shown --on-activate=true
	for status_of in 0 1 2 3 5; do
		: >"$CALLS"
		echo "$status_of" >"$CALLS.status"
		DISPLAY=:71 run timeout $LIMIT onlyone "$GUESTS/guest" letter
		assert_success
		assert_output ''
		called 1
		[[ "$(call)" != *notify* ]] || fail "$status_of: $(call)"
	done
}

@test "notice: none where nothing is lost; else what helps is what was not tried" {
	local first later words
	printf '%s\n' '#!/bin/sh' 'exec sleep 300' >job
	chmod +x job
	while IFS='|' read -r first later words; do
		: >"$CALLS"
		begin env DISPLAY=:71 onlyone $first
		wait_until 'it runs' count_is job 1
		DISPLAY=:71 run -0 --separate-stderr launch $later
		[[ ${stderr#*was not run. Use --wait to run it afterwards} == $words ]] ||
			fail "$later: $stderr"
		assert_equal "$(grep -c -- "'--notify'" "$CALLS")" $((!!${#words}))
		killed "$BEGUN"
		freed job
	done <<-END
		sh ./job|sh ./job|
		sh ./job one|sh -x ./job|
		./job -x|./job -x|
		-d ./job -x one|-d ./job -x $PWD/one|
		sh ./job|sh ./job two|, or start the first one with --on-activate to pass arguments on
		./job -x|--on-activate=auto ./job two|; --on-activate counts only at its start: stop it first
		./job|-d ./job -y|, or start the first one with --on-activate to pass arguments on
	END
}

# --- another display of the same user -----------------------------------------

# elsewhere [OPTION...]: a launch on :72 of what is on :71.
elsewhere() {
	: >"$CALLS"
	run -0 --separate-stderr env DISPLAY=:72 timeout $LIMIT onlyone "$@" \
		"$GUESTS/guest"
}

@test "elsewhere: a window that was raised on another display is told of, with what to do" {
	shown
	elsewhere
	says "pid $INSTANCE) shows its window on display :71; --scope=display"
	told 2 'shows its window on display :71; --scope=display'
	[[ "$(around 1)" == 'DISPLAY=:71 '* && "$(around 2)" == 'DISPLAY=:72 '* ]] ||
		fail "$(<"$CALLS")"
	for status_of in 1 3 5 127; do
		echo "$status_of" >"$CALLS.status"
		elsewhere
		assert_equal "$stderr" ''
	done
	# With a handler as well.
	killed "$INSTANCE"
	freed "$GUESTS/guest"
	shown --on-activate=true
	echo 0 >"$CALLS.status"
	elsewhere
	says "pid $INSTANCE) shows its window on display :71;"
}

@test "elsewhere: in a terminal no notification; with -q, or where nothing is to be raised, no word" {
	shown
	DISPLAY=:72 script -qec "onlyone '$GUESTS/guest'" out </dev/null
	grep -q 'shows its window on display :71;' out || fail "$(<out)"
	calls_are 1
	for quiet in -q --raise=never; do
		elsewhere $quiet
		assert_equal "$stderr" ''
		refute grep -q -- --notify "$CALLS"
	done
}

@test "elsewhere: another screen or name of the same display is none, nor is no display" {
	begin_guest env DISPLAY=:71.0 WAYLAND_DISPLAY=wayland-5 onlyone "$GUEST"
	for display in DISPLAY=:71 DISPLAY=:71.1 WAYLAND_DISPLAY=wayland-5 \
		WAYLAND_DISPLAY=/run/wayland-5 SOME=thing; do
		prints '' env "$display" timeout $LIMIT onlyone "$GUESTS/guest"
		assert_equal "$status" 0
	done
	for display in DISPLAY=:7 DISPLAY=:711 DISPLAY=host:71 \
		WAYLAND_DISPLAY=wayland-50; do
		run env "$display" timeout $LIMIT onlyone "$GUESTS/guest"
		assert_output --partial 'on display :71.0;'
	done
}

# --- whether a window is waited for ---------------------------------------------

# graphical [OPTION...]: an instance that counts as a graphical program.
graphical() {
	begin_guest INSTANCE= env DISPLAY=:71 LD_PRELOAD=libX11.so.6 \
		onlyone --app=x "$@" "$GUESTS/guest"
	wait_until 'its first window is awaited' test -s "$CALLS.watch"
}

# given ARG...: a later launch with them.
given() { DISPLAY=:71 run -0 --separate-stderr launch --app=x "$GUESTS/guest" "$@"; }

# notified WORDS: of the end of the instance.
notified() { grep -q -- "'--notify' '.* $1'" "$CALLS"; }

@test "window: a program that has had none is not waited for; its end within moments is told" {
	: >"$CALLS.unseen"
	echo 1 >"$CALLS.status"
	graphical --on-activate=:
	for shown in 1 18; do
		echo "$shown" >"$CALLS.shown"
		given a.ogg b.ogg
		assert_equal "$stderr" ''
	done
	# One look each: what is waited for is looked for again.
	has_lines "$CALLS.looks" 2
	frees killed "$INSTANCE"
	wait_until 'that is told' notified \
		"(pid $INSTANCE) ended soon after it was given a.ogg and 1 more, a.ogg and 1 more: open that again if it was lost"
	prints --partial 'has ended soon after a launch: a.ogg and 1 more' ctl log x
}

@test "window: an end is not told with -q, when it was asked for, or once a window was there" {
	: >"$CALLS.unseen"
	echo 1 | tee "$CALLS.status" >"$CALLS.shown"
	for how in quiet stopped seen none; do
		rm -f "$CALLS.watch" "$CALLS.watched"
		: >"$GUEST_LOG"
		: >"$CALLS.unseen"
		graphical --on-activate=:
		case $how in
		none) given ;;
		seen)
			given a
			rm "$CALLS.unseen"
			wait_until 'it is seen' test -s "$CALLS.watched"
			wait_until 'its keeper knows' eval \
				'! pgrep -P "$(keeper_of x)" >/dev/null'
			;;
		quiet) DISPLAY=:71 run -0 launch -q --app=x "$GUESTS/guest" a ;;
		stopped) given a ;;
		esac
		if [ $how = stopped ]; then
			frees run -0 ctl stop x
		else
			frees killed "$INSTANCE"
		fi
		[ $how != none ] || break
		prints -0 --partial 'has ended' ctl log x
		refute_output --partial 'soon after'
	done
	# Without arguments, too, somebody waits for a window.
	wait_until 'that is told' notified \
		"(pid $INSTANCE) ended soon after it was launched again"
}

@test "window: one that has had a window, and has none, is waited for: nothing is lost" {
	echo 1 >"$CALLS.status" # known by the first look alone
	graphical --on-activate=:
	wait_until 'its window was seen' test -s "$CALLS.watched"
	for shown in 1 18; do
		echo "$shown" >"$CALLS.shown"
		rm -f said
		begin eval 'DISPLAY=:71 onlyone --app=x "$GUESTS/guest" doc 2>said'
		wait_until 'its launch waits' grep -q '^onlyone: waiting for a window' said
		alive "$INSTANCE"
		echo 0 >"$CALLS.shown"
		ends "$BEGUN" 0
	done
	echo 1 >"$CALLS.shown"
	rm said
	begin eval 'DISPLAY=:71 exec onlyone --app=x "$GUESTS/guest" doc 2>said'
	wait_until 'its launch waits' grep -q '^onlyone: waiting for a window' said
	killed "$INSTANCE"
	wait_until 'it runs anew' pid_is x "$BEGUN"
	run ! notified '.*'
}

@test "window: one that does not respond is not waited for by who has its handler's word" {
	graphical --on-activate=:
	wait_until 'its window was seen' test -s "$CALLS.watched"
	echo 4 | tee "$CALLS.slow" >"$CALLS.shown"
	given doc
	assert_equal "$stderr" ''
	killed "$INSTANCE"
	wait_until 'its end is told' notified 'given doc: .*'
	freed
	# Without a handler there is no such word.
	rm "$CALLS.watch" "$CALLS.watched"
	: >"$GUEST_LOG"
	graphical
	wait_until 'its window was seen' test -s "$CALLS.watched"
	begin eval 'DISPLAY=:71 onlyone --app=x "$GUESTS/guest" doc 2>said'
	wait_until 'its launch waits' grep -q '^onlyone: waiting for a window' said
	echo 0 >"$CALLS.shown"
	ends "$BEGUN" 0
}

@test "window: the first one is awaited once, of a graphical program with a display only" {
	begin_guest env DISPLAY=:71 onlyone --app=y "$GUESTS/guest"
	begin_guest env LD_PRELOAD=libX11.so.6 onlyone --app=z "$GUESTS/guest"
	begin_guest env DISPLAY=:71 LD_PRELOAD=libX11.so.6 onlyone \
		--raise=never --app=n "$GUESTS/guest"
	: >"$CALLS.unseen"
	graphical
	assert_equal "$(wc -l <"$CALLS.watch")" 1
	keeper=$(keeper_of x)
	watcher=$(pgrep -xP "$keeper" onlyone-raise)
	killed "$INSTANCE"
	ended "$watcher"
}

# --- what it costs a launch ---------------------------------------------------

@test "launch: does not wait for it; those who ask get one more run, all together" {
	echo 1 >"$CALLS.status" # of a program that has never shown a window
	shown
	: >"$GATE"
	again
	called 1
	for i in {1..20}; do DESKTOP_STARTUP_ID=id$i again; done
	calls_are 1
	rm "$GATE"
	called 2
	for i in {1..20}; do
		[[ "$(call 2)" == *"'--startup-id' 'id$i'"* ]] || fail "$i: $(call 2)"
	done
	# More than it takes at a time: those that fit, and all that follows.
	: >"$GATE"
	again
	for i in {1..100}; do DESKTOP_STARTUP_ID=id$i again; done
	rm "$GATE"
	called 4
	[[ "$(call 4)" == *"'id64' "*"'--mark' "*" '$INSTANCE'" ]] ||
		fail "$(call 4)"
	again
	called 5
	[[ "$(call 5)" != *startup-id* ]] || fail "$(call 5)"
}

@test "-v: says what came of it, each in its own words; the status stays 0" {
	shown
	while read -r status_of words; do
		echo "$status_of" >"$CALLS.status"
		again -v
		[[ $stderr == *"(pid $INSTANCE): $words"* ]] ||
			fail "$status_of: $stderr"
	done <<-END
		0 raised
		1 raised=no: it has no window
		2 raised=no: its window was asked for, and did not come to the front
		3 raised=no: no display answers
		4 raised, but the program does not answer its display
		5 raised=no: neither the program nor the compositor has named a window
		6 raised the terminal that it runs in
		7 raised=no: on this desktop only the program can raise its window, and it does not know how
		77 raised=no
	END
	again
	assert_equal "$stderr" ''
}

@test "-v: with a handler, its status and what came of raising" {
	shown --on-activate='sleep 0.1; exit 3'
	echo 1 >"$CALLS.status"
	run -3 --separate-stderr launch -v "$GUESTS/guest"
	[[ $stderr == *'handed over to'*'it has no window'* ]] || fail "$stderr"
}

# bats test_tags=check
@test "absent: all else works, -v says so, and so does doctor on a desktop" {
	rm bin/onlyone-raise
	cp "$BUILD/libonlyone.so" bin
	shown
	again -v
	[[ $stderr == *'raised=no: onlyone-raise is not installed'* ]] || fail "$stderr"
	DISPLAY=:71 run ctl doctor
	assert_equal "$status" 1
	assert_line 'WRONG  onlyone-raise is neither beside this program nor installed'
	run -0 ctl doctor
	ends_by TERM "$INSTANCE" 143
}

@test "its end: with the instance, and with a killed keeper" {
	shown
	: >"$GATE"
	again
	called 1
	helper=$(cut -d' ' -f1 "$CALLS")
	killed "$(keeper_of "$GUESTS/guest")"
	ended "$helper"
	DISPLAY=:71 again
	called 2
	helper=$(sed -n '2s/ .*//p' "$CALLS")
	kill -KILL "$INSTANCE"
	ended "$helper"
}

# --- whose environment --------------------------------------------------------

@test "environment: of who began the keeper, and after a replacement of that" {
	shown
	killed "$(keeper_of "$GUESTS/guest")"
	DISPLAY=:5 again
	called 1
	[[ "$(around)" == 'DISPLAY=:5 XAUTHORITY=none WINDOWID=none '* ]] ||
		fail "$(around)"
	: >"$GUEST_LOG"
	begin_guest env DISPLAY=:72 WINDOWID=79 onlyone --replace "$GUESTS/guest"
	called 2 # asked to close
	again
	called 3
	[[ "$(around 3)" == 'DISPLAY=:72 XAUTHORITY=none WINDOWID=79 '* ]] ||
		fail "$(around 3)"
	[[ "$(call 3)" == *"'$BEGUN'" ]] || fail "$(call 3)"
}

# --- stop and replace ---------------------------------------------------------

@test "stop: windows are asked to close; one that closes has no signal" {
	begin_guest env DISPLAY=:71 onlyone "$GUESTS/guest" catch 15
	echo 0 >"$CALLS.close"
	begin onlyonectl stop "$GUESTS/guest" --kill-after=0
	local stop=$BEGUN
	called 1
	assert_equal "$(call)" "'--close' '--mark' '$(the_slot)' '--run' '$(the_run)' '${STARTED[0]}'"
	# What its user decided: it ends.
	kill -KILL "${STARTED[0]}"
	ends "$stop" 0
	prints 0 grep -c signal "$GUEST_LOG"
}

# unclosed SEC COMMAND...: it gives up, and says why.
unclosed() {
	local sec=$1
	shift
	run -75 --separate-stderr timeout $LIMIT "$@"
	[[ $stderr == *"(pid $INSTANCE) did not close in $sec s: it may have unsaved work; answer it, or --kill-after=SEC ends it by force"* ]] ||
		fail "$stderr"
	alive "$INSTANCE"
	prints 0 grep -c signal "$GUEST_LOG"
}

@test "stop, replace: who was asked, and stays, has no signal" {
	shown
	echo 0 >"$CALLS.close"
	unclosed 0.1 onlyonectl stop "$GUESTS/guest" -w 0.1
	unclosed 0.1 onlyonectl stop --all "$GUESTS/guest" -w 0.1
	unclosed 1 onlyone --replace -w 1 "$GUESTS/guest"
	assert_equal "$(for i in 1 2 3; do call $i; done | sort -u)" \
		"'--close' '--mark' '$(the_slot)' '--run' '$(the_run)' '$INSTANCE'"
}

@test "stop, replace: the helper is killed: no signal, since it may have asked" {
	shown
	for how in 'onlyonectl stop -w 1' 'onlyone --replace -w 1'; do
		: >"$CALLS"
		: >"$GATE"
		begin $how "$GUESTS/guest" 2>said
		called 1
		kill -KILL "$(cut -d' ' -f1 "$CALLS")"
		ends "$BEGUN" 75
		grep -q 'did not close in 1 s' said || fail "$(<said)"
		rm "$GATE"
	done
	alive "$INSTANCE"
}

@test "stop: --kill-after: half of the time for windows, then the signal" {
	shown
	echo 0 >"$CALLS.close"
	begin onlyonectl stop "$GUESTS/guest" -w 1.6 --kill-after=600
	called 1
	alive "$INSTANCE"
	ends "$BEGUN" 0
	ends "$INSTANCE" 143
}

@test "stop: without a window, or a display, the signal at once" {
	shown
	run -0 timeout $LIMIT onlyonectl stop "$GUESTS/guest" -w 600
	calls_are 1
	frees ends "$INSTANCE" 143
	: >"$GUEST_LOG"
	begin_guest onlyone "$GUESTS/guest"
	run -0 timeout $LIMIT onlyonectl stop "$GUESTS/guest" -w 600
	calls_are 1
}

@test "stop: a helper that hangs does not keep it from ending" {
	shown
	: >"$GATE"
	begin onlyonectl stop "$GUESTS/guest"
	called 1
	kill -TERM "$INSTANCE"
	ends "$BEGUN" 0
	rm "$GATE"
}

# handled FILE: the handler that makes it has begun.
handled() { wait_until "$1 is there" test -e "$1"; }

@test "end: -v has the handler's status, though the instance has ended before" {
	shown --on-activate='cd '"$PWD"'; >"$1"; while [ ! -e go ]; do sleep 0.02; done; exit 5'
	: >"$GATE"
	: >go
	run -5 launch -q "$GUESTS/guest" one
	called 1
	rm go
	begin onlyone -v "$GUESTS/guest" two
	local second=$BEGUN
	handled two
	frees kill -KILL "$INSTANCE"
	: >go
	ends "$second" 5
}

@test "end: with --lifetime=tree the helper of a revived keeper is no part of it" {
	begin env DISPLAY=:71 onlyone --lifetime=tree "$GUESTS/guest"
	wait_until 'it runs' grep -q ' main' "$GUEST_LOG"
	killed "$(keeper_of "$GUESTS/guest")"
	: >"$GATE"
	DISPLAY=:71 again -q
	called 1
	helper=$(cut -d' ' -f1 "$CALLS")
	owner=$(ctl pid "$GUESTS/guest")
	kill -KILL "$owner"
	frees ended "$helper"
}

@test "end: -W -v ends with its instance, not with the one that comes after" {
	shown
	: >"$GATE"
	: >"$GUEST_LOG"
	begin env DISPLAY=:71 onlyone --wait "$GUESTS/guest"
	local next=$BEGUN
	lined_up "$next"
	begin onlyone -W -v "$GUESTS/guest"
	local watcher=$BEGUN
	called 1
	kill -KILL "$INSTANCE"
	guest_runs "$next"
	ends "$watcher" 0
	alive "$next"
}

@test "end: -W ends with its handler, where the instance has been replaced" {
	shown --on-activate='cd '"$PWD"'; >"$1"; while [ ! -e go ]; do sleep 0.02; done; exit 5'
	: >"$GUEST_LOG"
	begin env DISPLAY=:71 onlyone --wait "$GUESTS/guest"
	local next=$BEGUN
	lined_up "$next"
	begin onlyone -W "$GUESTS/guest" one
	local watcher=$BEGUN
	handled one
	kill -KILL "$INSTANCE"
	guest_runs "$next"
	: >go
	ends "$watcher" 5
	alive "$next"
}

@test "tokens: a handler of a launch that had to wait has none of its own" {
	shown
	: >"$GUEST_LOG"
	begin env DISPLAY=:71 XDG_ACTIVATION_TOKEN=spent DESKTOP_STARTUP_ID=spent \
		onlyone --replace --on-activate='echo "$DESKTOP_STARTUP_ID $XDG_ACTIVATION_TOKEN"' "$GUESTS/guest"
	guest_runs "$BEGUN"
	run -0 --separate-stderr launch "$GUESTS/guest"
	assert_output ' '
}
