# as: user (Chromium refuses its sandbox to root)
# enforce-trees.bats: enforced programs that are not one plain process.
#
# A script goes by its own name, whatever runs it.  Wrappers, workers, zygotes, in
# namespaces too, and programs that restart themselves are parts of the instance: they
# run freely; any other process is enforced as elsewhere. Chromium is all of that.
load lib/enforce
load lib/script

PARTS+=(app fam)

# scripted PATH NAME: the script, which writes its pid and arguments and waits for the
# file end, runs once; the rule is NAME's.
scripted() {
	local args=('' 'a  b' $'\xff\n' "$1")
	echo "$1" >&2
	rm -f end ran args
	begin_enforced "$2" "$1" "${args[@]}"
	wait_until 'the script runs' test -s ran
	cmp args <(printf '%s\0' "${args[@]}")
	assert_equal "$(<ran)" "$BEGUN"
	prints "$2 $BEGUN" jq -r '.[] | "\(.app | split("/")[-1]) \(.pid)"' <(ctl list --json)
	run -0 enforced "$2" "$1"
	assert_equal "$(<ran)" "$BEGUN"
	: >end
	frees ends "$BEGUN" 7
}

@test "script: by its own name, whatever its #! is, env, PATH or another script" {
	local sh='printf "%s\0" "$@" >args; echo $$ >>ran
while ! [ -e end ]; do sleep 0.01; done; exit 7'
	script job '/usr/bin/env -S bash -u' "$sh"
	scripted ./job job
	mkdir bin
	mv job bin/viapath
	PATH=$PWD/bin:$PATH scripted viapath viapath
	script inner /bin/sh 'test "$1" = with; shift 2; '"$sh"
	script outer "$PWD/inner with" ''
	scripted ./outer outer
	# What runs it has no part in it.
	script inner /bin/sh 'exit 5'
	run -5 enforced inner:sh:dash ./outer
	# Without #! it goes by the name of the shell: it is not reached.
	echo 'exit 5' >bare
	chmod +x bare
	prints -5 '' enforced bare env ./bare
	no_slots
}

# fam_once: a further start starts nothing.  It has a log of its own: the others may
# still be at it.
fam_once() {
	GUEST_LOG=$PWD/once run -0 enforced fam "${1-$FAM}"
	[ ! -e once ] || fail "started: $(<once)"
	prints 1 jq length <(ctl list --json)
}

# one_of N [MAINS]: so many processes of one instance, which began so often; and a further
# start starts nothing.
one_of() {
	wait_until "$1 run" notes here "$1"
	prints "$BEGUN" ctl pid "$FAM"
	fam_once
	notes main "${2-$1}"
}

# instance_in PID: the instance is another process, which said "here".
instance_in() {
	local pid
	pid=$(ctl pid "$FAM") && [ "$pid" != "$1" ] &&
		grep -q "^$pid here$" "$GUEST_LOG" && alive "$pid"
}

# inside PID: what descends from it.
inside() {
	local pid
	for pid in $(ps -o pid= --ppid "$1"); do
		echo "$pid"
		inside "$pid"
	done
}

# over: $BEGUN exits, with all of its own.
over() {
	local pids
	mapfile -t pids < <(inside "$BEGUN")
	frees killed "$BEGUN" "${pids[@]}"
	: >"$GUEST_LOG"
}

@test "tree: a wrapper of the same name that becomes the program, or has it as its child" {
	wants userns pidns
	mkdir bin
	# The last one is static, so nothing is mapped of it: by its keeper.
	for line in 'exec "$FAMILY_OWN" "$@"' '"$FAMILY_OWN" "$@"; exit $?' \
		'exec busybox unshare -rpf "$FAMILY_OWN" "$@"'; do
		script bin/fam /bin/sh "$line"
		begin_enforced fam bin/fam child 0 own
		wait_until 'both run' notes here 2
		fam_once bin/fam
		over
	done
	# What an instance starts of itself runs freely, and its exit status is reported.
	begin_enforced fam "$FAM" child 2 own end 5 result
	ends "$BEGUN" 5
}

@test "restart: by exec or by a child, the first one ending at once: never a second one" {
	for how in own self; do
		begin_enforced fam "$FAM" become "$how" become "$how"
		one_of 1 3
		over
	done
	# In the last one the child's third execve, which makes it the program again, waits.
	for how in '' 'strace -f -qq -o /dev/null -e trace=execve
		-e inject=execve:delay_enter=600000:when=3'; do
		begin_enforced fam $how "$FAM" child 2 own nap 5 nap 300 end 0
		first=$BEGUN
		wait_until 'the successor runs' notes here 1
		fam_once
		wait_until 'the successor is the instance' instance_in "$first"
		frees kill -KILL "$(ctl pid "$FAM")"
		: >"$GUEST_LOG"
	done
	# As the instance: nothing is mapped until its launch, or its shim, has the file.
	for how in 1 2; do
		begin_enforced fam strace -f -qq -o /dev/null -P mapping -e trace=openat \
			-e inject=openat:delay_enter=800000:when=$how "$FAM" fork nap 900 become own
		wait_until 'the successor is the instance' instance_in 0
		fam_once
		frees kill -KILL "$(ctl pid "$FAM")"
		: >"$GUEST_LOG"
	done
}

@test "orphan: a child of an instance that has ended is not a member of the next one" {
	script orphan /bin/sh 'trap "" HUP
		until [ -e gate ]; do sleep 0.01; done
		"$FAMILY_OWN" end 5; echo $? >status'
	begin_enforced fam "$FAM" child 0 "$PWD/orphan" nap 100 end 0
	frees ends "$BEGUN" 0
	: >"$GUEST_LOG"
	begin_enforced fam "$FAM" child 1 own setsid end 0
	wait_until 'the second one is the instance' instance_in 0
	mains=$(noted main | wc -l)
	: >gate
	wait_until 'the orphan has tried' test -s status
	notes main "$mains"
	frees killed "$(ctl pid "$FAM")"
}

# boxed STEP...: two processes of one instance; and they end.
boxed() {
	echo "$*" >&2
	begin_enforced fam "$FAM" "$@"
	one_of 2
	over
}

@test "spaces: workers in namespaces of any kind are parts, as the process that was made" {
	wants userns pidns netns mount
	for how in fork vfork spawn clone; do
		boxed boxed "$how" upnmi 0 own
	done
	for spaces in r xpnmi; do
		boxed boxed clone "$spaces" 0 own
	done
	boxed boxed clone upn 0 self
	# Its own children there, in namespaces of their own; the first has number 1.  Its
	# keeper was killed: parts still, by what is mapped.
	begin_enforced fam "$FAM" wait "$PWD/go" boxed clone upn 14 own child 0 own \
		boxed clone upn 6 own child 0 own zygote 0 own
	wait_until 'it runs' notes main 1
	keeper_killed "$FAM"
	: >go
	wait_until 'six run' notes here 6
	grep -qx '1 here' "$GUEST_LOG"
	one_of 6
	over
}

@test "box: what bubblewrap has put into a box is a part, also where the state is out of sight; another program is none" {
	wants userns pidns netns mount
	local bwrap=(/usr/bin/bwrap --die-with-parent --unshare-all --dev-bind / / --proc /proc)
	export ONLYONE_DIR=$PWD/hidden/root
	ROOTS+=("$ONLYONE_DIR")
	mkdir -m 700 hidden hidden/root
	# Two in the second box: neither is handed over to the other.
	begin_enforced fam "$FAM" child ${#bwrap[@]} "${bwrap[@]}" "$FAM" \
		child $((${#bwrap[@]} + 4)) "${bwrap[@]}" --tmpfs "$PWD/hidden" \
		sh -c '"$FAMILY_OWN" & exec "$FAMILY_OWN"'
	one_of 4
	over
	# Another program is enforced on its own there.
	cp fam other
	begin_enforced fam:other "$FAM" boxed clone ump 4 "$PWD/other" wait "$PWD/go" end 0
	wait_until 'it runs' notes main 2
	prints 1 ctl count "$PWD/other"
	run -0 enforced other "$PWD/other"
	notes main 2
	: >go
	freed "$PWD/other"
	over
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
