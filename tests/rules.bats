# rules.bats: what is enabled: rules, the verbs about them, and links.
#
# A rule is tested through a link with the name of its program (the other way, the
# library, is in enforce.bats).  Rules of the system are those below $ONLYONE_TEST_ETC,
# which only the build with test points knows.
load lib/script

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

# busy: an instance app runs; the program bin/app exits with 3, and has a link and a
# rule that shows.
busy() {
	script bin/app /bin/sh 'exit 3'
	onlyonectl -q enable --link app
	rule app '-a app' -n '-E 9'
	onlyone --background -a app sleep 1000 3>&-
}

# by_rule [CODE]: a start of app exits with this code: 9, its rule's; 3 is the
# program's own, 8 that of the system's rule.
by_rule() { run -"${1-9}" app; }

# state_is NAME FROM STATE
state_is() {
	prints "$3" jq -r ".[] | select(.name == \"$1\" and .from == \"$2\") | .state" \
		<(onlyonectl rules --json)
}

# ignored PATTERN: the rule app is passed over, and rules say why.
ignored() {
	prints -1 --regexp "^NAME.*app +ignored +$RULES/app +.*$1" onlyonectl rules
	by_rule 3
}

@test "format: an option a line, as it is typed, quoted as for sh; one that is wrong does not count, and is told" {
	rule app '# all of it' '' '  --key="a \"b\" \$c"  # here' "match /usr/bin/* '/opt/a b'" \
		'	-nq' --adopt --lifetime=tree --lifetime=main
	prints '["active",["--key='\''a \"b\" $c'\''","match '\''/usr/bin/*'\'' '\''/opt/a b'\''",'\
'"-nq","--adopt","--lifetime=tree","--lifetime=main"]]' \
		jq -c '.[0] | [.state, .options]' <(ctl rules --json)
	# A handler gets what the quotes keep together.
	cp "$GUEST" bin/app
	ctl -q enable --link app
	rule app "--on-activate='printf \"<%s>\" \"\$@\" >>\"$PWD\"/got'" "-a 'my app'"
	begin_guest app one
	run -0 timeout $LIMIT app 'two words' '$HOME'
	assert_equal "$(<got)" '<two words><$HOME>'
	prints 1 ctl count 'my app'
	# A bad rule is reported with file and line, by doctor too.
	while IFS='|' read -r at text; do
		echo "$text" >&2
		printf '%b' "$text" >"$RULES/app"
		prints -1 --regexp "WRONG +rule app: $RULES/app:$at" ctl doctor
	done <<-'END'
		2: .*'--bogus'|--skip\n--bogus\n
		1: 'app' is not an option|app --skip
		2: .*quote|-n\n-k 'a\n\n
		2: match: 'bin/x'|-n\nmatch bin/x\n
		1: .*NUL|-n\n\0-q
	END
	run -4 --separate-stderr launch app exit 4
	[[ $stderr == *"$RULES/app:1: "*"the rule does not count"* ]]
}

# bats test_tags=check
@test "match, typed, trust: a rule is for the paths that fit; its options count before those of onlyone APP, and what is typed wins; what others can write to, and what is no file, is ignored" {
	busy
	rule app "match $PWD/no/* $PWD/b[a-i]n/a?p" "match $PWD/x" '-a app' -n '-E 9'
	by_rule
	# A star does not go over a slash.
	rule app "match $PWD/*" '-a app' -n '-E 9'
	by_rule 3
	# The path is that of the link, not of what it leads to.
	rule app "match $PWD/z/app" '-a app' -n '-E 9'
	mkdir z
	ln -s ../bin/app z/app
	PATH=$LINKS:$PWD/z:$PATH by_rule
	# One that is enabled by its path is for that alone, whatever is in it.
	mkdir 'a*[b]?' ax
	cp bin/app 'a*[b]?'
	cp bin/app ax
	onlyonectl -q enable './a*[b]?/app' -a app -n -E 9
	assert_equal "$(<"$RULES/app")" \
		"match '$PWD/a\\*\\[b\\]\\?/app'"$'\n-a app\n-n\n-E 9'
	PATH=$LINKS:$PWD/ax:$PATH by_rule 3
	PATH=$LINKS:$PWD/'a*[b]?':$PATH by_rule
	while IFS='|' read -r code lines typed; do
		echo "$code: $lines: onlyone $typed app" >&2
		printf '%b' "-a app\n$lines\n" >"$RULES/app"
		run -"$code" onlyone $typed app
		refute_output --partial --help
	done <<-'END'
		9|-n\n-E 9|
		8|-n\n-E 9|-E 8
		75|-n|--skip
		9|-E 9\n--skip|-w 0.1
		9|-n\n-E 9\n--lock-file=lock|-d
		9|--adopt\n-E 9|-w 0.1
	END
	# --dry-run and --explain name the rule's file, and what of it counts.
	rule app '-a app' -n -W
	run -75 onlyone --explain --background app
	assert_line --regexp "^options: +-a app -n \(.* $RULES/app\)$"
	prints -75 --partial "$RULES/app: -W: does not count" onlyone -v --background app
	# What others can write to.
	rule app '-a app' -n '-E 9'
	by_rule
	chmod o+w "$RULES/app"
	ignored 'writable by others'
	prints -1 --regexp 'WRONG +rule app is ignored: .*writable by others' onlyonectl doctor
	chmod o-w "$RULES/app"
	chmod g+w "${RULES%/*}"
	ignored "${RULES%/*} is writable by others"
	chmod g-w "${RULES%/*}"
	# What a link leads to, and the folder of that.
	mkdir far
	mv "$RULES/app" far/app
	ln -s "$PWD/far/app" "$RULES/app"
	chmod o+wt far
	ignored 'far is writable by others'
	chmod o-wt far
	by_rule
	rm "$RULES/app"
	mkfifo "$RULES/app"
	ignored 'not a plain file'
}

@test "system: a rule for all; the user's comes before it, also a wrong one, not an ignored one" {
	needs_points
	busy
	(umask 077 && prints --partial "wrote $SYSTEM/app" ctl enable --system app -a app -n -E 8)
	prints $'755\n755\n644' stat -c %a "${SYSTEM%/*}" "$SYSTEM" "$SYSTEM/app"
	by_rule
	state_is app user active
	state_is app system shadowed
	rule app --bogus
	by_rule 3
	rule app '-a app' -n '-E 9'
	chmod g+w "$RULES/app"
	state_is app system active
	by_rule 8
	chmod g-w "$RULES/app"
	# What editors leave, and other programs' rules, are none.
	mv "$RULES/app" "$RULES/app~"
	cp "$RULES/app~" "$RULES/.app"
	cp "$RULES/app~" "$RULES/ap"
	ctl -q disable --system app
	by_rule 3
	prints ap jq -r '.[].name' <(ctl rules --json)
	run -64 ctl enable --system --link app
}

@test "enable: says which file it has written, and what is missing" {
	script bin/app /bin/sh 'exit 3'
	run -0 ctl enable app
	assert_equal "${#lines[@]}" 3
	assert_line --index 0 "onlyonectl: wrote $RULES/app"
	assert_output --partial 'onlyonectl session'
	prints -0 "onlyonectl: wrote $RULES/app, and the link $LINKS/app" ctl enable --link app
	ctl -q enable --link app.new
	ctl -q enable --link app
	[ -L "$LINKS/app.new" ]
	ctl -q disable app.new
	# A program that is not there is noted, and doctor has a line.
	run -0 ctl enable firefx --skip
	assert_line --partial 'there is no firefx in PATH'
	prints -0 --partial 'rule firefx: there is no firefx in PATH' ctl doctor
}

@test "enable: what is in the way of rule or link is not followed, and not touched" {
	echo -- -q >other
	ln -s "$PWD/other" "$RULES/app"
	ctl -q enable app -n
	[ ! -L "$RULES/app" ]
	assert_equal "$(<other)" '-- -q'
	ctl -q disable app
	mkdir -p "$LINKS"
	echo mine >"$LINKS/app"
	run -77 ctl enable --link app
	run -3 ctl disable app
	assert_equal "$(<"$LINKS/app")" mine
	# A folder that would not be trusted, and one that is a link to nothing.
	chmod g+w "$RULES"
	prints -77 --partial "$RULES is writable by others" ctl enable app -n
	rmdir "$RULES"
	ln -s "$PWD/nowhere" "$RULES"
	prints -77 --partial 'is a link to a folder that is not there' ctl enable app -n
}

# entry: what is to stand in LD_PRELOAD: the library, or one entry for both kinds.
entry() {
	local dir
	dir=$(dirname "$(realpath "$(command -v onlyonectl)")")
	[ ! -e "$dir/i386" ] && echo "$dir/libonlyone.so" ||
		echo "$dir/\$LIB/libonlyone.so"
}

# bats test_tags=check
@test "session, enable: becomes the command, which has the library before what was there, once; enable writes an option a line, as it was given; rules tells it; disable removes it; by a link a program by its name alone is one instance" {
	local shim hook=$GUESTS/hook.so before expected
	shim=$(entry)
	while IFS='|' read -r before expected; do
		echo "$before" >&2
		LD_PRELOAD=$before prints "$expected" timeout $LIMIT onlyonectl session -- \
			sh -c 'echo "$LD_PRELOAD"'
	done <<-END
		|$shim
		$hook|$shim:$hook
		$hook $shim|$hook $shim
	END
	begin onlyonectl session -- sh -c 'echo $$ "$@" >said; exit 5' x -- --y
	ends "$BEGUN" 5
	assert_equal "$(<said)" "$BEGUN -- --y"
	# Without one it is the shell; what is no command is reported.
	script bin/shell /bin/sh 'echo shell "$#"'
	SHELL=$PWD/bin/shell prints 'shell 0' onlyonectl session --
	run -127 onlyonectl session -- nowhere
	run -126 onlyonectl session -- "$PWD"
	rm -rf "$HOME/.config"
	(umask 0277 && onlyonectl -q enable app -k '{1}' --on-activate="it's \$x \"y\"
z" -nq --app=a\\b -E 7 --lock-file '# a')
	prints $'600\n700\n700' stat -c %a "$RULES/app" "$RULES" "$HOME/.config"
	assert_equal "$(<"$RULES/app")" "-k '{1}'
--on-activate='it'\\''s \$x \"y\"
z'
-nq
--app='a\\b'
-E 7
--lock-file '# a'"
	# Again replaces; what is wrong is 64, and changes nothing.
	onlyonectl -q enable app --skip
	for bad in 'app --bogus' 'app -n --skip' .. onlyone; do
		run -64 onlyonectl enable $bad
	done
	assert_equal "$(<"$RULES/app")" --skip
	# Options of its own stand before APP, and those after it are onlyone's.
	prints -0 '' onlyonectl enable -q --link app -q
	assert_equal "$(<"$RULES/app")" -q
	prints -64 'onlyonectl: put --link before APP: onlyonectl enable --link app -n' \
		onlyonectl enable app -n --link
	# What is wrong is in the table of rules, and in the array.
	rule $'b\e' --skip '' --bogus
	run -1 onlyonectl rules
	assert_equal "${#lines[@]}" 3
	assert_line --regexp "^app +active +$RULES/app +-q$"
	refute_output --partial $'\e'
	run jq -c '(.[0] | [.name, .from, .state, .problem, .link]), .[1].problem' \
		<(onlyonectl rules --json)
	assert_line --index 0 '["app","user","active",null,true]'
	assert_line --index 1 --regexp ':3: '
	rm "$RULES"/b*
	onlyonectl disable app
	[ ! -L "$LINKS/app" ]
	run -3 onlyonectl disable app
	prints -0 '' onlyonectl rules
	prints '[]' onlyonectl rules --json
	cp "$GUEST" bin/app
	onlyonectl -q enable --link app -n -E 9
	begin_guest app one 'two words'
	prints 'app|one|two words|' tr '\0' '|' <"/proc/$BEGUN/cmdline"
	prints "$BEGUN" onlyonectl pid "$PWD/bin/app"
	by_rule
	run -9 env app
	# Onlyone in front passes over the link, however it is named; its options count.
	mkdir -p "$PWD/elsewhere/.local/lib/onlyone/bin"
	ln -s "$LINKS/app" "$PWD/elsewhere/.local/lib/onlyone/bin/app"
	PATH=$PWD/elsewhere/.local/lib/onlyone/bin:$PATH prints -8 --partial \
		"$PWD/bin/app (pid $BEGUN)" launch -E 8 app
	prints -8 --partial "$PWD/bin/app (pid $BEGUN)" onlyone -E 8 "$LINKS//app"
	# No program behind it is 127, and says so.
	rm bin/app
	prints -127 --partial 'app: not found' timeout $LIMIT app
	prints -127 --partial 'except for the link' onlyone app
}

@test "session: what it prints for a profile does that; 69 and 71 where the library is of no use" {
	line=$(ctl session | sed -n 's/^ *\(export LD_PRELOAD=\)/\1/p')
	prints "$(entry):$GUESTS/hook.so" env LIB=x LD_PRELOAD="$GUESTS/hook.so" \
		sh -c "$line; echo \"\$LD_PRELOAD\""
	mkdir lone 'a b'
	cp "$BUILD/onlyone" lone/onlyonectl
	run -69 timeout $LIMIT lone/onlyonectl session -- true
	cp "$BUILD"/{onlyonectl,libonlyone.so} 'a b'
	prints -71 --partial 'a b' timeout $LIMIT 'a b/onlyonectl' session -- true
	run -64 ctl session sh
}

@test "link: passes over other links to onlyone; without a rule, or its key, it runs as it is" {
	busy
	mkdir first second
	cp "$BUILD/onlyone" own
	ln -s "$PWD/own" first/app
	ln own second/app
	PATH=$PWD/first:$LINKS:$PWD/second:$PATH
	by_rule
	rule app "-k '{path:1}'"
	prints -3 '' timeout $LIMIT app -v file
	rule app "-k '{path:1}'" --strict-key
	prints -65 --partial '{path:arg:1}' timeout $LIMIT app -v file
	ctl -q enable --link env
	rule env --bogus
	diff <(/usr/bin/env | grep -v ^_=) <(env | grep -v ^_=)
	# By another name that has no rule it is onlyone.
	ln -s "$BUILD/onlyone" bin/oo
	run -5 timeout $LIMIT oo sh -c 'exit 5'
}

@test "doctor: says whether enforcement is on, and what is wrong with that, with a link, with a rule's match" {
	script bin/app /bin/sh 'exit 3'
	ctl -q enable --link app
	prints -0 --partial 'enforcement is off in this session, with 1 rule' ctl doctor
	prints -0 --partial 'enforcement is on in this session, with 1 rule' \
		timeout $LIMIT onlyonectl session -- onlyonectl doctor
	LD_PRELOAD=/nowhere/libonlyone.so run -1 ctl doctor
	assert_line --regexp '^WRONG +LD_PRELOAD names /nowhere/libonlyone.so'
	PATH=${PATH#"$LINKS:"}:$LINKS prints -1 --partial 'the program comes first' ctl doctor
	rm bin/app
	prints -1 --partial 'onlyonectl disable app' ctl doctor
	# A program that runs by a path that no match has, or by several.
	mkdir other
	cp /bin/sleep bin/app
	cp /bin/sleep other/app
	rule app "match $PWD/no/*"
	begin bin/app 1000
	wait_until 'it runs' has_name "$BEGUN" app
	prints -1 --regexp "WRONG +rule app: the program is $PWD/bin/app, which no match" ctl doctor
	rule app
	begin onlyone bin/app 1000
	begin onlyone other/app 1000
	wait_until 'one runs' count_is "$PWD/bin/app" 1
	wait_until 'another one does' count_is "$PWD/other/app" 1
	prints -1 --regexp "WRONG +rule app: it fits several paths.*: $PWD/(bin|other)/app" ctl doctor
	assert_line --partial "--app=app in $RULES/app"
}
