# cluster-same.bats: which command lines are the same job on two hosts, and that the key
# is the same there.
# as: user (the same, for what is tagged otherwise)
load lib/leased

setup_file() { both_up; }

command_lines() {
	held nightly --ttl=60
	# Another command line is another job: it is not left out in silence.
	for policy in --skip --join; do
		run -75 --separate-stderr elsewhere $policy -a nightly sleep 1001
		says 'held by *, with another command line; this command was not run*-k KEY*--wait*'
		run -75 elsewhere $policy -q -a nightly touch ran
		run -9 elsewhere $policy -E 9 -a nightly touch ran
	done
	# So is the same one where it means other files.
	mkdir other
	touch file other/file
	begin follows= onlyone-cluster -a follows tail -f file
	wait_until 'it runs' runs follows
	run -0 elsewhere --skip -a follows tail -f file
	cd other
	run -75 elsewhere --skip -a follows tail -f file
	run -75 elsewhere --skip -a follows tail -f --retry=file
	cd ..
	# What does not make it another job: a wrapper, the program's folder, a file that
	# the first run has made, and a home elsewhere.
	run -0 elsewhere --skip -a follows nice "$(command -v tail)" -f file
	run -0 here --hold=60 -a makes touch made
	run -0 elsewhere --skip -a makes touch made
	mkdir home1 home2
	(cd home1 && HOME=$PWD run -0 here --hold=60 -a home sh -c true)
	(cd home2 && HOME=$PWD run -0 elsewhere --skip -a home sh -c true)
	# But a wrapper that hands it other secrets does.
	printf '#!/bin/sh\nshift\nexec "$@"\n' >envchain
	chmod 755 envchain
	run -0 here --hold=60 -a hands ./envchain prod true
	run -0 elsewhere --skip -a hands ./envchain prod true
	run -75 elsewhere --skip -a hands ./envchain test true
	ends_by TERM "$follows" 143
	released
	[ ! -e ran ]
}

# bats test_tags=both
@test "--skip, --join: another command line is another job, and is not left out in silence" {
	each command_lines
}

rule_aside() {
	held nightly --ttl=60
	# A rule is this host's alone: it changes neither the key nor the policy.
	mkdir -p ~/.config/onlyone/rules
	printf -- '-a other\n-k {1}\n--skip\n' >~/.config/onlyone/rules/sleep
	prints -75 --partial 'held by' elsewhere -a nightly sleep 1000
	run -0 elsewhere --dry-run -a nightly sleep 1000
	[[ $output != *options:* && $output == *'if running:  fail'* ]]
	rm ~/.config/onlyone/rules/sleep
	# Nor if it is enforced: the command runs.
	printf '#!/bin/sh\necho $1 >>napped\n[ $1 = 1 ] || exec sleep $1\n' >nap
	chmod 755 nap
	printf -- '-a other\n--skip\n' >~/.config/onlyone/rules/nap
	begin naps= env ONLYONE_ENFORCE=nap LD_PRELOAD="$BUILD/libonlyone.so" ./nap 1000
	wait_until 'it runs' test -e napped
	run -0 env ONLYONE_ENFORCE=nap LD_PRELOAD="$BUILD/libonlyone.so" \
		timeout $LIMIT onlyone-cluster ./nap 1
	assert_equal "$(xargs <napped)" '1000 1'
	ends_by TERM "$naps" 143
	rm ~/.config/onlyone/rules/nap napped
	released
}

# bats test_tags=both
@test "a rule of one host changes neither the key nor the policy, nor what runs" {
	each rule_aside
}
