# shellcheck shell=sh disable=SC2317
# Programs: firefox firefox-esr firefox-bin librewolf thunderbird
# Apart: -P -p -profile/ -Profile/
# Documents: -[Pp] -profile -Profile -CreateProfile -createprofile -width -height
#   -class -name -UILocale -override -search -window-size -MOZ_LOG -MOZ_LOG_FILE
#   -display
# Options: *
# Own: -no-remote -new-instance -headless -screenshot -[vVh] -version -help
#   -full-version -CreateProfile -createprofile
# How: starting the program itself again, while it has a window
# Then: self

# The program takes documents and loses them while it exits, and while it
# starts, until it shows its first page.
settled || {
	begun
	sleep 1
}
begun
