# as: user (streams are the same for all users)
# streams.bats: where a program's output goes, with --background and --output.
load lib/line
load lib/script

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

NULL=$'/dev/null\n/dev/null\n/dev/null'

# beside OPTION: with a pipe as each stream it comes back, as soon as the program
# runs, and so does one that finds it running.
beside() {
	local pid
	echo "with: '$1'" >&2
	prints -0 '' bash -c \
		"true | onlyone --background -a own $1 ./job 2>&1 | cat"
	pid=$(ctl pid own)
	assert_equal "$(streams "$pid")" "$NULL"
	[[ $1 != --lifetime=tree ]] ||
		assert_equal "$(streams "$(parent_of "$pid")")" "$NULL"
	prints -75 --partial 'is already running' bash -c \
		"set -o pipefail; onlyone --background -n -a own ./job 2>&1 | cat"
	frees ctl -q stop --all own
}

# bats test_tags=check
@test "background: \$(...) and a pipe come back when the program runs, whoever stays beside it" {
	beside ''
}

@test "background, output: so with a tree, in line, of several, without protection, under a rule" {
	for how in --lifetime=tree --join -j2; do
		beside "$how"
	done
	touch a b
	prints -0 '' bash -c 'onlyone --background -d ./job a b 2>&1 | cat'
	frees ctl -q stop --all job
	rm -f pid
	prints -0 '' timeout $LIMIT env ONLYONE_DISABLE=1 bash -c \
		'true | onlyone --background ./job 2>&1 | cat'
	wait_until 'it has begun' [ -s pid ]
	killed "$(<pid)"
	umask 027
	for how in -W --lifetime=tree --on-error=run; do
		appended "$how"
	done
	ONLYONE_DISABLE=1 launch --output other echo 4
	launch --output=both -d tail -n1 log other
	prints $'3\n4' sort both
	export HOME=$PWD/home PATH=$PWD/home/.local/lib/onlyone/bin:$PWD/bin:$PATH
	mkdir bin home
	script bin/name /bin/sh 'echo "by rule $*"'
	ctl -q enable --link name --output="$PWD/ruled"
	prints -0 '' name 1
	prints 'by rule 1' cat ruled
}

@test "background: a terminal after stty tostop shows what a launch prints, and why it fails" {
	script bad /nowhere
	onlyone --background -a own sleep 1000 3>&-
	run -0 timeout $LIMIT "$BATS_TEST_DIRNAME/lib/terminal.py" 'stty tostop
		onlyone --background -n -a own ./job
		onlyone --background --dry-run -a own ./job
		onlyone --background --key-cmd="echo key | tee /dev/stderr" true
		onlyone --background ./bad; echo status $?' '<already running: ' \
		'<would: (?s:.*)\nkey\r' '<bad: its interpreter' '<status 126' .
}

@test "background: is 0 as soon as a later launch finds the program, or what the launch ends with" {
	script bad /nowhere
	onlyone --background -a own --on-activate='exit 7' sleep 1000 \
		>said 2>&1 3>&-
	run -75 onlyone -n -a own true
	run -7 onlyone --background -a own sleep 1
	run -126 onlyone --background ./bad
	run -64 onlyone --background -W true
}

@test "background: a later launch's input goes to the handler, and what that prints comes back" {
	onlyone --background -a own --on-activate='cat; echo "$1"; echo err >&2; exit 7' \
		./job </dev/null >out 2>&1
	prints -7 $'given\nx\nerr' bash -c \
		'set -o pipefail; echo given | onlyone --background -a own ./job x 2>&1 | cat'
	# A waiting one exits with the process that asked for it.
	begin onlyone --background --wait -a own sleep 2
	wait_until 'it has a child' eval 'child=$(pgrep -P "$BEGUN")'
	lined_up "$child"
	killed "$BEGUN"
	ended "$child"
	# With --output too, that of a handler.
	prints -7 '' launch --output=log -a own ./job handed </dev/null
	prints $'handed\nerr' cat log
}

# appended OPTION: what the program prints is, and what we say is not.
appended() {
	echo "with: '$1'" >&2
	rm -f log
	onlyone --output=log $1 sh -c 'echo 1; echo 2 >&2' >said 2>&1
	onlyone --output log $1 sh -c 'echo 3' >>said 2>&1 >&- 2>&-
	assert_equal "$(<log)" $'1\n2\n3'
	assert_equal "$(<said)" ''
	assert_equal "$(stat -c %a log)" 640
}

# bats test_tags=check
@test "output: all that the program prints is appended to FILE; what we say is not" {
	umask 027
	appended ''
	prints -0 '' bash -c \
		'true | onlyone --background --output=other -a own ./job 2>&1 | cat'
	wait_until 'it has printed' has_lines other 2
	run -75 --separate-stderr onlyone --output=other -n -a own true
	says 'is already running'
	run -0 onlyone --dry-run --output='a file' true
	[ ! -e 'a file' ]
	# A FILE that cannot be opened is 73 before anything is touched.
	for file in missing/log . other/log; do
		run -73 --separate-stderr onlyone --output="$file" --on-error=run "$GUEST"
		says "cannot open the output file $file: "
	done
	assert_equal "$(constructors)" 0
	prints -64 --partial '--output: the name is empty' onlyone --output= true
	run -127 onlyone --output=new ./missing
	[ ! -e new ]
}

@test "output: a FIFO that nobody reads is 73; one that is read, and what a descriptor leads to, are written to, and waited for" {
	mkfifo fifo
	prints -73 --partial 'output file fifo: it is a FIFO that no process reads' \
		launch --output=fifo true
	timeout $LIMIT cat fifo >read &
	reader=$!
	wait_until 'it is read' launch -q --output=fifo sh -c 'head -c 200000 /dev/zero'
	wait "$reader"
	assert_equal "$(stat -c %s read)" 200000
	prints -0 by launch --output=/dev/fd/1 echo by
	: >by
	launch --output=/dev/fd/7 echo seven 7>>by
	prints seven cat by
	mkdir -p real
	ln -s real way
	ln -s log real/link
	launch --output=way/../way/./link echo linked
	prints linked cat real/log
}
