/*
 * holder.h: which process holds a slot that has no keeper.
 *
 * A killed keeper loses lock and name lock, but the instance may live on: as
 * the recorded owner, a copy of it in the background, or the rest of its tree,
 * for which its parent waits.  A claim asks with the lock; other processes ask
 * without, and get the answer that the next launch will get.
 */
#ifndef HOLDER_H
#define HOLDER_H

#include <sys/types.h>

#include <stdbool.h>

#include "cli/base/buf.h"
#include "cli/base/fault.h"
#include "cli/core/slot/info.h"
#include "cli/core/slot/root.h"
#include "cli/core/slot/slot.h"

enum holder_result {
	HOLDER_NONE,      /* no process: the slot is free */
	HOLDER_OWNER,     /* info->owner lives, pidfd is open on it */
	HOLDER_PARENT,    /* the owner exited; its parent holds the slot */
	HOLDER_PASSED,    /* the owner exited while we looked, or could not be
	                   * opened: ask again */
	HOLDER_HIDDEN,    /* a process that we cannot see maps the file */
	HOLDER_ELSEWHERE, /* pid suspect is in another pid namespace; lives: we
	                   * see a living process there */
	HOLDER_UNKNOWN,   /* not known whether pid suspect is alive: errno */
	HOLDER_UNREAD,    /* the file `unread` cannot be read: errno */
	HOLDER_CLOSED     /* holder_peek: the folder cannot be opened, errno */
};

struct holder {
	bool recorded;      /* the record was there, and could be read */
	int mapping;        /* open with OWNER and PARENT, if there is one */
	int pidfd;          /* with OWNER: open */
	pid_t suspect;
	bool lives;
	const char *unread; /* static */
};

/*
 * Find the holder of slot s, whose folder is open.  record (set up by the
 * caller) and info get what the folder has; a successor, or the rest of the
 * tree, becomes info->owner.  May pause for a fifth of a second if an answer is
 * not final.  h's descriptors are -1 where not named above.
 */
enum holder_result holder_find(const struct root *r, const struct slot *s,
    int folder, struct buf *record, struct info *info, struct holder *h);

/* The same for a process that only looks: leaves nothing open. */
enum holder_result holder_peek(const struct root *r, const struct slot *s,
    struct buf *record, struct info *info, struct holder *h);

/* o is the recorded owner, and the keeper does not answer: if it has exited,
 * and a copy of it lives on, that becomes o. */
void holder_successor(const struct root *r, const struct slot *s,
    struct owner *o);

/* Read the record of the slot with this name.  False: there is no readable
 * one. */
bool holder_record(const struct root *r, const char *name, struct buf *record,
    struct info *info);

/*
 * Whether the system alone shows that an instance is alive: its lock is taken,
 * and the recorded owner, or (*parent) the parent that holds the slot, has not
 * exited.  We neither ask nor read any process, so none can delay the answer.
 * false: not known, ask the keeper.  It may be looking for a successor, a
 * launch may be claiming the slot, or the pids are of another pid namespace.
 */
bool holder_locked(int folder, struct buf *record, struct info *info,
    bool *parent);

/* Set the fault (69, 71 or 73) of a launch that finds HIDDEN, ELSEWHERE,
 * UNKNOWN or UNREAD, and does not start.  errno is still that of
 * holder_find. */
void holder_fault(enum holder_result found, const struct root *r,
    const struct slot *s, const struct holder *h, struct fault *f);

/* With --lifetime=tree: the oldest living process that the instance has
 * started, except its holding parent; 0: none; -1: errno, not known.  *pidfd is
 * open on it; -1: it has exited meanwhile, ask again. */
pid_t holder_rest(const struct root *r, const char *name,
    const struct info *info, int *pidfd);

/*
 * Which process owns the slot when its owner has exited.  A process that still
 * maps the slot's file was forked from the owner without exec: a copy that
 * became a daemon, or a leftover such as a shell's `( ... ) &`.
 */
enum successor_result {
	SUCCESSOR_FOUND,
	SUCCESSOR_NONE,   /* no process, or leftovers only */
	SUCCESSOR_HIDDEN, /* a process that we cannot see, or that is not
	                   * wholly ours, maps the file */
	SUCCESSOR_UNKNOWN /* the system does not let us look: errno */
};

struct successor_death {
	bool status_known;
	int status;      /* as wait(2) gives it */
	long long ended; /* at the earliest; boot clock, ms; -1: not known */
	long long noted; /* at the latest; -1: not known */
};

struct successor {
	pid_t pid;        /* with FOUND */
	enum guess guess; /* GUESS_NONE or GUESS_DAEMON */
	pid_t helper;     /* a copy, by its time alone no daemon; 0 */
};

/* Whether process pid runs a shell, by its name or by /etc/shells. */
bool successor_shell(pid_t pid);

/* Whether process pid has its own session, unlike a mere child. */
bool successor_apart(pid_t pid, const struct info *i);

/*
 * Decide at once: no grace time, no pauses.  mappings are n descriptors: of the
 * slot's file (-1: none), and of its removed earlier files that are open; i
 * names all of these.
 */
enum successor_result successor_find(const int *mappings, int n,
    const struct info *i, const struct successor_death *d,
    struct successor *s);

/*
 * After SUCCESSOR_HIDDEN: the process that maps the file, if it can only be one
 * of those that we cannot read (not dumpable: gpg-agent).  Its user may signal
 * it.  It is still a guess: neither its exit nor its status proves anything,
 * only the lock on the file tells when the instance has ended. *pidfd is open
 * on it.  0: there is none, there are several, or we may not have seen all.
 */
pid_t successor_guess(const int *mappings, int n, const struct info *i,
    const struct successor_death *d, int *pidfd);

/* As owner_open, for the recorded owner; a guessed one is ALIVE only while the
 * mapping is locked, DEAD if it is free, else UNKNOWN. */
enum owner_state holder_owner(int folder, const struct info *i, int *pidfd);

#endif
