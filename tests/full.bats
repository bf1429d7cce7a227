#!/usr/bin/env bats
# as: root
# full.bats: a state root on a file system that is full, or read-only.
#
# No room, or no inodes, at each point of a claim: 73 with the reason, nothing
# runs and nothing is left; beside an instance that lives launches go on, and
# never start a second one.  Small file systems need a world of their own, so
# this file runs as root; each scene is played by root and by uid 1000.
# shellcheck disable=SC2016,SC2034,SC2154
load lib/world

# small OPTIONS SCRIPT: for both users, with a tmpfs as the root; $as says so
# in front of a command.
small() {
	local who
	for who in 0 1000; do
		within "as='setpriv --reuid=$who --regid=$who --clear-groups'
		small() { mount -t tmpfs -o \"mode=700,uid=$who,gid=$who,\$1\" \\
			small \"\$ONLYONE_DIR\"; }
		# told CODE FREE: doctor knows, where nothing at all is free,
		# and leaves nothing.
		told() {
			local before=\$(find \"\$ONLYONE_DIR\" | sort) code=0
			\$as timeout $LIMIT onlyonectl doctor >\"\$mine.told\" || code=\$?
			case \$1:\$2 in
			73:0) grep -A1 ^WRONG \"\$mine.told\" |
				grep -A1 \"\$ONLYONE_DIR\" | grep -q 73 ;;
			5:*) grep -q \"^ok .*state root: \$ONLYONE_DIR\" \
				\"\$mine.told\" ;;
			esac || { echo \"\$1:\"; cat \"\$mine.told\"; exit 1; }
			[ \"\$1:\$2\" != 73:0 ] || is \"\$code\" 1
			is \"\$(find \"\$ONLYONE_DIR\" | sort)\" \"\$before\"
		}
		chmod 755 \"\$mine\"
		ONLYONE_DIR=\$mine/root
		mkdir \"\$ONLYONE_DIR\"
		: >\"\$mine.said\"
		chmod 666 \"\$mine.said\"
		$1"
	done
}

@test "full: without inodes, however many are missing: 73, nothing runs or stays" {
	small '
	seen=
	for n in 1 2 3 4 5 6 7 8 9 10; do
		small nr_inodes=$n
		: >"$GUEST_LOG"
		code=0
		$as timeout $LIMIT onlyone "$GUESTS/guest" exit 5 2>"$mine.said" || code=$?
		seen="$seen $code"
		case $code in
		73)
			is "$(wc -l <"$mine.said")" 1
			grep -q "^onlyone: .*$ONLYONE_DIR.*No space left" "$mine.said" ||
				{ cat "$mine.said"; exit 1; }
			is "$(constructors)" 0
			;;
		5) is "$(constructors)" 1 ;;
		*) cat "$mine.said"; exit 1 ;;
		esac
		until_true empty
		told "$code" $((n - 1))
		until_true umount "$ONLYONE_DIR"
	done
	# Both happened, in this order.
	[[ $seen == " 73 73"*" 73 5 "*5 && $seen != *" 5"*73* ]] ||
		{ echo "seen $seen"; exit 1; }'
}

@test "full: without room for a byte: 73, nothing runs or stays; with room it starts" {
	small '
	small size=64k
	$as dd if=/dev/zero of="$ONLYONE_DIR/filler" bs=4k 2>/dev/null || :
	for free in 0 1 2 3 4; do
		: >"$GUEST_LOG"
		code=0
		$as timeout $LIMIT onlyone "$GUESTS/guest" exit 5 2>"$mine.said" || code=$?
		case $free:$code in
		0:73 | 1:73 | 2:73)
			is "$(wc -l <"$mine.said")" 1
			grep -q "^onlyone: .*$ONLYONE_DIR.*No space left" "$mine.said" ||
				{ cat "$mine.said"; exit 1; }
			is "$(constructors)" 0
			;;
		[1-4]:5) is "$(constructors)" 1 ;;
		*) echo "free $free: $code"; cat "$mine.said"; exit 1 ;;
		esac
		until_true eval "[ \"\$(ls \$ONLYONE_DIR)\" = filler ]"
		told "$code" "$free"
		$as truncate -s -4096 "$ONLYONE_DIR/filler"
	done
	is "$code" 5'
}

# fill: no byte and no inode is free in the root.
filling='
	fill() {
		local n=0
		$as dd if=/dev/zero of="$ONLYONE_DIR/filler" bs=4k 2>/dev/null || :
		while $as touch "$ONLYONE_DIR/inode.$n" 2>/dev/null; do
			n=$((n + 1))
		done
	}
	empty_it() { rm -f "$ONLYONE_DIR"/filler "$ONLYONE_DIR"/inode.*; }
	begins() { is "$(constructors)" "$1"; }
	began() { [ "$(constructors)" = "$1" ]; }
	full_said() {
		grep -q "^onlyone: .*cannot write $ONLYONE_DIR/guest-.*No space left${1-}" \
			"$mine.said"
	}
'

@test "full: --replace ends nothing where there is no room for the next one" {
	small "$filling"'
	small size=64k,nr_inodes=40
	cd / # of the user of uid 1000 too
	for options in --replace "--replace --kill-after=0" "--replace --stop-tree"; do
		start $as onlyone "$GUESTS/guest"
		fill
		gives 73 $as timeout $LIMIT onlyone $options "$GUESTS/guest" exit 5
		full_said "[^;]*; what runs was not ended"
		kill -0 "$owner"
		is "$($as onlyonectl pid guest)" "$owner"
		! has "^$owner signal"
		begins 1
		empty_it
		gives 5 $as timeout $LIMIT onlyone --replace "$GUESTS/guest" exit 5
		begins 2
		until_true gone "$owner"
		until_true empty
	done'
}

@test "read-only: 73, naming the slot, nothing runs; beside an instance launches activate" {
	small '
	small size=64k
	mount -o remount,ro "$ONLYONE_DIR"
	refused 73 "$ONLYONE_DIR/guest-.*Read-only" $as
	told 73 0
	is "$(constructors)" 0
	mount -o remount,rw "$ONLYONE_DIR"
	start $as onlyone --on-activate="echo \$1" "$GUESTS/guest"
	keeper=$($as onlyonectl list --json | jq ".[0].keeper")
	mount -o remount,ro "$ONLYONE_DIR" 2>/dev/null ||
		mount --bind "$ONLYONE_DIR" "$ONLYONE_DIR" &&
		mount -o remount,bind,ro "$ONLYONE_DIR"
	is "$($as timeout $LIMIT onlyone "$GUESTS/guest" one)" one
	killed "$keeper"
	refused 73 "" $as
	is "$(constructors)" 1
	mount -o remount,bind,rw "$ONLYONE_DIR"
	is "$($as timeout $LIMIT onlyone "$GUESTS/guest" two)" two
	is "$(constructors)" 1
	dismissed "$owner"'
}

@test "full: a seal that has no room leaves nothing, and an earlier one as it was" {
	small '
	small size=64k
	start $as onlyone -a one "$GUESTS/guest"
	$as dd if=/dev/zero of="$ONLYONE_DIR/filler" bs=4k 2>/dev/null || :
	gives 73 $as onlyonectl seal one
	grep -q "^onlyonectl: .*$ONLYONE_DIR: No space left" "$mine.said"
	is "$(ls "$ONLYONE_DIR" | grep -c "^seal" || :)" 0
	rm "$ONLYONE_DIR/filler"
	$as onlyonectl seal one
	$as dd if=/dev/zero of="$ONLYONE_DIR/filler" bs=4k 2>/dev/null || :
	# A longer list has no room: the one there is stays.
	long=$(head -c 3000 /dev/zero | tr "\\0" k)
	rm "$ONLYONE_DIR/filler"
	$as onlyonectl unseal one
	start $as onlyone -a one -k "$long" "$GUESTS/guest"
	$as onlyonectl seal one
	$as onlyonectl is-sealed one
	$as dd if=/dev/zero of="$ONLYONE_DIR/filler" bs=4k 2>/dev/null || :
	$as onlyonectl seal one 2>/dev/null || :
	$as onlyonectl is-sealed one
	rm "$ONLYONE_DIR/filler"
	$as onlyonectl unseal one
	$as onlyonectl -q stop --all one
	until_true empty'
}
