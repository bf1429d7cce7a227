/*
 * mapping_twin_test.c: who has mapped what only looks like the mapping.
 */
#include <sched.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>

#include "cli/core/slot/owner.h"
#include "tests/unit/mapping.h"

/* A line of /proc/PID/maps ends in a path, which anybody may choose. */
static void
disguise(void)
{
	int fd = mapping_make(folder, owner_pidns()), end[2], fake;
	pid_t pid, pids[MANY];
	char path[1024], c;
	struct stat st;

	if (fstat(fd, &st) < 0 || pipe(end) < 0)
		abort();
	snprintf(path, sizeof(path), "%s/x %02x:%02x %lu y", dir,
	    major(st.st_dev), minor(st.st_dev), (unsigned long)st.st_ino);
	mkdir(path, 0700);
	strcat(strcat(path, "/"), name);
	mkdir(path, 0700);
	strcat(path, "/mapping");
	fake = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	pid = fork();
	if (pid == 0) {
		if (!sys_map(1, PROT_NONE, MAP_SHARED, fake) ||
		    write(end[1], "x", 1) != 1)
			_exit(1);
		wait_killed();
	}
	if (read(end[0], &c, 1) != 1)
		abort();
	ok(!mapping_mapped(fd, NULL, pid) &&
		mapping_scan(fd, NULL, pids, MANY, NULL) == 0,
	    "scan: a path that looks like a mapping of it is none");
	holder_end(pid);
	close(end[0]);
	close(end[1]);
	close(fake);
	close(fd);
}

/* A folder NAME on a memory file system of its own; a descriptor. */
static int
memory_make(const char *at)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", dir, at);
	if (mkdir(path, 0700) < 0 ||
	    mount("none", path, "tmpfs", 0, "size=1m") < 0)
		return -1;
	strcat(strcat(path, "/"), name);
	mkdir(path, 0700);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* What twin finds wrong: bits of its exit status. */
enum {
	OWN_UNSEEN = 1,
	NAME_SEEN = 2,
	PATH_SEEN = 4,
	NO_TWIN = 8,
	NO_MOUNT = 16
};

/* Inode numbers are counted up on each file system: anybody may mount one and
 * have a file of the same number on it, even with the same path. */
static int
twin(void)
{
	int here, there, fd, fake, wrong = 0;
	struct stat st, want;

	if (unshare(CLONE_NEWNS) < 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    (here = memory_make("here")) < 0 ||
	    (there = memory_make("there")) < 0)
		return NO_MOUNT;
	fd = mapping_make(here, 0);
	fstat(fd, &want);
	for (;;) {
		fake = openat(
		    there, "mapping.old", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (fake < 0 || fstat(fake, &st) < 0 || st.st_ino > want.st_ino)
			return NO_TWIN;
		if (st.st_ino == want.st_ino)
			break;
		close(fake);
		unlinkat(there, "mapping.old", 0);
	}
	if (!sys_map(1, PROT_NONE, MAP_SHARED, fake))
		return NO_TWIN;
	if (mapping_mapped(fd, NULL, getpid()))
		wrong |= NAME_SEEN;
	renameat(there, "mapping.old", there, "mapping");
	if (mapping_mapped(fd, NULL, getpid()))
		wrong |= PATH_SEEN;
	sys_map(1, PROT_NONE, MAP_SHARED, fd);
	if (!mapping_mapped(fd, NULL, getpid()))
		wrong |= OWN_UNSEEN;
	return wrong;
}

/* Root only, for the mount. */
static void
twins(void)
{
	int status = NO_TWIN << 8, wrong;
	pid_t pid = fork();

	if (pid == 0)
		_exit(twin());
	waitpid(pid, &status, 0);
	wrong = WEXITSTATUS(status);
	if (wrong == NO_MOUNT) {
		tap_without("mount", "twin: of two files of one number one is seen");
		return;
	}
	ok(WIFEXITED(status) && !(wrong & (NO_TWIN | OWN_UNSEEN)),
	    "twin: two files of one number; the right one is seen");
	ok(!(wrong & (NO_TWIN | NAME_SEEN)),
	    "twin: one of another name is not seen");
	ok(!(wrong & (NO_TWIN | PATH_SEEN)),
	    "twin: nor one of the same path on another file system");
}

int
main(void)
{
	set_up();
	disguise();
	if (geteuid() == 0)
		twins();
	return tear_down();
}
