/*
 * close_windows.h: ask the windows of the instance to close.
 */
#ifndef KEEPER_CLOSE_WINDOWS_H
#define KEEPER_CLOSE_WINDOWS_H

#include <sys/types.h>

#include <stdbool.h>

struct client;
struct frame;
struct keeper;

/* Ask the windows, unless a helper is doing so. */
void closing_start(struct keeper *k);

/* The request CLOSE: ask the windows, and answer whether there are any. */
void closing_serve(struct keeper *k, struct client *cl,
    const struct frame *f);

bool closing_reap(struct keeper *k, pid_t pid, int status); /* our helper? */
void closing_end(struct keeper *k); /* the instance is over */

#endif
