/*
 * fields_test.c: `name=value` entries, each ended by NUL.
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

static struct fields
fields_of(const char *at, size_t len)
{
	struct fields f = {at, len};

	return f;
}

#define FIELDS(literal) fields_of(literal, sizeof(literal) - 1)

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
	f = fields_of(b.at, b.len);
	ok(fields_valid(f.at, f.len), "put: well-formed");
	ok(b.len == strlen(all) + sizeof("a=,odd=,a=2,n=-5,aa=x,a=a=3"),
	    "put: nothing but names, values and separators");
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
	struct fields f = FIELDS("a=1\0b=x\0a=\0a=3\0"), none = {NULL, 0};
	const char *s;

	s = fields_next(&f, "a", NULL);
	ok(s && !strcmp(s, "1"), "next: the first");
	s = fields_next(&f, "a", s);
	ok(s && !strcmp(s, ""), "next: past another name, an empty value");
	s = fields_next(&f, "a", s);
	ok(s && !strcmp(s, "3"), "next: the last");
	ok(!fields_next(&f, "a", s), "next: no more");
	ok(!fields_next(&none, "a", NULL) && fields_valid(NULL, 0),
	    "nothing at all is valid and has no fields");
}

static void
numbers(void)
{
	struct fields f = FIELDS("a=12\0b=\0c= 1\0d=1x\0e=0x1\0g=-3\0"
				 "h=99999999999999999999\0i=x\0i=5\0");
	bool odd = false;

	ok(fields_num(&f, "a", 7) == 12 && fields_num(&f, "g", 7) == -3,
	    "number: taken");
	ok(fields_num(&f, "b", 7) == 7 && fields_num(&f, "c", 7) == 7 &&
		fields_num(&f, "d", 7) == 7 && fields_num(&f, "e", 7) == 7 &&
		fields_num(&f, "h", 7) == 7,
	    "number: malformed, the other one");
	ok(fields_num(&f, "z", 7) == 7, "number: missing, the other one");
	ok(fields_num(&f, "i", 7) == 7, "number: the first one decides");
	ok(fields_range(&f, "a", 12, 12, 7, &odd) == 12 &&
		fields_range(&f, "g", -3, 0, 7, &odd) == -3 &&
		fields_range(&f, "z", 8, 9, 7, &odd) == 7 && !odd,
	    "range: taken, or none");
	for (const char *s = "abcdegh"; *s; s++) {
		char name[2] = {*s, '\0'};

		odd = false;
		ok(fields_range(&f, name, 13, 20, 7, &odd) == 7 && odd,
		    "range: %s is out of it, or no number", name);
	}
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
	char *huge = malloc((size_t)1 << 20);
	struct buf b;

	memset(huge, 'x', (size_t)1 << 20);
	huge[((size_t)1 << 20) - 1] = '\0';
	buf_init(&b, NULL, 0);
	ok(fields_put(&b, "a", huge) == 0 && b.len == ((size_t)1 << 20) + 2 &&
		!memcmp(b.at, "a=xx", 4),
	    "put: a megabyte");
	/* No mapping is as large as that. */
	errno = 0;
	ok(buf_room(&b, (size_t)1 << 60) < 0 && errno == ENOMEM && b.failed &&
		b.len == ((size_t)1 << 20) + 2,
	    "room: ENOMEM, and it sticks");
	buf_shift(&b, 2);
	ok(b.at[0] == 'x' && b.len == (size_t)1 << 20, "shift: off the front");
	buf_free(&b);
	ok(!b.len && !b.mapped && !b.failed, "free: empty afterwards");
	free(huge);
}

int
main(void)
{
	puts_and_gets();
	walks();
	numbers();
	valid_all();
	failures();
	return tap_end();
}
