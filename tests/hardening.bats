#!/usr/bin/env bats
# hardening.bats: how the programs that are shipped were compiled and linked,
# read off them (onlyone(7), Hardening).
#
# Where it is about code, about ours alone: what a library that is linked in
# was compiled with is its maker's.  Our functions are those of our objects.
#
# as: user
# bats file_tags=not-core
load lib/common

ALL=("$BUILD/onlyone" "$BUILD/onlyone-raise" "$BUILD/libonlyone.so"
	"$BUILD/libonlyone-window.so" ${CLUSTER+"$BUILD/onlyone-cluster"})

# ours FOLDER...: "NAME T" or, where a file has it to itself, "NAME t".
ours() {
	find "$@" -name '*.o' -exec nm {} + |
		awk 'NF > 1 && $(NF - 1) ~ /^[Tt]$/ { print $NF, $(NF - 1) }' | sort -u
}

# functions BINARY FOLDER...: what is seen of each function of ours in it:
# its name, its frame's size, the longest step in which that is taken, and of
# "global landing probed guarded" what is true.
functions() {
	local binary=$1
	shift
	ours "$@" >names
	objdump -d --no-show-raw-insn "$binary" | awk '
	function hex(s,    n, i) {
		n = 0
		for (i = 1; i <= length(s); i++)
			n = n * 16 + index("0123456789abcdef", substr(s, i, 1)) - 1
		return n
	}
	function taken(s) {
		match(s, /0x[0-9a-f]+/)
		s = substr(s, RSTART + 2, RLENGTH - 2)
		return length(s) > 8 ? 128 : hex(s) # -128, taken off
	}
	function tell() {
		if (name in type)
			print name, frame, step, type[name] == "T" ? \
			    "global" : "-", landing, probed, guarded
	}
	NR == FNR { if (type[$1] != "T") type[$1] = $2; next }
	/^[0-9a-f]+ <.*>:$/ {
		tell()
		name = substr($2, 2, length($2) - 3)
		first = 1
		frame = step = 0
		landing = probed = guarded = "-"
		next
	}
	!/^ / { next }
	first { first = 0; if (/endbr64/) landing = "landing" }
	/sub +\$0x[0-9a-f]+,%rsp/ {
		n = taken($0)
		if (n > step) step = n
		frame += n
	}
	/lea +-0x[0-9a-f]+\(%rsp\),%r11/ { frame += taken($0) }
	/or[ql] +\$0x0,(0x[0-9a-f]+)?\(%rsp\)/ { probed = "probed" }
	/%fs:0x28/ { guarded = "guarded" }
	END { tell() }' names -
}

# each: functions, in all that is shipped.
each() {
	functions "$BUILD/onlyone" "$BUILD/cli" "$BUILD/preload"
	functions "$BUILD/onlyone-raise" "$BUILD/cli"
	[ -z "${CLUSTER-}" ] || functions "$BUILD/onlyone-cluster" "$BUILD/cli"
	functions "$BUILD/libonlyone.so" "$BUILD/shim"
	functions "$BUILD/libonlyone-window.so" "$BUILD/shim"
}

# enough N: as many lines of it, or what was to be seen was not there at all.
enough() { [ "${#lines[@]}" -ge "$1" ] || fail "only ${#lines[@]}: $output"; }

# bats test_tags=check
@test "hardening: nothing can be written and executed, no code is changed at start, no library sought by a path of ours" {
	for binary in "${ALL[@]}"; do
		run -0 readelf -lW "$binary"
		assert_line --regexp '^ *LOAD .* R E +0x'
		assert_line --regexp '^ *GNU_STACK .* RW +0x'
		refute_line --regexp ' (RWE|WE|W E) +0x'
		run -0 readelf -dW "$binary"
		refute_line --regexp '\((RPATH|RUNPATH)\)|TEXTREL'
	done
}

@test "hardening: launcher and helper can write no pointer of the linker's once they run; the helper lies anywhere, the launcher is static, and where the manual says" {
	for binary in "$BUILD/onlyone" "$BUILD/onlyone-raise"; do
		# Each section of pointers, and what is protected.
		run bash -c 'readelf -lSW "$1" | sed "s/^ *\[ *[0-9]*\]//" | awk "
			\$1 ~ /^\.(got|data\.rel\.ro|init_array)/ {
				print \"section\", \$3, \$5 }
			\$1 == \"GNU_RELRO\" { print \"relro\", \$3, \$6 }"' \
			bash "$binary"
		assert_success
		local what at size from=0 to=0
		while read -r what at size; do
			[ "$what" = relro ] || continue
			from=$((at))
			to=$((at + size))
		done <<<"$output"
		[ "$from" -gt 0 ] || fail "$binary: no RELRO"
		local seen=0
		while read -r what at size; do
			[ "$what" = section ] || continue
			seen=$((seen + 1))
			[ $((16#$at)) -ge "$from" ] &&
				[ $((16#$at + 16#$size)) -le "$to" ] ||
				fail "$binary: $at, $size long, can be written"
		done <<<"$output"
		[ "$seen" -ge 3 ]
	done
	run readelf -dW "$BUILD/onlyone-raise"
	assert_line --regexp '\(FLAGS\) .*BIND_NOW'
	run readelf -hW "$BUILD/onlyone-raise"
	assert_line --regexp 'Type: +DYN \(Position-Independent Executable file\)'
	run readelf -hW "$BUILD/onlyone"
	assert_line --regexp 'Type: +EXEC '
	run readelf -lW "$BUILD/onlyone"
	refute_line --regexp '^ *(INTERP|DYNAMIC) '
	grep -q '^The command is not position-independent' \
		"$BATS_TEST_DIRNAME/../man/onlyone.7"
}

@test "hardening: every function that can be called from elsewhere begins with a landing" {
	run -0 each
	enough 500
	prints '' awk '$4 == "global" && $5 != "landing"' <<<"$output"
}

@test "hardening: no frame is taken in steps longer than a page" {
	run -0 each
	enough 500
	local all=$output
	prints '' awk '$3 > 4096' <<<"$all"
	# A step more than that is seen to be made.
	prints '' awk '$2 > 4096 && $6 != "probed"' <<<"$all"
	run awk '$2 > 4096' <<<"$all"
	enough 30
}

@test "hardening: functions with arrays on the stack see that these were not overrun" {
	run -0 functions "$BUILD/onlyone" "$BUILD/cli" "$BUILD/preload"
	enough 400
	local all=$output
	all+=$'\n'$(functions "$BUILD/onlyone-raise" "$BUILD/cli")
	prints '' awk '$2 >= 512 && $7 != "guarded"' <<<"$all"
	run awk '$2 >= 512' <<<"$all"
	enough 100
}

@test "hardening: what libc can check about a buffer is checked" {
	ours "$BUILD/cli" "$BUILD/preload" >names
	run -0 bash -c 'objdump -d --no-show-raw-insn "$1" | awk "
		NR == FNR { our[\$1]; next }
		/^[0-9a-f]+ <.*>:\$/ { name = substr(\$2, 2, length(\$2) - 3) }
		name in our && /call .*_chk>/" names -' bash "$BUILD/onlyone"
	enough 2
	run nm -D --undefined-only "$BUILD/onlyone-raise"
	assert_line --regexp ' __(mem|str|v?[a-z]+printf|read).*_chk@'
}

# bats test_tags=once
@test "hardening: all of that is true of onlyone-cluster, which wants libraries of its own" {
	CLUSTER=y file_again
}
