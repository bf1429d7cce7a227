/*
 * seal.h: an application that only known keys may run.
 *
 * The file seal.HASH in the state root, HASH of the application, has the keys
 * that lived when it was sealed.  The sealer locks the file while it looks
 * which instances live, and writes the list before it unlocks.  A launch checks
 * the seal after it has published its slot, and waits for that lock.  So either
 * the sealer finds the launch, or the launch finds the seal.
 */
#ifndef SEAL_H
#define SEAL_H

#include "cli/base/buf.h"
#include "cli/base/fields.h"
#include "cli/core/slot/root.h"
#include "cli/core/slot/slot.h"
#include "cli/base/text.h"

enum seal_state {
	SEAL_OPEN,    /* not sealed */
	SEAL_KNOWN,   /* sealed, and this key may run */
	SEAL_UNKNOWN, /* sealed, and it may not: known lists those that may */
	SEAL_SLOW,    /* a process is sealing, and makes no progress */
	SEAL_FAILED   /* errno */
};

/* Check the key of slot s; the root is open.  Waits at most ms for a process
 * that is sealing.  known (may be NULL) gets the keys that may run, in few
 * words. */
enum seal_state seal_check(const struct root *r, const struct slot *s, int ms,
    struct text *known);

/* Seal the application of s.  seal_begin, before looking which instances live;
 * seal_add each key that may run to an empty buf (shown: what seal_check tells
 * of it); then seal_end, which closes the descriptor of seal_begin and frees
 * the buf; or seal_undo, which restores what was before, as a failed seal_end
 * does. -1: errno; EWOULDBLOCK: another process is sealing. */
int seal_begin(const struct root *r, const struct slot *s);
void seal_add(struct buf *list, const struct slot *s, const char *shown);
int seal_end(const struct root *r, const struct slot *s, int fd,
    struct buf *list);
void seal_undo(const struct root *r, const struct slot *s, int *fd);

/* Remove the seal.  0, also if there was none; -1: errno. */
int seal_remove(const struct root *r, const struct slot *s);

#endif
