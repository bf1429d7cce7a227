# shellcheck shell=sh disable=SC2317
# Programs: okular
# How: its name on the session bus; a tab, or in the other document's place
# Needs: dbus-send
# Documents: -[pi] -page -find -editor-cmd

ask() { # OBJECT METHOD ARG...
	o=$1
	m=$2
	shift 2
	dbus-send --session --print-reply=literal \
		--dest="org.kde.okular-$ONLYONE_PID" "/$o" \
		"org.kde.okular.$m" "$@" 2>/dev/null
}

url() { # DOCUMENT
	case $1 in *://*) printf %s "$1" && return ;; esac
	printf 'file://%s' "$1" | sed 's/%/%25/g;s/#/%23/g;s/?/%3F/g'
}

# Whether Okular answers.  Its answer is false if it is set to have no tabs.
answers() {
	r=$(ask okularshell openDocument "string:$u" string:)
}

gone() {
	! kill -0 "$ONLYONE_PID" 2>/dev/null
}

settled() {
	gone || case $(ask okular currentDocument) in *"$a") ;; *) false ;; esac
}

for a do
	case $a in +*) continue ;; /* | *://*) ;; *) a=${PWD%/}/$a ;; esac
	u=$(url "$a")
	await answers
	case $r in
	*true*) continue ;;
	*false*) ;;
	*) refuse 'it does not answer on the session bus' ;;
	esac
	dbus-send --session --type=method_call \
		--dest="org.kde.okular-$ONLYONE_PID" /okular \
		org.kde.okular.openDocument "string:$u"
	await settled
	gone && refuse 'it has ended'
done
exit 0
