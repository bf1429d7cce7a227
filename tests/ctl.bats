# as: user (root and other users: others.bats)
# ctl.bats: onlyonectl: what it prints, and what it does to an instance.
#
# It exits with 0 if all went well, 3 if there is no such instance, 64 for a bad
# command line, 75 if something does not end in time; jq can read its JSON.  A slow or
# killed keeper proves nothing about its instance; onlyonectl says what it cannot find
# out.
load lib/common

# bats test_tags=check
@test "list, pid, status, count: every field, numbers as numbers; an instance by its name, path, listed name; of an ambiguous name 64; whatever names, keys, arguments and folders are, JSON is ASCII with the same value, and a terminal obeys nothing" {
	run -64 onlyonectl frobnicate
	prints -0 '[]' onlyonectl list --json
	prints -0 'onlyonectl: no instance is running' onlyonectl list
	begin_guest other= onlyone --app=other "$GUEST" z
	begin_guest onlyone --on-activate=: "$GUEST" 'an argument'
	onlyone "$GUEST"
	run -0 onlyonectl list --json guest
	jq -e --arg cwd "$(pwd -P)" --arg app "$(readlink -f "$GUEST")" --argjson pid "$BEGUN" '
		length == 1 and (.[0] | .app == $app and .key == null and .pid == $pid
		and .state == "running" and .activations == 1 and .cwd == $cwd
		and has("since") and has("dir") and (.command | contains("an argument"))
		and ([.keeper, .index] | all(type == "number")))' <<<"$output"
	[[ $output =~ '"since": '[0-9]{10}\.[0-9]{1,3}, ]]
	is_keeper "$(jq '.[0].keeper' <<<"$output")"
	assert_equal "$(<"$(jq -r '.[0].dir' <<<"$output")/pid")" "$BEGUN"
	assert_equal "$(onlyonectl list other --json | jq -c 'map([.app, .pid])')" \
		"[[\"other\",$other]]"
	run -0 --separate-stderr onlyonectl list nothing
	assert_equal "$output$stderr" "onlyonectl: no instance of 'nothing' is running"
	prints -0 '[]' onlyonectl list nothing --json
	prints -0 '' onlyonectl -q list nothing
	frees killed "$other" "$BEGUN"
	# What names it, and what none does.
	run -3 --separate-stderr onlyonectl pid guest
	assert_output ''
	run -3 onlyonectl status guest
	begin_guest onlyone "$GUEST"
	cd "$GUESTS"
	for app in guest "$GUEST" ../guests/./guest "$(readlink -f "$GUEST")"; do
		prints -0 "$BEGUN" onlyonectl pid "$app"
	done
	prints -0 --partial "$BEGUN" onlyonectl status guest
	killed "$BEGUN"
	run -3 onlyonectl status guest
	prints 0 onlyonectl count guest
	cd -
	mkdir a b
	cp "$GUEST" a/same
	cp "$GUEST" b/same
	begin_guest one= onlyone a/same
	begin_guest onlyone b/same
	for verb in pid stop activate; do
		prints -64 --partial "$(pwd -P)/a/same" onlyonectl $verb same
		assert_output --partial "$(pwd -P)/b/same"
	done
	prints "$BEGUN" onlyonectl pid "$PWD/b/same"
	prints 1 onlyonectl count a/same
	frees killed "$one" "$BEGUN"
	# CSI as one character, characters that reverse a line, invisible ones.
	local turning=$'\xc2\x9b31m\xe2\x80\xae\xef\xbb\xbf\xf3\xa0\x81\x81\xc3\xa9\n'
	local odd=$'\xff"\\\n\t\e\x7f\xc3' shown
	mkdir "$turning."
	cd "$turning."
	begin_guest strange= onlyone --app="$odd" "$GUEST" "$odd" ''
	begin_guest turned= onlyone --app="$turning." -k "$turning." "$GUEST" "$turning."
	shown=$(onlyonectl list --json)
	[[ $shown != *[!$'\t\n'\ -~]* ]]
	assert_equal "$(jq -r ".[] | select(.pid == $turned) | .app, .key, .argv[1], .cwd" \
		<<<"$shown")" "$turning."$'\n'"$turning."$'\n'"$turning."$'\n'"$PWD"
	prints "$strange" onlyonectl pid "$odd"
	run -0 onlyonectl list
	[[ $output != *[$'\e\t\x7f\xc2']* && $output != *$'\xe2\x80\xae'* ]]
	[ "${#lines[@]}" = 3 ]
	# Escaped once, in messages as well.
	prints -75 --partial '\012\011' onlyone -n -a "$odd" true
	refute_output --partial '\\\\012'
}

@test "scope: verbs see the instances of all scopes; where one is to be meant, it is the user's own" {
	begin_guest one= onlyone --app=both "$GUEST"
	XDG_SESSION_ID=7 begin_guest onlyone --scope=session --app=both "$GUEST"
	prints 2 ctl count both
	prints "$one" ctl pid both
	XDG_SESSION_ID=8 begin_guest onlyone --scope=session --app=two "$GUEST"
	XDG_SESSION_ID=9 begin_guest onlyone --scope=session --app=two "$GUEST"
	prints -64 --partial session:8 ctl pid two
	assert_output --partial session:9
	XDG_SESSION_ID=9 prints "$BEGUN" ctl pid two
}

@test "activate, doctor: runs the handler with these arguments, here, on these streams; without one that is said; 3 where none runs; doctor is 0 for a build run from where it lies; not 0 without the library, or a state root that can be used" {
	run -3 onlyonectl activate guest
	begin_guest onlyone --app=none "$GUEST"
	prints -0 --partial "$BEGUN" onlyonectl activate none -- lost
	with_handler 'printf "<%s>" "$PWD" "$@"; cat; exit 6' --app=-q
	prints -6 "<$PWD><a><b c><--json><--><x>in" \
		onlyonectl -- activate -q -- a 'b c' --json -- x <<<in
	prints "$BEGUN" onlyonectl pid -- -q
	run -64 onlyonectl activate -- x
	# A stream that is closed is closed for the handler: no descriptor of ours.
	with_handler 'readlink /proc/$$/fd/0 || echo none' --app=closed
	onlyonectl activate closed <&- >told
	prints none cat told
	prints /dev/zero onlyonectl activate closed </dev/zero
	# Doctor, of a build, and of a copy without the library.
	: >"$GUEST_LOG"
	begin_guest onlyone "$GUEST"
	prints -0 --partial "$ONLYONE_DIR" onlyonectl doctor
	mkdir copy
	cp "$BUILD/onlyone" copy/
	ln -s onlyone copy/onlyonectl
	prints -1 --partial libonlyone.so timeout $LIMIT copy/onlyonectl doctor
	# All the same it makes a single instance.
	begin_guest copy/onlyone -a other "$GUEST"
	run -0 timeout $LIMIT copy/onlyone -a other "$GUEST"
	assert_equal "$(constructors)" 2
	# One that its user has opened to all is closed again.
	chmod 777 "$ONLYONE_DIR"
	prints -0 --partial "$ONLYONE_DIR" onlyonectl doctor
	prints 700 stat -c %a "$ONLYONE_DIR"
}

@test "signal, wait, stop: what it gets, and its end; stop waits; 75 if it stays, which is then still the instance; --kill-after ends that too; 3 where none runs; 64 for no signal" {
	run -3 onlyonectl signal USR1 guest
	run -0 onlyonectl wait guest
	begin_guest first= onlyone "$GUEST" catch 10 catch 12
	for sig in USR1 SIGUSR2 12; do run -0 onlyonectl signal "$sig" guest; done
	wait_until 'they came' file_has "$GUEST_LOG" "^$first signal 12$"
	[[ $(<"$GUEST_LOG") == *"$first signal 10"* ]]
	for bad in NOSUCH 65; do run -64 onlyonectl signal "$bad" guest; done
	begin onlyonectl wait guest
	wait_until 'it waits' has_state "$BEGUN" S
	kill -KILL "$(keeper_of guest)"
	onlyone -q "$GUEST"
	alive "$BEGUN"
	run -75 onlyonectl wait -w 0.1 guest
	ended_by KILL "$first"
	ends "$BEGUN" 0
	freed
	# The end, asked for.
	run -3 onlyonectl stop guest
	begin_guest onlyone "$GUEST" leave 15
	run -0 stops guest
	gone "$BEGUN"
	[[ $(<"$GUEST_LOG") == *"$BEGUN signal 15"* ]]
	begin_guest onlyone "$GUEST" ignore 15
	# Options go before or after what they belong to.
	for line in 'stop guest -w 0.1' '-w0.1 stop guest'; do
		run -75 --separate-stderr onlyonectl $line
		[[ $stderr == onlyone*"$BEGUN"* ]]
	done
	prints "$BEGUN" onlyonectl pid guest
	run -0 onlyonectl stop --kill-after=0.1 guest
	ends "$BEGUN" 137
}

@test "stopped: list, status, doctor and a later launch say so, and what helps; running again when it goes on" {
	begin_guest onlyone -a app "$GUEST"
	said="onlyone: app (pid $BEGUN) is stopped (continue it with fg where it"
	said+=" was started, or onlyonectl signal CONT)"
	stopped "$BEGUN"
	assert_equal "$(onlyonectl list --json | jq -r '.[0].state')" stopped
	prints --regexp "app +- +$BEGUN +stopped " onlyonectl list
	prints -0 --partial "app is stopped, pid $BEGUN, " onlyonectl status app
	prints --partial "app, pid $BEGUN, stopped" onlyonectl doctor
	prints -0 --partial "$said" onlyone -a app "$GUEST"
	prints -69 --regexp 'is stopped \(continue it with fg .*; "true x" was not run' \
		onlyone --must-deliver -a app true x
	prints -75 --partial "$said: $GUEST, for " onlyone -n -a app true
	prints -75 --partial "app (pid $BEGUN, stopped) is still running" \
		onlyone -w 0.1 -a app true
	prints -75 --partial "$said: $GUEST, for " \
		onlyone --skip -a app true
	prints -0 '' onlyone --skip -a app "$GUEST"
	prints -75 'onlyonectl: app is stopped, and has not ended' onlyonectl wait -w 0.1 app
	prints -0 "onlyonectl: app, pid $BEGUN, is stopped, and gets the signal when\
 it is continued (onlyonectl signal CONT)" ctl signal WINCH app
	# As the note says.
	onlyonectl signal CONT app
	prints --partial "app is running, pid $BEGUN, " onlyonectl status app
	prints -0 '' onlyone -a app "$GUEST"
}

@test "usage: what is no command line is 64, says so in a line, and does nothing" {
	begin_guest onlyone -a guest "$GUEST"
	for line in '' frobnicate status 'signal USR1' stop 'list --frob' \
		'stop -w x guest' 'stop -w -1 guest' 'stop guest -w' 'list a b' \
		'list --json=x' 'stop --json guest' 'pid --all guest' \
		'status -w1 guest' 'count --wait=1 guest' 'wait --kill-after=1 guest'; do
		echo "$line" >&2
		run -64 --separate-stderr onlyonectl $line
		assert_output ''
		[[ $stderr == onlyonectl:* ]] || fail "says: $stderr"
	done
	[[ $stderr == 'onlyonectl: wait does not take --kill-after'* ]] || fail "$stderr"
	# An empty name would be that of any.
	for line in list pid stop 'signal TERM' 'hold --skip' release 'adopt --pid=1' \
		listen seal 'forget --all' reset; do
		echo "$line ''" >&2
		prints -64 --regexp '^onlyonectl:.*: the name is empty; usage: onlyonectl ' \
			onlyonectl $line ''
	done
	# A number after --wait: its value, or a name.
	for line in 'hold --wait 30 nightly' 'stop --wait 1.5 guest' 'wait --wait 1m guest' \
		'hold --wait 30' '--wait hold --wait 30 -v nightly'; do
		echo "$line" >&2
		prints -64 --regexp "^onlyonectl: (hold|stop|wait): '(30|1.5|1m)' after --wait\
 would be the name; write --wait=(30|1.5|1m)\$" onlyonectl $line
	done
	prints -64 --partial "'30' after --wait would be the key" \
		onlyonectl wait guest --wait 30
	run -64 onlyonectl hold --self --wait 30
	assert_output --partial 'the key'
	prints -3 --partial '30 is not running' onlyonectl stop --wait -- 30
	prints -3 --partial '30 is not running' onlyonectl stop 30 --wait
	prints -3 --partial 'abc is not running' onlyonectl stop --wait abc 30
	run -64 onlyonectl enable '' --skip
	refute compgen -G "$ONLYONE_DIR/seal.*"
	alive "$BEGUN"
	prints -0 --partial 'Usage: onlyonectl' onlyonectl stop --help
}

@test "keeper: list, dry-run, stop, activate and doctor tell of a silent one, of none, and of a slot that somebody holds" {
	local name=odd-0123456789abcdef0123456789abcdef
	begin_guest instance= onlyone "$GUEST"
	slot=$(the_slot)
	keeper=$(keeper_of guest)
	stopped "$keeper"
	assert_equal "$(ctl list --json | jq -c '.[0] | [.state, .keeper]')" \
		"[\"not-responding\",$keeper]"
	run -0 launch --dry-run "$GUEST"
	assert_line --regexp "^would: +exit with 69: .*pid $instance.*pid $keeper"
	killed "$keeper"
	run -0 launch --dry-run "$GUEST"
	assert_line --regexp "^would: +activate pid $instance$"
	# It has touched nothing.
	assert_equal "$(ctl list --json | jq -c '.[0] | [.state, .keeper]')" \
		'["no-keeper",0]'
	# As a launch does that was stopped in its claim.
	begin locker= flock -F "$slot/pid" sleep 1000
	wait_until 'it is locked' has_name "$locker" sleep
	run -69 --separate-stderr ctl activate guest -- lost
	[[ $stderr == onlyonectl:*guest* ]] || fail "says: $stderr"
	mkdir "$ONLYONE_DIR/$name"
	run -1 ctl doctor
	assert_line --regexp "WRONG.*guest, pid $instance"
	assert_line --regexp "WRONG.*$name.*no readable info"
	killed "$locker"
	rm -r "${ONLYONE_DIR:?}/$name"
	launch -q "$GUEST"
	run -0 ctl doctor
	# It ends by the signal; what has become of its place only the keeper knows.
	keeper=$(keeper_of guest)
	stopped "$keeper"
	run -69 --separate-stderr ctl stop -w 1 guest
	[[ $stderr == onlyonectl:*guest*"$keeper"* ]] || fail "says: $stderr"
	killed "$keeper"
	begin locker= flock -F "$slot/pid" sleep 1000
	wait_until 'it is locked' has_name "$locker" sleep
	prints -1 --partial 'is held, but no instance is running in it' ctl doctor
	killed "$locker"
	swept
}

# on_terminal COLUMNS COMMAND: what it prints on one that wide.
on_terminal() {
	timeout $LIMIT script -qec "stty cols $1; $2" /dev/null </dev/null | tr -d '\r'
}

@test "people: rows fit the terminal; wait and a joiner say there after a second for whom they wait" {
	long=$(printf 'x%.0s' {1..300})
	begin_guest onlyone -a "/$long/a name" -k "key $long" "$GUEST" "$long"
	begin_guest onlyone -a app "$GUEST" ignore 15
	mapfile -t lines < <(on_terminal 60 'onlyonectl list')
	assert_equal "${#lines[@]}" 3
	for line in "${lines[@]}"; do [ "${#line}" -le 60 ] || fail "${#line}: $line"; done
	[[ ${lines[0]} =~ ^APP.*KEY.*PID.*STATE.*SINCE.*COMMAND ]]
	prints "onlyonectl: waiting for app, pid $BEGUN to end
onlyonectl: app is still running" on_terminal 80 'onlyonectl wait app -w 1.5'
	prints "onlyone: waiting for app (pid $BEGUN) to end
onlyone: app (pid $BEGUN) is still running" \
		on_terminal 80 "onlyone -a app --join -w 1.5 '$GUEST' ignore 15"
}

@test "name: what is left of a killed instance that fits better hides none that runs" {
	mkdir bin opt
	cp "$GUESTS/guest" bin/app
	cp bin/app opt
	PATH=$PWD/bin:$PATH
	begin_guest first= onlyone opt/app
	begin_guest onlyone app
	killed "$(keeper_of "$PWD/bin/app")" "$BEGUN"
	prints -0 "$first" ctl pid app
}
