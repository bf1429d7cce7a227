# onlyone.fish: completion of onlyone and onlyonectl in fish.
#
# Names that list --raw has to escape are left out; fish quotes the others.
# tests/completion.bats compares the lists with --help.

set -g __onlyone_signals HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV \
    USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ \
    VTALRM PROF WINCH IO PWR SYS

# The command line behind the options of onlyone, one word a line; 1: there is
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
            case --app --key --key-cmd --key-match --max --if-running \
                --stop-signal --kill-after --conflict-exit-code \
                --on-activate --signal --raise --lifetime --lock-file --restart --scope --on-error
                set -e words[1]
            case '--*'
            case '-?*'
                # Of a cluster, the last letter.
                string match -qr -- '^-[^akjcwE]*[akjcwE]$' $words[1]
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

# The command, and then what it completes itself.
function __onlyone_command
    set -l line (string escape -- (__onlyone_rest))
    complete -C " $(string join ' ' -- $line (commandline -ct))"
end

# The applications that run: by their last component while that is enough.
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
            case --owner --pid --kill-after -w '-[qvhV]w'
                set -e words[1]
            case '-?*'
            case '*'
                printf '%s\n' $word
        end
    end
end

# Whether the verb is one of these; without any, whether there is none yet.
function __onlyonectl_verb
    set -l words (__onlyonectl_words)
    if set -q argv[1]
        set -q words[1]
        and contains -- $words[1] $argv
    else
        not set -q words[1]
    end
end

function __onlyonectl_operands
    set -l words (__onlyonectl_words)
    set -l verb $words[1]
    set -e words[1]
    if test "$verb" = signal
        if not set -q words[1]
            printf '%s\n' $__onlyone_signals
            return
        end
        set -e words[1]
    end
    if contains -- $verb activate session
        and contains -- -- (commandline -opc)
        __fish_complete_path (commandline -ct)
        return
    end
    contains -- $verb doctor done rules session
    and return
    if test "$verb" = enable
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
        set -l entries $data/applications/*.desktop
        set -q entries[1]
        and command grep -lsx X-Onlyone-Override=true $entries |
            string replace -r '.*/' ''
        return
    end
    if not set -q words[1]
        __onlyone_apps
        return
    end
    contains -- $verb list seal unseal is-sealed reset
    and return
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
function __onlyone_add
    complete -c onlyone -n __onlyone_options $argv
end
__onlyone_add -x -s a -l app -a '(__onlyone_apps whole)' -d 'The application'
__onlyone_add -x -s k -l key -d 'One instance per key'
__onlyone_add -x -l key-cmd -d 'A part of the key is what a command prints'
__onlyone_add -x -l key-match -d 'The key becomes its class'
__onlyone_add -l strict-key -d 'A key that cannot be made is an error'
__onlyone_add -s d -l per-document -d 'One instance for each document'
__onlyone_add -x -s j -l max -d 'Up to so many of each key'
__onlyone_add -l resettable -d 'onlyonectl reset is allowed'
__onlyone_add -x -s c -d 'Run a line by /bin/sh'
__onlyone_add -x -l if-running -a 'activate skip fail wait replace join queue' -d 'What to do when it runs'
__onlyone_add -s n -l fail -d 'Fail when it runs'
__onlyone_add -l skip -d 'Do nothing when it runs'
__onlyone_add -x -s w -d 'Wait for its end, so long'
__onlyone_add -l wait -d 'Wait for its end'
__onlyone_add -l replace -d 'End what runs, and take its place'
__onlyone_add -l join -d 'Wait for its end and its status'
__onlyone_add -l queue -d 'Run after it'
__onlyone_add -x -l stop-signal -a "$__onlyone_signals" -d 'What replace and stop send'
__onlyone_add -x -l kill-after -d 'And then KILL'
__onlyone_add -x -s E -l conflict-exit-code -d 'Exit code when busy'
__onlyone_add -x -l on-activate -a 'auto self dbus' -d 'Later launches run a command'
__onlyone_add -x -l signal -a "$__onlyone_signals" -d 'Later launches send a signal'
__onlyone_add -l must-deliver -d 'Fail if nobody takes the arguments'
__onlyone_add -l no-stdin -d 'No standard input for the handler'
__onlyone_add -s W -l until-exit -d 'Stay until the instance ends'
__onlyone_add -x -l raise -a 'auto never class:' -d 'Whether windows come to the front'
__onlyone_add -x -l lifetime -a 'main daemon tree' -d 'What the slot ends with'
__onlyone_add -r -F -l lock-file -d 'Also lock a file, as flock(1) does'
__onlyone_add -l supervise -d 'Stay as the parent'
__onlyone_add -x -l restart -a 'always on-failure on-success' -d 'Begin it again'
__onlyone_add -x -l scope -a 'user session display' -d 'One for each'
__onlyone_add -x -l on-error -a 'refuse run' -d 'If the state cannot be used'
__onlyone_add -l dry-run -d 'Say what would happen'
__onlyone_add -l explain -d 'Say what happens'
__onlyone_add -s q -l quiet -d 'No notes'
__onlyone_add -s v -l verbose -d 'Say more'
__onlyone_add -s h -l help -d 'Print a summary'
__onlyone_add -s V -l version -d 'Print the version'
functions -e __onlyone_add

complete -c onlyonectl -e
complete -c onlyonectl -f
complete -c onlyonectl -n 'not __onlyonectl_verb' -a '(__onlyonectl_operands)'
function __onlyonectl_add
    complete -c onlyonectl -n __onlyonectl_verb $argv
end
__onlyonectl_add -a list -d 'The instances that run'
__onlyonectl_add -a status -d 'Say whether it runs'
__onlyonectl_add -a pid -d 'Print its pid'
__onlyonectl_add -a count -d 'Print how many run'
__onlyonectl_add -a activate -d 'Hand arguments over'
__onlyonectl_add -a wait -d 'Wait until it has ended'
__onlyonectl_add -a stop -d 'End it'
__onlyonectl_add -a signal -d 'Send it a signal'
__onlyonectl_add -a hold -d 'The calling shell becomes the instance'
__onlyonectl_add -a release -d 'It is the instance no more'
__onlyonectl_add -a adopt -d 'A process that runs becomes the instance'
__onlyonectl_add -a listen -d 'Its activations, for a loop'
__onlyonectl_add -a done -d 'Answer one of them'
__onlyonectl_add -a seal -d 'Only keys that live now may run'
__onlyonectl_add -a unseal -d 'All keys may run again'
__onlyonectl_add -a is-sealed -d 'Say whether it is sealed'
__onlyonectl_add -a forget -d 'Free the slot'
__onlyonectl_add -a reset -d 'Forget all its instances'
__onlyonectl_add -a rekey -d 'Move an instance to another key'
__onlyonectl_add -a enable -d 'From now on it runs once, however it is started'
__onlyonectl_add -a disable -d 'Not any more'
__onlyonectl_add -a rules -d 'What is enabled'
__onlyonectl_add -a session -d 'Enforcement for a session'
__onlyonectl_add -a doctor -d 'Check the set-up and every slot'
__onlyonectl_add -s h -l help -d 'Print a summary'
__onlyonectl_add -s V -l version -d 'Print the version'
functions -e __onlyonectl_add
complete -c onlyonectl -s q -l quiet -d 'No notes'
complete -c onlyonectl -s v -l verbose -d 'Say more'
complete -c onlyonectl -n '__onlyonectl_verb list listen rules' -l json -d 'JSON'
complete -c onlyonectl -n '__onlyonectl_verb list' -l raw -d 'Words between tabs'
complete -c onlyonectl -n '__onlyonectl_verb stop signal forget' -l all -d 'All its instances'
complete -c onlyonectl -n '__onlyonectl_verb stop wait hold' -x -s w -d 'How long to wait'
complete -c onlyonectl -n '__onlyonectl_verb stop wait; and string match -q -- "-*" (commandline -ct)' -a --wait= -d 'How long to wait'
complete -c onlyonectl -n '__onlyonectl_verb hold' -l wait -d 'Wait for its turn'
complete -c onlyonectl -n '__onlyonectl_verb hold release' -x -l owner -a '(__fish_complete_pids)' -d 'That process'
complete -c onlyonectl -n '__onlyonectl_verb hold release' -l self -d 'The script that the shell runs'
complete -c onlyonectl -n '__onlyonectl_verb adopt' -x -l pid -a '(__fish_complete_pids)' -d 'Which process'
complete -c onlyonectl -n '__onlyonectl_verb stop' -x -l kill-after -d 'Then KILL'
complete -c onlyonectl -n '__onlyonectl_verb enable disable' -l system -d 'For every user'
complete -c onlyonectl -n '__onlyonectl_verb enable' -l link -d 'By a link in PATH too'
complete -c onlyonectl -n '__onlyonectl_verb enable disable' -l desktop -d 'By its desktop entry'
