/*
 * fds.h: which descriptors a process of ours keeps.
 */
#ifndef FDS_H
#define FDS_H

#include <stdbool.h>
#include <stddef.h>

/* Close all descriptors from this number on but those in fds (-1: none). */
void fds_keep(unsigned int from, const int *fds, size_t n);

/* Whether there is close_range(2) (Linux 5.9); else fds_keep needs libc. */
bool fds_ranges(void);

#endif
