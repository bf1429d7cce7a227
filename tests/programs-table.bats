# as: user (desktop programs run as an ordinary user)
# run: desktop
# programs-table.bats: what a launch does while its program is running, for real
# programs on X11 that have a row, without options.
#
# Each program in each situation: a second document, the same again, none; two
# launches at once; while its windows close, with none left; and by a rule.  Each time
# the document is open, each process of the program belongs to the instance, and the
# launch exits with 0.  A program with a process for each document has an instance for
# each.
#
# What no launch can fix: Transmission takes documents while it closes, and loses
# them.  LibreOffice keeps running if its starter alone is killed, without an instance.
# PCManFM-Qt 1.2, started with a folder, sometimes hangs before it shows a window
# (Fm::BasicFileLauncher::launchPaths), so it gets none here.
load lib/x11
load lib/enforce
load lib/script

# The names of sockets are short, and some programs put several more words
# behind this.
own_setup() {
	RUNTIME=$(mktemp -d /tmp/onlyone-table.XXXXXX)
	LITTER+=("$RUNTIME")
	TITLES=$PWD/titles
	desk
	begin dbus-daemon --session --nofork --nopidfile \
		--address="unix:path=$RUNTIME/bus"
	wait_until 'a bus is there' test -S "$RUNTIME/bus"
	export DBUS_SESSION_BUS_ADDRESS=unix:path=$RUNTIME/bus
	export XDG_RUNTIME_DIR=$RUNTIME QTWEBENGINE_DISABLE_SANDBOX=1
	PATIENCE=$((PATIENCE * 2))
	begin /usr/bin/python3 "$BATS_TEST_DIRNAME/lib/titles.py" "$TITLES" \
		2>/dev/null
	OTHERS=" 0 $BEGUN "
	wait_until 'titles are noted' grep -q ready "$TITLES"
}

# at_home NAME: in an unused folder, which is its user's.  Editors in
# a terminal tell its window what they show, players go round, and none asks at its
# first start.
at_home() {
	mkdir "$BATS_TEST_TMPDIR/$1"
	cd "$BATS_TEST_TMPDIR/$1"
	export HOME=$PWD
	mkdir -p .config/{nvim,mpv,vlc,kitty,transmission,qBittorrent}
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
	printf '%s\n' '[LegalNotice]' Accepted=true '[AddNewTorrentDialog]' \
		Enabled=false '[BitTorrent]' 'Session\DHTEnabled=false' \
		'Session\AddTorrentPaused=true' "[Preferences]" \
		'General\ExitConfirm=false' >.config/qBittorrent/qBittorrent.conf
}

# document_KIND NUMBER makes one in this folder.
document_text() { echo "text $1" >"doc$1.txt"; }
document_page() {
	echo "<!doctype html><title>doc$1</title>text" >"doc$1.html"
}

document_picture() { printf 'P3 2 1 255\n255 0 0 0 0 255\n' >"doc$1.ppm"; }
document_folder() { mkdir -p "doc$1"; }
document_torrent() {
	printf 'd4:infod6:lengthi1e4:name4:doc%s12:piece lengthi16384e6:pieces20:%see' \
		"$1" aaaaaaaaaaaaaaaaaaaa >"doc$1.torrent"
}

# A page without anything on it, as PDF readers put up with.
document_paper() {
	cat >"doc$1.pdf" <<-'END'
		%PDF-1.4
		1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj
		2 0 obj <</Type /Pages /Count 1 /Kids [3 0 R]>> endobj
		3 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 99 99]>> endobj
		trailer <</Root 1 0 R>>
	END
}

# A second and a half of silence.
document_sound() {
	/usr/bin/python3 -c 'import sys, wave
with wave.open(sys.argv[1], "wb") as w:
    w.setparams((1, 2, 8000, 8000, "NONE", ""))
    w.writeframes(bytes(24000))' "doc$1.wav"
}

# document NUMBER [KIND]: its name; made once.
document() {
	compgen -G "doc$1*" >/dev/null || "document_${2-$KIND}" "$1"
	compgen -G "doc$1*"
}

# --- what is seen -----------------------------------------------------------

pids() { ctl list --json | jq -r '.[].pid'; }

# mark: what is opened from here on counts.
mark() { MARK=$(wc -l <"$TITLES"); }

# is_open NUMBER: a window shows it, or has since the mark.
is_open() {
	case $NAME in transmission-gtk | qbittorrent)
		grep -qsF "4:doc$1" .config/transmission/torrents/*.torrent \
			.local/share/qBittorrent/BT_backup/*.torrent
		return
		;;
	esac
	# Of two tabs that come at once one is in front.
	case $NAME in
	chromium | firefox) xdotool key ctrl+Next ;;
	gedit) xdotool key ctrl+alt+Next ;;
	esac
	wmctrl -l | grep -qF "doc$1" || {
		[ "$EACH" = 0 ] &&
			tail -n +$((MARK + 1)) "$TITLES" | grep -qF "doc$1"
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
# processes of that name, but for $OTHERS (0: openbox shows a window itself).
only() {
	local pid name SAID
	OWNERS=$(pids)
	[ "$(wc -w <<<"$OWNERS")" = "$1" ] || return
	look
	for pid in "${PIDS[@]}"; do
		[[ $OTHERS == *" $pid "* ]] || of_instances "$pid" || return
	done
	status_look "${OWNERS%%$'\n'*}" Name || return
	name=$SAID
	carriers_look "ONLYONE_DIR=$ONLYONE_DIR"
	for pid in "${CARRIERS[@]}"; do
		[[ $OTHERS != *" $pid "* ]] && status_look "$pid" Name &&
			[ "$SAID" = "$name" ] && ! gone "$pid" || continue
		of_instances "$pid" || return
	done
}

# shown NUMBER [INSTANCES]: the document is open, and there are so many.
shown() { is_open "$1" && only "${2-1}"; }

what_is() {
	echo "$1; $(ctl list); windows: $(wmctrl -lp); titles: $(<"$TITLES")"
	cat said* 2>/dev/null
	ps -eo pid,ppid,stat,args | grep -v '\]$' | cut -c-150
}

# --- launches ---------------------------------------------------------------

# later [COMMAND...] -- [ARG...]: a launch of the program with these arguments,
# by that command: it exits with 0, or is an instance.
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

# over PID: it has exited, or has an instance, or has led to another one than
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
	later "${IN[@]}" "${BY[@]}" -- $(document "$1")
	taken "$1"
}

# --- situations -------------------------------------------------------------

# second: another document.
second() {
	later "${BY[@]}" -- $(document 2)
	taken 2
}

# again: the same document as the first, which has a window of its own then.
again() {
	later "${BY[@]}" -- $(document 1)
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

# at_once: two launches, each with its document.
at_once() {
	LAUNCHES=() COUNT=0
	mark
	local from=$MARK
	later "${IN[@]}" "${BY[@]}" -- $(document 6)
	later "${IN[@]}" "${BY[@]}" -- $(document 7)
	MARK=$from
	wait_until 'one of them is open' is_open 6 ||
		fail "$(what_is 'document 6')"
	taken 7 2
}

close_windows() {
	local window
	wait_until 'it has a window' refute windowless
	look
	for window in "${STACK[@]}"; do wmctrl -i -c "$window" || true; done
}

# closed: all windows were, a moment ago.
closed() {
	close_windows
	first 8
}

# emptied: none is left; some programs end later, or never.
emptied() {
	close_windows
	wait_until 'it has no window' windowless || fail "$(what_is emptied)"
	first 3
}

windowless() { ! wmctrl -l | grep -qv 'Openbox Syntax Error'; }

# tried SITUATION...: each in its turn, named before it is tried.
tried() {
	local situation
	for situation; do
		echo "$NAME: $situation" >&2
		"$situation"
	done
}

# all_ended: whatever has windows, or is an instance.
all_ended() {
	local left
	look
	mapfile -t left < <(pids; printf '%s\n' "${PIDS[@]}" | grep -vx 0)
	kill -KILL "${left[@]}" 2>/dev/null || true
	wait_until 'nothing is left' eval 'windowless && no_slots' ||
		fail "$(what_is "the end of $NAME")"
}

# programs: of each line, NAME KIND EACH COMMAND, in all situations: it has documents of
# that kind; EACH is 1 for a process for each.
programs() {
	local line
	while read -ra line <&4; do
		NAME=${line[0]} KIND=${line[1]} EACH=${line[2]} COMMAND=("${line[@]:3}")
		IN=() BY=(onlyone)
		case $NAME in emacs | vim | nvim) IN=(xterm -e) ;; esac
		at_home "$NAME.running"
		first 1
		tried second again none
		all_ended
		at_home "$NAME.ending"
		tried at_once
		# Transmission shows its window for seconds after it was closed, and
		# loses what it takes then.
		[ "$NAME" = transmission-gtk ] || tried closed
		tried emptied
		all_ended
		at_home "$NAME.ruled"
		run -0 ctl enable "${COMMAND[0]}"
		BY=(env "LD_PRELOAD=$SHIM")
		first 1
		tried second
		all_ended
	done 4<&0
}

@test "editors of windows: mousepad, gedit, gnome-text-editor, geany, kate, featherpad, l3afpad, gvim" {
	programs <<-'END'
		mousepad text 0 mousepad
		gedit text 0 gedit
		gnome-text-editor text 0 gnome-text-editor
		geany text 0 geany
		kate text 0 kate
		featherpad text 0 featherpad
		l3afpad text 1 l3afpad
		gvim text 0 gvim
	END
}

@test "programs in a terminal, and terminals: vim, nvim, emacs, kitty; a window of nvim: nvim-qt" {
	programs <<-'END'
		nvim-qt text 0 nvim-qt
		vim text 0 vim
		nvim text 0 nvim
		emacs text 0 emacs
		kitty text 0 kitty vim
	END
}

@test "viewers and players: okular, zathura, qpdfview, evince, atril, mupdf, xournalpp, eog, mpv, vlc" {
	programs <<-'END'
		okular paper 0 okular
		zathura paper 0 zathura
		qpdfview paper 0 qpdfview
		evince paper 1 evince
		atril paper 1 atril
		mupdf paper 1 mupdf
		xournalpp paper 1 xournalpp
		eog picture 0 eog
		mpv sound 0 mpv
		vlc sound 0 vlc
	END
}

@test "large ones: Firefox, Chromium, Falkon, Epiphany, LibreOffice, GIMP, Thunar, PCManFM, Transmission, qBittorrent" {
	programs <<-'END'
		firefox page 0 firefox-esr
		chromium page 0 chromium --no-sandbox --no-first-run --disable-gpu --password-store=basic
		falkon page 0 falkon
		epiphany page 0 epiphany
		libreoffice text 0 libreoffice --norestore --nologo
		gimp picture 0 gimp --no-splash --no-data --no-fonts
		thunar folder 0 thunar
		pcmanfm folder 0 pcmanfm
		qbittorrent torrent 0 qbittorrent
		transmission-gtk torrent 0 transmission-gtk
	END
}

# mpv_says COMMAND...: what its socket answers.
mpv_says() {
	/usr/bin/python3 -c 'import json, socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(json.dumps({"command": sys.argv[2:]}).encode() + b"\n")
for line in s.makefile("rb"):
    answer = json.loads(line)
    if "error" in answer:
        print(json.dumps(answer["data"]))
        break' "$(the_slot)/hand" "$@"
}

@test "mpv: documents of any name arrive, with options of their own, or all for what is played" {
	local odd=$'it\'s "q"\n $HOME %#'
	mv "$(document 1 sound)" first
	cp first "$odd"
	begin onlyone mpv --no-config --vo=null --ao=null --loop-file=inf \
		--really-quiet first </dev/null
	wait_until 'it runs' count_is mpv 1
	prints -0 '' launch mpv -volume 20 -- "$odd"
	assert_equal "$(mpv_says get_property playlist |
		jq -c 'map(.filename | sub(".*/"; ""))')" \
		"$(jq -nc --arg odd "$odd" '["first", $odd]')"
	prints --regexp '^100(\.0*)?$' mpv_says get_property volume
	prints -0 '' launch mpv --volume=40
	prints --regexp '^40(\.0*)?$' mpv_says get_property volume
	# What is not there it would skip, and say nothing.
	run -69 --separate-stderr launch mpv first ./missing
	says "did not take the documents: $PWD/./missing cannot be read"
	prints 2 mpv_says get_property playlist-count
}

@test "mpv: with onlyone=now a document is played at once, by a launch, or by each where that was given at the start" {
	document 1 sound && cp doc1.wav doc2.wav && cp doc1.wav doc3.wav
	local mpv=(mpv --no-config --vo=null --ao=null --loop-file=inf
		--really-quiet)
	begin onlyone "${mpv[@]}" --pause doc1.wav </dev/null
	wait_until 'it runs' count_is mpv 1
	prints -0 '' launch mpv doc2.wav
	prints 0 mpv_says get_property playlist-pos
	prints -0 '' launch mpv --script-opts=onlyone=now doc3.wav doc2.wav
	prints 2 mpv_says get_property playlist-pos
	prints false mpv_says get_property pause
	prints 4 mpv_says get_property playlist-count
	frees killed "$BEGUN"
	begin onlyone "${mpv[@]}" --script-opts=a=b,onlyone=now doc1.wav </dev/null
	wait_until 'it runs' count_is mpv 1
	prints -0 '' launch mpv doc2.wav
	prints 1 mpv_says get_property playlist-pos
}

# runs_hidden COMMAND...: it runs, and shows no window; $BEGUN.
runs_hidden() {
	begin onlyone "$@" </dev/null >>said 2>&1
	wait_until "$1 can be found by a second start" onlyone-raise --evidence \
		"$BEGUN"
	assert windowless
}

@test "without a window: a file manager that runs as a daemon, and a torrent client in a tray, show one; a document does not wait" {
	local command from
	at_home hidden
	mkdir folder
	for command in 'thunar --daemon' 'pcmanfm --daemon-mode' \
		'pcmanfm-qt --daemon-mode'; do
		echo "# $command" >&2
		# shellcheck disable=SC2086
		runs_hidden $command
		case $command in pcmanfm-qt*) ;; *)
			from=$SECONDS
			run -0 launch "${command% *}" folder
			[ $((SECONDS - from)) -lt 6 ]
			wait_until 'it shows the folder' eval \
				'wmctrl -l | grep -q folder'
			close_windows
			wait_until 'it has no window' windowless
			;;
		esac
		run -0 launch "${command% *}"
		wait_until 'it has a window' refute windowless
		assert_equal "$(ctl count "${command% *}")" 1
		frees killed "$BEGUN"
		wait_until 'it has no window' windowless
	done
	echo '{"user-has-given-informed-consent": true, "show-options-window":
		false, "show-notification-area-icon": true}' \
		>.config/transmission/settings.json
	begin onlyone transmission-gtk </dev/null >>said 2>&1
	wait_until 'it has a window' refute windowless
	close_windows
	wait_until 'it has no window' windowless
	run -0 launch transmission-gtk \
		'magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567'
	wait_until 'the link is there' compgen -G \
		'.config/transmission/torrents/0123456789abcdef*'
	wait_until 'it has a window' refute windowless
	close_windows
	wait_until 'it has no window' windowless
	run -0 launch transmission-gtk
	wait_until 'it has a window' refute windowless
	assert_equal "$(ctl count transmission-gtk)" 1
}

@test "terminals with a server: a folder arrives; each command line runs once, in a window of its own" {
	local p
	at_home terminals
	mkdir folder
	script job /bin/sh 'echo >>ran' 'exec sleep 300'
	for p in xfce4-terminal lxterminal; do
		echo "# $p" >&2
		rm -f ran
		begin onlyone "$p" </dev/null >>said 2>&1
		wait_until 'it has a window' refute windowless
		run -0 launch "$p" "--working-directory=$PWD/folder"
		wait_until 'a shell is in the folder' eval \
			'find /proc/[0-9]*/cwd -lname "$PWD/folder" 2>/dev/null |
			grep -q .'
		run -0 launch "$p" -e "$PWD/job"
		wait_until 'the command runs' test -s ran
		assert_equal "$(wc -l <ran)" 1
		all_ended
		# One that is named by its command, which runs already.
		rm ran
		begin onlyone "$p" -e "$PWD/job" </dev/null >>said 2>&1
		wait_until 'the command runs' test -s ran
		wait_until 'it has a window' refute windowless
		run -0 launch "$p" -e "$PWD/job"
		assert_equal "$(wc -l <ran)" 1
		all_ended
	done
}

@test "vlc, kate: one that runs beside the instance, without onlyone, does not get its documents; geany, okular: a name that they cannot take is refused" {
	at_home beside
	begin_window vlc "$(document 1 sound)"
	begin_window vlc= onlyone vlc doc1.wav
	begin_window kate= onlyone kate "$(document 3 text)"
	begin_window kate -n doc3.txt
	run -0 launch vlc "$(document 2 sound)"
	run -0 launch kate "$(document 4 text)"
	wait_until 'each has its own' eval 'wmctrl -lp >all &&
		grep -q " $vlc .*doc2" all && grep -q " $kate .*doc4" all'
	begin_window onlyone geany
	prints -69 --partial 'no name with a line break' launch geany $'a\nb'
	begin_window onlyone okular "$(document 5 paper)"
	cp doc5.pdf $'\xff.pdf'
	prints -69 --partial 'it cannot open' launch okular $'\xff.pdf'
}

@test "auto: what a program without a row, that hands nothing over, does not take, is said, and no second one stays" {
	cp "$(command -v l3afpad)" pad
	begin onlyone --on-activate=auto ./pad "$(document 1 text)" </dev/null
	wait_until 'its window is there' titled doc1
	prints -0 '' launch ./pad
	run -0 --separate-stderr launch ./pad "$(document 2 text)"
	says "pad (pid $BEGUN) is already running and can't open doc2.txt*-d*--replace*"
	assert_equal "$(pgrep -cf "^[^ ]*/pad")" 1
}

@test "no session: pluma --version prints and abiword --to converts, before the instance and beside it, by prefix and by a rule, without a word" {
	at_home none
	for n in 1 2 3; do document "$n" text >/dev/null; done
	run -0 ctl -q enable pluma
	run -0 ctl -q enable abiword
	for way in onlyone "env LD_PRELOAD=$SHIM"; do
		echo "# by $way" >&2
		# shellcheck disable=SC2086
		{
			run -0 --separate-stderr timeout $LIMIT $way pluma --version
			assert_output --partial 'pluma - Version'
			refute grep -q onlyone: <<<"$stderr"
			run -0 timeout $LIMIT $way abiword --to=pdf doc1.txt
			[ -s doc1.pdf ]
			freed
			begin pluma= $way pluma doc1.txt </dev/null >/dev/null 2>&1
			begin abiword= $way abiword doc3.txt </dev/null >/dev/null 2>&1
			wait_until 'pluma has a window' on_screen "$pluma"
			wait_until 'abiword has a window' on_screen "$abiword"
			run -0 --separate-stderr timeout $LIMIT $way pluma --version
			assert_output --partial 'pluma - Version'
			refute grep -q onlyone: <<<"$stderr"
			run -0 --separate-stderr timeout $LIMIT $way \
				abiword --to=pdf doc2.txt
			[ -s doc2.pdf ]
			refute grep -q onlyone: <<<"$stderr"
		}
		assert_equal "$(ctl count pluma)$(ctl count abiword)" 11
		killed "$pluma"
		killed "$abiword"
		freed
		rm doc?.pdf
	done
}

# on_screen PID: it shows a window.
on_screen() { wmctrl -lp | awk -v pid="$1" '$3 == pid { n = 1 } END { exit !n }'; }
