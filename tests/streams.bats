#!/usr/bin/env bats
# as: user (streams are anybody's)
# streams.bats: what a program prints to, with --background and --output.
load lib/common
load lib/script

# What a test leaves by intent has none of the streams that would hold us up.
own_setup() {
	script job /bin/sh 'echo out; echo err >&2' 'echo $$ >pid; exec sleep 1000'
}

# streams PID: what its standard streams are.
streams() {
	local i
	for i in 0 1 2; do
		readlink "/proc/$1/fd/$i"
	done
}

# parent PID: its parent.
parent() {
	status_look "$1" PPid
	echo "$SAID"
}

# bats test_tags=check
@test "background: \$(...) and a pipe come back when the program runs, whoever stays beside it" {
	local how pid null=$'/dev/null\n/dev/null\n/dev/null'
	for how in '' --lifetime=tree --join -j2 --replace; do
		echo "with: '$how'" >&2
		prints -0 '' timeout $LIMIT bash -c \
			"true | onlyone --background -a own $how ./job 2>&1 | cat"
		pid=$(ctl pid own)
		assert_equal "$(streams "$pid")" "$null"
		[[ $how =~ ^(|--join|-j2|--replace)$ ]] ||
			assert_equal "$(streams "$(parent "$pid")")" "$null"
		# One that finds it running comes back, too.
		timeout $LIMIT bash -c "true | onlyone --background -a own ${how/--join/--skip} \
			./job 2>&1 | cat" >/dev/null
		frees ctl -q stop --all own
	done
	touch a b
	prints -0 '' timeout $LIMIT bash -c 'onlyone --background -d ./job a b 2>&1 | cat'
	prints 2 ctl count --all "$PWD/job"
}

@test "background: without protection, too; of a socket as well, while a file and a terminal stay" {
	prints -0 '' timeout $LIMIT env ONLYONE_DISABLE=1 bash -c \
		'true | onlyone --background ./job 2>&1 | cat'
	wait_until 'it has begun' [ -s pid ]
	STARTED+=("$(cat pid)")
	timeout $LIMIT python3 - <<-'END'
		import os, pty, socket, subprocess
		ours, theirs = socket.socketpair()
		_, slave = pty.openpty()
		file = open("file", "w")
		sleep = ["sleep", "1000"]
		subprocess.run(["onlyone", "--background", "-a", "one", *sleep],
		    stdin=theirs, stdout=slave, stderr=file, check=True)
		subprocess.run(["onlyone", "--background", "-a", "two", *sleep],
		    stdin=slave, stdout=file, stderr=theirs, check=True)
		theirs.close()
		assert ours.recv(1) == b""
		with open("said", "w") as said:
		    for name in "one", "two":
		        pid = subprocess.check_output(["onlyonectl", "pid", name],
		            text=True).strip()
		        for i in range(3):
		            print(os.readlink(f"/proc/{pid}/fd/{i}"), file=said)
	END
	prints "$(printf '%s\n' /dev/null /dev/pts/N "$PWD/file" /dev/pts/N "$PWD/file" \
		/dev/null)" sed 's,pts/.*,pts/N,' said
}

# bats test_tags=check
@test "background: what a later launch is given goes to the handler, and what that prints comes back" {
	onlyone --background -a own --on-activate='cat; echo "$1"; echo err >&2; exit 7' \
		./job </dev/null >out 2>&1
	prints -7 $'given\nx\nerr' timeout $LIMIT bash -c \
		'set -o pipefail; echo given | onlyone --background -a own ./job x 2>&1 | cat'
	# What we say is the caller's, also where the program cannot be executed.
	script bad /nowhere
	prints -126 --partial 'interpreter is not found' timeout $LIMIT bash -c \
		'set -o pipefail; onlyone --background ./bad 2>&1 | cat'
	prints -75 --partial 'is running already' timeout $LIMIT bash -c \
		'set -o pipefail; onlyone --background -n -a own ./job 2>&1 | cat'
}

# bats test_tags=check
@test "output: all that the program prints is appended to FILE; what we say is not" {
	local how
	umask 027
	for how in '' -W --lifetime=tree --lifetime=main -j2 --on-error=run; do
		echo "with: '$how'" >&2
		rm -f log
		launch --output=log $how sh -c 'echo 1; echo 2 >&2' >said 2>&1
		launch --output log $how sh -c 'echo 3' >>said 2>&1 >&- 2>&-
		ONLYONE_DISABLE=1 launch --output log $how echo 4 >>said 2>&1
		prints $'1\n2\n3\n4' cat log
		prints '' cat said
		prints 640 stat -c %a log
	done
	prints -0 '' timeout $LIMIT bash -c \
		'true | onlyone --background --output=other -a own ./job 2>&1 | cat'
	assert_equal "$(streams "$(ctl pid own)")" \
		"/dev/null"$'\n'"$PWD/other"$'\n'"$PWD/other"
	wait_until 'it has printed' has_lines other 2
	run -75 --separate-stderr launch --output=other -n -a own true
	says 'is running already'
	run -126 --separate-stderr launch --output=other /dev/null
	says 'cannot execute'
	# With -d for each document.
	launch --output=both -d tail -n1 log other
	prints $'4\nerr' sort both
}

@test "output: of a handler, too; under a rule; --dry-run makes no file" {
	onlyone --background -a own --on-activate='echo "$1"; echo err >&2' ./job \
		</dev/null >out 2>&1
	prints -0 '' launch --output=log -a own ./job handed
	prints $'handed\nerr' cat log
	run -0 launch --dry-run --output='a file' true
	[ ! -e 'a file' ]
	export HOME=$PWD/home PATH=$PWD/home/.local/lib/onlyone/bin:$PWD/bin:$PATH
	script name /bin/sh 'echo "by rule $*"'
	mkdir bin home
	mv name bin/
	ctl -q enable --link name --output="$PWD/ruled"
	prints -0 '' name 1
	prints 'by rule 1' cat ruled
	# It is no reason not to run.
	chmod 400 ruled
	prints -0 --partial 'by rule 2' name 2
}

# bats test_tags=check
@test "output: a FILE that cannot be opened is 73 before anything is touched" {
	mkdir folder
	touch locked
	chmod 400 locked
	for file in missing/log folder locked locked/log; do
		for how in '' --background --replace --on-error=run; do
			run -73 --separate-stderr launch --output="$file" $how \
				"$GUESTS/guest"
			says "cannot open the output file $file: "
			untouched
		done
	done
	run -64 --separate-stderr launch --output= true
	says '--output: the name is empty'
	run -127 --separate-stderr launch --output=new ./missing
	[ ! -e new ]
}
