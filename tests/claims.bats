# claims.bats: the folders of the state and of one slot, and a claim that fails.
#
# $ONLYONE_DIR must be a real folder of the user's that no other user can write to, or
# the launch is refused with 73 and the reason (unit/state.c has a row for each;
# defaultroot.bats: where it is not set).  A slot is closed to others and contains no
# environment (forged files in it: forged.bats).  A failed write at the wrong moment
# makes no second instance.
# shellcheck disable=SC2016,SC2086
load lib/common

@test "root, slot: made where they are not, however long the path: 0700, files of 0600, no environment" {
	local parent=$ONLYONE_DIR long
	long=$parent/$(printf '%0200d' 1)
	mkdir -m 700 "$long"
	ONLYONE_DIR=$long/$(printf '%0200d' 2)
	ROOTS=("$ONLYONE_DIR")
	LITTER+=("$parent")
	export SECRET=do-not-write-me-down-4711
	begin bash -c 'umask 0; exec onlyone --on-activate=: "$GUESTS/guest"'
	guest_runs "$BEGUN"
	# Whatever HOME and TMPDIR are.
	env -i "PATH=$PATH" "ONLYONE_DIR=$ONLYONE_DIR" SECRET2=do-not-write-me-down-4712 \
		HOME=/nonexistent XDG_RUNTIME_DIR="$PWD" TMPDIR="$PWD" onlyone "$GUEST"
	assert_equal "$(constructors)" 1
	assert_equal "$(echo *)" '*'
	slot=$(the_slot)
	assert_equal "$(stat -c '%a %u %F' "$ONLYONE_DIR" "$slot")" \
		"700 $EUID directory"$'\n'"700 $EUID directory"
	assert_equal "$(stat -c '%a %u' "$slot"/* | sort -u)" "600 $EUID"
	[ -S "$slot/sock" ]
	assert_equal "$(<"$slot/pid")" "$BEGUN"
	run -1 flock -n "$slot/pid" true
	keeper_killed guest
	onlyone "$GUEST"
	prints ! '' grep -ra 'do-not-write-me-down' "$ONLYONE_DIR"
	# Pages of windows go with it, however many there are.
	for ((i = 100000; i < 100200; i++)); do : >"$slot/window-$i"; done
	frees killed "$BEGUN"
}

# unwritten COMMAND...: where no file may be written.
unwritten() {
	bash -c 'ulimit -c 0; ulimit -f 0; exec timeout $LIMIT "$@"' bash "$@"
}

# bats test_tags=check
@test "on-error: a state that cannot be written is 73 and says why; with run it runs, and says so" {
	prints -73 --partial 'File too large' unwritten onlyone "$GUEST"
	run -5 unwritten onlyone --lifetime=tree --on-error=run sh -c 'exit 5'
	assert_output --partial 'nothing prevents a second instance'
	ONLYONE_DIR=relative run -73 onlyone --on-error=refuse "$GUEST" exit 5
	[[ $output == onlyone:*relative* ]]
	untouched
	# Only for the state, and never where an instance answered.
	run -127 onlyone --on-error=run ./missing
	begin_guest onlyone "$GUEST"
	run -73 onlyone -n -E 73 --on-error=run "$GUEST"
	run -69 onlyone --on-error=run --must-deliver "$GUEST" x
	assert_equal "$(constructors)" 1
}

@test "on-error: what runs all the same leaves no record by which the next launch takes it for the instance, also where its pidfile was removed" {
	wants trace
	begin late= strace -D -qqo trace -e inject=bind:signal=STOP:when=1 \
		-e inject=fchmodat:error=ENOSPC onlyone -q --on-error=run "$GUEST"
	wait_until 'it is about to write its record' file_has trace 'stopped by'
	rm "$(slots)/pid"
	kill -CONT "$late"
	guest_runs "$late"
	run -5 launch "$GUEST" exit 5
	frees killed "$late"
}

@test "limit: a file for our words that is as long as it may be ends nobody" {
	while read -r code words; do
		echo "$words" >&2
		unwritten $words >out 2>err && fail 'it ended with 0'
		assert_equal "$?" "$code"
	done <<-END
		73 onlyone $GUEST
		73 onlyonectl seal app
		1 onlyone --on-error=run false
		71 onlyone --version
		71 onlyone --dry-run true
		71 onlyonectl list --json
	END
}

# would TEXT ARG...: what --dry-run says.
would() {
	run -0 onlyone --dry-run "${@:2}"
	assert_line --partial "would:       $1"
}

@test "dry-run: says what the launch would end with: of a script that holds, a lock file, a seal" {
	begin bash -c 'onlyonectl hold job && : >held && sleep 300'
	wait_until 'it holds' test -e held
	would "activate pid $BEGUN, which runs bash" -a job true
	run -0 ctl seal job
	would 'exit with 77: job is sealed' -a job -k new true
	# On an overlayfs nobody can tell who has a lock.
	lk=$(mktemp /dev/shm/onlyone-test.XXXXXX)
	LITTER+=("$lk")
	begin flock -sF "$lk" sh -c ': >locked; exec sleep 300'
	wait_until 'it is locked' test -e locked
	run -75 launch "--lock-file=$lk" -a x true
	would "exit with 75: ${output#onlyone: }" "--lock-file=$lk" -a x true
	would 'exit with 0: x is not' "--lock-file=$lk" -a x --skip true
	would 'start /' "--lock-file=$lk:shared" -a x true
	would 'start /' --lock-file=other -a x true
	[ ! -e other ]
}

@test "claims: a launch that finds the record of another one, killed meanwhile, in the folder that it has made begins anew" {
	wants trace
	begin strace -D -qqo calls -e inject=flock:signal=STOP:when=1 onlyone "$GUESTS/guest" exit 5
	wait_until 'it has made the folder' file_has calls 'stopped by'
	: >"$(echo "$ONLYONE_DIR"/guest-*)/info"
	kill -CONT "$BEGUN"
	ends "$BEGUN" 5
}
