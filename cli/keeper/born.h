/*
 * born.h: the environment that handlers get.
 */
#ifndef BORN_H
#define BORN_H

#include "cli/buf.h"
#include "cli/fields.h"

struct keeper;

/* An environment out of a launch's fields `environ`, in b, the caller's.  0, or
 * -1 with errno and b empty. */
int born_make(struct buf *b, const struct fields *f);

/* It is the one for handlers from now on, and b the keeper's. */
void born_take(struct keeper *k, const struct buf *b);

/* Take spent tokens out of ours. */
void born_clean(void);

#endif
