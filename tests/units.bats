#!/usr/bin/env bats
# as: user (examples for shells and systemd, read alike)
# units.bats: the manual's examples for cron, systemd and shells, by the tools
# that read them.
#
# systemd itself need not run: what it does to a control group in each KillMode
# is done here by hand.  (Its own checker reads the units in manual.bats.)
load lib/manual

@test "units: the command of the service runs, and ends with 75 beside one that runs" {
	ln -s "$GUESTS/guest" dump
	# A backslash goes on with the next line.
	read -ra words < <(example onlyone.7 service |
		sed -n ':more; /\\$/{N; s/\\\n//; b more}; s/^ExecStart=//p' |
		sed "s#/usr/local/bin/onlyone#onlyone#
			s#/usr/local/bin/dump#$PWD/dump#")
	[ "${#words[@]}" -gt 2 ]
	begin_guest "${words[@]}"
	run -75 timeout $LIMIT "${words[@]}"
	prints "$BEGUN" ctl pid dump customers
	example onlyone.7 service | grep -qx 'SuccessExitStatus=75'
}

# service: a program with a child, and its keeper: all that is in its group.
service() {
	: >child
	printf '%s\n' '#!/bin/sh' 'sleep 300 & echo $! >child' 'wait' >service
	chmod +x service
	begin onlyone -n ./service </dev/null >>out 2>&1
	wait_until 'it has a child' test -s child
	wait_until 'it is there' pid_is ./service "$BEGUN"
	KEEPER=$(keeper_of ./service)
	CHILD=$(cat child)
}

@test "units: KillMode=control-group ends the program, its children, and then the keeper" {
	service
	# Whoever of them comes first.
	kill -TERM "$KEEPER"
	run -75 launch -n ./service
	assert_equal "$(keeper_of ./service)" "$KEEPER"
	kill -TERM "$KEEPER" "$BEGUN" "$CHILD"
	ends "$BEGUN" 143
	wait_until 'the keeper ends' gone "$KEEPER"
	ended "$CHILD"
	no_slots
}

@test "units: KillMode=process leaves the children, and no keeper" {
	service
	ends_by TERM "$BEGUN" 143
	wait_until 'the keeper ends' gone "$KEEPER"
	alive "$CHILD"
	no_slots
	run -5 launch -n "$GUESTS/guest" exit 5
}

@test "units: KillMode=mixed may kill the keeper in its end; the next launch uses the slot" {
	service
	# The keeper does not get as far as to remove anything.
	stopped "$KEEPER"
	ends_by TERM "$BEGUN" 143
	kill -KILL "$KEEPER" "$CHILD"
	ended "$KEEPER"
	run ! no_slots
	begin onlyone -n ./service </dev/null >>out 2>&1
	wait_until 'it runs again' pid_is ./service "$BEGUN"
	ctl stop ./service
}

# shell_lines PAGE: its shell examples, one script each.
shell_lines() {
	local i=0 name
	for name in $(blocks "$1"); do
		example "$1" "$name" >text
		[ -s text ] || fail "$1: $name: no text"
		i=$((i + 1))
		case $(head -n 1 text) in
		# Whatever is in front of the shell.
		'#!'*sh) sed '1s/.*/#!\/bin\/sh/' text >"sh.$i.$name" ;;
		*'* * * '* | PATH=*)
			{
				echo '#!/bin/sh'
				grep -F '* * *' text | sed -E 's/^([^ ]+ +){5}//'
			} >"sh.$i.$name"
			;;
		'$ '*)
			{
				echo '#!/bin/bash'
				sed -nE 's/^[$>] ( *)/\1/p' text
			} >"sh.$i.$name"
			;;
		esac
	done
}

@test "examples: the shell lines of the pages and README are clean by shellcheck" {
	local page n=0
	for page in "${PAGES[@]}" README.md; do
		mkdir "$page"
		cd "$page"
		shell_lines "$page"
		n=$((n + $(ls sh.* | wc -l)))
		# As typed at a prompt: a folder that is not there (2164), a
		# status that is shown (2181); and what onlyone's own shell
		# expands stands in single quotes (2016).
		run -0 timeout $((2 * LIMIT)) shellcheck -e SC2164,SC2181,SC2016 sh.*
		cd ..
	done
	[ "$n" -ge 30 ]
	printf '#!/bin/sh\nrm $1\n' >bad
	run -1 shellcheck -e SC2164,SC2181,SC2016 bad
}
