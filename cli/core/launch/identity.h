/*
 * identity.h: what is launched, and under which name it excludes others.
 *
 * No stdio, malloc or locale: this is on the launch path.
 */
#ifndef IDENTITY_H
#define IDENTITY_H

#include <limits.h>
#include <stdbool.h>

#include "cli/base/fault.h"
#include "preload/contract.h"

struct identity {
	/* What execvp(3) would exec.  If an empty entry of PATH led to it, it
	 * has no slash: give it to execve(2); execvp would search for it
	 * again. */
	char file[PATH_MAX];
	const char *how; /* how app was found, for --explain */
	bool whole; /* app is the whole command line */
	char app[NAME_SHOWN + 1]; /* the application; longer: sha256:HEX */
};

/*
 * Find argv[0] on PATH as execvp(3) does and name the application: realpath
 * of the program's folder plus its own name; for an interpreter running a
 * file, of that file; for an interpreter running no file and for commands
 * that only run another, the whole command line.  name, if not NULL, is the
 * application (--app).  Fault: 126 or 127; 71 where the folder has no path
 * (deleted).  Nothing has been touched.
 */
int identity_find(
    struct identity *id, char *const argv[], const char *name, struct fault *f);

/* The same for a shell line (-c STRING): file is /bin/sh. */
int identity_shell(
    struct identity *id, const char *line, const char *name, struct fault *f);

/* Path of a file as an identity: realpath of its folder plus its own name.
 * The file need not exist.  out has PATH_MAX bytes and may be file.  -1 with
 * errno. */
int identity_path(const char *file, char *out);

/* A name given by the user as an application: as it is, or its hash where it
 * is longer than NAME_SHOWN.  app has NAME_SHOWN + 1 bytes. */
void identity_name(const char *name, char *app);

#endif
