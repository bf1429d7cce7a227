# as: user (needs no rights)
# idioms.bats: what people write with other tools, and the line instead.
#
# Each real tool runs the case in which it is weak, and onlyone does the same beside
# it.  The plain cases of all of them are in table.bats.
load lib/script

own_setup() {
	mkfifo gate
}

# begun COMMAND...: that in front of a job, in the background, which is there.
begun() {
	rm -f in
	script job /bin/sh 'echo $$ >in; read -r _ <gate; exit 4'
	begin "$@" ./job </dev/null >>out 2>&1
	wait_until 'the job runs' test -s in
}

# turned_away STATUS COMMAND...: that in front of a job ends so, without it.
turned_away() {
	run -"$1" timeout -k 5 $LIMIT "${@:2}" touch ran </dev/null 3>&-
	[ ! -e ran ] || fail "${*:2}: it has run"
}

# runs COMMAND...: in front of a job it runs that.
runs() {
	run -0 timeout -k 5 $LIMIT "$@" touch ran </dev/null 3>&-
	rm ran
}

# leaves COMMAND...: a job that leaves a child behind in the background.
leaves() {
	quietly timeout -k 5 $LIMIT "$@" sh -c 'sleep 300 & echo $! >left'
	LEFT=$(<left)
	alive "$LEFT"
}

@test "flock: a child in the background keeps the lock, here not; a file that is swept away lets a second one in, here nothing does" {
	leaves flock -n lock
	turned_away 1 flock -n lock
	killed "$LEFT"
	leaves onlyone -n -a job
	freed job
	runs onlyone -n -a job
	alive "$LEFT"
	begun flock -n lock
	rm lock
	runs flock -n lock
	echo >gate
	ends "$BEGUN" 4
	begun onlyone -n -a job
	# What is put back meanwhile it cannot remove.
	rm -rf "${ONLYONE_DIR:?}"/* || true
	turned_away 75 onlyone -n -a job
	echo >gate
	ends "$BEGUN" 4
}

@test "kill \$(cat pidfile), start-stop-daemon: a stale one starts nothing, or ends a stranger; here there is none to be stale" {
	local other ssd=(start-stop-daemon --quiet --pidfile "$PWD/pidfile" --exec /bin/sleep)
	# The daemon exited long ago; the pid that it left behind is another process's.
	begin other= sleep 300
	wait_until 'it sleeps' has_name "$other" sleep
	echo "$other" >pidfile
	run -1 "${ssd[@]}" --start -- 0
	"${ssd[@]}" --stop --retry 10
	gone "$other"
	begin other= sleep 300
	begin_guest onlyone -a daemon "$GUEST"
	echo "$other" >"$(the_slot)/pid"
	killed "$(keeper_of daemon)" "$BEGUN"
	run -3 ctl stop daemon
	alive "$other"
}

# held_by SCRIPT: it holds its lock, a second one is turned away with 75, and it
# has left a child behind when it ends.
held_by() {
	rm -f has
	begin "$1" </dev/null >>out 2>&1
	wait_until 'it has it' test -e has
	run -75 timeout $LIMIT "$1"
	echo >gate
	ends "$BEGUN" 0
	alive "$(<child)"
}

LEAVE=('sleep 300 </dev/null >/dev/null 2>&1 &' 'echo $! >child; : >has; read -r _ <gate')

@test "( flock -n 200 || exit; ... ) 200>lock, flock -n \$0 \$0: a child keeps the lock; onlyonectl hold and release: it does not" {
	# dash knows no descriptors of more than one digit.
	script old /bin/bash '(flock -n 200 || exit 75' "${LEAVE[@]}" ') 200>lock'
	script self /bin/sh '[ "$ME" = "$0" ] || exec env ME="$0" flock -n -E 75 "$0" "$0"' \
		"${LEAVE[@]}"
	for old in ./old ./self; do
		held_by $old
		run -75 timeout $LIMIT $old
		killed "$(<child)"
	done
	script new /bin/sh 'onlyonectl hold job || exit' "${LEAVE[@]}" \
		'onlyonectl release job'
	held_by ./new
	count_is job 0
	script new /bin/sh 'onlyonectl hold --self || exit' "${LEAVE[@]}"
	held_by ./new
	freed
	# As an editor saves: flock would lock another file from then on.
	rm has
	begin ./new </dev/null >>out 2>&1
	wait_until 'it has it' test -e has
	cp new saved
	mv saved new
	run -75 timeout $LIMIT ./new
}

# line_of COMMAND...: the line that the note about it names.
line_of() {
	onlyone "$@" 2>&1 >/dev/null </dev/null 3>&- |
		sed -n 's/^onlyone: use this instead: //p'
}

# logged_in: a shell that has run $line, and asked; $pid is that of the agent.
logged_in() {
	timeout -k 5 $LIMIT sh -c "$line
		until $asks; do sleep 0.1; done" </dev/null >said 2>&1 3>&-
	pid=$(eval "$who")
}

# agent_pid: of gpg-agent, which allows no looks into it.
agent_pid() {
	gpg-connect-agent --no-autostart 'GETINFO pid' /bye | sed -n 's/^D //p'
}

@test "eval: what prints lines for the shell is told of the line that works, else not; by it two log-ins have one agent, which has no hole after a kill" {
	needs openssh-client ssh-agent
	needs gpg-agent gpg-agent
	needs gpgconf gpg-connect-agent
	needs dbus-x11 dbus-launch
	needs dbus-bin dbus-send
	unset SSH_AUTH_SOCK DBUS_SESSION_BUS_ADDRESS XDG_RUNTIME_DIR
	HOME=$(mktemp -d /tmp/onlyone-test.XXXXXX) # an address is short
	LITTER+=("$HOME")
	mkdir -m 700 "$HOME/.gnupg"
	script bus /bin/sh 'exec dbus-send --session --print-reply \' \
		'--dest=org.freedesktop.DBus / org.freedesktop.DBus.GetId'
	cp /bin/true ssh-agent
	for words in '-q ./ssh-agent' '--lifetime=main ./ssh-agent' './ssh-agent -t 100 exit 0' \
		'./ssh-agent -D' 'env LANG=C ./ssh-agent -k'; do
		[ -z "$(line_of $words)" ] || fail "said: $words"
	done
	while IFS='|' read -r who asks words; do
		echo "$words" >&2
		cp /bin/true "${words%% *}"
		line=$(line_of ./$words)
		[ "$line" ]
		rm "${words%% *}"
		freed
		logged_in
		first=$pid
		logged_in
		assert_equal "$pid" "$first"
		frees killed "$pid"
		logged_in
		frees ended_by TERM "$pid"
	done <<-'END'
		ctl pid ssh-agent|ssh-add -l; [ $? -le 1 ]|ssh-agent -s -t 100
		agent_pid|ssh-add -l; [ $? -le 1 ]|gpg-agent --enable-ssh-support
		ctl pid dbus-daemon|./bus|dbus-launch
	END
	# Its user may kill what no process may look into.
	for way in 'onlyonectl stop gpg-agent' 'onlyone --replace gpg-agent --daemon'; do
		onlyone gpg-agent --daemon >>out 2>&1 3>&-
		pid=$(agent_pid)
		wait_until "$pid is the instance" pid_is gpg-agent "$pid"
		run -0 $way 3>&-
		ended "$pid"
	done
	pid=$(agent_pid)
	wait_until 'it took the place' pid_is gpg-agent "$pid"
	frees run -0 onlyonectl stop gpg-agent
}
