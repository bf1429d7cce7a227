/*
 * handover_rows.c: the table of programs with a remote command of their own.
 *
 * Data, nothing that knows a program is code.  An instance is found by the
 * file `hand` in its slot's folder, which only its user can enter: a socket,
 * or the name of a server.  The program makes it where ONLYONE_SLOT says, so
 * neither arguments nor lines differ between slots, and a slot that moves to
 * another key takes it along.
 *
 * Lines are for any sh: arguments reach a program byte for byte, and what
 * failed ends with 69 and one line.  Options say how a program is to begin:
 * they are not for one that runs.
 */
#include <stddef.h>

#include "cli/launch/handover.h"
#include "preload/contract.h"

/* Where it stands; read by what is in quotes, too. */
#define HAND "$ONLYONE_SLOT/" FILE_HAND

/* The program itself, once, with nothing that its children would inherit: the
 * mark is for this process, and the shim takes it out. */
#define PASS \
	"case ${LD_PRELOAD-} in *" SHIM_NAME "*) " \
	ENV_PASS "=$$; export " ENV_PASS ";; esac\n"

#define FAIL(why) \
	"echo \"onlyone: ${p##*/} (pid $" ENV_PID ") did not take the" \
	" documents: " why "\" >&2\nexit 69\n"

/* Keep documents and +LINE; $d is how many documents.  values: a pattern of
 * the options whose value is a word of its own, long ones with one dash.  What
 * follows -- gets a name that no program takes for an option. */
#define DOCUMENTS(values) \
	"d=0 k=\n" \
	"for a do\n" \
	"shift\n" \
	"case $a in --?*) o=${a#-};; *) o=$a;; esac\n" \
	"case $k:$o in\n" \
	"v:*) k=; continue;;\n" \
	"e:*) case $a in [-+]*) a=./$a;; esac;;\n" \
	":) continue;;\n" \
	":--) k=e; continue;;\n" \
	":-) echo \"onlyone: ${p##*/}: standard input cannot be handed" \
	" over\" >&2; exit 69;;\n" \
	values \
	":-*) continue;;\n" \
	"esac\n" \
	"case $k$a in +*);; *) d=$((d + 1));; esac\n" \
	"set -- \"$@\" \"$a\"\n" \
	"done\n"
#define VALUES(pattern) pattern ") k=v; continue;;\n"
#define ANY "[ $d -gt 0 ] || exit 0\n"

/* A program that begins has not made it yet. */
#define WAIT(test) \
	"t=0\n" \
	"until [ " test " \"" HAND "\" ] || [ $t -ge 100 ]; do\n" \
	"sleep 0.1 || break\n" \
	"t=$((t + 1))\n" \
	"done\n"

static const char *const emacs_insert[] = { "--eval",
	"(or noninteractive (ignore-errors (require (quote server))"
	/* Its user's own server, if there is one, stays as it is. */
	" (let ((server-use-tcp nil) (server-process nil)"
	" (server-socket-dir (getenv \"" ENV_SLOT "\"))"
	" (server-name \"" FILE_HAND "\")) (server-start))"
	" (or server-process (remove-hook (quote kill-emacs-hook)"
	" (quote server-force-stop)))))", NULL };

#define EMACS \
	DOCUMENTS(VALUES(":-[lfLtudTg]|:-load|:-funcall|:-directory" \
	    "|:-terminal|:-user|:-display|:-title|:-geometry|:-eval|:-execute" \
	    "|:-insert|:-script|:-chdir|:-init-directory|:-dump-file" \
	    "|:-parent-id|:-font|:-fn|:-fg|:-bg|:-bd|:-bw|:-cr|:-ms|:-ib" \
	    "|:-lsp|:-name|:-xrm|:-foreground-color|:-background-color" \
	    "|:-border-color|:-border-width|:-cursor-color|:-mouse-color" \
	    "|:-internal-border|:-line-spacing|:-color")) \
	WAIT("-S") \
	"unset ALTERNATE_EDITOR\n" /* it would be a second one */ \
	"if [ $d -gt 0 ]; then set -- -- \"$@\"\n" \
	"else set -- -e '(select-frame-set-input-focus (selected-frame))'\n" \
	"fi\n" \
	"emacsclient -n -q -s \"" HAND "\" \"$@\" >/dev/null && exit\n" \
	"[ $d -gt 0 ] || exit 0\n" \
	FAIL("no server answers at " HAND)

/* gvim and nvim have a server; a vim in a terminal is told to begin one.  "-":
 * it cannot. */
static const char *const vim_insert[] = { "--cmd",
	"silent! augroup onlyone"
	" | exe \"au VimEnter *"
	" if v:servername == \\\"\\\""
	" | silent! call remote_startserver(\\\"VIM\\\")"
	" | endif"
	" | silent! call writefile([v:servername == \\\"\\\" ? \\\"-\\\""
	" : v:servername], $" ENV_SLOT " . \\\"/" FILE_HAND "\\\")\""
	" | augroup END", NULL };

/* Names go as \xHH: no quote, line break or locale is in their way.  They
 * become buffers at once, and the first is shown by keys as the user would
 * type them: he may be asked, about a swap file say, and sees it.  They are
 * few: a long line would have to be dismissed. */
#define VIM \
	DOCUMENTS(VALUES(":-[cSTuUiswWtPq]" \
	    "|:-[NnRefgbplAy][cSTuUiswWtPq]|:-cmd|:-servername|:-socketid" \
	    "|:-windowid|:-startuptime|:-display|:-geometry|:-geom|:-font" \
	    "|:-fn|:-background|:-bg|:-foreground|:-fg|:-name|:-role|:-xrm" \
	    "|:-listen|:-server")) \
	ANY \
	WAIT("-s") \
	"n=; [ ! -f \"" HAND "\" ] || read -r n <\"" HAND "\"\n" \
	"h() {\n" \
	"printf '\"'\n" \
	"printf '\\\\x%s' $(printf %s \"$1\" | od -An -v -tx1)\n" \
	"printf '\"'\n" \
	"}\n" \
	"f= c=\n" \
	"for a do case $a in\n" \
	"+) c=\"$c.\\\"|\\$\\\"\";;\n" \
	"+*) c=\"$c.\\\"|exe \\\".string($(h \"${a#+}\"))\";;\n" \
	"/*|*://*) f=$f,$(h \"$a\");;\n" \
	"*) f=$f,$(h \"${PWD%/}/$a\");;\n" \
	"esac; done\n" \
	"b=\"map(map([${f#,}],\\\"bufadd(v:val)\\\")," \
	"\\\"[v:val,setbufvar(v:val,'&bl',1)][0]\\\")[0]\"\n" \
	"v=\"let b=N|if len(win_findbuf(b))" \
	"|call win_gotoid(win_findbuf(b)[0])" \
	"|else|exe (&mod&&!&hid?'sb ':'b ').b|endif\"\n" \
	"v=\"extend(g:,{\\\"onlyone\\\":" \
	"substitute(\\\"$v\\\",\\\"N\\\",$b,\\\"\\\")$c})\"\n" \
	"v=\"[$v,feedkeys(\\\"\\<C-\\>\\<C-N>" \
	":exe g:onlyone\\<CR>\\\",\\\"n\\\")][1]\"\n" \
	"case $n in */*) o=--server;; *) o=--servername;; esac\n" \
	"[ \"${n:--}\" != - ] && sh -c '" PASS "exec \"$@\"' sh" \
	" \"$p\" \"$o\" \"$n\" --remote-expr \"$v\" >/dev/null 2>&1 && exit\n" \
	FAIL("it has no server (+clientserver and a display are needed)")

/* It puts a name of its environment in by itself. */
static const char *const kitty_insert[] = {
	"--listen-on=unix:" HAND, "-o", "allow_remote_control=socket-only",
	NULL };

#define KITTY \
	"while :; do case ${1-} in\n" \
	"--) shift; break;;\n" \
	"-[ocdT]|--override|--config|--directory|--working-directory|--title" \
	"|--class|--name|--session|--start-as|--listen-on|--instance-group)" \
	" shift; [ $# -eq 0 ] || shift;;\n" \
	"-?*) shift;;\n" \
	"*) break;;\n" \
	"esac; done\n" \
	"[ $# -gt 0 ] || exit 0\n" \
	WAIT("-S") \
	"\"$p\" @ --to=\"unix:" HAND "\" launch --type=os-window" \
	" --cwd=\"$PWD\" -- \"$@\" >/dev/null && exit\n" \
	FAIL("no remote control answers at " HAND)

#define SELF PASS "exec \"$p\" \"$@\"\n"

/* Its name may not be on the bus yet.  none: without documents.  Some open an
 * empty one when they are activated. */
#define DBUS(none) \
	DOCUMENTS(VALUES(":-encoding|:-line|:-column|:-display" \
	    "|:-opening-mode")) \
	"for a do shift; case $a in +*);;" \
	" *) set -- \"$@\" \"$a\";; esac; done\n" \
	none \
	"t=0\n" \
	"until \"$r\" --dbus --mark=\"$" ENV_SLOT "\"" \
	" -- \"$" ENV_PID "\" \"$@\" >/dev/null; do\n" \
	"s=$?\n" \
	ANY \
	"t=$((t + 1))\n" \
	/* 1, 3: nobody has been asked yet.  Else they may have arrived. */ \
	"case $s in 1|3) [ $t -lt 10 ] && sleep 0.2 && continue;; esac\n" \
	FAIL("no application of it answers on the session bus") \
	"done\n"

#define ITSELF "starting it once more, itself"

const struct handover_row handover_self = { "", ITSELF, NULL, SELF, false };
const struct handover_row handover_dbus = { "",
	"org.freedesktop.Application on the session bus", NULL, DBUS(""),
	true };

const struct handover_row handover_rows[] = {
	{ "emacs:emacs-gtk:emacs-lucid:emacs-nox:emacs-pgtk:emacs-x11",
	    "emacsclient, and a server that is begun for it", emacs_insert,
	    EMACS, false },
	{ "gvim:vim:nvim:vim.gtk3:vim.gtk:vim.athena:vim.motif:vim.nox"
	    ":vim.basic:vim.tiny:vimx:view:gview:vimdiff:gvimdiff:evim:eview",
	    "its server, --remote-expr", vim_insert, VIM, false },
	{ "kitty", "its remote control, in a window of its own",
	    kitty_insert, KITTY, false },
	{ "chromium:chromium-browser:google-chrome:google-chrome-stable"
	    ":google-chrome-beta:google-chrome-unstable:chrome:brave"
	    ":brave-browser:microsoft-edge:microsoft-edge-stable:vivaldi"
	    ":vivaldi-stable:opera", ITSELF, NULL, SELF, false },
	{ "firefox:firefox-esr:firefox-bin:librewolf:thunderbird", ITSELF,
	    NULL, SELF, false },
	{ "soffice:libreoffice:localc:lowriter:loimpress:lodraw:lobase:lomath"
	    ":loweb:lofromtemplate", ITSELF, NULL, SELF, false },
	{ "code:code-insiders:code-oss:codium:vscodium", ITSELF, NULL, SELF,
	    false },
	{ "mousepad:gedit:gnome-text-editor:nautilus:eog:xed:totem",
	    "org.freedesktop.Application on the session bus", NULL,
	    DBUS(ANY), true },
	{ NULL, NULL, NULL, NULL, false },
};
