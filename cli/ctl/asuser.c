/*
 * asuser.c: root runs a verb as another user.
 *
 * As root nothing of another user is opened, connected to or signalled: all
 * that is done by a process that is wholly his, so that it can do no more than
 * he can.  It begins anew with no memory, environment, terminal, session or
 * descriptor of root's but two pipes and nothing to read, since he may trace
 * it; and what it says is his word.  It is given a time, after which it is
 * killed: his files may lie where nothing ever answers.
 */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <bsd/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/ctl/asuser.h"
#include "cli/io.h"
#include "cli/slot/owner.h"
#include "preload/contract.h"

enum {
	CHUNK = 65536,
	OUT_MOST = 16 << 20, /* of what it writes */
	EXE = 3              /* descriptor of our own program, there */
};

static void
signals_default(void)
{
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL); /* fails for some */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The raw calls: this process has one thread, and groups need no names. */
static int
ids_take(const struct account *who)
{
	if (syscall(SYS_setgroups, 0, NULL) < 0 ||
	    setresgid(who->gid, who->gid, who->gid) < 0 ||
	    setresuid(who->uid, who->uid, who->uid) < 0)
		return -1;
	return geteuid() == who->uid && getuid() == who->uid ? 0 : -1;
}

static _Noreturn void
account_exec(const struct account *who, char *const argv[], int exe, int out,
    int err, pid_t parent)
{
	static char path[] = "PATH=/usr/local/bin:/usr/bin:/bin";
	char *const env[] = { path, NULL };
	const struct rlimit none = { 0, 0 };
	int null = open("/dev/null", O_RDONLY);
	/* Above those that are about to be set. */
	int from[4] = { fcntl(null, F_DUPFD, 16), fcntl(out, F_DUPFD, 16),
		fcntl(err, F_DUPFD, 16), fcntl(exe, F_DUPFD, 16) };

	for (int i = 0; i < 4; i++) {
		if (from[i] < 0 || dup2(from[i], i) < 0)
			_exit(EXIT_SYSTEM);
	}
	closefrom(EXE + 1);
	fcntl(EXE, F_SETFD, FD_CLOEXEC);
	signals_default();
	umask(077);
	setrlimit(RLIMIT_CORE, &none);
	if (setsid() < 0 || chdir("/") < 0 || ids_take(who) < 0)
		_exit(EXIT_SYSTEM);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() == parent)
		syscall(SYS_execveat, EXE, "", argv, env, AT_EMPTY_PATH);
	_exit(EXIT_SYSTEM);
}

/* What there is to read; false: that is its end, or too much. */
static bool
chunk_read(int fd, struct buf *b)
{
	ssize_t n;

	if (b->len >= OUT_MOST || buf_room(b, CHUNK) < 0)
		return false;
	n = IO_RETRY(read(fd, b->at + b->len, CHUNK));
	if (n > 0)
		b->len += (size_t)n;
	return n > 0 || (n < 0 && errno == EAGAIN);
}

/* Until it has ended and all is read.  false: it took too long. */
static bool
child_read(int pidfd, int out, int err, long long deadline, struct asuser *a)
{
	struct pollfd p[3] = { { out, POLLIN, 0 }, { err, POLLIN, 0 },
		{ pidfd, POLLIN, 0 } };
	struct buf *b[2] = { &a->out, &a->err };
	int left = -1;

	for (;;) {
		if (deadline)
			left = clock_left(deadline);
		/* Who else has the pipes is not waited for. */
		if (p[2].revents)
			left = 0;
		p[0].revents = p[1].revents = 0;
		io_poll(p, 3, left);
		for (int i = 0; i < 2; i++) {
			if (p[i].revents && !chunk_read(p[i].fd, b[i])) {
				if (b[i]->len >= OUT_MOST || b[i]->failed)
					return false;
				p[i].fd = -1;
			}
		}
		if (p[2].revents && !p[0].revents && !p[1].revents)
			return true;
		if (deadline && clock_now() >= deadline && !p[2].revents)
			return false;
	}
}

int
asuser_run(const struct account *who, char *const argv[], int ms,
    struct asuser *a, struct fault *f)
{
	int out[2] = { -1, -1 }, err[2] = { -1, -1 }, pidfd = -1, status = 0;
	int exe = open("/proc/self/exe", O_PATH | O_CLOEXEC);
	pid_t parent = getpid(), pid = -1;

	memset(a, 0, sizeof(*a));
	buf_init(&a->out, NULL, 0);
	buf_init(&a->err, NULL, 0);
	if (exe >= 0 && pipe2(out, O_CLOEXEC) == 0 &&
	    pipe2(err, O_CLOEXEC) == 0) {
		fcntl(out[0], F_SETFL, O_NONBLOCK);
		fcntl(err[0], F_SETFL, O_NONBLOCK);
		pid = fork();
	}
	if (pid == 0)
		account_exec(who, argv, exe, out[1], err[1], parent);
	if (pid < 0)
		fault_errno(f, EXIT_SYSTEM, errno, "cannot look as ",
		    who->name, NULL);
	io_close(&exe);
	io_close(&out[1]);
	io_close(&err[1]);
	if (pid > 0) {
		/* Our child, not waited for: the number is its own. */
		pidfd = owner_pidfd(pid);
		a->late = pidfd < 0 || !child_read(pidfd, out[0], err[0],
		    ms < 0 ? 0 : clock_now() + ms, a);
		if (a->late)
			kill(pid, SIGKILL);
		while (IO_RETRY(waitpid(pid, &status, 0)) < 0)
			;
		a->status = WIFEXITED(status) ? WEXITSTATUS(status) :
		    EXIT_NOANSWER;
		buf_string(&a->out, "");
		buf_string(&a->err, "");
		a->late |= WIFSIGNALED(status) || a->out.failed ||
		    a->err.failed;
	}
	io_close(&out[0]);
	io_close(&err[0]);
	io_close(&pidfd);
	if (pid > 0)
		return 0;
	asuser_free(a);
	return -1;
}

void
asuser_free(struct asuser *a)
{
	buf_free(&a->out);
	buf_free(&a->err);
}
