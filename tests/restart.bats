#!/usr/bin/env bats
# as: user (no right is asked for)
# restart.bats: onlyonectl restart: an instance is begun again from its record.
#
# The same command, folder, key and terms, in the place of the old one, which is
# ended as by a replacing launch; what no record has is refused, and then
# nothing is stopped.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load lib/common

# again ARG...: restart in the background, and another guest is in main: $BEGUN.
again() {
	local n
	n=$(grep -cE ' main( |$)' "$GUEST_LOG")
	begin onlyonectl restart -w 60 "$@"
	wait_until 'it runs again' in_main "$((n + 1))"
	guest_runs "$BEGUN"
}

# shown FIELD...: of the one instance.
shown() { ctl list --json | jq -c ".[0] | [.$1$(printf ', .%s' "${@:2}")]"; }

# bats test_tags=check
@test "restart: the same command, folder and key; this process is the program, with its status" {
	mkdir 'a b'
	cd 'a b'
	begin_guest old= onlyone -a job -k one -k 'two 2' "$GUESTS/guest" '' \
		"it's" $'\n' catch 12
	was=$(shown app key index command argv cwd dir)
	cd ..
	again job
	ends "$old" 143
	assert_equal "$(shown app key index command argv cwd dir)" "$was"
	pid_is job "$BEGUN"
	[ "$(readlink "/proc/$BEGUN/cwd")" = "$(pwd -P)/a b" ]
	ends_by TERM "$BEGUN" 143
}

@test "restart: one that is stopped is ended, and begun again" {
	begin_guest onlyone -a job "$GUESTS/guest"
	stopped "$BEGUN"
	old=$BEGUN
	again job
	ends "$old" 143
	ctl stop job
}

@test "restart: by a relative path, a script, a -c line, and any of -j" {
	cp "$GUESTS/guest" here
	begin_guest onlyone ./here
	mkdir other
	cd other
	again ../here
	cd ..
	ctl stop ./here
	printf '#!/bin/sh\nexec "$GUESTS/guest" "$@"\n' >script.sh
	chmod +x script.sh
	begin_guest onlyone ./script.sh x
	again ./script.sh
	ctl stop ./script.sh
	begin onlyone -c '"$GUESTS/guest" && :'
	local app
	wait_until 'the line runs' in_main 5
	app=$(ctl list --json | jq -r .[0].app)
	begin onlyonectl restart -w 60 "$app"
	wait_until 'it runs again' in_main 6
	assert_equal "$(ctl list --json | jq -r .[].app)" "$app"
	ctl stop "$app"
	begin_guest onlyone -j 2 -a job "$GUESTS/guest" 1
	local one=$BEGUN
	begin_guest onlyone -j 2 -a job "$GUESTS/guest" 2
	local two=$BEGUN
	again job
	gone "$two"
	alive "$one"
	count_is job 2
}

@test "restart: handler and terms are as they were; the environment is the caller's" {
	begin_guest env COLOUR=red onlyone -a job --on-activate='echo "$COLOUR $1"' \
		--stop-signal=USR1 --resettable --raise=never "$GUESTS/guest" leave 10
	local old=$BEGUN
	export COLOUR=blue
	again job
	ends "$old" 0
	prints 'blue word' launch -a job "$GUESTS/guest" word
	ctl signal USR1 job
	ends "$BEGUN" 0
}

@test "restart: the job of a line ends with it, and one within the job is no part of it" {
	begin onlyone -a job -c '"$GUESTS/guest"; :'
	wait_until 'it runs' in_main 1
	local first
	first=$(sed -n 's/ main.*//p' "$GUEST_LOG")
	begin onlyonectl restart -w 60 job
	wait_until 'it runs again' in_main 2
	gone "$first"
	ctl stop job
	: >"$GUEST_LOG"
	# Asked for by what runs in it, once.
	begin onlyone -a job -c '[ -e once ] || { : >once; onlyonectl restart -w 60 job; }
		"$GUESTS/guest"; :'
	wait_until 'it has begun again' in_main 1
	count_is job 1
	ended "$BEGUN"
}

@test "restart: one that stays is still the instance: 75" {
	begin_guest onlyone -a job "$GUESTS/guest" ignore 15
	run -75 ctl restart -w 0.3 job
	pid_is job "$BEGUN"
	in_main 1
}

# refused STATUS WORDS ARG...: it is, with these words, and all goes on.
refused() {
	local pid
	pid=$(ctl pid job)
	run ctl restart job
	assert_failure "$1"
	assert_output --partial "$2"
	alive "$pid"
	pid_is job "$pid"
}

@test "restart: 3 where none runs; what is not on record is 77, and nothing is stopped" {
	run -3 ctl restart job
	begin sleep 300
	ctl adopt job --pid="$BEGUN"
	refused 77 'was not started by onlyone'
	killed "$BEGUN"
	begin_guest onlyone -a job "$GUESTS/guest" "$(printf '%05000d' 0)"
	refused 77 'longer command line'
	ctl stop job
	begin onlyone -a job --restart=always "$GUESTS/guest"
	wait_until 'it runs' in_main 2
	refused 77 'has a parent'
	ctl stop job
	mkdir gone
	cd gone
	begin_guest onlyone -a job "$GUESTS/guest"
	cd ..
	rmdir gone
	refused 77 'in '
	ctl stop job
	cp "$GUESTS/guest" prog
	begin_guest onlyone -a job ./prog
	mv prog moved
	run -127 ctl restart job
	alive "$BEGUN"
	pid_is job "$BEGUN"
}

@test "restart: a name that is another program for the caller: 77, and nothing is stopped" {
	mkdir a b
	cp "$GUESTS/guest" a/prog
	cp "$GUESTS/guest" b/prog
	PATH=$PWD/a:$PATH begin_guest onlyone prog
	PATH=$PWD/b:$PATH run -77 ctl restart "$PWD/a/prog"
	assert_output --partial "$(pwd -P)/b/prog"
	alive "$BEGUN"
}
