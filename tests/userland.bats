# as: root
# userland.bats: libonlyone.so in an older Debian, and what takes root to show.
#
# In Debian 11 dlsym is in libdl, which most programs do not load; our library must
# not need it. mmdebstrap fetches the userland once ($BUILD/bullseye); each test
# enters it in a mount namespace of its own and changes nothing in it.

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
	old sh -c 'echo $$ >/mnt/slot/pid && list=$1 && shift &&
		exec env ONLYONE_SLOT=/mnt/slot LD_PRELOAD="$list" "$@"' sh "$@"
}

# What bash in there says of itself, and a child of it.
TELL='echo "preload ${LD_PRELOAD-unset}"
	while read -r line; do
		case $line in */mnt/slot/mapping*) echo adopted ;; esac
	done </proc/$$/maps
	echo "child $(grep -c /mnt/slot/mapping /proc/self/maps)"'

@test "userland: in one whose libc has no dlsym: alone, and as the owner, bound late or now" {
	local now
	run ! bash -c 'nm -D "$1"/lib/*-linux-gnu/libc.so.6 | grep -E "[TW] dlsym@"' \
		bash "$OLD"
	for now in '' 1; do
		prints -0 unset old env LD_PRELOAD="$SHIM" LD_BIND_NOW="$now" \
			bash -c 'echo "${LD_PRELOAD-unset}"; env | grep LD_PRE; :'
		prints $'preload unset\nadopted\nchild 0' \
			old_owner "$SHIM" env LD_BIND_NOW="$now" bash -c "$TELL"
	done
}

@test "userland: another library that hooks exec goes on seeing it, before and behind ours, and from /etc/ld.so.preload" {
	local order
	# nice calls execvp, bash execve, perl execvp.  What they do to get there
	# may be more beside ours, not less.
	chain=(nice bash -c 'exec perl -e "exec @ARGV" cat "$0"' /proc/self/maps)
	sees() { # N COMMAND...
		: >"$T/log"
		run -0 "${@:2}"
		assert [ "$(grep -c exec "$T/log")" -ge "$1" ]
	}
	for order in "$SHIM:$HOOK" "$HOOK:$SHIM"; do
		sees 3 old_owner "$order" env HOOK_LOG=/mnt/log "${chain[@]}"
		assert_line --partial /mnt/slot/mapping
	done
	echo /mnt/lib/hook.so libdl.so.2 >"$T/preload"
	sees 1 old env LD_PRELOAD="$SHIM" HOOK_LOG=/mnt/log nice true
	assert_output ''
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
