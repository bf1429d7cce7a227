/*
 * fields.c: `name=value` entries, each ended by NUL.
 */
#include <string.h>

#include "cli/base/fields.h"
#include "cli/base/number.h"
#include "cli/base/text.h"

bool
fields_valid(const char *at, size_t len)
{
	const char *end = at + len;
	const char *eq;

	if (!len)
		return true;
	if (end[-1])
		return false;
	for (; at < end; at += strlen(at) + 1) {
		eq = strchr(at, '=');
		if (!eq || eq == at)
			return false;
	}
	return true;
}

int
fields_put(struct buf *b, const char *name, const char *value)
{
	size_t n = strlen(name);

	if (buf_room(b, n + strlen(value) + 2) < 0)
		return -1;
	buf_add(b, name, n);
	buf_add(b, "=", 1);
	return buf_string(b, value);
}

int
fields_put_num(struct buf *b, const char *name, long long value)
{
	char digits[24];
	struct text t = text_in(digits, sizeof(digits));

	text_num(&t, value);
	return fields_put(b, name, digits);
}

const char *
fields_next(const struct fields *f, const char *name, const char *at)
{
	const char *end = f->at + f->len;
	size_t n = strlen(name);

	at = at ? at + strlen(at) + 1 : f->at;
	for (; at < end; at += strlen(at) + 1) {
		if (*at == *name && !strncmp(at, name, n) && at[n] == '=')
			return at + n + 1;
	}
	return NULL;
}

const char *
fields_get(const struct fields *f, const char *name)
{
	return fields_next(f, name, NULL);
}

bool
fields_is(const struct fields *f, const char *name, const char *value)
{
	const char *s = fields_get(f, name);

	return s && !strcmp(s, value);
}

long long
fields_num(const struct fields *f, const char *name, long long other)
{
	const char *s = fields_get(f, name);
	long long n;

	return s && number_parse(s, &n) == 0 ? n : other;
}

long long
fields_range(const struct fields *f, const char *name, long long least,
    long long most, long long other, bool *odd)
{
	const char *s = fields_get(f, name);
	long long n;

	if (!s)
		return other;
	if (number_parse(s, &n) == 0 && n >= least && n <= most)
		return n;
	*odd = true;
	return other;
}

size_t
fields_count(const struct fields *f, const char *name)
{
	const char *s = NULL;
	size_t n = 0;

	while ((s = fields_next(f, name, s)))
		n++;
	return n;
}
