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

on_the_bus() {
	ask okularshell canOpenDocs int32:1 int32:0 >/dev/null
}

gone() {
	! kill -0 "$ONLYONE_PID" 2>/dev/null
}

settled() {
	gone || case $(ask okular currentDocument) in *"$a") ;; *) false ;; esac
}

# Options may follow documents: take them out.
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

await on_the_bus || refuse 'it does not answer on the session bus'
[ $# -gt 0 ] || [ -z "$page" ] || ask okular goToPage "uint32:$page" ||
	refuse "it has no page $page"
for a do
	case $a in
	*://*) ;;
	/*) a=$(realpath -ms -- "$a") ;;
	*) a=$(realpath -ms -- "${PWD%/}/$a") ;;
	esac
	# In a URL, the page follows a '#'; in FILE#POSITION, the position does,
	# if there is no file with that name.
	at=$page
	[ -e "$a" ] || case $a in
	/*'#'*) at=${a#*'#'} a=${a%%'#'*} ;;
	esac
	# It closes the current document even if it cannot open the new one.
	case $a in
	*://*) ;;
	*)
		[ -r "$a" ] || refuse "$a cannot be read"
		printf %s "$a" | iconv -f UTF-8 >/dev/null 2>&1 ||
			refuse "it cannot open $a"
		;;
	esac
	u=$(uri "$a")${at:+#$at}
	# The answer is false if it is configured to have no tabs.
	case $(ask okularshell openDocument "string:$u" string:) in
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
