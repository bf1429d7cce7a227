/*
 * number.c: numbers, strictly.
 *
 * Tables of what is one and what is not.  Signals are compared with another
 * program that knows them all: bash, by its kill -l.
 */
#include "cli/base/number.h"
#include "tests/unit/tap.h"

enum { NOT = -1, BEFORE = 42 };

static int
pid_parse(const char *s, long long *n)
{
	pid_t pid = (pid_t)*n;
	int r = number_pid(s, &pid);

	*n = pid;
	return r;
}

static const struct number {
	const char *s;
	long long n; /* BEFORE: it is none */
} integers[] = {{"0", 0}, {"-0", 0}, {"-7", -7}, {"007", 7},
    {"2147483648", 2147483648}, {"-2147483649", -2147483649},
    {"1000000000000000000", 1000000000000000000}, {"", BEFORE}, {"-", BEFORE},
    {"+1", BEFORE}, {"--1", BEFORE}, {" 1", BEFORE}, {"1 ", BEFORE},
    {"0x1", BEFORE}, {"1.", BEFORE}, {"/", BEFORE}, {":", BEFORE},
    {"9223372036854775808", BEFORE}, {"-9223372036854775809", BEFORE},
    {"18446744073709551617", BEFORE}, {"1\n", BEFORE}},
  pids[] = {{"1", 1}, {"2147483647", INT_MAX}, {"0", BEFORE}, {"-1", BEFORE},
    {"01", BEFORE}, {"2147483648", BEFORE}, {"4294967297", BEFORE},
    {"", BEFORE}, {"1 ", BEFORE}, {"+1", BEFORE}, {"self", BEFORE}},
  times[] = {{"1", 1000}, {"90s", 90000}, {"90m", 5400000}, {"12h", 43200000},
    {"1d", 86400000}, {"2w", 1209600000}, {"007d", 604800000},
    {"1.5h", 5400000}, {".5d", 43200000}, {"5.", 5000}, {"0.25", 250},
    {"0.0001", 1}, {"0.0000001", 1}, {"1.0000001m", 60001}, {"0", 0},
    {"0d", 0}, {"0.0", 0}, {"0.0010", 1}, {"1.9999", 2000},
    {"0.9990000001", 1000}, {"0.00000000000000000000000000000000000001", 1},
    {"0000000000000000000000000000000000002", 2000},
    {"36525d", 3155760000000}, {"3155760000", 3155760000000}, {"", BEFORE},
    {"-1", BEFORE}, {"1..5", BEFORE}, {"1.5.", BEFORE}, {"+1d", BEFORE},
    {"1 d", BEFORE}, {" 1d", BEFORE}, {"1d ", BEFORE}, {"d", BEFORE},
    {".", BEFORE}, {".d", BEFORE}, {"1dd", BEFORE}, {"1d12h", BEFORE},
    {"1D", BEFORE}, {"1ms", BEFORE}, {"1,5h", BEFORE}, {"daily", BEFORE},
    {"36525.1d", BEFORE}, {"3155760001", BEFORE}, {"5218w", BEFORE},
    {"18446744073709551617", BEFORE},
    {"9999999999999999999999999999d", BEFORE}, {"1d\n", BEFORE}};

static void
table_try(const struct number *t, size_t n, int (*parse)(const char *,
    long long *), const char *what)
{
	for (; n--; t++) {
		long long got = BEFORE;
		int r = parse(t->s, &got);

		ok(got == t->n && r == (t->n == BEFORE ? NOT : 0), "%s: '%s'",
		    what, t->s);
	}
}

static void
signals_of_bash(void)
{
	static const char *const prefix[] = {"", "SIG", "sig"};
	FILE *p = popen("bash -c \"for ((i = 1; i <= 64; i++)); do "
			"printf '\\n%s ' \\$i; kill -l \\$i 2>/dev/null; done\"",
	    "r");
	int k, n, named = 0, wrong = 0, bare = 0;
	char line[64], name[64], s[80];

	while (p && fgets(line, sizeof(line), p)) {
		k = sscanf(line, "%d %63s", &n, name);
		bare += k == 1; /* glibc keeps 32 and 33 for itself */
		named += k == 2;
		for (size_t i = 0; k == 2 && i < COUNT(prefix); i++) {
			snprintf(s, sizeof(s), "%s%s", prefix[i], name);
			if (i == 2)
				s[3] |= 0x20; /* a letter that is small */
			wrong += number_signal(s) != n;
		}
		snprintf(s, sizeof(s), "%d", n);
		wrong += k == 2 && number_signal(s) != n;
	}
	ok(p && pclose(p) == 0 && named == 62 && bare == 2 && !wrong,
	    "signal: each of bash's names, in each spelling, and number");
}

static void
signals(void)
{
	static const struct {
		const char *s;
		int n;
	} rows[] = {{"IOT", SIGABRT}, {"sigcld", SIGCHLD}, {"POLL", SIGIO},
	    {"SIGIO", SIGIO}, {"", NOT}, {"0", NOT}, {"-1", NOT}, {"65", NOT},
	    {"999", NOT}, {"SIG", NOT}, {"9 ", NOT}, {" 9", NOT}, {"+9", NOT},
	    {"9x", NOT}, {"KILL ", NOT}, {"SIGSIGHUP", NOT}, {"KIL", NOT},
	    {"KILLX", NOT}, {"EXIT", NOT}, {"RTMIN-1", NOT}, {"RTMAX+1", NOT},
	    {"RTMIN+31", NOT}, {"RTMAX-31", NOT}, {"RTMIN+", NOT},
	    {"RTMIN+x", NOT}, {"RTMIN+ 1", NOT}, {"RTMINX", NOT}, {"RT", NOT},
	    {"RTMIN+9223372036854775799", NOT},
	    {"RTMAX--9223372036854775799", NOT},
	    {"RTMIN+9223372036854775808", NOT}, {"UNKNOWN", NOT}};
	char s[32];
	bool right = true;

	for (int n = 0; n <= SIGRTMAX - SIGRTMIN; n++) {
		sprintf(s, "SIGRTMIN+%d", n);
		right &= number_signal(s) == SIGRTMIN + n;
		sprintf(s, "rtmax-%d", n);
		right &= number_signal(s) == SIGRTMAX - n;
	}
	ok(right && number_signal("RTMIN") == SIGRTMIN &&
		number_signal("rtmax") == SIGRTMAX,
	    "signal: real-time ones");
	for (size_t i = 0; i < COUNT(rows); i++)
		ok(number_signal(rows[i].s) == rows[i].n, "signal: '%s' is %d",
		    rows[i].s, rows[i].n);
}

void
number_part(void)
{
	table_try(integers, COUNT(integers), number_parse, "integer");
	table_try(pids, COUNT(pids), pid_parse, "pid");
	table_try(times, COUNT(times), number_time, "time");
	signals();
	signals_of_bash();
}
