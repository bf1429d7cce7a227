/*
 * activation.h: what a second launch hands over, and how it is sent.
 */
#ifndef ACTIVATION_H
#define ACTIVATION_H

#include <stdbool.h>

#include "cli/base/fields.h"
#include "cli/core/slot/folder.h"
#include "cli/core/slot/info.h"
#include "cli/core/wire/sock.h"

/* What a launch would have run. */
struct launched {
	char *const *words;   /* ends with NULL; NULL: no command */
	size_t front;         /* how many of them stand in front of the program
	                       * (interp.h) */
	const char *file;     /* the program's file */
	const char *document; /* with -d: the document, part of the key; NULL */
	const char *app;      /* its path, which is the application; NULL: --app
	                       * is given, and the programs may differ */
	bool line;            /* a shell line (-c) */
	bool whole;           /* all words together name the application */
	bool job;             /* it was to be run: without arguments it is
	                       * another command than one with some */
};

enum { OTHER_SHOWN = 80 };

/* What tells the command from others of its application, in hex: DIGEST_HALF of
 * the program, the rest of its words.  cwd: the folder in which it was typed;
 * NULL: ours.  The record has it as FIELD_DIGEST. */
void launched_digest(const struct launched *l, const char *cwd,
    char out[DIGEST_HEX + 1]);

/* More than a dozen members: what a launch says of itself. */
struct activation {
	char **args;         /* ends with NULL */
	struct launched launched; /* the command that is not run */
	unsigned int closed; /* bit i: stream i was closed at our start */
	int output;          /* passed as streams 1 and 2; 0: none */
	bool no_stdin;       /* pass /dev/null as stream 0 */
	bool until_exit;     /* wait for the instance's end as well */
	bool must_deliver;   /* fail if no handler takes the arguments */
	const char *raise;   /* this launch's --raise; NULL: the instance's */
	const char *handler; /* this launch's --on-activate; NULL */
	bool off;            /* --on-activate=none */
	int asks;            /* enum asks of handover/way.h */
	const char *const *valued; /* lists of --value-options */
	size_t nvalued;
	bool apart;          /* -d: an instance for each document */
	bool verbose, quiet; /* -v, -q */
};

/* How the request was sent. */
struct sent {
	bool large; /* so large that the keeper may read it late */
	bool kept;  /* the keeper was late in reading it */
};

/* Send the request to the keeper of p over fd.  0, or -1 with errno; EAGAIN:
 * the keeper neither reads it nor answers other connections. */
int activation_send(const struct activation *a, const struct place *p, int fd,
    struct sent *sent);

/* Answer NEED with the working directory and the open streams; err replaces
 * standard error unless it is -1.  0 or -1. */
int activation_streams(const struct activation *a, int fd, int err);

/* No handler took args, or none would: whether the instance, of whose reply or
 * record b is, runs another command than this launch.  u, zero before: the
 * arguments that are lost, without a document that is open already and options
 * that the running command has too.  what: the running command, cut if long, in
 * OTHER_SHOWN bytes. */
bool untaken_find(const struct launched *l, char *const *args,
    const struct fields *b, struct untaken *u, char *what);

/* Whether the instance runs another command than this launch.  b: a reply with
 * its command, or its record.  what: the running command, cut if long, in
 * OTHER_SHOWN bytes. */
bool other_runs(const struct launched *l, const struct fields *b, char *what);

#endif
