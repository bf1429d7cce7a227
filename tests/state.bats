#!/usr/bin/env bats
# state.bats: the folder that holds the state.
#
# $ONLYONE_DIR: a real folder, the user's, that nobody else can write to, or
# the launch is refused with 73 and the reason.  Where it is not set: see
# defaultroot.bats; what is in it: slot.bats.
load lib/common

# refused WORD...: 73, one line that has these words, nothing started.
refused() {
	local word
	run -73 --separate-stderr launch "$GUESTS/guest" exit 5
	assert_output ''
	[[ ${stderr_lines[0]} == onlyone:* ]]
	for word; do
		[[ $stderr == *"$word"* ]] || fail "no '$word' in: $stderr"
	done
	assert_equal "$(constructors)" 0
}

# works: a first launch, and a second that finds it.
works() {
	begin_guest onlyone "$GUESTS/guest"
	run -0 launch "$GUESTS/guest"
	assert_equal "$(constructors)" 1
	prints "$BEGUN" ctl pid guest
}

# bats test_tags=check,both
@test "root: ONLYONE_DIR is used, and made if it is not there" {
	local parent=$ONLYONE_DIR
	ONLYONE_DIR=$parent/new
	ROOTS=("$ONLYONE_DIR")
	works
	[[ $(the_slot) == "$ONLYONE_DIR"/* ]]
	assert_equal "$(stat -c %a "$ONLYONE_DIR")" 700
	frees killed "$BEGUN"
	rm -rf "$parent"
}

# bats test_tags=check
@test "root: a relative ONLYONE_DIR is 73" {
	ONLYONE_DIR=here refused here
	ONLYONE_DIR=./here refused ./here
	[ ! -e here ]
}

# bats test_tags=check
@test "root: a symlink is 73, to one's own folder too" {
	mkdir -m 700 real
	ln -s "$PWD/real" link
	ONLYONE_DIR=$PWD/link refused "$PWD/link"
	ONLYONE_DIR=$PWD/link/ refused "$PWD/link"
	[ -z "$(ls -A real)" ]
}

# bats test_tags=check,both
@test "root: writable by group or others is 73" {
	for mode in 770 702 777 1777 720; do
		chmod "$mode" "$ONLYONE_DIR"
		refused "$ONLYONE_DIR" writ
	done
	chmod 700 "$ONLYONE_DIR"
}

# bats test_tags=check
@test "root: somebody else's folder is 73" {
	local foreign=/var/lib/misc
	if [ "$(id -u)" = 0 ]; then
		chown 1000:1000 "$ONLYONE_DIR"
		refused "$ONLYONE_DIR" belongs
		chown 0:0 "$ONLYONE_DIR"
	else
		[ "$(stat -c %u "$foreign")" = 0 ]
		ONLYONE_DIR=$foreign refused "$foreign" belongs
	fi
}

# bats test_tags=check
@test "root: a file, a socket, a folder that cannot be made are 73" {
	: >file
	ONLYONE_DIR=$PWD/file refused "$PWD/file"
	ONLYONE_DIR=$PWD/file/below refused "$PWD/file/below"
	ONLYONE_DIR=$PWD/no/such/parent refused "$PWD/no/such/parent"
	mkfifo fifo
	ONLYONE_DIR=$PWD/fifo refused "$PWD/fifo"
}

@test "root: a full or read-only place is 73 with the reason" {
	# /proc takes no folders, from nobody.
	ONLYONE_DIR=/proc/onlyone refused /proc/onlyone
}

# bats test_tags=check
@test "root: a path longer than a socket address holds works" {
	long=$ONLYONE_DIR/$(printf '%0200d' 1)
	mkdir -m 700 "$long"
	long=$long/$(printf '%0200d' 2)
	mkdir -m 700 "$long"
	ONLYONE_DIR=$long
	ROOTS=("$long" "${ROOTS[@]}")
	works
	killed "$BEGUN"
	wait_until 'its slot is gone' eval '[ -z "$(left_in "$long")" ]'
	rm -rf "${ROOTS[1]:?}"/*
}

# bats test_tags=check
@test "root: an unset HOME, XDG_RUNTIME_DIR or TMPDIR changes nothing" {
	begin_guest onlyone "$GUESTS/guest"
	run -0 env -i "PATH=$PATH" "ONLYONE_DIR=$ONLYONE_DIR" \
		HOME=/nonexistent XDG_RUNTIME_DIR="$PWD" TMPDIR="$PWD" timeout \
		20 onlyone "$GUESTS/guest"
	assert_equal "$(constructors)" 1
	assert_equal "$(ls -A)" ''
}
