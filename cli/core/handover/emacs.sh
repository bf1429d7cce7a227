# shellcheck shell=sh
# Programs: emacs emacs-gtk emacs-lucid emacs-nox emacs-pgtk emacs-x11
# How: emacsclient, and a server that is started for it
# Needs: emacsclient
#
# The user's own Emacs server, if there is one, is left alone.
# Insert: --eval
# Insert: (or noninteractive (ignore-errors (require (quote server))
#   (let ((server-use-tcp nil) (server-process nil)
#   (server-socket-dir (getenv "ONLYONE_SLOT"))
#   (server-name "hand")) (server-start))
#   (or server-process (remove-hook (quote kill-emacs-hook)
#   (quote server-force-stop)))))
# Documents: -[lfLtudTg] -load -funcall -directory -terminal -user -display
#   -title -geometry -eval -execute -insert -script -chdir -init-directory
#   -dump-file -parent-id -font -fn -fg -bg -bd -bw -cr -ms -ib -lsp -name -xrm
#   -foreground-color -background-color -border-color -border-width
#   -cursor-color -mouse-color -internal-border -line-spacing -color
# Options: +* -eval -execute -f -funcall -nw -no-window-system
# Waits: -nw -no-window-system
#
# Another set-up is another Emacs; -Q and the like are for experiments.
# Apart: -u -user -init-directory/
# Own: -q -Q -quick -no-init-file -no-site-file -nsl -no-site-lisp -debug-init
#   -daemon -bg-daemon -fg-daemon
# Aside: -h -help -version -batch -script -x

inserted
await listening
unset ALTERNATE_EDITOR # it would be a second one

# While it is busy, above all with its own M-!, it answers no client.
timeout --foreground 20 emacsclient -q -u -s "$ONLYONE_HAND" -e t >/dev/null 2>&1
[ $? != 124 ] || refuse 'it has not answered for 20 seconds: it is busy'

client() { # ARG...
	emacsclient -q -u -s "$ONLYONE_HAND" "$@" && return
	status=$?
	# emacsclient has printed what Emacs could not evaluate.
	emacsclient -q -u -s "$ONLYONE_HAND" -e t >/dev/null 2>&1 &&
		exit "$status"
	refuse "no server answers at $ONLYONE_HAND"
}

# Take the code to evaluate out of "$@".  With -nw Emacs shows the document
# in this terminal, until it is closed.
last='' lisp='' way=-n
[ -z "$ONLYONE_WAIT" ] || way=-q
for a do
	shift
	if [ -z "$last" ]; then
		case $a in
		-nw | -no-window-system | --no-window-system)
			[ ! -t 1 ] || way=-t
			continue
			;;
		--*=*) last=${a%%=*} a=${a#*=} ;;
		-*) last=$a && continue ;;
		*) set -- "$@" "$a" && continue ;;
		esac
	fi
	case $last in
	*-f*) lisp="$lisp ($a)" ;;
	*) lisp="$lisp $a
" ;; # ends a comment
	esac
	last=
done
# A new Emacs would evaluate it in the buffer that it shows.
[ -z "$lisp" ] || lisp="(with-current-buffer (window-buffer) $lisp)"

if [ "$ONLYONE_DOCUMENTS" -eq 0 ]; then
	[ -n "$lisp" ] ||
		lisp='(select-frame-set-input-focus (selected-frame))'
	client -e "$lisp"
	exit
fi
[ -z "$lisp" ] || {
	client -n -- "$@"
	client -e "$lisp"
}
[ -z "$lisp" ] || [ "$way" != -n ] || exit 0
[ "$way" != -n ] || {
	client -n -- "$@"
	exit
}

# emacsclient exits with 0 even if Emacs was killed, so an Emacs that exits on
# its own says so in this file.  Only while it is ours: pids are reused.
name=$(mktemp -t onlyone.XXXXXXXXXX) ||
	refuse 'there is no room for a temporary file'
exec 9<>"$name"
rm -f "$name"
file=/proc/$$/fd/9

# Unless the user has a server, C-x # would start one instead of ending the
# wait.
client -e "(progn (or server-process (setq server-process
	(make-pipe-process :name \"onlyone\" :buffer \" *onlyone*\" :noquery t)))
	(add-hook (quote kill-emacs-hook) (lambda ()
	(and (string-suffix-p \"/${name##*/} (deleted)\"
	(or (file-symlink-p \"$file\") \"\"))
	(write-region \"t\" nil \"$file\" nil 0)))))"
client "$way" -- "$@"
[ -s "$file" ] || emacsclient -q -u -s "$ONLYONE_HAND" -e t >/dev/null 2>&1 ||
	{
		echo "onlyone: ${ONLYONE_PROGRAM##*/} (pid $ONLYONE_PID) was" \
			'killed before the documents were closed' >&2
		exit 1
	}
