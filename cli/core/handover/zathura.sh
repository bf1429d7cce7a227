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

# Whether it shows this document.  Its file name is empty while none is open.
shows() { # DOCUMENT
	f=$(call org.freedesktop.DBus.Properties.Get \
		string:org.pwmt.zathura string:filename) &&
		f=$(readlink -f -- "/${f#*/}") &&
		[ "$f" = "$(readlink -f -- "$1")" ]
}

# It opens a document only after it has answered.  If it cannot open it, or asks
# for its password, the name is empty.
opened() { # DOCUMENT
	t=0
	until shows "$1"; do
		if [ "$t" -eq 20 ]; then
			grep -aq /Encrypt "$1" && page=''
			return
		fi
		sleep 0.1
		t=$((t + 1))
	done
}

# Options may follow documents: take them out.
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

await call org.freedesktop.DBus.Peer.Ping ||
	refuse 'it does not answer on the session bus'
for a do
	case $a in /* | *://*) ;; *) a=${PWD%/}/$a ;; esac
	case $a in
	*://*) ;;
	*)
		# Opened again, a document would be back at its first page.
		! shows "$a" || continue
		# For any other it closes the current one.
		[ -r "$a" ] || refuse "$a cannot be read"
		;;
	esac
	do_call OpenDocument "string:$a" "string:$word" \
		"int32:$((${page:-1} - 1))" || refuse "it cannot open $a"
	case $a in *://*) continue ;; esac
	opened "$a" || refuse "it cannot open $a"
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
