/*
 * leased_words.h: messages that name the holder of a cluster's key.
 */
#ifndef LEASED_WORDS_H
#define LEASED_WORDS_H

#include "cli/base/fields.h"
#include "cli/core/launch/launch_state.h"

/* From the fields of BUSY: set the fault that names the holder.  -1. */
int leased_words_busy(const struct launch *l, const struct fields *b,
    struct fault *f);

/* The holder in few words, "ann@hostB"; buf has LEASED_WHO bytes. */
enum { LEASED_WHO = 400 };
const char *leased_words_who(const struct fields *b, char *buf);

#endif
