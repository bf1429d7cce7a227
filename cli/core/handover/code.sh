# shellcheck shell=sh
# Programs: code code-insiders code-oss codium vscodium
# Apart: -user-data-dir/
# Then: self
