# as: root
# rulefiles.bats: the files that a rule or a launch names, and what another user does
# to them.
#
# A rule that needs its file starts a second instance without it, by design.  The user
# is uid 1000, the stranger uid 1001, and they share a folder like /tmp.
load lib/common

own_setup() {
	open_scene
	APP=$scene/app shared=$scene/shared target=$scene/own/target
	cp "$GUEST" app
	mkdir -m 1777 shared
	mkdir -m 700 own
	mkdir -p home/.config/onlyone/rules
	rule=$scene/home/.config/onlyone/rules/app
	chown -R 1000:1000 home own
	USER_IS=(setpriv --reuid=1000 --regid=1000 --clear-groups env "HOME=$scene/home")
	RULED=("${USER_IS[@]}" "LD_PRELOAD=$BUILD/libonlyone.so")
}

user() { timeout -k 5 $LIMIT "${USER_IS[@]}" "$@"; }
stranger() { timeout -k 5 $LIMIT setpriv --reuid=1001 --regid=1001 --clear-groups "$@"; }

# one OPTION [WORDS]: by the rule with this option the app runs once, and the log says
# so, once; without WORDS it says nothing of a file.  BEFORE: what starts it.
BEFORE=()
one() {
	local words=0
	echo "$1" >"$rule"
	: >"$GUEST_LOG"
	begin_guest "${BEFORE[@]}" "${RULED[@]}" "$APP" >said 2>&1
	run -0 timeout -k 5 $LIMIT "${BEFORE[@]}" "${RULED[@]}" "$APP" --skip exit 5
	assert_equal "$(constructors)" 1
	pid_user "$BEGUN"
	user onlyonectl log "$APP" >told
	[ -z "${2-}" ] || words=1
	assert_equal "$(grep -c 'runs without a file of its rule: ' told)" $words ||
		fail "$(<told)"
	grep -qe "${2-}" told || fail "$(<told)"
	prints '' cat said
}

pid_user() { assert_equal "$(user onlyonectl pid "$APP")" "$1"; }

# refused OPTION WORDS: typed, it is 73, with the reason, and nothing starts.
refused() {
	: >"$GUEST_LOG"
	run -73 --separate-stderr user onlyone -a typed "$1" "$APP" exit 5
	says "$2"
	assert_equal "$(constructors)" 0
	no_slots
}

# clean: the next row.
clean() {
	frees killed "$BEGUN"
	rm -rf shared/* own/*
}

# costs OPTION: of each line HOW|WORDS, the stranger makes the file in that way.
costs() {
	local how words
	while IFS='|' read -r how words; do
		echo "$1: $how" >&2
		(cd shared && stranger sh -c "$how")
		refused "$1=$shared/file" "$words"
		one "$1=$shared/file" "$words"
		[ ! -e "$target" ] || fail 'it has made what a link leads to'
		[ ! -f shared/file ] || [ ! -s shared/file ] || fail 'it is written to'
		clean
	done
}

@test "rule: an output file of another user's, made first, costs that file, and not the one instance; the log says so, once; what is typed is refused" {
	costs --output <<-END
		umask 077; : >file|Permission denied
		umask 0; : >file|it is another user's
		umask 0; mkfifo file|it is a FIFO
		ln -s "$target" file|it is a link
		mkdir file|Is a directory
	END
}

# bats test_tags=check
@test "rule: a lock file of another user's, made first, costs that file, and not the one instance; the log says so, once; what is typed is refused" {
	costs --lock-file <<-END
		umask 077; : >file|Permission denied
		umask 0; mkfifo file|neither a file nor a folder
		ln -s "$target" file|is a link
	END
}

@test "rule: of a file in a folder of the stranger's; where there is no folder, or no room" {
	wants mount
	stranger mkdir -m 755 shared/his
	stranger ln -s "$target" shared/his/file
	for option in --output --lock-file; do
		refused "$option=$shared/his/file" 'a link'
		one "$option=$shared/his/file" 'a link'
		frees killed "$BEGUN"
		one "$option=$shared/none/file" 'No such file or directory'
		frees killed "$BEGUN"
		BEFORE=(unshare -m sh -c 'mount -t tmpfs -o nr_inodes=1,mode=777 none \
			"$0" && exec "$@"' "$shared/his")
		one "$option=$shared/his/file" 'No space left on device'
		frees killed "$BEGUN"
		BEFORE=()
	done
	[ ! -e "$target" ]
}

@test "rule: a lock file of another user's that can be opened excludes as ever, also with a second name; a later launch in line does without one that cannot" {
	stranger sh -c 'umask 022; : >shared/file'
	ln shared/file shared/second
	one "--lock-file=$shared/file"
	run -1 stranger flock -n shared/file true
	run -1 stranger flock -n shared/second true
	frees killed "$BEGUN"
	run -0 stranger flock -n shared/file true
	begin other= setpriv --reuid=1001 --regid=1001 --clear-groups \
		flock -F shared/file sleep 300
	wait_until 'it is locked' refute flock -n shared/file true
	run -75 timeout -k 5 $LIMIT "${RULED[@]}" "$APP" exit 5
	assert_output --partial "pid $other (sleep) has its lock file"
	killed "$other"
	rm shared/*
	printf '%s\n' "--lock-file=$shared/file" --wait >"$rule"
	: >"$GUEST_LOG"
	begin_guest first= "${RULED[@]}" "$APP"
	begin next= "${RULED[@]}" "$APP"
	wait_until 'it waits' \
		eval 'user onlyonectl log "$APP" | grep -q "$next  *waits in line"'
	rm shared/file
	stranger sh -c 'umask 077; : >shared/file'
	killed "$first"
	guest_runs "$next"
	pid_user "$next"
	prints --partial 'without a file of its rule: cannot open the lock file' \
		user onlyonectl log "$APP"
}

@test "output: a file with other names in a shared folder is not written to, but one that all may write into; root's is, and one's own" {
	echo secret >own/secret
	chown 1000 own/secret
	ln own/secret shared/file
	refused "--output=$shared/file" 'it has other names'
	prints secret cat own/secret
	rm shared/file
	user install -m 666 /dev/null shared/file
	stranger ln shared/file shared/again
	user onlyone --output="$shared/file" echo printed
	install -m 666 /dev/null shared/roots
	user onlyone --output="$shared/roots" echo printed
	for file in file roots; do prints printed cat "shared/$file"; done
}

# bats test_tags=check
@test "link: of another user's in a folder of his own is no output file and no lock file; to a folder it is followed, by root never" {
	mkdir -m 755 his
	mkdir -m 777 his/release his/root
	chown -R 1001 his
	stranger ln -s "$target" his/file
	stranger ln -s release his/current
	chown 0 his/root
	ln -s root his/roots
	for option in --output --lock-file; do
		refused "$option=$scene/his/file" 'a link'
		one "$option=$scene/his/file" 'a link'
		frees killed "$BEGUN"
		for folder in current roots; do
			run -0 user onlyone "$option=$scene/his/$folder/$option" echo printed
		done
		[ -e "his/release/$option" ]
		run -73 --separate-stderr env "ONLYONE_DIR=$scene/root" \
			onlyone "$option=$scene/his/current/roots" "$APP" exit 5
		says 'a link'
		[ ! -e his/release/roots ]
		run -0 env "ONLYONE_DIR=$scene/root" \
			onlyone "$option=$scene/his/roots/root$option" echo printed
	done
	[ ! -e "$target" ] || fail 'it has made what a link leads to'
	prints printed cat his/release/--output
	prints printed cat his/root/root--output
}

@test "swapped: a folder and a link that change places lead nowhere, at no moment" {
	stranger mkdir shared/real
	stranger ln -s "$scene/own" shared/his
	begin setpriv --reuid=1001 --regid=1001 --clear-groups /usr/bin/python3 -c '
import ctypes, os, sys
os.chdir(sys.argv[1])
libc = ctypes.CDLL(None)
while True:
    libc.renameat2(-100, b"real", -100, b"his", 2)' "$shared"
	chmod 777 shared/real shared/his 2>/dev/null || :
	chmod 700 own
	for i in {1..150}; do
		user onlyone -q --lock-file="$shared/his/target" -a app true 2>/dev/null || :
		user onlyone -q --output="$shared/his/target" -a app true 2>/dev/null || :
		[ ! -e "$target" ] || fail "round $i has made it"
	done
}
