#!/usr/bin/env bats
# as: user (editors are asked by their own means, which are their user's)
# editor.bats: who waits for an editor gets what he waits for.
#
# Real git, gvim, vim, nvim, emacs, kate and gedit.  A document is written and
# closed in the editor that runs, as its user would, and only then may git go on;
# the order is what counts, not the time.
load lib/enforce
load lib/x11

own_setup() {
	export GIT_CONFIG_GLOBAL=$PWD/gitconfig GIT_CONFIG_NOSYSTEM=1
	git config --global user.email a@example.org
	git config --global user.name a
	for name in first one two three four; do seq 30 >"$name"; done
	git init -q repo
	git -C repo commit -q --allow-empty -m none
}

# terminal COMMAND...: in a terminal of its own.
terminal() {
	timeout $LIMIT tmux -S "$PWD/terminal" -f /dev/null new-session -d \
		-x 80 -y 24 -- "$@" 3>&-
}

keys() { tmux -S "$PWD/terminal" send-keys "$@"; }

screen_has() { tmux -S "$PWD/terminal" capture-pane -p | grep -qF -- "$1"; }

hand() { echo "$(ctl list "$1" --json | jq -r '.[0].dir')/hand"; }

# The ways to ask an editor.
vim_says() {
	timeout $LIMIT gvim --servername "$(cat "$(hand gvim)")" \
		--remote-expr "$1"
}

vim_keys() {
	timeout $LIMIT gvim --servername "$(cat "$(hand gvim)")" \
		--remote-send '<C-\><C-N>'"$1"
}

nvim_says() {
	timeout $LIMIT nvim --headless --server "$(cat "$(hand nvim)")" \
		--remote-expr "$1"
}

emacs_says() { timeout $LIMIT emacsclient -q -s "$(hand emacs)" -e "$1"; }

# EDITOR_shows NAME: it has the document in front.
gvim_shows() { [ "$(vim_says 'expand("%:t")')" = "$1" ]; }
nvim_shows() { [ "$(nvim_says 'expand("%:t")')" = "$1" ]; }
emacs_shows() { [ "$(emacs_says '(buffer-name (window-buffer))')" = "\"$1\"" ]; }
kate_shows() { window_named "^$1" >/dev/null; }
gedit_shows() { window_named "^\*?$1" >/dev/null; }

# EDITOR_writes NAME TEXT: this is what the document says now, and it is closed.
gvim_writes() { vim_keys ":1,\$d|call setline(1,'$2')|wq<CR>"; }
emacs_writes() {
	emacs_says "(with-current-buffer \"$1\" (erase-buffer)
		(insert \"$2\n\") (save-buffer))" >/dev/null
	keys C-x '#'
}
by_keyboard() {
	local window
	# A window that takes the keyboard meanwhile may have the keys: once more.
	until file_has "$3" "$2"; do
		# Where little is allowed, Kate's plug-ins complain in a dialog.
		window=$(window_named '^Error') &&
			xdotool windowactivate "$window" key Escape || true
		window=$(window_named "^\*?$1")
		xdotool windowactivate "$window" windowfocus "$window" || true
		xdotool key --clearmodifiers ctrl+a
		xdotool type --clearmodifiers "$2"
		xdotool key --clearmodifiers ctrl+s
		sleep 0.3
	done
	xdotool key --clearmodifiers ctrl+w
}
kate_writes() { by_keyboard "$@"; }
gedit_writes() { by_keyboard "$@"; }

# start EDITOR: the one that runs, in a rule's session, by a link, or by a line.
start() {
	case $1 in
	emacs)
		terminal onlyone emacs -nw first
		wait_until 'emacs answers' emacs_shows first
		;;
	gvim)
		begin onlyone gvim -f first </dev/null >out 2>&1
		wait_until 'gvim answers' gvim_shows first
		;;
	*)
		begin onlyone "$1" first </dev/null >out 2>&1
		wait_until 'its window is there' "$1_shows" first
		;;
	esac
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

# ways EDITOR COMMAND: in front, by a link, by a rule.
ways() {
	commits "$1" "onlyone $2"
	run -0 ctl enable --link "$1"
	PATH=$HOME/.local/lib/onlyone/bin:$PATH commits "$1" "$2"
	LD_PRELOAD=$SHIM ONLYONE_ENFORCE=$1 commits "$1" "$2"
}

@test "git: gvim -f waits for the message, and no longer" {
	xserver
	start gvim
	ways gvim 'gvim -f'
	commits gvim 'onlyone -W gvim'
}

@test "git: emacs -nw, and emacs with -W" {
	start emacs
	ways emacs 'emacs -nw'
	commits emacs 'onlyone -W emacs'
}

@test "git: kate -b" {
	desk
	session_bus
	start kate
	ways kate 'kate -b'
	commits kate 'onlyone -W kate'
}

@test "git: gedit -w" {
	desk
	session_bus
	start gedit
	ways gedit 'gedit -w'
	commits gedit 'onlyone -W gedit'
}

# A session bus of this test's own.
session_bus() {
	export XDG_RUNTIME_DIR=$PWD
	begin dbus-daemon --session --nofork --print-address=1 >address
	wait_until 'the bus is there' test -s address
	DBUS_SESSION_BUS_ADDRESS=$(cat address)
	export DBUS_SESSION_BUS_ADDRESS
}

# waits NAME= DOCUMENT...: gvim is asked to wait for these.
waits() {
	begin "$1" onlyone gvim -f "${@:2}" </dev/null
	wait_until "it shows $2" gvim_shows "$2"
}

@test "gvim: two waits end in either order, with all of their documents" {
	xserver
	start gvim
	local first=$BEGUN a b
	waits a= one two
	waits b= three
	vim_says 'execute("bd one")'
	alive "$a" "$b"
	vim_says 'execute("bw two")'
	ends "$a" 0
	alive "$b"
	# A closed window is a closed document, if its text is kept nowhere.
	waits a= one
	vim_says 'execute("set hidden")'
	vim_keys ':q<CR>'
	ends "$a" 0
	# What is not written is not lost: the wait goes on.
	wait_until 'the other is in front' gvim_shows three
	vim_keys ':call setline(1,"new")|q<CR>'
	wait_until 'it is hidden' eval \
		'[ "$(vim_says "len(win_findbuf(bufnr(\"three\")))")" = 0 ]'
	alive "$b"
	vim_keys ':b three|w|bd<CR>'
	ends "$b" 0
	alive "$first"
}

@test "gvim: its end ends a wait, with the status of :cq" {
	xserver
	start gvim
	local a
	waits a= one
	vim_keys ':cq<CR>'
	ends "$a" 1
	freed
	start gvim
	waits a= one
	frees kill -KILL "$(ctl pid gvim)"
	ends "$a" 1
}

@test "interrupted: the editor and its documents stay" {
	xserver
	start gvim
	local first=$BEGUN a
	waits a= one
	vim_keys ':call setline(1,"mine")<CR>'
	ends_by TERM "$a" 143
	prints mine vim_says 'getline(1)'
	waits a= one
	vim_keys ':wq<CR>'
	ends "$a" 0
	alive "$first"
	assert_equal "$(head -n 1 one)" mine
}

@test "interrupted: emacs keeps what is not saved" {
	local a
	start emacs
	begin a= onlyone -W emacs one </dev/null
	wait_until 'it is shown' emacs_shows one
	emacs_says '(with-current-buffer "one" (insert "mine"))'
	ends_by TERM "$a" 143
	prints t emacs_says '(buffer-modified-p (get-buffer "one"))'
	# Killing the buffer ends the wait, too.
	begin a= onlyone -W emacs two </dev/null
	wait_until 'it is shown' emacs_shows two
	emacs_says '(kill-buffer "two")'
	ends "$a" 0
	begin a= onlyone -W emacs two </dev/null
	wait_until 'it is shown' emacs_shows two
	# An emacs that is killed ends it as well: the launch fails.
	frees kill -KILL "$(ctl pid emacs)"
	ends "$a" 1
}

@test "emacs: -nw in another terminal shows the document there, until it is closed" {
	start emacs
	timeout $LIMIT tmux -S "$PWD/terminal" new-window -- sh -c \
		'onlyone emacs -nw one; echo $? >status; exec cat'
	wait_until 'it is there' screen_has '(Fundamental)'
	keys xyz
	wait_until 'it takes keys' screen_has xyz1
	run -0 launch emacs two
	keys C-x b one Enter C-x C-s C-x '#'
	wait_until 'it has ended' test -s status
	assert_equal "$(cat status) $(head -n 1 one)" '0 xyz1'
	assert_equal "$(ctl count emacs)" 1
}

@test "vim, nvim: in another terminal, for whoever runs \$EDITOR FILE" {
	xserver
	local editor
	# As crontab -e does.
	cat >asks <<-'END'
		cp one "$1"
		$EDITOR "$1" || exit 2
		cmp -s one "$1" && exit 3
		exit 0
	END
	for editor in 'vim -f' nvim; do
		terminal onlyone "${editor% *}" first
		wait_until 'it runs' count_is "${editor% *}" 1
		EDITOR="onlyone -W $editor" begin sh ./asks new </dev/null
		wait_until 'it is shown' screen_has /new
		alive "$BEGUN"
		keys itext Escape ':wq' Enter
		ends "$BEGUN" 0
		EDITOR="onlyone -W $editor" begin sh ./asks same </dev/null
		wait_until 'it is shown' screen_has /same
		keys :q Enter
		ends "$BEGUN" 3
		frees kill -KILL "$(ctl pid "${editor% *}")"
	done
}

@test "late: one that was begun without its row is found by its server" {
	xserver
	begin gvim -f --servername OTHER two </dev/null >out 2>&1
	begin onlyone --on-activate=none gvim -f --servername MINE first \
		</dev/null >out 2>&1
	wait_until 'both have servers' eval \
		'[ "$(gvim --serverlist | sort | xargs)" = "MINE OTHER" ]'
	run -0 launch --on-activate=auto gvim one
	prints one gvim --servername MINE --remote-expr 'expand("%:t")'
	prints two gvim --servername OTHER --remote-expr 'expand("%:t")'
	terminal onlyone --on-activate=none nvim first
	wait_until 'it is there' screen_has first
	run -0 launch --on-activate=auto nvim one
	wait_until 'it is shown' screen_has '/one'
	killed "$(ctl pid nvim)"
	ctl wait nvim
	terminal onlyone --on-activate=none vim first
	wait_until 'it is there' screen_has first
	run -69 --separate-stderr launch --on-activate=auto vim one
	says 'it was started without a handler; close it*'
}

@test "options: gvim does what it can, where the documents are" {
	xserver
	start gvim
	run -0 launch gvim -R +7 one -c 'let g:done = 1'
	wait_until 'it is done' vim_says g:done
	prints 'one 7 1' vim_says 'join([expand("%:t"), line("."), &ro])'
	run -0 launch gvim -p two three -c 'let g:done = 2'
	wait_until 'it is done' eval '[ "$(vim_says g:done)" = 2 ]'
	prints '3 0' vim_says 'join([tabpagenr("$"), &ro])'
	run -0 launch gvim -O -b three first -c 'let g:done = 3'
	wait_until 'it is done' eval '[ "$(vim_says g:done)" = 3 ]'
	run -0 launch gvim +'let g:done = 4'
	wait_until 'it is done' eval '[ "$(vim_says g:done)" = 4 ]'
	# Other sessions, each its own.
	begin onlyone gvim -f -d one two </dev/null >out 2>&1
	wait_until 'it runs' count_is gvim 2
	run -0 launch gvim -f -d one two
	begin onlyone gvim -f -u NONE four </dev/null >out 2>&1
	wait_until 'it runs' count_is gvim 3
	prints -0 '' launch gvim -u NONE five
	assert_equal "$(ctl count gvim)" 3
	# And what is none.
	run -0 launch gvim --version
	assert_line --partial 'VIM - Vi IMproved'
	run -0 launch vim -es -u NONE -c 'call writefile(["hi"], "batch")' -c 'qa!'
	prints hi cat batch
	prints -0 hi launch emacs -Q --batch --eval '(princ "hi")'
	assert_equal "$(apps | wc -l)" 3
}

# plan WHAT PROGRAM ARG...: aside, own, apart or shared.
plan() {
	local what=$1
	shift
	echo "$what: $*" >&2
	cp -n "$GUESTS/guest" "$1"
	run -0 launch --dry-run "./$@"
	case $what in
	aside) assert_line --partial 'run it as it is, beside' ;;
	own) assert_line --partial "(-k '{@}')" ;;
	*) assert_line --partial "key:         $what (" ;;
	esac
}

@test "options: which command lines are sessions, and whose" {
	local line
	while read -ra line; do
		plan "${line[@]}"
	done <<-'END'
		none gvim a
		none vim -c -es a
		none nvim -pR a
		own gvim -d a b
		own vim -S
		own vim --clean a
		NONE vim -u NONE a
		A gvim --servername A a
		aside gvim --servername A --remote a
		aside gvim --serverlist
		aside vim -es a
		aside vim -Nes a
		aside vim -Nu NONE -es a
		aside vim -
		aside vim -h
		aside nvim --headless a
		aside view --version
		none emacs -nw a
		own emacs -Q a
		own emacs --daemon
		aside emacs --batch -l a
		aside emacs -batch
		aside emacs --script a
		none kate -b -l 5 a
		own kate -n a
		s kate -s s a
		aside kate --version
		none gedit -w a
		own gedit -s a
		none mousepad -l 5 a
		aside mousepad --version
		own geany -i a
		aside geany -g a b
		none code -w -g a:1
		aside code --list-extensions
		none subl -w a
		own featherpad --standalone a
	END
}
