# as: user (whose process it may be: hold.bats, foreign.bats)
# adopt.bats: a program that is already running, started without onlyone.
load lib/common

own_setup() {
	cp "$GUESTS/guest" app
	export DISPLAY=:71
}

# plain [VARIABLE=VALUE...] [COMMAND...]: runs it without us; $BEGUN.
plain() {
	local before
	before=$(constructors)
	[ "$#" -gt 0 ] || set -- ./app
	begin env "$@"
	wait_until 'it runs' eval "[ \"\$(constructors)\" -gt $before ]"
}

# adopts PID ARG...: this launch hands over to that, and starts nothing.
adopts() {
	prints -0 "$1 doc" onlyone --adopt --on-activate='echo "$ONLYONE_PID $*"' \
		"${@:2}" doc
}

# starts ARG...: this launch starts its own, and says no word.
starts() { prints -6 '' launch --on-activate=true "$@" exit 6; }

# bats test_tags=check
@test "adopt: one that was started without us is the instance, and has the arguments" {
	plain ./app wait "$PWD/end" exit 0
	first=$BEGUN
	run onlyone --dry-run --adopt ./app
	assert_line "would:       adopt pid $first"
	adopts "$first" ./app
	prints "$first again" onlyone ./app again
	: >end
	frees ended "$first"
	starts --adopt ./app
}

@test "adopt: this program alone, without a key, here, of no instance; of several the first" {
	plain
	cp app app2
	starts --adopt ./app2
	starts --adopt -k x ./app
	run -75 launch --adopt -n ./app
	run -0 ctl stop "$PWD/app"
	ended "$BEGUN"
	for where in DISPLAY=:72 -uDISPLAY; do
		plain "$where" ./app
		starts --adopt ./app
	done
	other=$BEGUN
	DISPLAY='' adopts "$other" ./app
	frees killed "$other"
	begin_guest onlyone -a other ./app
	starts --adopt ./app
	plain DISPLAY=:71.0 sh -c './app & wait'
	first=$(pgrep -P "$BEGUN" -x app)
	plain
	adopts "$first" ./app
	killed "$first" "$BEGUN"
}

@test "adopt: not asked for, it is said; by whatever name; what a row would insert is missed" {
	plain
	run -6 --separate-stderr launch --on-activate=true ./app exit 6
	says "app is already running outside onlyone (pid $BEGUN)"$'\n''onlyone: use --adopt'
	prints '' launch ./app exit 6
	DISPLAY='' starts ./app
	starts -q ./app
	ln -s app link
	adopts "$BEGUN" ./link
	frees killed "$BEGUN"
	cp app geany
	plain ./geany
	run -69 launch --adopt --on-activate=auto --must-deliver ./geany doc
	assert_output --partial 'started outside onlyone'
	for option in --wait --lock-file=x --lifetime=tree -j2; do
		prints -64 --partial '--adopt does not go with' \
			launch --adopt "$option" ./app exit 0
	done
}
