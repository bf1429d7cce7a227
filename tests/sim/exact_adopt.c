/*
 * exact_adopt.c: --adopt, of a program that was started without onlyone.
 */
#include <stddef.h>

#include "tests/sim/exact.h"

#define NOT_RUN(age) OTHER_JOB("/bin/job", "1", "job 5", age, "job 6", "NAME")

#define USAGE "--adopt does not go with -j, an option that waits for or stops the " \
	"running one, --lock-file or --lifetime=tree: onlyone must have started it " \
	"for these\n"

const struct exact_row exact_adopt[] = {
	{ "run job 5 ; --adopt job 5", 0, "" },
	{ "run job 5 ; --adopt --skip job 5", 0, "" },
	{ "run job 5 ; --adopt --skip job 6", 75,
	    NOT_RUN("0 seconds") },
	{ "run job 5 ; --adopt --skip -v job 6", 75,
	    "job was already running, pid 1: it is the instance now\n"
	    NOT_RUN("0 seconds") },
	{ "run job 5 ; --adopt -n job 5", 75,
	    IS_RUNNING("/bin/job", "1", "job 5", "0 seconds") },
	{ "run job 5 ; --adopt job 6", 0, NOT_RUN("1 second") },
	{ "run job 5 ; --adopt -v job 6", 0,
	    "job was already running, pid 1: it is the instance now\n"
	    "waiting for /bin/job (pid 1)\n" NOT_RUN("1 second")
	    "/bin/job (pid 1): raised=no: no display answers\n" },
	{ "run job 5 ; --adopt -q job 6", 0, "" },
	{ "run job 5 ; --adopt -w1 job 0 6", 64,
	    USAGE },
	{ "run job 5 ; --adopt --wait job 0 6", 64,
	    USAGE },
	{ "run job 5 ; --adopt --queue job 0 6", 64,
	    USAGE },
	{ "run job 5 ; --adopt --replace job 0 6", 64,
	    USAGE },
	{ "run job 5 ; --adopt --toggle job 5", 64,
	    "--toggle does not go with -j or --adopt: it ends the one instance "
	    "that this user has started; see onlyone --help\n" },
	{ "run job 5 ; --adopt --toggle job 6", 64,
	    "--toggle does not go with -j or --adopt: it ends the one instance "
	    "that this user has started; see onlyone --help\n" },
	{ "run job 5 3 ; --adopt --join job 5 3", 64,
	    "--adopt does not go with -j, an option that waits for or stops "
	    "the running one, --lock-file or --lifetime=tree: onlyone must "
	    "have started it for these\n= 3\n" },
	{ "run job 5 ; --adopt -a name job 5", 0, "" },
	{ "run job 5 ; --adopt -a name --skip job 6", 75,
	    OTHER_JOB("name", "1", "job 5", "0 seconds", "job 6", "with another name") },
	{ "run job 5 ; --adopt -k A --skip job 5", 0, "> job 5\n" },
	{ "run job 5 ; --adopt -k {1} --skip job 5", 0, "> job 5\n" },
	{ "run job 5 ; --adopt -k {1} --skip job 6", 0, "> job 6\n" },
	{ "run job 5 ; --adopt --dry-run job 5", 0, "would:       adopt pid 1\n" },
	{ "run job 5 ; --adopt --dry-run --skip job 6", 0,
	    "would:       adopt pid 1\n" },
	{ "run job 5 ; --adopt --explain --skip job 6", 75,
	    "will:        adopt pid 1\n"
	    NOT_RUN("0 seconds") },
	{ "run job 5 ; --skip job 0 6", 6, "> job 0 6\n" },
	{ "run job 5 ; job 0 6", 6, "> job 0 6\n" },
	{ "run job 5 ; --adopt --skip job 5 ; --skip job 5", 0, "" },
	{ "run job 5 ; --adopt --skip job 5 ; --skip job 6", 75, NOT_RUN("1 second") },
	{ "run job 5 ; --adopt --skip job 5 ; ctl status job", 0,
	    "/bin/job is running, pid 1, for 1 second: job 5\n"
	    "skipped 1 time, last +1\n" },
	{ "run job 5 ; --adopt --skip job 5 ; ctl stop job", 0, "= 143\n" },
	{ "run job 5 ; run job 4 ; --adopt --skip job 5", 0, "" },
	{ "run job 5 ; run job 4 ; --adopt --skip job 4", 75,
	    OTHER_JOB("/bin/job", "1", "job 5", "0 seconds", "job 4", "NAME") },
	{ "run job 4 ; run job 4 ; --adopt --skip job 4", 0, "" },
	{ "run job 4 ; run job 4 ; --adopt --skip job 6", 75,
	    OTHER_JOB("/bin/job", "1", "job 4", "0 seconds", "job 6", "NAME") },
	{ "run job 5 ; --adopt --on-activate=take job 5 x", 0,
	    "> sh -c ONLYONE_DISPLAY='' onlyone 5 x\n" },
	{ "run job 5 ; --adopt --on-activate=take -v job 5", 0,
	    "job was already running, pid 1: it is the instance now\n"
	    "handed over to /bin/job (pid 1)\n"
	    "/bin/job (pid 1): raised=no: no display answers\n"
	    "> sh -c ONLYONE_DISPLAY='' onlyone 5\n" },
	{ "run job 5 ; --adopt -W job 5", 0, "" },
	{ "run job 5 ; --adopt --background --skip job 5", 0, "" },
	{ "run job 5 ; --adopt -d --skip job 5", 0, "> job 5\n" },
	{ "run job 5 ; --adopt --lock-file=/home/u/l --skip job 5", 64,
	    USAGE },
	{ "run job 5 ; --adopt nice job 5", 0, "" },
	{ "run job 5 ; --adopt --skip nice job 5", 0, "" },
	{ "run job 5 ; --adopt --skip env X=y job 5", 75,
	    OTHER_JOB("/bin/job", "1", "job 5", "0 seconds", "env X=y job 5", "NAME") },
	{ "run job 5 d ; $IN=/home/u --adopt --skip job 5 d", 75,
	    "/bin/job (pid 1) is already running: job 5 d, for 0 seconds, in "
	    "/; it was not run in /home/u\n"
	    "use -k '{cwd}' for one in each folder, or --wait to run it "
	    "afterwards\n" },
	{ "$IN=/home/u run job 5 d ; $IN=/home/u --adopt --skip job 5 d", 0, "" },
	{ "$IN=/home/u run job 5 d ; --adopt --skip job 5 home/u/d", 0, "" },
	{ "run job 1 ; --adopt --skip job 0 6", 6, "> job 0 6\n" },
	{ "run job 5 ; --background --adopt job 5 ; --replace job 0 6", 6,
	    "= 143\n> job 0 6\n" },
	{ "--background job 5 ; --adopt --skip job 6", 75,
	    NOT_RUN("1 second") "> job 5\n" },
	{ "run job 5 ; --adopt --every=9 job 5", 64,
	    "--every does not go with --adopt; see onlyone --help\n" },
	{ "run job 5 ; --adopt --overdue=1 job 5", 64,
	    "--overdue does not go with --adopt; it is for --skip and -n; see "
	    "onlyone --help\n" },
	{ "run job 5 ; --adopt -j2 --skip job 5", 64,
	    USAGE },
	{ NULL, 0, NULL }
};
