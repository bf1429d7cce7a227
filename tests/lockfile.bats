# as: user (other users and a shared folder: lockshared.bats)
# lockfile.bats: --lock-file: with programs that know nothing of us.
#
# flock(1), setlock, chpst, and lckdo and s6-setlock, which take another kind of lock.
# Once you have seen the program exit, the file is free, even if the keeper is stopped
# and sees nothing.  (Orders of events, with killed keepers: sim.)
load lib/script
load lib/line

own_setup() {
	# A file system on which a mapping holds a lock.
	FILE=$ONLYONE_DIR/lock
	mkfifo go
	exec 8<>go
}

# instance [OPTION...]: `app` runs and has the file; $INSTANCE is its pid.
instance() { begin_guest INSTANCE= onlyone --lock-file="$FILE" -a app "$@" "$GUEST"; }

# held, free: for flock(1); locked, unlocked: for every one of the five.
held() { run -1 flock -n "$FILE" true; }
free() { flock -n "$FILE" true || fail "locked: $(grep FLOCK /proc/locks)"; }

locked() {
	held
	run -111 setlock -n "$FILE" true
	run -111 chpst -L "$FILE" true
	run -75 lckdo "$FILE" true
	run -1 s6-setlock -n "$FILE" true
}

unlocked() {
	flock -n "$FILE" true && setlock -n "$FILE" true && chpst -L "$FILE" true &&
		lckdo "$FILE" true 2>/dev/null && s6-setlock -n "$FILE" true 2>/dev/null
}

# others COMMAND...: a stranger has the file by that; $OTHER is its pid.
others() {
	begin OTHER= "$@" "$FILE" sleep 300
	wait_until 'it has it, and is sleep' has_name "$OTHER" sleep
}

# waits_in PID CALL...: it sleeps in one of these system calls: flock is 73 on
# x86-64 and 32 on aarch64, fcntl 72 and 25.
waits_in() {
	local call
	read -r call _ <"/proc/$1/syscall" && [[ " ${*:2} " == *" $call "* ]]
}

# --- which process has it ---------------------------------------------------------

@test "a stranger who has the file: nothing starts, each policy says so; the instance that has it: nobody gets it, a later launch hands over; who waits has it then; shared: with others who share it" {
	others flock -F
	for policy in '' --fail --join; do
		prints -75 "onlyone: app is not running, but pid $OTHER (sleep) has its lock\
 file $FILE locked" launch --lock-file="$FILE" -a app $policy true
	done
	prints -0 --partial "pid $OTHER (sleep) has its lock file $FILE locked: " \
		onlyone --lock-file="$FILE" -a app --skip false
	for policy in wait replace; do
		begin env --default-signal onlyone --lock-file="$FILE" -a app --$policy true
		wait_until "--$policy waits" waits_in "$BEGUN" 73 32
		ends_by INT "$BEGUN" 130
	done
	run -9 onlyone --lock-file="$FILE" -a app -n -E 9 true
	# A queue has its limit here, too.
	comes waiting= onlyone --lock-file="$FILE" -a app --queue=1 touch ran
	run -75 --separate-stderr launch --lock-file="$FILE" -a app --queue=1 false
	[[ $stderr == *"a launch is queued already: pid $waiting"* ]]
	killed "$OTHER"
	ends "$waiting" 0
	[ -e ran ]
	freed
	instance --on-activate='echo handed "$1"'
	prints 'handed x' onlyone --lock-file="$FILE" -a app "$GUEST" x
	held
	# It has no descriptor of it, but its mapping, and no variable.
	prints '' find "/proc/$INSTANCE/fd" -lname "$FILE"
	[[ $(<"/proc/$INSTANCE/maps") == *"$FILE"* ]]
	comes waiting= onlyone --lock-file="$FILE" -a app --wait "$GUEST"
	rm "$FILE"
	: >"$FILE" # and its file is another by then
	killed "$INSTANCE"
	guest_runs "$waiting"
	held
	frees kill "$waiting"
	free
	for words in '-d' '-j 2' '--lock-file='; do
		run -64 onlyone --lock-file=x $words true
	done
	others flock -F
	begin env --default-signal onlyone --lock-file="$FILE" -a app -w 60 true
	wait_until 'it waits' waits_in "$BEGUN" 73 32
	prints -0 0 onlyonectl count app
	ends_by INT "$BEGUN" 130
	# Its time leaves the program's SIGALRM alone.
	begin env --default-signal onlyone --lock-file="$FILE" -a app -w 60 \
		bash -c 'grep -E "Sig(Blk|Ign|Cgt)" /proc/self/status >with; exec "$0"' "$GUEST"
	wait_until 'it waits' waits_in "$BEGUN" 73 32
	rm "$FILE" # as scripts do when they end: who waited has the new one
	kill "$OTHER"
	guest_runs "$BEGUN"
	held
	env --default-signal grep -E 'Sig(Blk|Ign|Cgt)' /proc/self/status | diff - with
	frees killed "$BEGUN"
	instance
	begin_guest onlyone --lock-file="$FILE.2:shared" -a other "$GUEST"
	FILE=$FILE.2
	flock -sn "$FILE" true
	held
	begin_guest onlyone --lock-file="$FILE:shared" -a third "$GUEST"
	run -75 onlyone --lock-file="$FILE" -a fourth true
	run -75 onlyone --lock-file="${FILE%.2}:shared" -a fourth true
	# A file whose name ends like that has the other word behind it.
	onlyone --lock-file="$FILE:shared:exclusive" -a fifth true
	[ -f "$FILE:shared" ]
}

@test "each of flock, setlock, chpst, lckdo, s6-setlock excludes, is excluded, and is waited for, shared and not" {
	while read -r how; do
		echo "$how" >&2
		: >"$FILE"
		others $how
		prints -75 --partial "pid $OTHER (sleep) has its lock file $FILE locked" \
			launch --lock-file="$FILE" -a app true
		begin onlyone --lock-file="$FILE" -a app --wait "$GUEST"
		wait_until 'it waits' waits_in "$BEGUN" 73 32 72 25
		kill "$OTHER"
		guest_runs "$BEGUN"
		locked
		frees ended_by TERM "$BEGUN"
		unlocked
	done <<-'END'
		flock -F
		setlock
		chpst -l
		lckdo -w -e
		s6-setlock
	END
	instance --lock-file="$FILE:shared"
	for how in 'flock -sn' 'lckdo -s' 's6-setlock -n -r'; do $how "$FILE" true; done
	locked
	frees kill "$INSTANCE"
	others s6-setlock -r
	launch --lock-file="$FILE:shared" -a app true
	run -75 launch --lock-file="$FILE" -a app true
	killed "$OTHER"
	freed
	others s6-setlock
	prints -75 --partial "pid $OTHER (sleep) has its lock file $FILE locked" \
		launch --lock-file="$FILE:shared" -a app true
	# On a terminal it says after a second for what it waits.
	TERM=dumb run -75 timeout $LIMIT script -qec \
		"onlyone --lock-file=$FILE -a app -w 1.5 true" /dev/null </dev/null
	assert_output --partial "waiting for the lock file $FILE, locked by pid $OTHER"
}

@test "replace: the next one has it; one without the option lets go, the next with it takes it; it waits for others" {
	instance
	# However the file is spelled.
	begin_guest onlyone --lock-file="$ONLYONE_DIR/./lock" -a app --replace "$GUEST"
	held
	begin_guest onlyone -a app --replace "$GUEST"
	free
	instance --replace
	held
	FILE=$ONLYONE_DIR/other
	others flock -F
	prints -75 --partial "app is not running, but pid" \
		launch -w 1 --lock-file="$FILE" -a app --replace true
}

@test "lost: a launch that could not make its slot (a socket is there) and waits for what runs in it now has let the file go" {
	wants trace
	begin late= strace -D -qqo trace -e inject=bind:error=EADDRINUSE:when=2 \
		-e inject=umask:signal=STOP:when=4 onlyone --lock-file="$FILE" -a app -q --join true
	wait_until 'it is about to begin again' file_has trace 'stopped by'
	begin_guest onlyone -a app "$GUEST"
	kill -CONT "$late"
	lined_up "$late"
	free
	frees killed "$BEGUN"
	ends "$late" 137
}

@test "waiting: where it cannot be given the file, that stays locked while it runs" {
	wants trace
	instance
	comes waiting= onlyone --wait --lock-file="$FILE" -a app "$GUEST" ignore 1
	keeper=$(keeper_of app)
	# Its user has too many descriptors on their way: OFFER has none.
	begin strace -qqo sent -p "$keeper" -e inject=sendmsg:error=ETOOMANYREFS:when=2
	wait_until 'it is traced' traced "$keeper"
	killed "$INSTANCE"
	wait_until 'the next one runs' in_main 2
	held
	frees killed "$(ctl pid app)"
	free
}

@test "stop: an instance has ended, also while the next one waits for its own file" {
	instance
	FILE=$ONLYONE_DIR/other
	others flock -F
	comes waiting= onlyone --lock-file="$FILE" -a app --wait true
	prints -0 '' ctl -w 20 stop app
	prints -75 --partial "app is not running, but " \
		launch -a app -n true
	ends_by INT "$waiting" 130
}

@test "kept: under a parent, shared by a -j, by the next keeper of a static program; forget lets go" {
	begin onlyone -W --lock-file="$FILE" -a app "$GUEST"
	wait_until 'it runs' count_is app 1
	held
	frees ended_by TERM "$BEGUN"
	free
	# The parent still has the file when the next one needs it, of another keeper.
	begin parent= onlyone -W --lock-file="$FILE" -a app "$GUEST"
	wait_until 'it runs' count_is app 1
	comes onlyone --lock-file="$FILE" -a app --wait true
	stopped "$parent"
	keeper_killed app
	killed "$(ctl pid app)"
	wait_until 'the next one follows' eval 'ctl list | grep -q waiting'
	kill -CONT "$parent"
	ends "$BEGUN" 0
	frees ends "$parent" 137
	for _ in 1 2; do instance --lock-file="$FILE:shared" -j 2; done
	held
	ctl stop --all app
	free
	instance
	ctl forget app
	free
	GUEST+=-static instance
	keeper_killed app
	launch -a app true
	held
}

@test "file: one that may not be written or read, a folder, a link, made with flock's mode; 73 for what cannot be; one removed is another" {
	umask 022
	instance
	assert_equal "$(stat -c %a "$FILE")" 644
	frees kill "$INSTANCE"
	chmod 222 "$FILE"
	instance
	chmod 644 "$FILE"
	held
	frees kill "$INSTANCE"
	mkdir folder
	FILE=folder
	instance
	held
	run -75 launch --lock-file=./folder/../folder -a other true
	ln -s target link
	begin_guest onlyone --lock-file=link -a third "$GUEST"
	run -1 flock -n target true
	rm target
	begin_guest onlyone --lock-file=target -a fourth "$GUEST"
	prints -73 "onlyone: cannot open the lock file $PWD/no/such/file: No such file or\
 directory" launch --lock-file=no/such/file true
	prints -73 --partial 'is neither a file nor a folder' launch --lock-file=go true
	: >secret
	chmod 0 secret
	prints -73 --partial 'Permission denied' launch --lock-file=secret true
}

# A process with a lease on the file, as a server of files takes it: fcntl(2).
LEASE='import fcntl, os, signal, sys, time
signal.signal(signal.SIGIO, signal.SIG_IGN)
fcntl.fcntl(os.open(sys.argv[1], os.O_RDWR), fcntl.F_SETLEASE, fcntl.F_WRLCK)
print("has it", file=open("up", "w"))
time.sleep(1000)'

# bats test_tags=check
@test "lease: on the lock file it is a lock, which is named, and waited for; on the output file it is waited for a second" {
	: >"$FILE"
	begin /usr/bin/python3 -c "$LEASE" "$FILE"
	OTHER=$BEGUN
	wait_until 'it has the lease' test -s up
	run onlyone --dry-run --lock-file="$FILE" -a app true
	assert_line --partial "pid $OTHER (python3) has its lock file $FILE locked"
	run -75 launch --lock-file="$FILE" -a app true
	assert_output --partial "pid $OTHER (python3) has its lock file"
	run -0 --separate-stderr launch --skip --lock-file="$FILE" -a app true
	[[ $stderr == *"pid $OTHER "*" has its lock file"* ]]
	prints -73 --partial 'another process has a lease on it' \
		launch --output="$FILE" -a app true
	begin onlyone --lock-file="$FILE" -a app --wait "$GUEST"
	killed "$OTHER"
	guest_runs "$BEGUN"
	locked
}

@test "many locks: who has the file is named, or is another process; whether it is free is not guessed" {
	: >"$FILE"
	mkdir many
	begin /usr/bin/python3 -c 'import fcntl, time
files = [open(f"many/{i}", "w") for i in range(100)]
for f in files:
    for at in range(1000):
        fcntl.lockf(f, fcntl.LOCK_EX, 1, 2 * at)
print("has them", file=open("up", "w"))
time.sleep(1000)'
	wait_until 'they are locked' test -s up
	run -0 onlyone --dry-run --lock-file="$FILE" -a app true
	assert_line --partial 'if its lock file is free: whether it is cannot be told now'
	others flock -F
	run onlyone --dry-run --lock-file="$FILE" -a app true
	[[ $output == *" has its lock file "* || $output == *'cannot be told now'* ]] ||
		fail "$output"
	run -75 launch --lock-file="$FILE" -a app true
	assert_output --regexp "(pid $OTHER \(sleep\)|another process) has its lock file"
}

# --- its end ----------------------------------------------------------------------

# runs COMMAND...: `app` is $BEGUN and runs; its keeper is stopped.
runs() {
	begin onlyone --lock-file="$FILE" -a app "$@"
	shown
}

# shown: the one that has just started says so.
shown() {
	wait_until 'it is up' test -s up
	wait_until 'it is the instance' pid_is app "$BEGUN"
	keeper=$(keeper_of app)
	stopped "$keeper"
	held
}

# leaves: it continues, and exits; the file is free before its keeper sees that.
leaves() {
	echo >&8
	ended "$BEGUN"
	free
	over
}

# over: the keeper sees it now, and nothing is left.
over() {
	kill -CONT "$keeper"
	freed app
	rm -f up
}

UP='echo up >up; read -r _ <go'

@test "end: of each kind of program, and of those it becomes, the file is free before a keeper that is stopped sees it; nothing that a shell leaves behind keeps it" {
	for how in "-c '$UP; :'" "--lifetime=main bash -c '$UP; :'" \
		"env nice bash -c 'true; x=\$(echo y); exec env dash -c \"$UP\"'" \
		"python3 -c 'open(\"up\", \"w\").write(\"up\"); open(\"go\").readline()'" \
		"bash -c 'exec env -i PATH=\$PATH bash -c \"$UP; :\"'" \
		"bash -c 'shopt -s execfail; exec ./none; exec /; $UP' 2>/dev/null"; do
		echo "$how" >&2
		eval "runs $how"
		leaves
	done
	# Into another launch; `sleep`, which it starts, outlives it.
	export LEFT='sleep 1000 & echo $! >left; echo up >up; read -r _ <go'
	runs bash -c 'exec onlyone -a b bash -c "$LEFT"'
	leaves
	alive "$(<left)"
	for line in '(while sleep 300; do :; done) & (sleep 300; :) | cat &' \
		'x=$(echo y); { sleep 300; :; } 2>&1 | cat &'; do
		echo "$line" >&2
		runs bash -c "echo up >up; $line read -r _ <go" >/dev/null
		leaves
	done
	# A copy of what is no shell goes without it, where none may inherit it.
	runs --lifetime=main python3 -c 'import os, time
if os.fork() == 0: time.sleep(300)
open("up", "w").write("up"); open("go").readline(); os._exit(1)'
	leaves
}

@test "daemon, exec: nobody gets it in between, its keeper stopped or killed; and it is held no longer than they live" {
	begin thief= bash -c 'while :; do flock -n "$0" -c "echo stolen >>stolen"; done' "$FILE"
	script chain /bin/bash '[ "$1" -lt 20 ] || rm -f stolen' \
		'[ "$1" -gt 0 ] || { '"$UP"'; exec "$GUESTS/forker" daemon close-range; }' \
		'x=$(echo forked); exec env ./chain $(($1 - 1))'
	begin main= onlyone --lock-file="$FILE" -a app --wait ./chain 20
	shown
	echo >&8
	ended "$main"
	wait_until 'the daemon runs' file_has "$GUEST_LOG" ' here$'
	daemon=$(noted here)
	killed "$keeper"
	held
	[ ! -e stolen ]
	killed "$thief" "$daemon"
	wait_until 'what the thief has begun is over' free
	launch -a app true
	freed app
}
