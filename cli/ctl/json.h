/*
 * json.h: bytes in JSON, which holds UTF-8 only.
 */
#ifndef CTL_JSON_H
#define CTL_JSON_H

#include <jansson.h>

/* The string; where it is not UTF-8, as text_show has it.  NULL: ENOMEM. */
json_t *json_shown(const char *s);

/* The string; where it is not UTF-8, {"base64": ...}, exact.  NULL: ENOMEM. */
json_t *json_exact(const char *s);

/* A key: null, a string, or an array for a tuple.  NULL: ENOMEM. */
struct info;
json_t *json_key(const struct info *i);

#endif
