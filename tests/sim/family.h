/*
 * family.h: which of our processes forked which, in the runs so far.
 */
#ifndef SIM_FAMILY_H
#define SIM_FAMILY_H

#include <stdbool.h>

#include "tests/sim/sim.h"

enum role { LAUNCH, LOOKER, HELPER, KEEPER, ATTENDANT, OTHER, CHILD, RAISER,
	ROLES };

struct family {
	unsigned forks[ROLES];    /* of each role: bits, of these */
	bool executes[ROLES];     /* another file than ours */
};

/* Of a process that another one of ours has forked: what it is to do. */
enum role family_role(const struct proc *p);
extern const char *const family_name[ROLES];

/* Note all processes of the run that has just ended.  Add those of another job. */
void family_note(struct family *f);
void family_add(struct family *f, const struct family *more);

/* Draw it, each role below the one that forks it. */
void family_print(const struct family *f);

#endif
