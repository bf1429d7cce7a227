# shellcheck shell=sh disable=SC2030,SC2031,SC2317
# Programs: gvim vim nvim vim.gtk3 vim.gtk vim.athena vim.motif vim.nox
#   vim.basic vim.tiny vimx view gview evim eview
# How: its server, --remote-expr
#
# gvim and nvim have a server; a vim in a terminal is asked to start one, and
# writes its name to the file hand, or "-" if it cannot.
# Insert: --cmd
# Insert: silent! augroup onlyone | exe "au VimEnter *
#   if v:servername == \"\" | silent! call remote_startserver(\"VIM\") | endif
#   | silent! call writefile([v:servername == \"\" ? \"-\" : v:servername],
#   $ONLYONE_SLOT . \"/hand\")" | augroup END
# Documents: -[cSTuUiswWtPq] -[NnRfgbplAy][cSTuUiswWtPq] -cmd -servername
#   -socketid -windowid -startuptime -display -geometry -geom -font -fn
#   -background -bg -foreground -fg -name -role -xrm -listen -server -log
#   -gui-dialog-file
# Options: +* -c -R -b -o* -O* -p* -u -U -servername -listen
# Waits: -f -nofork
#
# Another vimrc or server name makes another vim, which later launches with the
# same one find.  Options that cannot be applied to a running vim make a
# separate one; a batch, a message to a server, or the end of a pipe is not a
# session.
# Apart: -u -U -servername -listen
# Own: -d -clean -S -t -q -x -y -Z -D -m -M
# Aside: - -h -help -version -v -r -L -l -s -w -W -[eE]* -[nNmMRbXZ]*[eE]s*
#   -remote* -serverlist -server -startuptime -headless -api-info

# Pass odd text as \xHH: safe with quotes, line breaks and any locale.
quote() {
	printf '"'
	# shellcheck disable=SC2046
	case $1 in
	*[!\ -~]* | *[\"\\]*)
		printf '\\x%s' $(printf %s "$1" | od -An -v -tx1) ;;
	*) printf %s "$1" ;;
	esac
	printf '"'
}

# One started without the row, if it has a server, is found by its pid.
server() {
	remote --serverlist 2>/dev/null | while read -r n; do
		[ "$(remote --servername "$n" --remote-expr 'getpid()' \
			2>/dev/null)" != "$ONLYONE_PID" ] || echo "$n"
	done
	# nvim listens on its own; newer versions do in a child.
	read -r children <"/proc/$ONLYONE_PID/task/$ONLYONE_PID/children"
	for p in "$ONLYONE_PID" $children; do
		find "/proc/$p/fd" -lname 'socket:*' -printf '%l\n' |
			tr -dc '0-9\n' | while read -r s; do
				sed -n "s|.* 00010000 .* $s \(/.*\)|\1|p" \
					"/proc/$p/net/unix"
			done
	done 2>/dev/null
}

# It is on the instance's display, perhaps not the launch's.  A stopped X server
# never answers, nor does a busy editor.
remote() { # ARG...
	(
		[ -z "$ONLYONE_DISPLAY" ] || {
			export DISPLAY="$ONLYONE_DISPLAY" \
				XAUTHORITY="$ONLYONE_XAUTHORITY"
			[ -n "$XAUTHORITY" ] || unset XAUTHORITY
		}
		ONLYONE_PROGRAM=${nvim-$ONLYONE_PROGRAM}
		become_program "$@"
	)
}

f='' c='' each='' open='' read='' lone=
while [ $# -gt 0 ]; do
	case $1 in [-]*) lone="$lone $1" ;; esac
	case $1 in
	+) c="$c,'\$'" ;;
	+*) c="$c,$(quote "${1#+}")" ;;
	-c) c="$c,$(quote "${2-}")" && shift ;;
	-R) each="$each,'au BufReadPost <buffer=%d> ++once setl ro'" read=1 ;;
	-b) each="$each,'au BufReadPre <buffer=%d> ++once setl bin'" ;;
	-o*) open='bel sb' ;;
	-O*) open='bel vert sb' ;;
	-p*) open='tab sb' ;;
	-*) shift ;;
	/* | *://*) f=$f,$(quote "$1") ;;
	*) f=$f,$(quote "${PWD%/}/$1") ;;
	esac
	[ $# -eq 0 ] || shift
done
[ -n "$f$c" ] || {
	[ -z "$lone" ] || echo "onlyone: ${ONLYONE_PROGRAM##*/} (pid" \
		"$ONLYONE_PID) is running; not handed over without a" \
		"document:$lone" >&2
	exit 0
}

if [ -n "$ONLYONE_LATE" ] && [ ! -s "$ONLYONE_HAND" ]; then
	t=0
	ONLYONE_LIMIT=2
	until server >"$ONLYONE_HAND"; [ -s "$ONLYONE_HAND" ] || [ $t -ge "${tries-5}" ]; do
		sleep 0.2
		t=$((t + 1))
	done
	[ -s "$ONLYONE_HAND" ] || rm -f "$ONLYONE_HAND"
	[ -s "$ONLYONE_HAND" ] || inserted
fi

# Whether it waits for its user before it has started, about a swap file say: it
# sleeps for a whole second, and has started nothing.
s=0 said=
asks() {
	k=
	read -r k <"/proc/$ONLYONE_PID/task/$ONLYONE_PID/children"
	case $k,$(cat "/proc/$ONLYONE_PID/stat") in
	,*') S '*) s=$((s + 1)) ;;
	*) s=0 ;;
	esac
	[ "$s" -ge 10 ]
} 2>/dev/null
ready() {
	! test -s "$ONLYONE_HAND" || return 0
	asks || return
	# No time limit while its user has to answer.
	# shellcheck disable=SC2034,SC2154
	start=$now
	[ -n "$said" ] || echo "onlyone: ${ONLYONE_PROGRAM##*/} (pid" \
		"$ONLYONE_PID) asks its user something before it begins; it" \
		"gets the documents when that is answered" >&2
	said=y
	return 1
}
await ready
n=
[ ! -f "$ONLYONE_HAND" ] || read -r n <"$ONLYONE_HAND"
[ -n "$n" ] || refuse 'it is still starting'

temporary() {
	folder=$(mktemp -d) || refuse "no folder in ${TMPDIR-/tmp}"
	trap 'rm -rf "$folder"' EXIT
	trap 'exit 129' HUP INT TERM
}

# While a launch waits for its documents, a folder has a file for each, which
# the editor removes when it has closed the document.
open_for='' folder=
if [ -n "$ONLYONE_WAIT" ]; then
	temporary
	open_for=$folder
	: "${open:=tab sb}"
fi

# All documents become buffers at once.  Typed keys show them, so that the user
# sees any question, about a swap file say.  The keys are few: Vim would ask the
# user to dismiss a long line.  A launch that waits gets its own windows, which
# no other document takes: so :wq closes only its document.
script=$(cat <<'END'
func! Onlyone(files, open, each, read, commands, wait)
  let show = []
  for file in a:files
    let b = bufadd(file)
    call setbufvar(b, '&bl', 1)
    for each in a:each
      exe printf(each, b)
    endfor
    if a:read && bufloaded(b)
      call setbufvar(b, '&ro', 1)
    endif
    let at = 'win_findbuf(' . b . ')'
    let do = "exe (isdirectory(get(b:,'onlyone',''))?'tab sb ':&mod&&!&hid?'sb ':'b ')." . b
    if !empty(a:open)
      let do = a:open . ' ' . b
    endif
    let do = 'if len(' . at . ')|call win_gotoid(' . at . '[0])|else|' . do . '|endif'
    if !empty(a:wait)
      let f = a:wait . '/' . b
      call writefile([], f)
      call setbufvar(b, 'onlyone', a:wait)
      let end = '<buffer=' . b . '> ++nested '
      exe 'au onlyone BufUnload,BufDelete,BufWipeout ' . end . 'call delete(' . string(f) . ')'
      exe 'au onlyone BufHidden ' . end . 'if !getbufvar(' . b . ', "&mod")|call delete(' . string(f) . ')|endif'
      let do = 'try|' . do . '|finally|if !bufloaded(' . b . ')|call delete(' . string(f) . ')|endif|endtry'
    endif
    if empty(show) || !empty(a:open)
      call add(show, do)
    endif
  endfor
  if len(show) > 1
    call add(show, 'call win_gotoid(win_findbuf(' . bufnr(a:files[0]) . ')[0])')
  endif
  if !empty(a:wait)
    let f = string(a:wait . '/end')
    exe 'au onlyone VimLeave * if isdirectory(' . string(a:wait) . ')|call writefile([v:exiting], ' . f . ')|endif'
  endif
  for command in a:commands
    call add(show, 'exe ' . string(command))
  endfor
  if has('nvim') " it prints nothing for a file: the typed line would stay
    call add(show, 'echo ""')
  endif
  let g:onlyone = get(g:, 'onlyone', []) + [join(show, '|')]
  call feedkeys("\<C-\>\<C-N>:exe remove(g:onlyone,0)\<CR>", 'n')
  return 'taken'
endfunc
augroup onlyone
augroup END
END
)
v="[execute(split($(quote "$script"),'\\n'))"
v="$v,Onlyone([${f#,}],'$open',[${each#,}],0$read,[${c#,}],$(quote "$open_for"))][1]"
case $n in
*/*) o=--server ;;
*) o=--servername ;;
esac
# Vim exits with 0 even if it has not reached the server; nvim answers on
# standard error.
ONLYONE_LIMIT=20
taken() { # EXPRESSION
	s=0 r=
	[ "${n:--}" = - ] ||
		r=$(remote "$o" "$n" --remote-expr "$1" 2>&1) || s=$?
	[ "$s" != 124 ] || refuse "it has not answered for $ONLYONE_LIMIT seconds;\
 it is busy or waits for its user, or its display is busy"
	[ "$s${r##*[!a-z]}" = 0taken ] ||
		refuse 'it has no server (+clientserver and a display are needed)'
}
# While busy, it would keep the documents, and open them after we have reported
# that it has not taken them.
taken '"taken"'
if [ ${#v} -gt 100000 ]; then # no argument can be of 128 KiB
	[ -n "$folder" ] || temporary
	printf '%s\n' "$v" >"$folder/all" || refuse "no room in $folder"
	v="eval(readfile($(quote "$folder/all"))[0])"
fi
taken "$v"
[ -z "$folder" ] || rm -f "$folder/all"

[ -n "$open_for" ] || exit 0
closed() {
	[ "$(echo "$open_for"/*)" = "$open_for/*" ]
}
while kill -0 "$ONLYONE_PID" 2>/dev/null && [ ! -s "$open_for/end" ]; do
	! closed || exit 0
	sleep 0.2
done
s=0
if [ -s "$open_for/end" ]; then
	read -r s <"$open_for/end"
elif ! closed; then
	echo "onlyone: ${ONLYONE_PROGRAM##*/} (pid $ONLYONE_PID) ended before" \
		'the document was closed' >&2
	s=1
fi
exit "$s"
