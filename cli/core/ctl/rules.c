/*
 * rules.c: onlyonectl rules: what is enabled, by which file, and what is wrong
 * with it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/core/ctl/json.h"
#include "cli/core/ctl/ruled.h"
#include "cli/core/ctl/verbs.h"
#include "cli/base/json_print.h"
#include "cli/core/rule/link.h"
#include "cli/base/text.h"

static const char *const states[] = { "active", "shadowed", "bad", "ignored" };

/* s with bytes escaped that are not printable or not UTF-8; to be freed.  NULL:
 * ENOMEM. */
static char *
rule_shown(const char *s)
{
	size_t cap = 4 * strlen(s) + 1;
	char *buf = malloc(cap);
	struct text t;

	if (!buf)
		return NULL;
	t = text_in(buf, cap);
	text_show(&t, s, strlen(s));
	return buf;
}

enum { RULE_CELLS = 3 };

static const char *
rule_cell(const struct ruled *at, int cell)
{
	static const char *const titles[RULE_CELLS] = { "NAME", "STATE",
		"FILE" };

	if (!at)
		return titles[cell];
	return cell == 0 ? at->name : cell == 1 ? states[at->state] : at->file;
}

/* Print a row of the table; at NULL: the titles.  width: of each column. */
static void
rule_print(const struct ruled *at, const size_t *width)
{
	char *cell;

	for (int i = 0; i < RULE_CELLS; i++) {
		cell = rule_shown(rule_cell(at, i));
		printf("%-*s  ", (int)width[i], cell ? cell : "?");
		free(cell);
	}
	if (!at)
		fputs("OPTIONS", stdout);
	else if (at->problem || !*at->lines)
		fputs(at->problem ? at->problem : "-", stdout);
	else
		for (const char *s = at->lines; *s; s += strlen(s) + 1) {
			cell = rule_shown(s);
			printf("%s%s", s == at->lines ? "" : " ",
			    cell ? cell : "?");
			free(cell);
		}
	putchar('\n');
}

static void
rules_table(const struct ruleds *rs)
{
	size_t width[RULE_CELLS] = { 0 };
	char *cell;

	for (int i = 0; i < RULE_CELLS; i++) {
		width[i] = strlen(rule_cell(NULL, i));
		for (size_t k = 0; k < rs->n; k++) {
			cell = rule_shown(rule_cell(&rs->at[k], i));
			if (cell && strlen(cell) > width[i])
				width[i] = strlen(cell);
			free(cell);
		}
	}
	rule_print(NULL, width);
	for (size_t k = 0; k < rs->n; k++)
		rule_print(&rs->at[k], width);
}

static json_t *
json_ruled(const struct ruled *at)
{
	json_t *lines = json_array();

	for (const char *s = at->lines; *s; s += strlen(s) + 1)
		json_add(&lines, json_shown(s));
	return json_pack("{s:o, s:s, s:s, s:o, s:o, s:o, s:b}",
	    "name", json_shown(at->name), "from", at->desktop ? "desktop" :
	    place_name(at->place),
	    "state", states[at->state], "file", json_shown(at->file),
	    "options", lines,
	    "problem", at->problem ? json_shown(at->problem) : json_null(),
	    "link", at->place == PLACE_USER && !at->desktop &&
	    link_there(at->name));
}

static int
rules_json(const struct ruleds *rs, struct fault *f)
{
	json_t *array = json_array();

	for (size_t i = 0; i < rs->n; i++)
		json_add(&array, json_ruled(&rs->at[i]));
	return json_print(array, f);
}

int
ctl_rules(struct ctl *c, struct fault *f)
{
	struct ruleds rs;
	int r = 0, wrong = 0;

	if (ruleds_find(&rs, f) < 0)
		return -1;
	for (size_t i = 0; i < rs.n; i++)
		wrong |= rs.at[i].problem != NULL;
	if (c->o.json)
		r = rules_json(&rs, f);
	else if (rs.n)
		rules_table(&rs);
	ruleds_free(&rs);
	return r < 0 ? r : wrong;
}
