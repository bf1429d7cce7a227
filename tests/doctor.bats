#!/usr/bin/env bats
# doctor.bats: what onlyonectl doctor finds out about the state root, and what
# it says to do.
#
# It makes there what a launch makes (on file systems that are full or
# read-only: full.bats), leaves nothing, and its advice does no harm to what is
# not onlyone's: ONLYONE_DIR may name anything by mistake.

# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load lib/common

# sick PATTERN: doctor says that of the state root.
sick() {
	run ctl doctor
	assert_failure 1
	assert_line --regexp "^WRONG .*$1"
	refute_line --regexp '^ok .*state root'
}

# harmless WORD...: a launch and doctor refuse this root, in these words, and
# say to choose another, not what to do to this one.
harmless() {
	local said word
	run --separate-stderr launch "$GUESTS/guest" exit 5
	assert_equal "$status" 73
	said=$stderr
	sick "$ONLYONE_DIR"
	for word; do
		[[ $said == *"$word"* && $output == *"$word"* ]] ||
			fail "no '$word': $said"
	done
	for word in "$said" "$output"; do
		[[ $word == *'set ONLYONE_DIR'* ]] || fail "no way out: $word"
		[[ ! $word =~ chmod|chown|remove|rm\ |delete ]] ||
			fail "harm: $word"
	done
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

@test "advice: ONLYONE_DIR that is a folder for all, a file, a link, another's" {
	mkdir -m 1777 shared
	ONLYONE_DIR=$PWD/shared harmless writable
	: >file
	ONLYONE_DIR=$PWD/file harmless 'not a directory'
	ln -s "$PWD/shared" link
	ONLYONE_DIR=$PWD/link harmless 'symbolic link'
	ONLYONE_DIR=/etc/passwd harmless /etc/passwd
	if [ "$(id -u)" = 0 ]; then
		ONLYONE_DIR=/tmp harmless 'writable'
		mkdir foreign
		chown 1000 foreign
		ONLYONE_DIR=$PWD/foreign harmless 'another user'
	else
		ONLYONE_DIR=/tmp harmless 'another user'
		ONLYONE_DIR=/etc harmless 'another user'
	fi
}

@test "advice: ONLYONE_DIR with other things in it: never to remove them" {
	local name=backup-0123456789abcdef0123456789abcdef
	mkdir "$ONLYONE_DIR/$name"
	: >"$ONLYONE_DIR/$name/letter"
	run ctl doctor
	assert_failure 1
	assert_line --regexp "^WRONG .*$name"
	refute_output --regexp 'chmod|chown|remove|rm |delete'
	[ -e "$ONLYONE_DIR/$name/letter" ]
	rm -r "${ONLYONE_DIR:?}/$name"
	ln -s /etc "$ONLYONE_DIR/$name"
	run ctl doctor
	assert_failure 1
	assert_line --regexp "^WRONG .*$name"
	refute_output --regexp 'chmod|chown|remove|rm |delete'
	rm "$ONLYONE_DIR/$name"
}
