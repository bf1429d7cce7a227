/*
 * ctl.h: onlyonectl: one table of verbs.
 */
#ifndef CTL_H
#define CTL_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/fault.h"
#include "cli/meet/meet.h"
#include "cli/rule/place.h"
#include "cli/slot/info.h"
#include "cli/slot/root.h"
#include "cli/slot/slot.h"
#include "cli/wire/frame.h"

/* Run onlyonectl.  Returns an exit status, or -1 with a fault. */
int ctl_run(int argc, char *argv[], struct fault *f);

enum { WAIT_EVER = -2 };

struct ctl {
	int argc; /* main's, as they came */
	char **argv;
	char **operands; /* after the verb; NULL-ended */
	size_t noperands;
	char **rest; /* after "--"; NULL-ended, or NULL */
	bool json;
	bool raw;
	bool all;
	bool sealing;  /* a recorded owner is enough: who waits is not asked */
	bool vanished; /* a folder was gone when its turn came */
	struct fault unread; /* why a slot that may be meant could not be read;
	                      * code 0: all could */
	bool partial;  /* those that can be read will do (list) */
	pid_t pid;   /* --owner, --pid; 0: not given */
	bool self;   /* --self */
	bool system; /* --system */
	bool link;   /* --link */
	bool desktop; /* --desktop */
	int wait_ms; /* -w; -1: not given, WAIT_EVER: without a limit */
	int kill_ms; /* --kill-after; -1: not given */
	unsigned int closed; /* bit i: descriptor i was closed at the start */
	struct root root;
};

/* What an instance is found to be. */
enum life {
	LIFE_KEPT,   /* its keeper answers */
	LIFE_SILENT, /* its keeper does not answer in time */
	LIFE_BARE,   /* the owner lives, without a keeper: it can be revived */
	LIFE_HIDDEN, /* without a keeper, and somebody may live there who
	              * cannot be seen: the next launch will refuse */
	LIFE_UNASKED, /* not one that is meant */
	LIFE_UNREAD,  /* it cannot be told: ctl.unread */
	LIFE_NONE    /* nobody lives there */
};

struct found {
	struct slot slot;     /* name and hash set, app as in info */
	struct buf record, reply;
	struct info info;     /* as the files say; of an heir that no keeper
	                       * has taken over, info.owner is the heir */
	struct fields state;  /* as the keeper says; empty if it does not */
	enum life life;
	bool elsewhere;       /* its pids are of another pid namespace */
	bool debris;          /* no record, and nobody lives there */
};

struct founds {
	struct found *at;
	size_t n;
};

/* Which instances are meant, as far as their records tell. */
struct wanted {
	const char *name; /* of the application */
	const char *path; /* of a command of that name; "": none */
	char *const *key; /* nkey parts */
	size_t nkey;
	bool keyed;       /* else any key */
	int best;         /* how well the name fits some application */
};

/* found.c: how well a name fits an application: 3 exactly, 2 as the command of
 * that name (path), 1 by its last component, 0 not. */
int found_fit(const char *app, const char *name, const char *path);

/* All instances in the root that live, or with dead also others whose info can
 * be read; w, if not NULL: only those asked whether they live that it means.
 * What could not be read is in c->unread. */
int found_scan(struct ctl *c, bool dead, struct wanted *w, struct founds *fs,
    struct fault *f);
void found_free(struct found *fd);

/* When it was used last, wall clock, ms. */
long long found_used(const struct found *fd);

/* find.c: all instances in the root that live, or with dead also others
 * whose info can be read.  0 or -1; a root that does not exist has none. */
int find_all(struct ctl *c, bool dead, struct founds *fs, struct fault *f);

/* Those of application app (NULL: all), with key (nkey parts; keyed false:
 * any key).  64 if the name fits several applications; 71 or 73 if one of them
 * may be in a slot that cannot be read. */
int find_app(struct ctl *c, const char *app, char *const key[], size_t nkey,
    bool keyed, struct founds *fs, struct fault *f);

/* The one that the operands APP [KEY...] mean: the singleton, else the only
 * one; of singletons in several scopes, the first of our own user, session,
 * display.  0 found; 1 none; -1 fault. */
int find_one(struct ctl *c, struct founds *fs, struct found **one,
    struct fault *f);

/* The same for this key of the application that the first operand means. */
int find_keyed(struct ctl *c, char *const key[], size_t nkey, bool keyed,
    struct founds *fs, struct found **one, struct fault *f);

/* The name of the application that an operand means, in app (NAME_SHOWN + 1
 * bytes): one that lives, else what a command of that name would be, else the
 * name itself.  0 or -1. */
int find_name(struct ctl *c, const char *operand, char *app, struct fault *f);

void founds_free(struct founds *fs);

/* The pid of an instance, as far as known: keeper's word before the file's.
 * 0: it cannot be seen. */
pid_t found_pid(const struct found *fd);

/* The pid of the parent that keeps the slot between two runs, or for what is
 * left of a tree; 0: none does.  Whether that is stopped, and so goes on for
 * ever. */
pid_t found_guard(const struct found *fd);
bool found_stuck(const struct found *fd);

/* The pid of its keeper, also of one that does not answer.  0: none lives, or
 * it cannot be told. */
pid_t found_keeper(const struct found *fd);

/* Faults of 3, "APP is not running": -1. */
int none_fault(struct ctl *c, struct fault *f);

/* The instances that the operands mean: one, or with --all every one; *one is
 * the first of *n.  0 or -1; none is a fault of 3. */
int targets_find(struct ctl *c, struct founds *fs, struct found **one,
    size_t *n, struct fault *f);

/* Beside a pidfd: */
enum {
	OWNER_OVER = -1,  /* the instance has ended */
	OWNER_FAULT = -2, /* fault */
	OWNER_PASSED = -3 /* the recorded process has ended: and now? */
};

/* The owner as recorded now: a pidfd, or one of the above. */
int owner_now(struct ctl *c, const struct found *fd, pid_t *pid,
    struct fault *f);

/* The owner that there is, once that is settled: a pidfd, OWNER_OVER or
 * OWNER_FAULT, which it also is at the deadline (clock_now). */
int owner_settled(struct ctl *c, const struct found *fd, long long deadline,
    pid_t *pid, struct fault *f);

/* Say for whom we wait. */
void target_say(const struct found *fd, pid_t pid);

/* Send a signal through a pidfd; one that has ended is none to fail. */
int signal_send(const struct found *fd, int pidfd, pid_t pid, int sig,
    struct fault *f);

/* Nobody is behind the socket of an instance: let a claim look who lives; it
 * takes a dead slot away.  As meet_claim. */
enum met claim_look(struct ctl *c, const struct found *fd, struct fault *f);

/* Tell the keeper of an instance something, as far as it listens: the status
 * that it answers with, or -1. */
int keeper_tell(struct ctl *c, const struct found *fd, enum frame_type type);

/* One of n targets has failed.  Of several that is told at once, and the
 * others have their turn; the first one's code is the end. */
void failure_note(struct fault *f, size_t n, int *code);
int failures_end(struct fault *f, size_t n, int code);

/* list.c */
int ctl_list(struct ctl *c, struct fault *f);
int ctl_status(struct ctl *c, struct fault *f);
int ctl_pid(struct ctl *c, struct fault *f);
int ctl_count(struct ctl *c, struct fault *f);

/* act.c */
int ctl_activate(struct ctl *c, struct fault *f);
int ctl_wait(struct ctl *c, struct fault *f);
int ctl_stop(struct ctl *c, struct fault *f);
int ctl_signal(struct ctl *c, struct fault *f);

/* Tell the keeper to give the slot up; the process goes on. */
int found_forget(struct ctl *c, const struct found *fd, struct fault *f);

/* The path that a name stands for as an application, as a command or as a
 * path; "" if it is neither.  path has PATH_MAX bytes.  0, or -1 if the system
 * cannot tell. */
int name_resolve(const char *name, char *path, struct fault *f);

/* hold.c */
int ctl_hold(struct ctl *c, struct fault *f);
int ctl_release(struct ctl *c, struct fault *f);
int ctl_adopt(struct ctl *c, struct fault *f);

/* listen.c */
int ctl_listen(struct ctl *c, struct fault *f);
int ctl_done(struct ctl *c, struct fault *f);

/* keys.c */
int ctl_seal(struct ctl *c, struct fault *f);
int ctl_unseal(struct ctl *c, struct fault *f);
int ctl_is_sealed(struct ctl *c, struct fault *f);
int ctl_forget(struct ctl *c, struct fault *f);
int ctl_reset(struct ctl *c, struct fault *f);
int ctl_rekey(struct ctl *c, struct fault *f);

/* enable.c */
int ctl_enable(struct ctl *c, struct fault *f);
int ctl_disable(struct ctl *c, struct fault *f);

/* rules.c */
int ctl_rules(struct ctl *c, struct fault *f);

enum ruled_state {
	RULED_ACTIVE,
	RULED_SHADOWED, /* the user's comes before it */
	RULED_BAD,      /* it cannot be read as a rule */
	RULED_IGNORED   /* it may not be trusted */
};

struct ruled {
	char *name;
	char *file;
	char *lines; /* each ended by NUL; an empty one is the end */
	char *problem; /* NULL: none */
	enum rule_place place;
	enum ruled_state state;
	bool desktop; /* an override of a desktop entry; then place is the
	               * user's */
	bool alone;   /* and what it overrides is not there any more */
};

struct ruleds {
	struct ruled *at;
	size_t n;
};

/* All rules and overrides, by name, the user's first.  0 or -1. */
int ruleds_find(struct ruleds *rs, struct fault *f);
void ruleds_free(struct ruleds *rs);

/* session.c */
int ctl_session(struct ctl *c, struct fault *f);

/* Whether enforcement is on here: the shim stands in LD_PRELOAD.  The entry is
 * put in path, PATH_MAX bytes. */
bool session_on(char *path);

/* doctor.c */
int ctl_doctor(struct ctl *c, struct fault *f);

#endif
