# line.bash: launches that wait, for files in which they do.
# shellcheck shell=bash

load lib/common

# polls PID: it is connected and sleeps until something is said.
polls() {
	local call
	[ -n "$(find "/proc/$1/fd" -lname 'socket:*' -print -quit)" ] &&
		read -r call _ <"/proc/$1/syscall" &&
		[[ $call =~ ^(7|271|73)$ ]]
}

# lined_up PID...: these wait, and are in line when this returns.  The keeper
# answers one after the other: who is answered later is behind them.
lined_up() {
	local pid
	for pid; do
		wait_until "process $pid waits" polls "$pid"
	done
	ctl list >/dev/null
}

# comes [NAME=|NAME+=] COMMAND...: begin one that waits; in line when this
# returns.  The shell has background jobs ignore INT.
comes() {
	local name=()
	if [[ $1 == *= ]]; then
		name=("$1")
		shift
	fi
	begin "${name[@]}" env --default-signal=INT "$@"
	lined_up "$BEGUN"
}

# new_keeper PID COMMAND...: COMMAND tells of a keeper, and not of that one.
new_keeper() {
	local keeper
	keeper=$("${@:2}") && [ "$keeper" != "$1" ]
}

# kept_anew PID WAITING COMMAND...: that keeper is killed; there is a new one,
# told by COMMAND, and who waits has come to it.
kept_anew() {
	killed "$1"
	wait_until 'there is a new keeper' new_keeper "$1" "${@:3}"
	lined_up "$2"
}
