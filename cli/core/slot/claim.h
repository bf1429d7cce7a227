/*
 * claim.h: the right to start the instance of a slot.
 *
 * A claim is the flock on the pidfile and the name lock, then the check that no
 * earlier owner is alive.  The process that has the claim publishes an owner
 * (itself, or an already running process) and starts a keeper, which inherits
 * the descriptors.
 */
#ifndef CLAIM_H
#define CLAIM_H

#include <stdbool.h>

#include "cli/base/fault.h"
#include "cli/core/slot/info.h"
#include "cli/core/slot/lockfile.h"
#include "cli/core/slot/name_lock.h"
#include "cli/core/slot/root.h"
#include "cli/core/slot/slot.h"

/* More than a dozen members: a launch fills them step by step, and hands them
 * to its keeper. */
struct claim {
	struct root *root;
	const struct slot *slot;
	int folder;
	int lock;
	int name_lock; /* -1: a stranger has the name: name_holder */
	struct name_lock_holder name_holder;
	int listen;
	int mapping;   /* -1: the owner maps no file */
	int pidfd;   /* of the owner */
	int file;    /* --lock-file, locked; -1: none, or another process has
	              * it */
	int parcel;  /* the packed lock file, for the program only; -1: none */
	bool fresh;  /* the folder is new: no earlier files in it */
	bool recorded; /* info is of an earlier owner, from its record */
	mode_t mask; /* the program's umask; ours is 077 during a claim */
	struct info info;
	struct buf record; /* what info points into; set up by the caller */
};

enum claim_result {
	CLAIM_MINE,     /* free: publish an owner */
	CLAIM_ORPHAN,   /* an owner lives without a keeper: claim_adopt */
	CLAIM_BUSY,     /* another process has the lock or the name lock: try
	                 * again after a pause */
	CLAIM_AGAIN,    /* the slot has changed meanwhile: try again at once */
	CLAIM_STRANGER, /* a process that is not ours has the name lock: try
	                 * again after a pause */
	CLAIM_ELSEWHERE, /* a keeper of our user, which sees other files, has
	                  * the name lock: name_holder, whose pidfd is open */
	CLAIM_FULL,     /* as FAILED: nothing can be created in this root,
			 * errno */
	CLAIM_FAILED    /* fault is set; trying again does not help */
};

/*
 * Try to claim slot in root (open).  While a stranger has the name lock the
 * result is STRANGER, for a second in all; then the claim goes without the name
 * lock.  With MINE and ORPHAN the claim must be dropped or handed to a keeper;
 * otherwise no lock is left.
 */
enum claim_result claim_take(struct claim *c, struct root *r,
    const struct slot *s, struct fault *f);

/* For a user who says that the slot is dead: MINE also if an owner may be
 * alive.  ORPHAN is FAILED. */
enum claim_result claim_force(struct claim *c, struct root *r,
    const struct slot *s, struct fault *f);

/*
 * MINE: write pidfile, record, mapping (if wanted) and socket for the owner
 * c->info.owner, which c->pidfd is open on.  args is its command line.  MINE
 * again, or AGAIN or FAILED with the claim dropped.
 */
enum claim_result claim_publish(struct claim *c, bool mapping,
    char *const args[], struct fault *f);

/* MINE: make only the socket, for a keeper without an owner.  MINE again, or
 * AGAIN or FAILED with the claim dropped. */
enum claim_result claim_vacant(struct claim *c, struct fault *f);

/* ORPHAN: make the record of the living owner for its new keeper, which writes
 * the files.  We write none, so that a full disk does not harm a living slot.
 * ORPHAN again, or FAILED with the claim given up. */
enum claim_result claim_adopt(struct claim *c, struct fault *f);

/* Restore the program's umask. */
void claim_restore(const struct claim *c);

/* Lock the lock file of an owner (an absolute path) into c->file, with the
 * program's umask, without waiting.  As lockfile_take. */
enum lockfile claim_lockfile(struct claim *c, const char *path,
    bool shared, struct fault *f);

/* Undo a claim that has no keeper yet: remove the folder, unlock, close. */
void claim_drop(struct claim *c);

/* Give up a claim on a slot that another process claims, or has. */
void claim_leave(struct claim *c);

/* For a keeper whose instance has ended: wait until the next one will start in
 * another millisecond.  Only the start tells its processes from those of the
 * instance before. */
void claim_outlast(const struct claim *c);

/* For a keeper whose instance has ended: remove the folder, unlock. */
void claim_release(struct claim *c);

/* Close our copies of the keeper's descriptors. */
void claim_close(struct claim *c);

#endif
