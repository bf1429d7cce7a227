# forged.bats: forgeries and odd objects in the place of a slot and its files.
#
# After an instance that has ended, beside a live one, and beside one whose keeper was
# killed.  A launch does the right thing, or exits with 73 and names the folder.  There
# are never two, and we signal, await or write nothing that is not the slot's.  Once
# the object is gone, all is as before.  (Forgeries and the shim: shim.bats.  Other
# users: attacks.bats.)
load lib/common

own_setup() {
	# On the same file system: objects are exchanged, at one blow.
	spare=$(mktemp -d "${ONLYONE_DIR%/*}/onlyone-test.XXXXXX")
	LITTER+=("$spare")
	: >handled
	mkdir -m 700 victim
	echo precious >victim/file
	root=
	[ "$(id -u)" != 0 ] || root=y
}

# bystander: a process of ours, $STRANGER, that notes all signals it can.
bystander() {
	GUEST_LOG=$PWD/bystander begin STRANGER= "$GUEST" \
		$(printf 'catch %s ' 1 2 3 10 12 13 14 15 18 20 23)
	wait_until 'the bystander runs' file_has bystander ' main '
}

# unharmed CASE: no bystander was signalled, no victim written to.
unharmed() {
	assert_equal "$1: $(ls victim) $(<victim/file)" "$1: file precious"
	[ -n "${STRANGER-}" ] || return 0
	alive "$STRANGER" || fail "$1: killed"
	[[ $(<bystander) != *signal* ]] || fail "$1: signalled"
}

# make KIND: such an object as $spare/object; no: this user has or is stopped by none.
# (Root reads and enters all.)
make() {
	local object=$spare/object
	rm -rf "$object"
	mode=
	case $1$root in
	dir*) mkdir -m 700 "$object" ;;
	full-dir*) mkdir -m 700 "$object" && : >"$object/x" ;;
	fifo*) mkfifo -m 600 "$object" ;;
	link-dir*) ln -s "$PWD/victim" "$object" ;;
	link*) ln -s "$PWD/victim/file" "$object" ;;
	dangling*) ln -s "$PWD/victim/none" "$object" ;;
	socket*) python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$object" ;;
	empty*) : >"$object" ;;
	garbage*) head -c 3000 /dev/urandom >"$object" ;;
	huge*) truncate -s 300M "$object" ;;
	open-dir*) mkdir -m 700 "$object" && chmod 777 "$object" ;;
	unreadable) : >"$object" && chmod 0 "$object" ;;
	closed-dir) mkdir -m 700 "$object" && mode=0 ;;
	foreigny) echo 1 >"$object" && chown 1000:1000 "$object" ;;
	foreign-diry) mkdir -m 700 "$object" && chown 1000:1000 "$object" ;;
	*) return 1 ;;
	esac
}

NOFILE='dir full-dir fifo link link-dir dangling socket foreign unreadable'
NOFOLDER='fifo link link-dir socket garbage open-dir foreign foreign-dir closed-dir'

# exchange FILE: it and $spare/object, so that there is no moment without.  A
# folder that may not be written to cannot be renamed.
exchange() {
	[ ! -d "$1" ] || [ -L "$1" ] || chmod 700 "$1"
	/usr/bin/python3 -c 'import ctypes, sys
sys.exit(ctypes.CDLL(None).renameat2(-100, sys.argv[1].encode(),
    -100, sys.argv[2].encode(), 2))' "$spare/object" "$1"
	[ -z "$mode" ] || chmod "$mode" "$1"
	mode=
}

# instance: one that lives; $BEGUN, $slot.
instance() {
	: >"$GUEST_LOG"
	with_handler "echo \"\$1\" >>'$PWD/handled'"
	slot=$(the_slot)
}

# remains: what is left of a slot when all was killed, as $spare/saved.
remains() {
	instance
	killed "$(keeper_of guest)" "$BEGUN"
	cp -a "$slot" "$spare/saved"
}

remain_again() {
	rm -rf "$slot"
	cp -a "$spare/saved" "$slot"
	: >"$GUEST_LOG"
}

# launches CASE STATUS: with CASE as the argument for the handler.  0: handed
# over, once.  5: started.  Else: one line, with the slot's folder in it.
launches() {
	local status=0 runs
	runs=$(constructors)
	launch "$GUEST" "$1" exit 5 2>said || status=$?
	runs=$(($(constructors) - runs))
	handled=$(grep -cxF -- "$1" handled) || true
	mapfile -t said <said
	[ "$status $runs $handled" = "$2 $(($2 == 5)) $(($2 == 0))" ] ||
		fail "$1: not $2: $status, ran $runs, handled $handled: ${said[*]}"
	case $2 in
	0 | 5) assert_equal "$1: ${said[*]}" "$1: " ;;
	*) [[ ${#said[@]} = 1 && ${said[0]} == "onlyone: "*"$slot"* ]] ||
		fail "$1: ${said[*]}" ;;
	esac
	unharmed "$1"
}

# intact: the slot of one that lives has its files again.
intact() {
	local file
	for file in pid info sock; do
		[ ! -L "$slot/$file" ] || return
	done
	[ -f "$slot/pid" ] && [ -f "$slot/info" ] && [ -S "$slot/sock" ] &&
		[ "$(cat "$slot/pid")" = "$BEGUN" ]
}

# tries STATE ITEM STATUS KIND...: a launch that finds this in the place of that item
# of a slot (or of its folder), and one after it was taken away.
tries() {
	local state=$1 item=$2 want=$3 kind is path
	path=$slot/$item
	[ "$item" != folder ] || path=$slot
	for kind in ${*:4}; do
		[ "$state" != dead ] || remain_again
		make "$kind" || continue
		[ "$state" != bare ] || killed "$(keeper_of guest)"
		exchange "$path"
		is="$state $item $kind"
		launches "$is" "$want"
		case $state:$item:$want in
		dead:*:73 | bare:*:73 | live:mapping:*) exchange "$path" ;;
		live:info:* | live:*:73) [ "$is" = 'live info dir' ] || rm -rf "$path" ;;
		# A keeper that has healed leaves nothing to be taken away.
		live:*) intact || rm -rf "$path" ;;
		esac
		case $state in
		dead) frees launches "$is, taken away" 5 ;;
		*) launches "$is, taken away" 0 ;;
		esac
		[ "$state" != live ] || wait_until "$is: it is whole again" intact
		[ "$state" = dead ] || pid_is guest "$BEGUN" || fail "$is: another one"
	done
}

@test "dead: files of no sense are swept; what is no file, or no folder, is 73, until it is taken away" {
	remains
	for file in pid mapping; do
		tries dead $file 5 empty garbage huge
		tries dead $file 73 $NOFILE
	done
	tries dead info 5 empty garbage
	tries dead info 73 $NOFILE huge
	tries dead sock 5 dir empty garbage huge fifo link dangling socket
	tries dead sock 73 full-dir
	tries dead folder 73 $NOFOLDER
	tries dead folder 5 dir
	# onlyonectl looks no further, and says so.
	remain_again
	if make unreadable; then
		exchange "$slot/info"
		prints -73 --partial "$slot" ctl count guest
		exchange "$slot/info"
	fi
	ctl list
}

@test "live: whatever is in place of a file, it is activated, and healed; of the folder: 73, naming it" {
	instance
	for file in pid info mapping; do
		tries live $file 0 $NOFILE empty garbage huge
	done
	tries live sock 0 ${NOFILE/full-dir } empty garbage
	tries live sock 73 full-dir
	tries live folder 73 $NOFOLDER
	tries live folder 0 dir
	# A closed folder or file of its own changes nothing.
	chmod 500 "$slot"
	launches 'a folder not to be written to' 0
	chmod 700 "$slot"
	chmod 0 "$slot"/{pid,info,mapping}
	launches 'files of no mode' 0
	chmod 600 "$slot"/{pid,info,mapping}
	notes constructor 1
}

@test "bare: without its keeper: what is no file, or no folder, is 73, never a start; else it is activated" {
	instance
	# A row of each way to look (all kinds: dead, live).
	tries bare pid 73 full-dir dangling foreign
	tries bare pid 0 garbage
	tries bare info 73 fifo unreadable huge
	tries bare mapping 73 full-dir dangling foreign
	tries bare sock 0 fifo dangling garbage
	tries bare folder 73 link-dir foreign-dir closed-dir
	notes constructor 1
}

# record FIELD=VALUE...: these fields in info.
record() {
	/usr/bin/python3 - "$slot/info" "$@" <<-'END'
		import re, sys
		text = open(sys.argv[1]).read()
		for field in sys.argv[2:]:
		    name = field.split("=")[0]
		    text, n = re.subn(rf"\0{name}=[^\0]*", rf"\0{field}", text, count=1)
		    assert n == 1, field
		open(sys.argv[1], "w").write(text)
	END
}

@test "info: of no sense beside one that lives: the mapping tells that it does; it is 69, and says why" {
	instance
	: >"$slot/info"
	pid_is guest "$BEGUN" # its keeper is asked, and knows
	killed "$(keeper_of guest)"
	: >"$slot/info"
	# Only a launch knows which application it is.
	prints -69 --partial "$slot: pid $BEGUN runs there, but its record was removed" \
		ctl stop guest
	# The handler was in there: a message says so.
	run -69 --separate-stderr launch "$GUEST" x exit 5
	says 'its record was removed: it was not given'
	run -0 launch "$GUEST"
	# To stop it is to send it TERM, and no KILL right after.
	[[ $(tr '\0' '\n' <"$slot/info") != *$'\n'kill-after=* ]]
	pid_is guest "$BEGUN"
	[[ $(<"$GUEST_LOG") != *constructor*constructor* ]]
}

@test "info: one that comes with the instance, between two looks of a list, was not removed" {
	remains
	rm "$slot/info"
	begin lists= strace -D -o trace -P info -e inject=openat:signal=STOP:when=2 \
		onlyonectl list
	wait_until 'it stands between them' file_has trace 'stopped by'
	begin_guest onlyone "$GUEST"
	kill -CONT "$lists"
	ends "$lists" 0
}

@test "sock: of one that says nothing: a launch in line asks the keeper that has the slot meanwhile" {
	remains
	rm "$slot/sock"
	begin python3 -c 'import signal, socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen()
c = s.accept()[0]
open("asked", "wb").write(c.recv(1))
signal.pause()' "$slot/sock"
	wait_until 'it listens' test -S "$slot/sock"
	begin late= onlyone --wait "$GUEST" exit 5
	wait_until 'the launch has asked' test -s asked
	stopped "$late"
	mv "$slot" "$spare/old"
	begin_guest onlyone "$GUEST"
	kill -CONT "$late"
	wait_until 'it is in line' eval 'ctl log guest | grep -q "$late *waits in line"'
	killed "$BEGUN"
	ends "$late" 5
}

@test "sock: of a keeper that is late: a launch waits for it, and says so on a terminal" {
	remains
	rm "$slot/sock"
	mkfifo go
	begin keeper= python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen()
open("go").read()' "$slot/sock"
	wait_until 'it listens' test -S "$slot/sock"
	record "keeper=$keeper"
	begin late= script -qefc "onlyone '$GUEST' exit 5" said
	wait_until 'it says so' file_has said "pid $keeper, which keeps it, is busy"
	sleep 6 # one that is stopped has been given up by then
	alive "$late"
	: >go
	ends "$late" 5
}

@test "sock: of a keeper with another protocol: whatever needs it says so, and that stop ends its instance; stop does" {
	begin_guest owner= onlyone "$GUEST"
	slot=$(the_slot)
	killed "$(keeper_of guest)"
	rm "$slot/sock"
	begin keeper= python3 -c 'import os, select, socket, struct, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen()
owner = os.pidfd_open(int(sys.argv[2]))
while owner not in select.select([s, owner], [], [])[0]:
    c = s.accept()[0]
    c.recv(4096)
    c.send(struct.pack("=4sHHI", b"1one", 99, 69, 0))
    c.close()' "$slot/sock" "$owner"
	wait_until 'it listens' test -S "$slot/sock"
	record "keeper=$keeper"
	for words in "onlyone $GUEST" "onlyone --wait $GUEST" "onlyone --join $GUEST" \
		"onlyone -W $GUEST 5" "onlyone --replace $GUEST" 'onlyonectl wait guest' \
		'onlyonectl listen guest' 'onlyonectl forget guest'; do
		echo "$words" >&2
		run -69 timeout $LIMIT $words
		assert_output --regexp "guest is held by pid $owner, started by an \
incompatible version of onlyone; onlyonectl stop stops it$"
	done
	run -0 timeout $LIMIT onlyonectl -q stop guest
	ended "$owner"
	ends "$keeper" 0
}

@test "info and pid: of somebody else, or of no sense: started, or who lives is known; nobody is signalled" {
	remains
	bystander
	# Without its start time a process cannot be identified.
	for lie in 0 x; do
		remain_again
		record "pid=$STRANGER" "pidfs=$lie" "start=$lie"
		run -69 --separate-stderr launch "$GUEST" exit 5
		says "$STRANGER"
		run ! ctl stop guest
		unharmed "start=$lie"
	done
	pids=("$STRANGER" "$$" 1 0 -1 2147483647 4294967297 '' x "+$STRANGER")
	lies=("pid=$STRANGER" "pid=$STRANGER start=1 pidfs=7" pid=1 "pid=$$" pid=0
		"pid=$STRANGER keeper=$STRANGER first=$STRANGER session=$STRANGER"
		pid=4294967297 boot=00000000-0000-0000-0000-000000000000)
	for lie in "${pids[@]/#/=}" "${lies[@]}"; do
		remain_again
		[[ $lie == =* ]] && echo "${lie#=}" >"$slot/pid" || record $lie
		run -3 ctl signal KILL guest
		frees launches "dead $lie" 5
	done
	remain_again
	run -5 sh -c 'echo $$ >"$1/pid"; exec onlyone "$2" exit 5' sh "$slot" "$GUEST"
	freed
	instance
	for n in "${pids[@]}"; do
		echo "$n" >"$slot/pid"
		launches "live pid $n" 0
	done
	for lie in "${lies[@]}"; do
		keeper_killed guest
		record $lie
		pid_is guest "$BEGUN" || fail "bare $lie: another pid"
		launches "bare $lie" 0
	done
	pid_is guest "$BEGUN"
	notes constructor 1
}
