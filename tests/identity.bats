#!/usr/bin/env bats
# as: user (no right is asked for)
# identity.bats: what makes two launches the same application.
#
# The path that the user typed; a script is itself, however it is run; a command
# in front of it (nice) is looked through; what runs something else otherwise is
# its whole command line.  Seen from outside: how many instances there are, and what
# `list --json` calls them.
# shellcheck disable=SC2016,SC2086
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

@test "identity: spellings of a path are one application" {
	starts bin/prog
	activates "$PWD/bin/prog"
	activates ./other/../bin//./prog
	PATH=$PWD/bin:$PATH activates prog
	PATH=bin:$PATH activates prog
	prints "$(pwd -P)/bin/prog" apps
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

@test "identity: programs of one name in two folders are two" {
	cp bin/prog other/prog
	starts bin/prog
	starts other/prog
	[ "$(apps | wc -l)" = 2 ]
}

@test "identity: a name of spaces, newlines and non-UTF-8 bytes is one like any other" {
	local odd=$'bin/a b\n"c\\\xff\xe9'
	cp bin/prog "$odd"
	starts "$odd"
	activates "$PWD/$odd"
	prints 1 ctl count "$PWD/$odd"
	ctl list --json | jq -e 'length == 1'
	prints "$BEGUN" ctl pid "$PWD/$odd"
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

@test "identity: the program itself is another application than its wrapper" {
	starts ./wrapper
	starts "$GUESTS/guest"
	[ "$(apps | wc -l)" = 2 ]
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

@test "identity: sh with a script first, then the script, are one" {
	starts sh ./script
	activates ./script
	prints "$(pwd -P)/script" apps
}

@test "identity: python3, perl and node running a file are that file" {
	cat >p.py <<-'END'
		#!/usr/bin/python3
		import os; os.execv(os.environ["GUESTS"] + "/guest", ["guest"])
	END
	cat >p.pl <<-'END'
		#!/usr/bin/perl -w
		exec("$ENV{GUESTS}/guest");
	END
	cat >p.js <<-'END'
		#!/usr/bin/env node
		const { GUESTS } = process.env;
		require("child_process").spawnSync(GUESTS + "/guest");
	END
	chmod +x p.py p.pl p.js
	starts /usr/bin/python3 p.py
	activates ./p.py
	activates /usr/bin/python3 -u ./p.py x
	starts perl p.pl
	activates ./p.pl
	activates perl -w "$PWD/p.pl"
	starts node p.js
	activates ./p.js
	assert_equal "$(apps | sort)" "$(pwd -P)/p.js
$(pwd -P)/p.pl
$(pwd -P)/p.py"
}

@test "identity: java -jar FILE is that file" {
	mkdir classes
	cat >Main.java <<-'END'
		public class Main {
			public static void main(String[] a) throws Exception {
				new ProcessBuilder(System.getenv("GUESTS") + "/guest")
				    .start().waitFor();
			}
		}
	END
	javac -d classes Main.java
	printf 'Main-Class: Main\n' >manifest
	/usr/bin/python3 - <<-'END'
		import zipfile
		z = zipfile.ZipFile("main.jar", "w")
		z.writestr("META-INF/MANIFEST.MF", "Main-Class: Main\n")
		z.write("classes/Main.class", "Main.class")
		z.close()
	END
	starts java -jar main.jar
	activates java -jar "$PWD/main.jar" x
	activates java -Xmx64m -jar ./main.jar
	prints "$(pwd -P)/main.jar" apps
}

# bats test_tags=check
@test "identity: two unrelated sh -c jobs are two, the same one twice is one" {
	starts sh -c '"$GUESTS/guest"; : first'
	starts sh -c '"$GUESTS/guest"; : second'
	activates sh -c '"$GUESTS/guest"; : first'
	activates sh -c '"$GUESTS/guest"; : second'
	[ "$(apps | wc -l)" = 2 ]
}

@test "identity: with -c each shell line is its own application" {
	starts -c '"$GUESTS/guest"; : first'
	starts -c '"$GUESTS/guest"; : second'
	activates -c '"$GUESTS/guest"; : second'
	[ "$(apps | wc -l)" = 2 ]
}

@test "identity: python3 -c and -m are their whole command line" {
	local code='import os; os.execv(os.environ["GUESTS"] + "/guest", ["g"])'
	echo "$code" >mod.py
	starts /usr/bin/python3 -c "$code"
	starts /usr/bin/python3 -c "$code # another"
	activates /usr/bin/python3 -c "$code"
	starts /usr/bin/python3 -m mod
	starts /usr/bin/python3 -m mod more
	activates /usr/bin/python3 -m mod
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
	# shellcheck disable=SC2016
	printf '#!/bin/sh\nexec "$@"\n' >tools/sudo
	chmod +x tools/sudo
	PATH=$PWD/tools:$PATH
	starts sudo "$GUESTS/guest" one
	starts sudo "$GUESTS/guest" two
	activates sudo "$GUESTS/guest" one
	activates nice sudo "$GUESTS/guest" two
	run -0 launch sudo true
	assert_output ""
	for line in 'sudo true' 'sh -c :' 'env -C . true' 'env -S true'; do
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

@test "identity: names of --app never meet by being alike" {
	starts --app='a b' bin/prog
	starts --app=a_b bin/prog
	starts --app=a/b bin/prog
	starts --app=A_B bin/prog
	activates --app=a/b bin/prog
	prints 1 ctl count a/b
}

@test "identity: a name of 10,000 bytes works" {
	name=$(printf '%010000d' 7)
	starts --app="$name" bin/prog
	activates --app="$name" bin/prog
	starts --app="${name}8" bin/prog
	prints 1 ctl count "$name"
}

@test "identity: a folder under a new name makes another application" {
	starts bin/prog
	mv bin moved
	starts moved/prog
	[ "$(apps | wc -l)" = 2 ]
}
