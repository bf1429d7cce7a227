/*
 * newowner.h: record a new owner of the slot, and check an uncertain one.
 */
#ifndef NEWOWNER_H
#define NEWOWNER_H

#include <sys/types.h>

#include <stdbool.h>

struct keeper;
struct owner;

/* Read into *owner what tells process pid, through its pidfd, from others with
 * its number.  False: it cannot be read now, and the keeper will look for a
 * successor again. */
bool newowner_read(struct keeper *k, pid_t pid, int pidfd,
    struct owner *owner);

/* Make this process the owner; pidfd is taken over. owner->pid is 0 if it
 * cannot be seen: then pidfd is of a stand-in (succession.c). */
void newowner_set(struct keeper *k, const struct owner *owner, int pidfd);

/* newowner_read and newowner_set. pidfd is taken over. */
bool newowner_take(struct keeper *k, pid_t pid, int pidfd);

/* Have the owner checked by newowner_lost, if it is uncertain. */
void newowner_trial(struct keeper *k);

/* Whether the check shows that the owner is no successor. */
bool newowner_lost(struct keeper *k);

#endif
