#!/usr/bin/env bats
# as: root
# foreign.bats: what belongs to somebody else.
#
# Sockets, folders and processes of another user: none is trusted, none is
# harmed.  Root alone can set such scenes, so this file runs as root; the one
# who launches is uid 1000, or root at the door of uid 1000.
load lib/common

own_setup() {
	# Where uid 1000 can go as well; bats' own folder is root's alone.
	scene=$(mktemp -d /var/tmp/onlyone-test.XXXXXX)
	LITTER+=("$scene")
	chmod 755 "$scene"
	cd "$scene" || return 1
	GUEST_LOG=$scene/log
	: >"$GUEST_LOG"
	chown 1000:1000 "$ONLYONE_DIR" "$GUEST_LOG"
}

# user COMMAND...: as uid 1000.
user() {
	timeout -k 5 $LIMIT setpriv --reuid=1000 --regid=1000 --clear-groups "$@"
}

# begin_user COMMAND...: begin_guest, as uid 1000.
begin_user() {
	begin_guest setpriv --reuid=1000 --regid=1000 --clear-groups "$@"
}

# bats test_tags=check
@test "foreign: root is refused at another user's socket, client and launch" {
	begin_user onlyone "$GUESTS/guest"
	prints "$BEGUN" user onlyonectl pid guest
	run timeout $LIMIT "$BATS_TEST_DIRNAME/lib/wire.py" "$(echo "$ONLYONE_DIR"/*)" '
for kind in (QUERY, ACTIVATE, WATCH):
    assert send(frame(kind, "arg=x")).closed()'
	assert_success
	run -73 launch "$GUESTS/guest"
	[ "$(constructors)" = 1 ]
	run -0 user onlyone "$GUESTS/guest"
	[ "$(constructors)" = 1 ]
}

# bats test_tags=check
@test "foreign: a keeper of another user on the socket is not believed" {
	begin_user onlyone "$GUESTS/guest"
	slot=$(echo "$ONLYONE_DIR"/*)
	killed "$(user onlyonectl list --json | jq '.[0].keeper')" "$BEGUN"
	rm -f "$slot/sock"
	begin /usr/bin/python3 -c '
import os, socket, sys
os.chdir(sys.argv[1])
s = socket.socket(socket.AF_UNIX)
s.bind("sock")
os.chmod("sock", 0o777)
s.listen(50)
while True:
    c, _ = s.accept()
    open(sys.argv[2], "ab").write(c.recv(100000))
    c.close()
' "$slot" "$PWD/heard"
	wait_until 'it listens' test -S "$slot/sock"
	run user onlyone "$GUESTS/guest" exit 5 secret-argument
	[ "$status" = 5 ] || [ "$status" = 73 ] || fail "status $status: $output"
	# It has not been told a word.
	[ ! -s heard ]
	kill -KILL "$BEGUN"
	rm -rf "$slot"
}

# bats test_tags=check
@test "foreign: a slot folder or its files made by another user are refused" {
	begin_user onlyone "$GUESTS/guest"
	slot=$(echo "$ONLYONE_DIR"/*)
	frees killed "$BEGUN"
	mkdir -m 777 "$slot"
	prints -73 --partial "$slot" user onlyone "$GUESTS/guest" exit 5
	chown 1000:1000 "$slot"
	chmod 700 "$slot"
	echo 1 >"$slot/pid"
	chmod 666 "$slot/pid"
	run -73 user onlyone "$GUESTS/guest" exit 5
	assert_equal "$(cat "$slot/pid")" 1
	rm -rf "$slot"
	run -5 user onlyone "$GUESTS/guest" exit 5
}

# A setuid copy that has become root: not uid 1000's to signal.
begin_root_guest() {
	cp "$GUESTS/guest" rootly
	chown 0:0 rootly
	chmod 4755 rootly
	begin setpriv --reuid=1000 --regid=1000 --clear-groups \
		onlyone "$@" ./rootly uid 0
	wait_until 'it has become root' file_has "$GUEST_LOG" "^$BEGUN is 0$"
}

@test "foreign: an instance that became root is single, shown, and not ours to signal: 77" {
	begin_root_guest
	run -0 user onlyone ./rootly
	[ "$(constructors)" = 1 ]
	prints "$BEGUN" user onlyonectl pid rootly
	prints -77 --partial "$BEGUN" user onlyonectl stop rootly
	run -77 user onlyonectl signal TERM rootly
	prints "$BEGUN" user onlyonectl pid rootly
}

@test "foreign: an instance that became root has its end seen, and its keeper replaced" {
	begin_root_guest
	kill -KILL "$(user onlyonectl list --json | jq '.[0].keeper')"
	run -0 user onlyone ./rootly
	[ "$(constructors)" = 1 ]
	frees killed "$BEGUN"
}

@test "foreign: --signal to an instance that became root is 77, told to the launch" {
	begin_root_guest --signal=USR1
	prints -77 --partial onlyone: user onlyone ./rootly
	alive "$BEGUN"
}

# bats test_tags=check
@test "foreign: a pid that is another user's now is no instance" {
	begin_user onlyone "$GUESTS/guest"
	slot=$(echo "$ONLYONE_DIR"/*)
	killed "$(user onlyonectl list --json | jq '.[0].keeper')" "$BEGUN"
	echo 1 >"$slot/pid"
	prints 0 user onlyonectl count guest
	run -3 user onlyonectl stop guest
	frees run -5 user onlyone "$GUESTS/guest" exit 5
}

# privileged NAME PROGRAM: a copy of it for each kind of privileges.
privileged() {
	cp "$GUESTS/$2" "$1-uid"
	cp "$GUESTS/$2" "$1-gid"
	cp "$GUESTS/$2" "$1-cap"
	chown 1001:1000 "$1-uid"
	chmod 4755 "$1-uid"
	chgrp 1001 "$1-gid"
	chmod 2755 "$1-gid"
	# CAP_NET_RAW, as ping has it (linux/capability.h, revision 2).
	/usr/bin/python3 -c 'import os, struct, sys
os.setxattr(sys.argv[1], "security.capability",
    struct.pack("<IIIII", 0x02000001, 1 << 13, 0, 0, 0))' "$1-cap"
}

@test "foreign: a program with privileges of its own is named at launch, as is what helps" {
	local helps='if it becomes a daemon, that is not followed; run it in the'
	helps+=' foreground (--lifetime=main), or use --lifetime=tree'
	privileged plain guest
	while read -r kind words; do
		run -5 --separate-stderr user onlyone "./plain-$kind" exit 5
		assert_equal "${#stderr_lines[@]}" 1
		[[ $stderr == "onlyone: ./plain-$kind $words: $helps" ]] ||
			fail "$stderr"
		for option in -q --lifetime=main --lifetime=tree; do
			run -5 --separate-stderr user onlyone "$option" \
				"./plain-$kind" exit 5
			assert_equal "$option: $stderr" "$option: "
		done
		# Once, also by a launch that waits for its turn.
		run --separate-stderr user onlyone --wait "./plain-$kind" exit 5
		assert_equal "${#stderr_lines[@]}" 1
	done <<-'END'
		uid is set-user-ID
		gid is set-group-ID
		cap has privileges of its own
	END
	# Its own group is no privilege.
	chown 1000:1000 plain-gid
	chmod 2755 plain-gid
	run -5 --separate-stderr user onlyone ./plain-gid exit 5
	assert_equal "$stderr" ''
}

@test "foreign: a set-group-ID daemon keeps its place with --lifetime=tree, as the note says" {
	privileged agent daemonize
	begin setpriv --reuid=1000 --regid=1000 --clear-groups onlyone \
		--lifetime=tree ./agent-gid libc
	wait_until 'the daemon is there' grep -q copy "$GUEST_LOG"
	daemon=$(sed -n 's/ copy$//p' "$GUEST_LOG")
	wait_until 'the first process has ended' eval \
		'user onlyonectl list --raw | grep -qE "^(0	held|$daemon	)"'
	run -75 user onlyone -n ./agent-gid libc
	[ "$(grep -c copy "$GUEST_LOG")" = 1 ]
	# It runs, and nobody says that it does not.
	for words in 'onlyone ./agent-gid libc' 'onlyonectl pid agent-gid' \
		'onlyonectl activate agent-gid' 'onlyonectl signal USR1 agent-gid'; do
		run -75 --separate-stderr user $words
		[[ $stderr == *": $PWD/agent-gid goes on as pid $daemon, which it has\
 started and which may not be looked at; its parent, pid $BEGUN, keeps its\
 place until that ends" ]] || fail "$words: $stderr"
	done
	run -0 user onlyonectl doctor
	assert_line --partial "its parent, pid $BEGUN, keeps its place"
	user onlyonectl stop agent-gid
	ended "$BEGUN" "$daemon"
}
