/*
 * report.h: show findings: the lines of onlyonectl doctor, and launches that were
 * turned away.
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

/* The launches that an instance has turned away, in words, latest first. */
void skips_find(const struct found *found, struct skips *s);
void skips_text(const struct skips *s, bool all, struct text *t);

#endif
