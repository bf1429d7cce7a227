/*
 * menu.c: where desktop entries lie, and which of them count.
 *
 * All entries are read into memory, folder by folder, in the order of a
 * desktop; of several with one id the first stays.  An entry of the user's own
 * that an override has replaced is read in the override's place.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/interp.h"
#include "cli/base/io.h"
#include "cli/core/key/identity.h"
#include "cli/core/rule/desktop_entry.h"
#include "cli/core/rule/folders.h"
#include "cli/core/rule/menu.h"
#include "cli/base/say.h"
#include "cli/base/text.h"
#include "preload/contract.h"

#define SUFFIX ".desktop"
#define FOLDER "/applications"

enum { ENTRY_MOST = 4 << 20, DEPTH_MOST = 6 };

static int
menu_fault(struct fault *f)
{
	return fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot read the desktop"
	    " entries", NULL);
}

int
menu_folder(char *path)
{
	const char *given = getenv("XDG_DATA_HOME");
	char home[PATH_MAX];
	bool own = given && *given == '/';

	if (!own && place_home(home) < 0)
		return -1;
	if (text_join(path, PATH_MAX, own ? given : home, own ? "" :
	    "/.local/share", FOLDER, NULL))
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

int
menu_vet(struct fault *f)
{
	const char *given = getenv("XDG_DATA_HOME");
	char path[PATH_MAX];
	uid_t owner;

	if (!given || !place_foreign(given, path, &owner))
		return 0;
	return fault_set(f, EXIT_DENIED, "XDG_DATA_HOME: ", path, " belongs to"
	    " another user, ", TEXT_NUM(owner), "; unset it (sudo -E keeps"
	    " it), or run this as that user", NULL);
}

int
menu_read(const char *file, char **text, size_t *len)
{
	int fd = open(file, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	struct buf b = { 0 };
	int r = -1;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0) {
		if (!S_ISREG(st.st_mode))
			errno = EINVAL;
		else
			r = io_slurp(fd, &b, ENTRY_MOST);
	}
	if (r == 0) {
		*text = malloc(b.len + 1);
		*len = b.len;
		r = *text ? 0 : -1;
	}
	if (r == 0) {
		if (b.len)
			memcpy(*text, b.at, b.len);
		(*text)[b.len] = '\0';
	}
	io_close(&fd);
	buf_free(&b);
	return r;
}

static bool
known(const struct menu *m, const char *id)
{
	for (size_t i = 0; i < m->n; i++) {
		if (!strcmp(m->at[i].id, id))
			return true;
	}
	return false;
}

/* Whether the override in this file has replaced an entry of the user's own; if
 * so, read that entry into e. */
static bool
kept_read(struct menu_entry *e, const char *file)
{
	char path[PATH_MAX + sizeof(MENU_KEPT)];
	struct buf source = { 0 };
	bool kept;

	snprintf(path, sizeof(path), "%s" MENU_KEPT, file);
	kept = desktop_get(e->text, e->len, "X-Onlyone-Source", &source) == 0 &&
	    !strcmp(source.at, path);
	buf_free(&source);
	if (!kept)
		return false;
	free(e->text);
	e->text = NULL;
	e->kept = menu_read(path, &e->text, &e->len) == 0;
	e->file = e->kept ? strdup(path) : NULL;
	return e->kept;
}

/* Add a file, unless it is an override of ours, or an earlier entry has its
 * id. */
static int
entry_add(struct menu *m, const char *file, const char *below, bool own,
    struct fault *f)
{
	struct menu_entry e = { .own = own }, *more;

	if (!(e.id = strdup(below)))
		return menu_fault(f);
	for (char *s = e.id; (s = strchr(s, '/'));)
		*s = '-';
	if (known(m, e.id) || menu_read(file, &e.text, &e.len) < 0 ||
	    (own && desktop_says(e.text, e.len, MENU_MARK, "true") &&
	    !kept_read(&e, file))) {
		free(e.id);
		free(e.text);
		return 0;
	}
	if (!e.kept)
		e.file = strdup(file);
	more = realloc(m->at, (m->n + 1) * sizeof(*more));
	if (more)
		m->at = more;
	if (e.file && more) {
		m->at[m->n++] = e;
		return 0;
	}
	free(e.id);
	free(e.text);
	free(e.file);
	return menu_fault(f);
}

/* Add all below a folder; top: length of the path of applications/ itself. */
static int
folder_add(struct menu *m, struct text *t, size_t top, bool own, int depth,
    struct fault *f)
{
	size_t len = t->len, n;
	struct dirent *e;
	struct stat st;
	int r = 0;
	DIR *dir = opendir(t->at);

	while (dir && r == 0 && (e = readdir(dir))) {
		if (*e->d_name == '.')
			continue;
		text_all(t, "/", e->d_name, NULL);
		n = strlen(e->d_name);
		if (!t->cut && n > strlen(SUFFIX) &&
		    !strcmp(e->d_name + n - strlen(SUFFIX), SUFFIX))
			r = entry_add(m, t->at, t->at + top + 1, own, f);
		else if (!t->cut && depth < DEPTH_MOST &&
		    (e->d_type == DT_DIR || e->d_type == DT_LNK ||
		    e->d_type == DT_UNKNOWN) &&
		    stat(t->at, &st) == 0 && S_ISDIR(st.st_mode))
			r = folder_add(m, t, top, own, depth + 1, f);
		t->len = len;
		t->at[len] = '\0';
		t->cut = false;
	}
	if (dir)
		closedir(dir);
	return r;
}

int
menu_scan(struct menu *m, struct fault *f)
{
	const char *dirs = getenv("XDG_DATA_DIRS");
	char path[PATH_MAX];
	struct text t;
	size_t len;
	int r = 0;

	m->at = NULL;
	m->n = 0;
	if (menu_folder(path) == 0) {
		t = (struct text){ path, strlen(path), sizeof(path), false };
		r = folder_add(m, &t, t.len, true, 0, f);
	}
	if (!dirs || !*dirs)
		dirs = "/usr/local/share:/usr/share";
	for (; r == 0; dirs += len + 1) {
		len = strcspn(dirs, ":");
		t = text_in(path, sizeof(path));
		text_mem(&t, dirs, len);
		while (t.len > 1 && path[t.len - 1] == '/')
			path[--t.len] = '\0';
		text_add(&t, FOLDER);
		if (*dirs == '/' && !t.cut)
			r = folder_add(m, &t, t.len, false, 0, f);
		if (!dirs[len])
			break;
	}
	if (r < 0)
		menu_free(m);
	return r;
}

void
menu_free(struct menu *m)
{
	for (size_t i = 0; i < m->n; i++) {
		free(m->at[i].id);
		free(m->at[i].file);
		free(m->at[i].text);
	}
	free(m->at);
	m->at = NULL;
	m->n = 0;
}

/*
 * What a desktop entry runs.
 */

static int
line_fault(const struct menu_entry *e, unsigned int line, const char *why,
    struct fault *f)
{
	char digits[24];

	return fault_set(f, EXIT_USAGE, e->file, ":", say_num(digits, line),
	    ": ", why, NULL);
}

static bool
is_onlyone(const char *word)
{
	const char *base = basename(word);

	return !strcmp(base, "onlyone") || !strcmp(base, "onlyonectl");
}

int
menu_exec(const struct menu_entry *e, unsigned int line, const char *value,
    const char *end, struct menu_runs *r, struct fault *f)
{
	static struct identity id;
	const struct interp *in;
	const char *why, *word;
	struct fault ignored;
	struct exec x;
	struct text t;
	size_t i = 0;
	int split = exec_split(&x, value, end, &why);

	memset(r, 0, sizeof(*r));
	if (split == 0) {
		i = exec_program(&x);
		word = x.argv[i];
		t = text_in(r->word, sizeof(r->word));
		text_add(&t, word);
		r->at = x.from[i];
		r->behind = i > 0;
		r->onlyone = is_onlyone(word);
		in = interp_find(word);
		r->whole = in && !interp_file(in, x.argv + i);
		/* A program that is not installed has no path: use the word in
		 * Exec. */
		strcpy(r->path, r->word);
		if (identity_find(&id, x.argv + i, NULL, &ignored) == 0) {
			r->whole = id.whole;
			if (!id.whole)
				strcpy(r->path, id.app);
		}
	}
	exec_free(&x);
	return split == 0 ? 0 : split < 0 ? fault_errno(f, EXIT_SYSTEM, ENOMEM,
	    e->file, NULL) : line_fault(e, line, why, f);
}

int
menu_runs(const struct menu_entry *e, struct menu_runs *r, struct fault *f)
{
	const char *value = NULL, *end = NULL;
	unsigned int line = 0;
	struct desktop_line l;
	struct desktop d;
	int got;

	desktop_init(&d, e->text, e->len);
	while ((got = desktop_next(&d, &l)) == 1) {
		if (l.group == DESKTOP_MAIN && desktop_is(&l, "Exec")) {
			value = l.value;
			end = l.stop;
			line = d.line;
		}
	}
	if (got < 0)
		return line_fault(e, d.line, d.why, f);
	if (d.group == DESKTOP_NONE)
		return line_fault(e, 1, "it is not a desktop entry", f);
	if (!desktop_says(e->text, e->len, "Type", "Application"))
		return fault_set(f, EXIT_USAGE, e->file, " is not an"
		    " application (Type=)", NULL);
	if (desktop_says(e->text, e->len, "Hidden", "true"))
		return fault_set(f, EXIT_USAGE, e->file, " counts as deleted"
		    " (Hidden=true)", NULL);
	if (!value)
		return fault_set(f, EXIT_USAGE, e->file, " has no Exec: it is"
		    " started over the bus alone", NULL);
	return menu_exec(e, line, value, end, r, f);
}

int
menu_chosen(const struct menu *m, struct menu_runs *r)
{
	struct fault ignored;
	size_t i = 0;

	while (i < m->n && !m->at[i].chosen)
		i++;
	return i < m->n ? menu_runs(&m->at[i], r, &ignored) : -1;
}
