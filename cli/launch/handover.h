/*
 * handover.h: built-in ways to hand documents over: --on-activate=auto, self,
 * dbus.
 *
 * A word becomes a line for sh when the launch knows its program, and is
 * recorded as if the user had written that line: whatever serves an
 * activation knows nothing of words.
 */
#ifndef HANDOVER_H
#define HANDOVER_H

#include <stdbool.h>

#include "cli/buf.h"
#include "cli/fault.h"

/* A row of the table. */
struct handover_row {
	const char *names; /* of programs, with colons between */
	const char *how;   /* a phrase for --explain */
	const char *const *insert; /* arguments after COMMAND, ended by NULL,
	                            * for an instance that can be spoken to;
	                            * NULL: it needs none */
	const char *line;  /* hands the arguments over; $p is the program, $r
	                    * onlyone-raise, where that is needed */
	bool raise;        /* it is */
};

/* Ended by one without names. */
extern const struct handover_row handover_rows[];
extern const struct handover_row handover_self, handover_dbus;

/* Of one launch. */
struct handover {
	const struct handover_row *row; /* NULL: no word, or no row */
	const char *why; /* a word that leads to nothing: the reason */
	bool said;
	struct buf line;
};

struct launch;
struct text;

/* Look the program up, if the options say a word.  0 or -1. */
int handover_find(struct launch *l, struct fault *f);

/* What is recorded as the handler; NULL: there is none. */
const char *handover_line(const struct launch *l);

/* The program is about to be started: what came of a word, once. */
void handover_say(struct launch *l);

/* The same for people, in a few words; nothing where there is no handler. */
void handover_text(const struct launch *l, struct text *t);

/* The command to be executed: as it was given, or with what the row inserts,
 * which lives in b.  NULL: ENOMEM. */
char **handover_command(const struct launch *l, struct buf *b);

#endif
