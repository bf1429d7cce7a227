# as: user (root reads and opens the same here, or the test says so)
# scarce.bats: each verb reports what it cannot read; it never says that there is
# none.  (Failing calls of launches, keepers and verbs, in any order: sim.)
# shellcheck disable=SC2154
load lib/script

@test "scarce: of a slot that cannot be read each verb says so; a program that cannot be read starts" {
	begin_guest one= onlyone -a one "$GUEST"
	begin_guest onlyone -a two "$GUEST"
	slot=$(first_listed dir two)
	chmod g+w "$slot"
	run -73 --separate-stderr ctl list --json
	[[ $stderr == "onlyonectl: "*"$slot"* && $output == *"\"pid\": $one,"* ]]
	# It is none of one's.
	prints "$one" ctl pid one
	for verb in count pid 'wait -w 0' stop activate; do
		prints -73 --partial "$slot" ctl $verb two
	done
	chmod g-w "$slot"
	prints 1 ctl count two
	cp "$GUEST" unread
	chmod 0111 unread
	run -5 launch -v ./unread exit 5
	# (Root reads it.)
	[ "$(id -u)" = 0 ] || [[ $output == *'the program cannot be read'* ]]
}

@test "scarce: a launch without descriptors for a look takes that for no answer: it starts none" {
	wants trace
	lacks() { strace -qqo looks -P "$1" -e inject=openat:error=ENFILE onlyone "${@:2}"; }
	for n in {5..9}; do
		run onlyone -a app sh -c "ulimit -n $n; exec onlyone -a app '$GUESTS/guest' exit 5"
		[[ $status = @(5|71) ]] || fail "$n: $status, $output"
	done
	cp "$GUESTS/guest" app
	begin_guest ./app
	prints -71 --partial 'whether app is already running' lacks /proc --adopt ./app exit 6
	# unread ERROR: the link of its program is.
	unread() {
		strace -fqqo looks -P "/proc/$BEGUN/exe" -e inject=statx:error="$1" \
			onlyone --adopt "${@:2}"
	}
	for error in ENOMEM EIO ETIMEDOUT; do
		prints -71 --partial 'whether app is already running' unread $error ./app exit 6
	done
	# Of all that stand still in execve(2) only one of its name may be it.
	cp "$GUESTS/guest" other
	run -6 unread ETIMEDOUT ./other exit 6
	begin_guest onlyone "$GUEST"
	keeper=$(keeper_of guest)
	stopped "$keeper"
	rm -r "$ONLYONE_DIR"/guest-*
	run -69 lacks "/proc/$keeper/status" -n "$GUEST" exit 5
	# Nor are its files listed, or said to be what they are.
	for call in readlinkat getdents64; do
		run -69 strace -fqqo looks -P "/proc/$keeper/fd" \
			-e inject=$call:error=ENOMEM onlyone -n "$GUEST" exit 5
	done
	kill -CONT "$keeper"
}

@test "scarce: a keeper has as many descriptors as the hard limit allows; what it and its launch run has the launch's" {
	begin_guest bash -c "ulimit -Sn 24
		exec onlyone -a app --on-activate='ulimit -Sn; ulimit -Hn' '$GUEST'"
	prints "$(printf '24\n%s' "$(ulimit -Hn)")" onlyone -a app "$GUEST"
	prints "24 $(ulimit -Hn)" awk '/open files/ { print $4, $5 }' "/proc/$BEGUN/limits"
	for _ in {1..12}; do begin onlyone -a app --wait "$GUEST"; done
	wait_until 'all are in line' eval '[ "$(ctl log app | grep -c "waits in line")" = 12 ]'
}

@test "scarce: without a keeper a copy of the instance has the slot, unless it is gone or another program by now" {
	wants trace
	# left WORD...: of an instance without a keeper this copy is left.
	left() {
		: >"$GUEST_LOG"
		begin onlyone -a app "$GUESTS/forker" "$@"
		wait_until 'its copy runs' notes worker 1
		copy=$(noted worker)
		killed "$(keeper_of app)"
		killed "$BEGUN"
	}
	# again OPTION...: a launch, traced so.
	again() {
		begin strace -D -qqo looks "$@" onlyone -a app "$GUESTS/guest" exit 5 >out 2>&1
	}
	while read -r file error want; do
		left worker
		again -f -P "/proc/$copy/$file" -e "inject=openat:error=$error"
		ends "$BEGUN" "$want"
		killed "$copy"
	done <<-'END'
		stat ENFILE 71
		stat ENOENT 5
		stat ETIMEDOUT 69
		status ENOENT:when=2+ 5
	END
	# Whichever process cannot be opened: it is not gone.
	left worker
	for n in {1..12}; do
		run strace -qqo looks -e inject=pidfd_open:error=ENFILE:when=$n+ \
			onlyonectl pid app
		[[ $status = @(0|71) ]] || fail "$n: $status, $output"
	done
	[ "$status $output" = "0 $copy" ]
	for n in {1..12}; do
		run strace -qqo looks -e inject=pidfd_open:error=ENFILE:when=$n+ \
			onlyone -n -a app "$GUESTS/guest" exit 5
		[[ $status = @(71|75) ]] || fail "$n: $status, $output"
		if keeper=$(keeper_of app); then killed "$keeper"; fi
	done
	killed "$copy"
	# It executes another program after it was found.
	FAMILY_OWN=$GUESTS/guest-static left linger 300000 fork setsid say worker wait go become own
	again -e inject=clone:signal=STOP:when=2
	wait_until 'it was found' file_has looks 'stopped by'
	: >go
	wait_until 'it is another program' has_name "$copy" guest-static
	kill -CONT "$BEGUN"
	ends "$BEGUN" 5
	killed "$copy"
	# Since when it runs, its environment does not say.
	left worker
	rm "$(the_slot)/info"
	again -f -P "/proc/$copy/environ" -e inject=openat:error=EACCES
	ends "$BEGUN" 69
	[[ $(first_listed since app) = [1-9]* ]]
	killed "$copy"
	# Without pidfds of its own kind an owner is known by its start time.
	export ONLYONE_TEST_OLD=pidfs PATH=$BUILD/points:$PATH
	begin_guest guest= onlyone --lifetime=main -a app "$GUEST"
	killed "$(keeper_of app)"
	again -f -P "/proc/$guest/stat" -e inject=openat:error=ENFILE
	ends "$BEGUN" 71
	killed "$guest"
	swept
}

@test "scarce: what has ended, stamps, menus, rules and callers that cannot be read now are none: 71; what is the user's own stays, and there is a way out" {
	wants trace
	export XDG_STATE_HOME=$PWD/state XDG_DATA_HOME=$PWD/data XDG_DATA_DIRS=$PWD/all
	own=$PWD/data/applications/app.desktop
	mkdir -p data/applications all/applications other
	printf '%s\n' '[Desktop Entry]' Type=Application Name=App Exec=true |
		tee all/applications/app.desktop >"$own"
	ctl -q enable --desktop app.desktop
	ctl -q enable app --skip
	for app in ./app other/app; do
		cp /bin/true $app
		run -0 onlyone --every=1d $app
	done
	wait_until 'they have ended' eval '[ "$(ctl list --every | wc -l)" = 3 ]'
	while read -r path line; do
		run -71 strace -qqo looks -P "$path" -e inject=openat:error=ENFILE $line
	done <<-END
		.ended onlyonectl log app
		app onlyone ./app
		$(cd state/onlyone && compgen -G 'app-*' | head -n 1) onlyonectl list --every
		$own onlyonectl rules
		$own onlyonectl disable --desktop app.desktop
		$own.onlyone onlyonectl enable --desktop app.desktop
	END
	begin_guest onlyone --on-activate=true "$GUEST"
	run -71 strace -qqo looks -P . -e inject=openat,open:error=ENFILE onlyone "$GUEST" x
	script calls /bin/sh 'onlyonectl hold mine || exit' 'sh -c "exec strace -Dqqo looks \
		-P /proc/\$\$/status -e inject=openat:error=ENFILE onlyonectl release mine"'
	run -71 ./calls
	prints -64 --partial "$PWD/other/app" ctl forget --every app
	prints -64 --partial 'at most 65536 bytes' ctl enable app "-E$(printf %070000d 5)"
	ctl disable --desktop app.desktop
	cmp all/applications/app.desktop "$own"
	ln "$own" "$own.onlyone" # one that was killed has kept it, and gone no further
	ctl enable --desktop app.desktop
	rm "$own.onlyone"
	ctl disable --desktop app.desktop
	[ ! -e "$own" ]
	echo mine >"$ONLYONE_DIR/doctor"
	ctl doctor || :
	assert_equal "$(<"$ONLYONE_DIR/doctor")" mine
}
