# hardening.bats: how the shipped binaries were compiled and linked, read from them
# (cli/HACKING.md, Hardening).
# as: user
# bats file_tags=not-core
load lib/common

@test "hardening: nothing is both written and executed, no library sought by a path of ours" {
	for binary in "$BUILD"/onlyone{,-raise,-cluster} "$BUILD"/libonlyone{,-window}.so; do
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
	# The launcher is static, and lies where HACKING says.
	run readelf -hlW "$BUILD/onlyone"
	assert_line --regexp 'Type: +EXEC '
	refute_line --regexp '^ *(INTERP|DYNAMIC) '
}

@test "hardening: our objects have landings, probes of the stack, guards, checks of buffers" {
	wants x86-64
	for folder in cli preload shim; do
		while read -r object; do
			readelf -n "$object" | grep -q 'IBT, SHSTK' || fail "no landings: $object"
		done < <(find "$BUILD/$folder" -name '*.o')
		# A frame larger than a page is taken page by page.
		find "$BUILD/$folder" -name '*.o' -exec objdump -d --no-show-raw-insn {} + >code
		[ "$folder" = preload ] ||
			[ "$(grep -cE 'or[ql] +\$0x0,(0x[0-9a-f]+)?\(%rsp\)' code)" -gt 5 ]
		# The other one is -128.
		prints -1 '' grep -vE 'sub +\$0x(1000|ffffffffffffff80),%rsp' \
			<(grep -E 'sub +\$0x[0-9a-f]{4,},%rsp' code)
	done
	find "$BUILD/cli" -name '*.o' -exec nm -u {} + >symbols
	[ "$(grep -c __stack_chk_fail symbols)" -gt 100 ]
	[ "$(grep -c '_chk$' symbols)" -gt 50 ]
}
