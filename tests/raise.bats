# as: user (the helper is asked alike for all users)
# raise.bats: what the keeper asks of onlyone-raise, and what it does with the result.
#
# The helper is a script that records how it was called and exits as the test wants:
# this is about launches and keepers.  Real windows are in raise-x11.bats,
# raise-sway.bats and wayland.bats.
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
		# What comes of a look: $CALLS.shown, and of who waits for the next
		# window; nothing is seen by who waits for the first one, as long
		# as $CALLS.unseen is there.
		case " $* " in
		*' --shown --wait 15.000 '*)
			echo >>"$CALLS.watch"
			while [ -e "$CALLS.unseen" ]; do sleep 0.02; done
			echo >>"$CALLS.watched"
			exit 0
			;;
		*' --shown --wait '*)
			echo "${@: -1}" >>"$CALLS.at"
			until=$((${EPOCHREALTIME/./} + 10#${3/./} * 1000))
			status=1
			while [ "${status:=1}" = 1 ] && ((${EPOCHREALTIME/./} < until)); do
				sleep 0.02
				read -r status 2>/dev/null <"$CALLS.shown"
			done
			exit "$status"
			;;
		' --titles '*)
			cat "$CALLS.titles" 2>/dev/null
			exit
			;;
		*' --shown '*)
			echo "${@: -1}" >>"$CALLS.at"
			echo >>"$CALLS.looks"
			[ ! -e "$CALLS.slow" ] || sleep 1
			read -r status 2>/dev/null <"$CALLS.shown"
			exit "${status:-0}"
			;;
		esac
		# One line a call: its arguments, then what it finds around it.
		line="${*@Q} |"
		for name in DISPLAY XAUTHORITY WINDOWID LD_PRELOAD \
			DESKTOP_STARTUP_ID XDG_ACTIVATION_TOKEN; do
			line+=" $name=${!name-none}"
		done
		echo "$$ $line" >>"$CALLS"
		# Stop its keeper, once that has answered all and sleeps.
		if [ -e "$CALLS.stop" ]; then
			sleep 0.1
			until grep -q '^State:.S' "/proc/$PPID/status"; do :; done
			kill -STOP "$PPID"
		fi
		while [ -e "$GATE" ]; do sleep 0.02; done
		status=
		case " $* " in
		*' --close '*) read -r status 2>/dev/null <"$CALLS.close" || status=1 ;;
		*) read -r status 2>/dev/null <"$CALLS.status" ;;
		esac
		[ "$status" != killed ] || kill -KILL $$
		exit "${status:-0}"
	END
	chmod +x bin/onlyone-raise
	PATH=$PWD/bin:$PATH
	hash -r
}

# calls_are N: so often has it been called.
calls_are() {
	mapfile -t LINES <"$CALLS"
	[ "${#LINES[@]}" = "$1" ]
}

# called N: and the last call was $CALL (its pid: $HELPER), with $AROUND it.
called() {
	wait_until "the helper has been called $1 times" calls_are "$1"
	call_look "$1"
}

call_look() {
	local line=${LINES[$1 - 1]}
	HELPER=${line%% *}
	line=${line#* }
	CALL=${line%% | *}
	AROUND=${line#* | }
}

# call_is PATTERN; call_is_not PATTERN: the call that was looked at last.
call_is() { [[ $CALL == $1 ]] || fail "called with: $CALL"; }
call_is_not() { [[ $CALL != $1 ]] || fail "called with: $CALL"; }

# marked [WORDS]: what names an instance, at the end of a call.
marked() { echo "'--mark' '$(the_slot)' '--run' '$(the_run)' ${1-}'$INSTANCE'"; }

OWN='DISPLAY=:71 XAUTHORITY=/own WINDOWID=77 LD_PRELOAD=none'

# shown [OPTION...]: an instance with a display; $INSTANCE is its pid.
shown() {
	begin_guest INSTANCE= env DISPLAY=:71 XAUTHORITY=/own WINDOWID=77 onlyone "$@" "$GUEST"
}

again() { run -0 --separate-stderr onlyone "$@" "$GUEST"; }

# bats test_tags=check
@test "call, notice, stop: mark and pid, class, the instance's display before the caller's; --raise=never; a notice for those started from a menu; stop asks windows to close; without the helper all else works, and it is said" {
	shown --raise=class:Gvim
	again --raise=never
	DISPLAY=:72 XAUTHORITY=/callers WINDOWID=78 LD_PRELOAD=$BUILD/libonlyone.so again -q
	called 1
	call_is "'--terminal' '--wait' '1*' '-v' $(marked "'--class' 'Gvim' ")"
	assert_equal "$AROUND" "$OWN DESKTOP_STARTUP_ID=none XDG_ACTIVATION_TOKEN=none"
	frees kill -KILL "$INSTANCE"

	shown --raise=never
	again
	DESKTOP_STARTUP_ID=id_TIME0 again
	called 2
	call_is "'--no-raise' '--terminal' '--startup-id' 'id_TIME0' *"
	frees kill -KILL "$INSTANCE"

	# Without a display of its own: the caller's, if he has one.
	begin_guest onlyone "$GUEST"
	again -v
	[[ $stderr == *'is already running'*'raised=no: no display answers'* ]] || fail "$stderr"
	DISPLAY=:72 XAUTHORITY=/callers WINDOWID=78 again -q
	called 3
	[[ $AROUND == 'DISPLAY=:72 XAUTHORITY=/callers WINDOWID=none '* ]] || fail "$AROUND"
	run -64 onlyone --raise=often true
	assert_output "onlyone: --raise: 'often' is not auto, never or class:NAME; see onlyone --help"
	frees killed "$BEGUN"
	: >"$CALLS"
	# The notice.
	shown
	DISPLAY=:71 again
	calls_are 1
	echo 1 >"$CALLS.status"
	DISPLAY=:71 again
	calls_are 2 # of the very same command line there is none
	DISPLAY=:71 run --separate-stderr onlyone -q "$GUEST" letter
	calls_are 3
	run --separate-stderr onlyone "$GUEST" letter # no display of its own: cron
	calls_are 4
	DISPLAY=:71 script -qec "onlyone '$GUEST' letter" /dev/null </dev/null
	calls_are 5
	# It is of what was not opened, also where a window was raised.
	echo 0 >"$CALLS.status"
	DISPLAY=:71 run --separate-stderr onlyone "$GUEST" letter
	told 7 'is already running and can*t open letter: there is no file letter*use -d for one window '
	frees killed "$INSTANCE"
	# None of what a handler has taken, whatever is raised.
	shown --on-activate=true
	echo 1 >"$CALLS.status"
	DISPLAY=:71 prints -0 '' onlyone "$GUEST" letter
	called 8
	# It goes first, and a terminal stays where it is.
	call_is "'--document' 'letter' '--wait' '*' '--after' '*"
	call_is_not '*notify*'
	frees killed "$INSTANCE"
	: >"$CALLS"
	# The windows are asked to close.
	begin_guest INSTANCE= env DISPLAY=:71 onlyone "$GUEST" catch 15
	echo 0 >"$CALLS.close"
	begin onlyonectl stop "$GUEST" --kill-after=0
	called 1
	assert_equal "$CALL" "'--close' $(marked)"
	# What its user decided: it ends.
	kill -KILL "$INSTANCE"
	ends "$BEGUN" 0
	[[ $(<"$GUEST_LOG") != *signal* ]]
	freed
	# Without the helper.
	rm bin/onlyone-raise
	cp "$BUILD/libonlyone.so" bin
	shown
	again -v
	[[ $stderr == *'raised=no: onlyone-raise is not installed'* ]] || fail "$stderr"
	DISPLAY=:71 run -1 onlyonectl doctor
	assert_line 'WRONG  onlyone-raise is neither beside this program nor installed'
	run -0 onlyonectl doctor
	ends_by TERM "$INSTANCE" 143
}

@test "tokens: completed once, in nobody's environment; a handler has its caller's" {
	shown --on-activate='echo "$DESKTOP_STARTUP_ID $XDG_ACTIVATION_TOKEN" >handed'
	DESKTOP_STARTUP_ID='a b' XDG_ACTIVATION_TOKEN=t again
	assert_equal "$(<handed)" 'a b t'
	called 1
	call_is "*'--startup-id' 'a b'*"
	assert_equal "$AROUND" "$OWN DESKTOP_STARTUP_ID=none XDG_ACTIVATION_TOKEN=t"
	again
	assert_equal "$(<handed)" ' '
	called 2
	call_is_not '*startup-id*'
}

# told N WORDS: the launch itself has run the helper, as call N, to show these.
told() {
	called "$1"
	call_is "'--title' 'guest' '--notify' *'$GUEST (pid $INSTANCE) $2*"
	[[ $AROUND == *' LD_PRELOAD=none '* ]] || fail "$AROUND"
}

@test "elsewhere: a window that was raised on another display is told of, with what to do" {
	shown
	DISPLAY=:72 again
	says "pid $INSTANCE) shows its window on display :71"$'\n'"onlyone: use --scope=display"
	told 2 'shows its window on display :71*use --scope=display'
	[[ $AROUND == 'DISPLAY=:72 '* ]] || fail "$AROUND"
	call_look 1
	[[ $AROUND == 'DISPLAY=:71 '* ]] || fail "$AROUND"
	echo 1 >"$CALLS.status"
	DISPLAY=:72 again
	assert_equal "$stderr" ''
	: >"$CALLS"
	echo 0 >"$CALLS.status"
	DISPLAY=:72 again -q
	assert_equal "$stderr" ''
	refute grep -q -- --notify "$CALLS"
	# In a terminal it is no notification.
	: >"$CALLS"
	DISPLAY=:72 script -qec "onlyone '$GUEST'" out </dev/null
	grep -q 'shows its window on display :71' out || fail "$(<out)"
	calls_are 1
	frees killed "$INSTANCE"

	# Another screen or name of the same display is none, nor is no display.
	begin_guest env DISPLAY=:71.0 WAYLAND_DISPLAY=wayland-5 onlyone "$GUEST"
	for display in DISPLAY=:71.1 WAYLAND_DISPLAY=/run/wayland-5 SOME=thing; do
		prints -0 '' env "$display" timeout $LIMIT onlyone "$GUEST"
	done
	DISPLAY=:711 prints --partial 'on display :71.0' launch "$GUEST"
}

@test "-v: says what came of it, each in its own words; the status stays 0" {
	shown
	while read -r status_of words; do
		echo "$status_of: $words" >&2
		echo "$status_of" >"$CALLS.status"
		again -v
		[[ $stderr == *"(pid $INSTANCE): $words"* ]] || fail "$stderr"
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
		killed raised=no: no display answers
	END
	again
	assert_equal "$stderr" ''
	frees killed "$INSTANCE"
	# A handler that ends it ends it for good.
	shown --on-activate='kill -KILL $ONLYONE_PID'
	run -0 launch "$GUEST"
	freed
	# A multiplexer's pane is enough, if there is no display.
	: >"$CALLS"
	begin_guest env TMUX=/tmp/none,1,0 onlyone "$GUEST"
	again
	called 1
}

# graphical [OPTION...]: an instance that counts as a graphical program.
graphical() {
	rm -f "$CALLS.watch" "$CALLS.watched"
	: >"$GUEST_LOG"
	begin_guest INSTANCE= env DISPLAY=:71 LD_PRELOAD=libX11.so.6 onlyone --app=x "$@" "$GUEST"
	wait_until 'its first window is awaited' test -s "$CALLS.watch"
}

# given ARG...: a later launch with them; waiting ARG...: one that waits for a window.
given() { DISPLAY=:71 run -0 --separate-stderr launch --app=x "$GUEST" "$@"; }

waiting() {
	rm -f said
	begin eval 'DISPLAY=:71 exec onlyone --app=x "$GUEST" doc 2>said'
	wait_until 'its launch waits' grep -q '^onlyone: waiting for a window' said
}

# looks: its attendant has a helper that looks.
looks() {
	attendant=$(pgrep -P "$(keeper_of x)" -f 'onlyone attending')
	wait_until 'its attendant looks' eval 'look=$(pgrep -P "$attendant")'
}

# notified WORDS: that the instance has ended.
notified() { grep -q -- "'--notify' '.* $1'" "$CALLS"; }

@test "window: a program that has had none is not waited for; its end within moments is told" {
	echo 1 | tee "$CALLS.status" >"$CALLS.shown"
	: >"$CALLS.unseen"
	graphical --on-activate=:
	given a.ogg b.ogg
	assert_equal "$stderr" ''
	has_lines "$CALLS.looks" 1
	frees killed "$INSTANCE"
	wait_until 'that is told' notified \
		"(pid $INSTANCE) exited soon after it was given a.ogg and 1 more: open that again if it was lost"
	prints --partial 'exited soon after a launch: a.ogg and 1 more' ctl log x
}

@test "window: one that has had a window, and has none, is waited for: nothing is lost" {
	echo 1 >"$CALLS.status" # known by the first look alone
	graphical --on-activate=:
	wait_until 'its window was seen' test -s "$CALLS.watched"
	echo 1 >"$CALLS.shown"
	# Not while it is stopped.
	stopped "$INSTANCE" && given doc && kill -CONT "$INSTANCE"
	[[ $stderr != *waiting* ]] || fail "$stderr"
	waiting
	alive "$INSTANCE"
	echo 0 >"$CALLS.shown"
	ends "$BEGUN" 0
	# Without its attendant it goes; that takes its look with it.
	echo 1 >"$CALLS.shown"
	waiting
	looks
	kill -KILL "$attendant"
	ends "$BEGUN" 0
	ended "$look"
	echo 0 >"$CALLS.shown"
	# It may be one that was just asked to close.
	began=${EPOCHREALTIME/./} && given doc
	((${EPOCHREALTIME/./} - began >= 300000))
	# One that does not respond is not waited for by who has its handler's word.
	echo 4 | tee "$CALLS.slow" >"$CALLS.shown"
	given doc
	assert_equal "$stderr" ''
	rm "$CALLS.slow"
	echo 1 >"$CALLS.shown"
	waiting
	killed "$INSTANCE"
	wait_until 'it runs anew' pid_is x "$BEGUN"
	wait_until 'the end is told to whom nobody waits for' notified '.*given doc: .*'
	# The program itself has refused: it may be exiting.
	frees killed "$BEGUN" && echo 0 >"$CALLS.shown"
	graphical --on-activate=self
	began=${EPOCHREALTIME/./}
	DISPLAY=:71 run -1 launch --app=x "$GUEST" exit 1
	((${EPOCHREALTIME/./} - began >= 1400000))
}

@test "window: a keeper that is killed takes its attendant and what that looks with along" {
	echo 1 >"$CALLS.shown"
	graphical --on-activate=:
	wait_until 'its window was seen' test -s "$CALLS.watched"
	waiting
	looks
	killed "$(keeper_of x)"
	ends "$BEGUN" 76
	ended "$attendant"
	ended "$look"
	echo 0 >"$CALLS.shown"
	given doc
	frees killed "$INSTANCE"
}

@test "window: a launch whose instance is forgotten before its window was seen says so" {
	graphical --on-activate='touch taken; until [ -e go ]; do sleep 0.02; done'
	wait_until 'its window was seen' test -s "$CALLS.watched"
	wait_until 'its keeper knows that' eval '! pgrep -P "$(keeper_of x)"'
	begin eval 'DISPLAY=:71 exec onlyone --app=x "$GUEST" doc 2>said'
	wait_until 'the handler runs' test -e taken
	run -0 ctl forget x
	: >go
	ends "$BEGUN" 0
	file_has said "pid $INSTANCE. was forgotten .* look whether it shows what it was given"
	killed "$INSTANCE"
}

@test "window: where a program becomes a daemon, a launch waits for a window of the daemon" {
	echo 1 >"$CALLS.shown"
	cp "$BUILD/libonlyone.so" bin # daemons are known by it
	begin INSTANCE= env DISPLAY=:71 LD_PRELOAD=libX11.so.6 onlyone --app=x --lifetime=daemon \
		--on-activate=: "$GUESTS/forker" wait "$PWD/go" daemon
	wait_until 'its window was seen' test -s "$CALLS.watched"
	waiting
	looks
	: >"$PWD/go"
	wait_until 'it is a daemon' notes here 1
	daemon=$(noted here)
	wait_until 'its launch looks at the daemon' grep -qx "$daemon" "$CALLS.at"
	ended "$look"
	ends "$BEGUN" 0
	frees killed "$daemon"
}

@test "launch: does not wait; those who ask get one more run; it ends with instance or keeper" {
	echo 1 >"$CALLS.status" # of a program that has never shown a window
	shown
	: >"$GATE"
	again
	called 1
	for i in {1..5}; do DESKTOP_STARTUP_ID=id$i again; done
	calls_are 1
	rm "$GATE"
	called 2
	for i in {1..5}; do call_is "*'--startup-id' 'id$i'*"; done
	: >"$GATE"
	again
	called 3
	killed "$(keeper_of "$GUEST")"
	ended "$HELPER"
	# The next one has another display.
	DISPLAY=:5 again
	called 4
	[[ $AROUND == 'DISPLAY=:5 XAUTHORITY=none WINDOWID=none '* ]] || fail "$AROUND"
	frees kill -KILL "$INSTANCE"
	ended "$HELPER"
}

@test "launch: where the program ends while its launch waits for what came of it, that starts over" {
	local keeper
	shown
	keeper=$(keeper_of "$GUEST")
	: | tee "$GATE" >"$CALLS.stop"
	begin LATER= onlyone -v "$GUEST"
	called 1
	wait_until 'the keeper is stopped' has_state "$keeper" T
	killed "$INSTANCE"
	rm "$CALLS.stop"
	kill -CONT "$keeper"
	guest_runs "$LATER"
	rm "$GATE"
}

# unclosed COMMAND...: it gives up after a second, and says why.
unclosed() {
	run -75 --separate-stderr timeout $LIMIT "$@"
	[[ $stderr == *"(pid $INSTANCE) did not close in 1 s: it may have unsaved work"*"answer it there,"* ]] ||
		fail "$stderr"
	alive "$INSTANCE"
}

@test "stop, replace: one that stays has no signal, but by --kill-after" {
	shown
	echo 0 >"$CALLS.close"
	unclosed onlyonectl stop "$GUEST" -w 1
	[[ $stderr == *' to end it by force' ]]
	# Which windows are open is said where it is known; no terminal obeys it.
	printf "'a \e[2J', b\nc\n" >"$CALLS.titles"
	unclosed onlyone --replace -w 1 "$GUEST"
	[[ $stderr == *" unsaved work; still open: 'a \\033[2J', b"* ]] || fail "$stderr"
	called 2
	echo killed >"$CALLS.close" # when it had asked, perhaps
	unclosed onlyonectl stop "$GUEST" -w 1
	assert_equal "$CALL" "'--close' $(marked)"
	run -0 ctl stop "$GUEST" -w 1.6 --kill-after=600
	frees ends "$INSTANCE" 143
	# Without a window, or a display, the signal comes at once.
	rm "$CALLS.close"
	shown
	run -0 ctl stop "$GUEST" -w 600
	frees ends "$INSTANCE" 143
	: >"$CALLS"
	begin_guest onlyone "$GUEST"
	run -0 ctl stop "$GUEST" -w 600
	freed
	calls_are 0
}
