/*
 * image_test.c: the image lock, both halves of it together.
 */
#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>

#include "cli/proc.h"
#include "cli/slot/owner.h"
#include "tests/unit/image.h"

static void
makes(void)
{
	int first = image_make(folder, 4026531836), second, opened;
	char text[32] = "";
	struct stat a, b;

	ok(first >= 0 && pread(first, text, 31, 0) == 11 &&
		!strcmp(text, "4026531836\n") && fstat(first, &a) == 0 &&
		(a.st_mode & 07777) == 0600 &&
		fcntl(first, F_GETFD) == FD_CLOEXEC,
	    "make: the pid namespace, for nobody else");
	second = image_make(folder, 0);
	ok(second >= 0 && fstat(second, &b) == 0 && a.st_ino != b.st_ino &&
		pread(second, text, 31, 0) == 2 && !strncmp(text, "0\n", 2),
	    "make: replaces it by a new file");
	opened = image_open(folder);
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
	unlinkat(folder, "image", 0);
	errno = 0;
	ok(image_open(folder) < 0 && errno == ENOENT, "open: none, ENOENT");
	close(openat(folder, "real", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	symlinkat("real", folder, "image");
	ok(image_open(folder) < 0 && errno != ENOENT, "open: no symlink");
	close(image_make(folder, 0));
	ok(faccessat(folder, "real", F_OK, 0) == 0 && image_open(folder) >= 0,
	    "make: replaces a symlink, not what it leads to");
	unlinkat(folder, "image", 0);
	mkfifoat(folder, "image", 0600);
	ok(image_open(folder) < 0 && errno == EPERM,
	    "open: no FIFO, and no wait for it");
	unlinkat(folder, "image", 0);
	mkdirat(folder, "image", 0700);
	ok(image_open(folder) < 0, "open: no folder");
	unlinkat(folder, "image", AT_REMOVEDIR);
	if (geteuid() == 0) {
		close(image_make(folder, 0));
		fchownat(folder, "image", 1, 0, 0);
		ok(image_open(folder) < 0 && errno == EPERM,
		    "open: not another user's");
	}
}

static void
holds(void)
{
	int fd = image_make(folder, owner_pidns());
	pid_t pid, pids[MANY];

	ok(image_test(fd) == unheld &&
		image_scan(fd, NULL, pids, MANY) == 0,
	    "free: nobody holds it, nobody maps it");
	pid = holder_make(NULL);
	ok(image_test(fd) == IMAGE_HELD || unheld == IMAGE_UNKNOWN,
	    "held: while the owner lives, all descriptors closed");
	ok(image_scan(fd, NULL, pids, MANY) == 1 && pids[0] == pid,
	    "scan: the owner and nobody else");
	ok(image_scan(fd, NULL, pids, 0) == 0,
	    "scan: no more than asked");
	ok(image_mapped(fd, NULL, pid) &&
		!image_mapped(fd, NULL, getpid()) &&
		!image_mapped(fd, NULL, 1),
	    "mapped: by the owner, by nobody else");
	ok(image_test(fd) == IMAGE_HELD || unheld == IMAGE_UNKNOWN,
	    "held: asking disturbs nobody");
	holder_end(pid);
	ok(image_test(fd) == unheld &&
		image_scan(fd, NULL, pids, MANY) == 0,
	    "free: the owner has been killed");
	ok(!image_mapped(fd, NULL, pid), "mapped: by nobody any more");
	close(fd);
}

static void
inherits(void)
{
	int fd = image_make(folder, owner_pidns());
	pid_t child, pid, pids[MANY];
	int n;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	pid = holder_make(&child);
	n = image_scan(fd, NULL, pids, MANY);
	ok(n == 2 && pids[0] + pids[1] == pid + child && pids[0] != pids[1],
	    "scan: a fork maps it too");
	ok(image_scan(fd, NULL, pids, 1) == 1,
	    "scan: no more than asked");
	holder_end(pid);
	ok(image_test(fd) == IMAGE_HELD || unheld == IMAGE_UNKNOWN,
	    "held: the fork holds on when the owner has ended");
	ok(image_scan(fd, NULL, pids, MANY) == 1 && pids[0] == child,
	    "scan: only the fork is left");
	holder_end(child);
	ok(image_test(fd) == unheld, "free: when the fork has ended, too");
	close(fd);
}

static void
generations(void)
{
	int old = image_make(folder, owner_pidns()), fd;
	pid_t pid = holder_make(NULL), pids[MANY];
	char id[IMAGE_ID], of[IMAGE_ID], text[64];
	struct fields record;

	fd = image_make(folder, owner_pidns());
	ok(image_test(fd) == unheld &&
		image_scan(fd, NULL, pids, MANY) == 0 &&
		!image_mapped(fd, NULL, pid),
	    "the dead file of an earlier owner is not seen");
	ok(image_id(old, id) == 0 && image_of(pid, name, of) && !strcmp(id, of),
	    "of a process: the image that it maps, deleted or not");
	snprintf(text, sizeof(text), "image=%s", id);
	record = (struct fields){ text, strlen(text) + 1 };
	ok(image_scan(fd, &record, pids, MANY) == 1 && pids[0] == pid &&
		image_scan(-1, &record, pids, MANY) == 1 &&
		image_mapped(fd, &record, pid) &&
		!image_left(fd, &record, pid),
	    "but one of the same owner, which its record names, is");
	ok(image_mapped(old, NULL, pid),
	    "but through its own descriptor it is");
	holder_end(pid);
	close(old);
	close(fd);
}

/* Each forks the next one and ends: of those that a list of processes names
 * none may be there any more when it is looked at. */
static void
relay(void)
{
	enum { SCANS = 300, PAUSE_US = 100 };
	int fd = image_make(folder, owner_pidns()), seen = 0, end[2];
	volatile bool *over =
	    sys_map(1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1);
	pid_t pids[MANY];
	struct report r;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (pipe(end) < 0 || (r.pid = fork()) < 0)
		abort();
	if (r.pid == 0) {
		pid_write(getpid());
		r.held = image_adopt(dir, getpid(), ADOPT_OWNER);
		if (write(end[1], &r, sizeof(r)) != sizeof(r))
			_exit(1);
		while (!*over) {
			if (fork() != 0)
				_exit(0);
			usleep(PAUSE_US);
		}
		_exit(0);
	}
	if (read(end[0], &r, sizeof(r)) != sizeof(r) || !r.held)
		abort();
	for (int i = 0; i < SCANS; i++) {
		seen += image_scan(fd, NULL, pids, MANY) > 0;
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
	*over = true;
	while (waitpid(-1, NULL, 0) > 0)
		;
	ok(seen == SCANS, "scan: one of those who fork and end at once");
	close(end[0]);
	close(end[1]);
	close(fd);
}

/* To learn how the kernel shows an image it is mapped: whoever does that has it
 * for a moment, and yet is none of those who hold it. */
static void
asks(void)
{
	enum { SCANS = 300 };
	int fd = image_make(folder, owner_pidns()), seen = 0;
	volatile int *asked =
	    sys_map(sizeof(*asked), PROT_READ | PROT_WRITE, MAP_SHARED |
	    MAP_ANONYMOUS, -1);
	pid_t pid = fork(), pids[MANY];
	char id[IMAGE_ID];

	if (pid < 0)
		abort();
	if (pid == 0) {
		alarm(PATIENCE);
		for (;;)
			*asked += image_id(fd, id) == 0;
	}
	for (int i = 0; i < SCANS || *asked < SCANS; i++)
		seen += image_scan(fd, NULL, pids, MANY) > 0;
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
	int fd = image_make(folder, owner_pidns());
	pid_t pid = fork(), pids[MANY];
	struct proc p = {.state = 'R'};
	pthread_t t;

	if (pid == 0) {
		pid_write(getpid());
		if (!image_adopt(dir, getpid(), ADOPT_OWNER) ||
		    pthread_create(&t, NULL, thread_stays, NULL) != 0)
			_exit(1);
		pthread_exit(NULL);
	}
	while (p.state != 'Z' && proc_read(pid, &p) == 0)
		sched_yield();
	ok(image_test(fd) == IMAGE_HELD || unheld == IMAGE_UNKNOWN,
	    "held: when the first thread has ended");
	ok(image_mapped(fd, NULL, pid) &&
		image_scan(fd, NULL, pids, MANY) == 1 && pids[0] == pid,
	    "scan: a process without its first thread");
	holder_end(pid);
	close(fd);
}

static void
waits(void)
{
	int fd = image_make(folder, owner_pidns()), status;
	pid_t pid = holder_make(NULL), waiter;
	volatile bool *ends =
	    sys_map(1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1);
	struct proc p = {.state = 'R'};

	if (unheld == IMAGE_UNKNOWN) {
		ok(image_wait(fd) == 0, "wait: not where nothing is told");
		holder_end(pid);
		close(fd);
		return;
	}
	waiter = fork();
	if (waiter == 0) {
		_exit(image_wait(fd) < 0 ? 1 : *ends ? 0 : 2);
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
	relay();
	asks();
	waits();
	return tear_down();
}
