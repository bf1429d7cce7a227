/*
 * doctor.h: onlyonectl doctor: one line for each thing looked at.
 */
#ifndef DOCTOR_H
#define DOCTOR_H

#include "cli/ctl/ctl.h"

struct doctor {
	struct ctl *c;
	int wrong; /* how much was */
};

enum { DOCTOR_LINE = 8192 };

/* Say that something is well, or that it is not, and what to do about it.  Both
 * may hold names. */
void doctor_good(const char *what);
void doctor_wrong(struct doctor *d, const char *what, const char *remedy);

/* False: there is no looking into it. */
bool doctor_root(struct doctor *d);

/* doctor_slots.c, doctor_rules.c */
void doctor_slots(struct doctor *d);
void doctor_rules(struct doctor *d);

#endif
