# as: user (entries are a user's own)
# desktop.bats: enable --desktop: overrides of desktop entries.
#
# Entries are made up in folders of the test's own, but for one test that takes
# all of this machine.  They are launched as desktops do: by GLib (gio) and by
# dex, which starts what is started at login.
load lib/script

own_setup() {
	umask 022
	export HOME=$PWD/home XDG_DATA_HOME=$PWD/home/data
	# Nothing of the machine is there to be opened.
	export XDG_DATA_DIRS=$PWD/first:$PWD/second
	unset XDG_CONFIG_HOME XDG_CURRENT_DESKTOP DBUS_SESSION_BUS_ADDRESS
	export XDG_CONFIG_DIRS=$PWD/login
	LOGIN=$PWD/login/autostart
	LOGIN_OURS=$HOME/.config/autostart
	OURS=$XDG_DATA_HOME/applications
	FIRST=$PWD/first/applications
	SECOND=$PWD/second/applications
	mkdir -p "$HOME" "$FIRST" "$SECOND" bin
	PATH=$PWD/bin:$PATH
	SELF=$(realpath "$BUILD/onlyone")
}

# entry ID EXEC [LINE...]: an installed one, valid.
entry() {
	local file=$FIRST/$1.desktop
	mkdir -p "${file%/*}"
	printf '%s\n' '[Desktop Entry]' Type=Application "Name=${1##*/}" \
		"Exec=$2" "${@:3}" >"$file"
}

# login ID EXEC [LINE...]: one that is started at login.
login() { FIRST=$LOGIN entry "$@"; }

# execs FILE: its values of Exec.
execs() { sed -n 's/^Exec=//p' "$1"; }

# overrides [FOLDER]: those of ours that there are.
overrides() { (cd "${1-$OURS}" && compgen -G '*.desktop' | sort | xargs); }

# launched ID FILE...: the override, by GLib.
launched() { timeout -k 5 $LIMIT gio launch "$OURS/$1.desktop" "${@:2}"; }

# lone: a copy of onlyone that may be removed, in a folder of a hard name.
lone() {
	LONE=$PWD/"o pt \$x\`\\'\"&;"
	mkdir "$LONE"
	cp "$BUILD/onlyone" "$LONE/onlyone"
	ln "$LONE/onlyone" "$LONE/onlyonectl"
}

lone_ctl() { timeout $LIMIT "$LONE/onlyonectl" "$@"; }

records_are() { [ -e "$1" ] && [ "$(records "$1")" = "$2" ]; }

# bats test_tags=check
@test "enable, enable --desktop: say the same of a file that is opened later, in one sentence: by the options, the row, and the entry; of a job nothing" {
	for name in pad clock job geany mupdf mpv; do
		program "$name"
		entry "$name" "$name %U" 'MimeType=text/plain;'
	done
	entry clock clock
	rm "$FIRST/job.desktop"
	untaken='files opened later are not opened'
	handed='files opened later go to the running'
	while IFS='|' read -r words says; do
		echo "# $words" >&2
		for way in '' --desktop; do
			# shellcheck disable=SC2086
			run onlyonectl enable $way $words
			# A job has no entry.
			[[ $status == 0 || $words == job* ]] || fail "$output"
			if [ -n "$says" ]; then
				assert_line "onlyonectl: $says"
			fi
			[ "$(grep -cE 'file|window of' <<<"$output")" = $((${#says} > 0)) ] ||
				fail "$output"
			onlyonectl -q disable "${words%% *}" || true
		done
	done <<-END
		geany|$handed geany
		mupdf|each file gets a process of its own
		pad|$handed pad if it hands over by itself; else its window is raised, and a line says so
		pad --on-activate=auto|$handed pad if it hands over by itself; else its window is raised, and a line says so
		clock|opened again, the window of the running clock is raised
		pad -d|each file gets a process of its own
		pad --skip|$untaken while pad runs
		pad -n|$untaken while pad runs
		pad --wait|files opened later wait for the end of the running pad
		pad --replace|a file opened later ends the running pad, and another one opens it
		pad --on-activate=none|$untaken: the window of the running pad is raised, and a line says so
		pad --signal=HUP|$untaken: the running pad gets the signal
		pad --on-activate=cat|files opened later go to the command of --on-activate
		job|
		job --skip|
	END
	# What a row needs, and is not there.
	hidden=$PWD/hidden
	mkdir "$hidden"
	ln -s "$(type -P sh)" "$hidden/sh"
	cp bin/mpv "$hidden/mpv"
	prints --partial "do not go to the running mpv: it needs perl" \
		env PATH="$hidden" "$BUILD/onlyonectl" enable mpv
	# Without a word where nothing was asked: both have auto by default.
	onlyonectl -q enable --desktop pad
	prints "$SELF -- pad %U" execs "$OURS/pad.desktop"
}

# bats test_tags=check
@test "enable --desktop: the installed entry, but for Exec and some keys at the top; disable removes it; what starts the program at login is told, and with --autostart goes through onlyone; a file of the user's own is edited where it is, and put back" {
	program app
	entry app 'app %U' 'Name[de]=Äpp' '# a comment' '' 'MimeType=text/plain;' \
		'DBusActivatable=true' 'Actions=new;other;' '' \
		'[Desktop Action new]' 'Name=New' 'Exec=app %f' '' \
		'[Desktop Action other]' 'Name=Other' 'Exec = app --other "a b"' '' \
		'[X-Group]' 'Exec=not this'
	onlyonectl -q enable --desktop app -d --on-activate='e "$@"'
	assert_equal "$(<"$OURS/app.desktop")" "[Desktop Entry]
X-Onlyone-Override=true
X-Onlyone-Source=$FIRST/app.desktop
X-Onlyone-Program=$PWD/bin/app
X-Onlyone-Options=-d\\n--on-activate='e \"\$@\"'\\n
DBusActivatable=false
X-GNOME-SingleWindow=true
TryExec=app
Type=Application
Name=app
Exec=$SELF -d \"--on-activate=e \\\\\"\\\\\$@\\\\\"\" -- app %U
Name[de]=Äpp
# a comment

MimeType=text/plain;
Actions=new;other;

[Desktop Action new]
Name=New
Exec=$SELF -d \"--on-activate=e \\\\\"\\\\\$@\\\\\"\" -- app %f

[Desktop Action other]
Name=Other
Exec = app --other \"a b\"

[X-Group]
Exec=not this"
	run -0 onlyonectl rules
	assert_line --regexp "^app.desktop +active +$OURS/app.desktop +-d "
	onlyonectl disable --desktop app
	run -3 onlyonectl disable --desktop app
	[ ! -e "$OURS/app.desktop" ]
	program app
	entry app 'app %F'
	run -0 onlyonectl enable --desktop --autostart app
	assert_line 'onlyonectl: no desktop entry starts app at login'
	login app-login 'env A=1 app --minimized' X-GNOME-Autostart-Delay=5
	run -0 onlyonectl enable --desktop app
	assert_line "onlyonectl: $LOGIN/app-login.desktop starts it at login, and stays as it is; --autostart takes it too"
	[ ! -e "$HOME/.config" ]
	run -0 onlyonectl enable --desktop --autostart app -n
	assert_output --partial "through onlyone now: app.desktop autostart/app-login.desktop;"
	assert_equal "$(<"$LOGIN_OURS/app-login.desktop")" "[Desktop Entry]
X-Onlyone-Override=true
X-Onlyone-Source=$LOGIN/app-login.desktop
X-Onlyone-Program=$PWD/bin/app
X-Onlyone-Options=-n\\n
DBusActivatable=false
X-GNOME-SingleWindow=true
TryExec=app
Type=Application
Name=app-login
Exec=$SELF -n -- env A=1 app --minimized
X-GNOME-Autostart-Delay=5"
	run -0 onlyonectl rules
	assert_line --regexp "^app-login.desktop +active +$LOGIN_OURS/app-login.desktop +-n$"
	onlyonectl disable --desktop app.desktop
	[ ! -e "$OURS/app.desktop" ]
	[ ! -e "$LOGIN_OURS/app-login.desktop" ]
	program app
	entry app 'app %F'
	mkdir -p "$OURS"
	cp "$FIRST/app.desktop" before
	sed s/Name=.*/Name=Mine/ before >"$OURS/app.desktop"
	touch -d '2001-02-03 04:05' "$OURS/app.desktop"
	chmod 640 "$OURS/app.desktop"
	cp -a "$OURS/app.desktop" before
	onlyonectl -q enable --desktop app
	onlyonectl -q enable --desktop app -n
	prints "$SELF -n -- app %F" execs "$OURS/app.desktop"
	[[ $(<"$OURS/app.desktop") == *Name=Mine* ]]
	onlyonectl -q enable --link app -n
	# Also when entry and program are gone.
	rm "$FIRST/app.desktop" bin/app
	onlyonectl disable app
	cmp before "$OURS/app.desktop"
	assert [ ! "$OURS/app.desktop" -nt before -a ! "$OURS/app.desktop" -ot before ]
	assert [ ! -L "$HOME/.local/lib/onlyone/bin/app" ]
	assert [ ! -e "$HOME/.config/onlyone/rules/app" ]
	run -3 onlyonectl disable app
}

# same_but_for_ours ID: every other byte of the entry is as it was.
same_but_for_ours() {
	local drop='X-Onlyone-|DBusActivatable=|X-GNOME-SingleWindow=true'
	grep -q '^TryExec' "$FIRST/$1" || drop+='|TryExec='
	sed -E "/^($drop)/d; s|$SELF -n -k \"[^ ]* [^ ]* [^ ]*\" (--app=[^ ]* )?-- ||" \
		"$OURS/$1" | diff - <(sed '/^DBusActivatable=/d' "$FIRST/$1")
}

@test "text: every other byte of an entry stays, odd ones and all of this machine, and their validator has no new complaint" {
	local file id n=0
	printf '# first\r\n [Desktop Entry] \r\nType=Application\r\nName=a\r\nX-L=%s\r\n  Exec = app %%F\r\n\r\n[Desktop Action x]\nName=x\nExec=app /x' \
		"$(head -c 300000 /dev/zero | tr '\0' x)" >"$FIRST/app.desktop"
	ctl -q enable --desktop app -n -k 'a "%s" $b'
	same_but_for_ours app.desktop
	prints 2 grep -c -- ' -- app ' "$OURS/app.desktop"
	export XDG_DATA_DIRS=/usr/share
	FIRST=/usr/share/applications
	for file in $(grep -ls '^Type=Application' "$FIRST"/*.desktop | head -n 20); do
		id=${file##*/}
		echo "$id" >&2
		ctl -q enable --desktop "$id" -n -k 'a "%s" $b'
		n=$((n + 1))
		same_but_for_ours "$id"
		grep -q "^Exec=$SELF -n -k " "$OURS/$id"
		diff <(desktop-file-validate --no-hints "$file" | sed 's/[^:]*//') \
			<(desktop-file-validate --no-hints "$OURS/$id" | sed 's/[^:]*//')
		ctl disable --desktop "$id"
	done
	[ "$n" -ge 5 ] || fail "only $n entries"
}

@test "quoting: onlyone gets the options it was enabled with, wherever it lies" {
	local options=(-n "-k" 'a b' "--on-activate=printf \"<%s>\\n\" \"\$@\" \`x\` 'y' >>z;
second line	tab %U %% \\\\ \\\" #*?~&|()<>" -k '' "--key=it's" -E 7
		--lock-file='\s\n')
	lone
	program app
	entry app 'app %F'
	lone_ctl -q enable --desktop app "${options[@]}"
	prints -0 '' desktop-file-validate "$OURS/app.desktop"
	# A script in the place of onlyone, written elsewhere: that file is the library's.
	script instead /bin/sh "exec '$GUESTS/args' '$PWD/got' \"\$@\""
	mv instead "$LONE/onlyone"
	launched app 'x y'
	wait_until 'it has run' records_are got 1
	"$GUESTS/args" want "${options[@]}" -- app "$PWD/x y"
	cmp want got
	# And rules show them so that a shell reads them back.
	eval "shown=($(ctl rules --json | jq -r '.[].options | join(" ")'))"
	assert_equal "${shown[*]@Q}" "${options[*]@Q}"
}

@test "errors: none is 3; what cannot be overridden is told with file and line, and nothing is written" {
	local name text
	run -3 --separate-stderr ctl enable --desktop nothing
	assert_equal "${#stderr_lines[@]}$output" 1
	while IFS='|' read -r name text; do
		echo "# $name" >&2
		printf '%b' "$text" >"$FIRST/app.desktop"
		run -64 ctl enable --desktop app.desktop
		assert_output --partial "$FIRST/app.desktop$name"
	done <<-'END'
		:1: a key before|Exec=app\n
		:2: a NUL|[Desktop Entry]\nExec=a\0b\n
		 is not an app|[Desktop Entry]\nType=Link\nURL=x\n
		 counts as deleted|[Desktop Entry]\nType=Application\nExec=app\nHidden=true\n
		:3: a quote|[Desktop Entry]\nType=Application\nExec=app "x\n
		 runs onlyone|[Desktop Entry]\nType=Application\nExec=onlyone app\n
	END
	program app
	entry app 'app %F'
	run -64 ctl enable --desktop app --bogus
	run -64 ctl enable --desktop app $'-k\xff'
	run -64 ctl enable --desktop --system app
	run -64 ctl enable --autostart app
	[ ! -e "$OURS" ]
}

@test "which: the program's own, by its name, a path or their id; what has a mode of its own stays, and is told" {
	program app
	cp bin/app bin/flatpak
	entry main 'env A=1 app %F' 'Actions=pref;other;' '' \
		'[Desktop Action pref]' Name=1 'Exec="app"   "--preferences" %u ' '' \
		'[Desktop Action other]' Name=9 'Exec=true %f'
	entry mail 'app --mail %u' 'MimeType=x-scheme-handler/mailto;'
	entry kde/files "$PWD/bin/app --writer %U" 'MimeType=x-scheme-handler/b;text/x-b;'
	entry box 'flatpak run org.example.App @@u %U @@'
	run -0 ctl enable --desktop bin/../bin/app
	assert_equal "$(execs "$OURS/main.desktop")" "$SELF -- env A=1 app %F
\"app\"   \"--preferences\" %u 
true %f"
	assert_equal "$(overrides)" 'kde-files.desktop main.desktop'
	# A line each, and no more.
	assert_equal "$(grep 'Exec' <<<"$output" | LC_ALL=C sort)" \
		"onlyonectl: Desktop Action other of main.desktop keeps its Exec, which has true
onlyonectl: Desktop Action pref of main.desktop keeps its Exec, which has --preferences
onlyonectl: mail.desktop stays as it is: its Exec has --mail"
	# The id of one means that entry; a command that runs another goes by it.
	ctl -q enable --desktop mail
	prints "$SELF -- app --mail %u" execs "$OURS/mail.desktop"
	ctl -q enable --desktop box -n
	prints "$SELF -n --app=box -- flatpak run org.example.App @@u %U @@" \
		execs "$OURS/box.desktop"
	# Of two that have a mode each none is guessed at; the first folder counts.
	rm -r "$OURS" "$FIRST"
	entry one 'app panel-1'
	entry two 'app panel-2'
	run -64 ctl enable --desktop app
	[[ $output == *one.desktop* && $output == *two.desktop* ]]
	FIRST=$SECOND entry one 'app --second'
	ctl -q enable --desktop one
	prints "$SELF -- app panel-1" execs "$OURS/one.desktop"
}

@test "files: what is not ours is never touched; of several entries all are written or none" {
	program app
	entry app 'app %F'
	entry two 'app /two'
	ctl -q enable --desktop app.desktop
	mv "$OURS/app.desktop" elsewhere
	# A link to the installed one, one to what we have written, and a folder.
	for kind in "ln -s $FIRST/app.desktop" "ln -s $PWD/elsewhere" mkdir; do
		rm -rf "$OURS/app.desktop" before
		$kind "$OURS/app.desktop"
		cp -a "$OURS" before
		run -77 --separate-stderr ctl enable --desktop app
		assert_equal "${#stderr_lines[@]}" 1
		[[ $stderr == *"$OURS/app.desktop is your own"* ]]
		run -3 ctl disable app
		diff -r --no-dereference before "$OURS"
	done
}

@test "autostart: folders in their order, and nothing below them; dex starts it once" {
	activated() { [ "$(ctl list --json | jq '.[0].activations')" = "$1" ]; }
	program app
	entry app 'app %F'
	login link "$PWD/bin/app --hide"
	login below/app 'app --below'
	mkdir -p second/autostart "$LOGIN_OURS"
	sed s/--hide/--second/ "$LOGIN/link.desktop" >second/autostart/link.desktop
	export XDG_CONFIG_DIRS=$PWD/login:relative:$PWD/second//
	ctl -q enable --desktop --autostart app
	assert_equal "$(overrides "$LOGIN_OURS")" link.desktop
	prints "$SELF -- $PWD/bin/app --hide" execs "$LOGIN_OURS/link.desktop"
	timeout $LIMIT dex -a -e none 3>&-
	runs 1
	assert_equal "$(cut -d' ' -f2 ran)" --hide
	launched app
	wait_until 'it has been activated' activated 1
	timeout $LIMIT dex -a -e none 3>&-
	wait_until 'it has been activated' activated 2
	runs 1
	ctl disable app
	assert_equal "$(overrides "$LOGIN_OURS")$(overrides)" ''
}

# wrong PATTERN REMEDY: rules and doctor say that of the override.
wrong() {
	prints -1 --partial "$1" ctl rules
	prints -1 --partial "WRONG  desktop entry app.desktop: $1" ctl doctor
	assert_output --partial "onlyonectl $2"
}

@test "doctor: onlyone is missing, the installed entry is gone, at login too; what it says is what helps" {
	lone
	program app
	entry app 'app %F'
	login app 'app --minimized'
	lone_ctl -q enable --desktop --autostart app -k 'a b'
	rm "$LONE/onlyone"
	wrong '' "enable --desktop app.desktop -k 'a b'"
	assert_output --partial 'is not there: the installed entry is started'
	assert_output --partial 'is not there: nothing is started at login'
	assert_output --partial "onlyonectl enable --desktop --autostart $LOGIN/app.desktop -k 'a b'"
	ctl -q enable --desktop app.desktop -k 'a b'
	ctl -q enable --desktop --autostart "$LOGIN/app.desktop"
	prints -0 --partial 'desktop entries through onlyone: 2' ctl doctor
	sed -i 's/^Exec=.* -- /Exec=/' "$OURS/app.desktop"
	wrong 'it does not lead through onlyone' 'enable --desktop app.desktop'
	ctl -q enable --desktop app.desktop
	rm "$FIRST/app.desktop"
	wrong "$FIRST/app.desktop is not there any more" \
		'disable --desktop app.desktop'
}

@test "gio: launched, or opened by a file's type, it is one process, and the document arrives; by hand too; without onlyone the installed entry is started" {
	program app "$PWD/lib"
	ln -s ../lib/app bin/app
	entry org.example.App "$PWD/lib/app %U" 'MimeType=application/x-only;'
	mkdir -p first/mime
	echo '50:application/x-only:*.only' >first/mime/globs2
	update-desktop-database "$FIRST"
	ctl -q enable --desktop app \
		--on-activate="printf '%s|' \"\$@\" >>'$PWD/got'; echo >>'$PWD/got'"
	launched org.example.App one.txt
	runs 1
	launched org.example.App 'a b.txt' 'https://example.org/x?y=%20'
	wait_until 'it has arrived' has_lines got 1
	echo x >two.only
	timeout $LIMIT gio open two.only
	wait_until 'it has arrived' has_lines got 2
	# A start by hand is the same application, by the name that is typed.
	launch app by hand
	assert_equal "$(<got)" "$PWD/a b.txt|https://example.org/x?y=%20|
$PWD/two.only|
by|hand|"
	runs 1
	# A missing onlyone is the installed entry again.
	lone
	lone_ctl -q enable --desktop app
	rm "$LONE/onlyone"
	timeout $LIMIT gio open two.only
	runs 2
}
