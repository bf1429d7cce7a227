#!/usr/bin/env bats
# slot.bats: the folder of one instance.
#
# Closed to others, with a plain pidfile and a socket; no environment is ever
# written.  Nothing stays of a slot that is dead, and no file is ever taken
# for a sign of life.
# shellcheck disable=SC2016,SC2030,SC2031,SC2086,SC2154
load lib/common

# bats test_tags=check,both
@test "slot: is a folder of mode 0700, its files are 0600, the user's" {
	(
		umask 0
		exec onlyone "$GUESTS/guest" 3>&-
	) &
	STARTED+=($!)
	guest_runs $!
	slot=$(the_slot)
	assert_equal "$(stat -c '%a %u %F' "$slot")" "700 $(id -u) directory"
	for file in "$slot"/*; do
		assert_equal "$(stat -c '%a %u' "$file")" "600 $(id -u)"
	done
	[ -S "$slot/sock" ]
}

# bats test_tags=check
@test "slot: pid is a plain pidfile, locked as long as the instance lives" {
	begin_guest onlyone "$GUESTS/guest"
	slot=$(the_slot)
	printf '%d\n' "$BEGUN" | cmp - "$slot/pid"
	run -1 flock -n "$slot/pid" true
	frees killed "$BEGUN"
}

# bats test_tags=check
@test "slot: no environment is written" {
	export SECRET=do-not-write-me-down-4711
	begin_guest onlyone --on-activate=: "$GUESTS/guest"
	SECRET2=do-not-write-me-down-4712 launch "$GUESTS/guest"
	keeper_killed guest
	launch "$GUESTS/guest"
	prints ! '' grep -ra 'do-not-write-me-down' "$ONLYONE_DIR"
}

@test "slot: pages of windows go with it, however many there are" {
	begin_guest onlyone "$GUESTS/guest"
	slot=$(the_slot)
	for ((i = 100000; i < 100200; i++)); do : >"$slot/window-$i"; done
	: >"$slot/window-7.new"
	frees killed "$BEGUN"
}

# bats test_tags=check
@test "slot: garbage in its files is no instance, and does no harm" {
	begin_guest onlyone "$GUESTS/guest"
	slot=$(the_slot)
	killed "$(keeper_of guest)" "$BEGUN"
	for file in pid info mapping sock; do
		rm -rf "${slot:?}/$file"
		head -c 100000 /dev/urandom >"$slot/$file"
	done
	run -0 ctl list --json
	frees run -5 launch "$GUESTS/guest" exit 5
}

# bats test_tags=check
@test "slot: symlinks in place of its files are not followed" {
	begin_guest onlyone "$GUESTS/guest"
	slot=$(the_slot)
	killed "$(keeper_of guest)" "$BEGUN"
	for file in pid info mapping; do
		echo precious >"victim.$file"
		rm -f "$slot/$file"
		ln -s "$PWD/victim.$file" "$slot/$file"
	done
	run launch "$GUESTS/guest" exit 5
	[ "$status" = 5 ] || [ "$status" = 73 ]
	for file in pid info mapping; do
		assert_equal "$(cat "victim.$file")" precious
	done
	rm -rf "$slot"
}

@test "slot: a slot folder that is a symlink is not followed" {
	begin_guest onlyone "$GUESTS/guest"
	slot=$(the_slot)
	frees killed "$BEGUN"
	mkdir -m 700 elsewhere
	ln -s "$PWD/elsewhere" "$slot"
	run launch "$GUESTS/guest" exit 5
	[ "$status" = 5 ] || [ "$status" = 73 ]
	assert_equal "$(ls -A elsewhere)" ''
	rm -f "$slot"
}

# bats test_tags=check
@test "slot: files of a live one swept away come back" {
	begin_guest onlyone "$GUESTS/guest"
	slot=$(the_slot)
	rm "$slot/sock"
	wait_until 'the socket is back' test -S "$slot/sock"
	# The keeper may put things back in the middle of it.
	rm -r "$slot" 2>/dev/null || true
	wait_until 'the folder is back' test -S "$slot/sock"
	wait_until 'the pidfile is back' file_has "$slot/pid" "^$BEGUN$"
	run -0 launch "$GUESTS/guest"
	assert_equal "$(constructors)" 1
}
