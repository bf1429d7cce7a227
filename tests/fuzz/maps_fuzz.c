/*
 * maps_fuzz.c: any text as /proc/PID/maps, seen from outside
 * (cli/core/slot/mapping.c).
 *
 * It comes in pieces of any length, and must be read as a whole: a line counts
 * by what it begins with.  What a process maps may have a path of any length,
 * and of any words, so a byte 1 stands for a long word here.
 */
#include <sys/types.h>

#include <stdint.h>
#include <string.h>

#include "cli/base/look.h"

static ssize_t fuzz_read(void *p, size_t n);

#define look_open(pid, file) 0
#define look_read fuzz_read
#include "cli/core/slot/mapping.c"
#undef look_open
#undef look_read
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/pieces.h"

enum { WORD = 9000, TEXT = 1 << 17, LONG = 16383 };

/* The three ways to look for one. */
static const struct wanted ways[] = {
	{ .n = 1, .id = { "08:01 4711" } },
	{ .at = 0x7f0000001000ul },
	{ .name = "job-0123" },
};

static ssize_t
fuzz_read(void *p, size_t n)
{
	return (ssize_t)pieces_read(p, n);
}

/* What is found in this line: in the beginning of it. */
static bool
fits(const char *line, size_t n, struct wanted *w)
{
	static char copy[LONG + 1];

	if (n > LONG)
		n = LONG;
	memcpy(copy, line, n);
	copy[n] = '\0';
	return line_fits(copy, w);
}

static void
found(const char *text, size_t size, const struct wanted *way)
{
	const char *line = text, *behind = text + size, *end;
	struct wanted whole = *way, w = *way;
	int maps, has = size ? 0 : -1;

	rest = text;
	left = size;
	maps = maps_name(1, "maps", &w);
	for (; has == 0; line = end + 1) {
		end = memchr(line, '\n', (size_t)(behind - line));
		/* One that goes on for long is one before its end comes. */
		if (!end && behind - line < LONG)
			break;
		has = fits(line, (size_t)((end ? end : behind) - line),
		    &whole);
		if (!end)
			break;
	}
	MUST(maps == has);
	MUST(maps != 1 || !strcmp(whole.found, w.found));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[TEXT];
	size_t n = 0;

	for (size_t i = 1; i < size; i++) {
		size_t more = data[i] == 1 ? WORD : 1;

		if (n + more > sizeof(text))
			return 0;
		memset(text + n, data[i] == 1 ? 'a' : data[i], more);
		n += more;
	}
	dice = size ? data[0] : 0;
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++)
		found(text, n, &ways[i]);
	return 0;
}
