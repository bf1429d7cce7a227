/*
 * identity.c: which program is launched, and the name under which it excludes
 * others.
 *
 * The program is searched for as glibc's execvp(3) does, but not executed: so
 * we know that it is missing (127) or not executable (126) before anything is
 * touched.  The name is the path as the user typed it (typed.c), so a symlink
 * is its own application.  An interpreter gets the name of the file that it
 * runs (interp.c).  If no file identifies the command, or each argument makes
 * the tool do something else, the name is the whole command line: the words as
 * text_shell quotes them, a blank between.  Different command lines always give
 * different names, except for a tool's folder argument: that is the key
 * (launch/run.c).
 *
 * The folder of our own links (rule/link.c) is skipped in PATH: `onlyone NAME`
 * means the program behind the link.
 *
 * A hit on PATH costs faccessat and stat, a miss faccessat; a relative path
 * costs getcwd, and two stats if PWD is another path of the same folder.
 */
#include <errno.h>
#include <fcntl.h>
#include <sha2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/base/buf.h"
#include "cli/base/interp.h"
#include "cli/base/text.h"
#include "cli/core/key/identity.h"
#include "cli/core/key/typed.h"
#include "cli/core/rule/link_folder.h"

#define SHELL "/bin/sh"

/* 0, or the errno with which execve(2) would refuse the file. */
static int
find_refusal(const char *file, int mode)
{
	struct stat st;

	/* A sandbox that does not know faccessat2 may answer EPERM instead of
	 * ENOSYS: then libc does not fall back, so we do.  A check of X_OK
	 * itself never gives EPERM. */
	if (faccessat(AT_FDCWD, file, mode, AT_EACCESS) == -1 &&
	    (errno != EPERM || access(file, mode) == -1))
		return errno;
	if (stat(file, &st) == -1)
		return errno;
	if (S_ISDIR(st.st_mode))
		return EISDIR;
	return S_ISREG(st.st_mode) ? 0 : EACCES;
}

/* Join an entry of PATH and a name as execvp does: an empty entry adds nothing.
 * false: too long for a path. */
static bool
entry_join(char *out, const char *dir, size_t len, const char *name)
{
	size_t n = strlen(name);

	if (len + 1 + n >= PATH_MAX)
		return false;
	memcpy(out, dir, len);
	if (len)
		out[len++] = '/';
	memcpy(out + len, name, n + 1);
	return true;
}

static const char *
path_get(void)
{
	const char *path = getenv("PATH");

	return path ? path : "/bin:/usr/bin";
}

/*
 * Search path for name.  0 and the path in out; ENOENT; or another errno, with
 * the path concerned in out.  As in execvp, a file that may not be used is
 * skipped and remembered, and only some errors end the search.
 */
static int
path_search(char *out, const char *path, const char *name, int mode)
{
	const char *denied = NULL;
	size_t len, denied_len = 0;
	int err, denied_err = 0;

	for (;; path += len + 1) {
		len = strcspn(path, ":");
		/* After an overlong entry execvp takes the next one for the
		 * cwd.  We just skip the overlong one, and the folder of our
		 * own links, which lead back to us. */
		err = !link_folder_is(path, len) &&
		    entry_join(out, path, len, name) ?
		    find_refusal(out, mode) : ENOENT;
		if (!err)
			return 0;
		if ((err == EACCES || err == EISDIR) && !denied) {
			denied = path;
			denied_len = len;
			denied_err = err;
		} else if (err != EACCES && err != EISDIR && err != ENOENT &&
		    err != ESTALE && err != ENOTDIR && err != ENODEV &&
		    err != ETIMEDOUT) {
			return err;
		}
		if (!path[len])
			break;
	}
	if (denied) {
		entry_join(out, denied, denied_len, name);
		return denied_err;
	}
	return ENOENT;
}

bool
identity_is_command(const char *name)
{
	char file[PATH_MAX];

	return path_search(file, path_get(), name, X_OK) == 0;
}

/* Whether a link of ours in PATH has this name. */
static bool
is_linked(const char *name)
{
	const char *path = getenv("PATH");
	char file[PATH_MAX];
	size_t len;

	for (; path && *path; path += len + (path[len] == ':')) {
		len = strcspn(path, ":");
		if (link_folder_is(path, len) &&
		    entry_join(file, path, len, name) &&
		    find_refusal(file, X_OK) == 0)
			return true;
	}
	return false;
}

/* The file to exec for name; 126 or 127 if there is none.  To a word that is not
 * found main.c may add where it was sought. */
static int
file_find(char *file, const char *name, struct fault *f)
{
	const char *hint = NULL, *link = link_typed(name);
	bool slash = !link && strchr(name, '/');
	struct stat st;
	int err;

	if (link) /* our link: take the program behind it */
		name = link;
	if (!*name)
		return fault_set(f, EXIT_NOTFOUND, "'': not found", NULL);
	if (!slash) {
		err = path_search(file, path_get(), name, X_OK);
	} else if (strlen(name) >= PATH_MAX) {
		err = ENAMETOOLONG;
	} else {
		strcpy(file, name);
		err = find_refusal(file, X_OK);
	}
	if (!err)
		return 0;
	if (err == ENOENT) {
		if (link || is_linked(name))
			return fault_set(f, EXIT_NOTFOUND, name, ": not found,"
			    " except for the link to onlyone", NULL);
		if (!slash && find_refusal(name, X_OK) == 0)
			return fault_set(f, EXIT_NOTFOUND, name, ": ./", name,
			    " is there, but it was not found", NULL);
		return fault_set(f, EXIT_NOTFOUND, name, ": not found", NULL);
	}
	if (err == ENAMETOOLONG)
		return fault_errno(
		    f, EXIT_CANTEXEC, err, name, ": cannot execute", NULL);
	if (err == EACCES && stat(file, &st) == 0 && S_ISREG(st.st_mode) &&
	    !(st.st_mode & 0111))
		hint = "; chmod +x is missing";
	return fault_set(f, fault_of_path(err) || err == EISDIR ?
	    EXIT_CANTEXEC : EXIT_SYSTEM, file, ": cannot execute: ",
	    fault_text(err), hint, NULL);
}

int
identity_path(const char *file, char *out)
{
	size_t n, len = strlen(file);
	char buf[PATH_MAX], *name;

	if (len >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(buf, file, len + 1);
	while (len > 1 && buf[len - 1] == '/')
		buf[--len] = '\0';
	name = strrchr(buf, '/');
	name = name ? name + 1 : buf;
	/* "", "." and ".." are not names: they mean the folder. */
	if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return path_typed(buf, out);
	if (name > buf)
		name[-1] = '\0';
	if (path_typed(name == buf ? "." : name == buf + 1 ? "/" : buf, out) < 0)
		return -1;
	n = strlen(out);
	len = strlen(name);
	if (n + 1 + len >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (n > 1)
		out[n++] = '/';
	memcpy(out + n, name, len + 1);
	return 0;
}

void
identity_name(const char *name, char *app)
{
	size_t len = strlen(name);

	if (len <= NAME_SHOWN)
		memcpy(app, name, len + 1);
	else
		SHA256Data((const uint8_t *)name, len,
		    stpcpy(app, "sha256:"));
}

/* Name the application by a command line: its first word, and those after
 * argv[0] except the words in u. -1: ENOMEM. */
static int
name_line(char *app, const char *first, char *const argv[],
    const struct command_use *u)
{
	enum { QUOTED = 4 }; /* at most, bytes of text_shell for one */
	size_t n = QUOTED * strlen(first) + 3, m = 0;
	struct buf b;
	struct text t;

	for (char *const *p = argv + 1; *p; p++)
		n += QUOTED * strlen(*p) + 3;
	buf_init(&b, app, NAME_SHOWN + 1);
	if (buf_room(&b, n) < 0)
		return -1;
	t = text_in(b.at, b.cap);
	text_shell(&t, first);
	for (size_t i = 1; argv[i]; i++) {
		if (m < u->moves && u->move[m].word == i) {
			i += u->move[m++].words - 1;
			continue;
		}
		text_add(&t, " ");
		text_shell(&t, argv[i]);
	}
	if (b.mapped)
		identity_name(b.at, app);
	buf_free(&b);
	return 0;
}

static int
name_whole(struct identity *id, char *const argv[], const struct command_use *u)
{
	char path[PATH_MAX];

	id->whole = true;
	if (identity_path(identity_program(id), path) == -1)
		return -1;
	return name_line(id->app, path, argv, u);
}

/* Enter a folder, which is relative to the one before.  false: the path is too
 * long. */
static bool
folder_move(struct identity *id, const char *to, size_t len)
{
	size_t n = *to == '/' ? 0 : strlen(id->moved);

	if (n + 1 + len >= sizeof(id->moved))
		return false;
	if (n)
		id->moved[n++] = '/';
	memcpy(id->moved + n, to, len);
	id->moved[n + len] = '\0';
	return true;
}

/* Find the folder on which a tool works, starting from the one set by its
 * wrappers.  Ignore a path that could not be used. */
static void
folder_find(struct identity *id, struct command_use *u)
{
	char fronts[PATH_MAX];

	strcpy(fronts, id->moved);
	for (size_t i = 0; i < u->moves; i++) {
		if (!folder_move(id, u->move[i].at, u->move[i].len)) {
			strcpy(id->moved, fronts);
			u->moves = 0;
		}
	}
	id->folder = id->moved;
}

/* Name the application by the file that the interpreter runs. -1: no such file,
 * or (see errno) it cannot be checked. */
static int
name_script(struct identity *id, const struct interp *in, const char *file)
{
	/* Such a path leads to another file in each process: it cannot name an
	 * application. */
	static const char *const fleeting[] = {
	    "/dev/fd/", "/dev/std", "/proc/"};
	struct stat st;

	for (size_t i = 0; i < sizeof(fleeting) / sizeof(*fleeting); i++) {
		if (strncmp(file, fleeting[i], strlen(fleeting[i])) == 0) {
			errno = ENOENT;
			return -1;
		}
	}
	if (stat(file, &st) == -1) {
		if (errno != ENOENT || !*file || strchr(file, '/') ||
		    !(in->flags & INTERP_PATH))
			return -1;
		errno = path_search(id->app, path_get(), file, R_OK);
		return errno ? -1 : identity_path(id->app, id->app);
	}
	if (!S_ISREG(st.st_mode) &&
	    !(S_ISDIR(st.st_mode) && (in->flags & INTERP_DIR))) {
		errno = ENOENT;
		return -1;
	}
	return identity_path(file, id->app);
}

/* Whether all entries of a PATH are absolute. */
static bool
is_absolute(const char *path)
{
	for (;; path++) {
		if (*path != '/')
			return false;
		path = strchr(path, ':');
		if (!path)
			return true;
	}
}

/* Whether the command in file means the same in another folder: its path is
 * absolute, and so is each word that may be a file there; or it works on that
 * folder. */
static bool
is_movable(const char *file, char *const argv[])
{
	const struct interp *in = interp_row(file);
	size_t front = in && interp_inner(in, argv, NULL) ?
	    interp_front(argv) : 0;
	struct command_use u;

	if (front)
		in = argv[front] ? interp_row(argv[front]) : NULL;
	if (in && interp_use(in, argv + front, &u) == USE_FOLDER)
		return true;
	for (size_t i = 1; argv[i]; i++) {
		if (*argv[i] != '/' && *argv[i] != '-')
			return false;
	}
	return *argv[0] == '/';
}

/*
 * Find the command argv[n] that the front argv[0] runs: env(1) may have set
 * another PATH for it, dropped ours, or moved to another folder.  false: it is
 * not found, or the file is not certain.
 */
static bool
inner_find(char *file, const struct interp *in, char *const argv[], size_t n,
    bool moves)
{
	const char *name = argv[n], *path = path_get(), *word;
	const char *link = link_typed(name);
	bool drops = false;
	size_t len;

	if (link)
		name = link;
	for (size_t i = 1; in->flags & INTERP_ASSIGN && i < n; i++) {
		word = argv[i];
		if (strncmp(word, "PATH=", 5) == 0)
			path = word + 5;
		else if (*word == '-') /* -i, also among other letters: anything
		                        * like it counts */
			drops |= word[1] == '-' ? strncmp(word, "--ig", 4) == 0 :
			    strchr(word, 'i') != NULL;
		/* -u PATH, and letters ending so */
		len = strlen(word);
		drops |= len >= 4 && strcmp(word + len - 4, "PATH") == 0;
	}
	if (strchr(name, '/')) {
		if (strlen(name) >= PATH_MAX || (moves && *name != '/'))
			return false;
		strcpy(file, name);
		if (find_refusal(file, X_OK) != 0)
			return false;
	} else if (drops || (moves && !is_absolute(path)) ||
	    path_search(file, path, name, X_OK) != 0) {
		return false;
	}
	return !moves || is_movable(file, argv + n);
}

/* Skip the wrappers in front of a command, and find the row of the command
 * behind them. */
static void
fronts_pass(struct identity *id, char *const argv[])
{
	const struct interp *in = interp_row(id->file);
	const char *folder = NULL;
	char file[PATH_MAX];
	size_t n;

	if (in) /* else do not touch that page of memory */
		strcpy(id->moved, ".");
	while (in && (n = interp_inner(in, argv + id->front, &folder)) &&
	    inner_find(file, in, argv + id->front, n, folder != NULL)) {
		if (folder && !folder_move(id, folder, strlen(folder)))
			break;
		id->front += n;
		strcpy(id->inner, file);
		in = interp_row(file);
	}
	id->row = in;
}

static const char *
line_how(const struct interp *in, enum use use)
{
	return use == USE_FOLDER ?
	    "whole command line: it works on a folder" :
	    in->flags & INTERP_LINE ?
	    "whole command line: what it does depends on it" :
	    in->opts && !(in->flags & (INTERP_FRONT | INTERP_FOLDER |
	    INTERP_NAMES)) ?
	    "whole command line: the interpreter runs no file" :
	    "whole command line: it runs another command";
}

static int
name_command(struct identity *id, char *const argv[])
{
	const struct interp *in;
	struct command_use u;
	enum use use;

	fronts_pass(id, argv);
	in = id->row;
	argv += id->front;
	use = in ? interp_use(in, argv, &u) : USE_PROGRAM;
	switch (use) {
	case USE_PROGRAM:
		id->how = "path of the program";
		return identity_path(identity_program(id), id->app);
	case USE_FILE:
		if (name_script(id, in, u.file) == 0) {
			id->how = "path of the file that the interpreter runs";
			return 0;
		}
		/* Fail: if we took the command line instead, the name would
		 * depend on a momentary error. */
		if (!fault_of_path(errno) && errno != EISDIR)
			return -1;
		break;
	case USE_NAME:
		id->how = "the name that it is to run";
		identity_name(u.file, id->app);
		return 0;
	case USE_FOLDER:
		folder_find(id, &u);
		break;
	case USE_LINE:
		break;
	}
	id->how = line_how(in, use);
	id->tool = use == USE_FOLDER || in->flags & INTERP_LINE;
	return name_whole(id, argv, &u);
}

int
identity_keyed(struct identity *id)
{
	if (!id->tool || id->folder)
		return 0;
	id->whole = id->tool = false;
	id->how = "path of the program: a key is given";
	return identity_path(identity_program(id), id->app);
}

const char *
identity_program(const struct identity *id)
{
	return id->front ? id->inner : id->file;
}

const char *
identity_ruled(const struct identity *id, char *const argv[])
{
	const char *file;

	file = id->row ? interp_file(id->row, argv + id->front) : NULL;
	return basename(file ? file : identity_program(id));
}

int
identity_find(
    struct identity *id, char *const argv[], const char *name, struct fault *f)
{
	id->whole = id->tool = false;
	id->folder = NULL;
	id->row = NULL;
	id->front = 0;
	if (file_find(id->file, argv[0], f) == -1)
		return -1;
	if (name) {
		fronts_pass(id, argv);
		id->how = "given with --app";
		identity_name(name, id->app);
		return 0;
	}
	if (name_command(id, argv) == -1)
		return fault_set(f, EXIT_SYSTEM, id->file,
		    ": its folder cannot be found: ", fault_text(errno),
		    "; use --app=NAME, which needs none", NULL);
	return 0;
}

int
identity_shell(
    struct identity *id, const char *line, const char *name, struct fault *f)
{
	char *words[] = {"sh", "-c", (char *)line, NULL};
	const struct command_use none = { .moves = 0 };

	id->whole = !name;
	id->tool = false;
	id->folder = NULL;
	id->row = NULL;
	id->front = 0;
	if (file_find(id->file, SHELL, f) == -1)
		return -1;
	if (name) {
		id->how = "given with --app";
		identity_name(name, id->app);
		return 0;
	}
	id->how = "whole shell line";
	return name_line(id->app, "sh", words, &none) == 0 ? 0 : fault_errno(f,
	    EXIT_SYSTEM, errno, "cannot name the shell line", NULL);
}
