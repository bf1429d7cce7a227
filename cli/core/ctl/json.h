/*
 * json.h: byte strings in JSON, which can hold only UTF-8.
 */
#ifndef CTL_JSON_H
#define CTL_JSON_H

#include <jansson.h>

struct fields;
struct info;

/* The string; if it is not UTF-8, {"base64": ...}.  NULL: ENOMEM. */
json_t *json_exact(const char *s);

/* The values of a field, each made by json_shown or json_exact.  NULL: ENOMEM. */
json_t *json_values(const struct fields *f, const char *name,
    json_t *make(const char *));

/* A key: null, a string, or an array for a tuple.  NULL: ENOMEM. */
json_t *json_key(const struct info *i);

#endif
