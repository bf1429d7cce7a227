# manual.bash: the blocks of the manuals and of README.md, as readers see them.
#
# A block is a display of a page (.Bd, .Dl, .D1) or a fence in README.md.  A comment
# before it gives it a name: `example: NAME`.  A block of a page is what groff, and
# mandoc alike, shows in a terminal of 80 columns: what a reader copies and pastes.
# shellcheck shell=bash disable=SC2016,SC2034,SC2119,SC2120

load lib/common

TREE=$BATS_TEST_DIRNAME/..
PAGES=(onlyone.1 onlyonectl.1 onlyone.5 onlyone.7 onlyone-cluster.1
	onlyone-desktop.7 onlyone-jobs.7 onlyone-security.7)

# page NAME: where it is.
page() {
	case $1 in
	README.md) echo "$TREE/$1" ;;
	*) echo "$TREE/man/$1" ;;
	esac
}

# blocks PAGE: the names of its blocks, "?" for one without.
blocks() {
	awk '
		/^\.\\" example: / || /^<!-- example: .* -->$/ { name = $3; next }
		/^<!-- / { next }
		/^```/ && fence { fence = 0; next }
		/^```/ { fence = 1 }
		/^\.(Dl|D1|Bd|nf)( |$)/ || /^```/ ||
			(!fence && FILENAME ~ /md$/ && /^(    |\t)/) {
			print name == "" ? "?" : name }
		{ name = "" }' "$(page "$1")"
}

# example PAGE NAME: its lines.
example() {
	case $1 in
	README.md) example_source "$@" | sed '1d;$d' ;;
	*)
		local shown
		shown=$(example_source "$@" | by_groff | block_shown)
		if [ "$shown" = "$(example_source "$@" | by_mandoc |
			block_shown)" ]; then
			printf '%s\n' "$shown"
		else
			fail "$1: $2: groff and mandoc differ: $shown"
		fi
		;;
	esac
}

example_source() {
	awk -v want="$2" '
		/^\.\\" example: / || /^<!-- example: .* -->$/ {
			on = $3 == want; next }
		!on { next }
		{ print }
		/^\.D[l1] / { exit }
		/^\.Ed$/ || (inside && /^```$/) { exit }
		/^```/ { inside = 1 }' "$(page "$1")" | case $1 in
	README.md) grep -v '^<!-- ' ;;
	*)
		printf '%s\n' '.Dd today' '.Dt X 1' '.Os' '.Sh X'
		cat
		;;
	esac
}

# by_groff, by_mandoc: mdoc on standard input as a terminal of 80 columns shows it: 78
# are for text.  Newer versions of groff make typographic characters of these, which
# Debian leaves: what is to be typed is written so that it stays.
by_groff() {
	sed '1,/^\.Dd /s/^\.Dd .*/&\
.char - \\[u2010]\
.char ~ \\[u02DC]\
.char ^ \\[u02C6]\
.char ` \\[oq]\
.char '\'' \\[cq]/' | groff -mandoc -Tutf8 -P-cbou -rLL=78n -rLT=78n
}

by_mandoc() { mandoc -T utf8 -O width=78 | LC_ALL=C.UTF-8 sed 's/.\x08//g'; }

# block_shown: the lines of the one block on a page, at the left margin.
block_shown() {
	awk '
		/^ / || (n && /^$/) { line[++n] = $0 }
		/^ +[^ ]/ {
			match($0, /^ +/)
			if (!margin || RLENGTH < margin) margin = RLENGTH
			last = n
		}
		END { for (i = 1; i <= last; i++)
			print substr(line[i], margin + 1) }'
}
