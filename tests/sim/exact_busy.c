/*
 * exact_busy.c: what a command line says, and does, while an instance runs.
 *
 * job SECONDS STATUS is a program.
 */
#include <stddef.h>

#include "tests/sim/exact.h"

#define RUNS IS_RUNNING("/bin/job", "1", "job 5", "1 second")
#define NOT_RUN(mine) OTHER_JOB("/bin/job", "1", "job 5", "1 second", mine, "NAME")

const struct exact_row exact_busy[] = {
	{ "--background job 5 ; --skip job 5", 0, "> job 5\n" },
	{ "--background job 5 ; --skip job 6", 75, NOT_RUN("job 6") "> job 5\n" },
	{ "--background job 5 ; -n job 5", 75, RUNS "> job 5\n" },
	{ "--background job 5 ; -n job 6", 75, NOT_RUN("job 6") "> job 5\n" },
	{ "--background job 5 ; job 5", 0, "> job 5\n" },
	{ "--background job 5 ; job 6", 0, NOT_RUN("job 6") "> job 5\n" },
	{ "--background job 5 ; -v job 5", 0,
	    RUNS "/bin/job (pid 1): raised=no: no display answers\n> job 5\n" },
	{ "--background job 5 ; -v job 6", 0,
	    NOT_RUN("job 6")
	    "/bin/job (pid 1): raised=no: no display answers\n> job 5\n" },
	{ "--background job 5 ; -q job 5", 0, "> job 5\n" },
	{ "--background job 5 ; -q job 6", 0, "> job 5\n" },
	{ "--background job 5 ; --must-deliver job 5", 0, "> job 5\n" },
	{ "--background job 5 ; --must-deliver job 6", 69,
	    NOT_RUN("job 6") "> job 5\n" },
	{ "--background job 5 ; --must-deliver --skip job 6", 69,
	    NOT_RUN("job 6") "> job 5\n" },
	{ "--background job 5 ; --must-deliver --skip job 5", 0, "> job 5\n" },
	{ "--background job 5 ; --must-deliver -n job 6", 75,
	    NOT_RUN("job 6") "> job 5\n" },
	{ "--background job 5 ; --skip -v job 5", 0, "> job 5\n" },
	{ "--background job 5 ; --skip -v job 6", 75, NOT_RUN("job 6") "> job 5\n" },
	{ "--background job 5 ; --skip -q job 6", 75, "> job 5\n" },
	{ "--background job 5 ; -n -v job 5", 75, RUNS "> job 5\n" },
	{ "--background job 5 ; -n -q job 5", 75, "> job 5\n" },
	{ "--background job 5 ; -n -E44 job 5", 44, RUNS "> job 5\n" },
	{ "--background job 5 ; --skip -E44 job 6", 44,
	    NOT_RUN("job 6") "> job 5\n" },
	{ "--background job 5 ; -W job 5", 0, "> job 5\n" },
	{ "--background job 5 ; -W job 6", 0, NOT_RUN("job 6") "> job 5\n" },
	{ "--background job 5 ; --join job 5", 0, "> job 5\n" },
	{ "--background job 5 ; --join job 6", 75, NOT_RUN("job 6") "> job 5\n" },
	{ "--background job 3 7 ; --join job 3 7", 7, "> job 3 7\n" },
	{ "--background job 3 7 ; --join -v job 3 7", 7,
	    "waiting for /bin/job (pid 1) to end\n> job 3 7\n" },
	{ "--background job 3 7 ; --join -q job 3 7", 7, "> job 3 7\n" },
	{ "--background job 5 ; --join -w1 job 5", 75,
	    "/bin/job (pid 1) is still running\n> job 5\n" },
	{ "--background job 5 ; --join -w0 job 5", 75,
	    "/bin/job (pid 1) is still running\n> job 5\n" },
	{ "--background job 5 ; --join -w1 -v job 5", 75,
	    "waiting for /bin/job (pid 1) to end\n"
	    "/bin/job (pid 1) is still running\n> job 5\n" },
	{ "--background job 5 ; --join -w1 job 6", 75, NOT_RUN("job 6") "> job 5\n" },
	{ "--background job 5 ; --wait job 0 6", 6, "> job 5\n> job 0 6\n" },
	{ "--background job 5 ; --wait -v job 0 6", 6, "> job 5\n> job 0 6\n" },
	{ "--background job 5 ; --wait -q job 0 6", 6, "> job 5\n> job 0 6\n" },
	{ "--background job 5 ; -w1 job 5", 75,
	    "/bin/job (pid 1) is still running\n> job 5\n" },
	{ "--background job 5 ; -w1 -v job 5", 75,
	    "/bin/job (pid 1) is still running\n> job 5\n" },
	{ "--background job 5 ; -w1 -q job 5", 75, "> job 5\n" },
	{ "--background job 5 ; -w0 job 5", 75, RUNS "> job 5\n" },
	{ "--background job 5 ; -w0 -v job 5", 75, RUNS "> job 5\n" },
	{ "--background job 5 ; -w9 job 0 6", 6, "> job 5\n> job 0 6\n" },
	{ "--background job 5 ; --queue job 0 6", 6, "> job 5\n> job 0 6\n" },
	{ "--background job 5 ; --queue -v job 0 6", 6, "> job 5\n> job 0 6\n" },
	{ "--background job 5 ; --queue -w1 job 5", 75,
	    "/bin/job (pid 1) is still running\n> job 5\n" },
	{ "--background job 5 ; --queue job 0 ; --queue job 0", 0,
	    "/bin/job: an identical launch is queued already, pid 2\n> job 5\n"
	    "> job 0\n" },
	{ "--background job 5 ; --queue job 0 ; --queue job 0 6", 75,
	    "/bin/job: a launch is queued already: pid 2 (onlyone --queue job "
	    "0); --queue=2 lets one more wait\n> job 5\n> job 0\n" },
	{ "--background job 5 ; --queue=2 job 0 ; --queue=2 job 0 6", 6,
	    "> job 5\n> job 0\n> job 0 6\n" },
	{ "--background job 5 ; "
	    "--queue=2 -v job 0 1 ; "
	    "--queue=2 -v job 0 2 ; "
	    "--queue=2 job 0 3", 75,
	    "/bin/job: the queue is full: pid 2 (onlyone --queue=2 -v job 0 "
	    "1), pid 3 (onlyone --queue=2 -v job 0 2); --queue=3 lets one more "
	    "wait\n= 1\n= 2\n> job 5\n> job 0 1\n> job 0 2\n" },
	{ "--background job 5 ; "
	    "--queue=3 -v job 0 1 ; "
	    "--queue=3 -v job 0 2 ; "
	    "--queue=3 -v job 0 3", 3,
	    "= 1\n= 2\n> job 5\n> job 0 1\n> job 0 2\n> job 0 3\n" },
	{ "--background job 5 ; "
	    "--wait job 0 1 ; "
	    "--wait -v job 0 2 ; "
	    "--wait -v job 0 3", 3,
	    "= 1\n= 2\n> job 5\n> job 0 1\n> job 0 2\n> job 0 3\n" },
	{ "--background job 5 ; --wait job 0 1 ; --skip job 0 2", 75,
	    OTHER_JOB("/bin/job", "1", "job 5", "2 seconds", "job 0 2", "NAME")
	    "= 1\n> job 5\n> job 0 1\n" },
	{ "--background job 5 ; --wait job 0 1 ; -n job 0 2", 75,
	    OTHER_JOB("/bin/job", "1", "job 5", "2 seconds", "job 0 2", "NAME")
	    "= 1\n> job 5\n> job 0 1\n" },
	{ "--background job 5 ; --wait job 0 1 ; job 5", 0,
	    "= 1\n> job 5\n> job 0 1\n" },
	{ "--background job 5 ; "
	    "--wait job 0 1 ; "
	    "-w1 job 0 2 ; "
	    "-w1 -v job 0 2", 2,
	    "/bin/job (pid 1) is still running\n= 75\n= 1\n> job 5\n"
	    "> job 0 1\n> job 0 2\n" },
	{ "--background job 5 ; "
	    "--wait --background job 0 1 ; "
	    "--wait -v job 0 2", 2,
	    "> job 5\n> job 0 1\n> job 0 2\n" },
	{ "--background job 5 ; --replace job 0 6", 6, "> job 5\n> job 0 6\n" },
	{ "--background job 5 ; --replace -v job 0 6", 6, "> job 5\n> job 0 6\n" },
	{ "--background job 5 ; --replace -q job 0 6", 6, "> job 5\n> job 0 6\n" },
	{ "--background job 5 ; --replace job 0 6 ; --replace job 0 7", 7,
	    "= 6\n> job 5\n> job 0 6\n> job 0 7\n" },
	{ "--background job 5 ; "
	    "--replace --background job 5 ; "
	    "--replace job 0 7", 7,
	    "> job 5\n> job 5\n> job 0 7\n" },
	{ "--background job 5 ; --replace job 5", 0, "> job 5\n> job 5\n" },
	{ "--background job 5 ; --replace -W job 0 6", 6, "> job 5\n> job 0 6\n" },
	{ "--background job 5 ; --replace --stop-signal=INT job 0 6", 6,
	    "> job 5\n> job 0 6\n" },
	{ "--background --stop-signal=HUP job 5 ; --replace job 0 6", 6,
	    "> job 5\n> job 0 6\n" },
	{ "--background job 5 ; --toggle job 5", 0, "> job 5\n" },
	{ "--background job 5 ; --toggle -v job 5", 0, "> job 5\n" },
	{ "--background job 5 ; --toggle job 6", 0, "> job 5\n> job 6\n" },
	{ "--background job 5 ; --toggle -v job 6", 0, "> job 5\n> job 6\n" },
	{ "--background job 5 ; --toggle -q job 6", 0, "> job 5\n> job 6\n" },
	{ "--background job 5 ; --toggle --must-deliver job 6", 0,
	    "> job 5\n> job 6\n" },
	{ "--background job 5 ; --toggle job 5 ; --toggle job 0 6", 6,
	    "> job 5\n> job 0 6\n" },
	{ "--background job 5 ; --toggle --stop-signal=USR1 job 5", 0, "> job 5\n" },
	{ "--background job 5 ; --overdue=9 job 5", 0, "> job 5\n" },
	{ "--background job 5 ; --overdue=0.5 job 5", 75,
	    "/bin/job (pid 1) is overdue: job 5, for 1 second, in /\n> job 5\n" },
	{ "--background job 5 ; --overdue=0.5 job 6", 75,
	    "/bin/job (pid 1) is overdue: job 5, for 1 second, in /; \"job 6\" "
	    "was not run\n"
	    "use -a NAME for a job of its own, or --wait to run it afterwards\n"
	    "> job 5\n" },
	{ "--background job 5 ; --overdue=0.5 -n job 5", 75,
	    "/bin/job (pid 1) is overdue: job 5, for 1 second, in /\n> job 5\n" },
	{ "--background job 5 ; --overdue=0.5 -n job 6", 75,
	    "/bin/job (pid 1) is overdue: job 5, for 1 second, in /; \"job 6\" "
	    "was not run\n"
	    "use -a NAME for a job of its own, or --wait to run it afterwards\n"
	    "> job 5\n" },
	{ "--background job 5 ; --overdue=0.5 -v job 5", 75,
	    "/bin/job (pid 1) is overdue: job 5, for 1 second, in /\n> job 5\n" },
	{ "--background job 5 ; --overdue=0.5 -q job 5", 75, "> job 5\n" },
	{ "--background job 5 ; --overdue=0.5:stop job 5", 0,
	    "/bin/job (pid 1) is overdue, for 1 second: stopping it, to run it "
	    "again\n> job 5\n> job 5\n" },
	{ "--background job 5 ; --overdue=0.5:stop job 0 6", 6,
	    "/bin/job (pid 1) is overdue, for 1 second: stopping it, to run it "
	    "again\n> job 5\n> job 0 6\n" },
	{ "--background job 5 ; --overdue=9:stop job 5", 0, "> job 5\n" },
	{ "--background job 5 ; --overdue=0.5:stop -v job 0 6", 6,
	    "/bin/job (pid 1) is overdue, for 1 second: stopping it, to run it "
	    "again\n> job 5\n> job 0 6\n" },
	{ "--background job 5 ; --overdue=0.5:stop --background job 5", 0,
	    "/bin/job (pid 1) is overdue, for 1 second: stopping it, to run it "
	    "again\n> job 5\n> job 5\n" },
	{ "--every=9 job 0 ; --every=9 job 0", 0, "> job 0\n" },
	{ "--every=9 job 0 ; --every=9 -v job 0", 0,
	    "/bin/job is not due until +9: job 0 was started at +0 and "
	    "succeeded\n> job 0\n" },
	{ "--every=9 job 0 ; --every=9 -q job 0", 0, "> job 0\n" },
	{ "--every=9 job 0 ; --every=9 job 0 6", 75,
	    "/bin/job is not due until +9: job 0 was started at +0 and "
	    "succeeded; \"job 0 6\" was not run\n"
	    "use -a NAME to count it separately\n> job 0\n" },
	{ "--every=9 job 0 ; --every=9 -n job 0", 75,
	    "/bin/job is not due until +9: job 0 was started at +0 and "
	    "succeeded\n> job 0\n" },
	{ "--every=9 job 0 ; --every=9 --skip job 0 6", 75,
	    "/bin/job is not due until +9: job 0 was started at +0 and "
	    "succeeded; \"job 0 6\" was not run\n"
	    "use -a NAME to count it separately\n> job 0\n" },
	{ "--every=9 job 0 ; --every=0.5 job 0", 0, "> job 0\n> job 0\n" },
	{ "--every=9 job 0 ; --every=0.5 job 0 6", 6, "> job 0\n> job 0 6\n" },
	{ "--every=9 job 0 6 ; --every=9 job 0 6", 6, "= 6\n> job 0 6\n> job 0 6\n" },
	{ "--every=9 job 0 ; job 0 6", 6, "> job 0\n> job 0 6\n" },
	{ "--background --every=9 job 3 ; --every=9 job 3", 0, "> job 3\n" },
	{ "--background --every=9 job 3 ; --every=9 job 4", 75,
	    OTHER_JOB("/bin/job", "1", "job 3", "1 second", "job 4", "NAME")
	    "> job 3\n" },
	{ "--background --every=0.5 job 3 ; --every=0.5 job 3", 0, "> job 3\n" },
	{ "--every=9 job 0 ; --every=9 --wait job 0 ; --every=9 job 0", 0,
	    "> job 0\n" },
	{ "--every=9 job 0 ; --every=9 --must-deliver job 0 6", 69,
	    "/bin/job is not due until +9: job 0 was started at +0 and "
	    "succeeded; \"job 0 6\" was not run\n"
	    "use -a NAME to count it separately\n> job 0\n" },
	{ "-W --every=9 job 0 ; --every=9 job 0", 0, "> job 0\n" },
	{ "--background -j2 job 5 ; --background -j2 job 5 ; -j2 job 5", 0,
	    "> job 5\n> job 5\n" },
	{ "--background -j2 job 5 ; "
	    "--background -j2 job 5 ; "
	    "--skip -j2 job 5", 0,
	    "> job 5\n> job 5\n" },
	{ "--background -j2 job 5 ; "
	    "--background -j2 job 6 ; "
	    "--skip -j2 job 7", 75,
	    OTHER_JOB("/bin/job", "2", "job 6", "1 second", "job 7", "NAME")
	    "> job 5\n> job 6\n" },
	{ "--background -j2 job 5 ; "
	    "--background -j2 job 6 ; "
	    "-n -j2 job 5", 75,
	    IS_RUNNING("/bin/job", "1", "job 5", "2 seconds") "> job 5\n> job 6\n" },
	{ "--background -j2 job 5 ; --background -j2 job 6 ; -j2 job 7", 0,
	    OTHER_JOB("/bin/job", "2", "job 6", "1 second", "job 7", "NAME")
	    "> job 5\n> job 6\n" },
	{ "--background -j2 job 5 ; "
	    "--background -j2 job 6 ; "
	    "--wait -j2 job 0 7", 7,
	    "> job 5\n> job 6\n> job 0 7\n" },
	{ "--background -j2 job 5 ; "
	    "--background -j2 job 6 ; "
	    "--wait -v -j2 job 0 7", 7,
	    "> job 5\n> job 6\n> job 0 7\n" },
	{ "--background -j2 job 5 ; "
	    "--background -j2 job 6 ; "
	    "--replace -j2 job 0 7", 7,
	    "> job 5\n> job 6\n> job 0 7\n" },
	{ "--background -j2 job 5 ; "
	    "--background -j2 job 6 ; "
	    "--join -j2 job 5", 0,
	    "> job 5\n> job 6\n" },
	{ "--background -j2 job 5 ; --background -j2 job 6 ; -j3 job 0 7", 7,
	    "> job 5\n> job 6\n> job 0 7\n" },
	{ "--background -j2 job 5 ; -j1 job 6", 0, NOT_RUN("job 6") "> job 5\n" },
	{ "--background -j2 job 5 ; -j2 --dry-run job 6", 0,
	    "would:       start /bin/job\n> job 5\n" },
	{ "--background -j2 job 5 ; "
	    "--background -j2 job 6 ; "
	    "--dry-run -j2 job 7", 0,
	    "would:       activate pid 2, which runs job 6\n> job 5\n> job 6\n" },
	{ "--background --lifetime=tree job 4 ; --skip job 5", 75,
	    OTHER_JOB("/bin/job", "1", "job 4", "1 second", "job 5", "NAME")
	    "> job 4\n" },
	{ "--background --lifetime=tree job 4 ; job 5", 0,
	    OTHER_JOB("/bin/job", "1", "job 4", "1 second", "job 5", "NAME")
	    "> job 4\n" },
	{ "--background --lifetime=main job 4 ; job 5", 0,
	    OTHER_JOB("/bin/job", "1", "job 4", "1 second", "job 5", "NAME")
	    "> job 4\n" },
	{ "--background --resettable job 4 ; job 5", 0,
	    OTHER_JOB("/bin/job", "1", "job 4", "1 second", "job 5", "NAME")
	    "> job 4\n" },
	{ "--background job 5 ; --dry-run job 5", 0,
	    "would:       activate pid 1\n> job 5\n" },
	{ "--background job 5 ; --dry-run --skip job 5", 0,
	    "would:       do nothing, because of pid 1\n> job 5\n" },
	{ "--background job 5 ; --dry-run -n job 6", 0,
	    "would:       fail, because of pid 1, which runs job 5\n> job 5\n" },
	{ "--background job 5 ; --dry-run --wait job 6", 0,
	    "would:       wait for pid 1, which runs job 5\n> job 5\n" },
	{ "--background job 5 ; --dry-run --queue job 6", 0,
	    "would:       queue behind pid 1, which runs job 5\n> job 5\n" },
	{ "--background job 5 ; --dry-run --replace job 6", 0,
	    "would:       stop and replace pid 1, which runs job 5\n> job 5\n" },
	{ "--background job 5 ; --dry-run --toggle job 5", 0,
	    "would:       stop, or if its command line differs replace, pid 1\n"
	    "> job 5\n" },
	{ "--background job 5 ; --dry-run --toggle job 6", 0,
	    "would:       stop, or if its command line differs replace, pid 1, "
	    "which runs job 5\n> job 5\n" },
	{ "--background job 5 ; --dry-run --join job 5", 0,
	    "would:       wait for, and exit like, pid 1\n> job 5\n" },
	{ "--background job 5 ; --dry-run --overdue=0.5 job 5", 0,
	    "would:       fail, because of pid 1, which is overdue\n> job 5\n" },
	{ "--background job 5 ; --dry-run --overdue=0.5:stop job 5", 0,
	    "would:       stop and replace pid 1, which is overdue\n> job 5\n" },
	{ "--background job 5 ; --explain --skip job 5", 0,
	    "will:        do nothing, because of pid 1\n> job 5\n" },
	{ "--background job 5 ; --explain -n job 6", 75,
	    "will:        fail, because of pid 1, which runs job 5\n"
	    NOT_RUN("job 6") "> job 5\n" },
	{ "--background job 5 ; --explain --toggle job 5", 0,
	    "will:        stop, or if its command line differs replace, pid 1\n"
	    "> job 5\n" },
	{ "--background job 5 ; --explain job 6", 0,
	    "will:        activate pid 1, which runs job 5\n" NOT_RUN("job 6")
	    "> job 5\n" },
	{ "--background job 5 ; --background --skip job 6", 75,
	    NOT_RUN("job 6") "> job 5\n" },
	{ "--background job 5 ; --background job 6", 0,
	    NOT_RUN("job 6") "> job 5\n" },
	{ "--background job 5 ; --background -n job 6", 75,
	    NOT_RUN("job 6") "> job 5\n" },
	{ "--background job 5 ; --background --wait job 0 6", 0,
	    "> job 5\n> job 0 6\n" },
	{ "--background job 5 ; --background -w1 job 0 6", 75,
	    "/bin/job (pid 1) is still running\n> job 5\n" },
	{ "--background job 5 ; --background --join job 5", 0, "> job 5\n" },
	{ "--background job 5 ; "
	    "--background --queue job 5 ; "
	    "--skip job 5", 0,
	    "> job 5\n> job 5\n" },
	{ "--background job 1 ; --skip job 0 6", 6, "> job 1\n> job 0 6\n" },
	{ "--background job 5 ; ctl stop job ; job 0 6", 6, "> job 5\n> job 0 6\n" },
	{ "--background job 5 ; --wait job 0 6 ; ctl stop job", 0,
	    "= 6\n> job 5\n> job 0 6\n" },
	{ "--background job 5 ; --join job 5 ; ctl stop job", 0, "= 143\n> job 5\n" },
	{ "ctl seal job ; job 0 6 ; ctl unseal job", 0,
	    "no instance of /bin/job is running; sealed anyway: it cannot run "
	    "until onlyonectl unseal\n"
	    "/bin/job is sealed: this launch has no key, and only these may "
	    "run: none; see onlyonectl unseal\n= 77\n" },
	{ "ctl seal job ; --skip job 0 6 ; ctl unseal job", 0,
	    "no instance of /bin/job is running; sealed anyway: it cannot run "
	    "until onlyonectl unseal\n"
	    "/bin/job is sealed: this launch has no key, and only these may "
	    "run: none; see onlyonectl unseal\n= 77\n" },
	{ "ctl seal job ; --wait job 0 6 ; ctl unseal job", 0,
	    "no instance of /bin/job is running; sealed anyway: it cannot run "
	    "until onlyonectl unseal\n"
	    "/bin/job is sealed: this launch has no key, and only these may "
	    "run: none; see onlyonectl unseal\n= 77\n" },
	{ "--background job 5 ; "
	    "ctl seal job ; "
	    "--skip job 5 ; "
	    "ctl unseal job", 0,
	    "> job 5\n" },
	{ "--background job 5 ; ctl seal job ; job 6 ; ctl unseal job", 0,
	    OTHER_JOB("/bin/job", "1", "job 5", "2 seconds", "job 6", "NAME")
	    "> job 5\n" },
	{ "--background job 5 ; "
	    "ctl seal job ; "
	    "--wait job 6 ; "
	    "ctl unseal job", 0,
	    "> job 5\n> job 6\n" },
	{ "--background job 3 ; "
	    "ctl seal job ; "
	    "--replace job 6 ; "
	    "ctl unseal job", 0,
	    "> job 3\n> job 6\n" },
	{ "$TTY=1 --skip job 0", 0, "> job 0\n" },
	{ "$TTY=1 sh -c x", 0,
	    "the application is the whole command line\n"
	    "use --app=NAME to give it a name\n> sh -c x\n" },
	{ "$TTY=1 sudo true", 0,
	    "the application is the whole command line\n"
	    "use --app=NAME to give it a name\n> sudo true\n" },
	{ "$TTY=1 -v sudo true", 0,
	    "the application is the whole command line\n"
	    "use --app=NAME to give it a name\n> sudo true\n" },
	{ "$TTY=1 -q sudo true", 0, "> sudo true\n" },
	{ "--background job 5 ; $TTY=1 job 6", 0, NOT_RUN("job 6") "> job 5\n" },
	{ "--background job 5 ; $TTY=1 job 5", 0, "> job 5\n" },
	{ "--background job 5 ; $TTY=1 --wait job 0 6", 6,
	    "waiting for /bin/job (pid 1), at place 1 of the queue\n> job 5\n"
	    "> job 0 6\n" },
	{ "--background job 5 ; $TTY=1 --wait -v job 0 6", 6,
	    "waiting for /bin/job (pid 1), at place 1 of the queue\n> job 5\n"
	    "> job 0 6\n" },
	{ "--background job 5 ; $TTY=1 --wait -q job 0 6", 6, "> job 5\n> job 0 6\n" },
	{ "--background job 5 ; $TTY=1 -w1 job 0 6", 75,
	    "waiting for /bin/job (pid 1), at place 1 of the queue\n"
	    "/bin/job (pid 1) is still running\n> job 5\n" },
	{ "--background job 5 ; $TTY=1 -w2 job 0 6", 75,
	    "waiting for /bin/job (pid 1), at place 1 of the queue\n"
	    "/bin/job (pid 1) is still running\n> job 5\n" },
	{ "--background job 5 ; $TTY=1 --queue job 0 6", 6,
	    "waiting for /bin/job (pid 1), at place 1 of the queue\n> job 5\n"
	    "> job 0 6\n" },
	{ "--background job 5 ; $TTY=1 --replace job 0 6", 6, "> job 5\n> job 0 6\n" },
	{ "--background job 5 ; $TTY=1 --join job 5", 0,
	    "waiting for /bin/job (pid 1) to end\n> job 5\n" },
	{ "--background job 5 ; $TTY=1 --join -v job 5", 0,
	    "waiting for /bin/job (pid 1) to end\n> job 5\n" },
	{ "--background job 5 ; $TTY=1 --join -q job 5", 0, "> job 5\n" },
	{ "--background job 5 ; $TTY=1 --join -w2 job 5", 75,
	    "waiting for /bin/job (pid 1) to end\n"
	    "/bin/job (pid 1) is still running\n> job 5\n" },
	{ "--background job 5 ; "
	    "$TTY=1 --wait job 0 1 ; "
	    "$TTY=1 --wait job 0 2", 2,
	    "waiting for /bin/job (pid 1), at place 1 of the queue\n"
	    "waiting for /bin/job (pid 1), at place 2 of the queue\n= 1\n"
	    "> job 5\n> job 0 1\n> job 0 2\n" },
	{ "--background job 5 ; "
	    "$TTY=1 --wait job 0 1 ; "
	    "$TTY=1 --queue=3 job 0 2", 2,
	    "waiting for /bin/job (pid 1), at place 1 of the queue\n"
	    "waiting for /bin/job (pid 1), at place 2 of the queue\n= 1\n"
	    "> job 5\n> job 0 1\n> job 0 2\n" },
	{ "--background job 9 ; "
	    "$TTY=1 --wait job 0 1 ; "
	    "$TTY=1 --wait job 0 2 ; "
	    "$TTY=1 --wait job 0 3", 3,
	    "waiting for /bin/job (pid 1), at place 1 of the queue\n"
	    "waiting for /bin/job (pid 1), at place 2 of the queue\n"
	    "waiting for /bin/job (pid 1), at place 3 of the queue\n= 1\n= 2\n"
	    "> job 9\n> job 0 1\n> job 0 2\n> job 0 3\n" },
	{ "--background job 9 ; "
	    "--wait job 0 1 ; "
	    "-w3 job 0 2 ; "
	    "$TTY=1 --wait job 0 3", 3,
	    "waiting for /bin/job (pid 1), at place 3 of the queue\n"
	    "/bin/job (pid 1) is still running\n= 75\n= 1\n> job 9\n"
	    "> job 0 1\n> job 0 3\n" },
	{ "--background -j2 job 5 ; "
	    "--background -j2 job 6 ; "
	    "$TTY=1 --wait -j2 job 0 7", 7,
	    "waiting for /bin/job (pid 1), at place 1 of the queue\n> job 5\n"
	    "> job 6\n> job 0 7\n" },
	{ "--background --stop-signal=WINCH job 5 ; --replace job 0 6", 6,
	    "> job 5\n> job 0 6\n" },
	{ "--background --stop-signal=WINCH job 5 ; "
	    "--replace -w1 job 0 6", 75,
	    "/bin/job (pid 1) is still running; --kill-after=SEC kills it\n"
	    "> job 5\n" },
	{ "--background --stop-signal=WINCH job 5 ; "
	    "--replace -w1 --kill-after=0.5 job 0 6", 6,
	    "> job 5\n> job 0 6\n" },
	{ "--background --stop-signal=WINCH job 5 ; "
	    "--replace -w1 --kill-after=3 job 0 6", 75,
	    "/bin/job (pid 1) is still running; -w must be longer than "
	    "--kill-after\n> job 5\n" },
	{ "--background --stop-signal=WINCH job 5 ; "
	    "--replace --kill-after=1 job 0 6", 6,
	    "> job 5\n> job 0 6\n" },
	{ "--background --stop-signal=WINCH --kill-after=1 job 5 ; "
	    "--replace job 0 6", 6,
	    "> job 5\n> job 0 6\n" },
	{ "--background --stop-signal=WINCH --kill-after=1 job 5 ; "
	    "--replace -w0.5 job 0 6", 75,
	    "/bin/job (pid 1) is still running; --kill-after=SEC kills it\n"
	    "> job 5\n" },
	{ "--background --stop-signal=WINCH job 20 ; --replace job 0 6", 75,
	    "/bin/job (pid 1) is still running; --kill-after=SEC kills it\n"
	    "> job 20\n" },
	{ "--background --stop-signal=WINCH job 20 ; --toggle job 20", 75,
	    "/bin/job (pid 1) is still running; --kill-after=SEC kills it\n"
	    "> job 20\n" },
	{ "--background --stop-signal=WINCH job 9 ; "
	    "--overdue=1:stop -w1 job 9", 64,
	    "--overdue does not go with --wait; it is for --skip and -n; see "
	    "onlyone --help\n> job 9\n" },
	{ "--background --stop-signal=WINCH job 9 ; "
	    "--overdue=1:stop --kill-after=0.5 job 0 6", 6,
	    "/bin/job (pid 1) is overdue, for 1 second: stopping it, to run it "
	    "again\n> job 9\n> job 0 6\n" },
	{ "-W job 3 7 ; --skip job 3 7", 0, "= 7\n> job 3 7\n" },
	{ "-W job 3 7 ; --join job 3 7", 7, "= 7\n> job 3 7\n" },
	{ "-W --join job 3 7 ; --join job 3 7", 7, "= 7\n> job 3 7\n" },
	{ "--lifetime=tree job 3 7 ; --join job 3 7", 7, "= 7\n> job 3 7\n" },
	{ "--lifetime=tree job 3 7 ; --skip job 3 8", 75,
	    OTHER_JOB("/bin/job", "1", "job 3 7", "1 second", "job 3 8", "NAME")
	    "= 7\n> job 3 7\n" },
	{ "--lifetime=tree --background job 3 7 ; --replace job 0 6", 6,
	    "> job 3 7\n> job 0 6\n" },
	{ "--lifetime=tree --background job 3 7 ; --toggle job 3 7", 0,
	    "> job 3 7\n" },
	{ "--background --adopt job 5 ; --skip job 5", 0, "> job 5\n" },
	{ "--background --adopt job 5 ; --adopt --skip job 6", 75,
	    NOT_RUN("job 6") "> job 5\n" },
	{ "--background --max=3 job 5 ; "
	    "--background --max=3 job 5 ; "
	    "--background --max=3 job 5 ; "
	    "--skip --max=3 job 5", 0,
	    "> job 5\n> job 5\n> job 5\n" },
	{ "--background -j3 job 5 ; "
	    "--background -j3 job 6 ; "
	    "--background -j3 job 7 ; "
	    "--replace -j3 job 0 9", 9,
	    "> job 5\n> job 6\n> job 7\n> job 0 9\n" },
	{ "--background -j3 job 5 ; "
	    "--background -j3 job 6 ; "
	    "--background -j3 job 7 ; "
	    "--skip -j3 job 6", 0,
	    "> job 5\n> job 6\n> job 7\n" },
	{ "--background -j3 job 5 ; "
	    "--background -j3 job 6 ; "
	    "--background -j3 job 7 ; "
	    "-n -j3 job 8", 75,
	    OTHER_JOB("/bin/job", "3", "job 7", "1 second", "job 8", "NAME")
	    "> job 5\n> job 6\n> job 7\n" },
	{ "--background -j3 job 3 ; "
	    "--background -j3 job 9 ; "
	    "--background -j3 job 9 ; "
	    "--wait -j3 job 0 8", 8,
	    "> job 3\n> job 9\n> job 9\n> job 0 8\n" },
	{ "--background -j3 job 9 ; "
	    "--background -j3 job 3 ; "
	    "--background -j3 job 9 ; "
	    "--queue -j3 job 0 8", 8,
	    "> job 9\n> job 3\n> job 9\n> job 0 8\n" },
	{ NULL, 0, NULL }
};
