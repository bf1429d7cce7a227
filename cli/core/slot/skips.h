/*
 * skips.h: the launches that an instance has turned away: skipped, or refused
 * because it runs or its queue is full.
 *
 * They are counted in a file in the slot's folder, to which a launch appends
 * without asking the keeper: so a stopped keeper misses none.
 */
#ifndef SKIPS_H
#define SKIPS_H

#include "cli/base/buf.h"
#include "cli/base/fields.h"

enum { SKIPS_KEPT = 10, SKIPS_BYTES = 512 };

struct skips {
	long long n;                /* all of them */
	int known;                  /* how many times there are */
	long long at[SKIPS_KEPT];   /* wall clock, ms; the oldest first */
};

/* Count one more, now, in this file of dir: FILE_SKIPS, or a path that ends
 * with it.  Errors are ignored. */
void skips_add(int dir, const char *file);

/* The launches in such a file; none if it cannot be read. */
void skips_read(int dir, const char *file, struct skips *s);

/* As fields (skipped= skip-at=...), in at most SKIPS_BYTES; nothing if there
 * are none. */
void skips_put(const struct skips *s, struct buf *b);
void skips_take(const struct fields *f, struct skips *s);

#endif
