#!/usr/bin/env bats
# as: user (no right is asked for)
# again.bats: a command that leads back to its own launch comes to an end.
#
# A first line without a program, a script of the program's name that stands
# first in PATH: each executes onlyone, which executes it.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load lib/script

LINE='/usr/bin/env -S onlyone'

# turned_back COMMAND...: with 64 and one line that says why; nothing stays.
turned_back() {
	run -64 --separate-stderr timeout -k 5 $LIMIT "$@"
	says 'starts onlyone, which starts it again, without end'
	freed
}

@test "first line: one without a program ends with 64 and the reason" {
	for options in '' --skip -n '-w 5' --replace --join --queue \
		'-k {@}' -d '-j 3' -W --lifetime=main --lifetime=tree \
		'--on-activate=true -v -q' '-a name'; do
		script job "$LINE $options" 'exit 3'
		turned_back ./job
		turned_back ./job letter
		turned_back onlyone ./job
	done
	# And as PATH has it.
	PATH=$PWD:$PATH turned_back job
}

# A program that only runs another is no end of it.
@test "first line: one that names but a program that runs another: the same" {
	cp "$GUESTS/execs" ./unknown
	PATH=$PWD:$PATH
	for runner in nice 'nice -n 1' env 'env -u HOME' nohup setsid \
		'stdbuf -o0' 'ionice -c 3' 'chrt -o 0' 'taskset 1' \
		'setarch -R' 'prlimit --core=0' 'choom -n 0 --' 'nice env' \
		'-a name nice' '--wait nice' \
		'-W env' 'bash -c ./job' 'unknown execvp' 'nice unknown execvp' \
		'setpriv --no-new-privs'; do
		script job "$LINE $runner" 'exit 3'
		run timeout -k 5 $LIMIT ./job
		# It forks where it leads a group, and its child goes on.
		[ "$status" = 64 ] || [ "$runner $status" = 'setsid 0' ] ||
			fail "$runner: $status $output"
		assert_line --partial 'starts onlyone, which starts it again, without end'
		freed
	done
	script job "$LINE nice" 'exit 3'
	turned_back env ONLYONE_DISABLE=1 ./job
	turned_back onlyone ./job
	# One that forks, or is an instance of its own, meets itself: it ends.
	for runner in 'timeout 60' 'nice timeout 60' 'sh -c ./job' 'onlyone nice'; do
		script job "$LINE --skip $runner" 'exit 3'
		run -0 timeout -k 5 $LIMIT ./job
	done
}

@test "first line: also with everything switched off, or a root that is of no use" {
	script job "$LINE --on-error=run" 'exit 3'
	ONLYONE_DISABLE=1 turned_back ./job
	run -64 env ONLYONE_DIR=nowhere timeout -k 5 $LIMIT ./job
	assert_line --partial 'again, without end'
}

@test "name: a script of the program's name before it in PATH, that launches that" {
	mkdir bin
	script bin/tool /bin/sh 'exec onlyone tool "$@"'
	PATH=$PWD/bin:$PATH turned_back tool x
	PATH=$PWD/bin:$PATH turned_back onlyone tool x
	# A shell script without a first line.
	echo 'exec onlyone tool "$@"' >bin/tool
	PATH=$PWD/bin:$PATH turned_back tool x
	# Whatever leads there.
	script bin/one /bin/sh 'exec onlyone other'
	script bin/other /bin/sh 'exec onlyone -a one one'
	run env PATH="$PWD/bin:$PATH" timeout -k 5 $LIMIT onlyone -a one one
	refute [ "$status" = 124 ]
	freed
}

@test "legitimate: a first line with a program, a script that launches itself once" {
	script job "$LINE --skip sh" 'env >env; exit 3'
	for how in ./job 'onlyone ./job' 'onlyone --skip sh ./job'; do
		run -3 timeout $LIMIT $how
		run ! grep ONLYONE_AGAIN env
	done
	script once /bin/sh '[ "$x" ] || x=1 exec onlyone -a once "$0"' \
		'env >env; exit 4'
	for how in ./once 'onlyone -a once ./once'; do
		run -4 timeout $LIMIT $how
	done
	# What it starts begins anew.
	script inner /bin/sh 'env >env; exit 5'
	script once /bin/sh '[ "$x" ] || x=1 exec onlyone -a once "$0"' \
		'onlyone ./inner'
	run -5 timeout $LIMIT onlyone -a once ./once
	run ! grep ONLYONE_AGAIN env
	ONLYONE_DISABLE=1 run -5 timeout $LIMIT onlyone ./inner
	script job "$LINE --skip nice sh" 'env >env; exit 3'
	run -3 timeout $LIMIT ./job
	run ! grep ONLYONE_AGAIN env
	run -3 timeout $LIMIT onlyone sh -c 'exit 3'
	freed
}

# bats test_tags=check
@test "legitimate: a program that begins itself anew from time to time, for ever" {
	# As often as it wants to, if it is not in one minute.
	script tool /bin/sh 'n=${1:-0}' \
		'[ "$n" -lt 50 ] || exit 6' \
		'export ONLYONE_AGAIN="${ONLYONE_AGAIN%:*}:1"' \
		'exec onlyone -a tool "$0" $((n + 1))'
	frees run -6 timeout $LIMIT onlyone -a tool ./tool
}

# bats test_tags=check
@test "wait: the instance that becomes a launch again does not wait for its own end" {
	script job '/usr/bin/env -S env -u ONLYONE_SLOT onlyone --wait' x
	frees prints -75 --partial 'its own end' timeout -k 5 $LIMIT ./job
}
