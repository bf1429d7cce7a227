#!/usr/bin/env bats
# as: user (no right is asked for)
# ctlrace.bats: onlyonectl where things go slowly, wrong, or away meanwhile.
#
# A keeper that is slow (stopped here, and continued) or killed proves nothing
# about its instance; what cannot be told or written is said, never 0.
# shellcheck disable=SC2016,SC2030,SC2031,SC2086,SC2154
load lib/common

# A program that goes into the background when it is told to end; its copy
# notes "PID copy", and "PID term" when it is told to end.
daemon_on_term='
import os, signal, sys, time
def note(what):
    with open(os.environ["GUEST_LOG"], "a") as f:
        f.write("%d %s\n" % (os.getpid(), what))
def end(sig, frame):
    note("term")
    os._exit(0)
def leave(sig, frame):
    if os.fork():
        os._exit(0)
    os.setsid()
    signal.signal(signal.SIGTERM, end)
    note("copy")
signal.signal(signal.SIGTERM, leave)
signal.alarm(200)
note("main")
while True:
    time.sleep(100)
'

begin_leaver() {
	begin_guest onlyone --app=leaver /usr/bin/python3 -c "$daemon_on_term"
	first=$BEGUN
	keeper=$(keeper_of leaver)
}

# The pid of the copy, once there is one.
copy_runs() {
	wait_until 'the copy runs' file_has "$GUEST_LOG" ' copy$'
	copy=$(sed -n 's/ copy$//p' "$GUEST_LOG")
}

# leaver_told: it has left a copy, told to stop; its keeper is stopped.
leaver_told() {
	begin_leaver
	stopped "$keeper"
	begin onlyonectl stop -w 20 leaver
	copy_runs
	ended "$first"
}

@test "stop: a keeper that is slow does not mean that it has ended" {
	leaver_told
	# Time for a wrong answer: many times what a question to it was given.
	sleep 0.3
	alive "$BEGUN" || fail 'it was said to be over'
	kill -CONT "$keeper"
	ends "$BEGUN" 0
	gone "$copy" || fail "the copy, pid $copy, runs on"
	grep -qx "$copy term" "$GUEST_LOG"
}

@test "stop: a keeper that stays silent is 69, and named" {
	begin_leaver
	stopped "$keeper"
	run --separate-stderr ctl stop -w 1 leaver
	kill -CONT "$keeper"
	assert_equal "$status" 69
	[[ $stderr == onlyonectl:*leaver*"$keeper"* ]] || fail "$stderr"
}

# Two instances of one application; the first leaves 0.3 s after TERM.
two_scopes() {
	begin one= onlyone --app=both sh -c \
		'trap "sleep 0.3; exit 0" TERM; : >up; while :; do sleep 0.1; done'
	wait_until 'the first runs' test -e up
	XDG_SESSION_ID=7 begin_guest two= onlyone --scope=session --app=both \
		"$GUESTS/guest" catch 15
}

@test "stop --all: each is sent TERM once; --wait has no limit" {
	two_scopes
	prints -75 --partial "$two" ctl stop --all -w 2 both
	gone "$one"
	prints 1 grep -cx "$two signal 15" "$GUEST_LOG"
	begin onlyonectl stop --all --wait both
	SECONDS=0
	wait_until 'ten seconds are over' eval '[ "$SECONDS" -gt 11 ]'
	alive "$BEGUN"
	killed "$two"
	ends "$BEGUN" 0
}

@test "app: of singletons in several scopes the user's own is meant" {
	two_scopes
	prints "$one" ctl pid both
	XDG_SESSION_ID=8 begin_guest onlyone --scope=session --app=two "$GUEST"
	XDG_SESSION_ID=9 begin_guest onlyone --scope=session --app=two "$GUEST"
	prints -64 --partial session:8 ctl pid two
	assert_output --partial session:9
	XDG_SESSION_ID=9 run ctl pid two
	assert_output "$BEGUN"
}

@test "signal: reaches the copy whose keeper was killed; nobody is forgotten" {
	begin_leaver
	stopped "$keeper"
	kill -TERM "$first"
	copy_runs
	ended "$first"
	killed "$keeper"
	prints "$copy" ctl pid leaver
	prints 1 ctl count leaver
	prints --partial "activate pid $copy" launch --dry-run --app=leaver true
	run -0 ctl signal TERM leaver
	frees ended "$copy"
}

# An instance without a keeper, whose lock somebody else holds for a while
# (a launch that was stopped in its claim does).
begin_locked() {
	begin_guest instance= onlyone "$@"
	slot=$(the_slot)
	keeper=$(keeper_of guest)
	killed "$keeper"
	wait_until 'the lock is free' flock -n "$slot/pid" true
	begin locker= flock "$slot/pid" sh -c ': >locked; exec sleep 100'
	wait_until 'it is locked' test -e locked
}

# A new keeper for the guest, so that nothing is left behind.
keep_again() {
	launch "$GUESTS/guest"
	is_keeper "$(keeper_of guest)"
}

unlock() {
	kill -KILL "$locker" "$(cat "/proc/$locker/task/$locker/children")"
}

@test "activate: a slot that stays locked is 69, and said" {
	begin_locked "$GUESTS/guest"
	run -69 --separate-stderr ctl activate guest -- lost
	[[ $stderr == onlyonectl:*guest* ]] || fail "says: $stderr"
	unlock
	keep_again
}

@test "activate: a closed stream is closed for the handler, no descriptor of ours" {
	T=$PWD
	export T
	with_handler 'readlink "/proc/$$/fd/0" >"$T/stdin" || echo none >"$T/stdin"'
	ctl activate guest <&-
	prints none cat stdin
	ctl activate guest </dev/zero
	prints /dev/zero cat stdin
}

@test "doctor: names a slot folder without info, and one that is held" {
	local name=odd-0123456789abcdef0123456789abcdef
	mkdir "$ONLYONE_DIR/$name"
	run -1 ctl doctor
	assert_line --regexp "WRONG.*$name.*no readable info"
	: >"$ONLYONE_DIR/$name/pid"
	begin flock "$ONLYONE_DIR/$name/pid" sh -c ': >locked; exec sleep 100'
	wait_until 'it is locked' test -e locked
	run -1 ctl doctor
	assert_line --partial "fuser -v $ONLYONE_DIR/$name/pid"
	rm -r "${ONLYONE_DIR:?}/$name"
	run -0 ctl doctor
	begin_locked "$GUESTS/guest"
	run -1 ctl doctor
	assert_line --regexp "WRONG.*guest, pid $instance"
	unlock
	keep_again
}

@test "list --json: names the keeper of a silent instance, and 0 where it has none" {
	begin_guest onlyone "$GUESTS/guest"
	keeper=$(keeper_of guest)
	stopped "$keeper"
	run ctl list --json
	kill -CONT "$keeper"
	assert_equal "$(jq -c '.[0] | [.state, .keeper]' <<<"$output")" \
		"[\"not-responding\",$keeper]"
	killed "$keeper"
	run ctl list --json
	assert_equal "$(jq -c '.[0] | [.state, .keeper]' <<<"$output")" \
		'["no-keeper",0]'
	keep_again
}

@test "dry-run: an instance without its keeper, and one whose keeper is silent" {
	begin_guest onlyone "$GUESTS/guest"
	keeper=$(keeper_of guest)
	stopped "$keeper"
	run -0 launch --dry-run "$GUESTS/guest"
	assert_line --regexp "^would: +end with 69: .*pid $BEGUN.*pid $keeper"
	killed "$keeper"
	run -0 launch --dry-run "$GUESTS/guest"
	assert_line --regexp "^would: +activate pid $BEGUN$"
	run launch --dry-run --skip "$GUESTS/guest"
	assert_line --regexp "^would: +skip, for pid $BEGUN"
	# It has touched nothing.
	prints --partial no-keeper ctl list
	keep_again
}

@test "unseen: an instance whose pid is not known is 69 for pid, signal and stop" {
	begin_guest onlyone "$GUESTS/guest"
	slot=$(the_slot)
	keeper=$(keeper_of guest)
	# As a keeper records it that has a stand-in for the owner: pid=0.
	stopped "$keeper"
	/usr/bin/python3 - "$slot/info" <<-'END'
		import os, re, sys
		data = open(sys.argv[1], "rb").read()
		data = re.sub(rb"\0pid=\d+\0", b"\0pid=0\0", data)
		open(sys.argv[1] + ".x", "wb").write(data)
		os.chmod(sys.argv[1] + ".x", 0o600)
		os.rename(sys.argv[1] + ".x", sys.argv[1])
	END
	kill -KILL "$keeper"
	# A keeper that answers so.
	begin /usr/bin/python3 - "$slot" <<-'END'
		import os, socket, struct, sys
		os.chdir(sys.argv[1])
		since = [f[6:] for f in open("info", "rb").read().split(b"\0")
		    if f.startswith(b"since=")][0]
		os.unlink("sock")
		s = socket.socket(socket.AF_UNIX)
		s.bind("sock")
		s.listen(50)
		while True:
		    c, _ = s.accept()
		    c.recv(65536)
		    body = b"state=running\0app=guest\0pid=0\0since=" + since
		    body += b"\0keeper=1\0activations=0\0"
		    c.sendall(b"1one" + struct.pack("=HHI", 1, 70, len(body)) + body)
		    c.close()
	END
	wait_until 'it answers' eval \
		'[ "$(ctl list --json | jq -c ".[0] | [.state, .pid]")" = "[\"running\",0]" ]'
	for line in 'pid guest' 'signal TERM guest' 'stop -w 2 guest'; do
		run --separate-stderr ctl $line
		assert_equal "$line: $status" "$line: 69"
		[[ $stderr == onlyonectl:*'cannot be seen'* ]] ||
			fail "$line says: $stderr"
	done
	killed "$BEGUN"
	rm -rf "$slot"
}

@test "output: what cannot be written is 71, said, for every verb that prints" {
	begin_guest onlyone "$GUESTS/guest"
	for line in list 'list --json' 'status guest' 'status nothing' \
		'pid guest' 'count guest' doctor --help --version; do
		status=0
		ctl $line >/dev/full 2>err || status=$?
		assert_equal "$line: $status" "$line: 71"
		grep -q '^onlyonectl: cannot write' err
		status=0
		ctl $line >&- 2>err || status=$?
		assert_equal "$line, closed: $status" "$line, closed: 71"
	done
	# What does not print does not care.
	ctl signal CONT guest >&-
}

# bats test_tags=check
@test "options: one that the verb does not take is 64, and named" {
	begin_guest onlyone "$GUESTS/guest"
	for line in 'stop --json' 'pid --all' 'status -w1' 'status --json' \
		'activate --all' 'signal --kill-after=1 HUP' \
		'wait --kill-after=1' 'count --wait=1'; do
		run --separate-stderr ctl $line guest
		assert_equal "$line: $status" "$line: 64"
		[[ $stderr == "onlyonectl: ${line%% *} does not take -"* ]] ||
			fail "$line says: $stderr"
	done
	alive "$BEGUN"
	prints 1 ctl count --all guest
}

@test "options: what is wrong with one is said of that one" {
	prints -64 --partial "'--json=x' takes no argument" ctl list --json=x
	prints -64 --partial "'-x'" ctl --json -qx list
	run -64 ctl stop guest --kill-after
	assert_output --partial "'--kill-after' needs an argument"
	prints -64 --partial "'-w' needs an argument" ctl stop guest -w
	prints -64 --partial 'usage: onlyonectl pid APP [KEY]' ctl pid
	prints -64 --partial "'b'" ctl list a b
}

# bats test_tags=check
@test "--: ends the options, and begins what is handed over" {
	begin_guest onlyone --app=-q --on-activate='printf "<%s>" "$@"' \
		"$GUESTS/guest"
	prints "$BEGUN" ctl pid -- -q
	prints "$BEGUN" ctl -- pid -q
	run -0 ctl status -- -q
	run -3 ctl pid -- -q more
	run -64 ctl activate -- x
	begin_guest onlyone --app=q --on-activate='printf "<%s>" "$@"' \
		"$GUESTS/guest"
	prints '<--help><--><x>' ctl activate q -- --help -- x
	run -0 ctl activate q --
}

# bats test_tags=check
@test "help: onlyonectl VERB --help prints it" {
	for verb in list status pid count activate wait stop signal doctor; do
		prints -0 --partial 'Usage: onlyonectl' ctl "$verb" --help
	done
}
