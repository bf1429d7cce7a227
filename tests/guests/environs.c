/*
 * environs.c: prints the pids of the processes with one of these entries in the
 * environment that they were executed with: environs ENTRY...
 *
 * Reading the environment of a process inside execve blocks (stuck.c).  So a
 * child reads; if it blocks, it is killed, and another child goes on with the
 * next process.
 */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 65536, ENVIRON = 4 << 20, STUCK_MS = 100 };

static int pids[MOST], count;
static volatile int *at; /* shared: which of these the child is at */

static void
list(void)
{
	DIR *d = opendir("/proc");
	struct dirent *e;

	while (d && (e = readdir(d)) && count < MOST) {
		if (isdigit((unsigned char)*e->d_name))
			pids[count++] = atoi(e->d_name);
	}
	if (d)
		closedir(d);
}

static void
look(int pid, char *const *entries)
{
	static char env[ENVIRON];
	char path[64], line[32];
	size_t n = 0;
	ssize_t k = 0;
	int fd, len;

	snprintf(path, sizeof(path), "/proc/%d/environ", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && n < sizeof(env) - 1 &&
	    (k = read(fd, env + n, sizeof(env) - 1 - n)) > 0)
		n += (size_t)k;
	if (fd >= 0)
		close(fd);
	env[n] = '\0';
	for (char *s = env; s < env + n; s += strlen(s) + 1) {
		for (char *const *e = entries; *e; e++) {
			if (strcmp(s, *e) != 0)
				continue;
			len = snprintf(line, sizeof(line), "%d\n", pid);
			if (write(1, line, (size_t)len) != len)
				_exit(1);
			return;
		}
	}
}

/* Whether a child of ours waits in the kernel: not only for a processor. */
static int
waits(pid_t pid)
{
	char path[64], status[512] = "", *state;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && read(fd, status, sizeof(status) - 1) < 0)
		*status = '\0';
	close(fd);
	state = strstr(status, "\nState:\t");
	return state && state[8] == 'D';
}

/* Go on from where it is.  Whether it came to the end. */
static int
child(char *const *entries)
{
	pid_t pid = fork();
	struct pollfd p = { .events = POLLIN };
	int was, more, status = 1;

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (; *at < count; (*at)++)
			look(pids[*at], entries);
		_exit(0);
	}
	p.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	do {
		was = *at;
		more = poll(&p, 1, STUCK_MS) == 0;
	} while (more && (was != *at || !waits(pid)));
	if (more) {
		kill(pid, SIGKILL);
		(*at)++;
	}
	waitpid(pid, &status, 0);
	close(p.fd);
	return !more;
}

int
main(int argc, char *argv[])
{
	(void)argc;
	at = mmap(NULL, sizeof(*at), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		return 1;
	list();
	while (!child(argv + 1))
		;
	return 0;
}
