/*
 * report.c: how findings are shown: the lines of onlyonectl doctor, and launches
 * that were turned away.
 *
 * Names come from other programs: every line is escaped before it is printed.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/base/io.h"
#include "cli/base/trusted.h"
#include "cli/core/ctl/found.h"
#include "cli/core/ctl/report.h"
#include "cli/core/slot/folder.h"
#include "cli/core/slot/skips.h"

/* Append a time, in the local time zone. */
static void
time_add(struct text *t, long long ms)
{
	time_t s = (time_t)(ms / 1000);
	struct tm tm;
	char when[32];

	if (localtime_r(&s, &tm) && strftime(when, sizeof(when), "%F %T", &tm))
		text_add(t, when);
}

void
skips_text(const struct skips *s, bool all, struct text *t)
{
	int first = all || !s->known ? 0 : s->known - 1;

	text_all(t, "skipped ", TEXT_NUM(s->n), s->n == 1 ? " time" : " times",
	    NULL);
	for (int i = s->known; i-- > first; ) {
		text_add(t, i + 1 == s->known ? ", last " : ", ");
		time_add(t, s->at[i]);
	}
}

void
skips_find(const struct found *found, struct skips *s)
{
	int folder = folder_peek(found->root, found->slot.name);

	memset(s, 0, sizeof(*s));
	if (folder >= 0)
		skips_read(folder, FILE_SKIPS, s);
	io_close(&folder);
}

/* Escape the line: names in it must not send control codes to a terminal. */
static void
line_print(const char *head, const char *format, va_list list)
{
	char line[REPORT_LINE], shown[REPORT_LINE];
	struct text t = text_in(shown, sizeof(shown));

	vsnprintf(line, sizeof(line), format, list);
	text_show(&t, line, strlen(line));
	printf("%s %s\n", head, shown);
}

void
report_good(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	line_print("ok    ", format, list);
	va_end(list);
}

void
report_wrong(struct report *r, const char *remedy, const char *format, ...)
{
	char shown[REPORT_LINE];
	struct text t = text_in(shown, sizeof(shown));
	va_list list;

	va_start(list, format);
	line_print("WRONG ", format, list);
	va_end(list);
	/* It may be a command to type: its backslashes stay as they are. */
	text_quoted(&t, remedy);
	printf("       %s\n", shown);
	r->wrong++;
}

bool
report_exposed(struct report *r, const char *path)
{
	char part[PATH_MAX];

	if (trusted_writers(path, false, part) != WRITERS_OTHERS)
		return false;
	report_wrong(r, "what they put there would run as you: chmod go-w it,"
	    " or install it again", "%s may be written by others: %s",
	    path, part);
	return true;
}
