/*
 * json_print.h: JSON as it is printed.
 */
#ifndef JSON_PRINT_H
#define JSON_PRINT_H

#include <jansson.h>

#include "cli/base/fault.h"

/* Append one to the array, and release it.  If there is no memory, or one is
 * NULL, the array becomes NULL. */
void json_add(json_t **array, json_t *one);

/* The string; if it is not UTF-8, escaped as by text_show.  NULL: ENOMEM. */
json_t *json_shown(const char *s);

/* Print j (NULL: no memory was left for it), indented, to standard output, and
 * release it; the caller checks standard output for errors.  Non-ASCII is
 * escaped, so that it cannot control a terminal; times, in seconds, are exact
 * to the millisecond.  0, or -1 with a fault of 71. */
int json_print(json_t *j, struct fault *f);

#endif
