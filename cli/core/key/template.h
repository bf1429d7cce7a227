/*
 * template.h: one -k TEMPLATE, and its value for a command line.
 *
 * Text with references in braces; the grammar is in template.c.
 */
#ifndef TEMPLATE_H
#define TEMPLATE_H

#include <stddef.h>

#include "cli/base/buf.h"
#include "cli/base/fault.h"
#include "cli/core/key/operand.h"
#include "cli/base/text.h"

enum kind { TEXT, ARGUMENTS, VALUE, ENVIRONMENT, CWD, TTY, PATH, INODE };

/* How a reference finds its word. */
enum source { NAMED, COUNTED, OPERANDS };

/* Whether a template is well-formed.  0, or -1 with a fault of 64. */
int template_check(const char *template, struct fault *f);

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
