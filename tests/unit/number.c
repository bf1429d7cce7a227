/*
 * number.c: numbers, strictly.
 *
 * Tables of numbers and of what is no number.
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
signals(void)
{
	static const struct {
		const char *s;
		int n;
	} rows[] = {{"1", 1}, {"9", SIGKILL}, {"64", 64}, {"HUP", SIGHUP},
	    {"SIGTERM", SIGTERM}, {"sigUsr1", SIGUSR1}, {"SYS", SIGSYS},
	    {"chld", SIGCHLD}, {"STKFLT", SIGSTKFLT}, {"IOT", SIGABRT}, {"sigcld", SIGCHLD}, {"POLL", SIGIO},
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
}
