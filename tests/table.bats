#!/usr/bin/env bats
# as: user (no right is asked for)
# table.bats: the table IDIOMS in onlyone(7), its rows by running them.
#
# Both lines of a row are taken from the page, with a job for COMMAND, and begun
# three times at once; what ran, how often, how many at a time and how it ended
# has to be the same.  idioms.bats has where the old one is weak.
load lib/script

own_setup() {
	export HOME=$PWD/home APP=oa$$ END=4
	mkdir home tools
	PATH=$PWD/tools:$PWD:$PATH
	# What runs says so, and ends with $END when there is the file gate.
	script job /bin/bash 'echo "+ $$" >>log' \
		'until [ -e gate ]; do sleep 0.02; done' \
		'echo "- $$" >>log; exit "$END"'
	# A program with a name that no other process has.
	cp "$GUESTS/guest" "tools/$APP"
}

# rows: OLD, a tab, NEW, as they are typed.
rows() {
	awk '/^\.Sh/ { on = $2 == "IDIOMS" } on' \
		"$BATS_TEST_DIRNAME/../man/onlyone.7" |
		sed -n '/^\.Bl/,/^\.El/p' | sed '/^\.[BE]l/d' |
		sed -E 's/\\-/-/g; s/\\\(aq/'\''/g; s/\\\(dq/"/g; s/\\&//g
			s/^\.It //' | paste - -
}

# kind OLD: what becomes of three; else why they are not compared here.
kind() {
	case $1 in
	'pgrep '* | 'pidof '* | 'start-stop-daemon '*) echo there ;;
	sem*) echo counted ;;
	solo* | lockrun* | run-*) echo '(its tool is no Debian package)' ;;
	'kill '* | *'200>'* | *'9>'* | *'$0'*) echo '(idioms.bats has it)' ;;
	mkdir* | tmux* | while*) echo '(what it does is no single program)' ;;
	*-n* | lckdo\ -W* | lckdo\ FILE* | *-w\ SEC* | *-t\ MSEC*) echo one ;;
	flock* | setlock* | lckdo* | s6-setlock*) echo turns ;;
	*) echo none ;;
	esac
}

# typed LINE COMMAND PROGRAM: a line of the page with what stands for something.
typed() {
	local line=$1
	line=${line//COMMAND/$2}
	# Each of the three has a line of its own.
	line=${line/-c LINE/-c \"./job \$1\"}
	line=${line//\/run\/lock\/FILE/$PWD\/lock}
	line=${line// FILE/ lock}
	line=${line// MSEC/ 300}
	line=${line// SEC/ 0.3}
	line=${line/-W 0.3/-W 1}
	line=${line//-j N/-j 2}
	line=${line//NAME/name}
	line=${line//PATH/$(command -v "$APP")}
	sed -E "s,(^| )app( |;|\$),\1$3\2,g" <<<"$line"
}

# three LINE: at once, in a script of its own, as one types it.
three() {
	local i
	script typed /bin/bash "$1"
	all=()
	for i in 1 2 3; do begin all+= ./typed "$i" </dev/null >>out 2>&1; done
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

# begun N: for wait_until.
begun() { [ "$(grep -c '^+' log)" = "$1" ]; }

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

# The kinds: each begins three of LINE, and waits for what is to become of them.

# One runs, the others have ended before it does.
came_one() {
	three "$1"
	wait_until 'all but one have ended' one_left "${all[@]}"
	wait_until 'one runs' begun 1
}

# All run, one after the other.
came_turns() {
	three "$1"
	wait_until 'one runs' begun 1
	wait_until 'the others wait' still 3
	begun 1
}

# All run, two at a time.
came_counted() {
	three "$1"
	wait_until 'two run' begun 2
	wait_until 'the other waits' still 3
	begun 2
}

# It runs already, and the three leave it at that.
came_there() {
	: >"$GUEST_LOG"
	script first /bin/bash "$1"
	begin ./first </dev/null >>out 2>&1
	wait_until 'it runs' in_main 1
	three "$1"
}

# came KIND FOLDER LINE: what comes of it, in a folder of its own.
came() {
	local all
	mkdir "$2"
	cp job "$2"
	cd "$2"
	: >log
	if [ "$1" = there ]; then
		came_there "$(typed "$3" ./job "$APP")"
		statuses
		echo "ran $(constructors)"
		killed "$(noted constructor)"
	else
		"came_$1" "$(typed "$3" ./job ./job)"
		statuses
		awk '/^[+]/ { ran++; if (++now > most) most = now } /^-/ { now-- }
			END { print "ran", ran, "at a time", most }' log
	fi
	freed
}

@test "IDIOMS: the old line of each row and ours: the same comes of both" {
	local old new row=0
	shopt -s inherit_errexit
	while IFS=$'\t' read -r old new <&4; do
		echo "$old"
		[ -n "$new" ] || fail "no other line: $old"
		kind=$(kind "$old")
		[ "$kind" != none ] || fail "what is that?"
		[[ $kind != '('* ]] || continue
		row=$((row + 1))
		came "$kind" "old.$row" "$old" >want &
		wait $!
		echo "$new"
		came "$kind" "new.$row" "$new" >got &
		wait $!
		[ -s got ]
		diff -u want got
	done 4< <(rows)
	[ "$row" -ge 19 ]
}
