/*
 * desktop.c: enable and disable --desktop: which desktop entries are meant.
 *
 * An id means the entry with that id.  A program means all entries that run it:
 * by its name, else by the file that both lead to, else by TryExec.  A name
 * that fits entries of different programs is a fault.  Of several entries those
 * that run the program in another mode are left as they are.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/buf.h"
#include "cli/base/clock.h"
#include "cli/core/ctl/ctl.h"
#include "cli/core/ctl/desktop.h"
#include "cli/core/ctl/find_instance.h"
#include "cli/base/interp.h"
#include "cli/base/io.h"
#include "cli/core/handover/row.h"
#include "cli/core/key/identity.h"
#include "cli/core/launch/options.h"
#include "cli/base/proc.h"
#include "cli/core/rule/desktop_entry.h"
#include "cli/core/rule/link.h"
#include "cli/core/rule/menu.h"
#include "cli/core/rule/overrides.h"
#include "cli/core/rule/rule.h"
#include "cli/base/say.h"
#include "cli/base/text.h"
#include "preload/contract.h"

/*
 * What happens to a file that is opened from a menu while its program runs.
 *
 * Without a handler the file would be lost without a message.  So enable
 * --desktop uses --on-activate=auto by default.
 */

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

/* The operands, plus --on-activate=auto if no option says what becomes of a
 * later launch: *n words, to be freed.  The options are appended to rule as
 * text, and parsed into o.  NULL: a fault. */
static char **
auto_options(const struct ctl *c, struct buf *rule, struct options *o,
    size_t *n, struct fault *f)
{
	static char word[] = "--on-activate=auto";
	char **words = calloc(c->noperands + 2, sizeof(*words));

	if (!words) {
		fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot enable", NULL);
		return NULL;
	}
	*n = c->noperands;
	memcpy(words, c->operands, *n * sizeof(*words));
	if (options_check(words + 1, f) < 0 ||
	    rule_options(rule, o, words, (int)*n - 1, f) < 0) {
		free(words);
		return NULL;
	}
	if (!o->terms.on_activate && !o->terms.signal && !o->per_document &&
	    o->policy == POLICY_ACTIVATE) {
		words[(*n)++] = word;
		rule->len = 0;
		if (rule_options(rule, o, words, (int)*n - 1, f) < 0) {
			free(words);
			return NULL;
		}
	}
	return words;
}

/* Note what happens to a file that is opened while the program runs, judged by
 * the first chosen entry. */
static void
auto_tell(const struct menu *m, const struct options *o)
{
	const char *word = o->terms.on_activate, *how = NULL;
	static struct row_found row;
	struct menu_runs runs;

	if (menu_chosen(m, &runs) < 0)
		return;
	memset(&row, 0, sizeof(row));
	if (o->per_document)
		how = "an instance for each";
	else if (!word && (o->terms.off || o->terms.signal))
		how = o->terms.off ? "not opened" : "lost, but for the signal";
	else if (word && strcmp(word, "auto") != 0)
		how = word;
	else if (runs.whole || interp_find(runs.path))
		how = "not opened; -d has an instance for each";
	else if (row_find(&row, runs.path) && row_then(&row))
		how = row.row.how;
	else
		how = word ? "starting it once more, if that hands over" :
		    "not opened";
	say_note("a file that is opened while it runs: ", how ? how : row.file,
	    NULL);
	row_free(&row);
}

/*
 * Other paths by which a program that has a desktop entry is started.
 *
 * A menu runs /usr/lib/app/app or app-2.1, a terminal runs app: to onlyone each
 * path is another application.  They lead to one program through symbolic links
 * (alternatives too) or scripts whose last line runs it.  Scripts are read, not
 * run; variables in that line are not resolved.
 */

enum { NAMES = 8 };

/* Whether the file is a different program under each name that leads to it, as
 * busybox is: ends_in does not check that. */
static bool
many_named(const char *path)
{
	char real[PATH_MAX];

	return !realpath(path, real) || interp_find(real);
}

static bool
leads(const char *path, const struct stat *end)
{
	struct stat st;

	return ends_in(path, &st) && st.st_dev == end->st_dev &&
	    st.st_ino == end->st_ino;
}

/* Whether two paths lead to one program: through links, and scripts whose last
 * line runs it with "$@". */
static bool
same_program(const char *a, const char *b)
{
	struct stat end;

	return !strcmp(a, b) || (!many_named(a) && ends_in(a, &end) &&
	    leads(b, &end));
}

/* Whether a command of this name leads to the file *end; if so, app gets the
 * command's path as an application. */
static bool
called(const char *name, const struct stat *end, char *app)
{
	char path[PATH_MAX];

	if (!strchr(name, '/') ? !link_program(name, path) :
	    identity_path(name, path) < 0)
		return false;
	return leads(path, end) && identity_path(path, app) == 0;
}

/* Append " PATH" for each program in a folder of PATH that leads to *end,
 * except app.  Of programs with one name only the first in PATH counts.
 * Returns how many were appended. */
static size_t
folder_others(const char *folder, const struct stat *end, const char *app,
    struct buf *others)
{
	char path[PATH_MAX], first[PATH_MAX];
	DIR *dir = opendir(folder);
	struct dirent *e;
	struct text t;
	size_t n = 0;

	while (dir && (e = io_entry(dir))) {
		t = text_in(path, sizeof(path));
		text_all(&t, folder, "/", e->d_name, NULL);
		if (t.cut || !leads(path, end) ||
		    !link_program(e->d_name, first) ||
		    strcmp(first, path) != 0 ||
		    identity_path(path, path) < 0 || !strcmp(path, app))
			continue;
		n++;
		others->len -= others->len > 0; /* the NUL */
		buf_add(others, " ", 1);
		buf_string(others, path);
	}
	if (dir)
		closedir(dir);
	return n;
}

static size_t
path_others(const struct stat *end, const char *app, struct buf *others)
{
	const char *path = getenv("PATH");
	char *list = strdup(path ? path : "/bin:/usr/bin"), *next = list, *one;
	size_t n = 0;

	while ((one = strsep(&next, ":"))) {
		if (*one == '/')
			n += folder_others(one, end, app, others);
	}
	free(list);
	return n;
}

/* Put into app (PATH_MAX bytes) the application that a terminal starts for the
 * program at path: the command `asked`, else the command with path's own name,
 * if that leads to the same program; else path. */
static void
same_app(const char *asked, const char *path, char *app)
{
	struct stat end;

	if (many_named(path) || !ends_in(path, &end) ||
	    (!called(asked, &end, app) && !called(basename(path), &end, app)))
		strcpy(app, path);
}

/* Append " PATH" for each other program in PATH that leads to the same file,
 * and a NUL.  If there are more than NAMES, the file is a different program
 * under each name: append nothing. */
static void
same_others(const char *path, const char *app, struct buf *others)
{
	struct stat end;

	if (!many_named(path) && ends_in(path, &end) &&
	    path_others(&end, app, others) > NAMES)
		others->len = 0;
}

/*
 * Tell the desktop for which types of files the user's entries are.
 */

#define UPDATE "update-desktop-database"

enum { UPDATE_MS = 60000 };

static _Noreturn void
update_exec(const char *folder)
{
	int null = open("/dev/null", O_RDWR);

	for (int i = 0; i <= 2 && null >= 0; i++)
		dup2(null, i);
	execlp(UPDATE, UPDATE, "-q", folder, (char *)NULL);
	_exit(errno == ENOENT ? EXIT_NOTFOUND : EXIT_CANTEXEC);
}

/* Update the list of file types in the user's folder.  GLib takes the types of
 * an entry only from the list in the entry's own folder: without it an
 * override's program would be offered for no file any more. */
static void
desktop_cache(void)
{
	char folder[PATH_MAX];
	int status = -1;
	pid_t pid;

	if (menu_folder(MENU_APPLICATIONS, folder) < 0)
		return;
	pid = fork();
	if (pid == 0)
		update_exec(folder);
	if (pid > 0 && proc_await(pid, clock_now() + UPDATE_MS, &status) &&
	    status < 0)
		return; /* SIGCHLD is ignored: the status is not known */
	if (status != 0)
		say_note(UPDATE, status == EXIT_NOTFOUND << 8 ? " is not"
		    " installed (Debian: desktop-file-utils)" : " has failed",
		    "; until it has run on ", folder, ", the program is not"
		    " offered for files", NULL);
}

enum how { BY_ID, BY_NAME, BY_FILE, BY_TRY, HOWS };

/* Whether app is this id; FOO and FOO.desktop are the same. */
static bool
is_id(const char *app, const char *id)
{
	size_t n = strlen(app);

	return !strncmp(app, id, n) && (!id[n] || !strcmp(id + n, ".desktop"));
}

/* Whether app, as the user gave it, means the program at path; file: compare
 * the files that app and path lead to. */
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

/* Fault: app fits entries of several programs; it lists their ids. */
static int
several_fault(const char *app, const struct buf *ids, struct fault *f)
{
	return fault_set(f, EXIT_USAGE, "'", app, "' may be one of several;"
	    " give the id of one:", ids->failed ? "" : ids->at,
	    NULL);
}

static void
id_add(struct buf *ids, const char *id)
{
	ids->len -= ids->len > 0; /* the NUL */
	buf_add(ids, " ", 1);
	buf_string(ids, id);
}

static bool
runs_same(const struct menu_entry *e, const char *path)
{
	struct menu_runs runs;
	struct fault ignored;

	return menu_runs(e, &runs, &ignored) == 0 && !runs.onlyone &&
	    !runs.whole && same_program(path, runs.path);
}

/* Choose all other entries of a kind that run the same program, under any
 * name. */
static void
entries_same(struct menu *m, enum menu_kind kind, const char *path)
{
	for (size_t i = 0; i < m->n; i++) {
		struct menu_entry *e = &m->at[i];

		e->chosen = e->chosen || (e->kind == kind &&
		    runs_same(e, path));
	}
}

/* Choose the entries of a kind that app means.  0, or -1 with a fault. */
static int
entries_choose(struct menu *m, enum menu_kind kind, const char *app,
    struct fault *f)
{
	char first[PATH_MAX + 1] = "";
	struct menu_runs runs;
	bool differ = false;
	size_t n = 0;
	struct buf ids = { 0 };
	int r;

	for (enum how how = BY_ID; how < HOWS && !n; how++) {
		for (size_t i = 0; i < m->n; i++) {
			struct menu_entry *e = &m->at[i];

			if (e->kind != kind || !entry_fits(e, app, how, &runs))
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
			entries_same(m, kind, first);
	}
	r = differ ? several_fault(app, &ids, f) : n ? 0 :
	    fault_set(f, EXIT_NONE, "no desktop entry is called '", app,
	    "' or runs it; ls /usr/share/applications shows their ids",
	    NULL);
	buf_free(&ids);
	return r;
}

/* Leave the entries that run the program in another mode than the plainest of
 * the chosen ones, which is returned.  One that opens files by their type is for
 * documents, and these arrive; one whose whole line names the application is
 * another application.  NULL: a fault, each runs it in a mode of its own. */
static const struct menu_entry *
modes_leave(struct menu *m, const char *app, struct fault *f)
{
	const struct menu_entry *plain = menu_plain(m);
	struct buf ids = { 0 };
	char ignored[MENU_MODE];
	struct menu_runs runs;
	struct fault unread;

	for (size_t i = 0; i < m->n; i++) {
		struct menu_entry *e = &m->at[i];

		if (e->chosen && e->kind == MENU_APPLICATIONS &&
		    menu_entry_modes(e, plain, ignored) && !menu_opens(e) &&
		    menu_runs(e, &runs, &unread) == 0 && !runs.whole) {
			e->chosen = false;
			e->left = true;
			id_add(&ids, e->id);
		}
	}
	if (ids.len && !menu_opens(plain) &&
	    menu_entry_modes(plain, NULL, ignored)) {
		id_add(&ids, plain->id);
		several_fault(app, &ids, f);
		plain = NULL;
	}
	buf_free(&ids);
	return plain;
}

/* Find what starts the chosen program at login, and take it or leave it. */
static void
autostart_choose(struct menu *m, const struct menu_entry *plain, bool take)
{
	struct menu_runs runs, own;
	struct fault ignored;
	bool same;

	if (menu_runs(plain, &runs, &ignored) < 0)
		return;
	for (size_t i = 0; i < m->n; i++) {
		struct menu_entry *e = &m->at[i];

		if (e->kind != MENU_AUTOSTART)
			continue;
		same = runs.whole ? !strcmp(e->id, plain->id) &&
		    menu_runs(e, &own, &ignored) == 0 && own.whole :
		    runs_same(e, runs.path);
		e->chosen = e->chosen || (same && take);
		e->left = same && !e->chosen && !override_there(e);
	}
}

/* Note what was left as it is, and why. */
static void
left_tell(const struct menu *m, const struct override_how *how)
{
	char mode[MENU_MODE];

	for (size_t i = 0; i < m->n; i++) {
		const struct menu_entry *e = &m->at[i];

		if (e->chosen)
			override_tell(e, how);
		else if (e->left && e->kind == MENU_AUTOSTART)
			say_note(e->file, " starts it at login, and stays as it"
			    " is; --autostart takes it too", NULL);
		else if (e->left && menu_entry_modes(e, how->plain, mode))
			say_note(e->id, " stays as it is: ", mode, " is another"
			    " mode of the program", NULL);
	}
}

/* If entries of menus that are not the user's own are chosen too, leave the
 * user's own as they are. */
static void
own_leave(struct menu *m)
{
	size_t others = 0;

	for (size_t i = 0; i < m->n; i++)
		others += m->at[i].chosen && !m->at[i].own;
	for (size_t i = 0; others && i < m->n; i++) {
		if (!m->at[i].chosen || !m->at[i].own ||
		    m->at[i].kind != MENU_APPLICATIONS)
			continue;
		m->at[i].chosen = false;
		say_note(m->at[i].file, " is your own, and stays as it is",
		    NULL);
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

/* Make the overrides of all chosen entries, then write them: a fault in making
 * one, or a folder that cannot be written, leaves nothing written. */
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
		r = m->at[i].chosen ? override_folder(&m->at[i], f) : 0;
	for (size_t i = 0; r == 0 && i < m->n; i++)
		r = m->at[i].chosen ? override_write(&m->at[i], &b[i], f) : 0;
	for (size_t i = 0; i < m->n; i++)
		buf_free(&b[i]);
	free(b);
	return r;
}

/* Put into app the application that a terminal starts for the program of the
 * chosen entries; a note names other paths to it.  app is unchanged if the
 * entries do not tell their program. */
static void
name_share(const char *asked, const struct menu *m, char *app)
{
	struct menu_runs runs;
	struct buf others = { 0 };

	if (menu_chosen(m, &runs) < 0 || runs.whole)
		return;
	same_app(asked, runs.path, app);
	same_others(runs.path, app, &others);
	if (others.len && !others.failed)
		say_note("started by another name it is another application,"
		    " unless that launch has --app=", app, ":", others.at,
		    NULL);
	buf_free(&others);
}

/* Note which entries of a kind go through onlyone now.  Whether any does. */
static bool
kind_tell(const struct menu *m, enum menu_kind kind, const char *self)
{
	char folder[PATH_MAX];
	struct buf ids = { 0 };
	bool any;

	for (size_t i = 0; i < m->n; i++) {
		if (m->at[i].chosen && m->at[i].kind == kind)
			id_add(&ids, m->at[i].id);
	}
	any = ids.len > 0;
	if (any)
		say_note(kind == MENU_AUTOSTART ? "at login through onlyone"
		    " too" : "through onlyone now", ", by files in ",
		    menu_folder(kind, folder) == 0 ? folder : "", ":",
		    ids.failed ? "" : ids.at, "; if ", self, kind ==
		    MENU_AUTOSTART ? " is removed, no desktop starts them any"
		    " more" : " is removed, most desktops start the installed"
		    " entry again, without saying so", NULL);
	buf_free(&ids);
	return any;
}

/* Note what was done, and what was not. */
static void
enabled_tell(const struct ctl *c, const struct menu *m,
    const struct override_how *how, const struct options *o)
{
	bool mime = false;

	for (size_t i = 0; i < m->n; i++)
		mime |= m->at[i].chosen && m->at[i].kind ==
		    MENU_APPLICATIONS && desktop_says(m->at[i].text,
		    m->at[i].len, "MimeType", NULL);
	kind_tell(m, MENU_APPLICATIONS, how->self);
	if (!kind_tell(m, MENU_AUTOSTART, how->self) && c->o.autostart)
		say_note("no desktop entry starts ", *c->operands,
		    " at login", NULL);
	left_tell(m, how);
	if (mime) {
		auto_tell(m, o);
		desktop_cache();
	}
}

int
desktop_enable(struct ctl *c, struct fault *f)
{
	char self[PATH_MAX], app[PATH_MAX] = "";
	struct override_how how = { .self = self };
	char **words = NULL;
	size_t n;
	struct menu m = { 0 };
	struct options o;
	struct buf rule = { 0 };
	int r = -1;

	if (!**c->operands) {
		fault_set(f, EXIT_USAGE, "--desktop: which application?", NULL);
		goto out;
	}
	words = auto_options(c, &rule, &o, &n, f);
	if (!words || menu_vet(MENU_APPLICATIONS, f) < 0 ||
	    (c->o.autostart && menu_vet(MENU_AUTOSTART, f) < 0) ||
	    launcher_find(self, f) < 0 || menu_scan(&m, f) < 0)
		goto out;
	if (entries_choose(&m, MENU_APPLICATIONS, *c->operands, f) < 0 &&
	    (!c->o.autostart || f->code != EXIT_NONE ||
	    entries_choose(&m, MENU_AUTOSTART, *c->operands, f) < 0))
		goto out;
	if (buf_add(&rule, "", 1) < 0) {
		fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot enable", NULL);
		goto out;
	}
	how.plain = modes_leave(&m, *c->operands, f);
	if (!how.plain)
		goto out;
	own_leave(&m);
	autostart_choose(&m, how.plain, c->o.autostart);
	how.options = words + 1;
	how.noptions = n - 1;
	how.rule = rule.at;
	how.app_given = o.app;
	if (!o.app)
		name_share(*c->operands, &m, app);
	how.app = *app ? app : NULL;
	how.per_document = o.per_document;
	r = entries_write(&m, &how, f);
	if (r == 0)
		enabled_tell(c, &m, &how, &o);
out:
	free(words);
	menu_free(&m);
	buf_free(&rule);
	return r;
}

static bool
override_fits(const struct override *o, const char *app, enum how how)
{
	if (how == BY_ID)
		return is_id(app, o->id) || !strcmp(app, o->source);
	return how != BY_TRY && names_program(app, o->program, how == BY_FILE);
}

/* Choose overrides in the ways of enum how, in their order, as enable does, but
 * only the ways before `last`; with one of a menu, what starts its program at
 * login.  0; 1: there are none; -1: a fault. */
static int
overrides_choose(struct overrides *os, const char *app, enum how last,
    struct fault *f)
{
	const char *first = NULL, *menu = NULL, *program;
	bool differ = false;
	struct buf ids = { 0 };
	size_t n = 0;
	int r;

	for (enum how how = BY_ID; how < last && !n; how++) {
		for (size_t i = 0; i < os->n; i++) {
			if (!override_fits(&os->at[i], app, how))
				continue;
			os->at[i].chosen = true;
			id_add(&ids, os->at[i].id);
			if (!n++)
				first = os->at[i].program;
			if (os->at[i].kind == MENU_APPLICATIONS)
				menu = os->at[i].program;
			differ = differ || (how != BY_ID &&
			    !same_program(first, os->at[i].program));
		}
		for (size_t i = 0; n && i < os->n; i++) {
			struct override *o = &os->at[i];

			program = how != BY_ID ? first :
			    o->kind == MENU_AUTOSTART ? menu : NULL;
			o->chosen = o->chosen || (program && *o->program &&
			    same_program(program, o->program));
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

	if (menu_vet(MENU_APPLICATIONS, f) < 0 ||
	    menu_vet(MENU_AUTOSTART, f) < 0)
		return file ? -1 : 1; /* the folder is not this user's */
	if (overrides_find(&os, f) < 0)
		return -1;
	r = *app ? overrides_choose(&os, app,
	    file ? HOWS : BY_FILE, f) : 1;
	for (size_t i = 0; r == 0 && one >= 0 && i < os.n; i++) {
		if (!os.at[i].chosen)
			continue;
		one = override_remove(&os.at[i], f);
		removed = one == 0 ? 0 : removed;
		mime = mime || (one == 0 && os.at[i].mime &&
		    os.at[i].kind == MENU_APPLICATIONS);
	}
	overrides_free(&os);
	if (mime)
		desktop_cache();
	return r < 0 || one < 0 ? -1 : removed;
}
