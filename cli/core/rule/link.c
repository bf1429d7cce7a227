/*
 * link.c: links to onlyone under a program's name.
 *
 * They have a folder of their own, so that every symbolic link in it is ours
 * and PATH needs only one entry.  The program is the next one in PATH that is
 * not onlyone itself, in this build or another.
 */
#include <sys/auxv.h>
#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/text.h"
#include "cli/core/rule/folders.h"
#include "cli/core/rule/link.h"
#include "cli/core/rule/link_folder.h"
#include "preload/contract.h"
#include "preload/paths.h"

int
link_folder(char *path)
{
	char home[PATH_MAX];

	if (place_home(home) < 0)
		return -1;
	if (text_join(path, PATH_MAX, home, "/" LINK_FOLDER, NULL))
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

/* DIR/NAME in path; DIR is the first len bytes of dir.  false: too long. */
static bool
path_join(char *path, const char *dir, size_t len, const char *name)
{
	struct text t = text_in(path, PATH_MAX);

	text_mem(&t, dir, len);
	text_all(&t, "/", name, NULL);
	if (t.cut)
		errno = ENAMETOOLONG;
	return !t.cut;
}

static bool
link_path(const char *name, char *path)
{
	char folder[PATH_MAX];

	return link_folder(folder) == 0 &&
	    path_join(path, folder, strlen(folder), name);
}

int
link_target(char *target)
{
	struct stat self, there;
	ssize_t n;

	if (stat("/proc/self/exe", &self) == 0 && stat(BIN_PATH, &there) == 0 &&
	    self.st_dev == there.st_dev && self.st_ino == there.st_ino) {
		strcpy(target, BIN_PATH);
		return 0;
	}
	n = readlink("/proc/self/exe", target, PATH_MAX - 1);
	if (n < 0)
		return -1;
	target[n] = '\0';
	return 0;
}

int
link_make(const char *name, struct fault *f)
{
	char path[PATH_MAX], temp[PATH_MAX + 32], target[PATH_MAX];
	struct stat st;

	if (!link_path(name, path))
		return fault_set(f, EXIT_DENIED, "no link: this user has no"
		    " home", NULL);
	if (lstat(path, &st) == 0 && !S_ISLNK(st.st_mode))
		return fault_set(f, EXIT_DENIED, path, " is in the way, and is"
		    " not a link", NULL);
	/* NAME.new may be another program's link. */
	place_temp(path, temp, sizeof(temp));
	unlink(temp); /* a killed process may have left it */
	if (link_target(target) == 0 && place_folders(path, 0755) == 0 &&
	    symlink(target, temp) == 0 && rename(temp, path) == 0)
		return 0;
	fault_errno(f, fault_write(errno), errno, "cannot make the link ",
	    path, NULL);
	unlink(temp);
	return -1;
}

bool
link_there(const char *name)
{
	char path[PATH_MAX];
	struct stat st;

	return link_path(name, path) && lstat(path, &st) == 0 &&
	    S_ISLNK(st.st_mode);
}

bool
link_called(const char *name)
{
	const char *file = (const char *)getauxval(AT_EXECFN);

	/* Check the executed path first: HOME may have changed since the link
	 * was made. */
	return (file && strstr(file, "/" LINK_FOLDER "/")) || link_there(name);
}

int
link_remove(const char *name, struct fault *f)
{
	char path[PATH_MAX];
	struct stat st;

	if (!link_path(name, path) || lstat(path, &st) < 0) {
		if (fault_of_path(errno))
			return 1;
		return fault_errno(f, EXIT_SYSTEM, errno, "cannot tell whether"
		    " there is a link for ", name, NULL);
	}
	if (!S_ISLNK(st.st_mode))
		return 1;
	if (unlink(path) == 0)
		return 0;
	return fault_errno(f, fault_write(errno), errno, "cannot remove ",
	    path, NULL);
}

/* Whether a file in PATH is onlyone, under any name. */
static bool
is_onlyone(const char *path, const struct stat *st)
{
	char real[PATH_MAX];
	struct stat self;

	if ((stat("/proc/self/exe", &self) == 0 ||
	    stat((const char *)getauxval(AT_EXECFN), &self) == 0) &&
	    self.st_dev == st->st_dev && self.st_ino == st->st_ino)
		return true;
	return realpath(path, real) &&
	    !strcmp(strrchr(real, '/') + 1, "onlyone");
}

/* Whether the first len bytes of dir name a folder with such a program. */
static bool
program_at(const char *dir, size_t len, const char *name, char *path)
{
	struct stat st;

	/* An empty entry is the current folder. */
	return path_join(path, len ? dir : ".", len ? len : 1, name) &&
	    access(path, X_OK) == 0 && stat(path, &st) == 0 &&
	    S_ISREG(st.st_mode) && !is_onlyone(path, &st);
}

static const char *
path_get(void)
{
	const char *path = getenv("PATH");

	return path ? path : "/bin:/usr/bin";
}

bool
link_program(const char *name, char *path)
{
	const char *dir = path_get();

	for (;; dir++) {
		size_t len = strcspn(dir, ":");

		if (program_at(dir, len, name, path))
			return true;
		dir += len;
		if (!*dir)
			return false;
	}
}

enum link_order
link_order(const char *name)
{
	char folder[PATH_MAX], path[PATH_MAX];
	const char *dir = path_get();
	struct stat ours, st;
	bool behind = false;

	if (link_folder(folder) < 0 || stat(folder, &ours) < 0)
		return LINK_ABSENT;
	for (;; dir++) {
		size_t len = strcspn(dir, ":");

		if (len && path_join(path, dir, len, ".") &&
		    stat(path, &st) == 0 &&
		    st.st_dev == ours.st_dev && st.st_ino == ours.st_ino)
			return behind ? LINK_LATE : LINK_FIRST;
		behind = behind || program_at(dir, len, name, path);
		dir += len;
		if (!*dir)
			return LINK_ABSENT;
	}
}
