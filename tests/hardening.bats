#!/usr/bin/env bats
# hardening.bats: how what is shipped was compiled and linked, read off it (onlyone(7),
# Hardening), and what the libraries need of a program that loads them.
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
		# No pointer of the linker's can be written once it runs.
		[[ $binary == *.so ]] || assert_line --regexp '^ *GNU_RELRO '
	done
	run readelf -hdW "$BUILD/onlyone-raise"
	assert_line --regexp '\(FLAGS\) .*BIND_NOW'
	assert_line --regexp 'Type: +DYN \(Position-Independent Executable file\)'
	# The launcher is static, and lies where the manual says.
	run readelf -hlW "$BUILD/onlyone"
	assert_line --regexp 'Type: +EXEC '
	refute_line --regexp '^ *(INTERP|DYNAMIC) '
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

@test "hardening: our objects have landings and probes of the stack, guards, and checks of buffers" {
	local folder object
	for folder in cli preload shim; do
		while read -r object; do
			readelf -n "$object" | grep -q 'IBT, SHSTK' || fail "no landings: $object"
		done < <(find "$BUILD/$folder" -name '*.o')
		# A frame larger than a page is taken page by page.
		find "$BUILD/$folder" -name '*.o' -exec objdump -d --no-show-raw-insn {} + >code
		[ "$folder" = preload ] ||
			[ "$(grep -cE 'or[ql] +\$0x0,(0x[0-9a-f]+)?\(%rsp\)' code)" -gt 5 ]
		prints '' awk '/sub +\$0x[0-9a-f][0-9a-f][0-9a-f][0-9a-f]+,%rsp/ && !/\$0x(1000|ffffffffffffff80),/' code
	done
	find "$BUILD/cli" -name '*.o' -exec nm -u {} + >symbols
	[ "$(grep -c __stack_chk_fail symbols)" -gt 100 ]
	[ "$(grep -c '_chk$' symbols)" -gt 50 ]
}
