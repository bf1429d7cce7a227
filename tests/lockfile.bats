#!/usr/bin/env bats
# lockfile.bats: --lock-file: with programs that know nothing of us.
#
# flock(1), setlock and chpst lock the same file, and lckdo and s6-setlock, which
# take another kind of lock, in every order; keepers and instances are killed;
# and what cannot be locked is told.
load lib/line

POINTS=$BUILD/points/onlyone

own_setup() {
	# A file system on which a mapping holds a lock.
	FILE=$ONLYONE_DIR/lock
}

# instance [OPTION...]: `app` runs and has the file; $INSTANCE is its pid.
instance() {
	begin_guest onlyone --lock-file="$FILE" -a app "$@" "$GUESTS/guest"
	INSTANCE=$BEGUN
}

# locked: for every one of the five.
locked() {
	locked_flock
	locked_fcntl
}

locked_flock() {
	run -1 timeout $LIMIT flock -n "$FILE" true
	run -111 timeout $LIMIT setlock -n "$FILE" true
	run -111 timeout $LIMIT chpst -L "$FILE" true
}

locked_fcntl() {
	run -75 timeout $LIMIT lckdo "$FILE" true
	run -1 timeout $LIMIT s6-setlock -n "$FILE" true
}

# unlocked: for every one of the five.
unlocked() {
	timeout $LIMIT flock -n "$FILE" true &&
		timeout $LIMIT setlock -n "$FILE" true &&
		timeout $LIMIT chpst -L "$FILE" true &&
		timeout $LIMIT lckdo "$FILE" true 2>/dev/null &&
		timeout $LIMIT s6-setlock -n "$FILE" true 2>/dev/null
}

# others HOW: a stranger has the file; $OTHER is its pid.
others() {
	: >"$FILE"
	case $1 in
	flock) begin flock -F "$FILE" sleep 300 ;;
	setlock) begin setlock "$FILE" sleep 300 ;;
	chpst) begin chpst -l "$FILE" sleep 300 ;;
	lckdo) begin lckdo -w -e "$FILE" sleep 300 ;; # who looks has it, too
	s6-setlock) begin s6-setlock "$FILE" sleep 300 ;;
	esac
	OTHER=$BEGUN
	case $1 in
	lckdo | s6-setlock)
		wait_until 'it has the file' locked_fcntl ;;
	*)
		wait_until 'it has the file' locked_flock ;;
	esac
	# These take it before they are what they are to be.
	[ "$1" = flock ] || wait_until 'it is sleep' \
		grep -qx sleep "/proc/$OTHER/comm"
}

@test "excludes: flock, setlock, chpst, lckdo and s6-setlock, as long as the instance lives" {
	instance
	locked
	kill "$INSTANCE"
	freed app
	unlocked
}

@test "excluded: by each of them: nothing starts; each policy says so in its way" {
	for how in flock setlock chpst lckdo s6-setlock; do
		others "$how"
		read -r comm <"/proc/$OTHER/comm"
		for policy in activate fail join; do
			run -75 launch --lock-file="$FILE" -a app \
				--if-running=$policy true
			assert_output "onlyone: app is not running, but its lock\
 file $FILE is locked by pid $OTHER ($comm)"
		done
		prints -0 --partial "locked by pid $OTHER ($comm): " launch \
			--lock-file="$FILE" -a app --skip false
		for policy in wait replace queue; do
			run -75 launch --lock-file="$FILE" -a app \
				--if-running=$policy -w 0.2 true
			assert_output --partial "locked by pid $OTHER ($comm)"
		done
		run -9 launch --lock-file="$FILE" -a app -n -E 9 true
		ended_by TERM "$OTHER"
		wait_until 'the file is free' unlocked
		launch --lock-file="$FILE" -a app true
	done
	no_folders() { [ -z "$(slots)" ]; }
	wait_until 'nothing is left' no_folders
}

# bats test_tags=check
@test "waits: for whoever has the file, without polling, and has it then" {
	others flock
	begin onlyone --lock-file="$FILE" -a app --wait "$GUESTS/guest"
	wait_until 'it waits' waits_in_flock "$BEGUN"
	# The slot is not held meanwhile.
	prints -0 0 ctl count app
	kill "$OTHER"
	guest_runs "$BEGUN"
	locked
}

@test "waits: for a lock of fcntl as well, and has both then" {
	for how in lckdo s6-setlock; do
		others $how
		begin onlyone --lock-file="$FILE" -a app --wait "$GUESTS/guest"
		wait_until 'it waits' waits_in_fcntl "$BEGUN"
		# Without the other one meanwhile: nobody waits for it in vain.
		flock -n "$FILE" true
		kill "$OTHER"
		guest_runs "$BEGUN"
		locked
		ended_by TERM "$BEGUN"
		freed app
		unlocked
	done
}

# waits_in_fcntl PID: system call 72 on x86-64, 25 on aarch64.
waits_in_fcntl() {
	local call
	read -r call _ <"/proc/$1/syscall"
	[ "$call" = 72 ] || [ "$call" = 25 ]
}

# bats test_tags=check
@test "shared: with others who share it, of both kinds; whoever wants it alone is out" {
	FILE=$FILE:shared
	instance
	one=$INSTANCE
	FILE=${FILE%:shared}
	flock -sn "$FILE" true
	lckdo -s "$FILE" true
	s6-setlock -n -r "$FILE" true
	locked
	begin_guest onlyone --lock-file="$FILE:shared" -a other "$GUESTS/guest"
	run -75 launch --lock-file="$FILE" -a third true
	ended_by TERM "$one"
	locked
	ended_by TERM "$BEGUN"
	unlocked
	for how in 'flock -F -s' 's6-setlock -r'; do
		begin $how "$FILE" sleep 300
		if [ "${how%% *}" = flock ]; then
			wait_until 'it has it' locked_flock
		else
			wait_until 'it has it' locked_fcntl
		fi
		launch --lock-file="$FILE:shared" -a app true
		run -75 launch --lock-file="$FILE" -a app true
		killed "$BEGUN"
	done
	others s6-setlock
	run -75 launch --lock-file="$FILE:shared" -a app true
	assert_output --partial "is locked by pid $OTHER (sleep)"
}

# has_file: the keeper.  It tries once to have it, and flock -n may be in the way.
has_file() { [ -n "$(find "/proc/$(keeper_of app)/fd" -lname "$FILE")" ]; }

@test "shared: several of one -j, a promoted one, and a revived keeper" {
	for i in 1 2; do
		begin_guest onlyone --lock-file="$FILE:shared" -a app -j 2 \
			"$GUESTS/guest"
	done
	locked
	flock -sn "$FILE" true
	ctl stop --all app
	unlocked
	begin_guest onlyone --lock-file="$FILE:shared" -a app "$GUESTS/guest"
	begin_guest onlyone --lock-file="$FILE:shared" -a app --replace \
		"$GUESTS/guest-static"
	keeper_killed app
	launch --lock-file="$FILE:shared" -a app --skip "$GUESTS/guest-static"
	wait_until 'the new one has it' has_file
	locked_flock
	flock -sn "$FILE" true
	# The next one wants it alone.
	begin_guest onlyone --lock-file="$FILE" -a app --replace "$GUESTS/guest"
	run -1 flock -sn "$FILE" true
}

@test "shared: a file whose name ends like that has the other word behind it" {
	FILE=$ONLYONE_DIR/odd:shared
	begin_guest onlyone --lock-file="$FILE:exclusive" -a app "$GUESTS/guest"
	[ -f "$FILE" ] && [ ! -e "${FILE%:*}" ]
	run -1 flock -sn "$FILE" true
	begin_guest onlyone --lock-file="$FILE:shared:shared" -a other "$GUEST"
	[ -f "$FILE:shared" ]
	prints -64 --partial 'is empty' launch --lock-file=:shared -a third true
}

@test "waits: longer than any launch is patient with a keeper, and in line behind one" {
	others flock
	begin first= onlyone --lock-file="$FILE" -a app --wait true
	wait_until 'it waits' waits_in_flock "$first"
	# A launch of the slot that has nothing to do with the file.
	begin_guest other= onlyone -a app "$GUESTS/guest"
	begin late= onlyone --lock-file="$FILE" -a late --wait true
	wait_until 'it waits' waits_in_flock "$late"
	sleep 5.5
	kill "$OTHER"
	ends "$late" 0
	# It has got in line, and does not keep the file meanwhile.
	wait_until 'it is in line' unlocked
	alive "$first"
	kill "$other"
	ends "$first" 0
}

# waits_in_flock PID: system call 73 on x86-64, 32 on aarch64.
waits_in_flock() {
	local call
	read -r call _ <"/proc/$1/syscall"
	[ "$call" = 73 ] || [ "$call" = 32 ]
}

@test "waits: a signal ends it, and time leaves the program's SIGALRM alone" {
	others flock
	for sig in INT TERM HUP; do
		begin env --default-signal onlyone --lock-file="$FILE" -a app \
			-w 60 true
		wait_until 'it waits' waits_in_flock "$BEGUN"
		kill -s $sig "$BEGUN"
		ended "$BEGUN"
	done
	begin env --default-signal onlyone --lock-file="$FILE" -a app -w 60 \
		grep -E 'Sig(Blk|Ign|Cgt)' /proc/self/status >with
	wait_until 'it waits' waits_in_flock "$BEGUN"
	kill "$OTHER"
	ends "$BEGUN" 0
	env --default-signal grep -E 'Sig(Blk|Ign|Cgt)' /proc/self/status |
		diff - with
}

@test "waits: on a terminal it says for what after a second" {
	others flock
	TERM=dumb timeout $LIMIT script -qec "onlyone --lock-file=$FILE -a app \
		-w 1.5 true" /dev/null >said </dev/null || [ $? = 75 ]
	grep -q "onlyone: waiting for the lock file $FILE, locked by pid $OTHER" \
		said
}

# bats test_tags=check
@test "second: a later launch hands over, and locks nothing" {
	instance --on-activate='echo handed "$1"'
	prints 'handed x' launch --lock-file="$FILE" -a app "$GUESTS/guest" x
	locked
}

@test "promoted: the next one has it without a moment between" {
	instance
	begin bash -c 'while :; do flock -n "$0" -c "echo stolen >>stolen"; done' \
		"$FILE"
	thief=$BEGUN
	# However the file is spelled.
	for how in --replace --wait --queue; do
		begin onlyone --lock-file="$ONLYONE_DIR/./lock" -a app $how \
			"$GUESTS/guest"
		if [ $how != --replace ]; then
			lined_up "$BEGUN"
			kill "$INSTANCE"
		fi
		guest_runs "$BEGUN"
		INSTANCE=$BEGUN
		locked
		grep -q "$FILE" "/proc/$INSTANCE/maps"
	done
	[ ! -e stolen ]
	ended_by TERM "$thief"
}

@test "promoted: one without the option lets go of it, one with it takes it" {
	instance
	begin_guest onlyone -a app --replace "$GUESTS/guest"
	unlocked
	begin_guest onlyone --lock-file="$FILE" -a app --replace "$GUESTS/guest"
	locked
	others=$ONLYONE_DIR/other
	begin_guest onlyone --lock-file="$others" -a app --replace "$GUEST"
	unlocked
	run -1 flock -n "$others" true
}

@test "promoted: where a stranger was quicker than its keeper, it waits for him" {
	begin onlyone --lock-file="$FILE" -a app "$GUESTS/forker" close-range
	first=$BEGUN
	wait_until 'it has closed all' notes here 1
	begin waiter= onlyone --lock-file="$FILE" -a app --wait "$GUESTS/guest"
	lined_up "$waiter"
	keeper=$(keeper_of app)
	stopped "$keeper"
	killed "$first"
	others flock
	kill -CONT "$keeper"
	# It has tried: its place in line is a new one.
	run -75 timeout $LIMIT onlyone --lock-file="$FILE" -a app -w 1 true
	alive "$waiter"
	run ! grep "^$waiter main" "$GUEST_LOG"
	kill "$OTHER"
	guest_runs "$waiter"
	locked
}

@test "promoted: not if somebody else has the file by then" {
	begin_guest first= onlyone -a app "$GUESTS/guest"
	others flock
	run -75 launch --lock-file="$FILE" -a app --replace true
	assert_output --partial 'its lock file is locked by another process'
	ended "$first"
}

# bats test_tags=check
@test "instance: has no descriptor of it, but its mapping, and no variable" {
	instance
	prints '' find "/proc/$INSTANCE/fd" -lname "$FILE"
	grep -q "$FILE" "/proc/$INSTANCE/maps"
	kill "$INSTANCE"
	freed app
	launch --lock-file="$FILE" -a app env >env
	run ! grep -E '^(ONLYONE_LOCK|LD_PRELOAD)=' env
	# A static one is passed nothing.
	begin_guest onlyone --lock-file="$FILE" -a app "$GUESTS/guest-static"
	prints '' find "/proc/$BEGUN/fd" -lname "$FILE"
	run ! grep -z '^ONLYONE_LOCK=' "/proc/$BEGUN/environ"
	locked
}

# bats test_tags=check
@test "instance: one that closes every descriptor keeps it" {
	begin onlyone --lock-file="$FILE" -a app "$GUESTS/forker" close-range
	wait_until 'it has closed all' notes here 1
	locked
}

@test "leftover: a child in the background does not keep it" {
	begin shell= onlyone --lock-file="$FILE" -a app bash -c \
		'(exec sleep 300) & (sleep 300; :) & echo up; read -r _' \
		>out < <(sleep 300)
	wait_until 'it runs' test -s out
	locked
	kill -KILL "$shell"
	freed app
	unlocked
}

# bats test_tags=check
@test "daemon: one that daemonises itself keeps it" {
	begin onlyone --lock-file="$FILE" -a app "$GUESTS/daemonize" libc
	wait_until 'the daemon runs' file_has "$GUEST_LOG" ' copy$'
	daemon=$(sed -n 's/ copy$//p' "$GUEST_LOG")
	wait_until 'it is the instance' pid_is app "$daemon"
	locked
	keeper_killed app
	locked
	ctl stop app
	freed app
	unlocked
}

@test "keeper: killed, the instance still has it; a new keeper lets go of it at the end" {
	instance
	keeper_killed app
	locked
	launch --lock-file="$FILE" -a app --skip "$GUESTS/guest"
	locked
	kill "$INSTANCE"
	freed app
	unlocked
}

@test "keeper: killed, a static program has it again when there is a new one" {
	begin_guest onlyone --lock-file="$FILE" -a app "$GUESTS/guest-static"
	INSTANCE=$BEGUN
	keeper_killed app
	unlocked
	launch --lock-file="$FILE" -a app --skip "$GUESTS/guest-static"
	wait_until 'the new one has it' has_file
	locked
	kill "$INSTANCE"
	freed app
	unlocked
}

@test "tree, -W: the same" {
	for how in --lifetime=tree -W; do
		begin onlyone $how --lock-file="$FILE" -a app "$GUESTS/guest"
		parent=$BEGUN
		wait_until 'it runs' count_is app 1
		locked
		ended_by TERM "$parent"
		freed app
		unlocked
	done
}

@test "forget: it lets go of it" {
	begin_guest onlyone --lock-file="$FILE" -a app "$GUESTS/guest"
	locked
	ctl forget app
	unlocked
}

# bats test_tags=check
@test "file: one that may not be written, and one that may not be read" {
	: >"$FILE"
	chmod 444 "$FILE"
	instance
	run -1 flock -n "$FILE" true
	kill "$INSTANCE"
	freed app
	chmod 222 "$FILE"
	instance
	chmod 644 "$FILE"
	locked
}

@test "file: a new one has the mode that flock gives it" {
	umask 022
	instance
	assert_equal "$(stat -c %a "$FILE")" 644
	umask 002
	flock second true
	others=$PWD/third
	begin_guest onlyone --lock-file="$others" -a other "$GUESTS/guest"
	begin_guest onlyone --lock-file="$PWD/fourth" -a other --replace \
		"$GUESTS/guest"
	assert_equal "$(stat -c %a second third fourth)" '664
664
664'
}

@test "file: a folder, by two names, relative, a link; made if there is none" {
	FILE=$ONLYONE_DIR.folder
	mkdir "$FILE"
	instance
	run -1 flock -n "$FILE" true
	kill "$INSTANCE"
	freed app
	rmdir "$FILE"
	FILE=relative
	ln -s target link
	instance
	[ -f relative ]
	run -75 launch --lock-file=./relative -a other true
	begin_guest onlyone --lock-file=link -a third "$GUESTS/guest"
	run -1 flock -n target true
}

@test "file: no folder for it, not permitted, neither file nor folder: 73" {
	run -73 launch --lock-file=no/such/file -a app true
	assert_output "onlyone: cannot open the lock file $PWD/no/such/file: No\
 such file or directory"
	mkfifo pipe
	run -73 launch --lock-file=pipe -a app true
	assert_output --partial 'is neither a file nor a folder'
	run -73 launch --lock-file=/dev/null -a app true
	if [ "$(id -u)" != 0 ]; then
		: >secret
		chmod 0 secret
		run -73 launch --lock-file=secret -a app true
		assert_output --partial 'Permission denied'
	fi
	no_slots
	# As any state that cannot be used.
	run -0 launch --on-error=run --lock-file=no/such/file -a app echo ran
	assert_line ran
}

@test "file: where locks need it open for writing, as on NFS, it is, if it may be written" {
	: >"$FILE"
	strace -f -o calls -e trace=openat,open \
		onlyone --lock-file="$FILE" -a app true
	grep -E "\"$FILE\", O_RDWR" calls
	chmod 444 "$FILE"
	# Without the start before libc, which begins again where it fails.
	if [ "$(id -u)" != 0 ]; then
		ONLYONE_TEST_ORDINARY=1 run -73 strace -f -o calls \
			-e inject=flock:error=EBADF:when=2 \
			"$BUILD/points/onlyone" --lock-file="$FILE" -a app true
		assert_output --partial 'Permission denied'
	fi
}

@test "file: removed and made anew, what is there is what counts" {
	others flock
	rm "$FILE"
	instance
	locked
}

# bats test_tags=check
@test "usage: -d and -j are refused, and an empty name" {
	run -64 launch --lock-file=x -d true a b
	assert_output --partial 'does not go with -d or -j'
	run -64 launch --lock-file=x -j 2 true
	run -64 launch --lock-file=x:shared -d true a b
	run -64 launch --lock-file= true
}
