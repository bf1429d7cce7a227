# debian.bash: a bare Debian in a folder, fetched once.
# shellcheck shell=bash disable=SC2016,SC2154

BUILD=${BUILD:-$(cd "$BATS_TEST_DIRNAME/.." && pwd)/build}

# debian_fetch SUITE [OPTION...]: by debootstrap with these options, to
# $BUILD/SUITE, if it is not there.
debian_fetch() {
	local suite=$1 mirror
	shift
	[ ! -e "$BUILD/$suite/etc/debian_version" ] || return 0
	mirror=$(apt-get indextargets --format '$(REPO_URI)' \
		'Created-By: Packages' 'Origin: Debian' 2>/dev/null |
		grep -v security | head -n 1)
	rm -rf "$BUILD/$suite.new"
	timeout 900 debootstrap --variant=minbase "$@" "$suite" \
		"$BUILD/$suite.new" "${mirror:-http://deb.debian.org/debian}" \
		>&2 3>&- || return
	rm -rf "$BUILD/$suite.new"/{debootstrap,var/cache/apt,var/lib/apt/lists} \
		"$BUILD/$suite.new"/usr/share/{doc,locale}
	# Where it is only unpacked these are not what they will be.
	[ ! -h "$BUILD/$suite.new/proc" ] || rm "$BUILD/$suite.new/proc"
	mkdir -p "$BUILD/$suite.new"/{proc,mnt}
	mv "$BUILD/$suite.new" "$BUILD/$suite"
}
