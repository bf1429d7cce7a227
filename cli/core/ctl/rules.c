/*
 * rules.c: onlyonectl rules: what is enabled, by which file, and any problems.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/io.h"
#include "cli/base/json_print.h"
#include "cli/core/ctl/columns.h"
#include "cli/core/ctl/ctl.h"
#include "cli/core/ctl/json.h"
#include "cli/core/ctl/rules.h"
#include "cli/core/rule/folders.h"
#include "cli/core/rule/link.h"
#include "cli/core/rule/menu.h"
#include "cli/core/rule/overrides.h"
#include "cli/core/rule/rule.h"

/*
 * The list of all rules, and of the overrides of desktop entries.
 */

/* The problem with an override, a constant or in line (cap bytes); NULL:
 * none. */
static const char *
problem_of(const struct menu_entry *o, enum override_state state, char *line,
    size_t cap)
{
	switch (state) {
	case OVERRIDE_BAD:
		return "it does not lead through onlyone any more";
	case OVERRIDE_LOST:
		snprintf(line, cap, "%s is not there: %s",
		    o->runs.x.word[o->runs.at], o->kind == MENU_AUTOSTART ? "nothing is started at login" :
		    "the installed entry is started in its place");
		return line;
	case OVERRIDE_ALONE:
		snprintf(line, cap, "%s is not there any more", o->source);
		return line;
	default:
		return NULL;
	}
}

/* The override's options as the verb rules shows them; none, and *problem, if
 * they cannot be read.  0; -1: ENOMEM. */
static int
lines_make(struct buf *lines, const struct menu_entry *o, const char **problem)
{
	static struct rule r;
	struct fault ignored;
	char *options = menu_value(o, "X-Onlyone-Options");

	memset(&r, 0, sizeof(r));
	strcpy(r.file, "options");
	if (options && buf_string(&r.text, options) == 0) {
		r.text.len--;
		if (rule_parse(&r, lines, &ignored) < 0) {
			lines->len = 0;
			*problem = "its options cannot be read";
		}
	}
	rule_free(&r);
	free(options);
	return options ? buf_add(lines, "", 1) : -1;
}

/* Append an entry, all zero.  NULL: ENOMEM. */
static struct ruled *
ruled_new(struct ruleds *rs)
{
	struct ruled *more = realloc(rs->at, (rs->n + 1) * sizeof(*more));

	if (!more)
		return NULL;
	rs->at = more;
	return memset(&rs->at[rs->n++], 0, sizeof(*more));
}

static int
listed_add(struct ruleds *rs, const struct menu_entry *o)
{
	enum override_state state = override_state(o);
	struct ruled *at = ruled_new(rs);
	char line[PATH_MAX + 128];
	const char *problem = problem_of(o, state, line, sizeof(line));
	int made;

	if (!at)
		return -1;
	at->desktop = true;
	at->autostart = o->kind == MENU_AUTOSTART;
	at->alone = state == OVERRIDE_ALONE;
	at->name = strdup(o->id);
	at->file = strdup(o->file);
	/* A menu may have an entry with the same id. */
	at->asked = strdup(at->autostart ? o->source : o->id);
	made = lines_make(&at->lines, o, &problem);
	at->problem = problem ? strdup(problem) : NULL;
	at->state = state == OVERRIDE_BAD ? RULED_BAD :
	    state == OVERRIDE_LOST ? RULED_IGNORED : RULED_ACTIVE;
	return at->name && at->file && at->asked &&
	    (at->problem || !problem) ? made : -1;
}

static int
list_fault(struct fault *f)
{
	return fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot list the rules",
	    NULL);
}

/* Add all overrides to a list of rules. */
static int
desktop_list(struct ruleds *rs, struct fault *f)
{
	struct menu m = { .ours = true };
	int r = 0;

	if (menu_scan(&m, f) < 0)
		return -1;
	for (size_t i = 0; r == 0 && i < m.n; i++)
		r = listed_add(rs, &m.at[i]);
	menu_free(&m);
	return r == 0 ? 0 : list_fault(f);
}

/* The file of a rule, to be freed. */
static char *
rule_path(enum rule_place p, const char *name)
{
	char path[PATH_MAX], *file;

	return place_path(p, path) == 0 &&
	    asprintf(&file, "%s/%s", path, name) >= 0 ? file : NULL;
}

/* Append a rule. folder -1: its folder is not trusted, for the reason in
 * why. */
static int
ruled_add(struct ruleds *rs, enum rule_place p, int folder, const char *name,
    const struct fault *why, struct fault *f)
{
	struct ruled *at = ruled_new(rs);
	struct fault wrong = *why;
	struct rule r;
	int bad = -1;

	if (!at)
		return list_fault(f);
	if (folder >= 0) {
		bad = rule_load(p, folder, name, &r, &at->lines, &wrong);
		rule_free(&r);
	}
	if (bad)
		at->lines.len = 0;
	buf_add(&at->lines, "", 1);
	at->place = p;
	at->state = !bad ? RULED_ACTIVE : wrong.code == EXIT_USAGE ? RULED_BAD :
	    RULED_IGNORED;
	at->name = strdup(name);
	at->file = rule_path(p, name);
	at->problem = bad ? strdup(wrong.line) : NULL;
	if (bad && wrong.code == EXIT_SYSTEM) { /* not the rule's fault: its
	                                         * state is unknown */
		*f = wrong;
		return -1;
	}
	return !at->name || !at->file || at->lines.failed ||
	    (bad && !at->problem) ? list_fault(f) : 0;
}

/* Append all rules of one place. */
static int
place_add(struct ruleds *rs, enum rule_place p, struct fault *f)
{
	char path[PATH_MAX];
	struct fault why = { 0 };
	struct dirent *e;
	int err, folder, r = 0;
	DIR *dir = place_path(p, path) == 0 ? opendir(path) : NULL;

	if (!dir) /* not there, or doctor reports it */
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
	if (!r && x->autostart != y->autostart)
		return x->autostart - y->autostart;
	return r ? r : (int)x->place - (int)y->place;
}

void
ruleds_free(struct ruleds *rs)
{
	for (size_t i = 0; i < rs->n; i++) {
		free(rs->at[i].name);
		free(rs->at[i].file);
		free(rs->at[i].asked);
		buf_free(&rs->at[i].lines);
		free(rs->at[i].problem);
	}
	free(rs->at);
	rs->at = NULL;
	rs->n = 0;
}

int
ruleds_find(struct ruleds *rs, struct fault *f)
{
	struct ruled *at;
	int r = 0;

	rs->at = NULL;
	rs->n = 0;
	for (enum rule_place p = PLACE_USER; r == 0 && p < PLACES; p++)
		r = place_add(rs, p, f);
	if (r < 0 || desktop_list(rs, f) < 0) {
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

static const char *const states[] = { "active", "shadowed", "bad", "ignored" };

static json_t *
options_json(const void *thing)
{
	const struct ruled *at = thing;
	json_t *lines = json_array();

	for (const char *s = at->lines.at; *s; s += strlen(s) + 1)
		json_add(&lines, json_shown(s));
	return lines;
}

COLUMN_JSON(struct ruled, name, json_shown(it->name))
COLUMN_JSON(struct ruled, from, json_string(it->autostart ? "autostart" :
    it->desktop ? "desktop" : place_name(it->place)))
COLUMN_JSON(struct ruled, state, json_string(states[it->state]))
COLUMN_JSON(struct ruled, file, json_shown(it->file))
COLUMN_JSON(struct ruled, problem,
    it->problem ? json_shown(it->problem) : json_null())
COLUMN_JSON(struct ruled, link, json_boolean(it->place == PLACE_USER &&
    !it->desktop && link_there(it->name)))

COLUMN_TEXT(struct ruled, name, text_show(t, it->name, strlen(it->name)))
COLUMN_TEXT(struct ruled, state, text_add(t, states[it->state]))
COLUMN_TEXT(struct ruled, file, text_show(t, it->file, strlen(it->file)))

/* A problem replaces the options. */
static void
options_text(const void *thing, struct text *t)
{
	const struct ruled *at = thing;

	if (at->problem) {
		text_show(t, at->problem, strlen(at->problem));
		return;
	}
	if (!*at->lines.at)
		text_add(t, "-");
	for (const char *s = at->lines.at; *s; s += strlen(s) + 1) {
		text_add(t, s == at->lines.at ? "" : " ");
		text_quoted(t, s);
	}
}

static const struct column columns[] = {
	{ "name", name_json, "NAME", name_text, NULL },
	{ "from", from_json, NULL, NULL, NULL },
	{ "state", state_json, "STATE", state_text, NULL },
	{ "file", file_json, "FILE", file_text, NULL },
	{ "options", options_json, "OPTIONS", options_text, NULL },
	{ "problem", problem_json, NULL, NULL, NULL },
	{ "link", link_json, NULL, NULL, NULL },
	{ 0 },
};

int
ctl_rules(struct ctl *c, struct fault *f)
{
	struct ruleds rs;
	struct things things;
	int r = 0, wrong = 0;

	if (ruleds_find(&rs, f) < 0)
		return -1;
	for (size_t i = 0; i < rs.n; i++)
		wrong |= rs.at[i].problem != NULL;
	things = (struct things){ rs.at, sizeof(*rs.at), rs.n };
	if (c->o.json)
		r = columns_json(columns, &things, f);
	else if (rs.n)
		columns_table(columns, 0, &things);
	ruleds_free(&rs);
	return r < 0 ? r : wrong;
}
