# as: root
# reuse.bats: a number that comes to somebody else at once.
#
# Owner, keeper, and the launch that is its parent die, and before anybody looks their
# pid is a bystander's, of the same user, who may be signalled.  He is never
# taken for one of them: not listed, not signalled, holds no slot, gets none.
# In a pid namespace of its own /proc/sys/kernel/ns_last_pid says which pid
# comes next.  (A record with a changed number is in forged.bats.)
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
			for verb in stop "signal KILL" pid status activate; do
				gives 3 onlyonectl $verb guest
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

@test "reuse: the owner's number, its keeper killed with it, or asleep" {
	within '
		for guest in guest guest-static; do
			start onlyone -a guest "$GUESTS/$guest"
			killed "$keeper" "$owner"
			bystander "$owner"
			nobody
			[ $guest = guest ] || continue
			# And with no other word between.
			start
			killed "$keeper" "$owner"
			bystander "$owner"
			anew
		done
		start
		kill -STOP "$keeper"
		killed "$owner"
		bystander "$owner"
		for verb in stop "signal KILL"; do
			! timeout $LIMIT onlyonectl $verb guest >"$mine.said" 2>&1 || exit
			unharmed
		done
		kill -CONT "$keeper"
		until_true empty
		anew'
}

@test "reuse: the keeper's number, and that of a launch that stays as the parent, the instance alive" {
	within '
		for how in daemon tree; do
			: >"$GUEST_LOG"
			onlyone --lifetime=$how --on-activate="echo \$1 >>$mine.ran" "$GUESTS/guest" &
			parent=$!
			until_true has " main "
			owner=$(sed -n "s/ main .*//p" "$GUEST_LOG")
			keeper=$(keeper_of guest)
			if [ $how = tree ]; then
				# Its program goes on.
				killed "$parent"
				bystander "$parent"
			fi
			killed "$keeper"
			bystander "$keeper"
			is "$(onlyonectl pid guest)" "$owner"
			launch $how
			is "$code $(tail -n 1 "$mine.ran")" "0 $how"
			[ "$(keeper_of guest)" != "$keeper" ]
			unharmed
			onlyonectl stop guest
			until_true gone "$owner"
			until_true empty
			anew
		done'
}
