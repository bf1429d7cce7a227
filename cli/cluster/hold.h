/*
 * hold.h: onlyone-cluster --take: one run of a program under a key.
 *
 * Three processes.  The parent (take.c, run.c) is what the slot of this host
 * has as its program: it takes the key, starts COMMAND as its child, passes
 * signals on, and exits as that exits.  The holder (keep.c) keeps the key: it
 * renews the lease while the parent may be stopped by a terminal, and stays as
 * long as a daemon that COMMAND has become. The watchdog (watchdog.c) kills the
 * program by the deadline, whatever happens to these two.
 */
#ifndef HOLD_H
#define HOLD_H

#include <sys/types.h>

#include <signal.h>
#include <stdbool.h>

#include "cli/cluster/engine.h"
#include "cli/cluster/options.h"
#include "cli/cluster/record_text.h"
#include "cli/cluster/sweep.h"

/*
 * The watchdog: a process that kills the program when the lease ends.
 *
 * The holder, which renews the lease, may hang in a library, be stopped or
 * killed.  So a second process, which never talks to the store, has the
 * deadlines and acts on them.  Only the holder sends it new ones.  When the
 * holder has exited, nothing renews the lease: the program gets TERM at once
 * and KILL by the deadline.
 */

struct watchdog {
	pid_t pid;  /* 0: no watchdog */
	int pidfd;
	int word;   /* our end of its socket */
	long long born; /* clock_boot when it was started */
};

/*
 * Our lease, and when to act on it.
 *
 * Each time to live counts from before its request, on a clock that includes
 * the machine's sleep (CLOCK_BOOTTIME).  The program gets TERM grace ms before
 * the lease ends, and KILL a little before it ends.
 */

enum { LEASE_PARTS = 3 }; /* renew after each third of the time to live */

struct lease {
	const struct engine_calls *calls;
	struct engine *engine;
	long long ttl;    /* ms, as granted */
	long long grace;  /* ms */
	long long until;  /* clock_boot: when it ends */
	long long next;   /* clock_boot: when to renew */
	bool trouble;     /* the last renewal failed */
	bool refused;     /* because the store refused us */
	struct fault why; /* reason of that failure */
};

/* Set up from a grant; grace in ms, -1: the default. */
void lease_begin(struct lease *l, const struct engine_grant *g,
    long long grace);

/* When TERM is due (clock_boot). */
long long lease_term(const struct lease *l);

/* Whether a lease that was just granted is still usable: the answer may have
 * come late.  Renews it if that is due; returns by `other` (clock_boot), when
 * other work is due.  OK, or DOWN: l->why. */
enum engine_result lease_use(struct lease *l, long long other);

/*
 * What parent, holder and watchdog tell each other: datagrams.
 */

enum { COPIES = 8 };

struct word {
	enum {
		WORD_NONE,
		/* From the holder; the watchdog: LOST, STOPPED, BACK. */
		WORD_READY,    /* the program may begin; pid: the holder's */
		WORD_FAILED,   /* line: it may not */
		WORD_NOTE,     /* line: for -v */
		WORD_LOST,     /* line: why the key is lost */
		WORD_STOPPED,  /* line: why the program is stopped */
		WORD_BACK,     /* the key is held after all */
		WORD_STAYS,    /* a daemon keeps running: the parent may exit */
		WORD_RELEASED, /* line: why the key was not given back */
		/* From the parent. */
		WORD_ENDED,    /* the program has exited, with this status;
		                * copies: of it that still run */
		/* To the watchdog. */
		WORD_WATCH,    /* new deadlines: term, kill */
		WORD_OVER,     /* the run has ended: exit */
		WORD_KILL      /* send KILL */
	} what;
	pid_t pid;
	int status;              /* as wait(2) has it */
	pid_t copies[COPIES];    /* 0: no more */
	char line[256];
	/* clock_boot, ms: */
	long long term; /* when to send TERM; LLONG_MAX: the holder has */
	long long kill; /* when to send KILL (LOST_STOP: STOP) */
};

/* Send a word; line: NULL, none.  Never waits.  false: the other end is gone,
 * or has not read for long. */
bool word_send(int fd, const struct word *w, const char *line);

/* Receive a word, waiting ms.  1; 0: none came; -1: the other end is gone. */
int word_hear(int fd, struct word *w, int ms);

/* Start a watchdog.  *s is copied; parent: the socket on which it tells the
 * parent what it does.  false: errno. */
bool watchdog_begin(struct watchdog *w, const struct sweep *s, enum lost how,
    const struct word *first, int parent);

/* Close its socket, and wait for its exit, if that comes at once (after
 * WORD_OVER). */
void watchdog_end(struct watchdog *w);

/* Memory that parent and holder share.  Unlike a word, this reaches a parent
 * that was stopped as soon as it continues. */
struct page {
	_Atomic long long end; /* clock_boot, ms: when the parent has to kill
	                        * the program, since holder and watchdog have
	                        * not; 0: never */
};

/* More than a dozen members: the whole state of a run. */
struct hold {
	const struct cluster_options *o;
	const struct engine_calls *calls;
	struct engine *engine;
	const char *app;  /* ONLYONE_APP */
	char *mark;       /* ONLYONE_SLOT, where our environment has it */
	char key[ENGINE_KEY];
	char value[ENGINE_VALUE];
	struct record mine;
	struct engine_found other; /* the key's holder, when we last looked */
	struct lease lease;
	long long place;  /* clock_boot: when to renew our place in line */
	bool taken;       /* false (--on-down=local): there is no key */
	bool unsure;      /* the answer to the last acquire was lost */

	/* The parent's. */
	int go;           /* what makes the child the program */
	int signals;      /* signalfd(2) of all signals, which are blocked */
	int ending;       /* the signal that ends a process that waits; 0 */
	int talk;         /* socket to the other process */
	struct page *page;

	/* The holder's; the parent begins with a copy of the first. */
	struct sweep sweep;
	struct watchdog dog;
	struct engine_watch watch;
	long long watch_tried; /* lease.until when a watch was last started */
	long long watch_due;   /* clock_boot: when to look; 0: when the watch
	                        * reports */
	char wish[ENGINE_VALUE]; /* the last one that was acted upon */
	long long wish_kill;     /* clock_boot: when it wants KILL; 0: never */
	long long began;  /* clock_boot when hold_keep began */
	bool settled;     /* long enough for the key to be watched */
	bool begun;       /* the program has started */
	long long gone;   /* clock_boot when it was seen to have exited; 0 */
	long long rest;   /* clock_boot: when to look whether all is gone; 0 */
	bool ended;       /* and has exited, with this status: */
	int status;       /* as wait(2) has it; -1: unknown */
	int copies[COPIES]; /* pidfds; -1 */
	bool stays;       /* a daemon keeps running without the parent */
	bool lost;        /* the key is lost: the program was asked to exit */
	bool stopped;     /* the program is stopped (SIGSTOP), for a while */
	bool warned;      /* the program runs on without the key */
};

/* take.c: take the key as the policy says.  true: it is ours, or
 * (--on-down=local) not needed; false: *status is how to exit, after a fault if
 * that has a line. */
bool take_key(struct hold *h, int *status, struct fault *f);

/* run.c.  run_fork: a child that waits to be COMMAND, with all that this
 * process has now, before the store is asked.  run_program: with the key, let
 * it start, and stay until it has exited; the exit status, or -1 with a fault.
 * run_signal: the signal that should end our wait; 0. */
bool run_fork(struct hold *h, char *const command[], struct fault *f);
int run_program(struct hold *h, struct fault *f);
int run_signal(struct hold *h);

/* copy.c: whether a process was forked, and has executed nothing since
 * (PF_FORKNOEXEC): a copy of its parent that keeps running, and no helper. */
bool copy_only(pid_t pid);

/* keep.c: in the holder: keep the key until the run or the lease ends, then
 * release it. */
void hold_keep(struct hold *h);

#endif
