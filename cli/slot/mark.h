/*
 * mark.h: the environment mark of an instance: ONLYONE_SLOT=FOLDER.
 *
 * Everything that an instance starts inherits it, so it tells who descends
 * from it, also through double forks and exec.  Anybody can set it, so it
 * counts only in a process that is wholly ours (ours.h), and nothing but its
 * being there is believed of that.
 */
#ifndef MARK_H
#define MARK_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

/* Processes of ours that carry the mark of folder, at most cap; their number
 * (proc(5), environ; 0 without /proc), or -1 if they cannot be told.  Not
 * handlers and what they start. */
int mark_scan(const char *folder, pid_t *pids, size_t cap);

/* Whether process pid does. */
bool mark_has(const char *folder, pid_t pid);

/* Whether this process carries the mark of an earlier instance in the same
 * slot: it, or the process it has that from, began before the owner. */
bool mark_stale(const char *folder, pid_t owner);

/* The same of an owner that cannot be seen from here, by the time at which its
 * instance began (wall clock, ms).  In doubt it does not. */
bool mark_before(const char *folder, long long since);

/* The one of them that began first, but for this process and one other; 0:
 * none lives; -1: it cannot be told. */
pid_t mark_oldest(const char *folder, pid_t but);

#endif
