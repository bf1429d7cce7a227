# onlyone.bash: completion of onlyone and onlyonectl in bash.
#
# We quote completions here, not readline, so that any name stays one word on the
# line; names that list --raw has to escape are left out.  Nothing of the line is
# ever evaluated.  If bash-completion is installed, what follows the options is
# completed as a command of its own.
# The options and verbs come from the tables of the programs (tables.c).
# shellcheck shell=bash

# For each option, as "PROGRAM NAME": how to offer it, and what it takes; for
# each program how to offer all of them, and the letters that take something.
declare -gA _onlyone_options=() _onlyone_args=() _onlyone_letters=()
# For each verb: its operands and options.
declare -gA _onlyonectl_operands=() _onlyonectl_options=()

_onlyone_option() { # PROGRAM LETTER NAME ARG WORDS
	local name long='' at="$1 ${3:-$2}"

	case $3,$4 in
	,*) ;;
	*,) long=--$3 ;;
	*,\[*) long="--$3 --$3=" ;;
	*) long=--$3= ;;
	esac
	_onlyone_options[$at]="${2:+-$2 }$long "
	_onlyone_options[$1]+=${_onlyone_options[$at]}
	[[ ! $4 ]] || _onlyone_letters[$1]+=$2
	for name in ${2:+-"$2"} ${3:+--"$3"}; do
		_onlyone_args[$1 $name]=${5:-$4}
	done
}

_onlyone_verb() { # NAME OPERANDS OPTIONS
	[[ ! $1 ]] || _onlyonectl_operands[$1]=$2
	_onlyonectl_options[${1:--}]=$3 # -: while there is none
}

# @tables@

# The line up to the cursor as words, not broken at = and :, in words[]; in
# first[] where each begins in COMP_WORDS; in skip the part of the last one
# that readline does not count as its word.
_onlyone_words() {
	local i rest=${COMP_LINE:0:COMP_POINT} n=-1 token

	words=() first=() skip=''
	for ((i = 0; i <= COMP_CWORD; i++)); do
		token=${COMP_WORDS[i]}
		if [[ $rest == [[:space:]]* || $n -lt 0 ]]; then
			n=$((n + 1)) words[n]='' first[n]=$i
			rest=${rest#"${rest%%[![:space:]]*}"}
		fi
		((i < COMP_CWORD)) || token=$rest
		skip=${words[n]}
		words[n]+=$token
		rest=${rest#"$token"}
	done
	[[ ! $token || $token == *[!=:\<\>]* ]] || skip=${words[n]}
}

# A word as the shell would read it, in plain; 1: that needs an expansion.
_onlyone_plain() {
	local word=$1 quote='' c

	plain=''
	while [[ $word ]]; do
		c=${word:0:1} word=${word:1}
		case $quote$c in
		\' | \") quote=$c ;;
		\'\' | \"\") quote='' ;;
		'$' | '`' | '"$' | '"`') return 1 ;;
		\\ | \"\\) plain+=${word:0:1} word=${word:1} ;;
		*) plain+=$c ;;
		esac
	done
}

# Offer those of the words that begin like the current one, cur.
_onlyone_offer() {
	local word plain typed=${cur#"$given"} quoted

	_onlyone_plain "$typed" || return 0
	for word; do
		[[ $word && $word == "$plain"* ]] || continue
		case $typed in
		[\"\']*) # readline closes it
			[[ $word != *[\"\'\\\$\`!]* ]] || continue
			quoted=${typed:0:1}$word
			# Its word begins behind the quote.
			COMPREPLY+=("${quoted:1}")
			continue
			;;
		*[\"\']*) continue ;;
		esac
		printf -v quoted %q "$word"
		[[ $given$quoted == "$skip"* ]] || continue
		quoted=$given$quoted
		COMPREPLY+=("${quoted#"$skip"}")
	done
}

_onlyone_signals() {
	local name names=()

	for name in $(compgen -A signal SIG); do
		[[ $name == SIG@(RT|JUNK)* ]] && continue
		[[ $cur == "$given"S* ]] && names+=("$name")
		names+=("${name#SIG}")
	done
	_onlyone_offer "${names[@]}"
}

_onlyone_pids() {
	local at pids=()

	for at in /proc/[0-9]*; do
		[[ -O $at ]] && pids+=("${at#/proc/}")
	done
	_onlyone_offer "${pids[@]}"
}

_onlyone_files() {
	local IFS=$'\n'

	compopt -o filenames 2>/dev/null
	# shellcheck disable=SC2207
	COMPREPLY=($(compgen -f -- "${cur#"$given"}"))
}

# The running applications: by their last component while that is enough.
_onlyone_apps() {
	local line app plain apps=()
	local -A seen bases

	_onlyone_plain "${cur#"$given"}" || return 0
	while IFS= read -r line; do
		app=${line#*$'\t'*$'\t'} app=${app%%$'\t'*}
		[[ $app == *\\* || ${seen[$app]-} ]] && continue
		seen[$app]=1 apps+=("$app")
		bases[/${app##*/}]+=1
	done < <(onlyonectl list --raw 2>/dev/null)
	for app in "${apps[@]}"; do
		[[ $plain == */* || ${1-} == whole || $app == */ ||
			${bases[/${app##*/}]} != 1 ]] || app=${app##*/}
		_onlyone_offer "$app"
	done
}

# The next part of the keys of application $1, after the parts $2...
_onlyone_keys() {
	local app=$1 line part parts='' told=$'\t'

	shift
	for part; do
		parts+=$'\t'$part
	done
	while IFS= read -r line; do
		line+=$'\t' line=${line#*$'\t'*$'\t'*$'\t'} line=$'\t'$line
		[[ $line == "$parts"$'\t'?* ]] || continue
		part=${line#"$parts"$'\t'} part=${part%%$'\t'*}
		[[ $part != *\\* && $told != *$'\t'"$part"$'\t'* ]] || continue
		told+=$part$'\t'
		_onlyone_offer "$part"
	done < <(onlyonectl list --raw -- "$app" 2>/dev/null)
}

# The value of option $2 of program $1.
_onlyone_value() {
	local arg=${_onlyone_args[$1 $2]-}

	# shellcheck disable=SC2086
	case $arg in
	NAME) _onlyone_apps whole ;;
	SIG) _onlyone_signals ;;
	PID) _onlyone_pids ;;
	FILE) _onlyone_files ;;
	*[A-Z]*) ;;
	*) _onlyone_offer $arg ;;
	esac
}

# The option of program $1 whose value is the word after word $2, in value; of
# combined letters it is the last one.
_onlyone_valued() {
	local letters=${_onlyone_letters[$1]} arg

	value=''
	if [[ $2 == --* ]]; then
		arg=${_onlyone_args[$1 $2]-}
		[[ ! $arg || $arg == \[* ]] || value=$2
	elif [[ $2 =~ ^-[^$letters]*([$letters])$ ]]; then
		value=-${BASH_REMATCH[1]}
	fi
}

# Offer options; no space after one that takes a value.
_onlyone_offer_options() {
	local option

	for option; do
		[[ $option == "$cur"* ]] && COMPREPLY+=("$option")
	done
	[[ ${COMPREPLY[*]-} == *= ]] && compopt -o nospace 2>/dev/null
	return 0
}

_onlyone() {
	local words first skip cur given='' i word last value=''

	COMPREPLY=()
	_onlyone_words
	last=$((${#words[@]} - 1)) cur=${words[last]}
	for ((i = 1; i < last; i++)); do
		word=${words[i]}
		if [[ $value ]]; then
			value=''
		elif [[ $word == -- ]]; then
			i=$((i + 1))
			break
		elif [[ $word == -?* ]]; then
			_onlyone_valued onlyone "$word"
		else
			break
		fi
	done
	if [[ $value ]]; then
		_onlyone_value onlyone "$value"
	elif ((i < last)) || [[ $cur != -* || ${words[last - 1]} == -- ]]; then
		if declare -F _command_offset >/dev/null; then
			_command_offset "${first[i]}"
		elif ((i == last)); then
			local IFS=$'\n'
			compopt -o filenames 2>/dev/null
			# shellcheck disable=SC2207
			COMPREPLY=($(compgen -c -d -- "$cur"))
		else
			compopt -o default 2>/dev/null
		fi
	elif [[ $cur == --*=* ]]; then
		given=${cur%%=*}=
		_onlyone_value onlyone "${given%=}"
	else
		# shellcheck disable=SC2086
		_onlyone_offer_options ${_onlyone_options[onlyone]}
	fi
	return 0
}

# The names of the user's rules and the system's, and the ids of entries.
_onlyone_rules() {
	local file names=() data=${XDG_DATA_HOME:-~/.local/share}
	local login=${XDG_CONFIG_HOME:-~/.config}/autostart

	for file in ~/.config/onlyone/rules/* /etc/onlyone/rules/*; do
		[[ -f $file ]] && names+=("${file##*/}")
	done
	for file in "$data"/applications/*.desktop "$login"/*.desktop; do
		[[ -f $file ]] && command grep -qsx \
			X-Onlyone-Override=true "$file" && names+=("${file##*/}")
	done
	_onlyone_offer "${names[@]}"
}

_onlyonectl() {
	local words first skip cur given='' i word last value='' plain
	local verb='' operands=() takes='' end='' option options=''

	COMPREPLY=()
	_onlyone_words
	last=$((${#words[@]} - 1)) cur=${words[last]}
	for ((i = 1; i < last; i++)); do
		word=${words[i]}
		if [[ $value ]]; then
			value=''
		elif [[ $end || $word != -?* ]]; then
			_onlyone_plain "$word" || return 0
			if [[ $verb ]]; then
				operands+=("$plain")
			else
				verb=$plain takes=${_onlyonectl_operands[$verb]-}
			fi
		elif [[ $word == -- ]]; then
			# Then come arguments, which are the program's.
			[[ $takes != *'[-- '* ]] || return 0
			end=1
		else
			_onlyone_valued onlyonectl "$word"
		fi
	done
	if [[ ! $value && ! $end && $cur == --*=* ]]; then
		given=${cur%%=*}= value=${given%=}
	fi
	if [[ $value ]]; then
		_onlyone_value onlyonectl "$value"
		return 0
	fi
	if [[ ! $end && $cur == -* ]]; then
		for option in ${_onlyonectl_options[${verb:--}]-}; do
			options+=${_onlyone_options[onlyonectl $option]}
		done
		# Behind the application, they are those of its launches.
		if [[ $takes == *'[OPTIONS]'* ]] && ((${#operands[@]})); then
			options=${_onlyone_options[launch]}
		fi
		# shellcheck disable=SC2086
		_onlyone_offer_options $options
		return 0
	fi
	if [[ $takes == SIG* ]]; then
		if ((${#operands[@]} == 0)); then
			_onlyone_signals
			return 0
		fi
		operands=("${operands[@]:1}")
	fi
	case $verb,${#operands[@]},$takes in
	,*) _onlyone_offer "${!_onlyonectl_operands[@]}" ;;
	disable,0,*) _onlyone_rules ;;
	*,0,*'[OPTIONS]'*)
		local IFS=$'\n'
		# shellcheck disable=SC2207
		COMPREPLY=($(compgen -c -- "$cur"))
		;;
	*,0,*VERB*) _onlyone_offer "${!_onlyonectl_operands[@]}" ;;
	*,0,*APP* | *,0,*NAME*) _onlyone_apps ;;
	*,0,*) ;;
	*KEY* | *OLD*) _onlyone_keys "${operands[@]}" ;;
	esac
	return 0
}

complete -F _onlyone onlyone
complete -F _onlyonectl onlyonectl
