/*
 * table.h: a table for people, as wide as their screen.
 */
#ifndef TABLE_H
#define TABLE_H

#include <stddef.h>

enum { TABLE_COLUMNS = 9, TABLE_CELL = 4096 };

struct table_columns {
	const char *const *titles;
	int n, names; /* the first ones, which are cut if need be, as is the
	               * last */
	const void *rows;
	/* A cell, in buf, TABLE_CELL bytes, or constant. */
	const char *(*text)(const void *rows, size_t row, int col, char *buf);
	/* How it begins on a terminal; NULL: as any text.  May be NULL. */
	const char *(*colour)(const void *rows, size_t row, int col);
};

/* The titles and n rows. */
void table_print(const struct table_columns *c, size_t n);

#endif
