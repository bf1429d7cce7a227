# invisible.bats: the program sees what it would see without us.
#
# The guest `state` writes down everything that a program can see of itself: once run
# directly, once under onlyone, from the same place.  Both must be the same bytes,
# except ONLYONE_*.
load lib/common

differ=()

# twice SCENE [PROGRAM ARG...]: one shell runs the program bare, then ours, as the "$@"
# of a piece of shell, so that both have the same parent.
twice() {
	local scene=$1
	shift
	[ $# -gt 0 ] || set -- "$GUESTS/state" state.out a '' 'b c'
	echo "$scene" >&2
	bash -c '
		scene() { '"$scene"'
		}
		scene env -u _ "$@" || exit
		mv state.out bare || exit
		scene env -u _ onlyone "$@" || exit
		mv state.out ours' bash "$@"
	diff -a "${differ[@]}" bare ours
}

@test "invisible: whatever else it is started with" {
	while read -r scene; do
		twice "$scene"
	done <<-'END'
		setsid --wait "$@"
		(ulimit -c 0 -f 100000 -s 4096 -t 100 -u 2000 -v 4000000 -n 100; exec "$@")
		trap "" INT QUIT TERM CHLD PIPE USR1 ALRM RTMIN; "$@"
		nice -n 3 ionice -c 3 setarch -R setpriv --no-new-privs --pdeathsig TERM "$@"
		env -i "PATH=$PATH" "ONLYONE_DIR=$ONLYONE_DIR" "$@"
		env "A=" $'N=a\nb\xff' LONG="$(printf %0100000d 1)" "$@"
		env LD_PRELOAD=":$GUESTS/hook.so::libresolv.so.2 libutil.so.1" "$@"
		env LD_PRELOAD="$BUILD/libonlyone.so" "$@"
	END
	grep -qx "env LD_PRELOAD=$BUILD/libonlyone.so" ours
	twice '"$@"' "$GUESTS/state-static" state.out
	# Eight descriptors are enough, whatever needs one more.
	eight='ulimit -n 20; exec 3</ 4</ 5</ 6</ 7</ 8</ 9</ 10</ 11</ 12<&-
		13<&- 14<&- 15<&- 16<&- 17<&- 18<&- 19<&-; exec "$@"'
	twice "($eight)"
	for option in -n --lock-file=lock -W --lifetime=tree --on-activate=:; do
		prints -0 '' timeout $LIMIT bash -c "$eight" bash onlyone "$option" "$GUEST" exit 0
	done
	assert_equal "$(constructors)" 5
}

# bats test_tags=check
@test "invisible: a terminal's state; Ctrl-Z and fg, while launches are accepted; Ctrl-C; streams, descriptors, signals, children; and the keeper" {
	# The shell reports "continued" before it hands over the terminal.
	in_front='until ps -o stat= -p "$(onlyonectl pid guest)" | grep -q "^S.*[+]"; do
		sleep 0.02; done'
	timeout $((2 * LIMIT)) "$BATS_TEST_DIRNAME/lib/terminal.py" \
		"PS1='ready> ' exec bash --norc --noprofile -i" \
		'<ready> ' '>env -u _ $GUESTS/state state.out; mv state.out bare\r' '<ready> ' \
		'>env -u _ onlyone $GUESTS/state state.out; mv state.out ours\r' '<ready> ' \
		'>onlyone $GUESTS/guest say up\r' '<[\r\n]up\r\n' \
		'>\x1a' '<Stopped' '<ready> ' \
		'!timeout $LIMIT onlyone $GUESTS/guest' \
		'>onlyone $GUESTS/guest; echo second=$?\r' '<second=0\r\n' \
		'>fg\r' '<onlyone .*guest' "!$in_front" \
		'>\x03' '<ready> ' '>echo status=$?\r' '<status=130\r\n' '>exit\r' .
	[[ $(<bare) == *'foreground self'* && $(<bare) == *'terminal 0 /dev/pts/'* ]]
	diff -a bare ours
	assert_equal "$(constructors)" 1
	# The guest can tell, or all of this shows nothing.
	"$GUESTS/state" bare
	(exec 9</dev/null && umask 0 && trap '' USR1 && A=b "$GUESTS/state" ours)
	run diff bare ours
	[[ $output == *'> fd 9 -> /dev/null'*'> status Umask:	0000'*'signal 10 ignored'* ]]
	twice '"$@" <&- >&- 2>&- & wait $!'
	twice '(ulimit -n 20; exec "$@" 3</dev/null 4</ 7<>/dev/zero 9>>x)'
	twice "/usr/bin/python3 $BATS_TEST_DIRNAME/lib/blocked.py "'"$@"'
	# Of a child the parent is the sh in between, of which each run has its own.
	differ=(-I '^parent ')
	twice '"$@"' sh -c '"$GUESTS/state" state.out; :'
	# Nothing is between the program and its parent; the keeper has nothing of theirs.
	begin_guest onlyone "$GUEST"
	assert_equal "$(<"/proc/$BEGUN/task/$BEGUN/children")" ''
	assert_equal "$(parent_of "$BEGUN")" "$BASHPID"
	keeper=$(keeper_of guest)
	# A session of its own, no terminal, cwd /, a name.
	read -r -a stat <"/proc/$keeper/stat"
	[[ ${stat[1]} == '(onlyone)' && ${stat[5]} == "${stat[4]}" && ${stat[6]} == 0 ]]
	[ "/proc/$keeper/cwd" -ef / ]
	is_keeper "$keeper"
	# No descriptor of the test, of bats or of the program.
	prints '' find "/proc/$keeper/fd" -type l ! -lname "$ONLYONE_DIR*" ! -lname 'socket:*' \
		! -lname 'anon_inode:*' ! -lname 'pipe:*' ! -lname /dev/null ! -lname 'pidfd:*'
	# So a reader of the program's output sees its end.
	prints -0 hello timeout $LIMIT bash -c 'onlyone -a b "$GUESTS/guest" say hello exit 0 | cat'
}
