/*
 * seal.h: an application that only known keys may run.
 *
 * A file in the state root, seal.HASH of the application, holds the keys
 * that lived when it was sealed.  Whoever seals holds a lock on the file
 * while he looks who lives, and publishes the list before he lets go; a
 * launch asks after it has published its slot, and waits for that lock.  So
 * either the sealer finds the launch, or the launch finds the seal.
 */
#ifndef SEAL_H
#define SEAL_H

#include "cli/buf.h"
#include "cli/fields.h"
#include "cli/slot/root.h"
#include "cli/slot/slot.h"
#include "cli/text.h"

enum seal_state {
	SEAL_OPEN,    /* not sealed */
	SEAL_KNOWN,   /* sealed, and this key may run */
	SEAL_UNKNOWN, /* sealed, and it may not; the known ones are told */
	SEAL_SLOW,    /* somebody has begun to seal, and does not go on */
	SEAL_FAILED   /* errno */
};

/* The seal in a file of the root, whose name begins so: SEAL_KNOWN, and its
 * list in f, which points into b (to be freed): app, and a name for each key;
 * else as below. */
#define SEAL_PREFIX "seal."
enum seal_state seal_read(const struct root *r, const char *file, int ms,
    struct buf *b, struct fields *f);

/* Ask for the key of slot s; the root is open.  Somebody who is sealing is
 * waited for at most ms.  known (may be NULL) gets the keys that may run, in
 * few words. */
enum seal_state seal_check(const struct root *r, const struct slot *s, int ms,
    struct text *known);

/* Seal the application of s: begin, before one looks who lives; add each key
 * that may run (shown is what seal_check tells of it) to an empty buf; then
 * end, which closes the descriptor that begin gave and frees the buf; or undo:
 * it is as it was before, as after an end that fails.  -1: errno; EWOULDBLOCK:
 * somebody else is sealing. */
int seal_begin(const struct root *r, const struct slot *s);
void seal_add(struct buf *list, const struct slot *s, const char *shown);
int seal_end(const struct root *r, const struct slot *s, int fd,
    struct buf *list);
void seal_undo(const struct root *r, const struct slot *s, int *fd);

/* Take the seal off.  0, also where there was none; -1: errno. */
int seal_remove(const struct root *r, const struct slot *s);

#endif
