/*
 * root.c: the state root, where ONLYONE_DIR gives it.
 *
 * Which of the default roots is taken is a matter of what lies in /run and
 * /tmp: defaultroot.bats.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cli/core/slot/root.h"
#include "preload/contract.h"
#include "tests/unit/tap.h"

static struct root root;
static struct fault fault;

/* FOLDER/name */
static const char *
at(const char *name)
{
	static char path[2][PATH_MAX];
	static int turn;

	turn = !turn;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", scratch(), name);
	return path[turn];
}

/* root_find with this ONLYONE_DIR. */
static int
find(const char *value)
{
	memset(&root, 0x5a, sizeof(root));
	memset(&fault, 0, sizeof(fault));
	setenv(ENV_DIR, value, 1);
	return root_find(&root, &fault);
}

/* root_find, or then root_open, says no, with code 73 and these words. */
static void
refuses(const char *value, const char *words)
{
	int r = find(value);

	ok(r < 0 && fault.code == EXIT_STATE && strstr(fault.line, words),
	    "refused: %.40s: %s: %.80s", value, words, fault.line);
}

static void
refuses_open(const char *words)
{
	int r = root_open(&root, &fault);

	ok(r < 0 && root.fd == -1 && fault.code == EXIT_STATE &&
		strstr(fault.line, words),
	    "open: by now refused: %s", fault.line);
}

static void
finds(void)
{
	struct stat st;

	ok(find(at("new")) == 0 && root.given && !root.exists &&
		root.fd == -1 && !strcmp(root.path, at("new")) &&
		lstat(at("new"), &st) < 0,
	    "find: a missing one is found, and not made");
	mkdir(at("old"), 0755);
	ok(find(at("old///")) == 0 && root.given && root.exists &&
		root.fd == -1 && !root.lasting &&
		!strcmp(root.path, at("old")),
	    "find: one that is there; slashes at the end are left out");
	ok(find("") == 0 ? !root.given : !strstr(fault.line, ENV_DIR "="),
	    "find: empty is as not set");
}

static void
refusals(void)
{
	static char deep[PATH_MAX + 64];

	refuses("relative", ENV_DIR "=relative is not an absolute path");
	symlink("old", at("link"));
	refuses(at("link"), "is a symbolic link");
	refuses(at("link/"), "is a symbolic link");
	file_write("file", "", 0, 0600);
	refuses(at("file"), "is not a directory");
	refuses(at("file/x"), "Not a directory");
	mkdir(at("shared"), 0700);
	chmod(at("shared"), 0770);
	refuses(at("shared"), "writable by others");
	chmod(at("shared"), 01777);
	refuses(at("shared"), "writable by others");
	chmod(at("shared"), 0555);
	ok(find(at("shared")) == 0,
	    "find: others may read, nobody write: no matter");
	memset(deep, '/', sizeof(deep));
	for (size_t i = 1; i < sizeof(deep); i += 2)
		deep[i] = 'x';
	deep[sizeof(deep) - 1] = '\0';
	refuses(deep, "too long");
	if (geteuid() == 0) {
		mkdir(at("foreign"), 0700);
		if (chown(at("foreign"), 1, 0) < 0)
			bail("foreign");
		refuses(at("foreign"), "belongs to another user");
	} else {
		refuses("/", "belongs to another user");
	}
}

static void
opens(void)
{
	struct stat st;
	mode_t mask = umask(0);
	int fd;

	find(at("new"));
	umask(0777); /* the worst that a caller can bring */
	ok(root_open(&root, &fault) == 0 && root.fd >= 0 && root.exists &&
		fcntl(root.fd, F_GETFD) == FD_CLOEXEC &&
		fstat(root.fd, &st) == 0 && S_ISDIR(st.st_mode) &&
		(st.st_mode & 0777) == 0700,
	    "open: made, for nobody else");
	ok(umask(mask) == 0777, "open: the umask is put back");
	rmdir(at("new"));
	fd = root.fd;
	ok(root_open(&root, &fault) == 0 && lstat(at("new"), &st) == 0 &&
		root.fd == fd,
	    "open: anew, when it was swept away; the old descriptor is gone");
	root_close(&root);
	ok(root.fd == -1, "close");
	find(at("old"));
	ok(root_open(&root, &fault) == 0 && root.fd >= 0 &&
		fstat(root.fd, &st) == 0 && (st.st_mode & 0777) == 0755,
	    "open: one that is there stays as it is");
	root_close(&root);
}

/* Between find and open somebody puts another thing there. */
static void
races(void)
{
	find(at("new"));
	rmdir(at("new"));
	symlink("old", at("new"));
	refuses_open(at("new"));
	unlink(at("new"));
	mkdir(at("new"), 0700);
	chmod(at("new"), 0777);
	refuses_open("writable by others");
	fault.line[0] = '\0';
	find(at("missing/new")); /* a missing parent is not made */
	refuses_open(at("missing/new"));
}

static void
lasting(void)
{
	char shm[] = "/dev/shm/root.XXXXXX";
	struct statfs fs;

	ok(mkdtemp(shm) && find(shm) == 0 && root_open(&root, &fault) == 0 &&
		!root.lasting,
	    "lasting: memory does not outlive a boot%s", fault.line);
	root_close(&root);
	rmdir(shm);
	find(at("old"));
	ok(root_open(&root, &fault) == 0 && statfs(at("old"), &fs) == 0 &&
		root.lasting == (fs.f_type != TMPFS_MAGIC),
	    "lasting: whatever else there is, is taken to");
	root_close(&root);
}

static void
folders(void)
{
	static char out[PATH_MAX], name[PATH_MAX];
	size_t room;

	find(at("old"));
	ok(root_folder(&root, "vi-12", out) == 0 &&
		!strcmp(out, at("old/vi-12")),
	    "folder: its path");
	room = PATH_MAX - 1 - strlen(root.path) - 1;
	memset(name, 'n', room);
	ok(root_folder(&root, name, out) == 0 && strlen(out) == PATH_MAX - 1,
	    "folder: as long as can be");
	name[room] = 'n';
	errno = 0;
	ok(root_folder(&root, name, out) < 0 && errno == ENAMETOOLONG,
	    "folder: one more: ENAMETOOLONG");
}

void
root_part(void)
{
	finds();
	refusals();
	opens();
	races();
	lasting();
	folders();
}
