/*
 * closing_check.h: whether a launch waits for a window of the instance.
 */
#ifndef KEEPER_CLOSING_CHECK_H
#define KEEPER_CLOSING_CHECK_H

#include <sys/types.h>

#include <stdbool.h>

struct client;
struct keeper;

/* Answer an activation that asks for a window and is done: at once if there is
 * one or none is due, else when it appears or on timeout.  If the instance ends
 * first, the arguments are lost: the launch starts over. */
void window_answer(struct keeper *k, struct client *cl, int status,
    bool taken);

/* Was it the attendant of a launch that waits for a window?  If so, do what it
 * has decided. */
bool window_reap(struct keeper *k, pid_t pid, int status);

/* Another process is the owner: wait for a window of that. */
void window_anew(struct keeper *k);

void window_end(struct keeper *k);   /* the instance is over */

/* The owner has exited: notify the users of launches that did not wait. */
void left_tell(struct keeper *k);

#endif
