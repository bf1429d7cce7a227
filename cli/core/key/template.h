/*
 * template.h: one -k TEMPLATE, and its value for a command line.
 *
 * Text with references in braces; the grammar is in template.c.
 */
#ifndef TEMPLATE_H
#define TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/base/buf.h"
#include "cli/base/fault.h"
#include "cli/base/text.h"

/*
 * Tell options, values of options, and operands (neither) apart.  A word that
 * begins with '-' or '+' is an option, and all after "--" are operands.
 * --value-options and the program's row say which options take the next word as
 * their value.
 */
enum { VALUED_LISTS = 16 };

/* The options that take the next word as their value. */
struct valued {
	const char *list[VALUED_LISTS]; /* as given: "-b,--baud" */
	size_t n;
	bool words; /* some option is a word with one '-', like -geometry */
	const char *patterns; /* for option_fits, of the program's row: "+" first
	                       * where the first operand is a command; NULL:
	                       * none */
};

/* One walk along a command line, after its first word; initialise only
 * valued. */
struct operands {
	const struct valued *valued;
	const char *option; /* the next word is the value of this; NULL */
	bool end;           /* "--" has been seen */
};

enum operand { OPERAND, OPERAND_OPTION, OPERAND_VALUE, OPERAND_END };

/* Add a list.  0, or -1 with a fault of 64. */
int valued_add(struct valued *v, const char *list, struct fault *f);

/* Whether all words after the first operand are operands, as for env(1). */
bool valued_command(const struct valued *v);

/* Whether an option, with or without =VALUE, matches one of the patterns, a
 * blank-separated list or NULL.  A pattern is as in sh, for an option's name
 * with a single dash: -o, -output. */
bool option_fits(const char *patterns, const char *word);

/* What the next word is. */
enum operand operand_next(struct operands *o, const char *word);

/* Whether a template is well-formed.  0, or -1 with a fault of 64. */
int template_check(const char *template, struct fault *f);

/* Whether the template's value depends on which words are options and their
 * values; {@} and {1} do not. */
bool template_sorts(const char *template);

enum template_result {
	TEMPLATE_MADE,
	TEMPLATE_MISSING, /* a reference has no value: why */
	TEMPLATE_FAILED   /* the system could not tell: errno */
};

/*
 * Expand a well-formed template for command (NULL-ended, with at least its
 * first word), in which the options in valued take the next word: append its
 * parts to out, each ended by NUL, and add their number to *parts.  A template
 * is one part; {@} is one for each argument.
 */
enum template_result template_expand(const char *template,
    char *const command[], const struct valued *valued, struct buf *out,
    size_t *parts, struct text *why);

#endif
