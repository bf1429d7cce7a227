/*
 * json_print.h: JSON as it is printed.
 *
 * What a table would escape (text_show) is written as \uXXXX, which is the same
 * value: so a terminal shows the text, and obeys no control character in it.
 */
#ifndef JSON_PRINT_H
#define JSON_PRINT_H

#include <jansson.h>

#include "cli/base/buf.h"
#include "cli/base/fault.h"

/* Append j, with these flags of json_dumps(3), and a newline.  -1: ENOMEM. */
int json_put(struct buf *b, const json_t *j, size_t flags);

/* Append one to the array, and let go of it.  If there is no memory, or one is
 * NULL, the array becomes NULL. */
void json_add(json_t **array, json_t *one);

/* Print j (NULL: no memory was left for it), indented, to standard output, and
 * let go of it; the caller checks standard output for errors.  0, or -1 with a
 * fault of 71. */
int json_print(json_t *j, struct fault *f);

#endif
