/*
 * loop.c: the loop of a fuzzer where there is no libFuzzer: its seeds
 * (seeds.c), and then so many inputs made of these.
 *
 *	NAME_loop [-n INPUTS] [-s SEED]
 *
 * The same seed makes the same inputs.  An input that breaks something is
 * written to standard error, as a line of a corpus, before this exits.
 */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

enum { POOL = 4096, STEPS = 8 };

struct input {
	uint8_t *at;
	size_t size;
};

static struct input pool[POOL];
static size_t pooled;

/* What is tried now, for on_crash. */
static uint8_t now[SEED_MAX];
static size_t now_size;

static void
on_crash(int sig)
{
	static const char digits[] = "0123456789abcdef";
	char hex[2 * SEED_MAX + 1];

	for (size_t k = 0; k < now_size; k++) {
		hex[2 * k] = digits[now[k] >> 4];
		hex[2 * k + 1] = digits[now[k] & 15];
	}
	hex[2 * now_size] = '\n';
	signal(sig, SIG_DFL);
	if (write(STDERR_FILENO, hex, 2 * now_size + 1) < 0)
		_exit(1);
	raise(sig);
}

static void
input_try(const uint8_t *at, size_t size)
{
	memcpy(now, at, size);
	now_size = size;
	LLVMFuzzerTestOneInput(at, size);
}

static void
input_add(const uint8_t *at, size_t size)
{
	uint8_t *copy = malloc(size + 1);

	MUST(copy && pooled < POOL && size <= SEED_MAX);
	memcpy(copy, at, size);
	pool[pooled++] = (struct input){copy, size};
}

/* xorshift64* (Vigna): a number below n. */
static size_t
below(uint64_t *state, size_t n)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (size_t)((*state * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % n;
}

/* One change: a bit, a word that lengths like to be, bytes that go, or come from
 * another input. */
static size_t
change(uint64_t *r, uint8_t *at, size_t size)
{
	static const uint32_t lengths[] = {0, 1, 2, 3, 4, 31, 255, 256, 3000,
	    65535, 0x3fffffff, 0x40000000, 0x7fffffff, 0x80000000, 0xfffffffc,
	    0xffffffff};
	const struct input *other = &pool[below(r, pooled)];
	size_t where = below(r, size + 1), n;
	uint32_t word = lengths[below(r, sizeof(lengths) / sizeof(*lengths))];

	switch (below(r, 4)) {
	case 0:
		if (where < size)
			at[where] ^= (uint8_t)(1U << below(r, 8));
		return size;
	case 1:
		n = size - where < sizeof(word) ? size - where : sizeof(word);
		memcpy(at + where, &word, n);
		return size;
	case 2:
		n = below(r, size - where + 1);
		memmove(at + where, at + where + n, size - where - n);
		return size - n;
	default:
		n = below(r, other->size + 1);
		n = n < SEED_MAX - size ? n : SEED_MAX - size;
		memmove(at + where + n, at + where, size - where);
		memcpy(at + where, other->at + other->size - n, n);
		return size + n;
	}
}

int
main(int argc, char *argv[])
{
	static const int deadly[] = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV};
	_Alignas(16) static uint8_t at[SEED_MAX];
	unsigned long inputs = 0;
	uint64_t random = 1;
	size_t size;
	int option;

	for (size_t k = 0; k < sizeof(deadly) / sizeof(*deadly); k++)
		signal(deadly[k], on_crash);
	while ((option = getopt(argc, argv, "n:s:")) >= 0) {
		if (option == 'n')
			inputs = strtoul(optarg, NULL, 10);
		else if (option == 's')
			random = strtoul(optarg, NULL, 10) | 1U << 31;
		else
			return 64;
	}
	while (fuzz_next(at, &size) == 0)
		input_add(at, size);
	for (size_t k = 0; k < pooled; k++)
		input_try(pool[k].at, pool[k].size);
	for (unsigned long k = 0; k < inputs; k++) {
		const struct input *from = &pool[below(&random, pooled)];

		memcpy(at, from->at, size = from->size);
		for (size_t steps = below(&random, STEPS) + 1; steps; steps--)
			size = change(&random, at, size);
		input_try(at, size);
	}
	printf("%zu inputs of its own, %lu made of them\n", pooled, inputs);
	return 0;
}
