/*
 * waits.h: what an instance waits for before its program begins.
 *
 * onlyone-cluster has the slot of its host, and may have to wait for another
 * host.  It says so in a file of the slot's folder, for list, and for launches
 * that find it there.
 */
#ifndef WAITS_H
#define WAITS_H

#include <stdbool.h>

enum { WAITS_TEXT = 512 };

/* In this slot's folder (a path): the instance of that run (ENV_RUN) waits for
 * what `text`, part of a message, says.  NULL: it waits no longer.  Errors are
 * ignored. */
void waits_note(const char *slot, const char *run, const char *text);

/* Whether the instance that started then waits (dir, file: as skips_add); what
 * for, without control characters. */
bool waits_read(int dir, const char *file, long long since,
    char text[WAITS_TEXT]);

#endif
