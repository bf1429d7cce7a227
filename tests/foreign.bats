# as: root
# foreign.bats: what belongs to another user or process, and processes that do not
# count.
#
# Sockets, folders and processes of another user: we trust none, and harm none.  Only
# root can set such scenes up; the launching user is uid 1000, or root in a root of
# uid 1000.
load lib/common

own_setup() {
	open_scene
}

# by UID COMMAND...: as that user.
by() {
	timeout -k 5 $LIMIT setpriv --reuid="$1" --regid="$1" --clear-groups "${@:2}"
}

user() { by 1000 "$@"; }

# begin_user COMMAND...: begin_guest, as uid 1000.
begin_user() {
	begin_guest setpriv --reuid=1000 --regid=1000 --clear-groups "$@"
}

# bats test_tags=check
@test "foreign: root is refused; another user's keeper, pid and files are not believed" {
	begin_user onlyone "$GUEST"
	slot=$(echo "$ONLYONE_DIR"/*)
	run -0 timeout $LIMIT "$BATS_TEST_DIRNAME/lib/wire.py" "$slot" '
for kind in (QUERY, ACTIVATE, WATCH):
    assert send(frame(kind, "arg=x")).closed()'
	run -73 onlyone "$GUEST"
	run -0 user onlyone "$GUEST"
	[ "$(constructors)" = 1 ]
	killed "$(user onlyonectl list --json | jq '.[0].keeper | select(. > 0)')" "$BEGUN"
	echo 1 >"$slot/pid"
	run -3 user onlyonectl stop guest
	run -5 user onlyone "$GUEST" exit 5
	freed
	mkdir -m 777 "$slot"
	prints -73 --partial "$slot" user onlyone "$GUEST" exit 5
	chown 1000:1000 "$slot"
	chmod 700 "$slot"
	echo 1 >"$slot/pid"
	chmod 666 "$slot/pid"
	run -73 user onlyone "$GUEST" exit 5
	[ "$(<"$slot/pid")" = 1 ]
	rm "$slot/pid"
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
    c.close()' "$slot" "$PWD/heard"
	wait_until 'it listens' test -S "$slot/sock"
	run user onlyone "$GUEST" exit 5 secret-argument
	[ "$status" = 5 ] || [ "$status" = 73 ] || fail "status $status: $output"
	# We have sent it nothing.
	[ ! -s heard ]
	killed "$BEGUN"
	rm -rf "$slot"
}

@test "foreign: an instance that became root is single, not ours to signal (77) or to adopt" {
	# A setuid copy.
	cp "$GUEST" rootly
	chown 0:0 rootly
	chmod 4755 rootly
	begin setpriv --reuid=1000 --regid=1000 --clear-groups \
		onlyone --signal=USR1 ./rootly uid 0
	wait_until 'it has become root' file_has "$GUEST_LOG" "^$BEGUN is 0$"
	prints -77 --partial onlyone: user onlyone ./rootly
	prints -77 --partial "$BEGUN" user onlyonectl stop rootly
	run -77 user onlyonectl signal TERM rootly
	kill -KILL "$(user onlyonectl list --json | jq '.[0].keeper | select(. > 0)')"
	run -77 user onlyone ./rootly
	prints "$BEGUN" user onlyonectl pid rootly
	[ "$(constructors)" = 1 ]
	frees killed "$BEGUN"
	# The status of it, a group's, or a hidden one is unknown before it is reaped: not 0.
	cp "$GUEST-static" grouply
	chgrp 4711 grouply
	chmod 2755 grouply
	printf '#!/usr/bin/python3\nimport ctypes\nctypes.CDLL(None).prctl(4, 0, 0, 0, 0)\nexit(3)\n' >dimly
	chmod 755 dimly
	for run in 'rootly uid 0' grouply dimly; do
		begin perl -e 'exec @ARGV unless fork; sleep 1000' setpriv --reuid=1000 \
			--regid=1000 --clear-groups onlyone ./$run exit 3
		wait_until 'it has ended' eval "user onlyonectl log ${run%% *} |
			grep -v 'status 137$' >log; grep 'has ended' log"
		file_has log 'status unknown'
		ended_by KILL "$BEGUN"
	done
	# Nor does anybody adopt another user's process.
	begin_guest "$GUEST"
	run -6 user onlyone --adopt "$GUEST" exit 6
	freed
	chown 0 "$ONLYONE_DIR"
	begin_user "$GUESTS/guest-static"
	run -6 launch --adopt "$GUESTS/guest-static" exit 6
}

@test "foreign: --join of one that became root ends as it does, once its parent has reaped it" {
	local joiner keeper pid by=(setpriv --reuid=1000 --regid=1000 --clear-groups)
	wants trace
	install -m 4755 "$GUEST" rootly
	mkfifo reap
	begin perl -e 'exec @ARGV unless fork; open F, "<", "reap"; wait; sleep 1000' \
		"${by[@]}" onlyone -q ./rootly uid 0 wait end exit 3
	wait_until 'it has become root' notes 'is 0' 1
	pid=$(noted 'is 0')
	begin joiner= "${by[@]}" onlyone -q --join ./rootly uid 0 wait end exit 3
	wait_until 'it joins' eval 'user onlyonectl log rootly | grep joins'
	keeper=$(user onlyonectl list --json | jq '.[].keeper')
	begin strace -qqo seen -p "$keeper" -e inject=ioctl:signal=STOP:when=2
	wait_until 'it is traced' traced "$keeper"
	: >end
	wait_until 'it has asked of a zombie twice' file_has seen 'stopped by'
	echo >reap
	wait_until 'that is reaped' test ! -e "/proc/$pid"
	kill -CONT "$keeper"
	ends "$joiner" 3
}

@test "foreign: a program with privileges is named, with what helps; its daemon in a tree" {
	local helps='if it becomes a daemon, onlyone cannot follow it'
	helps+=$'\nonlyone: use --lifetime=main and run it in the foreground, or use --lifetime=tree'
	for kind in uid gid cap; do cp "$GUEST" "plain-$kind"; done
	cp "$GUESTS/forker" agent-gid
	chown 1001 plain-uid
	chmod 4755 plain-uid
	chgrp 1001 ./*-gid
	chmod 2755 ./*-gid
	# CAP_NET_RAW, as ping has it (linux/capability.h, revision 2).
	/usr/bin/python3 -c 'import os, struct
os.setxattr("plain-cap", "security.capability",
    struct.pack("<IIIII", 0x02000001, 1 << 13, 0, 0, 0))'
	while read -r kind words; do
		run -5 --separate-stderr user onlyone "./plain-$kind" exit 5
		assert_equal "$stderr" "onlyone: ./plain-$kind $words: $helps"
		prints -5 '' user onlyone -q "./plain-$kind" exit 5
	done <<-'END'
		uid is set-user-ID
		gid is set-group-ID
		cap has privileges of its own
	END
	begin setpriv --reuid=1000 --regid=1000 --clear-groups onlyone \
		--lifetime=tree ./agent-gid daemon
	wait_until 'the daemon is there' notes here 1
	daemon=$(noted here)
	wait_until 'the first process has ended' eval \
		'user onlyonectl list --raw | grep -qE "^(0	held|$daemon	)"'
	prints -75 --partial "$PWD/agent-gid is now pid $daemon, which it has started" \
		user onlyone ./agent-gid daemon
	user onlyonectl stop agent-gid
	ended "$BEGUN" "$daemon"
}

# --- users that the user namespace does not map -----------------------------------

# There every unmapped user is 65534, and would trust every other one.

@test "unmapped: launch and verbs are 73, and nobody else gets the arguments" {
	wants ids userns
	run -73 --separate-stderr user unshare --user onlyone "$GUEST" x
	says 'not mapped*map it'
	run -4 user unshare --user onlyone --on-error=run "$GUEST" exit 4
	run -5 user unshare --map-current-user onlyone "$GUEST" exit 5
	freed
	prints -1 --regexp 'WRONG.*not mapped' user unshare --user onlyonectl doctor
	for verb in list 'stop guest' 'count guest' 'hold guest' 'seal guest'; do
		prints -73 --partial 'not mapped' user unshare --user onlyonectl $verb
	done
	: >"$GUEST_LOG"
	chmod 666 "$GUEST_LOG"
	chown 65534 "$ONLYONE_DIR"
	# Where all are mapped, 65534 is a user as any other.
	begin_guest setpriv --reuid=65534 --regid=65534 --clear-groups \
		onlyone --on-activate='printf "<%s>" "$@" >>heard' "$GUEST"
	: >heard
	chmod 666 heard
	run -0 by 65534 onlyone "$GUEST" a b
	assert_equal "$(<heard)" '<a><b>'
	chmod 755 "$ONLYONE_DIR" "$(slots)"
	chmod 666 "$(slots)"/*
	run -73 user unshare --user onlyone "$GUEST" secret
	assert_equal "$(<heard)" '<a><b>'
}
