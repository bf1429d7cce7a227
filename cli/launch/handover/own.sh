# shellcheck shell=sh
# Programs: kate kwrite gimp gimp-2.8 gimp-2.10 gimp-2.99 gimp-3.0 thunar Thunar
#   pcmanfm
# Then: self
