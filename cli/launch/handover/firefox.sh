# shellcheck shell=sh
# Programs: firefox firefox-esr firefox-bin librewolf thunderbird
# Then: self
