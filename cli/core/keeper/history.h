/*
 * history.h: the last events of a slot, for onlyonectl log.
 *
 * The keeper has them in memory only: noting one takes no system call.  When
 * the instance ends, they go into its record (ended.h).
 */
#ifndef HISTORY_H
#define HISTORY_H

#include <sys/types.h>

#include "cli/base/buf.h"

enum { LOG_EVENTS = 20, LOG_TEXT = 160,
	HISTORY_BYTES = LOG_EVENTS * (LOG_TEXT + 48) }; /* of history_put */

struct log {
	unsigned long n; /* all so far; the last LOG_EVENTS are kept */
	struct event {
		long long at; /* wall clock, ms */
		pid_t pid;    /* the process it is about; 0: not known */
		char text[LOG_TEXT];
	} event[LOG_EVENTS];
};

/* Note an event; why may be NULL, status -1: not known. */
void history_note(struct log *l, pid_t pid, const char *what, const char *why,
    int status);

/* All that are kept, oldest first, as at= by= what= of each. */
void history_put(const struct log *l, struct buf *b);

#endif
