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
await test -s "$ONLYONE_HAND"
n=
[ ! -f "$ONLYONE_HAND" ] || read -r n <"$ONLYONE_HAND"

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
