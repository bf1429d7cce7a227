# common.bash: what every bats file, or a library for it, loads.
#
# A test gets a folder of its own (also its current folder), a state root of its own in
# memory, and the build first on PATH.  Any process that has that root in its
# environment, or lives in it, was started by the test, and is killed by pid afterwards;
# then no keeper and no slot folder may be left, or the test fails.  Nothing sleeps a
# fixed time: wait_until polls, with a name.
#
# A test file for which one user is enough says at its top which one, and why:
#   # as: root        or        # as: user (REASON)
# Tests in the latter that should run as root too have the tag "both".
# shellcheck shell=bash disable=SC2034,SC2119,SC2120,SC2154

! declare -F common_setup >/dev/null || return 0 # it is there
bats_require_minimum_version 1.8.0
load lib/assert
load lib/patience
load lib/trace

[ -n "${BUILD-}" ] || BUILD=$(cd "$BATS_TEST_DIRNAME/.." && pwd)/build
GUESTS=$BUILD/guests
GUEST=$GUESTS/guest FORKER=$GUESTS/forker
export BUILD GUESTS
PATH=$BUILD:$PATH
hash -r

# What is done before and after each test: NAME_setup for each of these, and a
# file's own_setup; afterwards own_teardown, and NAME_teardown, the last first.
# A library that is loaded adds its name.
PARTS=(common)

setup() {
	local part
	for part in "${PARTS[@]}" own; do
		! declare -F "${part}_setup" >/dev/null || "${part}_setup"
	done
}

teardown() {
	local i left=0 parts=("${PARTS[@]}" own)
	for ((i = ${#parts[@]} - 1; i >= 0; i--)); do
		! declare -F "${parts[i]}_teardown" >/dev/null ||
			"${parts[i]}_teardown" || left=1
	done
	return "$left"
}

common_setup() {
	trace_failures
	# A test must not depend on its caller's user, environment or folder.
	unset ONLYONE_SLOT ONLYONE_RUN ONLYONE_APP ONLYONE_KEY ONLYONE_PID \
		ONLYONE_DISABLE ONLYONE_ENFORCE GUEST_LOG GUEST_GATE LD_PRELOAD DISPLAY \
		WAYLAND_DISPLAY XDG_SESSION_ID DESKTOP_STARTUP_ID \
		XDG_ACTIVATION_TOKEN TMUX TMUX_PANE STY WINDOWID SWAYSOCK \
		DBUS_SESSION_BUS_ADDRESS
	# tests/run has given the file a home of its own.
	if [ -z "${ONLYONE_TEST_LACKS-}" ]; then
		unset XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME XDG_CACHE_HOME
		export HOME=$BATS_FILE_TMPDIR/home
		[ -d "$HOME" ] || mkdir "$HOME"
	fi
	local in=/dev/shm
	[ -w "$in" ] || in=$BATS_TEST_TMPDIR
	ONLYONE_DIR=$in/onlyone-test.$SRANDOM$SRANDOM
	GUEST_LOG=$BATS_TEST_TMPDIR/log
	export ONLYONE_DIR GUEST_LOG
	ulimit -c 0
	mkdir -m 700 "$ONLYONE_DIR" "$BATS_TEST_TMPDIR/here" || return 1
	silence
	ROOTS=("$ONLYONE_DIR")
	LITTER=()
	STARTED=()
	: >"$GUEST_LOG"
	cd "$BATS_TEST_TMPDIR/here" || return 1
}

# needs_points: on the shipped build the test would test nothing, or write into the
# machine's own /etc.
needs_points() {
	[ -x "$BUILD/points/onlyone" ] ||
		fail 'needs build/points: make test-programs'
}

# needs PACKAGE PROGRAM
needs() { command -v "$2" >/dev/null || fail "needs Debian package $1 (for $2)"; }

# launch, ctl ARG...: if it hangs, it is killed with its test (lib/trace.bash).
launch() { onlyone "$@"; }
ctl() { onlyonectl "$@"; }

# stops ARG...: onlyonectl stop, which waits as long as the machine needs.
stops() { onlyonectl -q stop -w "$LIMIT" "$@"; }

# raise ARG...: onlyone-raise itself, killed if it hangs.
raise() { timeout -k 5 $LIMIT onlyone-raise "$@"; }

# free_port: an unused port of this machine: $port.
free_port() {
	# Below those that the kernel assigns on its own.
	while port=$((20000 + RANDOM % 12000)) &&
		(: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
		:
	done
}

# open_scene: go to a new folder, $scene, where uid 1000 can go as well; bats' own is
# root's alone.  Guests note there.
open_scene() {
	scene=$(mktemp -d /var/tmp/onlyone-test.XXXXXX)
	LITTER+=("$scene")
	chmod 755 "$scene"
	cd "$scene" || return 1
	GUEST_LOG=$scene/log
	: >"$GUEST_LOG"
	chown 1000:1000 "$ONLYONE_DIR" "$GUEST_LOG"
}

# begin [NAME=|NAME+=] COMMAND...: in the background; $BEGUN is its pid, and $NAME,
# or the next of that list.  Its streams are those of this call (a shell would
# give it /dev/null for its input).
begin() {
	local names=
	if [[ $1 == *= ]]; then
		names=$1
		shift
	fi
	"$@" <&0 3>&- &
	BEGUN=$!
	STARTED+=("$BEGUN")
	case $names in
	*+=) eval "$names($BEGUN)" ;;
	?*) eval "$names$BEGUN" ;;
	esac
}

# guest_runs PID: the guest with this pid has reached main.
guest_runs() { wait_until "process $1 has reached its main" log_has "$1 main"; }

# log_has START: a line of the log begins with that.
log_has() {
	local log
	! IFS= read -rd '' log <"$GUEST_LOG"
	[[ $'\n'$log == *$'\n'"$1"* ]]
}

# quietly COMMAND...: a daemon that keeps our streams must not make us hang.
quietly() { "$@" </dev/null >>out 2>&1 3>&-; }

# begin_guest [NAME=|NAME+=] COMMAND...: begin, and wait until the guest it starts is in main.
begin_guest() {
	begin "$@"
	guest_runs "$BEGUN"
}

# with_handler CMD [OPTION...]: an instance of the guest with this handler.
with_handler() {
	local cmd=$1
	shift
	begin_guest onlyone --on-activate="$cmd" "$@" "$GUESTS/guest"
}

# untouched: no slot, no program.
untouched() {
	freed
	notes constructor 0
}

# message_is LINE...: one message of ours: what is wrong, and maybe what to type.
message_is() {
	[[ $1 == onlyone*:* && $# -le 2 && ${2-onlyone: use } == onlyone*': '@(use|start|without)' '* ]]
}

# says PATTERN: standard error is one message of ours that matches.
says() {
	[[ $stderr == onlyone:*$1* ]] && message_is "${stderr_lines[@]}" ||
		fail "says: $stderr"
}

# status_look PID NAME: that field of its status, in $SAID.  (Not stat: that blocks if
# a process hangs in execve.  And to its end: if the process exits, bash takes what it
# has read ahead for the next file's.)
status_look() {
	local lines=() line
	SAID=
	mapfile -t lines 2>/dev/null <"/proc/$1/status" || return 1
	for line in "${lines[@]}"; do
		[[ $line == "$2:"* ]] || continue
		SAID=${line#*:?}
		return 0 # in a trap a bare one is the status before it
	done
	return 1
}

# gone PID...: they have exited (a zombie has); alive PID...: they have not.
gone() {
	local pid SAID
	for pid; do
		! status_look "$pid" State || [[ $SAID == [ZX]* ]] || return
	done
}

alive() {
	local pid
	for pid; do ! gone "$pid" || return; done
}

# born PID: its start time, which tells it from a later process with the same pid;
# nothing if it is gone.
born() {
	local stat fields
	gone "$1" && return
	read -r stat 2>/dev/null <"/proc/$1/stat" || return 0
	read -ra fields <<<"${stat##*) }"
	echo "${fields[19]}"
}

# ended PID...: waits until they have exited.
ended() {
	local pid
	for pid; do wait_until "process $pid has ended" gone "$pid"; done
}

# ended_by SIGNAL PID...: sends it, and waits until they have exited.
ended_by() { kill "-$1" "${@:2}" && ended "${@:2}"; }

# killed PID...: with -9, and waits for their exit: kill returns before that, and
# before their locks are free.  (When one exits, another may be gone, too.)
killed() {
	[[ " $* " != *'  '* ]] && ended_by KILL "$@"
}

# stopped PID...: with STOP, and they have stopped: a signal that comes before
# they have may be delivered first.
stopped() {
	local pid
	kill -STOP "$@"
	for pid; do
		wait_until "process $pid has stopped" has_state "$pid" T
	done
}

# continued PID [OTHER]: until it has exited; it, or that other one, stops each time
# it passes a point.
continued() {
	gone "$1" && return
	kill -CONT "${2-$1}"
	return 1
}

# one_left PID...: all but one of them have exited.
one_left() {
	local pid left=
	for pid; do
		gone "$pid" || left+=1
	done
	[ "$left" = 1 ]
}

# ends PID STATUS: a background process of this shell exits with this status.
ends() {
	local status=0
	ended "$1"
	wait "$1" || status=$?
	[ "$status" = "$2" ] ||
		fail "process $1 ended with status $status, expected $2"
}

# ends_by SIGNAL PID STATUS: the same, after this signal.
ends_by() { kill "-$1" "$2" && ends "${@:2}"; }

# all_end STATUS PID...: each of these does.
all_end() {
	local pid
	for pid in "${@:2}"; do ends "$pid" "$1"; done
}

# file_has FILE REGEX: for wait_until.
file_has() { grep -qE -- "$2" "$1"; }

# has_lines FILE N: for wait_until.
has_lines() { [ "$(wc -l <"$1")" = "$2" ]; }

# record_lines FILE: the argument lists that the guest args wrote to it, no torn one
# among them, each one a line, its arguments in hex; records FILE: how many.
records() { record_lines "$1" | wc -l; }

record_lines() {
	od -An -v -tx1 -w1 "$1" | awk '
		$1 != "00" { item = item $1; next }
		left { line = line (line == "" ? "" : " ") \
			(item == "" ? "-" : item); left-- }
		!begun { line = ""; left = 0
			for (i = 2; i <= length(item); i += 2)
				left = left * 10 + substr(item, i, 1) }
		{ begun = left; item = "" }
		!left { print line }
		END { exit item != "" || left }'
}

# constructors: how often the guest's first instruction ran.
constructors() { noted constructor | wc -l; }

# noted WORD: the pids of the lines "PID WORD" of the log.
noted() { sed -n "s/^\([0-9]*\) $1\$/\1/p" "$GUEST_LOG"; }

# notes WORD N: there are N of them, for wait_until.
notes() {
	local lines line n=0
	mapfile -t lines <"$GUEST_LOG"
	for line in "${lines[@]}"; do
		[ "${line#* }" != "$1" ] || n=$((n + 1))
	done
	[ "$n" = "$2" ]
}

# in_main N: so many guests have reached main.
in_main() { [ "$(grep -cE ' main( |$)' "$GUEST_LOG")" = "$1" ]; }

# parent_of PID: the pid of its parent, or nothing.
parent_of() {
	local SAID
	! status_look "$1" PPid || echo "$SAID"
}

# is_below PID OWNER: it is the owner, or descends from it.
is_below() {
	local SAID=$1
	until [ "$SAID" = "$2" ]; do
		[ "$SAID" -gt 1 ] && status_look "$SAID" PPid || return
	done
}

# state_of PID: the letter of its state, R S T Z …
state_of() {
	local SAID
	status_look "$1" State && echo "${SAID%% *}"
}

has_state() {
	local SAID
	status_look "$1" State && [[ $SAID == "$2"* ]]
}

# has_name PID NAME: it has executed that.
has_name() { [ "$(cat "/proc/$1/comm")" = "$2" ]; }

# traced PID: by strace, or another tracer.
traced() { grep -q '^TracerPid:.*[1-9]' "/proc/$1/status"; }

# no_zombies PID: none of its children is one.
no_zombies() {
	local children
	mapfile -t children < <(grep -lsxE "PPid:[[:space:]]$1" \
		/proc/[0-9]*/status)
	run ! grep -qsE '^State:[[:space:]]Z' /dev/null "${children[@]}"
}

# first_listed FIELD [APP]: what list says of the first instance.
first_listed() {
	ctl list --json "${@:2}" |
		sed -En "0,/^    \"$1\": \"?([^\"]*[^\",])\"?,?\$/s//\1/p"
}

# keeper_of APP: pid of its keeper.
keeper_of() { first_listed keeper "$1" | grep -x '[1-9][0-9]*'; }

# keeper_killed APP: kills its keeper, once it has one.
keeper_killed() {
	wait_until "$1 has a keeper" keeper_of "$1"
	killed "$(keeper_of "$1")"
}

# count_is APP N
count_is() { [ "$(ctl count "$1")" = "$2" ]; }

# pid_is APP PID
pid_is() { [ "$(ctl pid "$1")" = "$2" ]; }

# the_slot: the folder of the one instance that runs.
the_slot() { first_listed dir; }

# the_run: its ONLYONE_RUN.
the_run() { tr '\0' '\n' <"$(the_slot)/info" | sed -n 's/^since=//p'; }

# left_in [ROOT]: what is in a state root, except the records of past instances.
left_in() { ls -A -I .ended -I .ended.1 "${1-$ONLYONE_DIR}"; }

# slots: the slot folders below the state roots of this test.
slots() { looked slots_look SLOTS; }

# looked LOOK ARRAY: prints what the function LOOK puts into ARRAY, one a line.
looked() {
	local SLOTS KEEPERS OFFSPRING BORN
	local -n found=$2
	"$1"
	[ "${#found[@]}" = 0 ] || printf '%s\n' "${found[@]}"
}

# In $SLOTS; without a process, since each test calls it.
slots_look() {
	local root dir
	SLOTS=()
	for root in "${ROOTS[@]}"; do
		for dir in "$root"/*/ "$root"/.[!.]*/; do
			dir=${dir%/}
			[ ! -d "$dir" ] || [ -L "$dir" ] || SLOTS+=("$dir")
		done
	done
}

no_slots() {
	local SLOTS
	slots_look
	[ "${#SLOTS[@]}" = 0 ]
}

# freed [APP]: waits until it has no instance; without APP, until no slot is
# left below the roots of this test.
freed() {
	wait_until "no instance of ${1-any} is left" ${1+count_is} ${1-no_slots} ${1+0}
}

# frees COMMAND...: it frees the last slot.
frees() {
	"$@"
	freed
}

# swept: a list has swept all free slots, and none is left.
swept() { ctl list >/dev/null && no_slots; }

# is_keeper PID: one of ours, by its name.
is_keeper() {
	local title=()
	# Buffered, which read -d is not.
	mapfile -d '' -n 1 -t title 2>/dev/null <"/proc/$1/cmdline" || return 1
	[[ ${title-} == 'onlyone keeper of '* ]]
}

# keepers: pids of the keepers that hold something below this test's roots.
keepers() { looked keepers_look KEEPERS; }

# In $KEEPERS; a process for each one of ours only.
keepers_look() {
	local dir root
	KEEPERS=()
	for dir in /proc/[0-9]*; do
		is_keeper "${dir#/proc/}" || continue
		for root in "${ROOTS[@]}"; do
			[ "$(find "$dir/fd" -lname "$root/*" -print -quit 2>/dev/null)" ] ||
				continue
			KEEPERS+=("${dir#/proc/}")
			break
		done
	done
}

no_keepers() {
	local KEEPERS
	keepers_look
	[ "${#KEEPERS[@]}" = 0 ]
}

# offspring: pids of what this test started and what still runs, less keepers:
# children of this shell that it started, and processes with one of its roots in
# their environment.  A bare pid is never trusted: pids are reused quickly.
offspring() { looked offspring_look OFFSPRING; }

# In $OFFSPRING; one process for all roots.  $BORN: keepers that have no name
# yet were left out.
offspring_look() {
	local pid pids=() root what=() CARRIERS
	OFFSPRING=() BORN=
	for pid in "${STARTED[@]}"; do
		gone "$pid" || [ "$(parent_of "$pid")" != "$$" ] ||
			pids+=("$pid")
	done
	for root in "${ROOTS[@]}"; do
		what+=("ONLYONE_DIR=$root")
	done
	carriers_look "${what[@]}"
	for pid in "${pids[@]}" "${CARRIERS[@]}"; do
		if gone "$pid" || is_keeper "$pid"; then
			continue
		elif is_born "$pid"; then
			BORN=y
		else
			OFFSPRING+=("$pid")
		fi
	done
}

# carriers_look ENTRY...: $CARRIERS are the pids of processes with one of these in
# their environment; one process.  It blocks on one that hangs in execve
# (lib/stuck.bash).
carriers_look() {
	CARRIERS=()
	(($#)) || return 0
	mapfile -t CARRIERS < <(ONLYONE_DIR='' exec grep -lszxF "${@/#/-e}" \
		/proc/[0-9]*/environ)
	CARRIERS=("${CARRIERS[@]//[!0-9]/}")
}

# is_born PID: it may be a keeper that has no name yet: one of ours that runs,
# and an orphan.  That takes moments.
is_born() {
	[ "$SECONDS" -lt "$BIRTH" ] && [ "$(parent_of "$1")" = 1 ] &&
		[[ $(readlink "/proc/$1/exe") == */onlyone ]] && ! has_state "$1" T
}

# clean: nothing is left; kills what there is.
clean() {
	local OFFSPRING BORN pid
	offspring_look
	for pid in "${OFFSPRING[@]}"; do
		kill -KILL "$pid" 2>/dev/null || true
	done
	no_slots && no_keepers || return
	[ -n "${OFFSPRING[*]}$BORN" ] || return 0
	BIRTH=0 offspring_look
	[ "${#OFFSPRING[@]}" = 0 ]
}

# Kill what is left, then require that all is clean: a keeper or a slot that stays is a
# failure of the program, whatever the test found.  What is in $LITTER is removed.
common_teardown() {
	local pid left=0 BIRTH=$((SECONDS + 5 * SLOW))
	cd /
	! declare -F stuck_free >/dev/null || stuck_free
	wait_until 'all has ended, and no slot is left' clean || left=1
	if ((left)); then
		for pid in $(keepers); do
			echo "keeper $pid stays: $(tr '\0' ' ' <"/proc/$pid/cmdline")" >&2
			kill -KILL "$pid" || true
		done
	fi
	no_slots || echo "slot folders stay: $(slots)" >&2
	rm -rf "${ROOTS[@]}" "${LITTER[@]}" || true
	return "$left"
}
