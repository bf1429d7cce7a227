#!/usr/bin/env bats
# as: user (no right is asked for)
# flock.bats: flock(1)'s command line, done with onlyone, beside flock(1).
#
# Each case runs with the one and with the other, each in a folder of its own:
# what ran, in what order, and each status must be the same.  tests/lib/flock
# is what translates; the cases of util-linux's own test are among these.
# shellcheck disable=SC2016,SC2086,SC2154
load lib/common

own_setup() {
	# A file system on which a mapping holds a lock.
	TOP=$ONLYONE_DIR.files
	mkdir "$TOP"
	LITTER+=("$TOP")
}

# alike CASE [ARG...]: the same with both; $ran is what they wrote.
alike() {
	local by
	for by in flock onlyone; do
		rm -rf "${TOP:?}/$by"
		mkdir "$TOP/$by"
		cd "$TOP/$by"
		F=flock
		[ $by = flock ] || F=$BATS_TEST_DIRNAME/lib/flock
		mkfifo gate
		exec 8<>gate
		"$@"
		exec 8>&-
	done
	diff "$TOP/flock/ran" "$TOP/onlyone/ran"
	ran=$(cat "$TOP/onlyone/ran")
}

# does ARG...: that, to its end, and write down how it ended.
does() {
	local status=0
	timeout $LIMIT $F "$@" >>ran 2>said 3>&- || status=$?
	echo "status $status" >>ran
}

# holds [OPTION...]: somebody has the file until `let_go`.
holds() {
	begin HOLDER= "$F" "$@" file sh -c 'echo locking; read -r _ <gate
		echo unlocking' >>ran
	wait_until 'it has it' grep -q locking ran
}

let_go() {
	echo >&8
	ended "$HOLDER"
}

# waits: whatever has begun last is not over, and waits for a lock.
waits() {
	local pid=$BEGUN call
	call=$(cut -d ' ' -f 1 "/proc/$pid/syscall")
	case $(uname -m)$call in
	x86_6473 | aarch6432) ;;
	*) false ;;
	esac
}

case_plain() {
	does file echo ran
	does file sh -c 'exit 7'
	does file sh -c 'kill -TERM $$'
	does -n -E 9 file sh -c 'exit 1'
	[ -f file ]
	stat -c %a file >>ran
}

@test "flock: a command runs, and its status is the status" {
	alike case_plain
	[[ $ran == *'status 7'*'status 143'*'status 1'* ]]
}

# case_held HOW: by somebody in that mode, whatever mode is wanted.
case_held() {
	local how
	holds "$1"
	for how in '' -s -e -x --shared --exclusive '-s -x' '-x -s' \
		'--no-fork' '-o -s'; do
		does -n $how file echo "$how"
		does --nonblock $how --conflict-exit-code 123 file echo "$how"
		does -w 0.05 -E 5 $how file echo "$how"
	done
	let_go
	does -n file echo free
}

@test "flock: held shared or alone, each way to want it" {
	alike case_held --shared
	[[ $ran == *'status 123'*free* ]]
	grep -x -- '-s' <<<"$ran"
	alike case_held --exclusive
	run ! grep -x -- '-s' <<<"$ran"
}

case_several() {
	holds -s
	begin "$F" -s file sh -c 'echo too' >>ran
	ends "$BEGUN" 0
	does -n -s file echo and this
	does -n file echo not this
	let_go
}

@test "flock: several share it" { alike case_several; }

case_after() {
	holds "$1"
	shift
	begin "$F" "$@" file echo after >>ran
	wait_until 'it waits' waits
	let_go
	ends "$BEGUN" 0
}

@test "flock: who waits runs after the other, with a limit or without" {
	for how in '' '-w 60' '--timeout 60 -E 5' -s; do
		alike case_after -x $how
		assert_equal "$ran" 'locking
unlocking
after'
	done
	alike case_after -s -x
}

case_gone() {
	holds
	kill -KILL "$HOLDER" $(pgrep -P "$HOLDER")
	ended "$HOLDER"
	does -w 60 file echo next
}

@test "flock: killed, the next one has it" { alike case_gone; }

case_lines() {
	does file -c 'echo "a b"; exit 3'
	does -n file --command 'echo "$0"; :'
	holds
	does -n file -c 'echo never'
	let_go
	SHELL=/bin/bash does file -c 'echo ${BASH_VERSION%%.*}'
}

@test "flock: a line for the shell" {
	alike case_lines
	run ! grep never <<<"$ran"
}

case_files() {
	mkdir folder
	does folder echo folder
	does -n "$PWD/folder" echo again
	begin "$F" folder sh -c 'echo has it >>ran; read -r _ <gate'
	wait_until 'it has it' grep -q 'has it' ran
	does -n folder echo never
	does -n ./folder/ echo never
	echo >&8
	ended "$BEGUN"
	: >only
	chmod 444 only
	does only echo only
	ln -s only link
	begin "$F" link sh -c 'echo has that >>ran; read -r _ <gate'
	wait_until 'it has it' grep -q 'has that' ran
	does -n only echo never
	echo >&8
	ended "$BEGUN"
	does -n 'a b:shared' echo odd
	[ -f 'a b:shared' ]
}

@test "flock: a folder, a link, a file that may not be written, odd names" {
	alike case_files
	run ! grep never <<<"$ran"
}

case_inner() {
	does file "$F" -n file echo never
	does -s file "$F" -n -s file echo shared
	does file "$F" -n other echo other
}

@test "flock: within itself it is as if it were another" {
	alike case_inner
	run ! grep never <<<"$ran"
}

case_count() {
	local i pids=()
	echo 0 >n
	for i in {1..12}; do
		begin "$F" file sh -c 'read -r n <n; echo $((n + 1)) >n.new
			mv n.new n'
		pids+=("$BEGUN")
	done
	all_end 0 "${pids[@]}"
	cat n >>ran
}

@test "flock: twelve at once, one after the other" {
	alike case_count
	assert_equal "$ran" 12
}

@test "flock: the two exclude each other" {
	cd "$TOP"
	mkfifo gate
	exec 8<>gate
	F=flock
	holds
	F=$BATS_TEST_DIRNAME/lib/flock
	does -n file echo never
	let_go
	: >ran
	holds -s
	F=flock
	does -n file echo never
	does -n -s file echo shared
	let_go
	run ! grep never ran
	grep -x shared ran
}

@test "flock: what cannot be said is refused" {
	cd "$TOP"
	F=$BATS_TEST_DIRNAME/lib/flock
	exec 9>file
	does -n 9
	does -u 9
	does --verbose file true
	does -u file true
	run cat ran
	assert_output 'status 64
status 64
status 64
status 64'
}
