/*
 * exact_leaves.c: scripts and command lines about what is left: files that a rule goes
 * without, processes that outlive an instance, programs that are not followed, or that
 * run outside onlyone.
 */
#include <stddef.h>

#include "tests/sim/exact.h"

#define NO_OUTPUT "cannot open the output file /none/x: No such file or directory\n"
#define NO_LOCK "cannot open the lock file /none/l: No such file or directory\n"
#define WITHOUT "runs without a file of its rule: "
#define ENDED "/bin/brood has ended; 1 process that it has started is still running, pid p; "
#define STAYS "onlyone: pid p (/bin/true), which /bin/brood has started, is still running; " \
	"it does not count as the instance, see onlyone(7)\n"
#define OPENS "onlyone: gnome-terminal exits at once and leaves its window to " \
	"gnome-terminal-server, so each launch opens another window\n" \
	"onlyone: use gnome-terminal --wait, which stays and is single\n"
#define WHOLE "the application is the whole command line\n" \
	"use --app=NAME to give it a name\n"
#define PRIVILEGED(how) " is set-" how "-ID: if it becomes a daemon, onlyone cannot " \
	"follow it\n" \
	"use --lifetime=main and run it in the foreground, or use --lifetime=tree\n"
#define NOT_DUE " is not due until ~: nap 10 was started at ~"
#define OUTSIDE "job is already running outside onlyone (pid 1)\n" \
	"use --adopt to take it over\n"

#define ENFORCED(words) "$ONLYONE_ENFORCE=true --enforced /bin/true " words
#define ITSELF "/bin/true: asked by the instance itself, which would hand over to itself\n" \
	"use -a with another name for a job of its own\n"

const struct exact_row exact_leaves[] = {
	{ "onlyone --enforced /bin/tide tide 3\n"
	    "onlyonectl log tide\n", 0,
	    "onlyone: continuing without it: " NO_OUTPUT
	    "onlyone: continuing without it: " NO_LOCK
	    "> tide 3\n"
	    "=3\n"
	    "TIME~PID  WHAT\n"
	    "~launched\n"
	    "~" WITHOUT NO_OUTPUT
	    "~" WITHOUT NO_LOCK
	    "~has ended, status 3\n" },
	{ "onlyone --background brood 9000 4000 apart\n"
	    "sleep 50\n"
	    "onlyone --background --replace brood 9000 4000 apart\n"
	    "sleep 50\n"
	    "onlyonectl stop brood\n", 0,
	    "> brood 9000 4000 apart\n"
	    "onlyone: " ENDED "--tree ends that too\n"
	    "> brood 9000 4000 apart\n"
	    "onlyonectl: " ENDED "--tree ends that too\n" },
	{ "onlyone --background brood 9000 4000 apart\n"
	    "sleep 50\n"
	    "onlyone --background --replace --tree brood 9000 4000 apart\n"
	    "sleep 50\n"
	    "onlyonectl stop brood\n", 0,
	    "> brood 9000 4000 apart\n"
	    "> brood 9000 4000 apart\n" },
	{ "onlyone -W brood 50 4000 apart\n"
	    "onlyone -v brood 50 4000 apart\n", 0,
	    "> brood 50 4000 apart\n"
	    STAYS
	    STAYS
	    "> brood 50 4000 apart\n" },
	{ "onlyone gnome-terminal 3\n"
	    "onlyone gnome-terminal 4\n", 0,
	    OPENS
	    "> gnome-terminal 3\n"
	    "=3\n"
	    "> gnome-terminal 4\n"
	    "=4\n" },
	{ "onlyone gnome-terminal --wait\n"
	    "onlyone -q gnome-terminal 4\n", 0,
	    "> gnome-terminal --wait\n"
	    "> gnome-terminal 4\n"
	    "=4\n" },
	{ "own 3", 3, "/bin/own" PRIVILEGED("user") "> own 3\n" },
	{ "-q own 3", 3, "> own 3\n" },
	{ "--lifetime=tree own 3", 3, "> own 3\n" },
	{ "--lifetime=main own 3", 3, "> own 3\n" },
	{ "group 3", 3, "/bin/group" PRIVILEGED("group") "> group 3\n" },
	{ "-v ninja 3", 3,
	    WHOLE "ninja would leave behind what it runs: --tree is on\n"
	    "> ninja 3\n" },
	{ "-v --tree ninja 3", 3, WHOLE "> ninja 3\n" },
	{ "$DISPLAY=:0 run job 5 ; $DISPLAY=:0 --on-activate=true job 0 3", 3,
	    OUTSIDE "> job 0 3\n" },
	{ "$DISPLAY=:0 run job 5 ; $DISPLAY=:0 --on-activate=true -k A job 0 3", 3,
	    "> job 0 3\n" },
	{ "run job 5 ; --on-activate=true job 0 3", 3, "> job 0 3\n" },
	{ "tty\n"
	    "time onlyone -d nap 300 200\n", 0,
	    "> nap 300\n"
	    "> nap 200\n"
	    "in 0.5 s\n" },
	{ "onlyone --every=1d nap 10\n"
	    "about would onlyone --every=1d --dry-run nap 10\n"
	    "about would onlyone --every=1d --dry-run nap 20\n"
	    "onlyone --every=1d -n nap 10\n", 0,
	    "> nap 10\n"
	    "would:       do nothing: it" NOT_DUE ", and succeeded\n"
	    "would:       do nothing: it" NOT_DUE ", and succeeded\n"
	    "onlyone: /bin/nap" NOT_DUE " and succeeded\n"
	    "=75\n" },
	/* A program that has a rule, and was started by an instance, or not. */
	{ ENFORCED("true onlyone --enforced /bin/true true 3"), 3,
	    "> true 3\n> true onlyone --enforced /bin/true true 3\n" },
	{ ENFORCED("true sweep onlyone --enforced /bin/true true 3"), 75,
	    ITSELF "> true sweep onlyone --enforced /bin/true true 3\n" },
	{ ENFORCED("true env -u ONLYONE_SLOT onlyone --enforced /bin/true true 3"),
	    75, ITSELF "> true env -u ONLYONE_SLOT onlyone --enforced /bin/true "
	    "true 3\n" },
	{ "$ONLYONE_ENFORCE=true true onlyone --enforced /bin/true true 3", 3,
	    "> true 3\n> true onlyone --enforced /bin/true true 3\n" },
	{ "$ONLYONE_ENFORCE=true -a name true onlyone --enforced /bin/true true 3", 3,
	    "> true 3\n> true onlyone --enforced /bin/true true 3\n" },
	{ "$ONLYONE_ENFORCE=true -a x/true nice onlyone --enforced /bin/true true 3",
	    3, "> nice onlyone --enforced /bin/true true 3\n> true 3\n" },
	{ ENFORCED("true job 5") " ; " ENFORCED("true job 5"), 0, "> true job 5\n" },
	{ ENFORCED("true job 5") " ; " ENFORCED("true 3"), 0,
	    OTHER_JOB("/bin/true", "1", "true job 5", "1 second", "true 3", "NAME")
	    "> true job 5\n" },
	{ "$ONLYONE_DIR=/none/x " ENFORCED("true 3"), 3, "> true 3\n" },
	{ "$ONLYONE_DIR=/bin/true " ENFORCED("true 3"), 3, "> true 3\n" },
	{ "$ONLYONE_ENFORCE=mail --enforced /bin/true true 3", 3, "> true 3\n" },
	{ "$ONLYONE_DISABLE=1 " ENFORCED("true 3"), 3, "> true 3\n" },
	{ NULL, 0, NULL }
};
