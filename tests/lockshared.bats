#!/usr/bin/env bats
# as: root
# lockshared.bats: --lock-file in a folder that all may write into.
#
# Root launches; the stranger is uid 1001.  What links he has put there lead to is
# the kernel's business (fs.protected_symlinks), as for flock(1).
# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load lib/common

own_setup() {
	shared=$PWD/shared target=$PWD/own/target
	mkdir -m 700 own
	mkdir -m 1777 shared
	chmod 755 "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}" \
		"$BATS_TEST_TMPDIR" .
}

stranger() { setpriv --reuid=1001 --regid=1001 --clear-groups "$@"; }

# taken FILE REAL: that is what is locked.
taken() {
	begin_guest onlyone --lock-file="$1" -a app "$GUESTS/guest"
	# By its descriptor: flock(1) would open it so as to make it, which
	# fs.protected_regular forbids.
	run -1 sh -c 'exec 9<"$1" && flock -n 9' sh "$2"
	killed "$BEGUN"
	freed app
}

# bats test_tags=check
@test "link: of a stranger is followed where flock follows it" {
	: >"$target"
	stranger ln -s "$target" shared/lock
	if sh -c 'exec 9<shared/lock'; then
		taken shared/lock "$target"
	else
		run -73 launch --lock-file=shared/lock -a app true
		assert_output --partial 'Permission denied'
		no_slots
	fi
}

@test "link: one's own, one of the folder's owner, and one elsewhere are followed" {
	ln -s "$target" shared/lock
	taken shared/lock "$target"
	rm "$target"
	chown 1001 shared
	stranger ln -s "$target" shared/theirs
	taken shared/theirs "$target"
	rm "$target"
	mkdir -m 777 plain
	stranger ln -s "$target" plain/lock
	taken plain/lock "$target"
}

@test "file: a stranger's, and one that is not there yet, are locked as ever" {
	stranger touch shared/theirs
	taken shared/theirs shared/theirs
	taken shared/new shared/new
	stranger mkdir shared/folder
	taken shared/folder shared/folder
	stranger mkfifo shared/pipe
	run -73 launch --lock-file=shared/pipe -a app true
	assert_output --partial 'neither a file nor a folder'
}

@test "users: a name is each user's own, a lock file is the machine's" {
	local theirs=$PWD/theirs
	cp "$BUILD/onlyone" own.onlyone
	mkdir theirs
	chown 1001 theirs
	stranger touch shared/lock
	begin_guest onlyone -n -a job "$GUESTS/guest"
	run -0 stranger env ONLYONE_DIR="$theirs" ./own.onlyone -n -a job true
	killed "$BEGUN"
	freed job
	begin_guest onlyone -n -a job --lock-file=shared/lock "$GUESTS/guest"
	run -75 stranger env ONLYONE_DIR="$theirs" ./own.onlyone -n -a job \
		--lock-file=shared/lock true
	run -1 stranger flock -n shared/lock true
}
