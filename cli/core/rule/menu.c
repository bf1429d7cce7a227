/*
 * menu.c: where desktop entries are, which of them count, and what they run.
 *
 * All entries are read into memory, folder by folder, in the order that
 * desktops use; of several with the same id the first counts.  If an override
 * has replaced an entry of the user's own, that entry is read in its place.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/interp.h"
#include "cli/base/io.h"
#include "cli/base/text.h"
#include "cli/core/key/identity.h"
#include "cli/core/rule/desktop_entry.h"
#include "cli/core/rule/folders.h"
#include "cli/core/rule/menu.h"
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
menu_fault(int err, struct fault *f)
{
	return fault_errno(f, EXIT_SYSTEM, err, "cannot read the desktop"
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

bool
menu_folder_next(enum menu_kind kind, const char **dirs, char *path)
{
	struct text t;
	size_t len;

	if (!*dirs)
		*dirs = getenv(kinds[kind].dirs);
	if (!*dirs || (!**dirs && *dirs == getenv(kinds[kind].dirs)))
		*dirs = kinds[kind].usual;
	while (**dirs) {
		len = strcspn(*dirs, ":");
		t = text_in(path, PATH_MAX);
		text_mem(&t, *dirs, len);
		while (t.len > 1 && path[t.len - 1] == '/')
			path[--t.len] = '\0';
		text_add(&t, kinds[kind].folder);
		*dirs += len;
		*dirs += **dirs == ':';
		if (*path == '/' && !t.cut)
			return true;
	}
	return false;
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
menu_read(const char *file, struct buf *text)
{
	int fd = open(file, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	int r = -1;

	if (fd >= 0 && fstat(fd, &st) == 0) {
		if (S_ISREG(st.st_mode))
			r = io_slurp(fd, text, ENTRY_MOST);
		else
			errno = EINVAL;
	}
	io_close(&fd);
	return r;
}

char *
menu_value(const struct menu_entry *e, const char *key)
{
	struct buf b = { 0 };
	int got = desktop_get(e->text.at, e->text.len, key, &b);
	char *value = got < 0 ? NULL : strdup(got == 0 ? b.at : "");

	buf_free(&b);
	return value;
}

bool
menu_says(const struct menu_entry *e, const char *key, const char *value)
{
	return desktop_says(e->text.at, e->text.len, key, value);
}

static bool
is_known(const struct menu *m, const struct menu_entry *e)
{
	for (size_t i = 0; i < m->n; i++) {
		if (m->at[i].kind == e->kind && !strcmp(m->at[i].id, e->id))
			return true;
	}
	return false;
}

/* Whether the override e has replaced an entry of the user's own; if so, read
 * that entry into e. false: errno says why that failed; 0: there is none. */
static bool
kept_read(struct menu_entry *e)
{
	char *source = menu_value(e, MENU_SOURCE);
	size_t n = strlen(e->file);

	e->kept = source && !strncmp(source, e->file, n) &&
	    !strcmp(source + n, MENU_KEPT);
	if (!e->kept) {
		errno = source ? 0 : ENOMEM;
		free(source);
		return false;
	}
	free(e->file);
	e->file = source;
	buf_free(&e->text);
	return menu_read(e->file, &e->text) == 0;
}

/* Whether an entry whose text has been read counts in this menu.  false: errno
 * as in kept_read. */
static bool
entry_counts(const struct menu *m, struct menu_entry *e)
{
	bool ours = e->users_own && menu_says(e, MENU_MARK, "true");

	if (ours && !m->ours)
		return kept_read(e);
	errno = 0;
	return ours == m->ours;
}

static void
entry_free(struct menu_entry *e)
{
	free(e->id);
	free(e->file);
	free(e->source);
	free(e->program);
	buf_free(&e->text);
	menu_exec_free(&e->runs);
}

/* Add a file, if it counts and no earlier entry has its id.  like: its kind, and
 * whether it is the user's own. */
static int
entry_add(struct menu *m, const char *file, const char *below,
    const struct menu_entry *like, struct fault *f)
{
	struct menu_entry e = *like, *more;
	struct fault ignored;
	int err;

	e.id = strdup(below);
	e.file = strdup(file);
	for (size_t i = 0; e.id && e.id[i]; i++)
		e.id[i] = e.id[i] == '/' ? '-' : e.id[i];
	errno = 0;
	if (e.id && e.file && (is_known(m, &e) ||
	    menu_read(file, &e.text) < 0 || !entry_counts(m, &e))) {
		err = errno;
		entry_free(&e);
		/* Ignore one that the desktop cannot read either. */
		return !err || err == EFBIG || fault_of_path(err) ? 0 :
		    fault_errno(f, EXIT_SYSTEM, err, "cannot read ", file,
		    NULL);
	}
	more = realloc(m->at, (m->n + 1) * sizeof(*more));
	if (more)
		m->at = more;
	if (more && e.id && e.file) {
		menu_runs(&e, &e.runs, &ignored);
		e.source = m->ours ? menu_value(&e, MENU_SOURCE) :
		    strdup(e.file);
		e.program = m->ours ? menu_value(&e, MENU_PROGRAM) :
		    strdup(e.runs.x.n && !e.runs.whole ? e.runs.path : "");
	}
	if (e.source && e.program) {
		m->at[m->n++] = e;
		return 0;
	}
	entry_free(&e);
	return menu_fault(ENOMEM, f);
}

/* Add all entries below a folder; top: length of the path that ids are relative
 * to. */
static int
folder_add(struct menu *m, struct text *t, size_t top,
    const struct menu_entry *like, int depth, struct fault *f)
{
	size_t len = t->len, n;
	struct dirent *e;
	struct stat st;
	int err, r = 0;
	DIR *dir = opendir(t->at);

	if (!dir && !fault_of_path(errno))
		return menu_fault(errno, f);
	while (dir && r == 0 && (e = io_entry(dir))) {
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
	err = dir && r == 0 ? errno : 0;
	if (dir)
		closedir(dir);
	return err ? menu_fault(err, f) : r;
}

/* Add all entries of a kind. */
static int
kind_add(struct menu *m, enum menu_kind kind, struct fault *f)
{
	struct menu_entry like = { .kind = kind, .users_own = true };
	int r = 0, depth = m->ours ? DEPTH_MOST : kinds[kind].depth;
	const char *dirs = NULL;
	char path[PATH_MAX];
	struct text t;

	if (menu_folder(kind, path) == 0) {
		t = (struct text){ path, strlen(path), sizeof(path), false };
		r = folder_add(m, &t, t.len, &like, depth, f);
	} else if (!fault_of_path(errno)) {
		r = menu_fault(errno, f);
	}
	like.users_own = false;
	while (!m->ours && r == 0 && menu_folder_next(kind, &dirs, path)) {
		t = (struct text){ path, strlen(path), sizeof(path), false };
		r = folder_add(m, &t, t.len, &like, depth, f);
	}
	return r;
}

int
menu_scan(struct menu *m, struct fault *f)
{
	int r = 0;

	for (enum menu_kind k = 0; r == 0 && k < MENU_KINDS; k++)
		r = kind_add(m, k, f);
	if (r < 0)
		menu_free(m);
	return r;
}

void
menu_free(struct menu *m)
{
	for (size_t i = 0; i < m->n; i++)
		entry_free(&m->at[i]);
	free(m->at);
	m->at = NULL;
	m->n = 0;
}

/*
 * What a desktop entry runs.
 */

int
menu_exec(struct menu_exec *r, const char *value, const char *end,
    const char **why)
{
	static struct identity id;
	struct fault ignored;
	bool found;

	memset(r, 0, sizeof(*r));
	if (exec_split(&r->x, value, end, why) < 0)
		return -1;
	r->at = interp_front(r->x.word);
	found = identity_find(&id, r->x.word, NULL, &ignored) == 0;
	/* No path names what flatpak runs either. */
	r->whole = found ? id.whole || *id.app != '/' :
	    interp_find(r->x.word[r->at]) != NULL;
	r->path = strdup(found && !r->whole ? id.app : r->x.word[r->at]);
	return r->path ? 0 : -1;
}

void
menu_exec_free(struct menu_exec *r)
{
	buf_free(&r->x.text);
	free(r->path);
	memset(r, 0, sizeof(*r));
}

bool
menu_onlyone(const struct menu_exec *r)
{
	const char *base = r->x.n ? basename(r->x.word[r->at]) : "";

	return !strcmp(base, "onlyone") || !strcmp(base, "onlyonectl");
}

static int
line_fault(const struct menu_entry *e, unsigned int line, const char *why,
    struct fault *f)
{
	return fault_set(f, EXIT_USAGE, e->file, ":", TEXT_NUM(line), ": ", why,
	    NULL);
}

int
menu_runs(const struct menu_entry *e, struct menu_exec *r, struct fault *f)
{
	struct desktop_line l, exec = { 0 };
	const char *why = NULL;
	unsigned int line = 0;
	struct desktop d;
	int got;

	memset(r, 0, sizeof(*r));
	desktop_init(&d, e->text.at, e->text.len);
	while ((got = desktop_next(&d, &l)) == 1) {
		/* The last one counts. */
		if (l.group == DESKTOP_MAIN && desktop_is(&l, "Exec")) {
			exec = l;
			line = d.line;
		}
	}
	if (got < 0)
		return line_fault(e, d.line, d.why, f);
	if (d.group == DESKTOP_NONE)
		return line_fault(e, 1, "it is not a desktop entry", f);
	if (!menu_says(e, "Type", "Application"))
		return fault_set(f, EXIT_USAGE, e->file, " is not an"
		    " application (Type=)", NULL);
	if (menu_says(e, "Hidden", "true"))
		return fault_set(f, EXIT_USAGE, e->file, " counts as deleted"
		    " (Hidden=true)", NULL);
	if (!exec.value)
		return fault_set(f, EXIT_USAGE, e->file, " has no Exec: it is"
		    " started over the bus alone", NULL);
	if (menu_exec(r, exec.value, exec.stop, &why) == 0)
		return 0;
	menu_exec_free(r);
	return why ? line_fault(e, line, why, f) : menu_fault(ENOMEM, f);
}

/* Whether a word after the program selects a mode: an option, a command.  A
 * path or URL is a document. */
static bool
is_mode(const char *word)
{
	return *word == '-' ? strcmp(word, "--") != 0 :
	    *word && !strpbrk(word, "/:");
}

static bool
has_word(const struct menu_exec *r, const char *word)
{
	for (size_t i = r->at; i < r->x.n; i++) {
		if (!strcmp(r->x.word[i], word))
			return true;
	}
	return false;
}

size_t
menu_modes(const struct menu_exec *r, const struct menu_exec *plain,
    const char **first)
{
	char *const *word = r->x.word;
	size_t n = 0;

	for (size_t i = r->at; i < r->x.n; i++) {
		if (i == r->at ? plain && strcmp(r->path, plain->path) != 0 :
		    is_mode(word[i]) && !(plain && has_word(plain, word[i])))
			*first = n++ ? *first : word[i];
	}
	return n;
}

bool
menu_files(const struct menu_entry *e)
{
	char *exec = menu_value(e, "Exec");
	bool r = false;

	/* %% is a percent sign. */
	for (const char *s = exec; s && (s = strchr(s, '%')) && s[1] && !r;
	    s += 2)
		r = strchr("fFuU", s[1]);
	free(exec);
	return r;
}

bool
menu_opens(const struct menu_entry *e)
{
	struct buf types = { 0 };
	char *next, *type;
	bool r = false;

	if (desktop_get(e->text.at, e->text.len, "MimeType", &types) == 0) {
		for (next = types.at; (type = strsep(&next, ";"));)
			r = r || (*type &&
			    strncmp(type, "x-scheme-handler/", 17) != 0 &&
			    strncmp(type, "x-content/", 10) != 0);
	}
	buf_free(&types);
	return r;
}
