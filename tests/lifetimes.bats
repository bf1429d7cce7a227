# as: user (needs no rights)
# lifetimes.bats: how long a program keeps its slot, and which processes of its job
# end with it.
#
# --lifetime=tree: until the last process that it has started has exited (main and
# daemon: options.bats).  Stop and replace end the whole job of a shell line or script,
# except processes that were detached on purpose; of other programs only the program;
# with --tree everything.  A message names what is left.
# shellcheck disable=SC2016,SC2030,SC2031,SC2046,SC2086,SC2154
load lib/script

# Guests, so that each notes its pid when it has come to main.
line='"$GUESTS/guest" one; "$GUESTS/guest" two'

# pids N: N guests have come to main: their pids in ${guest[@]}.
pids() {
	wait_until "$1 guests are in main" in_main "$1"
	mapfile -t guest < <(sed -n 's/^\([0-9]*\) main.*/\1/p' "$GUEST_LOG")
}

# job N ARG...: a launch, after which N guests are in main.
job() {
	: >"$GUEST_LOG"
	begin onlyone -a job "${@:2}" </dev/null
	pids "$1"
}

# bats test_tags=check
@test "stop: a script, its pipeline, its background; what was put apart is said; --tree of either" {
	local apart back where
	mkfifo pids
	script job.sh /bin/sh 'sleep 300 & back=$!' \
		'setsid sh -c "echo \$\$ $back >pids; exec sleep 300" &' \
		'sleep 300 | cat; echo gone on >on'
	for where in '' launch stop; do
		begin onlyone -a job $([ "$where" != launch ] || echo --tree) ./job.sh
		read -r apart back <pids
		run -0 onlyonectl stop -w 60 $([ "$where" != stop ] || echo --tree) job
		ends "$BEGUN" 143
		gone "$back"
		if [ "$where" ]; then
			assert_output ''
			gone "$apart"
		else
			[[ $output == *'1 process'*"pid $apart"*--tree* ]] || fail "$output"
			alive "$apart"
			kill "$apart"
		fi
	done
	[ ! -e on ]
}

@test "stop: a shell line, stopped as by Ctrl-Z, of a tree, with its parent, under nohup" {
	local how
	for how in onlyone 'onlyone --lifetime=tree' 'onlyone --lifetime=tree -W' \
		'nohup onlyone'; do
		: >"$GUEST_LOG"
		begin $how -a job -c "\"\$GUESTS/guest\" back & $line" </dev/null >out 2>&1
		pids 2
		stopped "${guest[@]}" "$(ctl pid job)"
		prints -0 '' ctl stop -w 60 job
		gone "${guest[@]}"
		ends "$BEGUN" 143
		in_main 2
		freed
	done
}

@test "stop: a program is no shell: its children go on, and are said; --tree ends them, of make unasked" {
	cp "$(readlink -f /bin/sh)" program
	for tree in '' --tree; do
		: >"$GUEST_LOG"
		begin onlyone ./program -c "$line"
		pids 1
		run -0 ctl stop -w 60 $tree ./program
		[ ! "$tree" ] || break
		[[ $output == *'1 process that it has started'*"pid $guest;"* ]]
		killed "$guest"
	done
	assert_output ''
	gone "$guest"
	printf 'server:\n\t"$(GUESTS)/guest" one; :\n' >Makefile
	: >"$GUEST_LOG"
	begin onlyone -v nice make server 2>err
	pids 1
	file_has err 'onlyone: make would leave behind what it runs: --tree'
	prints -0 '' ctl stop -w 60 nice
	gone "$guest"
}

@test "stop: of what waits for a program and passes no signal on, it ends the program too, unasked" {
	needs strace strace
	needs moreutils lckdo
	needs fakeroot fakeroot
	while read -r words; do
		echo "# $words" >&2
		: >"$GUEST_LOG"
		# shellcheck disable=SC2086
		begin env TERM=dumb onlyone -a job $words "$GUEST" one </dev/null >>out 2>&1
		pids 1
		prints -0 '' ctl stop -w 60 job
		gone "${guest[@]}"
		ended "$BEGUN"
	done <<-'END'
		unshare -f
		strace -f -o /dev/null
		fakeroot
		flock -n file
		lckdo file
		xargs -a /dev/null
		watch -t -x
	END
}

@test "stop, replace: what of the job ignores the signal: 75, its pid; --kill-after ends it" {
	local stays='"$GUESTS/guest" ignore 15; :'
	job 1 -c "$stays"
	prints -75 --partial "pid $guest; --kill-after" ctl stop -w 4 job
	count_is job 0
	killed "$guest"
	job 1 --kill-after=0.1 -c "$stays"
	run -0 ctl stop -w 60 job
	gone "$guest"
	job 1 -c "$stays"
	run -75 launch --replace -w 0.5 -a job "$GUESTS/guest"
	ended "$BEGUN"
	alive "$guest"
	killed "$guest"
	job 1 -c "$stays"
	begin onlyone --replace -w 60 --kill-after=0.1 -a job -c "$stays"
	pids 2
	gone "${guest[0]}"
	# A signal is for one process.
	ctl signal TERM job
	ends "$BEGUN" 143
	alive "${guest[1]}"
}

@test "stop, replace: a daemon that has had the signal with the job has no second one as the instance" {
	local how
	for how in 'ctl stop app' 'launch --replace -a app true'; do
		begin onlyone --lifetime=daemon --tree --kill-after=0.5 -a app \
			/usr/bin/python3 -c 'import os, signal, sys
if child := not os.fork(): os.setsid()
signal.signal(15, lambda *_: print("TERM", flush=True) if child else sys.exit())
print(flush=True)
while True: signal.pause()' >told
		wait_until 'both run' has_lines told 2
		$how
		[ "$(grep -c TERM told)" -lt 2 ]
	done
}

# grown COMMAND...: a launch of a tree in the background; $PARENT is the
# launch, $ROOT the program.
grown() {
	: >"$GUEST_LOG"
	begin PARENT= env --default-signal onlyone --lifetime=tree "$@" \
		</dev/null >>out 2>&1
	wait_until 'the program is in main' file_has "$GUEST_LOG" '^[0-9]+ main'
	ROOT=$(sed -n '0,/ main.*/s/ main.*//p' "$GUEST_LOG")
}

# rooted COMMAND...: grown, and its program has ended; $REST is what it has left.
rooted() {
	grown "$@"
	wait_until "$*: the rest runs" notes here 1
	wait_until "$*: the program has ended" gone "$ROOT"
	mapfile -t REST < <(noted worker; noted here)
}

pid_of_rest() {
	local pid
	pid=$(ctl pid "$1") && [[ " ${REST[*]} " == *" $pid "* ]]
}

@test "tree: the slot stays until the last one has ended, whatever it has done to itself" {
	for guest in "$FORKER" "$FORKER-static"; do
		while read -r steps; do
			rooted "$guest" $steps
			begin JOINED= launch -v --join "$guest" $steps 2>joined
			wait_until 'it waits' test -s joined
			for pid in "${REST[@]}"; do
				alive "$PARENT" || fail "$steps: it has ended"
				run -75 quietly launch -n "$guest" end 5
				wait_until 'the rest is the instance' pid_of_rest "$guest"
				killed "$pid"
			done
			ends "$PARENT" 0
			freed "$guest"
			ends "$JOINED" 0
			prints --partial 'has ended, status 0' ctl log "$guest"
		done <<-'END'
			worker worker daemon
			fork setsid fork setsid fork close-range
			fork setsid orphan exec execv worker
		END
	done
}

# all_gone: all of the tree.
all_gone() { gone "$ROOT" $(noted worker) $(noted here); }

@test "tree: stop and replace end all of it, or what it has left; TERM ends its launch" {
	local guest=$FORKER-static
	grown "$guest" worker worker .
	wait_until 'its children run' notes worker 2
	assert_equal "$(parent_of "$ROOT")" "$PARENT"
	ctl stop "$guest"
	all_gone
	ends "$PARENT" 143
	rooted "$guest" worker worker daemon
	run -5 launch --replace "$guest" end 5
	all_gone
	ends "$PARENT" 0
	# TERM to the launch is not for ever: what is left may ignore it.
	begin PARENT= onlyone --lifetime=tree -a app sh -c "trap '' TERM
		setsid env -i sleep 300 & echo \$\$ \$! >pids" 2>err
	wait_until 'it runs' test -s pids
	read -r ROOT REST <pids
	wait_until 'it is left alone' gone "$ROOT"
	ends_by TERM "$PARENT" 0
	file_has err 'app has started ignores TERM'
	killed "$REST"
	# Nor is it detained by a keeper that does not answer.
	grown "$guest" .
	stopped "$(keeper_of "$guest")"
	killed "$ROOT"
	ends "$PARENT" 137
	kill -CONT "$(keepers)"
}

@test "tree: a child with an empty environment is of it, what an earlier instance has left is not" {
	local left root child
	mkfifo pids go
	onlyone -a app sh -c 'setsid sleep 300 & echo $! >left' >>out 2>&1
	left=$(<left)
	begin PARENT= onlyone --lifetime=tree -a app sh -c '
		env -i "ONLYONE_DIR=$ONLYONE_DIR" PATH="$PATH" setsid sh -c "
			echo $$ \$\$ >pids; exec sleep 300" &
		read x <go; exit 7' </dev/null >>out 2>&1
	read -r root child <pids
	echo >go
	ended "$root"
	run -75 onlyone -n -a app false
	onlyonectl stop app
	gone "$root" "$child"
	ends "$PARENT" 7
	alive "$left"
}

@test "tree: the keepers of launches below it are not of it" {
	mkfifo go
	begin PARENT= onlyone --lifetime=tree -a app sh -c 'read x <go; onlyone --skip -a app true
		onlyone --background -a other sleep 300; exit 4' 2>out
	wait_until 'it runs' ctl status app
	keeper_killed app
	: >go
	wait_until 'the other one runs' ctl status other
	begin onlyone --replace -a other sleep 300
	ends "$PARENT" 4
	frees killed "$BEGUN"
}

@test "daemon: one that is found before it has its session, and then executes what has no shim, stays the instance" {
	export FAMILY_OWN=$GUEST-static
	begin onlyone -a app "$FORKER" fork orphan say up wait go setsid become own
	ends "$BEGUN" 0
	wait_until 'it is recorded' eval 'file_has "$(the_slot)/pid" "^$(noted up)$"'
	stopped "$(keeper_of app)"
	: >go
	wait_until 'it executes' in_main 2
	kill -CONT "$(keepers)"
	run -75 ctl wait -w 1 app
	pid_is app "$(noted up)"
	frees killed "$(noted up)"
}

# recorded: the instance, whose ONLYONE_RUN is what the record has.
recorded() { grep -qzxF "ONLYONE_RUN=$(the_run)" "/proc/$(ctl pid guest)/environ"; }

@test "runs: however a program is begun, it has the name of its run, also with the record lost" {
	local first
	begin_guest onlyone "$GUEST"
	recorded
	first=$(the_run)
	begin_guest onlyone --replace "$GUEST" replacing
	recorded
	[ "$(the_run)" != "$first" ]
	killed "$(keeper_of guest)"
	rm "$(the_slot)/info"
	run -75 launch -n --lifetime=main "$GUEST"
	recorded
}

@test "tree, job: what shows no environment at first, as within execve, is looked for again" {
	wants trace
	# left OPTION...: an instance, and what it has started, $rest, which is bare.
	left() {
		rm -f go rest calls
		begin onlyone "$@" -a job sh -c '"$GUESTS/forker" bare go . & echo $! >rest; exec sleep 300'
		wait_until 'it is bare' eval '[ -s rest ] && ! grep -qz ONLYONE_ /proc/$(<rest)/environ'
		rest=$(<rest)
	}
	# shown: it shows its environment, after a first look.
	shown() {
		wait_until 'it was looked for' file_has calls 'stopped by'
		: >go
		wait_until 'it is bare no more' grep -qz ONLYONE_ "/proc/$rest/environ"
		kill -CONT "$BEGUN"
	}
	left --lifetime=tree
	killed "$(keeper_of job)" "$BEGUN" "$(ctl pid job)"
	begin strace -D -qqo calls -e inject=clone:signal=STOP:when=2 onlyone -n -a job true >out 2>&1
	shown
	ends "$BEGUN" 75
	killed "$rest"
	left
	begin strace -D -qqo calls -e inject=clone:signal=STOP:when=5 onlyonectl stop --tree job >out 2>&1
	shown
	ends "$BEGUN" 0
	gone "$rest"
}

@test "lost: a static program whose keeper is killed, and whose record is removed, is found by its pidfile; another with that pid is not" {
	begin_guest onlyone -a job "$GUESTS/guest-static"
	slot=$(echo "$ONLYONE_DIR"/job-*)
	killed "$(keeper_of job)"
	rm "$slot/info"
	prints -75 --partial "job (pid $BEGUN) is already running" \
		onlyone -n -a job "$GUESTS/guest-static" exit 5
	notes constructor 1
	# The pidfile has the pid of a process that this instance has not started.
	killed "$(keeper_of job)"
	rm "$slot/info"
	killed "$BEGUN"
	begin sleep 300
	echo "$BEGUN" >"$slot/pid"
	run -5 onlyone -a job "$GUESTS/guest-static" exit 5
}
