/*
 * fields.h: `name=value` entries, each ended by NUL.
 *
 * The body of a frame and the info file of a slot are made of these.  Values
 * are byte for byte what was put in; a name may occur several times; readers
 * skip names that they do not know.  Pure: no input or output here.
 */
#ifndef FIELDS_H
#define FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/base/buf.h"

struct fields {
	const char *at;
	size_t len;
};

/* Whether at[0..len) is well-formed: entries with a name, '=' and NUL. */
bool fields_valid(const char *at, size_t len);

/* Append an entry.  -1: ENOMEM. */
int fields_put(struct buf *b, const char *name, const char *value);
int fields_put_num(struct buf *b, const char *name, long long value);

/* The first value of name; NULL if there is none. */
const char *fields_get(const struct fields *f, const char *name);

/* Whether the first value of name is this one. */
bool fields_is(const struct fields *f, const char *name, const char *value);

/* The first value of name as a number; other if missing or malformed. */
long long fields_num(const struct fields *f, const char *name,
    long long other);

/* The same in a range: if missing, other; if malformed or out of range, other
 * and *odd is set (else it is left alone). */
long long fields_range(const struct fields *f, const char *name,
    long long least, long long most, long long other, bool *odd);

/* Go through all values of name: begin with at = NULL, ends with NULL. */
const char *fields_next(const struct fields *f, const char *name,
    const char *at);

/* How many values name has. */
size_t fields_count(const struct fields *f, const char *name);

#endif
