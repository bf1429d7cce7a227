# as: user (needs no rights)
# identity.bats: what makes two launches the same application.
#
# The path that the user typed; a script is itself, however it is run; a command in
# front (nice) is looked through; any other command that runs another one is its whole
# command line.  (The whole table: identity_test.)  A command that leads back to its
# own launch, by a first line or PATH, comes to an end.
# shellcheck disable=SC2016,SC2030,SC2031,SC2086,SC2154
load lib/place
load lib/script

own_setup() {
	mkdir bin
	cp "$GUEST" bin/prog
	script wrapper /bin/sh 'exec "$GUESTS/guest" "$@"'
}

@test "identity: is the path that was typed; a script, however it is run; what is behind nice; --app" {
	begin_guest onlyone ./wrapper
	onlyone -q "$PWD/wrapper"
	prints -0 "$BEGUN" onlyonectl pid wrapper
	from ./wrapper
	meets /bin/sh -e "$PWD/wrapper" argument
	meets bash --norc -- wrapper
	ln -s bin/prog link
	from ./link
	differs bin/prog
	from bin/prog
	meets timeout -k 5 9m nice ionice -c 2 -n 7 "$PWD/bin/prog" one
	from --app=editor bin/prog
	meets -a editor "$GUEST"
	from -k '{1}' bin/prog document
	meets -k '{arg:1}' timeout 100 nice bin/prog document
	# Of what runs something else otherwise, it is the whole line.
	from sh -c '"$GUESTS/guest"; : first'
	meets sh -c '"$GUESTS/guest"; : first'
	differs sh -c '"$GUESTS/guest"; : second'
}

@test "identity: for a shell line no program answers; what stands in front of one is looked through for its documents, too" {
	begin_guest onlyone --app=editor bin/prog
	run -75 onlyone --app=editor -c 'exit 3'
	from -d bin/prog one
	meets -d timeout 100 bin/prog ./one
	differs -d nice bin/prog two
}

# release N: the program's new folder; what `current` leads to then.
release() {
	mkdir -p "app/releases/$1/bin"
	cp bin/prog "app/releases/$1/bin/server"
	ln -sfn "releases/$1" app/current
}

@test "identity: a link in the folder is what is meant: after a deploy it is the same application" {
	release 1
	begin_guest first= onlyone app/current/bin/server
	from app/current/bin/server
	release 2
	meets "$PWD/app/current/bin/server"
	PATH=$PWD/app/current/bin:$PATH meets server
	# A release that is named itself is another application.
	differs app/releases/1/bin/server
	# The new release replaces the old one, and one name means it.
	begin_guest onlyone --replace app/current/bin/server
	ended "$first"
	pid_is server "$BEGUN"
	assert_equal "$(readlink "/proc/$BEGUN/exe")" "$(pwd -P)/app/releases/2/bin/server"
}

@test "identity: that the whole line is it, is said on a terminal, unless it was meant so" {
	script bin/sudo /bin/sh 'exec "$@"'
	PATH=$PWD/bin:$PATH
	at_terminal() {
		run -0 timeout $LIMIT "$BATS_TEST_DIRNAME/lib/terminal.py" "onlyone $*" .
	}
	for line in 'sudo true' 'sh -c :' 'env -C . true' 'env -u PATH true'; do
		at_terminal "$line"
		assert_output --partial 'onlyone: the application is the whole command line'
		assert_output --partial 'onlyone: use --app=NAME'
	done
	for line in '-q sudo true' '-a job sudo true' 'nice true' '-c true'; do
		at_terminal "$line"
		refute_output --partial whole
	done
	prints -0 '' launch sudo true
}

# --- tools: their folder, or their arguments --------------------------------

# tools NAME...: programs of these names, in bin, first on PATH; folders shop and blog.
tools() {
	for name; do
		cp "$GUEST" "bin/$name"
	done
	PATH=$PWD/bin:$PATH
	mkdir shop blog
}

@test "tool: the folder on which it works is the key, also where its options say which; -k and -a win" {
	tools npm make git
	cd shop
	from npm run dev
	differs npm run build
	differs -k x npm run dev
	differs -a x npm run dev
	meets -k '{cwd}' npm run dev
	meets nice npm run dev
	ln -s "$PWD" ../link
	cd ../link
	meets npm run dev
	cd ../blog
	differs npm run dev
	meets npm -C ../shop run dev
	meets npm run dev --prefix=../link/
	meets env -C ../shop npm run dev
	from -k x npm run dev
	cd ../shop
	meets -k x npm run dev
	from -a x make
	cd ..
	meets -a x make
	from git -C shop fetch
	differs git -C blog fetch
	meets timeout 9 git -C blog/ -C ../shop fetch
	run -0 onlyone --dry-run make -C shop
	assert_line --partial "key:         $(pwd -P)/shop (its folder, which its options name; -k or -a: otherwise)"
	run -0 onlyone --dry-run make
	assert_line --partial "key:         $(pwd -P) (its folder: this tool works on the folder in which it is started; -k or -a: otherwise)"
	# Where that folder is gone there is none.
	mkdir gone
	cd gone
	rmdir ../gone
	run -65 onlyone --strict-key --dry-run make
}

@test "tool: list shows its folder, stop and pid take it; a job is due in each; a rule has the same key" {
	tools npm make
	(cd shop && exec onlyone --background npm dev)
	prints -0 --regexp '^[0-9]+$' onlyonectl pid 'npm dev'
	shop=$output
	run -0 onlyonectl list
	assert_output --partial "$(pwd -P)/shop"
	grep -qzx "ONLYONE_KEY=$(pwd -P)/shop" "/proc/$shop/environ"
	(cd blog && exec onlyone --background npm dev)
	run -64 onlyonectl pid 'npm dev'
	assert_output --partial 'which key?'
	for key in "$PWD/shop" shop shop/ blog/../shop; do
		prints -0 "$shop" onlyonectl pid 'npm dev' "$key"
	done
	(cd shop && run -75 onlyone -n npm dev)
	run -0 onlyonectl stop 'npm dev' shop
	prints -0 1 onlyonectl count 'npm dev'
	run -0 onlyonectl stop 'npm dev'
	script bin/git /bin/sh 'echo ran'
	for folder in shop blog; do
		(cd "$folder" && prints -0 ran launch --every=1h git fetch)
		(cd "$folder" && prints -0 '' launch -q --every=1h git fetch)
	done
	run -0 onlyonectl enable make --skip
	cd shop
	begin_guest env ONLYONE_ENFORCE=make LD_PRELOAD="$BUILD/libonlyone.so" make
	prints -0 "$BEGUN" onlyonectl pid make "$PWD"
	run -75 onlyone -n make
}

@test "tool: what does something else with each argument is the whole line; with a key it is its path" {
	tools rsync xterm flatpak
	begin_guest onlyone rsync a/ b/
	prints -0 "$BEGUN" onlyonectl pid 'rsync a/ b/'
	prints -0 "$BEGUN" onlyonectl pid "$PWD/bin/rsync a/ b/"
	prints -7 '' launch --skip rsync exit 7
	prints -75 --partial 'is already running' launch -n rsync a/ b/
	from -k '{-1}' rsync a c
	meets -k '{-1}' rsync b c
	from -d rsync a
	meets -d rsync a
	from xterm
	meets xterm -T x
	differs xterm -e vi
	from xterm -e vi
	differs xterm -e vi x
	from flatpak run org.x.Y
	meets flatpak run --branch=stable org.x.Y file
	meets -a org.x.Y true
}

# --- a command that leads back to its own launch ----------------------------

LINE='/usr/bin/env -S onlyone'

# turned_back COMMAND...: with 64 and one line that says why; nothing stays.
turned_back() {
	prints -64 --regexp '^onlyone: .*starts onlyone, which starts it again, in a loop' "$@"
	freed
}

@test "again: a first line without a program, a script that launches its own name: 64" {
	script job "$LINE" 'exit 3'
	turned_back ./job letter
	script bin/tool /bin/sh 'exec onlyone tool "$@"'
	PATH=$PWD/bin:$PATH turned_back tool x
	# Where its environment does not tell, its keeper does.
	for how in --wait --join --skip --on-activate=true; do
		script job "/usr/bin/env -S env -u ONLYONE_SLOT onlyone $how" x
		frees prints -75 --partial 'asked by the instance itself' \
			timeout -k 5 $LIMIT ./job
	done
}

@test "again: so with each option, another program between, and everything switched off" {
	for options in --wait '-j 3' -W --lifetime=tree '-a name nice' nohup '-W env' \
		'bash -c ./job'; do
		echo "$options" >&2
		script job "$LINE $options" 'exit 3'
		run -64 timeout -k 5 $LIMIT ./job
		assert_line --partial 'starts onlyone, which starts it again, in a loop'
		freed
	done
	ONLYONE_DISABLE=1 turned_back ./job
	# One that forks meets itself: it ends.
	script job "$LINE --skip timeout 60" 'exit 3'
	run -0 timeout -k 5 $LIMIT ./job
	# A first line with a program, a script that launches itself once, runs.
	script job "$LINE --skip sh" 'env >env; exit 3'
	script once /bin/sh '[ "$x" ] || x=1 exec onlyone -a once "$0"' 'onlyone ./job'
	for how in ./job 'onlyone --skip sh ./job' 'onlyone -a once ./once'; do
		run -3 timeout $LIMIT $how
		refute grep ONLYONE_AGAIN env
	done
}
