/*
 * option_value.h: values of options, as they are typed.
 *
 * What cannot be taken is a fault of 64 that names the option and the value,
 * and says what would do.
 */
#ifndef OPTION_VALUE_H
#define OPTION_VALUE_H

#include "cli/fault.h"
#include "cli/option.h"

/* "OPTION: 'VALUE' is not WANT; see PROGRAM --help".  -1. */
int option_bad(struct fault *f, const char *program, const char *option,
    const char *value, const char *want);

/* Which of the words, which end with NULL, it is; -1: a fault. */
int option_word(struct fault *f, const char *program, const char *option,
    const char *value, const char *const words[]);

/* A number from least to most in *n.  0, or -1 with a fault. */
int option_number(struct fault *f, const char *program, const char *option,
    const char *value, int least, int most, int *n);

/* Seconds, with or without a fraction, in *ms.  0, or -1 with a fault. */
int option_seconds(struct fault *f, const char *program, const char *option,
    const char *value, int *ms);

/* What --help is to tell in *help; NULL: no value.  0, or -1 with a fault. */
int option_help(struct fault *f, const char *program, const char *value,
    enum help *help);
extern const char *const option_helps[];

#endif
