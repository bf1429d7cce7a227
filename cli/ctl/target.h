/*
 * target.h: the instances that a verb is to act on.
 */
#ifndef CTL_TARGET_H
#define CTL_TARGET_H

#include <stddef.h>
#include <sys/types.h>

#include "cli/ctl/ctl.h"
#include "cli/ctl/found.h"
#include "cli/fault.h"

/* The instances that the operands mean: one, or with --all every one; *one is
 * the first of *n.  0 or -1; none is a fault of 3. */
int targets_find(struct ctl *c, struct founds *fs, struct found **one,
    size_t *n, struct fault *f);

/* Say for whom we wait. */
void target_say(const struct found *found, pid_t pid);

/* Send a signal through a pidfd; one that has ended is none to fail. */
int target_signal(const struct found *found, int pidfd, pid_t pid, int sig,
    struct fault *f);

/* One of n has failed.  Of several that is told at once, and the others have
 * their turn; the first one's code is the end. */
void target_failed(struct fault *f, size_t n, int *code);
int targets_end(struct fault *f, size_t n, int code);

#endif
