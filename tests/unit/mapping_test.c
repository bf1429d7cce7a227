/*
 * mapping_test.c: the mapping lock, both halves of it together.
 *
 * run: rest (who only asks is looked for hundreds of times)
 */
#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>

#include "cli/base/proc.h"
#include "cli/core/slot/owner.h"
#include "tests/unit/mapping.h"

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
	ok(second >= 0 && fstat(second, &b) == 0 && a.st_ino != b.st_ino &&
		pread(second, text, 31, 0) == 2 && !strncmp(text, "0\n", 2),
	    "make: replaces it by a new file");
	opened = mapping_open(folder);
	ok(opened >= 0 && fstat(opened, &a) == 0 && a.st_ino == b.st_ino &&
		fcntl(opened, F_GETFD) == FD_CLOEXEC,
	    "open: the one there is");
	close(first);
	close(second);
	close(opened);
}

static void
opens(void)
{
	unlinkat(folder, "mapping", 0);
	errno = 0;
	ok(mapping_open(folder) < 0 && errno == ENOENT, "open: none, ENOENT");
	close(openat(folder, "real", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	symlinkat("real", folder, "mapping");
	ok(mapping_open(folder) < 0 && errno != ENOENT, "open: no symlink");
	close(mapping_make(folder, 0));
	ok(faccessat(folder, "real", F_OK, 0) == 0 && mapping_open(folder) >= 0,
	    "make: replaces a symlink, not what it leads to");
	unlinkat(folder, "mapping", 0);
	mkfifoat(folder, "mapping", 0600);
	ok(mapping_open(folder) < 0 && errno == EPERM,
	    "open: no FIFO, and no wait for it");
	unlinkat(folder, "mapping", 0);
	mkdirat(folder, "mapping", 0700);
	ok(mapping_open(folder) < 0, "open: no folder");
	unlinkat(folder, "mapping", AT_REMOVEDIR);
	if (geteuid() == 0) {
		close(mapping_make(folder, 0));
		fchownat(folder, "mapping", 1, 0, 0);
		ok(mapping_open(folder) < 0 && errno == EPERM,
		    "open: not another user's");
	}
}

static void
holds(void)
{
	int fd = mapping_make(folder, owner_pidns());
	pid_t pid, pids[MANY];

	ok(mapping_test(fd) == unheld &&
		mapping_scan(fd, NULL, pids, MANY, NULL) == 0,
	    "free: nobody holds it, nobody maps it");
	pid = holder_make(NULL);
	ok(mapping_test(fd) == MAPPING_LOCKED || unheld == MAPPING_UNKNOWN,
	    "held: while the owner lives, all descriptors closed");
	ok(mapping_scan(fd, NULL, pids, MANY, NULL) == 1 && pids[0] == pid,
	    "scan: the owner and nobody else");
	ok(mapping_scan(fd, NULL, pids, 0, NULL) == 0,
	    "scan: no more than asked");
	ok(mapping_mapped(fd, NULL, pid) &&
		!mapping_mapped(fd, NULL, getpid()) &&
		!mapping_mapped(fd, NULL, 1),
	    "mapped: by the owner, by nobody else");
	ok(mapping_test(fd) == MAPPING_LOCKED || unheld == MAPPING_UNKNOWN,
	    "held: asking disturbs nobody");
	holder_end(pid);
	ok(mapping_test(fd) == unheld &&
		mapping_scan(fd, NULL, pids, MANY, NULL) == 0,
	    "free: the owner has been killed");
	ok(!mapping_mapped(fd, NULL, pid), "mapped: by nobody any more");
	close(fd);
}

static void
inherits(void)
{
	int fd = mapping_make(folder, owner_pidns());
	pid_t child, pid, pids[MANY];
	int n;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	pid = holder_make(&child);
	n = mapping_scan(fd, NULL, pids, MANY, NULL);
	ok(n == 2 && pids[0] + pids[1] == pid + child && pids[0] != pids[1],
	    "scan: a fork maps it too");
	ok(mapping_scan(fd, NULL, pids, 1, NULL) == 1,
	    "scan: no more than asked");
	holder_end(pid);
	ok(mapping_test(fd) == MAPPING_LOCKED || unheld == MAPPING_UNKNOWN,
	    "held: the fork holds on when the owner has ended");
	ok(mapping_scan(fd, NULL, pids, MANY, NULL) == 1 && pids[0] == child,
	    "scan: only the fork is left");
	holder_end(child);
	ok(mapping_test(fd) == unheld, "free: when the fork has ended, too");
	close(fd);
}

static void
generations(void)
{
	int old = mapping_make(folder, owner_pidns()), fd;
	pid_t pid = holder_make(NULL), pids[MANY];
	char id[MAPPING_ID], of[MAPPING_ID], text[64];
	struct fields record;

	fd = mapping_make(folder, owner_pidns());
	ok(mapping_test(fd) == unheld &&
		mapping_scan(fd, NULL, pids, MANY, NULL) == 0 &&
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
	holder_end(pid);
	close(old);
	close(fd);
}

/* To learn how the kernel shows a mapping it is mapped: whoever does that has
 * it for a moment, and yet is none of those who hold it. */
static void
asks(void)
{
	enum { SCANS = 300 };
	int fd = mapping_make(folder, owner_pidns()), seen = 0;
	volatile int *asked =
	    sys_map(sizeof(*asked), PROT_READ | PROT_WRITE, MAP_SHARED |
	    MAP_ANONYMOUS, -1);
	pid_t pid = fork(), pids[MANY];
	char id[MAPPING_ID];

	if (pid < 0)
		abort();
	if (pid == 0) {
		alarm(PATIENCE);
		for (;;)
			*asked += mapping_id(fd, id) == 0;
	}
	for (int i = 0; i < SCANS || *asked < SCANS; i++)
		seen += mapping_scan(fd, NULL, pids, MANY, NULL) > 0;
	holder_end(pid);
	ok(seen == 0, "scan: nobody who only looks for those who map it");
	close(fd);
}

static void *
thread_stays(void *none)
{
	wait_killed();
	return none;
}

/* A daemon may live on in a thread when its first one has ended. */
static void
headless(void)
{
	int fd = mapping_make(folder, owner_pidns());
	pid_t pid = fork(), pids[MANY];
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
	ok(mapping_test(fd) == MAPPING_LOCKED || unheld == MAPPING_UNKNOWN,
	    "held: when the first thread has ended");
	ok(mapping_mapped(fd, NULL, pid) &&
		mapping_scan(fd, NULL, pids, MANY, NULL) == 1 && pids[0] == pid,
	    "scan: a process without its first thread");
	holder_end(pid);
	close(fd);
}

static void
waits(void)
{
	int fd = mapping_make(folder, owner_pidns()), status;
	pid_t pid = holder_make(NULL), waiter;
	volatile bool *ends =
	    sys_map(1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1);
	struct proc p = {.state = 'R'};

	if (unheld == MAPPING_UNKNOWN) {
		ok(mapping_wait(fd) == 0, "wait: not where nothing is told");
		holder_end(pid);
		close(fd);
		return;
	}
	waiter = fork();
	if (waiter == 0) {
		_exit(mapping_wait(fd) < 0 ? 1 : *ends ? 0 : 2);
	}
	while (p.state == 'R' && proc_read(waiter, &p) == 0)
		sched_yield();
	kill(waiter, SIGSTOP);
	kill(waiter, SIGCONT);
	*ends = true;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	ok(waitpid(waiter, &status, 0) == waiter && status == 0,
	    "wait: until the owner has ended, through a stop");
	close(fd);
}

int
main(void)
{
	set_up();
	makes();
	opens();
	holds();
	inherits();
	generations();
	headless();
	asks();
	waits();
	return tear_down();
}
