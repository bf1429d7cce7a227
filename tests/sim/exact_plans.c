/*
 * exact_plans.c: what --dry-run says of command lines.
 */
#include <stddef.h>

#include "tests/sim/exact.h"

const struct exact_row exact_plans[] = {
	{ "--dry-run -k {0} true", 0, "key:         true (-k '{0}')\n" },
	{ "--dry-run -d env true", 0, "would:       start /bin/env\n" },
	{ "--dry-run /bin/true", 0, "" },
	{ "--dry-run true x", 0, "" },
	{ "--dry-run -a name true", 0, "application: name (--app)\n" },
	{ "--dry-run -a name -kA -kB true", 0,
	    "application: name (--app)\n"
	    "key:         A\n"
	    "             B (-k A -k B)\n" },
	{ "--dry-run -k {1} true x", 0, "key:         x (-k '{1}')\n" },
	{ "--dry-run -k {1} true", 0,
	    "key:         none (-k '{1}'; {1}: there is no such argument)\n" },
	{ "--dry-run -k {2} true x y", 0, "key:         y (-k '{2}')\n" },
	{ "--dry-run -k {-1} true x y", 0, "key:         y (-k '{-1}')\n" },
	{ "--dry-run -k {@} true x y", 0,
	    "key:         x\n"
	    "             y (-k '{@}')\n" },
	{ "--dry-run -k {@} true", 0,
	    "key:         none (-k '{@}'; {@}: there are no arguments)\n" },
	{ "--dry-run -k {cwd} true", 0, "key:         / (-k '{cwd}')\n" },
	{ "--dry-run -k {env:HOME} true", 0,
	    "key:         /home/u (-k '{env:HOME}')\n" },
	{ "--dry-run -k {env:NONE} true", 0,
	    "key:         none (-k '{env:NONE}'; {env:NONE}: the variable "
	    "is not set)\n" },
	{ "--dry-run -k {env:HOME}-x true", 0,
	    "key:         /home/u-x (-k '{env:HOME}-x')\n" },
	{ "--dry-run -k {path:1} true .", 0,
	    "key:         / (-k '{path:1}')\n" },
	{ "--dry-run -k {path:1} true ../bin/true", 0,
	    "key:         /bin/true (-k '{path:1}')\n" },
	{ "--dry-run -k {path:1} true /home/u/none", 0,
	    "key:         /home/u/none (-k '{path:1}')\n" },
	{ "--dry-run -k {path:1} true /home/none/x", 0,
	    "key:         /home/none/x (-k '{path:1}')\n" },
	{ "--dry-run -k {inode:1} true", 0,
	    "key:         none (-k '{inode:1}'; {inode:1}: there is no "
	    "such argument)\n" },
	{ "--dry-run -k {arg:1} true --n=v x", 0,
	    "key:         x (-k '{arg:1}')\n" },
	{ "--dry-run -k {n} true --n=v x", 0, "key:         v (-k '{n}')\n" },
	{ "--dry-run -k {1} --value-options=-n true -n v x", 0,
	    "key:         -n (-k '{1}')\n" },
	{ "--dry-run -k {1} true -n v x", 0, "key:         -n (-k '{1}')\n" },
	{ "--dry-run -k {1} true -- -x", 0, "key:         -- (-k '{1}')\n" },
	{ "--dry-run -k {{1}} true x", 0,
	    "key:         '{1}}' (-k '{{1}}')\n" },
	{ "--dry-run -k {tty} true", 0,
	    "key:         none (-k '{tty}'; {tty}: there is no terminal)\n" },
	{ "--dry-run --strict-key -k {1} true x", 0,
	    "key:         x (-k '{1}')\n" },
	{ "--dry-run -k {1} --key-match=^a true abc", 0,
	    "key:         true (-k '{1}' --key-match='^a')\n" },
	{ "--dry-run -k {1} --key-match=^b true abc", 0,
	    "key:         false (-k '{1}' --key-match='^b')\n" },
	{ "--dry-run -k {1} --key-match=a(.)c true abc", 0,
	    "key:         b (-k '{1}' --key-match='a(.)c')\n" },
	{ "--dry-run -k {1} --key-match=a(.)c true xyz", 0,
	    "key:         none (-k '{1}' --key-match='a(.)c'; --key-match: "
	    "xyz does not match 'a(.)c')\n" },
	{ "--dry-run -kA -k {1} --key-match=a(.) true abc", 0,
	    "key:         b (-k A -k '{1}' --key-match='a(.)')\n" },
	{ "--dry-run --scope=session true", 0, "scope:       session:\n" },
	{ "--dry-run --scope=user true", 0, "" },
	{ "--dry-run --scope=display true", 0, "scope:       display:\n" },
	{ "--dry-run -n true", 0, "if running:  fail\n" },
	{ "--dry-run --fail true", 0, "if running:  fail\n" },
	{ "--dry-run --skip --skip true", 0, "if running:  skip\n" },
	{ "--dry-run --wait true", 0, "if running:  wait\n" },
	{ "--dry-run -w5 true", 0, "if running:  wait\n" },
	{ "--dry-run -w0 true", 0, "if running:  fail\n" },
	{ "--dry-run --queue -w0 true", 0, "if running:  fail\n" },
	{ "--dry-run --replace -w0 true", 0, "if running:  replace\n" },
	{ "--dry-run --join -w0 true", 0, "if running:  join\n" },
	{ "--dry-run --join true", 0, "if running:  join\n" },
	{ "--dry-run --replace true", 0, "if running:  replace\n" },
	{ "--dry-run --queue true", 0, "if running:  queue\n" },
	{ "--dry-run --queue=1000000 true", 0, "if running:  queue\n" },
	{ "--dry-run --toggle true", 0, "if running:  toggle\n" },
	{ "--dry-run --every=5 true", 0, "if running:  skip\n" },
	{ "--dry-run --every=5 -n true", 0, "if running:  fail\n" },
	{ "--dry-run --every=5 -w5 true", 0, "if running:  wait\n" },
	{ "--dry-run --overdue=5 true", 0, "if running:  skip\n" },
	{ "--dry-run --overdue=5:stop -n true", 0, "if running:  fail\n" },
	{ "--dry-run -E255 true", 0, "" },
	{ "--dry-run -E0 true", 0, "" },
	{ "--dry-run -j1000 true", 0, "" },
	{ "--dry-run -j1 --overdue=5 true", 0, "if running:  skip\n" },
	{ "--dry-run --lifetime=main true", 0,
	    "library:     not needed (--lifetime=main)\n" },
	{ "--dry-run --lifetime=tree true", 0, "" },
	{ "--dry-run --lifetime=daemon true", 0, "" },
	{ "--dry-run static x", 0,
	    "application: /bin/static (path of the program)\n"
	    "library:     not loaded (the program is static)\n"
	    "would:       start /bin/static\n" },
	{ "--dry-run --lifetime=main static x", 0,
	    "application: /bin/static (path of the program)\n"
	    "library:     not needed (--lifetime=main)\n"
	    "would:       start /bin/static\n" },
	{ "--dry-run --on-activate=none true", 0, "" },
	{ "--dry-run --on-activate=auto true", 0,
	    "handler:     auto (its own second start, if it has a window "
	    "and hands over on its own)\n" },
	{ "--dry-run --on-activate=self true", 0,
	    "handler:     self (starting the program itself again)\n" },
	{ "--dry-run --on-activate=dbus true", 0,
	    "handler:     dbus (it needs onlyone-raise, which is not "
	    "installed; none is set)\n" },
	{ "--dry-run --on-activate=take true", 0, "handler:     take\n" },
	{ "--dry-run --on-activate=self.sh true", 0, "handler:     self.sh\n" },
	{ "--dry-run --signal=HUP true", 0, "" },
	{ "--dry-run --raise=never true", 0, "" },
	{ "--dry-run --raise=auto true", 0, "" },
	{ "--dry-run --raise=class:x true", 0, "" },
	{ "--dry-run --on-error=run true", 0, "" },
	{ "--dry-run --on-error=refuse --wait true", 0, "if running:  wait\n" },
	{ "--dry-run --on-error=run --skip true", 0, "if running:  skip\n" },
	{ "--dry-run --lock-file=/home/u/l true", 0, "" },
	{ "--dry-run --lock-file=l true", 0, "" },
	{ "--dry-run --lock-file=l:shared -j2 true", 0, "" },
	{ "--dry-run --output=/none/x true", 0, "" },
	{ "--dry-run -c true", 0,
	    "application: sh -c true (whole shell line)\n"
	    "would:       start /bin/sh\n" },
	{ "--dry-run -a name -c true", 0,
	    "application: name (--app)\n"
	    "would:       start /bin/sh\n" },
	{ "--dry-run --tree -c true", 0,
	    "application: sh -c true (whole shell line)\n"
	    "would:       start /bin/sh\n" },
	{ "--dry-run -q true", 0, "" },
	{ "--dry-run -v true", 0, "" },
	{ "--dry-run -W --must-deliver --no-stdin true", 0, "" },
	{ "--dry-run --stop-signal=INT --kill-after=3 true", 0, "" },
	{ "--dry-run env true", 0, "would:       start /bin/env\n" },
	{ "--dry-run env A=b true x", 0, "would:       start /bin/env\n" },
	{ "--dry-run env -i true", 0,
	    "application: /bin/env -i true (whole command line: it runs "
	    "another command)\n"
	    "would:       start /bin/env\n" },
	{ "--dry-run sh -c x", 0,
	    "application: /bin/sh -c x (whole command line: the "
	    "interpreter runs no file)\n"
	    "would:       start /bin/sh\n" },
	{ "--dry-run sh /bin/true", 0,
	    "application: /bin/true (path of the file that the interpreter "
	    "runs)\n"
	    "would:       start /bin/sh\n" },
	{ "--dry-run sh", 0,
	    "application: /bin/sh (whole command line: the interpreter "
	    "runs no file)\n"
	    "would:       start /bin/sh\n" },
	{ "--dry-run nice true", 0, "would:       start /bin/nice\n" },
	{ "--dry-run -d true", 0, "" },
	{ "--dry-run -d true x", 0, "key:         /x (-d: x)\n" },
	{ "--dry-run -d true ./x", 0, "key:         /x (-d: ./x)\n" },
	{ "--dry-run -d true x ./x /home/u/x", 0,
	    "application: /bin/true (path of the program)\n"
	    "key:         /x (-d: x)\n"
	    "application: /bin/true (path of the program)\n"
	    "key:         /home/u/x (-d: /home/u/x)\n" },
	{ "--dry-run -d true x y", 0,
	    "application: /bin/true (path of the program)\n"
	    "key:         /x (-d: x)\n"
	    "application: /bin/true (path of the program)\n"
	    "key:         /y (-d: y)\n" },
	{ "--dry-run -d true -o x --p y", 0,
	    "application: /bin/true (path of the program)\n"
	    "key:         /x (-d: x)\n"
	    "application: /bin/true (path of the program)\n"
	    "key:         /y (-d: y)\n" },
	{ "--dry-run -d --value-options=-o,--p true -o x --p y z", 0,
	    "key:         /z (-d: z)\n" },
	{ "--dry-run -d true - x", 0, "key:         /x (-d: x)\n" },
	{ "--dry-run -d true -- - x", 0,
	    "application: /bin/true (path of the program)\n"
	    "key:         /- (-d: -)\n"
	    "application: /bin/true (path of the program)\n"
	    "key:         /x (-d: x)\n" },
	{ "--dry-run -d -kA true x", 0,
	    "key:         A\n"
	    "             /x (-k A -d: x)\n" },
	{ "--dry-run -d -j2 true x y", 0,
	    "application: /bin/true (path of the program)\n"
	    "key:         /x (-d: x)\n"
	    "application: /bin/true (path of the program)\n"
	    "key:         /y (-d: y)\n" },
	{ "--dry-run -d -a name true x", 0,
	    "application: name (--app)\n"
	    "key:         /x (-d: x)\n" },
	{ "--dry-run firefox", 0,
	    "application: /bin/firefox (path of the program)\n"
	    "handler:     auto (starting the program itself again, while "
	    "it has a window)\n"
	    "would:       start /bin/firefox\n" },
	{ "--dry-run firefox x", 0,
	    "application: /bin/firefox (path of the program)\n"
	    "handler:     auto (starting the program itself again, while "
	    "it has a window)\n"
	    "would:       start /bin/firefox\n" },
	{ "--dry-run firefox --version", 0,
	    "application: /bin/firefox (path of the program)\n"
	    "would:       run it as it is, and not as an instance, because "
	    "of this option\n" },
	{ "--dry-run firefox -P work", 0,
	    "application: /bin/firefox (path of the program)\n"
	    "key:         work (its own: work)\n"
	    "handler:     auto (starting the program itself again, while "
	    "it has a window)\n"
	    "would:       start /bin/firefox\n" },
	{ "--dry-run firefox -P work x", 0,
	    "application: /bin/firefox (path of the program)\n"
	    "key:         work (its own: work)\n"
	    "handler:     auto (starting the program itself again, while "
	    "it has a window)\n"
	    "would:       start /bin/firefox\n" },
	{ "--dry-run firefox -a name -P work", 0,
	    "application: /bin/firefox (path of the program)\n"
	    "key:         work (its own: work)\n"
	    "handler:     auto (starting the program itself again, while "
	    "it has a window)\n"
	    "would:       start /bin/firefox\n" },
	{ "--dry-run -a name firefox -P work", 0,
	    "application: name (--app)\n"
	    "handler:     auto (starting the program itself again, while "
	    "it has a window)\n"
	    "would:       start /bin/firefox\n" },
	{ "--dry-run -a name firefox --version", 0,
	    "application: name (--app)\n"
	    "would:       start /bin/firefox\n" },
	{ "--dry-run -k {1} firefox -P work", 0,
	    "application: /bin/firefox (path of the program)\n"
	    "key:         -P (-k '{1}')\n"
	    "handler:     auto (starting the program itself again, while "
	    "it has a window)\n"
	    "would:       start /bin/firefox\n" },
	{ "--dry-run --skip firefox -P work", 0,
	    "application: /bin/firefox (path of the program)\n"
	    "if running:  skip\n"
	    "handler:     auto (starting the program itself again, while "
	    "it has a window)\n"
	    "would:       start /bin/firefox\n" },
	{ "--dry-run --on-activate=none firefox -P work", 0,
	    "application: /bin/firefox (path of the program)\n"
	    "would:       start /bin/firefox\n" },
	{ "--dry-run --on-activate=auto firefox x", 0,
	    "application: /bin/firefox (path of the program)\n"
	    "handler:     auto (starting the program itself again, while "
	    "it has a window)\n"
	    "would:       start /bin/firefox\n" },
	{ "--dry-run --on-activate=take firefox x", 0,
	    "application: /bin/firefox (path of the program)\n"
	    "handler:     take\n"
	    "would:       start /bin/firefox\n" },
	{ "--dry-run /bin/firefox x", 0,
	    "application: /bin/firefox (path of the program)\n"
	    "handler:     auto (starting the program itself again, while "
	    "it has a window)\n"
	    "would:       start /bin/firefox\n" },
	{ "--dry-run kate -s x", 0,
	    "application: /bin/kate (path of the program)\n"
	    "key:         x (its own: x)\n"
	    "handler:     auto (starting the program itself again, once it "
	    "has a window)\n"
	    "would:       start /bin/kate\n" },
	{ "--dry-run kate --start x", 0,
	    "application: /bin/kate (path of the program)\n"
	    "key:         x (its own: x)\n"
	    "handler:     auto (starting the program itself again, once it "
	    "has a window)\n"
	    "would:       start /bin/kate\n" },
	{ "--dry-run kate --start=x y", 0,
	    "application: /bin/kate (path of the program)\n"
	    "key:         x (its own: x)\n"
	    "handler:     auto (starting the program itself again, once it "
	    "has a window)\n"
	    "would:       start /bin/kate\n" },
	{ "--dry-run emacs --batch", 0,
	    "application: /bin/emacs (path of the program)\n"
	    "would:       run it as it is, and not as an instance, because "
	    "of this option\n" },
	{ "--dry-run emacs x", 0,
	    "application: /bin/emacs (path of the program)\n"
	    "handler:     auto (emacsclient, and a server that is started "
	    "for it)\n"
	    "would:       start /bin/emacs\n" },
	{ "--dry-run vlc x", 0,
	    "application: /bin/vlc (path of the program)\n"
	    "handler:     auto (it needs dbus-send, which is not "
	    "installed; none is set)\n"
	    "would:       start /bin/vlc\n" },
	{ "--dry-run zathura x", 0,
	    "application: /bin/zathura (path of the program)\n"
	    "handler:     auto (it needs dbus-send, which is not "
	    "installed; none is set)\n"
	    "would:       start /bin/zathura\n" },
	{ "--dry-run zathura x y", 0,
	    "application: /bin/zathura (path of the program)\n"
	    "handler:     auto (it needs dbus-send, which is not "
	    "installed; none is set)\n"
	    "would:       start /bin/zathura\n" },
	{ "--dry-run -d firefox x", 0,
	    "application: /bin/firefox (path of the program)\n"
	    "key:         /x (-d: x)\n"
	    "handler:     auto (starting the program itself again, while "
	    "it has a window)\n"
	    "would:       start /bin/firefox\n" },
	{ "--dry-run -d kate x -l 3", 0,
	    "application: /bin/kate (path of the program)\n"
	    "key:         /x (-d: x)\n"
	    "handler:     auto (starting the program itself again, once it "
	    "has a window)\n"
	    "would:       start /bin/kate\n"
	    "application: /bin/kate (path of the program)\n"
	    "key:         /3 (-d: 3)\n"
	    "handler:     auto (starting the program itself again, once it "
	    "has a window)\n"
	    "would:       start /bin/kate\n" },
	{ "--dry-run -d env true x", 0,
	    "key:         /x (-d: x)\n"
	    "would:       start /bin/env\n" },
	{ "--dry-run kate --startanon x", 0,
	    "application: /bin/kate (path of the program)\n"
	    "key:         --startanon\n"
	    "             x (-k '{@}')\n"
	    "would:       start /bin/kate\n" },
	{ "--dry-run kate x", 0,
	    "application: /bin/kate (path of the program)\n"
	    "handler:     auto (starting the program itself again, once it "
	    "has a window)\n"
	    "would:       start /bin/kate\n" },
	{ "--dry-run kate -", 0,
	    "application: /bin/kate (path of the program)\n"
	    "handler:     auto (starting the program itself again, once it "
	    "has a window)\n"
	    "would:       start /bin/kate\n" },
	{ "--dry-run firefox -- --version", 0,
	    "application: /bin/firefox (path of the program)\n"
	    "handler:     auto (starting the program itself again, while "
	    "it has a window)\n"
	    "would:       start /bin/firefox\n" },
	{ "--dry-run firefox -profile d x", 0,
	    "application: /bin/firefox (path of the program)\n"
	    "key:         /d (its own: d)\n"
	    "handler:     auto (starting the program itself again, while "
	    "it has a window)\n"
	    "would:       start /bin/firefox\n" },
	{ "--dry-run firefox -no-remote x", 0,
	    "application: /bin/firefox (path of the program)\n"
	    "key:         -no-remote\n"
	    "             x (-k '{@}')\n"
	    "would:       start /bin/firefox\n" },
	{ "--dry-run -j1 firefox -no-remote x", 0,
	    "application: /bin/firefox (path of the program)\n"
	    "would:       start /bin/firefox\n" },
	{ "--dry-run --lock-file=/l firefox -P x", 0,
	    "application: /bin/firefox (path of the program)\n"
	    "handler:     auto (starting the program itself again, while "
	    "it has a window)\n"
	    "would:       start /bin/firefox\n" },
	{ "--dry-run --every=5 firefox -P x", 0,
	    "application: /bin/firefox (path of the program)\n"
	    "if running:  skip\n"
	    "handler:     auto (starting the program itself again, while "
	    "it has a window)\n"
	    "would:       start /bin/firefox\n" },
	{ "--dry-run --queue firefox --version", 0,
	    "application: /bin/firefox (path of the program)\n"
	    "if running:  queue\n"
	    "would:       start /bin/firefox\n" },
	{ "--dry-run -w5 firefox -P x", 0,
	    "application: /bin/firefox (path of the program)\n"
	    "if running:  wait\n"
	    "handler:     auto (starting the program itself again, while "
	    "it has a window)\n"
	    "would:       start /bin/firefox\n" },
	{ "--dry-run -a /x firefox -P x", 0,
	    "application: /x (--app)\n"
	    "key:         x (its own: x)\n"
	    "handler:     auto (starting the program itself again, while "
	    "it has a window)\n"
	    "would:       start /bin/firefox\n" },
	{ "--dry-run --signal=HUP firefox x", 0,
	    "application: /bin/firefox (path of the program)\n"
	    "would:       start /bin/firefox\n" },
	{ "--dry-run -c firefox", 0,
	    "application: sh -c firefox (whole shell line)\n"
	    "would:       start /bin/sh\n" },
	{ "--dry-run static --version", 0,
	    "application: /bin/static (path of the program)\n"
	    "would:       run it as it is, and not as an instance, because "
	    "of this option\n" },
	{ "--dry-run static x --version", 0,
	    "application: /bin/static (path of the program)\n"
	    "library:     not loaded (the program is static)\n"
	    "would:       start /bin/static\n" },
	{ "--dry-run true --help", 0,
	    "would:       run it as it is, and not as an instance, because "
	    "of this option\n" },
	{ "--dry-run true -h", 0, "" },
	{ "--dry-run sh x --version", 0,
	    "application: /bin/sh x --version (whole command line: the "
	    "interpreter runs no file)\n"
	    "would:       start /bin/sh\n" },
	{ "--dry-run -k {1} -d firefox x", 0,
	    "application: /bin/firefox (path of the program)\n"
	    "key:         x\n"
	    "             /x (-k '{1}' -d: x)\n"
	    "handler:     auto (starting the program itself again, while "
	    "it has a window)\n"
	    "would:       start /bin/firefox\n" },
	{ "--dry-run -k {2} true", 0,
	    "key:         none (-k '{2}'; {2}: there is no such argument)\n" },
	{ "--dry-run --on-activate=dbus firefox x", 0,
	    "application: /bin/firefox (path of the program)\n"
	    "handler:     dbus (it needs onlyone-raise, which is not "
	    "installed; none is set)\n"
	    "would:       start /bin/firefox\n" },
	{ "--dry-run --on-activate=self firefox x", 0,
	    "application: /bin/firefox (path of the program)\n"
	    "handler:     self (starting the program itself again)\n"
	    "would:       start /bin/firefox\n" },
	{ "--dry-run --on-activate=none firefox --version", 0,
	    "application: /bin/firefox (path of the program)\n"
	    "would:       run it as it is, and not as an instance, because "
	    "of this option\n" },
	{ "--dry-run --on-activate=nosuch-command true", 0,
	    "handler:     nosuch-command\n" },
	{ "--dry-run -k {path:2} true x", 0,
	    "key:         none (-k '{path:2}'; {path:2}: there is no such "
	    "argument)\n" },
	{ "--dry-run -k {inode:1} true /none", 0,
	    "key:         none (-k '{inode:1}'; {inode:1}: No such file or "
	    "directory)\n" },
	{ "--dry-run --value-options=-n,--new -k {2} true -n x y", 0,
	    "key:         x (-k '{2}')\n" },
	{ "--dry-run -j2 -k {1} true x", 0, "key:         x (-k '{1}')\n" },
	{ "--dry-run --max=1 true", 0, "" },
	{ "--dry-run --max=2 --skip firefox x", 0,
	    "application: /bin/firefox (path of the program)\n"
	    "if running:  skip\n"
	    "handler:     auto (starting the program itself again, while "
	    "it has a window)\n"
	    "would:       start /bin/firefox\n" },
	{ "--dry-run mail 3", 0,
	    "application: /bin/mail (path of the program)\n"
	    "options:     --skip --key='{1}' --output=/home/u/output "
	    "(before those that are typed, by the rule "
	    "/home/u/.config/onlyone/rules/mail)\n"
	    "key:         3 (-k '{1}')\n"
	    "if running:  skip\n"
	    "would:       start /bin/mail\n" },
	{ "--dry-run mail", 0,
	    "application: /bin/mail (path of the program)\n"
	    "options:     --skip --key='{1}' --output=/home/u/output "
	    "(before those that are typed, by the rule "
	    "/home/u/.config/onlyone/rules/mail)\n"
	    "key:         none (-k '{1}'; {1}: there is no such argument)\n"
	    "if running:  skip\n"
	    "would:       start /bin/mail\n" },
	{ "--dry-run -n mail 3", 0,
	    "application: /bin/mail (path of the program)\n"
	    "options:     --skip --key='{1}' --output=/home/u/output "
	    "(before those that are typed, by the rule "
	    "/home/u/.config/onlyone/rules/mail)\n"
	    "key:         3 (-k '{1}')\n"
	    "if running:  fail\n"
	    "would:       start /bin/mail\n" },
	{ "--dry-run -k {2} mail 3 4", 0,
	    "application: /bin/mail (path of the program)\n"
	    "options:     --skip --key='{1}' --output=/home/u/output "
	    "(before those that are typed, by the rule "
	    "/home/u/.config/onlyone/rules/mail)\n"
	    "key:         4 (-k '{2}')\n"
	    "if running:  skip\n"
	    "would:       start /bin/mail\n" },
	{ "--dry-run -a other mail 3", 0,
	    "application: other (--app)\n"
	    "options:     --skip --key='{1}' --output=/home/u/output "
	    "(before those that are typed, by the rule "
	    "/home/u/.config/onlyone/rules/mail)\n"
	    "key:         3 (-k '{1}')\n"
	    "if running:  skip\n"
	    "would:       start /bin/mail\n" },
	{ "--dry-run -c mail", 0,
	    "application: sh -c mail (whole shell line)\n"
	    "would:       start /bin/sh\n" },
	{ "--dry-run news 3", 0,
	    "application: /bin/news (path of the program)\n"
	    "would:       start /bin/news\n" },
	{ "--dry-run post 3", 0,
	    "application: /bin/post (path of the program)\n"
	    "options:     --queue=3 --kill-after=5 --lifetime=tree (before "
	    "those that are typed, by the rule "
	    "/home/u/.config/onlyone/rules/post)\n"
	    "if running:  queue\n"
	    "would:       start /bin/post\n" },
	{ "--dry-run -v post 3", 0,
	    "application: /bin/post (path of the program)\n"
	    "options:     --queue=3 --kill-after=5 --lifetime=tree (before "
	    "those that are typed, by the rule "
	    "/home/u/.config/onlyone/rules/post)\n"
	    "if running:  queue\n"
	    "would:       start /bin/post\n" },
	{ "--dry-run --overdue=5 post 3", 0,
	    "application: /bin/post (path of the program)\n"
	    "options:     --kill-after=5 --lifetime=tree (before those "
	    "that are typed, by the rule "
	    "/home/u/.config/onlyone/rules/post)\n"
	    "if running:  skip\n"
	    "would:       start /bin/post\n" },
	{ "--dry-run --every=5 post 3", 0,
	    "application: /bin/post (path of the program)\n"
	    "options:     --queue=3 --kill-after=5 --lifetime=tree (before "
	    "those that are typed, by the rule "
	    "/home/u/.config/onlyone/rules/post)\n"
	    "if running:  queue\n"
	    "would:       start /bin/post\n" },
	{ "--dry-run --adopt post 3", 0,
	    "application: /bin/post (path of the program)\n"
	    "options:     --kill-after=5 (before those that are typed, by "
	    "the rule /home/u/.config/onlyone/rules/post)\n"
	    "would:       start /bin/post\n" },
	{ "--dry-run -w5 post 3", 0,
	    "application: /bin/post (path of the program)\n"
	    "options:     --queue=3 --kill-after=5 --lifetime=tree (before "
	    "those that are typed, by the rule "
	    "/home/u/.config/onlyone/rules/post)\n"
	    "if running:  wait\n"
	    "would:       start /bin/post\n" },
	{ "--dry-run -d post 3", 0,
	    "application: /bin/post (path of the program)\n"
	    "options:     --queue=3 --kill-after=5 --lifetime=tree (before "
	    "those that are typed, by the rule "
	    "/home/u/.config/onlyone/rules/post)\n"
	    "key:         /3 (-d: 3)\n"
	    "if running:  queue\n"
	    "would:       start /bin/post\n" },
	{ "--dry-run env mail 3", 0,
	    "application: /bin/mail (path of the program)\n"
	    "options:     --skip --key='{1}' --output=/home/u/output "
	    "(before those that are typed, by the rule "
	    "/home/u/.config/onlyone/rules/mail)\n"
	    "key:         3 (-k '{1}')\n"
	    "if running:  skip\n"
	    "would:       start /bin/env\n" },
	{ "--dry-run -n -d post 3 4", 0,
	    "application: /bin/post (path of the program)\n"
	    "options:     --queue=3 --kill-after=5 --lifetime=tree (before "
	    "those that are typed, by the rule "
	    "/home/u/.config/onlyone/rules/post)\n"
	    "key:         /3 (-d: 3)\n"
	    "if running:  fail\n"
	    "would:       start /bin/post\n"
	    "application: /bin/post (path of the program)\n"
	    "options:     --queue=3 --kill-after=5 --lifetime=tree (before "
	    "those that are typed, by the rule "
	    "/home/u/.config/onlyone/rules/post)\n"
	    "key:         /4 (-d: 4)\n"
	    "if running:  fail\n"
	    "would:       start /bin/post\n" },
	{ "--dry-run --skip post 3", 0,
	    "application: /bin/post (path of the program)\n"
	    "options:     --queue=3 --kill-after=5 --lifetime=tree (before "
	    "those that are typed, by the rule "
	    "/home/u/.config/onlyone/rules/post)\n"
	    "if running:  skip\n"
	    "would:       start /bin/post\n" },
	{ "--dry-run -k {1} -d firefox -P x y", 0,
	    "application: /bin/firefox (path of the program)\n"
	    "key:         -P\n"
	    "             /y (-k '{1}' -d: y)\n"
	    "handler:     auto (starting the program itself again, while "
	    "it has a window)\n"
	    "would:       start /bin/firefox\n" },
	{ "--dry-run -d firefox -P x y", 0,
	    "application: /bin/firefox (path of the program)\n"
	    "key:         /y (-d: y)\n"
	    "handler:     auto (starting the program itself again, while "
	    "it has a window)\n"
	    "would:       start /bin/firefox\n" },
	{ "--dry-run -d kate -l x y", 0,
	    "application: /bin/kate (path of the program)\n"
	    "key:         /x (-d: x)\n"
	    "handler:     auto (starting the program itself again, once it "
	    "has a window)\n"
	    "would:       start /bin/kate\n"
	    "application: /bin/kate (path of the program)\n"
	    "key:         /y (-d: y)\n"
	    "handler:     auto (starting the program itself again, once it "
	    "has a window)\n"
	    "would:       start /bin/kate\n" },
	{ "--dry-run --value-options=-l -d kate -l x y", 0,
	    "application: /bin/kate (path of the program)\n"
	    "key:         /y (-d: y)\n"
	    "handler:     auto (starting the program itself again, once it "
	    "has a window)\n"
	    "would:       start /bin/kate\n" },
	{ "--dry-run --scope=session mail 3", 0,
	    "application: /bin/mail (path of the program)\n"
	    "options:     --skip --key='{1}' --output=/home/u/output "
	    "(before those that are typed, by the rule "
	    "/home/u/.config/onlyone/rules/mail)\n"
	    "key:         3 (-k '{1}')\n"
	    "scope:       session:\n"
	    "if running:  skip\n"
	    "would:       start /bin/mail\n" },
	{ NULL, 0, NULL }
};
