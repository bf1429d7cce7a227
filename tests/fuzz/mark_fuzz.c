/*
 * mark_fuzz.c: any environment of a process, searched for a mark, of one run and of
 * any.
 *
 * A plain reading of the same strings finds it or does not.
 */
#include "cli/core/slot/env_mark.c"
#include "tests/fuzz/fuzz.h"

#define SLOT ENV_SLOT "=/run/onlyone/0/app-0123"
#define RUN ENV_RUN "=1700000000000"

static bool
plainly(const char *at, size_t n, bool any)
{
	const char *end = at + n, *next;
	bool slot = false, run = any;

	if (!n || end[-1])
		return false;
	for (; at < end; at = next + 1) {
		next = memchr(at, '\0', (size_t)(end - at));
		if ((size_t)(next - at) >= sizeof(ENV_PID) &&
		    !memcmp(at, ENV_PID "=", sizeof(ENV_PID)))
			return false;
		if (next == at + sizeof(ENV_PID) &&
		    !memcmp(at, ENV_PID "=", sizeof(ENV_PID)))
			return false;
		slot |= (size_t)(next - at) == sizeof(SLOT) - 1 &&
		    !memcmp(at, SLOT, sizeof(SLOT) - 1);
		run |= (size_t)(next - at) == sizeof(RUN) - 1 &&
		    !memcmp(at, RUN, sizeof(RUN) - 1);
	}
	return slot && run;
}

static const struct mark of_run = {.slot = SLOT, .run = RUN},
			 of_any = {.slot = SLOT};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size ? size : 1);
	struct buf b = {.at = copy, .len = size, .cap = size};

	memcpy(copy, data, size);
	MUST(marked(&b, &of_run) == plainly(copy, size, false));
	MUST(marked(&b, &of_any) == plainly(copy, size, true));
	free(copy);
	return 0;
}
