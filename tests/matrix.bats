#!/usr/bin/env bats
# as: user (no right is asked for)
# matrix.bats: each policy where holder, keeper or newcomer are killed, in one
# table.  (What each does else is in policies.bats, of crowds in line.bats.)
#
# A case is a function that takes the policy; `cells` runs it for every policy
# under a key and without one, with an instance of another key beside it that
# must not notice.  A key changes the slot's name and nothing else, so where it
# takes long (KEYS) it is done under a key alone.  An activation killed at each
# call is in kills.bats.  Below the table: a replacement at each point, seals,
# and what makes a tree end.
# shellcheck disable=SC2016,SC2030,SC2031,SC2046,SC2086,SC2154,SC2206
load lib/line

POINTS=$BUILD/points/onlyone

ALL=(skip fail activate wait replace join queue)
KEYS=('-k mine' '')

# An activation called "slow" waits for ./gate.
HANDLER='if [ "$1" = slow ]; then
		: >busy
		until [ -e gate ]; do sleep 0.01; done
	fi
	echo "$1" >>handled'

# --- what the cases are made of ---------------------------------------------

# cells CASE: the row of the table.
cells() {
	local p key keeper other
	begin other= env GUEST_LOG="$PWD/other.log" onlyone -a app -k other \
		--on-activate='echo "$1" >>other.handled' \
		"$GUEST" catch 1 catch 2 catch 10 catch 15
	wait_until 'the other one is there' file_has other.log ' main'
	keeper=$(keyed keeper '"other"')
	for key in "${KEYS[@]}"; do
		K=(-a app $key)
		for p in "${ALL[@]}"; do
			echo "$1: $p, of ${K[*]}" >&2
			"$1" "$p"
			over
		done
	done
	assert_equal "$(ctl pid app other)" "$other"
	assert_equal "$(keyed keeper '"other"')" "$keeper"
	alive "$other"
	[ ! -e other.handled ]
	assert_equal "$(sed "s/^$other //" other.log | tr '\n' ' ')" \
		'constructor main 9 '
}

# over: the holder is killed, and its slot is gone.
over() {
	kill -KILL "$owner" 2>/dev/null || :
	wait_until 'the slot is gone' eval '[ "$(slots | wc -l)" = 1 ]'
	never_two
}

# held POLICY COMMAND...: the holder for newcomers of this policy: $owner.
# Who joins learns its status, on old kernels too, if its launch is there.
held() {
	local stay=
	: >"$GUEST_LOG"
	rm -f go end gate busy handled
	[ "$1" != join ] || stay=-W
	begin onlyone "${K[@]}" $stay --on-activate="$HANDLER" "${@:2}"
	wait_until 'the holder is there' file_has "$GUEST_LOG" ' main'
	owner=$(sed -n 's/ main.*//p' "$GUEST_LOG")
	is_it "$owner"
}

# is_it PID: this is the instance.
is_it() { [ "$(keyed pid "$MINE")" = "$1" ]; }

its_keeper() { keyed keeper "$MINE" | grep -x '[1-9][0-9]*'; }

# keyed FIELD KEY: what list says of the instance with that key, an expression.
MINE='(null|"[^o][^"]*")'
keyed() {
	ctl list app --json | sed -En "/^    \"key\": $2,\$/,/^  }/{
		s/^    \"$1\": \"?([^\"]*[^\",])\"?,?\$/\1/p
	}"
}

# in_line POLICY WORD...: a newcomer that waits.
in_line() { comes onlyone "${K[@]}" --if-running="$1" "$GUEST" "${@:2}"; }

# arrives POLICY STATUS [OPTION...]: one that need not wait, or not for long;
# its program would end with 7.
arrives() {
	local got=0
	launch "${K[@]}" --if-running="$1" "${@:3}" "$GUEST" id exit 7 \
		2>>said || got=$?
	assert_equal "$1: $got" "$1: $2"
}

# takes_over PID: it becomes the instance and, at ./go, ends with 7.
takes_over() {
	guest_runs "$1"
	is_it "$1"
	: >go
	ends "$1" 7
	assert_equal "$(constructors)" 2
}

# stays: the holder is the instance, and nobody else has run.
stays() {
	assert_equal "$(constructors)" 1
	alive "$owner"
	is_it "$owner"
}

# kept POLICY: one that starts nothing has started nothing.
kept() {
	case $1 in
	skip | fail | activate) stays ;;
	join) assert_equal "$(constructors)" 1 ;;
	esac
}

# times ID: how often the handler had it.
times() { grep -sx "$1" handled | wc -l; }

# --- the table --------------------------------------------------------------

holder_killed() {
	local slow keeper
	case $1 in
	skip | fail)
		held "$1" "$GUEST"
		killed "$owner"
		arrives "$1" 7
		;;
	activate) # one is being served, one waits for its turn
		held activate "$GUEST"
		begin slow= launch "${K[@]}" "$GUEST" slow
		wait_until 'it is being served' test -e busy
		in_line activate second wait go exit 7
		killed "$owner"
		takes_over "$BEGUN"
		: >gate
		ends "$slow" 0
		assert_equal "$(times slow) $(times second)" '1 0'
		;;
	join)
		held join "$GUEST"
		in_line join exit 5
		killed "$owner"
		ends "$BEGUN" 137
		assert_equal "$(constructors)" 1
		;;
	*)
		held "$1" "$GUEST" ignore 15
		keeper=$(its_keeper)
		in_line "$1" wait go exit 7
		killed "$owner"
		guest_runs "$BEGUN"
		assert_equal "$(its_keeper)" "$keeper"
		takes_over "$BEGUN"
		;;
	esac
}

@test "holder killed with -9: who wants to run runs, once; a joiner has its status" { cells holder_killed; }

keeper_killed() {
	held "$1" "$GUEST" ignore 15 wait end exit 3
	case $1 in
	skip | fail | activate) killed "$(its_keeper)" ;;
	*)
		in_line "$1" wait go exit 7
		for _ in 1 2 3; do
			kept_anew "$(its_keeper)" "$BEGUN" its_keeper
		done
		stays
		: >end
		;;
	esac
	case $1 in
	skip | activate) arrives "$1" 0 ;;
	fail) arrives "$1" 75 ;;
	join) ends "$BEGUN" 3 ;;
	*) takes_over "$BEGUN" ;;
	esac
	[ "$1" != activate ] || assert_equal "$(times id)" 1
	kept "$1"
}

@test "keeper killed: each policy does what it says all the same" { cells keeper_killed; }

both_killed() {
	held "$1" "$GUEST" ignore 15
	case $1 in
	skip | fail | activate)
		killed "$(its_keeper)" "$owner"
		arrives "$1" 7
		;;
	join)
		in_line join exit 5 2>>said
		stopped "$BEGUN"
		killed "$(its_keeper)" "$owner"
		ends_by CONT "$BEGUN" 69
		assert_equal "$(constructors)" 1
		;;
	*)
		in_line "$1" wait go exit 7
		kill -KILL "$(its_keeper)" "$owner"
		takes_over "$BEGUN"
		;;
	esac
}

@test "keeper and holder killed: who wants to run runs; a joiner cannot know, 69" { cells both_killed; }

# limited POLICY: for those that wait.
limited() {
	case $1 in
	skip | fail | activate) ;;
	*) echo '-w 0.04' ;;
	esac
}

# unnoticed CALLS STATUS: killat has seen the last of many calls; the holder
# stays, has had nothing twice, and is met by who comes next.
unnoticed() {
	assert_equal "$2" 3
	[ "$1" -gt 15 ]
	stays
	[ -z "$(sort handled 2>/dev/null | uniq -d)" ]
	arrives skip 0
	arrives fail 75
}

newcomer_killed() {
	local n killed=0
	held "$1" "$GUEST" ignore 15
	for ((n = 1; ; n++)); do
		"$KILLAT" 0 "$n" onlyone "${K[@]}" --if-running="$1" \
			$(limited "$1") "$GUEST" "id$n" exit 7 </dev/null \
			>>said 2>&1 3>&- || killed=$?
		[ "$killed" = 0 ] || break
	done
	unnoticed "$n" "$killed"
}

@test "newcomer killed with -9 at each call: the holder has not noticed" {
	KEYS=('-k mine')
	cells newcomer_killed
}

newcomer_interrupted() {
	local n pid killed=0
	held "$1" "$GUEST" ignore 15
	for ((n = 1; ; n++)); do
		env --default-signal=INT "$KILLAT" -s 0 "$n" onlyone \
			"${K[@]}" --if-running="$1" $(limited "$1") "$GUEST" \
			"id$n" exit 7 </dev/null >pid 2>>said 3>&- || killed=$?
		[ "$killed" = 0 ] || break
		read -r pid <pid
		# Its last call is its end.
		wait_until 'it has stopped, or ended' \
			eval 'has_state "$pid" T || gone "$pid"'
		kill -INT "$pid" 2>/dev/null || continue
		kill -CONT "$pid" 2>/dev/null || continue
		ended "$pid"
	done
	unnoticed "$n" "$killed"
}

@test "newcomer interrupted after each call: the holder has not noticed" {
	KEYS=('-k mine')
	cells newcomer_interrupted
}

# --- replace, at each point -------------------------------------------------

# replaced_at POINT WHO...: a replacement, whose keeper (or itself, at "taken")
# is stopped there; then WHO are killed, and the others go on: where it is late
# only after another launch, which gives the slot a new keeper.
replaced_at() {
	local at=$1 keeper new stopped who got=0 pids=()
	shift
	: >"$GUEST_LOG"
	begin owner= env "ONLYONE_TEST_POINTS=$at=stop" "$POINTS" -a w \
		env -u ONLYONE_TEST_POINTS "$W" old
	wait_until 'the old one is there' file_has "$GUEST_LOG" ' main old'
	keeper=$(keeper_of w)
	# A keeper that it starts must not stop there too.
	stopped=
	[ "$at" != taken ] || stopped=ONLYONE_TEST_POINTS=taken=stop
	begin new= env $stopped "$POINTS" -a w --replace \
		env -u ONLYONE_TEST_POINTS "$W" new 2>>said
	stopped=${stopped:+$new}
	stopped=${stopped:-$keeper}
	wait_until "it has stopped" has_state "$stopped" T
	for who; do
		case $who in
		old) pids+=("$owner") ;;
		keeper) pids+=("$keeper") ;;
		new) pids+=("$new") ;;
		esac
	done
	if [[ " $* " == *' late '* ]]; then
		stopped "$new"
		killed "${pids[@]}"
		launch -a w --skip "$W" between for 0
		kill -CONT "$new"
	fi
	kill -KILL "${pids[@]}" 2>/dev/null || :
	ended "${pids[@]}"
	kill -CONT "$stopped" 2>/dev/null || :
	if [[ " $* " == *' new '* ]]; then
		launch -a w --skip "$W" next for 0 || got=$?
		assert_equal "$got" 0
		assert_equal "$(grep -c ' main next' "$GUEST_LOG")" \
			"$(gone "$owner" && echo 1 || echo 0)"
	else
		wait_until 'the new one runs' \
			file_has "$GUEST_LOG" "^$new main new"
		ended "$owner"
		pid_is w "$new"
		launch -a w -n "$W" next 2>>said || got=$?
		assert_equal "$got" 75
	fi
	never_two
	kill -KILL "$owner" "$new" 2>/dev/null || :
	# Nobody is to be in line, where a keeper would stop once more.
	ended "$owner" "$new"
	run -0 launch -a w --wait=20 "$W" last for 0
	file_has "$GUEST_LOG" ' main last'
	wait_until 'nothing is left' swept
}

@test "replace: replacement, keeper or holder killed at each point: one runs or none, and the slot is usable at once" {
	for who in old 'old keeper' 'old new' 'old new keeper'; do
		echo "queued: $who" >&2
		replaced_at queued $who
	done
	for at in queued offer promote promote-mapping promote-recorded \
		promoted taken; do
		for who in new keeper 'new keeper' 'keeper late'; do
			echo "$at: $who" >&2
			replaced_at $at $who
		done
	done
}

# --- sealed while somebody waits --------------------------------------------

@test "sealed: who waits for a key that lives then runs at its turn, with keepers killed too; another key is refused, whatever the policy" {
	K=(-a app -k mine)
	for p in wait queue replace; do
		for and in '' keeper; do
			held "$p" "$GUEST" ignore 15
			in_line "$p" wait go exit 7
			ctl seal app
			kill -KILL "$owner" ${and:+$(its_keeper)}
			takes_over "$BEGUN"
			for each in "${ALL[@]}"; do
				arrives "$each" 77 -k yours
			done
			frees ctl unseal app
		done
	done
}

@test "sealed: who waits for a key that lives no more then is refused at its turn, 77" {
	K=(-a app -k mine)
	for p in wait queue replace; do
		echo "$p" >&2
		held "$p" "$GUEST" ignore 15
		in_line "$p" exit 5 2>said
		stopped "$BEGUN"
		killed "$(its_keeper)" "$owner"
		ctl seal app
		ends_by CONT "$BEGUN" 77
		file_has said 'app is sealed: .* may run: '
		assert_equal "$(wc -l <said)" 1
		assert_equal "$(constructors)" 1
		ctl unseal app
		freed
	done
}

# --- trees ------------------------------------------------------------------

@test "tree: one that came by waiting, queueing or replacing keeps the slot to its last process" {
	K=(-a app)
	for p in wait queue replace; do
		held "$p" "$GUEST" wait end exit 3
		begin onlyone "${K[@]}" --if-running="$p" --lifetime=tree \
			"$FORKER" worker fork setsid fork </dev/null >>out 2>&1
		if [ "$p" != replace ]; then
			lined_up "$BEGUN"
			: >end
		fi
		ended "$owner"
		wait_until 'the rest runs' file_has "$GUEST_LOG" ' here$'
		rest=$(sed -n 's/ worker$//p; s/ here$//p' "$GUEST_LOG" |
			sort -u)
		keeper=$(its_keeper)
		killed "$keeper"
		for pid in $rest; do
			alive "$BEGUN"
			arrives fail 75
			killed "$pid"
		done
		frees ends "$BEGUN" 0
	done
}

# stubborn OPTION...: a tree of a program that ends by TERM, and of a child
# that does not: $owner, $member, $PARENT.
stubborn() {
	: >"$GUEST_LOG"
	begin env --default-signal onlyone -a app --lifetime=tree "$@" sh -c '
		"$0" ignore 15 &
		exec "$0" member' "$GUEST" </dev/null >>out 2>&1
	PARENT=$BEGUN
	wait_until 'both run' in_main 2
	owner=$(sed -n 's/ main 2$//p' "$GUEST_LOG")
	member=$(sed -n 's/ main 3$//p' "$GUEST_LOG")
}

@test "tree: one of it that ignores TERM: stop and replace end with 75, with --kill-after it goes" {
	K=(-a app)
	stubborn
	run -75 ctl stop -w 0.5 app
	ended "$owner"
	alive "$member"
	wait_until 'it is the instance' pid_is app "$member"
	arrives fail 75
	arrives replace 75 -w 0.5
	alive "$member"
	pid_is app "$member"
	ctl stop --kill-after=0.2 app
	ended "$member"
	frees ends "$PARENT" 143
	stubborn
	arrives replace 7 --kill-after=0.2
	gone "$owner" "$member"
	ends "$PARENT" 143
	# As the first launch said.
	for first in stop replace; do
		stubborn --kill-after=0.2
		case $first in
		stop) ctl stop app ;;
		replace) arrives replace 7 ;;
		esac
		gone "$owner" "$member"
		ends "$PARENT" 143
	done
}

# nested: a tree of "outer" that has a tree of "inner" in it, whose program has
# ended and left a process: $outer, $inner, their launches, $leaf.
nested() {
	rm -f leaf inner gate
	begin env --default-signal onlyone -a outer --lifetime=tree sh -c '
		onlyone -a inner --lifetime=tree sh -c "
			(setsid sleep 300 & echo \$! >leaf)
			exit 4" &
		echo $! >inner
		until [ -e gate ]; do sleep 0.01; done
		exit 5' </dev/null >>out 2>&1
	outer=$BEGUN
	wait_until 'the leaf is there' test -s leaf
	leaf=$(cat leaf)
	inner=$(cat inner)
	wait_until 'it is the inner instance' pid_is inner "$leaf"
}

@test "tree: in a tree: the outer one lasts as long as the inner one, each with its own status" {
	nested
	: >gate
	wait_until 'the outer program has ended' \
		eval 'pid=$(ctl pid outer) && [ "$(parent_of "$pid")" = "$outer" ]'
	alive "$outer"
	count_is outer 1
	count_is inner 1
	killed "$leaf"
	ended "$inner"
	frees ends "$outer" 5
}

@test "tree: in a tree: stop of the inner one leaves the outer one, stop of the outer one ends both" {
	nested
	root=$(ctl pid outer)
	ctl stop inner
	ended "$inner"
	gone "$leaf"
	pid_is outer "$root"
	alive "$outer"
	ctl stop outer
	frees ends "$outer" 143
	nested
	ctl stop outer
	ended "$inner"
	ends "$outer" 143
	gone "$leaf"
	freed
}
