/*
 * entry.c: our entry in the list of LD_PRELOAD.
 *
 * Besides the cases that users meet, all lists of up to six pieces are gone
 * through, against a plain statement of the rule: split the list, leave the
 * marked entries out.
 */
#include <stdio.h>
#include <string.h>

#include "preload/contract.h"
#include "preload/entry.h"
#include "tests/unit/tap.h"

#define DIR "/usr/lib/onlyone"
#define OURS DIR SHIM_MARK
#define PLAIN DIR "/" SHIM_NAME
#define CARRIER DIR CARRIER_MARK
#define WINDOW DIR WINDOW_MARK

/* What looks like ours, and is not: it stays. */
static const char *const not_ours[] = {"/a.so: /b.so ", PLAIN, OURS ".1",
    OURS "/x", "./" SHIM_NAME, SHIM_NAME, DIR "/" WINDOW_NAME};

/* The rule, said plainly: entries with the separator that follows each. */
static enum entry_left
scrub_plainly(const char *in, char *out)
{
	static const char *const marks[] = {SHIM_MARK, CARRIER_MARK,
	    WINDOW_MARK};
	size_t n, kept = 0, marked = 0, mark;
	char *last = out;
	bool ours;

	*out = '\0';
	for (;; in += n + 1) {
		n = strcspn(in, ": ");
		ours = false;
		for (size_t i = 0; i < COUNT(marks); i++) {
			mark = strlen(marks[i]);
			ours |= n >= mark &&
			    !strncmp(in + n - mark, marks[i], mark);
		}
		if (ours) {
			marked++;
		} else {
			kept++;
			out += sprintf(out, "%.*s", (int)n, in);
			last = out;
			if (in[n])
				*out++ = in[n];
			*out = '\0';
		}
		if (!in[n])
			break;
	}
	/* What ends the list now has no separator behind it. */
	if (kept)
		*last = '\0';
	return !marked ? ENTRY_CLEAN : kept ? ENTRY_REST : ENTRY_UNSET;
}

/* An environment with LD_PRELOAD as value, between two others. */
static char *const *
environment(const char *value)
{
	static char variable[512];
	static char *envp[4];
	int n = 0;

	envp[n++] = (char *)"HOME=/";
	if (value) {
		snprintf(variable, sizeof(variable), ENTRY_NAME "%s", value);
		envp[n++] = variable;
	}
	envp[n++] = (char *)"LD_PRELOADED=x";
	envp[n] = NULL;
	return envp;
}

static void
scrub_all(void)
{
	static const char *const piece[] = {"a", ":", " ", OURS, PLAIN, CARRIER,
	    WINDOW};
	enum { PIECES = COUNT(piece), LONGEST = 5 };
	char in[256], value[256], want[256], wrong[256] = "";
	size_t count = 0, at;

	for (int len = 0; len <= LONGEST; len++) {
		int all = 1;

		for (int i = 0; i < len; i++)
			all *= PIECES;
		for (int n = 0; n < all; n++, count++) {
			int rest = n;

			in[0] = '\0';
			for (int i = 0; i < len; i++, rest /= PIECES)
				strcat(in, piece[rest % PIECES]);
			strcpy(value, in);
			if (entry_scrub(value) != scrub_plainly(in, want) ||
			    strcmp(value, want))
				strcpy(wrong, in);
			/* Put in, and out again. */
			entry_plan(value, sizeof(value), PLAIN, ENTRY_SHIM,
			    environment(in), &at);
			memmove(value, value + strlen(ENTRY_NAME),
			    strlen(value + strlen(ENTRY_NAME)) + 1);
			if (entry_scrub(value) == ENTRY_CLEAN ||
			    strcmp(value, want))
				strcpy(wrong, in);
		}
	}
	for (size_t i = 0; i < COUNT(not_ours); i++) {
		strcpy(value, not_ours[i]);
		ok(entry_scrub(value) == ENTRY_CLEAN &&
			!strcmp(value, not_ours[i]),
		    "scrub: '%s' stays", value);
	}
	ok(!*wrong, "scrub follows the rule in all %zu lists%s%s", count,
	    *wrong ? ", but not in " : "", wrong);
}

/* What is there besides us. */
static void
found_cases(void)
{
	static const struct {
		const char *list;
		bool others;
	} cases[] = {
	    {"", false}, {OURS, false}, {PLAIN, false},
	    {" :" OURS ": " PLAIN ":", false}, {"/a.so", true},
	    {OURS ":/a.so", true}, {"/a.so " OURS, true},
	    {"/x" SHIM_NAME, true}, {CARRIER ":" WINDOW, false},
	    {DIR "/" WINDOW_NAME, true}, /* spelled plainly */
	};
	const char *list = "/a.so:" OURS ":/b" SHIM_MARK;
	size_t len = 0;

	ok(entry_find(list, &len) == list + 6 && len == strlen(OURS),
	    "find: the first of two");
	ok(!entry_find("", &len) && !entry_find("/a.so:" PLAIN, &len) &&
		!entry_find(OURS "x", &len),
	    "find: not a plain one, nor within a name");
	for (size_t i = 0; i < COUNT(cases); i++)
		ok(entry_others(cases[i].list) == cases[i].others,
		    "others in '%s': %d", cases[i].list, cases[i].others);
}

static void
plan_cases(void)
{
	static const struct {
		const char *shim, *old, *want;
	} cases[] = {
	    {PLAIN, NULL, ENTRY_NAME OURS},
	    {PLAIN, "", ENTRY_NAME OURS ":"},
	    {PLAIN, "/a.so", ENTRY_NAME OURS ":/a.so"},
	    {PLAIN, PLAIN, ENTRY_NAME OURS ":" PLAIN},
	    {PLAIN, OURS, ENTRY_NAME OURS},
	    {PLAIN, "/other" SHIM_MARK ":/a.so", ENTRY_NAME OURS ":/a.so"},
	    {"/" SHIM_NAME, NULL, ENTRY_NAME SHIM_MARK},
	    {"/with space/" SHIM_NAME, NULL, NULL},
	    {"/with/$LIB/" SHIM_NAME, NULL, NULL},
	    {SHIM_NAME, NULL, NULL},
	    {PLAIN, "/usr/lib/libasan.so.8", NULL},
	    {PLAIN, "/a.so:libclang_rt.asan-x86_64.so", NULL},
	    {PLAIN, "/usr/lib/libasanas.so",
		ENTRY_NAME OURS ":/usr/lib/libasanas.so"},
	};
	char buf[256];
	size_t at;

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *old = cases[i].old, *want = cases[i].want;
		size_t need = entry_plan(
		    buf, sizeof(buf), cases[i].shim, ENTRY_SHIM, environment(old),
		    &at);

		if (!want)
			ok(!need, "plan '%s' with %s: never", cases[i].shim,
			    old ? old : "nothing");
		else
			ok(need > strlen(want) && !strcmp(buf, want) &&
				at == (old ? 1 : 2),
			    "plan with '%s': %s", old ? old : "(unset)", want);
	}
}

/* What is put in is what is found in the program. */
static void
plan_how(void)
{
	static const struct {
		const char *shim, *old;
		unsigned int how;
		const char *want;
	} cases[] = {
	    {PLAIN, NULL, ENTRY_SHIM | ENTRY_WINDOW, OURS ":" WINDOW},
	    {OURS, "/a.so", ENTRY_SHIM | ENTRY_WINDOW,
		OURS ":" WINDOW ":/a.so"},
	    {CARRIER, "", ENTRY_WINDOW, CARRIER ":" WINDOW ":"},
	    {OURS, CARRIER ":" WINDOW ":/a.so", ENTRY_WINDOW,
		CARRIER ":" WINDOW ":/a.so"},
	    {CARRIER, CARRIER ":" WINDOW, ENTRY_SHIM, OURS},
	};
	char buf[256];
	size_t need, at;

	for (size_t i = 0; i < COUNT(cases); i++) {
		need = entry_plan(NULL, 0, cases[i].shim, cases[i].how,
		    environment(cases[i].old), &at);
		memset(buf, '#', sizeof(buf));
		entry_plan(buf, need, cases[i].shim, cases[i].how,
		    environment(cases[i].old), &at);
		ok(buf[need] == '#' &&
			!strcmp(buf + strlen(ENTRY_NAME), cases[i].want) &&
			entry_how(buf + strlen(ENTRY_NAME)) == cases[i].how,
		    "how: %s", cases[i].want);
	}
	ok(!entry_how("") && !entry_how(PLAIN ":/a.so"),
	    "how: of us, nothing that was injected");
}

static void
plan_bounds(void)
{
	char *const two[] = {(char *)"LD_PRELOAD=/a.so",
	    (char *)"X=", (char *)"LD_PRELOAD=/b.so", NULL};
	const char *old = "/a.so";
	char buf[256];
	size_t need, at;

	need = strlen(ENTRY_NAME OURS ":") + strlen(old) + 1;
	memset(buf, '#', sizeof(buf));
	ok(entry_plan(buf, need - 1, PLAIN, ENTRY_SHIM, environment(old),
	       &at) == need &&
		buf[0] == '#',
	    "plan: one byte short, nothing is written, the length is told");
	ok(entry_plan(buf, need, PLAIN, ENTRY_SHIM, environment(old), &at) ==
		    need &&
		buf[need - 1] == '\0' && buf[need] == '#',
	    "plan: not a byte beyond the length told");
	entry_plan(buf, sizeof(buf), PLAIN, ENTRY_SHIM, two, &at);
	ok(at == 2 && !strcmp(buf, ENTRY_NAME OURS ":/b.so"),
	    "plan: of two variables the one the loader takes, the last");
}

/* Where all of us is, and what is there for programs of the other kind. */
static void
two_of_us(void)
{
	static const struct {
		const char *shim, *home;
	} cases[] = {
	    {PLAIN, DIR},
	    {DIR "/$LIB/" SHIM_NAME, DIR}, {DIR "/$LIB" SHIM_MARK, DIR},
	    {"/" SHIM_NAME, ""}, {SHIM_MARK, ""},
	    {"/x$LIB/" SHIM_NAME, "/x$LIB"},
	    {"/a/i386/" SHIM_NAME, "/a/i386"}, /* an odd place for us */
	};
	char buf[256], want[256];
	size_t len, n;

	for (size_t i = 0; i < COUNT(cases); i++) {
		len = strlen(cases[i].home);
		ok(entry_home(cases[i].shim, strlen(cases[i].shim)) == len &&
			!strncmp(cases[i].shim, cases[i].home, len),
		    "home: of %s it is '%s'", cases[i].shim, cases[i].home);
		n = (size_t)snprintf(want, sizeof(want), "%s/i386/" SHIM_NAME,
		    cases[i].home) + 1;
		memset(buf, '#', sizeof(buf));
		ok(!entry_sibling(buf, n - 1, cases[i].shim) &&
			entry_sibling(buf, n, cases[i].shim) &&
			!strcmp(buf, want) && buf[n] == '#',
		    "sibling: of %s it is %s", cases[i].shim, want);
	}
	ok(entry_home(PLAIN ":/a.so", strlen(PLAIN)) == strlen(DIR),
	    "home: of an entry within a list");
}

void
entry_part(void)
{
	scrub_all();
	found_cases();
	plan_cases();
	plan_how();
	plan_bounds();
	two_of_us();
}
