# shellcheck shell=sh
# documents.sh: keep only documents and +LINE of the arguments.  Not a row: it
# stands before rows with a field Documents, whose value is ONLYONE_VALUES.
#
# Options are dropped: they say how a program starts, and this one runs.  A
# document after -- gets ./ in front if it looks like an option.

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
