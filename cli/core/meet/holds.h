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
	HOLDS_INSTANCE, /* an instance is running */
	HOLDS_PARENT,   /* it has ended; its parent keeps the slot for the rest
	                 * of its tree */
	HOLDS_ENDING,   /* it has ended: its keeper looks for its successor, or
	                 * waits for its processes */
	HOLDS_NEXT,     /* no instance: a launch in line is about to start */
	HOLDS_LOCKED,   /* no instance: that launch waits for its lock file */
	HOLDS_DEAF      /* no instance: the owner has exited, and its keeper
	                 * does not answer */
};

/* By the keeper's reply STATE. */
enum holds holds_told(const struct fields *state);

/* Whether there is an instance to wait for or to end. */
bool holds_runs(enum holds holds);

/* Append "1 launch waits: pid 12" from a STATE, after `before`: the launches
 * besides this process; nothing if there is none. */
enum { HOLDS_WAITING = 160 }; /* enough for a line */
void holds_waiting(const struct fields *state, const char *before,
    struct text *t);

/* NEXT or LOCKED, from this STATE or REFUSED: the fault (75) that app is not
 * running, and why. -1. */
int holds_fault(const struct fields *state, const char *app, struct fault *f);

/* Another program has locked the file at path, and app is not running: the
 * fault (75). -1. */
int holds_locked(const char *app, const char *path, struct fault *f);

#endif
