# as: user (desktop programs run as an ordinary user)
# run: desktop
# each.bats: -d with a program that is single on its own.
#
# The process for the second document hands it over to the first process, and exits.
# From then on the first process is given its own document again, where it would
# otherwise only be raised, with the other document in front.
# bats file_tags=not-core
load lib/x11
load lib/script

# one DOCUMENT: single by itself.  The first one shows a window and notes in `opened`
# what it is given; a later one has it note its own, after $SLOW ms, and ends.  For
# "fails" it fails, and for "odd" it exits with 255 then; for "closes" it is a process of its own, whose window is closed
# soon.
own_setup() {
	desk
	: >opened
	export SLOW=0
	NAME=one WITH=()
	script one /usr/bin/wish <<-'END'
		proc note {file words} {
			set f [open $file a]
			puts $f $words
			close $f
		}
		set doc [lindex $argv end]
		wm title . $doc
		if {$doc eq "closes"} {
			bind . <Map> {after 400 exit}
		} elseif {$doc eq "fails"} {
			wm withdraw .
			exit 1
		} elseif {![catch {exec mkdir first}]} {
			set f [open first/pid w]
			puts $f [pid]
			close $f
			note opened $doc
		} else {
			wm withdraw .
			after $env(SLOW) {
				note opened $doc
				exit [expr {$doc eq "odd" ? 255 : 0}]
			}
		}
	END
}

# first DOCUMENT: begin it there, until its window is there; $FIRST.
first() {
	begin FIRST= onlyone -d "${WITH[@]}" ./one "$1" </dev/null >/dev/null 2>&1
	wait_until "the window of $1" window_named "^$1\$"
}

# other DOCUMENT [STATUS]: a launch whose process exits on its own; its slot is free
# then.
other() {
	run "-${2-0}" onlyone -d "${WITH[@]}" ./one "$1" </dev/null
	wait_until 'its slot is free' count_is $NAME 1
}

# again [OPTION...] DOCUMENT: that of the process that runs.
again() { run -0 onlyone -d "${WITH[@]}" "${@:1:$#-1}" ./one "${@: -1}" </dev/null; }

# opened DOCUMENT...: these it was given, in this order.
opened() { assert_equal "$(echo $(<opened))" "$*"; }

@test "the first document alone is only raised; after a second one, and a third, each comes to the process again, in one process; -v and the log say so" {
	first a
	again a
	opened a
	refute test -e "$(the_slot)/gathers"
	other b
	again a
	opened a b a
	other c
	again -v a
	assert_line --regexp "^onlyone: .*one hands over to the running one; several documents are there now .pid $FIRST.\$"
	other b
	again a
	opened a b a c a b a
	assert_equal "$(ctl pid one "$PWD/a")" "$FIRST"
	run -0 ctl log one b
	assert_output --regexp "has handed over.*to pid $FIRST"
	# Who is to have no handler has none; nor is another option dropped.
	again --on-activate=none a
	opened a b a c a b a
	frees killed "$FIRST"
}

@test "that is known of this instance: after its keeper was killed, too, before or after; not of the next one in its slot" {
	first a
	other b
	keeper_killed one
	again a
	opened a b a
	frees killed "$FIRST"
	rm -r first
	first a
	again a
	opened a b a a
	keeper_killed one
	other c
	again a
	opened a b a a c a
	# It crashes: the next one starts afresh, with its own document.
	frees killed "$FIRST"
	rm -r first
	first b
	again b
	opened a b a a c a b
	# What a folder has of an earlier instance, or is no number, counts for nothing.
	for junk in '' 12345678 1 'more than eight bytes'; do
		printf %s "$junk" >"$(the_slot)/gathers"
		again b
	done
	opened a b a a c a b
	frees killed "$FIRST"
}

@test "what was handed over is in front, also where the program does not see to that" {
	first a
	window=$(window_named '^a$')
	cover
	run -0 onlyone -d ./one b </dev/null
	wait_until 'it is in front' is_up "$window"
	opened a b
	frees killed "$FIRST"
}

@test "a window for each document, and none that the program raises: that of the document is in front" {
	script many /usr/bin/wish <<-'END'
		proc show {doc} {
			if {![winfo exists .$doc]} {
				toplevel .$doc
				wm title .$doc "$doc.txt - Many"
				wm geometry .$doc 200x200+0+0
			}
		}
		proc look {} {
			foreach doc [glob -nocomplain -tails -directory opened.d *] {
				show $doc
			}
			after 100 look
		}
		wm withdraw .
		set first [catch {exec mkdir opened.d}]
		close [open opened.d/[file rootname [lindex $argv end]] w]
		if {$first} exit
		look
	END
	NAME=many
	begin FIRST= onlyone -d ./many a.txt </dev/null >/dev/null 2>&1
	wait_until 'the window of a' window_named '^a.txt'
	run -0 onlyone -d ./many b.txt </dev/null
	wait_until 'the window of b' window_named '^b.txt'
	for doc in a b a b; do
		wait_until 'one goes on alone' count_is many 1
		cover
		run -0 onlyone -d ./many $doc.txt </dev/null
		wait_until "that of $doc is in front" fronted "$doc.txt - Many"
	done
	frees killed "$FIRST"
}

@test "programs with wxWidgets end with 255 when they have handed over: that counts" {
	first a
	other odd 255
	again a
	opened a odd a
	frees killed "$FIRST"
}

@test "two and three at once: whichever has begun is given its own again; all else begins and hands over" {
	begin onlyone -d ./one a b c </dev/null >/dev/null 2>&1
	wait_until 'three are open' has_lines opened 3
	wait_until 'one goes on' test "$(ctl count one)" -ge 1
	wait_until 'one goes on alone' count_is one 1
	FIRST=$(<first/pid)
	wait_until 'it is known' test -s "$(the_slot)/gathers"
	for doc in a b c; do
		again "$doc"
		assert_equal "$(tail -n 1 opened)" "$doc"
		wait_until 'one goes on alone' count_is one 1
		assert_equal "$(ctl pid one)" "$FIRST"
	done
	frees killed "$FIRST"
}

@test "one that takes long to hand over counts; what has shown a window, failed, or begins where no window is seen does not; nor does another program of the same name" {
	NAME=same WITH=(-a same)
	first a
	# Its window is closed by its user within a second.
	other closes
	again a
	other fails 1
	again a
	# No display is known to its keeper.
	mkdir away
	script away/one /bin/sh 'sleep 0.2'
	run -0 env -u DISPLAY onlyone -d -a same away/one b
	wait_until 'its slot is free' count_is same 1
	script two /bin/sh 'exit 0'
	run -0 onlyone -d -a same ./two b
	wait_until 'its slot is free' count_is same 1
	again a
	opened a
	SLOW=3000 other b
	again a
	opened a b a
	frees killed "$FIRST"
}

# program_with NAME EXT: a, b, then a again: its title is in front, in one process.
program_with() {
	echo "# $1" >&2
	mkdir "$1"
	cd "$1"
	export HOME=$PWD
	for doc in doca docb; do
		case $2 in
		png) cp "$BATS_TEST_TMPDIR/red.png" "$doc.png" ;;
		*) echo "text $doc" >"$doc.txt" ;;
		esac
	done
	begin FIRST= onlyone -d "$1" "doca.$2" </dev/null >/dev/null 2>&1
	wait_until "$1 shows the first" fronted doca
	run -0 onlyone -d "$1" "docb.$2" </dev/null
	wait_until "$1 shows the second" fronted docb
	wait_until 'one goes on alone' count_is "$1" 1
	run -0 onlyone -d "$1" "doca.$2" </dev/null
	wait_until "$1 shows the first again" fronted doca
	assert_equal "$(ctl pid "$1")" "$FIRST"
	frees killed "$FIRST"
	cd ..
}

fronted() {
	look
	[[ $(xdotool getwindowname "$((ACTIVE))" 2>/dev/null) == *"$1"* ]]
}

@test "programs: eom, pluma, gthumb; mousepad and gedit, which have a row: what was asked for is in front" {
	RUNTIME=$(mktemp -d /tmp/onlyone-each.XXXXXX)
	LITTER+=("$RUNTIME")
	begin dbus-daemon --session --nofork --nopidfile \
		--address="unix:path=$RUNTIME/bus"
	wait_until 'a bus is there' test -S "$RUNTIME/bus"
	export DBUS_SESSION_BUS_ADDRESS=unix:path=$RUNTIME/bus \
		XDG_RUNTIME_DIR=$RUNTIME
	# A picture of one pixel.
	base64 -d >"$BATS_TEST_TMPDIR/red.png" <<-'END'
		iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==
	END
	while read -r name ext; do
		program_with "$name" "$ext"
	done <<-'END'
		eom png
		pluma txt
		gthumb png
		mousepad txt
		gedit txt
	END
}
