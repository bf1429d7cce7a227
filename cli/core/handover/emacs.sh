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

inserted
await listening
unset ALTERNATE_EDITOR # it would be a second one
if [ "$ONLYONE_DOCUMENTS" -gt 0 ]; then
	set -- -- "$@"
else
	set -- -e '(select-frame-set-input-focus (selected-frame))'
fi
emacsclient -n -q -s "$ONLYONE_HAND" "$@" >/dev/null && exit
[ "$ONLYONE_DOCUMENTS" -gt 0 ] || exit 0
refuse "no server answers at $ONLYONE_HAND"
