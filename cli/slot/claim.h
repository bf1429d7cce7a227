/*
 * claim.h: becoming the one that may start the instance of a slot.
 *
 * A claim is the flock on the pidfile and the witness, both; then the check
 * that no earlier owner is alive.  Whoever holds one publishes an owner
 * (itself, or a process that was there already) and starts a keeper, which
 * inherits the descriptors.
 */
#ifndef CLAIM_H
#define CLAIM_H

#include <signal.h>
#include <stdbool.h>

#include "cli/fault.h"
#include "cli/slot/info.h"
#include "cli/slot/lockfile.h"
#include "cli/slot/root.h"
#include "cli/slot/slot.h"
#include "cli/slot/witness.h"

/* More than a dozen members: what a launch has in hand goes to its keeper, and
 * is filled step by step. */
struct claim {
	struct root *root;
	const struct slot *slot;
	int folder;
	int lock;
	int witness; /* -1: a stranger has the name: */
	struct witness_holder rival;
	int listen;
	int image;   /* -1: the owner has none */
	int pidfd;   /* of the owner */
	int file;    /* --lock-file, locked; -1: none, or others have it */
	int parcel;  /* the program's, which no keeper may have; -1: none */
	bool fresh;  /* the folder is new: no file to look for */
	bool recorded; /* info is of an earlier owner, from its file */
	mode_t mask; /* the program's umask; ours is 077 while we claim */
	struct sigaction oversize; /* what the program does on SIGXFSZ */
	struct info info;
	struct buf record; /* what info points into; set up by the caller */
};

enum claim_result {
	CLAIM_MINE,     /* free: publish an owner */
	CLAIM_ORPHAN,   /* an owner lives, its keeper does not: adopt it */
	CLAIM_BUSY,     /* somebody is at it: again after a pause */
	CLAIM_AGAIN,    /* swept away meanwhile: again at once */
	CLAIM_STRANGER, /* the witness is held by somebody not of ours: again
	                 * after a pause */
	CLAIM_FAILED    /* fault is set; it will not get better */
};

/*
 * Try to claim slot in root (open).  A stranger who has the witness is waited
 * for, a second in all; then it goes without.  With
 * MINE and ORPHAN the claim must be dropped or handed to a keeper; with the
 * others nothing is held.
 */
enum claim_result claim_take(struct claim *c, struct root *r,
    const struct slot *s, struct fault *f);

/*
 * MINE: make image (if wanted), socket, info and pidfile for the owner in
 * c->info.owner, which c->pidfd is open on.  args is its command line.
 * MINE again, or AGAIN or FAILED with the claim dropped.
 */
enum claim_result claim_publish(struct claim *c, bool image, char *const args[],
    struct fault *f);

/* MINE: make the socket alone, for a keeper without an owner.  MINE again, or
 * AGAIN or FAILED with the claim dropped. */
enum claim_result claim_vacant(struct claim *c, struct fault *f);

/* ORPHAN: put the record of the living owner together for its keeper, which
 * makes the files: nothing is written here, so that a full disk does not harm
 * a slot that lives.  ORPHAN again, or FAILED with the claim let go. */
enum claim_result claim_adopt(struct claim *c, struct fault *f);

/* Umask and SIGXFSZ are again the program's. */
void claim_restore(const struct claim *c);

/* Take the lock file of an owner (absolute) into c->file, with the program's
 * umask, without waiting.  As lockfile_take. */
enum lockfile claim_lockfile(struct claim *c, const char *path,
    bool shared, struct fault *f);

/* Undo a claim that no keeper has: remove the folder, let go. */
void claim_drop(struct claim *c);

/* Let go of one whose slot somebody else is at, or lives in. */
void claim_leave(struct claim *c);

/* Of a keeper: nobody lives there any more. */
void claim_release(struct claim *c);

/* Close our copies of what a keeper has now. */
void claim_close(struct claim *c);


#endif
