# debian.bash: a bare Debian in a folder, fetched once.
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
