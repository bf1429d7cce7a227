# shellcheck shell=sh disable=SC2317
# Programs: l3afpad mupdf ristretto xournalpp
# How: a process of its own for each document
# Apart: document
# Documents: -[prACWHSU] -codeset -tab-width -display
# Own: -help* -version -create-pdf -create-img

# An instance with a key already has these documents open.  One without a key
# cannot take any.
[ "$ONLYONE_DOCUMENTS" -gt 0 ] && [ -z "${ONLYONE_KEY-}" ] || exit 0
refuse 'it has a process for each; start all with --on-activate=auto, or -d'
