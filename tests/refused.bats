# as: user (the same calls are refused to root)
# refused.bats: where a seccomp filter (of a service, a container) refuses some calls,
# there is still one instance, or a launch gives up and says so; nothing is left.
# shellcheck disable=SC2154
load lib/common

# refuses ERROR CALLS COMMAND...
refuses() { timeout -k 5 $LIMIT "$GUESTS/refuse" "$@"; }

# alike ERROR CALLS STOP: a first launch, a second one, one that waits, and stop, which
# ends with STOP, all work, and nothing is left.
alike() {
	echo "$@" >&2
	: >"$GUEST_LOG"
	local first waits how=("$GUESTS/refuse" "$1" "$2")
	begin_guest first= "${how[@]}" onlyone --on-activate='echo handled' "$GUEST"
	prints -0 handled refuses "$1" "$2" onlyone "$GUEST" x
	run -75 refuses "$1" "$2" onlyone -n "$GUEST"
	begin waits= "${how[@]}" onlyone -w 600 "$GUEST" exit 9
	wait_until 'it waits' eval 'ctl log guest | grep -q "waits in line"'
	notes constructor 1
	run "-$3" refuses "$1" "$2" onlyonectl stop guest
	[ "$3" = 0 ] || kill "$first"
	ends "$waits" 9
	freed
	notes constructor 2
	run -5 refuses "$1" "$2" onlyone "$GUEST" exit 5
	freed
}

# bats test_tags=check
@test "refused: without poll, or ppoll, or both, an instance is one, can be waited for, and its keeper ends" {
	wants x86-64 # others have no poll
	alike ENOSYS poll 0
	alike EPERM ppoll 0
	alike EPERM poll,ppoll 0
}

@test "refused: a keeper that may not poll keeps no processor busy" {
	begin_guest "$GUESTS/refuse" ENOSYS poll,ppoll onlyone "$GUEST"
	wait_until 'it has a keeper' keeper_of guest
	keeper=$(keeper_of guest)
	ticks() { awk '{ print $14 + $15 }' "/proc/$keeper/stat"; }
	before=$(ticks)
	# Another one counts time as the machine does.
	run -124 timeout 1 sleep 5
	[ $(($(ticks) - before)) -lt 50 ]
}

@test "refused: with no netlink, what has lost its files is found, and stays one" {
	begin_guest onlyone --on-activate='echo handled' "$GUEST"
	keeper=$(keeper_of guest)
	stopped "$keeper"
	rm -r "$ONLYONE_DIR"/guest-*
	kill -CONT "$keeper"
	prints -0 handled refuses EAFNOSUPPORT netlink onlyone "$GUEST" x
	run -75 refuses EAFNOSUPPORT netlink onlyone -n "$GUEST"
	notes constructor 1
}

@test "refused: with no netlink, a keeper that cannot answer, and has no files, is believed" {
	begin_guest onlyone "$GUEST"
	keeper=$(keeper_of guest)
	stopped "$keeper"
	# Moved, as to a trash can, then removed.
	mkdir trash
	mv "$ONLYONE_DIR"/guest-* trash/
	for error in EAFNOSUPPORT EPERM; do
		run -69 refuses $error netlink onlyone "$GUEST" exit 5
	done
	rm -r trash
	for error in EAFNOSUPPORT EPERM; do
		run -69 refuses $error netlink onlyone "$GUEST" exit 5
	done
	notes constructor 1
	kill -CONT "$keeper"
}

@test "refused: the lock of fcntl(2) on a --lock-file: 73, and nothing runs, whoever has it; where there is no such lock, flock has to do" {
	wants x86-64 # elsewhere the lower half of an argument may be the second
	local file=$PWD/lock
	begin /usr/bin/python3 -c 'import fcntl, sys, time
fcntl.lockf(open(sys.argv[1], "w"), fcntl.LOCK_EX)
print(file=open("up", "w"))
time.sleep(1000)' "$file"
	wait_until 'it is locked' test -s up
	for error in EPERM ENOMEM ENOLCK EIO; do
		prints -73 --partial "cannot lock the lock file $file: " \
			refuses $error record_lock onlyone --lock-file="$file" "$GUEST"
		untouched
	done
	killed "$BEGUN"
	run -5 refuses EINVAL record_lock onlyone --lock-file="$file" "$GUEST" exit 5
}

@test "refused: each call, with each error: one instance, and nothing left; or a launch says what is refused" {
	for error in EPERM ENOSYS; do
		for calls in poll ppoll poll,ppoll,select,pselect6 statx ioctl netlink \
			openat2 pidfd_getfd fstatfs statfs,fstatfs close_range signalfd4 \
			inotify_init1 waitid epoll_create1,epoll_pwait poll,ppoll,netlink,ioctl,statx; do
			alike $error $calls 0
		done
		# A number may be another process's by now: nothing is signalled by it.
		alike $error pidfd_send_signal 77
		: >"$GUEST_LOG"
		prints -71 --partial pidfd_open refuses $error pidfd_open onlyone "$GUEST"
		untouched
	done
}
