/*
 * handover.h: known ways to hand documents over: --on-activate=auto, self,
 * dbus.
 *
 * auto, self and dbus are words for a handler.  Just before a launch starts its
 * program it translates the word into lines for sh.  It records these as if the
 * user had written them: keeper and later launches know nothing of words.
 *
 * A row says how documents are handed over to some programs.  Rows are files
 * NAME.sh: in the user's folder, in the system's, or built in.  The first row
 * that names the program counts, folder by folder, in the order of file names.
 */
#ifndef HANDOVER_H
#define HANDOVER_H

#include <stdbool.h>

#include "cli/core/launch/launch_state.h"

struct text;

/* A built-in text: begin, documents, self, dbus, emacs ... */
struct handover_text {
	const char *name;
	const char *text;
};

/* Ends with a NULL name; made of handover/ *.sh at build time. */
extern const struct handover_text handover_texts[];

/* Find the row for a program: by the name of file, else by the name of what a
 * symlink leads to, since /usr/bin/editor can be any program.  Files that are
 * not trusted are skipped with a note. */
bool row_find(struct handover *h, const char *file);

/* Read the built-in text of this name into row, which points into text. */
bool row_built_in(const char *name, struct buf *text,
    struct handover_row *row);

/* Whether a word is in a list, which may be NULL. */
bool row_lists(const char *list, const char *word);

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
