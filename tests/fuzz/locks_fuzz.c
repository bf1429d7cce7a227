/*
 * locks_fuzz.c: any text as /proc/locks.
 *
 * And a table as the kernel writes it, of locks that the input says: the pid
 * is that of the first one held on the file that has one, an open file's of
 * fcntl(2) has -1, and a lease is none.
 */
#include "cli/core/slot/lockfile.c"
#include "tests/fuzz/fuzz.h"

#define FILE_SOUGHT " 08:01:4711 "

static void
made(const uint8_t *data, size_t size)
{
	static const char *const kinds[] = {"FLOCK  ADVISORY ",
	    "POSIX  ADVISORY ", "OFDLCK ADVISORY ", "LEASE  ACTIVE   "};
	static const char *const files[] = {"08:01:4711", "08:01:47110",
	    "00:1f:4711", "108:01:4711"};
	char table[4096];
	pid_t want = 0;
	size_t len = 0;

	*table = '\0';
	for (size_t i = 0; i + 2 < size && i < 90; i += 3) {
		unsigned int kind = data[i] % 4, file = data[i] / 4 % 4;
		bool waits = data[i] & 0x80;
		pid_t pid = kind == 2 ? -1 :
		    1 + data[i + 1] * 256 + data[i + 2];

		len += (size_t)snprintf(table + len, sizeof(table) - len,
		    "%zu: %s%s %s %d %s 0 EOF\n", i, waits ? "-> " : "",
		    kinds[kind], data[i] & 0x40 ? "READ " : "WRITE", pid,
		    files[file]);
		if (want <= 0 && !waits && kind != 3 && file == 0)
			want = pid;
	}
	MUST(table_pid(table, FILE_SOUGHT, false) == want);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	memcpy(text, data, size);
	text[size] = '\0';
	table_pid(text, FILE_SOUGHT, size % 2);
	free(text);
	made(data, size);
	return 0;
}
