# as: user (needs no rights, and a user has the smaller limits)
# keeper.bats: the keeper short of resources or idle, and how much of it all clients
# together may use.
#
# Out of descriptors or memory it keeps running, and never runs a handler in the wrong
# place or without its streams.  Each client may send 16 MiB: with any number of them,
# the keeper stays below a bound, and serves those that keep sending; one that stops
# loses only its own.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load lib/common

MOST=102400 # KiB

# kept CMD: an instance with this handler.
kept() {
	with_handler "$1" --raise=never
	keeper=$(keeper_of guest)
	slot=$(the_slot)
}

# same: the keeper is still the one it was, has never had more memory than it may,
# and the only instance lives.
same() {
	local peak
	peak=$(awk '/VmHWM/ { print $2 }' "/proc/$keeper/status")
	[ "$peak" -lt "$MOST" ] || fail "the keeper had $peak KiB"
	assert_equal "$(keeper_of guest)" "$keeper"
	assert_equal "$(constructors)" 1
}

# room N: the keeper may open N descriptors more, and not one beyond.  (It has
# closed its end of what is over when it sleeps.)
room() {
	local fd=0 n=$1
	wait_until 'the keeper sleeps' has_state "$keeper" S
	while :; do
		[ -e "/proc/$keeper/fd/$fd" ] || ((n-- > 0)) || break
		((++fd))
	done
	prlimit --pid "$keeper" --nofile="$fd:"
}

# wire CODE: the client of lib/wire.py does this.
wire() {
	"$BATS_TEST_DIRNAME/lib/wire.py" "$slot" "
def answer(c, fds):
    c.send(frame(STREAMS, 'open=012', slot=None), fds)
def push(conns, data):
    # All send at once, for as long as the keeper takes it.
    at = dict.fromkeys(conns, 0)
    for c in conns:
        c.s.setblocking(False)
    end = time.monotonic() + 2
    while time.monotonic() < end:
        for c in conns:
            try:
                at[c] += c.s.send(data[at[c]:at[c] + 262144])
            except OSError:
                pass
$1"
}

@test "want: without descriptors for the streams, or given too few, it runs nothing" {
	kept 'echo ran >>"$ONLYONE_DIR/ran"; pwd'
	for n in 1 2; do
		room $n
		prints -71 --partial descriptors launch "$GUESTS/guest" a
	done
	room 20
	wire '
for fds in ([], [here], [here, null], [here, null, null]):
    c = send(frame(ACTIVATE, "arg=few"))
    assert c.reply()[0] == NEED
    answer(c, fds)
    kind, fields = c.reply()
    assert (kind, fields["status"]) == (REFUSED, "71"), (kind, fields)
c = send(frame(ACTIVATE, "arg=no folder"))
assert c.reply()[0] == NEED
c.send(frame(STREAMS, "open=", slot=None))
assert c.reply()[0] == REFUSED
c = send(frame(ACTIVATE, "arg=odd"))
assert c.reply()[0] == NEED
answer(c, [null, null, null, null])
assert c.reply()[0] == DELIVERED
kind, fields = c.reply()
assert (kind, fields["status"]) == (DONE, "71"), (kind, fields)'
	[ ! -e "$ONLYONE_DIR/ran" ]
	room 0
	begin onlyone "$GUESTS/guest" late >out
	wait_until 'the launch is connected and waits' has_state "$BEGUN" S
	# Its streams are a child's.
	room 3
	ends "$BEGUN" 0
	assert_equal "$(<out)" "$PWD"
	rm "$ONLYONE_DIR/ran"
	same
}

@test "want: without descriptors it looks on for a handler that runs, half a minute too, and that, or its program, is the next instance" {
	local first second room time how
	while read -r room time how; do
		: >"$GUEST_LOG"
		kept "$how"
		first=$BEGUN
		begin onlyone --on-activate=self "$GUESTS/guest" catch 15
		wait_until 'the handler runs' notes 'main 3' 1
		second=$(noted 'main 3')
		room "$room"
		killed "$first"
		sleep "$time"
		prlimit --pid "$keeper" --nofile=64:
		wait_until 'it is the instance' pid_is guest "$second"
		frees killed "$second"
	done <<-'END'
		0 32 self
		1 1 "$GUESTS/guest" catch 15; :
	END
}

@test "want: without descriptors it looks on for what a tree has left, whose parent was killed" {
	local first room
	for room in 0 1 2; do
		: >"$GUEST_LOG"
		begin onlyone --lifetime=tree -a guest --raise=never sh -c \
			'sleep 300 & echo $! >rest; exec "$GUESTS/guest" catch 15'
		wait_until 'it runs' notes 'main 3' 1
		first=$(noted 'main 3')
		keeper=$(keeper_of guest)
		killed "$BEGUN"
		room "$room"
		killed "$first"
		sleep 1
		prlimit --pid "$keeper" --nofile=64:
		wait_until 'the rest is the instance' pid_is guest "$(<rest)"
		frees killed "$(<rest)"
	done
}

@test "want: without descriptors it calls no request a sandbox's, and lets no handler wait for itself" {
	kept ': >runs; until [ -e go ]; do sleep 0.1; done; onlyone "$GUESTS/guest" x & echo $! >own; wait $!; : >over'
	begin onlyone "$GUESTS/guest" a
	wait_until 'its handler runs' test -e runs
	room 1
	prints -71 --partial 'Too many open files' launch --wait "$GUESTS/guest"
	: >go
	wait_until 'the launch of its own waits' eval '[ -s own ] && has_state "$(<own)" S'
	sleep 1
	prlimit --pid "$keeper" --nofile=64:
	wait_until 'it is refused' test -e over
}

@test "want: without descriptors to see what ends with its instance, it tells that to end before another begins" {
	begin_guest first= onlyone --tree -a guest sh -c '"$GUESTS/guest" catch 15 & exec "$GUESTS/guest"'
	wait_until 'both run' notes 'main 3' 1
	keeper=$(keeper_of guest)
	room 3
	begin onlyone --replace -w 600 -a guest "$GUESTS/guest"
	ended "$first"
	sleep 1
	prlimit --pid "$keeper" --nofile=64:
	wait_until 'it is told' notes 'signal 15' 1
	killed "$(noted 'main 3')"
	wait_until 'the next one is the instance' pid_is guest "$BEGUN"
}

@test "want: where its looks fail as a handler begins, what that runs may be the next instance" {
	wants trace
	kept '"$GUESTS/guest" catch 15; :'
	first=$BEGUN
	: >"$GUEST_LOG"
	begin strace -qqo looks -p "$keeper" -e inject=clone:error=EAGAIN:when=2..3
	wait_until 'it is traced' traced "$keeper"
	begin onlyone "$GUESTS/guest" a
	wait_until 'the handler runs' notes 'main 3' 1
	killed "$first"
	sleep 1
	[ -e "$slot" ]
	frees killed "$(noted 'main 3')"
}

@test "want: without memory to look at what its program maps, it does not replace it" {
	wants trace
	begin_guest strace -Dfqqo looks -P mapping -e inject=statx:error=ENOMEM \
		onlyone "$GUESTS/guest"
	before=$(wc -l <looks)
	looked_on() { [ "$(wc -l <looks)" -gt $((before + 4)) ]; }
	wait_until 'its keeper has looked twice, each time again' looked_on
	grep -q '/mapping$' "/proc/$BEGUN/maps"
}

# rests PID: it polls for as long as it takes.
rests() {
	local call limit
	read -r call _ _ limit _ <"/proc/$1/syscall" &&
		[[ $call =~ ^(271|73)$ && $limit = 0x0 ]]
}

@test "forgotten: what has just become the instance; while a handler goes on, its keeper rests" {
	begin owner= onlyone --on-activate=': >runs; exec sleep 300' "$FORKER" wait go fork
	wait_until 'it is there' count_is forker 1
	begin onlyone "$FORKER" x
	wait_until 'its handler runs' test -e runs
	keeper=$(keeper_of forker)
	: >go
	ended "$owner"
	ctl forget forker
	wait_until 'the keeper rests' rests "$keeper"
}

@test "want: without a descriptor for the record it writes it a moment later, however quiet it is" {
	wants trace
	begin_guest onlyone -a app "$GUESTS/forker" wait go daemon
	keeper=$(keeper_of app) slot=$(the_slot)
	begin strace -qqo looks -p "$keeper" -P info.new -e inject=openat:error=EMFILE:when=1..2
	wait_until 'it is traced' traced "$keeper"
	: >go
	wait_until 'the daemon runs' notes here 1
	wait_until 'the record names it' grep -qz "^pid=$(noted here)\$" "$slot/info"
	killed "$(noted here)"
}

@test "large: who sends half of 15 MiB, and stops, loses his own; others are served" {
	kept 'printf "<%s>" "$#"'
	wire '
BIG = 15 << 20
held = [Conn() for i in range(50)]
# What one holds is read by no other: they never drain it.
push(held, frame(ACTIVATE, "arg=" + "x" * BIG)[:BIG // 2])
assert served("small") == "<1>"
assert served(*["x" * 100000] * 15) == "<15>"
for c in held:
    c.s.setblocking(True)
    c.s.settimeout(LIMIT)
    assert c.closed()
    c.s.close()
since = send(frame(QUERY)).reply()[1]["since"]
keep = [send(frame(kind, "since=" + since, "ticket=1", "mode=wait", "x=" + "y" * BIG))
    for kind in (WATCH, JOIN, WAIT, 12) for i in range(3)]
assert send(frame(QUERY)).reply()[0] == STATE'
	same
}

@test "large: who waits for room loses nothing by it, however long the handler takes" {
	mkfifo gate
	kept ': >runs; read -r x <gate'
	begin onlyone "$GUESTS/guest" x
	wait_until 'its handler runs' test -e runs
	wire '
large = frame(ACTIVATE, "arg=" + "x" * (15 << 20))
held = [send(large) for i in range(5)]
late, idle = Conn(), Conn()
push([late], large)
assert idle.closed()  # so the time of the other is over, too
assert not select.select([late.s], [], [], 0)[0]'
	echo >gate
	ends "$BEGUN" 0
}

@test "order: an owner that ends while the keeper looks at it is given nothing" {
	wants trace
	kept ': >handled'
	begin strace -qqo looks -p "$keeper" -P "/proc/$BEGUN/status" -e inject=openat:signal=STOP:when=2
	wait_until 'it is traced' traced "$keeper"
	begin next= onlyone "$GUESTS/guest" exit 5
	wait_until 'it looks' file_has looks 'stopped by'
	killed "$(ctl pid guest)"
	kill -CONT "$keeper"
	ends "$next" 5
	[ ! -e handled ]
}
