/*
 * proc.c: what /proc tells about a process.
 *
 * Of other processes this reads status, comm, task/PID/children and the owner
 * of the /proc folder: none of these blocks on the process.  It also parses the
 * text of stat, which look.c reads.  A program's name may hold any character:
 * it must never be taken for another field.
 */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/number.h"
#include "cli/base/proc.h"
#include "cli/base/text.h"

enum {
	LEVELS = 64, KILLED_MS = 200, AGAIN_US = 100, AWAIT_US = 5000,
	FORKNOEXEC = 0x40 /* PF_FORKNOEXEC of Linux, sched.h */
};

const char *
proc_path(pid_t pid, const char *file, char *name, size_t cap)
{
	struct text t = text_in(name, cap);

	text_all(&t, "/proc/", TEXT_NUM(pid), "/", file, NULL);
	return name;
}

long long
proc_stat_num(const char *stat, int n)
{
	/* The name may hold blanks and parentheses: the last one counts. */
	const char *s = strrchr(stat, ')');

	for (n -= 2; n && s; n--)
		s = (s = strchr(s, ' ')) ? s + 1 : NULL;
	return s ? strtoll(s, NULL, 10) : 0;
}

bool
proc_mine(pid_t pid)
{
	struct stat st;
	char name[64];

	errno = 0;
	return stat(proc_path(pid, "", name, sizeof(name)), &st) == 0 &&
	    st.st_uid == geteuid();
}

bool
proc_ours(void)
{
	char self[24];
	pid_t pid;
	ssize_t n = readlink("/proc/self", self, sizeof(self) - 1);

	if (n < 0)
		return false;
	self[n] = '\0';
	errno = ENOENT;
	return number_pid(self, &pid) == 0 && pid == getpid();
}

ssize_t
proc_text(pid_t pid, char text[PROC_STATUS])
{
	char name[64];
	ssize_t n = io_status(proc_path(pid, "status", name, sizeof(name)),
	    text, PROC_STATUS);

	if (n)
		return n;
	errno = ESRCH;
	return -1;
}

const char *
proc_comm(pid_t pid, char *buf, size_t cap)
{
	char name[64];

	io_file(proc_path(pid, "comm", name, sizeof(name)), buf, cap);
	buf[strcspn(buf, "\n")] = '\0';
	return buf;
}

/* The first number of a line of status; 0: there is none. */
static pid_t
status_pid(const char *status, const char *name)
{
	unsigned long long n;

	return proc_numbers(status, name, 10, &n, 1) ? (pid_t)n : 0;
}

int
proc_status_parse(const char *status, struct proc *p)
{
	const char *state = strstr(status, "\nState:\t");

	/* The program's name cannot match: its newlines are escaped. */
	if (!state) {
		errno = ESRCH;
		return -1;
	}
	p->state = state[8];
	p->parent = status_pid(status, "PPid:");
	p->group = status_pid(status, "NSpgid:");
	p->session = status_pid(status, "NSsid:");
	return 0;
}

int
proc_read(pid_t pid, struct proc *p)
{
	char status[PROC_STATUS];

	memset(p, 0, sizeof(*p));
	p->pid = pid;
	return proc_text(pid, status) < 0 ? -1 : proc_status_parse(status, p);
}

int
proc_stat_parse(const char *stat, struct proc *p)
{
	const char *s = strrchr(stat, ')');

	if (!s || s[1] != ' ') {
		errno = ESRCH;
		return -1;
	}
	p->tty = (int)proc_stat_num(s, 7);
	p->foreground = (pid_t)proc_stat_num(s, 8);
	p->start = (uint64_t)proc_stat_num(s, 22);
	p->forked = proc_stat_num(s, 9) & FORKNOEXEC;
	return 0;
}

char
proc_state(pid_t pid)
{
	struct proc p;

	return proc_read(pid, &p) < 0 ? '\0' : p.state;
}

bool
proc_works(pid_t pid)
{
	char state = pid ? proc_state(pid) : '\0';

	return state == 'R' || state == 'D';
}

long long
proc_began(const struct proc *p)
{
	return (long long)p->start * 1000 / sysconf(_SC_CLK_TCK);
}

long long
proc_waited(pid_t pid)
{
	char path[64], text[128], *end;

	if (io_file(pid ? proc_path(pid, "schedstat", path, sizeof(path)) :
	    "/proc/self/schedstat", text, sizeof(text)) <= 0)
		return 0;
	strtoull(text, &end, 10); /* ns on a processor */
	return strtoll(end, NULL, 10) / 1000000;
}

bool
proc_numbers(const char *text, const char *name, int base,
    unsigned long long *n, int wanted)
{
	size_t len = strlen(name);
	const char *s = text;
	char *end;

	/* The program's name cannot match: its newlines are escaped. */
	while (s && strncmp(s, name, len))
		s = (s = strchr(s, '\n')) ? s + 1 : NULL;
	if (!s)
		return false;
	for (s += len; wanted--; s = end) {
		if (*s++ != '\t')
			return false;
		*n++ = strtoull(s, &end, base);
		if (end == s)
			return false;
	}
	return true;
}

/* Whether a signal is in the set that this line of the process's status has. */
static bool
signal_in(pid_t pid, const char *line, int sig)
{
	char text[PROC_STATUS];
	unsigned long long set;

	return proc_text(pid, text) > 0 &&
	    proc_numbers(text, line, 16, &set, 1) && set >> (sig - 1) & 1;
}

bool
proc_ignores(pid_t pid, int sig)
{
	return signal_in(pid, "SigIgn:", sig);
}

bool
proc_takes(pid_t pid, int sig)
{
	return signal_in(pid, "SigCgt:", sig);
}

/* Whether a signal of the set is fatal by its default action. */
static bool
signals_end(unsigned long long set)
{
	static const int harmless[] = { SIGCHLD, SIGCONT, SIGURG, SIGWINCH,
		SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU };

	for (size_t i = 0; i < sizeof(harmless) / sizeof(*harmless); i++)
		set &= ~(1ULL << (harmless[i] - 1));
	return set != 0;
}

/* proc_dying of one thread.  *first: it is the first thread, and has exited
 * while others still run. */
static bool
thread_dying(pid_t pid, bool *first)
{
	static const char *const sets[] = { "SigPnd:", "ShdPnd:", "SigBlk:",
		"SigIgn:", "SigCgt:" };
	unsigned long long set[5], dumps = 0, threads = 0;
	char text[PROC_STATUS];
	struct proc p;

	*first = false;
	if (proc_text(pid, text) <= 0 || proc_status_parse(text, &p) < 0)
		return false; /* exited: callers learn that otherwise */
	proc_numbers(text, "Threads:", 10, &threads, 1);
	proc_numbers(text, "CoreDumping:", 10, &dumps, 1);
	*first = p.state == 'Z' && threads > 1;
	/* One that has exited has no memory either. */
	if (dumps || !strstr(text, "\nVmSize:"))
		return true;
	for (size_t i = 0; i < sizeof(set) / sizeof(*set); i++) {
		if (!proc_numbers(text, sets[i], 16, &set[i], 1))
			return false;
	}
	/* A stopped process takes no signal until it is continued. */
	return p.state != 'T' && p.state != 't' &&
	    signals_end((set[0] | set[1]) & ~(set[2] | set[3] | set[4]));
}

bool
proc_dying(pid_t pid)
{
	bool first, other, dying = thread_dying(pid, &first);
	struct dirent *e;
	char path[64];
	pid_t thread;
	DIR *d;

	if (!first)
		return dying;
	d = opendir(proc_path(pid, "task", path, sizeof(path)));
	while (d && dying && (e = io_entry(d))) {
		if (number_pid(e->d_name, &thread) == 0 && thread != pid)
			dying = thread_dying(thread, &other);
	}
	if (d)
		closedir(d);
	return dying;
}

size_t
proc_children(pid_t pid, pid_t *children, size_t n)
{
	char file[48], path[64], list[4096], *next = list, *word;
	size_t k = 0;

	text_join(file, sizeof(file), "task/", TEXT_NUM(pid), "/children",
	    NULL);
	if (io_file(proc_path(pid, file, path, sizeof(path)), list,
	    sizeof(list)) <= 0)
		return 0;
	while (k < n && (word = strsep(&next, " "))) {
		if (number_pid(word, &children[k]) == 0)
			k++;
	}
	return k;
}

pid_t
proc_inner(const char *status)
{
	static const char name[] = "\nNSpid:\t";
	const char *at = strstr(status, name), *end;

	if (!at)
		return 0;
	at += sizeof(name) - 1;
	end = strchrnul(at, '\n');
	at = memrchr(at, '\t', (size_t)(end - at));
	return at ? (pid_t)strtol(at, NULL, 10) : 0;
}

const char *
proc_tty(int tty, char *buf, size_t cap)
{
	unsigned int maj = major((dev_t)tty), min = minor((dev_t)tty);
	struct text t = text_in(buf, cap);

	if (maj >= 136 && maj <= 143)
		text_all(&t, "pts/", TEXT_NUM(min + (maj - 136) * 256), NULL);
	else if (maj == 4 && min < 64)
		text_all(&t, "tty", TEXT_NUM(min), NULL);
	else if (maj == 4)
		text_all(&t, "ttyS", TEXT_NUM(min - 64), NULL);
	else if (tty)
		text_all(&t, "tty ", TEXT_NUM(maj), ":", TEXT_NUM(min), NULL);
	return buf;
}

const char *
proc_fd(int fd, char *buf, size_t cap)
{
	char name[48];
	ssize_t n;

	text_join(name, sizeof(name), "/proc/self/fd/", TEXT_NUM(fd), NULL);
	n = readlink(name, buf, cap - 1);
	buf[n > 0 ? n : 0] = '\0';
	return buf;
}

bool
proc_ended(pid_t child, int *status)
{
	pid_t pid = (pid_t)IO_RETRY(waitpid(child, status, WNOHANG | __WALL));

	return pid == child || (pid < 0 && errno == ECHILD);
}

bool
proc_end(pid_t child)
{
	long long until = clock_now() + KILLED_MS;
	bool ended;

	kill(child, SIGKILL);
	while (!(ended = proc_ended(child, NULL)) && clock_now() < until)
		clock_sleep(AGAIN_US);
	return ended;
}

bool
proc_await(pid_t child, long long deadline, int *status)
{
	int pidfd = (int)syscall(SYS_pidfd_open, child, 0);
	enum io_result r = pidfd < 0 ? IO_FAILED :
	    io_wait(pidfd, POLLIN, clock_left(deadline));
	bool ended = r != IO_LATE && proc_ended(child, status);

	io_close(&pidfd);
	/* Without a pidfd look again and again. */
	while (r == IO_FAILED && !ended && clock_left(deadline)) {
		clock_sleep(AWAIT_US);
		ended = proc_ended(child, status);
	}
	if (!ended)
		proc_end(child);
	return ended;
}

pid_t
proc_fork(int *fd)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	*fd = ends[pid == 0];
	io_close(&ends[pid != 0]);
	if (pid < 0)
		io_close(fd);
	return pid;
}

bool
proc_run(void (*work)(const void *arg, int fd), const void *arg, char *said,
    size_t cap, long long deadline, int *status)
{
	pid_t pid;
	int fd;

	*said = '\0';
	pid = proc_fork(&fd);
	if (pid == 0) {
		/* If we are killed, nothing else would end it. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		work(arg, fd);
	}
	if (pid < 0)
		return false;
	io_drain(fd, said, cap, deadline);
	io_close(&fd);
	if (proc_await(pid, deadline, status))
		return true;
	errno = ETIMEDOUT;
	return false;
}

int
proc_status(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) :
	    128 + WTERMSIG(status);
}

int
proc_die(int sig)
{
	struct rlimit none = { 0, 0 };
	struct sigaction sa = { .sa_handler = SIG_DFL };
	sigset_t one;

	setrlimit(RLIMIT_CORE, &none); /* the child has dumped core already */
	sigaction(sig, &sa, NULL);
	sigemptyset(&one);
	sigaddset(&one, sig);
	sigprocmask(SIG_UNBLOCK, &one, NULL);
	kill(getpid(), sig);
	return 128 + sig;
}

int
proc_mimic(int status)
{
	return WIFSIGNALED(status) ? proc_die(WTERMSIG(status)) :
	    proc_status(status);
}

pid_t
proc_session_parent(pid_t pid)
{
	struct proc p, parent;

	return proc_read(pid, &p) == 0 && p.parent > 1 &&
	    proc_read(p.parent, &parent) == 0 &&
	    parent.session == p.session ? p.parent : 0;
}

bool
proc_descends(pid_t pid, pid_t ancestor)
{
	struct proc p;

	for (int i = 0; i < LEVELS && pid > 0; i++) {
		if (pid == ancestor)
			return true;
		if (proc_read(pid, &p) < 0)
			return false;
		pid = p.parent;
	}
	errno = 0;
	return false;
}

bool
proc_maps_display(const char *maps, size_t n)
{
	static const char *const names[] = { "/libX11.so", "/libxcb.so",
		"/libwayland-client.so" };

	for (size_t i = 0; n && i < sizeof(names) / sizeof(*names); i++) {
		if (memmem(maps, n, names[i], strlen(names[i])))
			return true;
	}
	return false;
}

char *
proc_undeleted(char *link)
{
	static const char gone[] = " (deleted)";
	size_t len = strlen(link), n = sizeof(gone) - 1;

	if (len > n && !strcmp(link + len - n, gone))
		link[len - n] = '\0';
	return link;
}
