/*
 * proc.c: what /proc says of a process.
 */
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/io.h"
#include "cli/number.h"
#include "cli/proc.h"
#include "cli/text.h"

enum { LEVELS = 64, ENVIRON_LIMIT = 16 << 20 };

const char *
proc_path(pid_t pid, const char *file, char *name, size_t cap)
{
	struct text t;

	text_init(&t, name, cap);
	text_add(&t, "/proc/");
	text_num(&t, pid);
	text_add(&t, "/");
	text_add(&t, file);
	return name;
}

/* Field n (from 3, the state) of the text after the command's name. */
static long long
field_num(const char *s, int n)
{
	for (n -= 3; n && s; n--)
		s = (s = strchr(s, ' ')) ? s + 1 : NULL;
	return s ? strtoll(s, NULL, 10) : 0;
}

pid_t
proc_self(void)
{
	char self[24];
	pid_t pid = 0;
	ssize_t n = readlink("/proc/self", self, sizeof(self) - 1);

	if (n < 0)
		return 0;
	self[n] = '\0';
	errno = ENOENT;
	return number_pid(self, &pid) == 0 ? pid : 0;
}

bool
proc_ours(void)
{
	return proc_self() == getpid();
}

int
proc_parse(const char *stat, struct proc *p)
{
	/* The name may hold blanks and parentheses: the last one counts. */
	const char *s = strrchr(stat, ')');

	if (!s || s[1] != ' ') {
		errno = ESRCH;
		return -1;
	}
	s += 2;
	p->state = *s;
	p->parent = (pid_t)field_num(s, 4);
	p->group = (pid_t)field_num(s, 5);
	p->session = (pid_t)field_num(s, 6);
	p->tty = (int)field_num(s, 7);
	p->start = (uint64_t)field_num(s, 22);
	p->status = (int)field_num(s, 52);
	return 0;
}

int
proc_read(pid_t pid, struct proc *p)
{
	char name[64], stat[1024];

	p->pid = pid;
	proc_path(pid, "stat", name, sizeof(name));
	return io_file(AT_FDCWD, name, stat, sizeof(stat)) <= 0 ? -1 :
	    proc_parse(stat, p);
}

bool
proc_numbers(const char *text, const char *name, int base,
    unsigned long long *n, int wanted)
{
	size_t len = strlen(name);
	const char *s = text;
	char *end;

	/* The program's name stands in the first line, newlines escaped. */
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

/* Whether a signal is in the set that a line of its status shows. */
static bool
signal_in(pid_t pid, const char *line, int sig)
{
	char name[64], text[PROC_STATUS];
	unsigned long long set;

	proc_path(pid, "status", name, sizeof(name));
	return io_file(AT_FDCWD, name, text, sizeof(text)) > 0 &&
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
	struct text t;

	text_init(&t, buf, cap);
	if (maj >= 136 && maj <= 143) {
		text_add(&t, "pts/");
		text_num(&t, min + (maj - 136) * 256);
	} else if (maj == 4 && min < 64) {
		text_add(&t, "tty");
		text_num(&t, min);
	} else if (maj == 4) {
		text_add(&t, "ttyS");
		text_num(&t, min - 64);
	} else if (tty) {
		text_add(&t, "tty ");
		text_num(&t, maj);
		text_add(&t, ":");
		text_num(&t, min);
	}
	return buf;
}

/* What a link in the process's folder leads to; "" if it is not to be seen. */
static const char *
link_read(pid_t pid, const char *file, char *buf, size_t cap)
{
	char name[64];
	ssize_t n;

	proc_path(pid, file, name, sizeof(name));
	n = readlink(name, buf, cap - 1);
	buf[n > 0 ? n : 0] = '\0';
	return buf;
}

int
proc_environ(pid_t pid, struct buf *b)
{
	char name[64];
	int r, fd = open(proc_path(pid, "environ", name, sizeof(name)),
	    O_RDONLY | O_CLOEXEC);

	r = fd < 0 ? -1 : io_slurp(fd, b, ENVIRON_LIMIT);
	io_close(&fd);
	return r;
}

const char *
proc_exe(pid_t pid, char *buf, size_t cap)
{
	return link_read(pid, "exe", buf, cap);
}

const char *
proc_cwd(pid_t pid, char *buf, size_t cap)
{
	if (pid == getpid())
		return io_cwd(buf, cap) ? buf : "";
	return link_read(pid, "cwd", buf, cap);
}

const char *
proc_fd(pid_t pid, int fd, char *buf, size_t cap)
{
	char file[32];
	struct text t;

	text_init(&t, file, sizeof(file));
	text_add(&t, "fd/");
	text_num(&t, fd);
	return link_read(pid, file, buf, cap);
}

int
proc_status(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) :
	    128 + WTERMSIG(status);
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
	return false;
}

int
proc_opens(pid_t pid, const char *name, bool reading)
{
	char folder[64], link[64];
	struct dirent *e;
	struct stat st;
	int found = 0;
	ssize_t n;
	DIR *d;

	d = opendir(proc_path(pid, "fd", folder, sizeof(folder)));
	if (!d)
		return errno == ENOENT || errno == ESRCH ? 0 : -1;
	while (!found && (e = readdir(d))) {
		n = readlinkat(dirfd(d), e->d_name, link, sizeof(link) - 1);
		link[n > 0 ? n : 0] = '\0';
		/* The link's own mode tells how it was opened. */
		found = !strcmp(link, name) && (!reading ||
		    (fstatat(dirfd(d), e->d_name, &st,
		    AT_SYMLINK_NOFOLLOW) == 0 && st.st_mode & S_IRUSR));
	}
	closedir(d);
	return found;
}

bool
proc_reads(pid_t pid, const char *name)
{
	struct proc p;

	for (int i = 0; i < LEVELS && pid > 1; i++) {
		if (proc_opens(pid, name, true) == 1)
			return true;
		if (proc_read(pid, &p) < 0)
			return false;
		pid = p.parent;
	}
	return false;
}
