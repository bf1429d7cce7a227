#!/usr/bin/env bats
# as: user (what is said, and examples for anybody)
# manual.bats: what the manual says is what the program does.
#
# Options, verbs, exit codes, fields, states and messages are compared with the
# program.  Every block of the pages and of README.md (lib/manual.bash) is an
# example, which a test here runs as it is read, in the place it is meant for: a
# session in a terminal of 80 x 24, a script as a file of its own, a crontab's
# line as cron runs it (by the real cron: logins.bats), a unit by systemd's own
# reader.  One without a name, or without a test, fails.
#
# In a session a command comes after "$ " ("> " goes on with it), the other lines
# are what it prints.  There, numbers of two digits and more stand for any, a
# line of digits alone for itself; "..." at the end for anything; /home/me for
# the current folder, /run/onlyone/1000 for the state root,
# /usr/local/lib/onlyone for where the library is.
load lib/manual
load lib/script
load lib/cluster

# Blocks that nothing runs, and why.
not_run() {
	cat <<-'END'
		README.md demo: asks for packages and begins the demo: below
		README.md check: is what runs this; its packages and target: below
		README.md deb: installs packages: what they are, and do: package.bats
		onlyonectl.1 users: asks as every user: others.bats
	END
}

own_setup() {
	mkdir bin
	PATH=$PWD/bin:$PATH
	export HOME=$PWD
}

# section PAGE .Sh|.Ss NAME: its lines, up to the next one of that rank.
section() {
	awk -v rank="$2" -v want="$2 $3" '
		$1 == ".Sh" || $1 == rank { inside = $0 == want; next }
		inside' "$(page "$1")"
}

# plain: mdoc text as it is typed; what is left of roff is an error.
plain() {
	sed -E 's/\\-/-/g; s/\\\(aq/'\''/g; s/\\\(dq/"/g; s/\\e/\x01/g; s/\\&//g
		/\\/s/^/ROFF: /; s/\x01/\\/g'
}

# items: what the .It lines on standard input define, as it is typed.
items() {
	sed -nE 's/^\.It //p' | sed -E '
		s/ Ns Op = Ns (Ar|Cm) (.*)$/[=\2]/
		s/Fl \\- Ar /-- /g
		s/Fl Fl /--/g; s/Fl /-/g; s/ Ns = Ns Ar /=/g; s/ Ns = Ns /=/g
		s/Oo /[/g; s/ Oc/]/g; s/Op (.*)$/[\1]/
		s/(^|[[ ])(Ar|Cm|Va|Ev|Pa|Em) /\1/g; s/ , /, /g' | plain
}

# normal: with what may differ replaced.
normal() {
	sed -E "
		${THERE:+s#$HOME/bin/#$THERE/#g;} s#$HOME#/home/me#g; s#$ONLYONE_DIR#/run/onlyone/1000#g
		s#$(realpath "$BUILD")/(libonlyone.so|onlyone-raise)#/usr/local/lib/onlyone/\1#g
		/^ok +enforcement is not for all users/d # a build of the user's own
		s#pts/[0-9]+#pts/N#g; s/^(ok     kernel: ).*/\1N/; s/[0-9a-f]{32}/HASH/g
		s/ +/ /g; /^[0-9]+\$/!s/[0-9]+ (second|minute)s?/AGE/g
		/^[0-9]+\$/!s/[0-9]{2,}/N/g"
}

# counted, started: before and after a command in the background: its instance is
# there (and the file $UP, where its program makes one).  README's examples are also
# pasted as a whole, where nobody waits between two lines.
session_tools() {
	script "$BATS_TEST_TMPDIR/counted" /bin/sh \
		"onlyonectl list --json | jq length >'$BATS_TEST_TMPDIR/count'"
	script "$BATS_TEST_TMPDIR/started" /bin/sh <<-END
		until [ "\$(onlyonectl list --json | jq length)" != \
			"\$(cat '$BATS_TEST_TMPDIR/count')" ] &&
			{ [ -z "\$UP" ] || [ -e "\$UP" ]; }; do
			/bin/sleep 0.02
		done
	END
}

# session PAGE NAME [STEP...]: type it into a terminal, and take these steps
# (terminal.py) while its last command runs; the terminal must show what the page
# says.  If no instance is left, nothing is.
session() {
	local line prompt='\a$ ' more='\a> '
	local -a steps=()
	session_tools
	example "$1" "$2" >"$BATS_TEST_TMPDIR/want"
	[ -s "$BATS_TEST_TMPDIR/want" ] || fail "no example $2 in $1"
	while IFS= read -r line; do
		case $line in
		'$ '*) steps+=('<\x07[$] ') ;;
		'> '*) steps+=('<\x07> ') ;;
		*) continue ;;
		esac
		line=${line#[$>] }
		[[ $line != *' &' ]] || steps+=("!'$BATS_TEST_TMPDIR/counted'")
		steps+=(">${line//\\/\\\\}\\r")
		[[ $line != *' &' ]] || steps+=("!'$BATS_TEST_TMPDIR/started'")
	done <"$BATS_TEST_TMPDIR/want"
	HISTFILE='' PS1=$prompt PS2=$more timeout -k 5 $((5 * LIMIT)) \
		"$BATS_TEST_DIRNAME/lib/terminal.py" \
		"${THERE:+stty cols 250;} exec bash --norc --noprofile --noediting -i" \
		"${steps[@]}" "${@:3}" '<\x07[$] ' '>exit\r' . \
		</dev/null >"$BATS_TEST_TMPDIR/got" 2>&1 3>&- ||
		fail "$1, $2: $(cat "$BATS_TEST_TMPDIR/got")"
	tr -d '\r\a' <"$BATS_TEST_TMPDIR/got" | plain_lines |
		sed '/^\$ exit$/,$d' | normal >"$BATS_TEST_TMPDIR/got.n"
	normal <"$BATS_TEST_TMPDIR/want" >"$BATS_TEST_TMPDIR/want.n"
	compared "$@"
	if [ -z "$LEAVES" ] && [ "$(ctl list --json | jq length)" = 0 ]; then
		wait_until 'nothing is left of it' prints '' offspring
	fi
}

# pasted PAGE NAME: the same, all commands typed at once, in a terminal that shows
# what they print, and nothing else.
pasted() {
	example "$1" "$2" >"$BATS_TEST_TMPDIR/want"
	HISTFILE='' PS1='' PS2='' timeout -k 5 $((5 * LIMIT)) \
		"$BATS_TEST_DIRNAME/lib/terminal.py" \
		"stty -echo ${THERE:+cols 250}; echo here
		exec bash --norc --noprofile --noediting -i" '<here' ">$(
		sed -n 's/\\/\\\\/g; s/^[$>] \(.*\)/\1\\r/p' \
			"$BATS_TEST_TMPDIR/want" | tr -d '\n')exec true\r" . \
		</dev/null >"$BATS_TEST_TMPDIR/got" 2>&1 3>&- ||
		fail "$1, $2: $(cat "$BATS_TEST_TMPDIR/got")"
	tr -d '\r' <"$BATS_TEST_TMPDIR/got" | plain_lines | sed 1d |
		normal >"$BATS_TEST_TMPDIR/got.n"
	grep -v '^[$>] ' "$BATS_TEST_TMPDIR/want" | normal >"$BATS_TEST_TMPDIR/want.n"
	compared "$@"
}

# plain_lines: less colours, and what the shell says of its jobs.
plain_lines() { sed -E 's/\x1b\[[0-9;]*m//g; /^\[[0-9]+\]/d'; }

# compared PAGE NAME: each line that was got is the one wanted.
compared() {
	local want got
	exec 5<"$BATS_TEST_TMPDIR/want.n" 6<"$BATS_TEST_TMPDIR/got.n"
	while IFS= read -r want <&5; do
		IFS= read -r got <&6 || got='(nothing)'
		case $want in
		*...) [ "${got:0:${#want}-3}" = "${want%...}" ] ;;
		*) [ "$got" = "$want" ] ;;
		esac || fail "$1, $2: says
$want
and does
$got
in
$(cat "$BATS_TEST_TMPDIR/got")"
	done
	! IFS= read -r got <&6 || fail "$1, $2: does more: $got"
	exec 5<&- 6<&-
}

# It forgets what runs; what is in bin stands for programs in that folder, with
# which lines are so much shorter than here.
LEAVES='' THERE=''

# stub NAME: a program of that name, from standard input.
stub() {
	{
		echo '#!/bin/sh'
		cat
	} >"bin/$1"
	chmod +x "bin/$1"
}

# --- the pages and the program ------------------------------------------------

# bats test_tags=check
@test "pages: are clean by mandoc's lint, and end what they quote" {
	prints -0 '' mandoc -T lint -W warning "$TREE"/man/*.[1-9]
	for name in "${PAGES[@]}"; do [ -e "$(page "$name")" ]; done
	# To the end of the line is in quotes, or braces; and an option's dashes
	# stand before a word.
	run ! grep -nE '(Ql|Dq|Sq|Brq) .*(Ql|Dq|Sq|Brq) |Fl Fl Ar ' \
		"$TREE"/man/*.[1-9]
	[ "$(ls "$TREE/man")" = "$(printf '%s\n' "${PAGES[@]}" demo.svg site \
		style.css | sort)" ]
}

# bats test_tags=check
@test "pages: name this version's names only" {
	for name in $(grep -ohE 'ONLYONE_[A-Z]+' "$TREE"/man/*.[1-9] | sort -u); do
		grep -q "\"$name\"" "$TREE/preload/contract.h" \
			"$TREE"/cli/cluster/*.h ||
			grep -qw "$name" "$TREE"/cli/core/handover/*.sh ||
			fail "$name"
	done
}

# bats test_tags=check
@test "pages: each promise of onlyone(7) names its tests, and they are there" {
	local part
	for part in '.Sh GUARANTEES' '.Ss What becomes of a later launch' \
		'.Ss Who is trusted with what'; do
		section onlyone.7 "${part%% *}" "${part#* }" >promised
		[ "$(grep -c '^\.It' promised)" -gt 10 ]
		assert_equal "$(grep -c '^\.Bq ' promised)" \
			"$(grep -c '^\.It' promised)"
	done
	for name in $(sed -n 's/^\.Bq //p' "$TREE/man/onlyone.7" | tr -d ,.); do
		[ -e "$TREE/tests/$name.bats" ] || fail "$name"
	done
}

# wide N: what has more than N characters.
wide() { LC_ALL=C.UTF-8 grep -nE ".{$1}."; }

@test "pages: fit into a terminal of 80 columns, by groff and by mandoc, and README's blocks" {
	for file in "${PAGES[@]}"; do
		for how in by_groff by_mandoc; do
			$how <"$(page "$file")" >shown 2>said
			[ -s shown ]
			# It warns of what it cannot break.
			prints '' cat said
			run ! wide 78 <shown
		done
	done
	for name in $(blocks README.md); do
		[[ ' demo deb check ' != *" $name "* ]] || continue
		example README.md "$name" >shown
		run ! wide 80 <shown
	done
	printf '%081d\n' 0 | wide 80
}

# option_words: the options that a --help text defines.
option_words() {
	sed -nE 's/^ +((-[A-Za-z])(, --[a-z-]+(\[?=[A-Za-z]+\]?)?| [A-Z]+)?|--[a-z-]+(\[?=[A-Za-z]+\]?)?)( .*|$)/\1/p'
}

# bats test_tags=check
@test "options: the tables of onlyone(1) and onlyonectl(1) are those of --help=all" {
	for command in onlyone onlyonectl; do
		rank='.Sh OPTIONS'
		[ $command = onlyone ] || rank='.Ss Options'
		section $command.1 $rank | items | sort >page
		timeout $LIMIT $command --help=all | tee all | option_words | sort >help
		[ $command = onlyonectl ] ||
			[ "$(wc -l <help)" = "$(grep -c '^ *-' all)" ]
		[ -s help ]
		diff page help
	done
}

# bats test_tags=check
@test "verbs: those of onlyonectl(1) are those of onlyonectl --help" {
	section onlyonectl.1 .Ss Verbs | items | sort >page
	ctl --help | sed -n '/^Verbs:/,/^$/s/^  //p' | sed 's/   *.*//' |
		sort >help
	[ -s help ]
	diff page help
}

codes() { section "$1" .Sh 'EXIT STATUS' | items | grep -x '[0-9]*' | sort -n; }

# bats test_tags=check
@test "exit codes: those of the pages are those of contract.h, and of --help" {
	sed -nE 's/.*EXIT_[A-Z]+ = ([0-9]+).*/\1/p' "$TREE/preload/contract.h" |
		sort -n >enum
	[ "$(wc -l <enum)" -ge 11 ]
	# onlyone(1): all but 3, which onlyonectl alone has, and success.
	diff <(codes onlyone.1) <({
		echo 0
		grep -vx 3 enum
	} | sort -n)
	# Both: nothing else but doctor's 1, and nothing twice.
	diff <({
		codes onlyone.1
		codes onlyonectl.1
	} | sort -nu) <({
		printf '0\n1\n'
		cat enum
	} | sort -n)
	[ -z "$(codes onlyonectl.1 | uniq -d)" ]
	codes onlyonectl.1 | grep -qx 3
	for code in $({
		launch --help=all
		ctl --help=all
	} | sed -n '/^Exit status:/,/^$/p' | grep -oE '[0-9]{2,}'); do
		codes onlyone.1 | grep -qx "$code" || fail "$code"
	done
}

@test "json, states: the fields and states of onlyonectl(1) are what list shows" {
	state() {
		local word
		word=$(ctl list --json | jq -r '.[0].state')
		assert_equal "$word" "$1"
		section onlyonectl.1 .Ss States | items | grep -qx "$1"
	}
	begin_guest onlyone "$GUESTS/guest"
	diff <(section onlyonectl.1 .Ss JSON | items | sort) \
		<(ctl list --json | jq -r '.[0] | keys[]' | sort)
	state running
	keeper=$(keeper_of guest)
	stopped "$keeper"
	state not-responding
	killed "$keeper"
	state no-keeper
	launch "$GUESTS/guest"
}

@test "messages: each one of onlyone(5) is in the program" {
	local line part n=0
	while IFS= read -r line; do
		while IFS= read -r part; do
			part=$(sed -E 's/^[^A-Za-z-]+//; s/[ (:,;]+$//' <<<"$part")
			[ "${#part}" -ge 4 ] || continue
			grep -aqF -- "$part" "$BUILD/onlyone" || fail "$part"
			n=$((n + 1))
		done < <(sed -E 's/[A-Z]{2,}/\n/g' <<<"$line")
	done < <(section onlyone.5 .Sh DIAGNOSTICS | items)
	[ "$n" -ge 10 ]
}

# --- the examples --------------------------------------------------------------

@test "examples: each one has a name, and a test or a reason" {
	local name file why n=0
	for file in "${PAGES[@]}" README.md; do
		for name in $(blocks "$file"); do
			[ "$name" != '?' ] || fail "$file: a block without a name"
			n=$((n + 1))
			why=$(not_run | sed -n "s/^$file $name: //p")
			[ -n "$why" ] || grep -qxF "@test \"example: $file: $name\" {" \
				"$BATS_TEST_FILENAME" ||
				sessions | grep -qE "^[a-z]+ $file $name( |$)" ||
				fail "$file: $name has no test"
		done
		[ -z "$(blocks "$file" | sort | uniq -d)" ]
	done
	# And each test, and each reason, its block.
	assert_equal "$({
		not_run
		sessions
		grep '^@test "example: ' "$BATS_TEST_FILENAME"
	} | wc -l)" "$n"
	[ "$n" -gt 15 ]
}

# Sessions that want no more than a place, and a program or two: what runs them
# (make check, or all; windows: with onlyone-raise), PAGE NAME PREPARATION.
sessions() {
	cat <<-'END'
		check onlyone.1 dry-run : >job.sh
		check onlyonectl.1 enforce
		windows onlyonectl.1 doctor
		check README.md job THERE=/usr/local/bin; sleeper backup
		check README.md document THERE=/usr/bin; sleeper zathura
		all onlyone.1 glance-ctl seen_sleep
		all onlyone.1 busy
		all onlyone.1 handler
		all onlyone-desktop.7 valued
		all onlyone-desktop.7 document sleeper editor
		all onlyonectl.1 list
		all onlyonectl.1 json
		all onlyonectl.1 pid seen_sleep
		all onlyonectl.1 activate
		all onlyonectl.1 stop seen_sleep
		all onlyonectl.1 wait
		all onlyonectl.1 directory sleeper bear; LEAVES=y
		all onlyone.5 inherit
	END
}

# each_session WHICH: each in a home of its own; all has ended before the next.
each_session() {
	local page name prepare how BIRTH=0
	while read -r how page name prepare; do
		echo "$how: $page: $name" >&2
		# A short path: a cell of a table cuts a long one.
		cd "$(mktemp -d /dev/shm/s.XXXXXX)" || return
		LITTER+=("$PWD")
		mkdir bin
		HOME=$PWD PATH=$PWD/bin:$PATH LEAVES='' UP='' THERE=''
		hash -r
		eval "$prepare"
		$how "$page" "$name"
		[ -z "$(offspring)" ] || killed $(offspring)
		freed
	done < <(sessions | sed -n "s/^$1 /session /p
		s/^session README/pasted README/p")
}

@test "examples: sessions that want little print what the pages say" {
	each_session check
}

# bats test_tags=not-core
@test "examples: a session that wants onlyone-raise as well" {
	each_session windows
}

@test "examples: other sessions that want little print what the pages say" {
	each_session all
}

@test "example: onlyone.1: glance" {
	stub player <<-'END'
		[ "$1" != --enqueue ] || exec echo "$2 is next"
		exec sleep 1000
	END
	stub firefox <<-'END'
		echo "$*" >>"$HOME/log"
		[ -n "${ONLYONE_PID-}" ] || exec sleep 1000
	END
	session onlyone.1 glance
	wait_until 'it has both' has_lines log 2
	assert_equal "$(tail -n 1 log)" poem.html
}

@test "example: onlyone.1: glance-busy" {
	stub backup <<<'echo backup >>"$HOME/log"'
	session onlyone.1 glance-busy
	# One after the other, each finds it free.
	assert_equal "$(grep -c backup log)" 6
}

@test "example: onlyone.1: glance-keys" {
	for name in editor dump fetch; do sleeper "$name"; done
	printf 'b\na\n' >list
	session onlyone.1 glance-keys
	assert_equal "$(cat sorted)" "a
b"
}

# emacs: writes what it has, and stays; emacsclient writes what it gets, where the
# one that runs is a server.
emacs_stub() {
	stub emacs <<-'END'
		[ "$2" != server-start ] || : >"$HOME/server"
		echo "emacs $*" >>"$HOME/log"
		exec sleep 1000
	END
	stub emacsclient <<-'END'
		[ -e "$HOME/server" ] || exit 1
		echo "emacsclient $* in ${PWD##*/}" >>"$HOME/log"
	END
	export UP=$PWD/log
}

@test "example: onlyone-desktop.7: rows" {
	mkdir -p .config/onlyone/handover
	example onlyone-desktop.7 rows | awk '/^[$] cat / { sub(/.*[/]/, ""); file = $0
		next } { print >".config/onlyone/handover/" file }'
	session onlyone-desktop.7 rows
	for name in player browser; do
		stub "$name" <<-'END'
			case $1 in
			--enqueue | page) printf '<%s>' "$@" >"$HOME/got" ;;
			*) exec sleep 1000 ;;
			esac
		END
		begin onlyone --on-activate=auto "$name" first
		wait_until 'it runs' count_is "$name" 1
	done
	run -0 launch player -o x --volume 3 -v song
	assert_equal "$(cat got)" "<--enqueue><--volume><3><song>"
	run -0 launch browser page -x
	assert_equal "$(cat got)" "<page><-x>"
}

@test "example: onlyone-desktop.7: client" {
	emacs_stub
	session onlyone-desktop.7 client
	assert_equal "$(cat log)" "emacs -f server-start letter.txt
emacsclient -n poem.txt in here"
}

# installed SCRIPT: run it by sh where /usr/local/bin has ours and local/*.
installed() {
	local -a users=()
	wants mount
	[ "$(id -u)" = 0 ] || users=(--user --map-root-user)
	ln -s "$BUILD/"{onlyone,onlyonectl,onlyone-cluster} local/
	run timeout -k 5 $((2 * LIMIT)) unshare "${users[@]}" --mount \
		--propagation private sh -euc \
		"mount --bind local /usr/local/bin; $1" sh 3>&-
	[ "$status" = 0 ] || fail "status $status: $output"
}

# jobs PAGE NAME: each line of that crontab becomes a script job.N, which runs it
# as cron does: by sh, at home, with this environment and what the crontab sets.
jobs() {
	local line n=0
	local -a set=("PATH=/usr/bin:/bin")
	while IFS= read -r line; do
		if [[ $line =~ ^[A-Z]+= ]]; then
			set+=("$line")
			continue
		fi
		[[ $line =~ ^[0-9]+(\ \*){4}\ (.*)$ ]] || fail "no job: $line"
		n=$((n + 1))
		script "job.$n" /bin/sh "cd '$HOME'
			exec env -i 'HOME=$HOME' LOGNAME=me SHELL=/bin/sh \
				'ONLYONE_DIR=$ONLYONE_DIR' $(printf '%q ' "${set[@]}") \
				/bin/sh -c $(printf '%q' "${BASH_REMATCH[2]}")"
	done < <(example "$1" "$2")
	[ "$n" -gt 0 ]
}

# cron_line PAGE: the first job of its crontab runs once at a time, and says
# nothing; the second runs once; the third is skipped, for the first six hours.
cron_line() {
	mkdir local
	script local/backup /bin/sh 'echo backup >>"$HOME/log"' \
		'exec sleep 1000'
	script local/stats /bin/sh 'echo >>"$HOME/reports"'
	script local/get /bin/sh 'echo >>"$HOME/fetched"' 'exec sleep 1000'
	jobs "$1" cron
	installed '
		mount -t tmpfs none /var/lib # where root has its stamps
		./job.1 >first 2>&1 &
		until [ -s log ]; do sleep 0.02; done
		timeout $LIMIT ./job.1 >second 2>&1
		cat first second >said
		onlyonectl list --json | jq ".[0].activations" >handed
		onlyonectl stop backup
		for n in 2 2 2; do
			timeout $LIMIT ./job.$n >>third 2>&1
		done
		onlyonectl list --every | sed "s/ .*//" >jobs
		./job.3 >fourth 2>&1 &
		until [ -s fetched ]; do sleep 0.02; done
		timeout $LIMIT ./job.3 >fifth 2>&1
		cat third fourth fifth >>said
		onlyonectl stop get
		wait || :'
	prints '' cat said
	assert_equal "$(wc -l <reports)" 1
	assert_equal "$(wc -l <fetched)" 1
	assert_equal "$(cat jobs)" $'APP\n/usr/local/bin/stats'
	assert_equal "$(cat log)" backup
	# Nothing was handed over either.
	assert_equal "$(cat handed)" 0
}

@test "example: onlyone.1: cron" {
	cron_line onlyone.1
}

# seen_sleep: a sleep whose instance counts as started when it runs itself.
seen_sleep() {
	stub sleep <<-'END'
		: >"$HOME/up"
		exec /bin/sleep "$@"
	END
	export UP=$PWD/up
}

# sleeper NAME: a program of this name that only stays.
sleeper() { stub "$1" <<<'exec sleep 1000'; }

@test "example: onlyone.1: queue" {
	stub sleep <<-'END'
		until [ -e "$HOME/gate" ]; do /bin/sleep 0.02; done
	END
	session onlyone.1 queue '<waiting for' '!: >gate'
}

@test "example: onlyone.1: interpreter" {
	example onlyone.1 interpreter >job
	chmod +x job
	begin ./job
	wait_until 'it runs' count_is job 1
	run -0 timeout $LIMIT ./job
	prints "$BEGUN" ctl pid "$PWD/job"
}

@test "example: onlyonectl.1: signal" {
	session onlyonectl.1 signal
	prints 0 ctl count notes
}

@test "example: onlyonectl.1: hold" {
	example onlyonectl.1 hold | sed -n '/^#!/,/^exec/p' >nightly
	session onlyonectl.1 hold
}

# plays PAGE NAME: the script there takes what later launches say.
plays() {
	example "$1" "$2" >player
	chmod +x player
	begin ./player one 'and another'
	listens() { grep -q listeners=00000000000001 "$(the_slot)/info"; }
	wait_until 'it listens' listens
	timeout $LIMIT ./player 'two  2' three
	timeout $LIMIT onlyonectl activate player -- four
	diff - playlist <<-'END'
		one
		and another
		two  2
		three
		four
	END
	ctl stop player
}

@test "example: onlyonectl.1: listen" {
	plays onlyonectl.1 listen
}

@test "example: onlyonectl.1: adopt" {
	begin bash -c 'echo $$ >notesd.pid; exec -a notesd sleep 8000'
	wait_until 'it is itself' \
		eval 'grep -q ^notesd "/proc/$(cat notesd.pid)/cmdline"'
	session onlyonectl.1 adopt
}

@test "example: onlyone.5: rule" {
	mkdir -p .config/onlyone/rules
	chmod 755 .config .config/onlyone .config/onlyone/rules
	example onlyone.5 rule | sed -n '/^#/,/^match/p' \
		>.config/onlyone/rules/emacs
	chmod 644 .config/onlyone/rules/emacs
	session onlyone.5 rule
}

@test "example: onlyone.7: foreground" {
	stub nginx <<-'END'
		printf '<%s>' "$@" >"$HOME/log"
		exec sleep 1000
	END
	export UP=$PWD/log
	session onlyone.7 foreground
	assert_equal "$(cat log)" '<-g><daemon off;>'
	prints 1 ctl count nginx
}

@test "example: onlyone.7: script" {
	printf '#!/bin/sh\nexec %s libc\n' "$GUESTS/daemonize" >bin/mydaemon
	example onlyone.7 script >start
	chmod +x start bin/mydaemon
	run -0 launch ./start
	wait_until 'the daemon runs' file_has "$GUEST_LOG" ' copy$'
	copy=$(sed -n 's/ copy$//p' "$GUEST_LOG")
	wait_until 'it is the instance' eval '[ "$(ctl pid start)" = "$copy" ]'
}

@test "example: onlyone.7: crontab" {
	mkdir local
	stub backup <<<'echo backup; exit 3'
	stub dump <<<'echo "dump $1"; [ "$1" = orders ]'
	jobs onlyone.7 crontab
	installed 'for n in 1 2 3; do
		./job.$n >out.$n 2>&1 || :
		done'
	# Who fails is heard.
	assert_equal "$(cat out.1)" backup
	assert_equal "$(cat out.2)" 'dump customers'
	assert_equal "$(cat out.3)" ''
}

# service PAGE PROGRAM: systemd reads the unit there, and of one that starts
# nothing it says so.
service() {
	example "$1" service >oogood.service
	sed 's/^ExecStart=.*/ExecStart=nowhere/' oogood.service >oobad.service
	mkdir local
	script "local/$2" /bin/sh true
	installed 'systemd-analyze verify ./oogood.service >good 2>&1
		systemd-analyze verify ./oobad.service >bad 2>&1 || :'
	run ! grep oogood good
	grep oobad bad
}

@test "example: onlyone.7: service" {
	service onlyone.7 dump
}

@test "example: README.md: install" {
	stub make <<-END
		exec /usr/bin/make -C '$(realpath "$TREE")' B='$BUILD' -o all "\$@"
	END
	run -0 timeout $((2 * LIMIT)) bash -ec "$(example README.md install)"
	hash -r
	# It is what a log-in with ~/.local/bin on its PATH has, and all of it.
	export PATH=$HOME/.local/bin:/usr/bin:/bin
	begin env ONLYONE_DIR="$ONLYONE_DIR" onlyone -a mine sleep 1000
	wait_until 'it runs' count_is mine 1
	assert_equal "$(readlink /proc/"$(keeper_of mine)"/exe)" \
		"$(realpath .local/bin/onlyone)"
	grep -q "$HOME/.local/.*/libonlyone.so" "/proc/$BEGUN/maps"
	run -0 timeout $LIMIT onlyonectl doctor
	run timeout $LIMIT onlyonectl session
	assert_line --partial "LD_PRELOAD=$(realpath .local)/lib/onlyone/"
	local page
	for page in "${PAGES[@]}"; do
		[ -s ".local/share/man/man${page##*.}/$page" ] || fail "$page"
	done
	run -0 timeout $LIMIT bash --norc -c '
		. /usr/share/bash-completion/bash_completion
		_completion_loader onlyonectl || [ $? = 124 ]
		complete -p onlyonectl'
	prints --partial unseal timeout $LIMIT fish -c \
		'complete -C "onlyonectl unse"'
	run timeout $LIMIT zsh -fc 'fpath=(~/.local/share/zsh/site-functions $fpath)
		autoload -U compinit && compinit -u -D && echo $_comps[onlyonectl]'
	assert_output _onlyone
	ctl -q stop mine
	run -0 "$HOME/bin/make" uninstall PREFIX="$HOME/.local"
	prints '' find .local -type f -o -type l
}

@test "example: README.md: editor" {
	load lib/x11
	x11_setup
	xserver
	for how in session pasted; do
		mkdir -p "$BATS_TEST_TMPDIR/$how/poems"
		cd "$BATS_TEST_TMPDIR/$how"
		export HOME=$PWD
		$how README.md editor
		ctl -q stop gvim
		freed
	done
}

# bats test_tags=check
@test "example: README.md: cron" {
	cron_line README.md
}

# bats test_tags=check
@test "README: the line for cron works with what one user has installed, too" {
	mkdir -p .local/bin
	ln -s "$BUILD/onlyone" "$BUILD/onlyonectl" .local/bin/
	script .local/bin/backup /bin/sh 'echo backup >>"$HOME/log"' 'exec sleep 1000'
	jobs README.md cron
	begin ./job.1 >said 2>&1
	wait_until 'it runs' [ -s log ]
	prints -0 '' timeout $LIMIT ./job.1
	prints '' cat said
	prints backup cat log
	frees ctl -q stop backup
}

# --- README.md -----------------------------------------------------------------

# bats test_tags=check
@test "README: make check asks for at most forty packages, and each builds what the demo builds" {
	run -0 "$TREE/tests/packages" -l check
	((${#lines[@]} <= 40)) || fail "${#lines[@]} packages"
	for target in demo deb check check-all; do
		run "$TREE/tests/packages" -l $target
		for package in gcc libc6-dev make libbsd-dev libmd-dev \
			libjansson-dev; do
			assert_line "$package"
		done
	done
	run -64 "$TREE/tests/packages" -l nothing
}

# bats test_tags=check
@test "README: the line that runs the tests is what .ci/run takes" {
	prints 'tests/packages check && make check' example README.md check
	prints 1 grep -c 'block test' "$TREE/.ci/run"
}

@test "README: its picture is what the demo shows now" {
	run -0 timeout -k 5 $((2 * LIMIT)) "$TREE/tests/demo" "$BUILD"
	assert_line --regexp '^One pid from the first launch to the last: [0-9]+\.$'
	"$TREE/tests/picture" <<<"$output" >now.svg
	for file in now.svg "$TREE/man/demo.svg"; do
		sed -E "s/\b$(grep -om1 'process: [0-9]*' "$file" |
			cut -d' ' -f2)\b/PID/g" "$file" >"same.${file##*/}"
	done
	grep -q 'onlyone nvim roses.txt' same.now.svg
	diff same.demo.svg same.now.svg
	grep -qF '](man/demo.svg)' "$TREE/README.md"
}

# bats test_tags=check
@test "README: its targets, options, verbs, links and files are there" {
	((  $(wc -l <"$TREE/README.md") <= 210 ))
	for word in $(grep -oE '(`|&& |^)make [a-z]+' "$TREE/README.md" |
		sed 's/.*make //' | sort -u); do
		grep -qE "^$word:" "$TREE/Makefile" || fail "make $word"
	done
	launch --help=all >help
	for word in $(grep -oE '`-{1,2}[a-z-]+' "$TREE/README.md" | tr -d '`'); do
		grep -qE -- "(^| )$word([[ ,=]|$)" help || fail "$word"
	done
	for word in $(grep -oE '\]\([^)]*' "$TREE/README.md" | cut -c3-) \
		$(sed -n '/^## The tree/,/^## /s/^    \([a-zA-Z][^ ]*\)  .*/\1/p' \
			"$TREE/cli/HACKING.md"); do
		[ -e "$TREE/$word" ] || fail "$word"
	done
}

# --- in a cluster --------------------------------------------------------------

# a_store: an etcd, which the environment names.
a_store() {
	[ -e "$CLUSTER/one.url" ] || etcd_up one
	ETCD=$(cat "$CLUSTER/one.url")
	export ETCD ONLYONE_CLUSTER=etcd://$ETCD/m$SRANDOM
}

# roots N...: other hosts, each with a state root.
roots() {
	local n
	for n; do
		mkdir -m 700 "$ONLYONE_DIR.$n"
		ROOTS+=("$ONLYONE_DIR.$n")
	done
}

@test "example: onlyone-cluster.1: first" {
	a_store
	mkdir -m 700 b
	ROOTS+=("$PWD/b")
	session onlyone-cluster.1 first
}

@test "example: onlyone-cluster.1: crontab" {
	a_store
	roots b c
	line=$(example onlyone-cluster.1 crontab | sed 1d)
	[ "$(example onlyone-cluster.1 crontab | head -1)" = \
		ONLYONE_CLUSTER=etcd://127.0.0.1:2379 ]
	[[ $line =~ ^30\ 2\ \*\ \*\ \*\ (onlyone-cluster .*)$ ]]
	stub nightly <<<'echo ran >>"$HOME/ran"'
	for host in '' .b .c; do
		ONLYONE_DIR=$ONLYONE_DIR$host run -0 sh -c "${BASH_REMATCH[1]}"
		assert_output ''
	done
	assert_equal "$(cat ran)" ran
}

@test "example: onlyone-cluster.1: migration" {
	a_store
	roots b c
	example onlyone-cluster.1 migration >start
	chmod +x start
	stub migrate <<-'END'
		echo "$*" >>"$HOME/ran"
		until [ -e "$HOME/go" ]; do sleep .05; done
		exit $(cat "$HOME/go")
	END
	stub service <<<'echo service >>"$HOME/served"'
	for host in '' .b .c; do
		begin env ONLYONE_DIR="$ONLYONE_DIR$host" ./start 7
	done
	wait_until 'one has begun' test -s ran
	echo 0 >go.new
	mv go.new go
	all_end 0 "${STARTED[@]}"
	assert_equal "$(cat ran)" '--to 7'
	assert_equal "$(grep -c service served)" 3
	# What fails, fails for all.
	ONLYONE_CLUSTER+=2
	echo 4 >go
	for host in '' .b; do
		ONLYONE_DIR=$ONLYONE_DIR$host run -4 ./start 8
	done
	assert_equal "$(wc -l <served)" 3
}

@test "example: onlyone-cluster.1: service" {
	service onlyone-cluster.1 leader
}

@test "example: onlyone-cluster.1: fence-etcd" {
	a_store
	example onlyone-cluster.1 fence-etcd >put
	chmod +x put
	export ETCDCTL_ENDPOINTS=$ETCD
	run -0 onlyone-cluster -a job sh -c '
		echo "$ONLYONE_TOKEN $ONLYONE_CLUSTER_KEY" >was
		./put answer 41'
	read -r ONLYONE_TOKEN ONLYONE_CLUSTER_KEY <was
	export ONLYONE_TOKEN ONLYONE_CLUSTER_KEY
	# It has ended; another has the key: in either case it is too late.
	run -1 ./put answer 43
	begin env -u ONLYONE_TOKEN onlyone-cluster -a job sleep 1000
	wait_until 'it runs' ctl pid job
	run -1 ./put answer 43
	unset ETCDCTL_ENDPOINTS
	prints 41 etcd_ctl one get --print-value-only answer
}

@test "example: onlyone-cluster.1: fence-postgresql" {
	pg_up db
	ONLYONE_CLUSTER="postgresql://$PG/postgres?user=boss"
	export ONLYONE_CLUSTER
	run -0 onlyone-cluster init --make
	pg_sql db 'create table result (night date, total int)'
	example onlyone-cluster.1 fence-postgresql >late.sql
	late() {
		psql -h 127.0.0.1 -p "${PG##*:}" -U boss -v key="$2" \
			-v token="$1" -f late.sql postgres
	}
	run -0 onlyone-cluster -a job sh -c \
		'echo "$ONLYONE_TOKEN $ONLYONE_CLUSTER_KEY" >was'
	read -r token key <was
	begin onlyone-cluster -a job sleep 1000
	wait_until 'it runs' ctl pid job
	prints -0 'INSERT 0 0' late "$token" "$key"
	now=$(onlyone-cluster status --json job | jq .token)
	[ "$now" -gt "$token" ]
	prints -0 'INSERT 0 1' late "$now" "$key"
}
