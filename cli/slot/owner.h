/*
 * owner.h: the recorded owner, and the one place where a pid from a file is
 * turned into a process.
 *
 * A number proves nothing: pids are used again, after a boot, and in other
 * namespaces.  The record holds what tells: boot id, pid namespace, and the
 * inode of the pidfd (Linux 6.9: one per process and boot) or the start time.
 */
#ifndef OWNER_H
#define OWNER_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "cli/buf.h"
#include "cli/fields.h"

enum { BOOT_ID = 36 };

struct owner {
	pid_t pid;      /* 0: it lives, but cannot be seen */
	uint64_t start; /* clock ticks since boot; 0: not recorded */
	uint64_t pidfs; /* inode of its pidfd; 0: not recorded */
	uint64_t pidns; /* inode of its pid namespace; 0: not known */
	char boot[BOOT_ID + 1]; /* empty: this boot */
};

enum owner_state {
	OWNER_ALIVE,     /* *pidfd is open */
	OWNER_DEAD,      /* ended, or somebody else has the number now */
	OWNER_ELSEWHERE, /* recorded in another pid namespace, or perhaps so */
	OWNER_UNKNOWN    /* cannot be told: errno */
};

/* Record process pid, which pidfd is open on; boot id only if lasting.  -1:
 * errno. */
int owner_record(struct owner *o, pid_t pid, int pidfd, bool lasting);

/* Open the recorded process. */
enum owner_state owner_open(const struct owner *o, int *pidfd);

/* Put a record into fields, take it out.  get: -1 if malformed. */
void owner_put(struct buf *b, const struct owner *o);
int owner_get(const struct fields *f, struct owner *o);

/* A pidfd, close-on-exec; -1. */
int owner_pidfd(pid_t pid);

/* Whether the process behind pidfd has ended (zombies have). */
bool owner_ended(int pidfd);

/* Send sig through pidfd.  0 or -1. */
int owner_signal(int pidfd, int sig);

/* Whether the kernel tells how a process ended that somebody else has reaped
 * (PIDFD_INFO_EXIT, Linux 6.15). */
bool owner_tells_exit(void);

/* Inode of this process's pid namespace; 0: errno, ENOENT if there is no /proc
 * that tells it. */
uint64_t owner_pidns(void);

/* As /proc tells it, and nothing else. */
uint64_t owner_pidns_shown(void);

/* This boot's id; empty if there is no /proc. */
void owner_boot(char boot[BOOT_ID + 1]);

#endif
