/*
 * exact_waits.c: what a command line says, and does, while another program's instance has
 * the lock file.
 */
#include <stddef.h>

#include "tests/sim/exact.h"

#define B(words) "--background --lock-file=/home/u/l -a A job 4 ; " \
	"--lock-file=/home/u/l -a B " words
#define AND " ; --lock-file=/home/u/l -a B "
#define LOCKED "B is not running, but pid 1 (job) has its lock file /home/u/l locked"
#define BUSY LOCKED "\n"
#define SKIPS LOCKED ": job 4; this command was not run\n" \
	"use --wait to run it afterwards\n"

const struct exact_row exact_waits[] = {
	{ B("job 0 6"), 75, BUSY "> job 4\n" },
	{ B("-v job 0 6"), 75, BUSY "> job 4\n" },
	{ B("--skip job 0 6"), 0, SKIPS "> job 4\n" },
	{ B("-n job 0 6"), 75, BUSY "> job 4\n" },
	{ B("--wait job 0 6"), 6, "> job 4\n> job 0 6\n" },
	{ B("--wait -v job 0 6"), 6, "> job 4\n> job 0 6\n" },
	{ B("-w1 job 0 6"), 75, BUSY "> job 4\n" },
	{ B("-w0 job 0 6"), 75, BUSY "> job 4\n" },
	{ B("--queue job 0 6"), 6, "> job 4\n> job 0 6\n" },
	{ B("--replace job 0 6"), 6, "> job 4\n> job 0 6\n" },
	{ B("--replace -w1 job 0 6"), 75, BUSY "> job 4\n" },
	{ B("--toggle job 0 6"), 75, BUSY "> job 4\n" },
	{ B("--join job 0 6"), 75, BUSY "> job 4\n" },
	{ B("--join -w1 job 0 6"), 75, BUSY "> job 4\n" },
	{ B("--every=9 job 0 6"), 0, SKIPS "> job 4\n" },
	{ B("--overdue=1 job 0 6"), 0, SKIPS "> job 4\n" },
	{ "--background --lock-file=/home/u/l -a A job 4 ; "
	    "--lock-file=/home/u/l:shared -a B job 0 6", 75,
	    BUSY "> job 4\n" },
	{ "--background --lock-file=/home/u/l:shared -a A job 4 ; "
	    "--lock-file=/home/u/l:shared -a B job 0 6", 6,
	    "> job 4\n> job 0 6\n" },
	{ "--background --lock-file=/home/u/l:shared -a A job 4 ; "
	    "--lock-file=/home/u/l -a B --skip job 0 6", 0,
	    SKIPS "> job 4\n" },
	{ B("--wait job 0 6") AND "--skip job 0 7", 0,
	    SKIPS "= 6\n> job 4\n> job 0 6\n" },
	{ B("--wait job 0 6") AND "job 0 7", 75, BUSY "= 6\n> job 4\n> job 0 6\n" },
	{ B("--wait job 0 6") AND "-n job 0 7", 75,
	    BUSY "= 6\n> job 4\n> job 0 6\n" },
	{ B("--wait job 0 6") AND "--join job 0 7", 75,
	    BUSY "= 6\n> job 4\n> job 0 6\n" },
	{ B("--wait job 0 6") AND "--toggle job 0 7", 75,
	    BUSY "= 6\n> job 4\n> job 0 6\n" },
	{ "--background --lock-file=/home/u/l -a A job 5 ; "
	    "$TTY=1 --lock-file=/home/u/l -a B --wait job 0 6", 6,
	    "waiting for the lock file /home/u/l, locked by pid 1 (job)\n"
	    "> job 5\n> job 0 6\n" },
	{ "--background --lock-file=/home/u/l -a A job 5 ; "
	    "$TTY=1 --lock-file=/home/u/l -a B -w2 job 0 6", 75,
	    "waiting for the lock file /home/u/l, locked by pid 1 (job)\n" BUSY
	    "> job 5\n" },
	{ "--background --lock-file=/home/u/l -a A job 5 ; "
	    "$TTY=1 --lock-file=/home/u/l -a B -w1 job 0 6", 75,
	    BUSY "> job 5\n" },
	{ "--background --lock-file=/home/u/l -a A job 5 ; "
	    "$TTY=1 --lock-file=/home/u/l -a B --queue job 0 6", 6,
	    "waiting: B is not running, but pid 1 (job) has its lock file "
	    "/home/u/l locked\n> job 5\n> job 0 6\n" },
	{ "--background --lock-file=/home/u/l -a A job 5 ; "
	    "$TTY=1 --lock-file=/home/u/l -a B --replace job 0 6", 6,
	    "waiting for the lock file /home/u/l, locked by pid 1 (job)\n"
	    "> job 5\n> job 0 6\n" },
	{ NULL, 0, NULL }
};
