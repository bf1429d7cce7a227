# as: root
# reuse.bats: a pid that is reused at once.
#
# Owner and keeper die, and before anyone looks, their pid belongs to a bystander of
# the same user, which may be signalled.  We never take it for one of them: it is not
# listed, not signalled, holds no slot, gets none.  (At any moment, and other
# processes' pids: sim.)  In a pid namespace of its own /proc/sys/kernel/ns_last_pid
# determines which pid comes next.  (A record with a changed pid: forged.bats.)
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
		# unharmed: nothing was done to them.
		unharmed() {
			local p
			for p in "${theirs[@]}"; do
				kill -0 "$p"
				is "$(grep -c "^$p signal" "$mine.other" || :)" 0
				is "$(onlyonectl list --json | jq -c \
					"map(select(.pid == $p or .keeper == $p))")" "[]"
			done
		}
		# anew: the next launch starts, and the slot is free after it.
		anew() {
			started
			until_true empty
			unharmed
		}
	END
}

@test "reuse: the owner's number, its keeper killed with it; the keeper's, the instance alive" {
	within '
		start
		killed "$keeper" "$owner"
		bystander "$owner"
		# There is no instance, and all verbs say so.
		is "$(onlyonectl count guest)" 0
		for verb in stop "signal KILL" pid status activate; do
			gives 3 onlyonectl $verb guest
		done
		unharmed
		# And with no other word between.
		start
		killed "$keeper" "$owner"
		bystander "$owner"
		anew
		start onlyone --on-activate="echo \$1 >>$mine.ran" "$GUESTS/guest"
		killed "$keeper"
		bystander "$keeper"
		is "$(onlyonectl pid guest)" "$owner"
		launch again
		is "$code $(tail -n 1 "$mine.ran")" "0 again"
		[ "$(keeper_of guest)" != "$keeper" ]
		unharmed
		onlyonectl stop guest
		anew'
}

# Before Linux 6.15 the file of a zombie tells what a program has ended with.
@test "reuse: what a zombie with the owner's number has ended with is not told of the owner" {
	needs_points
	within '
		export ONLYONE_TEST_OLD=exitinfo PATH=$BUILD/points:$PATH
		start
		kill -STOP "$keeper"
		killed "$owner"
		wait "$owner" || :
		perl -e "do { open F, q(>/proc/sys/kernel/ns_last_pid) and print F
			$owner - 1 and close F or die; \$p = fork // die; exit 7 if !\$p }
			until \$p == $owner; sleep 1000" &
		until_true grep -qs ") Z " "/proc/$owner/stat"
		kill -CONT "$keeper"
		until_true empty
		onlyonectl log guest | grep "$owner  has ended, status unknown"'
}

@test "reuse: the number of what a tree has left, while a launch looks at that" {
	wants trace
	within '
		onlyone --lifetime=tree -a guest sh -c "sleep 300 & echo \$\$ \$! >$mine.pids; wait" &
		until_true test -s "$mine.pids"
		read -r main rest <"$mine.pids"
		killed $(the_keeper) $! "$main"
		strace -D -qqo "$mine.seen" -P "/proc/$rest/status" \
			-e inject=read:signal=STOP:when=1 onlyone -a guest "$GUESTS/guest" exit 5 &
		late=$!
		until_true grep -qs "stopped by" "$mine.seen"
		killed "$rest"
		bystander "$rest"
		kill -CONT "$late"
		ends "$late" 5
		unharmed'
}

@test "reuse: --replace tells a process of a tree that has the number of the one told before it, too" {
	within '
		mkfifo "$mine.next"
		onlyone --lifetime=tree -a guest bash -c "{ trap \"\" TERM; read -r <$mine.next
			echo \$((\$\$ - 1)) >/proc/sys/kernel/ns_last_pid
			env --default-signal sleep 300 & echo \$! >$mine.pid; } & exec \"\$0\" catch 15" "$GUESTS/guest" &
		until_true notes "main 3" 1
		owner=$(noted "main 3")
		onlyone --replace -a guest "$GUESTS/guest" exit 5 &
		late=$!
		until_true has "^$owner signal 15"
		kill -STOP $(the_keeper)
		killed "$owner"
		echo 1<>"$mine.next"
		until_true grep -qsx "$owner" "$mine.pid"
		kill -CONT $(the_keeper)
		ends "$late" 5'
}
