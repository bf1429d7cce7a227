# shellcheck shell=sh
# Programs: firefox firefox-esr firefox-bin librewolf thunderbird
# Apart: -P -p -profile/ -Profile/
# Then: self
