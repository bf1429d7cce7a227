/*
 * report.h: show instances and findings: cells of tables, and the lines of
 * onlyonectl doctor.
 */
#ifndef CTL_REPORT_H
#define CTL_REPORT_H

#include <stdbool.h>

struct found;
struct skips;
struct text;

enum { REPORT_LINE = 8192 };

struct report {
	int wrong; /* problems reported */
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

/* Print one line, "fine"; or two, a problem and its remedy.  Text is escaped,
 * so it may contain names. */
__attribute__((format(printf, 1, 2)))
void report_good(const char *format, ...);
__attribute__((format(printf, 3, 4)))
void report_wrong(struct report *r, const char *remedy, const char *format,
    ...);

/* Whether other users may replace or write this program or library of ours; if
 * so, report it.  For root, a user's own file is not a problem. */
bool report_exposed(struct report *r, const char *path);

/* The state of an instance in one word, for programs; state_shown: for
 * people. */
const char *cell_state(const struct found *found);
const char *state_shown(const char *state);

/* The launches that an instance has turned away, in words, latest first. */
void skips_find(const struct found *found, struct skips *s);
void skips_text(const struct skips *s, bool all, struct text *t);

/* The text of one cell, in buf (TABLE_CELL bytes) or a constant. */
const char *cell_text(const struct found *found, enum cell cell, char *buf);

#endif
