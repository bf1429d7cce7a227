/*
 * folder.h: a slot's folder and the pidfile in it.
 *
 * flock(2) on the pidfile is the claim.  The process that claims makes the
 * folder, the one that releases removes it, both under that lock: no dead slot
 * leaves a folder, and a folder's presence proves nothing.
 */
#ifndef FOLDER_H
#define FOLDER_H

#include <sys/types.h>

#include <limits.h>
#include <stdbool.h>

#include "cli/base/fault.h"
#include "cli/core/slot/root.h"
#include "cli/core/slot/slot.h"

enum folder_result {
	FOLDER_OK,
	FOLDER_BUSY,  /* another process holds the lock */
	FOLDER_GONE,  /* removed meanwhile: start over */
	FOLDER_FULL,  /* as FAILED: nothing can be created there, another
	               * default root may do (root_pass), errno */
	FOLDER_FAILED /* fault is set */
};

/* Open the folder, making it if needed (*fresh: we made it). */
enum folder_result folder_open(const struct root *r, const char *name,
    int *folder, bool *fresh, struct fault *f);

/* Open the folder if it exists and is ours; name is its whole path where the
 * root is not open.  A descriptor or -1. */
int folder_peek(const struct root *r, const char *name);

/* Open and lock the pidfile: *lock.  *fresh stays true only if the pidfile is
 * empty: a launch that publishes writes its pid first. */
enum folder_result folder_lock(const struct root *r, const char *name,
    int folder, int *lock, bool *fresh, struct fault *f);

/* Whether another process has the lock: 1, 0; -1: errno, not known.  If none has,
 * we take it for a moment, shared, so that processes that only look do not find
 * each other's lock. */
int folder_taken(int folder);

/* Write the pid.  empty: no earlier content that might be longer. */
int folder_pid_write(int lock, pid_t pid, bool empty);

/* The pid in the folder's pidfile; 0: none. */
pid_t folder_pid(int folder);

/* Whether the pidfile has this pid. */
bool folder_pid_is(int lock, pid_t pid);

/*
 * The first process of a pid namespace locks the pidfile for life (the kernel
 * kills all others with it): when that lock is free, its whole namespace is
 * gone. hold: the pidfile's inode, by which the record names the lock; 0:
 * locking failed.  The descriptor stays open.
 */
enum init_state {
	INIT_UNKNOWN, /* it has no such lock, or on another file */
	INIT_LIVES,
	INIT_ENDED
};
long long folder_init_hold(int folder);
enum init_state folder_init(int folder, long long inode);

/* Whether the open root and lock are still those that the paths name.  False: as
 * folder_has. */
bool folder_locked(const struct root *r, const char *name, int lock);

/* Whether err, from reading a folder or file, means that it is not ours:
 * missing, or debris without an instance. */
bool folder_debris(int err);

/* Whether the folder has this file, and fd is open on it.  False: errno, ENOENT
 * also if it is another file; any but folder_debris(errno) proves nothing. */
bool folder_has(int folder, const char *file, int fd);

/* Remove a file, or an empty folder in its place.  0, also if there is none;
 * -1: errno. */
int folder_unlink(int folder, const char *file);

/* Under the lock: remove every file and the folder, if the lock is still on
 * these.  Keeps the lock.  0; -1: the record stays, errno. */
int folder_remove(const struct root *r, const char *name, int folder,
    int lock);

/* Where an instance has its files: a slot of a root. */
struct place {
	struct slot slot;      /* with hash and name: see slot_name */
	struct root root;
	char folder[PATH_MAX]; /* path of the slot's folder */
	char scope[256];       /* storage of slot.scope from place_make */
};

/* The place of slot s in r, without opening the root. s points to strings that
 * must stay.  0, or -1 with a fault of 73. */
int place_of(struct place *p, const struct root *r, const struct slot *s,
    struct fault *f);

/* The place of index 0 for an application's key (nkey parts) in this scope; app
 * and key must stay.  Finds the root without opening it.  0 or -1. */
int place_make(struct place *p, enum scope scope, const char *app,
    const char *const *key, size_t nkey, struct fault *f);

/* The slot with this index of the same key. 0 or -1. */
int place_index(struct place *p, int index, struct fault *f);

/* Whether the slot has its folder in another default root: 1, and p's root is
 * that one, closed; 0; -1. */
int place_seek(struct place *p, struct fault *f);

/* Find the root again: our files may have been removed, and an instance may be
 * where a launch would look now.  0 or -1. */
int place_again(struct place *p, struct fault *f);

/* Open the root, perhaps another one by now: another user may have made a
 * folder with its name.  0 or -1. */
int place_enter(struct place *p, struct fault *f);

#endif
