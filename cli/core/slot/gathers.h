/*
 * gathers.h: that an instance has the documents of other slots open, too.
 *
 * A program that is single by itself gathers all documents in one process: what
 * begins in the slot of another document hands that over, and ends.  The
 * keeper that sees this end (keeper/gather.c) says so in the folder of the
 * instance, whether that has a keeper just then or not.
 */
#ifndef GATHERS_H
#define GATHERS_H

#include <stdbool.h>

/* Note it of the instance that began then, in its open folder.  An error notes
 * nothing. */
void gathers_note(int folder, long long since);

/* Whether it is noted of that instance. */
bool gathers_is(int folder, long long since);

#endif
