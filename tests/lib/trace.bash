# trace.bash: what bats does for each test, for less.
#
# Bats writes down before each command where it is, which takes half of a test's time.
# Here we find out where a test failed only when it has failed: the stack is still there
# when a command has failed, or when time is up.  If `run` got another status than
# expected, the command's output is printed, too.
# shellcheck shell=bash disable=SC2034

# trace_failures: for setup.  Where bats has no such functions, all stays.
trace_failures() {
	declare -F bats_capture_stack_trace bats_check_status_from_trap \
		>/dev/null || return 0
	trap - DEBUG
	BATS_DEBUG_LAST_STACK_TRACE=() BATS_DEBUG_LASTLAST_STACK_TRACE=()
	trap failure_traced ERR
	# Then the line in the innermost function is not known.
	bats_timeout_trap() {
		BATS_TIMED_OUT=1
		bats_capture_stack_trace
		BATS_DEBUG_LAST_STACK_TRACE_IS_VALID=1
		exit 1
	}
}

failure_traced() {
	bats_check_status_from_trap
	if [[ ${BATS_ERROR_SUFFIX-} && -z ${OUTPUT_TOLD-} ]]; then
		OUTPUT_TOLD=y
		echo "output: $output${stderr:+"; standard error: $stderr"}" >&2
	fi
	bats_capture_stack_trace
	BATS_DEBUG_LAST_STACK_TRACE_IS_VALID=1
}

# When a test times out, kill all that hangs below its shell: `run` waits for every
# process that has its pipe.
bats_kill_childprocesses_of() {
	local pid pids
	! read -ra pids <"/proc/$1/task/$1/children" # no newline ends it
	for pid in "${pids[@]}"; do
		[ "$pid" != "$BASHPID" ] || continue
		bats_kill_childprocesses_of "$pid"
		kill -KILL "$pid"
	done
}

# When a test began, in milliseconds: without a process of date.
get_mills_since_epoch() { echo "${EPOCHREALTIME::-7}${EPOCHREALTIME: -6:3}"; }
