# shellcheck shell=sh
# Programs: code code-insiders code-oss codium vscodium
# Then: self
