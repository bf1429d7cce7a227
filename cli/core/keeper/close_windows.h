/*
 * close_windows.h: ask the windows of the instance to close.
 */
#ifndef CLOSE_WINDOWS_H
#define CLOSE_WINDOWS_H

#include <sys/types.h>

#include <stdbool.h>

#include "cli/core/wire/frame.h"

struct client;
struct keeper;

/* Ask the windows, unless a helper asks already or waits for the user's answer.
 * k->closing.status: the result.  False: they cannot be asked. */
bool closing_start(struct keeper *k);

/* The request CLOSE: ask the windows, and answer with the result; with look=1
 * only answer with what is known. */
void closing_serve(struct keeper *k, struct client *cl,
    const struct frame *f);

bool closing_reap(struct keeper *k, pid_t pid, int status); /* our helper? */
void closing_end(struct keeper *k); /* the instance is over */

#endif
