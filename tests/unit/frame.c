/*
 * frame.c: one message on an instance's socket.
 *
 * Bytes are handed over in blocks of their own size, so that a sanitizer
 * sees a step beyond.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/core/wire/frame.h"
#include "tests/unit/tap.h"

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
	/* No NUL at the end, no equals sign, no name. */
	static const char *const bodies[] = {"a=1", "a1\0", "=1\0"};
	char magic[5] = "1one", head[64];
	struct frame f;
	bool right = true;

	for (int i = 0; i < 4; i++) {
		for (int c = 0; c < 256; c++) {
			char was = magic[i];

			if ((char)c == was)
				continue;
			magic[i] = (char)c;
			right &=
			    parse(magic, (size_t)i + 1, &f) == FRAME_GARBAGE;
			magic[i] = was;
		}
	}
	ok(right, "garbage: any wrong byte of the magic, at once");
	head_make(head, 1, 1, 3);
	for (size_t i = 0; i < COUNT(bodies); i++) {
		memcpy(head + 12, bodies[i], 3);
		ok(parse(head, 15, &f) == FRAME_GARBAGE, "garbage: %.3s",
		    bodies[i]);
	}
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
	errno = 0;
	ok(frame_end(&b, start) < 0 && errno == E2BIG, "one more: E2BIG");
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
