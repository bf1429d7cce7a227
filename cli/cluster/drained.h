/*
 * drained.h: a host that is to be empty: /etc/onlyone/drained is there.
 *
 * Its launches take no key; those that run hand theirs over (leave.c), those that
 * wait leave the line (take.c).
 */
#ifndef DRAINED_H
#define DRAINED_H

#include <stdbool.h>

#include "cli/base/fault.h"

#define DRAINED "this host is drained (onlyone-cluster undrain ends that)"

/* Whether this host is; *kill_ms (may be NULL): the time from TERM to KILL for
 * what still runs, -1: no KILL. */
bool drained_is(long long *kill_ms);

/* When to look again (ms of clock_boot), for a key or a place in line with this
 * time to live in seconds. */
long long drained_next(int ttl);

/* Mark the host, or remove the mark.  0, or -1 with a fault. */
int drained_set(long long kill_ms, struct fault *f);
int drained_end(struct fault *f);

#endif
