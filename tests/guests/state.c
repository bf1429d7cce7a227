/*
 * state.c: a program that reports all the state it has inherited.
 *
 * state FILE [ARG...] writes to FILE, one item a line: arguments (in hex),
 * environment, descriptors, signals, limits, threads, children, terminal and so
 * on.  Left out are what differs in each run (pids become "self"), the kernel's
 * counters, and ONLYONE_*, which is documented.  Two runs from the same place,
 * with and without onlyone, must write the same bytes.  FILE is opened after
 * all is collected.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static char out[4 << 20];
static size_t out_len;

static void
say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	out_len += (size_t)vsnprintf(out + out_len, sizeof(out) - out_len, fmt,
	    ap);
	va_end(ap);
	if (out_len >= sizeof(out))
		_exit(99);
}

static void
say_hex(const char *what, int n, const void *bytes, size_t len)
{
	say("%s %d ", what, n);
	for (size_t i = 0; i < len; i++)
		say("%02x", ((const unsigned char *)bytes)[i]);
	say("\n");
}

/* A small file as a string; "" if it cannot be read. */
static char *
slurp(const char *path)
{
	static char buf[1 << 16];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, buf, sizeof(buf) - 1);

	if (fd >= 0)
		close(fd);
	buf[n < 0 ? 0 : n] = '\0';
	return buf;
}

static const char *
link_of(const char *path)
{
	static char buf[PATH_MAX];
	ssize_t n = readlink(path, buf, sizeof(buf) - 1);

	if (n < 0)
		return strerror(errno);
	buf[n] = '\0';
	return buf;
}

/* Without opening anything, so that it sees what is there. */
static void
descriptors(void)
{
	char path[64];
	struct stat st;

	for (int fd = 0; fd < 4096; fd++) {
		int flags = fcntl(fd, F_GETFD), status = fcntl(fd, F_GETFL);

		if (flags < 0 || fstat(fd, &st) < 0)
			continue;
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		say("fd %d -> %s flags %x status %x mode %o", fd,
		    link_of(path), flags, status, st.st_mode);
		/* Where others write too, no two runs are at one place. */
		if ((status & O_ACCMODE) == O_RDONLY)
			say(" offset %lld", (long long)lseek(fd, 0, SEEK_CUR));
		say("\n");
	}
}

static void
signals(void)
{
	/* What the kernel counts. */
	static const char *const drop[] = { "Pid:", "Tgid:", "NStgid:", "NSpid:",
		"NSpgid:", "NSsid:", "Ngid:", "PPid:", "Vm", "Rss", "HugetlbPages:",
		"State:", "FDSize:", "SigQ:", "voluntary_", "nonvoluntary_",
		"x86_Thread" };
	char *line = slurp("/proc/self/status");
	struct sigaction sa;
	stack_t ss;
	size_t i, n = sizeof(drop) / sizeof(*drop);
	int sig;

	for (line = strtok(line, "\n"); line; line = strtok(NULL, "\n")) {
		for (i = 0; i < n && strncmp(line, drop[i], strlen(drop[i])); i++)
			;
		if (i == n)
			say("status %s\n", line);
	}
	for (sig = 1; sig < NSIG; sig++)
		if (sigaction(sig, NULL, &sa) == 0 &&
		    (sa.sa_handler != SIG_DFL || sa.sa_flags))
			say("signal %d %s flags %x\n", sig,
			    sa.sa_handler == SIG_IGN ? "ignored" : "other",
			    sa.sa_flags);
	sigaltstack(NULL, &ss);
	say("alternate stack flags %x\n", ss.ss_flags);
}

static void
limits(void)
{
	struct rlimit r;
	struct itimerval t;
	int i;

	for (i = 0; i < RLIM_NLIMITS; i++)
		if (getrlimit(i, &r) == 0)
			say("limit %d %llu %llu\n", i,
			    (unsigned long long)r.rlim_cur,
			    (unsigned long long)r.rlim_max);
	for (i = ITIMER_REAL; i <= ITIMER_PROF; i++)
		if (getitimer(i, &t) == 0)
			say("timer %d %ld %ld\n", i, (long)t.it_value.tv_sec,
			    (long)t.it_value.tv_usec);
	say("posix timers [%s]\n", slurp("/proc/self/timers"));
	say("nice %d\n", getpriority(PRIO_PROCESS, 0));
	say("scheduler %d\n", sched_getscheduler(0));
	say("ioprio %ld\n", syscall(SYS_ioprio_get, 1, 0));
	say("oom_score_adj %s", slurp("/proc/self/oom_score_adj"));
	say("coredump_filter %s", slurp("/proc/self/coredump_filter"));
	say("personality %x\n", (unsigned)personality(0xffffffff));
}

static void
say_pid(const char *what, pid_t pid)
{
	if (pid == getpid())
		say("%s self\n", what);
	else
		say("%s %d\n", what, (int)pid);
}

static void
family(void)
{
	DIR *d = opendir("/proc/self/task");
	struct dirent *e;
	char path[PATH_MAX];
	pid_t waited;
	int tty;

	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/self/task/%s/children",
		    e->d_name);
		say("task with children [%s]\n", slurp(path));
	}
	if (d)
		closedir(d);
	waited = waitpid(-1, NULL, WNOHANG | __WALL);
	say("wait %d %s\n", (int)waited, waited < 0 ? strerror(errno) : "");
	say_pid("parent", getppid());
	say_pid("group", getpgrp());
	say_pid("session", getsid(0));
	tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (tty < 0)
		say("no controlling terminal: %s\n", strerror(errno));
	else
		say_pid("foreground", tcgetpgrp(tty));
	close(tty);
}

static void
terminal(void)
{
	struct termios t;

	for (int fd = 0; fd < 3; fd++) {
		memset(&t, 0, sizeof(t));
		if (tcgetattr(fd, &t) < 0)
			continue;
		say("terminal %d %s ", fd, ttyname(fd));
		say_hex("is", fd, &t, sizeof(t));
	}
}

static void
process(void)
{
	static const char *const ns[] = { "cgroup", "ipc", "mnt", "net", "pid",
		"time", "user", "uts" };
	char path[64], cwd[PATH_MAX];
	int value = -1;
	size_t i;

	say("cwd %s\n", getcwd(cwd, sizeof(cwd)) ? cwd : strerror(errno));
	say("cwd link %s\n", link_of("/proc/self/cwd"));
	say("root %s\n", link_of("/proc/self/root"));
	say("exe %s\n", link_of("/proc/self/exe"));
	say("comm %s", slurp("/proc/self/comm"));
	say("cgroup %s", slurp("/proc/self/cgroup"));
	for (i = 0; i < sizeof(ns) / sizeof(*ns); i++) {
		snprintf(path, sizeof(path), "/proc/self/ns/%s", ns[i]);
		say("namespace %s\n", link_of(path));
	}
	prctl(PR_GET_PDEATHSIG, &value);
	say("death signal %d\n", value);
	prctl(PR_GET_CHILD_SUBREAPER, &value);
	say("subreaper %d\n", value);
	say("dumpable %d\n", prctl(PR_GET_DUMPABLE));
	say("keepcaps %d\n", prctl(PR_GET_KEEPCAPS));
	say("securebits %d\n", prctl(PR_GET_SECUREBITS));
	say("timer slack %d\n", prctl(PR_GET_TIMERSLACK));
	say("secure %lu\n", getauxval(AT_SECURE));
	say("execfn %s\n", (const char *)getauxval(AT_EXECFN));
}

int
main(int argc, char *argv[], char *envp[])
{
	int error = errno, fd, i;

	say("errno %d\n", error);
	descriptors();
	say("argc %d\n", argc);
	for (i = 0; i < argc; i++)
		say_hex("argv", i, argv[i], strlen(argv[i]));
	for (; *envp; envp++)
		if (strncmp(*envp, "ONLYONE_", 8))
			say("env %s\n", *envp);
	signals();
	limits();
	family();
	terminal();
	process();
	if (argc < 2)
		return 2;
	fd = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	return fd < 0 || write(fd, out, out_len) != (ssize_t)out_len ? 4 : 0;
}
