# onlyone.fish: completion of onlyone and onlyonectl in fish.
#
# Names that list --raw has to escape are left out; fish quotes the others.
# The options and verbs come from the tables of the programs (tables.c).

set -g __onlyone_signals HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV \
    USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ \
    VTALRM PROF WINCH IO PWR SYS

# Whether the value of an option of this program is the next word; of combined
# letters it is the last one.
function __onlyone_valued --argument-names program word
    set -l letters __onlyone_letters_$program
    set -l letters (string join '' -- $$letters)
    set -l names __onlyone_valued_$program
    switch $word
        case '--*'
            contains -- $word $$names
        case '*'
            string match -qr -- "^-[^$letters]*[$letters]\$" $word
    end
end

# The command line after the options of onlyone, one word a line; 1: there is
# none yet.
function __onlyone_rest
    set -l words (commandline -opc)
    set -e words[1]
    while set -q words[1]
        switch $words[1]
            case --
                set -e words[1]
                set -q words[1]
                and printf '%s\n' $words
                return 0
            case '-?*'
                __onlyone_valued onlyone $words[1]
                and set -e words[1]
            case '*'
                printf '%s\n' $words
                return 0
        end
        set -q words[1]
        and set -e words[1]
    end
    return 1
end

function __onlyone_options
    not __onlyone_rest >/dev/null
end

# The command, and then its own completions.
function __onlyone_command
    set -l line (string escape -- (__onlyone_rest))
    complete -C " $(string join ' ' -- $line (commandline -ct))"
end

# The running applications: by their last component while that is enough.
function __onlyone_apps
    set -l apps
    set -l bases
    for line in (onlyonectl list --raw 2>/dev/null)
        set -l app (string split \t -- $line)[3]
        string match -qr '\\\\' -- $app
        or contains -- $app $apps
        and continue
        set -a apps $app
        set -a bases (string replace -r '.*/' '' -- $app)
    end
    for app in $apps
        set -l base (string replace -r '.*/' '' -- $app)
        set -l same (string match -r -- '^'(string escape --style=regex -- $base)'$' $bases)
        if test "$argv[1]" = whole -o -z "$base" -o (count $same) -gt 1
            or string match -q '*/*' -- (commandline -ct)
            printf '%s\n' $app
        else
            printf '%s\n' $base
        end
    end
end

# The verb of onlyonectl and what follows it, one word a line.
function __onlyonectl_words
    set -l words (commandline -opc)
    set -l rest
    set -e words[1]
    while set -q words[1]
        set -l word $words[1]
        set -e words[1]
        switch "$rest$word"
            case --
                set rest /
            case '-?*'
                __onlyone_valued onlyonectl $word
                and set -e words[1]
            case '*'
                printf '%s\n' $word
        end
    end
end

# Whether there is no verb yet.
function __onlyonectl_verb
    set -l words (__onlyonectl_words)
    not set -q words[1]
end

# Whether options of launches come next, after the application.
function __onlyonectl_launch
    set -l words (__onlyonectl_words)
    set -q words[2]
    and string match -q '*[OPTIONS]*' -- (__onlyonectl_takes $words[1])
end

# Whether one of these is among the options of the verb, or of none.
function __onlyonectl_offers
    __onlyonectl_launch
    and return 1
    set -l words (__onlyonectl_words)
    set -l at (contains -i -- "$words[1]" $__onlyonectl_verbs)
    or return
    for option in (string split ' ' -- $__onlyonectl_options[$at])
        contains -- $option $argv
        and return
    end
    return 1
end

# The operands of a verb, as --help has them.
function __onlyonectl_takes
    set -l at (contains -i -- "$argv[1]" $__onlyonectl_verbs)
    and printf '%s\n' $__onlyonectl_operands[$at]
end

function __onlyonectl_operands
    set -l words (__onlyonectl_words)
    set -l verb $words[1]
    set -l takes (__onlyonectl_takes $verb)
    set -e words[1]
    if string match -q 'SIG*' -- $takes
        if not set -q words[1]
            printf '%s\n' $__onlyone_signals
            return
        end
        set -e words[1]
    end
    if string match -q '*[-- *' -- $takes
        and contains -- -- (commandline -opc)
        __fish_complete_path (commandline -ct)
        return
    end
    if string match -q '*[OPTIONS]*' -- $takes
        set -q words[1]
        or complete -C " $(commandline -ct)"
        return
    end
    if test "$verb" = disable
        set -q words[1]
        and return
        for file in ~/.config/onlyone/rules/* /etc/onlyone/rules/*
            string replace -r '.*/' '' -- $file
        end
        set -l data $XDG_DATA_HOME
        set -q data[1]
        or set data ~/.local/share
        set -l login $XDG_CONFIG_HOME
        set -q login[1]
        or set login ~/.config
        set -l entries $data/applications/*.desktop $login/autostart/*.desktop
        set -q entries[1]
        and command grep -lsx X-Onlyone-Override=true $entries |
            string replace -r '.*/' ''
        return
    end
    if string match -q '*VERB*' -- $takes
        set -q words[1]
        or string match '?*' -- $__onlyonectl_verbs
        return
    end
    if not set -q words[1]
        string match -qr 'APP|NAME' -- $takes
        and __onlyone_apps
        return
    end
    string match -qr 'KEY|OLD' -- $takes
    or return
    set -l app $words[1]
    set -e words[1]
    set -l n (count $words)
    for line in (onlyonectl list --raw -- $app 2>/dev/null)
        set -l parts (string split \t -- $line)[4..]
        test (count $parts) -gt $n
        or continue
        if test $n -gt 0
            test "$(string join \t -- $parts[1..$n])" = "$(string join \t -- $words)"
            or continue
        end
        string match -qr '\\\\' -- $parts[(math $n + 1)]
        or printf '%s\n' $parts[(math $n + 1)]
    end
end

complete -c onlyone -e
complete -c onlyone -f
complete -c onlyone -n 'not __onlyone_options' -a '(__onlyone_command)'
complete -c onlyone -n __onlyone_options -a '(complete -C " $(commandline -ct)")'
complete -c onlyonectl -e
complete -c onlyonectl -f
complete -c onlyonectl -n 'not __onlyonectl_verb' -a '(__onlyonectl_operands)'

# For each program the letters and names that take a value; for each verb, and for
# none, its operands and options.
set -g __onlyone_letters_onlyone
set -g __onlyone_letters_onlyonectl
set -g __onlyone_valued_onlyone
set -g __onlyone_valued_onlyonectl
set -g __onlyonectl_verbs
set -g __onlyonectl_operands
set -g __onlyonectl_options

function _onlyone_verb --argument-names name operands options help
    set -ga __onlyonectl_verbs "$name"
    set -ga __onlyonectl_operands "$operands"
    set -ga __onlyonectl_options "$options"
    test -z "$name"
    or complete -c onlyonectl -n __onlyonectl_verb -a $name -d $help
end

function _onlyone_option --argument-names program letter name arg words help
    set -l add complete -c (string replace launch onlyonectl $program) -d $help -n
    set -l when __onlyone_options
    set -l short
    set -l value -x
    test $program = launch
    and set when __onlyonectl_launch
    test $program = onlyonectl
    and set when "__onlyonectl_offers $name"
    test -z "$letter"
    or set short -s $letter
    switch "$arg"
        case ''
            set value
        case NAME
            set -a value -a '(__onlyone_apps whole)'
        case SIG
            set -a value -a "$__onlyone_signals"
        case PID
            set -a value -a '(__fish_complete_pids)'
        case FILE
            set value -r -F
        case '*'
            test -z "$words"
            or set -a value -a $words
    end
    if test -n "$arg" -a $program != launch
        set -ga __onlyone_letters_$program $letter
    end
    switch "$name,$arg"
        case ',*'
            $add $when $short $value
        case '*,[*' # but the letter has one
            test -z "$letter"
            or $add $when $short $value
            $add $when -l $name
        case '*'
            $add $when $short -l $name $value
            test -z "$arg" -o $program = launch
            or set -ga __onlyone_valued_$program --$name
    end
end

# @tables@

functions -e _onlyone_option _onlyone_verb
