# boxes.bash: launches in sandboxes of bubblewrap, beside an instance outside.
#
# $BOXES begins a script for `within` (lib/world).
# shellcheck shell=bash disable=SC2034
# box SHARES PROC ROOT...: $box is bwrap with these.  The root is the same one,
# may only be read, or is another at that path.
BOXES='
	theirs
	shares=("" --unshare-pid --unshare-net "--unshare-ipc --unshare-uts"
		"--unshare-pid --unshare-net" --unshare-all)
	procs=("--proc /proc" "--dev-bind /proc /proc" "--tmpfs /proc")
	onlyone_boxed() { timeout $LIMIT "${me[@]}" "${box[@]}" onlyone "$@"; }
	# each ROOT: scene, in each.
	each() {
		local share proc
		for share in "${shares[@]}"; do
			for proc in "${procs[@]}"; do
				what="$share $proc"
				box=(bwrap --dev-bind / / $share $proc "$@")
				: >"$GUEST_LOG"
				rm -f "$mine.ran"
				scene || { echo "in $what"; exit 1; }
			done
		done
	}
	# outside: the instance and its keeper are.
	handler="readlink /proc/self/ns/mnt >>$mine.ran || echo none >>$mine.ran"
	outside() {
		: >"$GUEST_LOG"
		"${me[@]}" onlyone --on-activate="$handler" "$GUESTS/guest" &
		until_true has " main "
		owner=$(pgrep -x guest)
	}
	boxed() {
		: >"$GUEST_LOG"
		onlyone_boxed --on-activate="$handler" "$GUESTS/guest" 2>"$mine.note" &
		until_true has " main "
		owner=$(pgrep -x guest)
	}
	here=$(readlink /proc/self/ns/mnt)
	# attempt CODES COMMAND...: a launch that ends so, and starts nothing.
	attempt() {
		code=0
		timeout $LIMIT "${@:2}" onlyone "$GUESTS/guest" exit 5 \
			2>"$mine.said" || code=$?
		[[ " $1 " == *" $code "* ]] ||
			{
				echo "line ${BASH_LINENO[*]}: in $what: $code"
				cat "$mine.said"
				exit 1
			}
		is "$what $(constructors)" "$what 1"
	}
	# over: the instance ends, and with it all; but where nobody could tell
	# whether it lives, nobody can tell that it has ended.
	over() {
		killed "$owner"
		until_true no_keepers
		[ "$code" != 69 ] || rm -rf "$mine"/*
		until_true empty
		wait
	}
	ran() { is "$what: $(tail -n 1 "$mine.ran")" "$what: $1"; }
'
