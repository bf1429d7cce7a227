# cluster.bats: one instance in a cluster, with one server, of etcd or PostgreSQL.
#
# A host is a state root of its own here; cluster-storm.bats has hosts that differ in
# more.  The verbs are in cluster-verbs.bats.
# as: user (the same, for what is tagged otherwise)
load lib/leased
load lib/line

setup_file() { both_up; }

# --- what a launch does -------------------------------------------------------

runs_once() {
	run -3 --separate-stderr here -a nightly sh -c \
		'echo "$ONLYONE_TOKEN $ONLYONE_CLUSTER_KEY"; exit 3'
	assert_equal "$stderr" ''
	[ $STORE = postgresql ] || # where it is a row
		assert_output --regexp "^[1-9][0-9]* $PREFIX/v1/l/u/[^/]*/nightly$"
	first=${output%% *}
	run -0 here -a nightly sh -c 'echo "$ONLYONE_TOKEN"'
	[ "$output" -gt "$first" ]
	begin onlyone-cluster -a usr sh -c \
		"trap 'exit 9' USR1; : >usr; while :; do sleep .05; done"
	wait_until 'it runs' test -e usr
	ends_by USR1 "$BEGUN" 9
	# It ends by the signal that has ended its program, as a shell wants to see it.
	prints -0 "by 2" /usr/bin/python3 -c \
		'import subprocess, sys; print("by", -subprocess.run(sys.argv[1:]).returncode)' \
		onlyone-cluster -a int sh -c 'kill -INT $$'
	prints -127 --partial 'cannot execute ./none' here -a none ./none
	run -64 here -n --skip true
	# No process is left for its watchdog.
	run -71 strace -qqo calls -e inject=clone:error=EAGAIN:when=2 onlyone-cluster -a none true
	nothing_held
	no_helpers

	held nightly --ttl=60 -k $'a/b \n\xff%' -k c
	run -75 --separate-stderr elsewhere -n -a nightly -k $'a/b \n\xff%' -k c touch ran
	says "held by $(id -un)@$(uname -n), pid * (sleep), since ??:??:??, token * (*)"
	[[ $stderr == *"pid $BEGUN "* ]]
	key=(-a nightly -k $'a/b \n\xff%' -k c)
	run -9 elsewhere -E 9 "${key[@]}" touch ran
	run -0 --separate-stderr elsewhere --skip "${key[@]}" sleep 1000
	says 'held by *; skipped'
	run -0 --separate-stderr elsewhere --skip -q "${key[@]}" sleep 1000
	assert_equal "$stderr" ''
	run -75 --separate-stderr elsewhere -w 0.3 "${key[@]}" touch ran
	says 'held by *'
	# On this host no launch asks the cluster.
	freeze one db
	prints -75 --partial 'is already running' here -n "${key[@]}" touch ran
	run -75 here --skip "${key[@]}" touch ran
	thaw one db
	[ ! -e ran ]
	# Another key, and another application, are others.
	run -0 elsewhere -n -a nightly -k 'a' -k $'b \n\xff%' -k c true
	run -0 elsewhere -n -a daily true
	prints -0 new elsewhere --replace "${key[@]}" echo new
	ends "$HELD" 143
}

# bats test_tags=both
@test "it runs with its own status and token; a second host is told who has it" {
	each runs_once
}

waits() {
	held nightly
	book_new
	at=() queued=()
	for host in b c; do
		host_add "$STORE$host"
		begin at+= on "$STORE$host" --wait -a nightly "$GUESTS/observer" x for 50
	done
	for i in 1 2; do
		begin queued+= onlyone-cluster --queue=9 -a nightly "$GUESTS/observer" "$i" for 20
	done
	lined_up "${queued[@]}"
	released
	all_end 0 "${at[@]}" "${queued[@]}"
	never_two_at_once
	assert_equal "$RAN" 4
}

@test "--wait, --queue: who waits here or on another host runs when it is free, once" {
	each waits
}

# beyond COMMAND...: on the second host.
beyond() { env "ONLYONE_DIR=$ONLYONE_DIR.z" "$@"; }

# its_state: of the instance there, by its onlyonectl: its state, and what for.
its_state() { beyond onlyonectl list --json | jq -r '.[0] | "\(.state) \(.waits)"'; }

# wakings PID: how often it has waited for something, and gone on.
wakings() { sed -n 's/^voluntary_ctxt_switches:\t//p' "/proc/$1/status"; }

waiting_here() {
	local whom host dog woken
	whom="held by $(id -un)@$(uname -n), pid"
	held whom --ttl=60
	whom+=" $HELD \\(sleep\\), since [0-9:]+, token [0-9]+ \((etcd|PostgreSQL)\)"
	begin waits= env "ONLYONE_DIR=$ONLYONE_DIR.z" onlyone-cluster --wait -a whom sleep 1000
	wait_until 'it waits' eval '[[ $(its_state) == waiting* ]]'
	[[ $(its_state) =~ ^waiting\ $whom$ ]]
	prints -0 --regexp "whom +- +$waits +waiting .* sleep 1000 \($whom\)" beyond onlyonectl list
	prints -0 --regexp "whom is waiting, pid $waits, for .*: sleep 1000" \
		beyond onlyonectl status whom
	# Until it has the key its watchdog has nothing to do.
	dog=$(ONLYONE_DIR=$ONLYONE_DIR.z watchdog)
	woken=$(wakings "$dog")
	FIRST_ASKED='' wait_until 'a while has passed' age 2500
	assert_equal "$(wakings "$dog")" "$woken"
	# A launch beside it is told so, in words that its user knows.
	for policy in '' -n --skip; do
		run -75 --separate-stderr beyond onlyone-cluster $policy -a whom touch ran
		[[ $stderr =~ "whom (pid $waits) waits ("$whom\): ]]
		says '*"touch ran" was not run*'
		[[ $stderr != *--take* && $stderr != *onlyone-cluster* ]]
	done
	run -75 --separate-stderr beyond onlyone-cluster -w 0.1 -a whom touch ran
	[[ $stderr =~ "whom (pid $waits) still waits ("$whom\)$ ]]
	run -0 beyond onlyone-cluster --skip -a whom sleep 1000
	# Without a policy all hosts have the same status.
	for host in here elsewhere; do
		run -75 $host -a whom sleep 1000
	done
	[ ! -e ran ]
	released
	wait_until 'it runs' eval '[ "$(its_state)" = "running null" ]'
	ends_by TERM "$waits" 143
	[ -z "$(find "$ONLYONE_DIR.z" -name waits)" ]
}

@test "on the host that waits, list says for whom; a launch beside it is told, and not in our words" {
	each waiting_here
}

manager() {
	python3 -uc 'import socket; s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("notify")
while True: print(s.recv(4096).decode(), flush=True)' >told
}

@test "as a service it tells its manager that it waits, that it is ready, and that it lives" {
	held ready --ttl=60
	begin manager
	wait_until 'somebody listens' test -S notify
	begin waits= env "ONLYONE_DIR=$ONLYONE_DIR.z" NOTIFY_SOCKET="$PWD/notify" \
		WATCHDOG_USEC=200000 onlyone-cluster --wait -a ready sleep 1000
	wait_until 'it waits' file_has told "^STATUS=waiting: held by .*, pid $HELD "
	wait_until 'it lives' file_has told '^WATCHDOG=1$'
	run -1 grep READY told
	released
	wait_until 'it is ready' file_has told '^READY=1$'
	: >told
	wait_until 'it lives' file_has told '^WATCHDOG=1$'
	ends_by TERM "$waits" 143
}

# off ARG...: onlyone-cluster on the second host, which ./mark drains.
off() { env "ONLYONE_DIR=$ONLYONE_DIR.z" ONLYONE_TEST_DRAINED="$PWD/mark" onlyone-cluster "$@"; }

draining() {
	held other --ttl=60
	export ONLYONE_TEST_DRAINED=$PWD/mark
	begin runs= env "ONLYONE_DIR=$ONLYONE_DIR.z" onlyone-cluster --ttl=2 -a service sh -c \
		'trap ": >handed; exit 5" TERM; : >runs; while :; do sleep .05; done' 2>said
	begin waits= env "ONLYONE_DIR=$ONLYONE_DIR.z" onlyone-cluster --ttl=2 --wait -a other touch waited
	unset ONLYONE_TEST_DRAINED
	wait_until 'it runs' test -e runs
	wait_until 'it waits' eval '[[ $(onlyone-cluster list other) == *" waiting "* ]]'
	begin next= onlyone-cluster --wait -a service touch over
	wait_until 'that waits' eval '[[ $(onlyone-cluster list service) == *" waiting "* ]]'
	# The other key is of the same machine.
	run -75 --separate-stderr off drain -w .1
	says '* still here: *'
	ends "$runs" 5
	grep 'service: this host is drained (onlyone-cluster undrain' said
	[ -e handed ]
	ends "$next" 0
	[ -e over ]
	wait_until 'it has left the line' eval '[[ $(onlyone-cluster list other) != *" waiting "* ]]'
	alive "$waits"
	for policy in '' --join --replace; do
		run -75 --separate-stderr off $policy -a service touch ran
		says '*service: this host is drained*'
	done
	run -0 --separate-stderr off --skip -a service touch ran
	says '*drained*skipped'
	released
	run -0 off drain
	[ ! -e waited ] && [ ! -e ran ]
	begin late= env "ONLYONE_DIR=$ONLYONE_DIR.z" ONLYONE_TEST_DRAINED="$PWD/mark" \
		onlyone-cluster --wait -a late touch late
	wait_until 'it waits' eval '[[ $(ONLYONE_DIR=$ONLYONE_DIR.z onlyonectl status late) == *drained* ]]'
	run -0 off undrain
	ends "$waits" 0
	ends "$late" 0
	[ -e waited ] && [ -e late ]
	# What does not go is killed, if that is asked for.
	begin deaf= env "ONLYONE_DIR=$ONLYONE_DIR.z" ONLYONE_TEST_DRAINED="$PWD/mark" \
		onlyone-cluster --ttl=2 -a deaf sh -c 'trap "" TERM; : >deaf; while :; do sleep .05; done'
	wait_until 'it runs' test -e deaf
	run -75 off drain -w .1
	alive "$deaf"
	run -0 off drain --kill-after=.1
	ends "$deaf" 137
	run -0 off undrain
	run -0 off undrain
	run -64 off drain all
	env -u ONLYONE_CLUSTER ONLYONE_TEST_CLUSTER="$PWD/none" ONLYONE_TEST_DRAINED="$PWD/mark" \
		onlyone-cluster undrain
	# A launch that was about to take a key: either it sees the mark, or drain the key.
	begin env "ONLYONE_DIR=$ONLYONE_DIR.z" ONLYONE_TEST_DRAINED="$PWD/mark" \
		ONLYONE_TEST_POINTS=cluster-acquire=stop onlyone-cluster -n -a about touch ran
	wait_until 'it stops' holds_still z
	run -0 off drain
	kill -CONT "$keeps"
	ends "$BEGUN" 75
	[ ! -e ran ]
	# What counts is not forgotten for that.
	rm mark
	run -0 here --every=1h -a back true
	begin env "ONLYONE_DIR=$ONLYONE_DIR.z" ONLYONE_TEST_DRAINED="$PWD/mark" \
		ONLYONE_TEST_POINTS=cluster-acquired=stop onlyone-cluster -n -a back touch ran
	wait_until 'it stops' holds_still z
	touch mark
	kill -CONT "$keeps"
	ends "$BEGUN" 75
	run -0 here --every=1h -a back true
	run -75 here -n --every=1h -a back true
	# Without a key: it is ended, too.
	begin env "ONLYONE_DIR=$ONLYONE_DIR.z" ONLYONE_TEST_DRAINED="$PWD/mark2" onlyone-cluster \
		--ttl=2 --store=etcd://127.0.0.1:1 --on-down=local -a alone sleep 1000 2>alone
	wait_until 'it runs' file_has alone 'on this host only'
	touch mark2
	ends "$BEGUN" 143
	rm mark mark2
	# Whoever is in line leaves it even as it becomes his turn.
	held turn --ttl=60
	begin waits= env "ONLYONE_DIR=$ONLYONE_DIR.z" ONLYONE_TEST_DRAINED="$PWD/mark" \
		onlyone-cluster --ttl=60 --wait -a turn touch ran
	wait_until 'it waits' eval '[[ $(onlyone-cluster list turn) == *" waiting "* ]]'
	touch mark
	released
	wait_until 'it has left the line' eval '[[ $(onlyone-cluster list turn) != *" waiting "* ]]'
	# Its launch says so, which its holder tells after that.
	wait_until 'it says why' eval \
		'[[ $(ONLYONE_DIR=$ONLYONE_DIR.z onlyonectl status turn) == *drained* ]]'
	run -0 here -n -a turn true
	[ ! -e ran ]
	rm mark
	ends "$waits" 0
}

@test "drain: it hands its keys over, leaves the lines and takes none, until undrain" {
	needs_points
	PATH=$BUILD/points:$PATH
	each draining
	touch mark
	prints -0 --partial 'drained:     this host is drained' off --dry-run -a x true
	prints --regexp '^warn +this host is drained' off check
	rm mark
	(umask 077 && ONLYONE_TEST_DRAINED=$PWD/new/mark onlyone-cluster drain)
	assert_equal "$(stat -c %a new new/mark | xargs)" '755 644'
	# Only the owner of the mark's folder can.
	chmod 555 .
	[ -w . ] || run -77 --separate-stderr off drain
	chmod 755 .
	ONLYONE_TEST_DRAINED=$PWD/no/ne/mark run -71 onlyone-cluster drain
	mkdir -m 555 closed
	[ -w closed ] || ONLYONE_TEST_DRAINED=$PWD/closed/o/mark run -77 onlyone-cluster drain
	# The folder for it may be missing.
	ONLYONE_TEST_DRAINED=$PWD/none/mark run -0 onlyone-cluster drain
}

# figure NAME [FOLDER]: of ./figures/*.prom, as a number.
figure() { sed -n "s/^onlyone_cluster_$1{app=\"\(counted\)\",.*} //p" "${2-figures}"/*.prom; }

counted() {
	local server=one
	[ $STORE = etcd ] || server=db
	mkdir figures later
	held counted --ttl=6 --metrics="$PWD/figures"
	wait_until 'it is written' eval '[ "$(figure held)" = 1 ]'
	# A number of seconds, from before now.
	awk -v at="$(figure renewed_timestamp_seconds)" -v now="$(date +%s)" \
		'BEGIN { exit !(at > now - 3600 && at <= now + 1) }'
	begin waits= env "ONLYONE_DIR=$ONLYONE_DIR.z" onlyone-cluster \
		--metrics="$PWD/later" --wait -a counted sleep 1000
	wait_until 'it waits' eval '[ "$(figure waiting later)" = 1 ]'
	wait_until 'it is counted' eval '[ "$(figure waiters)" = 1 ]'
	released
	assert_equal "$(figure held) $(figure waiters)" '0 0'
	# One that has waited itself is not in line any more.
	wait_until 'it has it' eval '[ "$(figure held later)" = 1 ]'
	assert_equal "$(figure waiting later) $(figure waiters later)" '0 0'
	ends_by TERM "$waits" 143
	assert_equal "$(figure held) $(figure acquisitions_total) $(figure losses_total)" '0 1 0'
	held counted --ttl=1 --metrics="$PWD/figures"
	begin waits= env "ONLYONE_DIR=$ONLYONE_DIR.z" onlyone-cluster --wait -a counted sleep 1000
	wait_until 'it is counted' eval '[ "$(figure waiters)" = 1 ]'
	ends_by TERM "$waits" 143
	freeze $server
	ends "$HELD" 76
	thaw $server
	wait_until 'it is written' eval '[ "$(figure losses_total)" = 1 ]'
	assert_equal "$(figure held) $(figure acquisitions_total)" '0 2'
	[ "$(figure renewal_failures_total)" -gt 0 ]
	# It is what node_exporter reads: each name with its type, each line whole.
	run ! grep -vE '^(# (HELP|TYPE) onlyone_cluster_[a-z_]+ .+|onlyone_cluster_[a-z_]+\{([a-z]+="[^"]*",?)+\} [0-9.]+)$' figures/*.prom
	# A launch that does not get the key changes nothing; and keys that look alike
	# have series of their own.
	held counted --metrics="$PWD/later"
	was=$(figure renewed_timestamp_seconds)
	run -75 elsewhere --metrics="$PWD/figures" -a counted -n true
	assert_equal "$(figure renewed_timestamp_seconds)" "$was"
	released
	run -0 here --metrics="$PWD/figures" -a alike -k 'a b' true
	run -0 here --metrics="$PWD/figures" -a alike -k a -k b true
	assert_equal "$(grep -h '^onlyone_cluster_held{app="alike"' figures/*.prom | sort -u | wc -l)" 2
	# A folder that is not there is said, and changes nothing else.
	prints -4 --partial "cannot write $PWD/none/onlyone-" here --metrics="$PWD/none" -a counted sh -c 'exit 4'
	run -64 here --metrics=figures -a counted touch wrong
	# If what keeps the key is killed, the launch writes what has become of it.
	held counted --metrics="$PWD/figures"
	wait_until 'it is written' eval '[ "$(figure held)" = 1 ]'
	kill -KILL "$(holder)"
	ends "$HELD" 76
	assert_equal "$(figure held) $(figure waiters) $(figure losses_total)" '0 0 2'
}

@test "--metrics: figures for Prometheus, whose counters go on with the next run" { each counted; }

explained() {
	local at
	held why --ttl=60 -k b
	run -0 --separate-stderr elsewhere --dry-run -a why -k '{1}' touch b
	assert_line --partial 'key:         b ('
	assert_line --regexp 'would: +start /.*touch$'
	assert_line "cluster:     $ONLYONE_CLUSTER"
	assert_line --regexp "^why +b .* $HELD .* running +sleep$"
	run -75 --separate-stderr elsewhere --explain -a why -k '{1}' touch b
	at=$(onlyone-cluster list --json why b | jq -r '.[0].stored')
	[[ $stderr == *'will: '*"why: its key in the cluster is "*"$at, at $ONLYONE_CLUSTER"*'held by'* ]]
	[ ! -e b ]
	released
	run -0 elsewhere --explain -a why -k '{1}' touch b
	[ -e b ]
	# As in the user's own environment.
	mkdir bin
	printf '#!/bin/sh\n' >bin/found
	chmod 755 bin/found
	PATH=$PWD/bin:$PATH prints -0 --partial "application: $PWD/bin/found" elsewhere --dry-run found
	# By the command alone, too; and what cannot be run is 127, a bad URL 64.
	printf '#!/bin/sh\nuntil [ -e go ]; do sleep .05; done\n' >runs
	chmod 755 runs
	begin onlyone-cluster ./runs
	wait_until 'it runs' eval '[[ $(onlyone-cluster list) == *"$PWD/runs "* ]]'
	prints -0 --regexp "$PWD/runs .* running " elsewhere --dry-run nice ./runs
	touch go
	ends "$BEGUN" 0
	run -127 elsewhere --dry-run ./none
	for url in postgresql://ann:s3cret@db/x $'etcd://a\e[31mb' ftp://h; do
		run -64 --separate-stderr elsewhere --dry-run "--store=$url" true
		assert_output ''
		[[ $stderr != *s3cret* ]]
	done
	run -69 elsewhere --dry-run --store=etcd://127.0.0.1:1 true
	# What is in front of the command never names the application.
	for options in '--ttl 9 --grace=2 --on-lost=kill --on-down=local -q' \
		'--queue=3 -w 2 -E 9' '--replace -v --lifetime=tree' '--join' -n \
		'-k {1} --key-cmd=true --key-match=.' '--every=1d --hold=3 --skip'; do
		run -0 --separate-stderr elsewhere --explain $options touch b
		[[ $stderr =~ (^|$'\n')application:\ +/.*/touch\ \(path ]]
	done
}

# bats test_tags=both
@test "--dry-run, --explain: what this host would do, and what the cluster has" { each explained; }

# bats test_tags=both
@test "a daemon is followed: the key is held until it ends, and it can be stopped" {
	run -0 --separate-stderr quietly here -a daemon "$GUESTS/forker" daemon
	run -75 elsewhere -n -a daemon true
	run -75 here -n -a daemon true
	killed "$(daemons)"
	run -0 elsewhere -w $PATIENCE -a daemon true
	quietly here -a daemon "$GUESTS/forker" daemon
	onlyone-cluster stop daemon
	[ -z "$(daemons)" ]
}

# daemons: their pids, of this test.
daemons() {
	local pid
	for pid in $(offspring); do
		[[ $(readlink "/proc/$pid/exe") != "$GUESTS/forker" ]] || echo "$pid"
	done
}

# --- killed or stopped processes ----------------------------------------------

@test "the keeper on its host is killed or stopped: the key is held until the program ends" {
	for how in killed stopped; do
		held $how
		keeper=$(keeper_of $how)
		$how "$keeper"
		run -75 elsewhere -n -a $how true
		kill "$PROGRAM"
		run -0 elsewhere -w $PATIENCE -a $how true
		[ $how = killed ] || kill -CONT "$keeper"
		ends "$HELD" 143
	done
	# Here too, where nothing has been tidied up.
	run -0 here -n -a killed true
}

# bats test_tags=both
@test "COMMAND is ended by a signal: so is what it has started, and the key is held until that has ended" {
	local command
	for how in TERM HUP KILL; do
		rm -f deaf other
		begin onlyone-cluster -a script sh -c '
			sh -c "trap \"\" TERM HUP; echo \$\$ >deaf; while :; do sleep .05; done" &
			sleep 1000 &
			echo $! >other
			wait'
		wait_until 'all of it runs' test -s deaf -a -s other
		command=$(program_of script)
		if [ $how = KILL ]; then
			kill -KILL "$command"
		else
			kill -$how "$BEGUN"
		fi
		wait_until 'it has ended' gone "$command" "$(cat other)"
		run -75 elsewhere -n -a script true
		kill -KILL "$(cat deaf)"
		ends "$BEGUN" $((128 + $(kill -l $how)))
		run -0 elsewhere -w "$PATIENCE" -a script true
	done
}

# leaves HOW [COMMAND]: a launch whose command ignores or does that when it gets TERM or
# HUP, and has started one that is deaf, whose pid is in ./deaf.
leaves() {
	rm -f deaf
	begin onlyone-cluster --ttl=60 -a script sh -c '
		sh -c "trap \"\" TERM HUP INT; echo \$\$ >deaf; while :; do sleep .05; done" &
		trap "$1" TERM
		trap "$2" HUP
		until [ -e deaf ]; do sleep .01; done
		: >ready
		until [ -e go ]; do sleep .05; done' sh "$@" 2>said
	wait_until 'it runs' test -e ready
	COMMAND=$(program_of script)
}

# bats test_tags=both
@test "COMMAND exits by itself when it is told to end, and leaves one that is deaf: the key is held, a message names that, and there are ways to end it" {
	for how in TERM TERM KILL; do
		rm -f ready
		leaves 'exit 0'
		# A signal to the group: the launch gets it last.
		kill -STOP "$BEGUN"
		wait_until 'it is stopped' has_state "$BEGUN" T
		kill -TERM "$COMMAND" "$BEGUN"
		wait_until 'it has ended' gone "$COMMAND"
		kill -CONT "$BEGUN"
		wait_until 'it is named' file_has said "has started, and got TERM, still runs: $(cat deaf)( |\$)"
		run -75 elsewhere -n -a script true
		alive "$BEGUN"
		if [ $how = TERM ]; then
			kill -HUP "$BEGUN"
			run -75 elsewhere -w .2 -a script true
			ends_by TERM "$BEGUN" 0
		else
			killed "$BEGUN"
		fi
		wait_until 'that has ended' gone "$(cat deaf)"
		run -0 elsewhere -w "$PATIENCE" -a script true
	done
	# It lives on: what it leaves when it ends is left alone.
	rm -f ready
	leaves '' : 
	kill -HUP "$BEGUN"
	touch go
	ends "$BEGUN" 0
	alive "$(cat deaf)"
	run -0 elsewhere -n -a script true
	kill -KILL "$(cat deaf)"
}

# bats test_tags=both
@test "--take is killed: the program and all of it end at once, and the key is free" {
	book_new
	begin onlyone-cluster --ttl=8 --grace=4 -a nightly sh -c '
		"$GUESTS/observer" x &
		setsid sleep 1000 &
		env -i sleep 1000 &
		wait'
	wait_until 'it runs' observed 'alive.* x$'
	below=$(members)
	killed "$BEGUN"
	run -0 elsewhere -w "$PATIENCE" -a nightly "$GUESTS/observer" y for 10
	gone $below
	never_two_at_once
	assert_equal "$RAN" 2
	run -0 here -n -a nightly true
}

@test "what renews has no descriptor left: what it cannot see is not over, and the key is held until it is" {
	book_new
	begin onlyone-cluster --ttl=8 --grace=4 -a nightly sh -c '
		"$GUESTS/observer" x &
		wait'
	wait_until 'it runs' observed 'alive.* x$'
	wait_until 'it has a watchdog' eval '[ -n "$(watchdog)" ]'
	for pid in $(helpers); do
		free=0
		while [ -e "/proc/$pid/fd/$free" ]; do free=$((free + 1)); done
		prlimit --pid "$pid" --nofile="$free:"
	done
	killed "$BEGUN"
	run -75 elsewhere -w 3 -a nightly touch ran
	for pid in $(helpers); do prlimit --pid "$pid" --nofile="$(ulimit -Sn):"; done
	run -0 elsewhere -w "$PATIENCE" -a nightly "$GUESTS/observer" y for 10
	never_two_at_once
	assert_equal "$RAN" 2
}

# bats test_tags=both
@test "what renews, its watchdog, or both are killed or stopped: all of it ends in time" {
	while read -r how who other; do
		echo "$how: $who $other" >&2
		book_new
		begin onlyone-cluster --ttl=2 -a nightly sh -c '
			trap "" TERM
			"$GUESTS/observer" x ignore &
			setsid sleep 1000 &
			(env -i setsid sleep 1000 &)
			wait' 2>said
		wait_until 'it runs' observed 'alive.* x$'
		below=$(members)
		hurt=("$($who)" ${other:+"$($other)"})
		$how "${hurt[@]}"
		next_has 76
		[ $how = killed ] || kill -CONT "${hurt[@]}"
		gone $below
		no_helpers
	done <<-'END'
		killed holder
		stopped holder
		killed holder watchdog
		stopped holder watchdog
	END
	grep -q 'onlyone-cluster makes no progress; the program is ended' said
	# The watchdog alone: there is another one.
	observing --ttl=1
	first=$(watchdog)
	killed "$first"
	wait_until 'there is another one' eval 'now=$(watchdog); [ "${now:-$first}" != "$first" ]'
	freeze one
	ends "$BEGUN" 76
	thaw one
	never_two_at_once
}

# met: it runs, has exited, or one of ours is stopped.
met() {
	[ -s "$OBSERVED" ] || gone "$BEGUN" ||
		grep -qs '^State:.T' $(printf '/proc/%s/status ' "$BEGUN" $(helpers))
}

# let_end: until it has exited; one of ours may stop each time it passes the point.
let_end() {
	gone "$BEGUN" && return
	kill -CONT "$BEGUN" $(helpers) 2>/dev/null || :
	return 1
}

@test "each of ours is killed, or stopped, at each step of a key's life: never two" {
	PATH=$BUILD/points:$PATH
	hash -r
	for point in cluster-born cluster-acquire cluster-acquired watchdog-born cluster-ready cluster-go \
		cluster-gone lease-renew lease-renewed cluster-release cluster-released; do
		for how in kill stop; do
			echo "$point: $how" >&2
			app=$point-$how
			book_new
			ONLYONE_TEST_POINTS=$point=$how begin onlyone-cluster --ttl=1 \
				-a "$app" "$GUESTS/observer" x for 1500
			wait_until 'it is there' met
			run -0 elsewhere -w "$PATIENCE" -a "$app" "$GUESTS/observer" y for 10
			# One that was stopped before it had a program continues only now.
			wait_until 'it has ended' let_end
			status=0
			wait "$BEGUN" || status=$?
			# 75: the other one is just giving it back.
			[[ $status == @(0|69|75|76|137) ]] || fail "status $status"
			never_two_at_once
			[[ $RAN == [12] ]]
		done
	done
}

@test "a program that we may not read runs on; one that is left behind holds nothing up" {
	cp "$(command -v sleep)" dark
	chmod 111 dark
	run -0 here --ttl=2 -a dark ./dark 7
	run -0 here -a leaves sh -c './dark 1000 >/dev/null 2>&1 3>&- & echo $! >left'
	alive "$(<left)"
	run -0 elsewhere -n -a leaves true
	killed "$(<left)"
}

# --- the store is silent ------------------------------------------------------

@test "the store is silent for a moment: nothing happens; its lease is revoked: 76" {
	begin onlyone-cluster --ttl=12 -a nightly \
		sh -c 'until [ -e go ]; do sleep .05; done; exit 5'
	wait_until 'it runs' runs nightly
	freeze one
	wait_until 'a renewal has come to nothing' age 4500
	thaw one
	touch go
	ends "$BEGUN" 5
	held nightly --ttl=3000 2>said
	# A verb ends when -w runs out, whether the store has ever answered or not.
	begin waits= onlyone-cluster wait -w 5 nightly 2>waits
	wait_until 'the store has answered, and is watched' eval \
		'[ "$(find "/proc/$waits/fd" -lname "socket:*" | wc -l)" = 2 ]'
	freeze one
	for verb in 'wait nightly' 'stop nightly' 'forget nightly' list check; do
		run -69 timeout 8 onlyone-cluster $verb -w .2
	done
	ends "$waits" 69
	thaw one
	# It is not renewed for long: the key is watched.
	for lease in $(etcd_ctl one lease list | sed 1d); do
		etcd_ctl one lease revoke "$lease" || : # another may have run out
	done
	ends "$HELD" 76
	grep -q 'nightly: its lease on the cluster is gone' said
	# A wish that it hears of, and that the store does not tell at once.
	held nightly --ttl=9
	FIRST_ASKED='' wait_until 'it is watched' age 300
	begin strace -qqo calls -p "$(holder)" -e inject=recvfrom:signal=STOP:when=1
	wait_until 'it is traced' traced "$(holder)"
	begin stops= onlyone-cluster stop nightly
	wait_until 'it has heard' file_has calls 'stopped by'
	freeze one
	kill -CONT "$(holder)"
	FIRST_ASKED='' wait_until 'it had no answer' age 1100
	thaw one
	ends "$stops" 0
}

@test "the store is silent for good: TERM, KILL before the lease ends; --on-lost=HOW" {
	book_new
	begin polite= onlyone-cluster --ttl=2 --grace=1 -a polite "$GUESTS/observer" polite
	begin deaf= onlyone-cluster --ttl=2 -a deaf sh -c 'trap "echo TERM >>deaf.term" TERM
		while :; do sleep .01; date +%s%3N >last.new && mv last.new last; done'
	for how in warn stop kill; do
		begin $how= onlyone-cluster --ttl=1 --on-lost=$how -a $how \
			sh -c "trap 'echo TERM >$how.term' TERM
			until [ -e $how.go ]; do sleep .01; done; exit 4" 2>$how.said
	done
	wait_until 'it runs' test -e last
	wait_until 'it runs' observed polite
	for how in warn stop kill; do wait_until 'it runs' runs $how; done
	begin waits= onlyone-cluster wait -w 1 warn
	stop_pid=$(program_of stop)
	now=$(date +%s%3N)
	freeze one
	all_end 76 "$polite" "$deaf" "$kill"
	ends "$waits" 69
	wait_until 'it is stopped' has_state "$stop_pid" T
	wait_until 'it is warned' file_has warn.said 'it keeps running'
	alive "$warn"
	thaw one
	grep -q ' ended .* polite' "$OBSERVED"
	# The lease that was renewed last ends two seconds after it was.
	[ "$(<last)" -lt $((now + 2000)) ]
	touch warn.go stop.go
	ends "$warn" 4
	# The store has kept the lease, or ended it: both are reported.
	ended "$stop"
	wait "$stop" || status=$?
	[ "$status" = 4 ] || [ "$status" = 76 ]
	assert_equal "$(echo ./*.term)" ./deaf.term
}
