/*
 * report.c: what a doctor says: one line for each thing looked at.
 */
#include <stdio.h>
#include <string.h>

#include "cli/ctl/report.h"
#include "cli/text.h"

/* Both may hold names: no byte of them steers a terminal. */
static void
line_print(const char *head, const char *line)
{
	char shown[REPORT_LINE];
	struct text t;

	text_init(&t, shown, sizeof(shown));
	text_show(&t, line, strlen(line));
	printf("%s %s\n", head, shown);
}

void
report_good(const char *what)
{
	line_print("ok    ", what);
}

void
report_wrong(struct report *r, const char *what, const char *remedy)
{
	line_print("WRONG ", what);
	line_print("      ", remedy);
	r->wrong++;
}
