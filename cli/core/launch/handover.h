/*
 * handover.h: how documents of later launches reach the program: by the
 * program's row (handover/row.h), the default, or by the words auto, self and
 * dbus of --on-activate.
 *
 * Just before a launch starts its program it turns the row into lines for sh,
 * and records these as if the user had written them as a handler.
 */
#ifndef LAUNCH_HANDOVER_H
#define LAUNCH_HANDOVER_H

#include <stdbool.h>

#include "cli/core/handover/way.h"

struct buf;
struct launch;
struct terms;
struct text;

/* Find, once, the way that the launch's options ask for; without such an
 * option, that of the program's row, if there is one. */
void handover_seek(struct launch *l);

/* The program's row's patterns of options whose value is the next word,
 * whatever its handler is; NULL: none. */
const char *handover_values(struct launch *l);

/* What this launch asks of the instance that it meets. */
enum asks handover_asks(struct launch *l);

/* Whether an option makes this command line run as it is, since it is not a
 * session of its program; sets handover.aside. */
bool handover_aside(struct launch *l);

/* Without a given key: add the steps of a key that the program's row makes from
 * these arguments. */
void handover_key(struct launch *l);

/* Put the handler into the terms to record.  Only after handover_seek or
 * handover_say. */
void handover_terms(const struct launch *l, struct terms *t);

/* The program is about to be started: handover_seek, and print the outcome,
 * once. */
void handover_say(struct launch *l);

/* The handler in a few words, for --explain; nothing if there is none. */
void handover_text(struct launch *l, struct text *t);

/* Whether a program without a row may be started once more to hand over. */
bool handover_tries(const struct launch *l);

/* The command to execute: as given, or with the arguments that the row inserts,
 * whose text is in b.  NULL: ENOMEM. */
char **handover_command(const struct launch *l, struct buf *b);

#endif
