#!/usr/bin/env bats
# as: user (no right is asked for)
# table.bats: the table IDIOMS in onlyone(7), each row by running it.
#
# Both lines of a row are taken from the page, with a job for COMMAND, and begun
# three times at once; what ran, how often, how many at a time and how it ended
# has to be the same.  The tools that are in no Debian package are written here,
# as their manuals describe them.
load lib/script

own_setup() {
	export HOME=$PWD/home APP=oa$$
	mkdir home tools
	# A short name: a socket's has to be.
	TMUX_TMPDIR=$(mktemp -d /tmp/tmux-test.XXXXXX)
	LITTER+=("$TMUX_TMPDIR")
	export TMUX_TMPDIR
	PATH=$PWD/tools:$PWD:$PATH
	# What runs says so, and ends with $END when there is the file gate.
	script job /bin/bash 'echo "+ $$" >>log' \
		'trap "echo term >>log" TERM' \
		'until [ -e gate ]; do sleep 0.02; done' \
		'echo "- $$" >>log; exit "$END"'
	# A program with a name that no other process has.
	cp "$GUESTS/guest" "tools/$APP"
	script tools/solo /usr/bin/perl 'use Socket; my $port = shift;' \
		'$port =~ s/-port=//; $^F = 10;' \
		'socket(S, PF_INET, SOCK_STREAM, 0) or die;' \
		'bind(S, sockaddr_in($port, pack("CnC", 127, $<, 1)))' \
		'	or die "solo($port): $!\n";' 'exec @ARGV'
	script tools/lockrun /bin/sh 'exec 9>"${1#--lockfile=}"; shift 2' \
		'flock -n 9 || exit 1; "$@"'
	script tools/run-one /bin/sh 'exec flock -xn "$HOME/$(echo "$@" |
		md5sum | cut -c1-32)" "$@"'
	script tools/run-this-one /bin/sh 'f=$HOME/this' \
		'[ ! -e "$f.pid" ] || kill "$(cat "$f.pid")"' \
		'exec flock "$f" sh -c '\''echo $$ >"$0.pid"; exec "$@"'\'' "$f" "$@"'
	script tools/run-one-constantly /bin/sh 'exec 9>"$HOME/again"' \
		'flock -n 9 || exit 1' 'while :; do "$@" 9>&-; done'
	script tools/run-one-until-success /bin/sh 'exec 9>"$HOME/until"' \
		'flock -n 9 || exit 1' 'until "$@" 9>&-; do :; done'
}

own_teardown() { tmux kill-server 2>/dev/null || :; }

# rows: OLD, a tab, NEW, as they are typed.
rows() {
	awk '/^\.Sh/ { on = $2 == "IDIOMS" } on' \
		"$BATS_TEST_DIRNAME/../man/onlyone.7" |
		sed -n '/^\.Bl/,/^\.El/p' | sed '/^\.[BE]l/d' |
		sed -E 's/\\-/-/g; s/\\\(aq/'\''/g; s/\\\(dq/"/g; s/\\&//g
			s/^\.It //' | paste - -
}

# kind OLD: what becomes of three.
kind() {
	case $1 in
	'pgrep '* | 'pidof '* | 'start-stop-daemon '* | tmux*) echo there ;;
	'kill '*) echo told ;;
	run-this-one*) echo replaced ;;
	run-one-constantly*) echo constantly ;;
	run-one-until-success*) echo until ;;
	while*) echo freed ;;
	sem*) echo counted ;;
	*-n* | lckdo\ -W* | lckdo\ FILE* | *-w\ SEC* | *-t\ MSEC* | solo* | \
		lockrun* | run-one* | mkdir*) echo one ;;
	flock* | setlock* | lckdo* | s6-setlock*) echo turns ;;
	*) echo none ;;
	esac
}

# typed LINE COMMAND PROGRAM: a line of the page with what stands for something.
typed() {
	local line=$1
	line=${line//COMMAND ARG.../$2}
	line=${line//COMMAND/$2}
	# Each of the three has a line of its own.
	line=${line/-c LINE/-c \"./job \$1\"}
	line=${line//\/run\/lock\/FILE/$PWD\/lock}
	line=${line//=FILE/=lock}
	line=${line// FILE/ lock}
	line=${line// MSEC/ 300}
	line=${line// SEC/ 0.3}
	line=${line/-W 0.3/-W 1}
	line=${line//-j N/-j 2}
	line=${line//port=N/port=$((10000 + $$ % 20000))}
	line=${line//NAME/name}
	line=${line//PATH/$(command -v "$APP")}
	sed -E "s,(^| )app( |;|\$),\1$3\2,g" <<<"$line"
}

# begin_line LINE: in a script of its own, as one types it.
begin_line() {
	script "script" /bin/bash "$1"
	begin ./script "$((n += 1))" </dev/null >>out 2>&1
}

# three LINE: at once.
three() {
	local i
	script "script" /bin/bash "$1"
	all=()
	for i in 1 2 3; do begin all+= ./script "$i" </dev/null >>out 2>&1; done
}

# statuses: how they have ended, sorted, when they may.
statuses() {
	local pid status
	: >gate
	for pid in "${all[@]}"; do
		ended "$pid"
		status=0
		wait "$pid" || status=$?
		echo "$status"
	done >ends
	sort -n ends
}

# logged SIGN N: for wait_until.
logged() { [ "$(grep -c "^$1" log)" = "$2" ]; }

# most: so many ran at a time.
most() {
	awk '/^[+]/ && ++now > most { most = now } /^-/ { now-- }
		END { print most + 0 }' log
}

# still N: so many of them are there yet, and asleep.
still() {
	local pid left=0
	for pid in "${all[@]}"; do
		if ! gone "$pid"; then
			left=$((left + 1))
			has_state "$pid" S || return
		fi
	done
	[ "$left" = "$1" ]
}

# The kinds: each runs LINE, and prints what came of it.

# One runs, the others have ended before it does.
came_one() {
	three "$1"
	wait_until 'all but one have ended' one_left "${all[@]}"
	wait_until 'one runs' logged + 1
	statuses
	echo "ran $(grep -c + log), at a time $(most)"
}

# All run, one after the other.
came_turns() {
	three "$1"
	wait_until 'one runs' logged + 1
	wait_until 'the others wait' still 3
	logged + 1
	statuses
	echo "ran $(grep -c + log), at a time $(most)"
}

# All run, two at a time.
came_counted() {
	three "$1"
	wait_until 'two run' logged + 2
	wait_until 'the other waits' still 3
	logged + 2
	statuses
	echo "ran $(grep -c + log), at a time $(most)"
}

# It runs already, and the three leave it at that.
came_there() {
	: >"$GUEST_LOG"
	begin_line "$1"
	wait_until 'it runs' in_main 1
	three "$1"
	statuses
	only_first() {
		[ "$(tmux ls | wc -l)" = 1 ]
	}
	[[ $1 != *tmux* ]] || wait_until 'their windows close' only_first
	echo "ran $(constructors)"
	killed "$(noted constructor)"
}

# It runs already, and is told to end by each, while it still runs.
came_told() {
	local i
	all=()
	begin onlyone ./job </dev/null >>out 2>&1
	echo "$BEGUN" >pidfile
	wait_until 'it runs' logged + 1
	for i in 1 2 3; do
		begin_line "$1"
		all+=("$BEGUN")
		wait_until 'it was told' logged term "$i"
	done
	statuses
	wait_until 'it has ended' logged - 1
	echo "ran $(grep -c + log)"
}

# Each takes the place of the one before it.
came_replaced() {
	local i
	all=()
	# Its job ends when it is told to.
	script job /bin/sh 'echo "+ $$" >>log' 'exec sleep 300'
	for i in 1 2 3; do
		begin_line "$1"
		all+=("$BEGUN")
		wait_until "number $i runs" logged + "$i"
	done
	ended "${all[0]}" "${all[1]}"
	alive "${all[2]}"
	kill "$(sed -n '$s/+ //p' log)"
	statuses
	echo "ran $(grep -c + log)"
}

# One runs again and again, the others have ended.
came_constantly() {
	local pid last
	three "$1"
	wait_until 'all but one have ended' one_left "${all[@]}"
	: >gate
	thrice() {
		[ "$(grep -c '^-' log)" -ge 3 ]
	}
	wait_until 'it has run three times' thrice
	for pid in "${all[@]}"; do gone "$pid" || last=$pid; done
	kill -TERM "$(pgrep -P "$last")"
	statuses | head -n 2
	echo "at a time $(most)"
}

# One runs until it succeeds, the others have ended.
came_until() {
	script job /bin/sh 'echo "+ $$" >>log' \
		'until [ -e gate ]; do sleep 0.02; done' 'echo "- $$" >>log' \
		'[ "$(grep -c + log)" -ge 3 ]'
	three "$1"
	wait_until 'all but one have ended' one_left "${all[@]}"
	statuses
	echo "ran $(grep -c + log), at a time $(most)"
}

# All run when the file is free.  (The old line may let several run at once.)
came_freed() {
	: >file
	if [[ $1 == onlyone* ]]; then
		begin onlyone --wait -k '{path:1}' ./job file </dev/null \
			>>out 2>&1
	else
		begin ./job <file >>out 2>&1
	fi
	wait_until 'it is taken' logged + 1
	three "$1"
	statuses
	echo "ran $(grep -c + log)"
}

# came ROW LINE: what comes of it, in a folder of its own.
came() {
	local all n=0 command=./job program=./job
	case $1 in
	*rmdir* | *'200>'*) export END=0 ;; # it ends as what comes last
	run-*) command='./job a' ;;
	esac
	[ "$(kind "$1")" != there ] || program=$APP
	[ "$(kind "$1")" != constantly ] || export END=3
	mkdir "$2"
	cp job "$2"
	cd "$2"
	: >log
	"came_$(kind "$1")" "$(typed "$3" "$command" "$program")"
	freed
}

# both KIND: for each row of this kind, what comes of both lines is the same.
both() {
	local old new row=0
	export END=4
	shopt -s inherit_errexit
	while IFS=$'\t' read -r old new <&4; do
		[ "$(kind "$old")" = "$1" ] || continue
		row=$((row + 1))
		echo "$old"
		came "$old" "old.$1.$row" "$old" >want &
		wait $!
		echo "$new"
		came "$old" "new.$1.$row" "$new" >got &
		wait $!
		[ -s got ]
		diff -u want got
	done 4< <(rows)
	[ "$row" -gt 0 ]
}

KINDS=(one turns counted there told replaced constantly until freed)

@test "each old line and ours: the same comes of both, whichever kind it is" {
	for kind in "${KINDS[@]}"; do both "$kind"; done
}

@test "IDIOMS: each row of the table is one of these" {
	local old new n=0
	while IFS=$'\t' read -r old new; do
		[ -n "$new" ] || fail "no other line: $old"
		[[ " ${KINDS[*]} " == *" $(kind "$old") "* ]] || fail "$old"
		n=$((n + 1))
	done < <(rows)
	[ "$n" -ge 30 ]
}
