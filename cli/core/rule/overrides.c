/*
 * overrides.c: overrides as files: write, read back, remove.
 *
 * Overrides lie beside entries that the user has written.  Only a plain file
 * with our mark (MENU_MARK) is ever replaced or removed; a free name goes to
 * the process that takes it first.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/io.h"
#include "cli/core/rule/desktop_entry.h"
#include "cli/core/rule/folders.h"
#include "cli/core/rule/menu.h"
#include "cli/core/rule/overrides.h"
#include "cli/base/say.h"
#include "cli/base/text.h"
#include "preload/contract.h"

/*
 * The third way to apply a rule: a desktop entry of the user's that hides the
 * installed one of the same id, and launches through onlyone.
 *
 * The override is a byte-for-byte copy of the installed entry, except for what
 * stands before the program in an Exec, and some keys.  An action that runs the
 * program in another mode keeps its Exec: while an instance runs, a launch
 * through onlyone would only show that one, and the mode would be lost.  These mark it as
 * ours, and tell when it is out of date.
 *
 * onlyone is put in front of the program, and an env of the entry stays in
 * front of onlyone, so that application and documents are the same as on a
 * command line.  If only the whole command line could name the application,
 * --app is the entry's id; if a terminal finds the program by another path,
 * --app is that path.
 */

static void
add(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

/* Append "KEY=VALUE", with the line end of the group's head. */
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
	return desktop_says(e->text, e->len, key, NULL);
}

/* Record the program, for disable.  If Exec runs it through another command,
 * record the program of TryExec. */
static void
program_put(struct buf *b, const struct desktop_line *head,
    const struct menu_entry *e, const struct menu_runs *runs)
{
	const char *program = runs->path;
	struct buf try = { 0 };

	if (runs->whole)
		program = desktop_get(e->text, e->len, "TryExec", &try) == 0 ?
		    try.at : "";
	key_put(b, head, "X-Onlyone-Program", program);
	buf_free(&try);
}

/* Append our keys, after the head of the main group. */
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
	/* A desktop hides an entry whose program in Exec is missing, but now
	 * sees only onlyone there: TryExec names the program.  If onlyone
	 * stands behind env, a desktop would not see that onlyone is missing:
	 * then TryExec names onlyone. */
	if (runs->behind)
		key_put(b, l, "TryExec", how->self);
	else if (!has(e, "TryExec"))
		key_put(b, l, "TryExec", runs->word);
}

/* Whether marks_put has written this key: leave out the installed one. */
static bool
replaced(const struct desktop_line *l, const struct menu_runs *runs)
{
	return l->group == DESKTOP_MAIN && l->key &&
	    (desktop_is(l, "DBusActivatable") ||
	    (runs->behind && desktop_is(l, "TryExec")) ||
	    (l->nkey > 10 && !memcmp(l->key, "X-Onlyone-", 10)));
}

/* Append --app, if onlyone would not find the application's name by itself. */
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

/* Whether this line is an Exec that goes through onlyone. */
static bool
goes(const struct desktop_line *l, const struct menu_entry *e,
    const struct menu_entry *plain)
{
	char ignored[MENU_MODE];

	if (!desktop_is(l, "Exec"))
		return false;
	/* Nothing runs the actions of what is started at login. */
	return l->group == DESKTOP_MAIN || (l->group == DESKTOP_ACTION &&
	    e->kind != MENU_AUTOSTART &&
	    !menu_modes(l->value, l->stop, plain, ignored));
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
		if (goes(&l, e, how->plain)) {
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

/* What its head calls an action, which is between blanks and brackets. */
static void
action_note(const struct menu_entry *e, const struct desktop_line *head,
    const char *what, const char *mode, const char *why)
{
	const char *name = memchr(head->at, '[', (size_t)(head->stop -
	    head->at));
	char action[NAME_MAX];
	struct text t = text_in(action, sizeof(action));

	name += strlen("[Desktop Action ");
	text_mem(&t, name, (size_t)((const char *)memchr(name, ']',
	    (size_t)(head->stop - name)) - name));
	say_note("the action ", action, " of ", e->id, what, mode, why, NULL);
}

void
override_tell(const struct menu_entry *e, const struct override_how *how)
{
	struct desktop_line l, head = { 0 };
	char mode[MENU_MODE];
	bool exec = true;
	struct desktop d;
	int more;

	bool bus = desktop_says(e->text, e->len, "DBusActivatable", "true");

	if (e->kind == MENU_AUTOSTART)
		return;
	desktop_init(&d, e->text, e->len);
	do {
		more = desktop_next(&d, &l) == 1;
		if ((!more || l.head) && !exec && bus)
			action_note(e, &head, " does nothing now: it has no"
			    " Exec, and was started over the bus", "", "");
		if (more && l.head) {
			exec = l.group != DESKTOP_ACTION;
			head = l;
		}
		if (!more || !desktop_is(&l, "Exec"))
			continue;
		exec = true;
		if (l.group == DESKTOP_ACTION &&
		    menu_modes(l.value, l.stop, how->plain, mode))
			action_note(e, &head, " keeps its Exec: ", mode,
			    " is another mode of the program");
	} while (more);
}

enum { FREE, OURS, FOREIGN, UNSEEN /* errno */ };

static int
path_fault(const char *what, const char *path, struct fault *f)
{
	return fault_errno(f, fault_write(errno), errno, what, path, NULL);
}

/* FOLDER/ID; path has PATH_MAX + NAME_MAX bytes. */
static int
entry_path(const struct menu_entry *e, char *path, struct fault *f)
{
	if (menu_folder(e->kind, path) < 0)
		return fault_set(f, EXIT_DENIED, "this user has no home", NULL);
	if (strlen(e->id) >= NAME_MAX)
		return fault_errno(f, EXIT_USAGE, ENAMETOOLONG, e->id, NULL);
	strcat(path, "/");
	strcat(path, e->id);
	return 0;
}

/* What lies at path. */
static int
looked(const char *path)
{
	struct stat st;
	size_t len;
	char *text;
	int r = FOREIGN;

	if (lstat(path, &st) < 0)
		return errno == ENOENT || errno == ENOTDIR ? FREE : UNSEEN;
	if (!S_ISREG(st.st_mode) || menu_read(path, &text, &len) < 0)
		return FOREIGN;
	if (desktop_says(text, len, MENU_MARK, "true"))
		r = OURS;
	free(text);
	return r;
}

static int
foreign_fault(const char *path, struct fault *f)
{
	return fault_set(f, EXIT_DENIED, path, " is your own, and would be"
	    " lost; put onlyone in front of its Exec, or move it away", NULL);
}

/* e->file, which lies at path, is to be kept under another name. */
static int
override_keep(struct menu_entry *e, const char *path, struct fault *f)
{
	char kept[PATH_MAX + NAME_MAX + sizeof(MENU_KEPT)], *name;
	struct stat st;

	snprintf(kept, sizeof(kept), "%s" MENU_KEPT, path);
	if (strcmp(path, e->file) != 0) /* it lies in a subfolder */
		return fault_set(f, EXIT_DENIED, e->file, " is your own; put"
		    " onlyone in front of its Exec", NULL);
	if (lstat(path, &st) < 0 || !S_ISREG(st.st_mode) ||
	    lstat(kept, &st) == 0 || errno != ENOENT)
		return foreign_fault(path, f);
	name = strdup(kept);
	if (!name)
		return fault_errno(f, EXIT_SYSTEM, ENOMEM, path, NULL);
	free(e->file);
	e->file = name;
	return 0;
}

int
override_room(struct menu_entry *e, struct fault *f)
{
	char path[PATH_MAX + NAME_MAX];

	if (entry_path(e, path, f) < 0)
		return -1;
	if (e->own && !e->kept)
		return override_keep(e, path, f);
	switch (looked(path)) {
	case FOREIGN:
		return foreign_fault(path, f);
	case UNSEEN:
		return path_fault("cannot write ", path, f);
	default:
		return 0;
	}
}

bool
override_there(const struct menu_entry *e)
{
	char path[PATH_MAX + NAME_MAX];
	struct fault ignored;

	return entry_path(e, path, &ignored) == 0 && looked(path) == OURS;
}

int
override_folder(const struct menu_entry *e, struct fault *f)
{
	char path[PATH_MAX + NAME_MAX], *end;
	int r;

	if (entry_path(e, path, f) < 0)
		return -1;
	/* Private, as the XDG specification has it. */
	r = place_folders(path, 0700);
	if (r == 0) {
		end = strrchr(path, '/');
		*end = '\0';
		r = access(path, W_OK | X_OK);
		*end = '/';
	}
	return r < 0 ? path_fault("cannot write ", path, f) : 0;
}

/* Move temp to path, without overwriting what another process puts there
 * meanwhile. */
static int
override_place(const char *temp, const char *path, const char *kept,
    struct fault *f)
{
	if (kept) {
		if (link(path, kept) < 0)
			return path_fault("cannot keep ", path, f);
		if (rename(temp, path) == 0)
			return 0;
		path_fault("cannot write ", path, f);
		unlink(kept);
		return -1;
	}
	for (;;) {
		switch (looked(path)) {
		case FREE:
			if (renameat2(AT_FDCWD, temp, AT_FDCWD, path,
			    RENAME_NOREPLACE) == 0 ||
			    /* Not every file system has NOREPLACE. */
			    (errno == EINVAL && rename(temp, path) == 0))
				return 0;
			if (errno != EEXIST)
				return path_fault("cannot write ", path, f);
			break;
		case OURS:
			return rename(temp, path) == 0 ? 0 :
			    path_fault("cannot write ", path, f);
		case UNSEEN:
			return path_fault("cannot write ", path, f);
		default:
			return foreign_fault(path, f);
		}
	}
}

int
override_write(const struct menu_entry *e, const struct buf *b,
    struct fault *f)
{
	const char *kept = e->own && !e->kept ? e->file : NULL;
	char path[PATH_MAX + NAME_MAX], temp[PATH_MAX + NAME_MAX];
	int fd, r;

	if (entry_path(e, path, f) < 0)
		return -1;
	snprintf(temp, sizeof(temp), "%.*s/.onlyone-%ld",
	    (int)(strrchr(path, '/') - path), path, (long)getpid());
	unlink(temp); /* left by a killed process */
	fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    0600);
	if (fd >= 0 && fchmod(fd, 0644) == 0 &&
	    io_write(fd, b->at, b->len) == 0 && fsync(fd) == 0)
		r = override_place(temp, path, kept, f);
	else
		r = path_fault("cannot write ", path, f);
	io_close(&fd);
	if (r < 0)
		unlink(temp);
	return r;
}

/* A value of the main group, "" if it is not there; NULL: ENOMEM. */
static char *
key_value(const char *text, size_t len, const char *key)
{
	struct buf b = { 0 };
	char *r;

	r = desktop_get(text, len, key, &b) == 0 ? strdup(b.at) : strdup("");
	buf_free(&b);
	return r;
}

/* The path of onlyone in the override's Exec; "": unknown. */
static char *
self_of(struct override *o, char *text, size_t len)
{
	struct menu_entry e = { .file = o->file, .text = text, .len = len };
	struct menu_runs runs;
	struct fault ignored;

	if (menu_runs(&e, &runs, &ignored) < 0 || !runs.onlyone)
		return strdup("");
	return strdup(runs.word);
}

static enum override_state
state_of(const struct override *o, const char *digest)
{
	char hex[SHA256_DIGEST_STRING_LENGTH], *text;
	struct stat st, self;
	size_t len;

	if (!*o->self)
		return OVERRIDE_BAD;
	if (access(o->self, X_OK) < 0 || stat(o->self, &st) < 0 ||
	    !S_ISREG(st.st_mode))
		return OVERRIDE_LOST;
	if (menu_read(o->source, &text, &len) < 0)
		return OVERRIDE_ALONE;
	SHA256Data((const uint8_t *)text, len, hex);
	free(text);
	if (strcmp(hex, digest) != 0)
		return OVERRIDE_STALE;
	return stat("/proc/self/exe", &self) == 0 &&
	    (self.st_dev != st.st_dev || self.st_ino != st.st_ino) ?
	    OVERRIDE_FOREIGN : OVERRIDE_GOOD;
}

static void
override_free(struct override *o)
{
	free(o->id);
	free(o->file);
	free(o->source);
	free(o->program);
	free(o->rule);
	free(o->self);
}

/* Add a file, if it is an override of ours. */
static int
override_add(struct overrides *os, enum menu_kind kind, const char *path,
    const char *id)
{
	struct override *more, o = { .kind = kind };
	char *text, *digest, *mime;
	size_t len;

	errno = 0;
	if (looked(path) != OURS || menu_read(path, &text, &len) < 0)
		return !errno || fault_of_path(errno) ? 0 : -1;
	o.id = strdup(id);
	o.file = strdup(path);
	o.source = key_value(text, len, "X-Onlyone-Source");
	o.program = key_value(text, len, "X-Onlyone-Program");
	o.rule = key_value(text, len, "X-Onlyone-Options");
	digest = key_value(text, len, "X-Onlyone-Digest");
	mime = key_value(text, len, "MimeType");
	o.self = o.file ? self_of(&o, text, len) : NULL;
	more = realloc(os->at, (os->n + 1) * sizeof(*more));
	if (more)
		os->at = more;
	if (more && o.id && o.source && o.program && o.rule && o.self &&
	    digest && mime) {
		o.state = state_of(&o, digest);
		o.mime = *mime != '\0';
		os->at[os->n++] = o;
	} else {
		override_free(&o);
		more = NULL;
	}
	free(text);
	free(digest);
	free(mime);
	return more ? 0 : -1;
}

static int
by_id(const void *a, const void *b)
{
	return strcmp(((const struct override *)a)->id,
	    ((const struct override *)b)->id);
}

/* Add those of one kind.  -1: errno. */
static int
kind_add(struct overrides *os, enum menu_kind kind)
{
	char path[PATH_MAX + NAME_MAX + 1];
	struct dirent *e;
	size_t len, n;
	DIR *dir;
	int err, r = 0;

	dir = menu_folder(kind, path) == 0 ? opendir(path) : NULL;
	if (!dir)
		return fault_of_path(errno) ? 0 : -1;
	len = strlen(path);
	while (r == 0 && (e = io_entry(dir))) {
		n = strlen(e->d_name);
		if (n <= 8 || strcmp(e->d_name + n - 8, ".desktop") != 0)
			continue;
		path[len] = '/';
		strcpy(path + len + 1, e->d_name);
		r = override_add(os, kind, path, e->d_name);
	}
	err = errno;
	closedir(dir);
	errno = err;
	return err ? -1 : r;
}

int
overrides_find(struct overrides *os, struct fault *f)
{
	int r = 0;

	os->at = NULL;
	os->n = 0;
	for (enum menu_kind k = 0; r == 0 && k < MENU_KINDS; k++)
		r = kind_add(os, k);
	if (r < 0) {
		fault_errno(f, EXIT_SYSTEM, errno, "cannot read the desktop"
		    " entries", NULL);
		overrides_free(os);
		return -1;
	}
	if (os->n)
		qsort(os->at, os->n, sizeof(*os->at), by_id);
	return 0;
}

void
overrides_free(struct overrides *os)
{
	for (size_t i = 0; i < os->n; i++)
		override_free(&os->at[i]);
	free(os->at);
	os->at = NULL;
	os->n = 0;
}

int
override_remove(const struct override *o, struct fault *f)
{
	size_t n = strlen(o->file);

	/* Another file may be there by now. */
	errno = 0;
	if (looked(o->file) != OURS)
		return !errno || fault_of_path(errno) ? 1 :
		    path_fault("cannot remove ", o->file, f);
	if (!strncmp(o->source, o->file, n) &&
	    !strcmp(o->source + n, MENU_KEPT))
		return rename(o->source, o->file) == 0 ? 0 :
		    path_fault("cannot put back ", o->source, f);
	if (unlink(o->file) == 0)
		return 0;
	return errno == ENOENT ? 1 : path_fault("cannot remove ", o->file, f);
}
