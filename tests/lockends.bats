#!/usr/bin/env bats
# as: user (no right is asked for)
# lockends.bats: the lock of --lock-file ends with its program.
#
# Whoever has seen the program's end finds the file free, also where the keeper
# sees nothing: it is stopped, or killed.  What is stopped or killed is so at a
# chosen moment; no test counts on who is quicker.
# shellcheck disable=SC2016,SC2154
load lib/line

POINTS=$BUILD/points/onlyone

own_setup() {
	FILE=$ONLYONE_DIR/lock
	mkfifo go
	exec 8<>go
}

# held, free: the file, for a stranger.
held() { run -1 flock -n "$FILE" true; }

free() { flock -n "$FILE" true || fail "locked: $(grep FLOCK /proc/locks)"; }

# runs COMMAND...: `app` is $BEGUN and runs; its keeper is stopped.
runs() {
	begin onlyone --lock-file="$FILE" -a app "$@"
	shown
}

# shown: what has just begun says so.
shown() {
	wait_until 'it is up' test -s up
	wait_until 'it is the instance' pid_is app "$BEGUN"
	keeper=$(keeper_of app)
	stopped "$keeper"
	held
}

# over: the keeper sees it now, if there is one, and nothing is left.
over() {
	gone "$keeper" || kill -CONT "$keeper"
	freed app
	rm -f up
}

# leaves: it goes on, to its end; the file is free before its keeper sees that.
leaves() {
	echo >&8
	ended "$BEGUN"
	free
	over
}

UP='echo up >up; read -r _ <go'

# What the program becomes by another launch has the lock as well, and nothing
# that it starts: `sleep` outlives it.
LEFT='sleep 1000 & echo $! >left; echo up >up; read -r _ <go'

@test "exec: of another launch, whoever enforces it: the lock stays, and ends, with the process" {
	export LEFT HOME=$PWD
	unset XDG_CONFIG_HOME
	printf '%s\n' '#!/usr/bin/env -S onlyone -a app bash' "$LEFT" >job
	chmod +x job
	cp "$(type -P bash)" ./one
	cp "$(type -P bash)" ./two
	cp "$GUESTS/execs" ./three
	for how in one two three; do
		ctl -q enable "$PWD/$how" $([ $how = two ] || echo \
			-a app --lock-file="$FILE")
	done
	for how in \
		'onlyone --lock-file="$FILE" -a app bash -c "exec onlyone -a b bash -c \"\$LEFT\""' \
		'onlyone --lock-file="$FILE" -a app bash -c "exec onlyone --lifetime=main -a b bash -c \"\$LEFT\""' \
		'onlyone --lock-file="$FILE" -a app ./job' \
		'env LD_PRELOAD="$BUILD/libonlyone.so" ./one -c "exec \"\$PWD/two\" -c \"\$LEFT\""' \
		'env LD_PRELOAD="$BUILD/libonlyone.so" ./three execv "$PWD/two" -c "$LEFT"' \
		'env LD_PRELOAD="$BUILD/libonlyone.so" ./three execv "$PWD/two" -c "exec bash -c \"\$LEFT\""'; do
		eval "begin $how"
		shown
		echo >&8
		ended "$BEGUN"
		alive "$(cat left)"
		free
		kill "$(cat left)"
		over
	done
}

@test "end: of each kind of program, the keeper is stopped" {
	for how in "bash -c '$UP; exit 0'" "dash -c '$UP; exit 3'" \
		"-c '$UP; :'" "--lifetime=main bash -c '$UP; :'" \
		"bash -c 'exec dash -c \"$UP\"'" \
		"env nice bash -c 'true; x=\$(echo y); exec env bash -c \"$UP\"'" \
		"--lifetime=main env bash -c '$UP; :'" \
		"python3 -c 'open(\"up\", \"w\").write(\"up\"); open(\"go\").readline()'" \
		"perl -e 'exec \"bash\", \"-c\", q($UP; :)'"; do
		eval "runs $how"
		leaves
	done
}

@test "end: by KILL, the keeper is stopped" {
	for how in --lifetime=daemon --lifetime=main; do
		runs $how bash -c "$UP; :"
		killed "$BEGUN"
		free
		over
	done
}

@test "end: the keeper is killed while the program runs, or as it sees the end" {
	runs bash -c "$UP; :"
	killed "$keeper"
	held
	leaves
	begin env ONLYONE_TEST_POINTS=release-begin=stop "$POINTS" \
		--lock-file="$FILE" -a app bash -c "$UP; :"
	wait_until 'it is up' test -s up
	keeper=$(keeper_of app)
	echo >&8
	ended "$BEGUN"
	wait_until 'the keeper stops there' has_state "$keeper" T
	free
	killed "$keeper"
	free
	launch -a app true
}

@test "end: a keeper that has only just been born never had it" {
	begin env ONLYONE_TEST_POINTS=keeper-born=stop "$POINTS" \
		--lock-file="$FILE" -a app bash -c "$UP; :"
	wait_until 'it is up' test -s up
	held
	echo >&8
	ended "$BEGUN"
	free
	keeper=$(stopped_one)
	ended_by CONT "$keeper"
}

# stopped_one: the one process of ours that has stopped.
stopped_one() {
	local pid
	for pid in $(keepers) $(pgrep -u "$(id -u)" -f "^$POINTS|^env"); do
		! has_state "$pid" T || echo "$pid"
	done | head -n 1
}

@test "end: of one that was promoted, and of the last in line" {
	for how in --wait --queue --replace; do
		runs bash -c "$UP; :"
		kill -CONT "$keeper"
		first=$BEGUN
		rm up
		begin onlyone --lock-file="$FILE" -a app $how bash -c "$UP; :"
		if [ $how != --replace ]; then
			lined_up "$BEGUN"
			echo >&8
		fi
		ended "$first"
		shown
		leaves
	done
	# Who gave up waiting has changed nothing.
	runs bash -c "$UP; :"
	kill -CONT "$keeper"
	run -75 launch --lock-file="$FILE" -a app -w 0.1 true
	launch --lock-file="$FILE" -a app --skip true
	no_file() {
		[ -z "$(find "/proc/$keeper/fd" -lname "$FILE")" ]
	}
	wait_until 'its keeper has let go' no_file
	stopped "$keeper"
	leaves
}

@test "end: of the launch, where that stays as the parent" {
	for how in --lifetime=tree -W; do
		onlyone $how --lock-file="$FILE" -a app true
		free
		onlyone $how --lock-file="$FILE" -a app bash -c \
			'(sleep 0.1; :) & exit 0'
		free
	done
}

@test "leftover: nothing that a shell leaves behind keeps it" {
	for shell in bash dash; do
		for line in 'sleep 300 &' '(sleep 300; :) &' \
			'(while sleep 300; do :; done) & (sleep 300; :) | cat &' \
			'x=$(echo y); { sleep 300; :; } 2>&1 | cat &'; do
			runs $shell -c "echo up >up; $line read -r _ <go" \
				>/dev/null
			leaves
			# At once.
			onlyone --lock-file="$FILE" -a other $shell -c \
				"$line exit 0" >/dev/null 3>&-
			free
			ended_all
		done
	done
}

# ended_all: what these shells have left, by pid.
ended_all() {
	local pid
	for pid in $(grep -lz "^ONLYONE_SLOT=$ONLYONE_DIR/" /proc/[0-9]*/environ \
		2>/dev/null | cut -d / -f 3); do
		kill "$pid" 2>/dev/null || :
	done
}

@test "leftover: a copy of what is no shell goes without it when its keeper sees it" {
	cat >copies.py <<-'END'
		import os, sys, time
		if os.fork() == 0:
		    time.sleep(300)
		open("up", "w").write("up")
		open("go").readline()
		os._exit(1)
	END
	runs python3 copies.py
	echo >&8
	ended "$BEGUN"
	over
	free
	# With nobody to inherit it, not for a moment.
	runs --lifetime=main python3 copies.py
	leaves
	ended_all
}

# thief: somebody takes the file whenever he can, and writes that down.
thief() {
	begin bash -c 'while :; do flock -n "$0" -c "echo stolen >>stolen"
		done' "$FILE"
	thief=$BEGUN
}

@test "daemon: has it from its birth on, keeper stopped or killed; and no longer than it lives" {
	for how in libc close double late plain; do
		rm -f "$GUEST_LOG" stolen
		begin onlyone --lock-file="$FILE" -a app bash -c "$UP; exec \
			\"\$@\"" bash "$GUESTS/daemonize" $how
		shown
		main=$BEGUN
		thief
		echo >&8
		ended "$main"
		wait_until 'the daemon runs' file_has "$GUEST_LOG" ' copy$'
		daemon=$(sed -n 's/ copy$//p' "$GUEST_LOG")
		held
		[ $how = plain ] || killed "$keeper"
		held
		[ ! -e stolen ]
		killed "$thief" "$daemon"
		# What the thief has begun may have it for a moment.
		wait_until 'the file is free' free
		[ $how = plain ] || launch -a app true
		over
	done
}

@test "exec: a chain of them lets nobody in between" {
	thief
	cat >chain <<-'END'
		#!/bin/bash
		[ "$1" -lt 30 ] || rm -f stolen
		[ "$1" -gt 0 ] || { echo up >up; read -r _ <go; exit 0; }
		x=$(echo forked)
		case $(($1 % 3)) in
		0) exec env ./chain $(($1 - 1)) ;;
		1) exec perl -e 'exec @ARGV' ./chain $(($1 - 1)) ;;
		2) exec python3 -c 'import os, sys
		os.execv("./chain", ["./chain", sys.argv[1]])' $(($1 - 1)) ;;
		esac
	END
	chmod +x chain
	runs --wait ./chain 30
	[ ! -e stolen ]
	killed "$thief"
	echo >&8
	ended "$BEGUN"
	# What the thief has begun may have it for a moment.
	wait_until 'the file is free' free
	over
}

@test "exec: into what cannot load the library, it has the file as it stands" {
	runs bash -c 'exec busybox sh -c "$0; :"' "$UP"
	leaves
	# And without the mark.
	runs bash -c 'exec env -i PATH="$PATH" bash -c "$0; :"' "$UP"
	leaves
}

@test "exec: one that fails changes nothing" {
	runs bash -c 'shopt -s execfail; exec ./none; exec /; echo up >up
		read -r _ <go; exec bash -c "read -r _ <go; :"' 2>/dev/null
	ls -l /proc/"$BEGUN"/fd
	echo >&8
	wait_until 'the next one runs' is_run
	held
	leaves
}

is_run() {
	grep -z 'read -r _ <go; :$' "/proc/$BEGUN/cmdline" >/dev/null &&
		! grep -z execfail "/proc/$BEGUN/cmdline"
}

# bats test_tags=check
@test "children: of a program have no descriptor of it" {
	runs bash -c 'ls -l /proc/self/fd >fds; (ls -l /proc/$BASHPID/fd; :) \
		>>fds; '"$UP; :" 2>/dev/null
	# 0 to 2, 255 of bash, its own folder; bats has its own.
	prints 0 grep -c socket fds
	prints '' grep "$FILE" fds
	echo >&8
	ended "$BEGUN"
	over
}

@test "again: a hundred times each, nobody finds it locked" {
	# The slot itself is free when its keeper has seen the end: another one.
	for i in {1..100}; do
		onlyone -n --lock-file="$FILE" -a "$i" true 3>&-
		free
		onlyone -n --lock-file="$FILE" -a "$i b" -c \
			'true & (true; :) &' 3>&-
		free
	done
}
