# enforce.bash: the session in which programs that have a rule are enforced.
#
# Only the command under test has LD_PRELOAD, which names the library plainly;
# ONLYONE_ENFORCE names the programs that have a rule.
# shellcheck shell=bash disable=SC2034,SC2154

load lib/common

SHIM=$BUILD/libonlyone.so
export SHIM

# enforced NAMES COMMAND...: killed if it hangs.
enforced() {
	local names=$1
	shift
	timeout -k 5 $LIMIT env ONLYONE_ENFORCE="$names" LD_PRELOAD="$SHIM" "$@"
}

# begin_enforced NAMES COMMAND...: in the background, as $BEGUN.
begin_enforced() {
	local names=$1
	shift
	begin env ONLYONE_ENFORCE="$names" LD_PRELOAD="$SHIM" "$@"
}

# begin_app [ARG...]: the guest, a copy called app, as an instance.
begin_app() {
	begin_enforced app "$APP" "$@"
	guest_runs "$BEGUN"
}

# app_setup: for a file with PARTS+=(app).
app_setup() {
	cp "$GUESTS/guest" app
	APP=$PWD/app
	export APP
}

# fam_setup: so with PARTS+=(fam), for the guest forker.
fam_setup() {
	cp "$GUESTS/forker" fam
	FAM=$PWD/fam
	export FAMILY_OWN=$FAM
}

# single COMMAND...: it starts nothing, since the app runs; which is all it says.
single() {
	run -0 enforced app "$@"
	[[ -z $output || $output == onlyone:*' is already running: '* ]] || fail "$output"
	assert_equal "$(constructors)" 1
	assert_equal "$(ctl count "$APP")" 1
}
