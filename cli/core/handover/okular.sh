# shellcheck shell=sh disable=SC2317
# Programs: okular
# How: its name on the session bus; a tab, or in the other document's place
# Needs: dbus-send
# Documents: -p -page -find -editor-cmd -desktopfile -style -stylesheet
#   -platform -platformpluginpath -platformtheme -plugin -qmljsdebugger -display
#   -geometry -qwindowgeometry -qwindowtitle -session
# Options: -p* -page -unique
# Own: -[hv] -help* -version -author -license

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

# Options may stand behind documents: take them out.
page=
n=$#
while [ "$n" -gt 0 ]; do
	case $1 in
	-p | --page)
		page=
		[ "$n" -eq 1 ] || {
			page=$2
			shift
			n=$((n - 1))
		}
		;;
	--page=*) page=${1#*=} ;;
	-p*) page=${1#-p} ;;
	--unique) ;; # it is
	*) set -- "$@" "$1" ;;
	esac
	shift
	n=$((n - 1))
done

[ $# -gt 0 ] || [ -z "$page" ] || ask okular goToPage "uint32:$page" ||
	refuse 'it does not answer on the session bus'
for a do
	case $a in
	*://*) ;;
	/*) a=$(realpath -ms -- "$a") ;;
	*) a=$(realpath -ms -- "${PWD%/}/$a") ;;
	esac
	# What follows a '#' in a URL is the page, or FILE#POSITION if there is
	# no file of that name.
	at=$page
	[ -e "$a" ] || case $a in
	/*'#'*) at=${a#*'#'} a=${a%%'#'*} ;;
	esac
	u=$(url "$a")${at:+#$at}
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
