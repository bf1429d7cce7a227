/*
 * log.h: the last things that happened to a slot, for who asks why.
 *
 * In memory, and as old as this keeper: it makes no system call, and no file
 * outlives the slot.
 */
#ifndef KEEPER_LOG_H
#define KEEPER_LOG_H

#include <sys/types.h>

#include "cli/buf.h"

enum { LOG_EVENTS = 20, LOG_TEXT = 80 };

struct log {
	unsigned long n; /* there have been; the last LOG_EVENTS are kept */
	struct event {
		long long at; /* wall clock, ms */
		pid_t pid;    /* whom it is about; 0: not known */
		char text[LOG_TEXT];
	} event[LOG_EVENTS];
};

/* Note what has happened; why may be NULL, status -1: not known. */
void log_note(struct log *l, pid_t pid, const char *what, const char *why,
    int status);

/* All that is kept, as at= by= what= of each. */
void log_put(const struct log *l, struct buf *b);

#endif
