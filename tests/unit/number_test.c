/*
 * number_test.c: numbers, strictly.
 *
 * Tables of what is one and what is not.  Signals are compared with another
 * program that knows them all: bash, by its kill -l.
 */
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/base/number.h"
#include "tests/unit/tap.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
enum { NOT = -1 };

static void
integers(void)
{
	static const struct {
		const char *s;
		long long n;
	} yes[] = {{"0", 0}, {"-0", 0}, {"7", 7}, {"-7", -7}, {"007", 7},
	    {"2147483648", 2147483648}, {"-2147483649", -2147483649},
	    {"1000000000000000000", 1000000000000000000}};
	static const char *const no[] = {"", "-", "+1", "--1", " 1", "1 ",
	    "1\n", "0x1", "1e3", "1.", "1-", "a", "1a", "\xd9\xa1", "/", ":",
	    "9223372036854775808", "-9223372036854775809",
	    "18446744073709551617", "99999999999999999999999999"};
	char digits[32];
	bool exact = true;
	long long n;

	for (size_t i = 0; i < COUNT(yes); i++)
		ok(number_parse(yes[i].s, &n) == 0 && n == yes[i].n,
		    "integer: '%s'", yes[i].s);
	for (size_t i = 0; i < COUNT(no); i++) {
		n = 42;
		ok(number_parse(no[i], &n) == -1 && n == 42,
		    "integer: never '%s'",
		    no[i][0] == '1' && no[i][1] == '\n' ? "1, newline" : no[i]);
	}
	for (long long d = -1000; d < 0; d++) {
		sprintf(digits, "%lld", LLONG_MAX + d + 1);
		exact &= number_parse(digits, &n) < 0 || n == LLONG_MAX + d + 1;
		sprintf(digits, "%lld", LLONG_MIN - d - 1);
		exact &= number_parse(digits, &n) < 0 || n == LLONG_MIN - d - 1;
	}
	ok(exact, "integer: close to the limits right or refused");
}

static void
pids(void)
{
	static const char *const no[] = {"0", "-1", "01", "2147483648",
	    "4294967297", "18446744073709551617", "", "1 ", "+1", "self",
	    "1\n"};
	pid_t pid = 42;

	ok(number_pid("1", &pid) == 0 && pid == 1, "pid: 1");
	ok(number_pid("2147483647", &pid) == 0 && pid == INT_MAX, "pid: most");
	for (size_t i = 0; i < COUNT(no); i++) {
		pid = 42;
		ok(number_pid(no[i], &pid) == -1 && pid == 42,
		    "pid: never '%s'", strchr(no[i], '\n') ? "newline" : no[i]);
	}
}

/* The same name in other letters. */
static int
signal_spelled(const char *prefix, const char *name, bool lower)
{
	char s[80];

	snprintf(s, sizeof(s), "%s%s", prefix, name);
	for (char *p = s; lower && *p; p++)
		*p = *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p;
	return number_signal(s);
}

static void
times(void)
{
	static const struct {
		const char *s;
		long long ms;
	} yes[] = {{"1", 1000}, {"90", 90000}, {"90s", 90000}, {"90m", 5400000},
	    {"12h", 43200000}, {"1d", 86400000}, {"2w", 1209600000},
	    {"007d", 604800000}, {"1.5h", 5400000}, {".5d", 43200000},
	    {"5.", 5000}, {"0.25", 250}, {"0.0001", 1}, {"0.0000001", 1},
	    {"1.0000001m", 60001}, {"0", 0}, {"0d", 0}, {"0.0", 0},
	    {"0.0010", 1}, {"1.9999", 2000}, {"0.9990000001", 1000},
	    {"0.00000000000000000000000000000000000001", 1},
	    {"0000000000000000000000000000000000002", 2000}, {"36525d", 3155760000000},
	    {"3155760000", 3155760000000}, {"876600h", 3155760000000}};
	static const char *const no[] = {"", "-1", "-1d", "1..5", "1.5.",
	    "+1d", "1 d", " 1d", "1d ", "d", ".", ".d", "1dd", "1d12h", "1D",
	    "1M", "1y", "1ms", "1e3", "0x1", "1,5h", "inf", "nan", "daily",
	    "1d\n", "36525.1d", "36526d", "3155760001", "5218w",
	    "18446744073709551617", "9999999999999999999999999999d"};
	long long ms;

	for (size_t i = 0; i < COUNT(yes); i++)
		ok(number_time(yes[i].s, &ms) == 0 && ms == yes[i].ms,
		    "time: '%s'", yes[i].s);
	for (size_t i = 0; i < COUNT(no); i++) {
		ms = 42;
		ok(number_time(no[i], &ms) == -1 && ms == 42,
		    "time: never '%s'",
		    no[i][0] == '1' && no[i][2] == '\n' ? "1d, newline" : no[i]);
	}
}

static void
signals_of_bash(void)
{
	FILE *p = popen("bash -c 'for ((i = 1; i <= 64; i++)); do "
			"echo $i $(kill -l $i 2>/dev/null); done'",
	    "r");
	int n, named = 0, wrong = 0, bare = 0;
	char line[64], name[64];

	while (p && fgets(line, sizeof(line), p)) {
		if (sscanf(line, "%d %63s", &n, name) != 2) {
			bare++; /* glibc keeps 32 and 33 for itself */
			continue;
		}
		named++;
		if (signal_spelled("", name, false) != n ||
		    signal_spelled("SIG", name, false) != n ||
		    signal_spelled("", name, true) != n ||
		    signal_spelled("Sig", name, true) != n) {
			printf("# not as bash: %d %s\n", n, name);
			wrong++;
		}
	}
	ok(p && pclose(p) == 0 && named == 62 && bare == 2 && !wrong,
	    "signal: each of bash's names, in each spelling");
}

static void
signals(void)
{
	static const char *const no[] = {"", "0", "-1", "-9", "65", "999",
	    "SIG", "9 ", " 9", "+9", "9x", "KILL ", "SIGSIGHUP", "KIL", "KILLX",
	    "NULL", "EXIT", "RTMIN-1", "RTMAX+1", "RTMIN+31", "RTMAX-31",
	    "RTMIN+", "RTMAX-", "RTMIN+x", "RTMIN+ 1", "RTMINX", "RT", "RTM",
	    "RTMIN+9223372036854775799", "RTMAX--9223372036854775799",
	    "RTMIN+9223372036854775808", "UNKNOWN"};
	static const struct {
		const char *s;
		int n;
	} aliases[] = {{"IOT", SIGABRT}, {"sigcld", SIGCHLD}, {"POLL", SIGIO},
	    {"io", SIGIO}, {"SIGIO", SIGIO}};
	char s[32];
	bool right = true;

	for (int n = 1; n < NSIG; n++) {
		sprintf(s, "%d", n);
		right &= number_signal(s) == n;
	}
	ok(right, "signal: by number");
	for (int n = 0; n <= SIGRTMAX - SIGRTMIN; n++) {
		sprintf(s, "SIGRTMIN+%d", n);
		right &= number_signal(s) == SIGRTMIN + n;
		sprintf(s, "rtmax-%d", n);
		right &= number_signal(s) == SIGRTMAX - n;
	}
	ok(right && number_signal("RTMIN") == SIGRTMIN &&
		number_signal("rtmax") == SIGRTMAX,
	    "signal: real-time ones");
	for (size_t i = 0; i < COUNT(aliases); i++)
		ok(number_signal(aliases[i].s) == aliases[i].n, "signal: %s",
		    aliases[i].s);
	for (size_t i = 0; i < COUNT(no); i++)
		ok(number_signal(no[i]) == -1, "signal: never '%s'", no[i]);
}

int
main(void)
{
	integers();
	pids();
	times();
	signals();
	signals_of_bash();
	return tap_end();
}
