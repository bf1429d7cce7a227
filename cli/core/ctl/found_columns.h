/*
 * found_columns.h: the fields of an instance that list shows.
 */
#ifndef CTL_FOUND_COLUMNS_H
#define CTL_FOUND_COLUMNS_H

#include "cli/core/ctl/columns.h"

struct found;

/* Of a struct found. */
extern const struct column found_columns[];

/* The state in one word, for people. */
const char *found_state(const struct found *found);

/* Add the pid for people: "?" if it cannot be seen, "-" if nothing runs. */
void found_pid_text(const void *found, struct text *t);

/* Add the application's name. */
void found_app_text(const void *found, struct text *t);

#endif
