/*
 * folders.c: where rules and handlers are, and whether to trust them.
 *
 * Each folder is checked through its open descriptor, from the first one that
 * another user could own down to the file: so what is checked is what is used.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/ids.h"
#include "cli/base/io.h"
#include "cli/base/points.h"
#include "cli/base/text.h"
#include "cli/base/trusted.h"
#include "cli/core/rule/folders.h"
#include "preload/contract.h"
#include "preload/paths.h"

enum { PARTS = 3 };

static const struct {
	const char *name;
	const char *part[PARTS + 1]; /* the folders that are checked */
	mode_t mode;
} places[] = {
	[PLACE_USER] = { "user", { ".config", "onlyone", "rules" }, 0700 },
	[PLACE_SYSTEM] = { "system", { "onlyone", "rules" }, 0755 },
	[PLACE_HANDOVER_USER] = { "user", { ".config", "onlyone", "handover" },
	    0700 },
	[PLACE_HANDOVER_SYSTEM] = { "system", { "onlyone", "handover" },
	    0755 },
};

const char *
place_name(enum rule_place p)
{
	return places[p].name;
}

/* Home from the password file. */
static int
passwd_home(char *home)
{
	const struct passwd *p = ids_passwd();

	if (!p)
		return -1;
	if (*p->pw_dir != '/' || strlen(p->pw_dir) >= PATH_MAX) {
		errno = ENOENT;
		return -1;
	}
	strcpy(home, p->pw_dir);
	return 0;
}

int
place_home(char *home)
{
	const char *given = getenv("HOME");
	struct stat st;

	if (!given || *given != '/' || strlen(given) >= PATH_MAX)
		return passwd_home(home);
	if (stat(given, &st) < 0)
		return fault_of_path(errno) ? passwd_home(home) : -1;
	if (st.st_uid != geteuid())
		return passwd_home(home);
	strcpy(home, given);
	return 0;
}

/* Append the folder that contains a place's folders: home, or /etc. */
static int
base_path(enum rule_place p, struct text *t)
{
	char home[PATH_MAX];

	if (p == PLACE_SYSTEM || p == PLACE_HANDOVER_SYSTEM) {
		text_add(t, point_path("ONLYONE_TEST_ETC", SYSCONFDIR));
		return 0;
	}
	if (place_home(home) < 0)
		return -1;
	text_add(t, home);
	return 0;
}

int
place_path(enum rule_place p, char *path)
{
	struct text t = text_in(path, PATH_MAX);

	if (base_path(p, &t) < 0)
		return -1;
	for (const char *const *part = places[p].part; *part; part++) {
		text_all(&t, "/", *part, NULL);
	}
	if (t.cut)
		errno = ENAMETOOLONG;
	return t.cut ? -1 : 0;
}

/* Open and check the next folder; make: create it with this mode if missing. */
static int
folder_enter(int in, const char *path, const char *part, mode_t make,
    struct fault *f)
{
	int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC, fd;

	fd = openat(in, part, flags);
	if (fd < 0 && errno == ENOENT && make) {
		if (mkdirat(in, part, make) < 0 && errno != EEXIST)
			return fault_errno(f, fault_write(errno), errno,
			    "cannot make ", path, NULL);
		fd = openat(in, part, flags);
		if (fd < 0 && errno == ENOENT)
			return fault_set(f, EXIT_DENIED, path, " is a link to"
			    " a folder that is not there", NULL);
	}
	if (fd < 0)
		return trusted_fault(path, f);
	if (trusted_check(fd, S_IFDIR, path, f) < 0)
		io_close(&fd);
	return fd;
}

int
place_open(enum rule_place p, bool make, struct fault *f)
{
	char path[PATH_MAX];
	mode_t mode = make ? places[p].mode : 0, mask = 0;
	struct text t = text_in(path, sizeof(path));
	int fd, next;

	if (base_path(p, &t) < 0)
		return errno == ENOENT ? fault_set(f, EXIT_NONE, "this user has"
		    " no home: HOME is not theirs, and the password file has"
		    " none", NULL) : fault_errno(f, EXIT_SYSTEM, errno,
		    "cannot tell where home is", NULL);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return trusted_fault(path, f);
	if (make)
		mask = umask(022); /* writable only by us */
	for (const char *const *part = places[p].part; fd >= 0 && *part;
	    part++) {
		text_all(&t, "/", *part, NULL);
		next = folder_enter(fd, path, *part, mode, f);
		io_close(&fd);
		fd = next;
	}
	if (make)
		umask(mask);
	return fd;
}

bool
place_foreign(const char *given, char *path, uid_t *owner)
{
	uid_t uid = geteuid();
	struct stat st;

	if (*given != '/' || strlen(given) >= PATH_MAX)
		return false;
	strcpy(path, given);
	for (char *end = path + strlen(path); end > path;
	    end = strrchr(path, '/')) {
		*end = '\0';
		if (stat(*path ? path : "/", &st) < 0)
			continue;
		*owner = st.st_uid;
		if (st.st_uid != uid && st.st_uid)
			return true;
		if (uid)
			break;
	}
	return false;
}

int
place_folders(char *path, mode_t mode)
{
	int err = 0;

	for (char *s = path; !err && (s = strchr(s + 1, '/'));) {
		*s = '\0';
		err = mkdir(path, mode) < 0 && errno != EEXIST ? errno : 0;
		if (err && access(path, X_OK) == 0)
			err = 0;
		*s = '/';
	}
	errno = err;
	return err ? -1 : 0;
}

void
place_temp(const char *path, char *temp, size_t cap)
{
	snprintf(temp, cap, "%.*s/.onlyone-%ld",
	    (int)(strrchr(path, '/') - path), path, (long)getpid());
}

int
place_draft(const char *path, const struct buf *b, char *temp, size_t cap)
{
	int fd, err;

	place_temp(path, temp, cap);
	unlink(temp); /* left by a killed process */
	fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    0600);
	if (fd >= 0 && fchmod(fd, 0644) == 0 &&
	    io_write(fd, b->at, b->len) == 0 && fsync(fd) == 0) {
		io_close(&fd);
		return 0;
	}
	err = errno;
	if (fd >= 0)
		unlink(temp);
	io_close(&fd);
	errno = err;
	return -1;
}

int
place_write(const char *path, const struct buf *b)
{
	char temp[PATH_MAX + NAME_MAX];
	int err;

	if (place_draft(path, b, temp, sizeof(temp)) < 0)
		return -1;
	if (rename(temp, path) == 0)
		return 0;
	err = errno;
	unlink(temp);
	errno = err;
	return -1;
}
