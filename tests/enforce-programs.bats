#!/usr/bin/env bats
# enforce-programs.bats: a session with enforcement on is a session.
#
# What has no rule does what it does without us, to the byte.  (Real programs that
# have one are in programs-table.bats and enforce-chromium.bats.)
load lib/enforce

own_setup() { export HOME=$PWD LC_ALL=C.UTF-8; }

# same LINE...: shell lines with the same output and status in such a session,
# each in an empty folder of the same path.
same() {
	local line where code part run
	for line; do
		for where in bare ours; do
			rm -rf "$PWD/place"
			mkdir place
			code=0
			if [ $where = ours ]; then
				run=(env ONLYONE_ENFORCE=nothing
					LD_PRELOAD="$SHIM")
			else
				run=(env ONLYONE_ENFORCE=nothing)
			fi
			(
				cd place
				timeout $LIMIT "${run[@]}" bash -c "$line" </dev/null
			) >$where.out 2>$where.err 3>&- || code=$?
			echo "status $code" >>$where.out
		done
		# Also where this is run: it has to end here.
		for part in out err; do
			cmp bare.$part ours.$part && continue
			fail "$line: $(diff bare.$part ours.$part)"
			return 1
		done
		[ "$(cat ours.out ours.err)" != 'status 0' ] || {
			fail "says nothing: $line"
			return 1
		}
	done
	untouched
}

@test "session: the comparison itself can tell" {
	run ! same 'echo $LD_PRELOAD'
	run ! same 'test -z "$LD_PRELOAD"; exit $?'
}

@test "session: git, gcc, ssh, tar" {
	needs git git
	needs openssh-client ssh
	same 'export GIT_AUTHOR_DATE=@0+0000 GIT_COMMITTER_DATE=@0+0000
		git init -q -b main . && echo a >a && git add a &&
		git -c user.name=n -c user.email=e commit -m c && git log -p &&
		git clone . b && git -C b rev-parse HEAD; git nothing' \
		'echo "int main(void) { return 1 }" >a.c; gcc a.c' \
		'echo "int main(void) { return 3; }" >a.c; gcc -pipe a.c; ./a.out' \
		'ssh -V' 'ssh -o BatchMode=yes -p 1 127.0.0.1 true' \
		'mkdir a; echo b >a/b; tar czf a.tgz a && tar tzf a.tgz
			tar xzOf a.tgz a/b; tar xf nothing'
}

@test "session: an interactive shell at a terminal, with jobs and signals" {
	steps=('<[$] ' '>echo one $((1+1))\r' '<one 2[^$]*[$] '
		'>sleep 100 | sleep 100\r' '<sleep 100\r' '!sleep 0.2' '>\x1a'
		'<Stopped[^$]*[$] ' '>jobs\r' '<Stopped[^$]*[$] ' '>bg\r' '<[$] '
		'>kill %1; wait; echo over\r' '<over\r[^$]*[$] '
		'>(exit 5); echo $?; tty >/dev/null && echo tty\r' '<tty\r[^$]*[$] '
		'>exit 3\r' '<exit' .)
	for where in bare ours; do
		local preload=
		[ $where = bare ] || preload="LD_PRELOAD=$SHIM"
		timeout $LIMIT "$BATS_TEST_DIRNAME/lib/terminal.py" \
			"PS1='\$ ' ONLYONE_ENFORCE=nothing $preload \
				exec bash --norc --noprofile -i" \
			"${steps[@]}" >$where.tty
	done
	grep -q Stopped ours.tty
	# What a job prints and when the prompt comes are two processes.
	for where in bare ours; do
		tr -d '\r' <$where.tty | grep -oE \
			'one 2|Stopped|over|^5$|^tty$|^exit' >$where.said
	done
	cmp bare.said ours.said
	untouched
}
