/*
 * asuser.h: root runs a verb as another user.
 */
#ifndef CTL_ASUSER_H
#define CTL_ASUSER_H

#include <stdbool.h>

#include "cli/buf.h"
#include "cli/ctl/account.h"
#include "cli/fault.h"

/* What came of it.  All of it may be the user's own invention. */
struct asuser {
	struct buf out, err; /* what it wrote, each ended by NUL */
	int status;          /* exit status */
	bool late;           /* it did not end in time, or wrote too much */
};

/* Run onlyonectl with these words (argv[0] with them, NULL-ended) as that user,
 * for ms at most (-1: as long as it takes).  0, and *a to be freed; -1: fault
 * of 71. */
int asuser_run(const struct account *who, char *const argv[], int ms,
    struct asuser *a, struct fault *f);

void asuser_free(struct asuser *a);

#endif
