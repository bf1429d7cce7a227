/*
 * rerun.h: an instance is begun again from its record.
 */
#ifndef RERUN_H
#define RERUN_H

#include "cli/fault.h"
#include "cli/slot/info.h"
#include "cli/slot/root.h"

/* Replace the instance of this record, below r, by what it says: this process
 * becomes its program.  limit_ms: for the old one to end (-1: as --replace has
 * it without -w); closed: streams that were.  -1: fault; 77 where the record
 * does not suffice, and nothing has been stopped. */
int rerun(const struct root *r, const struct info *i, int limit_ms,
    unsigned int closed, struct fault *f);

#endif
