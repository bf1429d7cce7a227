/*
 * shim.h: what the constructor found out, for the exec functions.
 *
 * Written before main and never again: a vfork child shares this memory.
 */
#ifndef SHIM_H
#define SHIM_H

#include <stddef.h>

struct shim {
	int owner; /* the pid that adopted a slot, 0: none.  Copies of that
		    * process inherit it: compare with getpid */
	int session; /* session of this process at its start */
	unsigned long long mapping; /* inode number of the slot's mapped file,
				     * if adopted */
	const char *entry; /* our entry of LD_PRELOAD, one path; NULL: none */
	unsigned int how; /* ENTRY_SHIM and ENTRY_WINDOW (entry.h) */
	char room[512]; /* holds entry, unless it is longer */

	/* The exec functions of the next library, if another one may replace
	 * them too; NULL: make the system call. */
	struct {
		int (*execve)(const char *, char *const *, char *const *);
		int (*execveat)(
		    int, const char *, char *const *, char *const *, int);
	} next;
};

extern struct shim shim;

struct enforce {
	const char *shim; /* the plain entry of LD_PRELOAD; NULL: none */
	size_t len;        /* of that entry */
	const char *home;  /* HOME; NULL: none */
	const char *names; /* value of ENV_ENFORCE; NULL: none */
};

#endif
