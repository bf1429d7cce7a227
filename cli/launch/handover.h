/*
 * handover.h: known ways to hand documents over: --on-activate=auto, self,
 * dbus.
 *
 * A word becomes lines for sh when a launch is about to start its program, and
 * they are recorded as if the user had written them: whatever serves an
 * activation knows nothing of words.
 */
#ifndef HANDOVER_H
#define HANDOVER_H

#include <stdbool.h>

#include "cli/launch/state.h"

struct text;

/* Look for what a word of --on-activate means, once. */
void handover_seek(struct launch *l);

/* What is recorded as the handler; NULL: there is none.  After handover_seek or
 * handover_say: before, a word stands for nothing. */
const char *handover_line(const struct launch *l);

/* Whether that executes the program itself. */
bool handover_self(const struct launch *l);

/* The program is about to be started: look for what the word means, and say
 * what came of that, once. */
void handover_say(struct launch *l);

/* The same for people, in a few words; nothing where there is no handler. */
void handover_text(struct launch *l, struct text *t);

/* The command to be executed: as it was given, or with what the row inserts,
 * which lives in b.  NULL: ENOMEM. */
char **handover_command(const struct launch *l, struct buf *b);

#endif
