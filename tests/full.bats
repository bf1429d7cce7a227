# as: root
# full.bats: a state root on a file system that is full, or read-only.
#
# No space, or no inodes, at each point of a claim: 73 with the reason, nothing runs
# and nothing is left.  Beside a live instance launches still work, and never start a
# second one.  Each scene is played by root and by uid 1000.
# shellcheck disable=SC2016,SC2034,SC2154
load lib/world

# In front of a script: $as says who it is; small OPTIONS, a tmpfs as the root.
helpers='
	as="setpriv --reuid=$who --regid=$who --clear-groups"
	chmod 755 "$mine"
	ONLYONE_DIR=$mine/root
	mkdir "$ONLYONE_DIR"
	: >"$mine.said"
	chmod 666 "$mine.said"
	cd /
	small() {
		mount -t tmpfs -o "mode=700,uid=$who,gid=$who,$1" small "$ONLYONE_DIR"
	}
	# fill: no byte is free in it.
	fill() {
		$as dd if=/dev/zero of="$ONLYONE_DIR/filler" bs=4k 2>/dev/null || :
	}
	# attempt: a launch starts, 5, or there is no space, 73.
	attempt() {
		: >"$GUEST_LOG"
		code=0
		$as timeout $LIMIT onlyone "$GUESTS/guest" exit 5 2>"$mine.said" || code=$?
		is "$(constructors)" $((code == 5))
		[ "$code" = 5 ] || no_space
	}
	no_space() {
		is "$code" 73
		is "$(wc -l <"$mine.said")" 1
		grep -q "^onlyone.*$ONLYONE_DIR.*No space left" "$mine.said" ||
			{ cat "$mine.said"; exit 1; }
	}
	# told: doctor knows that.
	told() {
		gives 1 $as onlyonectl doctor
		grep -A1 ^WRONG "$mine.said" | grep -A1 "$ONLYONE_DIR" | grep -q 73
	}
'

# small SCRIPT: for both users.
small() {
	within "who=0 $helpers $1"
	within "who=1000 $helpers $1"
}

@test "full: without inodes or room: 73, nothing runs or stays; doctor knows; then it starts" {
	small '
	for n in 1 2 3 4 5 6 7 8 9 10; do
		small nr_inodes=$n
		attempt
		until_true empty
		[ $n -gt 1 ] || told
		until_true umount "$ONLYONE_DIR"
	done
	is "$code" 5
	small size=64k
	fill
	attempt
	is "$code" 73
	told
	for free in 1 2 3 4; do
		$as truncate -s -4096 "$ONLYONE_DIR/filler"
		attempt
		until_true eval "[ \"\$(ls \$ONLYONE_DIR)\" = filler ]"
	done
	is "$code" 5'
}

@test "full: --replace ends nothing without room for the next one; who waits has it; nor is there a seal" {
	small '
	small size=64k,nr_inodes=40
	for options in --replace "--replace --kill-after=0"; do
		start $as onlyone "$GUESTS/guest"
		fill
		n=0
		while $as touch "$ONLYONE_DIR/inode.$((n += 1))" 2>/dev/null; do :; done
		gives 73 $as timeout $LIMIT onlyone $options "$GUESTS/guest" exit 5
		no_space
		grep -q "; the running instance was not stopped" "$mine.said"
		kill -0 "$owner"
		is "$($as onlyonectl pid guest)" "$owner"
		gives 73 $as onlyonectl seal guest
		no_space
		is "$(ls "$ONLYONE_DIR" | grep -c "^seal" || :)" 0
		rm "$ONLYONE_DIR"/filler "$ONLYONE_DIR"/inode.*
		gives 5 $as timeout $LIMIT onlyone --replace "$GUESTS/guest" exit 5
		until_true gone "$owner"
		until_true empty
	done
	start $as onlyone "$GUESTS/guest"
	for n in 1 2; do $as onlyone --wait "$GUESTS/guest" & done
	until_true eval "[ \"\$($as onlyonectl log guest | grep -c \"waits in line\")\" = 2 ]"
	for n in 2 3; do
		fill && kill "$($as onlyonectl pid guest)"
		until_true eval "[ \"\$(constructors)\" = $n ]"
	done'
}

@test "read-only: 73, naming the slot, nothing runs; beside an instance launches activate" {
	small '
	small size=64k
	mount -o remount,ro "$ONLYONE_DIR"
	refused 73 "$ONLYONE_DIR/guest-.*Read-only" $as
	told
	is "$(constructors)" 0
	mount -o remount,rw "$ONLYONE_DIR"
	start $as onlyone --on-activate="echo \$1" "$GUESTS/guest"
	keeper=$($as onlyonectl list --json | jq ".[0].keeper")
	mount --bind "$ONLYONE_DIR" "$ONLYONE_DIR"
	mount -o remount,bind,ro "$ONLYONE_DIR"
	is "$($as timeout $LIMIT onlyone "$GUESTS/guest" one)" one
	killed "$keeper"
	refused 73 "" $as
	mount -o remount,bind,rw "$ONLYONE_DIR"
	is "$($as timeout $LIMIT onlyone "$GUESTS/guest" two)" two
	is "$(constructors)" 1
	dismissed "$owner"
	# A daemon without its keeper is seen from a sandbox, too.
	start $as onlyone "$GUESTS/forker" wait "$mine.go" fork
	killed $(the_keeper)
	touch "$mine.go"
	until_true notes here 1
	mount -o remount,bind,ro "$ONLYONE_DIR"
	is "$($as onlyonectl pid forker)" "$(noted here)"
	mount -o remount,bind,rw "$ONLYONE_DIR"
	killed "$(noted here)"
	$as onlyonectl list
	empty'
}
