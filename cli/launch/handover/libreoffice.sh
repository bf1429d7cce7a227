# shellcheck shell=sh
# Programs: soffice libreoffice localc lowriter loimpress lodraw lobase lomath
#   loweb lofromtemplate
# Then: self
