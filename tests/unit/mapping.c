/*
 * mapping.c: the mapping lock, both halves of it together, and processes that
 * map something that only looks like it.
 *
 * The holder is a child that runs the shim's own mapping_adopt (it is included
 * here, since programs do not link it) and waits to be killed.
 */
#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "cli/base/compat.h"
#include "cli/base/proc.h"
#include "cli/core/slot/mapping.h"
#include "cli/core/slot/owner.h"
#include "tests/unit/tap.h"

static int folder;

/* The pause of the shim, in which the keeper restores what was swept away. */
static void
restore(void)
{
	close(mapping_make(folder, owner_pidns()));
}

#include "preload/sys.h"
#define sys_sleep(ns) restore()
#include "preload/own_mapping.c"
#include "preload/vetted.c"

enum { MANY = 16 };

static char dir[256];
static const char *name; /* the last part of it */
static enum mapping_state unheld; /* on overlayfs nothing is told */

/* Write the pidfile as the launch does. */
static void
pid_write(pid_t pid)
{
	char text[16];

	file_write_at(folder, "pid", text,
	    (size_t)snprintf(text, sizeof(text), "%d\n", pid), 0600);
}

/* A child that adopts the slot and waits. */
static pid_t
holder_make(void)
{
	unsigned long long inode;
	int end[2];
	pid_t pid;
	char c;

	if (pipe(end) < 0 || (pid = fork()) < 0)
		bail("fork");
	if (pid == 0) {
		pid_write(getpid());
		if (!mapping_adopt(dir, getpid(), ADOPT_OWNER, &inode) ||
		    write(end[1], "", 1) != 1)
			_exit(1);
		wait_killed();
	}
	close(end[1]);
	if (read(end[0], &c, 1) != 1)
		bail("the holder");
	close(end[0]);
	return pid;
}

/* By how many it is mapped; one: by that one. */
static bool
mapped_by(int fd, int n, pid_t pid)
{
	pid_t pids[MANY];

	return mapping_scan(fd, NULL, pids, MANY, NULL) == n &&
	    (!n || pids[0] == pid);
}

static void
makes(void)
{
	int first = mapping_make(folder, 4026531836), second, opened;
	char text[32] = "";
	struct stat a, b;

	ok(first >= 0 && pread(first, text, 31, 0) == 11 &&
		!strcmp(text, "4026531836\n") && fstat(first, &a) == 0 &&
		(a.st_mode & 07777) == 0600 &&
		fcntl(first, F_GETFD) == FD_CLOEXEC,
	    "make: the pid namespace, for nobody else");
	second = mapping_make(folder, 0);
	opened = mapping_open(folder);
	ok(second >= 0 && fstat(second, &b) == 0 && a.st_ino != b.st_ino &&
		opened >= 0 && fstat(opened, &a) == 0 && a.st_ino == b.st_ino &&
		fcntl(opened, F_GETFD) == FD_CLOEXEC,
	    "make: replaces it by a new file; open: that one");
	close(first);
	close(second);
	close(opened);
	unlinkat(folder, "mapping", 0);
	ok(FAILS(mapping_open(folder), ENOENT), "open: none, ENOENT");
	file_write_at(folder, "real", "", 0, 0600);
	symlinkat("real", folder, "mapping");
	ok(mapping_open(folder) < 0 && errno == ELOOP, "open: no symlink");
	close(mapping_make(folder, 0));
	ok(faccessat(folder, "real", F_OK, 0) == 0,
	    "make: replaces a symlink, not what it leads to");
	if (geteuid() == 0 && fchownat(folder, "mapping", 1, 0, 0) == 0)
		ok(mapping_open(folder) < 0 && errno == EPERM,
		    "open: not another user's");
	unlinkat(folder, "mapping", 0);
}

static void
generations(void)
{
	int old = mapping_make(folder, owner_pidns()), fd;
	pid_t pid = holder_make(), pids[MANY];
	unsigned long long inode;
	char id[MAPPING_ID], of[MAPPING_ID], text[64];
	struct fields record;

	fd = mapping_make(folder, owner_pidns());
	ok(mapping_test(fd) == unheld && mapped_by(fd, 0, 0) &&
		!mapping_mapped(fd, NULL, pid),
	    "the dead file of an earlier owner is not seen");
	ok(mapping_id(old, id) == 0 && mapping_of(pid, name, of) &&
		!strcmp(id, of),
	    "of a process: the mapping that it maps, deleted or not");
	snprintf(text, sizeof(text), "mapping=%s", id);
	record = (struct fields){ text, strlen(text) + 1 };
	ok(mapping_scan(fd, &record, pids, MANY, NULL) == 1 && pids[0] == pid &&
		mapping_scan(-1, &record, pids, MANY, NULL) == 1 &&
		mapping_mapped(fd, &record, pid) &&
		!mapping_left(fd, &record, pid),
	    "but one of the same owner, which its record names, is");
	ok(mapping_mapped(old, NULL, pid),
	    "but through its own descriptor it is");
	close(mapping_make(folder, owner_pidns() + 1));
	pid_write(getpid());
	ok(!mapping_adopt(dir, getpid(), ADOPT_OWNER, &inode),
	    "adopt: not with the owner's number in another pid namespace");
	child_end(pid);
	close(old);
	close(fd);
	unlinkat(folder, "mapping", 0);
	ok(mapping_adopt(dir, getpid(), ADOPT_SUCCESSOR, &inode),
	    "adopt: the owner waits for a file that was swept away");
}

static void *
thread_stays(void *none)
{
	wait_killed();
	return none;
}

/* A daemon may live on in a thread after its first one has exited. */
static void
headless(void)
{
	int fd = mapping_make(folder, owner_pidns());
	pid_t pid = fork();
	struct proc p = {.state = 'R'};
	unsigned long long inode;
	pthread_t t;

	if (pid == 0) {
		pid_write(getpid());
		if (!mapping_adopt(dir, getpid(), ADOPT_OWNER, &inode) ||
		    pthread_create(&t, NULL, thread_stays, NULL) != 0)
			_exit(1);
		pthread_exit(NULL);
	}
	while (p.state != 'Z' && proc_read(pid, &p) == 0)
		sched_yield();
	ok((mapping_test(fd) == MAPPING_LOCKED || unheld == MAPPING_UNKNOWN) &&
		mapping_mapped(fd, NULL, pid) && mapped_by(fd, 1, pid),
	    "held: when the first thread has ended");
	child_end(pid);
	close(fd);
}

/* A line of /proc/PID/maps ends in a path, which anybody may choose. */
static void
disguise(void)
{
	int fd = mapping_make(folder, owner_pidns()), fake;
	char path[1024];
	struct stat st;

	if (fstat(fd, &st) < 0)
		bail("mapping");
	snprintf(path, sizeof(path), "%s/x %02x:%02x %lu y", dir,
	    major(st.st_dev), minor(st.st_dev), (unsigned long)st.st_ino);
	mkdir(path, 0700);
	strcat(strcat(path, "/"), name);
	mkdir(path, 0700);
	strcat(path, "/mapping");
	fake = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ok(sys_map(1, PROT_NONE, MAP_SHARED, fake) &&
		!mapping_mapped(fd, NULL, getpid()) && mapped_by(fd, 0, 0),
	    "scan: a path that looks like a mapping of it is none");
	close(fake);
	close(fd);
}

void
mapping_part(void)
{
	struct statfs fs;

	/* Where mappings can be seen to be locked, if there is such a place. */
	if (access("/dev/shm", W_OK) == 0)
		setenv("TMPDIR", "/dev/shm", 1);
	snprintf(dir, sizeof(dir), "%s/slot", scratch());
	unsetenv("TMPDIR");
	if (mkdir(dir, 0700) < 0 ||
	    (folder = open(dir, O_RDONLY | O_CLOEXEC)) < 0 ||
	    fstatfs(folder, &fs) < 0)
		bail(dir);
	name = strrchr(dir, '/') + 1;
	unheld = fs.f_type == FS_OVERLAY ? MAPPING_UNKNOWN : MAPPING_FREE;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	makes();
	generations();
	headless();
	disguise();
	close(folder);
}
