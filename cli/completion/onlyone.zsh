#compdef onlyone onlyonectl
#
# onlyone.zsh: completion of onlyone and onlyonectl in zsh; installed under
# the name _onlyone.
#
# Names that list --raw has to escape are left out; zsh quotes the others.
# The options and verbs come from the tables of the programs (tables.c).

# The running applications: by their last component while that is enough.
_onlyone_apps() {
	local line app
	local -a fields names
	local -aU apps
	local -A bases

	for line in "${(@f)$(onlyonectl list --raw 2>/dev/null)}"; do
		fields=("${(@ps:\t:)line}")
		[[ -z ${fields[3]-} || $fields[3] = *\\* ]] ||
			apps+=("$fields[3]")
	done
	for app in "$apps[@]"; do
		bases[/${app##*/}]+=1
	done
	for app in "$apps[@]"; do
		[[ $PREFIX = */* || $1 = whole || $app = */ ||
			$bases[/${app##*/}] != 1 ]] || app=${app##*/}
		names+=("$app")
	done
	compadd -a names
}

# The next part of the keys of an application, after the given parts.
_onlyone_keys() {
	local line app=$1
	local -a fields parts names

	shift
	parts=("$@")
	for line in "${(@f)$(onlyonectl list --raw -- $app 2>/dev/null)}"; do
		fields=("${(@ps:\t:)line}")
		shift $((${#fields} < 3 ? ${#fields} : 3)) fields
		((${#fields} > ${#parts})) || continue
		[[ "${(pj:\t:)${(@)fields[1,${#parts}]}}" = \
			"${(pj:\t:)parts}" ]] || continue
		[[ $fields[${#parts}+1] = *\\* ]] ||
			names+=("$fields[${#parts}+1]")
	done
	compadd -a names
}

_onlyone_signals() {
	local -a names
	names=(${${${signals[2,-3]}:#RT*}/#%IOT/ABRT})
	[[ $PREFIX != S* ]] || names+=(SIG$^names)
	compadd "$@" -a names
}

_onlyone_pids() {
	local -a pids
	pids=(/proc/<->(UN:t))
	compadd "$@" -a pids
}

# The specs for _arguments of each program, and of each option as PROGRAM/NAME,
# in lines; what an option takes, and the letters that take something; the operands
# and options of each verb.
typeset -gA _onlyone_specs _onlyone_args _onlyone_letters
typeset -gA _onlyonectl_operands _onlyonectl_options
typeset -ga _onlyonectl_verbs

_onlyone_option() { # PROGRAM LETTER NAME ARG WORDS HELP
	local at=$1/${3:-$2} not="(${2:+-$2} ${3:+--$3})" help="[${6//[][]/}]"
	local action= value= specs=

	case $4 in
	NAME) action=' _onlyone_apps whole' ;;
	SIG) action=_onlyone_signals ;;
	PID) action=_onlyone_pids ;;
	FILE) action=_files ;;
	*) action=${5:+"(${5//:/\\:})"} ;;
	esac
	case $3 in
	help | version) not='(- *)' ;;
	key*) not='*' ;; # parts of a tuple
	'') not='(1 *)' ;; # the command is in it
	esac
	[[ -z $4 ]] || value=":${(L)4//[][]/}:$action"
	[[ -z $2 ]] || specs=$not-$2${4:++}$help$value$'\n'
	case $3,$4 in
	,*) ;;
	*,\[*) specs+=$not--$3=-$help:$value$'\n' ;;
	*) specs+=$not--$3${4:+=}$help$value$'\n' ;;
	esac
	_onlyone_specs[$at]=$specs
	_onlyone_specs[$1]+=$specs
	_onlyone_args[$at]=$4
	[[ -z $4 ]] || _onlyone_letters[$1]+=$2
}

_onlyone_verb() { # NAME OPERANDS OPTIONS HELP
	_onlyonectl_options[${1:--}]=$3 # -: while there is none
	[[ -z $1 ]] || _onlyonectl_operands[$1]=$2
	[[ -z $1 ]] || _onlyonectl_verbs+=("$1:$4")
}

# All of this file is read at each completion.
if ((! ${#_onlyone_specs})); then
# @tables@
fi

_onlyone_command() {
	# _arguments would not see the end of no options.
	if ((CURRENT > 2)) && [[ $words[2] = -- ]]; then
		shift 2 words
		((CURRENT -= 2))
		_normal
		return
	fi
	_arguments -s -S -A '-*' : ${(f)_onlyone_specs[onlyone]} \
		'(-):command:_command_names -e' \
		'*::argument:_normal'
}

# The verb and what follows it, up to the current word.
_onlyonectl_line() {
	local i value=0 rest=0 letters=$_onlyone_letters[onlyonectl]
	operands=()
	for ((i = 2; i < CURRENT; i++)); do
		if ((value)); then
			value=0
		elif ((rest)) || [[ $words[i] != -?* ]]; then
			operands+=("${(Q)words[i]}")
		elif [[ $words[i] = -- ]]; then
			rest=1
		elif [[ $words[i] = --* ]]; then
			[[ $_onlyone_args[onlyonectl/${words[i]#--}] != [^\[]* ]] ||
				value=1
		elif [[ $words[i] =~ "^-[^$letters]*[$letters]$" ]]; then
			value=1
		fi
	done
	verb=${operands[1]-}
	takes=${_onlyonectl_operands[${verb:--}]-}
	[[ $takes != *'[-- '* ]] || ended=$rest
	[[ -z $verb ]] || shift operands
}

_onlyonectl_operand() {
	if [[ $takes = SIG* ]]; then
		if ((! ${#operands})); then
			_onlyone_signals
			return
		fi
		shift operands
	fi
	if ((ended)); then
		_default
	elif [[ $takes = *'[OPTIONS]'* ]]; then
		((${#operands})) || _command_names -e
	elif [[ $verb = disable ]]; then
		local data=${XDG_DATA_HOME:-~/.local/share}/applications
		local login=${XDG_CONFIG_HOME:-~/.config}/autostart
		local -a entries
		entries=(${(f)"$(command grep -lsx X-Onlyone-Override=true \
			{$data,$login}/*.desktop(N) </dev/null)"})
		((${#operands})) || compadd -- \
			{~/.config,/etc}/onlyone/rules/*(N:t) ${entries:t}
	elif [[ $takes = *VERB* ]]; then
		((${#operands})) || _describe verb _onlyonectl_verbs
	elif ((! ${#operands})); then
		[[ $takes != *(APP|NAME)* ]] || _onlyone_apps name
	elif [[ $takes = *(KEY|OLD)* ]]; then
		_onlyone_keys "$operands[@]"
	fi
}

_onlyonectl() {
	local verb takes option ended=0
	local -a operands options

	setopt localoptions extendedglob
	_onlyonectl_line
	for option in ${=_onlyonectl_options[${verb:--}]}; do
		options+=(${(f)_onlyone_specs[onlyonectl/$option]})
	done
	# Behind the application, they are those of its launches.
	if [[ $takes = *'[OPTIONS]'* ]] && ((${#operands})); then
		options=(${(f)_onlyone_specs[launch]})
	fi
	_arguments -s -S : $options '1:verb:{ _describe verb _onlyonectl_verbs }' \
		'*:operand:_onlyonectl_operand'
}

case $service in
onlyonectl) _onlyonectl ;;
*) _onlyone_command ;;
esac
