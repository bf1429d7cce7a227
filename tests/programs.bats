#!/usr/bin/env bats
# as: user (Chromium refuses its sandbox to root)
# programs.bats: real programs, unmodified, by Debian package: launched, and in a session
# with enforcement on.
#
# Each is started once, does its work, is found by the next launch (whose arguments reach a
# handler), and frees its place when it ends.  A program that is not there fails its test,
# which names the package.
load lib/enforce

# handing over: what the handler of these tests does.
take='printf "<%s>" "$@" >>handed'

# serves PORT TEXT: an HTTP server there answers with it.
serves() { busybox wget -qO- "http://127.0.0.1:$1/" | grep -q "$2"; }

# port_in FILE: the first number after "port" in what a server said.
port_in() {
	wait_until 'it says its port' file_has "$1" 'port [0-9]+'
	port=$(grep -oE 'port [0-9]+' "$1" | head -n 1 | tr -dc 0-9)
}

# terminal STEP...: a shell's line, and what is typed and seen.
terminal() {
	timeout $((2 * LIMIT)) "$BATS_TEST_DIRNAME/lib/terminal.py" "$@" .
}

@test "npm: --replace ends the server that npm start has run, and stop npm does" {
	needs npm npm
	echo '{"name": "site", "version": "1.0.0", "scripts": {"start":
	    "node server.js"}}' >package.json
	cat >server.js <<-'END'
		const server = require("http").createServer((q, s) => s.end("hello\n"));
		server.listen(process.env.PORT || 0, "127.0.0.1",
		    () => console.log("port " + server.address().port));
	END
	begin onlyone -k '{cwd}' npm start >said 2>&1
	port_in said
	PORT=$port begin onlyone --replace -k '{cwd}' npm start >again 2>&1
	port_in again
	wait_until 'it serves' serves "$port" hello
	run -0 ctl stop -w 60 npm
	run ! serves "$port" hello
}

@test "openjdk-17-jdk-headless: a Java program in a jar goes by the jar" {
	needs openjdk-17-jdk-headless javac
	cat >Main.java <<-'END'
		public class Main {
			public static void main(String[] a) throws Exception {
				System.out.println("up");
				Thread.sleep(1000000);
			}
		}
	END
	javac -d classes Main.java
	jar cfe main.jar Main -C classes .
	begin onlyone --on-activate="$take" java -Xmx64m -jar main.jar >said 2>&1
	wait_until 'it runs' file_has said up
	run -0 launch java -jar main.jar more
	assert_equal "$(<handed)" '<-jar><main.jar><more>'
	prints "$BEGUN" ctl pid main.jar
	run -0 ctl stop main.jar
	# The JVM ends with 143 at TERM, by its own exit.
	ends "$BEGUN" 143
}

@test "tmux: the client is the instance; after a detach its server is" {
	needs tmux tmux
	tmux="tmux -S $PWD/sock -f /dev/null"
	terminal "TERM=xterm onlyone --on-activate='$take' $tmux new -s main" '<\[main\]' \
		"!onlyonectl pid tmux >pid; onlyone $tmux another" \
		"!$tmux detach-client -s main" '<detached'
	assert_equal "$(<handed)" "<-S><$PWD/sock><-f></dev/null><another>"
	server=$($tmux display-message -p '#{pid}')
	[ "$(<pid)" != "$server" ]
	wait_until 'the server is the instance' pid_is tmux "$server"
	frees $tmux kill-server
}

@test "vim, and micro, which is in Go and without libc: in a terminal, as ever" {
	needs vim vim
	needs micro micro
	echo 'first line' >file
	terminal "TERM=xterm onlyone --on-activate='$take' vim -u NONE -N file" '<first line' \
		'!timeout $LIMIT onlyone vim other' '>Gosecond line\x1b:wq\r'
	assert_equal "$(<file)" $'first line\nsecond line'
	terminal "TERM=xterm onlyone --on-activate='$take' micro file" '<first' \
		'!timeout $LIMIT onlyone micro more' '>\x11'
	assert_equal "$(<handed)" '<other><more>'
	freed
}

@test "util-linux: su, a setuid program" {
	needs util-linux su
	[ -u "$(command -v su)" ]
	mkfifo input
	exec 7<>input
	begin onlyone --on-activate="$take" su <&7 >said 2>&1
	wait_until 'it is su' has_name "$BEGUN" su
	wait_until 'su waits' has_state "$BEGUN" S
	run -0 launch su
	assert_equal "$(<handed)" '<>'
	# Its keeper gone, it is found again, though nobody may look into it.
	keeper_killed su
	run -0 launch su
	prints "$BEGUN" ctl pid su
	frees run -0 ctl stop su
	exec 7>&-
}

# --- in a session -----------------------------------------------------------------

# in_session WHERE: this shell's, if it is ours.
in_session() {
	export ONLYONE_ENFORCE=nothing
	[ "$1" = bare ] || export LD_PRELOAD=$SHIM
}

# same LINE...: shell lines with the same output and status in such a session, each in an
# empty folder of the same path.
same() {
	local line where code
	for line; do
		echo "$line" >&2
		for where in bare ours; do
			rm -rf "$PWD/place"
			mkdir place
			code=0
			(
				cd place
				in_session $where
				timeout $LIMIT bash -c "$line" </dev/null
			) >$where.out 2>&1 3>&- || code=$?
			echo "status $code" >>$where.out
		done
		# Also where this is run: it has to end here.
		diff bare.out ours.out || return
		[ "$(<ours.out)" != 'status 0' ] || fail 'says nothing' || return
	done
}

@test "session: git, gcc, ssh, tar, and a shell at a terminal, do what they do without us" {
	needs git git
	needs openssh-client ssh
	export HOME=$PWD LC_ALL=C.UTF-8
	# The comparison itself can tell.
	run ! same 'echo $LD_PRELOAD'
	run ! same 'test -z "$LD_PRELOAD"; exit $?'
	same 'export GIT_AUTHOR_DATE="@0 +0000" GIT_COMMITTER_DATE="@0 +0000"
		git init -q -b main . && echo a >a && git add a &&
		git -c user.name=n -c user.email=e commit -m c && git log -p &&
		git clone . b && git -C b rev-parse HEAD; git nothing' \
		'echo "int main(void) { return 1 }" >a.c; gcc a.c' \
		'echo "int main(void) { return 3; }" >a.c; gcc -pipe a.c; ./a.out' \
		'ssh -o BatchMode=yes -p 1 127.0.0.1 true' \
		'mkdir a; echo b >a/b; tar czf a.tgz a && tar tzf a.tgz; tar xf nothing'
	for where in bare ours; do
		preload=
		[ $where = bare ] || preload=LD_PRELOAD=$SHIM
		terminal "PS1='\$ ' ONLYONE_ENFORCE=nothing $preload \
			exec bash --norc --noprofile -i" '<[$] ' \
			'>sleep 100 | sleep 100\r' '<sleep 100\r' '!sleep 0.2' '>\x1a' \
			'<Stopped[^$]*[$] ' '>bg\r' '<[$] ' '>kill %1; wait; echo over\r' \
			'<over\r[^$]*[$] ' '>(exit 5); echo $?; tty >/dev/null && echo tty\r' \
			'<tty\r[^$]*[$] ' '>exit 3\r' '<exit' >tty
		# What a job prints and when the prompt comes are two processes.
		tr -d '\r' <tty | grep -oE 'Stopped|over|^5$|^tty$|^exit' >$where.said
	done
	grep -q Stopped ours.said
	cmp bare.said ours.said
	untouched
}

# page_is TITLE: of the page that Chromium shows.
page_is() {
	local port
	read -r port <profile/DevToolsActivePort
	busybox wget -qO- "http://127.0.0.1:$port/json" | grep -q "\"title\": \"$1\""
}

# boxed_zygote: a zygote of it is in another pid namespace.
boxed_zygote() {
	local pid
	for pid in $(ps -o pid= --ppid "$BEGUN"); do
		grep -qz -- --type=zygote "/proc/$pid/cmdline" &&
			! [ "/proc/$pid/ns/pid" -ef /proc/self/ns/pid ] && return
	done
	return 1
}

@test "session: Chromium, with its sandbox, by a rule: one, and a second start is handed over" {
	needs chromium chromium
	wants userns pidns netns
	export HOME=$PWD LC_ALL=C.UTF-8
	own=(onlyonectl session -- chromium --headless --disable-gpu
		--user-data-dir="$PWD/profile" --remote-debugging-port=0
		'data:text/html,<script>document.title="hel"+"lo"</script>')
	ctl -q enable chromium
	begin "${own[@]}" </dev/null >out 2>&1
	wait_until 'it serves' test -s profile/DevToolsActivePort
	wait_until 'its page is there' page_is hello
	# Its zygotes execute /proc/self/exe in namespaces of their own.
	boxed_zygote
	run -0 "${own[@]}"
	prints "$BEGUN" jq '.[].pid' <(ctl list --json)
	frees ends_by TERM "$BEGUN" 0
}
