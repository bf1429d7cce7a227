/*
 * exact.h: command lines of which all is known.
 */
#ifndef SIM_EXACT_H
#define SIM_EXACT_H

/* onlyone WORDS prints text, and exits with status.  Of a plan (--dry-run) text
 * has only those lines that are not as usual (exact.c).  "> WORDS": a program
 * that was started; behind that ">FILE", if it writes there. */
struct exact_row {
	const char *words;
	int status;
	const char *text;
};

/* Their last row has no words. */
extern const struct exact_row exact_refusals[], exact_plans[], exact_runs[],
    exact_locks[];

#endif
