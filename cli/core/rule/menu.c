/*
 * menu.c: where desktop entries lie, which of them count, and what they run.
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

enum { ENTRY_MOST = 4 << 20, DEPTH_MOST = 6 };

/* The specifications of base directories, menus and autostart. */
static const struct {
	const char *home, *below; /* a variable; without it, below the home */
	const char *dirs, *usual; /* a variable; without it, these */
	const char *folder;
	int depth; /* at which to begin: folders below count, or not */
} kinds[] = {
	[MENU_APPLICATIONS] = { "XDG_DATA_HOME", "/.local/share",
	    "XDG_DATA_DIRS", "/usr/local/share:/usr/share", "/applications",
	    0 },
	[MENU_AUTOSTART] = { "XDG_CONFIG_HOME", "/.config", "XDG_CONFIG_DIRS",
	    "/etc/xdg", "/autostart", DEPTH_MOST },
};

static int
menu_fault(struct fault *f)
{
	return fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot read the desktop"
	    " entries", NULL);
}

int
menu_folder(enum menu_kind kind, char *path)
{
	const char *given = getenv(kinds[kind].home);
	char home[PATH_MAX];
	bool own = given && *given == '/';

	if (!own && place_home(home) < 0)
		return -1;
	if (text_join(path, PATH_MAX, own ? given : home, own ? "" :
	    kinds[kind].below, kinds[kind].folder, NULL))
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

int
menu_vet(enum menu_kind kind, struct fault *f)
{
	const char *given = getenv(kinds[kind].home);
	char path[PATH_MAX];
	uid_t owner;

	if (!given || !place_foreign(given, path, &owner))
		return 0;
	return fault_set(f, EXIT_DENIED, kinds[kind].home, ": ", path,
	    " belongs to another user, ", TEXT_NUM(owner), "; unset it (sudo -E keeps"
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
known(const struct menu *m, const struct menu_entry *e)
{
	for (size_t i = 0; i < m->n; i++) {
		if (m->at[i].kind == e->kind && !strcmp(m->at[i].id, e->id))
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
 * id.  like: its kind, and whether it is the user's own. */
static int
entry_add(struct menu *m, const char *file, const char *below,
    const struct menu_entry *like, struct fault *f)
{
	struct menu_entry e = *like, *more;

	if (!(e.id = strdup(below)))
		return menu_fault(f);
	for (char *s = e.id; (s = strchr(s, '/'));)
		*s = '-';
	if (known(m, &e) || menu_read(file, &e.text, &e.len) < 0 ||
	    (e.own && desktop_says(e.text, e.len, MENU_MARK, "true") &&
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

/* Add all below a folder; top: length of the path of the folder from which ids
 * count. */
static int
folder_add(struct menu *m, struct text *t, size_t top,
    const struct menu_entry *like, int depth, struct fault *f)
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
			r = entry_add(m, t->at, t->at + top + 1, like, f);
		else if (!t->cut && depth < DEPTH_MOST &&
		    (e->d_type == DT_DIR || e->d_type == DT_LNK ||
		    e->d_type == DT_UNKNOWN) &&
		    stat(t->at, &st) == 0 && S_ISDIR(st.st_mode))
			r = folder_add(m, t, top, like, depth + 1, f);
		t->len = len;
		t->at[len] = '\0';
		t->cut = false;
	}
	if (dir)
		closedir(dir);
	return r;
}

/* Add all entries of a kind. */
static int
kind_add(struct menu *m, enum menu_kind kind, struct fault *f)
{
	struct menu_entry like = { .kind = kind, .own = true };
	const char *dirs = getenv(kinds[kind].dirs);
	int r = 0, depth = kinds[kind].depth;
	char path[PATH_MAX];
	struct text t;
	size_t len;

	if (menu_folder(kind, path) == 0) {
		t = (struct text){ path, strlen(path), sizeof(path), false };
		r = folder_add(m, &t, t.len, &like, depth, f);
	}
	like.own = false;
	if (!dirs || !*dirs)
		dirs = kinds[kind].usual;
	for (; r == 0; dirs += len + 1) {
		len = strcspn(dirs, ":");
		t = text_in(path, sizeof(path));
		text_mem(&t, dirs, len);
		while (t.len > 1 && path[t.len - 1] == '/')
			path[--t.len] = '\0';
		text_add(&t, kinds[kind].folder);
		if (*dirs == '/' && !t.cut)
			r = folder_add(m, &t, t.len, &like, depth, f);
		if (!dirs[len])
			break;
	}
	return r;
}

int
menu_scan(struct menu *m, struct fault *f)
{
	int r = 0;

	m->at = NULL;
	m->n = 0;
	for (enum menu_kind k = 0; r == 0 && k < MENU_KINDS; k++)
		r = kind_add(m, k, f);
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

/* The last Exec of the main group, which counts; its value NULL: there is none.
 * Returns what desktop_next said in the end, and *d is as that left it. */
static int
main_exec(const struct menu_entry *e, struct desktop *d,
    struct desktop_line *exec, unsigned int *line)
{
	struct desktop_line l;
	int got;

	memset(exec, 0, sizeof(*exec));
	desktop_init(d, e->text, e->len);
	while ((got = desktop_next(d, &l)) == 1) {
		if (l.group == DESKTOP_MAIN && desktop_is(&l, "Exec")) {
			*exec = l;
			*line = d->line;
		}
	}
	return got;
}

int
menu_runs(const struct menu_entry *e, struct menu_runs *r, struct fault *f)
{
	unsigned int line = 0;
	struct desktop_line exec;
	struct desktop d;
	int got = main_exec(e, &d, &exec, &line);

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
	if (!exec.value)
		return fault_set(f, EXIT_USAGE, e->file, " has no Exec: it is"
		    " started over the bus alone", NULL);
	return menu_exec(e, line, exec.value, exec.stop, r, f);
}

/* Whether a word behind the program says in which mode it is to run: an option,
 * a command.  A path or URL is a document. */
static bool
is_mode(const char *word)
{
	return *word == '-' ? strcmp(word, "--") != 0 :
	    *word && !strpbrk(word, "/:");
}

static bool
has_word(const struct exec *x, const char *word)
{
	for (size_t i = exec_program(x); i < x->n; i++) {
		if (!strcmp(x->argv[i], word))
			return true;
	}
	return false;
}

size_t
menu_modes(const char *value, const char *stop, const struct menu_entry *plain,
    char *first)
{
	struct desktop_line l = { 0 };
	struct exec x, y = { 0 };
	const char *why, *word;
	unsigned int line;
	struct desktop d;
	size_t n = 0;

	if (plain)
		main_exec(plain, &d, &l, &line);
	if (l.value && exec_split(&y, l.value, l.stop, &why) != 0)
		y.n = 0;
	if (exec_split(&x, value, stop, &why) == 0) {
		for (size_t i = exec_program(&x) + 1; i < x.n; i++) {
			word = x.argv[i];
			if (is_mode(word) && !has_word(&y, word) && !n++)
				text_join(first, MENU_MODE, word, NULL);
		}
	}
	exec_free(&x);
	exec_free(&y);
	return n;
}

size_t
menu_entry_modes(const struct menu_entry *e, const struct menu_entry *plain,
    char *first)
{
	struct desktop_line l;
	unsigned int line;
	struct desktop d;

	main_exec(e, &d, &l, &line);
	return l.value ? menu_modes(l.value, l.stop, plain, first) : 0;
}

bool
menu_opens(const struct menu_entry *e)
{
	struct buf types = { 0 };
	char *next, *type;
	bool r = false;

	if (desktop_get(e->text, e->len, "MimeType", &types) == 0) {
		for (next = types.at; (type = strsep(&next, ";"));)
			r = r || (*type &&
			    strncmp(type, "x-scheme-handler/", 17) != 0 &&
			    strncmp(type, "x-content/", 10) != 0);
	}
	buf_free(&types);
	return r;
}

/* Whether a comes before b as the entry that runs the program in no mode: by
 * fewer words, then as the one for files; then by id, so that it is always the
 * same one. */
static bool
plainer(const struct menu_entry *a, const struct menu_entry *b)
{
	char ignored[MENU_MODE];
	size_t n = menu_entry_modes(a, NULL, ignored);
	size_t of = menu_entry_modes(b, NULL, ignored);

	if (n != of)
		return n < of;
	if (menu_opens(a) != menu_opens(b))
		return menu_opens(a);
	return strcmp(a->id, b->id) < 0;
}

const struct menu_entry *
menu_plain(const struct menu *m)
{
	const struct menu_entry *plain = NULL;

	for (size_t i = 0; i < m->n; i++) {
		if (m->at[i].chosen && (!plain || plainer(&m->at[i], plain)))
			plain = &m->at[i];
	}
	return plain;
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
