/*
 * selfmaps_fuzz.c: any text as /proc/self/maps, seen by the library in a
 * program (preload/own_mapping.c).
 *
 * Text of anything: where it is cut must not matter.  And text as the kernel
 * writes it, with a path of anything at the mapping's address: what is found is
 * the slot's folder, or nothing.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "preload/sys.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/pieces.h"

static long fuzz_call(long nr, void *p, size_t n);

#undef SYS3
#define SYS3(nr, a, b, c) fuzz_call(nr, (void *)(b), (size_t)(uintptr_t)(c))
#define sys_open(dir, name, flags) ((void)(dir), (void)(name), fuzz_open(flags))
#define sys_close(fd) ((void)(fd))
static int
fuzz_open(int flags)
{
	(void)flags;
	return 1;
}
#include "preload/own_mapping.c"
#include "preload/vetted.c"

enum { SLOT = 64, WORD = 5000, TEXT = 1 << 16 };

#define AT 0x7f0000001000ul

static long
fuzz_call(long nr, void *p, size_t n)
{
	if (nr != SYS_read)
		return -EPERM;
	return (long)pieces_read(p, n);
}

static bool
look(const char *text, size_t size, uint32_t seed, char slot[SLOT])
{
	memset(slot, 0, SLOT);
	rest = text;
	left = size;
	dice = seed;
	return mapping_slot((const void *)AT, slot, SLOT);
}

/* Where it is cut does not matter. */
static void
any(const char *text, size_t size)
{
	char once[SLOT], again[SLOT];
	bool has = look(text, size, 1, once);

	for (uint32_t seed = 2; seed < 5; seed++) {
		MUST(look(text, size, seed, again) == has);
		MUST(!memcmp(once, again, SLOT));
	}
	MUST(has ? *once == '/' || !*once : !*once);
}

/* As the kernel writes it: a path of any bytes but newlines, of a file that may
 * have been removed, among others. */
static void
made(const char *path, size_t len, uint32_t seed)
{
	static const char *const tails[] = { "/mapping", "/mapping (deleted)",
		"" };
	char text[1024], slot[SLOT], want[SLOT];
	const char *tail = tails[seed % 3];
	int n;

	if (len > 200 || memchr(path, '\n', len) || memchr(path, '\0', len))
		return;
	n = snprintf(text, sizeof(text),
	    "55d0c0000000-55d0c0001000 r-xp 00001000 08:01 77   /x/mapping\n"
	    "7f0000000000-7f0000001000 rw-p 00000000 00:00 0 \n"
	    "%lx-%lx ---s 00000000 00:1b 4711          /%.*s%s\n"
	    "7f0000002000-7f0000003000 ---s 00000000 00:1b 7  /y/mapping\n"
	    "7ffd00000000-7ffd00021000 rw-p 00000000 00:00 0    [stack]\n",
	    AT, AT + 0x1000, (int)len, path, tail);
	snprintf(want, sizeof(want), "/%.*s", (int)len, path);
	/* What the path itself says counts, as far as it fits. */
	if (!*tail) {
		look(text, (size_t)n, seed, slot);
		return;
	}
	MUST(look(text, (size_t)n, seed, slot) ==
	    (seed % 3 == 0 && len > 0 && 1 + len + strlen(tail) < SLOT));
	MUST(!*slot || !strcmp(slot, want));
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
	any(text, n);
	if (size)
		made((const char *)data + 1, size - 1, data[0]);
	return 0;
}
