/*
 * bus.h: the session bus, through libsystemd if that is installed.
 */
#ifndef RAISE_BUS_H
#define RAISE_BUS_H

#include "cli/windows/raise.h"

/* Activate org.freedesktop.Application of the instance, or have it open files
 * (names relative to our directory, or URIs), with a token (NULL: none).
 * RAISED: it accepted the call; NO_WINDOW: it is not on the bus; NO_DISPLAY: no
 * bus; ASKED: it did not answer, or refused. */
enum outcome bus_activate(const struct instance *i, char *const files[],
    const char *token, long long deadline);

/* Whether a process of the instance owns a name on the bus, to call it by. */
bool bus_has(const struct instance *i, long long deadline);

/* Show a desktop notification.  0 or -1. */
int bus_notify(const char *title, const char *text, long long deadline);

#endif
