#!/usr/bin/env bats
# as: root
# userland.bats: libonlyone.so in an older Debian, and what takes root to show.
#
# In Debian 11 dlsym is in libdl, which most programs do not load: a library
# that does not mind is what this one has to be.  The userland is fetched with
# mmdebstrap once and kept in $BUILD/bullseye; each test enters it in a mount
# namespace of its own and changes nothing in it.  Here too are the forgeries
# that need a second user or a second pid namespace.

bats_require_minimum_version 1.8.0
load lib/assert
load lib/patience
load lib/trace
load lib/debian

OLD=$BUILD/bullseye

# Unpacked is enough: nothing in it is configured.
setup_file() { debian_fetch bullseye --variant=extract --include='?essential'; }

setup() {
	trace_failures
	unset "${!ONLYONE_@}" LD_PRELOAD LD_BIND_NOW HOOK_LOG LC_CTYPE
	T=$(mktemp -d /dev/shm/userland-test.XXXXXX)
	chmod 755 "$T"
	mkdir "$T/slot" "$T/lib"
	wants mount
	stat -L -c %i /proc/self/ns/pid >"$T/slot/mapping"
	cp "$BUILD/libonlyone.so" "$BUILD/guests/hook.so" "$T/lib/"
	cp "$BUILD/guests/shimstate" "$T/"
	SHIM=/mnt/lib/./libonlyone.so
	PLAIN=/mnt/lib/libonlyone.so
	# The hook wants dlsym, so it brings libdl.
	HOOK=/mnt/lib/hook.so:libdl.so.2
}

teardown() { rm -rf "$T"; }

# old COMMAND...: in the old userland, $T at /mnt, an /etc of its own.
old() {
	timeout $LIMIT unshare -m sh -c '
		mount --make-rprivate / &&
		mount -t proc proc "$1/proc" &&
		mount --bind "$2" "$1/mnt" &&
		cp -a "$1/etc" "$2/etc" &&
		mount --bind "$2/etc" "$1/etc" || exit 99
		[ ! -e "$2/preload" ] || cp "$2/preload" "$1/etc/ld.so.preload"
		cd / && old=$1 && shift 2 && exec chroot "$old" "$@"' \
		sh "$OLD" "$T" "$@" 3>&-
	local status=$?
	rm -rf "${T:?}/etc"
	return "$status"
}

# old_owner LIST COMMAND...: as the owner of /mnt/slot, preloading LIST.
old_owner() {
	local list=$1
	shift
	old sh -c 'echo $$ >/mnt/slot/pid && list=$1 && shift &&
		exec env ONLYONE_SLOT=/mnt/slot LD_PRELOAD="$list" "$@"' \
		sh "$list" "$@"
}

# What bash in there says of itself, and a child of it.
TELL='echo "preload ${LD_PRELOAD-unset}"
	while read -r line; do
		case $line in */mnt/slot/mapping*) echo adopted ;; esac
	done </proc/$$/maps
	echo "child $(grep -c /mnt/slot/mapping /proc/self/maps)"'

# --- Debian 11 ------------------------------------------------------------

@test "userland: it is one whose libc has no dlsym" {
	prints -0 --regexp '^11\.' old cat /etc/debian_version
	run bash -c 'nm -D "$1"/lib/*-linux-gnu/libc.so.6 | grep -E "[TW] dlsym@"' \
		bash "$OLD"
	assert_failure
	run bash -c 'readelf -dW "$1/bin/cat" | grep NEEDED' bash "$OLD"
	refute_output --partial libdl
}

@test "userland: alone, in programs with and without libdl, bound late or now" {
	for now in '' 1; do
		for program in cat true bash perl 'env true'; do
			run -0 old env LD_PRELOAD="$SHIM" LD_BIND_NOW="$now" \
				$program /dev/null
			assert_output ''
		done
		run old env LD_PRELOAD="$SHIM" LD_BIND_NOW="$now" \
			bash -c 'echo "${LD_PRELOAD-unset}"; env | grep LD_PRE; :'
		assert_output unset
		run old env LD_PRELOAD="$SHIM:" LD_BIND_NOW="$now" \
			sh -c 'exec env'
		assert_line LD_PRELOAD=
	done
}

@test "userland: the owner adopts and is followed, bound late or now" {
	for now in '' 1; do
		run -0 old_owner "$SHIM" env LD_BIND_NOW="$now" nice \
			bash -c 'exec perl -e "exec @ARGV" sh -c "$1"' bash \
			"exec cat /proc/self/maps"
		assert_line --partial /mnt/slot/mapping
		assert_line --partial libonlyone.so
		run old_owner "$SHIM" env LD_BIND_NOW="$now" bash -c "$TELL"
		assert_output $'preload unset\nadopted\nchild 0'
	done
}

@test "userland: a plain entry for the whole session" {
	run old_owner "$PLAIN" bash -c "$TELL"
	assert_output "preload $PLAIN"$'\nadopted\nchild 0'
}

@test "userland: a program that has a rule is one instance there" {
	cp "$BUILD/onlyone" "$T/lib/"
	ln -s onlyone "$T/lib/onlyonectl"
	mkdir -m 700 "$T/state"
	run -0 old env ONLYONE_DIR=/mnt/state ONLYONE_ENFORCE=sleep \
		PATH="/mnt/lib:$PATH" PLAIN="$PLAIN" bash -c '
		LD_PRELOAD=$PLAIN sleep 300 &
		until onlyonectl pid sleep >pid 2>/dev/null; do :; done
		[ "$(cat pid)" = $! ] || exit 8
		LD_PRELOAD=$PLAIN timeout $LIMIT sleep 200 2>/dev/null || exit 9
		[ "$(onlyonectl count sleep)" = 1 ] || exit 7
		kill $!
		wait $!
		echo $?'
	assert_line 143
}

@test "userland: beside another library that hooks exec, in both orders" {
	for order in "$SHIM:$HOOK" "$HOOK:$SHIM"; do
		# nice calls execvp, bash execve, perl execvp.
		run old env HOOK_LOG=/mnt/log LD_PRELOAD="$HOOK" \
			nice bash -c 'exec perl -e "exec @ARGV" cat /dev/null'
		assert_output ''
		local bare
		bare=$(cat "$T/log")
		rm "$T/log"
		assert_equal "$bare" $'execvp\nexecve\nexecvp'
		run old env HOOK_LOG=/mnt/log LD_PRELOAD="$order" \
			nice bash -c 'exec perl -e "exec @ARGV" cat /dev/null'
		assert_output ''
		assert_equal "$(cat "$T/log")" "$bare"
		rm "$T/log"
		run -0 old_owner "$order" env HOOK_LOG=/mnt/log \
			nice bash -c 'exec perl -e "exec @ARGV" cat /proc/self/maps'
		assert_line --partial /mnt/slot/mapping
		# What they did to get there may differ, not that it was seen.
		assert [ "$(grep -c exec "$T/log")" -ge 3 ]
		rm "$T/log"
	done
}

@test "userland: a library from /etc/ld.so.preload goes on seeing exec" {
	echo /mnt/lib/hook.so libdl.so.2 >"$T/preload"
	# Seen are the execs of env, which has no shim, and of nice.
	local list
	for list in '' "$SHIM" "$PLAIN"; do
		prints -0 '' old env HOOK_LOG=/mnt/log LD_PRELOAD="$list" nice true
		assert_equal "$(cat "$T/log")" $'execvp\nexecvp'
		rm "$T/log"
	done
}

# --- privileges -----------------------------------------------------------

@test "secure: a set-user-id program believes no ONLYONE_SLOT" {
	echo "$PLAIN" >"$T/preload"
	cp "$OLD/bin/cat" "$T/plain"
	cp "$OLD/bin/cat" "$T/set"
	touch "$T/slot/pid"
	chown -R 1000:1000 "$T/slot" "$T/plain" "$T/set"
	chmod 4755 "$T/set"
	chmod 666 "$T/slot/pid"
	local user script='echo $$ >/mnt/slot/pid &&
		exec env ONLYONE_SLOT=/mnt/slot "$@"'
	run old chroot --userspec=1000:1000 / sh -c "$script" sh \
		/mnt/plain /proc/self/maps
	assert_line --partial libonlyone.so
	assert_line --partial /mnt/slot/mapping
	for user in 0 1001; do
		run old chroot --userspec="$user:1000" / sh -c "$script" sh \
			/mnt/set /proc/self/maps
		assert_line --partial libonlyone.so
		refute_line --partial /mnt/slot/mapping
	done
}

# mine PREPARE: what the guest says after PREPARE, a piece of shell in $T.
mine() {
	run -0 timeout $LIMIT sh -c 'cd "$1" && echo $$ >slot/pid && '"$1"'
		exec env ONLYONE_SLOT="$1/slot" \
			LD_PRELOAD="$1/lib/./libonlyone.so" ./shimstate 3>&-' \
		sh "$T"
	assert_line 'errno 0'
	assert_line 'preload unset'
}

@test "forged: folder or files that belong to somebody else" {
	mine :
	assert_line 'adopted yes'
	mine 'chown 1000 slot'
	assert_line 'adopted no'
	chown 0 "$T/slot"
	mine 'chown 1000 slot/pid'
	assert_line 'adopted no'
	chown 0 "$T/slot/pid"
	mine 'chown 1000 slot/mapping'
	assert_line 'adopted no'
	chown 0 "$T/slot/mapping"
	mine :
	assert_line 'adopted yes'
}

@test "forged: the same pid in another pid namespace" {
	wants pidns
	local script='echo $$ >slot/pid
		[ -z "$2" ] || stat -L -c %i /proc/self/ns/pid >slot/mapping
		exec env ONLYONE_SLOT="$1/slot" \
			LD_PRELOAD="$1/lib/./libonlyone.so" ./shimstate 3>&-'
	cd "$T" || return 1
	run timeout $LIMIT unshare -pf --mount-proc sh -c "$script" sh "$T" ''
	assert_equal "$(cat slot/pid)" 1
	assert_line 'adopted no'
	run timeout $LIMIT unshare -pf --mount-proc sh -c "$script" sh "$T" own
	assert_line 'adopted yes'
}
