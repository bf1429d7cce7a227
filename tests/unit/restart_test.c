/*
 * restart_test.c: when a program is begun again, and when no more.
 *
 * The pauses as --restart promises them: a tenth of a second, twice as long
 * each time, a minute at most; anew after a run of ten seconds; and no more
 * after thirty short runs in a row, however the clock counts.
 */
#include <limits.h>

#include "cli/core/launch/parent.h"
#include "tests/unit/tap.h"

enum { SHORT = 9999, GOOD = 10000, RUNS = 30 };

/* The pause after the n-th short run in a row; written down, not computed. */
static const int after[RUNS] = { 100, 200, 400, 800, 1600, 3200, 6400, 12800,
	25600, 51200, 60000, 60000, 60000, 60000, 60000, 60000, 60000, 60000,
	60000, 60000, 60000, 60000, 60000, 60000, 60000, 60000, 60000, 60000,
	60000, -1 };

/* From here on, thirty short runs, or n of them, go as they should. */
static bool
goes(struct restarts *r, int n, long long ran)
{
	for (int i = 0; i < n; i++) {
		int ms = restart_pause(r, ran);

		if (ms != after[i]) {
			printf("# after run %d: %d, not %d\n", i + 1, ms,
			    after[i]);
			return false;
		}
	}
	return true;
}

int
main(void)
{
	static const long long shorts[] = { 0, 1, 500, SHORT, -1 };
	static const long long goods[] = { GOOD, GOOD + 1, 3600000,
		(long long)INT_MAX + 1 };
	size_t n;

	for (n = 0; n < sizeof(shorts) / sizeof(*shorts); n++) {
		struct restarts r = { 0 };

		ok(goes(&r, RUNS, shorts[n]), "runs of %lld ms: pauses from"
		    " 0.1 to 60 s, and the thirtieth is the last", shorts[n]);
		ok(restart_pause(&r, shorts[n]) == -1,
		    "runs of %lld ms: given up stays given up", shorts[n]);
	}
	for (n = 0; n < sizeof(goods) / sizeof(*goods); n++) {
		struct restarts r = { 0 };
		bool held = true;

		for (int i = 0; i < 100; i++)
			held &= restart_pause(&r, goods[n]) == 100;
		ok(held, "runs of %lld ms: a hundred, each begun again after"
		    " 0.1 s", goods[n]);
	}
	for (int before = 0; before < RUNS; before++) {
		struct restarts r = { 0 };
		bool held = goes(&r, before, 0) &&
		    restart_pause(&r, GOOD) == 100;

		/* The pause that follows was the first one already. */
		for (int i = 1; held && i < RUNS; i++)
			held = restart_pause(&r, 0) ==
			    (i < RUNS - 1 ? after[i] : 60000);
		held = held && restart_pause(&r, 0) == -1;
		ok(held, "a good run after %d short ones: all begins anew",
		    before);
	}
	return tap_end();
}
