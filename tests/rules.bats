#!/usr/bin/env bats
# rules.bats: what is enabled: rules, the verbs about them, and links.
#
# A rule is put to the test by a link with the name of its program (the other
# way, the library, has files of its own).  Rules of the system are those below
# $ONLYONE_TEST_ETC, which only the build with test points knows.
load lib/script
load lib/line

own_setup() {
	umask 022
	export HOME=$PWD/home ONLYONE_TEST_ETC=$PWD/etc
	RULES=$HOME/.config/onlyone/rules
	LINKS=$HOME/.local/lib/onlyone/bin
	SYSTEM=$ONLYONE_TEST_ETC/onlyone/rules
	mkdir -p "$RULES" "$SYSTEM" "$PWD/bin"
	PATH=$LINKS:$PWD/bin:$BUILD/points:$PATH
}

# rule NAME LINE...: the user's.
rule() { printf '%s\n' "${@:2}" >"$RULES/$1"; }

# linked NAME [LINE...]: the program, its rule, and a link.
linked() {
	program "$1"
	ctl -q enable --link "$1"
	rule "$@"
}

# options_are NAME JSON: of its rule, one for each line.
options_are() {
	ctl rules --json >json || true
	run jq -c ".[] | select(.name == \"$1\" and .from == \"user\") | .options" \
		json
	assert_output "$2"
}

# state_is NAME FROM STATE
state_is() {
	local state
	state=$(ctl rules --json |
		jq -r ".[] | select(.name == \"$1\" and .from == \"$2\") | .state")
	assert_equal "$state" "$3"
}

# ignored PATTERN: the rule app is passed over, and rules and doctor say why.
ignored() {
	prints -1 --regexp "^NAME.*app +ignored +$RULES/app +.*$1" ctl rules
	prints -1 --regexp "WRONG +rule app is ignored: .*$1" ctl doctor
	by_rule 3
}

# by_rule [CODE]: a start of app ends with this code: 9, its rule's (-n -E 9); 3
# is the program's own, 8 the system's rule.
by_rule() {
	local code=0
	# Not timeout, which one signal ends alone while it begins.
	onlyone -a app -n sleep 1000 3>&- &
	STARTED+=("$!")
	wait_until 'it runs' count_is app 1
	code=0
	timeout -k 5 $LIMIT app || code=$?
	kill "$!"
	wait "$!" || true
	freed app
	[ "$code" = "${1:-9}" ]
}

# guarded: a program app that ends, its link, and a rule that shows.
guarded() {
	printf '#!/bin/sh\nexit 3\n' >bin/app
	chmod +x bin/app
	ctl -q enable --link app
	rule app '-a app' -n '-E 9'
}

# --- format --------------------------------------------------------------------

# bats test_tags=check
@test "format: an option a line, as it is typed, quoted as for sh; comments, blank lines" {
	rule app '# all of it' '' '  --on-activate='\''emacsclient -n "$@"'\''  # here' \
		'-k {1}' '-k "a \"b\" \$c"' --key=a\\\ b "-nq" '	--stop-signal=HUP' \
		"match /usr/bin/* '/opt/a b'" '--app="two' 'lines"'
	options_are app '["'"--on-activate='emacsclient -n \\\"\$@\\\"'"'","'"-k '{1}'"'","'"-k 'a \\\"b\\\" \$c'"'","'"--key='a b'"'","-nq","--stop-signal=HUP","'"match '/usr/bin/*' '/opt/a b'"'","'"--app='two\\nlines'"'"]'
	state_is app user active
}

# bats test_tags=check
@test "format: a handler gets what the quotes keep together" {
	linked app '--on-activate=printf "<%s>" "$@" >>'"'$PWD'/got" "-a 'my app'"
	# Without quotes it is several words.
	prints --partial "rules/app:1: " ctl rules
	rule app "--on-activate='printf \"<%s>\" \"\$@\" >>\"$PWD\"/got'" "-a 'my app'"
	begin app one
	runs 1
	run -0 timeout $LIMIT app 'two words' '$HOME'
	assert_equal "$(cat got)" '<two words><$HOME>'
	prints 1 ctl count 'my app'
}

# bats test_tags=check
@test "format: a later option comes over an earlier one, as on a command line" {
	rule app --adopt --lifetime=tree --lifetime=main
	state_is app user active
}

@test "errors: each is told with file and line, and the program runs without" {
	guarded
	while IFS='|' read -r at text; do
		printf '%b' "$text" >"$RULES/app"
		prints -1 --regexp "app +bad +$RULES/app +$RULES/app:$at" ctl rules
		prints -1 --regexp "WRONG +rule app: $RULES/app:$at" ctl doctor
		prints -3 '' timeout $LIMIT app
	done <<-'END'
		2: .*'--bogus'|--skip\n--bogus\n
		1: .*'-k' needs|-k\n{1}\n
		1: '5' is one word too many|--wait 5\n
		1: '-q' is one word too many|-n -q
		3: .*fail.*skip|-n\n\n--skip
		1: .* -c|-c 'x y'
		1: .* --help|--help\n
		1: .* --version|-V\n
		2: .* --dry-run|\n--dry-run\n
		1: .* --explain|--explain
		1: 'app' is not an option|app --skip
		1: '--' is not an option|--
		2: .*-E|\n-E 300
		2: .*quote|-n\n-k 'a\n\n
		4: .*--adopt|--adopt\n\n# and\n--lifetime=tree\n-q\n
		3: .*-w|-w 5\n-q\n--skip\n-v\n
		1: match|match\n
		2: match: 'bin/x'|-n\nmatch bin/x\n
		1: .*NUL|-n\n\0-q
	END
	{
		echo '#'
		head -c 70000 /dev/zero | tr '\0' '\n'
	} >"$RULES/app"
	prints -1 --partial "$RULES/app:1" ctl rules
}

# bats test_tags=check
@test "match: a rule is for the paths that fit, and the others run without" {
	linked app "match $PWD/no/* $PWD/b[a-i]n/a?p" "match $PWD/x" -n '-E 9'
	begin app
	runs 1
	run -9 timeout $LIMIT app
	rule app "match $PWD/*" -n '-E 9' # * does not go over a slash
	begin app
	runs 2
	# Its path is that of the link, not of what it leads to.
	rule app "match $PWD/z/app" -n '-E 9'
	mkdir z
	ln -s ../bin/app z/app
	PATH=${PATH/"$PWD/bin"/"$PWD/z"}
	begin app
	runs 3
	run -9 timeout $LIMIT app
}

@test "symlink: a rule that leads to another has its options, the program its own instance" {
	linked one -n '-E 9'
	linked two
	rm "$RULES/two"
	ln -s one "$RULES/two"
	begin one
	begin two
	runs 2
	run -9 timeout $LIMIT one
	run -9 timeout $LIMIT two
	run jq -r '.[].app' <(ctl list --json)
	assert_line "$PWD/bin/one"
	assert_line "$PWD/bin/two"
}

@test "order: the user's rule comes before the system's, also a wrong one; an ignored one does not" {
	needs_points
	guarded
	printf -- '-n\n-a app\n-E 8\n' >"$SYSTEM/app"
	by_rule
	state_is app user active
	state_is app system shadowed
	rule app --bogus
	by_rule 3
	state_is app system shadowed
	chmod g+w "$RULES/app"
	state_is app user ignored
	state_is app system active
	rule app '-a app' -n '-E 9'
	chmod g+w "$RULES/app"
	by_rule 8
	rm "$RULES/app"
	printf -- '-n\n-a app\n-E 9\n' >"$SYSTEM/app"
	by_rule
}

@test "names: what editors leave, and other programs' rules, are none" {
	guarded
	mv "$RULES/app" "$RULES/app~"
	cp "$RULES/app~" "$RULES/.app"
	cp "$RULES/app~" "$RULES/ap"
	prints ap jq -r '.[].name' <(ctl rules --json)
	by_rule 3
}

# --- trust ---------------------------------------------------------------------

# bats test_tags=check
@test "trust: a file that others can write to is ignored" {
	guarded
	by_rule
	chmod g+w "$RULES/app"
	ignored 'writable by others'
	chmod g-w,o+w "$RULES/app"
	ignored 'writable by others'
	chmod o-w "$RULES/app"
	by_rule
}

@test "trust: a folder that others can write to is" {
	guarded
	for folder in "$RULES" "${RULES%/*}" "$HOME/.config"; do
		chmod g+w "$folder"
		ignored "$folder is writable by others"
		run ctl doctor
		assert_line --regexp "^WRONG +$folder is writable by others"
		chmod g-w,o+w "$folder"
		ignored "$folder is writable by others"
		chmod o-w "$folder"
	done
	by_rule
}

@test "trust: so is what a link leads to, and the folder of that" {
	guarded
	mkdir -p far/away
	mv "$RULES/app" far/away/app
	ln -s "$PWD/far/away/app" "$RULES/app"
	by_rule
	chmod g+w far/away/app
	ignored 'writable by others'
	chmod g-w far/away/app
	chmod o+wt far/away
	ignored 'far/away is writable by others'
	chmod o-w far/away
	by_rule
}

@test "trust: a loop, a link to nothing, a folder, a fifo: ignored, and nobody waits" {
	guarded
	rm "$RULES/app"
	ln -s app "$RULES/app"
	ignored 'symbolic links'
	ln -sf other "$RULES/app"
	ln -s app "$RULES/other"
	ignored 'symbolic links'
	ln -sf nowhere "$RULES/app"
	ignored 'No such file'
	rm "$RULES"/*
	mkdir "$RULES/app"
	ignored 'not a plain file'
	rmdir "$RULES/app"
	mkfifo "$RULES/app"
	ignored 'not a plain file'
}

@test "home: where HOME is not set or no path, the password file says" {
	guarded
	echo "x:x:$(id -u):0::$HOME:/bin/sh" >passwd
	export ONLYONE_TEST_PASSWD=$PWD/passwd
	HOME='' by_rule
	HOME=home by_rule
	HOME=$PWD/nowhere by_rule
	(unset HOME && by_rule)
	# The first line of this uid counts; no line, no home.
	sed -i "1i y:x:1$(id -u):0::/y:/bin/sh" passwd
	HOME='' by_rule
	sed -i "1i y:x:$(id -u):0::/y:/bin/sh" passwd
	HOME='' by_rule 3
	: >passwd
	# As a service has none: that is no fault.
	HOME='' run ctl doctor
	assert_line --regexp '^ok .*no rules of this user.s own.*no home'
	refute_line --regexp '^WRONG.*home'
	HOME='' run ctl enable x
	assert_failure
}

# --- enable, disable -----------------------------------------------------------

# bats test_tags=check
@test "enable: writes an option a line that reads back as it was given" {
	rm -rf "$HOME/.config"
	(umask 0277 && ctl -q enable app -k '{1}' --on-activate="it's \$x \"y\"
z" -nq --app=a\\b -E 7 --lock-file '# a')
	assert_equal "$(stat -c %a "$RULES/app" "$RULES" "$HOME/.config" | xargs)" \
		'600 700 700'
	assert_equal "$(cat "$RULES/app")" "-k '{1}'
--on-activate='it'\\''s \$x \"y\"
z'
-nq
--app='a\\b'
-E 7
--lock-file '# a'"
	state_is app user active
	assert_equal "$(ls -A "$RULES")" app
}

@test "enable: again replaces; what is wrong is 64 and changes nothing" {
	ctl -q enable app --skip
	for bad in --bogus -c\ x 'x' '-E 300' '-n --skip' '-w 3 --skip' --help \
		'--adopt --lifetime=tree' -- -k; do
		run -64 --separate-stderr ctl enable app $bad
		assert_equal "${#stderr_lines[@]}" 1
		assert_equal "$(cat "$RULES/app")" --skip
	done
	for bad in '' . .. a/ .x x~ onlyone /usr/bin/onlyonectl; do
		run -64 ctl enable "$bad"
	done
	assert_equal "$(ls -A "$RULES")" app
	ctl -q enable app -n
	assert_equal "$(cat "$RULES/app")" -n
	ctl -q enable app
	assert_equal "$(cat "$RULES/app")" ''
}

# bats test_tags=check
@test "enable: a path is for that path alone, whatever is in it" {
	mkdir 'a*[b]?' ax
	program app "$PWD/a*[b]?"
	program app "$PWD/ax"
	ctl -q enable --link "./a*[b]?/app" -n -E 9
	assert_equal "$(cat "$RULES/app")" "match '$PWD/a\\*\\[b\\]\\?/app'
-n
-E 9"
	PATH=${PATH/"$PWD/bin"/"$PWD/a*[b]?"}
	begin app
	runs 1
	run -9 timeout $LIMIT app
	rm -r 'a*[b]?'
	mkdir -p 'axb*'
	PATH=${PATH/'a*[b]?'/ax}
	begin app
	runs 2
}

@test "enable: a link in the way of the rule is replaced, not followed" {
	echo -- -q >other
	ln -s "$PWD/other" "$RULES/app"
	ctl -q enable app -n
	[ ! -L "$RULES/app" ]
	assert_equal "$(cat other)" '-- -q'
}

@test "enable: into a folder that would not be trusted is 77" {
	chmod g+w "$RULES"
	prints -77 --partial "$RULES is writable by others" ctl enable app -n
	[ ! -e "$RULES/app" ]
	rmdir "$RULES"
	ln -s "$PWD/nowhere" "$RULES"
	prints -77 "onlyonectl: $RULES is a link to a folder that is not there" \
		ctl enable app -n
}

@test "enable: options of its own stand before APP, and those after it are onlyone's" {
	prints -0 '' ctl enable -q app -q -v --wait=3 -w 5
	assert_equal "$(cat "$RULES/app")" '-q
-v
--wait=3
-w 5'
	prints -64 'onlyonectl: put --link before APP: onlyonectl enable --link app -n' \
		ctl enable app -n --link
	prints -64 --partial 'does not take --all' ctl enable --all app
	run -64 ctl enable --
	run -0 ctl -q -- enable app2 -n
	[ -e "$RULES/app2" ]
}

# bats test_tags=check
@test "enable: says which file it has written, and what is missing, unless nothing is" {
	program app
	run -0 ctl enable app
	assert_equal "${#lines[@]}" 2
	assert_line --index 0 "onlyonectl: wrote $RULES/app"
	assert_output --partial 'onlyonectl session'
	prints -0 "onlyonectl: wrote $RULES/app" timeout $LIMIT onlyonectl \
		session -- onlyonectl enable "$PWD/bin/app"
	prints -0 '' ctl -q enable app
	run -0 --separate-stderr ctl enable --link app
	assert_output ''
	assert_equal "$stderr" "onlyonectl: wrote $RULES/app, and the link $LINKS/app"
	PATH=${PATH#"$LINKS:"} run ctl enable --link app
	assert_equal "${#lines[@]}" 2
	assert_output --partial 'PATH'
	PATH=${PATH#"$LINKS:"}:$LINKS run ctl enable --link app
	assert_output --partial 'the program comes first'
}

# bats test_tags=check
@test "enable: a program that is not there, by name or path, is noted, and doctor has a line" {
	run -0 ctl enable firefx --skip
	assert_line --partial 'there is no firefx in PATH'
	prints -0 --partial 'rule firefx: there is no firefx in PATH' ctl doctor
	run -0 ctl enable --link firefx
	assert_line --partial 'there is no firefx in PATH'
	ctl disable firefx
	run -0 ctl enable "$PWD/bin/appp"
	assert_line "onlyonectl: there is no $PWD/bin/appp"
	prints -0 --partial "there is no $PWD/bin/appp" ctl doctor
	program appp
	run -0 ctl enable "$PWD/bin/appp"
	refute_output --partial 'there is no'
	run -0 ctl doctor
	refute_output --partial 'there is no'
}

@test "enable --system: for every user, readable" {
	needs_points
	prints --partial "wrote $SYSTEM/app" ctl enable --system app
	for mask in 0 077; do
		rm -r "${SYSTEM%/*}"
		(umask "$mask" && ctl -q enable --system app -n)
		assert_equal "$(stat -c %a "${SYSTEM%/*}" "$SYSTEM" "$SYSTEM/app" |
			xargs)" '755 755 644'
	done
	state_is app system active
	run -64 ctl enable --system --link app
	prints -3 --partial --system ctl disable app
	ctl -q disable --system app
	[ ! -e "$SYSTEM/app" ]
}

# bats test_tags=check
@test "disable: removes rule and link, each if it is there; neither is 3" {
	linked app -n
	ctl disable app
	[ ! -e "$RULES/app" ] && [ ! -L "$LINKS/app" ]
	run -3 ctl disable app
	ctl -q enable app -n
	ctl disable app
	linked app -n
	rm "$RULES/app"
	ctl disable "$PWD/bin/app"
	[ ! -L "$LINKS/app" ]
	run -64 ctl disable
	run -64 ctl disable ''
}

# bats test_tags=check
@test "rules: a table, an array; nothing is nothing" {
	prints -0 '' ctl rules
	prints '[]' ctl rules --json
	linked app -n
	rule $'b\e' --bogus
	run -1 ctl rules
	assert_equal "${#lines[@]}" 3
	assert_line --regexp "^app +active +$RULES/app +-n$"
	refute_output --partial $'\e'
	ctl rules --json >json || true
	run jq -c '.[0] | [.name, .from, .state, .problem, .link]' json
	assert_output '["app","user","active",null,true]'
	prints --partial ':1: ' jq -r '.[1].problem' json
	run -64 ctl rules app
}

# --- session -------------------------------------------------------------------

# entry: what is to stand in LD_PRELOAD: the library, or one entry for both.
entry() {
	local dir
	dir=$(dirname "$(realpath "$(command -v onlyonectl)")")
	[ ! -e "$dir/i386" ] && echo "$dir/libonlyone.so" ||
		echo "$dir/\$LIB/libonlyone.so"
}

# bats test_tags=check
@test "session: the command has the shim by its plain name, before what was there, once" {
	shim=$(entry)
	preloads() {
		run -0 timeout $LIMIT onlyonectl session -- sh -c \
			'echo "$LD_PRELOAD"'
	}
	preloads
	assert_output "$shim"
	LD_PRELOAD=$BUILD/guests/hook.so preloads
	assert_output "$shim:$BUILD/guests/hook.so"
	LD_PRELOAD="$BUILD/guests/hook.so $shim" preloads
	assert_output "$BUILD/guests/hook.so $shim"
	LD_PRELOAD='' preloads
	assert_output "$shim"
}

# bats test_tags=check
@test "session: becomes the command: pid, arguments, status; without one, the shell" {
	begin onlyonectl session -- sh -c 'echo $$ "$@" >said; exit 5' x -- --y
	ends "$BEGUN" 5
	assert_equal "$(cat said)" "$BEGUN -- --y"
	printf '#!/bin/sh\necho shell "$#"\n' >bin/shell
	chmod +x bin/shell
	SHELL=$PWD/bin/shell run ctl session --
	assert_output 'shell 0'
	SHELL='' run ctl session -- <<<'echo $0'
	assert_output --partial sh
	run -127 ctl session -- nowhere
	run -126 ctl session -- "$PWD"
	run -64 ctl session sh
}

@test "session: what it prints for a profile does that" {
	shim=$(entry)
	ctl session >text
	line=$(sed -n 's/^ *\(export LD_PRELOAD=\)/\1/p' text)
	[ "$(wc -l <<<"$line")" = 1 ]
	run env -u LD_PRELOAD sh -c "$line; /usr/bin/env"
	assert_line "LD_PRELOAD=$shim"
	run sh -c "LD_PRELOAD=$BUILD/guests/hook.so; $line; /usr/bin/env"
	assert_line "LD_PRELOAD=$shim:$BUILD/guests/hook.so"
	grep -q 'environment.d' text
	[ ! -e "$HOME/.profile" ]
}

@test "session: no shim is 69, a path that cannot be named 71" {
	mkdir lone
	cp "$BUILD/points/onlyone" lone/onlyonectl
	run -69 timeout $LIMIT lone/onlyonectl session -- true
	for bad in 'a b' a:b 'a$b'; do
		mkdir "$bad"
		cp "$BUILD/points/onlyone" "$bad/onlyonectl"
		cp "$BUILD/points/libonlyone.so" "$bad"
		run -71 timeout $LIMIT "$bad/onlyonectl" session -- true
		assert_output --partial "$bad"
		run -71 timeout $LIMIT "$bad/onlyonectl" session
	done
}

# --- defaults ------------------------------------------------------------------

# busy_app: an instance named app; bin/app is a program that ends with 3.
busy_app() {
	printf '#!/bin/sh\nexit 3\n' >bin/app
	chmod +x bin/app
	begin onlyone -a app sleep 1000
	wait_until 'it runs' count_is app 1
}

# bats test_tags=check
@test "typed: a rule's options count before those of onlyone APP, and what is typed wins" {
	busy_app
	while IFS='|' read -r code lines typed; do
		echo "$code: $lines: onlyone $typed app" >&2
		printf '%b' "-a app\n$lines\n" >"$RULES/app"
		run -"$code" --separate-stderr timeout -k 5 $LIMIT onlyone $typed app
		[[ $stderr != *'--help'* ]]
	done <<-'END'
		9|-n\n-E 9|
		8|-n\n-E 9|-E 8
		0|-n\n-E 9|--skip
		9|-E 9\n--skip|-n
		9|-E 9\n-w 1000|-n
		0|-n|--if-running=skip
		9|-E 9\n-w 0|
		9|-E 9\n--skip|-w 0.1
		9|-E 9\n--replace|--wait -w 0.1
		0|-E 9\n-w 0.1|-q --skip
		3|-n|-a other
		3|-n|-k b
		9|-k a\n-n\n-E 9|-k {3}
		9|-n\n-E 9\n--lock-file=lock|-d
		9|-W\n-n\n-E 9|--background
		9|--adopt\n-E 9|-w 0.1
	END
}

# bats test_tags=check
@test "typed: a rule that is wrong, or may not be trusted, or is for another path counts for nothing" {
	busy_app
	rule app -n '-E 9' --bogus
	run -0 --separate-stderr timeout $LIMIT onlyone -a app app
	[[ $stderr == *"$RULES/app:3: "*"the rule does not count"* ]]
	rule app -n '-E 9' --skip
	run -0 --separate-stderr timeout $LIMIT onlyone -q -a app app
	assert_equal "$stderr" ''
	rule app -n '-E 9' "match $PWD/no/*"
	run -0 timeout $LIMIT onlyone -a app app
	rule app -n '-E 9' "match $PWD/b?n/*"
	run -9 timeout $LIMIT onlyone -a app app
	run -9 timeout $LIMIT onlyone -a app bin/app
	ONLYONE_DISABLE=1 run -3 timeout $LIMIT onlyone -a app app
	HOME='' run -0 timeout $LIMIT onlyone -a app app
	chmod g+w "$RULES/app"
	run -0 timeout $LIMIT onlyone -a app app
}

# bats test_tags=check
@test "typed: a rule is found by the name of the program that is meant" {
	busy_app
	rule app '-a app' -n '-E 9'
	rule sh '-a app' -n '-E 8'
	run -9 timeout $LIMIT onlyone sh bin/app
	run -8 timeout $LIMIT onlyone sh -c 'exit 4'
	run -4 timeout $LIMIT onlyone -c 'exit 4'
	run -7 timeout $LIMIT onlyone -c 'onlyone -E 7 app'
	rm "$RULES/app"
	run -3 timeout $LIMIT onlyone sh bin/app
}

# bats test_tags=check
@test "typed: --dry-run and --explain name the rule's file, and what of it counts" {
	busy_app
	rule app '-a app' -n -W
	run -0 timeout $LIMIT onlyone --dry-run app
	assert_line --regexp "^options: +-a app -n -W \(.* $RULES/app\)$"
	assert_line --regexp '^if running: +fail$'
	run -75 timeout $LIMIT onlyone --explain --background app
	assert_line --regexp "^options: +-a app -n \(.* $RULES/app\)$"
	prints -75 --partial "$RULES/app: -W: does not count" timeout $LIMIT \
		onlyone -v --background app
	run -0 timeout $LIMIT onlyone --dry-run sleep
	refute_line --regexp '^options'
}

# --- links ---------------------------------------------------------------------

# bats test_tags=check
@test "link: a program by its name alone is one instance, called as it was" {
	cp "$GUESTS/guest" bin/app
	ctl -q enable --link app -n -E 9
	begin app one 'two words'
	wait_until 'it runs' count_is app 1
	prints 'app|one|two words|' tr '\0' '|' <"/proc/$BEGUN/cmdline"
	prints "$BEGUN" ctl pid "$PWD/bin/app"
	run -9 timeout $LIMIT app
	run -9 timeout $LIMIT sh -c 'exec app'
	run -9 timeout $LIMIT env app
	ended_by TERM "$BEGUN"
}

@test "link: a rule's key that cannot be made is a singleton, and nothing is said" {
	printf '#!/bin/sh\nexit 3\n' >bin/app
	chmod +x bin/app
	ctl -q enable --link app -k '{path:1}'
	run -3 --separate-stderr timeout $LIMIT app -v file
	assert_equal "$stderr" ''
	ctl -q enable --link app -k '{path:1}' --strict-key
	run -65 --separate-stderr timeout $LIMIT app -v file
	[[ $stderr == *'{path:arg:1}'* ]]
}

@test "link: passes over itself, other links to onlyone, and other builds of it" {
	linked app -n '-E 9'
	mkdir first second
	cp "$BUILD/points/onlyone" own
	ln -s "$PWD/own" first/app
	ln own second/app
	PATH=$PWD/first:$LINKS:$PWD/second:$PATH
	begin app
	runs 1
	rm second/app
	ln -sf "$BUILD/onlyone" first/app
	run -9 timeout $LIMIT app
	prints "$PWD/bin/app" jq -r '.[].app' <(ctl list --json)
}

@test "link: without a rule, or with a bad one, the program runs as it is" {
	linked app -n
	rm "$RULES/app"
	begin app a
	begin app b
	runs 2
	ctl -q enable --link env -n
	for text in '' --bogus 'match /no/*'; do
		[ -z "$text" ] && rm "$RULES/env" || echo "$text" >"$RULES/env"
		diff <(/usr/bin/env | grep -v ^_=) <(env | grep -v ^_=)
	done
	rule app --bogus
	begin app c
	runs 3
	run ctl list
	refute_output --partial app
}

@test "link: onlyone by another name that has no rule is onlyone" {
	ln -s "$BUILD/onlyone" bin/oo
	prints --regexp '^onlyone ' timeout $LIMIT oo --version
	run -5 timeout $LIMIT oo sh -c 'exit 5'
}

# bats test_tags=check
@test "link: no program behind it is 127, and says so" {
	ctl -q enable --link app
	prints -127 --partial 'app: not found' timeout $LIMIT app
}

# bats test_tags=check
@test "link: onlyone in front passes over it, and its options count" {
	linked app
	program other
	begin app one
	runs 1
	for path in "$LINKS" "$LINKS/" "$LINKS/." "$PWD/elsewhere/.local/lib/onlyone/bin"; do
		mkdir -p "$path"
		[ -e "$path/app" ] || ln -s "$LINKS/app" "$path/app"
		for command in app "$LINKS/app" "$LINKS//app"; do
			echo "$path: $command" >&2
			PATH=$path:${PATH#"$LINKS:"} \
				run -75 timeout $LIMIT onlyone -n "$command" two
			assert_output --partial "$PWD/bin/app (pid $BEGUN)"
		done
	done
	# An interpreter finds its script in PATH, as the shell does.
	run -75 timeout $LIMIT onlyone -n sh app
	prints --partial "$PWD/bin/app" timeout $LIMIT onlyone --dry-run -- app
	begin onlyone -a another -n app three
	runs 2
	begin onlyone --wait app four
	lined_up "$BEGUN"
	ended_by TERM "$(ctl pid "$PWD/bin/app")"
	runs 3
	assert_equal "$(cut -d' ' -f2 ran | xargs)" 'one three four'
}

# bats test_tags=check
@test "link: onlyone in front of one that leads to no program is 127, and says so" {
	ctl -q enable --link app
	for command in app "$LINKS/app"; do
		prints -127 --partial 'except for the link' timeout $LIMIT onlyone \
			"$command"
	done
}

@test "link: a file in the way is not touched, and no rule is written then" {
	mkdir -p "$LINKS"
	echo mine >"$LINKS/app"
	run -77 ctl enable --link app
	assert_equal "$(cat "$LINKS/app")" mine
	run -3 ctl disable app
	ctl -q enable app
	ctl disable app
	assert_equal "$(cat "$LINKS/app")" mine
}

@test "link: none is left where the rule cannot be written" {
	mkdir -p -m 755 "$HOME/.config/onlyone/rules/app"
	run ! ctl enable --link app
	[ ! -e "$LINKS/app" ]
}

# --- doctor --------------------------------------------------------------------

@test "doctor: says whether enforcement is on here, which is no fault if it is not" {
	run -0 ctl doctor
	assert_line --partial 'enforcement is off in this session, with 0 rules'
	ctl -q enable app
	run -0 timeout $LIMIT onlyonectl session -- onlyonectl doctor
	assert_line --partial 'enforcement is on in this session, with 1 rule'
	LD_PRELOAD=/nowhere/libonlyone.so run ctl doctor
	assert_equal "$status" 1
	assert_line --regexp '^WRONG +LD_PRELOAD names /nowhere/libonlyone.so'
}

# wrong PATTERN: doctor names a rule.
wrong() { prints -1 --regexp "WRONG +rule $1" ctl doctor; }

# bats test_tags=check
@test "doctor: a rule under which several paths run is named, with what makes them one" {
	linked app
	begin app
	runs 1
	run -0 ctl doctor
	# One path, however many keys it has, is what a rule is for.
	begin onlyone -k other app
	runs 2
	run -0 ctl doctor
	program app "$PWD/other"
	PATH=$PWD/other:$PATH begin onlyone app
	runs 3
	wrong "app: several paths .*: $PWD/(bin|other)/app .*, $PWD/"
	assert_line --partial "--app=app in $RULES/app"
	# A rule for one of them is not about the other.
	rule app "match $PWD/bin/*"
	run -0 ctl doctor
	rule app --app=app
	PATH=$PWD/other:$PATH prints --partial 'application: app' onlyone --dry-run app
}

@test "doctor: a rule whose program never is what runs is named" {
	mkdir -p no .mount_appXyZ123/usr/bin .mount_Tool.AXyZ123/usr/bin
	rule app "match $PWD/no/*"
	cp /bin/sleep bin/app
	begin bin/app 1000
	wrong "app: what runs is $PWD/bin/app, which no match"
	rule app
	run -0 ctl doctor
	killed "$BEGUN"
	# An AppImage, with the rule of its own name, and of what is in it.
	cp /bin/sleep .mount_Tool.AXyZ123/usr/bin/inner
	rule Tool.AppImage
	begin .mount_Tool.AXyZ123/usr/bin/inner 1000
	wrong "Tool.AppImage: what runs is .*/inner, .* not under"
	killed "$BEGUN"
	run -0 ctl doctor
	cp /bin/sleep .mount_appXyZ123/usr/bin/app
	ctl -q enable --link app
	PATH=$LINKS:$PWD/.mount_appXyZ123/usr/bin:$PATH begin app 1000
	wait_until 'it runs' count_is "$PWD/.mount_appXyZ123/usr/bin/app" 1
	wrong "app: what runs under it is in a folder .*another one each time"
	assert_line --partial "--app=app in $RULES/app"
}

@test "doctor: a link that PATH does not lead to is wrong, with what to do" {
	linked app
	run -0 ctl doctor
	PATH=${PATH#"$LINKS:"} run ctl doctor
	assert_equal "$status" 1
	assert_output --partial 'not in PATH'
	assert_output --partial "put $LINKS at the front of PATH"
	PATH=${PATH#"$LINKS:"}:$LINKS run ctl doctor
	assert_equal "$status" 1
	assert_output --partial 'the program comes first'
	rm bin/app
	prints -1 --partial 'onlyonectl disable app' ctl doctor
}

@test "enable: killed at any of its calls: the rule is whole or not there, and nothing stays" {
	needs_points
	local n=0 killed=0
	while [ "$killed" != 3 ]; do
		n=$((n + 1)) killed=0
		"$BUILD/chaos/killat" 0 "$n" onlyonectl -q enable app -n \
			</dev/null >out 2>&1 3>&- || killed=$?
		case $((n % 2)) in
		0) ctl -q enable app -n ;;
		1) ctl -q disable app 2>/dev/null || true ;;
		esac
		run ls -A "$RULES"
		if [ $((n % 2)) = 0 ]; then
			assert_output app
			assert_equal "$(cat "$RULES/app")" -n
		else
			assert_output ''
		fi
	done
	[ "$n" -gt 20 ]
}
