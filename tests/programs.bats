#!/usr/bin/env bats
# as: user (no right is asked for)
# programs.bats: real programs, unmodified, by Debian package.
#
# Each is started once, does its work, is found by the next launch (whose
# arguments reach a handler), and frees its place when it ends.  A program
# that is not there fails its test, which names the package.
load lib/common

# handing over: what the handler of these tests does.
take='printf "<%s>" "$@" >>handed'

# taken APP-OPERAND COMMAND...: a launch of COMMAND starts nothing, and its
# arguments arrive; the instance is $BEGUN, then and now.
taken() {
	local app=$1
	shift
	prints "$BEGUN" ctl pid "$app"
	rm -f handed
	prints -0 '' launch "$@"
	shift
	[ $# = 0 ] || assert_equal "$(cat handed)" "$(printf '<%s>' "$@")"
	run ctl list --json
	assert_equal "$(jq -r '.[].pid' <<<"$output")" "$BEGUN"
}

# stop_it APP: TERM ends it and its place is free.
stop_it() {
	frees run -0 ctl stop "$1"
}

# serves PORT TEXT: an HTTP server there answers with it.
serves() { busybox wget -qO- "http://127.0.0.1:$1/" | grep -q "$2"; }

# port_in FILE: the first number after "port" in what a server said.
port_in() {
	wait_until 'it says its port' file_has "$1" 'port [0-9]+'
	port=$(grep -oE 'port [0-9]+' "$1" | head -n 1 | tr -dc 0-9)
}

@test "python3: -m http.server" {
	local server=(/usr/bin/python3 -u -m http.server --bind 127.0.0.1 0)
	needs python3 /usr/bin/python3
	begin onlyone --on-activate="$take" "${server[@]}" >said 2>&1
	port_in said
	wait_until 'it serves' serves "$port" said
	taken "$(ctl list --json | jq -r '.[0].app')" "${server[@]}"
	serves "$port" said
	stop_it "$(ctl list --json | jq -r '.[0].app')"
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

@test "openjdk-17-jdk-headless: a Java server in a jar" {
	needs openjdk-17-jdk-headless javac
	needs openjdk-17-jdk-headless jar
	cat >Server.java <<-'END'
		import com.sun.net.httpserver.HttpServer;
		import java.net.InetSocketAddress;
		public class Server {
			public static void main(String[] a) throws Exception {
				var s = HttpServer.create(
				    new InetSocketAddress("127.0.0.1", 0), 0);
				s.createContext("/", x -> {
					x.sendResponseHeaders(200, 6);
					x.getResponseBody().write("hello\n".getBytes());
					x.close();
				});
				s.start();
				System.out.println("port " + s.getAddress().getPort());
			}
		}
	END
	javac -d classes Server.java
	jar cfe server.jar Server -C classes .
	begin onlyone --on-activate="$take" java -Xmx64m -jar server.jar >said 2>&1
	port_in said
	wait_until 'it serves' serves "$port" hello
	taken server.jar java -jar server.jar more
	serves "$port" hello
	# The JVM ends with 143 at TERM, by its own exit.
	stop_it server.jar
	ends "$BEGUN" 143
}

@test "tmux: the client is the instance; after a detach its server is" {
	needs tmux tmux
	tmux="tmux -S $PWD/sock -f /dev/null"
	timeout $((2 * LIMIT)) "$BATS_TEST_DIRNAME/lib/terminal.py" \
		"TERM=xterm onlyone --on-activate='$take' $tmux new -s main" \
		'<\[main\]' \
		"!onlyonectl pid tmux >pid; onlyone $tmux another" \
		"!$tmux detach-client -s main" \
		'<detached' .
	assert_equal "$(cat handed)" "<-S><$PWD/sock><-f></dev/null><another>"
	server=$($tmux display-message -p '#{pid}')
	[ "$(cat pid)" != "$server" ]
	wait_until 'the server is the instance' pid_is tmux "$server"
	$tmux kill-server
	freed
}

@test "vim: in a terminal, edits and writes as ever" {
	needs vim vim
	echo 'first line' >file
	timeout $((2 * LIMIT)) "$BATS_TEST_DIRNAME/lib/terminal.py" \
		"TERM=xterm onlyone --on-activate='$take' vim -u NONE -N file" \
		'<first line' \
		'!timeout $LIMIT onlyone vim other' \
		'>Gosecond line\x1b:wq\r' .
	assert_equal "$(cat file)" 'first line
second line'
	assert_equal "$(cat handed)" '<other>'
	freed
}

@test "util-linux: su, a setuid program" {
	needs util-linux su
	[ -u "$(command -v su)" ]
	mkfifo input
	exec 7<>input
	begin onlyone --on-activate="$take" su <&7 >said 2>&1
	wait_until 'su runs' has_state "$BEGUN" S
	wait_until 'it is su' eval '[ "$(cat "/proc/$BEGUN/comm")" = su ]'
	taken su su
	# Its keeper gone, it is found again, though nobody may look into it.
	keeper_killed su
	run -0 launch su
	prints "$BEGUN" ctl pid su
	stop_it su
	exec 7>&-
}

@test "busybox-static: a static server" {
	needs busybox-static busybox
	free_port
	echo hello >index.html
	ln -s "$(command -v busybox)" httpd
	server=(./httpd -f -p "127.0.0.1:$port" -h .)
	begin onlyone --on-activate="$take" "${server[@]}"
	wait_until 'it serves' serves "$port" hello
	taken ./httpd "${server[@]}"
	serves "$port" hello
	stop_it ./httpd
}

@test "webhook: a server in Go, with libc" {
	needs webhook webhook
	free_port
	echo '[{"id":"x","execute-command":"/bin/true"}]' >hooks.json
	server=(webhook -ip 127.0.0.1 -port "$port" -hooks hooks.json)
	begin onlyone --on-activate="$take" "${server[@]}" >said 2>&1
	wait_until 'it serves' eval 'exec 9<>"/dev/tcp/127.0.0.1/$port"'
	taken webhook "${server[@]}"
	stop_it webhook
}

@test "micro: a terminal program in Go, without libc" {
	needs micro micro
	echo 'first line' >file
	timeout $((2 * LIMIT)) "$BATS_TEST_DIRNAME/lib/terminal.py" \
		"TERM=xterm onlyone --on-activate='$take' micro file" \
		'<first' \
		'!timeout $LIMIT onlyone micro other; onlyonectl count micro >count' \
		'>\x11' .
	assert_equal "$(cat handed)" '<other>'
	assert_equal "$(cat count)" 1
	freed
}
