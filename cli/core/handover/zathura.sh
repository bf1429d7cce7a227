# shellcheck shell=sh disable=SC2317
# Programs: zathura
# How: its name on the session bus; the document takes the other's place
# Needs: dbus-send
# Documents: -[cdpPwlmfexb] -config-dir -data-dir -cache-dir -plugins-dir
#   -password -page -log-level -mode -find -reparent -synctex-forward
#   -synctex-editor-command -synctex-pid -bookmark
# Options: -P* -page -w -password -synctex-forward
# Own: -[evh] -reparent -version -help*

call() { # INTERFACE.METHOD ARG...
	m=$1
	shift
	dbus-send --session --print-reply=literal \
		--dest="org.pwmt.zathura.PID-$ONLYONE_PID" /org/pwmt/zathura \
		"$m" "$@" 2>/dev/null
}

do_call() { # METHOD ARG...
	m=$1
	shift
	case $(call "org.pwmt.zathura.$m" "$@") in *true*) ;; *) false ;; esac
}

filename() {
	f=$(call org.freedesktop.DBus.Properties.Get \
		string:org.pwmt.zathura string:filename)
}

# Options may stand behind documents: take them out.
page='' word='' at=''
n=$#
while [ "$n" -gt 0 ]; do
	case $1 in
	-P | -w | --page | --password | --synctex-forward)
		o=$1=
		[ "$n" -eq 1 ] || {
			o=$o$2
			shift
			n=$((n - 1))
		}
		;;
	-P*) o=-P=${1#-P} ;;
	*) o=$1 ;;
	esac
	shift
	n=$((n - 1))
	case $o in
	-P=* | --page=*) page=${o#*=} ;;
	-w=* | --password=*) word=${o#*=} ;;
	--synctex-forward=*) at=${o#*=} ;;
	*) set -- "$@" "$o" ;;
	esac
done
case $page in *[!0-9]*) refuse "$page is no page" ;; esac

# It has no file name while no document is open.
await call org.freedesktop.DBus.Peer.Ping
call org.freedesktop.DBus.Peer.Ping ||
	refuse 'it does not answer on the session bus'
filename
for a do
	case $a in /* | *://*) ;; *) a=${PWD%/}/$a ;; esac
	# Opened again, a document would be back at its first page.
	case $f in
	*" $a" | *" $(readlink -f -- "$a")") continue ;;
	esac
	do_call OpenDocument "string:$a" "string:$word" \
		"int32:$((${page:-1} - 1))" || refuse "it cannot open $a"
	filename
done
[ -z "$page" ] || do_call GotoPage "uint32:$((page - 1))" ||
	refuse "it has no page $page"
# LINE:COLUMN:FILE
[ -z "$at" ] || {
	line=${at%%:*}
	at=${at#*:}
	do_call SynctexView "string:${at#*:}" "uint32:$line" \
		"uint32:${at%%:*}" || refuse 'it does not know that position'
}
exit 0
