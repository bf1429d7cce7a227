# shellcheck shell=sh
# documents.sh: keep documents and +LINE of the arguments.  No row: stands
# before those with a field Documents, which ONLYONE_VALUES is.
#
# Options say how a program is to begin: they are not for one that runs.  What
# follows -- gets a name that no program takes for an option.

ONLYONE_DOCUMENTS=0 o='' k=''
set -f
for a do
	shift
	case $a in
	--?*) o=${a#-} ;;
	*) o=$a ;;
	esac
	case $k:$o in
	value:*) k='' && continue ;;
	end:*) case $a in [-+]*) a=./$a ;; esac ;;
	:) continue ;;
	:--) k=end && continue ;;
	:-) refuse 'standard input cannot be handed over' ;;
	:-*)
		for w in $ONLYONE_VALUES; do
			# shellcheck disable=SC2254
			case $o in $w) k=value ;; esac
		done
		continue
		;;
	esac
	case $k$a in
	+*) ;;
	*) ONLYONE_DOCUMENTS=$((ONLYONE_DOCUMENTS + 1)) ;;
	esac
	set -- "$@" "$a"
done
set +f
