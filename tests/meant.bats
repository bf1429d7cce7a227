#!/usr/bin/env bats
# as: user (words alone)
# meant.bats: errors with a way out.
#
# What is mistyped, or typed for another program, is answered with what may have
# been meant; the exit status is that of the error.
load lib/script

# hint STATUS WORDS COMMAND...: one line, which ends with these words, or has
# them before its last part; nothing has run.
hint() {
	local status=$1 words=$2
	shift 2
	prints "-$status" '' --separate-stderr timeout -k 5 $LIMIT "$@"
	assert_equal "${#stderr_lines[@]}" 1
	[[ $stderr == "$1: "*"$words"* ]] || fail "$stderr"
	no_slots
}

# hints STATUS: of each row WORDS|COMMAND, as a shell reads the command.
hints() {
	local words line
	while IFS='|' read -r words line; do
		echo "$line" >&2
		eval "hint $1 \"\$words\" $line"
	done
}

# bats test_tags=check
@test "hint: what is not found may be for another option, verb or shell" {
	export HOME=$PWD
	hints 127 <<-'END'
		: --wait=5|onlyone --wait 5 true
		: --wait=0.5|onlyone -a name --wait 0.5 true
		: --queue=3|onlyone --que 3 true
		onlyonectl list|onlyone list
		onlyonectl stop|onlyone -q stop name
		onlyonectl help|onlyone help
		-c 'sleep 1'|onlyone 'sleep 1'
		-c 'true;true'|onlyone 'true;true'
		onlyone env FOO=1 ...|onlyone FOO=1 true
		onlyone env 'FOO=a b' ...|onlyone 'FOO=a b' true
		-c 'cd ...'|onlyone cd /
		alias or a function of the shell is no program: give what it stands for, as 'type ll' shows it|onlyone ll
		the name is empty|onlyone ''
	END
	while IFS='|' read -r words line; do
		eval "run -127 launch $line"
		refute_output --partial "$words"
	done <<-'END'
		=|--skip 5 true
		=|--wait -- 5 true
		env|1=2
		alias|./ll
		alias|/ll
	END
	prints -0 --partial 'onlyonectl help list' launch --help list
	run -0 launch --help true
	refute_output --partial 'onlyonectl help'
}

# bats test_tags=check
@test "hint: a mistyped option, verb, value, key, signal or handler is 64, also in a rule" {
	export HOME=$PWD
	hints 64 <<-'END'
		did you mean --skip?|onlyone --skp true
		did you mean --skip?|onlyone --sikp true
		did you mean --skip?|onlyone -skip true
		did you mean --lock-file?|onlyone --lockfile=x true
		did you mean --on-activate?|onlyone --on_activate=x true
		did you mean --json?|onlyonectl list --jsn
		did you mean --kill-after?|onlyonectl stop --killafter=3 x
		: onlyonectl enable x --skip|onlyonectl enable --skip x
		: onlyonectl enable x -w 5 --raise=never|onlyonectl enable -w 5 x --raise=never
		: onlyonectl enable --link 'a b' --on-activate=auto|onlyonectl enable --on-activate=auto --link 'a b'
		: onlyonectl enable --system x --app Y -n|onlyonectl enable --app Y x -n --system
		: onlyonectl enable -q --link x --skip|onlyonectl enable -q x --skip --link
		does not take --skip: it is for hold|onlyonectl enable --skip
		did you mean wait?|onlyone --if-running=wiat true
		did you mean display?|onlyone --scope=dispaly true
		did you mean never?|onlyone --raise=nevr true
		did you mean class:?|onlyone --raise=clas:x true
		did you mean path:?|onlyone -k '{pth:1}' true
		did you mean inode:?|onlyone -k 'x{1}{inod:arg:1}' true
		did you mean env:?|onlyone -k '{ENV:X}' true
		{{ is a brace|onlyone -k '{path:1' true
		did you mean TERM?|onlyone --signal=TREM true
		did you mean USR1?|onlyone --stop-signal=SIGURS1 true
		did you mean HUP?|onlyonectl enable sleep --signal=HPU
		did you mean USR1?|onlyonectl signal usr3 job
		did you mean auto?|onlyone --on-activate=aut true
		did you mean auto?|onlyone --on-activate AUTO true
		did you mean self?|onlyone --on-activate=slef true
		did you mean dbus?|onlyone --on-activate=d-bus true
		did you mean none?|onlyone --on-activate=None true
		did you mean auto?|onlyonectl enable sleep --on-activate=atuo
		did you mean list?|onlyonectl lst
		did you mean list?|onlyonectl ls
		did you mean stop?|onlyonectl kill job
		did you mean stop?|onlyonectl -q sotp job
		did you mean stop?|onlyonectl help stpo
		onlyone [OPTIONS] COMMAND|onlyone
		onlyone [OPTIONS] COMMAND|onlyone -a name
		verb|onlyonectl
	END
	[ ! -e "$HOME/.config/onlyone/rules/sleep" ]
	untouched
}

# bats test_tags=check
@test "hint: none where nothing is near" {
	while read -r line; do
		eval "run -64 timeout -k 5 $LIMIT $line"
		refute_output --partial 'did you mean'
		refute_output --partial 'APP:'
	done <<-'END'
		onlyone --nonsense true
		onlyone -nZ true
		onlyone --re true
		onlyonectl list --nonsense
		onlyonectl enable --nonsense x
		onlyone --if-running=sometimes true
		onlyone --if-running= true
		onlyone --raise=class: true
		onlyone -k '{path:}' true
		onlyone -k '{arg:x}' true
		onlyone -k '{foo:1}' true
		onlyone -k '{path' true
		onlyone --signal=whatever true
		onlyone --stop-signal=99 true
		onlyonectl signal '' job
		onlyonectl nonsense
		onlyonectl ''
	END
}

# bats test_tags=check
@test "handler: a command of a mistyped word's name, a word like none, a line is one" {
	mkdir bin
	script bin/aut /bin/sh 'echo handled'
	for handler in aut 'slef x' ./slef '$slef' handle-it :; do
		PATH=$PWD/bin:$PATH run -0 launch --dry-run \
			--on-activate="$handler" "$GUEST"
		refute_output --partial 'not a command'
	done
	PATH=$PWD/bin:$PATH begin_guest onlyone --on-activate=aut "$GUEST"
	prints handled launch "$GUEST" x
}

# bats test_tags=check
@test "program: counts, whatever its name is" {
	mkdir bin
	for name in list help 5 'a b' F=1 cd; do
		script "bin/$name" /bin/sh 'echo "it: $*"'
		PATH=$PWD/bin:$PATH run -0 launch --wait "$name" x
		assert_output 'it: x'
	done
}

# bats test_tags=check
@test "value: --on-activate=none is no handler, and the last one counts" {
	begin_guest onlyone --on-activate='echo no' --on-activate=none "$GUEST"
	prints --partial 'this command was not run' launch "$GUEST" x
	begin_guest onlyone -a other --on-activate=none \
		--on-activate='echo yes' "$GUEST"
	prints yes launch -a other "$GUEST" x
}

@test "help: onlyonectl help is --help; help VERB has its operands and options" {
	diff <(ctl help) <(ctl --help)
	for verb in $(ctl help | sed -n '/^Verbs/,/^$/s/^  \([a-z-]*\) .*/\1/p'); do
		run -0 --separate-stderr ctl help "$verb"
		[[ ${lines[0]} == "Usage: onlyonectl $verb"* ]] || fail "$verb"
		assert_output --partial --quiet
	done
	prints -0 --partial --kill-after=SEC ctl help stop
	refute_output --partial --json
	run -64 ctl help stop list
	prints '' awk 'length > 80' <(ctl help list) <(ctl help enable)
}

# shut FOLDER COMMAND...: where that may not be written to, it is 77, and the
# reason is the true one.
shut() {
	echo "$*"
	chmod 500 "$1"
	prints -77 --partial ': Permission denied' timeout -k 5 $LIMIT "${@:2}"
	refute_output --partial 'too long'
	chmod 700 "$1"
}

# bats test_tags=check
@test "enable, disable: a folder that may not be written to is 77, and says so" {
	config=$HOME/.config/onlyone links=$HOME/.local/lib/onlyone/bin
	entries=$HOME/.local/share/applications
	mkdir -p "$HOME/.config" "$HOME/.local/lib" "$entries"
	shut "$HOME/.config" onlyonectl enable app
	mkdir "$config"
	shut "$config" onlyonectl enable app
	mkdir "$config/rules"
	shut "$config/rules" onlyonectl enable app
	ctl -q enable app -n
	shut "$config/rules" onlyonectl enable app --skip
	shut "$config/rules" onlyonectl disable app
	assert_equal "$(cat "$config/rules/app")" '-n'
	ctl disable app
	shut "$HOME/.local/lib" onlyonectl enable --link app
	ctl -q enable --link app
	shut "$links" onlyonectl enable --link other
	shut "$links" onlyonectl disable app
	[ ! -e "$config/rules/other" ]
	mkdir -p share/applications
	printf '[Desktop Entry]\nType=Application\nName=x\nExec=true\n' \
		>share/applications/app.desktop
	export XDG_DATA_DIRS=$PWD/share
	shut "$entries" onlyonectl enable --desktop app.desktop
	ctl -q enable --desktop app.desktop
	shut "$entries" onlyonectl disable --desktop app.desktop
	chmod 0 "$entries"
	prints -77 --partial ': Permission denied' \
		timeout $LIMIT onlyonectl enable --desktop app.desktop
	chmod 700 "$entries"
}
