#!/usr/bin/env bats
# doctor.bats: what onlyonectl doctor finds out about the state root.
#
# It makes there what a launch makes (on file systems that are full or
# read-only: full.bats), and leaves nothing.

# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load lib/common

# sick PATTERN: doctor says that of the state root.
sick() {
	run ctl doctor
	assert_failure 1
	assert_line --regexp "^WRONG .*$1"
	refute_line --regexp '^ok .*state root'
}

@test "doctor: leaves nothing, neither in a root nor of one that was not there" {
	: >"$ONLYONE_DIR/mine"
	run ctl doctor
	assert_success
	assert_equal "$(ls -A "$ONLYONE_DIR")" mine
	ONLYONE_DIR=$PWD/new run ctl doctor
	assert_success
	assert_line "ok     state root, made when needed: $PWD/new"
	[ ! -e new ]
}

@test "doctor: a root that cannot be made is wrong" {
	ONLYONE_DIR=$PWD/no/such/parent sick "$PWD/no/such/parent: No such file"
	ONLYONE_DIR=/proc/onlyone sick "/proc/onlyone"
}

@test "doctor: no quota left for any of what a launch makes is wrong" {
	local call n what
	ctl doctor >good
	timeout 60 strace -qq -o calls onlyonectl doctor
	for what in 'mkdirat "doctor"' 'openat "pid"' 'openat "info"' \
		'openat "image"' 'pwrite64 ' 'write .*\\n' 'bind doctor/sock'; do
		call=${what%% *}
		n=$(grep "^$call(" calls | grep -m1 -n -- "${what#* }" |
			cut -d: -f1)
		[ -n "$n" ] || fail "not made: $what"
		run timeout 60 strace -qq -o trace \
			-e "inject=$call:error=EDQUOT:when=$n" onlyonectl doctor
		assert_failure 1
		assert_line --regexp "WRONG.*$ONLYONE_DIR.*Disk quota exceeded"
		assert_equal "$(ls -A "$ONLYONE_DIR")" ''
	done
}

@test "doctor: a limit on the size of files is wrong, as it is for a launch" {
	run bash -c 'ulimit -f 0; timeout 60 onlyone "$0" exit 5 2>&1 | cat' \
		"$GUESTS/guest"
	assert_output --regexp "^onlyone: .*$ONLYONE_DIR.*File too large"
	run bash -c 'ulimit -f 0; timeout 60 onlyonectl doctor | cat'
	assert_line --regexp "WRONG.*$ONLYONE_DIR.*File too large"
	assert_equal "$(ls -A "$ONLYONE_DIR")" ''
}

@test "doctor: what a killed one has left is no matter, and goes" {
	mkdir "$ONLYONE_DIR/doctor"
	for file in pid info image sock; do
		echo 1 >"$ONLYONE_DIR/doctor/$file"
	done
	run ctl list
	assert_success
	run ctl doctor
	assert_success
	no_slots
}

@test "doctor: several at once" {
	local n pids=()
	for n in 1 2 3 4 5 6 7 8; do
		begin onlyonectl doctor >"said.$n"
		pids+=("$BEGUN")
	done
	for n in "${pids[@]}"; do
		ends "$n" 0
	done
	run ! grep WRONG said.*
	no_slots
}
