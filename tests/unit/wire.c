/*
 * wire.c: `name=value` entries, each ended by NUL, and one message of them on an
 * instance's socket.
 *
 * Bytes are handed over in blocks of their own size, so that a sanitizer sees a
 * step beyond.
 */
#include "cli/base/fields.h"
#include "cli/core/wire/frame.h"
#include "tests/unit/tap.h"

/* --- fields */

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
	is(fields_get(&f, "odd"), all, "get: byte for byte");
	is(fields_get(&f, "a"), "", "get: the first of several, an empty one");
	ok(fields_num(&f, "n", 0) == -5, "get: a number");
	ok(!fields_get(&f, "od") && !fields_get(&f, "oddx") &&
		!fields_get(&f, "x") && !fields_get(&f, "3"),
	    "get: no prefix, no longer name, no value");
	ok(fields_count(&f, "a") == 3 && !fields_count(&f, "b"), "count");
	buf_free(&b);
}

static void
walks(void)
{
	static const char text[] = "a=1\0b=x\0a=\0a=3\0";
	static const char *const want[] = {"1", "", "3"};
	struct fields f = {text, sizeof(text) - 1}, none = {NULL, 0};
	const char *s = NULL;

	for (size_t i = 0; i < COUNT(want); i++) {
		s = fields_next(&f, "a", s);
		is(s, want[i], "next: %zu", i);
	}
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

/* Each entry has a name, '=', and NUL behind it. */
static void
valid_cases(void)
{
#define ROW(well, text) {text, sizeof(text) - 1, well}
	static const struct {
		const char *at;
		size_t n;
		bool well;
	} rows[] = {ROW(true, ""), ROW(true, "a=\0"), ROW(true, "a==\0"),
	    ROW(true, "a=b\0ab==a\0"), ROW(false, "\0"), ROW(false, "a"),
	    ROW(false, "a\0"), ROW(false, "="), ROW(false, "=\0"),
	    ROW(false, "=a\0"), ROW(false, "a=b"), ROW(false, "a=\0b=b"),
	    ROW(false, "a=\0\0"), ROW(false, "a=\0b\0"),
	    ROW(false, "a=\0=b\0"), ROW(false, "a\0b=\0")};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char *s = malloc(rows[i].n + !rows[i].n);

		memcpy(s, rows[i].at, rows[i].n);
		ok(fields_valid(s, rows[i].n) == rows[i].well, "valid: %zu", i);
		free(s);
	}
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
	valid_cases();
	failures();
}

/* --- frame */

/* A head as it stands in frame.h, put together without frame.c. */
static void
head_make(char *p, unsigned int version, unsigned int type, uint32_t len)
{
	uint16_t v = (uint16_t)version, t = (uint16_t)type;

	memcpy(p, "1one", 4);
	memcpy(p + 4, &v, 2);
	memcpy(p + 6, &t, 2);
	memcpy(p + 8, &len, 4);
}

/* Parse a copy of exactly n bytes. */
static enum frame_result
parse(const char *at, size_t n, struct frame *f)
{
	char *copy = malloc(n ? n : 1);
	enum frame_result r;

	memcpy(copy, at, n);
	r = frame_parse(copy, n, f);
	if (r == FRAME_WHOLE)
		f->body.at = at + (f->body.at - copy);
	free(copy);
	return r;
}

static void
round_trips(void)
{
	bool right = true, part = true;
	char storage[64], expect[12];
	struct frame f;
	struct buf b;
	size_t start;

	for (int type = 1; type < 20; type++) {
		buf_init(&b, storage, sizeof(storage));
		start = frame_begin(&b, (enum frame_type)type);
		fields_put(&b, "slot", "0123");
		fields_put(&b, "arg", "");
		fields_put(&b, "arg", "\xff\n=");
		right &= frame_end(&b, start) == 0 && start == 0;
		head_make(expect, 1, (unsigned int)type, (uint32_t)b.len - 12);
		right &= !memcmp(b.at, expect, 12);
		right &= parse(b.at, b.len, &f) == FRAME_WHOLE &&
		    f.type == (enum frame_type)type && f.size == b.len &&
		    !strcmp(fields_get(&f.body, "slot"), "0123") &&
		    fields_count(&f.body, "arg") == 2;
		for (size_t n = 0; n < b.len; n++)
			part &= parse(b.at, n, &f) == FRAME_PART;
		buf_free(&b);
	}
	ok(right, "each type goes in and comes out, with the head of frame.h");
	ok(part, "every prefix of a frame is a part");
	head_make(storage, 1, 7777, 0);
	ok(parse(storage, 12, &f) == FRAME_WHOLE && (int)f.type == 7777 &&
		f.size == 12 && f.body.len == 0,
	    "no body, and a type unknown");
}

static void
garbage(void)
{
	char magic[5] = "1one", head[64];
	struct frame f;
	bool right = true;

	for (size_t i = 0; i < 4; i++) {
		char was = magic[i];

		for (int c = 1; c < 256; c++) {
			magic[i] = (char)(was + c);
			right &= parse(magic, i + 1, &f) == FRAME_GARBAGE;
		}
		magic[i] = was;
	}
	ok(right, "garbage: any wrong byte of the magic, at once");
	head_make(head, 1, 1, 3);
	memcpy(head + 12, "a=1", 3);
	ok(parse(head, 15, &f) == FRAME_GARBAGE, "garbage: a body that is none");
	memcpy(head + 12, "a=\0x", 4);
	ok(parse(head, 16, &f) == FRAME_WHOLE && f.size == 15,
	    "what follows a frame is not its business");
}

static void
versions(void)
{
	bool right = true;
	char head[12];
	struct frame f;

	for (unsigned int v = 0; v < 0x10000; v++) {
		head_make(head, v, 1, 0xffffffff);
		right &= parse(head, 12, &f) ==
		    (v == FRAME_VERSION ? FRAME_GARBAGE : FRAME_ODD) &&
		    parse(head, 11, &f) == FRAME_PART;
	}
	ok(right, "another version is odd, whatever else it says, once its "
	    "head is there");
}

static void
limits(void)
{
	size_t most = FRAME_LIMIT;
	char *big = malloc(FRAME_HEAD + most + 1);
	struct frame f;
	struct buf b;
	size_t start;

	head_make(big, 1, 1, FRAME_LIMIT + 1);
	ok(parse(big, 12, &f) == FRAME_GARBAGE,
	    "too long: refused before it is there");
	head_make(big, 1, 1, FRAME_LIMIT);
	ok(parse(big, 12, &f) == FRAME_PART, "the longest is waited for");
	memset(big + 12, 'x', most);
	memcpy(big + 12, "a=", 2);
	big[12 + most - 1] = '\0';
	ok(frame_parse(big, 12 + most, &f) == FRAME_WHOLE &&
		f.size == 12 + most,
	    "and taken");

	buf_init(&b, NULL, 0);
	start = frame_begin(&b, FRAME_STATE);
	fields_put(&b, "a", big + 14);
	ok(frame_end(&b, start) == 0 && b.len == 12 + most &&
		!memcmp(b.at + 8, big + 8, 4),
	    "the longest is made");
	b.len = 0;
	start = frame_begin(&b, FRAME_STATE);
	fields_put(&b, "aa", big + 14);
	ok(FAILS(frame_end(&b, start), E2BIG), "one more: E2BIG");
	buf_free(&b);
	free(big);
}

void
frame_part(void)
{
	round_trips();
	garbage();
	versions();
	limits();
}
