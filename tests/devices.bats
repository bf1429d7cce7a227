#!/usr/bin/env bats
# as: root
# devices.bats: keys by inode and by path, where only root can make the case.
#
# One device has many nodes, one folder many mounts: {inode:N} knows that they
# are one; {path:N} goes by the name.
load lib/world

own_setup() {
	cat >>"$place/prelude" <<-'END'
		arrived() { [ -s "$mine.reached" ] || has "^$1 main"; }
		# reach TEMPLATE FILE: $pid is the process that this led to; the
		# template is the application's name as well.
		reach() {
			: >"$mine.reached"
			onlyone -q -a "$1" -k "$1" \
				--on-activate='echo "$ONLYONE_PID"' \
				"$GUESTS/guest" "$2" \
				>"$mine.reached" </dev/null &
			until_true arrived "$!"
			pid=$(cat "$mine.reached")
			[ -n "$pid" ] || pid=$!
		}
		# one TEMPLATE FILE...: all these are one.
		one() {
			local first template=$1
			shift
			: >"$mine.said"
			reach "$template" "$1"
			first=$pid
			for file in "${@:2}"; do
				reach "$template" "$file"
				is "$pid" "$first"
			done
		}
		# all TEMPLATE FILE...: no two of these are one.
		all() {
			local seen=() template=$1
			shift
			for file; do
				reach "$template" "$file"
				[[ " ${seen[*]} " != *" $pid "* ]] || {
					echo "$template: $file was there"
					exit 1
				}
				seen+=("$pid")
			done
		}
	END
	LOOP=
}

own_teardown() { [ -z "$LOOP" ] || losetup -d "$LOOP"; }

@test "device: all nodes of one character device are one, another device is another" {
	wants mknod
	within '
	mknod "$mine.null" c 1 3
	mknod "$mine.also" c 1 3
	mknod "$mine.zero" c 1 5
	ln -s "$mine.also" "$mine.link"
	one "{inode:1}" /dev/null "$mine.null" "$mine.also" "$mine.link"
	one "{inode:1}" /dev/zero "$mine.zero"
	all "x{inode:1}" /dev/null "$mine.zero" /dev/full
	all "{path:1}" /dev/null "$mine.null" "$mine.also"
	is "$(onlyonectl pid "{inode:1}" "char 1:3")" \
		"$(onlyonectl list "{inode:1}" --json |
			jq ".[] | select(.key == \"char 1:3\").pid")"'
}

@test "device: two nodes of a loop device are one, two loop devices are two" {
	wants loop mknod
	truncate -s 64K image
	LOOP=$(losetup --find --show image)
	within "loop=$LOOP number=\$((0x$(stat -c %T "$LOOP")))"'
	mknod "$mine.node" b 7 "$number"
	mknod "$mine.next" b 7 $((number + 1))
	one "{inode:1}" "$loop" "$mine.node"
	all "x{inode:1}" "$mine.node" "$mine.next"
	# The device is not the file behind it.
	all "y{inode:1}" "$loop" '"$PWD/image"
}

@test "mounts: a bind mount is one file by inode, and two by path" {
	within '
	mkdir "$mine.a" "$mine.b"
	: >"$mine.a/file"
	: >"$mine.single"
	mount --bind "$mine.a" "$mine.b"
	mount --bind "$mine.a/file" "$mine.single"
	one "{inode:1}" "$mine.a/file" "$mine.b/file" "$mine.single"
	one "x{inode:1}" "$mine.a" "$mine.b"
	all "{path:1}" "$mine.a/file" "$mine.b/file" "$mine.single"'
}

@test "mounts: files of two file systems with the same number are two" {
	within '
	mkdir "$mine.a" "$mine.b"
	mount -t tmpfs none "$mine.a"
	mount -t tmpfs none "$mine.b"
	: >"$mine.a/file"
	: >"$mine.b/file"
	is "$(stat -c %i "$mine.a/file")" "$(stat -c %i "$mine.b/file")"
	all "{inode:1}" "$mine.a/file" "$mine.b/file"'
}

@test "mounts: what is mounted over is another file, under the same path" {
	within '
	mkdir "$mine.a"
	: >"$mine.a/file"
	reach "{inode:1}" "$mine.a/file"
	inode=$pid
	reach "{path:1}" "$mine.a/file"
	path=$pid
	mount -t tmpfs none "$mine.a"
	: >"$mine.a/file"
	reach "{path:1}" "$mine.a/file"
	is "$pid" "$path"
	reach "{inode:1}" "$mine.a/file"
	[ "$pid" != "$inode" ]
	umount "$mine.a"
	reach "{inode:1}" "$mine.a/file"
	is "$pid" "$inode"'
}

@test "path: below a folder that may not be searched names are taken as they stand" {
	within '
	key() {
		"$@" | sed -n "s/^key: *\(.*\) (.*/\1/p"
	}
	mkdir "$mine.dir" "$mine.root" "$mine.dir/closed"
	ln -s elsewhere "$mine.dir/closed/link"
	chmod 700 "$mine.dir/closed"
	chown 1000 "$mine.root"
	export ONLYONE_DIR=$mine.root
	asked() {
		key user onlyone --dry-run -k "{path:1}" true "$1"
	}
	is "$(asked "$mine.dir/closed/./link")" "$mine.dir/closed/link"
	is "$(asked "$mine.dir/closed/x/../link/")" "$mine.dir/closed/link"
	is "$(asked "$mine.dir/closed/../../${mine##*/}.dir")" "$mine.dir"
	export ONLYONE_DIR=$mine
	is "$(key onlyone --dry-run -k "{path:1}" true \
		"$mine.dir/closed/link")" "$mine.dir/closed/elsewhere"'
}
