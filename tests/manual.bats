# as: user (texts, and examples for any user)
# manual.bats: what the manual says is what the program does.
#
# Options, verbs, exit codes, fields, states and messages are compared with the
# program.  Every block of the pages and of README.md (lib/manual.bash) is run as it is
# printed, in the place it is meant for, or there is a reason why nothing runs it.
load lib/session
load lib/script
load lib/cluster

# The blocks: which test runs it (-: none), PAGE NAME, and how, or why not.
examples() {
	cat <<-'END'
		- README.md demo asks for packages and begins the demo: below
		- README.md check is what runs this; what it asks for: below
		- README.md deb installs packages: what they are, and do: package.bats
		- onlyonectl.1 users asks as every user: others.bats
		- onlyone-security.7 docker wants a daemon; two namespaces: container.bats
		- onlyone.5 system writes into /etc: rules.bats
		- onlyone-jobs.7 flock-n begun with its old line: table.bats
		- onlyone-jobs.7 flock as flock-n
		- onlyone-jobs.7 lock-file as flock-n
		- onlyone-jobs.7 sem as flock-n
		- onlyone-jobs.7 run-one the key is that of dump, in crontab
		- onlyone-jobs.7 descriptor has the case in which it is weak: idioms.bats
		- onlyone-jobs.7 pgrep --skip is in crontab
		- onlyone-jobs.7 pidfile has the case in which it is weak: idioms.bats
		plain onlyone.1 dry-run : >job.sh; session
		plain onlyone.1 glance glance
		plain onlyone.1 glance-busy noter backup; session; has_lines log 6
		plain onlyone.1 glance-keys sleeper editor dump fetch; glance_keys
		plain onlyone.1 busy session
		plain onlyone.1 interpreter interpreter
		plain onlyone.1 bear sleeper bear; LEAVES=y; session
		plain onlyone.5 inherit session
		plain onlyone.5 rule rule
		plain onlyonectl.1 list session
		plain onlyonectl.1 json seen_sleep; session
		plain onlyonectl.1 activate session
		plain onlyonectl.1 stop seen_sleep; session
		plain onlyonectl.1 hold block | sed -n '/^#!/,/^exec/p' >nightly; session
		plain onlyonectl.1 adopt adopt
		plain onlyonectl.1 listen listen
		plain onlyonectl.1 listen-nul listen_nul
		plain onlyonectl.1 hold-line hold_line
		plain onlyonectl.1 enforce session
		plain onlyone-desktop.7 valued session
		plain onlyone-desktop.7 document sleeper viewer; session
		plain onlyone-desktop.7 menu menu gvim applications
		plain onlyone-desktop.7 login menu nextcloud autostart
		plain onlyone-desktop.7 git git_waits
		plain onlyone-desktop.7 rows rows
		plain onlyone-desktop.7 client client
		plain README.md lock lock
		plain onlyone-jobs.7 foreground foreground
		plain onlyone-jobs.7 hold script_holds
		plain README.md document THERE=/usr/bin; sleeper zathura; session
		plain README.md install readme_install
		windows onlyonectl.1 doctor session
		windows README.md editor editor
		installed README.md unit service dump
		windows onlyone-desktop.7 window editor
		installed README.md cron cron_jobs
		installed onlyone-jobs.7 crontab crontab
		installed onlyone-jobs.7 service service dump
		installed onlyone-jobs.7 timer timer
		installed onlyone-cluster.1 service service leader
		cluster onlyone-cluster.1 first a_store; roots b; session
		cluster onlyone-cluster.1 crontab cluster_crontab
		cluster onlyone-cluster.1 migration migration
		cluster onlyone-cluster.1 fence-etcd fence_etcd
		cluster onlyone-cluster.1 fence-postgresql fence_postgresql
	END
}

# run_examples TEST: those of it, each in a home of its own; all has ended before
# the next.  $page and $name are of the block.
run_examples() {
	local page name how BIRTH=0 home path=$PATH
	while read -r _ page name how <&5; do
		echo "$page: $name" >&2
		# A short path: a cell of a table cuts a long one.
		home=$(mktemp -d /dev/shm/s.XXXXXX)
		LITTER+=("$home")
		cd "$home"
		mkdir bin
		export HOME=$PWD PATH=$PWD/bin:$path
		LEAVES='' UP='' THERE=''
		hash -r
		: >"$GUEST_LOG"
		eval "$how"
		[ -z "$(offspring)" ] || killed $(offspring)
		freed
	done 5< <(examples | grep "^$1 ")
}

# stub NAME: a program of that name, from standard input.
stub() { script "bin/$1" /bin/sh; }

# sleeper NAME...: programs of these names that only stay; noter: what notes its words.
sleeper() {
	local program
	for program; do stub "$program" <<<"exec sleep 1000"; done
}
noter() { stub "$1" <<<'echo "${0##*/} $*" >>"$HOME/log"'; }

# seen_sleep: a sleep whose instance counts as started when it runs itself.
seen_sleep() {
	stub sleep <<<': >"$HOME/up"; exec /bin/sleep "$@"'
	export UP=$PWD/up
}

# --- the pages and the program ------------------------------------------------

# section PAGE .Sh|.Ss NAME: its lines, up to the next one of that rank.
section() {
	awk -v rank="$2" -v want="$2 $3" '
		$1 == ".Sh" || $1 == rank { inside = $0 == want; next }
		inside' "$(page "$1")"
}

# promises PAGE RANK SECTION: what its items say first, those of .Bl -enum numbered.
promises() {
	section "$@" | awk '
		/^\.It$/ { open = ++n ". "; next }
		/^\.It / || (open && /^\.Sy /) {
			sub(/^\.It (Sy )?|^\.Sy /, open)
			sub(/ [.,:]$/, "")
			gsub(/\\&/, "")
			gsub(/ ,/, ",")
			print
			open = ""
		}'
}

# tested PAGE SECTION: the rows of its table in HACKING, as PROMISE|TEST...
tested() {
	awk -v head="### ${1%.*}(${1##*.}), $2" '
		/^#/ { on = $0 == head }
		on && /^\| / && !/^\| promise / { print }' "$TREE/cli/HACKING.md" |
		sed -E 's/^\| (.*) \| (.*) \|$/\1|\2/'
}

# items: what the .It lines on standard input define, as it is typed; what is left of
# roff is an error.
items() {
	sed -nE 's/^\.It //p' | sed -E '
		s/ Ns Op = Ns (Ar|Cm) (.*)$/[=\2]/
		s/Fl \\- Ar /-- /g
		s/Fl Fl /--/g; s/Fl /-/g; s/ Ns = Ns Ar /=/g; s/ Ns = Ns /=/g
		s/Oo /[/g; s/ Oc/]/g; s/Op (.*)$/[\1]/
		s/(^|[[ ])(Ar|Cm|Va|Ev|Pa|Em) /\1/g; s/ , /, /g
		s/\\-/-/g; s/\\\(aq/'\''/g; s/\\\(dq/"/g; s/\\e/\x01/g; s/\\&//g
		/\\/s/^/ROFF: /; s/\x01/\\/g'
}

# bats test_tags=check
@test "pages, README: are clean, name this version's names only, and for each promise tests that are there; options, verbs, exit codes, targets, links and files are what there is" {
	local name page rank part code one ctl word makefile help
	prints -0 '' mandoc -T lint -W warning "$TREE"/man/*.[1-9]
	[ "$(ls "$TREE/man")" = "$(printf '%s\n' "${PAGES[@]}" film.png man.mk search.js site site.awk style.css | sort)" ]
	# To the end of the line is in quotes, or braces; and an option's dashes
	# stand before a word.
	run ! grep -nE '(Ql|Dq|Sq|Brq) .*(Ql|Dq|Sq|Brq) |Fl Fl Ar ' "$TREE"/man/*.[1-9]
	code=$(cat "$TREE/preload/contract.h" "$TREE"/cli/cluster/*.h \
		"$TREE"/cli/core/handover/*.sh)
	for name in $(grep -ohE 'ONLYONE_[A-Z]+' "$TREE"/man/*.[1-9] | sort -u); do
		[[ $code =~ [^A-Z_]$name[^A-Z_] ]] || fail "$name"
	done
	for part in 'onlyone.7 .Sh GUARANTEES' \
		'onlyone.7 .Ss What becomes of a later launch' \
		'onlyone-security.7 .Sh WHO IS TRUSTED WITH WHAT'; do
		read -r page rank part <<<"$part"
		promises "$page" "$rank" "$part" >promised
		[ "$(wc -l <promised)" -gt 10 ] || fail "$part"
		tested "$page" "$part" >rows
		diff promised <(cut -d'|' -f1 rows)
		for name in $(cut -d'|' -f2 rows); do
			[ -e "$TREE/tests/$name.bats" ] || fail "$name"
		done
		run ! grep -n '|$' rows
	done
	onlyone --help=all >onlyone.all
	onlyonectl --help=all >onlyonectl.all
	diff <(section onlyone.1 .Sh OPTIONS | items | sort) \
		<(option_words <onlyone.all | sort | tee help)
	[ -s help ]
	[ "$(wc -l <help)" = "$(grep -c '^ *-' onlyone.all)" ]
	diff <(section onlyonectl.1 .Ss Options | items | sort) \
		<(option_words <onlyonectl.all | sort)
	sed -n '/^Verbs:/,/^$/s/^  //p' onlyonectl.all | sed 's/   *.*//' |
		sort >help
	[ -s help ]
	diff <(section onlyonectl.1 .Ss Verbs | items | sort) help
	# onlyone(1): all but 3, which onlyonectl alone has, and success; both: nothing
	# else but doctor's 1, and nothing twice.
	sed -nE 's/.*EXIT_[A-Z]+ = ([0-9]+).*/\1/p' "$TREE/preload/contract.h" >enum
	[ "$(wc -l <enum)" -ge 11 ]
	one=$(codes onlyone.1) ctl=$(codes onlyonectl.1)
	diff <(echo "$one") <(echo 0 | sort -n - <(grep -vx 3 enum))
	diff <(sort -nu <<<"$one"$'\n'"$ctl") <(printf '0\n1\n' | sort -n - enum)
	assert_equal "$(uniq -d <<<"$ctl")" ''
	[[ $'\n'$ctl$'\n' == *$'\n3\n'* ]]
	for code in $(sed -n '/^Exit status:/,/^$/p' onlyone.all onlyonectl.all |
		grep -oE '[0-9]{2,}'); do
		[[ $'\n'$one$'\n' == *$'\n'"$code"$'\n'* ]] || fail "$code"
	done
	# The table of "An owner's death" is drawn from the code.
	diff <(sed -n '/^## An owner/,/^## A launch in/{/^|/p}' "$TREE/cli/HACKING.md") \
		<("$BUILD/unit/fate_table")
	# So are those of "Inside the keeper".
	diff <(sed -n '/^## Inside the keeper/,/^## The wire/{/^|/p}' "$TREE/cli/HACKING.md") \
		<("$BUILD/unit/stage_table")
	makefile=$'\n'$(<"$TREE/Makefile")
	for word in $(grep -oE '(`|&& |^)make [a-z]+' "$TREE/README.md" |
		sed 's/.*make //' | sort -u); do
		[[ $makefile == *$'\n'"$word:"* ]] || fail "make $word"
	done
	help=$(onlyone --help=all)
	for word in $(grep -oE '`-{1,2}[a-z-]+' "$TREE/README.md" | tr -d '`'); do
		[[ $help =~ [[:space:]]$word([][[:space:],=]|$) ]] || fail "$word"
	done
	for word in $(grep -oE '\]\([^)]*' "$TREE/README.md" | cut -c3-) \
		$(sed -n '/^## The tree/,/^## /s/^    \([a-zA-Z][^ ]*\)  .*/\1/p' \
			"$TREE/cli/HACKING.md"); do
		[ -e "$TREE/$word" ] || fail "$word"
	done
}

# option_words: the options that a --help text defines.
option_words() {
	sed -nE 's/^ +((-[A-Za-z])(, --[a-z-]+(\[?=[A-Za-z]+\]?)?| [A-Z]+)?|--[a-z-]+(\[?=[A-Za-z]+\]?)?)( .*|$)/\1/p'
}

codes() { section "$1" .Sh 'EXIT STATUS' | items | grep -x '[0-9]*' | sort -n; }

@test "pages: fields and states are what list shows, messages of onlyone(1) are in the program" {
	state() {
		assert_equal "$(ctl list --json | jq -r '.[0].state')" "$1"
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
	local line part n=0
	while IFS= read -r part; do
		part=$(sed -E 's/^[^A-Za-z-]+//; s/[ (:,;]+$//' <<<"$part")
		[ "${#part}" -ge 4 ] || continue
		grep -aqF -- "$part" "$BUILD/onlyone" || fail "$part"
		n=$((n + 1))
	done < <(section onlyone.1 .Sh DIAGNOSTICS | items | sed -E 's/[A-Z]{2,}/\n/g')
	[ "$n" -ge 10 ]
}

# comment NAME FILE: what the comment of a row says, in one line.
comment() {
	sed '/^[^#]/,$d' "$2" | awk -v want="$1:" '
		$1 == "#" && $2 == want { on = 1; $1 = $2 = ""; print; next }
		/^#  / && on { $1 = ""; print; next }
		{ on = 0 }' | tr -s ' \n' ' ' | sed 's/^ //; s/ $//'
}

# said_options PROGRAM CELL: those that the page says are handed over.
said_options() {
	[ "$2" = 'see below' ] || {
		echo "$2"
		return
	}
	sed '1,/^\.\\" options of '"$1"'$/d; /^\.Pp/,$d' "$(page onlyone-desktop.7)" |
		sed 's/\\-/-/g' | grep -oE -- '--[a-z-]+'
}

# known_options FILE: the patterns of a row, less those that are another spelling of one.
known_options() {
	local words=" $(comment Options "$1") " word letters
	local -A spellings=(
		[emacs]='-execute -funcall -no-window-system'
		[evince]='-page-label -page-index -named-dest -find -fullscreen -presentation'
		[geany]='-line -read-only' [okular]='-page' [zathura]='-page -password'
		[kitty]='-directory -working-directory -title' [mpv]='-loop-file -fullscreen'
		[vim]='-u -U -servername -listen' # each makes an instance
	)
	for word in ${spellings[$(basename "$1" .sh)]-}; do
		[[ $words == *" $word "* ]] || fail "$1: $word"
		words=${words/ "$word" / }
	done
	for word in $words; do
		letters=${word#-[}
		[ "$letters" != "$word" ] || {
			echo "$word"
			continue
		}
		fold -w 1 <<<"${letters%]}" | sed 's/^/-/'
	done
}

@test "onlyone-desktop(7): its programs are those with a handler; their options are handed over; those that no test runs are named" {
	local names document without options name file word pattern rows=0
	local here=$TREE/cli/core/handover all=() used=()
	set -f
	while IFS='|' read -r names document without options <&4; do
		echo "$names" >&2
		# "transmission-gtk, -qt"
		names=$(sed -E 's/(, |^)(\w+)-(\w+), -/\1\2-\3, \2-/' <<<"$names")
		for name in ${names//,/}; do
			all+=("$name")
			file=''
			for word in $(set +f; echo "$here"/*.sh); do
				[[ " $(comment Programs "$word") " != *" $name "* ]] || file=$word
			done
			[ -n "$file" ] || fail "$name"
			used+=("$file")
			[[ $(comment Apart "$file") == document ]] ||
				[ "$document" != process ] || fail "$name: $document"
			[[ $(comment Apart "$file") != document ]] ||
				[ "$document" = process ] || fail "$name: $document"
			case $options in
			all)
				[ "$(comment Options "$file")" = '*' ] ||
					[ -z "$(comment Documents "$file")" ] || fail "$name"
				continue
				;;
			none)
				[ -z "$(comment Options "$file")" ] || fail "$name"
				continue
				;;
			esac
			known_options "$file" >known
			said_options "$name" "$options" | tr ' ' '\n' |
				sed 's/^+.*/+*/; s/^--/-/' >said
			# The page has no patterns.
			diff <(sed '/^[^+]/s/[*]$//' known | sort) <(sort said) ||
				fail "$name"
		done
		rows=$((rows + 1))
	done 4< <(section onlyone-desktop.7 .Sh PROGRAMS |
		sed -n '/^\.Bl -column/,/^\.El/s/^\.It //p' | sed '1d; s/\\-/-/g; s/ Ta /|/g')
	set +f
	[ "$rows" -ge 30 ]
	diff <(printf '%s\n' "${used[@]}" | sort -u) <(grep -l '^# Programs:' "$here"/*.sh | sort)
	# Those that programs-table.bats does not run.
	tried=$(sed -nE 's/^\t\t([a-z0-9-]+) [a-z]+ [01] .*/\1/p; s/^\tfor p in (.*); do/\1/p' \
		"$BATS_TEST_DIRNAME/programs-table.bats")
	section onlyone-desktop.7 .Sh PROGRAMS | sed -n '/^Tests run/,/manuals\.$/p' |
		sed '1d; s/\\-/-/g; s/were tried by hand\|are known only from their manuals/ /g' |
		tr -s ' ,;.\n' '\n' | grep -vxE 'and|' | sort >untried
	diff untried <(printf '%s\n' "${all[@]}" | grep -vxF "$(xargs -n 1 <<<"$tried")" | sort)
}

# --- the examples --------------------------------------------------------------

@test "examples: each block has a name, and is run by a test here, or has a reason" {
	for file in "${PAGES[@]}" README.md; do
		blocks "$file" | sed "s/^/$file /"
	done | sort >there
	diff there <(examples | awk '{ print $2, $3 }' | sort)
	for which in $(examples | sed 's/ .*//' | sort -u); do
		[ "$which" = - ] ||
			grep -qx "	run_examples $which" "$BATS_TEST_FILENAME" ||
			fail "no test runs $which"
	done
}

@test "examples: what wants little prints and does what the pages say" {
	run_examples plain
}

# bats test_tags=not-core
@test "examples: what wants windows does what the pages say" {
	load lib/x11
	x11_setup
	run_examples windows
}

@test "examples: crontabs and units of /usr/local/bin do what the pages say" {
	run_examples installed
}

# bats test_tags=not-core
@test "examples: in a cluster they do what onlyone-cluster(1) says" {
	run_examples cluster
}

glance() {
	stub player <<-'END'
		[ "$1" != --enqueue ] || exec echo "$2 is next"
		exec sleep 1000
	END
	stub firefox <<-'END'
		echo "$*" >>"$HOME/log"
		[ -n "${ONLYONE_PID-}" ] || exec sleep 1000
	END
	session
	wait_until 'it has both' has_lines log 2
	assert_equal "$(tail -n 1 log)" poem.html
}

glance_keys() {
	printf 'b\na\n' >list
	session
	assert_equal "$(<sorted)" $'a\nb'
}

interpreter() {
	block >job
	chmod +x job
	begin ./job
	wait_until 'it runs' count_is job 1
	run -0 timeout $LIMIT ./job
	prints "$BEGUN" ctl pid "$PWD/job"
}

rule() {
	mkdir -p .config/onlyone/rules
	chmod 755 .config .config/onlyone .config/onlyone/rules
	block | sed -n '/^#/,/^match/p' >.config/onlyone/rules/emacs
	chmod 644 .config/onlyone/rules/emacs
	session
}

foreground() {
	stub nginx <<<'printf "<%s>" "$@" >"$HOME/log"; exec sleep 1000'
	export UP=$PWD/log
	session
	assert_equal "$(<log)" '<-g><daemon off;>'
	prints 1 ctl count nginx
}

# What is started twice runs once, each job in its turn.
script_holds() {
	stub dump <<<'echo "$1" >>"$HOME/log"; until [ -e "$HOME/go" ]; do sleep 0.02; done'
	block >nightly
	chmod +x nightly
	begin ./nightly
	wait_until 'it runs' test -s log
	prints -0 '' timeout $LIMIT ./nightly
	: >go
	ends "$BEGUN" 0
	assert_equal "$(<log)" $'customers\norders'
}

adopt() {
	begin bash -c 'echo $$ >notesd.pid; exec -a notesd sleep 8000'
	wait_until 'it is itself' eval 'grep -q ^notesd "/proc/$(cat notesd.pid)/cmdline"'
	session
}

listen() {
	block >player
	chmod +x player
	begin ./player one 'and another'
	wait_until 'it listens' eval 'grep -q listeners=00000000000001 "$(the_slot)/info"'
	timeout $LIMIT ./player 'two  2' three
	ctl activate player -- four
	diff - playlist <<<$'one\nand another\ntwo  2\nthree\nfour'
	ctl stop player
}

listen_nul() {
	{
		printf '#!/bin/bash\nonlyonectl hold player || exit\n'
		block
	} >player
	chmod +x player
	begin ./player
	wait_until 'it listens' eval 'grep -q listeners=00000000000001 "$(the_slot)/info"'
	ctl activate player -- 'two  2' '' three
	launch -a player true four
	diff - playlist <<<$'two  2\n\nthree\nfour'
	ctl stop player
}

hold_line() {
	{
		block
		echo 'echo it runs'
	} >script
	prints 'it runs' sh script
	begin sleep 1000
	onlyonectl hold --owner="$BEGUN" nightly
	prints -0 '' sh script
	ONLYONE_DIR=relative run -73 sh script
}

rows() {
	mkdir -p .config/onlyone/handover
	block | awk '/^[$] cat / { sub(/.*[/]/, ""); file = $0
		next } { print >".config/onlyone/handover/" file }'
	session
	for program in player browser; do
		stub "$program" <<-'END'
			case $1 in
			--enqueue | page) printf '<%s>' "$@" >"$HOME/got" ;;
			*) exec sleep 1000 ;;
			esac
		END
		begin onlyone --on-activate=auto "$program" first
		wait_until 'it runs' count_is "$program" 1
	done
	run -0 launch player -o x --volume 3 -v song
	assert_equal "$(<got)" "<--enqueue><--volume><3><song>"
	run -0 launch browser page -x
	assert_equal "$(<got)" "<page><-x>"
}

# emacs writes what it has, and stays; emacsclient writes what it gets, where the
# one that runs is a server.
client() {
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
	session
	assert_equal "$(<log)" "emacs -f server-start letter.txt
emacsclient -n poem.txt in ${PWD##*/}"
}

# menu PROGRAM FOLDER: an entry of it there goes through onlyone.
menu() {
	local -x XDG_DATA_DIRS=$PWD/shared XDG_CONFIG_DIRS=$PWD/shared
	local -x XDG_DATA_HOME=$PWD/own XDG_CONFIG_HOME=$PWD/own GIT_CONFIG_NOSYSTEM=1
	sleeper "$1"
	mkdir -p "shared/$2"
	printf '%s\n' '[Desktop Entry]' Type=Application "Name=$1" "Exec=$1 %F" \
		>"shared/$2/$1.desktop"
	typed
	grep "^Exec=.*onlyone.* $1 %F" "own/$2/$1.desktop"
	ctl disable "$1"
	[ ! -e "own/$2/$1.desktop" ]
}

# typed: the block, whatever it prints.
typed() { run -0 timeout $LIMIT bash -euc "$(block | sed 's/^[$>] //')"; }

# git runs it with its own shell, and waits.
git_waits() {
	wants git
	# What auto needs stands before its own words.
	script bin/gvim /bin/bash \
		'[[ " $* " == *" -f "* ]] && echo words >>"${!#}"'
	typed
	prints 'onlyone gvim -f' git config core.editor
	git init -q .
	run -0 timeout $LIMIT git -c user.name=a -c user.email=a@b commit --allow-empty
	prints words git log --format=%B -n 1
}

editor() {
	xserver
	mkdir poems
	session
	ctl -q stop gvim
}

readme_install() {
	stub make <<-END
		exec /usr/bin/make -C '$(realpath "$TREE")' B='$BUILD' -o all "\$@"
	END
	run -0 timeout $((2 * LIMIT)) bash -ec "$(block)"
	# It is what a log-in with ~/.local/bin on its PATH has, and all of it.
	export PATH=$HOME/.local/bin:/usr/bin:/bin
	hash -r
	assert_equal "$(type -P onlyone)" "$HOME/.local/bin/onlyone"
	begin onlyone -a mine sleep 1000
	wait_until 'it runs' count_is mine 1
	run -0 timeout $LIMIT onlyonectl doctor
	run timeout $LIMIT onlyonectl session
	assert_line --partial "LD_PRELOAD=$(realpath .local)/lib/onlyone/"
	# What a log-in finds there on its own.
	shared=$(find .local/share -type f -o -type l)$'\n'
	for file in "${PAGES[@]}" completions/onlyonectl onlyonectl.fish _onlyone; do
		[[ $shared == */"$file"$'\n'* ]] || fail "$file"
	done
	ctl -q stop mine
	run -0 "$HOME/bin/make" uninstall PREFIX="$HOME/.local"
	prints '' find .local -type f -o -type l
}

# installed SCRIPT: run it by sh where /usr/local/bin has ours and local/*.
installed() {
	local -a users=()
	wants mount
	[ "$(id -u)" = 0 ] || users=(--user --map-root-user)
	ln -s "$BUILD/"{onlyone,onlyonectl,onlyone-cluster} local/
	run timeout -k 5 $((2 * LIMIT)) unshare "${users[@]}" --mount \
		--propagation private sh -euc "mount --bind local /usr/local/bin; $1" sh 3>&-
	[ "$status" = 0 ] || fail "status $status: $output"
}

# jobs PAGE NAME: each line of that crontab becomes a script job.N, which runs it
# as cron does: by sh, at home, with this environment and what the crontab sets.
jobs() {
	local line n=0 set=("PATH=/usr/bin:/bin")
	while IFS= read -r line; do
		if [[ $line =~ ^[A-Z]+= ]]; then
			set+=("$line")
			continue
		fi
		[[ $line != '#'* ]] || continue
		[[ $line =~ ^[0-9]+(\ \*){4}\ (.*)$ ]] || fail "no job: $line"
		n=$((n + 1))
		script "job.$n" /bin/sh "cd '$HOME'
			exec env -i 'HOME=$HOME' LOGNAME=me SHELL=/bin/sh \
				'ONLYONE_DIR=$ONLYONE_DIR' $(printf '%q ' "${set[@]}") \
				/bin/sh -c $(printf '%q' "${BASH_REMATCH[2]}")"
	done < <(example "$1" "$2")
	[ "$n" -gt 0 ]
}

# The first job, which the user has installed for himself, runs once at a time, and says
# nothing, nor is anything handed over; the second runs once; the third is skipped, for
# the first six hours.
cron_jobs() {
	mkdir -p local .local/bin
	script .local/bin/backup /bin/sh 'echo backup >>"$HOME/log"' 'exec sleep 1000'
	script local/stats /bin/sh 'echo >>"$HOME/reports"'
	script local/get /bin/sh 'echo >>"$HOME/fetched"' 'exec sleep 1000'
	jobs "$page" cron
	installed '
		mount -t tmpfs none /var/lib # where root has its stamps
		./job.1 >first 2>&1 &
		until [ -s log ]; do sleep 0.02; done
		timeout $LIMIT ./job.1 >second 2>&1
		cat first second >said
		onlyonectl list --json | jq ".[0].activations" >handed
		onlyonectl stop backup
		for n in 2 2 2; do timeout $LIMIT ./job.$n >>third 2>&1; done
		onlyonectl list --every | sed "s/ .*//" >jobs
		./job.3 >fourth 2>&1 &
		until [ -s fetched ]; do sleep 0.02; done
		timeout $LIMIT ./job.3 >fifth 2>&1
		cat third fourth fifth >>said
		onlyonectl stop get
		wait || :'
	assert_equal "$(<said)" ''
	assert_equal "$(wc -l <reports) $(wc -l <fetched)" '1 1'
	assert_equal "$(<jobs)" $'APP\n/usr/local/bin/stats'
	assert_equal "$(<log) $(<handed)" 'backup 0'
}

# Of each job a second one does nothing, and says nothing but that it is overdue; of
# one that is mailed only if it fails, that is heard.
crontab() {
	mkdir local
	for program in backup stats fetch index; do
		stub $program <<<"echo $program"
	done
	stub dump <<<'echo "dump $1"; [ "$1" = orders ]'
	jobs onlyone-jobs.7 crontab
	installed 'mount -t tmpfs none /var/lib # where root has its stamps
		for n in 1 2 3 4 4 5 6; do ./job.$n >>out.$n 2>&1 || :; done'
	assert_equal "$(cat out.*)" $'backup\ndump customers\nstats\nfetch\nindex'
}

# A script that README shows: the second one says nothing, and runs nothing.
lock() {
	block >nightly
	begin sh nightly
	wait_until 'it has the lock' count_is nightly 1
	prints -0 '' timeout $LIMIT sh nightly
	prints "$BEGUN" ctl pid nightly
	ctl stop nightly
}

# service PROGRAM: systemd reads the unit, and of one that starts nothing says so.
service() {
	block >oogood.service
	sed 's/^ExecStart=.*/ExecStart=nowhere/' oogood.service >oobad.service
	mkdir local
	script "local/$1" /bin/sh true
	installed 'systemd-analyze verify ./oogood.service >good 2>&1
		systemd-analyze verify ./oobad.service >bad 2>&1 || :'
	run ! grep oogood good
	grep oobad bad
}

# timer: as service, beside the unit that it starts.
timer() {
	block >dump.timer
	example "$page" service >dump.service
	mkdir local
	script local/dump /bin/sh true
	installed 'systemd-analyze verify ./dump.timer >good 2>&1
		sed -i "s/hourly/never/" dump.timer
		systemd-analyze verify ./dump.timer >bad 2>&1 || :'
	run ! grep dump good
	grep dump bad
}

@test "README: the line that runs the tests is what .ci/run takes, the demo shows one process" {
	prints 'tests/packages check && make check' example README.md check
	prints 1 grep -c 'block test' "$TREE/.ci/run"
	# What all build with is asked for by each target.
	for target in demo deb check check-all; do
		run -0 "$TREE/tests/packages" -l $target
		for package in gcc libc6-dev make libbsd-dev libmd-dev libjansson-dev; do
			assert_line "$package"
		done
	done
	run -0 timeout -k 5 $((2 * LIMIT)) "$TREE/tests/demo" "$BUILD"
	assert_line --regexp '^One pid from the first launch to the last: [0-9]+\.$'
	grep -qF '](man/film.png)' "$TREE/README.md"
}

# a_store: an etcd, which the environment names.
a_store() {
	[ -e "$CLUSTER/one.url" ] || etcd_up one
	ETCD=$(<"$CLUSTER/one.url")
	export ETCD ONLYONE_CLUSTER=etcd://$ETCD/m$SRANDOM
}

# roots N...: other hosts, each with a state root: of a session below its home.
roots() {
	local n
	for n; do
		mkdir -p -m 700 "$PWD/$n"
		ROOTS+=("$PWD/$n")
	done
}

cluster_crontab() {
	a_store
	roots a b c
	line=$(block | tail -1)
	assert_equal "$(block | head -2)" "PATH=/usr/local/bin:/usr/bin:/bin
ONLYONE_CLUSTER=etcd://127.0.0.1:2379"
	[[ $line =~ ^30\ 2\ \*\ \*\ \*\ (onlyone-cluster .*)$ ]]
	stub nightly <<<'echo ran >>"$HOME/ran"'
	for host in a b c; do
		ONLYONE_DIR=$PWD/$host prints -0 '' sh -c "${BASH_REMATCH[1]}"
	done
	assert_equal "$(<ran)" ran
}

migration() {
	local pids=()
	a_store
	roots a b c
	block >start
	chmod +x start
	stub migrate <<<'echo "$*" >>"$HOME/ran"; until [ -e "$HOME/go" ]; do sleep .05; done'
	stub service <<<'echo service >>"$HOME/served"'
	for host in a b c; do
		begin pids+= env ONLYONE_DIR="$PWD/$host" ./start 7
	done
	wait_until 'one has begun' test -s ran
	: >go
	all_end 0 "${pids[@]}"
	assert_equal "$(<ran)" '--to 7'
	assert_equal "$(grep -c service served)" 3
}

fence_etcd() {
	a_store
	block >put
	chmod +x put
	export ETCDCTL_ENDPOINTS=$ETCD
	run -0 onlyone-cluster -a job sh -c '
		echo "$ONLYONE_TOKEN $ONLYONE_CLUSTER_KEY" >was
		./put answer 41'
	read -r ONLYONE_TOKEN ONLYONE_CLUSTER_KEY <was
	export ONLYONE_TOKEN ONLYONE_CLUSTER_KEY
	# It has ended: that is too late.
	run -1 ./put answer 43
	unset ETCDCTL_ENDPOINTS
	prints 41 etcd_ctl one get --print-value-only answer
}

fence_postgresql() {
	pg_up db
	export ONLYONE_CLUSTER="postgresql://$PG/postgres?user=boss"
	run -0 onlyone-cluster init --make
	pg_sql db 'create table result (night date, total int)'
	block >late.sql
	late() {
		psql -h 127.0.0.1 -p "${PG##*:}" -U boss -v key="$2" -v token="$1" \
			-f late.sql postgres
	}
	run -0 onlyone-cluster -a job sh -c 'echo "$ONLYONE_TOKEN $ONLYONE_CLUSTER_KEY" >was'
	read -r token key <was
	begin onlyone-cluster -a job sleep 1000
	wait_until 'it runs' ctl pid job
	prints -0 'INSERT 0 0' late "$token" "$key"
	now=$(onlyone-cluster status --json job | jq .token)
	[ "$now" -gt "$token" ]
	prints -0 'INSERT 0 1' late "$now" "$key"
	ctl -q stop job
}
