# as: user (desktop entries belong to a user)
# desktop.bats: enable --desktop: overrides of desktop entries.
#
# The entries are made up, in folders of the test; one test takes all of this machine.
# They are launched as desktops do: by GLib (gio), and by dex, which starts what is
# started at login.
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
	EACH="$SELF -d"
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
			# From a menu each of its files would have a process ("default:").
			[ "$way $words" != '--desktop pad' ] || continue
			# shellcheck disable=SC2086
			run onlyonectl enable $way $words
			# A job has no entry.
			[[ $status == 0 || $words == job* ]] || fail "$output"
			if [ -n "$says" ]; then
				assert_line "onlyonectl: $says"
			fi
			# update-desktop-database, which may be missing, has a
			# note of its own.
			[ "$(grep -cE 'opened (later|again)|each file gets' <<<"$output")" = $((${#says} > 0)) ] ||
				fail "$output"
			onlyonectl -q disable "${words%% *}" || true
		done
	done <<-END
		geany|$handed geany
		mupdf|each file gets a process of its own
		pad|$handed pad if it hands over on its own; else its window is raised, and a line says so
		pad --on-activate=auto|$handed pad if it hands over on its own; else its window is raised, and a line says so
		clock|opened again, the window of the running clock is raised
		pad -d|each file gets a process of its own
		pad --skip|$untaken while pad runs
		pad -n|$untaken while pad runs
		pad --wait|files opened later wait until the running pad exits
		pad --replace|a file opened later stops the running pad, and a new one opens it
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
	prints "$SELF -d -- pad %U" execs "$OURS/pad.desktop"
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
	assert_line "onlyonectl: copy $FIRST/app.desktop into $LOGIN_OURS, and use this command again"
	login app-login 'env A=1 app --minimized' X-GNOME-Autostart-Delay=5
	run -0 onlyonectl enable --desktop app
	assert_line "onlyonectl: $LOGIN/app-login.desktop starts it at login, and stays as it is; --autostart changes it too"
	[ ! -e "$HOME/.config" ]
	run -0 onlyonectl enable --desktop --autostart app -n
	assert_output --partial "these now start through onlyone: app.desktop autostart/app-login.desktop"
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
	assert_equal "$(execs "$OURS/main.desktop")" "$EACH -- env A=1 app %F
\"app\"   \"--preferences\" %u 
true %f"
	assert_equal "$(overrides)" 'kde-files.desktop main.desktop'
	# A line for each entry, and no more.
	assert_equal "$(grep ' stays\? as ' <<<"$output" | LC_ALL=C sort)" \
		"onlyonectl: actions of main.desktop that stay as they are: pref (--preferences), other (true)
onlyonectl: mail.desktop stays as it is: its Exec has --mail"
	# The id of one means that entry; a command that runs another goes by it.
	ctl -q enable --desktop mail
	prints "$EACH -- app --mail %u" execs "$OURS/mail.desktop"
	ctl -q enable --desktop box -n
	prints "$SELF -n --app=box -- flatpak run org.example.App @@u %U @@" \
		execs "$OURS/box.desktop"
	# Do not guess between two with a mode each; the first folder counts.
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
	prints "$EACH -- $PWD/bin/app --hide" execs "$LOGIN_OURS/link.desktop"
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

@test "links: a name that leads to an entry's program finds it, and the other way round; one that leads to two is told" {
	program real
	ln -s real bin/short
	ln -s real bin/other
	entry main 'real %F'
	ctl -q enable --desktop short
	prints "$EACH --app=$PWD/bin/short -- real %F" execs "$OURS/main.desktop"
	ctl disable --desktop real
	[ ! -e "$OURS/main.desktop" ]
	# The link is what the entry has.
	entry main 'short %F'
	ctl -q enable --desktop real
	prints "$EACH --app=$PWD/bin/real -- short %F" execs "$OURS/main.desktop"
	ctl disable --desktop short
	[ ! -e "$OURS/main.desktop" ]
	# The name itself comes first.
	entry again 'other %F'
	ctl -q enable --desktop other
	assert_equal "$(overrides)" again.desktop
	ctl disable other
	run -64 ctl enable --desktop real
	assert_output --partial 'may be one of several'
}

# evidence STATUS: onlyone-raise of $LONE says that of what runs.
evidence() {
	rm -f "$LONE/onlyone-raise"
	script "$LONE/onlyone-raise" /bin/sh "echo \"\$*\" >>'$PWD/asked'" "exit $1"
}

# bats test_tags=check
@test "default: a program of which nothing is known gets -d, and that is said with the way back; one that is known by row, bus or what runs gets none; nor where a word of Exec may be no file" {
	program app
	lone
	said='each file opens in its own process (-d)'
	way='use onlyonectl enable --desktop app --on-activate=auto if app can open several files in one'
	while IFS='|' read -r options exec line; do
		echo "# $options, $exec, $line" >&2
		entry app "$exec" ${line:+"$line"}
		run -0 ctl enable --desktop app
		assert_equal "$(execs "$OURS/app.desktop")" \
			"$SELF ${options:+$options }-- $exec"
		if [ "$options" = -d ]; then
			assert_line "onlyonectl: $said"
			assert_line "onlyonectl: $way"
		else
			refute_output --partial "$said"
		fi
	done <<-END
		-d|app %F|
		-d|app -r --x=y %u|
		-d|env A=1 app %f|MimeType=text/plain;
		|app|
		|app 100%%f|
		|app --name Name %F|
		--adopt|app %F|DBusActivatable=true
		--adopt|app %F|X-DBUS-StartupType=Unique
		-d|app %F|X-DBUS-StartupType=Multi
	END
	entry app 'app %F' DBusActivatable=true
	ctl -q enable --desktop app -k x
	prints "$SELF -k x -- app %F" execs "$OURS/app.desktop"
	ctl -q enable --desktop app --lock-file=f
	prints "$SELF --lock-file=f -- app %F" execs "$OURS/app.desktop"
	# A row.
	mkdir -p "$HOME/.config/onlyone/handover"
	printf '# Programs: app\ntrue\n' >"$HOME/.config/onlyone/handover/app.sh"
	entry app 'app %F'
	ctl -q enable --desktop app
	prints "$SELF -- app %F" execs "$OURS/app.desktop"
	entry app 'app %F' DBusActivatable=true
	ctl -q enable --desktop app
	prints "$SELF --adopt -- app %F" execs "$OURS/app.desktop"
	entry app 'app %F'
	rm "$HOME/.config/onlyone/handover/app.sh"
	# What runs.
	cp "$GUESTS/guest" bin/app
	begin_guest app
	for row in '0 ' '1 -d' '64 -d'; do
		evidence "${row%% *}"
		lone_ctl -q enable --desktop app
		prints "${row#* }" sed -n 's/^X-Onlyone-Options=\(.*\)\\n/\1/p' \
			"$OURS/app.desktop"
		prints "--evidence $BEGUN" cat asked
		rm asked
	done
}

@test "service: what the bus starts goes through onlyone, if it starts the entry's program; the user's own file stays; disable removes ours" {
	local services=$XDG_DATA_HOME/dbus-1/services
	service() { printf '[D-BUS Service]\nName=org.x.App\n%s\n' "${@:2}" >"$1/org.x.App.service"; }
	program app
	entry org.x.App 'app %U' DBusActivatable=true
	mkdir -p first/dbus-1/services second/dbus-1/services
	service second/dbus-1/services "Exec=$PWD/bin/app --second"
	service first/dbus-1/services SystemdService=x.service \
		"Exec = $PWD/bin/app --gapplication-service \"a b\""
	run -0 ctl enable --desktop app
	refute_output --partial 'your own'
	assert_equal "$(<"$services/org.x.App.service")" \
		"# X-Onlyone-Override: $PWD/first/dbus-1/services/org.x.App.service
[D-BUS Service]
Name=org.x.App
Exec=$SELF -q -n -E 0 --adopt -- $PWD/bin/app --gapplication-service \"a b\""
	# Again, with what is somebody's word, and a percent sign.
	ctl -q enable --desktop app --replace --on-activate='a%b'
	assert_equal "$(execs "$services/org.x.App.service")" \
		"$SELF --replace --on-activate=a%b -- $PWD/bin/app --gapplication-service \"a b\""
	ctl disable app
	[ ! -e "$services/org.x.App.service" ]
	# Another program; none; without DBusActivatable; the user's own.
	service first/dbus-1/services Exec=/bin/false
	ctl -q enable --desktop app
	[ ! -e "$services/org.x.App.service" ]
	rm first/dbus-1/services/org.x.App.service second/dbus-1/services/org.x.App.service
	ctl -q enable --desktop app
	[ ! -e "$services/org.x.App.service" ]
	service first/dbus-1/services "Exec=$PWD/bin/app"
	entry org.x.App 'app %U'
	ctl -q enable --desktop app
	[ ! -e "$services/org.x.App.service" ]
	prints "$SELF --adopt -- app %U" execs "$OURS/org.x.App.desktop"
	entry org.x.App 'app %U' DBusActivatable=true
	service "$services" Exec=mine
	run -0 ctl enable --desktop app
	assert_output --partial "$services/org.x.App.service is your own, and stays"
	ctl disable app
	prints mine execs "$services/org.x.App.service"
}

# defaults TYPE...: what GLib and xdg-open take for them.
defaults() {
	local type
	for type; do
		gio mime "$type" | sed -n '1s/.*: //p'
		xdg-mime query default "$type"
	done
}

@test "types: which program opens a type stays as it was, with one override, with three, and without them again; the user's own stays first, and what was chosen" {
	local types=(text/x-one text/x-two text/x-three) mime before id
	export LC_ALL=C
	for id in alpha beta gamma; do
		program "$id"
		FIRST=$SECOND entry "$id" "$id %F" 'MimeType=text/x-one;text/x-two;'
	done
	entry late 'late %F' 'MimeType=text/x-two;'
	program late
	program mine
	mkdir -p "$OURS" "$HOME/.config"
	FIRST=$OURS entry mine 'mine %F' 'MimeType=text/x-three;'
	FIRST=$SECOND entry gamma 'gamma %F' \
		'MimeType=text/x-one;text/x-two;text/x-three;'
	for mime in "$FIRST" "$SECOND" "$OURS"; do
		update-desktop-database "$mime"
	done
	before=$(defaults "${types[@]}")
	assert_equal "$before" "$(printf '%s.desktop\n' alpha alpha late late mine mine)"
	for id in gamma beta alpha late; do
		ctl -q enable --desktop "$id"
		assert_equal "$id: $(defaults "${types[@]}")" "$id: $before"
	done
	prints 'text/x-one=alpha.desktop;beta.desktop;gamma.desktop;' \
		grep x-one "$OURS/mimeinfo.cache"
	ctl disable alpha
	assert_equal "$(defaults "${types[@]}")" "$before"
	# Each of them is offered still.
	prints 3 grep -c 'alpha\|beta\|gamma' <(gio mime text/x-one | sed '/Recomm/,$d; 1d')
	ctl disable late
	ctl disable gamma
	ctl disable beta
	assert_equal "$(defaults "${types[@]}")" "$before"
	# What its user has chosen.
	printf '[Default Applications]\ntext/x-one=gamma.desktop\n' >"$HOME/.config/mimeapps.list"
	ctl -q enable --desktop beta
	prints gamma.desktop xdg-mime query default text/x-one
	prints 2 grep -c '' "$HOME/.config/mimeapps.list"
}

@test "gnome-terminal: that it leaves its window to a server is said when it is enabled, and by its first launch; not with --wait" {
	said='gnome-terminal exits at once and leaves its window to gnome-terminal-server, so each launch opens another window'
	way='use gnome-terminal --wait, which stays and is single'
	script bin/gnome-terminal /bin/sh exit
	entry org.gnome.Terminal gnome-terminal
	for how in '' --desktop; do
		prints -0 --partial "onlyonectl: $said"$'\n'"onlyonectl: $way" ctl enable $how gnome-terminal
	done
	run -0 launch gnome-terminal --wait
	refute_output --partial server
	ctl disable gnome-terminal
	# --wait has left a record of the same application.
	rm -rf "$ONLYONE_DIR"
	prints -0 "onlyone: $said"$'\n'"onlyone: $way" launch gnome-terminal
	wait_until 'it is known' ctl log gnome-terminal
	prints -0 '' launch gnome-terminal
}
