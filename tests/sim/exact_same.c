/*
 * exact_same.c: which command lines are the same job, or are handed over, while an
 * instance runs.
 */
#include <stddef.h>

#include "tests/sim/exact.h"

#define RUNS IS_RUNNING("/bin/job", "1", "job 5", "1 second")
#define NOT_RUN(mine) OTHER_JOB("/bin/job", "1", "job 5", "1 second", mine, "NAME")

const struct exact_row exact_same[] = {
	{ "--background -a name job 3 7 ; --join -a name job 6", 7, "> job 3 7\n" },
	{ "--background -a name job 5 ; --skip -a name job 6", 75,
	    OTHER_JOB("name", "1", "job 5", "1 second", "job 6", "with another name")
	    "> job 5\n" },
	{ "--background -a name job 5 ; -n -a name job 6", 75,
	    OTHER_JOB("name", "1", "job 5", "1 second", "job 6", "with another name")
	    "> job 5\n" },
	{ "--background -a name job 5 ; -a name job 6", 0,
	    OTHER_JOB("name", "1", "job 5", "1 second", "job 6", "with another name")
	    "> job 5\n" },
	{ "--background -a name job 5 ; -a name job 5", 0, "> job 5\n" },
	{ "--background -a name job 5 ; --skip -a name job 5", 0, "> job 5\n" },
	{ "--background -a name job 5 ; --toggle -a name job 6", 0,
	    "> job 5\n> job 6\n" },
	{ "--background -a name job 5 ; --replace -a name job 0 6", 6,
	    "> job 5\n> job 0 6\n" },
	{ "--background -a name -k A job 5 ; --skip -a name -k B job 0 6", 6,
	    "> job 5\n> job 0 6\n" },
	{ "--background -k A job 5 ; --skip -k B job 0 6", 6,
	    "> job 5\n> job 0 6\n" },
	{ "--background -k A job 5 ; --skip -k A job 0 6", 75,
	    NOT_RUN("job 0 6") "> job 5\n" },
	{ "--background -k A job 5 ; --skip -k A job 5", 0, "> job 5\n" },
	{ "--background -k {1} job 5 ; --skip -k {1} job 5 x", 75,
	    NOT_RUN("job 5 x") "> job 5\n" },
	{ "--background -k {1} job 5 ; -k {1} job 5 x", 0,
	    NOT_RUN("job 5 x") "> job 5\n" },
	{ "--background -k {1} job 5 ; -n -k {1} job 5 x", 75,
	    NOT_RUN("job 5 x") "> job 5\n" },
	{ "--background -k {1} job 5 ; --skip -k {1} job 6", 0,
	    "> job 5\n> job 6\n" },
	{ "--every=9 -k A job 0 ; --every=9 -k B job 0", 0, "> job 0\n> job 0\n" },
	{ "--every=9 -k A job 0 ; --every=9 -k A job 0", 0, "> job 0\n" },
	{ "--every=9 -a name job 0 ; --every=9 -a name job 0 6", 75,
	    "name is not due until +9: job 0 was started at +0 and succeeded; "
	    "\"job 0 6\" was not run\n"
	    "use -a with another name to count it separately\n> job 0\n" },
	{ "--background --on-activate=take job 4 ; job 4", 0,
	    "> job 4\n> sh -c ONLYONE_DISPLAY='' onlyone 4\n" },
	{ "--background --on-activate=take job 4 ; job 4 x", 0,
	    "> job 4\n> sh -c ONLYONE_DISPLAY='' onlyone 4 x\n" },
	{ "--background --on-activate=take job 4 ; -v job 4 x", 0,
	    "handed over to /bin/job (pid 1)\n"
	    "/bin/job (pid 1): raised=no: no display answers\n> job 4\n"
	    "> sh -c ONLYONE_DISPLAY='' onlyone 4 x\n" },
	{ "--background --on-activate=take job 4 ; -q job 4 x", 0,
	    "> job 4\n> sh -c ONLYONE_DISPLAY='' onlyone 4 x\n" },
	{ "--background --on-activate=take job 4 ; --skip job 4 x", 75,
	    OTHER_JOB("/bin/job", "1", "job 4", "1 second", "job 4 x", "NAME")
	    "> job 4\n" },
	{ "--background --on-activate=take job 4 ; "
	    "--must-deliver job 4 x", 0,
	    "> job 4\n> sh -c ONLYONE_DISPLAY='' onlyone 4 x\n" },
	{ "--background --on-activate=self job 4 ; job 4", 0,
	    "> job 4\n> sh -c ONLYONE_DISPLAY='' onlyone 4\n" },
	{ "--background --on-activate=self job 4 ; job 0 7", 0,
	    "> job 4\n> sh -c ONLYONE_DISPLAY='' onlyone 0 7\n" },
	{ "--background --on-activate=self job 4 ; -W job 0 7", 0,
	    "> job 4\n> sh -c ONLYONE_DISPLAY='' onlyone 0 7\n" },
	{ "--background --on-activate=auto job 4 ; job 4", 0, "> job 4\n" },
	{ "--background --on-activate=auto job 4 ; job 0 7", 0,
	    OTHER_JOB("/bin/job", "1", "job 4", "1 second", "job 0 7", "NAME")
	    "> job 4\n" },
	{ "--background firefox 3 ; firefox 4", 4, "> firefox 3\n> firefox 4\n" },
	{ "--background -d job 5 ; -d job 5", 0, "> job 5\n" },
	{ "--background -d job 5 ; -d job 5 x", 0, "> job 5\n> job x\n" },
	{ "--background -d job 5 ; -d --skip job 5", 0, "> job 5\n" },
	{ "--background -d job 5 ; -d --join job 5", 0, "> job 5\n" },
	{ "$IN=/opt --background job 5 ; --skip job 5", 0, "> job 5\n" },
	{ "$IN=/opt --background job 5 ; -n job 5", 75,
	    "/bin/job (pid 1) is already running: job 5, for 1 second, in "
	    "/opt\n> job 5\n" },
	{ "$IN=/home/u --background job 5 d ; "
	    "$IN=/home/u/d --skip job 5 ../d", 0,
	    "> job 5 d\n" },
	{ "$IN=/home/u --background job 5 d ; --skip job 5 home/u/d", 0,
	    "> job 5 d\n" },
	{ "$IN=/home/u --background job 5 d ; --skip job 5 d", 75,
	    "/bin/job (pid 1) is already running: job 5 d, for 1 second, in "
	    "/home/u; it was not run in /\n"
	    "use -k '{cwd}' for one in each folder, or --wait to run it "
	    "afterwards\n> job 5 d\n" },
	{ "$IN=/home/u --background job 5 d ; job 5 d", 0,
	    "/bin/job (pid 1) is already running: job 5 d, for 1 second, in "
	    "/home/u; it was not run in /\n"
	    "use -k '{cwd}' for one in each folder, or --wait to run it "
	    "afterwards\n> job 5 d\n" },
	{ "--background nice job 5 ; --skip job 5", 0, "> nice job 5\n" },
	{ "--background nice job 5 ; --skip nice job 5", 0, "> nice job 5\n" },
	{ "--background nice job 5 ; --skip nice job 6", 75,
	    OTHER_JOB("/bin/job", "1", "nice job 5", "1 second", "nice job 6", "NAME")
	    "> nice job 5\n" },
	{ "--background job 5 ; --skip nice job 5", 0, "> job 5\n" },
	{ "--background env X=y job 5 ; --skip env X=z job 5", 75,
	    OTHER_JOB("/bin/job", "1", "env X=y job 5", "1 second", "env X=z job 5", "NAME")
	    "> env X=y job 5\n" },
	{ "--background env X=y job 5 ; --skip job 5", 75,
	    OTHER_JOB("/bin/job", "1", "env X=y job 5", "1 second", "job 5", "NAME")
	    "> env X=y job 5\n" },
	{ "--background job 5 ; --skip env X=y job 5", 75,
	    NOT_RUN("env X=y job 5") "> job 5\n" },
	{ "--background timeout 5 job 5 ; --skip timeout 6 job 5", 0,
	    "> timeout 5 job 5\n" },
	{ "--background --scope=session job 5 ; --skip job 0 6", 6,
	    "> job 5\n> job 0 6\n" },
	{ "--background --scope=session job 5 ; "
	    "--scope=session --skip job 0 6", 75,
	    NOT_RUN("job 0 6") "> job 5\n" },
	{ "--background --on-activate=take job 5 ; --dry-run job 5 x", 0,
	    "would:       activate pid 1, which runs job 5\n> job 5\n" },
	{ "$TTY=1 -a name sudo true", 0, "> sudo true\n" },
	{ "$TTY=1 -d true 3 5", 3, "> true 3\n> true 5\n" },
	{ "$TTY=1 -d job 1 2", 0, "> job 1\n> job 2\n" },
	{ "$TTY=1 --background -d job 1 2", 0, "> job 1\n> job 2\n" },
	{ "--background -d job 9 ; $TTY=1 -d --wait job 9 0", 0,
	    "waiting for /bin/job (pid 1), at place 1 of the queue\n> job 9\n"
	    "> job 9\n> job 0\n" },
	{ "-W --on-activate=take job 3 ; -v job 3 x", 0,
	    "handed over to /bin/job (pid 1)\n"
	    "/bin/job (pid 1): raised=no: no display answers\n> job 3\n"
	    "> sh -c ONLYONE_DISPLAY='' onlyone 3 x\n" },
	{ "--on-activate=take --background job 3 ; -W -v job 3 x", 0,
	    "handed over to /bin/job (pid 1)\n"
	    "/bin/job (pid 1): raised=no: no display answers\n> job 3\n"
	    "> sh -c ONLYONE_DISPLAY='' onlyone 3 x\n" },
	{ "--signal=WINCH --background job 3 ; job 3", 0, "> job 3\n" },
	{ "--signal=WINCH --background job 3 ; job 3 x", 0,
	    "/bin/job (pid 1) is already running and was not given 3 and 1 "
	    "more\nstart it with --on-activate=CMD to pass on arguments\n"
	    "> job 3\n" },
	{ "--signal=WINCH --background job 3 ; -v job 3 x", 0,
	    "/bin/job (pid 1) is already running and was not given 3 and 1 "
	    "more\nstart it with --on-activate=CMD to pass on arguments\n"
	    "/bin/job (pid 1): raised=no: no display answers\n> job 3\n" },
	{ "--signal=WINCH --background job 3 ; --must-deliver job 3 x", 69,
	    "/bin/job (pid 1) is already running and was not given 3 and 1 "
	    "more\nstart it with --on-activate=CMD to pass on arguments\n"
	    "> job 3\n" },
	{ "--raise=never --background job 3 ; -v job 3", 0,
	    IS_RUNNING("/bin/job", "1", "job 3", "1 second") "> job 3\n" },
	{ "--background job 3 ; --raise=never -v job 3", 0,
	    IS_RUNNING("/bin/job", "1", "job 3", "1 second") "> job 3\n" },
	{ "--background job 3 ; --raise=class:x -v job 3", 0,
	    IS_RUNNING("/bin/job", "1", "job 3", "1 second")
	    "/bin/job (pid 1): raised=no: no display answers\n> job 3\n" },
	{ "--background job 3 ; --raise=auto -v job 3", 0,
	    IS_RUNNING("/bin/job", "1", "job 3", "1 second")
	    "/bin/job (pid 1): raised=no: no display answers\n> job 3\n" },
	{ "--background --on-activate=self job 3 ; -v job 0 7", 0,
	    "handed over to /bin/job (pid 1)\n"
	    "/bin/job (pid 1): raised=no: no display answers\n> job 3\n"
	    "> sh -c ONLYONE_DISPLAY='' onlyone 0 7\n" },
	{ "--background --on-activate=self job 3 ; -v job 3", 0,
	    "handed over to /bin/job (pid 1)\n"
	    "/bin/job (pid 1): raised=no: no display answers\n> job 3\n"
	    "> sh -c ONLYONE_DISPLAY='' onlyone 3\n" },
	{ "--background --on-activate=dbus job 3 ; job 0 7", 0,
	    "--on-activate=dbus: job: it needs onlyone-raise, which is not "
	    "installed; started without a handler\n"
	    "/bin/job (pid 1) is already running and can't open 0 and 1 more: "
	    "it needs onlyone-raise, which is not installed\n"
	    "use -d for one window for each document, or --replace to show "
	    "this one instead\n> job 3\n" },
	{ "--background --on-activate=none job 3 ; job 0 7", 0,
	    "/bin/job (pid 1) is already running and can't open 0 and 1 more: "
	    "it was started with --on-activate=none\n"
	    "use -d for one window for each document, or --replace to show "
	    "this one instead\n> job 3\n" },
	{ "--background firefox 3 ; -v firefox 4", 4,
	    "later launches hand over to firefox by starting the program "
	    "itself again, while it has a window\n> firefox 3\n> firefox 4\n" },
	{ "--background emacs job 3 ; emacs x", 0,
	    "> emacs --eval (or noninteractive (ignore-errors (require (quote "
	    "server)) (let ((server-use-tcp nil) (server-process nil) "
	    "(server-socket-dir (getenv \"ONLYONE_SLOT\")) (server-name "
	    "\"hand\")) (server-start)) (or server-process (remove-hook (quote "
	    "kill-emacs-hook) (quote server-force-stop))))) job 3\n"
	    "> sh -c ONLYONE_DISPLAY='' onlyone x\n" },
	{ "--background emacs job 3 ; -v emacs x", 0,
	    "handed over to /bin/emacs (pid 1)\n"
	    "/bin/emacs (pid 1): raised=no: no display answers\n"
	    "> emacs --eval (or noninteractive (ignore-errors (require (quote "
	    "server)) (let ((server-use-tcp nil) (server-process nil) "
	    "(server-socket-dir (getenv \"ONLYONE_SLOT\")) (server-name "
	    "\"hand\")) (server-start)) (or server-process (remove-hook (quote "
	    "kill-emacs-hook) (quote server-force-stop))))) job 3\n"
	    "> sh -c ONLYONE_DISPLAY='' onlyone x\n" },
	{ "--background vlc job 3 ; vlc x", 0,
	    "/bin/vlc (pid 1) is already running and can't open x: it needs "
	    "dbus-send, which is not installed\n"
	    "use -d for one window for each document, or --replace to show "
	    "this one instead\n> vlc job 3\n" },
	{ "--background kate job 3 ; kate x", 0,
	    "> kate job 3\n> sh -c ONLYONE_DISPLAY='' onlyone x\n" },
	{ "--background kate job 3 ; kate job 3", 0,
	    "> kate job 3\n> sh -c ONLYONE_DISPLAY='' onlyone job 3\n" },
	{ "--background zathura job 3 ; zathura x", 0,
	    "/bin/zathura (pid 1) is already running and can't open x: it "
	    "needs dbus-send, which is not installed\n"
	    "use -d for one window for each document, or --replace to show "
	    "this one instead\n> zathura job 3\n" },
	{ "--background zathura job 3 ; zathura --skip x", 0,
	    "/bin/zathura (pid 1) is already running and can't open x and 1 "
	    "more: it needs dbus-send, which is not installed\n"
	    "use -d for one window for each document, or --replace to show "
	    "this one instead\n> zathura job 3\n" },
	{ "--background mail job 3 ; mail job 4", 75,
	    OTHER_JOB("/bin/mail", "1", "mail job 3", "1 second", "mail job 4", "NAME")
	    "> mail job 3 >output\n" },
	{ "--background post job 3 ; post job 0 6", 6,
	    "> post job 3\n> post job 0 6\n" },
	{ "--background post job 3 ; --skip post job 3", 0, "> post job 3\n" },
	{ "--background python3 /home/u/s.py job 3 ; "
	    "--skip python3 /home/u/s.py job 3", 0,
	    "> python3 /home/u/s.py job 3\n" },
	{ "--background python3 /home/u/s.py job 3 ; "
	    "--skip python3 /home/u/s.py job 0 4", 75,
	    OTHER_JOB("/home/u/s.py", "1", "python3 /home/u/s.py job 3", "1 second", "python3 /home/u/s.py job 0 4", "NAME")
	    "> python3 /home/u/s.py job 3\n" },
	{ "--background python3 -m s job 3 ; --skip python3 -m s job 3", 0,
	    "> python3 -m s job 3\n" },
	{ "$IN=/opt --background make job 3 ; --skip make job 3", 0,
	    "> make job 3\n> make job 3\n" },
	{ "$IN=/opt --background make job 3 ; $IN=/opt --skip make job 3", 0,
	    "> make job 3\n" },
	{ "$IN=/opt --background -k A make job 3 ; --skip -k A make job 3", 75,
	    "/bin/make job 3 (pid 1) is already running: make job 3, for 1 "
	    "second, in /opt; it was not run in /\n"
	    "use -k '{cwd}' for one in each folder, or --wait to run it "
	    "afterwards\n> make job 3\n" },
	{ "$IN=/opt --background -a name make job 3 ; "
	    "--skip -a name make job 3", 75,
	    "name (pid 1) is already running: make job 3, for 1 second, in "
	    "/opt; it was not run in /\n"
	    "use -k '{cwd}' for one in each folder, or --wait to run it "
	    "afterwards\n> make job 3\n" },
	{ "$IN=/opt --background -a name make job 3 ; "
	    "--toggle -a name make job 3", 0,
	    "> make job 3\n" },
	{ "$IN=/opt --background make -C /home job 3 ; "
	    "--skip make -C home job 3", 0,
	    "> make -C /home job 3\n" },
	{ "--background rsync job 3 ; --skip rsync job 3", 0, "> rsync job 3\n" },
	{ "--background rsync job 3 ; --skip rsync job 4", 0,
	    "> rsync job 3\n> rsync job 4\n" },
	{ "--background -k A rsync job 3 ; --skip -k A rsync job 4", 75,
	    OTHER_JOB("/bin/rsync", "1", "rsync job 3", "1 second", "rsync job 4", "NAME")
	    "> rsync job 3\n" },
	{ "$IN=/opt --background -k A rsync job 3 ; "
	    "--skip -k A rsync job 3", 0,
	    "> rsync job 3\n" },
	{ "--background -k A ssh job 3 ; --skip -k A ssh job 4", 0,
	    "> ssh job 3\n> ssh job 4\n" },
	{ "$IN=/opt --background -a name nice job 3 ; "
	    "--skip -a name nice job 3", 0,
	    "> nice job 3\n" },
	{ "--background -a name nice job 3 ; --skip -a name job 3", 0,
	    "> nice job 3\n" },
	{ "--background -a name env X=y job 3 ; "
	    "--skip -a name env X=z job 3", 75,
	    OTHER_JOB("name", "1", "env X=y job 3", "1 second", "env X=z job 3", "with another name")
	    "> env X=y job 3\n" },
	{ "--background -a name env X=y job 3 ; "
	    "--skip -a name env X=y job 3", 0,
	    "> env X=y job 3\n" },
	{ "--background -a name job 3 ; --skip -a name env X=y job 3", 75,
	    OTHER_JOB("name", "1", "job 3", "1 second", "env X=y job 3", "with another name")
	    "> job 3\n" },
	{ "--background -a name /bin/job 3 ; --skip -a name job 3", 0,
	    "> /bin/job 3\n" },
	{ "$IN=/ --background -a name ./bin/job 3 ; "
	    "$IN=/bin --skip -a name ./job 3", 75,
	    OTHER_JOB("name", "1", "./bin/job 3", "1 second", "./job 3", "with another name")
	    "> ./bin/job 3\n" },
	{ "--background --app=job job 3 ; --skip job 3", 0, "> job 3\n> job 3\n" },
	{ "--background -k {@} job 5 ; --skip -k {@} job 5", 0, "> job 5\n" },
	{ "--background -k {@} job 5 ; --skip -k {@} job 6", 0,
	    "> job 5\n> job 6\n" },
	{ "--background -k {@} --on-activate=take job 5 ; "
	    "-v -k {@} job 5", 0,
	    "handed over to /bin/job (pid 1)\n"
	    "/bin/job (pid 1): raised=no: no display answers\n> job 5\n"
	    "> sh -c ONLYONE_DISPLAY='' onlyone 5\n" },
	{ NULL, 0, NULL }
};
