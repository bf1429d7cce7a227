/*
 * fuzz.h: what a fuzzer here is made of.
 *
 * Each NAME_fuzz.c states properties that hold for all inputs; it is linked
 * to libFuzzer (make fuzz: for as long as you like) or to driver.c (the short
 * run of the test suite).  Where a parser has but one user and is static
 * there, the fuzzer includes that file.  Seeds are in corpus/NAME, as is each
 * input that once broke something, or come from fuzz_seed.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Try one input.  Returns 0; a broken property aborts. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* May be left out.  Put seed n (from 0) into at, which has SEED_MAX bytes, and
 * its length into *size.  Returns 0; -1: there are no more. */
enum { SEED_MAX = 4096 };
int fuzz_seed(unsigned int n, uint8_t *at, size_t *size);

/* May be left out: how many times dearer an input is than most.  A short run
 * tries as many fewer. */
extern const unsigned int fuzz_cost;

#define MUST(x)                                                       \
	do {                                                          \
		if (!(x)) {                                           \
			fprintf(stderr, "%s:%d: does not hold: %s\n", \
			    __FILE__, __LINE__, #x);                  \
			abort();                                      \
		}                                                     \
	} while (0)

#endif
