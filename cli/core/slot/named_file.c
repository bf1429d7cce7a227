/*
 * named_file.c: resolve the path of a file that the user has named.
 *
 * Each component is opened through the descriptor of the folder before it, and
 * then checked.  So it does not matter what another user renames meanwhile.
 * (When the path was first checked and then opened, another user who swapped a
 * folder and a link in /tmp could have a file made in a folder of ours.)
 *
 * A link may be another user's if, in a sticky folder that everyone may write
 * to, neither we nor the folder's owner made it; or if, in a folder that
 * another user may have put into a sticky one, neither we nor root made it.
 *
 * Elsewhere we follow links of others to folders, as a program that is deployed
 * by another user needs (/opt/app/current).  But the file itself may not be such
 * a link, and root follows none: services own the folders of their logs, and
 * have made root write into other files by a link there (CVE-2016-1247).
 */
#include <sys/stat.h>
#include <sys/vfs.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/ids.h"
#include "cli/base/io.h"
#include "cli/core/slot/mount.h"
#include "cli/core/slot/named_file.h"

enum { LINKS = 40 }; /* as many as the kernel follows */

struct way {
	int dir;     /* the folder that has been reached */
	bool theirs; /* it, or one before it, may be planted */
	int links;
	char *name;           /* the next part, in todo */
	char todo[PATH_MAX];  /* the rest of the path */
};

/* Whether this is another user, who may have put a name into the folder. */
static bool
is_theirs(const struct way *w, uid_t user)
{
	struct stat st;

	if (user == ids_own())
		return false;
	if (w->theirs)
		return user != 0;
	return fstat(w->dir, &st) < 0 || (st.st_mode & S_ISVTX &&
	    st.st_mode & S_IWOTH && (user != st.st_uid || ids_nobody(user)));
}

/* Whether others may put names into the folder at all. */
static bool
is_shared(const struct way *w)
{
	struct stat st;

	return w->theirs || fstat(w->dir, &st) < 0 ||
	    (st.st_mode & S_ISVTX && st.st_mode & S_IWOTH);
}

/* Continue from this folder, which is not another user's so far. -1: it could
 * not be opened. */
static int
way_from(struct way *w, int dir)
{
	if (dir < 0)
		return -1;
	io_close(&w->dir);
	w->dir = dir;
	w->theirs = false;
	return 0;
}

static int
way_begin(struct way *w)
{
	return way_from(w, open(*w->todo == '/' ? "/" : ".",
	    O_PATH | O_DIRECTORY | O_CLOEXEC));
}

/* Move the next part of the path to w->name.  What is behind it; NULL: it is the
 * last one.  The last of a path that ends with a slash is ".", as only a folder
 * is meant. */
static char *
way_part(struct way *w)
{
	char *rest;
	size_t n;

	do {
		w->name += strspn(w->name, "/");
		n = strcspn(w->name, "/");
		if (!w->name[n]) {
			w->name = n ? w->name : (char *)".";
			return NULL;
		}
		rest = w->name + n + strspn(w->name + n, "/");
		w->name[n] = '\0';
		if (strcmp(w->name, ".") != 0)
			return rest;
		w->name = rest;
	} while (true);
}

/* Put the target of the symbolic link open at fd in front of the rest.  0 or
 * -1. */
static int
way_put(struct way *w, int fd, const char *rest)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(fd, "", target, sizeof(target));
	size_t tail = rest ? strlen(rest) : 0;

	if (n < 0)
		return -1;
	if ((size_t)n + 1 + tail >= sizeof(w->todo)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (rest)
		memmove(w->todo + n + 1, rest, tail + 1);
	memcpy(w->todo, target, (size_t)n);
	w->todo[n] = rest ? '/' : '\0';
	w->name = w->todo;
	return *target == '/' ? way_begin(w) : 0;
}

/* Whether a link of this user's may lead us to a file of ours that he chose.
 * last: it is the file itself. */
static bool
is_trap(const struct way *w, uid_t user, bool last)
{
	return is_theirs(w, user) || (user && user != ids_own() &&
	    !ids_nobody(user) && (last || !ids_own()));
}

static bool
is_proc(int fd)
{
	struct statfs fs;

	return mount_fstatfs(fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
}

/* This part is a symbolic link, or was a moment ago. rest: as of way_part.  1:
 * continue; 0: *fd is open; -1: errno. */
static int
way_link(struct way *w, char *rest, named_file_open *how, int *fd,
    struct named_file *n)
{
	bool last = !rest;
	int link = openat(w->dir, w->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	int r = -1;
	struct stat st;

	if (link < 0)
		return -1;
	if (++w->links > LINKS || fstat(link, &st) < 0) {
		errno = w->links > LINKS ? ELOOP : errno;
	} else if (!S_ISLNK(st.st_mode)) {
		errno = ENOTDIR;
		r = last ? 1 : -1; /* it was one: try again */
	} else if (is_proc(link)) {
		/* The kernel's own, such as /proc/self/fd/1: its text need not
		 * be a path. */
		if (last)
			r = (*fd = how(w->dir, w->name, 0)) < 0 ? -1 : 0;
		else if (way_from(w, openat(w->dir, w->name,
		    O_PATH | O_DIRECTORY | O_CLOEXEC)) == 0)
			r = 1;
		w->name = rest;
	} else if (is_trap(w, st.st_uid, last)) {
		n->link = true;
		errno = EPERM;
	} else {
		r = way_put(w, link, rest) < 0 ? -1 : 1;
	}
	io_close(&link);
	return r;
}

/* Enter the folder with this name, the next part.  1: continue; -1: errno,
 * ENOTDIR also if it is a link. */
static int
way_enter(struct way *w, char *rest)
{
	int dir = openat(w->dir, w->name,
	    O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	bool theirs;

	if (dir < 0)
		return -1;
	theirs = fstat(dir, &st) < 0 || (st.st_uid && is_theirs(w, st.st_uid));
	way_from(w, dir);
	w->theirs = theirs;
	w->name = rest;
	return 1;
}

/* Open the last part.  0: *fd is open; -1: errno, ELOOP if it is a link. */
static int
way_end(struct way *w, named_file_open *how, int *fd, struct named_file *n)
{
	struct stat st;
	int err;

	*fd = how(w->dir, w->name, O_NOFOLLOW);
	err = errno;
	n->theirs = (*fd >= 0 ? fstat(*fd, &st) : fstatat(w->dir, w->name, &st,
	    AT_SYMLINK_NOFOLLOW)) == 0 && is_theirs(w, st.st_uid);
	n->shared = is_shared(w);
	errno = err;
	return *fd < 0 ? -1 : 0;
}

/* One part. 1: continue; 0: *fd is open; -1: errno. */
static int
way_step(struct way *w, named_file_open *how, int *fd, struct named_file *n)
{
	char *rest = way_part(w);
	int r = rest ? way_enter(w, rest) : way_end(w, how, fd, n);

	return r < 0 && errno == (rest ? ENOTDIR : ELOOP) ?
	    way_link(w, rest, how, fd, n) : r;
}

/* Walk the whole path, once. */
static int
way_go(const char *path, named_file_open *how, struct named_file *n)
{
	struct way w = { .dir = -1 };
	int fd = -1, r;

	memset(n, 0, sizeof(*n));
	if (!*path || strlen(path) >= sizeof(w.todo)) {
		errno = *path ? ENAMETOOLONG : ENOENT;
		return -1;
	}
	strcpy(w.todo, path);
	w.name = w.todo;
	r = way_begin(&w);
	while (r >= 0 && (r = way_step(&w, how, &fd, n)) > 0)
		;
	io_close(&w.dir);
	return fd;
}

int
named_file(const char *path, named_file_open *how, long long deadline,
    struct named_file *n)
{
	enum { LEASE_US = 20000 };
	int fd;

	while ((fd = way_go(path, how, n)) < 0 && errno == EWOULDBLOCK &&
	    (deadline < 0 || clock_left(deadline)))
		clock_sleep(LEASE_US);
	return fd;
}
