/*
 * leased.h: --scope=cluster: the slot is free, but is the cluster's key?
 *
 * A program of its own (cli/cluster) takes the key, and keeps it as long as the
 * instance lives; it is spoken to by a pair of sockets.  Nothing of this is
 * done, and no system asked anything, without that option.
 */
#ifndef LEASED_H
#define LEASED_H

#include <sys/types.h>

#include <stdbool.h>

#include "cli/launch/state.h"

enum leased {
	LEASED_FAILED = -1, /* fault */
	LEASED_OURS,        /* or not wanted */
	LEASED_BUSY,        /* somebody on some host has it: leased_fault */
	LEASED_LATER        /* no answer, in less time than there is for one:
	                     * try again; fault */
};

enum {
	LEASED_MS = 5000,
	LEASED_OFFER_MS = 700,
	LEASED_LINE_MS = 30000 /* launches of one host ask one by one */
};

/* Take the key, with the slot in hand, trying for ms.  What was taken is given
 * back by leased_drop, or by our end, until leased_owner. */
enum leased leased_take(struct launch *l, int ms, struct fault *f);
void leased_drop(struct launch *l);

/* Whether there is somebody who has the key, or asks for it, for us. */
bool leased_is(const struct launch *l);

/* BUSY: what a launch that does not wait says, or does.  An exit status, or -1
 * with a fault. */
int leased_end(struct launch *l, struct fault *f);

/* BUSY: wait until it may be free, at most to the deadline (clock_now; 0:
 * none).  0 or -1. */
int leased_wait(struct launch *l, long long deadline, struct fault *f);

/* In the process that is to be the program: its environment. */
void leased_environ(const struct launch *l);

/* Before this child is the program: it is guarded from now on; only: for that
 * alone the launch stays.  0 or -1.  And when the slot is published. */
int leased_owner(struct launch *l, pid_t pid, bool only, struct fault *f);
void leased_since(struct launch *l);

/* Of a parent: what to poll beside its children, -1: nothing; take what was
 * said; whether the key is lost. */
int leased_fd(const struct launch *l);
void leased_heard(void *launch);
bool leased_lost(void *launch);

/* From now on a signal comes, which leased_heard is to be called at, when
 * nobody else has ended the program in time.  All are blocked, and read. */
void leased_watch(struct launch *l);

/* The program has ended, with this wait status.  Whether somebody goes on as
 * the instance: then the key is kept without us.  Else wait until it is given
 * back.  The launch's exit status. */
void leased_status(struct launch *l, int status);
bool leased_goes_on(struct launch *l);
int leased_over(struct launch *l, int status);

#endif
