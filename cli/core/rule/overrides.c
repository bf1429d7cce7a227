/*
 * overrides.c: overrides as files: write, read back, remove.
 *
 * Overrides share a folder with entries that the user has written.  Only a
 * plain file with our mark (MENU_MARK) is ever replaced or removed; a free name
 * goes to the process that takes it first.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/core/rule/desktop_entry.h"
#include "cli/core/rule/folders.h"
#include "cli/core/rule/menu.h"
#include "cli/core/rule/overrides.h"
#include "preload/contract.h"

/*
 * The third way to apply a rule: an entry in the user's folder that hides the
 * installed one of the same id, and launches through onlyone.
 *
 * The override is a byte-for-byte copy of the installed entry, except for some
 * keys and for the front of each Exec: onlyone, which looks through env and the
 * like as on a command line.  An action that runs the program in another mode
 * keeps its Exec: while an instance is running, a launch through onlyone would
 * only show it, and the mode would be lost.
 *
 * If only the whole command line could name the application, --app is the
 * entry's id; if its user calls it by another path, --app is that path.
 */

static void
entry_add(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

/* Append "KEY=VALUE", with the line end of the group's head. */
static void
key_put(struct buf *b, const struct desktop_line *head, const char *key,
    const char *value)
{
	entry_add(b, key);
	entry_add(b, "=");
	desktop_escape(b, value);
	buf_add(b, head->stop, (size_t)(head->end - head->stop));
}

/* Append our keys, after the head of the main group. */
static void
marks_put(struct buf *b, const struct desktop_line *l,
    const struct menu_entry *e, const struct override_how *how)
{
	key_put(b, l, MENU_MARK, "true");
	key_put(b, l, MENU_SOURCE, e->file);
	key_put(b, l, MENU_PROGRAM, *e->program && *how->app ? how->app :
	    e->program);
	if (*how->rule)
		key_put(b, l, "X-Onlyone-Options", how->rule);
	key_put(b, l, "DBusActivatable", "false");
	if (!menu_says(e, "X-GNOME-SingleWindow", NULL))
		key_put(b, l, "X-GNOME-SingleWindow", "true");
	/* A desktop hides an entry whose program in Exec is missing, but now
	 * sees only onlyone there: TryExec names the program. */
	if (!menu_says(e, "TryExec", NULL))
		key_put(b, l, "TryExec", e->runs.x.word[e->runs.at]);
}

void
override_front(struct buf *b, const struct menu_entry *e,
    const struct override_how *how)
{
	char app[PATH_MAX + 8] = "";

	exec_quote(b, how->self);
	for (size_t i = 0; i < how->noptions; i++) {
		entry_add(b, " ");
		exec_quote(b, how->options[i]);
	}
	if (!how->app_given && e->runs.whole)
		snprintf(app, sizeof(app), "--app=%.*s",
		    (int)(strlen(e->id) - strlen(".desktop")), e->id);
	else if (!how->app_given && *how->app &&
	    strcmp(how->app, e->program) != 0)
		snprintf(app, sizeof(app), "--app=%s", how->app);
	if (*app) {
		entry_add(b, " ");
		exec_quote(b, app);
	}
	entry_add(b, " -- ");
}

#define ACTION "Desktop Action "

/* Append the id of an action; its head has blanks and brackets around it. */
static void
action_add(struct buf *b, const struct desktop_line *head)
{
	const char *name = memchr(head->at, '[', (size_t)(head->stop -
	    head->at)), *stop;

	name++;
	stop = memchr(name, ']', (size_t)(head->stop - name));
	if ((size_t)(stop - name) > strlen(ACTION) &&
	    !strncmp(name, ACTION, strlen(ACTION)))
		name += strlen(ACTION);
	buf_add(b, name, (size_t)(stop - name));
}

/* One note for all actions that stay as they are. */
static void
kept_note(struct buf *notes, const struct menu_entry *e, struct buf *kept)
{
	if (!kept->len)
		return;
	buf_add(kept, "", 1);
	entry_add(notes, "actions of ");
	entry_add(notes, e->id);
	entry_add(notes, " that stay as they are:");
	buf_string(notes, kept->failed ? "" : kept->at);
}

/* Whether this Exec goes through onlyone; head: of its group.  If it is of an
 * action that does not, append that to kept, with the word that says why. */
static bool
exec_goes(const struct desktop_line *l, const struct menu_entry *e,
    const struct override_how *how, const struct desktop_line *head,
    struct buf *kept)
{
	const char *word = NULL;
	struct menu_exec runs;
	bool plain;

	if (l->group == DESKTOP_MAIN)
		return true;
	/* Nothing runs the actions of entries started at login. */
	if (l->group != DESKTOP_ACTION || e->kind == MENU_AUTOSTART)
		return false;
	plain = menu_exec(&runs, l->value, l->stop, &word) == 0 &&
	    !menu_modes(&runs, how->plain, &word);
	if (!plain && word) {
		entry_add(kept, kept->len ? ", " : " ");
		action_add(kept, head);
		entry_add(kept, " (");
		entry_add(kept, word);
		entry_add(kept, ")");
	}
	menu_exec_free(&runs);
	return plain;
}

int
override_make(struct buf *b, const struct menu_entry *e,
    const struct override_how *how, struct fault *f)
{
	bool bus = menu_says(e, "DBusActivatable", "true");
	struct desktop_line l, head = { 0 };
	bool begun = false, exec = true, more;
	struct buf front = { 0 }, kept = { 0 };
	struct desktop d;

	override_front(&front, e, how);
	desktop_init(&d, e->text.at, e->text.len);
	do {
		more = desktop_next(&d, &l) == 1;
		if ((!more || l.head) && !exec && bus &&
		    e->kind == MENU_APPLICATIONS) {
			entry_add(how->notes, "action ");
			action_add(how->notes, &head);
			entry_add(how->notes, " of ");
			entry_add(how->notes, e->id);
			buf_string(how->notes, " does nothing now: it has no"
			    " Exec, and was started over the bus");
		}
		if (!more)
			break;
		if (l.head) {
			exec = l.group != DESKTOP_ACTION;
			head = l;
		}
		if (l.group == DESKTOP_MAIN &&
		    desktop_is(&l, "DBusActivatable"))
			continue;
		exec = exec || desktop_is(&l, "Exec");
		if (desktop_is(&l, "Exec") && exec_goes(&l, e, how, &head,
		    &kept)) {
			buf_add(b, l.at, (size_t)(l.value - l.at));
			buf_add(b, front.at, front.len);
			buf_add(b, l.value, (size_t)(l.end - l.value));
			continue;
		}
		buf_add(b, l.at, (size_t)(l.end - l.at));
		if (l.head && l.group == DESKTOP_MAIN && !begun) {
			marks_put(b, &l, e, how);
			begun = true;
		}
	} while (more);
	kept_note(how->notes, e, &kept);
	more = b->failed || front.failed || how->notes->failed;
	buf_free(&kept);
	buf_free(&front);
	return more ? fault_errno(f, EXIT_SYSTEM, ENOMEM, e->file, NULL) : 0;
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

/* What is at path. */
static int
place_look(const char *path)
{
	struct menu_entry e = { 0 };
	struct stat st;
	int r = FOREIGN;

	if (lstat(path, &st) < 0)
		return errno == ENOENT || errno == ENOTDIR ? FREE : UNSEEN;
	if (S_ISREG(st.st_mode) && menu_read(path, &e.text) < 0)
		r = errno == EFBIG || fault_of_path(errno) ? FOREIGN : UNSEEN;
	else if (S_ISREG(st.st_mode) && menu_says(&e, MENU_MARK, "true"))
		r = OURS;
	buf_free(&e.text);
	return r;
}

static int
foreign_fault(const char *path, struct fault *f)
{
	return fault_set(f, EXIT_DENIED, path, " is your own, and would be"
	    " lost; put onlyone in front of its Exec, or move it away", NULL);
}

/* Whether two names are one file: a killed process has saved an entry, but not
 * yet put the override in its place. */
static bool
same_file(const char *a, const char *b)
{
	struct stat x, y;

	return lstat(a, &x) == 0 && lstat(b, &y) == 0 && x.st_dev == y.st_dev &&
	    x.st_ino == y.st_ino;
}

/* Save e->file, which is at path, under another name. */
static int
override_keep(struct menu_entry *e, const char *path, struct fault *f)
{
	char kept[PATH_MAX + NAME_MAX + sizeof(MENU_KEPT)], *name;
	struct stat st;

	snprintf(kept, sizeof(kept), "%s" MENU_KEPT, path);
	if (strcmp(path, e->file) != 0) /* it is in a subfolder */
		return fault_set(f, EXIT_DENIED, e->file, " is your own; put"
		    " onlyone in front of its Exec", NULL);
	if (lstat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return foreign_fault(path, f);
	if (lstat(kept, &st) < 0) {
		if (errno != ENOENT)
			return path_fault("cannot keep ", path, f);
	} else if (!same_file(path, kept)) {
		return fault_set(f, EXIT_DENIED, kept, " is in the way: ", path,
		    " would be kept there; move it away", NULL);
	}
	name = strdup(kept);
	if (!name)
		return fault_errno(f, EXIT_SYSTEM, ENOMEM, path, NULL);
	free(e->file);
	e->file = name;
	return 0;
}

/* Make the folder of path, and check that it is writable. */
static int
folder_make(char *path, struct fault *f)
{
	/* Private, as the XDG specification has it. */
	int r = place_folders(path, 0700);
	char *end = strrchr(path, '/');

	*end = '\0';
	if (r == 0)
		r = access(path, W_OK | X_OK);
	*end = '/';
	return r < 0 ? path_fault("cannot write ", path, f) : 0;
}

int
override_room(struct menu_entry *e, struct fault *f)
{
	char path[PATH_MAX + NAME_MAX];

	if (entry_path(e, path, f) < 0)
		return -1;
	if (e->users_own && !e->kept)
		return override_keep(e, path, f) < 0 ? -1 :
		    folder_make(path, f);
	switch (place_look(path)) {
	case FOREIGN:
		return foreign_fault(path, f);
	case UNSEEN:
		return path_fault("cannot write ", path, f);
	default:
		return folder_make(path, f);
	}
}

bool
override_there(const struct menu_entry *e)
{
	char path[PATH_MAX + NAME_MAX];
	struct fault ignored;

	return entry_path(e, path, &ignored) == 0 && place_look(path) == OURS;
}

/* Move temp to path, without overwriting what another process puts there
 * meanwhile. */
static int
override_place(const char *temp, const char *path, const char *kept,
    struct fault *f)
{
	if (kept) {
		if (link(path, kept) < 0 && !(errno == EEXIST &&
		    same_file(path, kept)))
			return path_fault("cannot keep ", path, f);
		if (rename(temp, path) == 0)
			return 0;
		path_fault("cannot write ", path, f);
		unlink(kept);
		return -1;
	}
	for (;;) {
		switch (place_look(path)) {
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
	const char *kept = e->users_own && !e->kept ? e->file : NULL;
	char path[PATH_MAX + NAME_MAX], temp[PATH_MAX + NAME_MAX];

	if (entry_path(e, path, f) < 0)
		return -1;
	if (place_draft(path, b, temp, sizeof(temp)) < 0)
		return path_fault("cannot write ", path, f);
	if (override_place(temp, path, kept, f) == 0)
		return 0;
	unlink(temp);
	return -1;
}

enum override_state
override_state(const struct menu_entry *o)
{
	struct stat st;

	if (!menu_onlyone(&o->runs))
		return OVERRIDE_BAD;
	if (access(o->runs.x.word[o->runs.at], X_OK) < 0 &&
	    fault_of_path(errno))
		return OVERRIDE_LOST;
	return stat(o->source, &st) < 0 && (errno == ENOENT ||
	    errno == ENOTDIR) ? OVERRIDE_ALONE : OVERRIDE_GOOD;
}

int
override_remove(const struct menu_entry *o, struct fault *f)
{
	size_t n = strlen(o->file);

	/* Another file may be there by now. */
	errno = 0;
	if (place_look(o->file) != OURS)
		return !errno || fault_of_path(errno) ? 1 :
		    path_fault("cannot remove ", o->file, f);
	if (!strncmp(o->source, o->file, n) &&
	    !strcmp(o->source + n, MENU_KEPT)) {
		if (rename(o->source, o->file) == 0)
			return 0;
		if (errno != ENOENT) /* else its user has removed it */
			return path_fault("cannot put back ", o->source, f);
	}
	if (unlink(o->file) == 0)
		return 0;
	return errno == ENOENT ? 1 : path_fault("cannot remove ", o->file, f);
}
