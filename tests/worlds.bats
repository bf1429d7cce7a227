#!/usr/bin/env bats
# as: root
# worlds.bats: one instance in every world that a launch may find itself in.
#
# Overlayfs, namespaces, a /proc that is not there, a log-out, all killed at once,
# another boot, a clock that was set.  (Other environments are in logins.bats,
# hidepid in setups.bats.)  Each scene is a script in a mount and a pid
# namespace of its own (lib/world.bash), so `kill -1` reaches everything in it
# and nothing else.  Container entry points are in container.bats.
load lib/world

own_setup() {
	cat >>"$place/prelude" <<-'END'
		# overlay: $mine is an overlayfs.
		overlay() {
			mkdir "$mine.o"
			mount -t tmpfs none "$mine.o"
			mkdir "$mine.o/lower" "$mine.o/upper" "$mine.o/work"
			(cd "$mine.o" && mount -t overlay none "$mine" \
				-o lowerdir=lower,upperdir=upper,workdir=work)
			chmod 700 "$mine"
			is "$(stat -f -c %T "$mine")" overlayfs
		}
		# one_left: so many of the jobs of this shell.
		one_left() { [ "$(jobs -pr | wc -l)" = 1 ]; }
		# lasting: $ONLYONE_DIR is on a disk.
		lasting() {
			ONLYONE_DIR=$disk/mine
			mkdir -m 700 "$ONLYONE_DIR"
			case $(stat -f -c %T "$ONLYONE_DIR") in
			tmpfs | overlayfs) exit 9 ;;
			esac
		}
	END
}

# --- overlayfs ----------------------------------------------------------------

@test "overlayfs: background children do not keep the slot, of a crashed master neither" {
	within '
		overlay
		cat >"$mine.app" <<-APP
			#!/bin/sh
			sleep 300 &
			( sleep 300; true ) &
			exit 3
		APP
		chmod +x "$mine.app"
		for i in 1 2 3; do
			gives 3 timeout $LIMIT onlyone "$mine.app"
		done
		until_true pgrep_is 6
		for guest in forker forker-static; do
			for steps in "worker kill 9" "worker nap 1300 end 0"; do
				: >"$GUEST_LOG"
				for i in 1 2; do
					timeout $LIMIT onlyone "$GUESTS/$guest" $steps || :
				done
				until_true notes worker 2
				is "$(noted main | sort -u | wc -l)" 2
				until_true count_is "$GUESTS/$guest" 0
				kill -0 $(noted worker)
				killed $(noted worker)
			done
		done
		until_true empty'
}

@test "overlayfs: closing every descriptor keeps the slot, with the keeper killed too" {
	within '
		overlay
		for guest in forker forker-static; do
			for how in close-range closefrom close-loop; do
				: >"$GUEST_LOG"
				onlyone "$GUESTS/$guest" "$how" open 30 "$how" &
				pid=$!
				until_true notes here 1
				orphaned "$GUESTS/$guest" "$pid"
				dismissed "$pid"
			done
		done'
}

@test "overlayfs: a program that daemonises itself is followed, with the keeper killed too" {
	within '
		overlay
		for steps in daemon "fork setsid fork close-range" fork \
			"daemon daemon" "nap 1200 daemon" "daemon worker" \
			"exec execv daemon"; do
			daemonise "$GUESTS/forker" $steps
			orphaned "$GUESTS/forker" "$daemon"
			kill -KILL $(noted worker) 2>/dev/null || :
			dismissed "$daemon"
		done'
}

# --- namespaces ---------------------------------------------------------------

# both_ways COMMAND...: behind COMMAND a launch is in another world.  An
# instance on either side is found from the other, and with its keeper killed
# too; of many launches on both sides at once one starts.
both_ways() {
	within '
		inside=('"${*@Q}"')
		theirs
		mkdir "$mine.there"
		# The instance is outside.
		start "${me[@]}" onlyone "$GUESTS/guest"
		found "${me[@]}" "${inside[@]}"
		killed "$(the_keeper)"
		found "${me[@]}" "${inside[@]}"
		found "${me[@]}"
		killed "$(the_keeper)"
		found "${me[@]}"
		is "$(pgrep -x guest)" "$owner"
		dismissed "$owner"
		# The instance is inside.
		: >"$GUEST_LOG"
		"${me[@]}" "${inside[@]}" onlyone "$GUESTS/guest" &
		until_true has " main "
		owner=$(pgrep -x guest)
		found "${me[@]}"
		killed "$(the_keeper)"
		found "${me[@]}"
		killed "$(the_keeper)"
		found "${me[@]}" "${inside[@]}"
		is "$(pgrep -x guest)" "$owner"
		dismissed "$owner"
		started "${me[@]}" "${inside[@]}"
		started "${me[@]}"
		# Both at once.
		: >"$GUEST_LOG"
		pids=()
		for i in {1..8}; do
			"${me[@]}" "${inside[@]}" onlyone -q "$GUESTS/guest" &
			pids+=($!)
			"${me[@]}" onlyone -q "$GUESTS/guest" &
			pids+=($!)
		done
		until_true one_left
		for pid in "${pids[@]}"; do
			[ "$pid" = "$(jobs -pr)" ] || ends "$pid" 0
		done
		until_true has " main "
		is "$(constructors)" 1
		dismissed "$(pgrep -x guest)"'
}

@test "mount namespace: the same root under another path is the same root" {
	wants userns
	both_ways unshare --map-root-user --mount bash -c '
		mount --bind "$ONLYONE_DIR" "$ONLYONE_DIR.there"
		export ONLYONE_DIR=$ONLYONE_DIR.there
		exec "$@"' bash
}

@test "user, mount, network, time namespace: an instance on either side is found from the other" {
	wants userns netns
	while read -ra options; do
		echo "${options[*]}" >&2
		both_ways unshare "${options[@]}"
	done <<-'END'
		--map-current-user
		--map-root-user
		--map-current-user --mount
		--map-current-user --net
		--map-root-user --time --boottime 1000000 --fork --kill-child
		--map-root-user --time --monotonic 1000000 --fork --kill-child
	END
}

# Not as its pid 1: that is in container.bats.
IN_PIDS='inside=(unshare --pid --fork --mount-proc --kill-child
	bash -c "\"\$@\"; code=\$?; alone; exit \$code" bash)
	# What is left, a keeper say, may end before its namespace does.
	alone() {
		set -- /proc/[0-9]*
		until (($# == 1)); do
			sleep 0.02
			set -- /proc/[0-9]*
		done
	}
	export -f alone
'

@test "pid namespace: an instance outside is found from inside, or the launch is 69 and says why" {
	within "$IN_PIDS"'
		start
		found "${inside[@]}"
		killed "$keeper"
		refused 69 "pid namespace" "${inside[@]}"
		refused 69 "pid namespace" "${inside[@]}"
		found
		found "${inside[@]}"
		is "$(onlyonectl pid guest)" "$owner"
		is "$(constructors)" 1
		dismissed "$owner"
		started "${inside[@]}"'
}

@test "pid namespace: an instance inside is found from outside, or the launch is 69 and says why" {
	within "$IN_PIDS"'
		: >"$GUEST_LOG"
		"${inside[@]}" onlyone "$GUESTS/guest" &
		until_true has " main "
		owner=$(pgrep -x guest)
		found
		gives 77 onlyonectl stop guest
		killed "$(the_keeper)"
		refused 69 "pid namespace"
		kill -0 "$owner"
		is "$(constructors)" 1
		# Its own side can tell.
		found nsenter --target "$owner" --pid --mount
		found
		dismissed "$owner"
		started'
}

# As unshare(1) without --mount-proc leaves it: the pids in it are others'.
FOREIGN_PROC='inside=(unshare --pid --fork --kill-child
	bash -c "\"\$@\"; exit" bash)'

@test "foreign /proc: in a pid namespace with that of another, one instance still" {
	within "$FOREIGN_PROC"'
		start
		found "${inside[@]}"
		killed "$(the_keeper)"
		refused 69 "pid namespace" "${inside[@]}"
		found
		is "$(onlyonectl pid guest)" "$owner"
		dismissed "$owner"
		: >"$GUEST_LOG"
		mkfifo "$mine.gate"
		"${inside[@]}" bash -c "
			onlyone \"\$GUESTS/guest\" &
			read x <\"\$ONLYONE_DIR.gate\"
			onlyone -q \"\$GUESTS/guest\" exit 5
			echo \$? \$! \$(onlyonectl pid guest) >\"\$ONLYONE_DIR.told\"
			read x <\"\$ONLYONE_DIR.gate\"" &
		until_true has " main "
		killed "$(the_keeper)"
		echo go >"$mine.gate"
		until_true test -s "$mine.told"
		read -r code pid of <"$mine.told"
		is "$code $of" "0 $pid"
		is "$(constructors)" 1
		dismissed "$(pgrep -x guest)"'
}

@test "foreign /proc: a daemon keeps the slot until it ends, and nobody else is taken for it" {
	within "$FOREIGN_PROC"'
		mkfifo "$mine.gate"
		"${inside[@]}" bash -c "
			onlyone \"\$GUESTS/forker\" daemon close-range
			read x <\"\$ONLYONE_DIR.gate\"
			echo \$((x - 1)) >/proc/sys/kernel/ns_last_pid
			sleep 300 &
			for i in 1 2; do
				timeout $LIMIT onlyone -q \"\$GUESTS/forker\" end 5
				echo \$?
			done >\"\$ONLYONE_DIR.told\"
			onlyonectl pid \"\$GUESTS/forker\" >>\"\$ONLYONE_DIR.told\"
			echo \$! end >>\"\$ONLYONE_DIR.told\"
			wait" &
		until_true notes here 1
		until_true eval "[ \$(pgrep -cx forker) = 1 ]"
		daemon=$(pgrep -x forker)
		# Inside there is a process of that number, another one.
		echo "$daemon" >"$mine.gate"
		until_true grep -q end "$mine.told"
		is "$(head -n 2 "$mine.told" | tr "\n" " ")" "0 0 "
		is "$(grep -c end "$mine.told")" 1
		is "$(sed -n "s/ end//p" "$mine.told")" "$daemon"
		is "$(grep -cx "$daemon" "$mine.told")" 0
		is "$(noted main | wc -l)" 1
		dismissed "$daemon"'
}

# --- programs that hide -------------------------------------------------------

@test "unreadable: a program that nobody may look into is found, with its keeper killed too" {
	within '
		theirs
		for guest in forker forker-static; do
			: >"$GUEST_LOG"
			"${me[@]}" onlyone "$GUESTS/$guest" hide closefrom &
			pid=$!
			until_true notes here 1
			gives 1 user cat "/proc/$pid/maps"
			orphaned "$GUESTS/$guest" "$pid" "${me[@]}"
			dismissed "$pid"
		done'
}

@test "unreadable: as a daemon it keeps the slot, its pid unknown, until it ends" {
	within '
		theirs
		: >"$GUEST_LOG"
		user onlyone "$GUESTS/forker" hide daemon closefrom
		until_true notes here 1
		pid=$(noted here)
		for i in 1 2 3; do user onlyone -q "$GUESTS/forker" end 5; done
		is "$(noted main | wc -l)" 1
		until_true eval "[ \"\$(user onlyonectl list --json |
			jq -c \".[0].pid\")\" = 0 ]"
		gives 69 user onlyonectl pid "$GUESTS/forker"
		grep -q "pid cannot be seen" "$mine.said"
		# The process of ours that waits for its end, killed, says nothing.
		until_true stands_in "$(user onlyonectl list --json |
			jq ".[0].keeper")"
		killed "$stand_in"
		user onlyone -q "$GUESTS/forker" end 5
		is "$(noted main | wc -l)" 1
		# Without a keeper: 69 with the reason, never a second one.
		killed $(the_keeper)
		gives 69 user onlyone "$GUESTS/forker" end 5
		grep -q "^onlyone: .*cannot be seen" "$mine.said"
		is "$(noted main | wc -l)" 1
		killed "$pid"
		: >"$GUEST_LOG"
		gives 5 user onlyone "$GUESTS/forker" end 5
		until_true empty'
}

@test "unreadable: a daemon that can be seen after all is the instance, with its pid" {
	within '
		theirs
		: >"$GUEST_LOG"
		user onlyone "$GUESTS/forker" hide daemon closefrom show "$mine.show"
		until_true notes waits 1
		until_true eval "[ \"\$(user onlyonectl list --json |
			jq -c \".[0].pid\")\" = 0 ]"
		keeper=$(user onlyonectl list --json | jq ".[0].keeper")
		until_true stands_in "$keeper"
		touch "$mine.show"
		until_true notes here 1
		until_true eval "[ \"\$(user onlyonectl pid \
			"$GUESTS/forker")\" = $(noted here) ]"
		until_true gone "$stand_in"
		user onlyonectl -q stop "$GUESTS/forker"
		until_true empty'
}

# --- /proc --------------------------------------------------------------------

@test "no /proc: one instance, its keeper killed, and the slot free at its end" {
	within '
		mkdir "$mine.none"
		for guest in guest guest-static; do
			start onlyone "$GUESTS/$guest"
			mount --bind "$mine.none" /proc
			gives 0 onlyone -q "$GUESTS/$guest" exit 5
			killed "$keeper"
			onlyone -q "$GUESTS/$guest" exit 5 || code=$?
			is "$code" 0
			is "$(constructors)" 1
			ends_by KILL "$owner" 137
			until_true empty
			gives 5 onlyone "$GUESTS/$guest" exit 5
			umount /proc
		done'
}

# The library is found beside the program, whose path the kernel tells.
@test "no /proc: a daemon keeps the slot until it ends" {
	within '
		mkdir "$mine.none"
		mount --bind "$mine.none" /proc
		onlyone "$GUESTS/forker" daemon close-range
		until_true notes here 1
		for i in 1 2 3; do onlyone -q "$GUESTS/forker" end 5; done
		is "$(noted main | wc -l)" 1
		kill -KILL "$(noted here)"
		until_true empty
		gives 5 onlyone "$GUESTS/forker" end 5'
}

# --- the end of many at once --------------------------------------------------

# The script is pid 1 of its world: kill -1 spares nobody else.
@test "log-out: HUP and TERM to everybody: the program has both, the keeper stays until it ends" {
	within '
		theirs
		for as in "" "${me[*]}"; do
			[ -n "$as" ] || chown 0:0 "$mine"
			start $as setsid onlyone "$GUESTS/guest" catch 1 catch 15
			keeper=$(the_keeper)
			$as onlyone -W -q "$GUESTS/guest" &
			kill -HUP -1
			until_true has "^$owner signal 1$"
			kill -TERM -1
			until_true has "^$owner signal 15"
			is "$(the_keeper)" "$keeper"
			found $as
			is "$(the_keeper)" "$keeper"
			dismissed "$owner"
			until_true gone "$keeper"
			chown 1000:1000 "$mine"
		done'
}

@test "log-out: what ends by it has freed its slot, and so has a daemon" {
	within '
		start
		kill -HUP -1
		ends "$owner" 129
		until_true empty
		until_true gone "$keeper"
		start onlyone "$GUESTS/guest" ignore 1 leave 15
		kill -HUP -1
		found
		kill -TERM -1
		ends "$owner" 0
		until_true empty
		daemonise "$GUESTS/forker" daemon worker
		keeper=$(the_keeper)
		kill -HUP -1
		kill -TERM -1 || : # they may be gone
		until_true gone "$daemon"
		until_true empty
		until_true gone "$keeper"
		started'
}

@test "killed: everybody at once, keeper and all: the next launch starts at once" {
	disk=$(mktemp -d /var/tmp/onlyone-test.XXXXXX)
	LITTER+=("$disk")
	within "disk=$disk"'
		all_gone() { ! kill -0 -1 2>/dev/null; }
		rounds() {
			for steps in "." "close-range" "worker" "daemon" \
				"daemon worker" "fork setsid fork worker"; do
				for guest in forker forker-static; do
					: >"$GUEST_LOG"
					onlyone "$GUESTS/$guest" $steps </dev/null &
					until_true notes here 1
					onlyone -W -q "$GUESTS/$guest" &
					kill -KILL -1
					until_true all_gone
					gives 5 onlyone "$GUESTS/$guest" end 5
					is "$(noted main | wc -l)" 2
					until_true empty
				done
			done
		}
		rounds
		lasting
		rounds
		ONLYONE_DIR=$mine
		overlay
		rounds'
}

# --- clock and boot -----------------------------------------------------------

# The wall clock of this machine is left alone: what a clock set back leaves is
# made instead, a start in the future in info, and files from there.
@test "clock: set back, or far ahead, it does no harm" {
	within '
		for when in 4102444800000 1000; do
			start onlyone --on-activate="exit 7" "$GUESTS/guest"
			sed -i "s/since=[0-9]*/since=$when/" "$slot/info"
			touch -d "@$((when / 1000))" "$slot" "$slot"/*
			for i in 1 2; do
				gives 7 onlyone "$GUESTS/guest" x
				is "$(onlyonectl pid guest)" "$owner"
				onlyonectl list >"$mine.said"
				onlyonectl status guest >"$mine.said"
				grep -Eq "for [0-9]+ (second|minute|day)" "$mine.said"
				killed "$(the_keeper)"
			done
			is "$(constructors)" 1
			ends_by TERM "$owner" 143
			started
			until_true empty
		done'
}

@test "boot: an owner recorded in another boot is dead, even if its pid is alive" {
	disk=$(mktemp -d /var/tmp/onlyone-test.XXXXXX)
	LITTER+=("$disk")
	within "disk=$disk"'
		lasting
		start onlyone "$GUESTS/guest-static"
		killed "$keeper"
		echo 11111111-2222-3333-4444-555555555555 >"$mine.boot"
		mount --bind "$mine.boot" /proc/sys/kernel/random/boot_id
		is "$(onlyonectl count "$GUESTS/guest-static")" 0
		gives 3 onlyonectl signal TERM "$GUESTS/guest-static"
		kill -0 "$owner"
		gives 5 onlyone "$GUESTS/guest-static" exit 5
		kill -0 "$owner"
		until_true empty
		# As is the other way round: recorded there, looked at here.
		start onlyone "$GUESTS/guest-static"
		killed "$keeper"
		umount /proc/sys/kernel/random/boot_id
		gives 5 onlyone "$GUESTS/guest-static" exit 5
		until_true empty
		# In its own boot it lives.
		start onlyone "$GUESTS/guest-static"
		killed "$keeper"
		onlyone -q "$GUESTS/guest-static" exit 5
		is "$(constructors)" 1
		dismissed "$owner"'
}
