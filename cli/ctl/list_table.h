/*
 * list_table.h: what runs, in columns.
 */
#ifndef CTL_LIST_TABLE_H
#define CTL_LIST_TABLE_H

#include "cli/ctl/found.h"

/* Print it on standard output, as wide as a terminal there. */
void list_table(const struct founds *fs);

#endif
