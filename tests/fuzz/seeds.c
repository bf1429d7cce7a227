/*
 * seeds.c: the seeds of every fuzzer: its own inputs, and those of the file
 * $FUZZ_CORPUS (tests/fuzz/corpus).  With FUZZ_SEEDS=FOLDER in its environment
 * it writes them there, and exits.
 */
#include <sys/mman.h>

#include <string.h>

#include "tests/fuzz/fuzz.h"

#pragma weak fuzz_seed
#pragma weak fuzz_texts

int LLVMFuzzerInitialize(int *argc, char ***argv);

/* The next line of $FUZZ_CORPUS, an input in hexadecimal digits. */
static int
kept_next(uint8_t *at, size_t *size)
{
	static FILE *kept;
	char line[2 * SEED_MAX + 2];
	const char *name = getenv("FUZZ_CORPUS");
	unsigned int byte;

	if (!kept && name && *name)
		MUST(kept = fopen(name, "r"));
	if (!kept || !fgets(line, sizeof(line), kept))
		return -1;
	for (*size = 0; sscanf(line + 2 * *size, "%2x", &byte) == 1; ++*size)
		at[*size] = (uint8_t)byte;
	return 0;
}

int
fuzz_next(uint8_t *at, size_t *size)
{
	static unsigned int n;

	if (fuzz_seed) {
		if (fuzz_seed(n++, at, size) == 0)
			return 0;
	} else if (fuzz_texts[n]) {
		*size = strlen(fuzz_texts[n]);
		memcpy(at, fuzz_texts[n++], *size);
		return 0;
	}
	return kept_next(at, size);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	_Alignas(16) uint8_t at[SEED_MAX];
	const char *folder = getenv("FUZZ_SEEDS");
	char name[512];
	size_t size;
	FILE *f;

	(void)argc;
	(void)argv;
	for (unsigned int n = 0; folder && fuzz_next(at, &size) == 0; n++) {
		snprintf(name, sizeof(name), "%s/seed%u", folder, n);
		f = fopen(name, "w");
		MUST(f && fwrite(at, 1, size, f) == size && fclose(f) == 0);
	}
	if (folder)
		exit(0);
	return 0;
}

void *
fuzz_block(const void *data, size_t size)
{
	enum { ROOM = 2 * SEED_MAX, PAGE = 4096 };
	static char *end;

	if (!end) {
		end = mmap(NULL, ROOM + PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		MUST(end != MAP_FAILED);
		end += ROOM;
		MUST(mprotect(end, PAGE, PROT_NONE) == 0);
	}
	MUST(size <= ROOM);
	return memcpy(end - size, data, size);
}
