#!/usr/bin/env bats
# as: user (no right is asked for, and a user has the smaller limits)
# overflow.bats: what all clients together may have of a keeper's memory.
#
# Each may send 16 MiB.  However many do, the keeper stays below a bound, and
# whoever sends on is served in the end; who stops loses only its own.
load lib/common

MOST=102400 # KiB

ulimit -Sn "$(ulimit -Hn)"

known() {
	owner=$BEGUN
	keeper=$(keeper_of guest)
	slot=$(the_slot)
}

# wire CODE: the client of lib/wire.py does this; N is how many there may be.
wire() {
	timeout -k 5 "${LIMIT:-150}" "$BATS_TEST_DIRNAME/lib/wire.py" "$slot" "
import resource, selectors, subprocess, time
N = min(300, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 40)
BIG = 15 << 20
big = frame(ACTIVATE, 'arg=' + 'x' * BIG)
def drive(conns, data, until=None):
    # All send at once, as the keeper takes it; what each is answered.
    told = {c: [] for c in conns}
    at = dict.fromkeys(conns, 0)
    select = selectors.DefaultSelector()
    for c in conns:
        c.s.setblocking(False)
        select.register(c.s, 3, c)
    while select.get_map() and (until is None or time.monotonic() < until):
        for key, events in select.select(1):
            c = key.data
            try:
                if events & 2:
                    at[c] += c.s.send(memoryview(data)[at[c]:at[c] + 262144])
                    if at[c] == len(data):
                        select.modify(c.s, 1, c)
                elif events & 1:
                    more = c.s.recv(65536)
                    told[c].append(more)
                    if not more:
                        select.unregister(c.s)
            except BlockingIOError:
                pass
            except OSError:
                select.unregister(c.s)
                told[c].append(b'')
    return [b''.join(told[c]) for c in conns]
def served(answer):
    at, kinds = 0, []
    while at < len(answer):
        _, _, kind, length = struct.unpack('=4sHHI', answer[at:at + 12])
        kinds.append(kind)
        at += 12 + length
    return DONE in kinds
def launch(*args):
    run = subprocess.run(['onlyone', os.environ['GUESTS'] + '/guest', *args],
        capture_output=True, timeout=50)
    return run.returncode, run.stdout
$1"
}

# bounded: the keeper has never had more than it may, and is the same.
bounded() {
	local peak
	peak=$(awk '/VmHWM/ { print $2 }' "/proc/$keeper/status")
	[ "$peak" -lt "$MOST" ] || fail "the keeper had $peak KiB"
	assert_equal "$(keeper_of guest)" "$keeper"
	assert_equal "$(constructors)" 1
}

@test "large: three hundred of 15 MiB, all at once: a bound, and all are served" {
	begin_guest onlyone --raise=never "$GUESTS/guest"
	known
	LIMIT=170 wire '
conns = [Conn() for i in range(N)]
lost = sum(not served(a) for a in drive(conns, big))
assert not lost, "%d of %d were lost" % (lost, N)'
	bounded
}

@test "large: those that stop lose their own; others, large and small, are served" {
	with_handler 'printf "<%s>" "$#"'
	known
	wire '
half = big[:len(big) // 2]
held = [Conn() for i in range(50)]
# What one holds is read by nobody else: they never end it.
drive(held, half, time.monotonic() + 2)
assert launch("small") == (0, b"<1>")
assert launch(*["x" * 100000] * 15) == (0, b"<15>")
for c in held:
    c.s.setblocking(True)
    c.s.settimeout(60 * LIMIT / 60)
    assert c.closed()'
	bounded
}

@test "large: one that drips keeps nobody out for ever" {
	with_handler 'printf "<%s>" "$#"'
	known
	wire '
held = [Conn() for i in range(8)]
drive(held, big[:100000], time.monotonic() + 1)
end = time.monotonic() + 100
pid = os.fork()
if not pid:
    while True:
        for c in held:
            try:
                c.s.send(b"x")
            except OSError:
                pass
        time.sleep(0.2)
assert launch(*["x" * 100000] * 15) == (0, b"<15>")
os.kill(pid, 9)'
	bounded
}

@test "large: what is no activation does not stay in memory either" {
	begin_guest onlyone --raise=never "$GUESTS/guest"
	known
	wire '
keep = []
for kind in (WATCH, JOIN, QUERY, WAIT, 12, 14):
    since = send(frame(QUERY)).reply()[1]["since"]
    for i in range(8):
        c = send(frame(kind, "since=" + since, "ticket=1", "mode=wait",
            "x=" + "y" * BIG))
        keep.append(c)
for c in keep[:24]:
    assert send(frame(QUERY)).reply()[0] == STATE'
	bounded
}

@test "large: a hundred launches with 1.5 MB each wait for room, and none gives up" {
	with_handler 'read x <gate; echo "$#" >>counts'
	known
	mkfifo gate
	exec 5<>gate
	local pids=() big i
	big=$(printf '%0100000d' 1)
	for i in {1..100}; do
		begin pids+= onlyone "$GUESTS/guest" "$big" "$big" "$big" \
			"$big" "$big" "$big" "$big" "$big" "$big" "$big" \
			"$big" "$big" "$big" "$big" "$big" 5>&-
	done
	# Longer than a launch is patient.
	local end=$((SECONDS + 7))
	while [ "$SECONDS" -lt "$end" ]; do
		for i in "${pids[@]}"; do
			alive "$i" || fail 'one has given up'
		done
	done
	for i in {1..100}; do echo go >&5; done
	all_end 0 "${pids[@]}"
	assert_equal "$(sort counts | uniq -c | tr -d ' ')" 10015
	bounded
}
