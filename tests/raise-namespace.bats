#!/usr/bin/env bats
# as: root
# raise-namespace.bats: whose windows are whose, across pid namespaces.
#
# What a program says of its pid is of its own namespace, what the server says
# is of the server's.  Neither may be taken for somebody of that number here.
load lib/x11

# inside PID SCRIPT: in a namespace of its own, where the next process has this
# pid.
inside() {
	wants mount pidns
	begin unshare --pid --fork --mount-proc --kill-child bash -c \
		"echo $(($1 - 1)) >/proc/sys/kernel/ns_last_pid; $2"
}

raising() { run timeout -k 5 "$PATIENCE" onlyone-raise -v "$@"; }

@test "a program in a namespace: found from outside, and for nobody else" {
	desk
	begin somebody= sleep 300
	inside "$somebody" 'xterm -e sleep 300 & wait'
	raising -w 20 "$BEGUN"
	assert_output raised
	window=$(active)
	# It has the number of somebody who has no window.
	assert_equal "$(pid_of "$window")" "$somebody"
	raising "$somebody"
	assert_output 'no window'
}

@test "from within: by what the program says, not by the server's numbers" {
	desk
	# Tk says nothing of its pid: the server alone knows it.
	begin outer= wish - <<<'wm title . outer'
	wait_until 'its window is there' window_named '^outer$'
	inside "$outer" 'sleep 300 & first=$!
		xterm -e sleep 300 & pid=$!
		echo "$first" >first; onlyone-raise -v -w 20 "$pid" >second
		onlyone-raise -v "$first" >third; : >over; wait'
	wait_until 'all is said' test -e over
	assert_equal "$(cat first second third)" "$outer
raised
no window"
	raising "$outer"
	assert_output raised
}
