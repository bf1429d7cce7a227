# as: user (needs no rights)
# table.bats: the section IDIOMS in onlyone-jobs(7): its rows are run.
#
# Both lines of an idiom, or of a lock command in the table below them, are taken from
# the page, with a job for COMMAND, and started three times at once.  What ran, how
# often, how many at a time and the exit statuses must be the same. idioms.bats shows
# where the old one is weak.
load lib/script

own_setup() {
	export HOME=$PWD/home END=4
	mkdir home
	# What runs says so, and ends with $END when there is the file gate.
	script job /bin/bash 'echo "+ $$" >>log' \
		'until [ -e gate ]; do sleep 0.02; done' \
		'echo "- $$" >>log; exit "$END"'
}

# rows: OLD, a tab, NEW, as they are typed: each block has two lines, each row of the
# table twice a command and what stands for it.
rows() {
	awk '/^\.Sh/ { on = $2 == "IDIOMS"; next }
		!on { next }
		/^\.Bd/ { old = ""; block = 1; next }
		/^\.Ed/ { block = 0 }
		block && old { print old "\t" $0 }
		block { old = $0 }
		/^\.It .* Ta / {
			split(substr($0, 5), cell, " Ta ")
			for (i = 1; i <= 3; i += 2)
				print cell[i] " FILE COMMAND\tonlyone " \
					cell[i + 1] " -a NAME COMMAND" }' \
		"$BATS_TEST_DIRNAME/../man/onlyone-jobs.7" |
		sed -E 's/\\-/-/g; s/\\\(aq/'\''/g; s/\\\(dq/"/g; s/\\&//g'
}

# kind OLD: what becomes of three; else why they are not compared here.
kind() {
	case $1 in
	'pgrep '*) echo '(policies.bats has --skip)' ;;
	sem*) echo counted ;;
	solo* | lockrun* | run-*) echo '(its tool is no Debian package)' ;;
	'kill '* | *'9>'*) echo '(idioms.bats has it)' ;;
	*-n* | lckdo\ -W* | lckdo\ FILE* | *-w\ SEC* | *-t\ MSEC*) echo one ;;
	flock* | setlock* | lckdo* | s6-setlock*) echo turns ;;
	*) echo none ;;
	esac
}

# typed LINE: a line of the page with what stands for something.
typed() {
	local line=${1//COMMAND/.\/job}
	line=${line//\/run\/lock\/FILE/$PWD\/lock}
	line=${line// FILE/ lock}
	line=${line// MSEC/ 300}
	line=${line// SEC/ 0.3}
	line=${line/-W 0.3/-W 1}
	line=${line//-j N/-j 2}
	line=${line//NAME/name}
	echo "$line"
}

# begun N: for wait_until.
begun() { [ "$(grep -c '^+' log)" = "$1" ]; }

# still: the three are there yet, and asleep.
still() {
	local pid
	for pid in "${all[@]}"; do
		has_state "$pid" S || return
	done
}

# came KIND FOLDER LINE: what comes of three of it at once, in a folder of their
# own: how they end, how many run, and how many at a time.
came() {
	local all=() i pid status
	mkdir "$2"
	cp job "$2"
	cd "$2"
	: >log
	script typed /bin/bash "$(typed "$3")"
	for i in 1 2 3; do begin all+= ./typed "$i" </dev/null >>out 2>&1; done
	case $1 in
	one)
		wait_until 'all but one have ended' one_left "${all[@]}"
		wait_until 'one runs' begun 1
		;;
	turns) wait_until 'one runs' begun 1 ;;
	counted) wait_until 'two run' begun 2 ;;
	esac
	[ "$1" = one ] || wait_until 'the others wait' still
	: >gate
	for pid in "${all[@]}"; do
		ended "$pid"
		status=0
		wait "$pid" || status=$?
		echo "$status"
	done >ends
	sort -n ends
	awk '/^[+]/ { ran++; if (++now > most) most = now } /^-/ { now-- }
		END { print "ran", ran, "at a time", most }' log
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
	[ "$row" = 14 ]
}
