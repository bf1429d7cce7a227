# shellcheck shell=sh
# Programs: kitty
# How: its remote control, in a window of its own
#
# kitty itself expands variables in the value of --listen-on.
# Insert: --listen-on=unix:$ONLYONE_SLOT/hand
# Insert: -o
# Insert: allow_remote_control=socket-only

while :; do
	case ${1-} in
	--)
		shift
		break
		;;
	-[ocdT] | --override | --config | --directory | --working-directory | \
		--title | --class | --name | --session | --start-as | \
		--listen-on | --instance-group)
		shift
		[ $# -eq 0 ] || shift
		;;
	-?*) shift ;;
	*) break ;;
	esac
done
[ $# -gt 0 ] || exit 0
inserted
await listening
program @ --to="unix:$ONLYONE_HAND" launch --type=os-window \
	--cwd="$PWD" -- "$@" >/dev/null && exit
refuse "no remote control answers at $ONLYONE_HAND"
