/*
 * entry.c: our entry in the list of LD_PRELOAD.
 */
#include "preload/contract.h"
#include "preload/entry.h"
#include "tests/unit/tap.h"

#define DIR "/usr/lib/onlyone"
#define OURS DIR SHIM_MARK
#define PLAIN DIR "/" SHIM_NAME
#define CARRIER DIR CARRIER_MARK
#define WINDOW DIR WINDOW_MARK

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

/* The entries that are marked go, each with a separator. */
static void
scrub_cases(void)
{
	static const struct {
		const char *in;
		enum entry_left left;
		const char *out;
	} cases[] = {
	    {"", ENTRY_CLEAN, ""}, {"/a.so: /b.so ", ENTRY_CLEAN, NULL},
	    /* what looks like ours, and is not, stays */
	    {PLAIN, ENTRY_CLEAN, NULL}, {OURS ".1", ENTRY_CLEAN, NULL},
	    {OURS "/x", ENTRY_CLEAN, NULL}, {"./" SHIM_NAME, ENTRY_CLEAN, NULL},
	    {DIR "/" WINDOW_NAME, ENTRY_CLEAN, NULL},
	    {OURS, ENTRY_UNSET, ""}, {OURS ":" CARRIER " " WINDOW, ENTRY_UNSET, ""},
	    {OURS ":", ENTRY_REST, ""}, {":" OURS, ENTRY_REST, ""},
	    {" :" OURS, ENTRY_REST, " "}, {OURS ":a", ENTRY_REST, "a"},
	    {"a " OURS, ENTRY_REST, "a"}, {"a " OURS ":b", ENTRY_REST, "a b"},
	    {"a:" CARRIER " b", ENTRY_REST, "a:b"},
	    {OURS ":a:" OURS "  b:" WINDOW ":", ENTRY_REST, "a: b:"},
	    {OURS ":" PLAIN, ENTRY_REST, PLAIN},
	};
	char value[256];
	size_t at;

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *in = cases[i].in, *out = cases[i].out;
		bool well;

		out = out ? out : in;
		strcpy(value, in);
		well = entry_scrub(value) == cases[i].left &&
		    !strcmp(value, out);
		/* Put in, and out again. */
		entry_plan(value, sizeof(value), PLAIN, ENTRY_SHIM,
		    environment(in), &at);
		memmove(value, value + strlen(ENTRY_NAME),
		    strlen(value + strlen(ENTRY_NAME)) + 1);
		ok(well && entry_scrub(value) != ENTRY_CLEAN &&
			!strcmp(value, out),
		    "scrub: '%s' is '%s'", in, out);
	}
}

/* What is there besides us. */
static void
found_cases(void)
{
	static const struct {
		const char *list;
		bool others;
	} cases[] = {
	    {"", false}, {" :" OURS ": " PLAIN ":", false},
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

/* What is put in is what is found in the program. */
static void
plan_cases(void)
{
	static const struct {
		const char *shim, *old, *want;
		unsigned int how; /* 0: ENTRY_SHIM */
	} cases[] = {
	    {PLAIN, NULL, OURS, 0}, {PLAIN, "", OURS ":", 0},
	    {PLAIN, PLAIN, OURS ":" PLAIN, 0}, {PLAIN, OURS, OURS, 0},
	    {PLAIN, "/other" SHIM_MARK ":/a.so", OURS ":/a.so", 0},
	    {"/" SHIM_NAME, NULL, SHIM_MARK, 0},
	    {"/with space/" SHIM_NAME, NULL, NULL, 0},
	    {"/with/$LIB/" SHIM_NAME, NULL, NULL, 0}, {SHIM_NAME, NULL, NULL, 0},
	    {PLAIN, "/usr/lib/libasan.so.8", NULL, 0},
	    {PLAIN, "/a.so:libclang_rt.asan-x86_64.so", NULL, 0},
	    {PLAIN, "/usr/lib/libasanas.so", OURS ":/usr/lib/libasanas.so", 0},
	    {PLAIN, NULL, OURS ":" WINDOW, ENTRY_SHIM | ENTRY_WINDOW},
	    {OURS, "/a.so", OURS ":" WINDOW ":/a.so",
		ENTRY_SHIM | ENTRY_WINDOW},
	    {CARRIER, "", CARRIER ":" WINDOW ":", ENTRY_WINDOW},
	    {OURS, CARRIER ":" WINDOW ":/a.so", CARRIER ":" WINDOW ":/a.so",
		ENTRY_WINDOW},
	    {CARRIER, CARRIER ":" WINDOW, OURS, ENTRY_SHIM},
	};
	char buf[256], *list = buf + strlen(ENTRY_NAME);
	size_t need, at;

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *old = cases[i].old, *want = cases[i].want;
		unsigned int how = cases[i].how ? cases[i].how : ENTRY_SHIM;

		need = entry_plan(NULL, 0, cases[i].shim, how,
		    environment(old), &at);
		memset(buf, '#', sizeof(buf));
		entry_plan(buf, need, cases[i].shim, how, environment(old), &at);
		ok(want ? buf[need] == '#' && at == (old ? 1 : 2) &&
			!strncmp(buf, ENTRY_NAME, strlen(ENTRY_NAME)) &&
			!strcmp(list, want) && entry_how(list) == how : !need,
		    "plan '%s' with %s: %s", cases[i].shim,
		    old ? old : "nothing", want ? want : "never");
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
	scrub_cases();
	found_cases();
	plan_cases();
	plan_bounds();
	two_of_us();
}
