# shellcheck shell=sh
# Programs: soffice libreoffice localc lowriter loimpress lodraw lobase lomath
#   loweb lofromtemplate
# Apart: -env:UserInstallation/
# Documents: -convert-to -outdir -infilter -printer-name -pt -display
# Options: *
# Own: -headless -convert-to -convert-images-to -print-to-file -cat -script-cat
#   -[h?] -help* -version
# Then: self
