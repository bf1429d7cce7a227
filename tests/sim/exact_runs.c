/*
 * exact_runs.c: command lines that run programs, which end at once: their words,
 * and where their output goes.
 */
#include <stddef.h>

#include "tests/sim/exact.h"

const struct exact_row exact_runs[] = {
	{ "true", 0, "> true\n" },
	{ "true x y", 0, "> true x y\n" },
	{ "true 3", 3, "> true 3\n" },
	{ "-v true", 0, "> true\n" },
	{ "-q true", 0, "> true\n" },
	{ "-v fixed", 0,
	    "libonlyone.so does not load into it: the program is static; "
	    "if it becomes a daemon, onlyone cannot follow it\n"
	    "> fixed\n" },
	{ "-v --lifetime=main fixed", 0, "> fixed\n" },
	{ "-v --lifetime=main true", 0, "> true\n" },
	{ "-W true 3", 3, "> true 3\n" },
	{ "-W true", 0, "> true\n" },
	{ "-W -v true", 0, "> true\n" },
	{ "--lifetime=tree true 3", 3, "> true 3\n" },
	{ "--background true 3", 0, "> true 3\n" },
	{ "--background -v true", 0, "> true\n" },
	{ "--background -d true 3 5", 0,
	    "> true 3\n"
	    "> true 5\n" },
	{ "-d true 3 5", 3,
	    "> true 3\n"
	    "> true 5\n" },
	{ "-d true 0 5", 5,
	    "> true 0\n"
	    "> true 5\n" },
	{ "-d true 5 0", 5,
	    "> true 0\n"
	    "> true 5\n" },
	{ "-d true 3 ./3", 3, "> true 3\n" },
	{ "-d true 3 4 5", 3,
	    "> true 3\n"
	    "> true 4\n"
	    "> true 5\n" },
	{ "-d true 3 --x", 3, "> true 3 --x\n" },
	{ "-d true --x 3 -y 4", 0,
	    "> true --x -y 4\n"
	    "> true --x 3 -y\n" },
	{ "-d -- true -- 3 -y", 0,
	    "> true -- -y\n"
	    "> true -- 3\n" },
	{ "-d -W true 3 5", 3,
	    "> true 3\n"
	    "> true 5\n" },
	{ "-d -q true 3 5", 3,
	    "> true 3\n"
	    "> true 5\n" },
	{ "-d -v true 3 5", 3,
	    "> true 3\n"
	    "> true 5\n" },
	{ "-d --skip true 3 5", 3,
	    "> true 3\n"
	    "> true 5\n" },
	{ "-d -n true 3 5", 3,
	    "> true 3\n"
	    "> true 5\n" },
	{ "-d --wait true 3 5", 3,
	    "> true 3\n"
	    "> true 5\n" },
	{ "-d --queue true 3 5", 3,
	    "> true 3\n"
	    "> true 5\n" },
	{ "-d --replace true 3 5", 3,
	    "> true 3\n"
	    "> true 5\n" },
	{ "-d --toggle true 3 5", 3,
	    "> true 3\n"
	    "> true 5\n" },
	{ "-d --join true 3 5", 3,
	    "> true 3\n"
	    "> true 5\n" },
	{ "-d --lifetime=tree true 3 5", 3,
	    "> true 3\n"
	    "> true 5\n" },
	{ "-d --every=5 true 3 5", 3,
	    "> true 3\n"
	    "> true 5\n" },
	{ "-d -k {1} true 3 5", 3,
	    "> true 3\n"
	    "> true 5\n" },
	{ "-d --value-options=-o true -o 3 5 6", 0,
	    "> true -o 3 5\n"
	    "> true -o 3 6\n" },
	{ "-d --output=/home/u/output true 3 5", 3,
	    "> true 3 >output\n"
	    "> true 5 >output\n" },
	{ "-d --must-deliver true 3 5", 3,
	    "> true 3\n"
	    "> true 5\n" },
	{ "-d env true 3 5", 0,
	    "> env true 3\n"
	    "> env true 5\n" },
	{ "-d kate -l 3 5", 0,
	    "> kate -l 3\n"
	    "> kate -l 5\n" },
	{ "-d firefox 3 5", 3,
	    "> firefox 3\n"
	    "> firefox 5\n" },
	{ "-d firefox -P 3 5", 0, "> firefox -P 3 5\n" },
	{ "--skip true", 0, "> true\n" },
	{ "-n true", 0, "> true\n" },
	{ "--wait true", 0, "> true\n" },
	{ "--queue true", 0, "> true\n" },
	{ "--replace true", 0, "> true\n" },
	{ "--toggle true", 0, "> true\n" },
	{ "--join true", 0, "> true\n" },
	{ "-w0 true", 0, "> true\n" },
	{ "-w5 true 3", 3, "> true 3\n" },
	{ "--replace -W true 3", 3, "> true 3\n" },
	{ "--every=5 true", 0, "> true\n" },
	{ "--every=5 -v true 3", 3, "> true 3\n" },
	{ "--output=/home/u/output true 3", 3, "> true 3 >output\n" },
	{ "--output=/home/u/output --background true 3", 0,
	    "> true 3 >output\n" },
	{ "--scope=session true", 0, "> true\n" },
	{ "--adopt true", 0, "> true\n" },
	{ "-v --adopt true", 0, "> true\n" },
	{ "--adopt --skip true", 0, "> true\n" },
	{ "-k {1} true", 0,
	    "cannot make the key: {1}: there is no such argument; "
	    "--strict-key makes that an error; continuing without a key\n"
	    "> true\n" },
	{ "-k {1} -v true", 0,
	    "cannot make the key: {1}: there is no such argument; "
	    "--strict-key makes that an error; continuing without a key\n"
	    "> true\n" },
	{ "-k {1} -q true", 0, "> true\n" },
	{ "-k {@} true", 0, "> true\n" },
	{ "-k {@} -v true", 0,
	    "cannot make the key: {@}: there are no arguments; continuing "
	    "without a key\n"
	    "> true\n" },
	{ "-k {1} true 3", 3, "> true 3\n" },
	{ "--on-activate=take true", 0, "> true\n" },
	{ "--on-activate=auto true", 0, "> true\n" },
	{ "--on-activate=self true", 0, "> true\n" },
	{ "--on-activate=self -v true", 0,
	    "later launches hand over to true by starting the program "
	    "itself again\n"
	    "> true\n" },
	{ "--on-activate=dbus true", 0,
	    "--on-activate=dbus: true: it needs onlyone-raise, which is "
	    "not installed; started without a handler\n"
	    "> true\n" },
	{ "--on-activate=dbus -q true", 0, "> true\n" },
	{ "--on-activate=none -v firefox x", 0, "> firefox x\n" },
	{ "firefox x", 0, "> firefox x\n" },
	{ "-v firefox x", 0,
	    "later launches hand over to firefox by starting the program "
	    "itself again, while it has a window\n"
	    "> firefox x\n" },
	{ "-v firefox --version", 0,
	    "with this option it is not an instance: it runs as it is\n"
	    "> firefox --version\n" },
	{ "-v firefox -no-remote x", 0, "> firefox -no-remote x\n" },
	{ "-v kate x", 0,
	    "later launches hand over to kate by starting the program "
	    "itself again, once it has a window\n"
	    "> kate x\n" },
	{ "vlc x", 0, "> vlc x\n" },
	{ "--on-activate=auto vlc x", 0,
	    "--on-activate=auto: vlc: it needs dbus-send, which is not "
	    "installed; started without a handler\n"
	    "> vlc x\n" },
	{ "emacs x", 0,
	    "> emacs --eval (or noninteractive (ignore-errors (require "
	    "(quote server)) (let ((server-use-tcp nil) (server-process "
	    "nil) (server-socket-dir (getenv \"ONLYONE_SLOT\")) "
	    "(server-name \"hand\")) (server-start)) (or server-process "
	    "(remove-hook (quote kill-emacs-hook) (quote "
	    "server-force-stop))))) x\n" },
	{ "emacs", 0,
	    "> emacs --eval (or noninteractive (ignore-errors (require "
	    "(quote server)) (let ((server-use-tcp nil) (server-process "
	    "nil) (server-socket-dir (getenv \"ONLYONE_SLOT\")) "
	    "(server-name \"hand\")) (server-start)) (or server-process "
	    "(remove-hook (quote kill-emacs-hook) (quote "
	    "server-force-stop)))))\n" },
	{ "env true 3", 0, "> env true 3\n" },
	{ "-v env true 3", 0, "> env true 3\n" },
	{ "-v sh -c x", 0,
	    "the application is the whole command line\n"
	    "use --app=NAME to give it a name\n"
	    "> sh -c x\n" },
	{ "nice true 3", 0, "> nice true 3\n" },
	{ "ssh-agent", 0,
	    "ssh-agent prints lines for the shell, which a later launch "
	    "does not see\n"
	    "use this instead: export "
	    "SSH_AUTH_SOCK=${XDG_RUNTIME_DIR:-$HOME}/.ssh-agent; onlyone "
	    "--skip --background --lifetime=main -a ssh-agent -c 'rm -f "
	    "\"$SSH_AUTH_SOCK\"; exec ssh-agent -D -a \"$SSH_AUTH_SOCK\"' "
	    ">/dev/null\n"
	    "> ssh-agent\n" },
	{ "ssh-agent -D", 0, "> ssh-agent -D\n" },
	{ "ssh-agent -a x", 0,
	    "ssh-agent prints lines for the shell, which a later launch "
	    "does not see\n"
	    "use this instead: export "
	    "SSH_AUTH_SOCK=${XDG_RUNTIME_DIR:-$HOME}/.ssh-agent; onlyone "
	    "--skip --background --lifetime=main -a ssh-agent -c 'rm -f "
	    "\"$SSH_AUTH_SOCK\"; exec ssh-agent -D -a \"$SSH_AUTH_SOCK\"' "
	    ">/dev/null\n"
	    "> ssh-agent -a x\n" },
	{ "ssh-agent -a x -D", 0, "> ssh-agent -a x -D\n" },
	{ "ssh-agent sh", 0, "> ssh-agent sh\n" },
	{ "ssh-agent -k", 0, "> ssh-agent -k\n" },
	{ "-v ssh-agent", 0,
	    "ssh-agent prints lines for the shell, which a later launch "
	    "does not see\n"
	    "use this instead: export "
	    "SSH_AUTH_SOCK=${XDG_RUNTIME_DIR:-$HOME}/.ssh-agent; onlyone "
	    "--skip --background --lifetime=main -a ssh-agent -c 'rm -f "
	    "\"$SSH_AUTH_SOCK\"; exec ssh-agent -D -a \"$SSH_AUTH_SOCK\"' "
	    ">/dev/null\n"
	    "> ssh-agent\n" },
	{ "--lifetime=main ssh-agent", 0, "> ssh-agent\n" },
	{ "gpg-agent", 0, "> gpg-agent\n" },
	{ "gpg-agent --enable-ssh-support", 0,
	    "gpg-agent prints lines for the shell, which a later launch "
	    "does not see\n"
	    "use this instead: onlyone --skip gpg-agent --daemon "
	    "--enable-ssh-support >/dev/null; export "
	    "SSH_AUTH_SOCK=$(gpgconf --list-dirs agent-ssh-socket)\n"
	    "> gpg-agent --enable-ssh-support\n" },
	{ "dbus-launch", 0,
	    "dbus-launch prints lines for the shell, which a later launch "
	    "does not see\n"
	    "use this instead: export "
	    "DBUS_SESSION_BUS_ADDRESS=unix:path=${XDG_RUNTIME_DIR:-$HOME}/."
	    "dbus; onlyone --skip --background --lifetime=main dbus-daemon "
	    "--session --nofork --nopidfile "
	    "--address=\"$DBUS_SESSION_BUS_ADDRESS\"\n"
	    "> dbus-launch\n" },
	{ "dbus-launch x", 0, "> dbus-launch x\n" },
	{ "mail 3", 3, "> mail 3 >output\n" },
	{ "mail", 0,
	    "cannot make the key: {1}: there is no such argument; "
	    "--strict-key makes that an error; continuing without a key\n"
	    "> mail >output\n" },
	{ "-v mail 3", 3, "> mail 3 >output\n" },
	{ "-n mail 3", 3, "> mail 3 >output\n" },
	{ "-k {2} mail 3 4", 3, "> mail 3 4 >output\n" },
	{ "-a other mail 3", 3, "> mail 3 >output\n" },
	{ "-d mail 3 4", 3,
	    "> mail 3 >output\n"
	    "> mail 4 >output\n" },
	{ "chat 3", 3,
	    "/home/u/.config/onlyone/rules/chat:2: unknown or ambiguous "
	    "option '--nosuch'; see onlyone --help; the rule does not "
	    "count\n"
	    "> chat 3\n" },
	{ "-v chat 3", 3,
	    "/home/u/.config/onlyone/rules/chat:2: unknown or ambiguous "
	    "option '--nosuch'; see onlyone --help; the rule does not "
	    "count\n"
	    "> chat 3\n" },
	{ "-q chat 3", 3, "> chat 3\n" },
	{ "news 3", 3, "> news 3\n" },
	{ "-v news 3", 3, "> news 3\n" },
	{ "post 3", 3, "> post 3\n" },
	{ "-v post 3", 3, "> post 3\n" },
	{ "-v --overdue=5 post 3", 3,
	    "/home/u/.config/onlyone/rules/post: --queue=3: does not count "
	    "with what is typed\n"
	    "> post 3\n" },
	{ "-v --adopt post 3", 3,
	    "/home/u/.config/onlyone/rules/post: --queue=3: does not count "
	    "with what is typed\n"
	    "/home/u/.config/onlyone/rules/post: --lifetime=tree: does not "
	    "count with what is typed\n"
	    "> post 3\n" },
	{ "-v --lifetime=main post 3", 3, "> post 3\n" },
	{ "--on-error=run post 3", 3, "> post 3\n" },
	{ "--enforced /bin/mail mail 3", 3, "> mail 3 >output\n" },
	{ "--enforced /bin/mail mail", 0, "> mail >output\n" },
	{ "--enforced /bin/mail /usr/bin/mail 3", 3,
	    "> /usr/bin/mail 3 >output\n" },
	{ "--enforced /bin/true true 3", 3, "> true 3\n" },
	{ "--enforced /bin/chat chat 3", 3, "> chat 3\n" },
	{ "--enforced /bin/news news 3", 3, "> news 3\n" },
	{ "--enforced /bin/post post 3", 3, "> post 3\n" },
	{ "-w0 mail 3", 3, "> mail 3 >output\n" },
	{ "-E0 --every=5 true 3", 3, "> true 3\n" },
	{ "--must-deliver true 3", 3, "> true 3\n" },
	{ "--no-stdin true 3", 3, "> true 3\n" },
	{ "--resettable true 3", 3, "> true 3\n" },
	{ "--on-error=run true 3", 3, "> true 3\n" },
	{ "--tree -v true 3", 3, "> true 3\n" },
	{ "--signal=HUP true 3", 3, "> true 3\n" },
	{ "--stop-signal=INT --kill-after=1 true 3", 3, "> true 3\n" },
	{ "-d -k {1} mail 3 4", 3,
	    "> mail 3 >output\n"
	    "> mail 4 >output\n" },
	{ "-v -w5 post 3", 3, "> post 3\n" },
	{ "--enforced /bin/mail mail 3 4", 3, "> mail 3 4 >output\n" },
	{ "--enforced /bin/mail mail --version", 0,
	    "> mail --version >output\n" },
	{ "--enforced /bin/firefox firefox x", 0, "> firefox x\n" },
	{ "-v --raise=never mail 3", 3, "> mail 3 >output\n" },
	{ "-v --adopt --skip mail 3", 3, "> mail 3 >output\n" },
	{ "-n --every=1d mail 3", 3, "> mail 3 >output\n" },
	{ NULL, 0, NULL }
};
