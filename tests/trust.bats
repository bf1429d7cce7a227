# as: root
# trust.bats: which user's rules count, where there are several users.
#
# The user is uid 1000, a stranger 1001; a rule shows by its exit code.
load lib/script

own_setup() {
	umask 022
	place=$(mktemp -d "${ONLYONE_DIR%/*}/onlyone-test.XXXXXX")
	LITTER+=("$place")
	ROOTS+=("$place/state")
	chmod 755 "$place"
	cd "$place" || return 1
	mkdir -p state home/.config/onlyone/rules etc/onlyone/rules bin
	RULES=$place/home/.config/onlyone/rules
	SYSTEM=$place/etc/onlyone/rules
	script bin/app /bin/sh 'exit 3'
	printf 'user:x:1000:1000::%s:/bin/sh\nroot:x:0:0::%s:/bin/sh\n' \
		"$place/home" "$place/roothome" >passwd
	mkdir -p home/.local/lib/onlyone/bin
	chown -R 1000:1000 state home
	as_user ln -s "$BUILD/points/onlyone" home/.local/lib/onlyone/bin/app
}

as_user() {
	setpriv --reuid=1000 --regid=1000 --clear-groups \
		env HOME="${home-$place/home}" ONLYONE_DIR="$place/state" \
		ONLYONE_TEST_ETC="$place/etc" ONLYONE_TEST_PASSWD="$place/passwd" \
		PATH="$place/home/.local/lib/onlyone/bin:$place/bin:$BUILD/points:/usr/bin:/bin" \
		timeout -k 5 $LIMIT "$@"
}

# code N [COMMAND...]: a start of app, by the link, while app is held: N; 3 is
# the program itself.
code() {
	as_user onlyone -a app -n sleep 1000 3>&- &
	STARTED+=("$!")
	wait_until 'it runs' eval '[ "$(as_user onlyonectl count app)" = 1 ]'
	run as_user app
	assert_equal "$status" "$1"
	[ "$1" != 3 ] || assert_output ''
	as_user onlyonectl stop app
}

rule() { printf -- '-n\n-a app\n-E %s\n' "$2" >"$1/app"; }

@test "trust: one's own rule, and root's, count, whatever HOME says; another's, by a link too, or unreadable, does not" {
	rule "$RULES" 9
	rule "$SYSTEM" 8
	code 9 # root's
	chown 1001 "$RULES/app"
	code 8
	prints -1 --regexp "ignored.*$RULES/app belongs to another user" \
		as_user onlyonectl rules
	prints -1 --regexp 'WRONG.*app belongs to another user' as_user onlyonectl doctor
	chown 1001 "$SYSTEM/app"
	code 3
	chown -R 1000:1000 home/.config
	code 9
	for folder in "$RULES" "${RULES%/*}" "$place/home/.config"; do
		chown 1001 "$folder"
		code 3
		prints -1 --partial "$folder belongs to another user" as_user onlyonectl rules
		chown 1000 "$folder"
	done
	mkdir far
	mv "$RULES/app" far/
	ln -s "$place/far/app" "$RULES/app"
	code 9
	chown 1001 far
	code 3
	chown 0:0 far "$SYSTEM/app"
	rm "$RULES/app"
	code 8
	chmod 600 "$SYSTEM/app"
	code 3
	prints -1 --regexp 'WRONG.*app is ignored.*Permission denied' as_user onlyonectl doctor
	# Where they are the password file tells, not HOME, which may be another user's.
	mkdir -p roothome/.config/onlyone/rules
	rule roothome/.config/onlyone/rules 7
	rule "$RULES" 9
	for home in "$place/home" "$place/roothome"; do
		prints --partial "\"file\": \"$place/roothome/.config/onlyone/rules/app\"" \
			env HOME="$home" ONLYONE_TEST_ETC="$place/etc" \
			ONLYONE_TEST_PASSWD="$place/passwd" \
			"$BUILD/points/onlyonectl" rules --json
	done
	code 9
}

# A shell that became root in the user's tmux, by su: what it says of its pane
# it has from there.  This is that pane's terminal, and becomes the server.
TMUX_SERVER='
import os, pty, sys
sock, conf, told = sys.argv[1:]
server = os.getpid()
pid, master = pty.fork()
if pid == 0:
    os.environ.update(TMUX=f"{sock},{server},0", TMUX_PANE="%0")
    with open(told + ".new", "w") as f:
        print(os.getpid(), file=f)
    os.rename(told + ".new", told)
    os.execvp("sleep", ["sleep", "300"])
os.set_inheritable(master, True)
os.setgroups([])
os.setresgid(1000, 1000, 1000)
os.setresuid(1000, 1000, 1000)
os.execvp("tmux", ["tmux", "-D", "-S", sock, "-f", conf])
'

# bats test_tags=not-core
@test "trust: root's launch asks no tmux of the user in whose pane it runs" {
	local sock=$place/home/sock pid server
	printf '%s\n' 'new-session -d "sleep 300"' \
		"set-hook -g after-select-window \"run-shell \\\"id -u >>$place/home/asked\\\"\"" \
		>home/conf
	begin server= /usr/bin/python3 -c "$TMUX_SERVER" "$sock" home/conf root >server 2>&1
	wait_until 'the root shell is there' test -s root
	pid=$(<root)
	STARTED+=("$pid")
	wait_until 'tmux is there' as_user tmux -S "$sock" has-session
	raise_it() {
		"$@" env TMUX="$sock,$server,0" TMUX_PANE=%0 \
			timeout $LIMIT "$BUILD/onlyone-raise" -vt "$pid"
	}
	prints 'no display' raise_it
	assert [ ! -e home/asked ]
	# The user's own does, for what is his, and would have been seen to.
	pid=$(as_user tmux -S "$sock" list-panes -F '#{pane_pid}')
	prints 'no display' raise_it as_user
	wait_until 'it is asked' test -s home/asked
	as_user tmux -S "$sock" kill-server
}

# as_root COMMAND...: root, with what sudo -E keeps of the user's environment.
as_root() {
	run --separate-stderr env HOME="$place/home" ONLYONE_DIR="$place/rootstate" \
		XDG_DATA_HOME="$place/$data" XDG_DATA_DIRS="$place/data" \
		ONLYONE_TEST_ETC="$place/etc" ONLYONE_TEST_PASSWD="$place/passwd" \
		PATH="$BUILD/points:$place/bin:/usr/bin:/bin" timeout -k 5 $LIMIT "$@"
}

@test "desktop: root writes nothing into a folder that the environment names and another user has" {
	local data config verb entry='[Desktop Entry]\nType=Application\nName=app\nExec=app\n'
	mkdir -p data/applications data/autostart roothome home/has/inner rooted
	printf "$entry" | tee data/applications/app.desktop >data/autostart/app.desktop
	ln -s "$place/rooted" home/link
	chown -R 1000:1000 home
	# Root's, in a folder of the user's.
	mkdir home/has/inner/roots
	before=$(find . | sort)
	for data in home/has home/no/such home/link home/has/inner/roots; do
		config=$data
		for verb in enable disable; do
			as_root onlyonectl $verb --desktop app
			assert_equal "$data $verb $status" "$data $verb 77"
			[[ $stderr == "onlyonectl: XDG_DATA_HOME: $place/home"*\
' belongs to another user, 1000; '* ]]
		done
	done
	# The same for what is started at login.
	data=rooted
	as_root env XDG_CONFIG_DIRS="$place/data" XDG_CONFIG_HOME="$place/$config" \
		onlyonectl enable --desktop --autostart app
	assert_failure 77
	[[ $stderr == "onlyonectl: XDG_CONFIG_HOME: $place/home"* ]]
	assert_equal "$(find . | sort)" "$before"
	# The user's own entry stays, whatever root disables.
	as_user env XDG_DATA_HOME="$place/home/has" \
		XDG_DATA_DIRS="$place/data" onlyonectl enable --desktop app
	data=home/has
	for verb in 'enable app -n' 'disable app'; do
		as_root onlyonectl -q $verb
		assert_success
	done
	[ -e home/has/applications/app.desktop ]
	# What is root's is taken, and so is what is not there yet.
	for data in rooted rooted/not/yet; do
		as_root onlyonectl enable --desktop app
		assert_success
		[ -e "$data/applications/app.desktop" ]
	done
}

# lib_place [BUILD]: in a folder that is root's alone, from / on, what every log-in
# loads: $own.
lib_place() {
	own=$(mktemp -d /var/lib/onlyone-test.XXXXXX)
	LITTER+=("$own")
	chmod 755 "$own"
	mkdir "$own/lib"
	cp -r "${1-$BUILD}/onlyone" "$BUILD/libonlyone.so" "$own/lib/"
	if [ -e "$BUILD/i386" ]; then
		cp -r "$BUILD/i386" "$BUILD"/lib* "$BUILD/"'$LIB' "$own/lib/"
	fi
	ln -s onlyone "$own/lib/onlyonectl"
}

# for_all: what session prints for all users.
for_all() {
	timeout $LIMIT "$own/lib/onlyonectl" session |
		sed -n 's/^ *LD_PRELOAD DEFAULT=//p'
}

# bats test_tags=check
@test "session: a line for all users only where each part of the path is root's alone; else for that user" {
	lib_place
	entry=$("$own/lib/onlyonectl" session -- sh -c 'echo "$LD_PRELOAD"')
	line=$(for_all)
	# pam_env.conf(5): a $ is written \$.
	assert_equal "${line//\\\$/\$}" "$entry"
	while read -r part undo how; do
		$how "$own/$part"
		assert_equal "$part, $how: $(for_all)" "$part, $how: "
		${undo/-/ } "$own/$part"
	done <<-'END'
		. chmod-0755 chmod o+w
		lib chmod-0755 chmod g+w
		lib/libonlyone.so chmod-0755 chmod 1777
		lib/onlyone chown-0:0 chown 1000
	END
	chown 1000 "$own/lib"
	prints -77 --partial "$own/lib may be written by others" \
		timeout $LIMIT "$own/lib/onlyonectl" session
	chown 0 "$own/lib"
	# Another user, to whom root's is as good as to root.
	run -0 as_user "$own/lib/onlyonectl" session
	assert_line --partial "LD_PRELOAD DEFAULT=$own/lib"
	cp -r "$own/lib" home/.local/lib/mine
	chown -R 1000:1000 home
	run -0 as_user home/.local/lib/mine/onlyonectl session
	assert_line --partial 'export LD_PRELOAD='
	assert_line --partial 'no line for all users'
	refute_output --partial DEFAULT
	run -77 timeout $LIMIT home/.local/lib/mine/onlyonectl session
	refute_output --partial 'LD_PRELOAD='
	# A link there leads to where it is not.
	mv "$own/lib" "$place/lib"
	ln -s "$place/lib" "$own/lib"
	assert_equal "$(for_all)" ''
}

@test "session: doctor names a line for all users that loads what others may write" {
	lib_place "$BUILD/points"
	cp -r "$own/lib" home/.local/lib/mine
	chown -R 1000:1000 home
	export ONLYONE_TEST_ETC=$place/etc
	mkdir -p etc/security
	while read -r file line; do
		echo "#LD_PRELOAD=/x/libonlyone.so" >"etc/$file"
		echo "${line/DIR/$place/home/.local/lib/mine}" >>"etc/$file"
		run timeout $LIMIT "$own/lib/onlyonectl" doctor
		assert_line --regexp "^WRONG .*$file loads $place/home/.local/lib/mine/.*\
libonlyone.so into every log-in, and $place.* can be written by users other than root"
		refute_output --partial 'loads /x/'
		echo "${line/DIR/$own/lib}" >"etc/$file"
		run timeout $LIMIT "$own/lib/onlyonectl" doctor
		refute_output --partial 'every log-in'
		rm "etc/$file"
	done <<-'END'
		security/pam_env.conf LD_PRELOAD DEFAULT=DIR/\$LIB/libonlyone.so
		environment LD_PRELOAD="DIR/libonlyone.so"
		ld.so.preload DIR/libonlyone.so
	END
}
