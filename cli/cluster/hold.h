/*
 * hold.h: onlyone-cluster --take: one run of a program under a key.
 *
 * Four processes, each the parent of the next.  All are forked before the store
 * is asked, so that nothing is left to do once the key is ours:
 * - the launch (launch.c) is what the slot of this host has as its program.  It
 *   has the signals, the terminal, the messages and the exit status.  It never
 *   asks the store, so nothing holds it up;
 * - the watchdog (watchdog.c) ends the job by the deadline, whatever happens to
 *   the others;
 * - the holder (holder.c) takes the key, renews its lease, and gives it back;
 * - the job waits at a pipe until the key is ours, and becomes COMMAND.
 *
 * The first three are subreapers: all that the job starts stays below the
 * holder, or, if that is killed, below the next one (sweep.h).
 */
#ifndef HOLD_H
#define HOLD_H

#include <sys/types.h>

#include <signal.h>
#include <stdbool.h>

#include "cli/base/buf.h"
#include "cli/cluster/engine.h"
#include "cli/cluster/metrics.h"
#include "cli/cluster/options.h"
#include "cli/cluster/record_text.h"
#include "cli/cluster/sweep.h"

/*
 * Our lease, and when to act on it (lease.c).
 *
 * Each time to live counts from before its request, on a clock that includes
 * the machine's sleep (CLOCK_BOOTTIME).  The job gets TERM grace ms before the
 * lease ends, and KILL a little before it ends.
 */

struct lease {
	const struct engine_calls *calls;
	struct engine *engine;
	long long token;
	long long ttl;    /* ms, as granted */
	long long grace;  /* ms */
	long long margin; /* ms: how long before its end KILL is sent */
	long long until;  /* clock_boot: when it ends */
	long long next;   /* clock_boot: when to renew */
	bool trouble;     /* the last renewal failed */
	bool refused;     /* because the store refused us */
	struct fault why; /* reason of that failure */
};

/* Set up from a grant; grace in ms, -1: the default. */
void lease_begin(struct lease *l, const struct engine_grant *g,
    long long grace);

/* To end all of the job takes so many ms: KILL comes so early that it is done in
 * time. */
void lease_margin(struct lease *l, long long needs);

/* When TERM is due, and KILL (clock_boot). */
long long lease_term(const struct lease *l);
long long lease_kill(const struct lease *l);

/* Renew if that is due; return by `other` (clock_boot), when other work is due.
 * OK: the lease holds (until may be later); LOST; DOWN: this renewal failed. */
enum engine_result lease_renew(struct lease *l, long long other);

/* Whether a lease that was just granted is still usable: the answer may have
 * come late.  Renews it if that is due.  As above; DOWN: l->why. */
enum engine_result lease_use(struct lease *l, long long other);

/* What has become of the key, as the holder and the launch each know it.  In this
 * order, the later the worse. */
enum key_state {
	KEY_HELD,
	KEY_WARNED,  /* its lease has ended, and the job runs on */
	KEY_STOPPED, /* likewise, and the job is stopped (SIGSTOP) for a while */
	KEY_LEFT,    /* the launch was killed: the job is ended, by its lease */
	KEY_LOST     /* the job is ended */
};

/*
 * What the processes tell each other: datagrams (word.c).
 */

struct word {
	enum {
		WORD_NONE,
		/* From the holder to the launch; the watchdog: EXIT, LOST,
		 * STOPPED, BACK. */
		WORD_BORN,     /* pid: the holder's; job: the job's */
		WORD_DOG,      /* pid: another watchdog's */
		WORD_MORE,     /* line: for -v */
		WORD_NOTE,     /* line: for the user */
		WORD_WAITS,    /* line: for whom; status: if time runs out */
		WORD_EXIT,     /* it does not run: exit with status; line */
		WORD_TAKEN,    /* it may begin until term; token, line: the
		                * key's name */
		WORD_PAUSED,   /* the terminal has stopped it */
		WORD_LOST,     /* line: why the key is lost */
		WORD_STOPPED,  /* line: why the job is stopped */
		WORD_BACK,     /* the key is held after all */
		WORD_ENDED,    /* it has ended, with this status; the key will
		                * be given back */
		WORD_STAYS,    /* the same, but a daemon keeps running */
		WORD_RELEASED, /* line: why the key was not given back, or,
		                * with a status, what does not stay of it */
		WORD_LEFT,     /* it has ended: has anybody asked for that? */
		/* From the launch to the holder. */
		WORD_QUIT,     /* do not wait any longer */
		WORD_HEARD,    /* what was asked is on the page */
		/* From the holder to the watchdog. */
		WORD_WATCH,    /* new deadlines */
		WORD_OVER,     /* the run has ended: exit */
		WORD_KILL      /* send KILL */
	} what;
	pid_t pid, job;
	int status;      /* to exit with; ENDED, STAYS: as wait(2) has it */
	bool minor;      /* line is one that -q hides */
	long long token; /* 0: there is no key (--on-down=local) */
	long long term;  /* clock_boot, ms */
	char line[ENGINE_VALUE];
};

/* Send a word; line: NULL, none.  Never waits.  false: the other end is gone,
 * or has not read for long. */
bool word_send(int fd, const struct word *w, const char *line);

/* Receive a word without waiting.  1; 0: none came; -1: the other end is gone. */
int word_hear(int fd, struct word *w);

/* A watchdog, as the holder sees it. */
struct watchdog {
	pid_t pid;  /* 0: no watchdog */
	int pidfd;
	int word;   /* our end of its socket */
	long long born; /* clock_boot when it was started again; 0 */
};

/* Memory that all share.  Unlike a word, this is right for a process that was
 * stopped as soon as it continues. */
struct page {
	/* clock_boot, ms, from the holder.  For the watchdog: */
	_Atomic long long term; /* when to send TERM; LLONG_MAX: the holder
	                         * has; LLONG_MAX - 1: there is no key yet */
	_Atomic long long kill; /* when to send KILL (LOST_STOP: STOP);
	                         * LLONG_MAX: there is no key */
	_Atomic long long end;  /* when the launch has to kill the job, since
	                         * these two have not; 0: never */
	_Atomic bool acted;     /* from these two: TERM or KILL was sent */
	_Atomic bool begun;     /* from the job: it is about to be COMMAND */
	_Atomic int asked;      /* the last signal by which somebody may have
	                         * asked the job to end; 0 */
	_Atomic bool wished;    /* certainly: TERM, stop, drain */
	_Atomic bool told;      /* that what COMMAND has left takes its time */
	_Atomic bool forced;    /* and two signals have come since */

	/* The holder's; at last the launch's (figures_left). */
	struct metrics metrics;
};

/* More than a dozen members: the whole state of a run. */
struct hold {
	/* What all have, from the launch. */
	const struct cluster_options *o;
	char *const *command;
	const char *app;  /* ONLYONE_APP */
	const char *slot; /* ONLYONE_SLOT, and where our environment has it: */
	char *mark;
	const char *run;  /* ONLYONE_RUN */
	pid_t launch;
	bool gathers;     /* it is a subreaper, too: orphans of the job become
	                   * its children, and it has no others */
	long long limit;  /* clock_boot: how long it waits for the key; 0 */
	int go[2];        /* a pipe: what makes the job COMMAND */
	int ends[2];      /* sockets: the launch's, the holder's */
	struct page *page;
	char line[RECORD_LINE]; /* of COMMAND */
	struct sweep sweep; /* root and ours are each one's own */
	sigset_t mask;    /* the caller's, as these are */
	struct sigaction chld, pipe;

	/* The holder's: the key. */
	const struct engine_calls *calls;
	struct engine *engine;
	char key[ENGINE_KEY];
	char value[ENGINE_VALUE];
	struct record mine;
	struct engine_found other; /* the key's holder, when we last looked, */
	bool enough;      /* or the run that is enough (--every) */
	struct lease lease;
	long long place;  /* clock_boot: when to renew our place in line */
	bool taken;       /* false (--on-down=local): there is no key */
	bool unsure;      /* the answer to the last acquire was lost */
	long long waits;  /* token of the run that the launch knows of */
	bool quit;        /* the launch does not wait any longer, or is gone */
	struct engine_watch watch;
	long long watch_again; /* clock_boot: when to start one, if there is none */
	long long watch_due;   /* clock_boot: when to look; 0: when the watch
	                        * reports */
	char wish[ENGINE_VALUE]; /* the last one that was acted upon */
	bool drained;     /* this host is, and the job has got TERM */
	long long drain_look; /* clock_boot: when to look again */
	long long drain_ms;   /* as the mark said */
	long long drain_due;  /* clock_boot: when it wants KILL; 0: never */
	struct engine *counter; /* a handle for the metrics alone; NULL */

	/* The job. */
	pid_t job;
	int signals;      /* signalfd(2) of all signals, which are blocked */
	int talk;         /* socket to the launch; -1: it has exited */
	struct watchdog dog;
	long long began;  /* clock_boot when the key was ours */
	bool settled;     /* long enough for the key to be watched */
	bool begun;       /* the job has become COMMAND */
	bool ended;       /* and has exited, with this status: */
	int status;       /* as wait(2) has it */
	bool alone;       /* we have no child */
	bool heard;       /* the launch has told what was asked until then */
	long long hear;   /* clock_boot: how long to wait for that; 0 */
	long long leaves; /* clock_boot when the rest had to end, too; 0 */
	long long settle; /* clock_boot: what is only forked then is a copy */
	long long rest;   /* clock_boot: when to look for what is left */
	long long due;    /* clock_boot: when to send KILL, the key being ours;
	                   * 0: never */
	bool stays;       /* a daemon keeps running without the launch */
	enum key_state state;
	bool survived;    /* LOST: not all of it has been ended */
};

/* To say where COMMAND does not begin. */
#define LATE ": onlyone-cluster was stopped for so long that the lease is over"

/* launch.c: the whole run.  The exit status, or -1 with a fault. */
int launch_run(struct hold *h, struct fault *f);

/* --- watchdog.c --- */

/* In a new process, the holder's parent: be its watchdog, with an end of its
 * socket. */
_Noreturn void watchdog_be(struct hold *h, pid_t holder, int word);

/* Be in the background: a session of its own, without our environment mark, the
 * caller's streams and his directory. */
void background_be(struct hold *h, const char *name);

/* In the holder: give the watchdog its deadlines, and write the launch's own one
 * into the page: the launch acts if holder and watchdog are both stopped or
 * killed.  A watchdog that was killed is replaced. */
void dog_tell(struct hold *h, int what);

/* Until when (clock_boot) a new watchdog is left alone: if something kills each one
 * at once, replacing them would take all our time. */
long long dog_alone(const struct hold *h);

/* The job may have grown: have KILL come so early that all have ended by then. */
void dog_margin(struct hold *h);

/* --- word.c --- */

/* Tell the launch. */
void launch_tell(const struct hold *h, int what, const char *line);

/* A message that begins with our name, without that. */
const char *name_cut(const struct hold *h, const char *line);

/* --- In the holder --- */

/* word.c: whether the launch does not wait any longer. */
bool launch_quits(struct hold *h);

/* holder.c: in a new process: be the holder. */
_Noreturn void holder_run(struct hold *h);

/* take.c: take the key as the policy says.  true: it is ours, or
 * (--on-down=local) not needed; false: *status is how to exit, after a fault if
 * that has a line. */
bool take_key(struct hold *h, int *status, struct fault *f);

/* keep.c: with the key, let the job begin, and stay until it has ended. */
void keep_key(struct hold *h);

/* job.c: in a new process: wait until the key is ours, and become COMMAND. */
_Noreturn void job_run(struct hold *h);

/* Whether a process was forked, and has executed nothing since: a copy of its parent
 * that keeps running, and no helper.  -1: it has exited, or that is not known. */
int copy_only(pid_t pid);

/* Whether a copy of the job keeps running.  The launch is told if that stays. */
bool copies_live(struct hold *h);

/* Note which children have exited, or were stopped by the terminal. */
void job_reap(struct hold *h);

/* Whether all that the job has started has exited, too. */
bool job_gone(const struct hold *h);

/* leave.c: ask the job to end.  A run that was asked does not count (--every). */
void job_ask(struct hold *h, int sig);

/* Look, and act, if that is due: for another host's wish, after the watch has
 * reported something; whether this host is drained; whether the launch is there;
 * and at what is left of a job that has to end. */
void wish_take(struct hold *h);
void drain_step(struct hold *h);
void launch_step(struct hold *h);
void ending_step(struct hold *h);

/* Whether the job has to end: all of it. */
bool is_ending(const struct hold *h);

/* Whether COMMAND was ended, by a signal or as somebody has asked, so that the
 * rest of the job has to end, too. */
bool is_leaving(const struct hold *h);

/* When KILL is due (clock_boot), the key being ours; 0: never. */
long long kill_due(const struct hold *h);

/* figures.c: write the metrics, if they are wanted; the launch is told if that
 * fails. */
void figures_tell(struct hold *h);

/* The same after the lease was granted or renewed: count the launches in line,
 * too. */
void figures_renewed(struct hold *h);

/* In the launch, which exits without the holder's last word: the holder was killed or
 * stopped, and with it a key that it had is lost.  If it goes on it writes nothing. */
void figures_left(struct hold *h);

#endif
