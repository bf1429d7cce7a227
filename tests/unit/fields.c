/*
 * fields.c: `name=value` entries, each ended by NUL.
 *
 * Besides the cases, all strings of up to eight bytes out of NUL, '=' and two
 * letters are gone through, against a plain statement of the rule; each in a
 * block of its own size, so that a sanitizer sees a step beyond.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/fields.h"
#include "tests/unit/tap.h"

static void
puts_and_gets(void)
{
	static const char all[] = "\001\002\t\n =='\"\\~\x7f\x80\xc3\xa4\xff";
	struct fields f;
	char storage[8];
	struct buf b;

	buf_init(&b, storage, sizeof(storage));
	ok(fields_put(&b, "a", "") == 0 && fields_put(&b, "odd", all) == 0 &&
		fields_put(&b, "a", "2") == 0 &&
		fields_put_num(&b, "n", -5) == 0 &&
		fields_put(&b, "aa", "x") == 0 &&
		fields_put(&b, "a", "a=3") == 0,
	    "put, beyond the storage given");
	f = (struct fields){b.at, b.len};
	ok(fields_valid(f.at, f.len), "put: well-formed");
	ok(!strcmp(fields_get(&f, "odd"), all), "get: byte for byte");
	ok(!*fields_get(&f, "a"), "get: the first of several, an empty one");
	ok(fields_num(&f, "n", 0) == -5, "get: a number");
	ok(!fields_get(&f, "b") && !fields_get(&f, "od") &&
		!fields_get(&f, "oddx"),
	    "get: no prefix, no longer name");
	ok(!fields_get(&f, "x") && !fields_get(&f, "3"), "get: no value");
	ok(fields_count(&f, "a") == 3 && fields_count(&f, "aa") == 1 &&
		fields_count(&f, "b") == 0,
	    "count");
	buf_free(&b);
}

static void
walks(void)
{
	static const char text[] = "a=1\0b=x\0a=\0a=3\0";
	struct fields f = {text, sizeof(text) - 1}, none = {NULL, 0};
	const char *s;

	s = fields_next(&f, "a", NULL);
	is(s, "1", "next: the first");
	s = fields_next(&f, "a", s);
	is(s, "", "next: past another name, an empty value");
	s = fields_next(&f, "a", s);
	is(s, "3", "next: the last");
	ok(!fields_next(&f, "a", s), "next: no more");
	ok(!fields_next(&none, "a", NULL) && fields_valid(NULL, 0),
	    "nothing at all is valid and has no fields");
}

static void
numbers(void)
{
	static const char text[] = "a=12\0b=\0c= 1\0d=1x\0e=0x1\0g=-3\0"
				   "h=99999999999999999999\0i=x\0i=5\0";
	static const struct {
		const char *name;
		long long num; /* 7: it is none, and the other one is taken */
		long long range; /* of -3 to 12, 7 */
		bool odd;
	} rows[] = {{"a", 12, 12, false}, {"b", 7, 7, true}, {"c", 7, 7, true},
	    {"d", 7, 7, true}, {"e", 7, 7, true}, {"g", -3, -3, false},
	    {"h", 7, 7, true}, {"z", 7, 7, false},
	    {"i", 7, 7, true}}; /* the first one decides */
	struct fields f = {text, sizeof(text) - 1};
	bool odd;

	for (size_t i = 0; i < COUNT(rows); i++) {
		odd = false;
		ok(fields_num(&f, rows[i].name, 7) == rows[i].num &&
			fields_range(&f, rows[i].name, -3, 12, 7, &odd) ==
			    rows[i].range && odd == rows[i].odd,
		    "number: %s", rows[i].name);
	}
	odd = false;
	ok(fields_range(&f, "a", 13, 20, 7, &odd) == 7 && odd &&
		fields_range(&f, "g", -2, 20, 7, &odd) == 7,
	    "range: out of it");
}

/* The rule, said plainly: each entry has NUL behind it, '=' and a name. */
static bool
valid_plainly(const char *s, size_t n)
{
	bool name = false, equals = false;

	for (size_t i = 0; i < n; i++) {
		if (!s[i]) {
			if (!name || !equals)
				return false;
			name = equals = false;
		} else if (s[i] == '=') {
			if (!name)
				return false;
			equals = true;
		} else {
			name = true;
		}
	}
	return !name && !equals;
}

static void
valid_all(void)
{
	static const char letter[] = {'\0', '=', 'a', 'b'};
	size_t wrong = 0, valid = 0;

	for (size_t n = 0; n <= 8; n++) {
		char *s = malloc(n ? n : 1);

		for (size_t all = 0; all < (size_t)1 << 2 * n; all++) {
			for (size_t i = 0; i < n; i++)
				s[i] = letter[all >> 2 * i & 3];
			valid += fields_valid(s, n);
			wrong += fields_valid(s, n) != valid_plainly(s, n);
		}
		free(s);
	}
	ok(!wrong && valid > 100, "valid: all strings of up to eight bytes");
}

static void
failures(void)
{
	static char huge[1 << 20];
	struct buf b;

	memset(huge, 'x', sizeof(huge) - 1);
	buf_init(&b, NULL, 0);
	ok(fields_put(&b, "a", huge) == 0 && b.len == sizeof(huge) + 2 &&
		!memcmp(b.at, "a=xx", 4),
	    "put: a megabyte");
	/* No mapping is as large as that. */
	errno = 0;
	ok(buf_room(&b, (size_t)1 << 60) < 0 && errno == ENOMEM && b.failed &&
		b.len == sizeof(huge) + 2,
	    "room: ENOMEM, and it sticks");
	buf_shift(&b, 2);
	ok(b.at[0] == 'x' && b.len == sizeof(huge), "shift: off the front");
	buf_free(&b);
	ok(!b.len && !b.mapped && !b.failed, "free: empty afterwards");
}

void
fields_part(void)
{
	puts_and_gets();
	walks();
	numbers();
	valid_all();
	failures();
}
