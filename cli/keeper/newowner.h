/*
 * newowner.h: the slot has a new owner: it is written down, and doubted as long
 * as it may be none.
 */
#ifndef NEWOWNER_H
#define NEWOWNER_H

#include <sys/types.h>

#include <stdbool.h>

struct keeper;
struct owner;

/* What tells process pid from others with its number, by its pidfd.  False: it
 * cannot be read now, and is looked for again. */
bool newowner_read(struct keeper *k, pid_t pid, int pidfd,
    struct owner *owner);

/* pidfd is taken over.  The owner's pid is 0 if it is not seen: what pidfd is
 * open on only stands for it. */
void newowner_set(struct keeper *k, const struct owner *owner, int pidfd);

/* Both.  pidfd is taken over. */
bool newowner_take(struct keeper *k, pid_t pid, int pidfd);

/* It cannot be told now who it is: it is looked for once more. */
void newowner_later(struct keeper *k);

/* Is it one?  That is looked at again, by newowner_lost. */
void newowner_trial(struct keeper *k);

/* Whether it turns out to be none. */
bool newowner_lost(struct keeper *k);

#endif
