/*
 * holds.h: which process holds a slot: the one answer that launches and verbs
 * use.
 *
 * If a keeper answers, its STATE says so; if not, lock, record and processes do
 * (slot/holder.h).
 */
#ifndef HOLDS_H
#define HOLDS_H

#include <stdbool.h>

#include "cli/base/fault.h"
#include "cli/base/fields.h"
#include "cli/base/text.h"

enum holds {
	HOLDS_INSTANCE, /* an instance runs */
	HOLDS_PARENT,   /* it has ended; its parent keeps the slot for what is
	                 * left of its tree */
	HOLDS_ENDING,   /* it has ended: its keeper looks for its successor, or
	                 * waits for what it has started */
	HOLDS_NEXT,     /* nothing runs: a launch in line is about to begin */
	HOLDS_LOCKED,   /* nothing runs: that launch waits for its lock file */
	HOLDS_DEAF      /* nothing runs: the owner has ended, and its keeper does
	                 * not answer */
};

/* By the keeper's reply STATE. */
enum holds holds_told(const struct fields *state);

/* Whether an instance is there, which may be waited for and ended. */
bool holds_runs(enum holds holds);

/* Append "1 launch waits: pid 12" of a STATE, after `before`: the launches beside
 * this process; nothing if there is none. */
enum { HOLDS_WAITING = 160 }; /* enough for a line */
void holds_waiting(const struct fields *state, const char *before,
    struct text *t);

/* NEXT or LOCKED, of which this STATE or REFUSED tells: the fault (75) that
 * nothing of app runs, and why.  -1. */
int holds_fault(const struct fields *state, const char *app, struct fault *f);

/* The lock file at path is locked by another program, and nothing of app runs:
 * the fault (75).  -1. */
int holds_locked(const char *app, const char *path, struct fault *f);

#endif
