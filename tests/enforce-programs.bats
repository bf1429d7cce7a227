#!/usr/bin/env bats
# enforce-programs.bats: a session with enforcement on is a session.
#
# What has no rule does what it does without us, to the byte; real programs of
# many processes, by Debian package, start by their rule, are one instance, and
# quit clean.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load lib/enforce

own_setup() { export HOME=$PWD LC_ALL=C.UTF-8; }

# same LINE...: shell lines with the same output and status in such a session,
# each in an empty folder of the same path.
same() {
	local line where code part run
	for line; do
		for where in bare ours; do
			rm -rf "$PWD/place"
			mkdir place
			code=0
			if [ $where = ours ]; then
				run=(env ONLYONE_ENFORCE=nothing
					LD_PRELOAD="$SHIM")
			else
				run=(env ONLYONE_ENFORCE=nothing)
			fi
			(
				cd place
				timeout $LIMIT "${run[@]}" bash -c "$line" </dev/null
			) >$where.out 2>$where.err 3>&- || code=$?
			echo "status $code" >>$where.out
		done
		# Also where this is run: it has to end here.
		for part in out err; do
			cmp bare.$part ours.$part && continue
			fail "$line: $(diff bare.$part ours.$part)"
			return 1
		done
		[ "$(cat ours.out ours.err)" != 'status 0' ] || {
			fail "says nothing: $line"
			return 1
		}
	done
	untouched
}

@test "session: the comparison itself can tell" {
	run ! same 'echo $LD_PRELOAD'
	run ! same 'test -z "$LD_PRELOAD"; exit $?'
}

@test "session: make of a small C project" {
	needs make make
	same 'echo "int f(void) { return 42; }" >f.c
		echo "int f(void); int main(void) { return f(); }" >m.c
		cat >Makefile <<-"END"
			p: m.o f.o
				gcc -o p m.o f.o
			m.o: m.c
				gcc -c m.c
			f.o: f.c
				gcc -c f.c
			run: p
				./p
		END
		make; make; ./p; echo $?; make -j2 run'
}

@test "session: apt-get, python3, perl, node, java" {
	needs nodejs node
	needs openjdk-17-jdk-headless java
	same 'apt-get --version' \
		'/usr/bin/python3 -c "import os, subprocess, sys
print(os.sys.argv, subprocess.run([\"sh\", \"-c\", \"exit 3\"]).returncode)
sys.exit(4)"' \
		'perl -e "print qx(echo x), system(q(exit 3)) >> 8; exit 4"' \
		'node -e "console.log(process.argv.length, require(
			\"child_process\").execSync(\"echo a\") + \"b\");
			process.exit(4)"' \
		'java -version' \
		'printf "class A { public static void main(String[] a) throws \
			Exception { System.out.println(new ProcessBuilder( \
			\"sh\", \"-c\", \"exit 3\").start().waitFor()); \
			System.exit(4); } }" >A.java; java A.java'
}

@test "session: git, gcc, ssh, tar" {
	needs git git
	needs openssh-client ssh
	same 'export GIT_AUTHOR_DATE=@0+0000 GIT_COMMITTER_DATE=@0+0000
		git init -q -b main . && echo a >a && git add a &&
		git -c user.name=n -c user.email=e commit -m c && git log -p &&
		git clone . b && git -C b rev-parse HEAD; git nothing' \
		'echo "int main(void) { return 1 }" >a.c; gcc a.c' \
		'echo "int main(void) { return 3; }" >a.c; gcc -pipe a.c; ./a.out' \
		'ssh -V' 'ssh -o BatchMode=yes -p 1 127.0.0.1 true' \
		'mkdir a; echo b >a/b; tar czf a.tgz a && tar tzf a.tgz
			tar xzOf a.tgz a/b; tar xf nothing'
}

@test "session: a pipeline of twenty commands" {
	same 'set -o pipefail; seq 1000 | cat | grep 1 | sort | uniq | head -n 400 |
		tail -n 300 | tr 0-9 a-j | sed s/a/A/ | awk "{ print \$1 }" |
		cut -c1-3 | rev | tac | nl | paste - - | expand | fold -w 60 |
		cat -n | tee copy | md5sum; echo "${PIPESTATUS[@]}"
		false | true; echo $?; wc copy'
}

@test "session: an interactive shell at a terminal, with jobs and signals" {
	steps=('<[$] ' '>echo one $((1+1))\r' '<one 2[^$]*[$] '
		'>sleep 100 | sleep 100\r' '<sleep 100\r' '!sleep 0.2' '>\x1a'
		'<Stopped[^$]*[$] ' '>jobs\r' '<Stopped[^$]*[$] ' '>bg\r' '<[$] '
		'>kill %1; wait; echo over\r' '<over\r[^$]*[$] '
		'>(exit 5); echo $?; tty >/dev/null && echo tty\r' '<tty\r[^$]*[$] '
		'>exit 3\r' '<exit' .)
	for where in bare ours; do
		local preload=
		[ $where = bare ] || preload="LD_PRELOAD=$SHIM"
		timeout $LIMIT "$BATS_TEST_DIRNAME/lib/terminal.py" \
			"PS1='\$ ' ONLYONE_ENFORCE=nothing $preload \
				exec bash --norc --noprofile -i" \
			"${steps[@]}" >$where.tty
	done
	grep -q Stopped ours.tty
	# What a job prints and when the prompt comes are two processes.
	for where in bare ours; do
		tr -d '\r' <$where.tty | grep -oE \
			'one 2|Stopped|over|^5$|^tty$|^exit' >$where.said
	done
	cmp bare.said ours.said
	untouched
}

@test "chromium: starts, is one instance of many processes, and quits clean" {
	needs chromium chromium
	local own=(chromium --headless --disable-gpu --no-sandbox
		--user-data-dir="$PWD/profile" --remote-debugging-port=0)
	local page='data:text/html,<title>hello</title>'
	begin_enforced chromium "${own[@]}" "$page" </dev/null >out 2>&1
	wait_until 'it serves' test -s profile/DevToolsActivePort
	wait_until 'its page is there' page_says hello
	assert_equal "$(ctl pid chromium)" "$BEGUN"
	assert_equal "$(ctl list --json | jq length)" 1
	# Its renderers are zygotes by name.
	has_child zygote
	# This one's title is written over its environment, as without us.
	ps -o args= --ppid "$BEGUN" | grep -q -- --type=utility
	run -0 enforced chromium "${own[@]}" "$page"
	assert_equal "$(ctl pid chromium)" "$BEGUN"
	assert_equal "$(types | grep -cx browser)" 1
	# It ends by itself, as by the menu.
	frees ends_by TERM "$BEGUN" 0
	wait_until 'all its processes have ended' eval '[ -z "$(types)" ]'
	# It was no crash: it starts again.
	rm profile/DevToolsActivePort
	begin_enforced chromium "${own[@]}" "$page" </dev/null >out 2>&1
	wait_until 'it serves again' test -s profile/DevToolsActivePort
	assert_equal "$(ctl pid chromium)" "$BEGUN"
	ends_by TERM "$BEGUN" 0
}

page_says() {
	local port
	read -r port <profile/DevToolsActivePort
	busybox wget -qO- "http://127.0.0.1:$port/json" | grep -q "\"title\": \"$1\""
}

# types: of each process of this test's Chromium, its --type, or "browser".
types() {
	local file line
	for file in $(grep -lszxF "ONLYONE_DIR=$ONLYONE_DIR" \
		/proc/[0-9]*/environ); do
		file=${file%environ}cmdline
		line=$(tr '\0' ' ' <"$file" 2>/dev/null) || continue
		case $line in
		*chrome_crashpad*) echo crashpad ;;
		*' --type='*)
			line=${line#* --type=}
			echo "${line%% *}"
			;;
		*chromium/chromium*) echo browser ;;
		esac
	done
}

has_child() { types | grep -qx "$1"; }

@test "emacs: at a terminal, is one instance, edits, and quits clean" {
	needs emacs-nox emacs
	"$BATS_TEST_DIRNAME/lib/terminal.py" \
		"TERM=xterm ONLYONE_ENFORCE=emacs LD_PRELOAD=$SHIM emacs -nw file" \
		'<file' '!onlyonectl pid emacs >pid' '>hello' '<hello' \
		'!timeout $LIMIT env ONLYONE_ENFORCE=emacs LD_PRELOAD=$SHIM emacs' \
		'!timeout $LIMIT env ONLYONE_ENFORCE=emacs LD_PRELOAD=$SHIM emacs \
			-Q --batch --eval "(write-region \"x\" nil \"second\")"' \
		'!test -e second && test "$(onlyonectl count emacs)" = 1' '>\x18\x03' '<[(]y' '>y' . >tty ||
		fail "$(cat tty)"
	assert_equal "$(cat file)" hello
	test -s pid
	freed
}

@test "gvim: its own fork is the instance, and quits clean" {
	needs vim-gtk3 gvim
	load lib/x11
	xserver
	begin_enforced gvim gvim -u NONE -U NONE \
		--cmd "call writefile([getpid()], '$PWD/pid')" file </dev/null
	# It leaves the terminal: the first process ends, the copy goes on.
	ends "$BEGUN" 0
	wait_until 'its copy is the instance' count_is gvim 1
	assert_not_equal "$(ctl pid gvim)" "$BEGUN"
	run -0 enforced gvim gvim -u NONE -U NONE \
		--cmd "call writefile([], '$PWD/second')" other
	[ ! -e second ]
	assert_equal "$(ctl count gvim)" 1
	frees run -0 ctl stop gvim
}
