/*
 * identity.h: which program is launched, and the name under which it excludes
 * others.
 *
 * No stdio, malloc or locale: this is on the launch path.
 */
#ifndef IDENTITY_H
#define IDENTITY_H

#include <limits.h>
#include <stdbool.h>

#include "cli/base/fault.h"
#include "cli/base/interp.h"
#include "cli/base/text.h"
#include "preload/contract.h"

/* The message if the application has no name of its own. */
#define IDENTITY_WHOLE "the application is the whole command line", TEXT_HINT, \
	"use --app=NAME to give it a name"

struct identity {
	/* What execvp(3) would exec.  If an empty entry of PATH led to it, it
	 * has no slash: give it to execve(2); execvp would search for it
	 * again. */
	char file[PATH_MAX];
	/* The application's program, if a wrapper in front of it is executed
	 * (front > 0); see identity_program. */
	char inner[PATH_MAX];
	size_t front; /* how many words of argv belong to wrappers */
	const struct interp *row; /* of the application's program; NULL: none */
	const char *how; /* how app was found, for --explain */
	bool whole; /* app is the whole command line */
	bool tool; /* of a program known to be named so */
	const char *folder; /* the folder that it works on, the key if none is
	                     * given; NULL: none */
	char app[NAME_SHOWN + 1]; /* the application; longer: sha256:HEX */
	char moved[PATH_MAX]; /* storage of folder */
};

/*
 * Find argv[0] on PATH as execvp(3) does and name the application: the path of
 * the program as typed; for an interpreter running a file, of that file; for a
 * wrapper (interp.h), of the command that it runs; for an interpreter without a
 * file, for tools and for other commands that only run another, the whole
 * command line, without a tool's folder argument. name, if not NULL, is the
 * application (--app).  Fault: 126 or 127; 71 if the folder has no path
 * (deleted).  Nothing has been touched.
 */
int identity_find(
    struct identity *id, char *const argv[], const char *name, struct fault *f);

/* The same for a shell line (-c STRING): file is /bin/sh. */
int identity_shell(
    struct identity *id, const char *line, const char *name, struct fault *f);

/* A key is given, so arguments need not tell jobs apart: name a tool that works
 * on its arguments by its path.  0, or -1: errno. */
int identity_keyed(struct identity *id);

/* The file of the application's program: file, or the one behind a wrapper. */
const char *identity_program(const struct identity *id);

/* The name of the program for a rule, the last component of its path: for an
 * interpreter, of the file that it runs. */
const char *identity_ruled(const struct identity *id, char *const argv[]);

/* Whether a name without a slash is a command on PATH. */
bool identity_is_command(const char *name);

/* Path of a file as an identity: as typed (typed.h), and its own name.
 * The file need not exist.  out has PATH_MAX bytes and may be file.  -1 with
 * errno. */
int identity_path(const char *file, char *out);

/* The user's name for an application: as it is, or its hash if it is longer
 * than NAME_SHOWN.  app has NAME_SHOWN + 1 bytes. */
void identity_name(const char *name, char *app);

#endif
