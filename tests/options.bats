#!/usr/bin/env bats
# as: user (no right is asked for)
# options.bats: what each option of onlyone does.
#
# Policies, scopes, lifetimes, what is said and what is not, and the exit
# codes of its own that come with them.
load lib/line

# bats test_tags=check
@test "busy: -E gives another code instead, from 0 to 255" {
	begin_guest onlyone "$GUESTS/guest"
	for code in 0 1 9 255; do
		run launch -n -E "$code" "$GUESTS/guest"
		assert_equal "$status" "$code"
	done
	[ "$(constructors)" = 1 ]
}

# bats test_tags=check
@test "options: stop at the command, -- or not" {
	run -5 launch -- "$GUESTS/guest" exit 5
	run -6 launch "$GUESTS/guest" -E exit 6
	run -7 launch -q -- sh -c 'exit 7'
}

# bats test_tags=check
@test "-c: is a shell line, with its status; a second one is an activation of the first" {
	prints -12 'A  B' launch -c 'echo "a  b" | tr a-z A-Z; exit 12'
	begin onlyone -c '"$GUESTS/guest" & echo $! >child; wait'
	wait_until 'its guest runs' file_has "$GUEST_LOG" ' main '
	run -0 launch -c '"$GUESTS/guest" & echo $! >child; wait'
	[ "$(constructors)" = 1 ]
}

# bats test_tags=check
@test "scope: session: two login sessions have an instance each, none is one too, one has one" {
	XDG_SESSION_ID=3 begin_guest onlyone --scope=session "$GUESTS/guest"
	XDG_SESSION_ID=4 begin_guest onlyone --scope=session "$GUESTS/guest"
	begin_guest onlyone --scope=session "$GUESTS/guest"
	XDG_SESSION_ID=4 run -0 launch --scope=session "$GUESTS/guest"
	[ "$(constructors)" = 3 ]
	prints 3 ctl count guest
	run -0 launch --scope=session "$GUESTS/guest"
	[ "$(constructors)" = 3 ]
	# And none with those of the user.
	begin_guest onlyone "$GUESTS/guest"
	begin_guest onlyone --scope=display "$GUESTS/guest"
	[ "$(constructors)" = 5 ]
}

# bats test_tags=check
@test "scope: display: :0 is :0.0, :1 is another, none is one of its own" {
	DISPLAY=:0 begin_guest onlyone --scope=display "$GUESTS/guest"
	DISPLAY=:0.0 run -0 launch --scope=display "$GUESTS/guest"
	[ "$(constructors)" = 1 ]
	DISPLAY=:1 begin_guest onlyone --scope=display "$GUESTS/guest"
	DISPLAY='' begin_guest onlyone --scope=display "$GUESTS/guest"
	run -0 env -u DISPLAY timeout $LIMIT onlyone --scope=display "$GUESTS/guest"
	[ "$(constructors)" = 3 ]
}

# bats test_tags=check
@test "scope: user is the default, and crosses sessions and displays" {
	DISPLAY=:0 begin_guest onlyone "$GUESTS/guest"
	DISPLAY=:1 run -0 setsid --wait timeout $LIMIT onlyone --scope=user "$GUESTS/guest"
	[ "$(constructors)" = 1 ]
}

# bats test_tags=check
@test "lifetime: main: the place is free as soon as the process ends" {
	run -0 launch --app=daemon --lifetime=main "$GUESTS/daemonize" libc
	wait_until 'the copy runs' file_has "$GUEST_LOG" ' copy$'
	freed daemon
	run -0 launch --app=daemon --lifetime=main "$GUESTS/daemonize" libc
	wait_until 'another runs' eval \
		'[ "$(grep -c " copy$" "$GUEST_LOG")" = 2 ]'
}

# bats test_tags=check
@test "lifetime: auto, the default: the copy of a self-daemonising program is the instance" {
	for how in libc close double late plain worker; do
		: >"$GUEST_LOG"
		# The copy may keep the streams: none of ours.
		launch --app=daemon "$GUESTS/daemonize" "$how" >out 2>&1
		wait_until "$how: the copy runs" file_has "$GUEST_LOG" ' copy$'
		copy=$(sed -n 's/ copy$//p' "$GUEST_LOG")
		wait_until "$how: it is the instance" pid_is daemon "$copy"
		launch -q --app=daemon "$GUESTS/daemonize" "$how" >out 2>&1
		[ "$(grep -c ' main$' "$GUEST_LOG")" = 1 ]
		for pid in $(sed -n 's/ worker$//p' "$GUEST_LOG") "$copy"; do
			kill -KILL "$pid"
		done
		wait_until "$how: the count is 0" count_is daemon 0
	done
}

# bats test_tags=check
@test "lifetime: a helper that was forked long before the end is no instance, in a session of its own or not" {
	# Longer than all that comes before it, on a slow machine too.
	export WORK_MS=$((2000 * SLOW))
	launch --app=daemon "$GUESTS/daemonize" helper >out 2>&1
	wait_until 'the copy runs' file_has "$GUEST_LOG" ' copy$'
	freed daemon
	# With --lifetime=daemon it is one.
	: >"$GUEST_LOG"
	launch --app=daemon --lifetime=daemon "$GUESTS/daemonize" helper >out 2>&1
	copy=$(sed -n 's/ copy$//p' "$GUEST_LOG")
	wait_until 'it is the instance' pid_is daemon "$copy"
	run -75 launch -n -a daemon "$GUESTS/daemonize" helper
	kill -KILL "$copy"
	freed daemon
}

# bats test_tags=check,linux-6-15
@test "lifetime: workers of a program that crashed are no instance" {
	begin onlyone --app=daemon "$GUESTS/daemonize" crash
	ends "$BEGUN" 134
	wait_until 'the worker runs' file_has "$GUEST_LOG" ' worker$'
	freed daemon
}

# bats test_tags=check
@test "lifetime: a subshell left in the background is no instance" {
	run -0 launch -c '( sleep 100; true ) >/dev/null 2>&1 & :'
	freed
}

# bats test_tags=check
@test "on-error: refuse is the default: 73, the command does not run; with run it does" {
	ONLYONE_DIR=relative run -73 --separate-stderr launch "$GUESTS/guest" exit 5
	says relative
	ONLYONE_DIR=relative run -73 launch --on-error=refuse "$GUESTS/guest" exit 5
	untouched
	# run: it runs, unguarded, and it is said.
	ONLYONE_DIR=relative run -5 --separate-stderr \
		launch --on-error=run "$GUESTS/guest" exit 5
	[[ $stderr == onlyone:*relative* ]]
}

# bats test_tags=check
@test "on-error: run is for the state only, not for 64, 69, 75, 126 or 127" {
	begin_guest onlyone "$GUESTS/guest"
	run -75 launch --on-error=run -n "$GUESTS/guest"
	run -69 launch --on-error=run --must-deliver "$GUESTS/guest" x
	run -64 launch --on-error=run -E 300 "$GUESTS/guest"
	run -127 launch --on-error=run ./missing
	[ "$(constructors)" = 1 ]
}

@test "no answer: a keeper that waits for a processor is waited for, beyond the patience" {
	with_handler 'echo ran >>ran'
	keeper=$(keeper_of guest)
	stopped "$keeper"
	# What runs without a pause looks as such a keeper does.
	begin busy= sh -c 'while :; do :; done'
	info=$(echo "$ONLYONE_DIR"/guest*/info)
	printf 'keeper=%014d' "$busy" | dd of="$info" conv=notrunc bs=1 status=none \
		seek="$(grep -abo keeper= "$info" | cut -d : -f 1)"
	begin launch "$GUESTS/guest" a
	run ! timeout 7 tail -f --pid="$BEGUN" /dev/null
	kill -CONT "$keeper"
	wait "$BEGUN"
	assert_equal "$(cat ran)" ran
	# Then it is as any other.
	stopped "$keeper"
	kill -KILL "$busy"
	run -69 launch "$GUESTS/guest" a
	kill -CONT "$keeper"
}

# bats test_tags=check
@test "dry-run: says application, key, slot, policy and that it would start; nothing is touched" {
	run -0 launch --dry-run "$GUESTS/guest" a
	assert_output --partial "$(readlink -f "$GUESTS")/guest"
	assert_output --partial "$ONLYONE_DIR"
	assert_output --regexp '[Kk]ey'
	assert_output --partial activate
	assert_output --partial start
	untouched
}

# bats test_tags=check
@test "dry-run: says that it would activate, and does not; is 0 with each policy" {
	with_handler 'echo ran >>ran'
	prints -0 --partial "$BEGUN" launch --dry-run "$GUESTS/guest" a
	[ ! -e ran ]
	for policy in activate skip fail; do
		run -0 launch --dry-run --if-running="$policy" "$GUESTS/guest"
		assert_output --partial "$policy"
	done
	prints 0 jq '.[0].activations' < <(ctl list --json)
}

# bats test_tags=check
@test "background: is 0 as soon as a later launch finds the program, or what the launch ends with" {
	printf '#!/nowhere\n' >bad
	chmod +x bad
	for how in '' --lifetime=tree --lifetime=main; do
		echo "with: $how" >&2
		timeout $LIMIT onlyone --background -a own --on-activate='exit 7' $how \
			sleep 1000 >said 2>&1 3>&-
		run -75 launch -n -a own true
		# What is typed to end the caller is not for it.
		assert_equal "$(ps -o pgid= -p "$(ctl pid own)" | tr -d ' ')" \
			"$([[ $how =~ ^$|main ]] && ctl pid own ||
				ps -o ppid= -p "$(ctl pid own)" | tr -d ' ')"
		run -7 launch --background -a own sleep 1
		run -127 launch --background $how ./missing
		run -126 launch --background $how ./bad
		frees ctl -q stop own
	done
	touch a b
	timeout $LIMIT onlyone --background -d tail -f a b >said 2>&1 3>&-
	prints 2 ctl count --all tail
	run -64 launch --background -W true
	# One that waits ends with the process that asked for it.
	begin onlyone --background --wait -d tail -f a
	wait_until 'it has a child' eval 'child=$(pgrep -P "$BEGUN")'
	lined_up "$child"
	killed "$BEGUN"
	ended "$child"
}

# bats test_tags=check
@test "explain: says the same on standard error, and goes on" {
	run -5 --separate-stderr launch --explain "$GUESTS/guest" exit 5
	assert_output ''
	[[ $stderr == *"$(readlink -f "$GUESTS")/guest"* ]]
	[[ $stderr == *"$ONLYONE_DIR"* ]]
}

# bats test_tags=check
@test "ONLYONE_DISABLE=1 switches everything off" {
	export ONLYONE_DISABLE=1
	begin_guest onlyone "$GUESTS/guest"
	begin_guest onlyone -n "$GUESTS/guest"
	[ "$(constructors)" = 2 ]
	no_slots
	run -5 launch "$GUESTS/guest" exit 5
	ONLYONE_DIR=relative run -6 launch "$GUESTS/guest" exit 6
	# The program has no variable of ours, as if it had been run bare.
	run ! grep -z '^ONLYONE_SLOT=' "/proc/$BEGUN/environ"
}

# bats test_tags=check
@test "quiet: without notes errors stay; -v says more" {
	begin_guest onlyone "$GUESTS/guest"
	run -69 --separate-stderr launch -q --must-deliver "$GUESTS/guest" a
	[ -n "$stderr" ]
	run -0 --separate-stderr launch -v "$GUESTS/guest"
	assert_output ''
}

# bats test_tags=check
@test "left: -v and -W say that a script left a daemon, which is not followed" {
	cat >script <<-'END'
		#!/bin/sh
		setsid sleep 300 >/dev/null 2>&1 3>&- &
		echo $! >daemon
		until [ "$(ps -o sid= -p $!)" -eq $! ]; do :; done
	END
	printf '#!/bin/sh\nsleep 300 >/dev/null 2>&1 3>&- &\n' >other
	chmod +x script other
	run -0 --separate-stderr launch ./script
	assert_equal "$stderr" ''
	daemon=$(<daemon)
	run -0 --separate-stderr launch -v ./script
	[[ $stderr == *"pid $daemon ("*'does not count'* ]] || fail "$stderr"
	run -0 --separate-stderr launch -W ./script
	[[ $stderr == *"pid $(<daemon) ("*'does not count'* ]] || fail "$stderr"
	# A job in the background of the same session is usual.
	run -0 --separate-stderr launch -W ./other
	assert_equal "$stderr" ''
}
