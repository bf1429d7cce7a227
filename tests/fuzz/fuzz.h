/*
 * fuzz.h: the parts of a fuzzer here.
 *
 * Each NAME_fuzz.c states properties that hold for all inputs.  It is linked
 * twice: with libFuzzer, which is clang's, and learns what an input reaches
 * (NAME_fuzz, tests/sanitize); and with a loop of our own, for any compiler
 * (NAME_loop, loop.c, fuzz.bats).  An input that once broke something becomes a
 * seed; one that reaches more than the seeds do is kept in corpus/, a line
 * each.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Try one input.  Returns 0; a broken property aborts. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What it begins with, one of both.  Put seed n (from 0) into at, which has
 * SEED_MAX bytes, and its length into *size; -1: there are no more.  Or texts,
 * the last one NULL. */
enum { SEED_MAX = 4096 };
int fuzz_seed(unsigned int n, uint8_t *at, size_t *size);
extern const char *const fuzz_texts[];

/* The next seed, into at, which has SEED_MAX bytes. -1: there are no more. */
int fuzz_next(uint8_t *at, size_t *size);

/* A copy of these bytes, at most 2 * SEED_MAX, at whose end memory ends.  The
 * next call frees it. */
void *fuzz_block(const void *data, size_t size);

#define MUST(x)                                                       \
	do {                                                          \
		if (!(x)) {                                           \
			fprintf(stderr, "%s:%d: does not hold: %s\n", \
			    __FILE__, __LINE__, #x);                  \
			abort();                                      \
		}                                                     \
	} while (0)

#endif
