#!/usr/bin/env bats
# as: user (entries are a user's own)
# desktop.bats: enable --desktop: overrides of desktop entries.
#
# Entries are made up in folders of the test's own, but for one test that takes
# all of this machine, and one that takes those of Debian's mousepad.  They are
# launched as desktops do: by GLib (gio) and by dex, which starts what
# is started at login.
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
	AUTO="$SELF --on-activate=auto"
}

# entry ID EXEC [LINE...]: an installed one, valid.
entry() {
	local file=$FIRST/$1.desktop
	mkdir -p "${file%/*}"
	printf '%s\n' '[Desktop Entry]' Type=Application "Name=${1##*/}" \
		"Exec=$2" "${@:3}" >"$file"
}

# login ID EXEC [LINE...]: one that is started at login.
login() {
	mkdir -p "$LOGIN"
	FIRST=$LOGIN entry "$@"
}

# execs FILE: its values of Exec.
execs() { sed -n 's/^Exec=//p' "$1"; }

# valid FILE...: as it is, and to its validator.
valid() { prints -0 '' desktop-file-validate "$@"; }

gives() { assert_equal "$(cat "$OURS/$1.desktop")" "$2"; }

# launched ID FILE...: the override, by GLib.
launched() { timeout -k 5 $LIMIT gio launch "$OURS/$1.desktop" "${@:2}"; }

# lone [FOLDER]: a copy of onlyone that may be removed, in one of a hard name.
lone() {
	LONE=$PWD/${1-o pt \$x\`\\\'\"&;}
	mkdir "$LONE"
	cp "$BUILD/onlyone" "$LONE/onlyone"
	ln "$LONE/onlyone" "$LONE/onlyonectl"
}

records_are() { [ -e "$1" ] && [ "$(records "$1")" = "$2" ]; }

# --- text ----------------------------------------------------------------------

@test "text: the installed entry, but for Exec and some keys at the top" {
	entry app 'app %U' 'Name[de]=Äpp' '# a comment' '' 'MimeType=text/plain;' \
		'StartupNotify=true' 'StartupWMClass=App' 'Icon=app' \
		'Actions=new;other;' '' '[Desktop Action new]' 'Name=New' \
		'Exec=app %f' '' '[Desktop Action other]' 'Name=Other' \
		'Exec = app --other "a b"' '' '[X-Group]' 'Exec=not this'
	program app
	ctl -q enable --desktop app -d --on-activate='e "$@"'
	valid "$OURS/app.desktop"
	gives app "[Desktop Entry]
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
StartupNotify=true
StartupWMClass=App
Icon=app
Actions=new;other;

[Desktop Action new]
Name=New
Exec=$SELF -d \"--on-activate=e \\\\\"\\\\\$@\\\\\"\" -- app %f

[Desktop Action other]
Name=Other
Exec = app --other \"a b\"

[X-Group]
Exec=not this"
	assert_equal "$(stat -c %a "$OURS/app.desktop" "$OURS" | xargs)" '644 700'
	assert_equal "$(ls -A "$OURS" | xargs)" 'app.desktop mimeinfo.cache'
}

@test "text: what the entry says of those keys itself stays, but for the bus" {
	entry app 'app %f' TryExec=/bin/true X-GNOME-SingleWindow=false \
		DBusActivatable=true
	ctl -q enable --desktop app
	valid "$OURS/app.desktop"
	run grep -E '^(TryExec|X-GNOME|DBus)' "$OURS/app.desktop"
	assert_output 'DBusActivatable=false
TryExec=/bin/true
X-GNOME-SingleWindow=false'
}

# bats test_tags=check
@test "text: CRLF, no end of the last line, blanks, very long lines" {
	long=$(head -c 300000 /dev/zero | tr '\0' x)
	printf '# first\r\n [Desktop Entry] \r\nType=Application\r\nName=a\r\nX-L=%s\r\n  Exec = app %%F\r\n\r\n[Desktop Action x]\nName=x\nExec=app /x' \
		"$long" >"$FIRST/app.desktop"
	ctl -q enable --desktop app
	/usr/bin/python3 - "$FIRST/app.desktop" "$OURS/app.desktop" "$AUTO" <<-'END'
		import sys
		old, new = (open(f, "rb").read() for f in sys.argv[1:3])
		put = sys.argv[3].encode() + b" -- "
		head = b" [Desktop Entry] \r\n"
		at = new.index(head) + len(head)
		end = new.index(b"Type=")
		for line in new[at:end].split(b"\n")[:-1]:
		    assert line.endswith(b"\r"), line
		want = old.replace(b"app %F", put + b"app %F") \
		    .replace(b"app /x", put + b"app /x")
		assert new[:at] + new[end:] == want
	END
}

@test "text: onlyone stands in front of all; a command that runs another goes by the id" {
	program app
	cp bin/app bin/flatpak
	entry one 'env -u B A=1 C="x y" app %F'
	entry two 'sh -c "app \\"\\$@\\"" sh %F'
	entry three 'env -S app %F'
	entry four 'flatpak run org.example.App @@u %U @@'
	entry five "/usr/bin/python3 $PWD/bin/app %f"
	entry six "/usr/bin/env A=1 sh -c app" TryExec=sh
	entry seven 'gapplication launch org.example.App'
	for id in one two three four five six seven; do
		as=
		[[ $id == one || $id == five ]] || as="--app=$id "
		ctl -q enable --desktop "$id" -n
		valid "$OURS/$id.desktop"
		assert_equal "$(execs "$OURS/$id.desktop")" \
			"$SELF -n $as-- $(execs "$FIRST/$id.desktop")"
	done
	assert_equal "$(grep -h ^TryExec "$OURS/one.desktop" \
		"$OURS/two.desktop" "$OURS/six.desktop" | xargs)" \
		'TryExec=app TryExec=sh TryExec=sh'
	# With a name of one's own there is no other.
	ctl -q enable --desktop two -a mine
	prints --partial "$SELF -a mine --on-activate=auto -- sh" execs "$OURS/two.desktop"
	run -64 ctl enable --desktop two -d
	assert_output --partial "-d: which arguments of sh in $FIRST/two.desktop"
	ctl -q enable --desktop one -d
}

@test "text: the entries of this machine: no new complaint, and every other byte as it was" {
	local file id n=0
	export XDG_DATA_DIRS=/usr/share
	for file in /usr/share/applications/*.desktop; do
		grep -qs '^Type=Application' "$file" || continue
		id=${file##*/}
		if ! grep -q '^Exec=' "$file"; then
			run -64 ctl enable --desktop "$id"
			assert_output --partial 'has no Exec'
			continue
		fi
		ctl -q enable --desktop "$id" -n -k 'a "%s" $b' || fail "$id"
		n=$((n + 1))
		diff <(desktop-file-validate --no-hints "$file" | sed 's/[^:]*//') \
			<(desktop-file-validate --no-hints "$OURS/$id" |
				sed 's/[^:]*//') || fail "$id"
		# All but actions with an option, a command or a program of
		# their own.
		run awk -v self="$SELF -n -k" '/^\[/ { main = /^\[Desktop Entry\]/ }
			/^Exec/ && main { prog = $0; sub(/.* -- /, "Exec=", prog)
				sub(/ .*/, "", prog) }
			/^Exec/ && !index($0, self) && (main ||
				($1 == prog && !/ [^%\/:]+/))' "$OURS/$id"
		assert_output ''
		diff <(sed '/^DBusActivatable=/d' "$file") <(sed \
			-e '/^X-Onlyone-/d' -e '/^DBusActivatable=false$/d' \
			-e '/^X-GNOME-SingleWindow=true$/d' \
			-e "s|$SELF -n -k \"[^ ]* [^ ]* [^ ]*\" \(--app=[^ ]* \)\?-- ||" \
			"$OURS/$id" | if grep -q ^TryExec "$file"; then cat
			else sed /^TryExec=/d; fi) || fail "$id"
	done
	[ "$n" -ge 5 ] || fail "only $n entries"
	for file in "$OURS"/*.desktop; do
		ctl disable --desktop "${file##*/}"
	done
	run ls "$OURS"
	refute_output --partial .desktop
}

# --- quoting -------------------------------------------------------------------

@test "quoting: the program gets the arguments it gets without us" {
	local exec n=0
	while read -r exec; do
		entry app "${exec/ARGS/$GUESTS/args $PWD/got}"
		ctl -q enable --desktop app
		timeout $LIMIT gio launch "$FIRST/app.desktop" 'a b' "it's" '50%'
		wait_until 'the entry has run' records_are got $((2 * n + 1))
		launched app 'a b' "it's" '50%'
		wait_until 'its override has run' records_are got $((2 * n + 2))
		freed
		n=$((n + 1))
		record_lines got | tail -n 2 >both
		[ "$(sort -u both | wc -l)" = 1 ] || fail "$exec: $(cat both)"
	done <<-'END'
		ARGS %F
		ARGS plain "two words" "" %F
		ARGS 100%% "100%%" %U
		ARGS "a\\"b" "\\$HOME" "\\`id\\`" "\\\\\\\\" %F
		ARGS a\sb "c\td" "e\\\\f" \\\\ x\\ y %F
		ARGS 'single "quotes"' p'q'"r"s %F
		env A=1 B="x y" ARGS "$A" %F
		env -u A ARGS %i %c -- %F
		ARGS --name="%c" --icon=%k %F
		ARGS one	tab %F
	END
	assert_equal "$n" 10
}

@test "quoting: onlyone gets the options it was enabled with, wherever it lies" {
	local options=(-n "-k" 'a b' "--on-activate=printf \"<%s>\\n\" \"\$@\" \`x\` 'y' >>z;
second line	tab %U %% \\\\ \\\" #*?~&|()<>" -k '' "--key=it's" -E 7
		--lock-file='\s\n')
	lone
	program app
	entry app 'app %F'
	timeout $LIMIT "$LONE/onlyonectl" -q enable --desktop app "${options[@]}"
	valid "$OURS/app.desktop"
	printf '#!/bin/sh\nexec "%s/args" "%s/got" "$@"\n' "$GUESTS" "$PWD" \
		>"$PWD/script"
	chmod +x script
	mv script "$LONE/onlyone"
	launched app 'x y'
	wait_until 'it has run' records_are got 1
	"$GUESTS/args" want "${options[@]}" -- app "$PWD/x y"
	cmp want got
	# And rules show them so that a shell reads them back.
	eval "shown=($(ctl rules --json |
		jq -r '.[].options | join(" ")'))" || true
	assert_equal "${#shown[@]}" "${#options[@]}"
	for i in "${!options[@]}"; do
		assert_equal "${shown[i]}" "${options[i]}"
	done
}

@test "quoting: an option that is not UTF-8, or none of onlyone, is 64, and nothing is written" {
	program app
	entry app 'app %F'
	for bad in $'-k\xff' --bogus x -c\ x '-E 300' --help; do
		run -64 --separate-stderr ctl enable --desktop app "$bad"
		assert_equal "${#stderr_lines[@]}" 1
	done
	lone 'a%b'
	run -71 timeout $LIMIT "$LONE/onlyonectl" enable --desktop app
	assert_output --partial 'with %'
	[ ! -e "$OURS" ]
}

# --- which entry ---------------------------------------------------------------

@test "which: by id, by the program's name, by its path" {
	program app
	entry org.example.App 'env A=1 app %F'
	entry kde/app-settings "$PWD/bin/app %U"
	entry other other
	for name in org.example.App org.example.App.desktop \
		"$FIRST/org.example.App.desktop"; do
		ctl -q enable --desktop "$name"
		assert_equal "$(ls "$OURS"/*.desktop)" "$OURS/org.example.App.desktop"
		rm "$OURS"/*
	done
	for name in app "$PWD/bin/app" bin/../bin/app; do
		run -0 ctl enable --desktop "$name"
		assert_output --partial ' org.example.App.desktop'
		assert_output --partial ' kde-app-settings.desktop'
		assert_equal "$(ls "$OURS"/*.desktop | wc -l)" 2
		assert_equal "$(execs "$OURS/kde-app-settings.desktop")" \
			"$AUTO -- $PWD/bin/app %U"
		ctl disable --desktop "$name"
		run ls "$OURS"
		refute_output --partial .desktop
	done
}

@test "which: different programs of one name are not guessed at" {
	mkdir -p opt lib
	program app
	cp bin/app opt/app
	cp bin/app lib/app
	entry one "$PWD/lib/app"
	entry two "$PWD/opt/app"
	run -64 ctl enable --desktop app
	assert_equal "${#lines[@]}" 1
	assert_output --partial one.desktop
	assert_output --partial two.desktop
	[ ! -e "$OURS" ]
	ctl -q enable --desktop "$PWD/opt/app"
	assert_equal "$(ls "$OURS")" two.desktop
	ctl -q enable --desktop one
	ctl -q enable app
	run -64 ctl disable app
	assert_equal "$(ls "$OURS" | wc -l)" 2
	[ -e "$HOME/.config/onlyone/rules/app" ]
	# The one that the name means as a command comes first.
	entry three app
	ctl -q enable --desktop app
	ctl disable --desktop app
	assert_equal "$(ls "$OURS" | xargs)" 'one.desktop two.desktop'
}

@test "which: the first folder of XDG_DATA_DIRS counts; the default ones are there" {
	program app
	entry app 'app first'
	sed s/first/second/ "$FIRST/app.desktop" >"$SECOND/app.desktop"
	ctl -q enable --desktop app
	assert_equal "$(execs "$OURS/app.desktop")" "$AUTO -- app first"
	XDG_DATA_DIRS=relative:$PWD/second// ctl -q enable --desktop app
	assert_equal "$(execs "$OURS/app.desktop")" "$AUTO -- app second"
	XDG_DATA_DIRS='' ctl -q enable --desktop \
		"$(cd /usr/share/applications && ls -- *.desktop | head -n 1)"
	unset XDG_DATA_HOME
	ctl -q enable --desktop app
	[ -e "$HOME/.local/share/applications/app.desktop" ]
	XDG_DATA_HOME=relative ctl disable app
	[ ! -e "$HOME/.local/share/applications/app.desktop" ]
}

# bats test_tags=check
@test "which: none is 3; what cannot be overridden is told with file and line" {
	run -3 --separate-stderr ctl enable --desktop nothing
	assert_equal "${#stderr_lines[@]}" 1
	assert_output ''
	run -64 ctl enable --desktop ''
	while IFS='|' read -r name text; do
		printf '%b' "$text" >"$FIRST/app.desktop"
		run -64 ctl enable --desktop app.desktop
		assert_output --partial "$FIRST/app.desktop$name"
	done <<-'END'
		:1: it is not a|
		:1: it is not a|# nothing\n
		:1: a key before|Exec=app\n
		:1: neither|text\n
		:1: the first group|[Other]\nExec=app\n
		:1: not the name|[Desktop Entry\n
		:1: neither|\0357\0273\0277[Desktop Entry]\n
		:3: neither|[Desktop Entry]\nType=Application\nExec\n
		:2: a value|[Desktop Entry]\n=x\n
		:2: a NUL|[Desktop Entry]\nExec=a\0b\n
		 is not an app|[Desktop Entry]\nType=Link\nURL=x\n
		 is not an app|[Desktop Entry]\nExec=app\n
		 has no Exec|[Desktop Entry]\nType=Application\n
		 counts as deleted|[Desktop Entry]\nType=Application\nExec=app\nHidden=true\n
		:3: a quote|[Desktop Entry]\nType=Application\nExec=app "x\n
		:3: it is empty|[Desktop Entry]\nType=Application\nExec=  \n
		:3: a field|[Desktop Entry]\nType=Application\nExec=%k app\n
		 runs onlyone|[Desktop Entry]\nType=Application\nExec=onlyone app\n
	END
	[ ! -e "$OURS" ]
	rm "$FIRST/app.desktop"
	mkfifo "$FIRST/app.desktop"
	run -3 ctl enable --desktop app
}

@test "which: NoDisplay, symbolic links, loops of folders" {
	program app
	entry real 'app %F' NoDisplay=true
	ln -s real.desktop "$FIRST/app.desktop"
	ln -s nowhere "$FIRST/gone.desktop"
	ln -s . "$FIRST/loop"
	ctl -q enable --desktop app.desktop
	[ ! -L "$OURS/app.desktop" ]
	grep -qx "X-Onlyone-Source=$FIRST/app.desktop" "$OURS/app.desktop"
	run -3 ctl enable --desktop gone
}

# --- files ---------------------------------------------------------------------

@test "files: what is not ours is never touched" {
	program app
	entry app 'app %F'
	entry sub/more 'more %F'
	mkdir -p "$OURS/sub"
	for kind in link ours-behind-a-link folder; do
		rm -rf "$OURS/app.desktop" elsewhere
		case $kind in
		link) ln -s "$FIRST/app.desktop" "$OURS/app.desktop" ;;
		ours-behind-a-link)
			ctl -q enable --desktop app
			mv "$OURS/app.desktop" elsewhere
			ln -s "$PWD/elsewhere" "$OURS/app.desktop"
			;;
		folder) mkdir "$OURS/app.desktop" ;;
		esac
		cp -a "$OURS" before
		run -77 --separate-stderr ctl enable --desktop app.desktop
		assert_equal "${#stderr_lines[@]}" 1
		[[ $stderr == *"$OURS/app.desktop is your own"* ]]
		run -3 ctl disable app
		diff -r --no-dereference before "$OURS"
		rm -r before
	done
	# In a folder below it has the same id.
	rm -r "$OURS/app.desktop"
	cp "$FIRST/sub/more.desktop" "$OURS/sub/more.desktop"
	run -77 ctl enable --desktop sub-more
	[ ! -e "$OURS/sub-more.desktop" ]
	# Where the program has others too, those are taken.
	cp "$FIRST/app.desktop" "$OURS/my-app.desktop"
	run -0 ctl enable --desktop app.desktop
	run -0 ctl enable --desktop "$PWD/bin/app"
	assert_output --partial "my-app.desktop is your own, and stays"
	cmp "$FIRST/app.desktop" "$OURS/my-app.desktop"
}

# bats test_tags=check
@test "files: one of the user's own is edited where it is, and is put back" {
	entry app 'app %F'
	mkdir -p "$OURS"
	sed s/Name=.*/Name=Mine/ "$FIRST/app.desktop" >"$OURS/app.desktop"
	chmod 640 "$OURS/app.desktop"
	cp -a "$OURS" before
	for option in -n -q; do
		ctl -q enable --desktop app "$option"
		assert_equal "$(execs "$OURS/app.desktop")" \
			"$SELF $option$([ "$option" = -n ] || echo ' --on-activate=auto') -- app %F"
		grep -qx Name=Mine "$OURS/app.desktop"
	done
	ctl disable app
	assert_equal "$(cd "$OURS" && stat -c '%n %a %Y' -- * && cat -- *)" \
		"$(cd before && stat -c '%n %a %Y' -- * && cat -- *)"
	: >"$OURS/app.desktop.onlyone" # in the way
	run -77 ctl enable --desktop app
	cmp before/app.desktop "$OURS/app.desktop"
}

@test "files: of several entries, all are written or none" {
	program app
	entry one 'app %F'
	entry two 'app /two'
	mkdir -p "$OURS/two.desktop"
	run -77 ctl enable --desktop app
	assert_equal "$(ls -A "$OURS")" two.desktop
	rmdir "$OURS/two.desktop"
	echo Hidden=true >>"$FIRST/two.desktop"
	run -64 ctl enable --desktop two
	assert_equal "$(ls -A "$OURS")" ''
}

@test "disable: restores, and removes our override and nothing else" {
	program app
	entry app 'app %F' 'MimeType=text/x-a;'
	mkdir -p "$OURS"
	cp "$FIRST/app.desktop" "$OURS/mine.desktop"
	update-desktop-database "$OURS"
	cp -a "$OURS" before
	run -3 ctl disable app
	ctl -q enable --desktop app.desktop
	ctl disable --desktop app
	diff -r before "$OURS"
	run -3 ctl disable --desktop app
	# All three ways.
	ctl -q enable --link app -n
	ctl -q enable --desktop app.desktop
	ctl disable --desktop app
	[ -L "$HOME/.local/lib/onlyone/bin/app" ]
	[ -e "$HOME/.config/onlyone/rules/app" ]
	ctl -q enable --desktop app.desktop
	ctl disable app
	diff -r before "$OURS"
	[ ! -L "$HOME/.local/lib/onlyone/bin/app" ]
	[ ! -e "$HOME/.config/onlyone/rules/app" ]
	# Also when entry and program are gone.
	ctl -q enable --desktop app.desktop
	rm "$FIRST/app.desktop" bin/app
	ctl disable app
	diff -r before "$OURS"
}

@test "usage: what --desktop does not go with is 64; it stands before APP" {
	program app
	entry app 'app %F'
	for line in 'enable --desktop --link app' 'enable --desktop --system app' \
		'disable --desktop --system app' 'list --desktop' \
		'enable app --desktop' 'disable --desktop' 'enable --desktop' \
		'enable --autostart app' 'disable --desktop --autostart app' \
		'enable --desktop app --autostart'; do
		run -64 ctl $line
	done
	[ ! -e "$OURS" ]
	ctl --desktop -q enable app
	ctl disable app --desktop
	run ctl --help=all
	assert_line --partial '--desktop'
}

# --- modes ---------------------------------------------------------------------

@test "modes: what has an option, a command or a program of its own keeps its Exec, and is told" {
	program app
	program app
	entry app-main 'env A=1 app %F' TryExec=app DBusActivatable=true \
		'Actions=pref;quoted;url;place;double;env;bare;none;other;' '' \
		'[Desktop Action pref]' Name=1 'Exec=app --preferences' '' \
		'[Desktop Action quoted]' Name=2 'Exec="app"   "gui" %u ' '' \
		'[Desktop Action url]' Name=3 'Exec=app trash:///' '' \
		'[Desktop Action place]' Name=4 'Exec=app /tmp/a-b' '' \
		'[Desktop Action double]' Name=5 'Exec=app -- %U' '' \
		'[Desktop Action env]' Name=6 'Exec=env -u B app %U' '' \
		'[Desktop Action bare]' Name=7 '' \
		'[Desktop Action none]' Name=8 'Exec=env C=1 "app" -x' '' \
		'[Desktop Action other]' Name=9 'Exec=true %f'
	entry app-settings 'app --preferences' TryExec=app
	entry app-rename 'env A=1 app --bulk %F'
	entry app-mail 'app --mail %u' 'MimeType=x-scheme-handler/mailto;'
	entry app-import 'app --import %u' \
		'MimeType=x-content/image-dcf;;x-scheme-handler/a'
	entry app-files 'app --writer %U' 'MimeType=x-scheme-handler/b;text/x-b;'
	cp -r "$FIRST" before
	run -0 ctl enable --desktop app
	assert_equal "$(execs "$OURS/app-main.desktop")" "$AUTO -- env A=1 app %F
app --preferences
\"app\"   \"gui\" %u 
$AUTO -- app trash:///
$AUTO -- app /tmp/a-b
$AUTO -- app -- %U
$AUTO -- env -u B app %U
env C=1 \"app\" -x
true %f"
	assert_equal "$(execs "$OURS/app-files.desktop")" "$AUTO -- app --writer %U"
	assert_equal "$(ls "$OURS"/*.desktop | wc -l)" 2
	# A line each, and no more.
	assert_equal "$(grep 'Exec' <<<"$output" | sort)" \
		"$(sort <<-'END'
			onlyonectl: app-import.desktop stays as it is: its Exec has --import
			onlyonectl: app-mail.desktop stays as it is: its Exec has --mail
			onlyonectl: app-rename.desktop stays as it is: its Exec has --bulk
			onlyonectl: app-settings.desktop stays as it is: its Exec has --preferences
			onlyonectl: Desktop Action bare of app-main.desktop does nothing now: it has no Exec, and was started over the bus
			onlyonectl: Desktop Action none of app-main.desktop keeps its Exec, which has -x
			onlyonectl: Desktop Action other of app-main.desktop keeps its Exec, which has true
			onlyonectl: Desktop Action pref of app-main.desktop keeps its Exec, which has --preferences
			onlyonectl: Desktop Action quoted of app-main.desktop keeps its Exec, which has gui
		END
		)"
	ctl disable --desktop app
	assert_equal "$(ls "$OURS" | xargs)" mimeinfo.cache
	# The id of one means that entry.
	run -0 ctl enable --desktop app-settings
	refute_output --partial 'its Exec'
	assert_equal "$(execs "$OURS/app-settings.desktop")" \
		"$AUTO -- app --preferences"
	diff -r before "$FIRST"
}

@test "modes: where each entry has a mode of its own, none is guessed at" {
	program app
	entry one 'app panel-1'
	entry two 'app panel-2'
	run -64 ctl enable --desktop app
	assert_equal "${#lines[@]}" 1
	assert_output --partial one.desktop
	assert_output --partial two.desktop
	[ ! -e "$OURS" ]
	# One for files, or one alone, is the program.
	echo 'MimeType=text/x-a;' >>"$FIRST/two.desktop"
	ctl -q enable --desktop app
	[ ! -e "$OURS/one.desktop" ]
	[ -e "$OURS/two.desktop" ]
	# An action that nothing could start before is no news.
	printf '[Desktop Action x]\nName=x\n' >>"$FIRST/two.desktop"
	run -0 ctl enable --desktop two
	refute_output --partial Action
}

# --- autostart -----------------------------------------------------------------

# bats test_tags=check
@test "autostart: what starts the program at login is told, and with --autostart goes through onlyone" {
	program app
	entry app 'app %F'
	login app-login 'env A=1 app --minimized' X-GNOME-Autostart-Delay=5 \
		'# x' '' '[Desktop Action a]' Name=a 'Exec=app %F'
	run -0 ctl enable --desktop app
	assert_line "onlyonectl: $LOGIN/app-login.desktop starts it at login, and stays as it is; --autostart takes it too"
	[ ! -e "$HOME/.config" ]
	run -0 ctl enable --desktop --autostart app -n
	refute_output --partial 'starts it at login'
	assert_output --partial "through onlyone now: app.desktop autostart/app-login.desktop;"
	assert_equal "$(cat "$LOGIN_OURS/app-login.desktop")" "[Desktop Entry]
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
X-GNOME-Autostart-Delay=5
# x

[Desktop Action a]
Name=a
Exec=app %F"
	run -0 ctl rules
	assert_line --regexp "^app-login.desktop +active +$LOGIN_OURS/app-login.desktop +-n$"
	assert_line --regexp "^app.desktop +active +$OURS/app.desktop +-n$"
	ctl disable --desktop app.desktop
	[ ! -e "$OURS/app.desktop" ]
	[ ! -e "$LOGIN_OURS/app-login.desktop" ]
}

@test "autostart: dex starts it at login, once, and the menu's launch meets it" {
	program app
	entry app 'app %F'
	login app 'app --minimized'
	ctl -q enable --desktop --autostart app
	timeout $LIMIT dex -a -e none 3>&-
	runs 1
	assert_equal "$(cut -d' ' -f2 ran)" --minimized
	launched app
	wait_until 'it has been activated' eval \
		'[ "$(ctl list --json | jq ".[0].activations")" = 1 ]'
	timeout $LIMIT dex -a -e none 3>&-
	wait_until 'it has been activated' eval \
		'[ "$(ctl list --json | jq ".[0].activations")" = 2 ]'
	runs 1
}

@test "autostart: by program, by a whole line; folders in their order, and nothing below them" {
	program app
	entry app 'app %F'
	entry whole 'sh -c "app" sh %F'
	login link "$PWD/bin/app --hide" 'Hidden=false'
	login other 'other app'
	login whole 'sh -c "app --tray" sh'
	login lone 'app --lone' OnlyShowIn=XFCE\;
	login below/app 'app --below'
	mkdir -p second/autostart
	sed s/--hide/--second/ "$LOGIN/link.desktop" >second/autostart/link.desktop
	sed s/--hide/--more/ "$LOGIN/link.desktop" >second/autostart/more.desktop
	export XDG_CONFIG_DIRS=$PWD/login:relative:$PWD/second//
	ctl -q enable --desktop --autostart app
	assert_equal "$(cd "$LOGIN_OURS" && grep ^Exec= -- * | sed "s|$AUTO|AUTO|")" \
		"link.desktop:Exec=AUTO -- $PWD/bin/app --hide
lone.desktop:Exec=AUTO -- app --lone
more.desktop:Exec=AUTO -- $PWD/bin/app --more"
	ctl disable app
	assert_equal "$(ls -A "$LOGIN_OURS" "$OURS")" "$LOGIN_OURS:

$OURS:"
	ctl -q enable --desktop --autostart whole.desktop
	assert_equal "$(execs "$LOGIN_OURS/whole.desktop")" \
		"$AUTO --app=whole -- sh -c \"app --tray\" sh"
	ctl disable whole.desktop
	assert_equal "$(ls -A "$LOGIN_OURS")" ''
	# A folder of the user's own.
	XDG_CONFIG_HOME=$PWD/mine ctl -q enable --desktop --autostart app
	[ -e mine/autostart/link.desktop ]
	assert_equal "$(ls -A "$LOGIN_OURS")" ''
	XDG_CONFIG_HOME=$PWD/mine ctl disable app
	[ ! -e mine/autostart/link.desktop ]
	# No entry of a menu runs it.
	rm "$FIRST"/*
	run -3 ctl enable --desktop app
	FIRST=$LOGIN_OURS entry mine 'app --mine'
	run -0 ctl enable --desktop --autostart app
	refute_output --partial 'is your own'
	[ -e "$LOGIN_OURS/lone.desktop" ]
	assert_equal "$(execs "$LOGIN_OURS/mine.desktop")" "$AUTO -- app --mine"
	ctl disable --desktop lone.desktop
	[ ! -e "$LOGIN_OURS/lone.desktop" ]
	[ -e "$LOGIN_OURS/more.desktop" ]
}

@test "autostart: none is a note and 0; what is hidden stays" {
	program app
	entry app 'app %F'
	run -0 ctl enable --desktop --autostart app
	assert_line 'onlyonectl: no desktop entry starts app at login'
	[ -e "$OURS/app.desktop" ]
	[ ! -e "$LOGIN_OURS" ]
	# The user's own one hides that of the system, and is off.
	login app 'app --minimized'
	mkdir -p "$LOGIN_OURS"
	echo Hidden=true | cat "$LOGIN/app.desktop" - >"$LOGIN_OURS/app.desktop"
	cp -a "$LOGIN_OURS" before
	run -0 ctl enable --desktop --autostart app
	assert_line 'onlyonectl: no desktop entry starts app at login'
	run -0 ctl enable --desktop app
	refute_output --partial 'starts it at login'
	ctl disable app
	diff -r before "$LOGIN_OURS"
}

@test "autostart: doctor says what is wrong, and how to mend it alone" {
	lone
	program app
	entry app 'app %F'
	login app 'app --minimized'
	ctl -q enable --desktop --autostart app -k 'a b'
	ctl doctor
	run -0 ctl enable --desktop app -k 'a b'
	refute_output --partial 'starts it at login'
	run -0 jq -c '.[] | [.name, .from, .state, .file]' <(ctl rules --json)
	assert_output "[\"app.desktop\",\"desktop\",\"active\",\"$OURS/app.desktop\"]
[\"app.desktop\",\"autostart\",\"active\",\"$LOGIN_OURS/app.desktop\"]"
	ctl -q enable --desktop app -n
	cp "$OURS/app.desktop" before
	timeout $LIMIT "$LONE/onlyonectl" -q enable --desktop --autostart \
		"$LOGIN/app.desktop" -k 'a b'
	rm "$LONE/onlyone"
	prints -1 --partial 'is not there: nothing is started at login' ctl doctor
	assert_output --partial "onlyonectl enable --desktop --autostart $LOGIN/app.desktop -k 'a b'"
	ctl -q enable --desktop --autostart "$LOGIN/app.desktop"
	rm "$LOGIN/app.desktop"
	prints -1 --partial "onlyonectl disable --desktop $LOGIN/app.desktop" \
		ctl doctor
	ctl disable --desktop "$LOGIN/app.desktop"
	ctl doctor
	cmp before "$OURS/app.desktop"
}

# --- rules, doctor -------------------------------------------------------------

@test "rules: an override is listed by its id, with its options" {
	program app
	entry app 'app %F'
	ctl -q enable --desktop app -k '{path:1}' -n
	run -0 ctl rules
	assert_line --regexp "^app.desktop +active +$OURS/app.desktop +-k '\{path:1\}' -n$"
	run jq -c '.[0] | [.name, .from, .state, .file, .options, .problem, .link]' \
		<(ctl rules --json)
	assert_output "[\"app.desktop\",\"desktop\",\"active\",\"$OURS/app.desktop\",[\"-k '{path:1}'\",\"-n\"],null,false]"
	run -0 ctl doctor
	assert_line --partial 'desktop entries through onlyone: 1'
	assert_line --partial 'with 0 rules'
}

# wrong PATTERN REMEDY: rules and doctor say that of the override.
wrong() {
	prints -1 --partial "$1" ctl rules
	prints -1 --partial "WRONG  desktop entry app.desktop: $1" ctl doctor
	assert_output --partial "onlyonectl $2"
}

@test "doctor: the installed entry is gone; onlyone is missing" {
	lone
	program app
	entry app 'app %F'
	ctl -q enable --desktop app
	sed -i 's/^Exec=.* -- /Exec=/' "$OURS/app.desktop"
	wrong 'it does not lead through onlyone' 'enable --desktop app.desktop'
	timeout $LIMIT "$LONE/onlyonectl" -q enable --desktop app -k 'a b'
	ctl doctor
	rm "$LONE/onlyone"
	wrong '' "enable --desktop app.desktop -k 'a b'"
	assert_output --partial 'is not there: the installed entry is started'
	assert_equal "$(ctl rules --json | jq -r '.[0].state')" ignored
	# What it says is what helps.
	ctl -q enable --desktop app.desktop -k 'a b'
	ctl doctor
	rm "$FIRST/app.desktop"
	wrong "$FIRST/app.desktop is not there any more" \
		'disable --desktop app.desktop'
}

# --- launches ------------------------------------------------------------------

# typed ID EXEC [LINE...]: an entry for files of a type of the test's own.
typed() {
	entry "$@" 'MimeType=application/x-only;'
	mkdir -p first/mime
	echo '50:application/x-only:*.only' >first/mime/globs2
	update-desktop-database "$FIRST"
}

recorder() { echo "printf '%s|' \"\$@\" >>'$PWD/got'; echo >>'$PWD/got'"; }

@test "gio launch: twice is one process, and the document arrives" {
	program app
	entry app 'app %U'
	ctl -q enable --desktop app --on-activate="$(recorder)"
	launched app one.txt
	runs 1
	launched app 'a b.txt' 'https://example.org/x?y=%20'
	wait_until 'it has arrived' has_lines got 1
	assert_equal "$(cat got)" "$PWD/a b.txt|https://example.org/x?y=%20|"
	count_is app 1
	runs 1
	# A start by hand is the same application.
	launch app by hand
	assert_equal "$(tail -n 1 got)" 'by|hand|'
	runs 1
}

@test "same: the menu's path and the terminal's name are one application" {
	program app "$PWD/lib"
	ln -s ../lib/app bin/app
	entry org.example.App "$PWD/lib/app %F" 'Actions=x;' '' \
		'[Desktop Action x]' Name=x "Exec=$PWD/lib/app"
	ctl -q enable --desktop app --on-activate="$(recorder)"
	assert_equal "$(grep -c -- "--app=$PWD/bin/app -- $PWD/lib/app" \
		"$OURS/org.example.App.desktop")" 2
	launched org.example.App one.txt
	runs 1
	launch app two.txt
	assert_equal "$(tail -n 1 got)" 'two.txt|'
	runs 1
	ctl disable --desktop app
	run ls "$OURS"
	refute_output --partial .desktop
	# What its user calls it stays; an id is no program.
	for option in -amine ''; do
		ctl -q enable --desktop org.example.App $option
		run ! grep -e --app= "$OURS/org.example.App.desktop"
	done
}

@test "gio open: a file by its type lands in the running instance" {
	program app
	typed org.example.app 'app %F'
	ctl -q enable --desktop app --on-activate="$(recorder)"
	echo x >one.only
	cp one.only two.only
	timeout $LIMIT gio open one.only
	runs 1
	timeout $LIMIT gio open two.only
	wait_until 'it has arrived' has_lines got 1
	assert_equal "$(cat got)" "$PWD/two.only|"
	runs 1
	# GLib offers the override for that because of the list beside it.
	prints --partial org.example.app.desktop gio mime application/x-only
	rm "$OURS/mimeinfo.cache"
	run gio mime application/x-only
	refute_output --partial org.example.app.desktop
}

@test "gio: an entry of the bus goes by its Exec" {
	program app
	mkdir -p first/dbus-1/services
	printf '[D-BUS Service]\nName=org.example.App\nExec=%s\n' \
		"$PWD/bin/service" >first/dbus-1/services/org.example.App.service
	# It fails: of one that ends well the bus would wait for the name.
	printf '#!/bin/sh\n: >"%s/by-bus"\nexit 1\n' "$PWD" >bin/service
	chmod +x bin/service
	typed org.example.App 'app %F' DBusActivatable=true
	echo x >one.only
	# on_bus: open it, until one or the other has begun.
	on_bus() {
		timeout $LIMIT dbus-run-session -- sh -c 'gio open one.only
			until [ -e by-bus ] || [ -s ran ]; do
				sleep 0.02
			done' >/dev/null 2>&1 3>&-
	}
	on_bus
	[ -e by-bus ]
	has_lines ran 0
	rm by-bus
	ctl -q enable --desktop app
	on_bus
	[ ! -e by-bus ]
	runs 1
	assert_equal "$(cut -d' ' -f2 ran)" "$PWD/one.only"
}

@test "gio: a missing onlyone is the installed entry again; doctor says so" {
	program app
	lone
	typed app 'app %F'
	timeout $LIMIT "$LONE/onlyonectl" enable --desktop app -n 2>said
	grep -q 'is removed, most desktops start the installed entries' said
	echo x >a.only
	timeout $LIMIT gio open a.only
	runs 1
	timeout $LIMIT gio open a.only || true
	count_is app 1
	runs 1
	rm "$LONE/onlyone"
	timeout $LIMIT gio open a.only
	runs 2
	prints -1 --partial 'is not there: the installed entry is started' ctl doctor
	# With env too.
	cp "$BUILD/onlyone" "$LONE/onlyone"
	typed app 'env A=1 app %F'
	timeout $LIMIT "$LONE/onlyonectl" -q enable --desktop app -n
	rm "$LONE/onlyone"
	timeout $LIMIT gio open a.only
	runs 3
}
