/*
 * folders.c: where rules and handlers lie, and whether they may be trusted.
 *
 * Each folder is checked through the descriptor that it was opened with, from
 * the first one that another user could own down to the file: so what is
 * checked is what is used.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/io.h"
#include "cli/base/points.h"
#include "cli/core/rule/folders.h"
#include "cli/base/say.h"
#include "cli/base/text.h"
#include "cli/base/trusted.h"
#include "preload/contract.h"

enum { PASSWD_MOST = 64 << 20, PARTS = 3 };

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

/* Field n (from 0) of a line of the password file; NULL: there is none. */
static const char *
field(const char *line, const char *end, int n, size_t *len)
{
	const char *colon;

	for (; n; n--) {
		colon = memchr(line, ':', (size_t)(end - line));
		if (!colon)
			return NULL;
		line = colon + 1;
	}
	colon = memchr(line, ':', (size_t)(end - line));
	*len = (size_t)((colon ? colon : end) - line);
	return line;
}

/* Home from the password file.  No name service: we are linked statically. */
static int
passwd_home(char *home)
{
	char uid[24];
	const char *line, *end, *s;
	struct buf b = { 0 };
	size_t len, want;
	int fd, err, r = -1;

	fd = open(point_path("ONLYONE_TEST_PASSWD", "/etc/passwd"),
	    O_RDONLY | O_CLOEXEC);
	if (fd < 0 || io_slurp(fd, &b, PASSWD_MOST) < 0)
		goto out;
	want = strlen(say_num(uid, geteuid()));
	for (line = b.at; line < b.at + b.len; line = end + 1) {
		end = memchr(line, '\n', (size_t)(b.at + b.len - line));
		end = end ? end : b.at + b.len;
		s = field(line, end, 2, &len);
		if (!s || len != want || memcmp(s, uid, len))
			continue;
		s = field(line, end, 5, &len);
		if (s && *s == '/' && len < PATH_MAX) {
			memcpy(home, s, len);
			home[len] = '\0';
			r = 0;
		}
		break;
	}
	errno = ENOENT;
out:
	err = errno;
	io_close(&fd);
	buf_free(&b);
	errno = err;
	return r;
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
			return fault_errno(f, errno == EACCES ? EXIT_DENIED :
			    EXIT_SYSTEM, errno, "cannot make ", path, NULL);
		fd = openat(in, part, flags);
	}
	if (fd < 0)
		return trusted_fault(path, f);
	if (trusted(fd, S_IFDIR, path, f) < 0)
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
		mask = umask(022); /* writable for us, for nobody else */
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
