#!/usr/bin/env bats
# as: user (no right is asked for)
# again.bats: a command that leads back to its own launch comes to an end.
#
# A first line without a program, a script of the program's name that stands
# first in PATH: each executes onlyone, which executes it.

# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load lib/common

LINE='#!/usr/bin/env -S onlyone'

# script FILE LINE...
script() {
	printf '%s\n' "${@:2}" >"$1"
	chmod +x "$1"
}

# ended_by COMMAND...: with 64 and one line that says why; nothing stays.
ended_by() {
	run --separate-stderr timeout -k 5 60 "$@"
	assert_equal "$status" 64
	says 'executes onlyone again and again'
	wait_until 'nothing is left' "$PATIENCE" no_slots
}

@test "first line: one without a program ends with 64 and the reason" {
	local options
	for options in '' --skip -n '-w 5' --replace --join --queue \
		'-k {@}' -d '-j 3' -W --supervise --lifetime=main \
		--lifetime=tree --restart=always --restart=on-failure \
		'--on-activate=true -v -q' '-a name'; do
		script job "$LINE $options" 'exit 3'
		ended_by ./job
		ended_by ./job letter
		ended_by onlyone ./job
	done
	# And as PATH has it.
	PATH=$PWD:$PATH ended_by job
}

@test "first line: also with everything switched off, or a root that is of no use" {
	script job "$LINE --on-error=run" 'exit 3'
	ONLYONE_DISABLE=1 ended_by ./job
	run env ONLYONE_DIR=nowhere timeout -k 5 60 ./job
	assert_equal "$status" 64
	assert_line --partial 'again and again'
}

@test "name: a script of the program's name before it in PATH, that launches that" {
	mkdir bin
	script bin/tool '#!/bin/sh' 'exec onlyone tool "$@"'
	PATH=$PWD/bin:$PATH ended_by tool x
	PATH=$PWD/bin:$PATH ended_by onlyone tool x
	# A shell script without a first line.
	script bin/tool 'exec onlyone tool "$@"'
	PATH=$PWD/bin:$PATH ended_by tool x
	# Whatever leads there.
	script bin/one '#!/bin/sh' 'exec onlyone other'
	script bin/other '#!/bin/sh' 'exec onlyone -a one one'
	run env PATH="$PWD/bin:$PATH" timeout -k 5 60 onlyone -a one one
	refute [ "$status" = 124 ]
	wait_until 'nothing is left' "$PATIENCE" no_slots
}

@test "legitimate: a first line with a program, a script that launches itself once" {
	script job "$LINE --skip sh" 'env >env; exit 3'
	for how in ./job 'onlyone ./job' 'onlyone --skip sh ./job'; do
		run -3 timeout 60 $how
		run ! grep ONLYONE_AGAIN env
	done
	script once '#!/bin/sh' '[ "$x" ] || x=1 exec onlyone -a once "$0"' \
		'env >env; exit 4'
	for how in ./once 'onlyone -a once ./once'; do
		run -4 timeout 60 $how
	done
	# What it starts begins anew.
	script inner '#!/bin/sh' 'env >env; exit 5'
	script once '#!/bin/sh' '[ "$x" ] || x=1 exec onlyone -a once "$0"' \
		'onlyone ./inner'
	run -5 timeout 60 onlyone -a once ./once
	run ! grep ONLYONE_AGAIN env
	ONLYONE_DISABLE=1 run -5 timeout 60 onlyone ./inner
	run -3 timeout 60 onlyone sh -c 'exit 3'
	wait_until 'nothing is left' "$PATIENCE" no_slots
}

@test "wait: the instance that becomes a launch again does not wait for its own end" {
	script job '#!/usr/bin/env -S env -u ONLYONE_SLOT onlyone --wait' x
	run timeout -k 5 60 ./job
	assert_equal "$status" 75
	assert_output --partial 'its own end'
	wait_until 'nothing is left' "$PATIENCE" no_slots
}
