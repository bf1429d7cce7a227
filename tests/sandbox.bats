# sandbox.bats: a process that has the socket can hand arguments over, and do nothing
# else.
#
# A sandbox of the same user into which the state root is bound reaches the keeper
# outside.  Whatever it sends, none of its code runs outside, and nothing outside ends,
# moves or opens because of it.
load lib/common

own_setup() {
	needs bubblewrap bwrap
	wants mount pidns netns
	printf '#!/bin/sh\necho "$0" >>%q/evil\n' "$PWD" >printf
	cp printf id
	chmod +x printf id
}

# boxed COMMAND...: in a sandbox, with the root where it is.
boxed() {
	timeout -k 5 $LIMIT bwrap --ro-bind / / --dev /dev --proc /proc --bind "$PWD" "$PWD" \
		--bind "$ONLYONE_DIR" "$ONLYONE_DIR" --unshare-all "$@"
}

# wire CODE: the client of lib/wire.py does this, in the sandbox.
wire() {
	boxed "$BATS_TEST_DIRNAME/lib/wire.py" "$slot" "
def serve(*fields):
    c = send(frame(ACTIVATE, *fields))
    assert c.turn()
    c.send(frame(STREAMS, 'open=012', slot=None),
        [os.open('.', os.O_PATH), null, 1, 2])
    assert c.reply()[0] == DELIVERED
    kind, done = c.reply()
    assert kind == DONE, kind
    return int(done['status'])
def denied(kind, *fields):
    c = send(frame(kind, *fields))
    r = c.reply()
    assert r and r[0] == REFUSED, (kind, fields, r)
    assert ' from here: ' in r[1]['why'], r
    assert c.closed()
$1"
}

# kept [OPTION...]: an instance, $owner, with its $slot and $keeper.
kept() {
	# Anything else in its environment came from elsewhere.
	begin_guest owner= env -i PATH="$PATH" ONLYONE_DIR="$ONLYONE_DIR" \
		GUEST_LOG="$GUEST_LOG" ONLYONE_TEST_OLD="${ONLYONE_TEST_OLD-}" \
		onlyone "$@" "$GUEST"
	slot=$(the_slot)
	keeper=$(keeper_of guest)
}

# same: all is as it was, and a launch outside is served.
same() {
	run -0 launch "$GUEST" still there
	assert_equal "$(keeper_of guest)" "$keeper"
	prints "$owner" ctl pid guest
	assert_equal "$(constructors)" 1
	[ ! -e evil ] || fail "ran outside: $(<evil)"
}

# What leads a shell, the loader or a program somewhere; and what is harmless.
EVIL='PATH=$PWD:/usr/bin LD_PRELOAD=$GUESTS/hook.so HOOK_LOG=$PWD/evil LD_LIBRARY_PATH=$PWD
	LD_AUDIT=$GUESTS/hook.so IFS=n ENV=$PWD/id BASH_ENV=$PWD/id PERL5OPT=-Mid PYTHONPATH=$PWD
	BASH_FUNC_printf%%=(){ :;} SHELLOPTS=xtrace PS4=$PWD GCONV_PATH=$PWD NLSPATH=$PWD/%N
	HOME=$PWD EDITOR=$PWD/id XDG_CONFIG_HOME=$PWD TMPDIR=$PWD ONLYONE_DIR=$PWD ONLYONE_PID=1
	DBUS_SESSION_BUS_ADDRESS=unix:path=$PWD TMUX=$PWD SHELL=$PWD/id DISPLAY=evil:0
	WAYLAND_DISPLAY=/x SWAYSOCK=/x XAUTHORITY=/x LC_=x LC_X LC_A%%=(){ id;} =x TERMX=1'
FINE='LC_ALL=C LANG=C TERM=vt100 COLORTERM=yes WINDOWID=12 DESKTOP_STARTUP_ID=x_TIME1
	XDG_ACTIVATION_TOKEN=t'

@test "environment: of what a sandbox sends, a handler outside has what is harmless" {
	kept --on-activate='/usr/bin/env -0 >env; printf "<%s>" "$@"; id >/dev/null'
	eval "words=\"$EVIL $FINE\""
	export words
	run -0 wire '
env = ["env=" + w for w in os.environ["words"].split()]
assert serve(*env, "env=", "env=LC_A B=x", "env=TERM", "arg=a", "arg=b") == 0'
	assert_output '<a><b>'
	tr '\0' '\n' <env >lines
	for name in $FINE "ONLYONE_DIR=$ONLYONE_DIR" "ONLYONE_PID=$owner" "PATH=$PATH"; do
		grep -qxF "$name" lines || fail "has no $name: $(<lines)"
	done
	prints -1 '' grep -vE "^(PATH|PWD|OLDPWD|_|GUEST_LOG|ONLYONE_[A-Z_]*|$(
		sed 's/=[^ ]*//g' <<<"$FINE" | xargs | tr ' ' '|'))=" lines
	# Nor values that lead somewhere.  A display is not gone to, but for one's own: an X
	# server sees and types what it likes into a program that comes to it.
	wire '
for bad in ("TERM=../../x", "COLORTERM=x/y", "LANGUAGE=en:/x/y", "LC_ALL=%s%n",
    "WINDOWID=1;id", "DESKTOP_STARTUP_ID=a\nb", "XDG_ACTIVATION_TOKEN=\x1b[2J",
    "LANG=" + "C" * 5000):
    assert serve("env=" + bad) == 0
    seen = open("env", errors="surrogateescape").read()
    for line in seen.split("\0"):
        assert not line.startswith(bad.split("=")[0] + "="), (bad, line)'
	DISPLAY=:71 XAUTHORITY=/own launch --raise=never "$GUEST" x
	grep -qzxF DISPLAY=:71 env
	grep -qzxF XAUTHORITY=/own env
	same
}

# bats test_tags=check
@test "requests: what a sandbox may not ask is refused, and what it may is answered" {
	kept --on-activate='printf "<%s>" "$@"'
	wire '
since = send(frame(QUERY)).reply()[1]["since"]
s = "since=" + since
for mode in ("wait", "queue", "replace", "x"):
    denied(WAIT, "ticket=-9", "mode=" + mode, "stop-signal=9", "kill-after=0")
denied(WAIT, "pid=" + send(frame(QUERY)).reply()[1]["pid"])
denied(FORGET, s)
denied(12, s, "loop=pipe:[1]")
denied(13, "id=1.1", "status=0")
denied(14, s)
denied(15)
denied(16)
assert send(frame(JOIN)).reply()[0] == ACCEPTED
w = send(frame(WATCH))
assert serve("arg=x") == 0'
	same
}

@test "promotion: a sandbox, or what differs from us in a namespace or rights, brings no handler" {
	wants userns
	kept --on-activate='printf "<%s>" "$@"'
	for world in 'unshare --map-current-user' 'unshare --map-current-user --mount' \
		'unshare --map-current-user --net' 'setpriv --no-new-privs' \
		'unshare --map-current-user --pid --fork --kill-child'; do
		prints -69 --partial "cannot wait for or replace" timeout -k 5 $LIMIT $world onlyone --wait=5 \
			--on-activate="echo evil >>$PWD/evil" "$GUEST"
	done
	prints -69 --partial "cannot wait for or replace" boxed onlyone --replace --on-activate=id "$GUEST"
	run -69 boxed onlyonectl listen "$GUEST"
	run -69 boxed onlyonectl hold "$GUEST" --owner=1 -w 5
	# What is no less than we are may wait; it is served when its time is up.
	run -75 timeout -k 5 $LIMIT onlyone -w 0.1 "$GUEST"
	same
}

# --- from outside --------------------------------------------------------------

# parts: where a service may begin an instance, in a part of our world, which is that of
# process 1.
parts() {
	worlds=('unshare --map-current-user --mount' 'unshare --map-current-user --net'
		'unshare --map-root-user --mount --net')
	[ "$(id -u)" != 0 ] ||
		worlds+=('unshare --mount' 'unshare --net' 'setpriv --no-new-privs unshare -m')
}

# kept_in WORLD [OPTION...]: an instance there, $owner.
kept_in() {
	: >"$GUEST_LOG"
	begin_guest owner= $1 onlyone --on-activate='printf "<%s>" "$@"' "${@:2}" "$GUEST"
}

# ended_in COMMAND...: with 0, and with it the owner.
ended_in() {
	timeout -k 5 $LIMIT "$@"
	gone "$owner" || fail "$owner lives, after $*"
	freed
}

listens() { ctl log guest | grep -q ' listens$'; }
waits() { [ "$(ctl log guest | grep -c ' waits in line$')" = "$1" ]; }

@test "outside: beside what a service with namespaces of its own has begun, one may ask for all" {
	wants userns mount netns
	local worlds world how
	parts
	for world in "${worlds[@]}"; do
		echo "# $world" >&2
		kept_in "$world"
		for how in --wait --queue; do
			run -75 timeout -k 5 $LIMIT onlyone "$how" -w 0.1 "$GUEST" x
		done
		run -75 timeout -k 5 $LIMIT onlyonectl hold "$GUEST" --owner=$$ -w 0.1
		begin listener= ctl listen guest >heard
		wait_until 'it listens' listens
		killed "$listener"
		run -0 ctl log guest
		ended_in onlyone --replace "$GUEST" exit 0
		kept_in "$world"
		ended_in onlyone --toggle "$GUEST"
		kept_in "$world"
		ended_in onlyone --overdue=0.001:stop "$GUEST" exit 0
		kept_in "$world"
		run -0 ctl forget guest
		freed
		killed "$owner"
	done
}

@test "outside: a launch that has waited runs outside, with its keeper and handler, and the next one waits on" {
	wants userns mount netns
	local worlds world here keeper second
	parts
	here=$(readlink /proc/self/ns/mnt /proc/self/ns/net)
	for world in "${worlds[@]}"; do
		echo "# $world" >&2
		kept_in "$world"
		keeper=$(keeper_of guest)
		begin next= onlyone --wait --on-activate='readlink /proc/self/ns/mnt /proc/self/ns/net' \
			"$GUEST"
		wait_until 'one waits' waits 1
		begin second= onlyone --wait "$GUEST" exit 3
		wait_until 'two wait' waits 2
		kill "$owner"
		guest_runs "$next"
		ended "$keeper"
		prints -0 "$here" launch "$GUEST" x
		prints "$next" ctl pid guest
		kill "$next"
		ends "$second" 3
		freed
	done
}

# Where no asker is outside of the instance's world; one line each, and what is said.
ASIDE='
	unshare --map-current-user|it has another user namespace
	unshare --map-current-user --mount|it has another user namespace
	unshare --map-current-user --net|it has another user namespace
	unshare --map-current-user --pid --fork --kill-child|it has another
	setpriv --no-new-privs|this process has no_new_privs
	root unshare --mount|it has another
	root unshare --net|it has another
	root unshare --pid --fork --kill-child|it has another
	root nsenter --target $all --user unshare --mount|it has another
	root nsenter --target $all --user|it has another
	root setpriv --bounding-set=-sys_admin|it has another'

@test "outside: those who wait inside run before those who wait outside; a toggle from outside ends what it meant, and nothing else" {
	wants userns mount netns
	local within outer inner
	kept_in 'unshare --map-current-user --mount'
	within="nsenter --target $owner --user --mount --preserve-credentials --wd=$PWD"
	begin outer= onlyone --wait "$GUEST" exit 3
	wait_until 'one waits outside' waits 1
	# shellcheck disable=SC2086
	begin inner= $within "$(type -P onlyone)" --wait "$GUEST" wait go exit 4
	wait_until 'and one inside' waits 2
	kill "$owner"
	wait_until 'that inside runs' pid_is guest "$inner"
	: >go
	ends "$inner" 4
	ends "$outer" 3
	freed
	rm go
	kept_in 'unshare --map-current-user --mount'
	within="nsenter --target $owner --user --mount --preserve-credentials --wd=$PWD"
	# shellcheck disable=SC2086
	begin inner= $within "$(type -P onlyone)" --wait "$GUEST" wait go exit 4
	wait_until 'one waits inside' waits 1
	run -0 timeout -k 5 $LIMIT onlyone --toggle "$GUEST"
	gone "$owner"
	: >go
	ended "$inner"
}

@test "outside: an asker in another part, below, or without a right is refused, and nothing runs or ends" {
	wants userns mount netns pidns
	local worlds world asker said all named
	worlds=('unshare --map-current-user --mount' 'unshare --map-current-user --net')
	if [ "$(id -u)" = 0 ]; then
		worlds+=('unshare --mount' 'unshare --net')
		# A user namespace that root has made as wide as the first.
		begin all= unshare --user sleep 300
		other() { [ "$(readlink "/proc/$1/ns/user")" != "$(readlink /proc/self/ns/user)" ]; }
		wait_until 'it has its namespace' other "$all"
		echo 0 0 4294967295 >"/proc/$all/uid_map"
		echo 0 0 4294967295 >"/proc/$all/gid_map"
	fi
	for world in "${worlds[@]}"; do
		kept_in "$world"
		while IFS=$'\t|' read -r asker said; do
			[ -n "$asker" ] || continue
			[[ $asker != root\ * ]] || [ "$(id -u)" = 0 ] || continue
			# What an outer user has made is his, whatever rights he lacks there;
			# and a namespace with all ids counts as outer.
			[[ $world != *--map* || $asker != *@(--bounding*|--user) ]] || continue
			# A pid means nothing where pids are others.
			named="$GUEST (pid $owner)"
			[[ $asker != *--pid* ]] || named=$GUEST
			eval "asker=(${asker#root })"
			echo "# $world: ${asker[*]}" >&2
			for how in '--wait -w 5' --replace '--overdue=0.001:stop'; do
				# shellcheck disable=SC2086
				prints -69 --partial "cannot wait for or replace $named from here: $said" timeout -k 5 $LIMIT "${asker[@]}" \
					onlyone $how --on-activate="echo evil >>$PWD/evil" "$GUEST"
				assert_output --partial 'use -n or --skip, or do it '
			done
			prints -69 --partial "cannot listen for launches of" \
				timeout -k 5 $LIMIT "${asker[@]}" onlyonectl listen guest
			run -69 timeout -k 5 $LIMIT "${asker[@]}" onlyonectl forget guest
		done <<<"$ASIDE"
		prints "$owner" ctl pid guest
		assert_equal "$(constructors)" 1
		[ ! -e evil ]
		killed "$owner"
		freed
	done
}

@test "advice: -n, --skip and a plain launch say --wait where one may wait, and nowhere else" {
	wants userns mount netns pidns
	local world how asker want
	local -a worlds=('' 'unshare --map-current-user --mount') askers=('env' 'setpriv --no-new-privs'
		'unshare --map-current-user' 'unshare --map-current-user --mount'
		'unshare --map-current-user --net'
		'unshare --map-current-user --pid --fork --kill-child')
	[ "$(id -u)" != 0 ] || askers+=('unshare --mount' 'unshare --net' 'setpriv --bounding-set=-sys_admin')
	for world in "${worlds[@]}"; do
		begin_guest owner= $world onlyone "$GUEST"
		for asker in "${askers[@]}"; do
			# shellcheck disable=SC2086
			run timeout -k 5 $LIMIT $asker onlyone --wait=0.1 "$GUEST" x
			want=$([ "$status" = 75 ] && echo 'or --wait to run it' || echo 'and cannot wait from here')
			for how in -n --skip ''; do
				# shellcheck disable=SC2086
				run timeout -k 5 $LIMIT $asker onlyone $how -a "$GUEST" true
				assert_output --partial "$want"
			done
		done
		killed "$owner"
		freed
	done
}
