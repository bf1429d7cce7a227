/*
 * target.h: the instances on which a verb acts.
 */
#ifndef CTL_TARGET_H
#define CTL_TARGET_H

#include <stddef.h>
#include <sys/types.h>

#include "cli/core/ctl/ctl.h"
#include "cli/core/ctl/found.h"
#include "cli/base/fault.h"

/* Find the instances that the operands mean: one, or with --all every one;
 * c->one is the first of c->n.  0, or -1; none is a fault of 3. */
int targets_find(struct ctl *c, struct fault *f);

/* Note that we wait for this instance to end. */
void target_say(const struct found *found, pid_t pid);

/* Send a signal through a pidfd; target_end: also CONT (owner_end).  0, also if
 * the process has ended already; -1 with a fault. */
int target_signal(const struct found *found, int pidfd, pid_t pid, int sig,
    struct fault *f);
int target_end(const struct found *found, int pidfd, pid_t pid, int sig,
    struct fault *f);

/* Call target_failed when one of n instances has failed: *code keeps the code
 * of the first; if n > 1 the fault is printed at once.  targets_end then fails
 * with that code; 0: none has failed. */
void target_failed(struct fault *f, size_t n, int *code);
int targets_end(struct fault *f, size_t n, int code);

#endif
