/*
 * bytes.c: functions of string.h that work before libc is started.
 *
 * libc selects its own versions for the processor when it starts; they cannot
 * be called before.  In a static program these replace them, for libc's own
 * calls too, then and later.  Plain loops suffice: what we compare and copy is
 * short.  No locale is ever set: letters are ASCII.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

/* The compiler must not turn the loop in memcpy into a call of memcpy. */
#ifndef __clang__
#pragma GCC optimize("no-tree-loop-distribute-patterns")
#endif

/* Define the other name that libc has for a function. */
#define ALIAS(name, of) \
	extern __typeof__(of) name __attribute__((alias(#of), copy(of)))

static int
lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

void *
memcpy(void *restrict to, const void *restrict from, size_t n)
{
#if defined(__x86_64__)
	void *at = to;

	__asm__ volatile("rep movsb"
			 : "+D"(at), "+S"(from), "+c"(n)
			 :
			 : "memory");
#else
	const char *f = from;

	for (char *t = to; n; n--)
		*t++ = *f++;
#endif
	return to;
}

void *
mempcpy(void *restrict to, const void *restrict from, size_t n)
{
	return (char *)memcpy(to, from, n) + n;
}

void *
memmove(void *to, const void *from, size_t n)
{
	const char *f = from;
	char *t = to;

	if ((uintptr_t)t - (uintptr_t)f >= n)
		return memcpy(to, from, n);
	while (n--)
		t[n] = f[n];
	return to;
}

void *
memset(void *to, int c, size_t n)
{
#if defined(__x86_64__)
	void *at = to;

	__asm__ volatile("rep stosb"
			 : "+D"(at), "+c"(n)
			 : "a"(c)
			 : "memory");
#else
	for (char *t = to; n; n--)
		*t++ = (char)c;
#endif
	return to;
}

int
memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *s = a, *t = b;

	for (; n; n--, s++, t++) {
		if (*s != *t)
			return *s - *t;
	}
	return 0;
}

void *
memchr(const void *s, int c, size_t n)
{
	for (const unsigned char *p = s; n; n--, p++) {
		if (*p == (unsigned char)c)
			return (void *)p;
	}
	return NULL;
}

void *
memrchr(const void *s, int c, size_t n)
{
	const unsigned char *p = s;

	while (n--) {
		if (p[n] == (unsigned char)c)
			return (void *)(p + n);
	}
	return NULL;
}

void *
rawmemchr(const void *s, int c)
{
	return memchr(s, c, SIZE_MAX);
}

size_t
strnlen(const char *s, size_t most)
{
	size_t n = 0;

	while (n < most && s[n])
		n++;
	return n;
}

/* A word at a time: an aligned word lies in one page, so all of it can be
 * read. */
size_t
strlen(const char *s)
{
	typedef uint64_t __attribute__((may_alias)) word;
	const uint64_t ones = ~(uint64_t)0 / 255;
	const size_t before = (uintptr_t)s % sizeof(word);
	const word *p = (const void *)(s - before);
	/* Set the bytes before s, so that none is NUL.  The lowest byte comes
	 * first. */
	uint64_t w = *p | (((uint64_t)1 << 8 * before) - 1), end;

	_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the first");
	while (!(end = (w - ones) & ~w & ones << 7))
		w = *++p;
	return (size_t)((const char *)p - s) +
	    (size_t)__builtin_ctzll(end) / 8;
}

char *
strchrnul(const char *s, int c)
{
	while (*s && *s != (char)c)
		s++;
	return (char *)s;
}

char *
strchr(const char *s, int c)
{
	s = strchrnul(s, c);
	return *s == (char)c ? (char *)s : NULL;
}

char *
strrchr(const char *s, int c)
{
	return memrchr(s, c, strlen(s) + 1);
}

int
strncmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++) {
		if (*a != *b || !*a)
			return (unsigned char)*a - (unsigned char)*b;
	}
	return 0;
}

int
strcmp(const char *a, const char *b)
{
	return strncmp(a, b, SIZE_MAX);
}

int
strncasecmp(const char *a, const char *b, size_t n)
{
	int c;

	for (; n; n--, a++, b++) {
		c = lower((unsigned char)*a) - lower((unsigned char)*b);
		if (c || !*a)
			return c;
	}
	return 0;
}

int
strcasecmp(const char *a, const char *b)
{
	return strncasecmp(a, b, SIZE_MAX);
}

char *
stpcpy(char *restrict to, const char *restrict from)
{
	size_t n = strlen(from);

	return (char *)memcpy(to, from, n + 1) + n;
}

char *
strcpy(char *restrict to, const char *restrict from)
{
	return memcpy(to, from, strlen(from) + 1);
}

size_t
strcspn(const char *s, const char *reject)
{
	const char *p = s;

	while (*p && !strchr(reject, *p))
		p++;
	return (size_t)(p - s);
}

size_t
strspn(const char *s, const char *accept)
{
	const char *p = s;

	while (*p && strchr(accept, *p))
		p++;
	return (size_t)(p - s);
}

char *
strpbrk(const char *s, const char *accept)
{
	s += strcspn(s, accept);
	return *s ? (char *)s : NULL;
}

char *
strstr(const char *s, const char *part)
{
	size_t n = strlen(part);

	for (; strncmp(s, part, n); s++) {
		if (!*s)
			return NULL;
	}
	return (char *)s;
}

ALIAS(__libc_memmove, memmove);
ALIAS(__libc_strstr, strstr);
ALIAS(__memchr, memchr);
ALIAS(__mempcpy, mempcpy);
ALIAS(__memrchr, memrchr);
ALIAS(__new_memcpy, memcpy);
ALIAS(__rawmemchr, rawmemchr);
ALIAS(__stpcpy, stpcpy);
ALIAS(__strcasecmp, strcasecmp);
ALIAS(__strchrnul, strchrnul);
ALIAS(__strncasecmp, strncasecmp);
ALIAS(__strnlen, strnlen);
ALIAS(bcmp, memcmp);
ALIAS(index, strchr);
ALIAS(rindex, strrchr);
