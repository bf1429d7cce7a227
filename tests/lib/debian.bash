# debian.bash: a bare Debian in a folder, fetched once, and scripts in it.
# shellcheck shell=bash disable=SC2016,SC2154

BUILD=${BUILD:-$(cd "$BATS_TEST_DIRNAME/.." && pwd)/build}

# debian_fetch SUITE OPTION...: by mmdebstrap with these options, to
# $BUILD/SUITE, if it is not there.  Where nothing can be mounted no test enters
# it.
debian_fetch() {
	local suite=$1 mirror
	shift
	[ ! -e "$BUILD/$suite/etc/debian_version" ] &&
		[ ! -e "${ONLYONE_TEST_LACKS-}/mount" ] || return 0
	mirror=$(apt-get indextargets --format '$(REPO_URI)' \
		'Created-By: Packages' 'Origin: Debian' 2>/dev/null |
		grep -v security | head -n 1)
	rm -rf "$BUILD/$suite.new"
	timeout $((30 * LIMIT)) mmdebstrap --mode=root "$@" "$suite" \
		"$BUILD/$suite.new" "${mirror:-http://deb.debian.org/debian}" \
		>&2 3>&- || return
	rm -rf "$BUILD/$suite.new"/usr/share/{doc,locale}
	mkdir -p "$BUILD/$suite.new"/{proc,mnt}
	mv "$BUILD/$suite.new" "$BUILD/$suite"
}

# debian_inside SUITE FOLDER SCRIPT: as root in that Debian, in namespaces of its own,
# the folder in /mnt, and $V as it is here.  No package of ours is installed.
debian_inside() {
	wants mount pidns netns
	cd "$2"
	printf '%s\n' '
		set -e
		failed() { echo "line $1: $(sed -n "$1p" /run/script)"; }
		trap "failed \$LINENO" ERR
		install() { dpkg --force-unsafe-io -i "$@" >/run/dpkg; }
		until_true() {
			local end=$((SECONDS + LIMIT))
			until "$@"; do
				((SECONDS < end)) || return
				read -rt 0.02 _ <>/run/silence || :
			done
		}
		is() { [ "$1" = "$2" ] || { echo "not $2 but $1"; return 1; }; }
		me="setpriv --reuid=1000 --regid=1000 --clear-groups"
		runs() { onlyonectl pid sleep >/run/pid 2>/dev/null; }
		keeper() {
			onlyonectl list --json | sed -n "s/.*\"keeper\": \([0-9]*\).*/\1/p"
		}
		files() {
			find / -xdev -path /mnt -prune -o -path /var -prune -o \
				! -type d -print | sort
		}
		dpkg --purge onlyone-desktop onlyone >/run/dpkg 2>&1
		mkfifo /run/silence' "$3" >script
	timeout $((5 * LIMIT)) unshare --mount --net --pid --fork --mount-proc --kill-child \
		sh -c 'mount --make-rprivate / && mount -t proc proc "$1/proc" &&
		mount -t tmpfs -o mode=755 none "$1/run" &&
		mount -t tmpfs -o mode=1777 none "$1/tmp" && cp script "$1/run/" &&
		mount --bind . "$1/mnt" && cd / && exec chroot "$1" /usr/bin/env -i \
			V="$V" LIMIT="$LIMIT" PATH=/usr/bin:/usr/sbin:/bin:/sbin HOME=/tmp \
			/bin/bash -E /run/script' sh "$BUILD/$1" 3>&-
}
