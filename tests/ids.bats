#!/usr/bin/env bats
# as: root
# ids.bats: a user whom the user namespace does not map is nobody.
#
# There everybody who is not mapped is 65534, and would trust everybody of that
# number.  The victim is uid 1000, a stranger 1001.
load lib/common

own_setup() {
	wants ids
	chmod 777 "$GUEST_LOG" .
	chmod 755 "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}" "$BATS_TEST_TMPDIR"
	bin=$PWD/bin
	mkdir -m 755 bin
	cp "$BUILD/onlyone" "$BUILD/libonlyone.so" "$GUESTS/guest" bin
	ln -s onlyone bin/onlyonectl
}

as() {
	local uid=$1
	shift
	setpriv --reuid="$uid" --regid="$uid" --clear-groups \
		timeout -k 5 $LIMIT "$@"
}

# unmapped COMMAND...: as the victim, whom nobody maps.
unmapped() { as 1000 unshare --user "$@"; }

# bats test_tags=check
@test "unmapped: a launch is 73, says why and what to do, and starts nothing" {
	wants userns
	chown 1000 "$ONLYONE_DIR"
	run -73 --separate-stderr unmapped "$bin/onlyone" "$bin/guest" x
	says 'not mapped*map it'
	untouched
	for verb in 'list' 'count guest' 'hold guest' 'status guest' \
		'forget guest' 'seal guest' 'stop guest'; do
		prints -73 --partial 'not mapped' unmapped "$bin/onlyonectl" $verb
	done
	prints -1 --regexp 'WRONG.*not mapped' unmapped "$bin/onlyonectl" doctor
	run -4 unmapped "$bin/onlyone" --on-error=run "$bin/guest" exit 4
	no_slots
	# Mapped it is somebody.
	run -5 as 1000 unshare --map-current-user "$bin/onlyone" "$bin/guest" \
		exit 5
}

@test "unmapped: its arguments do not go to another user whom it takes for itself" {
	wants userns
	chown 1001 "$ONLYONE_DIR"
	begin_guest setpriv --reuid=1001 --regid=1001 --clear-groups \
		"$bin/onlyone" --on-activate='printf "%s " "$@" >>heard' \
		"$bin/guest"
	there=$(slots)
	chmod 755 "$ONLYONE_DIR" "$there"
	chmod 666 "$there"/*
	run -73 unmapped "$bin/onlyone" "$bin/guest" secret
	run -73 unmapped "$bin/onlyonectl" list
	[ ! -e heard ]
}

@test "mapped: that 65534 is among the mapped ones does not make it one user" {
	wants userns
	chown 65534 "$ONLYONE_DIR"
	cat >in <<-'END'
		echo $$ >ready
		while [ ! -e mapped ]; do sleep 0.02; done
		exec setpriv --reuid=65534 "$@"
	END
	begin unshare --user sh in "$bin/onlyone" "$bin/guest" exit 5 2>said
	wait_until 'it is there' test -s ready
	printf '0 0 1\n65534 65534 1\n' >map
	cat map >"/proc/$BEGUN/uid_map" # in one piece
	: >mapped
	ends "$BEGUN" 73
	grep -q 'not mapped' said
	untouched
}

@test "nobody: where all are mapped, 65534 is a user as any other" {
	chown 65534 "$ONLYONE_DIR"
	begin_guest setpriv --reuid=65534 --regid=65534 --clear-groups \
		"$bin/onlyone" --on-activate='printf "<%s>" "$@"' "$bin/guest"
	prints -0 '<a><b>' as 65534 "$bin/onlyone" "$bin/guest" a b
}
