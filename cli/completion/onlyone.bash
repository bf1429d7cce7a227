# onlyone.bash: completion of onlyone and onlyonectl in bash.
#
# What is offered is quoted here, not by readline, so that a word on the line
# is one word whatever a name holds; names that list --raw has to escape are
# left out.  Nothing of the line is ever evaluated.  Where bash-completion is
# there, what follows the options is completed as a command of its own.
# tests/completion.bats compares the lists with --help.
# shellcheck shell=bash

# The line up to the cursor as words, not broken at = and :, in words[]; in
# first[] where each begins in COMP_WORDS; in skip what of the last one
# readline does not take for its word.
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

# A word as the shell would read it, in plain; 1: that takes an expansion.
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

# Offer those of the words that begin as the current one does, cur.
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
		[[ $name == *@(RT|JUNK)* ]] && continue
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

# The applications that run: by their last component while that is enough.
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

# The next part of the keys of application $1, behind the parts $2...
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

# The value of option $1 of onlyone.
_onlyone_value() {
	case $1 in
	-a | --app) _onlyone_apps whole ;;
	--if-running)
		_onlyone_offer activate skip fail wait replace join queue
		;;
	--on-activate) _onlyone_offer auto self dbus ;;
	--raise) _onlyone_offer auto never class: ;;
	--lifetime) _onlyone_offer main daemon tree ;;
	--restart) _onlyone_offer always on-failure on-success ;;
	--scope) _onlyone_offer user session display ;;
	--on-error) _onlyone_offer refuse run ;;
	--signal | --stop-signal) _onlyone_signals ;;
	--lock-file) _onlyone_files ;;
	esac
}

_onlyone_options='-a --app= -k --key= --key-cmd= --key-match= --strict-key
-d --per-document -j --max= --resettable -c --if-running= -n --fail --skip
-w --wait --wait= --replace --join --queue --queue= --stop-signal=
--kill-after= -E --conflict-exit-code= --on-activate= --signal=
--raise= --must-deliver --no-stdin -W --until-exit --lifetime= --lock-file=
--supervise --restart= --scope= --on-error= --dry-run --explain -q --quiet -v --verbose -h --help
-V --version'

# Offer options; what wants a value stays open for it.
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
		elif [[ $word == --*=* || $word == - ]]; then
			[[ $word == -- || $word == --* ]] || break
		elif [[ $word == --* ]]; then
			[[ " ${_onlyone_options//$'\n'/ } " == *" $word= "* &&
				$word != --wait && $word != --queue ]] &&
				value=$word
		elif [[ $word == -* ]]; then
			# Of a cluster, the last letter.
			[[ $word =~ ^-[^akjcwE]*([akjcwE])$ ]] &&
				value=-${BASH_REMATCH[1]}
		else
			break
		fi
	done
	if [[ $value ]]; then
		_onlyone_value "$value"
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
		_onlyone_value "${given%=}"
	else
		# shellcheck disable=SC2086
		_onlyone_offer_options $_onlyone_options
	fi
	return 0
}

# The names of the user's rules and the system's, and the ids of entries.
_onlyone_rules() {
	local file names=() data=${XDG_DATA_HOME:-~/.local/share}

	for file in ~/.config/onlyone/rules/* /etc/onlyone/rules/*; do
		[[ -f $file ]] && names+=("${file##*/}")
	done
	for file in "$data"/applications/*.desktop; do
		[[ -f $file ]] && command grep -qsx \
			X-Onlyone-Override=true "$file" && names+=("${file##*/}")
	done
	_onlyone_offer "${names[@]}"
}

_onlyonectl() {
	local words first skip cur given='' i word last value='' plain
	local verb='' operands=() options='-q --quiet -v --verbose' end=''

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
				verb=$plain
			fi
		elif [[ $word == -- ]]; then
			# Then come arguments, which are the program's.
			[[ $verb != activate && $verb != session ]] || return 0
			end=1
		elif [[ $word == --owner || $word == --pid ||
			$word == --kill-after || $word =~ ^-[qvhV]*w$ ]]; then
			value=$word
		fi
	done
	if [[ ! $value && ! $end && $cur == --*=* ]]; then
		given=${cur%%=*}= value=${given%=}
	fi
	if [[ $value ]]; then
		case $value in
		--owner | --pid) _onlyone_pids ;;
		esac
		return 0
	fi
	if [[ ! $end && $cur == -* ]]; then
		case $verb in
		'') options+=' -h --help -V --version' ;;
		list) options+=' --json --raw' ;;
		rules) options+=' --json' ;;
		enable)
			options+=' --system --link --desktop'
			# Behind the application, they are those of its launches.
			((${#operands[@]} == 0)) || options=$_onlyone_options
			;;
		disable) options+=' --system --desktop' ;;
		listen) options+=' --json' ;;
		wait) options+=' -w --wait=' ;;
		stop) options+=' --all -w --wait= --kill-after=' ;;
		signal | forget) options+=' --all' ;;
		hold) options+=' -w --wait --wait= --owner= --self' ;;
		release) options+=' --owner= --self' ;;
		adopt) options+=' --pid=' ;;
		esac
		# shellcheck disable=SC2086
		_onlyone_offer_options $options
		return 0
	fi
	if [[ $verb == signal ]]; then
		if ((${#operands[@]} == 0)); then
			_onlyone_signals
			return 0
		fi
		operands=("${operands[@]:1}")
	fi
	case $verb in
	'')
		_onlyone_offer list status pid count activate wait stop \
			signal hold release adopt listen "done" seal unseal is-sealed \
			forget reset rekey enable disable rules session doctor
		;;
	doctor | done | rules | session) ;;
	enable)
		local IFS=$'\n'
		# shellcheck disable=SC2207
		((${#operands[@]})) || COMPREPLY=($(compgen -c -- "$cur"))
		;;
	disable)
		((${#operands[@]})) || _onlyone_rules
		;;
	*)
		case ${#operands[@]},$verb in
		0,*) _onlyone_apps ;;
		*,list | *,seal | *,unseal | *,is-sealed | *,reset) ;;
		*) _onlyone_keys "${operands[@]}" ;;
		esac
		;;
	esac
	return 0
}

complete -F _onlyone onlyone
complete -F _onlyonectl onlyonectl
