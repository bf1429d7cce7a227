#!/usr/bin/env bats
# hardening.bats: how what is shipped was compiled and linked, read off it (onlyone(7),
# Hardening; and what the libraries need of a program that loads them).
#
# Where it is about code, about ours alone: what a library that is linked in was compiled
# with is its maker's.  Our functions are those of our objects.
#
# as: user
# bats file_tags=not-core
load lib/common

# exist FILE...: those of the build that were built.
exist() {
	local file
	for file; do
		[ ! -e "$BUILD/$file" ] || echo "$BUILD/$file"
	done
}

# bats test_tags=check
@test "hardening: nothing is both written and executed; what the libraries need, export, import" {
	for binary in $(exist onlyone{,-raise,-cluster} libonlyone{,-window}.so); do
		run -0 readelf -ldW "$binary"
		assert_line --regexp '^ *LOAD .* R E +0x'
		assert_line --regexp '^ *GNU_STACK .* RW +0x'
		refute_line --regexp ' (RWE|WE|W E) +0x|\((RPATH|RUNPATH)\)|TEXTREL'
	done
	for binary in $(exist {,i386/}libonlyone.so libonlyone-window.so); do
		run -0 readelf -dVW "$binary"
		assert_equal "$(grep -o '(NEEDED).*' <<<"$output" | tr -s ' ')" \
			'(NEEDED) Shared library: [libc.so.6]'
		refute_line --regexp '\((BIND_NOW|SONAME|INIT)\)'
		# No symbol is newer.
		assert_equal "$(grep -o 'GLIBC_[0-9.]*' <<<"$output"$'\nGLIBC_2.17' |
			sort -V | tail -n 1)" GLIBC_2.17
	done
	for binary in $(exist {,i386/}libonlyone.so); do
		run -0 nm -D --without-symbol-versions "$binary"
		# Nine functions, and dlsym only weakly.
		assert_equal "$(sed -n 's/^[0-9a-f]\+ T //p' <<<"$output" | xargs)" \
			'execl execle execlp execv execve execveat execvp execvpe fexecve'
		refute_line --regexp '^[0-9a-f]+ [^T]'
		prints -1 '' grep -vE \
			'^[0-9a-f]+ |(U (__)?environ|U __errno_location|U getauxval|w dlsym)$' \
			<<<"$output"
		run -0 readelf -rW "$binary"
		[ "$(grep -c GLOB_DAT <<<"$output")" -le 2 ]
	done
}

@test "hardening: no pointer of the linker's can be written; the helper lies anywhere" {
	local binary what at size from to seen
	for binary in "$BUILD/onlyone" "$BUILD/onlyone-raise"; do
		from=0 to=0 seen=0
		# What is protected, and then each section of pointers.
		while read -r what at size; do
			if [ "$what" = relro ]; then
				from=$((at)) to=$((at + size))
				continue
			fi
			seen=$((seen + 1))
			[ $((16#$at)) -ge "$from" ] && [ $((16#$at + 16#$size)) -le "$to" ] ||
				fail "$binary: $at, $size long, can be written"
		done < <(readelf -lSW "$binary" | sed 's/^ *\[ *[0-9]*\]//' | awk '
			$1 ~ /^\.(got|data\.rel\.ro|init_array)/ { print "section", $3, $5 }
			$1 == "GNU_RELRO" { print "relro", $3, $6 }' | sort)
		[ "$from" -gt 0 ] && [ "$seen" -ge 3 ] || fail "$binary: no RELRO"
	done
	run readelf -hdW "$BUILD/onlyone-raise"
	assert_line --regexp '\(FLAGS\) .*BIND_NOW'
	assert_line --regexp 'Type: +DYN \(Position-Independent Executable file\)'
	# The launcher is static, and lies where the manual says.
	run readelf -hlW "$BUILD/onlyone"
	assert_line --regexp 'Type: +EXEC '
	refute_line --regexp '^ *(INTERP|DYNAMIC) '
	grep -q '^The command is not position-independent' "$BATS_TEST_DIRNAME/../man/onlyone.7"
}

# functions BINARY FOLDER...: what is seen of each function of ours in it: its name, its
# frame's size, the longest step in which that is taken, and of "global landing probed
# guarded checked" what is true.
functions() {
	# "NAME T" or, where a file has it to itself, "NAME t".
	find "${@:2}" -name '*.o' -exec nm {} + |
		awk 'NF > 1 && $(NF - 1) ~ /^[Tt]$/ { print $NF, $(NF - 1) }' | sort -u >names
	objdump -d --no-show-raw-insn "$1" | awk '
	function taken(    s, n, i) {
		match($0, /0x[0-9a-f]+/)
		s = substr($0, RSTART + 2, RLENGTH - 2)
		for (i = 1; i <= length(s); i++)
			n = n * 16 + index("0123456789abcdef", substr(s, i, 1)) - 1
		return length(s) > 8 ? 128 : n # -128, taken off
	}
	function tell() {
		if (name in type)
			print name, frame, step, type[name] == "T" ? "global" : "-", \
			    landing, probed, guarded, checked
	}
	NR == FNR { if (type[$1] != "T") type[$1] = $2; next }
	/^[0-9a-f]+ <.*>:$/ {
		tell()
		name = substr($2, 2, length($2) - 3)
		first = 1
		frame = step = 0
		landing = probed = guarded = checked = "-"
		next
	}
	!/^ / { next }
	first { first = 0; if (/endbr64/) landing = "landing" }
	/sub +\$0x[0-9a-f]+,%rsp/ { n = taken(); if (n > step) step = n; frame += n }
	/lea +-0x[0-9a-f]+\(%rsp\),%r11/ { frame += taken() }
	/or[ql] +\$0x0,(0x[0-9a-f]+)?\(%rsp\)/ { probed = "probed" }
	/%fs:0x28/ { guarded = "guarded" }
	/call .*_chk[@>]/ { checked = "checked" }
	END { tell() }' names -
}

@test "hardening: each function of ours has its landing, small steps, a guard; libc checks buffers" {
	functions "$BUILD/onlyone" "$BUILD/cli" "$BUILD/preload" >core
	functions "$BUILD/onlyone-raise" "$BUILD/cli" >more
	[ ! -e "$BUILD/onlyone-cluster" ] || functions "$BUILD/onlyone-cluster" "$BUILD/cli" >>more
	cat core more >guarded
	functions "$BUILD/libonlyone.so" "$BUILD/shim" >>more
	functions "$BUILD/libonlyone-window.so" "$BUILD/shim" >>more
	cat core more >all
	[ "$(wc -l <all)" -ge 500 ]
	# What can be called from elsewhere begins with a landing.
	prints '' awk '$4 == "global" && $5 != "landing"' all
	# No step is longer than a page, and of more each is seen to be made.
	prints '' awk '$3 > 4096' all
	prints '' awk '$2 > 4096 && $6 != "probed"' all
	[ "$(awk '$2 > 4096' all | wc -l)" -ge 30 ]
	# What has arrays on the stack sees that these were not overrun.
	prints '' awk '$2 >= 512 && $7 != "guarded"' guarded
	[ "$(awk '$2 >= 512' guarded | wc -l)" -ge 100 ]
	[ "$(grep -c checked core)" -ge 2 ]
	[ "$(grep -c checked more)" -ge 2 ]
}
