#!/usr/bin/env bats
# as: user (no right is asked for)
# idioms.bats: what people write with other tools, and the line instead.
#
# Each tool does the case in which it is weak, and beside it the same is done with
# onlyone; the plain cases of all of them are in table.bats.  flock, setlock,
# lckdo, s6-setlock, sem and start-stop-daemon are the real ones.
load lib/common

own_setup() {
	# sem keeps its files there.
	export HOME=$PWD/home
	mkdir home
}

# begun NAME COMMAND...: that in front of a job, in the background, which is
# there when it is to be: it runs until the file NAME.gate.
begun() {
	local name=$1
	shift
	begin "$@" sh -c ': >"$1.in"
		until [ -e "$1.gate" ]; do sleep 0.02; done; exit 4' sh "$name" \
		</dev/null >>out 2>&1
	wait_until "the job $name runs" test -e "$name.in"
}

# finished PID NAME: it ends then, with the job's status.
finished() {
	: >"$2.gate"
	ends "$1" 4
	rm -f "$2.gate" "$2.in"
}

# turned_away STATUS COMMAND...: that in front of a job ends so, without it.
turned_away() {
	local expected=$1 status=0
	shift
	timeout -k 5 $LIMIT "$@" touch ran </dev/null >>out 2>&1 3>&- || status=$?
	[ "$status" = "$expected" ] || fail "$*: $status, not $expected"
	[ ! -e ran ] || fail "$*: it has run"
}

# runs COMMAND...: in front of a job it runs that.
runs() {
	timeout -k 5 $LIMIT "$@" touch ran </dev/null >>out 2>&1 3>&- ||
		fail "$*: $?: $(tail -n 2 out)"
	[ -e ran ] || fail "$*: it has not run"
	rm ran
}

# excludes STATUS COMMAND...: one at a time; a second one is turned away.
excludes() {
	local status=$1 one
	shift
	begun plain "$@"
	one=$BEGUN
	turned_away "$status" "$@"
	finished "$one" plain
	runs "$@"
}

# leaves COMMAND...: a job that leaves a child behind in the background.
leaves() {
	timeout -k 5 $LIMIT "$@" sh -c 'sleep 300 & echo $! >left' \
		</dev/null >>out 2>&1 3>&-
	LEFT=$(cat left)
	alive "$LEFT"
}

# holds_on STATUS COMMAND...: the weak case of every lock that is a descriptor:
# a child in the background keeps it.
holds_on() {
	local status=$1
	shift
	leaves "$@"
	turned_away "$status" "$@"
	killed "$LEFT"
}

# lets_go COMMAND...: it does not.
lets_go() {
	leaves "$@"
	freed job
	runs "$@"
	alive "$LEFT"
	killed "$LEFT"
}

# closing, daemon COMMAND...: that in front of a program that does so; $HERE is
# the pid of what runs then.
closing() { here "$@" "$GUESTS/forker" close-range .; }

daemon() { here "$@" "$GUESTS/forker" daemon; }

here() {
	: >"$GUEST_LOG"
	begin "$@" </dev/null >>out 2>&1
	wait_until 'the program has done so' file_has "$GUEST_LOG" ' here$'
	HERE=$(sed -n 's/ here$//p' "$GUEST_LOG")
}

# loses COMMAND...: then a second one runs beside it.
loses() {
	local how
	for how in closing daemon; do
		"$how" "$@"
		runs "$@"
		alive "$HERE"
		killed "$HERE"
	done
}

# keeps COMMAND...: then it does not.
keeps() {
	local how
	for how in closing daemon; do
		"$how" "$@"
		turned_away 75 "$@"
		pid_is job "$HERE"
		killed "$HERE"
		freed job
	done
}

# --- locks --------------------------------------------------------------------

# bats test_tags=check
@test "flock -n FILE COMMAND: onlyone -n -a NAME COMMAND" {
	excludes 1 flock -n lock
	excludes 75 onlyone -n -a job
	excludes 9 flock -n -E 9 lock
	excludes 9 onlyone -n -E 9 -a job
}

# bats test_tags=check
@test "flock: a child in the background keeps the lock; here it does not, unless it is to" {
	holds_on 1 flock -n lock
	holds_on 111 setlock -n lock
	lets_go onlyone -n -a job
	begin onlyone --lifetime=tree -n -a job sh -c 'sleep 300 & echo $! >left
		: >in' </dev/null >>out 2>&1
	wait_until 'it has a child' test -e in
	turned_away 75 onlyone -n -a job
	killed "$(cat left)"
	ends "$BEGUN" 0
}

@test "flock: a file that is swept away lets a second one in; here nothing does" {
	begun swept flock -n lock
	one=$BEGUN
	rm lock
	runs flock -n lock
	finished "$one" swept
	begun swept onlyone -n -a job
	one=$BEGUN
	# What is put back meanwhile it cannot remove.
	rm -rf "${ONLYONE_DIR:?}"/* || true
	turned_away 75 onlyone -n -a job
	finished "$one" swept
}

@test "lckdo: killed, it lets a second one in beside its program; here nothing does" {
	begun killed lckdo lock
	job=$(pgrep -P "$BEGUN")
	ends_by KILL "$BEGUN" 137
	runs lckdo lock
	alive "$job"
	killed "$job"
	rm killed.in
	begun killed onlyone -W -n -a job
	job=$(pgrep -P "$BEGUN" -x sh)
	ends_by KILL "$BEGUN" 137
	turned_away 75 onlyone -n -a job
	pid_is job "$job"
	killed "$job"
}

@test "lckdo -e, s6-setlock: a program that closes its descriptors, or becomes a daemon, loses the lock; here it does not" {
	loses lckdo -e lock
	loses s6-setlock -n lock
	keeps onlyone -n -a job
}

# --- sem ----------------------------------------------------------------------

# begun_line NAME COMMAND...: as begun; sem makes a shell line of its words.
begun_line() {
	local name=$1
	shift
	printf '%s\n' '#!/bin/sh' ': >"$1.in"' \
		'until [ -e "$1.gate" ]; do sleep 0.02; done' 'exit 4' >job.new
	chmod +x job.new
	mv job.new job
	begin "$@" ./job "$name" </dev/null >>out 2>&1
	wait_until "the job $name runs" test -e "$name.in"
}

@test "sem: killed, it lets a second one in beside its program; here nothing does" {
	begun_line killed sem --fg -j 1 --id job
	ends_by KILL "$BEGUN" 137
	job=$(pgrep -f -x '/bin/sh ./job killed' | while read -r pid; do
		[ "$(readlink "/proc/$pid/cwd")" != "$PWD" ] || echo "$pid"
	done | head -n 1)
	runs sem --fg -j 1 --id job
	alive "$job"
	: >killed.gate
	ended "$job"
	rm killed.*
	begun_line killed onlyone -W -a job
	job=$(pgrep -P "$BEGUN" -x job)
	ends_by KILL "$BEGUN" 137
	turned_away 75 onlyone -n -a job
	pid_is job "$job"
	: >killed.gate
	ended "$job"
}

# --- start-stop-daemon --------------------------------------------------------

# sleeper: $other is sleep(1), and no shell any more.
sleeper() {
	begin other= /bin/sleep 300
	wait_until 'it sleeps' test "/proc/$other/exe" -ef /bin/sleep
}

@test "start-stop-daemon: a stale pidfile whose pid is another's starts nothing, or stops that; here there is none to be stale" {
	local other ssd=(start-stop-daemon --quiet --pidfile "$PWD/pidfile"
		--exec /bin/sleep)
	sleeper
	# What the daemon that ended long ago left behind.
	echo "$other" >pidfile
	run -1 "${ssd[@]}" --start -- 0
	"${ssd[@]}" --stop --retry 10
	gone "$other"
	sleeper
	begin onlyone -a daemon sleep 300
	wait_until 'it runs' pid_is daemon "$BEGUN"
	echo "$other" >"$(the_slot)/pid"
	killed "$(keeper_of daemon)"
	ends_by KILL "$BEGUN" 137
	run -3 timeout $LIMIT onlyonectl stop daemon
	alive "$other"
	run -0 launch -n -a daemon sleep 0
}

@test "start-stop-daemon: one that is still starting is not seen, and a second one starts; of ours one does" {
	local i ssd=(start-stop-daemon --quiet --start --pidfile "$PWD/pidfile"
		--make-pidfile --background --exec "$GUESTS/guest"
		--startas "$PWD/slow")
	printf '%s\n' '#!/bin/sh' 'echo $$ >>slow.pids' \
		'until [ -e gate ]; do sleep 0.02; done' \
		'exec "$GUESTS/guest"' >slow
	chmod +x slow
	for i in 1 2; do
		"${ssd[@]}" --chdir "$PWD" 3>&-
		wait_until 'its script runs' has_lines slow.pids "$i"
	done
	: >gate
	wait_until 'both run' eval '[ "$(constructors)" = 2 ]'
	killed $(cat slow.pids)
	: >"$GUEST_LOG"
	rm gate slow.pids
	for i in {1..20}; do begin onlyone --skip ./slow; done
	wait_until 'all but one have ended' one_left "${STARTED[@]}"
	has_lines slow.pids 1
	: >gate
	wait_until 'one runs' eval '[ "$(constructors)" = 1 ]'
	ctl stop ./slow
}

# --- eval "$(ssh-agent)" --------------------------------------------------------

# line_of COMMAND...: the line that the note about it names.
line_of() {
	onlyone "$@" 2>&1 >/dev/null </dev/null 3>&- |
		sed -n 's/^onlyone: .* prints lines for the shell.*; write: //p'
}

# bats test_tags=check
@test "eval: behind a command in front it is told, too" {
	cp /bin/true ssh-agent
	for front in 'env LANG=C' nice 'env A=b nice -n 5' 'timeout 9'; do
		[ "$(line_of $front ./ssh-agent -s)" ] || fail "nothing: $front"
		[ -z "$(line_of $front ./ssh-agent -D)" ] || fail "said: $front"
		[ -z "$(line_of $front ./ssh-agent exit 0)" ] || fail "said: $front"
	done
}

@test "eval: what has rights of its own, and does not become a daemon, is not told to stay in the foreground" {
	needs openssh-client ssh-agent
	[ -g "$(command -v ssh-agent)" ] || skip 'it has no rights of its own'
	for words in 'sleep 0' '-t 9 sleep 0' -k; do
		run launch ssh-agent $words
		refute_output --partial '--lifetime'
	done
	begin onlyone ssh-agent -D -a "$PWD/sock" >said 2>&1
	wait_until 'it runs' test -S sock
	run ! grep lifetime said
	frees ended_by TERM "$BEGUN"
}

# bats test_tags=check
@test "eval: what prints lines for the shell is told of the line that works, and else is not" {
	for name in ssh-agent gpg-agent dbus-launch; do
		cp /bin/true "$name"
	done
	while read -r words; do
		[ "$(line_of ./$words)" ] || fail "nothing: $words"
		[ -z "$(line_of -q ./$words)" ] || fail "-q: $words"
		[ -z "$(line_of --lifetime=main ./$words)" ] || fail "main: $words"
		[ "$(line_of --lifetime=tree ./$words)" ] || fail "tree: $words"
	done <<-'END'
		ssh-agent
		ssh-agent -s -t 100
		dbus-launch --sh-syntax
		gpg-agent --daemon --enable-ssh-support
	END
	while read -r words; do
		[ -z "$(line_of ./$words)" ] || fail "said: $words"
	done <<-'END'
		ssh-agent exit 0
		ssh-agent -t 100 exit 0
		ssh-agent -D
		ssh-agent -k
		gpg-agent --daemon
		dbus-launch exit 0
	END
}

# logged_in WHO: a shell that has run $line, and asked.
logged_in() {
	timeout -k 5 $LIMIT sh -c "$line
		until $asks; do sleep 0.1; done" </dev/null >"$1" 2>&1 3>&-
}

# agent_pid: of gpg-agent, into which nobody may look.
agent_pid() {
	gpg-connect-agent --no-autostart 'GETINFO pid' /bye | sed -n 's/^D //p'
}

@test "eval: by the line of the note two log-ins have one agent, which has no hole after a kill" {
	needs openssh-client ssh-agent
	needs gpg-agent gpg-agent
	needs gpgconf gpg-connect-agent
	needs dbus-x11 dbus-launch
	needs dbus-bin dbus-send
	unset SSH_AUTH_SOCK DBUS_SESSION_BUS_ADDRESS XDG_RUNTIME_DIR
	HOME=$(mktemp -d /tmp/onlyone-test.XXXXXX) # an address is short
	LITTER+=("$HOME")
	mkdir -m 700 "$HOME/.gnupg"
	while IFS='|' read -r who asks words; do
		echo "$words" >&2
		cp /bin/true "${words%% *}"
		line=$(line_of ./$words)
		[ "$line" ]
		rm "${words%% *}"
		freed
		logged_in first
		pid=$(eval "$who")
		logged_in second
		assert_equal "$(eval "$who")" "$pid"
		killed "$pid"
		freed
		logged_in third
		pid=$(eval "$who")
		ended_by TERM "$pid"
		freed
	done <<-'END'
		ctl pid ssh-agent|ssh-add -l; [ $? -le 1 ]|ssh-agent
		agent_pid|ssh-add -l; [ $? -le 1 ]|gpg-agent --enable-ssh-support
		ctl pid dbus-daemon|dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.GetId|dbus-launch
	END
}
