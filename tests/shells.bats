#!/usr/bin/env bats
# as: user (no right is asked for)
# shells.bats: what a shell leaves in the background does not keep its slot,
# whatever the shell is called.
load lib/common

LEAVES='( sleep 100; : ) & :'

# free_after SHELL...: a launch of it leaves such a process, and no slot.
free_after() {
	quietly launch "$@" -c "$LEAVES"
	freed
	assert [ "$(offspring | wc -l)" -ge 1 ]
}

# kept_by SHELL...: what it leaves is taken for a daemon.
kept_by() {
	quietly launch "$@" -c "$LEAVES"
	[ -n "$(slots)" ]
}

@test "leftover: of a shell whose name has a version, and of its relatives" {
	cp /bin/zsh zsh-5.9
	cp /bin/zsh zsh5
	cp /bin/mksh ksh2020
	cp /bin/mksh mksh-59
	cp /bin/bash bash5.2
	cp /bin/bash bash-5.2.15
	cp /bin/dash dash-0.5
	for name in zsh-5.9 zsh5 ksh2020 mksh-59 bash5.2 bash-5.2.15 dash-0.5; do
		free_after "./$name"
	done
}

@test "leftover: of a shell that the system lists, whatever it is called" {
	PATH=$BUILD/points:$PATH
	cp /bin/zsh own
	printf '# shells\n/no/such\n%s\n' "$PWD/link" >shells
	ln -s own link
	export ONLYONE_TEST_SHELLS=$PWD/shells
	free_after ./own
	rm shells
	kept_by ./own
}
