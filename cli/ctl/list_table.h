/*
 * list_table.h: a table for people, as wide as their screen.
 */
#ifndef LIST_TABLE_H
#define LIST_TABLE_H

#include <stddef.h>

enum { COLUMNS_MOST = 8 };

struct list_columns {
	const char *const *titles;
	int n, names; /* the first ones, which are cut if need be, as is the
	               * last */
	const void *rows;
	/* A cell, in buf, CELL_SIZE bytes, or constant. */
	const char *(*text)(const void *rows, size_t row, int col, char *buf);
	/* How it begins on a terminal; NULL: as any text.  May be NULL. */
	const char *(*colour)(const void *rows, size_t row, int col);
};

/* The titles and n rows. */
void list_table(const struct list_columns *c, size_t n);

#endif
