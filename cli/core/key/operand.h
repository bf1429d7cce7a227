/*
 * operand.h: which words of a command line are options, which are the values of
 * options, and which are operands (neither).
 *
 * A word that begins with '-' or '+' is an option, and all after "--" are
 * operands.  Only the user can say which options take the next word as their
 * value: --value-options.
 */
#ifndef OPERAND_H
#define OPERAND_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/base/fault.h"

enum { VALUED_LISTS = 16 };

/* The options that take the next word as their value. */
struct valued {
	const char *list[VALUED_LISTS]; /* as given: "-b,--baud" */
	size_t n;
	bool words; /* some option is a word with one '-', like -geometry */
};

/* Add a list.  0, or -1 with a fault of 64. */
int valued_add(struct valued *v, const char *list, struct fault *f);

/* One walk along a command line, after its first word; set only valued. */
struct operands {
	const struct valued *valued;
	const char *option; /* the next word is the value of this; NULL */
	bool end;           /* "--" has been seen */
};

enum operand { OPERAND, OPERAND_OPTION, OPERAND_VALUE, OPERAND_END };

/* What the next word is. */
enum operand operand_next(struct operands *o, const char *word);

#endif
