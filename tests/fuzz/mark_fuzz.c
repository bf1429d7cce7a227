/*
 * mark_fuzz.c: any environment of a process, searched for a mark.
 *
 * A plain reading of the same strings finds it or does not.
 */
#include "cli/core/slot/env_mark.c"
#include "tests/fuzz/fuzz.h"

#define MARKED ENV_SLOT "=/run/onlyone/0/app-0123"

static bool
plainly(const char *at, size_t n)
{
	const char *end = at + n, *next;
	bool found = false;

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
		found |= (size_t)(next - at) == sizeof(MARKED) - 1 &&
		    !memcmp(at, MARKED, sizeof(MARKED) - 1);
	}
	return found;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size ? size : 1);
	struct buf b = {.at = copy, .len = size, .cap = size};

	memcpy(copy, data, size);
	MUST(marked(&b, MARKED) == plainly(copy, size));
	free(copy);
	return 0;
}
