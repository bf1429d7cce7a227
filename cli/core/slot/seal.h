/*
 * seal.h: an application that only known keys may run.
 *
 * The file seal.HASH in the state root, HASH of the application, has the keys
 * that lived when it was sealed.  A launch publishes its slot, then reads the
 * list, in whichever root of ours that is (root.h): the one where it was made
 * may be full by now.  The sealer looks which instances live, writes the list, and looks
 * again, until it finds no key that is not in it.  So either the launch finds
 * the list, or it had published before there was one, and the sealer's next
 * look finds the launch.  Neither waits for the other.
 */
#ifndef SEAL_H
#define SEAL_H

#include "cli/base/buf.h"
#include "cli/base/text.h"
#include "cli/core/slot/root.h"
#include "cli/core/slot/slot.h"

enum seal_state {
	SEAL_OPEN,    /* not sealed */
	SEAL_KNOWN,   /* sealed, and this key may run */
	SEAL_UNKNOWN, /* sealed, and it may not: known lists those that may */
	SEAL_FAILED   /* errno */
};

/* Check the key of slot s, in r, open or not, and in the roots beside it.  known
 * (may be NULL) gets the keys that may run, in few words. */
enum seal_state seal_check(const struct root *r, const struct slot *s,
    struct text *known);

/* Begin a list; add a key, unless it is in the list (shown: what seal_check
 * tells of it); write the list for the application of s into r, which is open, in
 * place of an earlier one, wherever that is, which stays if that fails.  -1:
 * errno; EWOULDBLOCK: another process is writing it. */
int seal_begin(struct buf *list);
void seal_add(struct buf *list, const struct slot *s, const char *shown);
int seal_write(const struct root *r, const struct slot *s,
    const struct buf *list);

/* Remove the seal from r, open or not, and the roots beside it.  0, also if there
 * was none; -1: errno. */
int seal_remove(const struct root *r, const struct slot *s);

#endif
