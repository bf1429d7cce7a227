/*
 * seeds.c: what every fuzzer has: with FUZZ_SEEDS=FOLDER in its environment it
 * writes what it begins with there, and ends.
 */
#include <string.h>

#include "tests/fuzz/fuzz.h"

#pragma weak fuzz_seed
#pragma weak fuzz_texts

int LLVMFuzzerInitialize(int *argc, char ***argv);

/* As fuzz_seed. */
static int
seed(unsigned int n, uint8_t *at, size_t *size)
{
	if (fuzz_seed)
		return fuzz_seed(n, at, size);
	if (!fuzz_texts[n])
		return -1;
	*size = strlen(fuzz_texts[n]);
	memcpy(at, fuzz_texts[n], *size);
	return 0;
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
	for (unsigned int n = 0; folder && seed(n, at, &size) == 0; n++) {
		snprintf(name, sizeof(name), "%s/seed%u", folder, n);
		f = fopen(name, "w");
		MUST(f && fwrite(at, 1, size, f) == size && fclose(f) == 0);
	}
	if (folder)
		exit(0);
	return 0;
}
