# same.bats: one instance.
#
# The process that was launched is the program.  As long as it lives, no launch runs
# even its first instruction (the guest's constructor writes a line); however it
# exits, the place is free at once.
load lib/common

# bats test_tags=check,both
@test "same: the launched process is the program; later launches start nothing until its end" {
	export GUEST_GATE=$PWD/gate
	begin onlyone "$GUEST" leave 15
	# While the program is in its first instruction.
	wait_until 'the constructor runs' file_has "$GUEST_LOG" constructor
	onlyone "$GUEST"
	: >gate
	guest_runs "$BEGUN"
	for _ in 1 2; do onlyone -q "$GUEST"; done
	assert_equal "$(constructors)" 1
	prints -0 "$BEGUN" onlyonectl pid "$GUEST"
	# A signal to the launched pid reaches the program.
	ends_by TERM "$BEGUN" 0
	notes 'signal 15' 1
	prints -0 0 onlyonectl count "$GUEST"
	# Its name is the one that was typed.
	PATH=$GUESTS:$PATH begin_guest onlyone guest
	read -rd '' name <"/proc/$BEGUN/cmdline"
	assert_equal "$name" guest
	prints -0 "$BEGUN" onlyonectl pid "$GUEST"
	assert_equal "$(constructors)" 2
}

# bats test_tags=check
@test "keeper: does not go by TERM; killed, or its folder swept away, there is no second instance" {
	# A static program that closes every descriptor.
	begin onlyone "$FORKER-static" close-range
	wait_until 'all is closed' notes here 1
	keeper=$(keeper_of forker-static)
	for sig in TERM INT HUP; do kill "-$sig" "$keeper"; done
	onlyone -q "$FORKER-static"
	alive "$keeper"
	killed "$keeper"
	prints -0 1 onlyonectl count forker-static
	onlyone -q "$FORKER-static"
	slot=$(the_slot)
	for _ in 1 2; do
		# The keeper may put things back in the middle of it.
		rm -rf "${ONLYONE_DIR:?}"/* 2>/dev/null || true
		onlyone -q "$FORKER-static"
	done
	rm -rf "$slot" 2>/dev/null || true
	wait_until 'the socket is back' test -S "$slot/sock"
	wait_until 'the pidfile is back' file_has "$slot/pid" "^$BEGUN$"
	notes main 1
	killed "$(keeper_of forker-static)" "$BEGUN"
	# What that left is swept by the next launch, which starts.
	run -5 onlyone "$FORKER-static" end 5
}
