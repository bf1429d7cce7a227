/*
 * shim.h: what the constructor found out, for the exec functions.
 *
 * Written before main, read-only ever after: a vfork child shares it.
 */
#ifndef SHIM_H
#define SHIM_H

struct shim {
	int owner; /* the pid that adopted a slot; 0: none did */
	int session; /* of the owner then */
	const void *image; /* where it has mapped the image */
	const char *entry; /* how we were injected; NULL: we were not */
	unsigned int how; /* what of us was (entry.h) */
	char room[512]; /* for entry, unless it is longer */

	/* The next object's functions, where there may be another that
	 * replaces them; NULL: the kernel is next. */
	struct {
		int (*execve)(const char *, char *const *, char *const *);
		int (*execv)(const char *, char *const *);
		int (*execvp)(const char *, char *const *);
		int (*execvpe)(const char *, char *const *, char *const *);
		int (*fexecve)(int, char *const *, char *const *);
		int (*execveat)(
		    int, const char *, char *const *, char *const *, int);
	} next;
};

extern struct shim shim;

#endif
