/*
 * desktop.c: enable and disable --desktop: choose the desktop entries.
 *
 * An id means the entry with that id.  A program means all entries whose Exec
 * runs it, by its path, else by its name; a name that fits different programs
 * is an error.  If several entries fit, those that run the program in another
 * mode are left alone.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/interp.h"
#include "cli/base/look.h"
#include "cli/base/proc.h"
#include "cli/base/procs.h"
#include "cli/base/say.h"
#include "cli/core/ctl/ctl.h"
#include "cli/core/ctl/desktop.h"
#include "cli/core/ctl/find_instance.h"
#include "cli/core/ctl/later.h"
#include "cli/core/handover/row.h"
#include "cli/core/launch/options.h"
#include "cli/core/launch/server_window.h"
#include "cli/core/meet/evidence.h"
#include "cli/core/rule/link.h"
#include "cli/core/rule/menu.h"
#include "cli/core/rule/overrides.h"
#include "cli/core/rule/rule.h"
#include "cli/core/rule/service.h"
#include "cli/core/rule/shows.h"
#include "cli/core/rule/types.h"
#include "cli/windows/outcome.h"

#define SUFFIX ".desktop"

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

/* The options for onlyone: the given ones and those that we add. */
struct given {
	char **words;    /* the operands: APP, then n options; to be freed */
	size_t n;
	struct buf rule; /* the same options as text */
	struct options o;
	bool each;       /* we added -d for lack of knowledge */
};

static int
given_parse(struct given *g, struct fault *f)
{
	g->rule.len = 0;
	if (rule_options(&g->rule, &g->o, g->words, (int)g->n, f) < 0)
		return -1;
	return buf_add(&g->rule, "", 1) == 0 ? 0 :
	    fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot enable", NULL);
}

/* The options of the operands.  0, or -1 with a fault. */
static int
given_take(struct given *g, const struct ctl *c, struct fault *f)
{
	enum { ADDED = 2 }; /* by given_add */

	g->n = c->noperands - 1;
	g->words = calloc(c->noperands + ADDED + 1, sizeof(*g->words));
	if (!g->words)
		return fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot enable",
		    NULL);
	memcpy(g->words, c->operands, c->noperands * sizeof(*g->words));
	return options_check(g->words + 1, f) < 0 ? -1 : given_parse(g, f);
}

/* Whether the options say what a later launch does. */
static bool
given_says(const struct options *o)
{
	return o->terms.on_activate || o->terms.off || o->terms.signal ||
	    o->per_document || policy_of(o)->meets != MEETS_HANDS;
}

enum { TOOL_MS = 60000, BUS_MS = 6000 };

static _Noreturn void
tool_exec(const char *file, char *const argv[])
{
	int null = open("/dev/null", O_RDWR);

	for (int i = 0; i <= 2 && null >= 0; i++)
		dup2(null, i);
	execvp(file, argv);
	_exit(errno == ENOENT ? EXIT_NOTFOUND : EXIT_CANTEXEC);
}

/* Run a program quietly.  Its exit status; -1: it could not be run, timed out,
 * or its status is not known. */
static int
tool_run(const char *file, char *const argv[], int ms)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		tool_exec(file, argv);
	if (pid < 0 || !proc_await(pid, clock_now() + ms, &status))
		return -1;
	return status < 0 ? -1 : proc_status(status);
}

/* Whether a running process of the program shows that a second start would hand
 * over to it. */
static bool
running_shows(const char *program)
{
	struct stat st, exe;
	struct procs s;
	bool r = false;
	pid_t pid;

	if (stat(program, &st) < 0 || procs_begin(&s) < 0)
		return false;
	while (!r && procs_next(&s, &pid)) {
		r = look_stat(pid, "exe", &exe) == 0 &&
		    exe.st_dev == st.st_dev && exe.st_ino == st.st_ino &&
		    evidence_find(pid, NULL) == EVIDENCE_THERE;
	}
	procs_end(&s);
	return r;
}

static bool
row_there(const char *program)
{
	static struct row_found row;
	bool r;

	memset(&row, 0, sizeof(row));
	r = row_find(&row, program) && row_then(&row);
	row_free(&row);
	return r;
}

/* Whether the chosen entries' program is single on the session bus: then a
 * second start hands over to the process that has its bus name. */
static bool
bus_single(const struct menu *m)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct menu_entry *e = &m->at[i];

		if (e->chosen && (menu_says(e, "DBusActivatable", "true") ||
		    menu_says(e, "X-DBUS-StartupType", "Unique") ||
		    service_there(e)))
			return true;
	}
	return false;
}

/* Whether each file can have its own process: the entries take files, and no
 * other word in them could be one. */
static bool
each_fits(const struct menu *m)
{
	bool files = false;

	for (size_t i = 0; i < m->n; i++) {
		const struct menu_exec *runs = &m->at[i].runs;

		if (!m->at[i].chosen)
			continue;
		if (runs->whole || interp_find(runs->path))
			return false;
		files = files || menu_files(&m->at[i]);
		for (size_t k = runs->at + 1; k < runs->x.n; k++) {
			if (*runs->x.word[k] != '-')
				return false;
		}
	}
	return files;
}

/* Add an option for files opened while the program runs, if none was given.  0,
 * or -1 with a fault. */
static int
given_add(struct given *g, const struct menu *m,
    const struct menu_entry *plain, struct fault *f)
{
	static char each[] = "-d", adopt[] = "--adopt";
	const char *program = plain->runs.path;
	bool bus = bus_single(m);

	if (given_says(&g->o))
		return 0;
	g->each = !bus && each_fits(m) && !row_there(program) &&
	    !running_shows(program);
	if (g->each)
		g->words[++g->n] = each;
	/* Only one process can have the bus name, however it was started.  Some
	 * options conflict with that. */
	if (bus && !g->o.nkey) {
		g->words[++g->n] = adopt;
		if (given_parse(g, f) == 0)
			return 0;
		g->words[g->n--] = NULL;
	}
	return given_parse(g, f);
}

/*
 * Tell the desktop which file types the user's entries handle.
 */

#define UPDATE "update-desktop-database"

/* Update the list of file types in the user's folder.  GLib takes the types of
 * an entry only from the list in the entry's own folder: without it no file
 * would be offered an override's program any more. */
static void
desktop_cache(void)
{
	char folder[PATH_MAX], update[] = UPDATE, quiet[] = "-q";
	char *argv[] = { update, quiet, folder, NULL };
	struct fault f;
	int status;

	if (menu_folder(MENU_APPLICATIONS, folder) < 0)
		return;
	status = tool_run(update, argv, TOOL_MS);
	if (status != 0)
		say_note(UPDATE, status == EXIT_NOTFOUND ? " is not"
		    " installed (Debian: desktop-file-utils)" : " has failed",
		    "; until it has run on ", folder, ", the program is not"
		    " offered for files", NULL);
	else if (types_keep(&f) < 0)
		say_note(f.line, "; the program may open its types of files"
		    " now in place of another", NULL);
}

/*
 * Tell the session bus which services there are.
 */

#define SEND "dbus-send"

/* Make it read them again: it does not notice new files in the user's folder.
 * Without a running bus there is nothing to do. */
static void
bus_reload(void)
{
	static char *argv[] = { (char *)SEND, (char *)"--session",
		(char *)"--print-reply", (char *)"--reply-timeout=5000",
		(char *)"--dest=org.freedesktop.DBus",
		(char *)"/org/freedesktop/DBus",
		(char *)"org.freedesktop.DBus.ReloadConfig", NULL };
	const char *address = getenv("DBUS_SESSION_BUS_ADDRESS");
	const char *run = getenv("XDG_RUNTIME_DIR");
	char path[PATH_MAX];
	int status;

	if (!address && (!run ||
	    !text_join(path, sizeof(path), run, "/bus", NULL) ||
	    access(path, F_OK) < 0))
		return;
	status = tool_run(SEND, argv, BUS_MS);
	if (status != 0)
		say_note(SEND, status == EXIT_NOTFOUND ? " is not installed"
		    " (Debian: dbus-bin)" : " has failed", ": the session bus"
		    " learns of the change when the user logs in again", NULL);
}

/*
 * The chosen entries and overrides.
 */

enum fit { FITS_NOT, FITS_LINK, FITS_NAME, FITS_PATH, FITS_ID };

/* Whether two paths lead to one file, one of them by a link: scite and
 * SciTE. */
static bool
same_target(const char *a, const char *b)
{
	char x[PATH_MAX], y[PATH_MAX];

	return *a == '/' && *b == '/' && realpath(a, x) && realpath(b, y) &&
	    !strcmp(x, y);
}

/* How an entry or override matches app, which as a command is the program at
 * path. */
static enum fit
fit_of(const struct menu_entry *e, const char *app, const char *path)
{
	size_t n = strlen(app);

	/* FOO and FOO.desktop are the same id. */
	if ((!strncmp(app, e->id, n) &&
	    (!e->id[n] || !strcmp(e->id + n, SUFFIX))) ||
	    !strcmp(app, e->source))
		return FITS_ID;
	if (!*e->program)
		return FITS_NOT;
	return !strcmp(path, e->program) ? FITS_PATH :
	    !strcmp(basename(app), basename(e->program)) ? FITS_NAME :
	    same_target(path, e->program) ? FITS_LINK : FITS_NOT;
}

static void
id_add(struct buf *ids, const struct menu_entry *e)
{
	ids->len -= ids->len > 0; /* the NUL */
	buf_add(ids, e->kind == MENU_AUTOSTART ? " autostart/" : " ",
	    e->kind == MENU_AUTOSTART ? 11 : 1);
	buf_string(ids, e->id);
}

/* Fault: app matches several; it lists their ids. */
static int
several_fault(const char *app, const struct buf *ids, struct fault *f)
{
	return fault_set(f, EXIT_USAGE, "'", app, "' may be one of several;"
	    " give the id of one:", ids->failed ? "" : ids->at, NULL);
}

/* Choose the entries before kind `end` that match app best.  0; 1: there are
 * none; -1: a fault, they run different programs. */
static int
entries_choose(struct menu *m, enum menu_kind end, const char *app,
    const char *path, struct fault *f)
{
	enum fit best = FITS_NOT, fit;
	const char *first = NULL;
	bool differ = false;
	struct buf ids = { 0 };

	for (size_t i = 0; i < m->n && m->at[i].kind < end; i++) {
		fit = fit_of(&m->at[i], app, path);
		best = fit > best ? fit : best;
	}
	for (size_t i = 0; best && i < m->n && m->at[i].kind < end; i++) {
		struct menu_entry *e = &m->at[i];

		e->chosen = fit_of(e, app, path) == best;
		if (!e->chosen)
			continue;
		id_add(&ids, e);
		differ = differ || (best <= FITS_NAME && first &&
		    strcmp(first, e->program) != 0);
		first = e->program;
	}
	if (differ)
		several_fault(app, &ids, f);
	buf_free(&ids);
	return differ ? -1 : !best;
}

/* Check that all chosen entries can be overridden. */
static int
entries_check(const struct menu *m, bool per_document, struct fault *f)
{
	struct menu_exec again;

	for (size_t i = 0; i < m->n; i++) {
		const struct menu_entry *e = &m->at[i];
		const struct menu_exec *runs = &e->runs;

		if (!e->chosen)
			continue;
		if (!runs->x.n && menu_runs(e, &again, f) < 0)
			return -1;
		if (menu_onlyone(runs))
			return fault_set(f, EXIT_USAGE, e->file, " runs ",
			    runs->x.word[runs->at], " already", NULL);
		if (runs->whole && per_document)
			return fault_set(f, EXIT_USAGE, "-d: which arguments of ",
			    runs->x.word[runs->at], " in ", e->file, " are"
			    " documents? It runs another command", NULL);
	}
	return 0;
}

/* Of the chosen entries, the one that runs the program in no special mode or
 * with the fewest words; then the one for files; then the first by id, so that
 * the choice is always the same. */
static const struct menu_entry *
plain_find(const struct menu *m)
{
	const struct menu_entry *plain = NULL;
	size_t least = SIZE_MAX, n;
	const char *ignored;

	for (size_t i = 0; i < m->n; i++) {
		const struct menu_entry *e = &m->at[i];

		if (!e->chosen)
			continue;
		n = 2 * menu_modes(&e->runs, NULL, &ignored) + !menu_opens(e);
		if (n < least || (n == least && strcmp(e->id, plain->id) < 0)) {
			plain = e;
			least = n;
		}
	}
	return plain;
}

/* Drop the entries that run the program in a special mode.  But keep one that
 * opens files by type: its documents do arrive.  And keep one whose whole line
 * names the application: it is another application. -1: a fault, all have a
 * mode of their own. */
static int
modes_leave(struct menu *m, const struct menu_entry *plain, const char *app,
    struct fault *f)
{
	const char *word;
	struct buf ids = { 0 };
	int r = 0;

	for (size_t i = 0; i < m->n; i++) {
		struct menu_entry *e = &m->at[i];

		if (e->chosen && e->kind == MENU_APPLICATIONS &&
		    !e->runs.whole && !menu_opens(e) &&
		    menu_modes(&e->runs, &plain->runs, &word)) {
			e->chosen = false;
			e->left = word;
			id_add(&ids, e);
		}
	}
	if (ids.len && !menu_opens(plain) &&
	    menu_modes(&plain->runs, NULL, &word)) {
		id_add(&ids, plain);
		r = several_fault(app, &ids, f);
	}
	buf_free(&ids);
	return r;
}

/* Choose or drop the entries that start an entry's program, or the one at path,
 * at login. */
static void
autostart_choose(struct menu *m, const struct menu_entry *plain,
    const char *path, bool take)
{
	for (size_t i = 0; i < m->n; i++) {
		struct menu_entry *e = &m->at[i];

		if (e->kind != MENU_AUTOSTART || (*plain->program ?
		    !*e->program || (strcmp(e->program, plain->program) != 0 &&
		    strcmp(e->program, path) != 0) :
		    !e->runs.whole || strcmp(e->id, plain->id) != 0))
			continue;
		e->chosen = e->chosen || take;
		e->left = e->chosen || override_there(e) ? NULL : "";
	}
}

/* If menu entries that are not the user's own are chosen too, leave the user's
 * own alone. */
static void
own_leave(struct menu *m)
{
	size_t others = 0;

	for (size_t i = 0; i < m->n; i++)
		others += m->at[i].chosen && !m->at[i].users_own;
	for (size_t i = 0; others && i < m->n; i++) {
		struct menu_entry *e = &m->at[i];

		if (e->chosen && e->users_own && e->kind == MENU_APPLICATIONS) {
			e->chosen = false;
			e->left = "";
		}
	}
}

/* The path of onlyone for desktop entries.  0, or -1 with a fault. */
static int
launcher_find(char *path, struct fault *f)
{
	if (link_target(path) < 0)
		return fault_errno(f, EXIT_SYSTEM, errno, "/proc/self/exe",
		    NULL);
	/* This program may be onlyonectl: take the onlyone beside it. */
	strcpy(strrchr(path, '/') + 1, "onlyone");
	if (access(path, X_OK) < 0)
		return fault_errno(f, EXIT_SYSTEM, errno, path, NULL);
	/* GLib looks for the program before it turns %% into %. */
	if (strchr(path, '%'))
		return fault_set(f, EXIT_SYSTEM, path, ": a desktop entry"
		    " cannot name a path with %; install it elsewhere", NULL);
	return 0;
}

/* Make the overrides of all chosen entries, then write them: if one cannot be
 * made, or a folder is not writable, nothing is written. */
static int
entries_write(struct menu *m, const struct override_how *how, struct fault *f)
{
	struct buf *b = calloc(m->n, sizeof(*b));
	int r = 0;

	if (!b)
		return fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot enable",
		    NULL);
	for (size_t i = 0; r == 0 && i < m->n; i++) {
		if (!m->at[i].chosen)
			continue;
		r = override_room(&m->at[i], f);
		if (r == 0)
			r = override_make(&b[i], &m->at[i], how, f);
	}
	for (size_t i = 0; r == 0 && i < m->n; i++)
		r = m->at[i].chosen ? override_write(&m->at[i], &b[i], f) : 0;
	for (size_t i = 0; i < m->n; i++)
		buf_free(&b[i]);
	free(b);
	return r;
}

/* Write the services of chosen entries that the bus can start, too; notes name
 * those that it will still start directly. */
static void
services_write(const struct menu *m, const struct override_how *how)
{
	char path[PATH_MAX];
	bool told = false;
	struct fault f;

	for (size_t i = 0; i < m->n; i++) {
		const struct menu_entry *e = &m->at[i];

		if (!e->chosen || e->kind != MENU_APPLICATIONS ||
		    !menu_says(e, "DBusActivatable", "true"))
			continue;
		switch (service_write(e, how, path, &f)) {
		case 0:
			told = true;
			break;
		case 1:
			if (*path)
				say_note(path, " is your own, and stays as it"
				    " is: what the bus starts by it does not go"
				    " through onlyone", NULL);
			break;
		default:
			say_note(f.line, "; what the bus starts does not go"
			    " through onlyone", NULL);
		}
	}
	if (told)
		bus_reload();
}

/* Note that nothing starts the program at login, and how to change that. */
static void
login_tell(const char *app, const struct menu *m)
{
	const char *source = NULL;
	char folder[PATH_MAX];

	for (size_t i = 0; i < m->n && !source; i++)
		source = m->at[i].chosen ? m->at[i].source : NULL;
	if (source && menu_folder(MENU_AUTOSTART, folder) == 0)
		say_note("no desktop entry starts ", app, " at login",
		    TEXT_HINT, "copy ", source, " into ", folder,
		    ", and use this command again", NULL);
}

/* Note what was done, and what was not. */
static void
enabled_tell(const struct ctl *c, const struct menu *m,
    const struct override_how *how, const struct given *g)
{
	const struct menu_exec *runs = how->plain;
	bool mime = false, login = false, opens = false;
	struct buf ids = { 0 };

	for (size_t i = 0; i < m->n; i++) {
		const struct menu_entry *e = &m->at[i];

		if (e->chosen)
			id_add(&ids, e);
		login |= e->chosen && e->kind == MENU_AUTOSTART;
		opens |= e->chosen && menu_opens(e);
		mime |= e->chosen && e->kind == MENU_APPLICATIONS &&
		    menu_says(e, "MimeType", NULL);
	}
	say_note("these now start through onlyone:", ids.failed ? "" : ids.at,
	    NULL);
	buf_free(&ids);
	if (c->o.autostart && !login)
		login_tell(*c->operands, m);
	for (size_t i = 0; i < m->n; i++) {
		const struct menu_entry *e = &m->at[i];

		if (e->left && e->kind == MENU_AUTOSTART)
			say_note(e->file, " starts it at login, and stays as it"
			    " is; --autostart changes it too", NULL);
		else if (e->left)
			say_note(*e->left ? e->id : e->file, *e->left ?
			    " stays as it is: its Exec has " : " is your own, and"
			    " stays as it is", e->left, NULL);
	}
	for (size_t at = 0; at < how->notes->len;
	    at += strlen(how->notes->at + at) + 1)
		say_note(how->notes->at + at, NULL);
	server_window_tell(runs->path, runs->x.word + runs->at + 1);
	if (g->each)
		say_note("each file opens in its own process (-d)", TEXT_HINT,
		    "use onlyonectl enable --desktop ", *c->operands,
		    " --on-activate=auto if ", basename(runs->path),
		    " can open several files in one", NULL);
	else
		later_tell(*c->operands, runs->whole ? NULL : runs->path,
		    !runs->whole ? shows_find(runs->path) : opens ?
		    SHOWS_DOCUMENTS : SHOWS_WINDOW, &g->o);
	if (mime)
		desktop_cache();
}

int
desktop_enable(struct ctl *c, struct fault *f)
{
	const char *app = *c->operands;
	size_t len = strlen(app);
	char self[PATH_MAX], path[PATH_MAX];
	struct buf notes = { 0 };
	struct override_how how = { .self = self, .notes = &notes };
	const struct menu_entry *plain;
	struct menu m = { 0 };
	struct given g = { 0 };
	int r = -1;

	if (!len) {
		fault_set(f, EXIT_USAGE, "--desktop: which application?", NULL);
		goto out;
	}
	if (given_take(&g, c, f) < 0 || menu_vet(MENU_APPLICATIONS, f) < 0 ||
	    (c->o.autostart && menu_vet(MENU_AUTOSTART, f) < 0) ||
	    launcher_find(self, f) < 0 || find_path(app, path, f) < 0 ||
	    menu_scan(&m, f) < 0)
		goto out;
	r = entries_choose(&m, MENU_AUTOSTART, app, path, f);
	if (r == 1 && c->o.autostart)
		r = entries_choose(&m, MENU_KINDS, app, path, f);
	if (r == 1)
		fault_set(f, EXIT_NONE, "no desktop entry is called '", app,
		    "' or runs it; ls /usr/share/applications shows their ids",
		    NULL);
	if (r != 0 || (r = entries_check(&m, g.o.per_document, f)) < 0)
		goto out;
	plain = plain_find(&m);
	r = modes_leave(&m, plain, app, f);
	if (r < 0)
		goto out;
	own_leave(&m);
	autostart_choose(&m, plain, path, c->o.autostart);
	how.policy_given = policy_of(&g.o)->meets != MEETS_HANDS;
	r = given_add(&g, &m, plain, f);
	if (r < 0)
		goto out;
	how.options = g.words + 1;
	how.noptions = g.n;
	how.rule = g.rule.at;
	how.app_given = g.o.app;
	/* The user's own name for it, if that is a program: a menu may run it
	 * by another path, such as /usr/lib/firefox-esr/firefox-esr. */
	how.app = access(path, X_OK) == 0 && (len < strlen(SUFFIX) ||
	    strcmp(app + len - strlen(SUFFIX), SUFFIX) != 0) ? path : "";
	how.plain = &plain->runs;
	r = entries_write(&m, &how, f);
	if (r == 0) {
		services_write(&m, &how);
		enabled_tell(c, &m, &how, &g);
	}
out:
	free(g.words);
	menu_free(&m);
	buf_free(&g.rule);
	buf_free(&notes);
	return r == 0 ? 0 : -1;
}

int
desktop_disable(const char *app, bool alone, struct fault *f)
{
	struct menu m = { .ours = true };
	int r, removed = 1, one = 1;
	char path[PATH_MAX];
	bool mime = false, service = false;
	struct buf ids = { 0 };
	int gone;

	if (menu_vet(MENU_APPLICATIONS, f) < 0 ||
	    menu_vet(MENU_AUTOSTART, f) < 0)
		return alone ? -1 : 1;
	if (find_path(app, path, f) < 0 || menu_scan(&m, f) < 0)
		return -1;
	r = entries_choose(&m, MENU_KINDS, app, path, f);
	for (size_t i = 0; r == 0 && i < m.n; i++) {
		if (m.at[i].chosen && m.at[i].kind == MENU_APPLICATIONS)
			autostart_choose(&m, &m.at[i], "", true);
	}
	for (size_t i = 0; r == 0 && one >= 0 && i < m.n; i++) {
		if (!m.at[i].chosen)
			continue;
		gone = m.at[i].kind == MENU_APPLICATIONS ?
		    service_remove(&m.at[i], f) : 1;
		service = service || gone == 0;
		one = gone < 0 ? -1 : override_remove(&m.at[i], f);
		removed = one == 0 ? 0 : removed;
		if (one == 0)
			id_add(&ids, &m.at[i]);
		mime = mime || (one == 0 &&
		    m.at[i].kind == MENU_APPLICATIONS &&
		    menu_says(&m.at[i], "MimeType", NULL));
	}
	menu_free(&m);
	if (ids.len)
		say_note("these no longer start through onlyone:", ids.failed ?
		    "" : ids.at, NULL);
	buf_free(&ids);
	if (service)
		bus_reload();
	if (mime)
		desktop_cache();
	return r < 0 || one < 0 ? -1 : removed;
}
