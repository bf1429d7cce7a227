#!/usr/bin/env bats
# as: user (no right is asked for)
# interpreter.bats: onlyone in the first line of a script.
#
#	#!/usr/bin/env -S onlyone --skip sh
#
# The kernel runs env, env runs onlyone, onlyone becomes the interpreter.  Then
# the application is the script, whoever interprets it: each claim is tried
# with every interpreter below.
# shellcheck disable=SC2016,SC2030,SC2031,SC2086,SC2154
load lib/common

LINE='#!/usr/bin/env -S onlyone'
INTERPRETERS=(${ONLY-dash bash zsh mksh 'busybox sh' sh python3 perl})

# script FILE OPTIONS INTERPRETER: it writes down its arguments, waits for the
# file `go`, and ends with what is in `status`, or with 143 when told to end.
script() {
	local file=$1
	{
		echo "$LINE $2 $3"
		case $3 in
		python3)
			cat <<-'END'
				import os, signal, sys, time
				signal.signal(signal.SIGTERM, lambda *_: sys.exit(99))
				with open(os.environ["HERE"] + "/told", "a") as f:
				    f.write("<" + "><".join(sys.argv) + ">\n")
				while not os.path.exists(os.environ["HERE"] + "/go"):
				    time.sleep(0.02)
				sys.exit(int(open(os.environ["HERE"] + "/status").read()))
			END
			;;
		perl)
			cat <<-'END'
				$SIG{TERM} = sub { exit 99 };
				open F, ">>$ENV{HERE}/told";
				print F "<" . join("><", $0, @ARGV) . ">\n";
				close F;
				select undef, undef, undef, 0.02 until -e "$ENV{HERE}/go";
				open F, "$ENV{HERE}/status";
				exit <F>;
			END
			;;
		node)
			cat <<-'END'
				const fs = require("fs"), here = process.env.HERE;
				process.on("SIGTERM", () => process.exit(99));
				fs.appendFileSync(here + "/told",
				    "<" + process.argv.slice(1).join("><") + ">\n");
				setInterval(() => {
				    if (fs.existsSync(here + "/go"))
				        process.exit(+fs.readFileSync(here + "/status"));
				}, 20);
			END
			;;
		*)
			cat <<-'END'
				trap 'exit 99' TERM
				{ printf '<%s>' "$0" "$@"; echo; } >>"$HERE/told"
				while ! [ -e "$HERE/go" ]; do sleep 0.02; done
				exit "$(cat "$HERE/status")"
			END
			;;
		esac
	} >"$file"
	chmod +x "$file"
}

own_setup() {
	HERE=$(pwd -P)
	export HERE
	echo 7 >status
	: >told
	mkdir sub
}

# runs COMMAND...: begin it; it has told its arguments.
runs() {
	local before
	before=$(wc -l <"$HERE/told")
	begin "$@"
	wait_until "$1 runs" told_more "$before"
}

told_more() { [ "$(wc -l <"$HERE/told")" -gt "$1" ]; }

# over: what runs ends, and its place is free; nothing is told.
over() {
	: >"$HERE/go"
	frees ends "$BEGUN" 7
	rm "$HERE/go"
	: >"$HERE/told"
}

# each FUNCTION: call it with each interpreter.
each() {
	local interpreter
	for interpreter in "${INTERPRETERS[@]}"; do
		echo "interpreter: $interpreter"
		"$1" "$interpreter"
	done
}

@test "identity: the application is the script, and the pid is that of the launch" {
	a() {
		script job --skip "$1"
		runs ./job
		prints "$HERE/job" apps
		prints "$BEGUN" ctl pid "$HERE/job"
		over
	}
	each a
}

@test "second: is skipped with 0, with -n it is 75, and the script has not run" {
	a() {
		script job --skip "$1"
		runs ./job
		prints -0 --partial 'this command was not run' \
			timeout $LIMIT ./job again
		prints -0 '' timeout $LIMIT ./job
		assert_equal "$(wc -l <told)" 1
		over
		script job -n "$1"
		runs ./job
		run -75 timeout $LIMIT ./job again
		assert_equal "$(wc -l <told)" 1
		over
	}
	each a
}

@test "two: scripts of one interpreter do not exclude each other" {
	a() {
		script job --skip "$1"
		script other --skip "$1"
		runs ./job
		local job=$BEGUN
		runs ./other
		assert_equal "$(apps)" "$HERE/job
$HERE/other"
		over
		ends "$job" 7
	}
	each a
}

@test "arguments: and the script's own name arrive as without onlyone" {
	a() {
		script job --skip "$1"
		runs ./job 'a b' '' '*' -x --skip $'new\nline'
		local zero=./job
		[ "$1" != node ] || zero=$HERE/job
		assert_equal "$(cat told)" "<$zero><a b><><*><-x><--skip><new
line>"
		over
	}
	each a
}

@test "status: is that of the script, and TERM reaches it" {
	a() {
		script job --skip "$1"
		runs ./job
		frees ends_by TERM "$BEGUN" 99
		runs ./job
		run -0 ctl stop job
		frees ends "$BEGUN" 99
	}
	each a
}

@test "links: a symbolic link to the script is an application of its own" {
	a() {
		script job --skip "$1"
		ln -sf job link
		runs ./job
		local job=$BEGUN
		runs ./link
		run -0 timeout $LIMIT ./link
		assert_equal "$(apps)" "$HERE/job
$HERE/link"
		over
		ends "$job" 7
	}
	each a
}

@test "paths: from other folders, over PATH, and as an argument it is the same script" {
	a() {
		script job -n "$1"
		runs ./job
		local way
		for way in '../job' "$HERE/job" '../sub/../job'; do
			(cd sub && run timeout $LIMIT "$way" && assert_failure 75)
		done
		(cd / && PATH=$HERE:$PATH && run timeout $LIMIT job &&
			assert_failure 75)
		(cd sub && run launch -n $1 ../job && assert_failure 75)
		assert_equal "$(wc -l <told)" 1
		over
	}
	each a
}

@test "keys: -k {@} is one instance for each list of arguments" {
	a() {
		script job '-n -k {@}' "$1"
		runs ./job one
		local job=$BEGUN
		run -75 timeout $LIMIT ./job one
		runs ./job two
		assert_equal "$(wc -l <told)" 2
		over
		ends "$job" 7
	}
	each a
}

@test "keys: what follows the interpreter counts: -k {2} is the script's first argument" {
	a() {
		local words job
		read -ra words <<<"$1"
		script job "-n -k {$((${#words[@]} + 1))}" "$1"
		runs ./job one
		job=$BEGUN
		run -75 timeout $LIMIT ./job one
		run -75 timeout $LIMIT "$HERE/job" one
		runs ./job two
		over
		ends "$job" 7
	}
	each a
}

@test "twice: onlyone before a script that has it in its first line runs the script" {
	a() {
		script job --skip "$1"
		runs onlyone ./job
		assert_equal "$(apps)" "$HERE/job"
		run -0 timeout $LIMIT ./job
		assert_equal "$(wc -l <told)" 1
		over
	}
	each a
}

@test "options: of the interpreter go between it and the script" {
	local line n=0
	while IFS= read -r line; do
		printf '%s %s\nexit 3\n' "$LINE --skip" "$line" >job
		chmod +x job
		run -3 ./job --skip
		run launch --dry-run ${line} ./job
		assert_line --regexp "^application: +$HERE/job "
		n=$((n + 1))
	done <<-'END'
		sh -eu
		bash --norc -e
		busybox ash -e
		zsh -f
		mksh -e
		perl -w
	END
	assert_equal "$n" 6
}

# bats test_tags=once
@test "node: all of that is true of its scripts" { ONLY=node file_again; }
