# as: user (needs no rights)
# build.bats: what make says if something is missing, what it builds again, the
# scripts that generate sources, and that the same tree gives the same bytes.
load lib/script

TREE=$BATS_TEST_DIRNAME/..

# lacks NAME...: in a folder ./pc are all files of pkg-config but these.
lacks() {
	local name folder folders
	IFS=: read -ra folders <<<"$(pkg-config --variable pc_path pkg-config)"
	rm -rf pc b
	mkdir pc
	for folder in "${folders[@]}"; do
		[ ! -e "$folder" ] || ln -sf "$folder"/*.pc pc/
	done
	for name; do
		rm "pc/$name.pc"
	done
}

# making TARGET...: make, in a folder of its own, with what ./pc has.
making() {
	PKG_CONFIG_LIBDIR=$PWD/pc timeout $((2 * LIMIT)) make -C "$TREE" B="$PWD/b" "$@"
}

# bats test_tags=check,not-core
@test "make: without libraries it names their packages, and how to go on without root" {
	lacks libbsd jansson
	run -2 making -n all
	assert_line --partial "onlyone cannot be built: it needs "
	assert_line 'as root:      apt-get install libjansson-dev libbsd-dev'
	assert_line --partial 'without root: make deps && make '
}

# bats test_tags=not-core
@test "make: without any one library it names the package, or what is left out; without a compiler that" {
	local name package
	while read -r name package; do
		lacks "$name"
		run -2 making -n all
		assert_line --partial "onlyone cannot be built: it needs $package"
		assert_line "as root:      apt-get install $package"
		assert_line --partial 'without root: make deps && make '
	done <<-'END'
		libbsd libbsd-dev
		libmd libmd-dev
		jansson libjansson-dev
	END
	while read -r name package; do
		lacks "$name"
		prints -0 "Without onlyone-raise: it needs $package" \
			making -s "$PWD/b/without-raise"
	done <<-'END'
		xcb-res libxcb-res0-dev
		wayland-client libwayland-dev
		wayland-protocols wayland-protocols
		wayland-scanner libwayland-bin
		libsystemd libsystemd-dev
	END
	while read -r name package; do
		lacks "$name"
		prints -0 "Without onlyone-cluster: it needs $package" \
			making -s "$PWD/b/without-cluster"
	done <<-'END'
		libnghttp2 libnghttp2-dev
		libprotobuf-c libprotobuf-c-dev
		libssl libssl-dev
	END
	lacks
	prints -0 'Without onlyone-cluster: it needs protobuf-c-compiler' \
		making -s "$PWD/b/without-cluster" PROTOC_C=/none
	run -2 making -n all CC="$PWD/nowhere"
	assert_line --partial 'it needs gcc'
	run -2 making -n all PKG_CONFIG="$PWD/nowhere"
	assert_line --partial 'it needs pkg-config '
	# These compile nothing.
	run -0 making help CC="$PWD/nowhere"
	run -0 making -n uninstall CC="$PWD/nowhere"
}

# bats test_tags=not-core
@test "make: a library that came later is used, one that went is not; PREFIX compiles only what has it" {
	lacks xcb-res
	run -0 making -n all
	refute_output --partial b/onlyone-raise
	assert_output --partial b/without-raise
	lacks
	run -0 making -n all
	assert_output --partial b/onlyone-raise
	# As it was built: nothing is left to do but for another PREFIX.
	run -0 make -n -C "$TREE" PREFIX=/opt all
	assert_output --partial build/cli/base/part_path.o
	refute_output --partial ' -c -o build/cli/base/buf.o'
	prints -0 '' make -s -q -C "$TREE" all
}

@test "embed: each handler is a string, byte for byte, without the comments between its lines" {
	cat >one.sh <<-'END'
		#!/bin/sh
		# One.
		# Programs: aleph
		#    beth
		# It stays.

		# it goes
		echo "a\b" # stays
			# goes
		printf '%s\n' "$1"
	END
	"$TREE/cli/core/handover/embed" "$PWD/one.sh" >rows.c
	cat >print.c <<-'END'
		#include <stdio.h>
		#include <string.h>
		#include "rows.c"
		int main(void) {
			printf("%s|%s|%d\n", row_programs, row_texts[0].name,
			    row_texts[1].name == 0);
			fputs(row_texts[0].text, stdout);
		}
	END
	cc -I"$TREE" -o print print.c
	prints -0 $' aleph beth|one|1\n#!/bin/sh\n# One.\n# Programs: aleph\n#    beth\n# It stays.\n\necho "a\\b" # stays\nprintf \'%s\\n\' "$1"' ./print
}

@test "doors: one for each symbol from outside that is in no list; data without a place in it is an error" {
	local early=$TREE/cli/core/early
	printf '%s\n' '# read is a word here' 'read kernel' 'strlen pure' >list
	cat >some.c <<-'END'
		extern int outside;
		int ours(void);
		int own(void) { return 0; }
		long read(int, void *, unsigned long), strlen(const char *);
		int puts(const char *);
		int both(void) { return outside + ours() + own() + read(0, 0, 0) +
		    strlen("") + puts(""); }
	END
	echo 'int ours(void) { return 1; }' >more.c
	cc -w -fno-builtin -c some.c more.c
	prints $'DOOR(outside)\nDOOR(puts)' "$early/doors" make nm list none some.o more.o
	run -0 "$early/doors" make nm list turns some.o more.o
	assert_line 'TURN(read)'
	refute_line --partial strlen
	# The first list that has a symbol counts, and one may be given many a line.
	echo 'puts outside user' >first
	prints --partial $'outside user\nputs user\nread kernel\nstrlen pure' \
		sh -c 'nm some.o more.o | "$0" first list' "$early/kinds"
	echo 'int __wrap_outside; int outside; int main(void) { return 0; }' >bad.c
	cc -fno-pie -no-pie -o bad bad.c
	prints -1 'list: outside is data: name it' "$early/doors" check nm list ./bad
	echo 'outside data' >>list
	sed 's/__wrap_//' bad.c >good.c
	cc -w -c good.c
	prints -0 '' "$early/doors" check nm list good.o
}

# bats test_tags=not-core
@test "image: a symbol in no list, or that user.c lacks, ends the build of the simulator" {
	wants x86-64
	echo 'int main(void) { return unheard_of(); } int malloc(void) { return 1; }' >a.c
	cc -w -fno-builtin -fno-pie -c a.c
	cd "$TREE"
	run -1 tests/sim/image nm ld "$OLDPWD/to.o" "$OLDPWD/a.o"
	assert_output --partial 'unheard_of: in none of tests/sim/symbols cli/core/early/symbols'
	sed -i 's/unheard_of/getcwd/' "$OLDPWD/a.c"
	(cd "$OLDPWD" && cc -w -fno-builtin -fno-pie -c a.c)
	run -1 tests/sim/image nm ld "$OLDPWD/to.o" "$OLDPWD/a.o"
	assert_output --partial 'getcwd: user.c lacks it'
	sed -i 's/getcwd/getpid/' "$OLDPWD/a.c"
	(cd "$OLDPWD" && cc -w -fno-builtin -fno-pie -c a.c)
	run -0 tests/sim/image nm ld "$OLDPWD/to.o" "$OLDPWD/a.o"
	prints --regexp ' U sim_getpid$' sh -c 'nm "$0" | grep getpid' "$OLDPWD/to.o"
}

@test "make: the same bytes from two folders, whatever their names, and none of these in them" {
	local folder program
	for folder in one another-folder; do
		mkdir $folder
		(cd "$TREE" && tar -c cli preload man Makefile) | tar -x -C $folder
		run -0 timeout $((9 * LIMIT)) make -s -C $folder -j2
	done
	for program in onlyone onlyone-raise onlyone-cluster libonlyone.so \
		libonlyone-window.so; do
		cmp {one,another-folder}/build/$program
		run ! grep -aF "$PWD" one/build/$program
	done
}

# tests_run FILE...: tests/run in a tree of its own, of which make builds nothing.
tests_run() {
	mkdir -p tree/{build,cli,preload,man,.ci,tests}
	cp -a "$BATS_TEST_DIRNAME"/{run,lib,unit} tree/tests/
	touch tree/{README.md,LICENSE}
	printf '%%:\n\t@echo $@ >>made\n' >tree/Makefile
	printf '# as: user\n%s\n' "@test 'waits' { sleep $1; }" >tree/tests/waits.bats
}

@test "tests/run FILE builds what that file needs; TERM ends all that it has begun" {
	local n=9$SRANDOM check=()
	tests_run "$n"
	begin tree/tests/run waits >out
	wait_until 'the test runs' pgrep -xf "sleep $n"
	prints core-programs cat tree/made
	IFS=/ read -rd '' _ _ check _ < <(grep -aoz '/tmp/check-onlyone\.[^/]*' \
		"/proc/$(pgrep -xf "sleep $n")/environ")
	ends_by TERM "$BEGUN" 143
	run -1 pgrep -xf "sleep $n"
	[[ $check == check-onlyone.* ]]
	run grep -lsF "$check" /proc/[0-9]*/environ
	assert_output ''
	[ ! -e "/tmp/$check" ]
}
