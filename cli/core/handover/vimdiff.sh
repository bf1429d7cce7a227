# shellcheck shell=sh
# Programs: vimdiff gvimdiff
# How: an instance for each comparison
# Apart: document
# Aside: -h -help -version
# Then: each
