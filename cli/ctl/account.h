/*
 * account.h: users of this machine, and which processes are theirs.
 */
#ifndef CTL_ACCOUNT_H
#define CTL_ACCOUNT_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "cli/fault.h"

enum { ACCOUNT_NAME = 64 };

struct account {
	uid_t uid;
	gid_t gid;
	char name[ACCOUNT_NAME]; /* the number, where there is none */
};

/* By name or number, as the password file has it; a number need not stand
 * there.  0, or -1 with a fault of 64 or 71. */
int account_find(const char *user, struct account *a, struct fault *f);

/* Users, at most cap, who have processes and, by its name, a state root.  How
 * many; -1: fault. */
int account_list(struct account *at, size_t cap, struct fault *f);

/* Whether a process is wholly this user's: by all its uids. */
bool account_owns(const struct account *a, pid_t pid);

#endif
