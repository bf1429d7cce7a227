/*
 * words.h: what was met, in words.
 */
#ifndef WORDS_H
#define WORDS_H

#include <stddef.h>

#include "cli/fault.h"
#include "cli/fields.h"
#include "cli/meet/place.h"
#include "preload/contract.h"

enum { WORDS_INSTANCE = NAME_SHOWN + 128 };

/* "APP (pid 123 on pts/4)" of a reply, in out, WORDS_INSTANCE bytes; for who
 * waits for it, "APP (pid 123 on pts/4, stopped)" if it is. */
const char *words_instance(const struct fields *b, char *out);
const char *words_awaited(const struct fields *b, char *out);

/* Whether it is stopped, and what is said then instead of " is running". */
#define WORDS_STOPPED " is stopped (fg where it was started, or onlyonectl" \
	" signal CONT, lets it go on)"
bool words_stopped(const struct fields *b);

/* It does not answer: who holds it, as far as the files tell.  -1, with a
 * fault of 69 or 73. */
int words_silent(struct place *p, struct fault *f);

/* A refusal as a fault: -1. */
int words_refused(const struct place *p, const struct fields *b,
    struct fault *f);

/* What came of re-displaying it, where a reply tells: with -v. */
void words_raised(const struct fields *b, const char *who);

/* Whom a launch that a keeper has accepted waits for: with -v; late: in any
 * case. */
void words_waiting(const struct fields *b, bool late);

/* Of a slot that a parent holds between two runs, or for a tree: its fault. */
void words_held(const struct fields *b, const char *app, struct fault *f);

/* Say what of an instance that has ended goes on, if anything does for more
 * than a moment; how: how to end it too. */
struct job;
void words_left(const char *app, const struct job *j, const char *how);

#endif
