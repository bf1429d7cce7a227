/*
 * bytes.h: the few string functions we need, without libc.
 *
 * libc's would cost a symbol look-up in every program, and cannot be called yet
 * at the static command's early entry (cli/core/early/).  The empty asm keeps
 * the compiler from turning a loop back into a call of memcpy or strlen.
 */
#ifndef BYTES_H
#define BYTES_H

#include <stdbool.h>
#include <stddef.h>

#define BYTES_LOOP() __asm__ volatile("")

static inline size_t
bytes_len(const char *s)
{
	size_t n = 0;

	while (s[n]) {
		BYTES_LOOP();
		n++;
	}
	return n;
}

/* Copy from first to last byte: to may overlap from, if to < from.  The end of
 * the copy. */
static inline char *
bytes_copy(char *to, const char *from, size_t n)
{
	for (; n; n--) {
		BYTES_LOOP();
		*to++ = *from++;
	}
	return to;
}

static inline bool
bytes_same(const char *a, const char *b, size_t n)
{
	for (; n; n--) {
		BYTES_LOOP();
		if (*a++ != *b++)
			return false;
	}
	return true;
}

/* Whether s begins with prefix. */
static inline bool
bytes_begin(const char *s, const char *prefix)
{
	for (; *prefix; prefix++, s++) {
		BYTES_LOOP();
		if (*s != *prefix)
			return false;
	}
	return true;
}

/* Whether name is in a colon-separated list. */
static inline bool
bytes_listed(const char *list, const char *name)
{
	size_t len = bytes_len(name);

	while (*list) {
		if (bytes_begin(list, name) &&
		    (!list[len] || list[len] == ':'))
			return true;
		while (*list && *list != ':') {
			BYTES_LOOP();
			list++;
		}
		list += *list == ':';
	}
	return false;
}

/* Write n in decimal and a newline, no NUL; to has room for 22 bytes.  The
 * length. */
static inline size_t
bytes_number(char *to, unsigned long long n)
{
	char digits[20];
	size_t i = 0, len = 0;

	do
		digits[i++] = (char)('0' + n % 10);
	while (n /= 10);
	while (i)
		to[len++] = digits[--i];
	to[len++] = '\n';
	return len;
}

#endif
