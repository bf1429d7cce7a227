/*
 * line_words.h: what a launch says that waits in line.
 */
#ifndef LINE_WORDS_H
#define LINE_WORDS_H

#include "cli/launch/line.h"

/* For whom we wait, and at which place: a note. */
void line_words_place(const struct lines *lines);

/* That we have waited long enough: a fault, -1. */
int line_words_busy(const struct lines *lines, const struct launch *l,
    struct fault *f);

#endif
