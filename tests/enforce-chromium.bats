#!/usr/bin/env bats
# as: user (Chromium refuses its sandbox to root)
# enforce-chromium.bats: Chromium, as users run it, with its sandbox.
#
# Its zygotes execute /proc/self/exe in user, pid and network namespaces of
# their own.
load lib/enforce

own_setup() {
	needs chromium chromium
	wants userns pidns netns
	export HOME=$PWD LC_ALL=C.UTF-8
	OWN=(chromium --headless --disable-gpu --user-data-dir="$PWD/profile"
		--remote-debugging-port=0)
	PAGE='data:text/html,<script>document.title="hel"+"lo"</script>'
}

page_says() {
	local port
	read -r port <profile/DevToolsActivePort
	busybox wget -qO- "http://127.0.0.1:$port/json" |
		grep -q "\"title\": \"$1\""
}

# serves: it runs as $BEGUN, is the only instance, and renders pages.
serves() {
	wait_until 'it serves' test -s profile/DevToolsActivePort
	wait_until 'its page is there' page_says hello
	assert_equal "$(ctl pid chromium)" "$BEGUN"
	assert_equal "$(ctl list --json | jq length)" 1
}

# boxed_zygote: a zygote of it is in another pid namespace.
boxed_zygote() {
	local pid
	for pid in $(ps -o pid= --ppid "$BEGUN"); do
		grep -qz -- --type=zygote "/proc/$pid/cmdline" &&
			[ "$(readlink "/proc/$pid/ns/pid")" != \
				"$(readlink /proc/self/ns/pid)" ] && return
	done
	return 1
}

# quits: as by its menu.
quits() {
	frees ends_by TERM "$BEGUN" 0
}

@test "chromium: with its sandbox, by ONLYONE_ENFORCE: one, and a second start is handed over" {
	begin_enforced chromium "${OWN[@]}" "$PAGE" </dev/null >out 2>&1
	serves
	boxed_zygote
	run -0 enforced chromium "${OWN[@]}" "$PAGE"
	assert_equal "$(ctl pid chromium)" "$BEGUN"
	quits
}

@test "chromium: with its sandbox, by a rule in a session" {
	ctl -q enable chromium
	begin onlyonectl session -- "${OWN[@]}" "$PAGE" </dev/null >out 2>&1
	serves
	boxed_zygote
	run -0 onlyonectl session -- "${OWN[@]}" "$PAGE"
	assert_equal "$(ctl pid chromium)" "$BEGUN"
	quits
}
