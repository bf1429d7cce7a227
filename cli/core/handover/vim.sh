# shellcheck shell=sh
# Programs: gvim vim nvim vim.gtk3 vim.gtk vim.athena vim.motif vim.nox
#   vim.basic vim.tiny vimx view gview vimdiff gvimdiff evim eview
# How: its server, --remote-expr
#
# gvim and nvim have a server; a vim in a terminal is told to start one, and
# writes its name to the file hand, or "-" if it cannot.
# Insert: --cmd
# Insert: silent! augroup onlyone | exe "au VimEnter *
#   if v:servername == \"\" | silent! call remote_startserver(\"VIM\") | endif
#   | silent! call writefile([v:servername == \"\" ? \"-\" : v:servername],
#   $ONLYONE_SLOT . \"/hand\")" | augroup END
# Documents: -[cSTuUiswWtPq] -[NnRefgbplAy][cSTuUiswWtPq] -cmd -servername
#   -socketid -windowid -startuptime -display -geometry -geom -font -fn
#   -background -bg -foreground -fg -name -role -xrm -listen -server

[ "$ONLYONE_DOCUMENTS" -gt 0 ] || exit 0
# Whether it waits for its user before it has begun, about a swap file say: it
# sleeps, a whole second long, and has started nothing.
s=0 said=
asks() {
	c=
	read -r c <"/proc/$ONLYONE_PID/task/$ONLYONE_PID/children"
	case $c,$(cat "/proc/$ONLYONE_PID/stat") in
	,*') S '*) s=$((s + 1)) ;;
	*) s=0 ;;
	esac
	[ "$s" -ge 10 ]
} 2>/dev/null
ready() {
	! test -s "$ONLYONE_HAND" || return 0
	asks || return
	# No time limit while its user has to answer.
	# shellcheck disable=SC2034
	t=0
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

# Pass names as \xHH: safe with quotes, line breaks and any locale.
quote() {
	printf '"'
	# shellcheck disable=SC2046
	printf '\\x%s' $(printf %s "$1" | od -An -v -tx1)
	printf '"'
}

# All documents become buffers at once.  The first is shown by typed keys, so
# that the user sees a question, about a swap file say.  The keys are few: Vim
# would ask the user to dismiss a long line.
f='' c=''
for a do
	case $a in
	+) c="$c.\"|\$\"" ;;
	+*) c="$c.\"|exe \".string($(quote "${a#+}"))" ;;
	/* | *://*) f=$f,$(quote "$a") ;;
	*) f=$f,$(quote "${PWD%/}/$a") ;;
	esac
done
b="map(map([${f#,}],\"bufadd(v:val)\"),\"[v:val,setbufvar(v:val,'&bl',1)][0]\")[0]"
v="let b=N|if len(win_findbuf(b))|call win_gotoid(win_findbuf(b)[0])"
v="$v|else|exe (&mod&&!&hid?'sb ':'b ').b|endif"
v="extend(g:,{\"onlyone\":substitute(\"$v\",\"N\",$b,\"\")$c})"
v="[$v,feedkeys(\"\\<C-\\>\\<C-N>:exe g:onlyone\\<CR>\",\"n\")][1]"
case $n in
*/*) o=--server ;;
*) o=--servername ;;
esac
[ "${n:--}" != - ] &&
	program "$o" "$n" --remote-expr "$v" >/dev/null 2>&1 && exit
refuse 'it has no server (+clientserver and a display are needed)'
