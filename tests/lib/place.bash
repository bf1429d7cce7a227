# place.bash: the instance that a launch means, by --dry-run: the folder of its slot.
#
# Two launches are the same application, with the same key, in the same scope, if that
# is one folder.  One process for each question.
# shellcheck shell=bash disable=SC2034

load lib/common

# place ARG...: of this launch, in $PLACE.
place() {
	local told
	told=$(onlyone -q --dry-run "$@" 2>&1) || fail "$*: $told"
	PLACE=${told#*$'\nslot:        '}
	PLACE=${PLACE%%$'\n'*}
	[[ $PLACE == "$ONLYONE_DIR"/* ]] || fail "$*: no slot: $told"
}

# from ARG...: the launch that the next ones are compared with.
from() {
	place "$@"
	FROM=$PLACE
}

# meets ARG...: it means the same instance; differs ARG...: it means another one.
meets() {
	place "$@"
	[ "$PLACE" = "$FROM" ] || fail "means another one: $*: $PLACE, not $FROM"
}

differs() {
	place "$@"
	[ "$PLACE" != "$FROM" ] || fail "means the same one: $*: $PLACE"
}
