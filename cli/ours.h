/*
 * ours.h: which processes are wholly their user's, and so ours.
 *
 * A uid alone does not tell.  A set-user-ID program that another user has
 * executed has our effective uid, and his descriptors; a sandbox of our own
 * has our uid, and fewer rights.  What counts for an instance (its copies, its
 * marks, who holds its witness) must be told from both.
 */
#ifndef OURS_H
#define OURS_H

#include <sys/types.h>

#include <stdbool.h>

/* What a process may, of /proc/PID/status. */
struct rights {
	uid_t uid[4]; /* real, effective, saved, filesystem */
	bool confined; /* no_new_privs */
	bool filtered; /* seccomp */
	unsigned long long permitted; /* capabilities */
};

/* Take it out of the text of /proc/PID/status (proc(5)).  0 or -1. */
int rights_parse(const char *text, struct rights *r);

/*
 * Whether process pid is wholly ours: all its uids are our effective one, it
 * has our capabilities, is no more confined than we are, lets us look into it,
 * and is in our user namespace.  What cannot be told is not ours.  True of a
 * moment: whoever acts on it holds a pidfd from before.
 * false, here and below for a pid: errno why it cannot be told, 0 if it can.
 */
bool ours(pid_t pid);

/* The same of a process whose folder in /proc is open; -1: there is none. */
int ours_open(pid_t pid);
bool ours_at(int proc);

/* Whether it sees the files that we see: mount namespace and root folder. */
bool ours_world(int proc);

/* Whether it is set apart from us in any way that a sandbox is: that, or
 * another pid or network namespace. */
bool ours_sandbox(int proc);

/* Whether all its uids are our effective one: what a user may mean as his. */
bool ours_uids(pid_t pid);

/* Whether it may be ours, by its effective uid alone: cheap, to pass over
 * others. */
bool ours_maybe(pid_t pid);

#endif
