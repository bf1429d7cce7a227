/*
 * place.h: where an instance has its files: a slot of a root.
 */
#ifndef PLACE_H
#define PLACE_H

#include <limits.h>

#include "cli/fault.h"
#include "cli/slot/root.h"
#include "cli/slot/slot.h"

struct place {
	struct slot slot;      /* named: see slot_name */
	struct root root;
	char folder[PATH_MAX]; /* the slot's */
	char scope[256];       /* storage of slot.scope, where we make it */
};

/* The place of slot s in r, with a root that is not open.  What s points to
 * must stay.  0, or -1 with a fault of 73. */
int place_of(struct place *p, const struct root *r, const struct slot *s,
    struct fault *f);

/* The place of an application's key (nkey parts, which must stay, as app) in
 * this scope, of index 0; the root is looked for, and not opened.  0 or -1. */
int place_make(struct place *p, enum scope scope, const char *app,
    const char *const *key, size_t nkey, struct fault *f);

/* The slot of this index of the same key.  0 or -1. */
int place_index(struct place *p, int index, struct fault *f);

/* Our files may have been swept away, and the root be another after that: find
 * it again.  0 or -1. */
int place_again(struct place *p, struct fault *f);

/* Go to where the instance that began at `since` lies, if it has got another
 * key meanwhile.  1: so it has; 0: it is over; -1: fault. */
int place_follow(struct place *p, long long since, struct fault *f);

#endif
