#compdef onlyone onlyonectl
#
# onlyone.zsh: completion of onlyone and onlyonectl in zsh; installed under
# the name _onlyone.
#
# Names that list --raw has to escape are left out; zsh quotes the others.
# tests/completion.bats compares the lists with --help.

# The applications that run: by their last component while that is enough.
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

# The next part of the keys of an application, behind the parts given.
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
	names=(${${signals[2,-3]}:#*RT*})
	[[ $PREFIX != S* ]] || names+=(SIG$^names)
	compadd "$@" -a names
}

_onlyone_pids() {
	local -a pids
	pids=(/proc/<->(UN:t))
	compadd "$@" -a pids
}

_onlyone_command() {
	# _arguments would not see the end of no options.
	if ((CURRENT > 2)) && [[ $words[2] = -- ]]; then
		shift 2 words
		((CURRENT -= 2))
		_normal
		return
	fi
	_arguments -s -S -A '-*' : \
		'(-a --app)'{-a+,--app=}'[the application]:name: _onlyone_apps whole' \
		\*{-k+,--key=}'[one instance per key]:template:' \
		'*--key-cmd=[a part of the key is what a command prints]:command:' \
		'*--key-match=[the key becomes its class]:regular expression:' \
		'--strict-key[a key that cannot be made is an error]' \
		'(-d --per-document)'{-d,--per-document}'[one instance for each document]' \
		'(-j --max)'{-j+,--max=}'[up to so many of each key]:number:' \
		'--resettable[onlyonectl reset is allowed]' \
		'(1 *)-c+[run a line by /bin/sh]:shell line:' \
		'--if-running=[what to do when it runs]:what:(activate skip fail wait replace join queue)' \
		'(-n --fail)'{-n,--fail}'[fail when it runs]' \
		'--skip[do nothing when it runs]' \
		'(--wait)-w+[wait for its end]:seconds:' \
		'(-w)--wait=-[wait for its end]::seconds:' \
		'--replace[end what runs, and take its place]' \
		'--join[wait for its end and its status]' \
		'--queue=-[run after it]::launches that wait:' \
		'--stop-signal=[what replace and stop send]:signal:_onlyone_signals' \
		'--kill-after=[and then KILL]:seconds:' \
		'(-E --conflict-exit-code)'{-E+,--conflict-exit-code=}'[exit code when busy]:code:' \
		'--on-activate=[later launches run a command]:command:(auto self dbus)' \
		'--signal=[later launches send a signal]:signal:_onlyone_signals' \
		'--must-deliver[fail if nobody takes the arguments]' \
		'--no-stdin[no standard input for the handler]' \
		'(-W --until-exit)'{-W,--until-exit}'[stay until the instance ends]' \
		'--raise=[whether windows come to the front]:how:(auto never class\:)' \
		'--lifetime=[what the slot ends with]:how:(main daemon tree)' \
		'--lock-file=[also lock a file]:file:_files' \
		'--supervise[stay as the parent]' \
		'--restart=[begin it again]:when:(always on-failure on-success)' \
		'--scope=[one for each]:how:(user session display)' \
		'--on-error=[if the state cannot be used]:how:(refuse run)' \
		'--dry-run[say what would happen]' \
		'--explain[say what happens]' \
		'(-q --quiet)'{-q,--quiet}'[no notes]' \
		'(-v --verbose)'{-v,--verbose}'[say more]' \
		'(- *)'{-h,--help}'[print a summary]' \
		'(- *)'{-V,--version}'[print the version]' \
		'(-):command:_command_names -e' \
		'*::argument:_normal'
}

_onlyonectl_verbs() {
	local -a verbs
	verbs=(
		'list:the instances that run'
		'status:say whether it runs'
		'pid:print its pid'
		'count:print how many run'
		'activate:hand arguments over'
		'wait:wait until it has ended'
		'stop:end it'
		'signal:send it a signal'
		'hold:the calling shell becomes the instance'
		'release:it is the instance no more'
		'adopt:a process that runs becomes the instance'
		'listen:its activations, for a loop'
		'done:answer one of them'
		'seal:only keys that live now may run'
		'unseal:all keys may run again'
		'is-sealed:say whether it is sealed'
		'forget:free the slot'
		'reset:forget all its instances'
		'rekey:move an instance to another key'
		'enable:from now on it runs once, however it is started'
		'disable:not any more'
		'rules:what is enabled'
		'session:enforcement for a session'
		'doctor:check the set-up and every slot'
	)
	_describe verb verbs
}

# The verb and what follows it, up to the current word.
_onlyonectl_line() {
	local i value=0 rest=0
	operands=()
	for ((i = 2; i < CURRENT; i++)); do
		if ((value)); then
			value=0
		elif ((rest)) || [[ $words[i] != -?* ]]; then
			operands+=("${(Q)words[i]}")
		elif [[ $words[i] = -- ]]; then
			rest=1
		elif [[ $words[i] = (--owner|--pid|--kill-after|-[qvhV]#w) ]]; then
			value=1
		fi
	done
	verb=${operands[1]-}
	[[ $verb != (activate|session) ]] || ended=$rest
	[[ -z $verb ]] || shift operands
}

_onlyonectl_operand() {
	if [[ $verb = signal ]]; then
		if ((! ${#operands})); then
			_onlyone_signals
			return
		fi
		shift operands
	fi
	if ((ended)); then
		_default
	elif [[ $verb = (doctor|done|rules|session) ]]; then
		return 1
	elif [[ $verb = enable ]]; then
		((${#operands})) || _command_names -e
	elif [[ $verb = disable ]]; then
		local data=${XDG_DATA_HOME:-~/.local/share}/applications
		local -a entries
		entries=(${(f)"$(command grep -lsx X-Onlyone-Override=true \
			$data/*.desktop(N) </dev/null)"})
		((${#operands})) || compadd -- \
			{~/.config,/etc}/onlyone/rules/*(N:t) ${entries:t}
	elif ((! ${#operands})); then
		_onlyone_apps name
	elif [[ $verb != (list|seal|unseal|is-sealed|reset) ]]; then
		_onlyone_keys "$operands[@]"
	fi
}

_onlyonectl() {
	local verb ended=0
	local -a operands options

	setopt localoptions extendedglob
	_onlyonectl_line
	options=(
		'(-q --quiet)'{-q,--quiet}'[no notes]'
		'(-v --verbose)'{-v,--verbose}'[say more]'
	)
	case $verb in
	'')
		options+=(
			'(- *)'{-h,--help}'[print a summary]'
			'(- *)'{-V,--version}'[print the version]'
		)
		;;
	listen) options+=('--json[an object a line]') ;;
	rules) options+=('--json[an array of objects]') ;;
	enable)
		options+=(
			'--system[for every user]'
			'--link[by a link in PATH too]'
			'--desktop[by its desktop entry]'
		)
		;;
	disable)
		options+=(
			'--system[for every user]'
			'--desktop[by its desktop entry]'
		)
		;;
	list)
		options+=(
			'(--raw)--json[an array of objects]'
			'(--json)--raw[words between tabs]'
		)
		;;
	esac
	[[ $verb != (stop|signal|forget) ]] ||
		options+=('--all[all its instances]')
	[[ $verb != (stop|wait|hold) ]] ||
		options+=('(--wait)-w+[how long to wait]:seconds:')
	[[ $verb != (stop|wait) ]] ||
		options+=('(-w)--wait=-[how long to wait]:seconds:')
	[[ $verb != stop ]] ||
		options+=('--kill-after=[then KILL]:seconds:')
	[[ $verb != hold ]] ||
		options+=('(-w)--wait=-[wait for its turn]::seconds:')
	[[ $verb != (hold|release) ]] || options+=(
		'--owner=[that process]:process:_onlyone_pids'
		'--self[the script that the shell runs]'
	)
	[[ $verb != adopt ]] || options+=('--pid=[which process]:process:_onlyone_pids')
	_arguments -s -S : $options '1:verb:_onlyonectl_verbs' \
		'*:operand:_onlyonectl_operand'
}

case $service in
onlyonectl) _onlyonectl ;;
*) _onlyone_command ;;
esac
