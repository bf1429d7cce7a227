/*
 * bus.h: the session bus, through libsystemd if that is installed.
 */
#ifndef RAISE_BUS_H
#define RAISE_BUS_H

#include "cli/raise/raise.h"

/* Activate org.freedesktop.Application of the instance, or have it open files
 * (a name, or a URI; relative to our directory), with a token (NULL: none).
 * RAISED: it took that; NO_WINDOW: it is not on the bus; NO_DISPLAY: no bus;
 * ASKED: it did not answer, or refused. */
enum outcome bus_activate(const struct instance *i, char *const files[],
    const char *token, long long deadline);

/* Whether a process of the instance has a name there that it might be asked
 * by. */
bool bus_has(const struct instance *i, long long deadline);

/* Show a desktop notification.  0 or -1. */
int bus_notify(const char *title, const char *text, long long deadline);

#endif
