# as: root (it may put onlyone into any of them)
# wrappers.bats: the table "Inside or outside?" in onlyone-security(7): its rows are
# run.
#
# Each row is a command that runs another one: with onlyone behind it (inside) and in
# front of it (outside).  A row says with which status it exits, and what becomes of
# the program if TERM goes to the launched process.  For each row: meanwhile a second
# launch exits with 0, and with 75 with -n; the row returns when the program has
# exited; and no process, and no slot, stays.
load lib/script

own_setup() {
	wants mount pidns
	script job /bin/bash 'case $1 in' \
		'TERM|KILL) kill -"$1" $$; exit 255 ;;' \
		'stay) echo >"here.$BASHPID"; while :; do read -rt 1 _ <>gate; done ;;' \
		'esac' 'exit "$1"'
	mkfifo gate
}

# rows: COMMAND|INSIDE|OUTSIDE|WHAT TERM DOES, as they are in the page.
rows() {
	awk '/^\.S[hs]/ { on = $0 == ".Ss Inside or outside?" } on' \
		"$BATS_TEST_DIRNAME/../man/onlyone-security.7" |
		sed -nE '/^\.It command /d; s/\\-/-/g; s/ Ta /|/g; s/^\.It //p'
}

# front NAME: $front is the words of the row before the command; with a line for the
# command, what takes that is in $line.
front() {
	line=
	case $1 in
	firejail) front=(firejail --quiet --noprofile) ;;
	bwrap*) # shellcheck disable=SC2206
		front=($1 --dev-bind / /) ;;
	'setsid -w') front=(setsid setsid -w) ;; # as from a shell, it has to fork
	chroot) front=(chroot / env -C "$PWD") ;;
	timeout*) # shellcheck disable=SC2206
		front=(${1//SEC/$LIMIT}) ;;
	'su '*) line="$1 \"\$1\"" ;;
	'script -qec') line='script -qec "$1" /dev/null' ;;
	parallel*) line="$1 ::: \"\$1\"" ;;
	xargs) front=(xargs -a /dev/null) ;;
	sudo) front=(sudo -n env "ONLYONE_DIR=$ONLYONE_DIR") ;;
	*) # shellcheck disable=SC2206
		front=(${1//FILE/file}) ;;
	esac
	if [ "$line" ]; then
		# shellcheck disable=SC2016
		script line /bin/bash 'printf -v words "%q " "$@"' 'set -- "$words"' "exec $line"
			front=(./line)
	fi
}

# put WHERE OPTION... -- ARG: $put launches the job.
put() {
	local where=$1 options=()
	shift
	until [ "$1" = -- ]; do
		options+=("$1")
		shift
	done
	if [ "$where" = inside ]; then
		put=("${front[@]}" "$(type -P onlyone)" -q -a job "${options[@]}" ./job "$2")
	else
		put=(onlyone -q -a job "${options[@]}" "${front[@]}" ./job "$2")
	fi
}

# status_of WHERE END: of a job that ends so; -: that is not its end.
status_of() {
	local status=0
	put "$1" -- "$2"
	timeout -k 5 $LIMIT "${put[@]}" </dev/null >>out 2>&1 3>&- || status=$?
	[ "$status" != 255 ] || status=-
	freed
	echo "$status"
}

# the_job: its pid here.
the_job() { pgrep -f '^/bin/bash ./job stay$'; }

no_job() { ! the_job; }

# pends PID: TERM has come to it, which it does not take.
pends() {
	local SAID
	status_look "$1" ShdPnd && ((0x$SAID & 1 << 14))
}

# sent WHERE END: TERM to what was launched; then so with the job.
sent() {
	local launched job how
	rm -f here.*
	put "$1" -- stay
	begin launched= "${put[@]}" </dev/null >>out 2>&1
	wait_until 'the job runs' compgen -G 'here.*'
	job=$(the_job)
	for how in 0: 75:-n; do
		# shellcheck disable=SC2086
		run -"${how%:*}" timeout -k 5 $LIMIT onlyone -q -a job ${how#*:} true
	done
	kill "$launched"
	if [ "$2" = ignored ]; then
		pends "$launched"
	else
		ended "$launched"
	fi
	if [ "$2" = ends ]; then
		wait_until 'the job has ended too' no_job
	else
		killed "$job"
		ended "$launched"
	fi
	wait_until 'no slot is left' cleared
	no_keepers
}

# cleared: no slot is left; what was killed with its sandbox could not remove its folder,
# and only the first pid namespace shows that all in it have ended.
cleared() { swept || { no_keepers && ctl forget --force job && no_slots; }; }

# row NAME INSIDE OUTSIDE TERM: all of it is true.
row() {
	local front line put said where want end got
	echo "# $1" >&2
	front "$1"
	for where in inside outside; do
		want=$2
		[ "$where" = inside ] || want=$3
		got=
		[ "$(status_of $where 0)" = 0 ] || fail "$1, $where: 0"
		for end in 7 TERM KILL; do
			got+=" $(status_of $where $end)"
		done
		assert_equal "$1, $where:$got" "$1, $where: $want"
		sent $where "$4"
	done
}

# told PATTERN: the rows whose command is like that.
told() {
	local name inside outside term n=0
	while IFS='|' read -r name inside outside term <&4; do
		# shellcheck disable=SC2053
		[[ $name == $1 ]] || continue
		row "$name" "$inside" "$outside" "$term"
		n=$((n + 1))
	done 4< <(rows)
	[ "$n" -gt 0 ] || fail "no row: $1"
}

@test "inside and outside: sandboxes" {
	needs firejail firejail
	needs bubblewrap bwrap
	wants userns
	told '@(firejail|bwrap*|unshare*|chroot)'
}

@test "in a pid namespace that the instance has made, an exec waits for nothing" {
	needs strace strace
	run -0 timeout -k 5 $LIMIT strace -f -qq -e trace=nanosleep,execve -o trace \
		onlyone -q unshare -fp --mount-proc env PATH=/nowhere:/none:/bin true
	grep -q 'execve("/bin/true"' trace
	prints -1 '' grep nanosleep trace
}

@test "inside and outside: what bounds a command" {
	told '@(timeout*|nice|setsid*|script*)'
}

@test "inside and outside: what changes its user, and what takes a lock" {
	needs sudo sudo
	needs s6 s6-setlock
	needs runit chpst
	needs moreutils lckdo
	told '@(su*|runuser*|flock*|s6-*|chpst*|lckdo*)'
}

@test "inside and outside: what runs many, and what mails" {
	needs parallel parallel
	needs moreutils chronic
	told '@(xargs|parallel*|chronic)'
}

@test "inside and outside: every row is in one of these tests" {
	local name
	while IFS='|' read -r name _; do
		[[ $name == @(firejail|bwrap*|unshare*|chroot|timeout*|nice|setsid*|script*|su*|runuser*|flock*|s6-*|chpst*|lckdo*|xargs|parallel*|chronic) ]] ||
			fail "in no test: $name"
	done < <(rows)
}
