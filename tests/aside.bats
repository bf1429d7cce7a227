# as: user (menu entries belong to a user)
# aside.bats: a command that is no session of its program runs unchanged, beside an
# instance and without one: --version, --help, and what a program with windows does
# without one.  A job keeps its exclusion, whatever its options are called.
load lib/enforce
load lib/script

own_setup() {
	umask 022
	export HOME=$PWD/home XDG_DATA_DIRS=$PWD/share
	unset XDG_DATA_HOME XDG_CONFIG_HOME
	mkdir -p "$HOME" share/applications bin
	PATH=$PWD/bin:$PATH
}

# kind NAME [LINE...]: a program, which prints its arguments and exits; with "wait"
# in front it stays.  The lines are those of its entry in the menu; none: it has
# none.
kind() {
	script "bin/$1" /bin/sh <<-'END'
		if [ "$1" = wait ]; then
			echo begun >begun
			exec sleep 1000
		fi
		echo "ran: $*"
		exit 3
	END
	(($# == 1)) || printf '%s\n' '[Desktop Entry]' Type=Application Name=x \
		"Exec=$1 %F" "${@:2}" >"share/applications/$1.desktop"
}

# runs_wait NAME: its instance is there.
runs_wait() {
	rm -f begun
	begin onlyone "$1" wait
	wait_until "$1 runs" test -s begun
}

# beside LINE: it runs unchanged; all output is its own.
beside() {
	echo "# beside: $1" >&2
	# shellcheck disable=SC2086
	run -3 --separate-stderr launch $1
	assert_equal "$output|$stderr" "ran: ${1#* }|"
}

# excluded LINE: it does not run.
excluded() {
	echo "# excluded: $1" >&2
	# shellcheck disable=SC2086
	run launch $1
	refute_output --partial ran:
}

@test "version, help: alone they run as they are beside any program, without a word; with a name, a key or a policy they are as any other" {
	kind job
	for n in 1 2; do
		for option in --version --help; do
			beside "job $option"
			for typed in '-a n' -n --skip '-k k' '-j 2'; do
				# shellcheck disable=SC2086
				run -0 launch --dry-run $typed job $option
				assert_line --regexp '^key: '
			done
		done
		((n == 2)) || runs_wait job
	done
	assert_equal "$(ctl count job)" 1
	for line in '--version 2' '--help b.txt' '-- --version' -h -v -V; do
		excluded "job $line"
	done
	# A name is typed: it is one, and no second one.
	rm begun
	begin onlyone -a n job wait
	wait_until 'the name runs' test -s begun
	excluded '-a n job --version'
}

# bats test_tags=check
@test "by its entry in the menu: a program with windows prints, one for documents converts, beside the instance and before one; jobs, what a terminal shows and what starts at login keep their exclusion" {
	kind words Terminal=false 'MimeType=text/plain;'
	kind clock
	kind edit 'MimeType=text/plain;' Terminal=true
	kind job
	kind web 'MimeType=x-scheme-handler/http;'
	kind server
	printf '%s\n' '[Desktop Entry]' Type=Application Name=x \
		'Exec=clock --new' >share/applications/clock.desktop
	mkdir -p "$HOME/.config/autostart"
	printf '%s\n' '[Desktop Entry]' Type=Application Name=x \
		'Exec=server --headless' 'MimeType=text/plain;' \
		>"$HOME/.config/autostart/server.desktop"
	ln -s words bin/linked
	for n in 1 2; do
		for line in '-h' '-V' '-v' '--help-all' 'b.txt --version'; do
			for name in words clock web linked; do
				beside "$name $line"
			done
		done
		for line in '--to=pdf b.txt' '--to pdf b.txt' '--convert-to x b.txt' \
			'b.txt --export x.png' '--print=lp b.txt' \
			'--headless b.txt' '--batch b.txt'; do
			beside "words $line"
		done
		((n == 2)) || freed
		((n == 2)) || for name in words clock web edit job server linked; do
			runs_wait "$name"
		done
	done
	for name in clock web edit job server; do
		for line in --to=pdf --export '--convert b.txt' --headless \
			--batch --print; do
			excluded "$name $line"
		done
	done
	for line in '--quiet b.txt' 'job --export' '-- --export'; do
		excluded "words $line"
	done
	run -0 launch --dry-run words --export b.txt
	assert_line --regexp '^would: *run it as it is, and not as an instance'
	run -0 launch --dry-run --skip words --export b.txt
	refute_output --partial 'as it is'
	# Each document is not an instance then.
	beside_all=$(launch -d words --export b.txt c.txt) || true
	assert_equal "$beside_all" 'ran: --export b.txt c.txt'
}

@test "jobs: the same with --export, --batch, --to, --headless or -v twice is one" {
	script bin/job /bin/sh 'echo begun >begun; exec sleep 1000'
	for line in '--export' '--to=x' '--batch a/ b/' '--headless' '-v' \
		'--convert-to x' '--print'; do
		echo "# $line" >&2
		# shellcheck disable=SC2086
		begin job= onlyone job $line
		wait_until 'it runs' test -s begun
		# shellcheck disable=SC2086
		run -0 timeout -k 5 $LIMIT onlyone job $line
		prints "$job" ctl pid job
		killed "$job"
		freed
		rm begun
	done
}

@test "rule: what is no session is as without the library, and without a word; -v says that it runs as it is" {
	kind words 'MimeType=text/plain;'
	onlyonectl -q enable words
	runs_wait words
	for line in --version -h '--to=pdf b.txt'; do
		echo "# $line" >&2
		# shellcheck disable=SC2086
		run -3 --separate-stderr timeout $LIMIT env LD_PRELOAD="$SHIM" \
			words $line
		assert_equal "$output|$stderr" "ran: $line|"
	done
	run -0 --separate-stderr timeout $LIMIT env LD_PRELOAD="$SHIM" words b.txt
	refute_output --partial ran:
	assert_equal "$(ctl count words)" 1
	run -3 launch -v words --version
	assert_output --partial 'it runs as it is'
}
