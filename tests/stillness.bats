#!/usr/bin/env bats
# stillness.bats: processes that stand still inside execve hold nobody up.
#
# One stands there as long as a server does not answer, and whoever reads its
# /proc/PID/stat, maps, environ, exe or fd stands with it.  Here is always one of
# the same user, and as root one of another.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load lib/stuck

own_setup() {
	cp "$GUESTS/guest" "$GUESTS/daemonize" .
	[[ $BATS_TEST_DESCRIPTION != code:* ]] || return 0
	stuck_serve
	stuck_begin
	SAME=$BEGUN
	if [ "$(id -u)" = 0 ]; then
		stuck_begin setpriv --reuid=1001 --regid=1001 --clear-groups
		OTHER=$BEGUN
	fi
}

# soon STATUS COMMAND...: it ends with this, long before the server does; its
# output is in $output.
soon() {
	status=0
	timeout -k 2 $LIMIT "${@:2}" </dev/null >"$BATS_TEST_TMPDIR/output" 2>&1 \
		3>&- || status=$?
	output=$(cat "$BATS_TEST_TMPDIR/output")
	[ "$status" = "$1" ] ||
		fail "status $status, not $1: ${*:2}"$'\n'"$output"
}

# one [OPTION...]: an instance of the guest; $ONE is its pid.
one() { begin_guest ONE= onlyone "$@" ./guest; }

keeper() {
	soon 0 onlyonectl list --json
	KEEPER=$(jq '.[0].keeper' <<<"$output")
}

# kill_keeper [PID...]: it is killed, and these with it.
kill_keeper() {
	keeper
	killed "$KEEPER" "$@"
}

# still: they do.
still() {
	kill -0 "$STUCK_SERVER"
	alive "$SAME"
}

@test "launch: the first one, and later ones of each policy" {
	one
	soon 0 onlyone ./guest x
	soon 0 onlyone --skip ./guest
	soon 75 onlyone -n ./guest
	soon 75 onlyone -w 0.2 ./guest
	soon 75 onlyone --queue -w 0.2 ./guest
	soon 75 onlyone --join -w 0.2 ./guest
	soon 7 onlyone -k 2 ./guest exit 7
	soon 0 onlyone --dry-run ./guest
	assert_equal "$(constructors)" 2
	ended_by TERM "$ONE"
	soon 7 onlyone ./guest exit 7
	still
}

@test "verbs: list, status, count, pid, signal, activate, log, forget, wait, stop" {
	one -k a
	soon 0 onlyonectl list
	soon 0 onlyonectl status "$PWD/guest" a
	soon 0 onlyonectl count "$PWD/guest"
	assert_output 1
	soon 0 onlyonectl pid "$PWD/guest" a
	assert_output "$ONE"
	soon 0 onlyonectl signal CONT "$PWD/guest" a
	soon 0 onlyonectl activate "$PWD/guest" a
	soon 0 onlyonectl log "$PWD/guest" a
	soon 75 onlyonectl wait -w 0.2 "$PWD/guest" a
	soon 0 onlyonectl stop "$PWD/guest" a
	ended "$ONE"
	one
	soon 0 onlyonectl forget "$PWD/guest"
	soon 3 onlyonectl status "$PWD/guest"
	kill -TERM "$ONE"
	still
}

@test "verbs: stop ends what a shell has started, all of a tree, and all there are" {
	local both='./guest & ./guest & wait'
	begin onlyone --app=x sh -c "$both"
	wait_until 'they run' notes 'main.*' 2
	soon 0 onlyonectl stop x
	begin onlyone --app=x ./guest
	begin onlyone --app=y --lifetime=tree sh -c "$both"
	wait_until 'they run' notes 'main.*' 5
	soon 0 onlyonectl stop x
	soon 0 onlyonectl stop y
	soon 0 onlyonectl list -q
	ended $(noted 'main.*')
	still
}

@test "keeper: killed, the next launch, list, stop and status find the instance" {
	one
	for n in 1 2 3; do
		kill_keeper
		soon 0 onlyonectl status "$PWD/guest"
		soon 75 onlyone -n ./guest
		kill_keeper
		soon 0 onlyone ./guest
	done
	kill_keeper
	soon 0 onlyonectl stop "$PWD/guest"
	ended "$ONE"
	assert_equal "$(constructors)" 1
	still
}

@test "daemon: the copy is the instance, also with its keeper killed, and stop ends it" {
	soon 0 onlyone --app=d ./daemonize libc
	wait_until 'it is there' notes copy 1
	pid=$(noted copy)
	wait_until 'it is the instance' pid_is d "$pid"
	kill_keeper
	soon 75 onlyone -n --app=d ./daemonize libc
	kill_keeper
	soon 0 onlyonectl stop d
	ended "$pid"
	still
}

@test "tree: its parent killed, what is left keeps the slot, and no longer" {
	begin onlyone --app=t --lifetime=tree sh -c './guest wait go exit 0 & :'
	wait_until 'it runs' notes 'main.*' 1
	wait_until 'it is the instance' pid_is t "$(noted 'main.*')"
	killed "$BEGUN"
	kill_keeper
	soon 75 onlyone -n --app=t true
	: >go
	ended "$(noted 'main.*')"
	wait_until 'the slot is free' swept
	still
}

@test "tree: one that belongs to nobody may be of it: the slot is kept, the process is named, another is free" {
	stuck_orphan
	begin onlyone --app=t --lifetime=tree ./guest
	wait_until 'it runs' notes 'main.*' 1
	killed "$BEGUN" "$(noted 'main.*')"
	kill_keeper
	soon 69 onlyone --app=t true
	assert_output --partial "pid $ORPHAN, which may belong to it, cannot be looked at"
	soon 0 onlyone --app=other true
	soon 0 onlyone --app=other --lifetime=main true
	still
	stuck_free
	wait_until 'the slot is free' swept
}

@test "handler: it runs, one that becomes the program is the next instance" {
	one --on-activate='echo "$ONLYONE_PID $*"; ./guest wait go exit 5'
	begin onlyone ./guest x >said
	wait_until 'it runs' notes 'main.*' 2
	second=$(noted 'main.*' | tail -n 1)
	assert_equal "$(cat said)" "$ONE x"
	kill -TERM "$ONE"
	wait_until 'it is the instance' pid_is "$PWD/guest" "$second"
	: >go
	wait_until 'the slot is free' swept
	still
}

@test "hold and adopt: a process that is there becomes the instance" {
	begin sh -c 'onlyonectl hold job && : >held; exec sleep 300'
	wait_until 'it is held' test -e held
	soon 75 onlyone -n --app=job true
	soon 0 onlyonectl forget job
	begin ./guest
	guest_runs "$BEGUN"
	soon 0 onlyonectl adopt a "--pid=$BEGUN"
	soon 0 onlyonectl pid a
	assert_output "$BEGUN"
	soon 0 env DISPLAY=:71 onlyonectl stop a
	ended "$BEGUN"
	still
}

@test "itself: an instance that stands so is one, shown, and not two" {
	begin pid= onlyone --app=x "$GUESTS/stuck" exec "$STUCK/sock" sleep 300
	stands "$pid"
	soon 75 onlyone -n --app=x true
	soon 0 onlyone --app=x true
	soon 0 onlyonectl pid x
	assert_output "$pid"
	kill_keeper
	soon 75 onlyone -n --app=x true
	assert_output --partial "pid $pid"
	soon 0 onlyonectl list
	soon 75 onlyonectl stop -w 0.2 x
	stuck_free
	ended "$pid"
	wait_until 'the slot is free' swept
}

@test "itself: what an instance has started stands so: of a tree it keeps the slot, until it ends" {
	number=$(noted stuck | wc -l)
	begin onlyone --app=x --lifetime=tree sh -c 'echo $$ >main
		"$0" exec "$1" sleep 300 & wait' "$GUESTS/stuck" "$STUCK/sock"
	wait_until 'its child stands' notes stuck "$((number + 1))"
	main=$(cat main)
	child=$(noted stuck | tail -n 1)
	soon 75 onlyonectl stop -w 2 x
	ended "$main"
	soon 75 onlyone -n --app=x true
	kill_keeper "$BEGUN"
	soon 69 onlyone -n --app=x true
	assert_output --partial "pid $child, which may belong to it"
	soon 0 onlyonectl list
	stuck_free
	ended "$child"
	wait_until 'the slot is free' swept
}

@test "doctor: says which processes cannot be looked at, of this user" {
	soon 1 onlyonectl doctor
	assert_output --partial "process $SAME (stuck) cannot be looked at"
	[ -z "${OTHER-}" ] ||
		refute_output --partial "process $OTHER "
	stuck_free
	soon 0 onlyonectl doctor
	refute_output --partial 'cannot be looked at'
}

# touched TRACE...: what was opened, read or asked of which process, "PID FILE".
touched() {
	sed -nE 's,.*"/proc/([0-9]+)/?([^" ]*)".*,\1 \2,p' "$@" | sort -u
}

@test "others: of another user's process nothing is read but whose it is, and its status" {
	local files pid file foreign=0
	needs strace strace
	one
	kill_keeper
	# With its keeper, which stays.
	begin strace -f -qq -o trace1 onlyone --on-activate=true ./guest
	wait_until 'it has a keeper' eval '[ -n "$(keepers)" ]'
	soon 0 onlyone ./guest
	killed "$BEGUN"
	soon 1 strace -f -qq -o trace2 onlyonectl doctor
	soon 0 strace -f -qq -o trace3 onlyonectl stop --tree "$PWD/guest"
	wait_until 'the slot is free' swept
	soon 0 strace -f -qq -o trace4 onlyone --app=t --lifetime=tree ./guest \
		exit 0
	files=$(touched trace*)
	[ -n "$files" ]
	while read -r pid file; do
		[ "$(stat -c %u "/proc/$pid" 2>/dev/null || id -u)" \
			!= "$(id -u)" ] || continue
		foreign=$((foreign + 1))
		case $file in
		'' | status | comm) ;;
		*) fail "opened: /proc/$pid/$file" ;;
		esac
	done <<<"$files"
	[ "$foreign" -gt 0 ]
	still
}

# literals REGEX: the first string that stands behind it, wherever it does.
literals() {
	grep -rhozE --include=*.c "($1)[^;\"]*\"[^\"]*\"" cli | tr '\0' '\n' |
		sed -n 's/.*"\([^"]*\)"$/\1/p' | sort -u
}

# rows LAST: the names in the first column of the rows that end so.
rows() {
	sed -nE "s/^\| (.*) \| .* \| $1 \|\$/\1/p" cli/WAITS.md |
		grep -oE '`[^`]*`' | tr -d '`'
}

@test "code: what is read of other processes is listed in WAITS.md, and what may wait is read by look.c alone" {
	cd "$BATS_TEST_DIRNAME/.."
	prints "$(printf '%s\n' '' comm fd stat status task)" literals 'proc_path\('
	# Of one that has ended.
	assert_equal "$(grep -rlE 'proc_path\([^"]*"stat"' cli)" cli/core/slot/owner.c
	# In the child of a look.
	assert_equal "$(grep -rlE 'proc_path\([^"]*"fd"' cli)" cli/core/slot/lockfile.c
	# Whoever makes such a path by himself, but of our own.
	run grep -rnE --include=*.c '"/proc/' cli
	assert_equal "$(grep -vE '"/proc/(self|sys|locks|"|1/status)' <<<"$output")" ''
	assert_equal "$(grep -E '"/proc/"' <<<"$output" | cut -d: -f1 | sort)" \
		"$(printf '%s\n' cli/base/proc.c cli/core/key/identity.c \
			cli/core/key/typed.c cli/windows/kwin.c)"
	looks=$(literals 'look_(link|stat|open|file)\(|maps_name\('
		literals 'struct space [a-z]+ = '
		echo "fd/N"
		echo "task/TID/maps")
	assert_equal "$(rows 'by a look' | sort -u)" "$(sort -u <<<"$looks")"
}
