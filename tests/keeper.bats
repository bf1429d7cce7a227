#!/usr/bin/env bats
# as: user (no right is asked for, and a user has the smaller limits)
# keeper.bats: the keeper in want, and among clients that keep it waiting.
#
# Nobody is delayed by somebody who keeps silent; out of descriptors, file
# size or locks it goes on, and never runs a handler in the wrong place or
# without its streams; a handler ends with its caller however soon that goes.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load lib/common

# kept CMD: an instance with this handler.
kept() {
	with_handler "$1"
	owner=$BEGUN
	known
}

known() {
	keeper=$(keeper_of "${1-guest}")
	slot=$(the_slot)
}

# wire CODE: the client of lib/wire.py does this.
wire() {
	keeper=$keeper timeout -k 5 "${LIMIT:-60}" \
		"$BATS_TEST_DIRNAME/lib/wire.py" "$slot" "
def answer(c, fds=None):
    c.send(frame(STREAMS, 'open=012', slot=None),
        fds if fds is not None else [here, null, 1, 2])
def launch(*args):
    began = time.monotonic()
    run = subprocess.run(['onlyone', os.environ['GUESTS'] + '/guest', *args],
        capture_output=True, timeout=50)
    return run.returncode, run.stdout, time.monotonic() - began
def together(conns, data, seconds):
    at = dict.fromkeys(conns, 0)
    end = time.monotonic() + seconds
    while at and time.monotonic() < end:
        for c in list(at):
            c.s.setblocking(False)
            try:
                at[c] += c.s.send(data[at[c]:at[c] + 65536])
            except BlockingIOError:
                pass
            except OSError:
                at[c] = len(data)
            if at[c] == len(data):
                del at[c]
$1"
}

# same: the keeper is still the one it was, and the only instance lives.
same() {
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

# ticks: the processor time that it has used.
ticks() {
	local stat fields
	read -r stat <"/proc/$keeper/stat"
	read -ra fields <<<"${stat##*) }"
	echo $((fields[11] + fields[12]))
}

# bats test_tags=check
@test "want: with 16 descriptors a handler has its folder and all streams" {
	begin_guest bash -c 'ulimit -n 16; exec onlyone --on-activate="$0" "$1"' \
		'[ -z "$1" ] || { : >held; read x <gate; }
		pwd; cat; echo error >&2' "$GUESTS/guest"
	known
	mkdir there
	mkfifo there/gate
	for i in 1 2 3; do
		(cd there && echo in | launch "$GUESTS/guest" >out 2>err)
		assert_equal "$(cat there/out there/err)" "$PWD/there
in
error"
	done
	# And with another one connected.
	cd there
	begin onlyone "$GUESTS/guest" hold >held.out 2>&1 </dev/null
	wait_until 'its handler runs' test -e held
	begin onlyone -v "$GUESTS/guest" >out 2>err <<<again
	wait_until 'the other one waits' file_has err waiting
	echo go >gate
	ends "$BEGUN" 0
	assert_equal "$(cat out)" "$PWD
again"
	same
}

@test "want: a keeper without descriptors for the streams says so, and runs nothing" {
	kept 'echo ran >>"$ONLYONE_DIR/ran"; pwd'
	for n in 1 2; do
		room $n
		prints -71 --partial descriptors launch "$GUESTS/guest" a
		[ ! -e "$ONLYONE_DIR/ran" ]
	done
	# Its streams are a child's.
	room 3
	prints -0 "$PWD" launch "$GUESTS/guest" a
	same
}

@test "want: too few streams, or a folder that is none: no handler runs" {
	kept 'echo "$PWD $1" >>"$ONLYONE_DIR/ran"'
	wire '
for fds in ([], [here], [here, null], [here, null, null]):
    c = send(frame(ACTIVATE, "arg=few"))
    assert c.reply()[0] == NEED
    answer(c, fds)
    kind, fields = c.reply()
    assert (kind, fields["status"]) == (REFUSED, "71"), (kind, fields)
for first in (null, os.open(os.environ["GUESTS"] + "/guest", os.O_RDONLY)):
    c = send(frame(ACTIVATE, "arg=odd"))
    assert c.reply()[0] == NEED
    answer(c, [first, null, null, null])
    assert c.reply()[0] == DELIVERED
    kind, fields = c.reply()
    assert (kind, fields["status"]) == (DONE, "71"), (kind, fields)
c = send(frame(ACTIVATE, "arg=split"))
assert c.reply()[0] == NEED
data = frame(STREAMS, "open=012", slot=None)
c.send(data[:5], [here, null, null, null])
kind, fields = c.reply()
assert kind == REFUSED, kind'
	[ ! -e "$ONLYONE_DIR/ran" ]
	run -0 launch "$GUESTS/guest" well
	assert_equal "$(cat "$ONLYONE_DIR/ran")" "$PWD well"
	rm "$ONLYONE_DIR/ran"
	same
}

@test "want: without a descriptor for a client the keeper does not spin" {
	kept 'printf "<%s>" "$@"'
	room 0
	begin onlyone "$GUESTS/guest" late >out
	wait_until 'the launch is connected and waits' has_state "$BEGUN" S
	before=$(ticks)
	# Not a wait for something: how much is used up in this time.
	sleep 1
	[ $(($(ticks) - before)) -lt 20 ]
	room 10
	ends "$BEGUN" 0
	assert_equal "$(cat out)" '<late>'
	same
}

# only_busy COMMAND...: for want of descriptors the keeper does not answer, and
# nothing is started; once it has some it says that the instance runs.
only_busy() {
	run -69 launch -n -a one echo started
	refute_line started
	room 10
	run -75 launch -n -a one echo started
}

@test "want: a daemon that the keeper has no descriptor to look for has not ended" {
	begin_guest owner= onlyone -a one "$GUESTS/forker" wait now fork setsid
	known one
	room 0
	touch now
	ended "$owner"
	only_busy
	wait_until 'the daemon is the instance' pid_is one "$(noted here)"
	killed "$(noted here)"
}

@test "want: a tree that the keeper has no descriptor to look for has not ended" {
	begin guard= onlyone --lifetime=tree -a one sh -c 'echo $$ >owner
		sleep 300 & echo $! >left
		until [ -e now ]; do sleep 0.02; done'
	wait_until 'it runs' test -s left
	known one
	owner=$(cat owner)
	room 0
	killed "$guard"
	touch now
	ended "$owner"
	only_busy
	wait_until 'what is left is the instance' pid_is one "$(cat left)"
	killed "$(cat left)"
}

@test "want: a folder that somebody has locked does not stop the keeper" {
	kept :
	frees kill -KILL "$owner"
	: >"$GUEST_LOG"
	mkdir -m 700 "$slot"
	begin flock -Fx "$slot" sh -c ': >locked; exec sleep 300'
	wait_until 'it is locked' test -e locked
	locker=$BEGUN
	kept 'printf "<%s>" "$@"'
	prints -0 '<a>' launch "$GUESTS/guest" a
	same
	# Once it can be had the keeper has it, so that cleaners pass by.
	killed "$locker"
	launch "$GUESTS/guest" b
	run ! flock -xn "$slot" true
}

# bats test_tags=check
@test "want: a keeper that may write no file goes on" {
	kept 'printf "<%s>" "$@"'
	prlimit --pid "$keeper" --fsize=0:
	prints -0 '<a>' launch "$GUESTS/guest" a
	prints '<b>' launch "$GUESTS/guest" b
	same
}

@test "birth: the memory of a launch is copied once, for its keeper" {
	run -0 timeout $LIMIT strace -qq -f -o trace \
		-e trace=clone,clone3,fork,vfork onlyone true
	assert_equal "$(grep -cE '(clone3?|v?fork)\(' trace)" 2
	assert_equal "$(grep -c 'CLONE_VM|CLONE_VFORK' trace)" 1
}

@test "want: forty large requests together are all served" {
	kept 'echo "$#" >>counts; [ "$1" != hold ] || read x <gate'
	mkfifo gate
	# None is asked for its streams before all have sent all.
	begin onlyone "$GUESTS/guest" hold
	wait_until 'a handler runs' test -s counts
	LIMIT=100 wire '
import selectors
whole = frame(ACTIVATE, *["arg=" + "x" * 100000] * 15)
conns = [Conn() for i in range(40)]
together(conns, whole, 10)
with open("gate", "w"):
    pass
select = selectors.DefaultSelector()
def watch(c):
    c.s.settimeout(20 * LIMIT / 60)
    c.kinds = []
    select.register(c.s, selectors.EVENT_READ, c)
for c in conns:
    watch(c)
while select.get_map():
    for key, _ in select.select(20):
        c = key.data
        r = c.reply()
        if r is None:
            select.unregister(c.s)
            if DELIVERED not in c.kinds:  # too slow: as a launch, again
                conns.remove(c)
                conns.append(Conn())
                conns[-1].send(whole)
                watch(conns[-1])
            continue
        c.kinds.append(r[0])
        if r[0] == NEED:
            try:
                answer(c)
            except BrokenPipeError:
                pass
for c in conns:
    assert c.kinds[-3:] == [NEED, DELIVERED, DONE], c.kinds'
	assert_equal "$(sort -n counts | uniq -c | tr -d ' ')" '11
4015'
	same
}

@test "want: large requests that stop are dropped at one time, also paused ones, and small ones pass" {
	kept 'printf "<%s>" "$@"'
	# All but the end, and a byte more than what is read of each: nothing of
	# that lies unread.
	for end in -1 '2 ** 20 + 1'; do
		LIMIT=160 wire '
whole = frame(ACTIVATE, *["arg=" + "x" * 100000] * 15)
held = [Conn() for i in range(145)]
together(held, whole[:'"$end"'], 4)
with open(f"/proc/{keeper}/statm") as f:
    assert int(f.read().split()[1]) < (80 << 20) // 4096  # of 200 MiB
status, out, took = launch("small")
assert (status, out) == (0, b"<small>") and took < 20 * LIMIT / 60, (status, out, took)
began = time.monotonic()
for c in held:
    c.s.settimeout(30 * LIMIT / 60)
    assert c.closed()
assert time.monotonic() - began < 100 * LIMIT / 60'
		same
	done
}

@test "handler: one whose caller goes away at once is hung up, every time" {
	kept 'exec sleep 300'
	wire '
for i in range(10):
    c = send(frame(ACTIVATE, "arg=x"))
    while (r := c.reply()) and r[0] != NEED:
        pass
    answer(c)
    assert c.reply()[0] == DELIVERED
    c.s.close()'
	wait_until 'no handler is left' prints '' pgrep -P "$keeper"
	same
}
