# line.bash: launches that wait, for files about them.
# shellcheck shell=bash

load lib/common

# polls PID: it is connected and sleeps until a message comes.
polls() {
	local call
	[ -n "$(find "/proc/$1/fd" -lname 'socket:*' -print -quit)" ] &&
		read -r call _ <"/proc/$1/syscall" &&
		[[ $call =~ ^(7|271|73)$ ]]
}

# lined_up PID...: these wait, and are in line when this returns.  The keeper
# answers one after the other: a launch that is answered later is behind them.
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
