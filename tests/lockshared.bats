# as: root
# lockshared.bats: --lock-file in a world-writable folder, or another user's.
#
# We follow nothing that another user has put there, whatever fs.protected_symlinks
# says.  Root launches; the stranger is uid 1001.
load lib/common

own_setup() {
	shared=$PWD/shared target=$PWD/own/target
	mkdir -m 700 own
	mkdir -m 1777 shared
	chmod 755 "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}" \
		"$BATS_TEST_TMPDIR" .
}

stranger() { setpriv --reuid=1001 --regid=1001 --clear-groups "$@"; }

# refused FILE: with the reason, and nothing is made or started.
refused() {
	run -73 --separate-stderr launch --lock-file="$1" -a app true
	says 'may have put there'
	[ ! -e "$target" ] || fail "it has made $target"
	no_slots
}

# taken FILE REAL: that is what is locked.
taken() {
	begin_guest onlyone --lock-file="$1" -a app "$GUEST"
	# By its descriptor: flock(1) would open it so as to make it, which
	# fs.protected_regular forbids.
	run -1 sh -c 'exec 9<"$1" && flock -n 9' sh "$2"
	killed "$BEGUN"
	freed app
}

# bats test_tags=check
@test "link: of a stranger is not followed, and a hard one is only a name, however the path is written, whether its target is there or not" {
	stranger ln -s "$target" shared/lock
	refused "$shared/lock"
	refused "$PWD/own/../shared/.//lock"
	cd shared
	refused lock
	cd ..
	# By one of one's own, and as a folder on the way.
	ln -s "$shared/lock" own/mine
	refused own/mine
	stranger ln -s "$PWD/own" shared/folder
	stranger mkdir shared/theirs
	stranger ln -s ../folder shared/theirs/again
	refused shared/theirs/again/target
	: >own/there
	stranger ln -s "$PWD/own/there" shared/full
	refused shared/full
	# Nothing is written into a file that is only locked: its names do not matter.
	ln own/there shared/hard
	taken shared/hard own/there
	# Nor does a link lead anywhere in a folder that may be a stranger's.
	stranger ln -s "$target" shared/theirs/lock
	refused shared/theirs/lock
}

@test "link: one's own is followed, another user's not in his own folder either, nor in one open to all; a stranger's file, and one that is not there yet, locked as ever" {
	ln -s "$target" shared/lock
	taken shared/lock "$target"
	rm "$target"
	stranger touch shared/theirs
	taken shared/theirs shared/theirs
	taken shared/new shared/new
	stranger mkdir shared/folder
	taken shared/folder shared/folder
	stranger mkfifo shared/pipe
	prints -73 --partial 'neither a file nor a folder' \
		launch --lock-file=shared/pipe -a app true
	chown 1001 shared
	stranger ln -s "$target" shared/owned
	refused shared/owned
	mkdir -m 777 plain
	stranger ln -s "$target" plain/lock
	refused plain/lock
}

@test "race: a link that comes and goes leads nowhere at any moment" {
	begin stranger /usr/bin/python3 -c '
import contextlib, os, sys
os.chdir(sys.argv[1])
while True:
    with contextlib.suppress(OSError):
        os.symlink(sys.argv[2], "lock")
    with contextlib.suppress(OSError):
        os.unlink("lock")' "$shared" "$target"
	for i in {1..150}; do
		launch -q --lock-file=shared/lock -a app true 2>/dev/null || :
		rm -f shared/lock
		[ ! -e "$target" ] || fail "round $i has made it"
	done
}

@test "users: a name is each user's own, a lock file is the machine's" {
	local theirs=$PWD/theirs
	cp "$BUILD/onlyone" own.onlyone
	install -d -o 1001 theirs
	stranger touch shared/lock
	begin_guest onlyone -n -a job --lock-file=shared/lock "$GUEST"
	run -0 stranger env ONLYONE_DIR="$theirs" ./own.onlyone -n -a job true
	run -75 stranger env ONLYONE_DIR="$theirs" ./own.onlyone -n -a job \
		--lock-file=shared/lock true
}
