/*
 * base64.c: how etcd's gateway has keys and values in JSON.
 */
#include <stdint.h>
#include <string.h>

#include "cli/cluster/base64.h"

static const char digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
base64_put(struct buf *b, const void *p, size_t n)
{
	const unsigned char *at = p;
	char four[4];
	uint32_t bits;

	for (size_t i = 0; i < n; i += 3) {
		bits = (uint32_t)at[i] << 16;
		if (i + 1 < n)
			bits |= (uint32_t)at[i + 1] << 8;
		if (i + 2 < n)
			bits |= at[i + 2];
		four[0] = digits[bits >> 18];
		four[1] = digits[bits >> 12 & 63];
		four[2] = i + 1 < n ? digits[bits >> 6 & 63] : '=';
		four[3] = i + 2 < n ? digits[bits & 63] : '=';
		buf_add(b, four, sizeof(four));
	}
}

long
base64_get(const char *text, char *out, size_t cap)
{
	size_t len = strcspn(text, "="), n = 0, pad = strlen(text + len);
	uint32_t bits = 0;
	const char *digit;
	int have = 0;

	if (pad > 2 || (len + pad) % 4 || strspn(text + len, "=") != pad)
		return -1;
	for (size_t i = 0; i < len; i++) {
		digit = memchr(digits, text[i], 64);
		if (!digit)
			return -1;
		bits = bits << 6 | (uint32_t)(digit - digits);
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		if (n + 1 >= cap)
			return -1;
		out[n++] = (char)(bits >> have & 255);
	}
	if (n >= cap)
		return -1;
	out[n] = '\0';
	return (long)n;
}
