/*
 * command.h: is the running command line the same as this launch's?
 */
#ifndef COMMAND_H
#define COMMAND_H

#include <sha2.h>
#include <stdbool.h>
#include <stddef.h>

#include "cli/base/fields.h"
#include "cli/core/slot/info.h"

/* What a launch would have run. */
struct launched {
	char *const *words;   /* ends with NULL; NULL: no command */
	size_t front;         /* how many of them belong to wrappers
			       * (interp.h) */
	const char *file;     /* the program's file */
	const char *document; /* with -d: the document, part of the key; NULL */
	const char *app;      /* its path, the application; NULL: --app is
	                       * given, and programs may differ */
	bool line;            /* a shell line (-c) */
	bool whole;           /* all words together name the application */
	bool here;            /* in another folder it is another job, and the
	                       * key does not include the folder */
};

/* How the running command line differs from the one of a launch. */
enum differs {
	DIFFERS_NOT,     /* the very same job is running */
	DIFFERS_FOLDER,  /* the same words, typed in a folder in which they mean
	                  * another job */
	DIFFERS_WORDS,   /* other arguments of the same program */
	DIFFERS_PROGRAM, /* another program under the same --app */
	DIFFERS_UNKNOWN  /* the running command line is not known */
};

enum { COMMAND_SHOWN = 100 };

/* A digest that tells the command from others of its application, in hex:
 * DIGEST_HALF from the program, the rest from its words.  cwd: the folder in
 * which it was typed; NULL: ours.  The record has it as FIELD_DIGEST. */
void command_digest(const struct launched *l, const char *cwd,
    char out[DIGEST_HEX + 1]);

/* How the instance's command line differs from this launch's.  b: a reply with
 * its command, or its record. */
enum differs command_differs(const struct launched *l, const struct fields *b);

/* A hash that is the same for two launches of the same command line in this
 * folder; operands are compared as in command_differs. false: the folder has no
 * path. */
bool command_hash(char *const *words, char hex[SHA256_DIGEST_STRING_LENGTH]);

/* The running command line as one would type it, cut if long. */
void command_running(const struct fields *b, char out[COMMAND_SHOWN]);

/* The same for a launch. */
void command_launched(const struct launched *l, char out[COMMAND_SHOWN]);

#endif
