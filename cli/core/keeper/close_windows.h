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

/* Ask the windows, unless a helper is just asking. */
void closing_start(struct keeper *k);

/* The request CLOSE: ask the windows, and answer whether there are some. */
void closing_serve(struct keeper *k, struct client *cl,
    const struct frame *f);

bool closing_reap(struct keeper *k, pid_t pid, int status); /* our helper? */
void closing_end(struct keeper *k); /* the instance is over */

#endif
