# shellcheck shell=sh disable=SC2317
# Programs: code code-insiders code-oss codium vscodium subl sublime_text
# Waits: -w -wait
# Apart: -user-data-dir/
# Aside: -v -version -h -help -status -list-extensions -install-extension
#   -uninstall-extension
# Then: self

[ -z "$ONLYONE_WAIT" ] || set -- --wait "$@"
