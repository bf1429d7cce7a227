/*
 * frame_fuzz.c: a stream of anything, in pieces of any length.
 *
 * Where it is cut must not matter: the frames in it, and what it ends in, are
 * those of the stream as a whole.  What was taken for a frame must come out
 * the same when it is put together again.
 */
#include <stdbool.h>
#include <string.h>

#include "cli/core/wire/frame.h"
#include "tests/fuzz/fuzz.h"

/* Parse a copy of exactly n bytes, so that a step beyond is seen. */
static enum frame_result
parse(const char *at, size_t n, struct frame *f)
{
	char *copy = malloc(n ? n : 1);
	enum frame_result r;

	memcpy(copy, at, n);
	r = frame_parse(copy, n, f);
	if (r == FRAME_WHOLE) {
		MUST(f->body.at == copy + FRAME_HEAD);
		f->body.at = at + FRAME_HEAD;
	}
	free(copy);
	return r;
}

static void
remake(const char *at, const struct frame *f)
{
	const char *end = f->body.at + f->body.len, *eq;
	char storage[64], name[SEED_MAX];
	struct buf b;

	buf_init(&b, storage, sizeof(storage));
	MUST(frame_begin(&b, f->type) == 0);
	for (const char *s = f->body.at; s < end; s += strlen(s) + 1) {
		eq = strchr(s, '=');
		MUST(eq && eq > s);
		memcpy(name, s, (size_t)(eq - s));
		name[eq - s] = '\0';
		MUST(fields_get(&f->body, name) <= eq + 1);
		fields_put(&b, name, eq + 1);
	}
	MUST(frame_end(&b, 0) == 0);
	MUST(b.len == f->size && !memcmp(b.at, at, b.len));
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data + 1;
	size_t whole = 0, done = 0, fed = 0, step;
	enum frame_result end, r = FRAME_PART;
	struct frame f;
	uint32_t dice;

	if (!size || size > SEED_MAX)
		return 0;
	dice = data[0];
	size--;
	while ((end = parse(at + whole, size - whole, &f)) == FRAME_WHOLE) {
		MUST(f.size >= FRAME_HEAD && f.size <= size - whole);
		remake(at + whole, &f);
		whole += f.size;
	}
	while (fed < size && r == FRAME_PART) {
		dice = dice * 1103515245 + 12345;
		step = 1 + (dice >> 16) % (dice & 0x800 ? 8 : 300);
		fed += step < size - fed ? step : size - fed;
		while ((r = parse(at + done, fed - done, &f)) == FRAME_WHOLE)
			done += f.size;
	}
	MUST(done == whole && r == end);
	return 0;
}

int
fuzz_seed(unsigned int n, uint8_t *at, size_t *size)
{
	struct buf b;
	size_t start;

	buf_init(&b, at, SEED_MAX);
	b.at[b.len++] = 0;
	for (unsigned int i = 0; i < 2; i++) {
		start = frame_begin(&b, i ? FRAME_DONE : FRAME_ACTIVATE);
		fields_put(&b, "slot", "0123456789abcdef");
		fields_put(&b, "arg", "A=x");
		frame_end(&b, start);
	}
	*size = b.len;
	return n ? -1 : 0;
}
