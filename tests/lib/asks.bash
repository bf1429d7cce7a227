# asks.bash: a program with text that is not saved is to end: for
# compositor.bash.
# shellcheck shell=bash disable=SC2034,SC2154

load lib/comes

LONG=600

# written COMMAND...: a first launch of it, with text that nobody has saved;
# $INSTANCE.
written() {
	program "$@"
	INSTANCE=$STARTS
	wait_until 'it has text that is not saved' "$((PATIENCE * 2))" typed
}

# typed: its title says so; what comes before the keyboard is there is lost.
typed() {
	[ "$COMPOSITOR" = kwin ] || press 45
	titles "$OWN" | grep -qE '^[•*]|[*]$|[*] |[*]"'
}

titles() {
	"${COMPOSITOR}_titles" "$1"
}

windows_are() {
	[ "$(titles "$OWN" | wc -l)" = "$1" ]
}

# asks stop|replace [OPTION...]: $ASKER, until it asks its user; what is said is
# in ./said.
asks() {
	local how=$1
	shift
	case $how in
	stop) begin onlyonectl stop "${PROGRAM[0]}" "$@" 2>said ;;
	replace) begin onlyone --replace "$@" "${PROGRAM[@]}" 2>said ;;
	esac
	ASKER=$BEGUN
	wait_until 'it asks' windows_are 2
	# Its window, which had the keyboard for a moment, is gone then.
	wait_until 'the helper has ended' no_helper
}

no_helper() {
	[[ $(ps -o args= --ppid "$(keeper_of "${PROGRAM[0]}")") != *--close* ]]
}

# unhurt N: it runs, with so many windows, and what was typed.
unhurt() {
	alive "$INSTANCE"
	wait_until "its windows: $1" windows_are "$1"
	titles "$OWN" | grep -qE '^[•*]|[*]$|[*] |[*]"'
	assert_equal "$(ctl pid "${PROGRAM[0]}")" "$INSTANCE"
}

# ended_if_told: nothing ends it but what is told to.
ended_if_told() {
	asks stop -w 3
	ends "$ASKER" 75
	grep -qF "(pid $INSTANCE) did not close in 3 s: it may have unsaved" said ||
		fail "$(<said)"
	# Asked once more, it asks.
	run -75 ctl stop "${PROGRAM[0]}" -w 1
	unhurt 2
	begin onlyonectl stop "${PROGRAM[0]}" -w 4 --kill-after=1
	ends "$BEGUN" 0
	ended "$INSTANCE"
}

# cancelled COMMAND...: asked whether to close, its user does that: no signal.
cancelled() {
	cover
	for how in stop replace; do
		asks "$how" -w "$LONG"
		"$@"
		unhurt 1
		ended_by TERM "$ASKER"
		unhurt 1
	done
}

# closes COMMAND...: one that has nothing to ask is stopped, and has no signal.
closes() {
	program "$@"
	cover
	begin onlyonectl stop "$1" -w "$LONG"
	ends "$BEGUN" 0
	ends "$STARTS" 0
	uncover
}

# nothing_asked: so do these.
nothing_asked() {
	browsers
	closes gnome-text-editor --standalone
	# shellcheck disable=SC2086
	closes $FIREFOX
	# shellcheck disable=SC2086
	closes $CHROMIUM
}
