#!/usr/bin/env bats
# as: user (programs of a desktop run as one)
# run: desktop
# programs-table.bats: what a launch does while its program runs, for each
# program that has a row, without an option.
#
# Each program in each situation: a second document, the same again, none, from
# a menu, from a terminal; two launches at once; while its windows close, with
# none left, and after a kill -9; and by a rule.  Each time the document is open,
# each process of the program is one of the instance, and the launch ends with 0.
# A program with a process for each has an instance for each document.
#
# What no launch can mend: Transmission takes documents while it closes, and loses
# them.  LibreOffice goes on when its starter alone is killed, without an instance.
load lib/x11
load lib/documents
load lib/enforce

# The names of sockets are short, and some programs put several more words
# behind this.
own_setup() {
	RUNTIME=$(mktemp -d /tmp/onlyone-table.XXXXXX)
	LITTER+=("$RUNTIME")
	desk
	begin dbus-daemon --session --nofork --nopidfile \
		--address="unix:path=$RUNTIME/bus"
	wait_until 'a bus is there' test -S "$RUNTIME/bus"
	export DBUS_SESSION_BUS_ADDRESS=unix:path=$RUNTIME/bus
	export XDG_RUNTIME_DIR=$RUNTIME QTWEBENGINE_DISABLE_SANDBOX=1
	PATIENCE=$((PATIENCE * 2))
	begin /usr/bin/python3 "$BATS_TEST_DIRNAME/lib/titles.py" titles 2>/dev/null
	wait_until 'titles are noted' grep -q ready titles
	settings
}

# settings: editors in a terminal tell its window what they show, players go
# round, and none asks at its first start.
settings() {
	mkdir -p .config/{nvim,mpv,vlc,kitty,transmission}
	echo 'set title titlestring=%t noswapfile' | tee .vimrc >.config/nvim/init.vim
	cat >.emacs <<-'END'
		(defun tell () (send-string-to-terminal (format "\e]2;%s\a" (buffer-name))))
		(add-hook 'find-file-hook 'tell)
		(add-hook 'server-switch-hook 'tell)
	END
	echo confirm_os_window_close 0 >.config/kitty/kitty.conf
	printf '%s\n' loop-playlist=inf ao=null force-window=yes vo=x11 \
		>.config/mpv/mpv.conf
	printf '%s\n' '[core]' loop=1 aout=adummy metadata-network-access=0 \
		'[qt]' qt-privacy-ask=0 >.config/vlc/vlcrc
	printf '{"%s": true, "%s": false, "%s": false}' \
		user-has-given-informed-consent show-options-window \
		blocklist-enabled >.config/transmission/settings.json
}

# A second and a half of silence.
document_sound() {
	/usr/bin/python3 -c 'import sys, wave
with wave.open(sys.argv[1], "wb") as w:
    w.setparams((1, 2, 8000, 8000, "NONE", ""))
    w.writeframes(bytes(24000))' "doc$1.wav"
	echo "doc$1.wav"
}

# document NUMBER: made once.
document() {
	compgen -G "doc$1*" || "document_$KIND" "$1"
}

# --- what is seen -----------------------------------------------------------

pids() { ctl list --json | jq -r '.[].pid'; }

# mark: what is opened from here on counts.
mark() { MARK=$(wc -l <titles); }

# is_open NUMBER: a window shows it, or has since the mark.
is_open() {
	[ "$NAME" != transmission-gtk ] || {
		compgen -G ".config/transmission/torrents/*" >/dev/null &&
			grep -qsF "4:doc$1" .config/transmission/torrents/*.torrent
		return
	}
	# Of two tabs that come at once one is in front.
	case $NAME in
	chromium) xdotool key ctrl+Next ;;
	gedit) xdotool key ctrl+alt+Next ;;
	esac
	wmctrl -l | grep -qF "doc$1" || {
		[ "$EACH" = 0 ] &&
			tail -n +$((MARK + 1)) titles | grep -qF "doc$1"
	}
}

# of_instances PID: it is one, or has been started by one, or one by it.
of_instances() {
	local pid
	for pid in $OWNERS; do
		if is_below "$1" "$pid" || is_below "$pid" "$1"; then
			return
		fi
	done
	return 1
}

# only NUMBER: there are so many instances; all windows are theirs, and all
# processes of that name.
only() {
	local pid name SAID
	OWNERS=$(pids)
	[ "$(wc -w <<<"$OWNERS")" = "$1" ] || return
	look
	for pid in "${PIDS[@]}"; do
		# openbox itself shows one.
		[ "$pid" = 0 ] || of_instances "$pid" || return
	done
	status_look "${OWNERS%%$'\n'*}" Name || return
	name=$SAID
	for pid in $("$GUESTS/environs" "ONLYONE_DIR=$ONLYONE_DIR"); do
		status_look "$pid" Name && [ "$SAID" = "$name" ] && ! gone "$pid" ||
			continue
		of_instances "$pid" || return
	done
}

# shown NUMBER [INSTANCES]: the document is open, and there are so many.
shown() { is_open "$1" && only "${2-1}"; }

what_is() {
	echo "$1; $(ctl list); windows: $(wmctrl -lp); titles: $(<titles)"
	cat said* 2>/dev/null
	ps -eo pid,ppid,stat,args | grep -v '\]$' | cut -c-150
}

# --- launches ---------------------------------------------------------------

# later [COMMAND...] -- [ARG...]: a launch of the program with these arguments,
# by that command: it ends with 0, or is an instance.
later() {
	local by=()
	while [ "$1" != -- ]; do
		by+=("$1")
		shift
	done
	shift
	mark
	BEFORE=$(pids)
	begin "${by[@]}" "${COMMAND[@]}" "$@" </dev/null >>said 2>&1
	LAUNCHES+=("$BEGUN")
}

# over PID: it has ended, or has an instance, or has led to another one than
# there was, and waits for that.
over() {
	gone "$1" && return
	OWNERS=$(pids) && of_instances "$1" ||
		{ [ "$BEFORE" ] && [ "$OWNERS" != "$BEFORE" ]; }
}

# taken NUMBER: what was launched has opened that document.
taken() {
	local pid status
	COUNT=$((EACH ? COUNT + ${2-1} : 1))
	wait_until "document $1 is open" shown "$1" "$COUNT" ||
		fail "$(what_is "document $1")"
	for pid in "${LAUNCHES[@]}"; do
		wait_until 'its launch is over' over "$pid" ||
			fail "$(what_is "launch $pid")"
		gone "$pid" || continue
		status=0
		wait "$pid" || status=$?
		assert_equal "$status" 0 || fail "$(what_is status)"
	done
	LAUNCHES=()
}

# first NUMBER: the instance begins.
first() {
	COUNT=0 LAUNCHES=()
	later "${IN[@]}" "${BY[@]}" -- "$(document "$1")"
	taken "$1"
}

# --- situations -------------------------------------------------------------

# second: another document.
second() {
	later "${BY[@]}" -- "$(document 2)"
	taken 2
}

# again: the same document as the first, which has a window of its own then.
again() {
	later "${BY[@]}" -- "$(document 1)"
	taken 1 0
	[ "$EACH" = 0 ] || assert_equal "$(wmctrl -l | grep -cF doc1)" 1
}

# none: without a document it is shown, or opens an empty page.  Of programs
# with a process for each that is one more.
none() {
	local own=0
	[ "$NAME" != kitty ] || local COMMAND=(kitty)
	later "${BY[@]}" --
	wait_until 'its launch is over' over "$BEGUN" ||
		fail "$(what_is none)"
	if gone "$BEGUN"; then
		# mupdf says how it is used.
		[ "$NAME" != mupdf ] || own=1
		ends "$BEGUN" "$own"
	else
		[ "$EACH" = 1 ]
		COUNT=$((COUNT + 1))
	fi
	wait_until 'no other instance is there' only "$COUNT" ||
		fail "$(what_is none)"
	LAUNCHES=()
}

# menu: as a menu does it, without a terminal.
menu() {
	mark
	BEFORE=$(pids)
	begin setsid --wait "${BY[@]}" "${COMMAND[@]}" "$(document 4)" \
		</dev/null >/dev/null 2>&1
	LAUNCHES=("$BEGUN")
	taken 4
}

# terminal: as typed in one.
terminal() {
	mark
	BEFORE=$(pids)
	begin "$BATS_TEST_DIRNAME/lib/terminal.py" \
		"${BY[*]} ${COMMAND[*]} $(document 5)" . >>said 2>&1
	LAUNCHES=("$BEGUN")
	taken 5
}

# at_once: two launches, each with its document.
at_once() {
	LAUNCHES=() COUNT=0
	mark
	local from=$MARK
	later "${IN[@]}" "${BY[@]}" -- "$(document 6)"
	later "${IN[@]}" "${BY[@]}" -- "$(document 7)"
	MARK=$from
	wait_until 'one of them is open' is_open 6 ||
		fail "$(what_is 'document 6')"
	taken 7 2
}

close_windows() {
	local window
	wait_until 'it has a window' refute windowless
	for window in "${STACK[@]}"; do wmctrl -i -c "$window" || true; done
	COUNT=0
}

# closed: all windows were, a moment ago.
closed() {
	close_windows
	later "${IN[@]}" "${BY[@]}" -- "$(document 8)"
	taken 8
}

# emptied: none is left; some programs end later, or never.
emptied() {
	close_windows
	wait_until 'it has no window' windowless || fail "$(what_is emptied)"
	later "${IN[@]}" "${BY[@]}" -- "$(document 3)"
	taken 3
}

windowless() {
	! wmctrl -l | grep -qv 'Openbox Syntax Error'
}

# crash: what has the windows was killed, or the editor in the terminal.
crash() {
	local pid pids=()
	OWNERS=$(pids)
	look
	for pid in "${PIDS[@]}"; do
		[ "$pid" = 0 ] || [ "${IN[*]}" ] || pids+=("$pid")
	done
	[ "${pids[*]}" ] || pids=($OWNERS)
	killed "${pids[@]}"
	COUNT=0
	later "${IN[@]}" "${BY[@]}" -- "$(document 9)"
	taken 9
}

# tried SITUATION...: each in its turn, named before it is tried.
tried() {
	local situation
	for situation; do
		echo "$NAME: $situation" >&2
		"$situation"
	done
}

# program NAME KIND EACH COMMAND...: with documents of that kind; EACH is 1 for
# a process for each.  So are these, in situations:
program() {
	NAME=$1 KIND=$2 EACH=$3 COMMAND=("${@:4}") IN=() BY=(onlyone)
	case $NAME in
	emacs | vim | nvim) IN=(xterm -e) ;;
	esac
}

running() {
	program "$@"
	first 1
	tried second again menu terminal none
}

ending() {
	program "$@"
	# Transmission shows its window for seconds after it was closed, and
	# loses what it takes then.
	tried at_once
	[ "$NAME" = transmission-gtk ] || tried closed
	tried emptied crash
}

ruled() {
	program "$@"
	run -0 ctl enable "${COMMAND[0]}"
	BY=(env "LD_PRELOAD=$SHIM")
	first 1
	tried second again none
}

@test "running: mousepad" { running mousepad text 0 mousepad; }
@test "ending: mousepad" { ending mousepad text 0 mousepad; }
@test "ruled: mousepad" { ruled mousepad text 0 mousepad; }
@test "running: gedit" { running gedit text 0 gedit; }
@test "ending: gedit" { ending gedit text 0 gedit; }
@test "ruled: gedit" { ruled gedit text 0 gedit; }
@test "running: gnome-text-editor" { running gnome-text-editor text 0 gnome-text-editor; }
@test "ending: gnome-text-editor" { ending gnome-text-editor text 0 gnome-text-editor; }
@test "ruled: gnome-text-editor" { ruled gnome-text-editor text 0 gnome-text-editor; }
@test "running: geany" { running geany text 0 geany; }
@test "ending: geany" { ending geany text 0 geany; }
@test "ruled: geany" { ruled geany text 0 geany; }
@test "running: kate" { running kate text 0 kate; }
@test "ending: kate" { ending kate text 0 kate; }
@test "ruled: kate" { ruled kate text 0 kate; }
@test "running: featherpad" { running featherpad text 0 featherpad; }
@test "ending: featherpad" { ending featherpad text 0 featherpad; }
@test "ruled: featherpad" { ruled featherpad text 0 featherpad; }
@test "running: gvim" { running gvim text 0 gvim; }
@test "ending: gvim" { ending gvim text 0 gvim; }
@test "ruled: gvim" { ruled gvim text 0 gvim; }
@test "running: vim" { running vim text 0 vim; }
@test "ending: vim" { ending vim text 0 vim; }
@test "ruled: vim" { ruled vim text 0 vim; }
@test "running: nvim" { running nvim text 0 nvim; }
@test "ending: nvim" { ending nvim text 0 nvim; }
@test "ruled: nvim" { ruled nvim text 0 nvim; }
@test "running: emacs" { running emacs text 0 emacs; }
@test "ending: emacs" { ending emacs text 0 emacs; }
@test "ruled: emacs" { ruled emacs text 0 emacs; }
@test "running: okular" { running okular paper 0 okular; }
@test "ending: okular" { ending okular paper 0 okular; }
@test "ruled: okular" { ruled okular paper 0 okular; }
@test "running: zathura" { running zathura paper 0 zathura; }
@test "ending: zathura" { ending zathura paper 0 zathura; }
@test "ruled: zathura" { ruled zathura paper 0 zathura; }
@test "running: qpdfview" { running qpdfview paper 0 qpdfview; }
@test "ending: qpdfview" { ending qpdfview paper 0 qpdfview; }
@test "ruled: qpdfview" { ruled qpdfview paper 0 qpdfview; }
@test "running: mpv" { running mpv sound 0 mpv; }
@test "ending: mpv" { ending mpv sound 0 mpv; }
@test "ruled: mpv" { ruled mpv sound 0 mpv; }
@test "running: vlc" { running vlc sound 0 vlc; }
@test "ending: vlc" { ending vlc sound 0 vlc; }
@test "ruled: vlc" { ruled vlc sound 0 vlc; }
@test "running: eog" { running eog picture 0 eog; }
@test "ending: eog" { ending eog picture 0 eog; }
@test "ruled: eog" { ruled eog picture 0 eog; }
@test "running: gimp" { running gimp picture 0 gimp --no-splash --no-data --no-fonts; }
@test "ending: gimp" { ending gimp picture 0 gimp --no-splash --no-data --no-fonts; }
@test "ruled: gimp" { ruled gimp picture 0 gimp --no-splash --no-data --no-fonts; }
@test "running: firefox" { running firefox page 0 firefox-esr; }
@test "ending: firefox" { ending firefox page 0 firefox-esr; }
@test "ruled: firefox" { ruled firefox page 0 firefox-esr; }
@test "running: chromium" { running chromium page 0 chromium --no-sandbox --no-first-run --disable-gpu --password-store=basic; }
@test "ending: chromium" { ending chromium page 0 chromium --no-sandbox --no-first-run --disable-gpu --password-store=basic; }
@test "ruled: chromium" { ruled chromium page 0 chromium --no-sandbox --no-first-run --disable-gpu --password-store=basic; }
@test "running: falkon" { running falkon page 0 falkon; }
@test "ending: falkon" { ending falkon page 0 falkon; }
@test "ruled: falkon" { ruled falkon page 0 falkon; }
@test "running: epiphany" { running epiphany page 0 epiphany; }
@test "ending: epiphany" { ending epiphany page 0 epiphany; }
@test "ruled: epiphany" { ruled epiphany page 0 epiphany; }
@test "running: libreoffice" { running libreoffice text 0 libreoffice --norestore --nologo; }
@test "ending: libreoffice" { ending libreoffice text 0 libreoffice --norestore --nologo; }
@test "ruled: libreoffice" { ruled libreoffice text 0 libreoffice --norestore --nologo; }
@test "running: thunar" { running thunar folder 0 thunar; }
@test "ending: thunar" { ending thunar folder 0 thunar; }
@test "ruled: thunar" { ruled thunar folder 0 thunar; }
@test "running: pcmanfm" { running pcmanfm folder 0 pcmanfm; }
@test "ending: pcmanfm" { ending pcmanfm folder 0 pcmanfm; }
@test "ruled: pcmanfm" { ruled pcmanfm folder 0 pcmanfm; }
@test "running: transmission-gtk" { running transmission-gtk torrent 0 transmission-gtk; }
@test "ending: transmission-gtk" { ending transmission-gtk torrent 0 transmission-gtk; }
@test "ruled: transmission-gtk" { ruled transmission-gtk torrent 0 transmission-gtk; }
@test "running: kitty" { running kitty text 0 kitty vim; }
@test "ending: kitty" { ending kitty text 0 kitty vim; }
@test "ruled: kitty" { ruled kitty text 0 kitty vim; }
@test "running: evince" { running evince paper 1 evince; }
@test "ending: evince" { ending evince paper 1 evince; }
@test "ruled: evince" { ruled evince paper 1 evince; }
@test "running: atril" { running atril paper 1 atril; }
@test "ending: atril" { ending atril paper 1 atril; }
@test "ruled: atril" { ruled atril paper 1 atril; }
@test "running: mupdf" { running mupdf paper 1 mupdf; }
@test "ending: mupdf" { ending mupdf paper 1 mupdf; }
@test "ruled: mupdf" { ruled mupdf paper 1 mupdf; }
@test "running: xournalpp" { running xournalpp paper 1 xournalpp; }
@test "ending: xournalpp" { ending xournalpp paper 1 xournalpp; }
@test "ruled: xournalpp" { ruled xournalpp paper 1 xournalpp; }
@test "running: ristretto" { running ristretto picture 1 ristretto; }
@test "ending: ristretto" { ending ristretto picture 1 ristretto; }
@test "ruled: ristretto" { ruled ristretto picture 1 ristretto; }
@test "running: l3afpad" { running l3afpad text 1 l3afpad; }
@test "ending: l3afpad" { ending l3afpad text 1 l3afpad; }
@test "ruled: l3afpad" { ruled l3afpad text 1 l3afpad; }

