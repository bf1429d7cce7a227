/*
 * json_print.c: JSON as it is printed.
 */
#include <errno.h>
#include <stdio.h>

#include "cli/base/json_print.h"
#include "cli/base/text.h"
#include "preload/contract.h"

/* Append a character of UTF-8 as \uXXXX; above U+FFFF it takes two of these.
 * Returns its length. */
static size_t
escape_add(struct buf *b, const unsigned char *s)
{
	size_t n = *s < 0x80 ? 1 : *s < 0xe0 ? 2 : *s < 0xf0 ? 3 : 4;
	unsigned int c = n == 1 ? *s : *s & (0x7fU >> n);
	char escape[16];
	int len;

	for (size_t i = 1; i < n; i++)
		c = c << 6 | (s[i] & 0x3fU);
	if (c < 0x10000)
		len = snprintf(escape, sizeof(escape), "\\u%04x", c);
	else
		len = snprintf(escape, sizeof(escape), "\\u%04x\\u%04x",
		    0xd7c0 + (c >> 10), 0xdc00 + (c & 0x3ff));
	buf_add(b, escape, (size_t)len);
	return n;
}

/* jansson's callback for a part of the text: whole, well-formed characters, and
 * only ASCII outside of strings. */
static int
part_add(const char *s, size_t n, void *arg)
{
	const char *end = s + n, *as_is = s;
	struct buf *b = arg;
	size_t len;

	for (; s < end; s += len) {
		len = *s == '\n' ? 1 : text_shown(s, (size_t)(end - s));
		if (len)
			continue;
		buf_add(b, as_is, (size_t)(s - as_is));
		len = escape_add(b, (const unsigned char *)s);
		as_is = s + len;
	}
	return buf_add(b, as_is, (size_t)(end - as_is));
}

int
json_put(struct buf *b, const json_t *j, size_t flags)
{
	if (json_dump_callback(j, part_add, b, flags) == 0)
		return buf_add(b, "\n", 1);
	errno = ENOMEM;
	return -1;
}

void
json_add(json_t **array, json_t *one)
{
	if (json_array_append_new(*array, one) < 0) {
		json_decref(*array);
		*array = NULL;
	}
}

int
json_print(json_t *j, struct fault *f)
{
	struct buf b = { 0 };
	int r = j ? json_put(&b, j, JSON_INDENT(2)) : -1;

	if (r == 0)
		fwrite(b.at, 1, b.len, stdout);
	else
		fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot print JSON", NULL);
	buf_free(&b);
	json_decref(j);
	return r;
}
