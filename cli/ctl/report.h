/*
 * report.h: what a doctor says: one line for each thing looked at.
 */
#ifndef CTL_REPORT_H
#define CTL_REPORT_H

enum { REPORT_LINE = 8192 };

struct report {
	int wrong; /* how much was */
};

/* Say that something is well, or that it is not, and what to do about it.  Both
 * may hold names. */
void report_good(const char *what);
void report_wrong(struct report *r, const char *what, const char *remedy);

#endif
