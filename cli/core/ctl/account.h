/*
 * account.h: users of this machine, and which processes are theirs.
 */
#ifndef CTL_ACCOUNT_H
#define CTL_ACCOUNT_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "cli/base/fault.h"

enum { ACCOUNT_NAME = 64 };

struct account {
	uid_t uid;
	gid_t gid;
	char name[ACCOUNT_NAME]; /* the uid in decimal, if there is no name */
};

/* Find a user by name or uid; a uid may be missing in the password file.  0, or
 * -1 with a fault of 64 or 71. */
int account_find(const char *user, struct account *a, struct fault *f);

/* List the users, at most cap, who have processes and a folder with the name of
 * their state root.  How many; -1: fault. */
int account_list(struct account *at, size_t cap, struct fault *f);

/* Whether all uids of process pid are this user's. */
bool account_owns(const struct account *a, pid_t pid);

#endif
