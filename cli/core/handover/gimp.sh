# shellcheck shell=sh disable=SC2317
# Programs: gimp gimp-2.8 gimp-2.10 gimp-2.99 gimp-3.0
# How: starting the program itself again, once it has a window
# Documents: -[bg] -batch -batch-interpreter -gimprc -system-gimprc -session
#   -pdb-compat-mode -stack-trace-mode -display
# Options: *
# Own: -[invh] -no-interface -new-instance -version -license -help*
# Then: self

begun
