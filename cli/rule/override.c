/*
 * override.c: the text of an override.
 *
 * onlyone is put in front of the program, and env before onlyone, so that the
 * application and its documents are what they are on a command line.  Where
 * only the whole command line would tell the application, the entry's id does;
 * where a terminal has the program by another path, that does.
 */
#include <errno.h>
#include <sha2.h>
#include <stdio.h>
#include <string.h>

#include "cli/rule/desktop.h"
#include "cli/rule/menu.h"
#include "cli/rule/override.h"
#include "cli/rule/runs.h"
#include "preload/contract.h"

static void
add(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

/* "KEY=VALUE", with the end of the line that the head of the group has. */
static void
key_put(struct buf *b, const struct desktop_line *head, const char *key,
    const char *value)
{
	add(b, key);
	add(b, "=");
	desktop_escape(b, value);
	buf_add(b, head->stop, (size_t)(head->end - head->stop));
}

static bool
has(const struct menu_entry *e, const char *key)
{
	char storage[256];
	struct buf b;
	bool r;

	buf_init(&b, storage, sizeof(storage));
	r = desktop_get(e->text, e->len, key, &b) == 0;
	buf_free(&b);
	return r;
}

/* The program, for disable: where Exec runs another one, that of TryExec. */
static void
program_put(struct buf *b, const struct desktop_line *head,
    const struct menu_entry *e, const struct menu_runs *runs)
{
	const char *program = runs->path;
	struct buf try;

	buf_init(&try, NULL, 0);
	if (runs->whole)
		program = desktop_get(e->text, e->len, "TryExec", &try) == 0 ?
		    try.at : "";
	key_put(b, head, "X-Onlyone-Program", program);
	buf_free(&try);
}

/* What is ours, behind the head of the main group. */
static void
marks_put(struct buf *b, const struct desktop_line *l,
    const struct menu_entry *e, const struct override_how *how,
    const struct menu_runs *runs)
{
	char hex[SHA256_DIGEST_STRING_LENGTH];

	SHA256Data((const uint8_t *)e->text, e->len, hex);
	key_put(b, l, MENU_MARK, "true");
	key_put(b, l, "X-Onlyone-Source", e->file);
	key_put(b, l, "X-Onlyone-Digest", hex);
	program_put(b, l, e, runs);
	if (*how->rule)
		key_put(b, l, "X-Onlyone-Options", how->rule);
	key_put(b, l, "DBusActivatable", "false");
	if (!has(e, "X-GNOME-SingleWindow"))
		key_put(b, l, "X-GNOME-SingleWindow", "true");
	/* That the program is not there was seen by the Exec, and is not any
	 * more; that onlyone is not, is still, but behind env. */
	if (runs->behind)
		key_put(b, l, "TryExec", how->self);
	else if (!has(e, "TryExec"))
		key_put(b, l, "TryExec", runs->word);
}

/* A key that head_put has put in another's place. */
static bool
replaced(const struct desktop_line *l, const struct menu_runs *runs)
{
	return l->group == DESKTOP_MAIN && l->key &&
	    (desktop_is(l, "DBusActivatable") ||
	    (runs->behind && desktop_is(l, "TryExec")) ||
	    (l->nkey > 10 && !memcmp(l->key, "X-Onlyone-", 10)));
}

/* Append --app, if what runs is not called so by itself. */
static void
app_put(struct buf *b, const struct menu_entry *e,
    const struct override_how *how, const struct menu_runs *entry,
    const struct menu_runs *runs)
{
	char app[PATH_MAX + 8];

	if (runs->whole)
		snprintf(app, sizeof(app), "--app=%.*s",
		    (int)(strlen(e->id) - strlen(".desktop")), e->id);
	else if (how->app && !strcmp(runs->path, entry->path) &&
	    strcmp(runs->path, how->app) != 0)
		snprintf(app, sizeof(app), "--app=%s", how->app);
	else
		return;
	add(b, " ");
	exec_quote(b, app);
}

static int
exec_put(struct buf *b, const struct desktop_line *l, unsigned int line,
    const struct menu_entry *e, const struct override_how *how,
    const struct menu_runs *entry, struct fault *f)
{
	struct menu_runs runs;

	if (menu_exec(e, line, l->value, l->stop, &runs, f) < 0)
		return -1;
	if (runs.whole && how->per_document)
		return fault_set(f, EXIT_USAGE, "-d: which arguments of ",
		    runs.word, " in ", e->file, " are documents? It runs"
		    " another command", NULL);
	if (runs.onlyone) {
		buf_add(b, l->at, (size_t)(l->end - l->at));
		return 0;
	}
	buf_add(b, l->at, (size_t)(l->value - l->at) + runs.at);
	exec_quote(b, how->self);
	for (size_t i = 0; i < how->noptions; i++) {
		add(b, " ");
		exec_quote(b, how->options[i]);
	}
	if (!how->app_given)
		app_put(b, e, how, entry, &runs);
	add(b, " -- ");
	buf_add(b, l->value + runs.at, (size_t)(l->end - l->value) - runs.at);
	return 0;
}

int
override_make(struct buf *b, const struct menu_entry *e,
    const struct override_how *how, struct fault *f)
{
	struct menu_runs runs;
	struct desktop_line l;
	struct desktop d;
	bool begun = false;

	if (menu_runs(e, &runs, f) < 0)
		return -1;
	if (runs.onlyone)
		return fault_set(f, EXIT_USAGE, e->file, " runs ", runs.word,
		    " already", NULL);
	desktop_init(&d, e->text, e->len);
	while (desktop_next(&d, &l) == 1) {
		if (replaced(&l, &runs))
			continue;
		if (desktop_is(&l, "Exec") && (l.group == DESKTOP_MAIN ||
		    l.group == DESKTOP_ACTION)) {
			if (exec_put(b, &l, d.line, e, how, &runs, f) < 0)
				return -1;
			continue;
		}
		buf_add(b, l.at, (size_t)(l.end - l.at));
		if (l.head && l.group == DESKTOP_MAIN && !begun) {
			marks_put(b, &l, e, how, &runs);
			begun = true;
		}
	}
	return b->failed ? fault_errno(f, EXIT_SYSTEM, ENOMEM, e->file, NULL) :
	    0;
}
