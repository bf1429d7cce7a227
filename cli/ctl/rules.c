/*
 * rules.c: what is enabled, where that is said, and what is wrong with it.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/ctl/desktop.h"
#include "cli/ctl/json.h"
#include "cli/io.h"
#include "cli/rule/link.h"
#include "cli/rule/rule.h"
#include "cli/text.h"
#include "preload/contract.h"

static const char *const states[] = { "active", "shadowed", "bad", "ignored" };

static int
memory_fault(struct fault *f)
{
	return fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot list the rules",
	    NULL);
}

/* The file of a rule, to be freed. */
static char *
file_name(enum rule_place p, const char *name)
{
	char path[PATH_MAX], *file;

	if (place_path(p, path) < 0 ||
	    !(file = malloc(strlen(path) + strlen(name) + 2)))
		return NULL;
	strcpy(file, path);
	strcat(file, "/");
	return strcat(file, name);
}

/* One more: folder -1 may not be trusted, why says so. */
static int
ruled_add(struct ruleds *rs, enum rule_place p, int folder, const char *name,
    const struct fault *why, struct fault *f)
{
	struct ruled *more = realloc(rs->at, (rs->n + 1) * sizeof(*more)), *at;
	struct fault wrong = *why;
	struct buf lines;
	struct rule r;
	int bad = -1;

	if (!more)
		return memory_fault(f);
	rs->at = more;
	at = &rs->at[rs->n++];
	memset(at, 0, sizeof(*at));
	buf_init(&lines, NULL, 0);
	if (folder >= 0) {
		bad = rule_load(p, folder, name, &r, &lines, &wrong);
		rule_free(&r);
	}
	buf_add(&lines, "", 1);
	at->place = p;
	at->state = !bad ? RULED_ACTIVE : wrong.code == EXIT_USAGE ? RULED_BAD :
	    RULED_IGNORED;
	at->name = strdup(name);
	at->file = file_name(p, name);
	at->lines = malloc(lines.len + 1);
	at->problem = bad ? strdup(wrong.line) : NULL;
	if (at->lines && lines.at)
		memcpy(at->lines, bad ? "" : lines.at, bad ? 1 : lines.len);
	if (bad && wrong.code == EXIT_SYSTEM) { /* nobody knows */
		buf_free(&lines);
		*f = wrong;
		return -1;
	}
	bad = !at->name || !at->file || !at->lines || lines.failed ||
	    (bad && !at->problem);
	buf_free(&lines);
	return bad ? memory_fault(f) : 0;
}

/* All of one place. */
static int
place_add(struct ruleds *rs, enum rule_place p, struct fault *f)
{
	char path[PATH_MAX];
	struct fault why = { 0, "" };
	struct dirent *e;
	int err, folder, r = 0;
	DIR *dir;

	dir = place_path(p, path) == 0 ? opendir(path) : NULL;
	if (!dir) /* not there, or doctor tells */
		return fault_of_path(errno) ? 0 : fault_errno(f, EXIT_SYSTEM,
		    errno, "cannot list the rules", NULL);
	folder = place_open(p, false, &why);
	while (r == 0 && (e = io_entry(dir))) {
		if (rule_named(e->d_name))
			r = ruled_add(rs, p, folder, e->d_name, &why, f);
	}
	err = r == 0 ? errno : 0;
	closedir(dir);
	if (err)
		r = fault_errno(f, EXIT_SYSTEM, err, "cannot read ", path,
		    NULL);
	io_close(&folder);
	return r;
}

static int
by_name(const void *a, const void *b)
{
	const struct ruled *x = a, *y = b;
	int r = strcmp(x->name, y->name);

	if (!r && x->desktop != y->desktop)
		return x->desktop - y->desktop;
	return r ? r : (int)x->place - (int)y->place;
}

int
ruleds_find(struct ruleds *rs, struct fault *f)
{
	struct ruled *at;

	rs->at = NULL;
	rs->n = 0;
	for (enum rule_place p = PLACE_USER; p < PLACES; p++) {
		if (place_add(rs, p, f) < 0) {
			ruleds_free(rs);
			return -1;
		}
	}
	if (desktop_list(rs, f) < 0) {
		ruleds_free(rs);
		return -1;
	}
	if (rs->n)
		qsort(rs->at, rs->n, sizeof(*rs->at), by_name);
	for (size_t i = 1; i < rs->n; i++) {
		at = &rs->at[i];
		if (!at->desktop && !at[-1].desktop &&
		    !strcmp(at->name, at[-1].name) &&
		    at[-1].state != RULED_IGNORED && at->state == RULED_ACTIVE)
			at->state = RULED_SHADOWED;
	}
	return 0;
}

void
ruleds_free(struct ruleds *rs)
{
	for (size_t i = 0; i < rs->n; i++) {
		free(rs->at[i].name);
		free(rs->at[i].file);
		free(rs->at[i].lines);
		free(rs->at[i].problem);
	}
	free(rs->at);
	rs->at = NULL;
	rs->n = 0;
}

/* Bytes that are not printable, or no UTF-8, escaped.  To be freed. */
static char *
shown(const char *s)
{
	size_t cap = 4 * strlen(s) + 1;
	char *buf = malloc(cap);
	struct text t;

	if (!buf)
		return NULL;
	text_init(&t, buf, cap);
	text_show(&t, s, strlen(s));
	return buf;
}

enum { CELLS = 3 };

static const char *
cell_text(const struct ruled *at, int cell)
{
	static const char *const titles[CELLS] = { "NAME", "STATE", "FILE" };

	if (!at)
		return titles[cell];
	return cell == 0 ? at->name : cell == 1 ? states[at->state] : at->file;
}

/* A row of the table, or without at the titles; width: of its cells. */
static void
row_print(const struct ruled *at, const size_t *width)
{
	char *cell;

	for (int i = 0; i < CELLS; i++) {
		cell = shown(cell_text(at, i));
		printf("%-*s  ", (int)width[i], cell ? cell : "?");
		free(cell);
	}
	if (!at)
		fputs("OPTIONS", stdout);
	else if (at->problem || !*at->lines)
		fputs(at->problem ? at->problem : "-", stdout);
	else
		for (const char *s = at->lines; *s; s += strlen(s) + 1) {
			cell = shown(s);
			printf("%s%s", s == at->lines ? "" : " ",
			    cell ? cell : "?");
			free(cell);
		}
	putchar('\n');
}

static void
table_print(const struct ruleds *rs)
{
	size_t width[CELLS] = { 0 };
	char *cell;

	for (int i = 0; i < CELLS; i++) {
		width[i] = strlen(cell_text(NULL, i));
		for (size_t k = 0; k < rs->n; k++) {
			cell = shown(cell_text(&rs->at[k], i));
			if (cell && strlen(cell) > width[i])
				width[i] = strlen(cell);
			free(cell);
		}
	}
	row_print(NULL, width);
	for (size_t k = 0; k < rs->n; k++)
		row_print(&rs->at[k], width);
}

static json_t *
json_ruled(const struct ruled *at)
{
	json_t *lines = json_array();

	for (const char *s = at->lines; *s; s += strlen(s) + 1)
		json_array_append_new(lines, json_shown(s));
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
	int r = array ? 0 : -1;

	for (size_t i = 0; r == 0 && i < rs->n; i++)
		r = json_array_append_new(array, json_ruled(&rs->at[i]));
	if (r < 0)
		memory_fault(f);
	else if (json_dumpf(array, stdout, JSON_INDENT(2)) == 0)
		putchar('\n');
	json_decref(array);
	return r;
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
	if (c->json)
		r = rules_json(&rs, f);
	else if (rs.n)
		table_print(&rs);
	ruleds_free(&rs);
	return r < 0 ? r : wrong;
}
