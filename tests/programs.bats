#!/usr/bin/env bats
# as: user (Chromium refuses its sandbox to root)
# programs.bats: real programs that are not one plain process: tmux, and Chromium under a
# rule, as users run it.
load lib/common

@test "tmux: the client is the instance; after a detach its server is" {
	needs tmux tmux
	tmux="tmux -S $PWD/sock -f /dev/null"
	handler='printf "<%s>" "$@" >>handed'
	timeout $((2 * LIMIT)) "$BATS_TEST_DIRNAME/lib/terminal.py" \
		"TERM=xterm onlyone --on-activate='$handler' $tmux new -s main" '<\[main\]' \
		"!onlyonectl pid tmux >pid; onlyone $tmux another" \
		"!$tmux detach-client -s main" '<detached' .
	assert_equal "$(<handed)" "<-S><$PWD/sock><-f></dev/null><another>"
	server=$($tmux display-message -p '#{pid}')
	[ "$(<pid)" != "$server" ]
	wait_until 'the server is the instance' pid_is tmux "$server"
	frees $tmux kill-server
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
