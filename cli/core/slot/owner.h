/*
 * owner.h: the recorded owner, and the one place where a pid from a file is
 * turned into a process.
 *
 * A pid proves nothing: the kernel reuses it, also after a boot and in other
 * namespaces.  So the record also has the boot id, the pid namespace, and the
 * inode of the pidfd (Linux 6.9: one per process and boot) or the start time.
 */
#ifndef OWNER_H
#define OWNER_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "cli/base/buf.h"
#include "cli/base/fields.h"

enum { BOOT_ID = 36 };

struct owner {
	pid_t pid;      /* 0: alive, but invisible here */
	uint64_t start; /* clock ticks since boot; 0: not recorded */
	uint64_t pidfs; /* inode of its pidfd; 0: not recorded */
	uint64_t pidns; /* inode of its pid namespace; 0: not known */
	char boot[BOOT_ID + 1]; /* empty: this boot */
};

enum owner_state {
	OWNER_ALIVE,     /* *pidfd is open */
	OWNER_DEAD,      /* exited; its pid may be reused */
	OWNER_ELSEWHERE, /* of another pid namespace, or perhaps so */
	OWNER_UNKNOWN    /* not known: errno */
};

/* Record process pid, which pidfd is open on; boot id only if lasting (the root
 * outlives a boot).  -1: errno. */
int owner_record(struct owner *o, pid_t pid, int pidfd, bool lasting);

/* Open the recorded process. */
enum owner_state owner_open(const struct owner *o, int *pidfd);

/* Whether the recorded process is alive and has that pid here.  As owner_open,
 * but if the inode of its pidfd is recorded, only that is compared: it is
 * unique within a boot, across namespaces. */
bool owner_runs(const struct owner *o);

/* Write a record to fields; read it.  get: -1 if malformed. */
void owner_put(struct buf *b, const struct owner *o);
int owner_get(const struct fields *f, struct owner *o);

/* A pidfd, close-on-exec; -1. */
int owner_pidfd(pid_t pid);

/* A process could not be opened or looked at: whether errno says that there is none
 * with its pid.  Else it is not known. */
bool owner_gone(void);

/* A tag that tells process pid from all others that have or had its pid: the
 * inode of its pidfd, or its start time, by a look (look.h).  0: errno. */
uint64_t owner_tag(pid_t pid);

/* Whether the process behind pidfd has certainly exited (zombies have); whether
 * it is certainly alive.  If unknown, both are false. */
bool owner_ended(int pidfd);
bool owner_lives(int pidfd);

/* Whether it, process pid, has exited or is about to (proc_dying). */
bool owner_ending(int pidfd, pid_t pid);

/* Send sig through pidfd.  0 or -1. */
int owner_signal(int pidfd, int sig);

/* Ask the process to exit: sig, then CONT, since a stopped process would not
 * handle sig.  0 or -1, of sig. */
int owner_end(int pidfd, int sig);

/* The wait status of the exited process behind pidfd, which had this pid.
 * False: not known. */
bool owner_status(int pidfd, pid_t pid, int *status);

/* Whether the kernel reports the exit status of a process that another process
 * has reaped (PIDFD_INFO_EXIT, Linux 6.15). */
bool owner_tells_exit(void);

/* Inode of this process's pid namespace; 0: errno, ENOENT if /proc is
 * missing. */
uint64_t owner_pidns(void);

/* The same from /proc alone. */
uint64_t owner_pidns_shown(void);

/* Whether ours is the first pid namespace, which sees all processes: so a
 * process in another one is alive, unless it is DEAD. */
bool owner_sees_all(void);

/* This boot's id; empty if there is no /proc. */
void owner_boot(char boot[BOOT_ID + 1]);

#endif
