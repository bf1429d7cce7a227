/*
 * evidence.h: whether a program without a handler hands over on its own.
 */
#ifndef MEET_EVIDENCE_H
#define MEET_EVIDENCE_H

#include <sys/types.h>

#include "cli/windows/outcome.h"

struct info;
struct text;

/* Ask onlyone-raise for the evidence of process pid: THERE, and what it is (may be
 * NULL). */
enum evidence evidence_find(pid_t pid, struct text *what);

/* What happens to a document opened later in this instance, in words; nothing,
 * if there is nothing to say. */
void evidence_tell(struct text *t, const struct info *i);

#endif
