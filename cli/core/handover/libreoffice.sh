# shellcheck shell=sh
# Programs: soffice libreoffice localc lowriter loimpress lodraw lobase lomath
#   loweb lofromtemplate
# Apart: -env:UserInstallation/
# Then: self
