# as: user (of the command line; of files: worlds.bats)
# keys.bats: one instance per key.
#
# The same key is the same process, another key is another one. template_test has what
# each form of a template makes of a command line, path_test which spellings are one
# path.  Here is what is taken from the launch, what is computed, what cannot be made,
# how keys are shown, and the verbs that take them.
# shellcheck disable=SC2016,SC2086,SC2154
load lib/place

# keyed WORD... : an instance of the guest in $APP for this one key, whose handler says
# its pid: in $PIDS.
keyed() {
	begin_guest PIDS+= onlyone -a "$APP" -k '{@}' --on-activate='echo "$ONLYONE_PID" \
		"$ONLYONE_KEY" "$*"' "$GUEST" "$@"
}

own_setup() { APP=app PIDS=(); }

# shown ARG...: the key of this launch, as --dry-run tells it, in $KEY.
shown() {
	KEY=$(onlyone --dry-run "$@") || fail "$*: $KEY"
	KEY=${KEY#*$'\nkey:         '}
	KEY=${KEY%%$'\nscope:'*}
}

# refused STATUS WORDS OPTION...: the launch ends so, with a line that has these words.
refused() {
	run "-$1" onlyone "${@:3}"
	[[ ${lines[-1]} == onlyone:*"$2"* ]] || fail "${*:3}: $output"
}

# bats test_tags=check
@test "template: the key is {env:X}, {cwd}, {inode:1}, an argument; another is another instance" {
	WHICH=a from -k '{env:WHICH}' "$GUEST"
	WHICH=b differs -k '{env:WHICH}' "$GUEST"
	mkdir one two
	ln -s one link
	cd one
	from -k '{cwd}' "$GUEST"
	cd ../two
	differs -k '{cwd}' "$GUEST"
	cd ../link
	meets -k '{cwd}' "$GUEST"
	# A device is its number, whatever its name.
	ln -s /dev/null mine
	from -k '{inode:1}' "$GUEST" /dev/null
	meets -k '{inode:1}' "$GUEST" mine
	differs -k '{inode:1}' "$GUEST" /dev/zero
	# How it came about is told.
	: >file
	shown -k '{path:1}' -k x --key-match='^(.*)e' "$GUEST" "file://$PWD/%66ile"
	assert_equal "$KEY" "${PWD%link}one/fil (-k '{path:1}' -k x --key-match='^(.*)e')"
	# The word behind one of these is its value, and no argument.
	from -k '{arg:1}' "$GUEST" tty
	meets -k '{arg:1}' --value-options=-b,--baud "$GUEST" -vb 9600 --baud=3 tty
	differs -k '{arg:1}' "$GUEST" -b 9600 tty
	refused 64 "'-b,'" --value-options=-b, "$GUEST"
	# An option's value is the key, attached or not.
	from -k '{c}' "$GUEST" -c one
	meets -k '{c}' "$GUEST" -v -cone
	differs -k '{c}' "$GUEST" -c two
}

@test "template: {tty} is the name of the terminal, whatever the input is" {
	run -0 timeout $LIMIT "$BATS_TEST_DIRNAME/lib/terminal.py" \
		"tty; onlyone --dry-run -k '{tty}' true </dev/null" .
	[[ $output =~ /dev/(pts/[0-9]+) ]]
	assert_output --partial "key:         ${BASH_REMATCH[1]} (-k '{tty}')"
}

@test "key-cmd: is what it prints, less newlines at the end; it gets the arguments, and no input" {
	by=(--key-cmd='cat; printf "%s,%s,%s\n\n" "$0" "$#" "$2"' "$GUEST")
	shown "${by[@]}" a b <<<input
	[[ $KEY == 'onlyone,2,b (--key-cmd='* ]]
	# Arguments are words, not text of the command.
	shown "${by[@]}" '$(touch pwned)' '"; touch pwned; "'
	[ ! -e pwned ]
	from "${by[@]}" a b
	meets "${by[@]}" x b
	differs "${by[@]}" a b ''
	# Newlines within and before, and blanks, stay.
	from --key-cmd='printf "\n a\nb \n\n"' "$GUEST"
	meets -k $'\n a\nb ' "$GUEST"
	# It runs at each launch, in its folder, with its environment.
	mkdir there
	echo red >which
	echo blue >there/which
	by=(--key-cmd='cat which; echo "$WHICH"' "$GUEST")
	from "${by[@]}"
	WHICH=y differs "${by[@]}"
	cd there
	differs "${by[@]}"
}

@test "key-match: the class is what the group matched, or else whether it matches" {
	match() { KEYED=(-k '{1}' --key-match="$1" "$GUEST"); }
	match '^([a-z]+)'
	from -k red "$GUEST"
	meets "${KEYED[@]}" red-1
	differs "${KEYED[@]}" blue-1
	match '\.tex$'
	from -k true "$GUEST"
	meets "${KEYED[@]}" a.tex
	from -k false "$GUEST"
	meets "${KEYED[@]}" a.txt
	# It takes the key so far, also a tuple, and further ones follow.
	shown -k '{1}' -k '{2}' --key-match=$'^(.*)\x1fx$' "$GUEST" a x
	[[ $KEY == 'a ('* ]]
	shown -k '{1}' --key-match='^(..)' -k '{2}' "$GUEST" abc x
	[[ $KEY == ab$'\n'*'x ('* ]]
	shown --key-cmd='echo "$1"' --key-match='^(.*)x' --key-match='(.)$' "$GUEST" bax
	[[ $KEY == 'a ('* ]]
	for ere in '(' '[a' '*a' 'a\'; do
		refused 64 "$ere" -k x --key-match="$ere" "$GUEST"
	done
	refused 64 'no key before it' --key-match=a -k x "$GUEST"
	for option in --key-cmd --value-options; do refused 64 $option $option= "$GUEST"; done
	# What is reported of it.
	shown -k '{1}' -k '{env:HOME}' "$GUEST" 'a b'
	assert_equal "$KEY" "'a b'"$'\n'"             $HOME (-k '{1}' -k '{env:HOME}')"
	shown --key-cmd='echo "$1$1"' --key-match='^(.)' "$GUEST" a
	[[ $KEY == 'a (--key-cmd='*"--key-match='^(.)')" ]]
	shown -k $'\xff\n' "$GUEST"
	[[ $KEY == "\$'\377\012' "* ]] || [[ $KEY == '$'"'\\377\\012' "* ]]
	shown -k '{2}' "$GUEST" a
	assert_equal "$KEY" "none (-k '{2}'; {2}: there is no such argument)"
	refused 65 '{2}' --dry-run --strict-key -k '{2}' "$GUEST" a
}

@test "strict-key: what cannot be made is 65 and named; without it one line says so; -q does not" {
	begin_guest onlyone -a said "$GUEST"
	# Each line: what is named, then the options.
	while read -r part options; do
		echo "$options" >&2
		refused 65 "$part" -q --on-error=run -a said --strict-key $options "$GUEST"
		run -0 onlyone -a said $options "$GUEST"
		[[ ${lines[-1]} == "onlyone: cannot make the key: "*"$part"*--strict-key* ]]
	done <<-'END'
		{1} -k fine -k {1} -k also
		--key-cmd --key-cmd=false
		--key-match -k x --key-match=(y)
	END
	run -65 perl -e '$SIG{CHLD} = "IGNORE"; exec @ARGV' onlyone -a said --strict-key \
		--key-cmd='echo part; exit 3' "$GUEST"
	refused 65 empty --strict-key -k '' "$GUEST"
	prints -0 '' onlyone -q -a said -k '{1}' "$GUEST"
	# All of no arguments are none: there is nothing to say.
	prints -0 '' onlyone -a said -k '{@}' "$GUEST"
	refused 65 '{@}' --strict-key -k '{@}' "$GUEST"
	refused 65 '4 MiB' --strict-key --key-cmd='head -c 4194305 /dev/zero |
		tr "\\0" k' "$GUEST"
	assert_equal "$(constructors)" 1
}

@test "typed: what list shows as a key is read back by a shell, and by the verbs" {
	local key shown words keys=('a b' "it's" $'x\ny' $'\xff' $'\e[31m' - '$HOME' a/b.c=1)
	for key in "${keys[@]}"; do keyed "$key"; done
	ctl list >table
	for ((i = 0; i < ${#keys[@]}; i++)); do
		shown=$(sed -nE "s/^app  +(.*[^ ]) +${PIDS[i]} +running .*/\1/p" table)
		eval "words=($shown)"
		prints "${PIDS[i]}" onlyonectl -- pid app "${words[@]}"
	done
	# Nothing is quoted that need not be.
	grep -q '  a/b\.c=1  ' table
}

# environment PID: what this process has as ONLYONE_KEY, in $KEY.
environment() {
	local field fields
	KEY=none
	mapfile -d '' fields <"/proc/$1/environ"
	for field in "${fields[@]}"; do
		[[ $field != ONLYONE_KEY=* ]] || KEY=${field#*=}
	done
}

# bats test_tags=check
@test "verbs: each speaks of the instance of the key, also as ONLYONE_KEY has it, and acts on it alone" {
	export ONLYONE_KEY=inherited
	for args in a b 'a b' -x; do keyed $args; done
	prints -0 "${PIDS[2]}" onlyonectl pid app a b
	# Its parts are separated by 0x1f; above 4,096 bytes it is its SHA-256.
	environment "${PIDS[2]}"
	assert_equal "$KEY" $'a\x1fb'
	prints -0 "${PIDS[2]}" onlyonectl pid app "$KEY"
	printf -v long '%4095d' 1
	APP=long keyed "$long" x
	hash=$(printf '%s\x1fx' "$long" | sha256sum)
	environment "$BEGUN"
	assert_equal "$KEY" "sha256:${hash%% *}"
	prints -0 "$BEGUN" onlyonectl pid long "$KEY"
	killed "$BEGUN"
	prints 4 onlyonectl count app
	run -3 onlyonectl pid app b a
	prints -0 "${PIDS[1]} b x y z" onlyonectl activate app b -- x 'y z'
	prints -0 "${PIDS[3]} -x -y" onlyonectl -- activate app -x -- -y
	run -3 onlyonectl activate app c -- a
	begin waiter= onlyonectl wait app b
	onlyonectl signal USR1 app a
	ends "${PIDS[0]}" 138
	alive "$waiter"
	stops app b
	ends "${PIDS[1]}" 143
	ends "$waiter" 0
	alive "${PIDS[2]}" "${PIDS[3]}"
	# Without a key several are 64, and the singleton is meant if there is one.
	prints -64 --partial 'which key? a b, ' onlyonectl stop app
	begin_guest onlyone -a app "$GUEST"
	environment "$BEGUN"
	assert_equal "$KEY" none
	stops app
	ends "$BEGUN" 143
	begin waiter= onlyonectl wait app
	stops --all app a b
	ends "${PIDS[2]}" 143
	alive "$waiter"
	onlyonectl -q signal --all USR2 app
	ends "${PIDS[3]}" 140
	ends "$waiter" 0
}
