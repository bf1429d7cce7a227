/*
 * number.c: numbers, strictly.
 */
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "cli/base/number.h"

int
number_parse(const char *s, long long *n)
{
	bool minus = *s == '-';
	long long v = 0;

	s += minus;
	if (!*s)
		return -1;
	for (; *s; s++) {
		if (*s < '0' || *s > '9' || v > (LLONG_MAX - 9) / 10)
			return -1;
		v = v * 10 + (*s - '0');
	}
	*n = minus ? -v : v;
	return 0;
}

int
number_pid(const char *s, pid_t *pid)
{
	long long n;

	if (*s == '0' || number_parse(s, &n) < 0 || n < 1 || n > INT_MAX)
		return -1;
	*pid = (pid_t)n;
	return 0;
}

int
number_time(const char *s, long long *ms)
{
	static const char letters[] = "smhdw";
	static const int seconds[] = { 1, 60, 3600, 86400, 7 * 86400 };
	const long long most = 36525LL * 86400 * 1000; /* a century */
	long long whole = 0, part = 0, unit = 1000, scale = 1000000;
	bool digits = false, more = false;
	const char *letter;

	for (; *s >= '0' && *s <= '9'; s++, digits = true) {
		whole = whole * 10 + (*s - '0');
		if (whole > most)
			return -1;
	}
	if (*s == '.') {
		for (s++; *s >= '0' && *s <= '9'; s++, digits = true) {
			scale /= 10;
			part += (*s - '0') * scale;
			more |= !scale && *s != '0';
		}
	}
	if (*s) {
		letter = strchr(letters, *s++);
		if (!letter || *s)
			return -1;
		unit *= seconds[letter - letters];
	}
	if (!digits || whole > most / unit)
		return -1;
	part = part * unit + more;
	whole = whole * unit + (part + 999999) / 1000000;
	if (whole > most)
		return -1;
	*ms = whole;
	return 0;
}

int
number_signal(const char *s)
{
	long long n, off = 0;
	const char *name;

	if (number_parse(s, &n) == 0)
		return n >= 1 && n < NSIG ? (int)n : -1;
	if (!strncasecmp(s, "SIG", 3))
		s += 3;
	if (!strncasecmp(s, "RTMIN", 5) || !strncasecmp(s, "RTMAX", 5)) {
		bool max = s[3] == 'A' || s[3] == 'a';

		if (s[5] == (max ? '-' : '+')) {
			if (number_parse(s + 6, &n) < 0 || n < -NSIG ||
			    n > NSIG)
				return -1;
			off = max ? -n : n;
		} else if (s[5]) {
			return -1;
		}
		n = (max ? SIGRTMAX : SIGRTMIN) + off;
		return n >= SIGRTMIN && n <= SIGRTMAX ? (int)n : -1;
	}
	for (int i = 1; i < NSIG; i++) {
		name = sigabbrev_np(i);
		if (name && !strcasecmp(name, s))
			return i;
	}
	if (!strcasecmp(s, "IOT"))
		return SIGABRT;
	if (!strcasecmp(s, "CLD"))
		return SIGCHLD;
	return !strcasecmp(s, "POLL") || !strcasecmp(s, "IO") ? SIGIO : -1;
}
