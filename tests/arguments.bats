#!/usr/bin/env bats
# as: user (bytes are bytes)
# arguments.bats: argument lists arrive byte for byte, whatever is in them.
#
# Two ways: to the program on a first launch (the guest `args` writes its own
# down), and to the handler on a later one ("$@" printed by the shell, each
# ended by NUL).  Both must give the list that was passed.
load lib/common

# wanted ARG...: the file `want`, as the guest and the handler write it.
wanted() {
	printf '%d\0' $# >want
	[ $# = 0 ] || printf '%s\0' "$@" >>want
}

# arrive ARG...: to a first launch, then to the handler of a running one.
arrive() {
	wanted "$@"
	rm -f got
	prints -0 '' launch "$GUESTS/args" got "$@"
	cmp want got
	[ -n "${running-}" ] || begin_receiver
	rm -f got
	prints -0 '' launch "$GUESTS/guest" "$@"
	cmp want got
}

begin_receiver() {
	begin_guest onlyone --on-activate="
		{ printf '%d\\0' \$# && [ \$# = 0 ] || printf '%s\\0' \"\$@\"; } \
			>'$PWD/got'" "$GUESTS/guest" first
	running=$BEGUN
}

# bats test_tags=check
@test "arguments: none, empty ones, newlines, bytes that are no UTF-8, what a shell, printf or a parser would change, options" {
	arrive
	arrive one
	arrive ''
	arrive '' '' ''
	arrive '' a '' b ''
	arrive $'\n' $'a\n' $'\nb' $'a\n\nb' $'\r\n'
	arrive $'\xff' $'\xc3' $'\xc3(' $'\xa9\xc3' $'\xe2\x82' $'\xc0\x80' \
		$'\xed\xa0\x80' $'\xf4\x90\x80\x80' 'ü€𝄞' $'\xef\xbb\xbf'
	arrive '$HOME' '`id`' '$(id)' '*' '?' '[a-z]' '~' '%s' '%n' '\n' '\0' \
		"it's" '"quoted"' '\' 'a\' ' lead' 'trail ' $'\t' 'a=b' 'a:b' \
		'{1}' '{@}' '#' '!' '|' ';' '&' '&&' '<' '>' $'\x1f' $'\x1b[31m'
	arrive --help -n --skip --version -- -E 300 --app=x -c --key= --unknown -
	arrive -- --
	arrive -v
}

@test "arguments: every byte but NUL, alone and together" {
	local i list=() all=
	for i in {1..255}; do
		list+=("$(printf '\\x%02x' "$i")")
		all+=${list[-1]}
	done
	for i in "${!list[@]}"; do printf -v "list[i]" '%b' "${list[i]}"; done
	printf -v all '%b' "$all"
	arrive "${list[@]}" "$all"
}

@test "arguments: 10,000" {
	local list=() i
	for i in {1..10000}; do list+=("argument $i"); done
	arrive "${list[@]}"
}

# bats test_tags=check
@test "arguments: one of the greatest length exec takes" {
	printf -v long '%0131071d' 7
	arrive "$long"
	arrive "$long" '' "$long"
}

# fill BYTES: arguments, all different, of that many bytes in all.
fill() {
	local left=$1 i=0 word
	list=()
	while ((left > 0)); do
		printf -v word '%0*d' $((left > 100000 ? 99999 : left - 1)) $((++i))
		list+=("$word")
		left=$((left - ${#word} - 1))
	done
}

@test "arguments: a total near the greatest limit there is (6 MiB)" {
	# A quarter of the stack limit, but never more than 6 MiB.
	ulimit -s 65536
	fill $((6291456 - 60000))
	arrive "${list[@]}"
}

@test "arguments: too many for the handler's limits are reported, not cut" {
	begin_receiver
	ulimit -s 65536
	fill 5000000
	run ! --separate-stderr launch "$GUESTS/guest" "${list[@]}"
	[ -n "$stderr" ]
	[ ! -e got ]
	# The instance and later launches go on.
	arrive a b
}

@test "arguments: the program's name is what was typed" {
	cat >name <<-'END'
		#!/bin/sh
		echo "$0"
	END
	chmod +x name
	prints ./name launch ./name
	prints "$PWD/name" launch "$PWD/name"
	PATH=$PWD:$PATH run launch name
	assert_output "$PWD/name"
	prints zero launch sh -c 'echo "$0"' zero
}
