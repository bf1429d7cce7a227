# shellcheck shell=sh
# Programs: vlc qvlc
# How: its own --one-instance, at the end of its playlist
# Starts: the program

begun
become_program --one-instance --playlist-enqueue "$@"
