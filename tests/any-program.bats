# run: desktop
# as: user (desktop programs run as an ordinary user)
# any-program.bats: a program with a window that no row names: its second start opens
# a later launch's document, if it hands over; else a message says so, and nothing is
# started.
#
# second.bats checks how we recognize that; here is what launches do with it.
load lib/x11
load lib/enforce
load lib/line

GUEST_PY=$BATS_TEST_DIRNAME/lib/second.py

own_setup() {
	export GUEST_FOLDER=$PWD
	desk
	touch a b c
	# What the second start does is in a file, as its environment is that of
	# the instance.
	cat >program <<-END
		#!/bin/sh
		GUEST_WAY=\$(cat "$PWD/way")
		export GUEST_WAY
		exec "$GUEST_PY" "\$@"
	END
	chmod +x program
	PROGRAM=$PWD/program
	way hand
}

# way WORD: what the second start does.
way() { echo "$1" >"$GUEST_FOLDER/way"; }

# single [OPTION...]: begin the guest by onlyone, until it has its socket.
single() {
	begin INSTANCE= onlyone "$@" "$PROGRAM" a </dev/null
	wait_until 'it has a socket' test -S sock
	[ -n "${GUEST_TRAY-}" ] ||
		wait_until 'it has a window' window_named '^first$'
}

# given DOCUMENTS: the guest has these, a line for each; starts N: it was started
# so many times again.
given() { assert_equal "$(cat given 2>/dev/null)" "$1"; }
starts() { assert_equal "$(cat starts 2>/dev/null | wc -l)" "$1"; }

# one_process: the program has one process, ours, in its tree.
one_process() {
	assert_equal "$(ctl count "$PROGRAM") $(ctl pid "$PROGRAM")" "1 $INSTANCE"
}

# later STATUS WORDS [OPTION...] -- ARG...: a later launch, and what it says.
later() {
	local status_is=$1 words=$2 options=()
	shift 2
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	run --separate-stderr onlyone "${options[@]}" "$PROGRAM" "${@:2}"
	assert_equal "$status" "$status_is"
	[[ -z $words && -z $stderr ]] ||
		[[ -n $words && $stderr == *"$words"* ]] || fail "$stderr"
}

ways=$'\nonlyone: use -d for one window for each document, or --replace to show this one instead'

@test "it hands over: documents and links are opened, by one, two and from other folders; the same, or none, raises" {
	single
	later 0 '' -- b
	given b
	later 0 '' -- b c
	mkdir sub
	touch sub/d
	cd sub
	later 0 '' -- d
	cd ..
	later 0 '' -- magnet:?xt=urn:x file:///tmp
	later 0 '' --must-deliver -- c
	given $'b\nb\nc\nd\nmagnet:?xt=urn:x\nfile:///tmp\nc'
	starts 5
	# What is asked for is in front: it may have shown another one since.
	window=$(window_named '^first$')
	cover
	later 0 '' -- a
	wait_until 'it is in front' is_up "$window"
	again_covered
	later 0 '' --
	wait_until 'it is in front' is_up "$window"
	starts 6
	onlyonectl activate "$PROGRAM" -- c
	starts 7
	run --separate-stderr onlyonectl list -v
	[[ $stderr == *" while it has a window, since a second copy passes them on (found: the socket $PWD/sock)" ]]
	run -0 onlyone --dry-run "$PROGRAM" b
	assert_output --partial 'by its second start, since it has the socket'
	one_process
}

@test "what is no document, or was not asked for: nothing is started, and it is named" {
	single
	while IFS='|' read -r status words args; do
		echo "$args" >&2
		later "$status" "$words" $args
	done <<-END
		0|can't open b and 1 more: its option --odd is not known|-- --odd b
		0|can't open none: there is no file none|-- none
		0|can't open b and 1 more: there is no file none|-- b none
		69|can't open none: there is no file none|--must-deliver -- none
		0|was not given b, because of --on-activate=none|--on-activate=none -- b
		75|was not run|-n -- b
		75|was not run|--skip -- b
	END
	starts 0
	# With a name, a key or a number what is typed wins.
	begin onlyone -a mine sleep 300 </dev/null
	wait_until 'it runs' count_is mine 1
	run --separate-stderr onlyone -a mine "$PROGRAM" b
	starts 0
}

@test "the folder in which it was started is gone: its second start goes by its path; if that is relative, it says so" {
	local by
	for by in "$PROGRAM" ../program; do
		mkdir gone
		cd gone
		begin INSTANCE= onlyone "$by" "$GUEST_FOLDER/a" </dev/null
		cd ..
		wait_until 'it has a socket' test -S sock
		wait_until 'it has a window' window_named '^first$'
		rm -r gone
		if [ "$by" = "$PROGRAM" ]; then
			later 0 '' -- b
		else
			later 0 "can't open b: has no handler: its folder $PWD/gone: No such file or directory" -- b
		fi
		given b
		ended_by TERM "$INSTANCE"
		rm sock
	done
}

@test "words that a menu entry gives each time, such as a title: the document between them is opened" {
	begin INSTANCE= onlyone "$PROGRAM" a --title 'My Guest' </dev/null
	wait_until 'it has a window' window_named '^first$'
	later 0 '' -- b --title 'My Guest'
	later 0 '' -- c b --title 'My Guest'
	later 0 '' -- --title 'My Guest'
	given $'b\nc\nb'
	for words in 'b --title Other' '--title b' 'b --title b' '-x b --title'; do
		later 0 'is not known' -- $words
	done
	starts 2
	killed "$INSTANCE"
	rm sock
	begin INSTANCE= onlyone "$PROGRAM" -r --style=x a </dev/null
	wait_until 'it has a window' window_named '^first$'
	later 0 '' -- -r --style=x b
	killed "$INSTANCE"
	rm sock
	# What follows the option may be its value.
	begin INSTANCE= onlyone "$PROGRAM" --from a </dev/null
	wait_until 'it has a window' window_named '^first$'
	later 0 'its option --from is not known' -- --from b
	starts 3
}

@test "a second start that shows a window, fails or stays: it is said, and a window is not tried again" {
	single
	while IFS='|' read -r way status words; do
		echo "$way" >&2
		way "$way"
		later "$status" "can't open b: $words$ways" -- b
		unnamed '^second$'
	done <<-'END'
		fail|0|its second start failed
		crash|0|its second start failed
		stay|0|its second start did not exit in time, and was stopped
	END
	way fail
	later 69 'its second start failed' --must-deliver -- b
	starts 4
	way window
	later 0 "can't open b: its second start opened a window of its own, and was stopped$ways" -- b
	way hand
	later 0 'its second start opened a window of its own' -- b
	starts 5
	run --separate-stderr onlyonectl list -v
	[[ $stderr == *'do not go to the running '*': its second start opened a window of its own, and was stopped'* ]]
	# Its next keeper knows that, too; the next instance does not.
	keeper_killed "$PROGRAM"
	later 0 'its second start opened a window of its own' -- b
	starts 5
	one_process
	frees killed "$INSTANCE"
	rm sock
	single
	later 0 '' -- b
	starts 6
}

@test "no evidence: nothing is started; its window comes to the front, and the document is named" {
	needs feh feh
	for name in a b; do
		printf 'P3 2 1 255\n255 0 0 0 0 255\n' >$name.ppm
	done
	begin_window onlyone feh a.ppm
	local feh=$BEGUN
	cover
	run -0 --separate-stderr onlyone feh b.ppm
	assert_equal "$stderr" "onlyone: $(command -v feh) (pid $feh) is already running and can't open b.ppm$ways"
	run -69 onlyone --must-deliver feh b.ppm
}

@test "no window: a job is not started again, though there is a display" {
	begin_guest onlyone "$GUEST" wait none
	run -0 --separate-stderr onlyone "$GUEST" b
	[[ $stderr == *'guest b" was not run'$'\n''onlyone: use -a NAME'* ]] || fail "$stderr"
	[ "$(constructors)" = 1 ]
}

@test "reopen: what has closed its window and is in the tray is started again without documents; what has never had one is not" {
	GUEST_TRAY=hide single
	wait_until 'it has a window' window_named '^first$'
	wait_until 'its window is closed' unnamed '^first$'
	later 0 'is running, but shows no window' --
	given again
	starts 1
	# With a document it is given that, once; it may also be about to end.
	later 0 'is running, but shows no window' -- b
	given $'again\nb'
	starts 2
	frees killed "$INSTANCE"
	rm sock given starts
	# A server has a socket, too: a second start would take that.
	GUEST_TRAY=y single
	sleep 1
	later 0 'was not run' --
	run --separate-stderr onlyone "$PROGRAM" b
	[ "$status" = 0 ]
	[[ $stderr == *'b" was not run'$'\n''onlyone: use -a NAME'* ]] || fail "$stderr"
	starts 0
	given ''
	frees killed "$INSTANCE"
	needs picom picom
	begin onlyone picom --backend xrender </dev/null
	wait_until 'it runs' pid_is picom "$BEGUN"
	run onlyone picom
	run -1 pgrep -f -P "$BEGUN" picom
	pid_is picom "$BEGUN"
}

@test "two at once, and while it begins: one process, and both documents" {
	cat >slow <<-END
		#!/bin/sh
		sleep 0.5
		exec "$PROGRAM" "\$@"
	END
	chmod +x slow
	begin FIRST= onlyone ./slow a </dev/null
	wait_until 'it is the instance' pid_is ./slow "$FIRST"
	begin SECOND= onlyone ./slow b </dev/null
	begin THIRD= onlyone ./slow c </dev/null
	ends "$SECOND" 0
	ends "$THIRD" 0
	assert_equal "$(sort given)" $'b\nc'
}

@test "a listener that is killed, while the program has become one with a window: the document is opened" {
	cat >late <<-END
		#!/bin/sh
		until [ -e go ]; do sleep 0.01; done
		exec "$PROGRAM" "\$@"
	END
	chmod +x late
	begin onlyone ./late a </dev/null
	wait_until 'it is the instance' pid_is ./late "$BEGUN"
	begin LISTENER= onlyonectl listen ./late >records
	wait_until 'it listens' polls "$LISTENER"
	begin SECOND= onlyone ./late b </dev/null
	wait_until 'the listener has it' test -s records
	touch go
	wait_until 'it has a window' window_named '^first$'
	sleep 1.1 # its keeper looks at it again after a second
	kill -KILL "$LISTENER"
	ends "$SECOND" 0
	given b
}

@test "by a rule: what its own second start does, it does with a rule" {
	needs pluma pluma
	echo text >a.txt
	echo text >b.txt
	onlyonectl -q enable pluma
	LD_PRELOAD=$BUILD/libonlyone.so begin pluma a.txt </dev/null >/dev/null 2>&1
	wait_until 'it shows a' window_named '^a.txt'
	LD_PRELOAD=$BUILD/libonlyone.so run -0 pluma b.txt
	wait_until 'it shows b' window_named '^b.txt'
	assert_equal "$(onlyonectl count pluma)" 1
}
