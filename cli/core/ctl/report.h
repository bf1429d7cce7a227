/*
 * report.h: how instances and findings are shown: cells of tables, and the
 * lines of onlyonectl doctor.
 */
#ifndef CTL_REPORT_H
#define CTL_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/core/ctl/ctl.h"
#include "cli/core/ctl/found.h"
#include "cli/base/table.h"
#include "cli/base/text.h"
#include "cli/core/slot/skips.h"

enum { REPORT_LINE = 8192 };

struct report {
	int wrong; /* number of things reported as wrong */
};

enum cell {
	CELL_APP,
	CELL_KEY,
	CELL_PID,
	CELL_STATE,
	CELL_SINCE,
	CELL_COMMAND,
	CELLS
};

/* Print one line: something is well; or two: it is wrong, and what to do about
 * it (remedy).  Text is escaped, so it may contain names. */
__attribute__((format(printf, 1, 2)))
void report_good(const char *format, ...);
__attribute__((format(printf, 3, 4)))
void report_wrong(struct report *r, const char *remedy, const char *format,
    ...);

/* Whether other users may replace or write this program or library of ours; if
 * so, that is reported as wrong.  For root, a user's own file is no fault. */
bool report_exposed(struct report *r, const char *path);

/* The state of an instance in one word, as programs read it; state_shown: for
 * people. */
const char *cell_state(const struct found *found);
const char *state_shown(const char *state);

/* What an instance has turned away; in words, the last times first. */
void skips_find(struct ctl *c, const struct found *found, struct skips *s);
void skips_text(const struct skips *s, struct text *t);

/* The text of one cell, in buf (TABLE_CELL bytes) or a constant. */
const char *cell_text(const struct found *found, enum cell cell, char *buf);

#endif
