/*
 * desktop_same.c: what else starts a program that has a desktop entry.
 *
 * A menu runs /usr/lib/app/app or app-2.1, a terminal app: to onlyone each path
 * is an application.  They lead to one program over links, alternatives
 * included, or over scripts whose last line runs it.  Scripts are read, never
 * run; what a line does with variables is not found out.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/ctl/desktop_same.h"
#include "cli/interp.h"
#include "cli/io.h"
#include "cli/launch/identity.h"
#include "cli/rule/ends.h"
#include "cli/rule/link.h"
#include "cli/text.h"

enum { NAMES = 8 };

/* Whether a file is another program under each name that leads to it: ends_in
 * does not ask that. */
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

bool
same_program(const char *a, const char *b)
{
	struct stat end;

	return !strcmp(a, b) || (!many_named(a) && ends_in(a, &end) &&
	    leads(b, &end));
}

/* What a command of this name is, if it leads there. */
static bool
called(const char *name, const struct stat *end, char *app)
{
	char path[PATH_MAX];

	if (!strchr(name, '/') ? !link_program(name, path) :
	    identity_path(name, path) < 0)
		return false;
	return leads(path, end) && identity_path(path, app) == 0;
}

/* Those in a folder of PATH, but for one; only the first of a name counts. */
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
		text_init(&t, path, sizeof(path));
		text_add(&t, folder);
		text_add(&t, "/");
		text_add(&t, e->d_name);
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

void
same_app(const char *asked, const char *path, char *app)
{
	struct stat end;

	if (many_named(path) || !ends_in(path, &end) ||
	    (!called(asked, &end, app) && !called(basename(path), &end, app)))
		strcpy(app, path);
}

void
same_others(const char *path, const char *app, struct buf *others)
{
	struct stat end;

	if (!many_named(path) && ends_in(path, &end) &&
	    path_others(&end, app, others) > NAMES)
		others->len = 0;
}
