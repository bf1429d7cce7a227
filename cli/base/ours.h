/*
 * ours.h: which processes belong wholly to our user.
 *
 * A uid alone is not enough.  A set-user-ID program that another user has
 * executed has our effective uid, and that user's descriptors; a sandbox of our
 * own has our uid, and fewer rights.  Neither may count for an instance: as a
 * copy of it, by its environment mark, or as the holder of its name lock.
 */
#ifndef OURS_H
#define OURS_H

#include <sys/types.h>

#include <stdbool.h>

/* The rights of a process, from /proc/PID/status. */
struct rights {
	uid_t uid[4]; /* real, effective, saved, filesystem */
	bool confined; /* no_new_privs */
	bool filtered; /* seccomp */
	unsigned long long filters; /* of seccomp (Linux 5.9; else 0) */
	unsigned long long permitted; /* capabilities */
	unsigned long long bounding; /* those that what it executes may have */
};

/* Parse the text of /proc/PID/status (proc(5)).  0 or -1. */
int rights_parse(const char *text, struct rights *r);

/*
 * Whether process pid is wholly ours: all its uids are our effective one, it
 * has our capabilities, is no more confined than we are, lets us look into it,
 * and is in our user namespace.  If that cannot be found out, it is not ours.
 * The answer may be stale: a caller that acts on it holds a pidfd from before,
 * and checks afterwards that the process has not exited.  false, here and
 * below: errno if it could not be found out; 0: it is not.
 */
bool ours_process(pid_t pid);

/* The same without the user namespace, which the kernel does not show of a
 * process that is not dumpable. */
bool ours_rights(pid_t pid);

/* What this errno of a failed look means: 0, the process has exited or is not
 * ours to see; -1, not known. */
int ours_unread(int err);

/* Whether the process sees the files that we see: mount namespace and root
 * folder, the latter by a look (look.h). */
bool ours_world(pid_t pid);

/* Whether the process is in a sandbox: it sees other files, is in another pid
 * or network namespace, or programs that it executes have fewer rights than
 * those that we execute. */
bool ours_sandbox(pid_t pid);

/* Whether the process has our pid namespace: to it a pid means what it means to us. */
bool ours_pids(pid_t pid);

/* Whether the process is shown to be outside, and we below it: it has our
 * user's uids, all rights that we have, and the mounts, root, network and pid
 * namespace of process 1, while we are in other ones.  It gains nothing by
 * asking us: it could do all that itself. */
bool ours_outside(pid_t pid);

/* Whether a keeper would count us as its equal, or as outside of it, as
 * client.c does; false also if that cannot be found out. */
bool ours_serves(pid_t keeper);

/* In words, what makes a process that asks differ from us, its keeper: "it" is
 * the instance. */
const char *ours_differs(pid_t pid);
#define OURS_PIDNS "it has another pid namespace (a container)"

/* Whether all its uids are our effective one: enough for a process that the
 * user names. */
bool ours_uids(pid_t pid);

#endif
