/*
 * lease_test.c: when a lease is renewed, and that hosts which began together do not
 * renew together (cli/cluster/lease.c).
 */
#include "cli/base/clock.h"
#include "cli/cluster/hold.h"
#include "tests/unit/tap.h"

enum { TTL = 60000, HOSTS = 1000 };

static enum engine_result answer;

static enum engine_result
renew(struct engine *e, long long deadline, long long *until, struct fault *f)
{
	(void)e;
	(void)deadline;
	(void)f;
	*until = clock_boot() + TTL;
	return answer;
}

static const struct engine_calls calls = { .name = "test", .renew = renew };

static int
number_compare(const void *a, const void *b)
{
	long long x = *(const long long *)a, y = *(const long long *)b;

	return (x > y) - (x < y);
}

/* No tenth of that time has more than three tenths of them. */
static bool
is_spread(long long *ms, long long least, long long most)
{
	const int part = HOSTS * 3 / 10;

	qsort(ms, HOSTS, sizeof(*ms), number_compare);
	for (int i = 0; i + part < HOSTS; i++) {
		if (ms[i + part] - ms[i] < (most - least) / 10)
			return false;
	}
	return true;
}

/* Renew with this answer, whatever the time: how long until the next one.  -1: not
 * within these limits, however long that took. */
static long long
next_in(struct lease *l, enum engine_result r, long long least, long long most)
{
	long long before = clock_boot();

	answer = r;
	l->next = 0;
	lease_renew(l, before + 1000);
	return l->next >= before + least && l->next <= clock_boot() + most ?
	    l->next - before : -1;
}

/* All of them do. */
static bool
all_next(struct lease *l, enum engine_result r, long long least,
    long long most, long long *ms)
{
	bool all = true;

	for (int i = 0; i < HOSTS; i++) {
		ms[i] = next_in(&l[i], r, least, most);
		all &= ms[i] >= 0;
	}
	return all;
}

static void
lease_part(void)
{
	static struct lease leases[HOSTS];
	static long long ms[HOSTS];
	const long long least = TTL * 3 / 16, most = TTL * 5 / 16;
	long long now = clock_boot();
	bool right = true;

	for (int i = 0; i < HOSTS; i++) {
		leases[i].calls = &calls;
		lease_begin(&leases[i], &(struct engine_grant){ .token = 1,
		    .until = now + TTL, .ttl = TTL }, -1);
		ms[i] = leases[i].next - now;
		right &= ms[i] >= least && ms[i] <= most;
	}
	ok(right && is_spread(ms, least, most),
	    "hosts that have a key at the same time renew it at different times");
	ok(all_next(leases, ENGINE_OK, TTL / 3, TTL / 3, ms),
	    "after that, at each third of the lease");
	ok(all_next(leases, ENGINE_DOWN, 75, 125, ms) && is_spread(ms, 75, 125),
	    "after a failure they try again soon, at different times");
	ok(all_next(leases, ENGINE_OK, least, most, ms) &&
	    is_spread(ms, least, most),
	    "when a store is back that all have missed, they renew apart again");
}

const struct part tap_parts[] = {{"lease", lease_part}, {0}};
