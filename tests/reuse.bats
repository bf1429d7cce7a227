#!/usr/bin/env bats
# as: root
# reuse.bats: a number that comes to somebody else at once.
#
# Owner, keeper, guard, daemon and waiter die, and before anybody looks their
# pid is a bystander's, of the same user, who may be signalled.  He is never
# taken for one of them: not listed, not signalled, holds no slot, gets none.
# In a pid namespace of its own /proc/sys/kernel/ns_last_pid says which pid
# comes next.  (A record with a changed number is in forged.bats.)
# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load lib/world

own_setup() {
	cat >>"$place/prelude" <<-'END'
		# bystander PID: a process with that number: what it was is reaped.
		# It notes each signal that it gets.
		bystander() {
			local i
			wait "$1" 2>/dev/null || :
			for ((i = 0; i < 500; i++)); do
				echo $(($1 - 1)) >/proc/sys/kernel/ns_last_pid
				GUEST_LOG=$mine.other "$GUESTS/guest" catch 1 \
					catch 2 catch 3 catch 10 catch 12 catch 15 \
					catch 18 catch 23 &
				[ $! != "$1" ] || break
				kill -KILL $!
				wait $! 2>/dev/null || :
				sleep 0.02
			done
			is "$!" "$1"
			until_true grep -q "^$1 main" "$mine.other"
			theirs+=("$1")
		}
		theirs=()
		polls() {
			local call
			find "/proc/$1/fd" -lname "socket:*" | grep -q . &&
				read -r call _ <"/proc/$1/syscall" &&
				[[ $call =~ ^(7|271|73)$ ]]
		}
		# unharmed: nobody has done anything to them.
		unharmed() {
			local p
			for p in "${theirs[@]}"; do
				kill -0 "$p"
				is "$(grep -c "^$p signal" "$mine.other" || :)" 0
				is "$(onlyonectl list --json | jq -c \
					"map(select(.pid == $p or .keeper == $p))")" "[]"
			done
		}
		# nobody: there is no instance, and all verbs say so.
		nobody() {
			is "$(onlyonectl count guest)" 0
			for verb in stop "signal KILL" pid status "activate"; do
				code=0
				onlyonectl $verb guest >"$mine.said" 2>&1 || code=$?
				is "$verb $code" "$verb 3"
			done
			unharmed
		}
		# anew: the next launch starts, and the slot is free after it.
		anew() {
			started
			until_true empty
			unharmed
		}
	END
}

@test "reuse: the owner's number, its keeper killed with it" {
	within '
		for guest in guest guest-static; do
			start onlyone "$GUESTS/$guest"
			killed "$keeper" "$owner"
			bystander "$owner"
			is "$(onlyonectl count "$GUESTS/$guest")" 0
			nobody
			anew
		done
		# And with no other word between.
		start
		killed "$keeper" "$owner"
		bystander "$owner"
		anew'
}

@test "reuse: the owner's number, while its keeper sleeps" {
	within '
		start
		kill -STOP "$keeper"
		killed "$owner"
		bystander "$owner"
		for verb in stop "signal KILL"; do
			code=0
			timeout $LIMIT onlyonectl $verb guest >"$mine.said" 2>&1 || code=$?
			[ "$code" != 0 ]
			unharmed
		done
		kill -CONT "$keeper"
		until_true empty
		until_true gone "$keeper"
		unharmed
		anew'
}

@test "reuse: the keeper's number, the instance alive" {
	within '
		start onlyone --on-activate="echo \$1 >>$mine.ran" "$GUESTS/guest"
		for i in 1 2 3; do
			killed "$keeper"
			bystander "$keeper"
			is "$(onlyonectl pid guest)" "$owner"
			unharmed
			launch "$i"
			is "$code $(tail -n 1 "$mine.ran")" "0 $i"
			[ "$(keeper_of guest)" != "$keeper" ]
			keeper=$(keeper_of guest)
			unharmed
		done
		# And with its files swept away: who has the witness is asked.
		killed "$keeper"
		bystander "$keeper"
		onlyonectl stop guest
		until_true gone "$owner"
		until_true eval "[ \"\$(onlyonectl count guest)\" = 0 ]"
		unharmed
		anew'
}

@test "reuse: the number of a child that has the streams of what a listener has" {
	within '
		start
		onlyonectl listen guest --json >"$mine.records" &
		until_true eval "polls $! 2>/dev/null"
		timeout $LIMIT onlyone "$GUESTS/guest" one &
		launch=$!
		until_true test -s "$mine.records"
		taker=$(pgrep -P "$keeper")
		killed "$taker"
		bystander "$taker"
		onlyonectl "done" "$(jq -r .id "$mine.records")"
		ends "$launch" 0
		# The keeper has done with it: it answers the next one.
		unharmed
		is "$(gone "$taker" || echo lives)" lives
		killed "$owner"
		until_true empty'
}

@test "reuse: a daemon's number, and that of the process that became it" {
	within '
		for guest in forker forker-static; do
			: >"$GUEST_LOG"
			onlyone "$GUESTS/$guest" fork setsid </dev/null >"$mine.said" 2>&1 &
			first=$!
			wait "$first"
			until_true notes here 1
			daemon=$(noted here)
			bystander "$first"
			if [ "$guest" = forker ]; then
				until_true pid_is "$GUESTS/$guest" "$daemon"
				orphaned "$GUESTS/$guest" "$daemon"
				unharmed
			fi
			killed $(the_keeper) "$daemon"
			bystander "$daemon"
			is "$(onlyonectl count "$GUESTS/$guest")" 0
			unharmed
			: >"$GUEST_LOG"
			code=0
			onlyone "$GUESTS/$guest" end 5 || code=$?
			is "$code $(noted main | wc -l)" "5 1"
			until_true empty
			unharmed
		done'
}

@test "reuse: a guard's number, with what it guards alive and without" {
	within '
		: >"$GUEST_LOG"
		onlyone --lifetime=tree "$GUESTS/guest" &
		guard=$!
		until_true has " main "
		owner=$(sed -n "s/ main .*//p" "$GUEST_LOG")
		[ "$owner" != "$guard" ]
		keeper=$(keeper_of guest)
		# Its program goes on.
		killed "$guard"
		bystander "$guard"
		launch
		is "$code $(onlyonectl pid guest)" "0 $owner"
		unharmed
		killed "$keeper"
		launch
		is "$code $(onlyonectl pid guest)" "0 $owner"
		unharmed
		onlyonectl stop guest
		until_true gone "$owner"
		until_true count_is guest 0
		unharmed
		anew
		# All at once.
		: >"$GUEST_LOG"
		onlyone --lifetime=tree "$GUESTS/guest" &
		guard=$!
		until_true has " main "
		owner=$(sed -n "s/ main .*//p" "$GUEST_LOG")
		killed "$(keeper_of guest)" "$guard" "$owner"
		bystander "$guard"
		bystander "$owner"
		nobody
		anew'
}

@test "reuse: the number of one who waited: he is not promoted, who comes after him is" {
	within '
		start
		onlyone --wait "$GUESTS/guest" &
		waiter=$!
		until_true polls "$waiter"
		onlyonectl list >"$mine.said" # who polls has been heard now
		onlyone --wait "$GUESTS/guest" &
		next=$!
		until_true polls "$next"
		onlyonectl list >"$mine.said"
		kill -STOP "$keeper"
		killed "$waiter"
		bystander "$waiter"
		kill -CONT "$keeper"
		killed "$owner"
		until_true has "^$next main"
		is "$(onlyonectl pid guest)" "$next"
		unharmed
		dismissed "$next"'
}

# A pid space of fifty: what comes next is set back all the time.
@test "reuse: in a small pid space that goes round and round all holds" {
	within '
		theirs=()
		while :; do
			echo 400 >/proc/sys/kernel/ns_last_pid
			sleep 0.03
		done &
		for i in {1..12}; do
			start
			found
			killed "$(keeper_of guest)"
			found
			is "$(onlyonectl pid guest)" "$owner"
			code=0
			((i % 2)) && onlyonectl stop guest || killed "$owner"
			until_true gone "$owner"
			until_true empty
			daemonise "$GUESTS/forker" daemon close-range
			orphaned "$GUESTS/forker" "$daemon"
			if ((i % 2)); then
				killed $(the_keeper) "$daemon"
				is "$(onlyonectl count "$GUESTS/forker")" 0
			else
				onlyonectl stop "$GUESTS/forker"
				until_true gone "$daemon"
			fi
			until_true empty
		done'
}
