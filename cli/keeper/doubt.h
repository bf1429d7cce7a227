/*
 * doubt.h: whether an instance that was just given documents is ending.
 */
#ifndef DOUBT_H
#define DOUBT_H

#include <sys/types.h>

#include <stdbool.h>

struct client;
struct keeper;

/* Its handler, which is the program itself, has ended with success: tell it so
 * at once, or when the instance is found to show a window, or does not end. */
void doubt_begin(struct keeper *k, struct client *cl);
void doubt_over(struct keeper *k, struct client *cl); /* its time is up */

bool doubt_reap(struct keeper *k, pid_t pid, int status); /* was it ours? */
void doubt_end(struct keeper *k); /* the instance is over */

#endif
