# as: user (a line is one user's)
# line.bats: waiting for the instance, and a program that is closed and opened again
# at once.
#
# A joiner exits exactly as the instance did (see also policies.bats).  A handler that
# has become the program is the next instance; one that finds it gone starts it again.
# (The order of waiting launches, with kills, sweeps and stalls: tests/sim.)
# shellcheck disable=SC2016,SC2154
load lib/line

own_setup() {
	cp "$GUEST" app
	mkfifo there
	exec 8<>there
}

@test "join: an interrupt at the terminal ends the joiner, not the instance; it outlives a keeper; a lost status is 69" {
	begin owner= onlyone -W -a app "$GUEST"
	wait_until 'it is there' in_main 1
	run timeout $LIMIT "$BATS_TEST_DIRNAME/lib/terminal.py" \
		"onlyone -v -a app --join '$GUEST' exit 5; echo status \$?; tty" \
		'<waiting for app' '>\x03' .
	prints 1 ctl count app
	alive "$owner"
	# It has waited for long, and the keeper is killed: it joins again.
	run -0 timeout $LIMIT "$BATS_TEST_DIRNAME/lib/terminal.py" \
		"onlyone -v -a app --join '$GUEST' exit 5; echo status \$?" \
		'<waiting for app' "!kill -KILL $(keeper_of app)" \
		'<waiting for app' "!kill $(ctl pid app)" '<status 143'
	ends "$owner" 143
	freed
	begin owner= onlyone -W -a app "$GUEST"
	wait_until 'it is there' in_main 2
	# Keeper and instance are killed together.
	comes onlyone -a app --join "$GUEST" exit 5 2>said
	stopped "$BEGUN"
	killed "$(keeper_of app)" "$(ctl pid app)" "$owner"
	ends_by CONT "$BEGUN" 69
	file_has said 'status is not known'
	assert_equal "$(constructors)" 2
}

@test "wait: a keeper that has no instance waits for those in line, longer than their longest pause" {
	needs_points
	begin_guest owner= onlyone -a app "$GUEST"
	# Its limits, not its pauses, are 40 times as long; a pause is 25.6 ms at most.
	ONLYONE_TEST_SLOW=40 comes "$BUILD/points/onlyone" -a app --wait "$GUEST" exit 5
	stopped "$BEGUN"
	killed "$(keeper_of app)" "$owner"
	began=${EPOCHREALTIME/./}
	ends_by CONT "$BEGUN" 5
	((${EPOCHREALTIME/./} - began > 40 * 25600)) || fail 'it came too soon'
}

# --- closed and opened again ----------------------------------------------------

# opened [OPTION...]: the program runs until the file "first" is there; $FIRST.
opened() {
	rm -f first second
	: >"$GUEST_LOG"
	begin onlyone --app=x --on-activate=self "$@" ./app say here \
		wait "$PWD/first" exit 0 >there 8>&-
	read -r <&8
	FIRST=$(noted 'main.*')
}

# again ARG...: a later launch, $LATER, by whose handler the program runs again,
# and stays: $SECOND.
again() {
	begin LATER= onlyone --app=x --on-activate=self ./app say here "$@" >there 8>&-
	read -r <&8
	SECOND=$(noted 'main.*' | tail -n 1)
}

# closed: the first one has exited, and the second is the instance.
closed() {
	: >first
	wait_until 'the second one is the instance' pid_is x "$SECOND"
	gone "$FIRST" || fail 'the first one runs'
}

# hands_over: a launch does, and the instance is $1.
hands_over() {
	run -3 launch --app=x --on-activate=self ./app exit 3
	pid_is x "$1"
}

@test "self: what a handler has started is the instance when the one before ends, its keeper killed or not" {
	opened
	again wait "$PWD/second" exit 5
	begin waiter= onlyonectl wait x
	hands_over "$FIRST"
	closed
	# That instance is over.
	ends "$waiter" 0
	hands_over "$SECOND"
	: >second
	frees ends "$LATER" 5
	# Of several it is the oldest live one.
	opened
	again wait "$PWD/second" exit 5
	second=$SECOND
	again wait "$PWD/third" exit 5
	keeper_killed x
	ends "$LATER" 76
	killed "$second"
	closed
	hands_over "$SECOND"
	: >third
	freed
	# Not if its launch was.
	opened
	again ignore 1 wait "$PWD/second"
	killed "$LATER"
	wait_until 'its keeper knows' refute grep -aq next= "$(the_slot)/info"
	: >first
	ended "$FIRST"
	run -4 launch --app=x ./app exit 4
	killed "$SECOND"
	# But that of what is the instance may go.
	opened
	again wait "$PWD/second" exit 5
	closed
	killed "$LATER"
	hands_over "$SECOND"
	# Two more, of two keepers: the younger one is it, and then the older one.
	owner=$SECOND
	again
	older=$SECOND
	keeper_killed x
	again
	for next in "$SECOND" "$older"; do
		killed "$owner"
		wait_until "$next is the instance" pid_is x "$next"
		owner=$next
	done
	killed "$older"
}

@test "self: with each lifetime, with --max, waited for; a handler of a user's own that becomes the program" {
	for how in --lifetime=main --lifetime=tree --max=1 \
		'--on-activate=exec ./app "$@"' '--on-activate=./app "$@"; exit 5' \
		'--on-activate=sh -c "./app \"\$@\"; exit 5" sh "$@"'; do
		echo "$how" >&2
		opened "$how"
		again wait "$PWD/second" exit 5
		comes waiter= onlyone --app=x --wait ./app exit 0
		closed
		alive "$waiter"
		: >second
		ends "$LATER" 5
		frees ends "$waiter" 0
	done
}

@test "handler: of one that is over the launch begins anew, whatever the handler ends with" {
	begin_guest FIRST= onlyone --app=x --on-activate='
		echo "$1" >>taken
		while kill -0 "$ONLYONE_PID" 2>/dev/null; do sleep 0.02; done
		exit 69' ./app wait "$PWD/first" exit 0
	begin LATER= onlyone --app=x ./app exit 4
	wait_until 'the handler runs' test -s taken
	: >first
	ends "$LATER" 4
	assert_equal "$(noted 'main.*')" "$FIRST"$'\n'"$LATER"
}

@test "queue: who has a place keeps it when the keeper is killed, also if a later one is in the next line first" {
	begin_guest INSTANCE= onlyone -a app "$GUEST"
	comes first= onlyone -a app --queue=1 touch ran
	stopped "$first"
	killed "$(keeper_of app)"
	comes later= onlyone -a app --queue=1 true
	kill -CONT "$first"
	lined_up "$first"
	killed "$INSTANCE"
	all_end 0 "$first" "$later"
	[ -e ran ]
}

@test "queue: a launch that took another place while the keeper was stopped has none in its line: nobody is refused for it" {
	local keeper
	begin_guest INSTANCE= onlyone -a app "$GUEST"
	keeper=$(keeper_of app)
	stopped "$keeper"
	begin_guest other= onlyone -a app -j2 --queue "$GUEST" other
	begin LATER= onlyone -a app -j2 --queue touch ran
	wait_until 'the later one has asked' polls "$LATER"
	kill -CONT "$keeper"
	lined_up "$LATER"
	killed "$INSTANCE"
	ends "$LATER" 0
	[ -e ran ]
	killed "$other"
}
