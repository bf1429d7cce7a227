/*
 * columns.h: what a verb lists: a row for each field, from which --json, --raw
 * and the table are made.
 */
#ifndef CTL_COLUMNS_H
#define CTL_COLUMNS_H

#include <jansson.h>
#include <stddef.h>

struct fault;
struct text;

/* A field.  Its functions get the thing that has it. */
struct column {
	const char *name;  /* in --json */
	json_t *(*json)(const void *thing); /* NULL: ENOMEM */
	const char *title; /* in the table; NULL: it is not there */
	void (*text)(const void *thing, struct text *t); /* its cell */
	/* Print its words for --raw, each after a tab, unless it is the first of
	 * a line; NULL: it is not there. */
	void (*raw)(const void *thing);
};

/* Define the function NAME_json, which returns value, and NAME_text, which does
 * what `add` says with t: of `it`, a thing of this type. */
#define COLUMN_JSON(type, name, value) \
	static json_t * \
	name##_json(const void *thing) \
	{ \
		const type *it = thing; \
		\
		return value; \
	}
#define COLUMN_TEXT(type, name, add) \
	static void \
	name##_text(const void *thing, struct text *t) \
	{ \
		const type *it = thing; \
		\
		add; \
	}

/* The n things at `at`, of size bytes each. */
struct things {
	const void *at;
	size_t size, n;
};

/* Print them as an array of objects.  c ends with an empty row.  0, or -1 with a
 * fault. */
int columns_json(const struct column *c, const struct things *things,
    struct fault *f);

/* Print them as a table.  If need be the first `names` columns of it and the last
 * one are cut; 0: nothing is. */
void columns_table(const struct column *c, int names,
    const struct things *things);

#endif
