/*
 * table.h: a table for people, as wide as their screen.
 */
#ifndef TABLE_H
#define TABLE_H

#include <stddef.h>

enum { TABLE_COLUMNS = 9, TABLE_CELL = 4096 };

struct table_columns {
	const char *const *titles;
	int n, names; /* n columns; if need be the first `names` and the last
	               * are cut */
	const void *rows;
	/* The text of a cell, in buf (TABLE_CELL bytes) or constant. */
	const char *(*text)(const void *rows, size_t row, int col, char *buf);
};

/* Print the titles and n rows. */
void table_print(const struct table_columns *c, size_t n);

#endif
