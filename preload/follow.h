/*
 * follow.h: the one way from the exec functions to the next image.
 */
#ifndef FOLLOW_H
#define FOLLOW_H

#include <stdbool.h>

/* What is to be executed, in terms of execveat(2). */
struct target {
	int dir;
	const char *path;
	char *const *argv;
	int flags;
};

/* Whether this is the owner, itself or its heir, not a child of it that goes
 * its own way.  envp is the environment of the exec. */
bool follow_due(char *const *envp);

/* Execute it, by the next execve or execveat.  Returns -1, as exec does, with
 * nothing changed but errno.  envp may be NULL. */
int follow_exec(const struct target *t, char *const *envp);

#endif
