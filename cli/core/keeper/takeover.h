/*
 * takeover.h: a handler that goes on as the instance.
 */
#ifndef TAKEOVER_H
#define TAKEOVER_H

#include <sys/types.h>

struct handler;
struct keeper;

/* The owner has ended without a successor: find the process of handler *h that
 * is the program itself; if an earlier keeper started the handler, *h is NULL.
 * *pidfd becomes the caller's. 0: there is none; -1: that cannot be told
 * now. */
pid_t takeover_find(struct keeper *k, struct handler **h, int *pidfd);

/* This handler has become the instance. h may be NULL. */
void takeover_take(struct keeper *k, struct handler *h);

/* Record, for the next keeper, the oldest handler that may become the instance.
 * pid: a process that is about to be a handler; 0: none is. */
void takeover_note(struct keeper *k, pid_t pid);

/* Process pid is not to become the instance: its launch has gone. */
void takeover_forget(struct keeper *k, pid_t pid);

#endif
