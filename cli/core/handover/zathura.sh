# shellcheck shell=sh disable=SC2317
# Programs: zathura
# How: its name on the session bus; the document takes the other's place
# Needs: dbus-send
# Documents: -[cdpPwlmfexe] -config-dir -data-dir -cache-dir -plugins-dir
#   -password -page -log-level -mode -find -reparent -synctex-forward
#   -synctex-editor-command -synctex-pid -bookmark

taken() {
	dbus-send --session --print-reply=literal \
		--dest="org.pwmt.zathura.PID-$ONLYONE_PID" \
		/org/pwmt/zathura org.pwmt.zathura.OpenDocument \
		"string:$1" string: int32:0 >/dev/null 2>&1
}

for a do
	case $a in +*) continue ;; /* | *://*) ;; *) a=${PWD%/}/$a ;; esac
	await taken "$a"
	taken "$a" || refuse 'it does not answer on the session bus'
done
