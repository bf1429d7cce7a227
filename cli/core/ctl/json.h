/*
 * json.h: byte strings in JSON, which can hold only UTF-8.
 */
#ifndef CTL_JSON_H
#define CTL_JSON_H

#include <jansson.h>

/* The string; if it is not UTF-8, escaped as by text_show.  NULL: ENOMEM. */
json_t *json_shown(const char *s);

/* The string; if it is not UTF-8, {"base64": ...}.  NULL: ENOMEM. */
json_t *json_exact(const char *s);

/* The values of a field, as one of the two above makes them.  NULL: ENOMEM. */
struct fields;
json_t *json_values(const struct fields *f, const char *name,
    json_t *make(const char *));

/* A key: null, a string, or an array for a tuple.  NULL: ENOMEM. */
struct info;
json_t *json_key(const struct info *i);

#endif
