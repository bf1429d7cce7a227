/*
 * fuzz.h: what a fuzzer here is made of.
 *
 * Each NAME_fuzz.c states properties that hold for all inputs; libFuzzer finds
 * them (tests/sanitize).  What once broke something becomes a seed.
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

#define MUST(x)                                                       \
	do {                                                          \
		if (!(x)) {                                           \
			fprintf(stderr, "%s:%d: does not hold: %s\n", \
			    __FILE__, __LINE__, #x);                  \
			abort();                                      \
		}                                                     \
	} while (0)

#endif
