/*
 * desktop_list.c: overrides of desktop entries among the rules.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/ctl/desktop_list.h"
#include "cli/rule/find.h"
#include "cli/rule/overrides.h"
#include "cli/rule/parse.h"
#include "cli/rule/rule.h"
#include "preload/contract.h"

/* What is wrong with one; NULL: nothing. */
static const char *
problem_of(const struct override *o, char *line, size_t cap)
{
	switch (o->state) {
	case OVERRIDE_BAD:
		return "it does not lead through onlyone any more";
	case OVERRIDE_LOST:
		snprintf(line, cap, "%s is not there: the installed entry is"
		    " started in its place", o->self);
		return line;
	case OVERRIDE_FOREIGN:
		snprintf(line, cap, "it leads to %s, which is not this onlyone",
		    o->self);
		return line;
	case OVERRIDE_ALONE:
		snprintf(line, cap, "%s is not there any more", o->source);
		return line;
	case OVERRIDE_STALE:
		snprintf(line, cap, "%s has changed since", o->source);
		return line;
	default:
		return NULL;
	}
}

/* The options as rules show them; "" and a problem if they are none. */
static char *
lines_make(const struct override *o, const char **problem)
{
	static struct rule r;
	struct fault ignored;
	struct buf lines;
	char *copy = NULL;

	memset(&r, 0, sizeof(r));
	buf_init(&r.text, NULL, 0);
	buf_init(&r.matches, NULL, 0);
	buf_init(&lines, NULL, 0);
	strcpy(r.file, "options");
	if (buf_string(&r.text, o->rule) == 0) {
		r.text.len--;
		if (rule_parse(&r, &lines, &ignored) < 0) {
			lines.len = 0;
			*problem = "its options cannot be read";
		}
	}
	if (buf_add(&lines, "", 1) == 0 && (copy = malloc(lines.len)))
		memcpy(copy, lines.at, lines.len);
	buf_free(&lines);
	rule_free(&r);
	return copy;
}

static int
listed_add(struct ruleds *rs, const struct override *o)
{
	struct ruled *at = ruled_new(rs);
	char line[PATH_MAX + 128];
	const char *problem = problem_of(o, line, sizeof(line));

	if (!at)
		return -1;
	at->desktop = true;
	at->alone = o->state == OVERRIDE_ALONE;
	at->name = strdup(o->id);
	at->file = strdup(o->file);
	at->lines = lines_make(o, &problem);
	at->problem = problem ? strdup(problem) : NULL;
	at->state = o->state == OVERRIDE_BAD ? RULED_BAD :
	    o->state == OVERRIDE_LOST ? RULED_IGNORED : RULED_ACTIVE;
	return at->name && at->file && at->lines && (at->problem || !problem) ?
	    0 : -1;
}

int
desktop_list(struct ruleds *rs, struct fault *f)
{
	struct overrides os;
	int r = 0;

	if (overrides_find(&os, f) < 0)
		return -1;
	for (size_t i = 0; r == 0 && i < os.n; i++)
		r = listed_add(rs, &os.at[i]);
	overrides_free(&os);
	return r == 0 ? 0 : fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot list"
	    " the rules", NULL);
}
