/*
 * follow.h: the one way from the exec functions to the next image.
 */
#ifndef FOLLOW_H
#define FOLLOW_H

/* What is to be executed, in terms of execveat(2). */
struct target {
	int dir;
	const char *path;
	char *const *argv;
	int flags;
};

/* What of us the next image is to load (ENTRY_SHIM, ENTRY_WINDOW), or 0.  All
 * of what was injected is for the owner, itself or its heir, not for a child
 * of it that goes its own way; the window library also for one that stays in
 * its session.  envp is the environment of the exec. */
unsigned int follow_due(char *const *envp);

/* Execute it, by the next execve or execveat.  Returns -1, as exec does, with
 * nothing changed but errno.  envp may be NULL. */
int follow_exec(const struct target *t, char *const *envp);

#endif
