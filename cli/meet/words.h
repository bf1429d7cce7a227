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

/* "APP (pid 123 on pts/4)" of a reply, in out, WORDS_INSTANCE bytes. */
const char *words_instance(const struct fields *b, char *out);

/* It does not answer: who holds it, as far as the files tell.  -1, with a
 * fault of 69 or 73. */
int words_silent(struct place *p, struct fault *f);

/* A refusal as a fault: -1. */
int words_refused(const struct place *p, const struct fields *b,
    struct fault *f);

/* What came of re-displaying it, where a reply tells: with -v. */
void words_raised(const struct fields *b, const char *who);

/* Whom a launch that a keeper has accepted waits for: with -v. */
void words_waiting(const struct fields *b);

#endif
