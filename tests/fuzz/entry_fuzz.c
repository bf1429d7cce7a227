/*
 * entry_fuzz.c: our entry goes into any LD_PRELOAD and comes out again.
 *
 * Injecting and scrubbing gives back what was there, less entries of ours that
 * somebody had put there already.  What is refused is for entry_test.
 */
#include <stdbool.h>
#include <string.h>

#include "preload/contract.h"
#include "preload/entry.h"
#include "tests/fuzz/fuzz.h"

#define USUAL "/usr/lib/onlyone/" SHIM_NAME

static void
scrubbing(const char *value)
{
	char *s = strdup(value);
	enum entry_left left = entry_scrub(s);
	size_t len = 42;
	const char *at = entry_find(value, &len);

	MUST(strlen(s) <= strlen(value) && !entry_find(s, &len));
	MUST((left == ENTRY_CLEAN) == (!at && !entry_how(value)));
	MUST(left != ENTRY_CLEAN || !strcmp(s, value));
	MUST(left != ENTRY_UNSET || !*s);
	MUST(entry_others(s) == entry_others(value));
	MUST(entry_scrub(s) == ENTRY_CLEAN);
	free(s);
}

static void
round_trip(unsigned int how, const char *old)
{
	char *plan, *before = strdup(old), *variable;
	size_t at = 42, again, need, len;
	enum entry_left was, is;
	char *envp[3] = {(char *)"A=b"};

	envp[1] = variable = malloc(sizeof(ENTRY_NAME) + strlen(old));
	strcpy(stpcpy(variable, ENTRY_NAME), old);
	need = entry_plan(NULL, 0, USUAL, how, envp, &at);
	MUST(at == 1);
	if (need) {
		plan = malloc(need);
		*plan = 0x5a;
		MUST(entry_plan(plan, need - 1, USUAL, how, envp, &again) ==
		    need && *plan == 0x5a);
		MUST(entry_plan(plan, need, USUAL, how, envp, &again) == need);
		MUST(!strncmp(plan, ENTRY_NAME, sizeof(ENTRY_NAME) - 1));
		len = sizeof(ENTRY_NAME) - 1;
		memmove(plan, plan + len, need - len);
		MUST(entry_find(plan, &len) == plan && entry_how(plan) == how);
		MUST(!entry_find(plan + len, &again));
		was = entry_scrub(before);
		is = entry_scrub(plan);
		MUST((is == ENTRY_UNSET) == (was == ENTRY_UNSET));
		MUST(is != ENTRY_CLEAN && !strcmp(plan, before));
		free(plan);
	}
	free(variable);
	free(before);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *old = strndup((const char *)data, size);

	scrubbing(old);
	for (unsigned int how = ENTRY_SHIM;
	     how <= (ENTRY_SHIM | ENTRY_WINDOW); how++)
		round_trip(how, old);
	free(old);
	return 0;
}

int
fuzz_seed(unsigned int n, uint8_t *at, size_t *size)
{
	static const char *const seeds[] = {"/a.so: /b.so ",
	    "/x" SHIM_MARK ":/a.so:/y" SHIM_MARK "::",
	    "/x" CARRIER_MARK ":/x" WINDOW_MARK ":/a.so",
	    "/lib/libasan.so.8"};

	if (n >= sizeof(seeds) / sizeof(*seeds))
		return -1;
	*size = strlen(seeds[n]);
	memcpy(at, seeds[n], *size);
	return 0;
}
