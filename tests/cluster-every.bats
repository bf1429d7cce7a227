# cluster-every.bats: what the store keeps of a run in a cluster that has ended: for
# --every, which hosts share, and for --hold.
# as: user (the same)
load lib/leased
load lib/line

setup_file() { both_up; }

every() {
	local policy
	# The host that ran it, and the others: not again, and with -n it is 75.
	run -0 here --every=1h -a hourly sh -c 'echo x >>ran'
	for host in here elsewhere; do
		for policy in '' --wait "-w $PATIENCE" --queue --replace; do
			run -0 --separate-stderr $host $policy --every=1h -a hourly \
				sh -c 'echo x >>ran'
			assert_equal "$stderr" ''
			# Another command line is another job.
			run -75 --separate-stderr $host $policy --every=1h -a hourly touch wrong
			says 'hourly: ran on *, with another command line; this command was not run*'
		done
		prints -0 --regexp '^onlyone: hourly: ran on .*, exit 0; skipped$' \
			$host -v --every=1h -a hourly sh -c 'echo x >>ran'
		run -75 $host -n --every=1h -a hourly sh -c 'echo x >>ran'
	done
	run -64 here --join --every=1h -a hourly touch wrong
	# By the time that the launch gives; without one it runs, and is not counted.
	run -0 elsewhere --every=.01s -a hourly sh -c 'echo x >>ran'
	run -0 elsewhere -n -a hourly sh -c 'echo  x >>ran'
	run -0 here --every=1h -a hourly sh -c 'echo x >>ran'
	run -5 elsewhere --every=.01s -a hourly sh -c 'exit 5'
	run -0 here --every=1h -a hourly sh -c 'echo x >>ran'
	# What does not count: a failed run, one that was asked to end, and a launch that
	# was skipped.
	run -4 here --every=1h -a fails sh -c 'exit 4'
	begin asked= onlyone-cluster --every=1h -a asked sh -c \
		'trap "exit 0" TERM; : >asked; while :; do sleep .05; done'
	wait_until 'it runs' test -e asked
	run -0 onlyone-cluster stop asked
	ends "$asked" 0
	begin onlyone-cluster --every=1h -a term sh -c \
		'trap "exit 0" TERM; : >term; while :; do sleep .05; done'
	wait_until 'it runs' test -e term
	ends_by TERM "$BEGUN" 0
	held period --ttl=60
	run -0 elsewhere --every=1h -a period sleep 1000
	released
	for app in fails asked term period; do
		run -0 elsewhere --every=1h -a $app sh -c 'echo x >>ran'
	done
	# --hold holds all back; after that only those who ask for a time.
	run -0 here --every=1h --hold=1 -a both true
	begin waits= elsewhere --wait -a both sh -c 'echo x >>ran'
	run -0 here --every=1h -a both true
	ends "$waits" 0
	# A host whose clock is behind.
	echo -5 >behind
	run -0 here --every=1h --hold=60 -a ahead true
	PATH=$BUILD/points:$PATH ONLYONE_TEST_WALL=$PWD/behind run -0 \
		elsewhere --every=1h -a ahead true
	PATH=$BUILD/points:$PATH ONLYONE_TEST_WALL=$PWD/behind run -75 \
		elsewhere -n -a ahead touch wrong
	run -0 here --every=1h -a now true
	PATH=$BUILD/points:$PATH ONLYONE_TEST_WALL=$PWD/behind run -0 \
		elsewhere -n -a now sh -c 'echo x >>ran'
	# Somebody can make it due; not while it runs.
	run -0 onlyone-cluster forget fails
	run -0 elsewhere --every=1h -a fails sh -c 'echo x >>ran'
	held period --ttl=60
	run -75 --separate-stderr onlyone-cluster forget period
	says '*period is running on *onlyone-cluster stop*'
	released
	# The one that counted is remembered, and shown if nothing runs.
	run -0 here --every=1h -a period sh -c 'echo x >>ran'
	run -0 --separate-stderr onlyone-cluster list --json period
	python3 -c 'import json, sys
one, = json.load(sys.stdin)
assert one["state"] == "done" and one["exit"] == 0 and one["token"] is None, one' <<<"$output"
	prints -3 --partial 'period: done, exit 0 on ' onlyone-cluster status period
	run -0 onlyone-cluster forget period
	run -3 onlyone-cluster forget period
	# Together with the record that --hold keeps.
	run -0 here --every=1h --hold=60 -a period true
	run -0 onlyone-cluster forget period
	run -3 onlyone-cluster status period
	run -0 here -n --every=1h -a period sh -c 'echo x >>ran'
	[ ! -e wrong ]
	assert_equal "$(grep -c x ran)" 11
}

counts() {
	# It ends after another launch has looked for one that counts.
	ONLYONE_DIR=$ONLYONE_DIR.z PATH=$BUILD/points:$PATH ONLYONE_TEST_POINTS=cluster-acquire=stop \
		begin late= onlyone-cluster --every=1h -a late sh -c 'echo x >>ran'
	wait_until 'it stops' holds_still z
	run -0 here --every=1h -a late sh -c 'echo x >>ran'
	kill -CONT "$keeps"
	ends "$late" 0
	assert_equal "$(grep -c x ran)" 1
	# Nobody has the key.
	run -0 here -n -a late true
	# A run that does not count does not make it due, however it ends.
	run -0 here --every=1h -a on sh -c 'echo y >>ran'
	held on --ttl=1
	prints -0 --partial running onlyone-cluster status on
	run -0 elsewhere --every=1h -a on sh -c 'echo y >>ran'
	kill -KILL "$HELD" $(helpers) "$PROGRAM"
	ended "$HELD" || :
	run -0 elsewhere -w "$PATIENCE" -a on true
	run -75 here -n --every=1h -a on sh -c 'echo y >>ran'
	assert_equal "$(grep -c y ran)" 1
}

@test "--every: once, too, if a run ends just then, and whatever ends in between" {
	needs_points
	each counts
}

@test "--every: once in that time on whichever host; a failed run, and one that was skipped, do not count" {
	each every
}

held_back() {
	run -3 here --hold=5 -n -a tick sh -c 'exit 3'
	run -75 --separate-stderr elsewhere -n -a tick touch ran
	says "tick: ran on $(uname -n) at ??:??:??, exit 3"
	# On this host too, and for joiners.
	run -0 here --hold=2 --skip -a tick sh -c 'exit 3'
	run -3 elsewhere --join -a tick sh -c 'exit 3'
	run -75 elsewhere --join -a tick touch ran
	[ ! -e ran ]
	run -0 elsewhere -w "$PATIENCE" -a tick true
}

@test "--hold: who comes a moment later is told that it ran, and how" { each held_back; }
