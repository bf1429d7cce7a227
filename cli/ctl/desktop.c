/*
 * desktop.c: enable and disable --desktop: which entries are meant.
 *
 * An id means that entry; a program all entries that run it, by its name, then
 * by the file it leads to, then by TryExec.  Entries of different programs are
 * never taken together.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "cli/ctl/desktop.h"
#include "cli/ctl/desktop_cache.h"
#include "cli/ctl/desktop_same.h"
#include "cli/ctl/find.h"
#include "cli/launch/identity.h"
#include "cli/rule/desktop.h"
#include "cli/rule/link.h"
#include "cli/rule/menu.h"
#include "cli/rule/override.h"
#include "cli/rule/overrides.h"
#include "cli/rule/parse.h"
#include "cli/rule/runs.h"
#include "cli/say.h"
#include "cli/text.h"
#include "preload/contract.h"

enum how { BY_ID, BY_NAME, BY_FILE, BY_TRY, HOWS };

/* FOO and FOO.desktop are one id. */
static bool
is_id(const char *app, const char *id)
{
	size_t n = strlen(app);

	return !strncmp(app, id, n) && (!id[n] || !strcmp(id + n, ".desktop"));
}

/* Whether a program is the one that is asked for; file: by what it leads to. */
static bool
names_program(const char *app, const char *path, bool file)
{
	char asked[PATH_MAX];
	struct fault f;

	if (!*path)
		return false;
	if (!file && !strchr(app, '/'))
		return !strcmp(app, basename(path));
	if (strchr(app, '/')) {
		if (identity_path(app, asked) < 0)
			return false;
	} else if (find_path(app, asked, &f) < 0) {
		return false;
	}
	return file ? same_program(asked, path) : !strcmp(asked, path);
}

static bool
tries(const struct menu_entry *e, const char *app)
{
	char storage[PATH_MAX];
	struct buf b;
	bool r;

	buf_init(&b, storage, sizeof(storage));
	r = desktop_get(e->text, e->len, "TryExec", &b) == 0 &&
	    !strcmp(basename(b.at), basename(app));
	buf_free(&b);
	return r;
}

static bool
entry_fits(const struct menu_entry *e, const char *app, enum how how,
    struct menu_runs *runs)
{
	struct fault ignored;

	if (how == BY_ID)
		return is_id(app, e->id) || !strcmp(app, e->file);
	if (menu_runs(e, runs, &ignored) < 0 || runs->onlyone)
		return false;
	if (how == BY_TRY)
		return tries(e, app);
	return !runs->whole &&
	    (names_program(app, runs->path, how == BY_FILE) ||
	    names_program(app, runs->word, how == BY_FILE));
}

/* The line with the ids to choose from. */
static int
several_fault(const char *app, const struct buf *ids, struct fault *f)
{
	return fault_set(f, EXIT_USAGE, "'", app, "' may be one of several;"
	    " give the id of the desktop entry:", ids->failed ? "" : ids->at,
	    NULL);
}

static void
id_add(struct buf *ids, const char *id)
{
	ids->len -= ids->len > 0; /* the NUL */
	buf_add(ids, " ", 1);
	buf_string(ids, id);
}

/* Others that run the same program, by whatever name. */
static void
entries_same(struct menu *m, const char *path)
{
	struct menu_runs runs;
	struct fault ignored;

	for (size_t i = 0; i < m->n; i++) {
		struct menu_entry *e = &m->at[i];

		e->chosen = e->chosen || (menu_runs(e, &runs, &ignored) == 0 &&
		    !runs.onlyone && !runs.whole &&
		    same_program(path, runs.path));
	}
}

/* Choose those that are meant. */
static int
entries_choose(struct menu *m, const char *app, struct fault *f)
{
	char first[PATH_MAX + 1] = "";
	struct menu_runs runs;
	bool differ = false;
	size_t n = 0;
	struct buf ids;
	int r;

	buf_init(&ids, NULL, 0);
	for (enum how how = BY_ID; how < HOWS && !n; how++) {
		for (size_t i = 0; i < m->n; i++) {
			struct menu_entry *e = &m->at[i];

			if (!entry_fits(e, app, how, &runs))
				continue;
			e->chosen = true;
			id_add(&ids, e->id);
			if (how == BY_ID) {
				n++;
				continue;
			}
			if (!n++)
				strcpy(first, runs.path);
			differ = differ || !same_program(first, runs.path);
		}
		if (n && (how == BY_NAME || how == BY_FILE))
			entries_same(m, first);
	}
	r = differ ? several_fault(app, &ids, f) : n ? 0 :
	    fault_set(f, EXIT_NONE, "no desktop entry is called '", app,
	    "' or runs it; ls /usr/share/applications shows their ids",
	    NULL);
	buf_free(&ids);
	return r;
}

/* Of several, the user's own ones stay as they are. */
static void
own_leave(struct menu *m)
{
	size_t others = 0;

	for (size_t i = 0; i < m->n; i++)
		others += m->at[i].chosen && !m->at[i].own;
	for (size_t i = 0; others && i < m->n; i++) {
		if (!m->at[i].chosen || !m->at[i].own)
			continue;
		m->at[i].chosen = false;
		say_note(m->at[i].file, " is your own, and stays as it is",
		    NULL);
	}
}

/* The path of onlyone that may be written down. */
static int
launcher_find(char *path, struct fault *f)
{
	if (link_target(path) < 0)
		return fault_errno(f, EXIT_SYSTEM, errno, "/proc/self/exe",
		    NULL);
	/* A copy may have but the other name. */
	strcpy(strrchr(path, '/') + 1, "onlyone");
	if (access(path, X_OK) < 0)
		return fault_errno(f, EXIT_SYSTEM, errno, path, NULL);
	/* GLib looks for it before it resolves %%. */
	if (strchr(path, '%'))
		return fault_set(f, EXIT_SYSTEM, path, ": a desktop entry"
		    " cannot name a path with %; install it elsewhere", NULL);
	return 0;
}

/* A desktop entry is UTF-8. */
static int
options_check(char *const option[], struct fault *f)
{
	json_t *text;

	for (; *option; option++) {
		text = json_string(*option);
		json_decref(text);
		if (!text)
			return fault_set(f, EXIT_USAGE, "'", *option, "' is not"
			    " UTF-8, so it cannot stand in a desktop entry",
			    NULL);
	}
	return 0;
}

/* All are made before any is written. */
static int
entries_write(struct menu *m, const struct override_how *how, bool *mime,
    struct buf *ids, struct fault *f)
{
	struct buf *b = calloc(m->n, sizeof(*b));
	char storage[16];
	struct buf type;
	int r = 0;

	if (!b)
		return fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot enable",
		    NULL);
	for (size_t i = 0; r == 0 && i < m->n; i++) {
		if (!m->at[i].chosen)
			continue;
		r = override_room(m->at[i].id, f);
		if (r == 0 && m->at[i].own) /* in a folder below */
			r = fault_set(f, EXIT_DENIED, m->at[i].file, " is your"
			    " own; put onlyone in front of its Exec", NULL);
		if (r == 0)
			r = override_make(&b[i], &m->at[i], how, f);
	}
	for (size_t i = 0; r == 0 && i < m->n; i++) {
		if (!m->at[i].chosen)
			continue;
		r = override_write(m->at[i].id, &b[i], f);
		buf_init(&type, storage, sizeof(storage));
		if (desktop_get(m->at[i].text, m->at[i].len, "MimeType",
		    &type) == 0)
			*mime = true;
		buf_free(&type);
		id_add(ids, m->at[i].id);
	}
	for (size_t i = 0; i < m->n; i++)
		buf_free(&b[i]);
	free(b);
	return r;
}

/* What a terminal calls the program of those that are chosen, in app; what it
 * has under yet other names is said.  It is left alone where nobody knows what
 * they run. */
static void
name_share(const char *asked, const struct menu *m, char *app)
{
	struct menu_runs runs;
	struct fault ignored;
	struct buf others;
	size_t i = 0;

	while (i < m->n && !m->at[i].chosen)
		i++;
	if (i == m->n || menu_runs(&m->at[i], &runs, &ignored) < 0 ||
	    runs.whole)
		return;
	same_app(asked, runs.path, app);
	buf_init(&others, NULL, 0);
	same_others(runs.path, app, &others);
	if (others.len && !others.failed)
		say_note("started by another name it is another application,"
		    " unless that launch has --app=", app, ":", others.at,
		    NULL);
	buf_free(&others);
}

int
desktop_enable(struct ctl *c, struct fault *f)
{
	char self[PATH_MAX], app[PATH_MAX] = "";
	struct override_how how = { .self = self, .options = c->operands + 1,
		.noptions = c->noperands - 1 };
	struct menu m = { 0 };
	struct options o;
	struct buf rule, ids;
	bool mime = false;
	int r = -1;

	buf_init(&rule, NULL, 0);
	buf_init(&ids, NULL, 0);
	if (!**c->operands) {
		fault_set(f, EXIT_USAGE, "--desktop: which application?", NULL);
		goto out;
	}
	if (rule_options(&rule, &o, c->operands, (int)c->noperands - 1,
	    f) < 0 || options_check(c->operands + 1, f) < 0 ||
	    launcher_find(self, f) < 0 || menu_scan(&m, f) < 0 ||
	    entries_choose(&m, *c->operands, f) < 0)
		goto out;
	if (buf_add(&rule, "", 1) < 0) {
		fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot enable", NULL);
		goto out;
	}
	own_leave(&m);
	how.rule = rule.at;
	how.app_given = o.app;
	if (!o.app)
		name_share(*c->operands, &m, app);
	how.app = *app ? app : NULL;
	how.per_document = o.per_document;
	r = entries_write(&m, &how, &mime, &ids, f);
	if (r == 0) {
		say_note("through onlyone now:", ids.failed ? "" : ids.at,
		    "; if ", self, " is removed, most desktops start the"
		    " installed entry again, without saying so", NULL);
		if (mime)
			desktop_cache();
	}
out:
	menu_free(&m);
	buf_free(&rule);
	buf_free(&ids);
	return r;
}

static bool
override_fits(const struct override *o, const char *app, enum how how)
{
	if (how == BY_ID)
		return is_id(app, o->id) || !strcmp(app, o->source);
	return how != BY_TRY && names_program(app, o->program, how == BY_FILE);
}

/* In the order of enable, as far as the ways before last. */
static int
overrides_choose(struct overrides *os, const char *app, enum how last,
    struct fault *f)
{
	const char *first = NULL;
	bool differ = false;
	struct buf ids;
	size_t n = 0;
	int r;

	buf_init(&ids, NULL, 0);
	for (enum how how = BY_ID; how < last && !n; how++) {
		for (size_t i = 0; i < os->n; i++) {
			if (!override_fits(&os->at[i], app, how))
				continue;
			os->at[i].chosen = true;
			id_add(&ids, os->at[i].id);
			if (!n++)
				first = os->at[i].program;
			differ = differ || (how != BY_ID &&
			    !same_program(first, os->at[i].program));
		}
		for (size_t i = 0; n && how != BY_ID && i < os->n; i++) {
			struct override *o = &os->at[i];

			o->chosen = o->chosen || (*o->program &&
			    same_program(first, o->program));
		}
	}
	r = differ ? several_fault(app, &ids, f) : n ? 0 : 1;
	buf_free(&ids);
	return r;
}

int
desktop_disable(const char *app, bool file, struct fault *f)
{
	struct overrides os;
	bool mime = false;
	int r, removed = 1, one = 1;

	if (overrides_find(&os, f) < 0)
		return -1;
	r = *app ? overrides_choose(&os, app,
	    file ? HOWS : BY_FILE, f) : 1;
	for (size_t i = 0; r == 0 && one >= 0 && i < os.n; i++) {
		if (!os.at[i].chosen)
			continue;
		one = override_remove(&os.at[i], f);
		removed = one == 0 ? 0 : removed;
		mime = mime || (one == 0 && os.at[i].mime);
	}
	overrides_free(&os);
	if (mime)
		desktop_cache();
	return r < 0 || one < 0 ? -1 : removed;
}
