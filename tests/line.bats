#!/usr/bin/env bats
# as: user (who stands in line is one user)
# line.bats: those who wait, one behind the other, and those who join.
#
# First come, first served, also where keepers are killed meanwhile; nobody
# uses the processor to wait; a keeper or a launch that is killed at any point
# of the handing on loses nothing.  A joiner ends exactly as the instance did.
# LINE_ROUNDS: how often the long line is made (3); SWEPT_ROUNDS: how often the
# folder is swept as the owner is killed (20).
# shellcheck disable=SC2016,SC2030,SC2031,SC2046,SC2154
load lib/line

POINTS=$BUILD/points/onlyone
ROUNDS=${LINE_ROUNDS:-3}
SWEPT_ROUNDS=${SWEPT_ROUNDS:-20}

# first [COMMAND...]: the witness "first" runs: $owner.  A new keeper takes
# its environment from the instance, which has no points, then.
first() {
	: >"$GUEST_LOG"
	begin owner= "${@:-onlyone}" -a w env -u ONLYONE_TEST_POINTS "$W" first
	wait_until 'the first one is there' file_has "$GUEST_LOG" ' main first'
}

# line N [MS [STAYS]]: N wait, in this order: ${pids[@]}.  Each runs for MS
# milliseconds at most, but every STAYS-th until it gets a signal.
line() {
	local i for
	pids=()
	for ((i = 1; i <= $1; i++)); do
		for=(for "${2:-0}")
		[ -z "${3-}" ] || ((i % $3)) || for=()
		comes pids+= onlyone -a w --wait "$W" "$i" "${for[@]}"
	done
	# The keeper answers one after the other: all are in line now.
	ctl list >/dev/null
}

# served: all of the line ran and ended well, no two at once.
served() {
	local pid
	all_end 0 "${pids[@]}"
	never_two
	assert_equal "$(grep -c ' main [0-9]' "$GUEST_LOG")" "${#pids[@]}"
	assert_equal "$(sed -n 's/.* main \([0-9]\)/\1/p' "$GUEST_LOG" |
		sort -u | wc -l)" "${#pids[@]}"
}

# inversions: how often somebody ran right after one who came later.
inversions() {
	sed -n 's/.* main \([0-9]\)/\1/p' "$GUEST_LOG" |
		awk 'NR > 1 && $1 < last { n++ } { last = $1 } END { print n + 0 }'
}

# --- order ------------------------------------------------------------------

@test "order: fifty that wait run in the order in which they came" {
	for ((round = 0; round < ROUNDS; round++)); do
		first
		line 50
		killed "$owner"
		served
		assert_equal "$(inversions)" 0
	done
}

@test "order: also where keepers are killed while they wait and while they run" {
	for ((round = 0; round < ROUNDS; round++)); do
		first
		line 50 4 15
		for _ in 1 2; do
			wait_until 'it has a keeper' keeper_of w
			keeper_killed w
		done
		killed "$owner"
		# At any moment, as they pass; and while the 15th, 30th, 45th run.
		n=0
		before=0
		while alive "${pids[49]}"; do
			who=$(staying)
			[ -z "$who" ] ||
				wait_until 'it has a keeper' keeper_of w
			kill -KILL $(keepers) 2>/dev/null && n=$((n + 1))
			[ -z "$who" ] || kill "$who"
			wait_until 'some more have run' moved_on
		done
		served
		echo "# round $round: $n keepers killed in the run," \
			"$(inversions) inversions of 50" >&3
		# The last one may have ended without a keeper to tidy up.
		wait_until 'a list has swept' swept
		[ "$n" -ge 3 ]
		[ "$(inversions)" -le 1 ]
	done
}

# staying: the pid of the one that runs and stays until it gets a signal.
staying() { tail -n 1 "$GUEST_LOG" | sed -En 's/ main (15|30|45)$//p'; }

# moved_on: since the last time five more have run, or one stays, or all have.
moved_on() {
	local now
	gone "${pids[49]}" && return
	now=$(grep -c ' main ' "$GUEST_LOG")
	[ "$now" -gt "$before" ] || return
	[ "$now" -ge $((before + 5)) ] || [ -n "$(staying)" ] || return
	before=$now
}

@test "order: also where they have waited for longer than any answer may take, and keepers are killed" {
	local p i owners=() waiters=()
	for p in wait queue replace; do
		begin_guest owners+= onlyone -a "$p" "$GUEST" ignore 15
		for i in 1 2; do
			comes onlyone -a "$p" --if-running="$p" --stop-signal=URG \
				"$GUEST" id "$i"
			waiters+=("$BEGUN")
			[ "$p" = wait ] || break
		done
	done
	# Not a wait for something: five seconds are the patience of a launch.
	sleep 7
	for p in wait queue replace; do killed "$(keeper_of "$p")"; done
	for i in "${owners[@]}"; do
		alive "$i"
		killed "$i"
	done
	# The first two of each are the first to be there; each is the instance.
	for i in 0 1 2 3; do [ "$i" = 1 ] || guest_runs "${waiters[i]}"; done
	killed "${waiters[0]}"
	guest_runs "${waiters[1]}"
	pid_is wait "${waiters[1]}"
	pid_is queue "${waiters[2]}"
	pid_is replace "${waiters[3]}"
}

@test "order: also where the keeper is killed together with the instance" {
	for ((round = 0; round < ROUNDS; round++)); do
		first
		line 50
		kill -KILL "$(keeper_of w)" "$owner"
		served
		echo "# round $round: $(inversions) inversions of 50" >&3
		[ "$(inversions)" -le 1 ]
	done
}

@test "crowd: a hundred at once all run, one after the other" {
	for mode in --wait --queue=100; do
		: >"$GUEST_LOG"
		pids=()
		for i in {1..100}; do
			begin pids+= onlyone -a w $mode "$W" "$i" for 2
		done
		served
	done
}

@test "crowd: a hundred at once with skip or fail: one runs, the others do not" {
	for mode in --skip -n; do
		: >"$GUEST_LOG"
		pids=()
		for _ in {1..100}; do
			begin pids+= onlyone -a w $mode "$W" one 2>/dev/null
		done
		wait_until 'all but one have ended' one_left "${pids[@]}"
		codes=
		for pid in "${pids[@]}"; do
			if gone "$pid"; then
				code=0
				wait "$pid" || code=$?
				codes+="$code "
			fi
		done
		[ $mode = -n ] && code=75 || code=0
		# Who was told of it may have ended before it has begun.
		wait_until 'one has begun' file_has "$GUEST_LOG" constructor
		assert_equal "$(tr ' ' '\n' <<<"$codes" | grep -cx "$code")" 99
		assert_equal "$(grep -c constructor "$GUEST_LOG")" 1
		ctl stop w
	done
}

@test "crowd: a hundred at once that join all end as the instance does" {
	local pids=() pid
	begin onlyone -W "$GUEST" wait go exit 33
	wait_until 'it is there' file_has "$GUEST_LOG" main
	for _ in {1..100}; do begin pids+= onlyone --join "$GUEST" exit 5; done
	lined_up "${pids[@]}"
	: >go
	all_end 33 "${pids[@]}"
	assert_equal "$(constructors)" 1
}

@test "rest: who waits and its keeper make no system call, and are not scheduled" {
	first
	pids=()
	keeper=$(keeper_of w)
	for mode in --wait --queue --join; do
		comes pids+= onlyone -a w $mode "$W" 1 for 0
	done
	ctl list >/dev/null
	for waiter in "$keeper" "${pids[@]}"; do
		wait_until 'it sleeps' has_state "$waiter" S
	done
	# Not a wait for something: what is done in this time.
	before=$(switches "$keeper" "${pids[@]}")
	sleep 1
	assert_equal "$(switches "$keeper" "${pids[@]}")" "$before"
	begin strace -qq -f -o trace -p "$keeper" -p "${pids[0]}" \
		-p "${pids[1]}" -p "${pids[2]}"
	for waiter in "$keeper" "${pids[@]}"; do
		wait_until 'it is traced' traced "$waiter"
	done
	wait_until 'the trace begins' test "$(wc -l <trace)" -ge 0
	sleep 1
	prints '' grep -E '= -?[0-9]' trace
	# It would have been seen.
	run -0 ctl list
	file_has trace "^$keeper .*= [0-9]"
	ended_by TERM "$BEGUN"
	kill "$owner"
	all_end 0 "${pids[0]}" "${pids[1]}"
	ended "${pids[2]}"
}

switches() {
	local pid
	for pid; do grep ctxt "/proc/$pid/status"; done
}

# --- killed at a point ------------------------------------------------------

# killed_at POINT: a keeper that dies there; three of the line all run.
killed_at() {
	local i keeper
	first env "ONLYONE_TEST_POINTS=$1=kill:1" "$POINTS"
	keeper=$(keeper_of w)
	pids=()
	for i in 1 2 3; do
		begin pids+= onlyone -a w --wait "$W" $i for 2
		lined_up "$BEGUN"
	done
	ctl list >/dev/null
	killed "$owner"
	served
	# A dead keeper and owner leave 20 ms to come together again.
	[ "$(inversions)" -le 1 ]
	gone "$keeper"
}

@test "points: a keeper that dies as one gets in line, offers, or promotes: all run, once, in order but for one" {
	for at in queued offer promote promote-mapping promote-recorded promoted; do
		killed_at $at
	done
}

@test "points: one that dies when it has taken the slot: the next one has it" {
	first
	comes dead= env ONLYONE_TEST_POINTS=taken=kill:1 "$POINTS" -a w \
		--wait "$W" 9 for 0
	line 2
	killed "$owner"
	ends "$dead" 137
	served
	assert_equal "$(inversions)" 0
	run ! grep ' 9$' "$GUEST_LOG"
}

@test "points: one that is stopped when it has taken the slot has it, and runs when it may" {
	first
	comes stopped= env ONLYONE_TEST_POINTS=taken=stop "$POINTS" -a w \
		--wait "$W" 0 for 0
	line 2
	killed "$owner"
	wait_until 'it is stopped' has_state "$stopped" T
	wait_until 'it is the instance' pid_is w "$stopped"
	assert_equal "$(grep -c ' main' "$GUEST_LOG")" 1
	kill -CONT "$stopped"
	pids=("$stopped" "${pids[@]}")
	served
	assert_equal "$(inversions)" 0
}

@test "points: a keeper that dies there: a line of those that stay as parents runs too" {
	for at in queued offer promote promote-mapping promote-recorded promoted; do
		first env "ONLYONE_TEST_POINTS=$at=kill:1" "$POINTS"
		pids=()
		for i in 1 2 3; do
			comes pids+= onlyone -W -a w --wait "$W" $i for 2
		done
		ctl list >/dev/null
		killed "$owner"
		served
		[ "$(inversions)" -le 1 ]
	done
}

@test "points: one that dies as it collects the others: they run, or who comes next" {
	# Chance decides who collects: it dies there, or it is the last one.
	first
	pids=()
	for i in 1 2 3; do
		comes pids+= env ONLYONE_TEST_POINTS=vacant-done=kill:1 "$POINTS" \
			-a w --wait "$W" $i for 0
	done
	comes last= onlyone -a w --wait "$W" 4 for 0
	kill -KILL "$(keeper_of w)" "$owner"
	ends "$last" 0
	ended "${pids[@]}"
	never_two
	# And where nobody else is there.
	first
	comes env ONLYONE_TEST_POINTS=vacant-done=kill:1 "$POINTS" \
		-a w --wait "$W" 1 for 0
	stopped "$BEGUN" # until both are dead
	killed "$(keeper_of w)" "$owner"
	ends_by CONT "$BEGUN" 137
	run -0 launch -a w --wait=10 "$W" 2 for 0
	assert_equal "$(sed -n 's/.* main //p' "$GUEST_LOG" | tr '\n' ' ')" \
		'first 2 '
}

@test "points: keepers that die by chance at any of them: all run, never two" {
	local i point rule=
	for point in queued offer promote promote-mapping promote-recorded promoted; do
		rule+=${rule:+,}$point=kill:5
	done
	export ONLYONE_TEST_POINTS=$rule
	for _ in 1 2 3; do
		first "$POINTS"
		pids=()
		for i in {1..12}; do
			begin pids+= "$POINTS" -a w --wait "$W" $i for 2
		done
		killed "$owner"
		served
	done
}

# --- join -------------------------------------------------------------------

# joined BATCH...: an instance each that waits for `go` and ends with that
# status, and a joiner, which ends with it too.  OPTION: of the instances.
joined() {
	local n owners=() joiners=() i=0
	: >"$GUEST_LOG"
	rm -f go
	for n; do
		begin onlyone ${OPTION:-} -a "j$n" "$GUEST" wait go exit "$n"
		owners+=("$BEGUN")
	done
	wait_until 'all are there' in_main $#
	for n; do
		begin joiners+= onlyone --join -a "j$n" "$GUEST" wait go exit 250
	done
	lined_up "${joiners[@]}"
	: >go
	for n; do
		all_end "$n" "${joiners[i]}" "${owners[i]}"
		i=$((i + 1))
	done
	assert_equal "$(constructors)" $#
}

# bats test_tags=linux-6-15
@test "join: ends with each of the 256 statuses" {
	for from in 0 64 128 192; do joined $(seq $from $((from + 63))); done
}

@test "join: ends with each of the 256 statuses of one that has a parent" {
	for from in 0 64 128 192; do
		OPTION=-W joined $(seq $from $((from + 63)))
	done
}

# terminated: each signal that ends a process, and who joined says so.  Not 32
# and 33, which are libc's own: some who start us ignore them, and nothing
# resets that.
# OPTION: of the instances.
terminated() {
	local n i=0 owners=() joiners=() signals=()
	for n in {1..64}; do
		case $n in
		17 | 18 | 19 | 20 | 21 | 22 | 23 | 28 | 32 | 33) ;;
		*) signals+=("$n") ;;
		esac
	done
	for n in "${signals[@]}"; do
		begin env --default-signal onlyone ${OPTION:-} -a "j$n" "$GUEST"
		owners+=("$BEGUN")
	done
	wait_until 'all are there' in_main ${#signals[@]}
	for n in "${signals[@]}"; do
		begin joiners+= onlyone --join -a "j$n" "$GUEST" exit 250
	done
	lined_up "${joiners[@]}"
	for n in "${signals[@]}"; do
		/usr/bin/python3 -c 'import os, sys
os.kill(int(sys.argv[1]), int(sys.argv[2]))' "$(ctl pid "j$n")" "$n"
	done
	for n in "${signals[@]}"; do
		ends "${joiners[i]}" $((128 + n))
		ends "${owners[i]}" $((128 + n))
		i=$((i + 1))
	done
	assert_equal "$(constructors)" "${#signals[@]}"
}

# bats test_tags=linux-6-15
@test "join: ends with 128 and the number for every signal that ends the instance" { terminated; }

@test "join: so it does of one that has a parent" { OPTION=-W terminated; }

# bats test_tags=check
@test "join: an interrupt at the terminal ends the joiner, not the instance" {
	begin onlyone -W -a app "$GUEST"
	wait_until 'it is there' file_has "$GUEST_LOG" main
	run timeout $LIMIT "$BATS_TEST_DIRNAME/lib/terminal.py" \
		"onlyone -v -a app --join '$GUEST' exit 5; echo status \$?; tty" \
		'<waiting for app' '>\x03' .
	prints 1 ctl count app
	assert_equal "$(constructors)" 1
	alive "$BEGUN"
}

@test "join: with the keeper killed again and again it is still exact" {
	begin onlyone -W "$GUEST" wait go exit 44
	wait_until 'it is there' file_has "$GUEST_LOG" main
	owner=$BEGUN
	comes onlyone --join "$GUEST" exit 5
	for _ in 1 2 3 4 5; do
		kept_anew "$(keeper_of guest)" "$BEGUN" keeper_of guest
	done
	: >go
	all_end 44 "$BEGUN" "$owner"
	assert_equal "$(constructors)" 1
}

# bats test_tags=check
@test "join: keeper and instance killed together: 69, nothing is started" {
	begin_guest owner= onlyone "$GUEST"
	comes onlyone --join "$GUEST" exit 5 2>said
	ctl list >/dev/null
	stopped "$BEGUN"
	killed "$(keeper_of guest)" "$owner"
	ends_by CONT "$BEGUN" 69
	file_has said 'status is not known'
	assert_equal "$(constructors)" 1
}

# bats test_tags=check,linux-6-15
@test "join: of a program that became a daemon it is the daemon's status" {
	begin onlyone "$FORKER" fork orphan setsid wait go end 43 >out 2>&1
	ends "$BEGUN" 0
	comes onlyone --join "$GUESTS/forker" end 5
	: >go
	ends "$BEGUN" 43
	assert_equal "$(grep -c main "$GUEST_LOG")" 1
}

@test "join: before Linux 6.15 the first launch must stay as parent; 69 says so" {
	export ONLYONE_TEST_OLD=exitinfo
	for option in -W --join; do
		rm -f go
		: >"$GUEST_LOG"
		begin first= "$POINTS" $option "$GUEST" wait go exit 45
		wait_until 'it is there' file_has "$GUEST_LOG" main
		comes "$POINTS" --join "$GUEST" exit 5
		: >go
		all_end 45 "$BEGUN" "$first"
		assert_equal "$(constructors)" 1
		freed
	done
	: >"$GUEST_LOG"
	rm go
	# Its parent reaps it at once; nobody else could tell.
	/usr/bin/python3 -c 'import os, signal, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
os.spawnvp(os.P_WAIT, sys.argv[1], sys.argv[1:])' "$POINTS" "$GUEST" wait go \
		exit 46 3>&- 2>/dev/null &
	STARTED+=("$!")
	wait_until 'it is there' file_has "$GUEST_LOG" main
	comes "$POINTS" --join "$GUEST" exit 5 2>said
	: >go
	ends "$BEGUN" 69
	file_has said '--join or -W'
	assert_equal "$(constructors)" 1
}

# The owner killed and the folder swept while the slot passes to the next.

# waiting POLICY: an instance whose keeper stops when it is about to write the
# next one down, which waits: $BEGUN, $keeper and $waiter.
waiting() {
	PATH=$BUILD/points:$PATH ONLYONE_TEST_POINTS=promote=stop \
		begin_guest onlyone -a one "$GUEST"
	keeper=$(keeper_of one)
	owner=$BEGUN
	comes waiter= onlyone "$1" -a one "$GUEST" exit 5 2>said
	kill -KILL "$owner" || true # a replacement may have ended it
	wait_until 'the keeper has stopped' has_state "$keeper" T
}

@test "line: the folder swept while the slot passes to who waits: it has its turn" {
	for policy in --wait --queue --replace; do
		for sweep in "$ONLYONE_DIR"/* "$ONLYONE_DIR"; do
			waiting "$policy"
			rm -rf "${sweep:?}"
			kill -CONT "$keeper"
			ends "$waiter" 5
			assert_equal "$policy: $(cat said)" "$policy: "
			wait_until 'nothing is left' swept
		done
	done
}

@test "line: owners killed and folders swept at once, again and again: nobody is lost" {
	local round policies=(--wait --queue)
	for ((round = 1; round <= SWEPT_ROUNDS; round++)); do
		begin_guest owner= onlyone -a one "$GUEST"
		comes waiter= onlyone "${policies[round % 2]}" -a one "$GUEST" \
			exit 5 2>said
		kill -KILL "$owner"
		rm -rf "${ONLYONE_DIR:?}"/* 2>/dev/null || true
		ends "$waiter" 5
		assert_equal "$round: $(cat said)" "$round: "
		wait_until 'nothing is left' swept
	done
}
