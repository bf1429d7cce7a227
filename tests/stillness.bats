# stillness.bats: processes that hang inside execve do not hold us up.
#
# One hangs there until a server answers, and every reader of its /proc/PID/stat,
# maps, environ, exe or fd hangs with it.  Here there is always one of the same user,
# and as root one of another.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load lib/stuck

own_setup() {
	cp "$GUESTS/guest" "$GUESTS/forker" .
	stuck_serve
	stuck_begin
	SAME=$BEGUN
	if [ "$(id -u)" = 0 ]; then
		stuck_begin setpriv --reuid=1001 --regid=1001 --clear-groups
		OTHER=$BEGUN
	fi
}

# soon STATUS COMMAND...: it exits with this, long before the server does; its
# output is in $output.
soon() {
	status=0
	timeout -k 2 $LIMIT "${@:2}" </dev/null >"$BATS_TEST_TMPDIR/output" 2>&1 \
		3>&- || status=$?
	output=$(<"$BATS_TEST_TMPDIR/output")
	[ "$status" = "$1" ] ||
		fail "status $status, not $1: ${*:2}"$'\n'"$output"
}

# has_keeper: the first instance; $KEEPER.  (It is written down a moment after birth.)
has_keeper() {
	soon 0 onlyonectl list --json
	KEEPER=$(jq '.[0].keeper // 0' <<<"$output")
	[ "$KEEPER" -gt 0 ]
}

# kill_keeper [PID...]: it is killed, and these with it.
kill_keeper() {
	wait_until 'it has a keeper' has_keeper
	killed "$KEEPER" "$@"
}

# still: they do.
still() {
	kill -0 "$STUCK_SERVER"
	alive "$SAME"
}

@test "verbs: each of them, launches of each policy, with a new keeper; stop of a line and a tree" {
	begin_guest ONE= onlyone -k a ./guest
	while read -r status words; do
		soon "$status" $words
	done <<-'END'
		0 onlyone -k a ./guest x
		75 onlyone -n -k a ./guest
		75 onlyone -w 0.2 -k a ./guest
		7 onlyone -k 2 ./guest exit 7
		0 onlyonectl list
		0 onlyonectl status ./guest a
		0 onlyonectl signal CONT ./guest a
		0 onlyonectl activate ./guest a
		0 onlyonectl log ./guest a
		75 onlyonectl wait -w 0.2 ./guest a
	END
	kill_keeper
	soon 75 onlyone -n -k a ./guest
	kill_keeper
	soon 0 onlyonectl stop ./guest a
	ended "$ONE"
	for how in main tree; do
		begin onlyone --app=$how --lifetime=$how sh -c './guest & ./guest & wait'
	done
	wait_until 'they run' in_main 6
	soon 0 onlyonectl stop main
	soon 0 onlyonectl stop tree
	ended $(noted 'main.*')
	still
}

@test "daemon, tree, hold: what goes on is the instance, also with its keeper killed" {
	soon 0 onlyone --app=d ./forker daemon
	wait_until 'it is there' notes here 1
	wait_until 'it is the instance' pid_is d "$(noted here)"
	kill_keeper
	soon 75 onlyone -n --app=d ./forker daemon
	soon 0 onlyonectl stop d
	begin onlyone --app=t --lifetime=tree sh -c './guest wait go exit 0 & :'
	wait_until 'it runs' notes 'main 5' 1
	wait_until 'it is the instance' pid_is t "$(noted 'main 5')"
	killed "$BEGUN"
	soon 75 onlyone -n --app=t true
	: >go
	wait_until 'the slot is free' swept
	begin sh -c 'onlyonectl hold job && : >held; exec sleep 300'
	wait_until 'it is held' test -e held
	soon 75 onlyone -n --app=job true
	still
}

@test "itself: an instance, or a part of its tree, that stands so keeps its slot; doctor names it" {
	soon 1 onlyonectl doctor
	assert_output --partial "process $SAME (stuck) cannot be inspected"
	if [ -n "${OTHER-}" ]; then
		refute_output --partial "process $OTHER "
		# Of another user's only the owner and the status are read.
		soon 1 strace -f -qq -o trace onlyonectl doctor
		grep -q "\"/proc/$SAME/" trace
		prints ! '' grep -P "\"/proc/$OTHER/(?![\"]|status|comm)" trace
	fi
	begin pid= onlyone --app=x "$GUESTS/stuck" "$STUCK/sock" sleep 300
	stands "$pid"
	kill_keeper
	soon 75 onlyone -n --app=x true
	assert_output --partial "pid $pid"
	soon 75 onlyonectl stop -w 0.2 x
	# One without a parent here may be of a tree.
	stuck_orphan
	begin onlyone --app=t --lifetime=tree ./guest
	wait_until 'it runs' in_main 1
	keeper=$(keeper_of t)
	killed "$BEGUN" "$(noted 'main.*')" "$keeper"
	soon 69 onlyone --app=t true
	assert_output --partial "pid $ORPHAN, which may belong to it, cannot be looked at"
	soon 0 onlyone --app=other true
	soon 0 onlyonectl list
	still
	stuck_free
	ended "$pid"
	wait_until 'the slots are free' swept
}
