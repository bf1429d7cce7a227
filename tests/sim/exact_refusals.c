/*
 * exact_refusals.c: command lines that are refused, and why.
 */
#include <stddef.h>

#include "tests/sim/exact.h"

const struct exact_row exact_refusals[] = {
	{ "--key-match=x editor", 64,
	    "--key-match: there is no key before it to match; see onlyone "
	    "--help\n" },
	{ "-k {1} --key-match=( editor", 64,
	    "--key-match: '(' is not a regular expression: Unmatched ( or "
	    "\\\\(; see regex(7)\n" },
	{ "-k {1 editor", 64,
	    "--key: '{1' is malformed at '{1' ({{ is a brace); see "
	    "onlyone(1)\n" },
	{ "-k {env:} editor", 64,
	    "--key: '{env:}' is malformed at '{env:}' ({{ is a brace); see "
	    "onlyone(1)\n" },
	{ "-kA -kB -kC -kD -kE -kF -kG -kH -kI -kJ -kK -kL -kM -kN -kO "
	    "-kP editor", 64,
	    "'P': the key has too many parts; see onlyone --help\n" },
	{ "--key-cmd= editor", 64,
	    "--key-cmd: the command is empty; see onlyone --help\n" },
	{ "--app= editor", 64,
	    "--app: the name is empty; see onlyone --help\n" },
	{ "--output= editor", 64,
	    "--output: the name is empty; see onlyone --help\n" },
	{ "--lock-file= editor", 64,
	    "--lock-file: the name is empty; see onlyone --help\n" },
	{ "--lock-file=:shared editor", 64,
	    "--lock-file: the name is empty; see onlyone --help\n" },
	{ "--on-activate= editor", 64,
	    "--on-activate: the command is empty; see onlyone --help\n" },
	{ "--on-activate=atuo editor", 64,
	    "--on-activate: 'atuo' is not a command, auto, self, dbus or "
	    "none (did you mean auto?); see onlyone --help\n" },
	{ "--on-activate=nnoe editor", 64,
	    "--on-activate: 'nnoe' is not a command, auto, self, dbus or "
	    "none (did you mean none?); see onlyone --help\n" },
	{ "--raise=alway editor", 64,
	    "--raise: 'alway' is not auto, never or class:NAME; see "
	    "onlyone --help\n" },
	{ "--raise=nevr editor", 64,
	    "--raise: 'nevr' is not auto, never or class:NAME (did you "
	    "mean never?); see onlyone --help\n" },
	{ "--raise=class: editor", 64,
	    "--raise: 'class:' is not auto, never or class:NAME; see "
	    "onlyone --help\n" },
	{ "--queue=0 editor", 64,
	    "--queue: '0' is not a number from 1 to 1000000; see onlyone "
	    "--help\n" },
	{ "--queue=1000001 editor", 64,
	    "--queue: '1000001' is not a number from 1 to 1000000; see "
	    "onlyone --help\n" },
	{ "--queue=x editor", 64,
	    "--queue: 'x' is not a number from 1 to 1000000; see onlyone "
	    "--help\n" },
	{ "-E256 editor", 64,
	    "-E: '256' is not a number from 0 to 255; see onlyone --help\n" },
	{ "-E-1 editor", 64,
	    "-E: '-1' is not a number from 0 to 255; see onlyone --help\n" },
	{ "-Ex editor", 64,
	    "-E: 'x' is not a number from 0 to 255; see onlyone --help\n" },
	{ "--every=0 editor", 64,
	    "--every: '0' is not a number of seconds, or one with s, m, h, "
	    "d or w, above 0 and up to a century; see onlyone --help\n" },
	{ "--every=x editor", 64,
	    "--every: 'x' is not a number of seconds, or one with s, m, h, "
	    "d or w, above 0 and up to a century; see onlyone --help\n" },
	{ "--every=101y editor", 64,
	    "--every: '101y' is not a number of seconds, or one with s, m, "
	    "h, d or w, above 0 and up to a century; see onlyone --help\n" },
	{ "--overdue=0 editor", 64,
	    "--overdue: '0' is not a number of seconds, or one with s, m, "
	    "h, d or w, above 0 and up to a century; see onlyone --help\n" },
	{ "--overdue=5:go editor", 64,
	    "--overdue: '5:go' is not TIME or TIME:stop; see onlyone "
	    "--help\n" },
	{ "--overdue=:stop editor", 64,
	    "--overdue: ':stop' is not a number of seconds, or one with s, "
	    "m, h, d or w, above 0 and up to a century; see onlyone "
	    "--help\n" },
	{ "--overdue=x:stop editor", 64,
	    "--overdue: 'x:stop' is not a number of seconds, or one with "
	    "s, m, h, d or w, above 0 and up to a century; see onlyone "
	    "--help\n" },
	{ "--overdue=00000000000000000000000000000005 editor", 64,
	    "--overdue: '00000000000000000000000000000005' is not TIME or "
	    "TIME:stop; see onlyone --help\n" },
	{ "-j0 editor", 64,
	    "--max: '0' is not a number from 1 to 1000; see onlyone "
	    "--help\n" },
	{ "-j1001 editor", 64,
	    "--max: '1001' is not a number from 1 to 1000; see onlyone "
	    "--help\n" },
	{ "-jx editor", 64,
	    "--max: 'x' is not a number from 1 to 1000; see onlyone "
	    "--help\n" },
	{ "-n --skip editor", 64,
	    "--fail and --skip do not go together: both say what to do "
	    "while it is running; see onlyone --help\n" },
	{ "--skip --replace editor", 64,
	    "--skip and --replace do not go together: both say what to do "
	    "while it is running; see onlyone --help\n" },
	{ "--queue --toggle editor", 64,
	    "--queue and --toggle do not go together: both say what to do "
	    "while it is running; see onlyone --help\n" },
	{ "--join --fail editor", 64,
	    "--join and --fail do not go together: both say what to do "
	    "while it is running; see onlyone --help\n" },
	{ "--skip -w5 editor", 64,
	    "-w and --wait do not go with --skip, which does not wait; see "
	    "onlyone --help\n" },
	{ "-w5 --toggle editor", 64,
	    "-w and --wait do not go with --toggle, which does not wait; "
	    "see onlyone --help\n" },
	{ "-n --wait editor", 64,
	    "-w and --wait do not go with --fail, which does not wait; see "
	    "onlyone --help\n" },
	{ "-wx editor", 64,
	    "-w, --wait: 'x' is not a number of seconds, or one with s, m, "
	    "h, d or w; see onlyone --help\n" },
	{ "-w-1 editor", 64,
	    "-w, --wait: '-1' is not a number of seconds, or one with s, "
	    "m, h, d or w; see onlyone --help\n" },
	{ "-w25d editor", 64,
	    "-w, --wait: '25d' is not a time of at most 24d; see onlyone "
	    "--help\n" },
	{ "-c true editor", 64,
	    "-c takes the whole command; 'editor' is one too many; see "
	    "onlyone --help\n" },
	{ "-c true -d", 64,
	    "-d and -c do not go together: a shell line has no documents; "
	    "see onlyone --help\n" },
	{ "-d -c true", 64,
	    "-d and -c do not go together: a shell line has no documents; "
	    "see onlyone --help\n" },
	{ "-c true --on-activate=self", 64,
	    "--on-activate=self does not go with -c: a shell line is not a "
	    "program; see onlyone --help\n" },
	{ "--on-activate=self -c true", 64,
	    "--on-activate=self does not go with -c: a shell line is not a "
	    "program; see onlyone --help\n" },
	{ "--skip", 64,
	    "no command is given: onlyone [OPTIONS] COMMAND [ARG...]; see "
	    "onlyone --help\n" },
	{ "--background -W editor", 64,
	    "--background returns at once, and -W stays; choose one; see "
	    "onlyone --help\n" },
	{ "--until-exit --background editor", 64,
	    "--background returns at once, and -W stays; choose one; see "
	    "onlyone --help\n" },
	{ "--lock-file=/l -d editor", 64,
	    "--lock-file does not go with -d or -j: one file is locked "
	    "once; only with -j it may be FILE:shared; see onlyone --help\n" },
	{ "--lock-file=/l -j2 editor", 64,
	    "--lock-file does not go with -d or -j: one file is locked "
	    "once; only with -j it may be FILE:shared; see onlyone --help\n" },
	{ "--lock-file=/l:shared -d editor", 64,
	    "--lock-file does not go with -d or -j: one file is locked "
	    "once; only with -j it may be FILE:shared; see onlyone --help\n" },
	{ "--toggle -j2 editor", 64,
	    "--toggle does not go with -j or --adopt: it ends the one "
	    "instance that this user has started; see onlyone --help\n" },
	{ "--toggle --adopt editor", 64,
	    "--toggle does not go with -j or --adopt: it ends the one "
	    "instance that this user has started; see onlyone --help\n" },
	{ "--adopt -w5 editor", 64,
	    "--adopt does not go with -j, an option that waits for or "
	    "stops the running one, --lock-file or --lifetime=tree: "
	    "onlyone must have started it for these\n" },
	{ "--adopt --replace editor", 64,
	    "--adopt does not go with -j, an option that waits for or "
	    "stops the running one, --lock-file or --lifetime=tree: "
	    "onlyone must have started it for these\n" },
	{ "--adopt --join editor", 64,
	    "--adopt does not go with -j, an option that waits for or "
	    "stops the running one, --lock-file or --lifetime=tree: "
	    "onlyone must have started it for these\n" },
	{ "--adopt --lock-file=/l editor", 64,
	    "--adopt does not go with -j, an option that waits for or "
	    "stops the running one, --lock-file or --lifetime=tree: "
	    "onlyone must have started it for these\n" },
	{ "--adopt -j2 editor", 64,
	    "--adopt does not go with -j, an option that waits for or "
	    "stops the running one, --lock-file or --lifetime=tree: "
	    "onlyone must have started it for these\n" },
	{ "--adopt --lifetime=tree editor", 64,
	    "--adopt does not go with -j, an option that waits for or "
	    "stops the running one, --lock-file or --lifetime=tree: "
	    "onlyone must have started it for these\n" },
	{ "--on-error=run --wait editor", 64,
	    "--on-error=run does not go with an option that waits for or "
	    "stops the running one, since it may start a second instance; "
	    "see onlyone --help\n" },
	{ "--on-error=run --replace editor", 64,
	    "--on-error=run does not go with an option that waits for or "
	    "stops the running one, since it may start a second instance; "
	    "see onlyone --help\n" },
	{ "--on-error=run --toggle editor", 64,
	    "--on-error=run does not go with an option that waits for or "
	    "stops the running one, since it may start a second instance; "
	    "see onlyone --help\n" },
	{ "--on-error=run --join editor", 64,
	    "--on-error=run does not go with an option that waits for or "
	    "stops the running one, since it may start a second instance; "
	    "see onlyone --help\n" },
	{ "--every=5 -j2 editor", 64,
	    "--every does not go with -j; see onlyone --help\n" },
	{ "--every=5 --join editor", 64,
	    "--every does not go with --join; see onlyone --help\n" },
	{ "--every=5 --adopt editor", 64,
	    "--every does not go with --adopt; see onlyone --help\n" },
	{ "--overdue=5 -w5 editor", 64,
	    "--overdue does not go with --wait; it is for --skip and -n; "
	    "see onlyone --help\n" },
	{ "--overdue=5 --replace editor", 64,
	    "--overdue does not go with --replace; it is for --skip and "
	    "-n; see onlyone --help\n" },
	{ "--overdue=5 --join editor", 64,
	    "--overdue does not go with --join; it is for --skip and -n; "
	    "see onlyone --help\n" },
	{ "--overdue=5 -j2 editor", 64,
	    "--overdue does not go with -j; it is for --skip and -n; see "
	    "onlyone --help\n" },
	{ "--overdue=5 --adopt editor", 64,
	    "--overdue does not go with --adopt; it is for --skip and -n; "
	    "see onlyone --help\n" },
	{ "--overdue=5 -n -j2 editor", 64,
	    "--overdue does not go with -j; it is for --skip and -n; see "
	    "onlyone --help\n" },
	{ "--stop-signal=0 editor", 64,
	    "--stop-signal: '0' is not a signal; see onlyone --help\n" },
	{ "--stop-signal=TERN editor", 64,
	    "--stop-signal: 'TERN' is not a signal (did you mean TERM?); "
	    "see onlyone --help\n" },
	{ "--stop-signal=65 editor", 64,
	    "--stop-signal: '65' is not a signal; see onlyone --help\n" },
	{ "--signal=FOO editor", 64,
	    "--signal: 'FOO' is not a signal; see onlyone --help\n" },
	{ "--kill-after=x editor", 64,
	    "--kill-after: 'x' is not a number of seconds, or one with s, "
	    "m, h, d or w; see onlyone --help\n" },
	{ "--kill-after=25d editor", 64,
	    "--kill-after: '25d' is not a time of at most 24d; see onlyone "
	    "--help\n" },
	{ "--lifetime=mian editor", 64,
	    "--lifetime: 'mian' is not auto, daemon, main or tree (did you "
	    "mean main?); see onlyone --help\n" },
	{ "--lifetime= editor", 64,
	    "--lifetime: '' is not auto, daemon, main or tree; see onlyone "
	    "--help\n" },
	{ "--scope=users editor", 64,
	    "--scope: 'users' is not user, session or display (did you "
	    "mean user?); see onlyone --help\n" },
	{ "--on-error=ran editor", 64,
	    "--on-error: 'ran' is not refuse or run (did you mean run?); "
	    "see onlyone --help\n" },
	{ "--dry-run=x editor", 64,
	    "option '--dry-run=x' takes no argument; see onlyone --help\n" },
	{ "--skip=x editor", 64,
	    "option '--skip=x' takes no argument; see onlyone --help\n" },
	{ "--app", 64,
	    "option '--app' needs an argument; see onlyone --help\n" },
	{ "-k", 64, "option '-k' needs an argument; see onlyone --help\n" },
	{ "--skipp editor", 64,
	    "unknown or ambiguous option '--skipp' (did you mean --skip?); "
	    "see onlyone --help\n" },
	{ "--o editor", 64,
	    "unknown or ambiguous option '--o'; see onlyone --help\n" },
	{ "-skip editor", 64,
	    "unknown or ambiguous option '-s' (did you mean --skip?); see "
	    "onlyone --help\n" },
	{ "-Z editor", 64,
	    "unknown or ambiguous option '-Z'; see onlyone --help\n" },
	{ "-nZ editor", 64,
	    "unknown or ambiguous option '-Z'; see onlyone --help\n" },
	{ "--value-options= editor", 64,
	    "--value-options: '' is not a list of options, like -b,--baud; "
	    "see onlyone --help\n" },
	{ "--value-options=x editor", 64,
	    "--value-options: 'x' is not a list of options, like "
	    "-b,--baud; see onlyone --help\n" },
	{ "nosuch", 127,
	    "nosuch: not found in PATH\n"
	    "use what 'type nosuch' shows, if it is an alias or a function "
	    "of the shell\n" },
	{ "./nosuch", 127, "./nosuch: not found\n" },
	{ "/bin/nosuch", 127, "/bin/nosuch: not found\n" },
	{ "A=b editor", 127,
	    "A=b: not found; for a variable use env: onlyone env A=b ...\n" },
	{ "1=b", 127,
	    "1=b: not found in PATH\n"
	    "use what 'type 1=b' shows, if it is an alias or a function of "
	    "the shell\n" },
	{ "ls|x", 127,
	    "ls|x: not found; for a shell line use -c: onlyone -c 'ls|x'\n" },
	{ "a(b)", 127,
	    "a(b): not found; for a shell line use -c: onlyone -c 'a(b)'\n" },
	{ "stop", 127,
	    "stop: not found; it is a verb of onlyonectl: onlyonectl stop\n" },
	{ "log x", 127,
	    "log: not found; it is a verb of onlyonectl: onlyonectl log\n" },
	{ "cd /", 127,
	    "cd: not found; it is a word of the shell: use -c, as in "
	    "onlyone -c 'cd ...'\n" },
	{ "export A", 127,
	    "export: not found; it is a word of the shell: use -c, as in "
	    "onlyone -c 'export ...'\n" },
	{ "--wait 5", 127,
	    "5: not found; the value of --wait comes after '=': --wait=5\n" },
	{ "--queue 3 editor", 127,
	    "3: not found; the value of --queue comes after '=': "
	    "--queue=3\n" },
	{ "--every=1h nosuch", 127,
	    "nosuch: not found in PATH\n"
	    "use what 'type nosuch' shows, if it is an alias or a function "
	    "of the shell\n" },
	{ "--dry-run --strict-key -k {2} true x", 65,
	    "cannot make the key: {2}: there is no such argument\n" },
	{ "--dry-run -d /none/true x", 127, "/none/true: not found\n" },
	{ "--output=/none/x true", 73,
	    "cannot open the output file /none/x: No such file or "
	    "directory\n" },
	{ "--output=/home true", 73,
	    "cannot open the output file /home: Is a directory\n" },
	{ "--skip --output=/none/x true", 73,
	    "cannot open the output file /none/x: No such file or "
	    "directory\n" },
	{ "--dry-run fox -P work", 127,
	    "fox: not found in PATH\n"
	    "use what 'type fox' shows, if it is an alias or a function of "
	    "the shell\n" },
	{ "--dry-run -d sh -c x", 64,
	    "-d: sh runs another command, whose documents are not known; "
	    "put it before onlyone\n" },
	{ "-q --skip --replace editor", 64,
	    "--skip and --replace do not go together: both say what to do "
	    "while it is running; see onlyone --help\n" },
	{ "-q nosuch", 127,
	    "nosuch: not found in PATH\n"
	    "use what 'type nosuch' shows, if it is an alias or a function "
	    "of the shell\n" },
	{ "--strict-key -k {1} true", 65,
	    "cannot make the key: {1}: there is no such argument\n" },
	{ "-E7 --strict-key -k {1} true", 65,
	    "cannot make the key: {1}: there is no such argument\n" },
	{ "--background nosuch", 127,
	    "nosuch: not found in PATH\n"
	    "use what 'type nosuch' shows, if it is an alias or a function "
	    "of the shell\n" },
	{ "--background --strict-key -k {1} true", 65,
	    "cannot make the key: {1}: there is no such argument\n" },
	{ "-d nosuch 3 5", 127,
	    "nosuch: not found in PATH\n"
	    "use what 'type nosuch' shows, if it is an alias or a function "
	    "of the shell\n" },
	{ "--lock-file=/none/l2 true", 73,
	    "cannot open the lock file /none/l2: No such file or "
	    "directory\n" },
	{ "-v --lock-file=/none/x post 3", 73,
	    "cannot open the lock file /none/x: No such file or directory\n" },
	{ NULL, 0, NULL }
};
