/*
 * buf.h: bytes that grow, without malloc.
 *
 * A struct buf begins in storage of the caller's and moves to a mapping of its
 * own when that is full.  What the launch path builds (frames, info,
 * environments) is nearly always small, and megabytes at worst.  A failure
 * sticks, so that a caller may check once, at the end.
 */
#ifndef BUF_H
#define BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *at;
	size_t len;
	size_t cap;
	bool mapped;
	bool failed; /* something did not fit: ENOMEM */
};

/* Begin empty in storage of cap bytes.  Without storage: { 0 } is empty. */
void buf_init(struct buf *b, void *storage, size_t cap);

/* Make room for n more bytes.  -1: ENOMEM. */
int buf_room(struct buf *b, size_t n);

/* Append n bytes; a string with its NUL.  -1: ENOMEM. */
int buf_add(struct buf *b, const void *p, size_t n);
int buf_string(struct buf *b, const char *s);

/* Take n bytes off the front. */
void buf_shift(struct buf *b, size_t n);

/* Give back what was mapped; empty afterwards. */
void buf_free(struct buf *b);

#endif
