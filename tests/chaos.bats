#!/usr/bin/env bats
# as: user (a kill asks nobody who he is)
# chaos.bats: launches and kill -9 of owners and keepers at random, counted.
#
# A short form of `make chaos`, with its own reckoning (tests/chaos/storm.c).
# The points build dies at named points besides.  And that the reckoning can
# tell: a program that is launched without us is found to be a duplicate.
# shellcheck disable=SC2016,SC2154
load lib/common

# number NAME: that of the line "NAME  N" in the report.
number() { sed -n "s/^$1 *\([0-9][0-9]*\).*/\1/p" report; }

# chaos OPTION...: a run and its report; its status.
chaos() { timeout -k 5 $((30 * LIMIT)) "$BATS_TEST_DIRNAME/chaos/run" "$@" >report 2>err; }

@test "chaos: 1,500 launches, kills every few milliseconds: no duplicate, none stuck or lost" {
	chaos -n 1500 -k 8 || fail "status $?: $(cat report err)"
	assert_equal "$(number DUPLICATES) $(number stuck) $(number hung)" '0 0 0'
	assert_equal "$(number 'lost, false or twice')" 0
	# There was something to be reckoned.
	[ "$(number launches)" -ge 1500 ]
	[ "$(number begun)" -ge 100 ]
	[ "$(number 'handed over')" -ge 100 ]
	[ "$(sed -n 's/^killed *\([0-9]*\) owners.*/\1/p' report)" -ge 20 ]
	[ "$(sed -n 's/^killed.* \([0-9]*\) keepers$/\1/p' report)" -ge 20 ]
	# What launches met, by reason.
	grep -qE '^status 137 +[0-9]' report
	grep -qE '^said +[0-9]+ the keeper of APP was gone; it has a new one' \
		report
	[ ! -s err ]
}

@test "chaos: without the points, and with many more launches than applications" {
	CHAOS_POINTS='' chaos -n 1000 -k 8 -j 60 ||
		fail "status $?: $(cat report err)"
	assert_equal "$(number DUPLICATES) $(number stuck) $(number hung)" '0 0 0'
	assert_equal "$(number 'lost, false or twice')" 0
}

# nothing_wrong: by the report's last lines.
nothing_wrong() {
	assert_equal "$(number DUPLICATES) $(number stuck) $(number hung)" '0 0 0'
	assert_equal "$(number 'lost, false or twice')" 0
	# None of ours is taken for a stranger, whatever it is doing.
	run ! grep 'has the lock name of' report
}

@test "chaos: folders and files swept away, among programs that daemonise" {
	chaos -n 800 -j 12 -w 30 || fail "status $?: $(cat report err)"
	nothing_wrong
	[ "$(number swept)" -ge 50 ]
	[ "$(number begun)" -ge 50 ]
}

@test "chaos: stopped, sealed, moved to other keys, by onlyonectl" {
	# Whether a launch comes while it is sealed is chance.
	for round in 1 2 3 4 5 6; do
		chaos -n 1000 -j 12 -c 15 || fail "status $?: $(cat report err)"
		nothing_wrong
		[ "$(number verbs)" -ge 10 ]
		! grep -q '^status 77 ' report || return 0
	done
	fail "none was refused in $round storms"
}

@test "chaos: replaced, begun again, whole trees, by kills" {
	chaos -n 1000 -j 12 -r || fail "status $?: $(cat report err)"
	nothing_wrong
	grep -qE '^status 0 .* [1-9][0-9]* --replace ' report
}

@test "chaos: all of it at once" {
	chaos -n 800 -j 12 -w 40 -c 20 -r || fail "status $?: $(cat report err)"
	nothing_wrong
}

# reckoned COMMAND: what storm says of a command that is no onlyone.
reckoned() {
	mkdir "$1.logs" "$1.root"
	{
		echo '#!/bin/sh'
		cat
	} >"$1"
	chmod +x "$1"
	local status=0
	(
		cd "$1.logs"
		ONLYONE_DIR=${PWD%.logs}.root timeout -k 5 $LIMIT \
			"$BUILD/chaos/storm" -n 60 -j 12 "../$1" \
			"$GUESTS/witness" >../report 2>../err
	) || status=$?
	assert_equal "$status" 1
}

@test "chaos: its reckoning finds duplicates, and what was lost or told twice" {
	reckoned starts <<-'END'
		while [ "${1#-}" != "$1" ]; do shift; done
		exec "$@"
	END
	[ "$(number DUPLICATES)" -ge 5 ]
	reckoned nothing <<-'END'
		:
	END
	[ "$(number 'lost, false or twice')" -ge 20 ]
	reckoned refuses <<-'END'
		while [ "${1#-}" != "$1" ]; do shift; done
		"$@" &
		exit 75
	END
	[ "$(number 'lost, false or twice')" -ge 20 ]
}
