/*
 * hold.h: onlyone-cluster on behalf of one launch (the holder): it takes a key
 * and keeps it while the instance lives.
 */
#ifndef HOLD_H
#define HOLD_H

#include <sys/types.h>

#include <limits.h>
#include <stdbool.h>

#include "cli/base/buf.h"
#include "cli/cluster/engine.h"
#include "cli/cluster/record_text.h"
#include "cli/cluster/talk.h"
#include "cli/core/slot/slot.h"
#include "cli/cluster/sweep.h"

/*
 * The watchdog: a process that ends the program when the lease ends.
 *
 * The holder, which renews the lease, may hang in a library, be stopped or
 * killed.  So a second process, which never talks to the store, has the
 * deadlines and acts on them.  Only the holder sends it new ones.  When the
 * holder has ended nothing renews the lease any more: the program gets TERM at
 * once and KILL by the deadline.
 */

/* Times in ms of clock_boot. */
struct watchdog_word {
	long long term; /* when to send TERM, if the holder has not */
	long long kill; /* when to send KILL (LOST_STOP: STOP), less the time
	                 * for the watchdog's look */
	long long ttl;  /* ms: of the lease */
	long long since; /* start of the instance; 0: not published yet */
	enum { WATCH_ON, WATCH_OVER, WATCH_TERMED, WATCH_KILL } what;
};

struct watchdog {
	pid_t pid;  /* 0: no watchdog */
	int pidfd;
	int word;   /* our end of its socket */
	long long born; /* clock_boot when it was started */
};

/* Start a watchdog.  *s is copied; launch: socket on which it reports to the
 * launch what it does, or -1.  false: errno. */
bool watchdog_begin(struct watchdog *w, const struct sweep *s, enum lost how,
    const struct watchdog_word *first, int launch);

/* Send it new deadlines or an order.  false: it is gone. */
bool watchdog_tell(struct watchdog *w, const struct watchdog_word *word);

/* Close its socket and reap it; after WATCH_OVER it exits by itself. */
void watchdog_end(struct watchdog *w);

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
	long long look;   /* ms: what a look for all that the instance has
	                   * started took */
	bool trouble;     /* the last renewal failed */
	bool refused;     /* because the store refused us */
	struct fault why; /* reason of that failure */
};

/* Set up from a grant; grace in ms, -1: the default. */
void lease_begin(struct lease *l, const struct engine_grant *g,
    long long grace);

/* The ms before KILL is due for a look that takes so long: twice that, but at
 * most a quarter of the lease. */
long long lease_look(long long took, long long ttl);

/* When TERM, and KILL, are due (clock_boot). */
long long lease_term(const struct lease *l);
long long lease_kill(const struct lease *l);

/* Renew if that is due; return by `other` (clock_boot), when other work is due.
 * OK: the lease holds (until may be later); LOST; DOWN: this renewal failed. */
enum engine_result lease_renew(struct lease *l, long long other);

/* Whether a lease that was just granted is still usable: the answer may have
 * come late.  Renews it if that is due.  OK, or DOWN: l->why. */
enum engine_result lease_use(struct lease *l, long long other);

/*
 * Whether the instance lives on after its first process has ended.
 *
 * Its keeper decides that, since it knows successors, holding parents and
 * trees: we ask it then.  If the keeper was killed or is stopped, the instance
 * lives while its recorded owner or a process that maps the slot's file does.
 * If the folder is gone, the instance has ended.
 */

struct alive {
	const char *folder;
	char hash[SLOT_HASH + 1];
	long long since; /* of the instance, as published; 0: not yet */
	int pidfd;       /* of the first process */
	pid_t who;       /* pid of the keeper; 0: not recorded yet */
	int keeper;      /* connection on which the keeper says ENDED; -1 */
	long long asked; /* clock_boot when the keeper was asked */
	long long again; /* clock_boot: when to ask a keeper again */
	int quiet;       /* looks in a row that found no process */
};

/* Start with the first process; folder and pidfd stay the caller's. */
void alive_begin(struct alive *a, const char *folder, const char *slot,
    int pidfd);

/* Check, after polling keeper and pidfd.  false: the instance has ended. */
bool alive_look(struct alive *a);

/* clock_boot: when to check in any case. */
long long alive_due(const struct alive *a);

void alive_end(struct alive *a);

/* What the launch asked for. */
struct wish {
	int ttl;          /* s */
	long long grace;  /* ms; -1: the default */
	int hold;         /* s: to keep (hold back) the key after the end */
	enum lost lost;
};

/*
 * A file for Prometheus, if --metrics names its folder.
 */
struct metrics {
	const char *dir;   /* points into asked; NULL: none is written */
	long long acquired, failed, lost, waiters;
};

struct hold;

/* The key was just taken: go on with the counters in the file, and write it. */
void metrics_begin(struct hold *h);

/* Write it; held: we have the key still. */
void metrics_write(struct hold *h, bool held);

/* More than a dozen members: the whole state of the holder. */
struct hold {
	int launch;       /* socket to the launch; -1: the launch has ended */
	struct talk_page *page;
	struct buf in;    /* bytes received from the launch */
	struct buf asked; /* the fields of OPEN, as received */
	struct fields open;
	const char *url;  /* points into asked */
	struct wish wish;
	const struct engine_calls *calls;
	struct engine *engine;
	char key[ENGINE_KEY];
	char value[ENGINE_VALUE];
	struct record mine;
	struct engine_found other; /* the key's holder, when we last looked */
	bool taken;
	long long place;  /* clock_boot: when to renew our place in line */
	struct lease lease;
	struct metrics metrics;
	struct engine_watch watch; /* reports that our record is gone */
	long long watch_tried; /* lease.until when that was last begun */
	char folder[PATH_MAX];
	struct sweep sweep;
	struct watchdog dog;
	struct alive alive;
	long long began;  /* clock_boot when hold_keep began */
	bool settled;     /* it lives for longer: letters and the key are
	                   * watched */
	bool status_known;
	int status;       /* of the launch's program, as wait(2) has it */
	bool lost;        /* the key is lost: the program was told to end */
	bool stopped;     /* the program is stopped (SIGSTOP), for a while */
	bool warned;      /* the program runs on without the key */
};

/* Wait ms for the launch's next message.  1: it is in *f, to be removed by
 * hold_shift; 0: none came; -1: the launch has ended.  *passed, -1 before, gets
 * a descriptor that came along; if passed is NULL, that is closed. */
int hold_hear(struct hold *h, struct frame *f, int ms, int *passed);
void hold_shift(struct hold *h, const struct frame *f);

/* Send FAILED, with the reason. */
void hold_failed(struct hold *h, enum engine_result r, const struct fault *f);

/* Send BUSY, with all that the record says of the key's holder. */
void hold_busy(struct hold *h);

/* The message's time limit (ms=; -1: no limit); other: if it has none. */
int hold_ms(const struct fields *b, int other);

/* JOIN, END and HAND: send a letter (verb: its name in JSON) to the key's
 * holder, and the answer to the launch. */
void hold_ask(struct hold *h, const char *verb, const struct fields *b);

/* Serve the launch until it names an owner.  true: the owner is in h.  false:
 * the launch has ended, and the key, if it was taken, is given back. */
bool hold_take(struct hold *h);

/* Keep the key for that owner until the instance or lease ends, then release
 * it. */
void hold_keep(struct hold *h);

/* Give the key back, or hold it back, and tell the launch. */
void hold_release(struct hold *h);

#endif
