# enforce.bash: the session in which programs that have a rule are enforced.
#
# The library stands in LD_PRELOAD, spelled plainly, for the command under test
# alone; ONLYONE_ENFORCE names the programs that have a rule.
# shellcheck shell=bash disable=SC2034,SC2154

SHIM=$BUILD/libonlyone.so
export SHIM

# enforced NAMES COMMAND...: ended if it hangs.
enforced() {
	local names=$1
	shift
	timeout -k 5 60 env ONLYONE_ENFORCE="$names" LD_PRELOAD="$SHIM" "$@"
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

app_setup() {
	common_setup
	cp "$GUESTS/guest" app
	APP=$PWD/app
	export APP
}

# single COMMAND...: it starts nothing, since the app runs.
single() {
	run enforced app "$@"
	assert_success
	assert_output ''
	assert_equal "$(constructors)" 1
	assert_equal "$(ctl count "$APP")" 1
}
