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

# no_hint STATUS COMMAND...: there is nothing near.
no_hint() {
	local status=$1
	shift
	run "-$status" timeout -k 5 $LIMIT "$@"
	refute_output --partial 'did you mean'
}

@test "value: a word behind an option that takes its value by = only" {
	hint 127 ': --wait=5' onlyone --wait 5 true
	hint 127 ': --wait=0.5' onlyone -a name --wait 0.5 true
	hint 127 ': --queue=3' onlyone --queue 3 true
	hint 127 ': --queue=3' onlyone --que 3 true
	run -127 launch --skip 5 true
	refute_output --partial '='
	run -127 launch --wait -- 5 true
	refute_output --partial '='
}

@test "verb: of onlyonectl" {
	for verb in list stop help status doctor hold; do
		hint 127 "onlyonectl $verb" onlyone "$verb"
		hint 127 "onlyonectl $verb" onlyone -q "$verb" name
	done
	prints -0 --partial 'onlyonectl help list' launch --help list
	run -0 launch --help true
	refute_output --partial 'onlyonectl help'
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

@test "line: a shell line in one word" {
	hint 127 "-c 'sleep 1'" onlyone 'sleep 1'
	hint 127 "-c 'true;true'" onlyone 'true;true'
	hint 127 '-c ' onlyone -a name "echo 'a b'"
	prints -0 'a b' launch -c 'echo a b'
}

@test "variable: before a command" {
	hint 127 'onlyone env FOO=1 ...' onlyone FOO=1 true
	hint 127 "onlyone env 'FOO=a b' ..." onlyone 'FOO=a b' true
	run -127 launch 1=2
	refute_output --partial env
}

@test "shell: its words, aliases and functions" {
	hint 127 "-c 'cd ...'" onlyone cd /
	hint 127 "-c 'ulimit ...'" onlyone ulimit -n 5
	hint 127 "alias or a function of the shell is no program: give what it stands for, as 'type ll' shows it" onlyone ll
	hint 127 'the name is empty' onlyone ''
	run -127 launch ./ll
	refute_output --partial alias
	run -127 launch /ll
	refute_output --partial alias
}

# bats test_tags=check
@test "option: a mistyped one of either program" {
	hint 64 'did you mean --skip?' onlyone --skp true
	hint 64 'did you mean --skip?' onlyone --sikp true
	hint 64 'did you mean --skip?' onlyone -skip true
	hint 64 'did you mean --replace?' onlyone --repalce true
	hint 64 'did you mean --lock-file?' onlyone --lockfile=x true
	hint 64 'did you mean --on-activate?' onlyone --on_activate=x true
	hint 64 'did you mean --json?' onlyonectl list --jsn
	hint 64 'did you mean --kill-after?' onlyonectl stop --killafter=3 x
	no_hint 64 onlyone --nonsense true
	no_hint 64 onlyone -Z true
	no_hint 64 onlyone -nZ true
	no_hint 64 onlyone --re true
	no_hint 64 onlyonectl list --nonsense
}

# bats test_tags=check
@test "option: of onlyonectl enable and of onlyone on the wrong side of APP: the line that works" {
	enable() { hint 64 ": onlyonectl enable $1" onlyonectl enable "${@:2}"; }
	export HOME=$PWD
	enable 'x --skip' --skip x
	enable 'x -n' -n x
	enable 'x -w 5 --raise=never' -w 5 x --raise=never
	enable "--link 'a b' --on-activate=auto" --on-activate=auto --link 'a b'
	enable '--system x --app Y -n' --app Y x -n --system
	enable '-q --link x --skip' -q x --skip --link
	prints -64 --partial 'does not take --skip: it is for hold' ctl enable --skip
	run -64 ctl enable --nonsense x
	refute_output --partial 'APP:'
}

@test "value: a mistyped word" {
	hint 64 'did you mean wait?' onlyone --if-running=wiat true
	hint 64 'did you mean display?' onlyone --scope=dispaly true
	no_hint 64 onlyone --if-running=sometimes true
	no_hint 64 onlyone --if-running= true
	hint 64 'did you mean never?' onlyone --raise=nevr true
	hint 64 'did you mean class:?' onlyone --raise=clas:x true
	no_hint 64 onlyone --raise=class: true
}

@test "value: a mistyped word before the colon in a key" {
	hint 64 'did you mean path:?' onlyone -k '{pth:1}' true
	hint 64 'did you mean inode:?' onlyone -k 'x{1}{inod:arg:1}' true
	hint 64 'did you mean env:?' onlyone -k '{ENV:X}' true
	hint 64 'did you mean arg:?' onlyone -k '{agr:1}' true
	# The word is right, or like none, or a value is behind it.
	no_hint 64 onlyone -k '{path:}' true
	no_hint 64 onlyone -k '{arg:x}' true
	no_hint 64 onlyone -k '{foo:1}' true
	no_hint 64 onlyone -k '{path' true
	hint 64 '{{ is a brace' onlyone -k '{path:1' true
}

# bats test_tags=check
@test "value: a mistyped signal is 64, with a hint, in a launch, a rule and onlyonectl" {
	for option in --signal --stop-signal; do
		hint 64 'did you mean TERM?' onlyone "$option=TREM" true
		hint 64 'did you mean USR1?' onlyone "$option=SIGURS1" true
		no_hint 64 onlyone "$option=whatever" true
		no_hint 64 onlyone "$option=99" true
	done
	hint 64 'did you mean HUP?' onlyonectl enable sleep --signal=HPU
	hint 64 'did you mean USR1?' onlyonectl signal usr3 job
	no_hint 64 onlyonectl signal '' job
	[ ! -e "$HOME/.config/onlyone/rules/sleep" ]
	untouched
}

# bats test_tags=check
@test "value: a handler of one word that is no command, and nearly auto, self, dbus or none, is 64" {
	hint 64 'did you mean auto?' onlyone --on-activate=aut true
	hint 64 'did you mean auto?' onlyone --on-activate AUTO true
	hint 64 'did you mean self?' onlyone --on-activate=slef true
	hint 64 'did you mean dbus?' onlyone --on-activate=d-bus true
	hint 64 'did you mean none?' onlyone --on-activate=None true
	hint 64 'did you mean auto?' onlyonectl enable sleep --on-activate=atuo
	[ ! -e "$HOME/.config/onlyone/rules/sleep" ]
	untouched
	# A command of such a name, a word like none of these, a line.
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
@test "value: --on-activate=none is no handler, and the last one counts" {
	begin_guest onlyone --on-activate='echo no' --on-activate=none "$GUEST"
	prints --partial 'this command was not run' launch "$GUEST" x
	begin_guest onlyone -a other --on-activate=none \
		--on-activate='echo yes' "$GUEST"
	prints yes launch -a other "$GUEST" x
}

# bats test_tags=check
@test "verb: a mistyped one, and what others call it" {
	hint 64 'did you mean list?' onlyonectl lst
	hint 64 'did you mean list?' onlyonectl ls
	hint 64 'did you mean stop?' onlyonectl kill job
	hint 64 'did you mean stop?' onlyonectl -q sotp job
	hint 64 'did you mean unseal?' onlyonectl unsael job
	hint 64 'did you mean stop?' onlyonectl help stpo
	no_hint 64 onlyonectl nonsense
	no_hint 64 onlyonectl ''
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

@test "command: without one the line says what it looks like" {
	hint 64 'onlyone [OPTIONS] COMMAND' onlyone
	hint 64 'onlyone [OPTIONS] COMMAND' onlyone -a name
	hint 64 'verb' onlyonectl
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
