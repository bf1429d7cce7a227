/*
 * leased.h: --scope=cluster: take the cluster's key when the slot is free.
 *
 * onlyone-cluster, a program of its own, takes the key and keeps it as long as
 * the instance lives; the launch talks to it over a socket pair.  Without
 * --scope=cluster these functions do nothing, and make no system call.
 */
#ifndef LEASED_H
#define LEASED_H

#include <sys/types.h>

#include <stdbool.h>

#include "cli/core/launch/launch_state.h"

enum leased {
	LEASED_FAILED = -1, /* fault */
	LEASED_OURS,        /* or it is not needed */
	LEASED_BUSY,        /* another instance has it: leased_end, _wait */
	LEASED_LATER        /* no answer, but time is left: try again; fault */
};

enum {
	LEASED_MS = 5000,
	LEASED_OFFER_MS = 700,
	LEASED_LINE_MS = 30000 /* launches of one host ask one by one */
};

/* With the slot claimed: take the key, trying for ms.  Until leased_owner is
 * called, leased_drop gives the key back, and so does our end. */
enum leased leased_take(struct launch *l, int ms, struct fault *f);
void leased_drop(struct launch *l);

/* Whether an onlyone-cluster has the key, or asks for it, for this launch. */
bool leased_is(const struct launch *l);

/* After LEASED_BUSY, for a launch that does not wait: apply the policy to that
 * instance.  An exit status, or -1 with a fault. */
int leased_end(struct launch *l, struct fault *f);

/* After LEASED_BUSY: wait until the key may be free, at most to the deadline
 * (clock_now; 0: none); --replace asks the instance to end.  0 or -1. */
int leased_wait(struct launch *l, long long deadline, struct fault *f);

/* In the process that becomes the program: set the token and the key's name in
 * the environment. */
void leased_environ(const struct launch *l);

/* Call leased_owner before child pid becomes the program: onlyone-cluster
 * guards the child from now on.  only: the launch stays for that alone.  0 or
 * -1.  Call leased_since when the record is published. */
int leased_owner(struct launch *l, pid_t pid, bool only, struct fault *f);
void leased_since(struct launch *l);

/* For a parent.  leased_fd: a descriptor to be polled, too; -1: none.
 * leased_heard: handle the messages that have come.  leased_lost: whether the
 * key is lost. */
int leased_fd(const struct launch *l);
void leased_heard(void *launch);
bool leased_lost(void *launch);

/* Start a timer for the time at which the parent itself must end the program.
 * Its signal is blocked: call leased_heard when signalfd(2) reports it. */
void leased_watch(struct launch *l);

/* leased_status: the program has ended with this wait status.  leased_goes_on:
 * whether a successor goes on, so that the key is kept without us.
 * leased_over: if not, wait until the key is given back; returns the launch's
 * exit status. */
void leased_status(struct launch *l, int status);
bool leased_goes_on(struct launch *l);
int leased_over(struct launch *l, int status);

#endif
