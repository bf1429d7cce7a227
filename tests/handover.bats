# as: user (rows that another user has written are tried as root)
# handover.bats: --on-activate=auto, self and dbus, and the rows of programs.
#
# A row says how documents reach a running program.  Here ours are tested as data, with
# a guest of that name; editor.bats and programs-table.bats have the programs.
load lib/enforce
load lib/script

own_setup() {
	umask 022
	export HOME=$PWD/home LC_ALL=C.UTF-8
	unset XDG_CONFIG_HOME
	USERS=$HOME/.config/onlyone/handover
	mkdir -p "$USERS"
	BLANK='a  b' QUOTES="it's \"q\" \\ \$HOME \`x\` * %# ~" NL=$'two\nlines'
	cp "$GUESTS/guest" player
}

# row FILE FIELD... -- LINE...
row() {
	local file=$1
	mkdir -p "${file%/*}"
	shift
	: >"$file"
	while [ "$1" != -- ]; do
		echo "# $1" >>"$file"
		shift
	done
	printf '%s\n' "${@:2}" >>"$file"
}

# system_rows: those of the system, which only the build with test points looks
# for in another place.
system_rows() {
	export ONLYONE_TEST_ETC=$PWD/etc
	SYSTEMS=$ONLYONE_TEST_ETC/onlyone/handover
	mkdir -p "$SYSTEMS" "$USERS"
	PATH=$BUILD/points:$PATH
}

# way WORDS [PROGRAM]: what the plan says of the handler.
way() {
	run -0 --separate-stderr onlyone --dry-run --on-activate=auto \
		"./${2-player}"
	assert_line --partial "handler:     auto ($1"
}

# keyed KEY PROGRAM ARG...: the plan has this key for it.
keyed() {
	cp -n "$GUESTS/guest" "$2"
	run launch --dry-run --on-activate=auto "./$2" "${@:3}"
	assert_line --partial "key:         $1 ("
}

# bats test_tags=check
@test "default, auto, self, dbus: a program that has a row hands over without an option; what cannot be handed over is named; one without a row starts; the plan names the way; the first launch's file with exact arguments, or onlyone-raise, gets the documents" {
	row "$USERS/player.sh" 'Programs: player' 'Documents: -s' 'Options: -r' \
		-- '[ $# -eq 0 ] || printf "<%s>" "$@"'
	begin_guest onlyone ./player a
	prints -0 '<b>' onlyone ./player b
	run -0 --separate-stderr onlyone ./player -r -s 5 --shuffle b
	assert_output '<-r><b>'
	says "player (pid $BEGUN) is running; not handed over: -s 5 --shuffle"
	run -69 --separate-stderr onlyone --must-deliver ./player --shuffle b
	assert_output ''
	says 'cannot hand over --shuffle; so nothing was handed over (--must-deliver)'
	refusal=$stderr
	# The instance's own handler counts, also where a launch finds no row.
	mv "$USERS/player.sh" row.sh
	run -69 --separate-stderr onlyone --must-deliver ./player --shuffle b
	assert_equal "$stderr" "$refusal"
	mv row.sh "$USERS/player.sh"
	# none switches it off, for a launch, or for an instance.
	run -0 --separate-stderr onlyone --on-activate=none ./player b
	assert_output ''
	says 'was not given b, because of --on-activate=none'
	frees killed "$BEGUN"
	begin_guest onlyone --on-activate=none ./player a
	run -0 --separate-stderr onlyone ./player b
	says "can't open b: it was started with --on-activate=none"*'use -d '
	prints -0 '<b>' onlyone --on-activate=auto ./player b
	frees killed "$BEGUN"
	# Without a row: if it turns out to have a window, its second start is tried.
	rm "$USERS/player.sh"
	prints -4 '' onlyone --on-activate=auto "$GUEST" exit 4
	# Where another thing was typed, it is not.
	run -4 --separate-stderr onlyone --on-activate=auto -a mine "$GUEST" exit 4
	says 'auto*guest*no way*is known*started without a handler'
	begin_guest onlyone -q --on-activate=auto "$GUESTS/guest"
	run -69 onlyone --must-deliver "$GUESTS/guest" lost
	cp player emacs
	mkdir bin other
	script bin/emacsclient /bin/sh 'exit 0' # that its row needs
	PATH=$PWD/bin:$PATH way 'emacsclient, and a server that is started for it' emacs
	way 'its own second start, if it has a window and hands over on its own'
	run -0 onlyone --dry-run --on-activate='echo hi' ./emacs a
	assert_line 'handler:     echo hi'
	run -0 onlyone --dry-run --on-activate=none ./emacs a
	refute_output --partial 'handler:     auto'
	run -0 onlyone --explain --on-activate=self ./player exit 0
	assert_line 'handler:     self (starting the program itself again)'
	run -64 onlyone --on-activate=self -c 'exit 3'
	frees killed "$BEGUN"
	# The program itself.
	script bin/app /bin/sh '[ -n "$ONLYONE_PID" ] || exec "$GUESTS/guest"' \
		'printf "<%s>" "$@"' 'echo " $0 ${ONLYONE_DISABLE-none}"' \
		'echo Gtk-WARNING >&2' 'exit "$1"'
	script other/app /bin/sh 'echo other'
	begin_guest env PATH="bin:$PATH" onlyone --app=x --on-activate=self app
	cd other
	PATH=$PWD:$PATH run -7 --separate-stderr onlyone --app=x ./app 7 \
		"$BLANK" "$QUOTES" "$NL" -- -dash ''
	assert_output "<7><$BLANK><$QUOTES><$NL><--><-dash><> ${PWD%/other}/bin/app none"
	assert_equal "$stderr" Gtk-WARNING
	prints "$BEGUN" onlyonectl pid x
	frees killed "$BEGUN"
	cd ..
	# D-Bus.
	beside_setup
	begin_guest onlyone --on-activate=dbus "$GUESTS/guest"
	run -0 --separate-stderr onlyone "$GUESTS/guest" --new-window +3 "$BLANK" \
		"$QUOTES" "$NL" -- -dash +5
	says "guest (pid $BEGUN) is running; not handed over: --new-window +3"
	to="<--dbus><--mark=$(the_slot)><--run=$(the_run)><--><$BEGUN>"
	assert_equal "$(<given)" "$to<$BLANK><$QUOTES><$NL><./-dash><./+5>"
	: >given
	# What may have arrived (2) is not given again.
	echo 2 >status
	run -69 --separate-stderr onlyone "$GUESTS/guest" doc
	says "guest (pid $BEGUN) did not take the documents*"
	assert_equal "$(<given)" "$to<doc>"
	rm beside/onlyone-raise
	run -4 --separate-stderr onlyone -k x --on-activate=dbus "$GUEST" exit 4
	says 'dbus*guest*needs onlyone-raise*started without a handler'
}

@test "self: on a terminal its own words are shown where it fails, or with -v; no rule is enforced for it" {
	script app /bin/sh '[ -n "$ONLYONE_PID" ] || exec "$GUESTS/guest"' \
		'echo "$ONLYONE_APP ${ONLYONE_PASS-none} $*"' \
		'echo Gtk-WARNING >&2' 'exit "$1"'
	begin_guest onlyone --on-activate=self ./app
	LD_PRELOAD=$SHIM ONLYONE_ENFORCE=app run -6 --separate-stderr launch ./app 6
	assert_output "$PWD/app none 6"
	for row in '0 ./app 0' '1 ./app 7' '1 -v ./app 0'; do
		run timeout -k 5 $LIMIT "$BATS_TEST_DIRNAME/lib/terminal.py" \
			"onlyone ${row#* }; echo END" '<END' .
		assert_equal "$row: $(grep -c WARNING <<<"$output")" "$row: ${row%% *}"
	done
}

# beside_setup: onlyone with a stand-in for onlyone-raise beside it, which notes
# what it is given; its status is in the file status.
beside_setup() {
	mkdir beside
	cp "$BUILD/onlyone" "$BUILD/libonlyone.so" beside
	script beside/onlyone-raise /bin/sh \
		'[ "$1" = --dbus ] || exit 0 # the keeper has its own' \
		"printf '<%s>' \"\$@\" >>'$PWD/given'" "read -r code <'$PWD/status'" \
		'exit "$code"'
	echo 0 >status
	PATH=$PWD/beside:$PATH
	hash -r
}

@test "rows: a user's file is one, with what it needs, inserts and keeps" {
	row "$USERS/player.sh" 'player.sh: for our player.' \
		'Programs: other' '  player' 'How: a friend' 'Needs: cat' \
		'Insert: say' 'Insert: {slot} \ "$HOME"' '   and   {slot}/hand' \
		'Documents: -[ab]c -long' 'Options: + -long' -- \
		'echo "${ONLYONE_PROGRAM##*/} $ONLYONE_DOCUMENTS $ONLYONE_HAND $(uri "é %/~")"' \
		"printf '<%s>' \"\$@\"" 'exit 7'
	way "a friend; $USERS/player.sh"
	begin onlyone --on-activate=auto ./player say "it's" wait "$PWD/end" exit 0 \
		>said
	guest_runs "$BEGUN"
	run -7 --separate-stderr launch ./player -ac x -x --long '' y + 'a  b' \
		+3 --long=1 z -- -ac $'n\nl'
	assert_output "player 5 $(the_slot)/hand file://$PWD/%C3%A9%20%25/~
<--long><><y><+><a  b><--long=1><z><./-ac><n
l>"
	says " (pid $BEGUN) is running; not handed over: -ac x -x +3"
	slot=$(the_slot)
	: >end
	ends "$BEGUN" 0
	prints "$slot \\ \"\$HOME\" and   $slot/hand
it's" cat said
	# With ONLYONE_DISABLE nothing is inserted.
	ONLYONE_DISABLE=1 prints -4 '' launch --on-activate=auto ./player exit 4
	# A message names what is needed and missing, and it starts.
	row "$USERS/player.sh" 'Programs: player' 'Needs: cat no-such-command' -- :
	way 'it needs no-such-command, which is not installed; none is set'
	run -4 --separate-stderr launch --on-activate=auto ./player exit 4
	says 'player*needs no-such-command*started without a handler'
}

@test "rows: the user's comes before the system's, that before ours; the name that was typed before its file's" {
	system_rows
	cp "$GUESTS/guest" emacs
	ln -s player video
	for place in "$USERS" "$SYSTEMS"; do
		row "$place/b.sh" 'Programs: player emacs' 'How: b' -- :
		row "$place/a.sh" 'Programs: player emacs' 'How: a' -- :
		row "$place/B.sh~" 'Programs: player emacs' 'How: left' -- :
	done
	row "$SYSTEMS/video.sh" 'Programs: video' 'How: typed' -- :
	way "a; $USERS/a.sh" emacs
	way "typed; $SYSTEMS/video.sh" video
	rm "$USERS"/*
	way "a; $SYSTEMS/a.sh" emacs
	rm "$SYSTEMS"/{a,video}.sh
	way "b; $SYSTEMS/b.sh" video
	# Two lines of comments are one that goes on with a built-in one.
	row "$USERS/player.sh" 'Programs: player' 'Then: self' --
	way "starting the program itself again; $USERS/player.sh"
	row "$USERS/player.sh" 'Programs: player' 'Then: nothing' --
	way 'its "# Then:" names an unknown row; none is set'
}

# refused WORDS: the row is passed over, with this note.
refused() {
	run -4 --separate-stderr launch --on-activate=auto ./player exit 4
	assert_equal "${#stderr_lines[@]}" 1
	[[ $stderr == "onlyone: ignored: "*"$1"* ]] || fail "says: $stderr"
}

# bats test_tags=both
@test "trust: what others can write to, or have written, is refused, and said; what is no row, too; the next one counts" {
	local file=$USERS/player.sh path what
	system_rows
	row "$file" 'Programs: player' 'How: ours' -- :
	for path in "$file" "$USERS"; do
		chmod g+w "$path"
		refused "$path is writable by others"
		chmod g-w "$path"
	done
	rm "$file"
	mkfifo "$file"
	refused "$file is not a plain file"
	rm "$file"
	for what in : '# Programs: player\n\0'; do
		printf "$what" >"$file"
		refused "$file: not a file of ways to hand documents over"
	done
	{ echo '# Programs: player'; head -c 70000 /dev/zero; } >"$file"
	refused "$file: File too large"
	row "$SYSTEMS/player.sh" 'Programs: player' 'How: next' -- :
	way "next; $SYSTEMS/player.sh"
	[[ $stderr == *"ignored: $file"* ]]
	rm "$file"
	[ "$(id -u)" = 0 ] || return 0
	chown 1001 "$SYSTEMS/player.sh"
	refused "$SYSTEMS/player.sh belongs to another user"
	chown 1001:0 "$SYSTEMS"
	refused "$SYSTEMS belongs to another user"
}

@test "own, aside: with one option the command line is an instance, with another it is none" {
	row "$USERS/player.sh" 'Programs: player' 'Documents: -s' 'Insert: wait' \
		'Own: -d' 'Aside: -v* -batch' -- 'echo taken'
	run launch --dry-run ./player -d b c
	assert_line --regexp '^key: *-d'
	keyed none player -s -d b
	keyed none player -- -d b
	begin_guest onlyone ./player a
	begin_guest onlyone ./player -d b c
	prints -0 '' launch ./player -d b c
	prints -0 taken launch ./player exit 7
	# Beside those.
	prints -7 '' launch ./player a -version exit 7
	assert_equal "$(ctl count player)" 2
	run -0 launch --dry-run ./player --batch
	assert_line --regexp '^would: *run it as it is, and not as an instance'
	refute_line --regexp '^(key|scope|slot|if running|handler):'
	prints -0 taken launch ./player -- -version
}

@test "own, aside, apart: where a name, a number or a policy is typed, they make no key, and nothing runs beside" {
	row "$USERS/player.sh" 'Programs: player' 'Documents: -p' 'Own: -d' 'Aside: -batch' \
		'Apart: -p' -- 'echo taken'
	for typed in '-a n' '-j 1' -n --skip --wait -w5 --replace --join --queue --toggle \
		--every=1h --lock-file=l; do
		for words in -batch '-d b' '-p one'; do
			echo "# $typed $words" >&2
			# shellcheck disable=SC2086
			run -0 launch --dry-run $typed ./player $words
			assert_line --regexp '^key: *none'
		done
	done
	begin_guest first= onlyone --wait -a export ./player -batch a
	run -75 launch -n -a export ./player -batch b
	run -75 launch -w 0 -j 1 -a export ./player -d b
	prints -0 "$first" ctl pid export
	run -0 ctl stop export
	# A rule is typed, too.
	run -0 ctl enable player --skip
	run -0 launch --dry-run ./player -batch
	assert_line --regexp '^options: *--skip '
	assert_line --regexp '^key: *none'
}

@test "ours: another profile is an instance of its own, and gets its own documents; a viewer has one for each" {
	mkdir p1
	# A row for another program does not apply to this one.
	row "$USERS/other.sh" 'Programs: other' -- 'echo taken'
	while IFS='|' read -r key words; do
		echo "# $words" >&2
		# shellcheck disable=SC2086
		keyed "$key" $words
	done <<-END
		none|firefox a.html
		none|evince --fullscreen
		$PWD/-b|atril -f -- -b
		none|gvim -f a
		none|kate -b -l 5 a
		A|gvim --servername A a
		work|thunderbird a.html -p work
		$PWD/p1|firefox --profile p1
		none|firefox -- -P work
		$PWD/p1|chromium x --user-data-dir p1
		/x|soffice -env:UserInstallation=file:///x --writer
		$PWD/p1|geany -c p1 a.c
		--single-instance|kitty --single-instance
		none|none -e a
	END
	run launch --dry-run --app=/usr/bin/firefox ./firefox -P a
	assert_line --partial 'key:         a ('
	run launch --dry-run -k x ./firefox -P a
	assert_line --partial 'key:         x ('
	script firefox /bin/sh '[ -n "$ONLYONE_PID" ] || exec "$GUESTS/guest"' \
		'echo "$ONLYONE_PID $*"'
	begin_guest first= onlyone ./firefox
	begin_guest second= onlyone ./firefox -P work
	prints "$first a" launch ./firefox a
	prints "$second a -P work" launch ./firefox a -P work
}
