/*
 * path.c: one canonical path for all spellings of a document's path.
 *
 * realpath(3) will not do: neither the document nor its folder need exist yet.
 * So we resolve the components one by one.  The path so far contains no
 * symlink, so `..` removes its last component; a symlink's target is put in
 * front of the components left.
 */
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "cli/base/fault.h"
#include "cli/base/io.h"
#include "cli/base/text.h"
#include "cli/core/key/path.h"

enum { LINKS = 40 }; /* as many as the kernel follows */

enum manner {
	LENIENT,
	REAL  /* the whole path must exist, and is not a URI */
};

/* Whether the authority of a URI, len bytes, is this machine. */
static bool
host_is_here(const char *host, size_t len)
{
	char name[256];

	if (!len || (len == 9 && !strncasecmp(host, "localhost", 9)))
		return true;
	return gethostname(name, sizeof(name)) == 0 && strlen(name) == len &&
	    !strncasecmp(host, name, len);
}

/*
 * The path in name, which may be a file URI, in out (PATH_MAX bytes).  %00 is
 * invalid.  0 or -1 with errno.
 */
static int
path_decode(const char *name, char *out)
{
	size_t n;

	if (strncasecmp(name, "file:/", 6)) {
		n = strnlen(name, PATH_MAX);
		if (n == PATH_MAX) {
			errno = ENAMETOOLONG;
			return -1;
		}
		memcpy(out, name, n + 1);
		return 0;
	}
	name += 5;
	if (name[1] == '/') {
		n = strcspn(name + 2, "/");
		if (!name[2 + n] || !host_is_here(name + 2, n)) {
			errno = EINVAL;
			return -1;
		}
		name += 2 + n;
	}
	return text_percent(out, PATH_MAX, name);
}

/* Append "/" and a component to the canonical path.  -1: ENAMETOOLONG. */
static int
component_add(char *out, size_t *len, const char *name, size_t n)
{
	if (*len + 1 + n >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	out[(*len)++] = '/';
	memcpy(out + *len, name, n);
	*len += n;
	out[*len] = '\0';
	return 0;
}

static void
component_drop(char *out, size_t *len)
{
	while (*len && out[*len - 1] != '/')
		(*len)--;
	if (*len)
		(*len)--;
	out[*len] = '\0';
}

/* Put the target of a symlink in front of the components left. -1:
 * ENAMETOOLONG. */
static int
link_put(char *todo, const char *rest, const char *target, size_t n)
{
	size_t tail = strlen(rest);

	if (n + 1 + tail >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memmove(todo + n + 1, rest, tail + 1);
	memcpy(todo, target, n);
	todo[n] = '/';
	return 0;
}

/* Append the components of todo (PATH_MAX bytes, overwritten) to out. */
static enum path_result
path_walk(char *todo, char *out, size_t len, enum manner manner)
{
	char target[PATH_MAX], *name = todo;
	bool exists = true;
	int links = 0;
	ssize_t k;
	size_t n;

	while (*(name += strspn(name, "/"))) {
		n = strcspn(name, "/");
		if (n == 1 && *name == '.') {
			name += n;
			continue;
		}
		if (n == 2 && name[0] == '.' && name[1] == '.') {
			component_drop(out, &len);
			/* After `..` the rest of the path may exist again. */
			exists = true;
			name += n;
			continue;
		}
		if (component_add(out, &len, name, n) < 0)
			return PATH_NONE;
		name += n;
		if (!exists)
			continue;
		k = readlink(out, target, sizeof(target));
		if (k < 0) {
			/* EINVAL: it exists, and is not a symlink. */
			exists = errno == EINVAL;
			if (!fault_of_path(errno) ||
			    (manner == REAL && !exists))
				return PATH_FAILED;
			continue;
		}
		if (++links > LINKS) {
			errno = ELOOP;
			return PATH_NONE;
		}
		if (link_put(todo, name, target, (size_t)k) < 0)
			return PATH_NONE;
		name = todo;
		if (*target == '/')
			len = 0;
		else
			component_drop(out, &len);
		out[len] = '\0';
	}
	if (!len)
		strcpy(out, "/");
	return PATH_MADE;
}

enum path_result
path_cwd(char *out)
{
	if (!io_cwd(out, PATH_MAX)) {
		if (errno == ERANGE)
			errno = ENAMETOOLONG;
		return errno == ENOENT || errno == ENAMETOOLONG ? PATH_NONE :
		    PATH_FAILED;
	}
	return PATH_MADE;
}

static enum path_result
name_walk(const char *name, char *out, enum manner manner)
{
	enum path_result cwd;
	char todo[PATH_MAX];
	size_t len = 0;

	/* https://HOST/PATH is the same from any folder. */
	if (manner == LENIENT && text_is_uri(name) &&
	    strncasecmp(name, "file:", 5) && strlen(name) < PATH_MAX) {
		strcpy(out, name);
		return PATH_MADE;
	}
	if (manner == REAL)
		strcpy(todo, name);
	else if (path_decode(name, todo) < 0)
		return PATH_NONE;
	if (!*todo) {
		errno = ENOENT;
		return PATH_NONE;
	}
	out[0] = '\0';
	if (*todo != '/') {
		cwd = path_cwd(out);
		if (cwd != PATH_MADE)
			return cwd;
		len = strlen(out);
		if (len == 1)
			out[len = 0] = '\0';
	}
	return path_walk(todo, out, len, manner);
}

enum path_result
path_canonical(const char *name, char *out)
{
	return name_walk(name, out, LENIENT);
}

int
path_real(const char *name, char *out)
{
	if (strlen(name) < PATH_MAX)
		return name_walk(name, out, REAL) == PATH_MADE ? 0 : -1;
	errno = ENAMETOOLONG;
	return -1;
}

bool
path_same_file(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev &&
	    x.st_ino == y.st_ino;
}

enum path_result
path_inode(const char *name, char *out, size_t cap)
{
	char path[PATH_MAX];
	struct stat st;
	struct text t;
	bool device;
	dev_t dev;

	if (path_decode(name, path) < 0)
		return PATH_NONE;
	if (stat(path, &st) < 0)
		return fault_of_path(errno) ? PATH_NONE : PATH_FAILED;
	device = S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode);
	dev = device ? st.st_rdev : st.st_dev;
	t = text_in(out, cap);
	text_all(&t, !device ? "" : S_ISCHR(st.st_mode) ? "char " : "block ",
	    TEXT_NUM(major(dev)), ":", TEXT_NUM(minor(dev)), NULL);
	if (!device)
		text_all(&t, " inode ", TEXT_NUM(st.st_ino), NULL);
	return PATH_MADE;
}
