/*
 * handover.h: known ways to hand documents over: --on-activate=auto, self,
 * dbus.
 *
 * auto, self and dbus are words for a handler.  Just before a launch starts its
 * program it translates the word into lines for sh.  It records these as if the
 * user had written them: keeper and later launches know nothing of words.
 */
#ifndef HANDOVER_H
#define HANDOVER_H

#include <stdbool.h>

#include "cli/core/launch/state.h"

struct text;

/* Find the handler that the word of --on-activate means, once. */
void handover_seek(struct launch *l);

/* The handler to be recorded; NULL: none.  Only after handover_seek or
 * handover_say, which translate the word. */
const char *handover_line(const struct launch *l);

/* Why the word leads to no handler; NULL: it does, or there is no word. */
const char *handover_lack(const struct launch *l);

/* Whether the handler executes the program itself. */
bool handover_self(const struct launch *l);

/* The program is about to be started: handover_seek, and print the outcome,
 * once. */
void handover_say(struct launch *l);

/* The handler in a few words, for --explain; nothing if there is none. */
void handover_text(struct launch *l, struct text *t);

/* The command to execute: as given, or with the arguments that the row inserts,
 * whose text is in b.  NULL: ENOMEM. */
char **handover_command(const struct launch *l, struct buf *b);

#endif
