# as: user (shells complete alike for all users)
# completion.bats: what bash, zsh and fish offer after onlyone and onlyonectl.
#
# The files are installed by `make install`. bash and zsh run on a terminal: we type
# each line, one key inserts all completions, another one writes the line to a file;
# fish has a command for it.  The line is then parsed as a shell would, so an unquoted
# name shows.
load lib/script

TREE=$BATS_TEST_DIRNAME/..
SHELLS=(bash zsh fish)

setup_file() {
	timeout $((2 * LIMIT)) make -s -C "$TREE" -o all B="$BUILD" \
		DESTDIR="$BATS_FILE_TMPDIR/dest" PREFIX=/usr install
}

own_setup() {
	export HOME=$PWD
	cp -a "$BATS_FILE_TMPDIR/dest" .
	export SHARE=$PWD/dest/usr/share
	cat >bashrc <<-END
		PS1='ready> '
		bind 'set bell-style none'
		bind '"\\C-xa": insert-completions'
		bind -x '"\\C-xd": printf "%s\\0" "\$READLINE_LINE" >>answers'
		. /usr/share/bash-completion/bash_completion
	END
	cat >.zshrc <<-END
		PS1='ready> '
		fpath=("$SHARE/zsh/site-functions" \$fpath)
		autoload -U compinit
		compinit -u -D
		zstyle ':completion:*' menu no
		zstyle ':completion:all:*' completer _all_matches _complete
		zstyle ':completion:all:*' insert true
		zle -C all complete-word _generic
		bindkey '^Xa' all
		dump() { printf "%s\\0" "\$BUFFER" >>answers }
		zle -N dump
		bindkey '^Xd' dump
	END
}

# typed SHELL LINE...: the lines as they are with all completions, each ended by
# NUL, in the file answers.
typed() {
	: >answers
	timeout -k 5 $LIMIT /usr/bin/python3 - "$@" <<-'END'
		import os, pty, select, sys
		name, lines = sys.argv[1], sys.argv[2:]
		shell = ["zsh", "-d", "-i"] if name == "zsh" else \
		    ["bash", "--noprofile", "--rcfile", name + "rc", "-i"]
		env = dict(os.environ, TERM="vt100", ZDOTDIR=os.getcwd(),
		    XDG_DATA_DIRS=os.environ["SHARE"] + ":/usr/share")
		pid, tty = pty.fork()
		if pid == 0:
		    os.execvpe(shell[0], shell, env)
		seen = b""
		def until(true):
		    global seen
		    while not true():
		        if select.select([tty], [], [], 0.02)[0]:
		            try:
		                seen += os.read(tty, 65536)
		            except OSError: # it has ended
		                pass
		until(lambda: b"ready> " in seen)
		for n, line in enumerate(lines, 1):
		    os.write(tty, b"\x15" + os.fsencode(line) + b"\x18a\x18d")
		    until(lambda: open("answers", "rb").read().count(b"\0") >= n)
		os.write(tty, b"\x15exit\n")
		until(lambda: os.waitpid(pid, os.WNOHANG)[0])
		open("shown", "wb").write(seen)
	END
}

# ask SHELL LINE...: what is offered for each line, in offered[]: one a line,
# without the option before it.
ask() {
	local shell=$1 line buffer before words i=0 answers
	shift
	offered=()
	if [ "$shell" = fish ]; then
		for line; do
			offered[i]=$(XDG_DATA_DIRS=$SHARE:/usr/share timeout -k 5 \
				60 fish -c 'complete -C "$argv[1]"' -- "$line" \
				2>errors | sed -E 's/\t.*//; s/^--[a-z-]+=(.+)/\1/')
			[ ! -s errors ] || fail "$(cat errors)"
			i=$((i + 1))
		done
		return
	fi
	typed "$shell" "$@" || fail "$shell"
	mapfile -d '' answers <answers
	for line; do
		buffer=${answers[i]}
		[[ $line =~ ^(.*[^\\])\  ]]
		before=${BASH_REMATCH[1]}
		eval "words=(${buffer#"$before"})"
		offered[i]=$(printf '%s\n' "${words[@]}" |
			sed -E 's/^--[a-z-]+=(.+)/\1/')
		i=$((i + 1))
	done
}

# all SHELL LINE...: the words offered for any of the lines, sorted; a `=` that
# waits for a value is no part of an option.
all() {
	local typed
	ask "$@"
	for typed in "${@:2}"; do
		echo "${typed##* }"
	done >typed
	printf '%s\n' "${offered[@]}" | grep -v '^$' | grep -vxFf typed |
		sed 's/^\(--.*\)=$/\1/' | sort -u
}

# options: those of a --help on standard input.
options() {
	grep -E '^ {2,6}-' | grep -oE '(^ +|, )-(-[a-z-]+|[A-Za-z])' |
		tr -d ' ,' | sort -u
}

# app NAME [OPTION...]: an instance of that name.
app() {
	begin onlyone -q -a "$@" sleep 1000
	wait_until 'it runs' eval 'ctl list --raw | grep "^$BEGUN"'
}

@test "raw: a line for each instance, its tab-separated words; a key that is too long is its hash, and means the instance" {
	app notes
	notes=$BEGUN
	app $'a\tb\\c\xff' -k 'a b' -k $'x\ny'
	prints -0 "$BEGUN"$'\trunning\ta\\011b\\\\c\\377\ta b\tx\\012y'"
$notes"$'\trunning\tnotes' ctl list --raw
	prints "$notes"$'\trunning\tnotes' ctl list --raw notes
	prints -0 '' ctl list --raw nosuch
	prints -64 --partial --raw ctl pid --raw notes
	prints -64 --partial 'either --json or --raw' ctl list --raw --json
	app long -k "$(printf 'x%.0s' {1..5000})" -k b
	key=$(ctl list --raw long | cut -f4-)
	[[ $key == sha256:* ]] || fail "$key"
	prints "$BEGUN" ctl pid long "$key"
}

@test "options, verbs, values: every one of --help is offered, and none that is not there; words, signals, processes, rules to disable, programs and onlyone's options to enable" {
	launch --help=all | options >want.options
	ctl --help=all | options >want.ctl
	ctl --help=all | sed -n '/^Verbs:/,/^$/s/^  \([a-z][a-z-]*\).*/\1/p' | sort >want.verbs
	[ "$(wc -l <want.options)" -gt 40 ]
	mapfile -t verbs <want.verbs
	[ "${#verbs[@]}" -gt 15 ]
	asked=('onlyonectl -' 'onlyonectl --')
	for verb in "${verbs[@]}"; do
		asked+=("onlyonectl $verb -" "onlyonectl $verb --")
	done
	ctl -q enable 'my notes' -n
	mkdir -p path .local/share/applications
	printf '[Desktop Entry]\nX-Onlyone-Override=true\n' \
		>.local/share/applications/thing.desktop
	script path/prettyprogram /bin/sh ''
	PATH=$PWD/path:$PATH
	begin sleep 1000
	for shell in "${SHELLS[@]}"; do
		all "$shell" 'onlyone -' 'onlyone --' | diff want.options - || fail "$shell"
		all "$shell" "${asked[@]}" | diff want.ctl - || fail "$shell"
		all "$shell" 'onlyonectl -q ' | diff want.verbs - || fail "$shell"
		for option in lifetime scope on-error; do
			run launch "--$option=?" true
			words=${output#*is not } words=${words%%; see*}
			tr -s ' ,' '\n' <<<"${words/ or / }" | sort >want
			[ "$(wc -l <want)" -gt 1 ]
			all "$shell" "onlyone --$option=" | diff want - || fail "$shell $option"
		done
		ask "$shell" 'onlyonectl help stop ' 'onlyone --signal=' 'onlyone --stop-signal ' \
			'onlyonectl signal ' 'onlyonectl adopt x --pid=' 'onlyonectl hold --owner ' \
			'onlyonectl enable prettyp'
		assert_equal "${offered[0]}" ''
		for option in HUP KILL ABRT USR1 TERM CONT WINCH; do
			grep -qx "$option" <<<"${offered[1]}" || fail "$shell $option"
		done
		assert_equal "${offered[1]}${offered[1]}" "${offered[2]}${offered[3]}"
		grep -qx "$BEGUN" <<<"${offered[4]}"
		grep -qx "$BEGUN" <<<"${offered[5]}"
		assert_equal "${offered[6]}" prettyprogram
		# The options of a rule, and not those that it does not take.
		all "$shell" 'onlyonectl enable other -' 'onlyonectl enable other --' | diff - \
			<(grep -vxE -e '-[chV]|--(background|dry-run|explain|help|version)' want.options)
		all "$shell" 'onlyonectl disable ' | diff - <(printf '%s\n' 'my notes' thing.desktop)
	done
}

@test "command: what follows the options is completed as its own line" {
	script prettyprogram /bin/sh ''
	PATH=$PWD:$PATH
	for shell in "${SHELLS[@]}"; do
		ask "$shell" 'onlyone prettyp' 'onlyone -n -k x -- prettyp' \
			'onlyone ls --auth' 'onlyone -qnE 9 -- ls --auth' \
			'onlyone -na ls --expl' 'onlyone --wait ls --auth' \
			'onlyone -- onlyonectl unse'
		assert_equal "${offered[*]}" "prettyprogram prettyprogram --author --author\
 --explain --author unseal"
	done
}

@test "names: applications and keys that run, whatever is in them, each as one word, and nothing is evaluated; a program by its last component while that is enough; where there is no state nothing" {
	local shell name odd=('my notes' 'a:b=c' 'it'\''s' '$(touch pwned)'
		'*' 'a"b' '!x' '~' 'ä ö' '#' '`touch pwned`')
	for name in "${odd[@]}"; do
		app "$name"
		app keys -k "$name" -k 'second part'
	done
	# These would need an escape.
	for name in $'new\nline' $'\xff' 'back\slash' $'\e[31m'; do app "$name"; done
	app keys -k '*' -k 'third part'
	mkdir a b
	cp "$GUEST" a/tool
	cp "$GUEST" a/only
	cp "$GUEST" b/tool
	begin_guest onlyone a/only
	begin_guest onlyone a/tool
	begin_guest onlyone b/tool
	printf '%s\n' "${odd[@]}" | sort >want
	{ cat want && printf '%s\n' keys only "$(pwd -P)"/[ab]/tool; } | sort >want.apps
	# A name for the next instance is a whole one.
	sed "s,^only\$,$(pwd -P)/a/only," want.apps | sort >want.names
	for shell in "${SHELLS[@]}"; do
		all "$shell" 'onlyonectl stop ' | diff want.apps - || fail "$shell"
		all "$shell" 'onlyone -a ' | diff want.names - || fail "$shell"
		all "$shell" "onlyonectl stop $(pwd -P)/a/o" | diff <(echo "$(pwd -P)/a/only") -
		all "$shell" 'onlyonectl pid -q keys ' | diff want - || fail "$shell keys"
		ask "$shell" 'onlyonectl pid my\ n' 'onlyonectl pid a:' 'onlyone --app=a:b' \
			'onlyonectl stop keys a:b=' "onlyonectl stop 'my notes' " \
			"onlyonectl stop keys 'my notes' " 'onlyonectl signal TERM keys \* '
		assert_equal "${offered[*]}" 'my notes a:b=c a:b=c a:b=c  second part second part
third part'
	done
	typed bash 'onlyonectl pid "$(touch pwned)" ' \
		'onlyonectl pid $(touch pwned) ' 'onlyone -a `touch pwned'
	[ ! -e pwned ]
	export ONLYONE_DIR=$PWD/nowhere
	for shell in "${SHELLS[@]}"; do
		rm -f shown
		ask "$shell" 'onlyonectl stop ' 'onlyonectl stop a ' 'onlyone -a '
		assert_equal "${offered[*]}" '  '
		[ "$shell" = fish ] || run ! grep -aE 'onlyone(ctl)?:' shown
	done
	[ ! -e nowhere ]
}
