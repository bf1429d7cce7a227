/*
 * handover.h: how documents of later launches reach the program: by the row of
 * the program (handover/row.h), which is the default, or by the words auto,
 * self and dbus of --on-activate.
 *
 * Just before a launch starts its program it makes lines for sh of the row, and
 * records these as if the user had written them as a handler.
 */
#ifndef HANDOVER_H
#define HANDOVER_H

#include <stdbool.h>

#include "cli/core/handover/way.h"
#include "cli/core/launch/launch_state.h"

struct text;

/* Find the way that the launch's options ask for, once.  A launch that was given
 * none has that of the program's row, where there is one. */
void handover_seek(struct launch *l);

/* The row that was found by handover_seek; NULL: none. */
const struct row *handover_row(const struct launch *l);

/* The patterns of options whose value is the next word, of the program's row,
 * whatever its handler is; NULL: none. */
const char *handover_values(struct launch *l);

/* What this launch asks of the instance that it meets. */
enum asks handover_asks(struct launch *l);

/* With no key given: add the steps of a key that the program's row makes of
 * these arguments, or set handover.aside. */
void handover_key(struct launch *l);

/* Put the handler into terms that are to be recorded.  Only after handover_seek
 * or handover_say. */
void handover_terms(const struct launch *l, struct terms *t);

/* The program is about to be started: handover_seek, and print the outcome,
 * once. */
void handover_say(struct launch *l);

/* The handler in a few words, for --explain; nothing if there is none. */
void handover_text(struct launch *l, struct text *t);

/* The command to execute: as given, or with the arguments that the row inserts,
 * whose text is in b.  NULL: ENOMEM. */
char **handover_command(const struct launch *l, struct buf *b);

#endif
