# shellcheck shell=sh disable=SC2317
# Programs: firefox firefox-esr firefox-bin librewolf thunderbird
# Apart: -P -p -profile/ -Profile/
# How: starting the program itself again, while it has a window
# Then: self

# While it ends it takes documents, and loses them; as it begins, too, until its
# first page is shown.
settled || {
	await settled
	sleep 1
}
kill -0 "$ONLYONE_PID" 2>/dev/null || exit 69
