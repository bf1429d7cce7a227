#!/usr/bin/env bats
# as: user (of the command line; whose files: devices.bats)
# keys.bats: one instance per key.
#
# The same key is the same process, another key is another one, with the forms of
# template that take something of the launch.  (What each form makes of a command
# line is template_test's, which spellings are one path, path_test's.)  Then what
# is computed, what cannot be made, and how keys are shown, and the verbs
# that take them.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2086,SC2154
load lib/common

APPS=0
PROGRAM=$GUEST
HANDLER='printf "%s\n" "$ONLYONE_PID"'

# anew OPTION...: launches from here on have these, and an application that
# nobody runs.
anew() {
	APPS=$((APPS + 1))
	SEEN=()
	by "$@"
}

# by OPTION...: these options, of the same application.
by() { KEY=(-q -a "app$APPS" "$@"); }

# reach [ARG...]: launch; $PID is the process that this led to: the one that
# has been launched, or the one whose handler ran.
reach() {
	: >reached
	begin timeout -k 5 $LIMIT onlyone "${KEY[@]}" --on-activate="$HANDLER" \
		"$PROGRAM" "$@" >reached </dev/null
	reached
}

# timeout(1) stands between: its child is the program.
reached() {
	wait_until "the launch has started or reached one: ${KEY[*]}" arrived
	if [ -s reached ]; then
		PID=$(cat reached)
		ends "$BEGUN" 0
	else
		PID=$(child_of "$BEGUN")
	fi
}

child_of() {
	local child
	read -r child <"/proc/$1/task/$1/children"
	echo "${child% }"
}

arrived() {
	[ -s reached ] || grep -q "^$(child_of "$BEGUN") main" "$GUEST_LOG"
}

# other [ARG...]: the launch starts one more.
other() {
	local before
	before=$(constructors)
	reach "$@"
	[ "$(constructors)" = $((before + 1)) ] ||
		fail "met $PID, not another one: ${KEY[*]} $*"
	SEEN+=("$PID")
}

# same N [ARG...]: the launch leads to the Nth one that was started.
same() {
	local n=$1 before
	shift
	before=$(constructors)
	reach "$@"
	[ "$(constructors)" = "$before" ] ||
		fail "started another one: ${KEY[*]} $*"
	assert_equal "$PID" "${SEEN[n - 1]}"
}

# key_now: the one key of the application, as JSON.
key_now() { ctl list "app$APPS" --json | jq -c '.[0].key'; }

# keys_now: all of them.
keys_now() { ctl list "app$APPS" --json | jq -c 'map(.key) | sort'; }

# refused STATUS WORDS OPTION...: the launch ends so, with one line that has
# these words; nothing was started.
refused() {
	local expected=$1 words=$2
	shift 2
	run --separate-stderr launch "$@"
	[ "$status" = "$expected" ] || fail "$*: status $status: $stderr"
	assert_output ''
	assert_equal "${#stderr_lines[@]}" 1
	[[ $stderr == 'onlyone: '*"$words"* ]] || fail "$*: $stderr"
	untouched
}

# --- templates --------------------------------------------------------------

# bats test_tags=check
@test "template: {env:X} is a variable of the launch" {
	anew -k '{env:WHICH}'
	export WHICH=a
	other
	same 1 x
	WHICH=b
	other
	WHICH=a
	same 1
	WHICH=
	other
	assert_equal "$(keys_now)" '[null,"a","b"]'
	unset WHICH
	same 3
	export WHICHEVER=a
	same 3
}

@test "template: {cwd} is the folder of the launch, by whatever name it was entered" {
	mkdir -p one/in two
	ln -s one link
	anew -k '{cwd}'
	cd one
	other
	cd ../two
	other
	cd ../link
	same 1
	cd in
	other
	cd ..
	assert_equal "$(ctl pid "app$APPS" "$(pwd -P)")" "${SEEN[0]}"
}

# bats test_tags=check
@test "template: {tty} is the terminal: the same one meets, another one does not" {
	cat >there <<-'END'
		# there NAME: two launches; the first stays at this terminal.
		me=$1
		tty | sed s,/dev/,, >$me.tty
		onlyone -q -a tty -k '{tty}' --on-activate='echo $ONLYONE_PID' \
			"$GUESTS/guest" &
		echo $! >$me.first
		until grep -q "^$! main" "$GUEST_LOG"; do sleep 0.02; done
		onlyone -q -a tty -k '{tty}' "$GUESTS/guest" >$me.second
		onlyone -q -a tty -k '{tty}' "$GUESTS/guest" </dev/null \
			>$me.third 2>$me.said
		[ "$me" = 2 ] || "$TERMINAL" 'sh ./there 2' .
		onlyonectl list tty --json | jq -r '.[].key' >$me.keys
		onlyonectl count tty >$me.count
	END
	export TERMINAL=$BATS_TEST_DIRNAME/lib/terminal.py
	timeout -k 5 $LIMIT "$TERMINAL" 'sh ./there 1' .
	assert_equal "$(cat 1.second)" "$(cat 1.first)"
	# The terminal, not standard input.
	assert_equal "$(cat 1.third)" "$(cat 1.first)"
	assert_equal "$(cat 2.second)" "$(cat 2.first)"
	[ "$(cat 1.first)" != "$(cat 2.first)" ]
	assert_equal "$(cat 2.count)" 2
	assert_equal "$(sort 2.keys)" "$(sort 1.tty 2.tty)"
	# And where there is none.
	run -65 setsid --wait timeout -k 5 $LIMIT onlyone --strict-key -k '{tty}' \
		"$GUESTS/guest" </dev/null
	assert_output --partial '{tty}: there is no terminal'
	[ "$(constructors)" = 2 ]
}

@test "value-options: the word behind one of these is its value, and no argument" {
	anew -k '{arg:1}' --value-options=-b,--baud
	other -b 9600 tty
	same 1 tty
	same 1 --baud 9600 tty
	same 1 -vb 9600 --baud=3 tty
	other 9600 tty
	by -k '{arg:1}' --value-options=-b --value-options=--baud
	same 1 -b 1 --baud 2 tty
}

@test "value-options: what is no list of options is 64 and named" {
	refused 64 "'b'" --value-options=b "$GUESTS/guest"
	refused 64 "'-b,'" --value-options=-b, "$GUESTS/guest"
	refused 64 "'-b=1'" --value-options=-b=1 "$GUESTS/guest"
	refused 64 --value-options --value-options= "$GUESTS/guest"
}

# --- files ------------------------------------------------------------------

# bats test_tags=check
@test "inode: a device is its number, whatever its name" {
	ln -s /dev/null mine
	anew -k '{inode:1}'
	other /dev/null
	same 1 mine
	same 1 /dev/../dev/null
	same 1 /proc/self/root/dev/null
	other /dev/zero
	other /dev/tty
	assert_equal "$(ctl pid "app$APPS" 'char 1:3')" "${SEEN[0]}"
}

# --- computed ---------------------------------------------------------------

# bats test_tags=check
@test "key-cmd: is what it prints, less newlines at the end; it gets the arguments" {
	anew --key-cmd='printf "%s,%s,%s\n\n" "$0" "$#" "$2"'
	other a b
	same 1 x b
	same 1 '' b
	other a c
	other a b ''
	assert_equal "$(keys_now)" '["onlyone,2,b","onlyone,2,c","onlyone,3,b"]'
	# Arguments are words, not text of the command.
	other '$(touch pwned)' '"; touch pwned; "'
	[ ! -e pwned ]
	# Newlines within and before, and blanks, stay.
	anew --key-cmd='printf "\n a\nb \n\n"'
	other
	assert_equal "$(key_now)" '"\n a\nb "'
}

@test "key-cmd: runs at each launch, in its folder, with its environment" {
	anew --key-cmd='echo run >>"$COUNT"; cat which; echo "$WHICH"'
	export COUNT=$PWD/count WHICH=x
	mkdir there
	echo red >which
	other
	same 1
	echo blue >which
	other
	echo red >which
	same 1
	WHICH=y
	other
	cd there
	echo blue >which
	WHICH=x
	same 2
	[ "$(wc -l <"$COUNT")" = 6 ]
}

@test "key-cmd: its standard input is empty, that of the launch is untouched" {
	anew --key-cmd='cat; echo fixed'
	HANDLER='cat; echo; echo "$ONLYONE_PID"'
	other
	assert_equal "$(key_now)" '"fixed"'
	run -0 launch "${KEY[@]}" "$GUESTS/guest" <<<'for the handler'
	assert_line --index 0 'for the handler'
	assert_line --index 1 "${SEEN[0]}"
}

@test "key-cmd: if it fails or prints nothing there is none: a note, and status 0" {
	begin_guest onlyone -q -a failing "$GUESTS/guest"
	for cmd in false 'exit 3' 'echo key; exit 1' : 'printf "\n\n"' \
		'kill -9 $$' ./not/there 'printf "a\\0b"'; do
		run -0 --separate-stderr launch -a failing --key-cmd="$cmd" \
			"$GUESTS/guest"
		assert_output ''
		# What it says itself, then one line of ours.
		[[ ${stderr_lines[-1]} == onlyone:*--key-cmd* ]] ||
			fail "$cmd: $stderr"
		[[ ${stderr_lines[-1]} == *'without a key' ]]
		prints -0 '' launch -q -a failing --key-cmd="$cmd 2>&-" \
			"$GUESTS/guest"
		prints -65 --partial --key-cmd launch -a failing --strict-key \
			--key-cmd="$cmd 2>&-" "$GUESTS/guest"
	done
	[ "$(constructors)" = 1 ]
	run launch -a failing --key-cmd='exit 3' "$GUESTS/guest"
	assert_output --partial 'ends with 3'
}

# bats test_tags=check
@test "key-cmd: an empty command is 64" { refused 64 --key-cmd --key-cmd= "$GUESTS/guest"; }

@test "key-match: with a group the class is what it matched" {
	anew -k '{1}' --key-match='^([a-z]+)'
	other red-1
	same 1 red-2
	same 1 red
	other blue-1
	by -k red
	same 1
	# The first group, wherever it is; more of them are no more.
	anew -k '{1}' --key-match='/(usr|home)/([^/]*)'
	other /usr/a
	same 1 /mnt/usr/b
	other /home/a
	assert_equal "$(keys_now)" '["home","usr"]'
	# None where it does not match, or matches nothing.
	anew -k '{1}' --key-match='^([a-z]*)'
	other 12
	same 1 ''
	same 1 A
	same 1
	assert_equal "$(key_now)" null
}

# bats test_tags=check
@test "key-match: without a group the class is whether it matches" {
	anew -k '{1}' --key-match='\.tex$'
	other a.tex
	same 1 b.tex
	other a.txt
	same 2 tex
	by -k true
	same 1
	by -k false
	same 2
	# What cannot be made has no class: a singleton.
	by -k '{1}' --key-match='\.tex$'
	other
}

@test "key-match: takes the key so far, also a tuple, and further ones follow" {
	anew -k '{1}' -k '{2}' --key-match=$'^(.*)\x1fx$'
	other a x
	same 1 a x
	other b x
	other a y
	assert_equal "$(keys_now)" '[null,"a","b"]'
	anew -k '{1}' --key-match='^(..)' -k '{2}'
	other abc x
	same 1 abd x
	other abc y
	anew -k '{1}' --key-match='^(.*)x' --key-match='a'
	other bax
	same 1 ayx
	other bx
	anew --key-cmd='echo "$1"' --key-match='(.)$'
	other 12
	same 1 32
	other 13
}

@test "key-match: malformed is 64 and named, without a key before it as well" {
	for ere in '(' '[a' 'a{2,1}' '*a' '[[:foo:]]' 'a\'; do
		refused 64 "$ere" -k x --key-match="$ere" "$GUESTS/guest"
	done
	refused 64 'no key before it' --key-match=a "$GUESTS/guest"
	refused 64 'no key before it' --key-match=a -k x "$GUESTS/guest"
}

# --- none -------------------------------------------------------------------

# Each line: what is named, then the options.
missing() {
	cat <<-'END'
		{1} -k {1}
		{3} -k {3}
		{1} -k fine -k {1} -k also
		{@} -k {@}
		{db} -k {db}
		{env:NOT_SET} -k {env:NOT_SET}
		{env:EMPTY} -k {env:EMPTY}
		{path:1} -k {path:1}
		{path:db} -k {path:db}
		{inode:1} -k {inode:1}
		{inode:db} -k {inode:db}
		{path:env} -k x{path:env}
		--key-cmd --key-cmd=false
		--key-cmd --key-cmd=:
		--key-match -k x --key-match=(y)
		empty -k ''
	END
}

# bats test_tags=check
@test "strict-key: what cannot be made is 65 and named; nothing starts" {
	export EMPTY=
	while read -r part options; do
		eval "set -- $(sed "s/[({)}]/\\\\&/g" <<<"$options")"
		refused 65 "$part" --strict-key "$@" "$GUESTS/guest"
		# -q does not keep it back; nor does --on-error run it.
		refused 65 "$part" -q --strict-key "$@" "$GUESTS/guest"
		refused 65 "$part" --on-error=run --strict-key "$@" "$GUEST"
	done < <(missing)
}

@test "strict-key: without it one line says so, whatever is missing; -q does not" {
	export EMPTY=
	begin_guest onlyone -a said "$GUESTS/guest"
	while read -r part options; do
		[ "$part" != '{@}' ] || continue
		eval "set -- $(sed "s/[({)}]/\\\\&/g" <<<"$options")"
		run -0 --separate-stderr launch -a said "$@" "$GUESTS/guest"
		assert_output ''
		[[ ${stderr_lines[-1]} == "onlyone: cannot make the key: "*"$part"*--strict-key* ]] ||
			fail "$part: $stderr"
		[ "$(grep -c '^onlyone: ' <<<"$stderr")" = 1 ]
		run -0 --separate-stderr launch -q -a said "$@" "$GUESTS/guest"
		run ! grep '^onlyone: ' <<<"$stderr"
	done < <(missing)
	# All of no arguments are none: there is nothing to say.
	run -0 --separate-stderr launch -a said -k '{@}' "$GUESTS/guest"
	assert_equal "$stderr" ''
	run launch -v -a said -k '{@}' "$GUESTS/guest"
	assert_output --partial '{@}: there are no arguments'
}

@test "strict-key: says nothing of a key that can be made, nor where none is asked for" {
	anew --strict-key -k '{1}'
	other a
	same 1 a
	by --strict-key
	other a
}

# --- sizes and bytes --------------------------------------------------------

# text N: that many letters.
text() { head -c "$1" /dev/zero | tr '\0' k; }

@test "size: a key of 1 MiB; its keeper may be killed" {
	text 1048575 >key
	printf 1 >>key
	anew --key-cmd='cat key'
	other
	same 1
	hash=$(sha256sum <key)
	hash=sha256:${hash%% *}
	assert_equal "$(ctl pid "app$APPS" "$hash")" "${SEEN[0]}"
	tr '\0' '\n' <"/proc/${SEEN[0]}/environ" | grep -qx "ONLYONE_KEY=$hash"
	ctl list --json | jq -e --rawfile key key '.[0].key == $key'
	killed "$(keeper_of "app$APPS")"
	same 1
	text 1048575 >key
	printf 2 >>key
	other
	same 2
	ctl stop --all "app$APPS"
}

# bats test_tags=check
@test "size: a key above 4 MiB is refused" {
	refused 65 '4 MiB' --strict-key --key-cmd='head -c 4194305 /dev/zero |
		tr "\\0" k' "$GUESTS/guest"
}

# typed SHOWN WORD...: bash reads these words in what is shown.
typed() {
	local shown=$1 read=()
	shift
	eval "read=($shown)"
	[ "$(printf '<%q>' "${read[@]}")" = "$(printf '<%q>' "$@")" ]
}

# odd: words that have to be quoted, and some that need not be.
odd() {
	printf '%s\0' 'a b' "it's" 'a\b' $'two\nlines' $'\xff' $'\e[31m' - -v \
		'$HOME' '*' '~' a/b.c=1 'é' $'\xe2\x80\xae' "'" '\' "\$'"
}

@test "typed: what list shows as a key is read back by a shell, and by the verbs" {
	local i key shown keys=()
	mapfile -d '' keys < <(odd)
	anew -k '{1}'
	for key in "${keys[@]}"; do other "$key"; done
	by -k '{@}'
	other "it's" $'x\ny' '' -
	ctl list >table
	for ((i = 0; i < ${#SEEN[@]}; i++)); do
		shown=$(sed -nE "s/^app1  +(.*[^ ]) +${SEEN[i]} +running .*/\1/p" table)
		if [ -n "${keys[i]-}" ]; then
			typed "$shown" "${keys[i]}" || fail "$shown"
		else
			typed "$shown" "it's" $'x\ny' '' - || fail "$shown"
		fi
		prints "${SEEN[i]}" bash -c "onlyonectl -- pid app1 $shown"
	done
	# Nothing is quoted that need not be.
	grep -q '  a/b\.c=1  ' table
	grep -q '  -v  ' table
}

# --- the environment of the instance ----------------------------------------

# environment NAME: as the process $PID has it; fails if it has none.
environment() {
	tr '\0\n' '\n\0' <"/proc/$PID/environ" | sed -n "s/^$1=//p" |
		tr '\0' '\n' | grep .
}

# bats test_tags=check
@test "environment: ONLYONE_KEY is the key; a tuple's parts are separated by 0x1f" {
	anew -k '{1}'
	other 'any key'
	assert_equal "$(environment ONLYONE_KEY)" 'any key'
	other $'a\nb'
	assert_equal "$(environment ONLYONE_KEY)" $'a\nb'
	by -k '{@}'
	other a 'b c' '' d
	assert_equal "$(environment ONLYONE_KEY)" $'a\x1fb c\x1f\x1fd'
	by -k x --key-match='(y)'
	other
	run ! environment ONLYONE_KEY
	# That of the launch is not inherited.
	export ONLYONE_KEY=mine
	anew
	other
	run ! environment ONLYONE_KEY
	by -k yours
	other
	assert_equal "$(environment ONLYONE_KEY)" yours
}

@test "environment: above 4,096 bytes it is its SHA-256" {
	anew -k '{1}'
	key=$(text 4096)
	other "$key"
	assert_equal "$(environment ONLYONE_KEY)" "$key"
	key=$(text 4097)
	other "$key"
	hash=$(printf %s "$key" | sha256sum)
	assert_equal "$(environment ONLYONE_KEY)" "sha256:${hash%% *}"
	by -k '{@}'
	other "$(text 3000)" "$(text 2000)"
	hash=$(printf '%s\x1f%s' "$(text 3000)" "$(text 2000)" | sha256sum)
	assert_equal "$(environment ONLYONE_KEY)" "sha256:${hash%% *}"
	other "$(text 2000)" "$(text 2096)"
	hash=$(printf '%s\x1f%s' "$(text 2000)" "$(text 2096)" | sha256sum)
	assert_equal "$(environment ONLYONE_KEY)" "sha256:${hash%% *}"
	other "$(text 2000)" "$(text 2095)"
	assert_equal "$(environment ONLYONE_KEY)" \
		"$(text 2000)"$'\x1f'"$(text 2095)"
}

@test "environment: the verbs take ONLYONE_KEY as it is" {
	anew -k '{@}'
	other a 'b c'
	assert_equal "$(ctl pid "app$APPS" "$(environment ONLYONE_KEY)")" "$PID"
	assert_equal "$(ctl pid "app$APPS" a 'b c')" "$PID"
	other "$(text 9000)" x
	assert_equal "$(ctl pid "app$APPS" "$(environment ONLYONE_KEY)")" "$PID"
	assert_equal "$(ctl count "app$APPS" "$(environment ONLYONE_KEY)")" 1
}

# --- verbs ------------------------------------------------------------------

# three: instances of the keys a, b and (a, b).
three() {
	anew -k '{@}'
	HANDLER='printf "%s\n" "$ONLYONE_PID $ONLYONE_KEY $*"'
	local args
	for args in a b 'a b'; do
		begin_guest SEEN+= onlyone "${KEY[@]}" \
			--on-activate="$HANDLER" "$GUESTS/guest" $args
	done
	APP=app$APPS
}

# bats test_tags=check
@test "verbs: pid, status and count speak of the key" {
	three
	assert_equal "$(ctl pid "$APP" a)" "${SEEN[0]}"
	assert_equal "$(ctl pid "$APP" b)" "${SEEN[1]}"
	assert_equal "$(ctl pid "$APP" a b)" "${SEEN[2]}"
	prints -0 --partial "pid ${SEEN[1]}" ctl status "$APP" b
	assert_equal "$(ctl count "$APP")" 3
	assert_equal "$(ctl count "$APP" a)" 1
	assert_equal "$(ctl count "$APP" c)" 0
	for verb in pid status; do
		run -3 ctl "$verb" "$APP" c
		run -3 ctl "$verb" "$APP" b a
		run -3 ctl "$verb" "$APP" a b c
		run -3 ctl "$verb" "$APP" ''
	done
}

@test "verbs: without a key several are 64 with the keys, one alone is meant" {
	three
	for verb in pid status activate stop 'signal TERM'; do
		run --separate-stderr ctl $verb "$APP"
		[ "$status" = 64 ] || fail "$verb: $status"
		[[ $stderr == *'which key? a, b, a b'* ]] ||
			fail "$verb: $stderr"
		assert_output ''
	done
	assert_equal "$(ctl count "$APP")" 3
	# The singleton, if there is one.
	by
	begin_guest onlyone "${KEY[@]}" "$GUESTS/guest"
	assert_equal "$(ctl pid "$APP")" "$BEGUN"
	ctl stop "$APP"
	ends "$BEGUN" 143
	run -64 ctl pid "$APP"
	ctl stop "$APP" a
	ctl stop "$APP" a b
	assert_equal "$(ctl pid "$APP")" "${SEEN[1]}"
	ctl stop "$APP"
	run -3 ctl pid "$APP"
}

@test "verbs: activate hands over to the instance of the key" {
	three
	prints -0 "${SEEN[1]} b x y z" ctl activate "$APP" b -- x 'y z'
	prints "${SEEN[2]} a"$'\x1f'"b b" ctl activate "$APP" a b -- b
	prints "${SEEN[0]} a " ctl activate "$APP" a
	run -3 ctl activate "$APP" c -- a
	# Keys that look like options.
	by -k '{1}'
	begin_guest onlyone "${KEY[@]}" --on-activate="$HANDLER" "$GUEST" -x
	assert_equal "$(ctl pid "$APP" -- -x)" "$BEGUN"
	assert_equal "$(ctl pid -- "$APP" -x)" "$BEGUN"
	prints "$BEGUN -x -y" ctl -- activate "$APP" -x -- -y
}

@test "verbs: stop, signal and wait act on the instance of the key alone" {
	three
	begin waiter= ctl wait "$APP" b
	begin ctl wait "$APP" a b
	ctl signal USR1 "$APP" a
	ends "${SEEN[0]}" 138
	run -3 ctl signal USR1 "$APP" a
	ctl wait "$APP" a
	alive "$waiter"
	ctl stop "$APP" b
	ends "${SEEN[1]}" 143
	ends "$waiter" 0
	run -3 ctl stop "$APP" b
	alive "${SEEN[2]}" "$BEGUN"
	assert_equal "$(ctl count "$APP")" 1
	ctl stop "$APP" a b
	ends "${SEEN[2]}" 143
	ends "$BEGUN" 0
}

@test "verbs: stop and signal take --all, wait is for all" {
	three
	begin ctl wait "$APP"
	ctl stop --all "$APP" a
	ends "${SEEN[0]}" 143
	assert_equal "$(ctl count "$APP")" 2
	alive "$BEGUN"
	ctl signal --all USR2 "$APP"
	all_end 140 "${SEEN[1]}" "${SEEN[2]}"
	ends "$BEGUN" 0
}

# --- how it came about ------------------------------------------------------

# bats test_tags=check
@test "explain: dry-run tells the key and how it came about, and starts nothing" {
	: >file
	run -0 launch --dry-run -k '{1}' -k '{env:HOME}' "$GUESTS/guest" 'a b'
	assert_line --index 1 "key:         'a b'"
	assert_line --index 2 "             $HOME (-k '{1}' -k '{env:HOME}')"
	run launch --dry-run --key-cmd='echo "$1$1"' --key-match='^(.)' \
		"$GUESTS/guest" a
	assert_line --index 1 --partial 'key:         a (--key-cmd='
	assert_line --index 1 --partial "--key-match='^(.)'"
	run launch --dry-run -k '{path:1}' "$GUESTS/guest" "file://$PWD/%66ile"
	assert_line --index 1 "key:         $(pwd -P)/file (-k '{path:1}')"
	run launch --dry-run -k $'\xff\n' "$GUESTS/guest"
	assert_line --index 1 --partial "key:         \$'\377\012' "
	run launch --dry-run "$GUESTS/guest"
	assert_line --index 1 'key:         none (a singleton)'
	run launch --dry-run -k '{2}' "$GUESTS/guest" a
	assert_line --index 1 \
		"key:         none (-k '{2}'; {2}: there is no such argument)"
	run -65 launch --dry-run --strict-key -k '{2}' "$GUESTS/guest" a
	untouched
	# And that it would be handed over.
	anew -k '{1}'
	other a
	run launch --dry-run "${KEY[@]}" "$GUESTS/guest" a
	assert_line --partial "activate pid ${SEEN[0]}"
	run launch --dry-run "${KEY[@]}" "$GUESTS/guest" b
	assert_line --partial "would:       start"
}
