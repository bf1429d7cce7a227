/*
 * ended.h: the instances that ended recently, for onlyonectl log.
 *
 * When an instance ends, its keeper appends a record to a file in the state
 * root, or, if that is full, in the other default root.  That file and the one
 * before it have ENDED_BYTES each, so the last hundred or so are known.  Nothing
 * depends on a record: one that cannot be written is silently lost.
 */
#ifndef ENDED_H
#define ENDED_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/base/buf.h"
#include "cli/base/fields.h"
#include "cli/core/slot/info.h"
#include "cli/core/slot/root.h"

enum { ENDED_BYTES = 32 << 10 };
#define ENDED_DAYS_MS (7LL * 24 * 3600 * 1000)

/* The text for a run with unbegun=1. */
#define WORDS_UNBEGUN "was killed before its program was executed"

/* Append a record: app key... pid pidns since ended (exit) and the fields in
 * more.  exit: its status, 128+N for a signal; -1: not known.  The root is
 * open. */
void ended_put(const struct root *r, const struct info *i, int exit,
    const struct buf *more);

/* Read both files into b, the older one first.  Files that are not ours alone
 * count as empty.  0, or -1 with errno: not both could be read. */
int ended_read(const struct root *r, struct buf *b);

/* The next whole record of the last seven days, from *at on, which is 0 at
 * first.  f points into b. */
bool ended_next(const struct buf *b, size_t *at, struct fields *f);

#endif
