/*
 * folder.h: a slot's folder and the pidfile in it.
 *
 * flock(2) on the pidfile is the claim.  A folder is made by whoever claims
 * and removed by whoever releases, under that lock: no folder of a dead slot
 * stays, and its presence proves nothing.
 */
#ifndef FOLDER_H
#define FOLDER_H

#include <sys/types.h>

#include <stdbool.h>

#include "cli/fault.h"
#include "cli/slot/root.h"

enum folder_result {
	FOLDER_OK,
	FOLDER_BUSY,  /* somebody else holds the lock */
	FOLDER_GONE,  /* swept away meanwhile: start over */
	FOLDER_FAILED /* fault is set */
};

/* Open the folder, making it if need be (*fresh). */
enum folder_result folder_open(const struct root *r, const char *name,
    int *folder, bool *fresh, struct fault *f);

/* Open the folder if it is there and ours.  A descriptor or -1. */
int folder_peek(const struct root *r, const char *name);

/* Take the lock: a pidfile opened and locked, in *lock.  *fresh stays true
 * only if nobody has written a pid meanwhile: whoever publishes does that
 * first. */
enum folder_result folder_lock(const struct root *r, const char *name,
    int folder, int *lock, bool *fresh, struct fault *f);

/* Write the pid; empty: there is nothing yet that might be longer. */
int folder_pid_write(int lock, pid_t pid, bool empty);

/* Whether the open root, folder and lock are still the ones in place. */
bool folder_locked(const struct root *r, const char *name, int folder,
    int lock);

/* Whether err, of a folder or file that cannot be read, says that it is none of
 * ours: nothing, or debris, where nobody lives. */
bool folder_debris(int err);

/* Whether a file of the folder is there, and is the one that fd is open on. */
bool folder_has(int folder, const char *file, int fd);

/* Take a file away, or an empty folder that somebody has put in its place.  0,
 * also where there is none; -1: errno. */
int folder_unlink(int folder, const char *file);

/* Under the lock: remove every file and the folder, if they are still those
 * that the lock is on.  The lock stays.  0; -1: the record stays, errno. */
int folder_remove(const struct root *r, const char *name, int folder,
    int lock);

/* Unlock explicitly and close: a stopped process may share the lock. */
void folder_unlock(int *lock);

#endif
