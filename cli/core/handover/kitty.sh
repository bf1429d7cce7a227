# shellcheck shell=sh
# Programs: kitty
# How: its remote control, in a window of its own
# Documents: + -[ocdT] -override -config -directory -working-directory -title
#   -class -name -session -start-as -listen-on -instance-group -watcher
# Options: -[dT] -directory -working-directory -title -class -name -hold
# Own: -[vh1] -version -help -single-instance -instance-group
#
# kitty itself expands variables in the value of --listen-on.
# Insert: --listen-on=unix:$ONLYONE_SLOT/hand
# Insert: -o
# Insert: allow_remote_control=socket-only

[ $# -gt 0 ] || exit 0
inserted
await listening
# Options, which come first, become those of launch; the rest follows "--".
n=$(($# - ONLYONE_DOCUMENTS))
while [ "$n" -gt 0 ]; do
	o=$1
	shift
	n=$((n - 1))
	case $o in
	--hold | *=*) ;;
	*)
		o=$o=${1-}
		[ "$n" -eq 0 ] || shift
		n=$((n - 1))
		;;
	esac
	v=${o#*=}
	case $o in
	-T=* | --title=*) o=--os-window-title=$v ;;
	--class=*) o=--os-window-class=$v ;;
	--name=*) o=--os-window-name=$v ;;
	-d=* | --*directory=*)
		case $v in /*) ;; *) v=$PWD/$v ;; esac
		o=--cwd=$v
		;;
	esac
	set -- "$@" "$o"
done
set -- "$@" --
n=$ONLYONE_DOCUMENTS
while [ "$n" -gt 0 ]; do
	set -- "$@" "$1"
	shift
	n=$((n - 1))
done
program @ --to="unix:$ONLYONE_HAND" launch --type=os-window \
	--cwd="$PWD" "$@" >/dev/null && exit
refuse "no remote control answers at $ONLYONE_HAND"
