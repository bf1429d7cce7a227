/*
 * leased_words.h: who has a key of the cluster, in words.
 */
#ifndef LEASED_WORDS_H
#define LEASED_WORDS_H

#include "cli/fields.h"
#include "cli/launch/state.h"

/* BUSY, of the fields of one: the fault that says who it is.  -1. */
int leased_words_busy(const struct launch *l, const struct fields *b,
    struct fault *f);

/* The same in few words, "ann@hostB"; buf has 400 bytes. */
enum { LEASED_WHO = 400 };
const char *leased_words_who(const struct fields *b, char *buf);

#endif
