/*
 * place.h: where an instance has its files: a slot of a root.
 */
#ifndef PLACE_H
#define PLACE_H

#include <limits.h>

#include "cli/base/fault.h"
#include "cli/core/slot/root.h"
#include "cli/core/slot/slot.h"

struct place {
	struct slot slot;      /* with hash and name: see slot_name */
	struct root root;
	char folder[PATH_MAX]; /* path of the slot's folder */
	char scope[256];       /* storage of slot.scope from place_make */
};

/* The place of slot s in r, whose root is not opened.  What s points to must
 * stay.  0, or -1 with a fault of 73. */
int place_of(struct place *p, const struct root *r, const struct slot *s,
    struct fault *f);

/* The place of index 0 for an application's key (nkey parts) in this scope; app
 * and key must stay.  Finds the root without opening it.  0 or -1. */
int place_make(struct place *p, enum scope scope, const char *app,
    const char *const *key, size_t nkey, struct fault *f);

/* The slot of this index of the same key.  0 or -1. */
int place_index(struct place *p, int index, struct fault *f);

/* Find the root again: our files may have been swept away, and another root be
 * in use since.  0 or -1. */
int place_again(struct place *p, struct fault *f);

/* Move p to the slot of the instance that began at `since`, if it has got
 * another key meanwhile.  1: moved; 0: the instance is over; -1: fault. */
int place_follow(struct place *p, long long since, struct fault *f);

#endif
