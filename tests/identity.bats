#!/usr/bin/env bats
# as: user (no right is asked for)
# identity.bats: what makes two launches the same application.
#
# The path that the user typed; a script is itself, however it is run; a command
# in front of it (nice) is looked through; what runs something else otherwise is
# its whole command line.  Seen from outside: how many instances there are, and what
# `list --json` calls them.
load lib/common

own_setup() {
	mkdir bin other
	cp "$GUESTS/guest" bin/prog
	cat >script <<-'END'
		#!/bin/sh
		"$GUESTS/guest" &
		wait
	END
	cat >wrapper <<-'END'
		#!/bin/sh
		exec "$GUESTS/guest" "$@"
	END
	chmod +x script wrapper
}

# starts COMMAND...: this launch starts an instance, whose guest runs main.
starts() {
	local before
	before=$(grep -c ' main ' "$GUEST_LOG") || true
	begin onlyone "$@"
	wait_until "a guest of $*" \
		eval '[ "$(grep -c " main " "$GUEST_LOG")" -gt "$before" ]'
}

# activates COMMAND...: this launch finds its instance.
activates() {
	local before
	before=$(constructors)
	run -0 launch "$@"
	assert_equal "$(constructors)" "$before"
}

# bats test_tags=check
@test "identity: is the program's path" {
	starts bin/prog
	prints "$(pwd -P)/bin/prog" apps
}

# bats test_tags=check
@test "identity: two symlinks to one program are two applications with an instance each" {
	ln -s bin/prog one
	ln -s bin/prog two
	starts ./one
	starts ./two
	activates ./one
	activates ./two
	starts bin/prog
	assert_equal "$(apps | sort)" "$(pwd -P)/bin/prog
$(pwd -P)/one
$(pwd -P)/two"
	prints 1 ctl count "$PWD/one"
	prints 1 ctl count "$PWD/two"
}

# release N: the program's new folder; what `current` leads to then.
release() {
	mkdir -p "app/releases/$1/bin"
	cp bin/prog "app/releases/$1/bin/server"
	printf '#!/bin/sh\nexec "%s/guest"\n' "$GUESTS" >"app/releases/$1/job"
	chmod +x "app/releases/$1/job"
	ln -sfn "releases/$1" app/current
}

# bats test_tags=check
@test "identity: a link in the folder is what is meant: after a deploy it is the same application" {
	release 1
	starts app/current/bin/server
	starts sh app/current/job
	release 2
	activates app/current/bin/server
	activates "$PWD/app/current/bin/server"
	PATH=$PWD/app/current/bin:$PATH activates server
	activates app/current/job
	cd app/current/bin
	activates ./server
	activates ../job
	cd ../../..
	prints 2 count_all
	# The new release replaces the old one, and one name means it.
	begin onlyone --replace app/current/bin/server
	wait_until "the new release" pid_is server "$BEGUN"
	prints 2 count_all
	assert_equal "$(readlink "/proc/$BEGUN/exe")" \
		"$(pwd -P)/app/releases/2/bin/server"
	run -0 ctl stop server
	# A release that is named itself is another application.
	starts app/releases/1/bin/server
	starts app/releases/2/bin/server
}

count_all() {
	apps | wc -l
}

# bats test_tags=check
@test "identity: a wrapper script that execs the program is one instance, under its own name" {
	starts ./wrapper
	activates ./wrapper
	[ "$(constructors)" = 1 ]
	prints "$BEGUN" ctl pid "$PWD/wrapper"
	prints "$(pwd -P)/wrapper" apps
	grep -qx "$BEGUN main 1" "$GUEST_LOG"
}

@test "identity: a wrapper stays one when its keeper is killed after the exec" {
	starts ./wrapper
	killed "$(keeper_of "$PWD/wrapper")"
	activates ./wrapper
	prints "$BEGUN" ctl pid "$PWD/wrapper"
}

# bats test_tags=check
@test "identity: a script and its interpreter given the script are one" {
	starts ./script
	activates sh script
	activates sh ./script
	activates sh "$PWD/script" argument
	activates /bin/sh -e script
	activates bash script
	activates bash --norc -- script
	prints "$(pwd -P)/script" apps
}

# bats test_tags=check
@test "identity: two unrelated sh -c jobs are two, the same one twice is one" {
	starts sh -c '"$GUESTS/guest"; : first'
	starts sh -c '"$GUESTS/guest"; : second'
	activates sh -c '"$GUESTS/guest"; : first'
	activates sh -c '"$GUESTS/guest"; : second'
	[ "$(apps | wc -l)" = 2 ]
}

# bats test_tags=check
@test "identity: nice and others in front are looked through, in a row too" {
	local front
	starts nice -n 1 bin/prog
	for front in nice 'ionice -c3' 'chrt -o 0' 'taskset -c 0' nohup \
		'setsid -w' 'env A=1' 'env -u HOME -- A=1 B=2' 'timeout 100' \
		'timeout -k 5 9m nice ionice -c 2 -n 7' 'stdbuf -oL'; do
		activates $front bin/prog
	done
	activates bin/prog
	PATH=$PWD/bin:$PATH activates env -u HOME --unset=TERM prog
	run -75 launch -n timeout 100 "$PWD/bin/prog"
	starts -k '{1}' nice bin/prog document
	activates -k '{1}' bin/prog document
	activates -k '{arg:1}' timeout 100 nice bin/prog document
	ln -s "$GUESTS/guest" onlyone-cluster
	PATH=$PWD:$PATH activates -k '{1}' -- onlyone-cluster --take --store=U \
		-n -- bin/prog document
	starts nice sh ./script
	activates ./script
	assert_equal "$(apps | sort -u)" "$(pwd -P)/bin/prog
$(pwd -P)/script"
}

@test "identity: -d finds the documents of what is behind nice" {
	starts -d nice -n 1 bin/prog one
	starts -d bin/prog two
	activates -d bin/prog ./one
	activates -d timeout 100 bin/prog two
	prints 2 count_all
}

# bats test_tags=check
@test "identity: what else runs another command is the whole line, and says so on a terminal" {
	mkdir tools
	printf '#!/bin/sh\nexec "$@"\n' >tools/sudo
	chmod +x tools/sudo
	PATH=$PWD/tools:$PATH
	starts sudo "$GUESTS/guest" one
	starts sudo "$GUESTS/guest" two
	activates sudo "$GUESTS/guest" one
	activates nice sudo "$GUESTS/guest" two
	run -0 launch sudo true
	assert_output ""
	for line in 'sudo true' 'sh -c :' 'env -C . true' 'env -S true' \
		'env -u PATH true' 'env --unset=PATH true'; do
		run -0 timeout $LIMIT "$BATS_TEST_DIRNAME/lib/terminal.py" \
			"onlyone $line" .
		assert_output --partial \
			'onlyone: the application is the whole command line; use --app=NAME'
		run -0 timeout $LIMIT "$BATS_TEST_DIRNAME/lib/terminal.py" \
			"onlyone -q $line" .
		refute_output --partial whole
	done
	for line in '-a job sudo true' 'true' 'nice true' '-c true'; do
		run -0 timeout $LIMIT "$BATS_TEST_DIRNAME/lib/terminal.py" \
			"onlyone $line" .
		refute_output --partial whole
	done
}

# bats test_tags=check
@test "identity: --app names it, several commands share it" {
	starts --app=editor bin/prog
	activates -a editor "$GUESTS/guest"
	activates --app editor ./script
	# A shell line is a job, for which no program answers.
	run -75 launch --app=editor -c 'exit 3'
	starts bin/prog
	run -0 ctl pid editor
	assert_equal "$(apps | sort)" "$(pwd -P)/bin/prog
editor"
}
