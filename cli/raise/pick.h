/*
 * pick.h: which windows are the instance's, the same on every display.
 */
#ifndef PICK_H
#define PICK_H

#include "cli/raise/raise.h"
#include "cli/raise/tree.h"

struct pick {
	const struct instance *i;
	enum kin least;
	int near; /* of those that were the nearest up to now */
};

enum picked {
	PICK_NOT,   /* it is not the instance's, or others are nearer */
	PICK_EQUAL, /* it is as near as those before */
	PICK_NEARER /* nearer than all before, which are out now */
};

/* Begin: nothing farther than least counts, but for names. */
void pick_begin(struct pick *p, const struct instance *i, enum kin least);

/* A window of process pid (0: not known); named: it has the name that the
 * user gave, i->class. */
enum picked pick_offer(struct pick *p, pid_t pid, bool named);

#endif
