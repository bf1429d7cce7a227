/*
 * lease.h: the lease that we hold, and when what has to be done about it.
 *
 * Every time is reckoned from before a request, on a clock that counts a
 * machine's sleep too.  The program gets TERM grace ms before the lease ends,
 * and KILL a little before it does.
 */
#ifndef LEASE_H
#define LEASE_H

#include <stdbool.h>

#include "cli/cluster/engine.h"

struct lease {
	const struct engine_calls *calls;
	struct engine *engine;
	long long ttl;    /* ms, as granted */
	long long grace;  /* ms */
	long long until;  /* when it ends */
	long long next;   /* when to renew */
	bool trouble;     /* the last renewal came to nothing */
	bool refused;     /* since the store does not let us */
	struct fault why; /* that it did */
};

/* Begin with what was granted. */
void lease_begin(struct lease *l, const struct engine_grant *g,
    long long grace);

/* When TERM, and KILL, are due. */
long long lease_term(const struct lease *l);
long long lease_kill(const struct lease *l);

/* Renew, if it is time, within what time there is until something else is due.
 * OK: it holds (until may be later); LOST; DOWN: not this time. */
enum engine_result lease_renew(struct lease *l, long long other);

/* Whether there is something left of one that has just been granted: an answer
 * may come late.  OK, or DOWN: why. */
enum engine_result lease_use(struct lease *l, long long other);

#endif
