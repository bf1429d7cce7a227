#!/usr/bin/env bats
# doctor.bats: what onlyonectl doctor finds out about the state root, and what
# it says to do.
#
# It writes there (on file systems that are full or read-only: full.bats), leaves
# nothing, and its advice does no harm to what is not onlyone's: ONLYONE_DIR may
# name anything by mistake.
load lib/common

# sick PATTERN: doctor says that of the state root.
sick() {
	run -1 ctl doctor
	assert_line --regexp "^WRONG .*$1"
	refute_line --regexp '^ok .*state root'
}

# harmless WORD...: a launch and doctor refuse this root, in these words, and
# say to choose another, not what to do to this one.
harmless() {
	local said word
	run -73 --separate-stderr launch "$GUESTS/guest" exit 5
	said=$stderr
	sick "$ONLYONE_DIR"
	for word; do
		[[ $said == *"$word"* && $output == *"$word"* ]] ||
			fail "no '$word': $said"
	done
	for word in "$said" "$output"; do
		[[ $word == *'set ONLYONE_DIR'* ]] || fail "no way out: $word"
		[[ ! $word =~ chmod|chown|remove|rm\ |delete ]] ||
			fail "harm: $word"
	done
}

# bats test_tags=check
@test "doctor: leaves nothing, neither in a root nor of one that was not there" {
	: >"$ONLYONE_DIR/mine"
	run -0 ctl doctor
	assert_equal "$(left_in)" mine
	ONLYONE_DIR=$PWD/new run ctl doctor
	assert_success
	assert_line "ok     state root (not made yet): $PWD/new"
	[ ! -e new ]
}

# bats test_tags=check
@test "doctor: a root that cannot be made is wrong" {
	ONLYONE_DIR=$PWD/no/such/parent sick "$PWD/no/such/parent: No such file"
	ONLYONE_DIR=/proc/onlyone sick "/proc/onlyone"
}

@test "doctor: a limit on the size of files is wrong, as it is for a launch" {
	run bash -c 'ulimit -f 0; timeout $LIMIT onlyone "$0" exit 5 2>&1 | cat' \
		"$GUESTS/guest"
	assert_output --regexp "^onlyone: .*$ONLYONE_DIR.*File too large"
	run bash -c 'ulimit -f 0; timeout $LIMIT onlyonectl doctor | cat'
	assert_line --regexp "WRONG.*$ONLYONE_DIR.*File too large"
	assert_equal "$(left_in)" ''
}

@test "doctor: several at once" {
	local n pids=()
	for n in 1 2 3 4 5 6 7 8; do
		begin pids+= onlyonectl doctor >"said.$n"
	done
	all_end 0 "${pids[@]}"
	run ! grep WRONG said.*
	no_slots
}

@test "advice: ONLYONE_DIR that is a folder for all, a file, a link, another's" {
	mkdir -m 1777 shared
	ONLYONE_DIR=$PWD/shared harmless writable
	: >file
	ONLYONE_DIR=$PWD/file harmless 'not a directory'
	ln -s "$PWD/shared" link
	ONLYONE_DIR=$PWD/link harmless 'symbolic link'
	ONLYONE_DIR=/etc/passwd harmless /etc/passwd
	if [ "$(id -u)" = 0 ]; then
		ONLYONE_DIR=/tmp harmless 'writable'
		mkdir foreign
		chown 1000 foreign
		ONLYONE_DIR=$PWD/foreign harmless 'another user'
	else
		ONLYONE_DIR=/tmp harmless 'another user'
		ONLYONE_DIR=/etc harmless 'another user'
	fi
}

@test "advice: ONLYONE_DIR with other things in it: never to remove them" {
	local name=backup-0123456789abcdef0123456789abcdef
	mkdir "$ONLYONE_DIR/$name"
	: >"$ONLYONE_DIR/$name/letter"
	run -1 ctl doctor
	assert_line --regexp "^WRONG .*$name"
	refute_output --regexp 'chmod|chown|remove|rm |delete'
	[ -e "$ONLYONE_DIR/$name/letter" ]
	rm -r "${ONLYONE_DIR:?}/$name"
	ln -s /etc "$ONLYONE_DIR/$name"
	run -1 ctl doctor
	assert_line --regexp "^WRONG .*$name"
	refute_output --regexp 'chmod|chown|remove|rm |delete'
	rm "$ONLYONE_DIR/$name"
}

# many N: instances, their pids in ${owners[@]} and ${keepers[@]}.
many() {
	local n
	owners=() keepers=()
	for ((n = 0; n < $1; n++)); do
		begin_guest owners+= onlyone -a "app$n" "$GUESTS/guest"
	done
	mapfile -t keepers < <(ctl list --json | jq '.[].keeper')
}

@test "slots: what many have left that were killed is one line, and no fault" {
	many 12
	killed "${keepers[@]}" "${owners[@]}"
	run -0 ctl doctor
	refute_output --partial WRONG
	assert_line --regexp "^ok .*slots: 12 were left"
	# As it says.
	run ctl list
	no_slots
	run -0 ctl doctor
	refute_output --partial 'were left'
}

@test "slots: one without a keeper, and one whose keeper is stopped, with what to do" {
	many 2
	killed "${keepers[0]}"
	stopped "${keepers[1]}"
	run -1 ctl doctor
	assert_line --regexp '^WRONG +app[01], pid [0-9]+ has no keeper'
	assert_line --regexp "^WRONG .*pid ${keepers[1]}, is stopped"
	assert_line --regexp "kill -KILL ${keepers[1]}"
	killed "${keepers[1]}" "${owners[@]}"
	ctl list
}

@test "slots: a folder that others may write into, with an instance in it, refuses nobody" {
	begin_guest onlyone -a app "$GUESTS/guest"
	slot=$(the_slot)
	chmod 770 "$slot"
	# A launch finds it.
	run -75 launch -n -a app true
	run -1 ctl doctor
	assert_line "WRONG  $slot is not a folder that is yours alone"
	prints --partial 'see onlyonectl doctor' ctl list
	chmod 700 "$slot"
	frees killed "$BEGUN"
	mkdir -m 770 "$slot"
	: >"$slot/info"
	run -1 ctl doctor
	run -73 launch -a app true
	rm -r "$slot"
}

# installed: our programs in ./bin, as if they had been built there.
installed() {
	rm -rf bin
	mkdir -m 755 bin
	cp "$BUILD"/{onlyone,onlyonectl,onlyone-raise,libonlyone.so} \
		"$BUILD/libonlyone-window.so" bin
	chmod 755 bin/*
}

# ill PATTERN: doctor of ./bin says so, and not that it is well.
ill() {
	run -1 bin/onlyonectl doctor
	assert_line --regexp "^WRONG .*$1"
	refute_line --regexp "^ok .*$2"
}

# bats test_tags=not-core
@test "programs: garbage in the place of one, or of a library, is wrong; one that others may write, too, and its folder" {
	installed
	run -0 bin/onlyonectl doctor
	assert_line --regexp '^ok .*windows: '
	for garbage in '' 'garbage' $'\x7fELF' $'#!/bin/false\n' $'#!/nowhere\n'; do
		installed
		printf %s "$garbage" >bin/onlyone-raise
		ill 'onlyone-raise does not run' windows
		installed
		printf %s "$garbage" >bin/libonlyone-window.so
		ill 'libonlyone-window.so' nothing
		installed
		printf %s "$garbage" >bin/libonlyone.so
		ill 'libonlyone.so' shim
	done
	for file in libonlyone.so libonlyone-window.so onlyone-raise; do
		installed
		chmod o+w "bin/$file"
		ill "bin/$file may be written by others: $PWD/bin/$file" "$file"
		chmod o-w "bin/$file"
		bin/onlyonectl doctor
	done
	chmod 777 bin
	ill "may be written by others: $PWD/bin" 'shim'
	chmod 1777 bin
	bin/onlyonectl doctor
	chmod 755 bin
	mkdir -m 777 above
	mv bin above/bin
	ln -s above/bin bin
	ill "may be written by others: $PWD/above" 'shim'
}
