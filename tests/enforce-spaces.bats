#!/usr/bin/env bats
# enforce-spaces.bats: what an enforced program starts in other namespaces.
#
# Its zygotes and workers there are parts of the instance: they run, as the
# process that their parent has made, whatever of the instance they can see;
# and who is no part is enforced there as elsewhere.
load lib/enforce

PARTS+=(fam)

own_setup() { wants mount userns pidns netns; }

heres_are() { [ "$(grep -c ' here$' "$GUEST_LOG")" = "$1" ]; }

mains_are() { [ "$(grep -c ' main$' "$GUEST_LOG")" = "$1" ]; }

# one_of N: so many processes of one instance, and a further start is handed
# over to it.
one_of() {
	wait_until "$1 run" heres_are "$1"
	assert_equal "$(ctl pid "$FAM")" "$BEGUN"
	run -0 enforced fam "$FAM"
	mains_are "$1"
	assert_equal "$(ctl list --json | jq length)" 1
}

# instance STEP...: and it ends, with all of its own.
instance() {
	: >"$GUEST_LOG"
	begin_enforced fam "$FAM" "$@"
	one_of 2
	over "$BEGUN"
}

over() {
	local pids
	mapfile -t pids < <(inside "$1")
	frees killed "$1" "${pids[@]}"
}

# inside PID: what descends from it.
inside() {
	local pid
	for pid in $(ps -o pid= --ppid "$1"); do
		echo "$pid"
		inside "$pid"
	done
}

@test "spaces: by fork, vfork, posix_spawn and clone" {
	for how in fork vfork spawn clone; do
		for spaces in u up upn upnmi; do
			instance boxed "$how" "$spaces" 0 own
		done
	done
}

@test "spaces: under another name, and by /proc/self/exe, which has no rule" {
	instance called zygote boxed clone upn 0 own
	instance boxed clone upn 0 self
}

@test "spaces: as root of a user namespace, and as nobody in one" {
	for spaces in r rp rpnmi x xp xpnmi; do
		instance boxed clone "$spaces" 0 own
	done
}

@test "spaces: it is the process that its parent has made, the first one there" {
	begin_enforced fam "$FAM" boxed clone upn 0 own
	one_of 2
	grep -qx '1 here' "$GUEST_LOG"
	refute_line_of 'onlyone' "$BEGUN"
	over "$BEGUN"
}

# refute_line_of NAME PID: nothing of this name descends from it.
refute_line_of() {
	local pid
	for pid in $(inside "$2"); do
		[ "$(cat "/proc/$pid/comm")" != "$1" ] || fail "$pid is $1"
	done
}

@test "spaces: a zygote's own children there, in namespaces of their own" {
	begin_enforced fam "$FAM" boxed clone upn 14 own child 0 own \
		boxed clone upn 6 own child 0 own zygote 0 own
	wait_until 'six run' heres_are 6
	one_of 6
	over "$BEGUN"
}

# --- boxes that others make ---------------------------------------------------

# boxes COMMAND...: two workers, each in a box of this kind, whose command is
# followed by the program's own.
boxes() {
	: >"$GUEST_LOG"
	begin_enforced fam "$FAM" child $# "${@}" "$FAM" child $# "${@}" "$FAM"
	one_of 3
	over "$BEGUN"
}

@test "box: bubblewrap, with everything of its own but the files" {
	needs bubblewrap bwrap
	local bwrap=(/usr/bin/bwrap --die-with-parent --unshare-all)
	boxes "${bwrap[@]}" --dev-bind / /
	boxes "${bwrap[@]}" --dev-bind / / --proc /proc
	# It writes its log, and sees the state, but cannot write there.
	boxes "${bwrap[@]}" --ro-bind / / --dev /dev --proc /proc \
		--bind "$GUEST_LOG" "$GUEST_LOG"
	boxes "${bwrap[@]}" --dev-bind / / --uid 0 --gid 0
}

@test "box: the state is out of sight: parts of it all the same" {
	needs bubblewrap bwrap
	export ONLYONE_DIR=$PWD/hidden/root
	ROOTS+=("$ONLYONE_DIR")
	mkdir hidden
	mkdir -m 700 hidden/root
	mkdir bin
	printf '#!/bin/sh\nexec "$FAMILY_OWN" "$@"\n' >bin/fam
	chmod +x bin/fam
	# Two in one box: neither is handed over to the other.
	begin_enforced fam bin/fam child 12 /usr/bin/bwrap --die-with-parent \
		--unshare-all --dev-bind / / --proc /proc --tmpfs "$PWD/hidden" \
		sh -c '"$FAMILY_OWN" & exec "$FAMILY_OWN"'
	wait_until 'three run' heres_are 3
	assert_equal "$(ctl list --json | jq length)" 1
	run -0 enforced fam bin/fam
	mains_are 3
	over "$BEGUN"
}

@test "box: a wrapper of the same name that puts the program into one" {
	needs bubblewrap bwrap
	mkdir bin
	printf '#!/bin/sh\nexec bwrap --die-with-parent --unshare-all \
		--dev-bind / / --proc /proc "$FAMILY_OWN" "$@"\n' >bin/fam
	chmod +x bin/fam
	begin_enforced fam bin/fam boxed clone upn 0 own
	wait_until 'both run' heres_are 2
	run -0 enforced fam bin/fam
	mains_are 2
	assert_equal "$(ctl list --json | jq length)" 1
	over "$BEGUN"
}

@test "box: its keeper was killed: a part still, by what is mapped" {
	begin_enforced fam "$FAM" wait "$PWD/go" boxed clone upn 0 own
	wait_until 'it runs' mains_are 1
	killed "$(keeper_of "$FAM")"
	: >go
	one_of 2
	over "$BEGUN"
}

@test "box: nothing is mapped: a part still, by its keeper" {
	# A static program maps nothing, and loads nothing that would.
	mkdir bin
	printf '#!/bin/sh\nexec busybox unshare -rpf "$FAMILY_OWN" "$@"\n' >bin/fam
	chmod +x bin/fam
	begin_enforced fam bin/fam boxed clone upn 0 own
	wait_until 'both run' heres_are 2
	run ! grep -q /mapping "/proc/$BEGUN/maps"
	run -0 enforced fam bin/fam
	mains_are 2
	over "$BEGUN"
}

# --- and who is no part -------------------------------------------------------

@test "no part: another program, in a box of an instance, is enforced for itself" {
	local other=$PWD/other
	cp fam other
	begin_enforced fam:other "$FAM" \
		boxed clone ump 4 "$other" wait "$PWD/go" end 0
	wait_until 'it runs' mains_are 2
	assert_equal "$(ctl count "$other")" 1
	run -0 enforced other "$other"
	mains_are 2
	: >go
	freed "$other"
	over "$BEGUN"
}

# orphan: leaves a box behind, which starts the program when there is a gate,
# and is not there any more with the test.
orphan() {
	printf '#!/bin/sh\nuntil [ -e gate ]; do sleep 0.01; done
		"$FAMILY_OWN" end 5; echo $? >status; exec sleep 300\n' >orphan
	chmod +x orphan
	begin_enforced fam "$FAM" boxed clone up 0 "$PWD/orphan" \
		wait "$PWD/left" end 0
	wait_until 'the box is there' \
		eval 'box=$(pgrep -P "$BEGUN" -f "$PWD/orphan")'
	STARTED+=("$box")
	: >left
	frees ends "$BEGUN" 0
}

@test "no part: what an instance left behind in a box, when it has ended" {
	orphan
	: >gate
	wait_until 'it has tried' test -s status
	assert_equal "$(cat status)" 5
	freed
}

@test "no part: nor when a later instance runs" {
	local box since=$SECONDS
	orphan
	while [ $((SECONDS - since)) -lt 3 ]; do read -rt 0.1 <> <(:) || :; done
	begin_enforced fam "$FAM"
	wait_until 'the second one runs' heres_are 1
	: >gate
	wait_until 'it has tried' test -s status
	assert_equal "$(cat status)" 0
	assert_equal "$(ctl pid "$FAM")" "$BEGUN"
	mains_are 2
	over "$BEGUN"
}

@test "no part: by a mark in a box, of another application or of nothing" {
	for slot in "$PWD/nowhere/slot" "$ONLYONE_DIR/slot" /slot / ''; do
		: >"$GUEST_LOG"
		rm -f go
		begin_enforced fam env ONLYONE_SLOT="$slot" ONLYONE_APP=other \
			unshare -Ucpf --kill-child "$FAM" wait "$PWD/go" end 5
		wait_until 'it runs' mains_are 1
		assert_equal "$(ctl count "$FAM")" 1
		: >go
		frees ends "$BEGUN" 5
	done
}
