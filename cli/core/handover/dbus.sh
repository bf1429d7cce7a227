# shellcheck shell=sh
# How: org.freedesktop.Application on the session bus
# Needs: onlyone-raise
# Documents: -encoding -line -column -display -opening-mode

t=0
until "$ONLYONE_RAISE" --dbus --mark="$ONLYONE_SLOT" --run="$ONLYONE_RUN" \
	-- "$ONLYONE_PID" "$@" >/dev/null; do
	s=$?
	[ "$ONLYONE_DOCUMENTS" -gt 0 ] || exit 0
	t=$((t + 1))
	# 1, 3: nothing was sent, since its name may not be on the bus yet: try
	# again.  Otherwise the documents may have arrived.
	case $s in 1 | 3) [ $t -lt 25 ] && sleep 0.2 && continue ;; esac
	refuse 'no application of it answers on the session bus'
done
