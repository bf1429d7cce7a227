# as: user (we control the editors as their user)
# editor.bats: documents of any name arrive in the running editor, and a launch that
# waits for one returns when it is closed.
#
# Real git, gvim, vim and emacs.  A document is written and closed in the running
# editor, as its user would, and only then may git continue.
load lib/enforce
load lib/x11

own_setup() {
	export GIT_CONFIG_GLOBAL=$PWD/gitconfig GIT_CONFIG_NOSYSTEM=1
	git config --global user.email a@example.org
	git config --global user.name a
	BLANK='a  b' QUOTES="it's \"q\" \\ \$HOME \`x\` * %# ~" NL=$'two\nlines'
	for name in first one two three four "$BLANK" "$QUOTES" "$NL" -dash; do
		seq 30 >"./$name"
	done
	git init -q repo
	git -C repo commit -q --allow-empty -m none
}

# terminal COMMAND...: in a terminal of its own, $TERMINAL, by a server of its own:
# one that is about to end takes nothing.
terminal() {
	TERMINAL=$(mktemp -u "$PWD/terminal.XXXXXX")
	timeout $LIMIT tmux -S "$TERMINAL" -f /dev/null new-session -d \
		-x 80 -y 24 -- "$@" 3>&-
}

keys() { tmux -S "$TERMINAL" send-keys "$@"; }

screen_has() { tmux -S "$TERMINAL" capture-pane -p | grep -qF -- "$1"; }

hand() { echo "$(ctl list "$1" --json | jq -r '.[0].dir')/hand"; }

# The ways to ask an editor.
vim_says() {
	timeout $LIMIT gvim --servername "$(cat "$(hand "${2-gvim}")")" \
		--remote-expr "$1"
}

vim_keys() {
	timeout $LIMIT gvim --servername "$(cat "$(hand gvim)")" \
		--remote-send '<C-\><C-N>'"$1"
}

emacs_says() { timeout $LIMIT emacsclient -q -s "$(hand emacs)" -e "$1"; }

# EDITOR_shows NAME: it has the document in front.
gvim_shows() { [ "$(vim_says 'expand("%:t")')" = "$1" ]; }
emacs_shows() { [ "$(emacs_says '(buffer-name (window-buffer))')" = "\"$1\"" ]; }

# EDITOR_has NAME...: these are the documents that it has.
gvim_has() {
	vim_says "writefile(map(filter(getbufinfo({'buflisted': 1}),
		'!empty(v:val.name)'), 'fnamemodify(v:val.name, \":t\")'),
		'$BATS_TEST_TMPDIR/has')"
	# There a newline of a name is NUL.
	tr '\0\n' '\n\0' <"$BATS_TEST_TMPDIR/has" | LC_ALL=C sort -z |
		cmp - <(printf '%s\0' "$@" | LC_ALL=C sort -z)
}

emacs_has() {
	emacs_says "(with-temp-file \"$BATS_TEST_TMPDIR/has\" (mapc (lambda (b)
		(when b (insert (file-name-nondirectory b) 0)))
		(mapcar 'buffer-file-name (buffer-list))))"
	LC_ALL=C sort -z "$BATS_TEST_TMPDIR/has" |
		cmp - <(printf '%s\0' "$@" | LC_ALL=C sort -z)
}

# EDITOR_writes NAME TEXT FILE: this is what the document says now, and it is
# closed.
gvim_writes() { vim_keys ":1,\$d|call setline(1,'$2')|wq<CR>"; }
emacs_writes() {
	emacs_says "(with-current-buffer \"$1\" (erase-buffer)
		(insert \"$2\n\") (save-buffer))" >/dev/null
	keys C-x '#'
}

# start EDITOR: the one that runs, with the document first.
start() {
	case $1 in
	emacs) terminal onlyone emacs -nw first ;;
	gvim) begin onlyone gvim -f first </dev/null >out 2>&1 ;;
	esac
	wait_until "$1 shows its document" "$1_shows" first
}

@test "emacs: documents of any name arrive in the one that runs, and what it evaluates; its own server stays" {
	mkdir -p .emacs.d servers sub
	chmod 700 servers
	cat >.emacs.d/init.el <<-END
		(require 'server)
		(setq server-socket-dir "$PWD/servers" server-name "own")
		(server-start)
	END
	terminal onlyone emacs -nw first
	wait_until 'emacs runs' count_is emacs 1
	cd sub
	# Even while it begins.
	run -0 --separate-stderr launch emacs -l nothing --eval '(setq x 1) ;' \
		--eval='(setq y (buffer-name))' -f push-mark \
		+12:2 "../$BLANK" "../$QUOTES" "../$NL" -- ../-dash
	assert_output ''
	says "emacs (pid $(ctl pid emacs)) is running; not handed over: -l nothing"
	cd ..
	prints "(1 \"$BLANK\")" emacs_says '(list x y)'
	emacs_has first "$BLANK" "$QUOTES" "$NL" -dash
	prints '(12 1)' emacs_says "(with-current-buffer \"$BLANK\"
		(list (line-number-at-pos) (current-column)))"
	assert_equal "$(ctl count emacs)" 1
	run -69 --separate-stderr launch emacs -
	says 'standard input cannot be handed over'
	timeout $LIMIT emacsclient -q -n -s "$PWD/servers/own" -e '(kill-emacs)'
	freed
	assert [ ! -e servers/own ]
}

@test "gvim: documents of any name arrive in the one that runs; vim in a terminal has to have a display" {
	xserver
	mkdir sub
	begin onlyone gvim -f first </dev/null >out 2>&1
	wait_until 'gvim runs' count_is gvim 1
	cd sub
	# Even while it begins, and in a locale that cannot spell them.
	LC_ALL=C run --separate-stderr launch gvim -n -c "let g:it = 'é|'" +7 \
		"../$BLANK" "../$QUOTES" "../$NL" é -- ../-dash $(printf '%0200d ' {1..700})
	assert_success
	says "gvim (pid $BEGUN) is running; not handed over: -n"
	cd ..
	wait_until 'it is shown' gvim_shows "$BLANK"
	wait_until 'the command is done' eval '[ "$(vim_says g:it)" = "é|" ]'
	gvim_has first "$BLANK" "$QUOTES" "$NL" é -dash $(printf '%0200d ' {1..700})
	prints 7 vim_says 'line(".")'
	assert_equal "$(ctl count gvim)" 1
	terminal onlyone vim first
	wait_until 'vim runs' count_is vim 1
	prints -0 '' launch vim "$BLANK"
	wait_until 'it is shown' eval '[ "$(vim_says "expand(\"%:t\")" vim)" = "$BLANK" ]'
	killed "$(ctl pid vim)"
	freed vim
	unset DISPLAY
	terminal onlyone vim first
	wait_until 'vim runs' count_is vim 1
	run -69 --separate-stderr launch vim "$BLANK"
	says "vim (pid $(ctl pid vim)) did not take the documents: it has no*"
	stopped "$XSERVER"
	prints -69 --partial 'it has not answered for 20 seconds;' launch gvim first
}

@test "gvim: asks its user about a swap file: a launch says so meanwhile, and hands over after that" {
	xserver
	wm openbox
	run -137 timeout $LIMIT bash -c 'vim -u NONE -c "call setline(1, 1)" \
		-c preserve -c "call system(\"kill -KILL \".getpid())" first \
		</dev/null >/dev/null 2>&1'
	test -e .first.swp
	begin INSTANCE= onlyone gvim -f first </dev/null
	wait_until 'it asks' window_named ATTENTION
	prompt=$(window_named ATTENTION)
	cover
	begin eval 'exec onlyone gvim one </dev/null 2>said'
	launched=$BEGUN
	wait_until 'that is told' test -s said
	wait_until 'the question is in front' active_is "$prompt"
	assert_equal "$(<said)" \
		"onlyone: gvim (pid $INSTANCE) asks its user something before it begins; it gets the documents when that is answered"
	alive "$launched"
	xdotool key e
	ends "$launched" 0
	wait_until 'it is shown' gvim_shows one
}

# commits EDITOR COMMAND: git waits for this; others are handed over meanwhile.
commits() {
	local editor=$1 git
	echo "$editor: GIT_EDITOR=$2" >&2
	GIT_EDITOR=$2 begin git= git -C repo commit --allow-empty -q </dev/null \
		>said 2>&1
	wait_until 'the message is shown' "${editor}_shows" COMMIT_EDITMSG
	alive "$git"
	run -0 launch "$editor" one
	wait_until 'another document comes' "${editor}_shows" one
	alive "$git"
	run -0 launch "$editor" repo/.git/COMMIT_EDITMSG
	wait_until 'the message is shown' "${editor}_shows" COMMIT_EDITMSG
	N=$((${N-0} + 1))
	"${editor}_writes" COMMIT_EDITMSG "message$N" repo/.git/COMMIT_EDITMSG
	ends "$git" 0
	prints "message$N" git -C repo log -1 --format=%s
	assert_equal "$(ctl count "$editor")" 1
}

# ways EDITOR COMMAND: in front, with -W, by a link, by a rule.
ways() {
	start "$1"
	commits "$1" "onlyone $2"
	commits "$1" "onlyone -W $1"
	run -0 ctl enable --link "$1"
	PATH=$HOME/.local/lib/onlyone/bin:$PATH commits "$1" "$2"
	LD_PRELOAD=$SHIM ONLYONE_ENFORCE=$1 commits "$1" "$2"
}

@test "git waits for the message, and no longer: gvim -f, emacs -nw" {
	xserver
	ways gvim 'gvim -f'
	ways emacs 'emacs -nw'
}

# waits NAME= DOCUMENT...: gvim is asked to wait for these.
waits() {
	begin "$1" onlyone gvim -f "${@:2}" </dev/null
	wait_until "it shows $2" gvim_shows "$2"
}

@test "gvim: waits end in either order, with all of their documents, and at its end; an interrupt harms nothing" {
	xserver
	start gvim
	first=$BEGUN
	waits a= one two
	waits b= three
	vim_says 'execute("bd one")'
	alive "$a" "$b"
	vim_says 'execute("bw two")'
	ends "$a" 0
	# What is not written is not lost: the wait continues.
	vim_says 'execute("set hidden")'
	wait_until 'the other is in front' gvim_shows three
	vim_keys ':call setline(1,"new")|q<CR>'
	wait_until 'it is hidden' eval \
		'[ "$(vim_says "len(win_findbuf(bufnr(\"three\")))")" = 0 ]'
	ends_by TERM "$b" 143
	vim_keys ':b three<CR>'
	prints new vim_says 'getline(1)'
	alive "$first"
	waits a= one
	vim_keys ':cq!<CR>'
	ends "$a" 1
}

@test "emacs: a killed buffer ends a wait, a killed emacs fails it; -nw shows it in the other terminal" {
	local a pid
	start emacs
	begin a= onlyone -W emacs two </dev/null
	wait_until 'it is shown' emacs_shows two
	emacs_says '(kill-buffer "two")'
	ends "$a" 0
	terminal sh -c 'onlyone emacs -nw three; echo $? >status; exec cat'
	wait_until 'it is there' screen_has '(Fundamental)'
	keys xyz
	wait_until 'it takes keys' screen_has xyz1
	run -0 launch emacs two
	keys C-x b three Enter C-x C-s C-x '#'
	wait_until 'it has ended' test -s status
	assert_equal "$(cat status) $(head -n 1 three)" '0 xyz1'
	begin a= onlyone -W emacs two </dev/null 2>said
	wait_until 'it is shown' emacs_shows two
	pid=$(ctl pid emacs)
	frees kill -KILL "$pid"
	ends "$a" 1
	assert_equal "$(<said)" \
		"onlyone: emacs (pid $pid) was killed before the documents were closed"
}
