/*
 * tools_list.c: the records that a store has, for people and for scripts.
 *
 * What a record says is what some host has claimed: it is shown so that a
 * terminal takes no harm.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/clock.h"
#include "cli/cluster/name.h"
#include "cli/cluster/tools.h"
#include "cli/table.h"
#include "cli/text.h"
#include "preload/contract.h"

enum { LIST_MS = 10000, NOT_MEANT = 3 };

int
tool_fault(enum engine_result r, struct fault *f)
{
	f->code = r == ENGINE_DENIED ? EXIT_DENIED : EXIT_NOANSWER;
	return -1;
}

static void
record_add(void *arg, const struct engine_found *found)
{
	struct tool_records *all = arg;
	struct tool_record *more;

	more = realloc(all->at, (all->n + 1) * sizeof(*more));
	if (!more) {
		all->failed = true;
		return;
	}
	all->at = more;
	more[all->n].found = *found;
	record_parse(found->value, &more[all->n++].r);
}

/* Its application is named as it was launched, or as list shows it. */
static bool
is_named(const struct tool *t, const struct record *r)
{
	struct record as;

	record_label(&as, t->operands[0], NULL, 0);
	return !strcmp(as.app, r->app) || !strcmp(t->operands[0], r->app);
}

/* Or by its file's name. */
static bool
is_meant(const struct tool *t, const struct record *r)
{
	const char *base = strrchr(r->app, '/');
	struct record as;

	if (!t->n)
		return true;
	record_label(&as, t->operands[0],
	    (const char *const *)t->operands + 1, t->n - 1);
	return (is_named(t, r) || (base &&
	    !strcmp(t->operands[0], base + 1))) &&
	    (t->n < 2 || !strcmp(as.key, r->key));
}

int
tool_find(const struct tool *t, struct tool_records *all, struct fault *f)
{
	long long until = clock_boot() + LIST_MS;
	char prefix[ENGINE_KEY];
	enum engine_result r;
	struct engine *e;
	struct record me;
	size_t kept = 0;

	memset(all, 0, sizeof(*all));
	record_ours(&me);
	name_prefix(prefix, me.user);
	r = t->calls->open(&e, t->url, "list", f);
	if (r != ENGINE_OK) {
		f->code = EXIT_USAGE;
		return -1;
	}
	r = t->calls->list(e, prefix, until, record_add, all, f);
	t->calls->close(e);
	if (r != ENGINE_OK)
		return tool_fault(r, f);
	if (all->failed)
		return fault_set(f, EXIT_SYSTEM, "too many instances", NULL);
	for (size_t i = 0; i < all->n; i++) {
		if (is_meant(t, &all->at[i].r))
			all->at[kept++] = all->at[i];
	}
	all->n = kept;
	return 0;
}

/* Records say as much of a name as there is room for; the key is all of it. */
static bool
is_exactly(const struct tool *t, const struct tool_record *one,
    const char *user, const char *app)
{
	char key[ENGINE_KEY];

	name_key(key, user, app, (const char *const *)t->operands + 1,
	    t->n - 1);
	return !strcmp(key, one->found.key);
}

/* A file's name that several have means none of them; but one that is called
 * just so comes before them. */
static bool
apps_tell(const struct tool *t, struct tool_records *all, struct fault *f)
{
	size_t kept = 0;

	for (size_t i = 0; i < all->n; i++) {
		if (is_named(t, &all->at[i].r))
			all->at[kept++] = all->at[i];
	}
	if (kept) {
		all->n = kept;
		return true;
	}
	for (size_t i = 1; i < all->n; i++) {
		if (strcmp(all->at[i].r.app, all->at[0].r.app)) {
			fault_set(f, EXIT_USAGE, "'", t->operands[0], "' fits"
			    " several applications: ", all->at[0].r.app, ", ",
			    all->at[i].r.app, NULL);
			return false;
		}
	}
	return true;
}

/* Of several, which is meant: the one that has just this key, which none else
 * has; without a key, the one without.  The lower the better; NOT_MEANT. */
static int
rank(const struct tool *t, const struct tool_record *r, const char *user)
{
	if (is_exactly(t, r, user, *t->operands))
		return 0;
	if (is_exactly(t, r, user, r->r.app))
		return 1;
	return t->n == 1 && !*r->r.key ? 2 : NOT_MEANT;
}

int
tool_one(const struct tool *t, struct tool_record *one, struct fault *f)
{
	struct tool_records all;
	struct record me;
	size_t single;
	int best = NOT_MEANT, is;

	if (tool_find(t, &all, f) < 0)
		return -1;
	if (!apps_tell(t, &all, f)) {
		free(all.at);
		return -1;
	}
	single = all.n;
	record_ours(&me);
	for (size_t i = 0; i < all.n; i++) {
		is = rank(t, &all.at[i], me.user);
		if (is >= best)
			continue;
		best = is;
		all.at[0] = all.at[i];
		single = 1;
	}
	if (single)
		*one = all.at[0];
	free(all.at);
	if (single > 1)
		return fault_set(f, EXIT_USAGE, t->operands[0], " has several"
		    " instances in the cluster: say which key; see onlyonectl"
		    " list --cluster", NULL);
	return single == 1;
}

static const char *
when(long long ms, char *buf)
{
	time_t at = (time_t)(ms / 1000);
	struct tm tm;

	if (ms <= 0 || !localtime_r(&at, &tm) ||
	    !strftime(buf, TABLE_CELL, "%F %T", &tm))
		strcpy(buf, "?");
	return buf;
}

enum { APP, KEY, HOST, USER, PID, SINCE, TOKEN, STATE, COMMAND,
	COLUMNS };

static const char *
record_text(const struct tool_record *r, int col, char *buf)
{
	const char *const words[] = { [APP] = r->r.app, [KEY] = r->r.key,
		[HOST] = r->r.host, [USER] = r->r.user,
		[COMMAND] = r->r.name };
	struct text t;

	text_init(&t, buf, TABLE_CELL);
	switch (col) {
	case PID:
		text_num(&t, r->r.pid);
		break;
	case SINCE:
		return when(r->r.since, buf);
	case TOKEN:
		text_num(&t, r->found.token);
		break;
	case STATE:
		text_add(&t, r->r.done ? "done" : "running");
		if (r->r.done && r->r.exit >= 0) {
			text_add(&t, ", exit ");
			text_num(&t, r->r.exit);
		}
		break;
	default:
		text_show(&t, words[col], strlen(words[col]));
		break;
	}
	return *buf ? buf : "-";
}

static const char *
row_text(const void *rows, size_t row, int col, char *buf)
{
	const struct tool_record *at = rows;

	return record_text(&at[row], col, buf);
}

static json_t *
object_make(const struct tool *t, const struct tool_record *r)
{
	json_t *j = json_pack("{s:s, s:s, s:s, s:s, s:i, s:I, s:I, s:s, s:s,"
	    " s:s, s:b, s:s}", "app", r->r.app, "key", r->r.key, "host",
	    r->r.host, "user", r->r.user, "pid", r->r.pid, "since",
	    (json_int_t)r->r.since, "token", (json_int_t)r->found.token,
	    "state", r->r.done ? "done" : "running", "command", r->r.name,
	    "stored", r->found.key, "letters", r->r.mail, "engine",
	    t->calls->name);

	if (j && r->r.done) {
		json_object_set_new(j, "ended", json_integer(r->r.ended));
		json_object_set_new(j, "exit", r->r.exit < 0 ? json_null() :
		    json_integer(r->r.exit));
	}
	return j;
}

int
tool_list(const struct tool *t, struct fault *f)
{
	static const char *const titles[COLUMNS] = { "APP", "KEY", "HOST",
		"USER", "PID", "SINCE", "TOKEN", "STATE", "COMMAND" };
	struct tool_records all;
	json_t *array;

	if (tool_find(t, &all, f) < 0)
		return -1;
	if (t->json) {
		array = json_array();
		for (size_t i = 0; i < all.n; i++)
			json_array_append_new(array, object_make(t,
			    &all.at[i]));
		json_dumpf(array, stdout, JSON_INDENT(4));
		putchar('\n');
		json_decref(array);
	} else if (all.n) {
		table_print(&(struct table_columns){ .titles = titles,
			.n = COLUMNS, .names = PID, .rows = all.at,
			.text = row_text }, all.n);
	}
	free(all.at);
	return 0;
}

int
tool_status(const struct tool *t, struct fault *f)
{
	struct tool_record one;
	char text[COLUMNS][TABLE_CELL];
	const char *is[COLUMNS];
	json_t *j;
	int r = tool_one(t, &one, f);

	if (r < 0)
		return -1;
	if (!r) {
		printf("%s has no instance in the cluster\n", t->operands[0]);
		return EXIT_NONE;
	}
	if (t->json) {
		j = object_make(t, &one);
		json_dumpf(j, stdout, JSON_INDENT(4));
		putchar('\n');
		json_decref(j);
	} else {
		for (int col = 0; col < COLUMNS; col++)
			is[col] = record_text(&one, col, text[col]);
		printf("%s: %s on %s, %s, pid %s (%s), since %s, token %s"
		    " (%s)\n", is[APP], is[STATE], is[HOST], is[USER],
		    is[PID], is[COMMAND], is[SINCE], is[TOKEN],
		    t->calls->name);
	}
	return one.r.done ? EXIT_NONE : 0;
}
