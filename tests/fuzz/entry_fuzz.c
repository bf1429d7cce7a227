/*
 * entry_fuzz.c: our entry goes into any LD_PRELOAD and comes out again.
 *
 * The input is a value of the variable and, after a NUL, the path of the shim.
 * Whatever they are: injecting and scrubbing gives back what was there, less
 * entries of ours that somebody had put there already.
 */
#include <stdbool.h>
#include <string.h>

#include "preload/contract.h"
#include "preload/entry.h"
#include "tests/fuzz/fuzz.h"

#define USUAL "/usr/lib/onlyone/" SHIM_NAME

/* A copy in a block of its own size. */
static char *
copy_of(const char *s, size_t n)
{
	char *copy = malloc(n + 1);

	memcpy(copy, s, n);
	copy[n] = '\0';
	return copy;
}

static bool
ends(const char *s, const char *tail)
{
	size_t n = strlen(s), k = strlen(tail);

	return n >= k && !strcmp(s + n - k, tail);
}

/* What entry_plan promises to refuse. */
static bool
refused(const char *shim, const char *old)
{
	return *shim != '/' || strpbrk(shim, " :$") ||
	    !ends(shim, "/" SHIM_NAME) ||
	    (old &&
		(strstr(old, "libasan.") || strstr(old, "libclang_rt.asan")));
}

static void
scrubbing(const char *value)
{
	char *s = copy_of(value, strlen(value)), *t;
	enum entry_left left = entry_scrub(s);
	size_t len = 42;
	const char *at = entry_find(value, &len);

	MUST(strlen(s) <= strlen(value) && !entry_find(s, &len));
	MUST((left == ENTRY_CLEAN) == (!at && !entry_how(value)));
	MUST(left != ENTRY_CLEAN || !strcmp(s, value));
	MUST(left != ENTRY_UNSET || !*s);
	MUST(entry_others(s) == entry_others(value));
	t = copy_of(s, strlen(s));
	MUST(entry_scrub(t) == ENTRY_CLEAN && !strcmp(s, t));
	free(t);
	free(s);
}

static void
round_trip(const char *shim, unsigned int how, const char *old)
{
	size_t at = 42, again, need, len, n = 0;
	char *envp[4] = {(char *)"A=b"}, *plan, *variable, *before;
	enum entry_left was = ENTRY_UNSET, is;
	const char *first, *mark;
	size_t dir;

	variable = malloc(sizeof(ENTRY_NAME) + strlen(old ? old : ""));
	strcpy(variable, ENTRY_NAME);
	strcat(variable, old ? old : "");
	if (old)
		envp[++n] = variable;
	envp[n + 1] = (char *)"LD_PRELOADED=";
	need = entry_plan(NULL, 0, shim, how, envp, &at);
	MUST(at == (old ? 1 : 2) && !need == refused(shim, old));
	if (need) {
		dir = strlen(shim) - strlen("/" SHIM_NAME);
		while (dir >= 2 && !strncmp(shim + dir - 2, "/.", 2))
			dir -= 2;
		mark = how & ENTRY_SHIM ? SHIM_MARK : CARRIER_MARK;
		plan = malloc(need);
		memset(plan, 0x5a, need);
		MUST(entry_plan(plan, need - 1, shim, how, envp,
			 &again) == need);
		MUST(again == at && *plan == 0x5a && plan[need - 1] == 0x5a);
		MUST(entry_plan(plan, need, shim, how, envp, &again) == need);
		MUST(memchr(plan, '\0', need));
		MUST(!strncmp(plan, ENTRY_NAME, sizeof(ENTRY_NAME) - 1));
		memmove(plan, plan + sizeof(ENTRY_NAME) - 1,
		    need - (sizeof(ENTRY_NAME) - 1));
		first = entry_find(plan, &len);
		MUST(first == plan && len == dir + strlen(mark));
		MUST(!strncmp(plan, shim, dir));
		MUST(!entry_find(plan + len, &again));
		MUST(entry_how(plan) == how);
		MUST(entry_others(plan) == (old && entry_others(old)));
		/* What was there, less what was ours. */
		before = copy_of(old ? old : "", strlen(old ? old : ""));
		if (old)
			was = entry_scrub(before);
		is = entry_scrub(plan);
		MUST((is == ENTRY_UNSET) == (was == ENTRY_UNSET));
		MUST(is != ENTRY_CLEAN && !strcmp(plan, before));
		free(before);
		free(plan);
	}
	free(variable);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *s = (const char *)data;
	size_t n = strnlen(s, size);
	char *old = copy_of(s, n), *shim;

	shim = n + 1 < size ? copy_of(s + n + 1, size - n - 1)
			    : copy_of(USUAL, strlen(USUAL));
	scrubbing(old);
	for (unsigned int how = ENTRY_SHIM;
	     how <= (ENTRY_SHIM | ENTRY_WINDOW); how++) {
		round_trip(shim, how, old);
		round_trip(shim, how, NULL);
	}
	free(old);
	free(shim);
	return 0;
}

int
fuzz_seed(unsigned int n, uint8_t *at, size_t *size)
{
	static const char *const seeds[] = {"", ":", "/a.so", "/a.so: /b.so ",
	    "/usr/lib/onlyone" SHIM_MARK, "/x" SHIM_MARK ":/a.so:/y" SHIM_MARK,
	    "/x" CARRIER_MARK ":/x" WINDOW_MARK ":/a.so",
	    "/a.so:" SHIM_MARK ":", "/lib/libasan.so.8", "libclang_rt.asan",
	    USUAL};

	if (n >= 2 * sizeof(seeds) / sizeof(*seeds))
		return -1;
	strcpy((char *)at, seeds[n / 2]);
	*size = strlen(seeds[n / 2]);
	if (n % 2) {
		strcpy((char *)at + *size + 1, "/opt/x" SHIM_MARK);
		*size += 1 + strlen("/opt/x" SHIM_MARK);
	}
	return 0;
}
