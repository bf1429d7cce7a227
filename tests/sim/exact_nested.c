/*
 * exact_nested.c: command lines that execute onlyone again, and those that were
 * executed so often already; sweep removes the record of the instance first.
 */
#include <stddef.h>

#include "tests/sim/exact.h"

#define ITS_OWN "use -a with another name for a job of its own\n"
#define RUNS IS_RUNNING("/bin/job", "1", "job 5", "1 second")
#define NOT_RUN(mine) OTHER_JOB("/bin/job", "1", "job 5", "1 second", mine, "NAME")

const struct exact_row exact_nested[] = {
	{ "$ONLYONE_DISABLE=1 $ONLYONE_AGAIN=3:~5000 nice true", 0,
	    "> nice true ONLYONE_AGAIN=4:~5\n" },
	{ "$ONLYONE_DISABLE=1 $ONLYONE_AGAIN=19:~5000 nice true", 0,
	    "> nice true ONLYONE_AGAIN=20:~5\n" },
	{ "$ONLYONE_DISABLE=1 $ONLYONE_AGAIN=20:~5000 nice true", 64,
	    "/bin/true starts onlyone, which starts it again, in a loop\n"
	    "use the program's path in it, or onlyone in its first line\n" },
	{ "$ONLYONE_DISABLE=1 $ONLYONE_AGAIN=21:~5000 nice true", 64,
	    "/bin/true starts onlyone, which starts it again, in a loop\n"
	    "use the program's path in it, or onlyone in its first line\n" },
	{ "$ONLYONE_DISABLE=1 $ONLYONE_AGAIN=20:~5000 true", 0,
	    "> true ONLYONE_AGAIN=20:~5\n" },
	{ "$ONLYONE_DISABLE=1 $ONLYONE_AGAIN=20:~61000 nice true", 0,
	    "> nice true ONLYONE_AGAIN=1:~0\n" },
	{ "$ONLYONE_DISABLE=1 $ONLYONE_AGAIN=20:~59000 nice true", 64,
	    "/bin/true starts onlyone, which starts it again, in a loop\n"
	    "use the program's path in it, or onlyone in its first line\n" },
	{ "$ONLYONE_DISABLE=1 $ONLYONE_AGAIN=20:~-5000 nice true", 0,
	    "> nice true ONLYONE_AGAIN=1:~0\n" },
	{ "$ONLYONE_DISABLE=1 $ONLYONE_AGAIN=20: nice true", 0,
	    "> nice true ONLYONE_AGAIN=1:~0\n" },
	{ "$ONLYONE_DISABLE=1 $ONLYONE_AGAIN=20:x nice true", 0,
	    "> nice true ONLYONE_AGAIN=1:~0\n" },
	{ "$ONLYONE_DISABLE=1 $ONLYONE_AGAIN=20 nice true", 0,
	    "> nice true ONLYONE_AGAIN=1:~0\n" },
	{ "$ONLYONE_DISABLE=1 $ONLYONE_AGAIN=:~5000 nice true", 0,
	    "> nice true ONLYONE_AGAIN=1:~0\n" },
	{ "$ONLYONE_DISABLE=1 $ONLYONE_AGAIN=x:~5000 nice true", 0,
	    "> nice true ONLYONE_AGAIN=1:~0\n" },
	{ "$ONLYONE_DISABLE=1 $ONLYONE_AGAIN=-1:~5000 nice true", 0,
	    "> nice true ONLYONE_AGAIN=1:~0\n" },
	{ "$ONLYONE_DISABLE=1 $ONLYONE_AGAIN=-30:~5000 nice true", 0,
	    "> nice true ONLYONE_AGAIN=1:~0\n" },
	{ "$ONLYONE_DISABLE=1 $ONLYONE_AGAIN=0:~5000 nice true", 0,
	    "> nice true ONLYONE_AGAIN=1:~0\n" },
	{ "$ONLYONE_DISABLE=1 $ONLYONE_AGAIN= nice true", 0,
	    "> nice true ONLYONE_AGAIN=1:~0\n" },
	{ "$ONLYONE_DISABLE=1 $ONLYONE_AGAIN=20:~5000 env true", 64,
	    "/bin/true starts onlyone, which starts it again, in a loop\n"
	    "use the program's path in it, or onlyone in its first line\n" },
	{ "$ONLYONE_DISABLE=1 $ONLYONE_AGAIN=20:~5000 /home/u/x.sh", 64,
	    "/home/u/x.sh starts onlyone, which starts it again, in a loop\n"
	    "use the program's path in it, or onlyone in its first line\n" },
	{ "$ONLYONE_DISABLE=1 $ONLYONE_AGAIN=20:~5000 python3 /home/u/s.py", 0,
	    "> python3 /home/u/s.py ONLYONE_AGAIN=20:~5\n" },
	{ "$ONLYONE_DISABLE=1 $ONLYONE_AGAIN=20:~5000 python3 -c x", 64,
	    "/bin/python3 -c x starts onlyone, which starts it again, in a "
	    "loop\n"
	    "use the program's path in it, or onlyone in its first line\n" },
	{ "$ONLYONE_DISABLE=1 $ONLYONE_AGAIN=000000000000000000020:~5000 nice true", 64,
	    "/bin/true starts onlyone, which starts it again, in a loop\n"
	    "use the program's path in it, or onlyone in its first line\n" },
	{ "$ONLYONE_DISABLE=1 $ONLYONE_AGAIN=0000000000000000000000020:~5000 nice true", 0,
	    "> nice true ONLYONE_AGAIN=1:~0\n" },
	{ "nice true", 0, "> nice true\n" },
	{ "$ONLYONE_SLOT=/run/o/none nice true", 0, "> nice true\n" },
	{ "$ONLYONE_SLOT=/run/o/none true", 0, "> true\n" },
	{ "$ONLYONE_SLOT=none true", 0, "> true\n" },
	{ "$ONLYONE_SLOT= true", 0, "> true\n" },
	{ "$ONLYONE_DISABLE=1 nice true", 0, "> nice true ONLYONE_AGAIN=1:~0\n" },
	{ "$ONLYONE_DISABLE=0 nice true", 0, "> nice true\n" },
	{ "$ONLYONE_DISABLE= nice true", 0, "> nice true\n" },
	{ "$ONLYONE_DISABLE=11 nice true", 0, "> nice true\n" },
	{ "$ONLYONE_DISABLE=1 true", 0, "> true\n" },
	{ "$ONLYONE_DISABLE=1 --dry-run true", 0,
	    "would:       run it, as without onlyone: ONLYONE_DISABLE\n" },
	{ "$ONLYONE_DISABLE=1 --skip -v true", 0, "> true\n" },
	{ "$ONLYONE_AGAIN=20:~5000 nice true", 0, "> nice true\n" },
	{ "$ONLYONE_DISABLE=1 $ONLYONE_AGAIN=1:~5000 $TTY=1 nice true", 0,
	    "> nice true ONLYONE_AGAIN=2:~5\n" },
	{ "$ONLYONE_DISABLE=1 $TTY=1 nice true", 0,
	    "> nice true ONLYONE_AGAIN=1:~0\n" },
	{ "--background job 5 ; $ONLYONE_DISABLE=1 job 0 6", 6,
	    "> job 5\n> job 0 6\n" },
	{ "--background job 5 ; $ONLYONE_DISABLE=1 --skip job 0 6", 6,
	    "> job 5\n> job 0 6\n" },
	{ "-a name nice onlyone -a name job 0 6", 6,
	    "> job 0 6 ONLYONE_AGAIN=1:~0\n> nice onlyone -a name job 0 6\n" },
	{ "-a name nice onlyone -a name -v job 0 6", 6,
	    "this process is already the instance of name\n"
	    "> job 0 6 ONLYONE_AGAIN=1:~0\n> nice onlyone -a name -v job 0 6\n" },
	{ "-a name nice onlyone -a name --skip -v job 0 6", 6,
	    "this process is already the instance of name\n"
	    "> job 0 6 ONLYONE_AGAIN=1:~0\n"
	    "> nice onlyone -a name --skip -v job 0 6\n" },
	{ "-a name nice onlyone -a name -n job 0 6", 6,
	    "> job 0 6 ONLYONE_AGAIN=1:~0\n> nice onlyone -a name -n job 0 6\n" },
	{ "-a name nice onlyone -a name --wait job 0 6", 6,
	    "> job 0 6 ONLYONE_AGAIN=1:~0\n"
	    "> nice onlyone -a name --wait job 0 6\n" },
	{ "-a name nice onlyone -a name --toggle job 0 6", 6,
	    "> job 0 6 ONLYONE_AGAIN=1:~0\n"
	    "> nice onlyone -a name --toggle job 0 6\n" },
	{ "-a name nice onlyone -a other job 0 6", 6,
	    "> job 0 6\n> nice onlyone -a other job 0 6\n" },
	{ "-a name nice onlyone -a other -v job 0 6", 6,
	    "> job 0 6\n> nice onlyone -a other -v job 0 6\n" },
	{ "-a name -k A nice onlyone -a name -k A -v job 0 6", 6,
	    "this process is already the instance of name\n"
	    "> job 0 6 ONLYONE_AGAIN=1:~0\n"
	    "> nice onlyone -a name -k A -v job 0 6\n" },
	{ "-a name -k A nice onlyone -a name -k B -v job 0 6", 6,
	    "> job 0 6\n> nice onlyone -a name -k B -v job 0 6\n" },
	{ "-a name -k A nice onlyone -a name -v job 0 6", 6,
	    "> job 0 6\n> nice onlyone -a name -v job 0 6\n" },
	{ "-a name nice onlyone -a name -k A -v job 0 6", 6,
	    "> job 0 6\n> nice onlyone -a name -k A -v job 0 6\n" },
	{ "-a name -k A -k B nice onlyone -a name -k A -k B -v job 0 6", 6,
	    "this process is already the instance of name\n"
	    "> job 0 6 ONLYONE_AGAIN=1:~0\n"
	    "> nice onlyone -a name -k A -k B -v job 0 6\n" },
	{ "-a name -k A -k B nice onlyone -a name -k A -v job 0 6", 6,
	    "> job 0 6\n> nice onlyone -a name -k A -v job 0 6\n" },
	{ "-a name -k A nice onlyone -a name -k A -k B -v job 0 6", 6,
	    "> job 0 6\n> nice onlyone -a name -k A -k B -v job 0 6\n" },
	{ "-a name --scope=session nice onlyone -a name -v job 0 6", 6,
	    "> job 0 6\n> nice onlyone -a name -v job 0 6\n" },
	{ "-a name --scope=session nice onlyone -a name --scope=session -v job 0 6", 6,
	    "this process is already the instance of name\n"
	    "> job 0 6 ONLYONE_AGAIN=1:~0\n"
	    "> nice onlyone -a name --scope=session -v job 0 6\n" },
	{ "-a name nice onlyone -a name nice onlyone -a name nice true", 0,
	    "> nice onlyone -a name nice onlyone -a name nice true\n"
	    "> nice onlyone -a name nice true ONLYONE_AGAIN=1:~0\n"
	    "> nice true ONLYONE_AGAIN=2:~0\n" },
	{ "-a name nice onlyone -a name nice true", 0,
	    "> nice onlyone -a name nice true\n"
	    "> nice true ONLYONE_AGAIN=1:~0\n" },
	{ "-a name nice onlyone -a name true", 0,
	    "> nice onlyone -a name true\n> true ONLYONE_AGAIN=1:~0\n" },
	{ "-a name nice onlyone -a name nice nice true", 0,
	    "> nice nice true ONLYONE_AGAIN=1:~0\n"
	    "> nice onlyone -a name nice nice true\n" },
	{ "-a name nice onlyone -a name env X=y true", 0,
	    "> env X=y true ONLYONE_AGAIN=1:~0\n"
	    "> nice onlyone -a name env X=y true\n" },
	{ "$ONLYONE_AGAIN=20:~5000 -a name nice onlyone -a name nice true", 0,
	    "> nice onlyone -a name nice true\n"
	    "> nice true ONLYONE_AGAIN=1:~0\n" },
	{ "-a name env ONLYONE_AGAIN=20:1 onlyone -a name nice true", 0,
	    "> env ONLYONE_AGAIN=20:1 onlyone -a name nice true\n"
	    "> nice true ONLYONE_AGAIN=1:~0\n" },
	{ "-a name -W nice onlyone -a name -v job 0 6", 6,
	    "this process is already the instance of name\n"
	    "> job 0 6 ONLYONE_AGAIN=1:~0\n> nice onlyone -a name -v job 0 6\n" },
	{ "-a name --lifetime=tree nice onlyone -a name -v job 0 6", 6,
	    "this process is already the instance of name\n"
	    "> job 0 6 ONLYONE_AGAIN=1:~0\n> nice onlyone -a name -v job 0 6\n" },
	{ "-a name nice onlyone -d true x", 0,
	    "> nice onlyone -d true x\n> true x\n" },
	{ "-a name nice onlyone -a name --background true", 0,
	    OTHER_JOB("name", "1", "nice onlyone -a name --background true", "0 seconds", "true", "with another name")
	    "> nice onlyone -a name --background true\n" },
	{ "-a name nice onlyone -a name -W -v job 0 6", 6,
	    "this process is already the instance of name\n"
	    "> job 0 6 ONLYONE_AGAIN=1:~0\n"
	    "> nice onlyone -a name -W -v job 0 6\n" },
	{ "-a name --lock-file=/home/u/l nice onlyone -a name --lock-file=/home/u/l -v job 0 6", 6,
	    "this process is already the instance of name\n"
	    "> job 0 6 ONLYONE_AGAIN=1:~0\n"
	    "> nice onlyone -a name --lock-file=/home/u/l -v job 0 6\n" },
	{ "-a name --lock-file=/home/u/l nice onlyone -a other --lock-file=/home/u/l -w1 job 0 6", 75,
	    "other is not running, but pid 1 (onlyone) has its lock file "
	    "/home/u/l locked\n"
	    "> nice onlyone -a other --lock-file=/home/u/l -w1 job 0 6\n" },
	{ "nice onlyone job 0 6", 6, "> job 0 6\n> nice onlyone job 0 6\n" },
	{ "nice onlyone nice onlyone job 0 6", 6,
	    "> job 0 6\n> nice onlyone job 0 6\n"
	    "> nice onlyone nice onlyone job 0 6\n" },
	{ "env onlyone job 0 6", 6, "> env onlyone job 0 6\n> job 0 6\n" },
	{ "env onlyone -v env job 0 6", 6,
	    "> env job 0 6\n> env onlyone -v env job 0 6\n" },
	{ "-j2 -a name nice onlyone -j2 -a name job 0 6", 6,
	    "> job 0 6 ONLYONE_AGAIN=1:~0\n"
	    "> nice onlyone -j2 -a name job 0 6\n" },
	{ "-j2 -a name nice onlyone -j2 -a name -v job 0 6", 6,
	    "this process is already the instance of name\n"
	    "> job 0 6 ONLYONE_AGAIN=1:~0\n"
	    "> nice onlyone -j2 -a name -v job 0 6\n" },
	{ "--background -a name nice onlyone -a name job 5 ; "
	    "--skip -a name job 5", 75,
	    OTHER_JOB("name", "1", "nice onlyone -a name job 5", "1 second", "job 5", "with another name")
	    "> nice onlyone -a name job 5\n> job 5 ONLYONE_AGAIN=1:~0\n" },
	{ "--background -a name nice onlyone -a name job 5 ; "
	    "--skip -a name -v nice onlyone -a name job 5", 0,
	    "> nice onlyone -a name job 5\n> job 5 ONLYONE_AGAIN=1:~0\n" },
	{ "--background -a name nice onlyone -a name job 5 ; "
	    "-n -a name job 6", 75,
	    OTHER_JOB("name", "1", "nice onlyone -a name job 5", "1 second", "job 6", "with another name")
	    "> nice onlyone -a name job 5\n> job 5 ONLYONE_AGAIN=1:~0\n" },
	{ "-a name nice onlyone -a name --dry-run -n true ; true", 0,
	    "would:       run it: this process is already the instance\n"
	    "> nice onlyone -a name --dry-run -n true\n> true\n" },
	{ "-a name --skip nice onlyone -a name --dry-run --wait true ; "
	    "true", 0,
	    "would:       run it: this process is already the instance\n"
	    "> nice onlyone -a name --dry-run --wait true\n> true\n" },
	{ "-a name nice onlyone -a name --explain job 0 6 ; true", 0,
	    "will:        run it: this process is already the instance\n= 6\n"
	    "> nice onlyone -a name --explain job 0 6\n"
	    "> job 0 6 ONLYONE_AGAIN=1:~0\n> true\n" },
	{ "-a name nice onlyone -a name --explain --skip true ; true", 0,
	    "will:        run it: this process is already the instance\n"
	    "> nice onlyone -a name --explain --skip true\n"
	    "> true ONLYONE_AGAIN=1:~0\n> true\n" },
	{ "-a name nice sweep onlyone -a name --skip -v job 0 6", 75,
	    "name: asked by the instance itself, which would skip itself\n"
	    ITS_OWN "> nice sweep onlyone -a name --skip -v job 0 6\n" },
	{ "-a name nice sweep onlyone -a name --skip job 0 6", 75,
	    "name: asked by the instance itself, which would skip itself\n"
	    ITS_OWN "> nice sweep onlyone -a name --skip job 0 6\n" },
	{ "-a name nice sweep onlyone -a name -n job 0 6", 75,
	    "name: asked by the instance itself, which would fail because of "
	    "itself\n"
	    ITS_OWN "> nice sweep onlyone -a name -n job 0 6\n" },
	{ "-a name nice sweep onlyone -a name -w0 job 0 6", 75,
	    "name: asked by the instance itself, which would fail because of "
	    "itself\n"
	    ITS_OWN "> nice sweep onlyone -a name -w0 job 0 6\n" },
	{ "-a name nice sweep onlyone -a name job 0 6", 75,
	    "name: asked by the instance itself, which would hand over to "
	    "itself\n"
	    ITS_OWN "> nice sweep onlyone -a name job 0 6\n" },
	{ "-a name nice sweep onlyone -a name --wait job 0 6", 75,
	    "name: asked by the instance itself, which would wait for its own "
	    "exit\n"
	    ITS_OWN "> nice sweep onlyone -a name --wait job 0 6\n" },
	{ "-a name nice sweep onlyone -a name --queue job 0 6", 75,
	    "name: asked by the instance itself, which would wait for its own "
	    "exit\n"
	    ITS_OWN "> nice sweep onlyone -a name --queue job 0 6\n" },
	{ "-a name nice sweep onlyone -a name --replace job 0 6", 75,
	    "name: asked by the instance itself, which would wait for its own "
	    "exit\n"
	    ITS_OWN "> nice sweep onlyone -a name --replace job 0 6\n" },
	{ "-a name nice sweep onlyone -a name --toggle job 0 6", 75,
	    "name: asked by the instance itself, which would wait for its own "
	    "exit\n"
	    ITS_OWN "> nice sweep onlyone -a name --toggle job 0 6\n" },
	{ "-a name nice sweep onlyone -a name --overdue=9 job 0 6", 75,
	    "name: asked by the instance itself, which would skip itself\n"
	    ITS_OWN "> nice sweep onlyone -a name --overdue=9 job 0 6\n" },
	{ "-a name -W nice sweep onlyone -a name --skip -v job 0 6", 75,
	    "name: asked by the instance itself, which would skip itself\n"
	    ITS_OWN "> nice sweep onlyone -a name --skip -v job 0 6\n" },
	{ "-a name --lifetime=main nice sweep onlyone -a name --skip -v job 0 6", 75,
	    "name: asked by the instance itself, which would skip itself\n"
	    ITS_OWN "> nice sweep onlyone -a name --skip -v job 0 6\n" },
	{ "-a name --lock-file=/home/u/l nice sweep onlyone -a name --lock-file=/home/u/l --skip -v job 0 6", 75,
	    "name: asked by the instance itself, which would skip itself\n"
	    ITS_OWN "> nice sweep onlyone -a name --lock-file=/home/u/l --skip -v job "
	    "0 6\n" },
	{ "-a name env -u ONLYONE_SLOT onlyone -a name --skip job 0 6", 75,
	    "name: asked by the instance itself, which would skip itself\n"
	    ITS_OWN "> env -u ONLYONE_SLOT onlyone -a name --skip job 0 6\n" },
	{ "-a name env -u ONLYONE_SLOT onlyone -a name -n job 0 6", 75,
	    "name: asked by the instance itself, which would fail because of "
	    "itself\n"
	    ITS_OWN "> env -u ONLYONE_SLOT onlyone -a name -n job 0 6\n" },
	{ "-a name env -u ONLYONE_SLOT onlyone -a name -w0 job 0 6", 75,
	    "name: asked by the instance itself, which would fail because of "
	    "itself\n"
	    ITS_OWN "> env -u ONLYONE_SLOT onlyone -a name -w0 job 0 6\n" },
	{ "-a name env -u ONLYONE_SLOT onlyone -a name job 0 6", 75,
	    "name: asked by the instance itself, which would hand over to "
	    "itself\n"
	    ITS_OWN "> env -u ONLYONE_SLOT onlyone -a name job 0 6\n" },
	{ "-a name env -u ONLYONE_SLOT onlyone -a name --wait job 0 6", 75,
	    "name: asked by the instance itself, which would wait for its own "
	    "exit\n"
	    ITS_OWN "> env -u ONLYONE_SLOT onlyone -a name --wait job 0 6\n" },
	{ "-a name env -u ONLYONE_SLOT onlyone -a name --join job 0 6", 75,
	    "name: asked by the instance itself, which would wait for its own "
	    "exit\n"
	    ITS_OWN "> env -u ONLYONE_SLOT onlyone -a name --join job 0 6\n" },
	{ "-a name env -u ONLYONE_SLOT onlyone -a name --replace job 0 6", 75,
	    "name: asked by the instance itself, which would wait for its own "
	    "exit\n"
	    ITS_OWN "> env -u ONLYONE_SLOT onlyone -a name --replace job 0 6\n" },
	{ "-a name env -u ONLYONE_SLOT onlyone -a name --toggle job 0 6", 75,
	    "name: asked by the instance itself, which would wait for its own "
	    "exit\n"
	    ITS_OWN "> env -u ONLYONE_SLOT onlyone -a name --toggle job 0 6\n" },
	{ "-a name env -u ONLYONE_SLOT onlyone -a name --overdue=9 job 0 6", 75,
	    "name: asked by the instance itself, which would skip itself\n"
	    ITS_OWN "> env -u ONLYONE_SLOT onlyone -a name --overdue=9 job 0 6\n" },
	{ "-a name env -u ONLYONE_SLOT onlyone -a other --skip job 0 6", 6,
	    "> env -u ONLYONE_SLOT onlyone -a other --skip job 0 6\n"
	    "> job 0 6\n" },
	{ "-a name -W env -u ONLYONE_SLOT onlyone -a name --skip job 0 6", 75,
	    "name: asked by the instance itself, which would skip itself\n"
	    ITS_OWN "> env -u ONLYONE_SLOT onlyone -a name --skip job 0 6\n" },
	{ "-a name --lifetime=main env -u ONLYONE_SLOT onlyone -a name --skip job 0 6", 75,
	    "name: asked by the instance itself, which would skip itself\n"
	    ITS_OWN "> env -u ONLYONE_SLOT onlyone -a name --skip job 0 6\n" },
	{ NULL, 0, NULL }
};
