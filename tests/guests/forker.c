/*
 * forker.c: a program that does the steps of daemons, in any order.
 *
 * Each word of its command line is one step.  main appends "PID main" to
 * $GUEST_LOG, or "PID then" after an exec; the process that has done the last
 * step appends "PID here" and waits for a signal.
 *
 *   fork          the parent ends with status 0, the child goes on
 *   linger MS     the parent of the next fork waits MS ms before it ends
 *   stop          the parent of the next fork stops itself; the child then
 *                 appends "PID stopped" and goes on
 *   reap          the parent of the next fork waits for its child's end
 *   orphan        go on as soon as the parent has ended (busy loop)
 *   setsid
 *   daemon        daemon(3)
 *   nap MS        wait MS milliseconds
 *   wait FILE     wait until FILE exists
 *   close-range, closefrom, close-loop   close every descriptor; close-loop
 *                 one by one, up to the limit
 *   open N        open N new descriptors
 *   hide          let nobody look into it (PR_SET_DUMPABLE 0)
 *   show FILE     append "PID waits"; let them again once FILE exists
 *   worker        fork a copy that waits for a signal, "PID worker"
 *   exec FUNCTION execute forker again, by that function, for the other steps
 *   end N         end with status N
 *   kill N        end by signal N
 *   .             nothing
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS = 24, STOP = -1, REAP = -2 };

static void
note(pid_t pid, const char *what)
{
	const char *log = getenv("GUEST_LOG");
	char line[64];
	int len = snprintf(line, sizeof(line), "%d %s\n", (int)pid, what);
	int fd = log ? open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC,
	    0600) : -1;

	if (fd >= 0 && write(fd, line, (size_t)len) != len)
		_exit(98);
	if (fd >= 0)
		close(fd);
}

static void
await(const char *file)
{
	struct stat st;

	while (stat(file, &st) < 0)
		poll(NULL, 0, 2);
}

static void
show(const char *file)
{
	note(getpid(), "waits");
	await(file);
	prctl(PR_SET_DUMPABLE, 1);
}

static int
is_stopped(pid_t pid)
{
	char name[32], state = 0;
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%d/stat", (int)pid);
	f = fopen(name, "re");
	if (!f || fscanf(f, "%*d %*s %c", &state) != 1)
		_exit(90);
	fclose(f);
	return state == 'T';
}

static void
leave_parent(int linger, pid_t *parent)
{
	pid_t pid;

	*parent = getpid();
	pid = fork();

	if (pid < 0)
		_exit(97);
	if (pid > 0) {
		if (linger == STOP)
			raise(SIGSTOP);
		else if (linger == REAP)
			waitpid(pid, NULL, 0);
		else if (linger)
			poll(NULL, 0, linger);
		_exit(0);
	}
	alarm(300);
	if (linger == STOP) {
		while (!is_stopped(*parent))
			poll(NULL, 0, 2);
		note(*parent, "stopped");
	}
}

static void
make_worker(void)
{
	pid_t pid = fork();

	if (pid < 0)
		_exit(96);
	if (pid > 0) {
		note(pid, "worker");
		return;
	}
	alarm(300);
	for (;;)
		pause();
}

static void
close_loop(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		_exit(95);
	for (rlim_t fd = 0; fd < limit.rlim_cur; fd++)
		close((int)fd);
}

static void
open_some(int n)
{
	while (n--) {
		if (open("/dev/null", O_RDWR) < 0)
			_exit(94);
	}
}

static void
by_libc(pid_t *parent)
{
	*parent = getpid();
	if (daemon(0, 0) < 0)
		_exit(91);
}

static void
be_orphan(pid_t parent)
{
	while (getppid() == parent)
		;
}

/* The rest of the steps in a new image; a[] has no gaps. */
static void
become(const char *how, const char *program, char **words)
{
	char *copy = strdup(program), *name = basename(strdup(program));
	char *a[WORDS + 3] = { strdup(program), strdup("then") };
	int n = 2, fd;

	while (*words && n < WORDS + 2)
		a[n++] = *words++;
	if (*words)
		_exit(93);
	/* execle has its environment behind a fixed number of them. */
	while (n < WORDS + 2)
		a[n++] = strdup(".");
#define LIST a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9],    \
	a[10], a[11], a[12], a[13], a[14], a[15], a[16], a[17], a[18],      \
	a[19], a[20], a[21], a[22], a[23], a[24], a[25], (char *)NULL
	if (!strcmp(how, "execve"))
		execve(program, a, environ);
	else if (!strcmp(how, "execv"))
		execv(program, a);
	else if (!strcmp(how, "execvp"))
		execvp(name, a);
	else if (!strcmp(how, "execvpe"))
		execvpe(name, a, environ);
	else if (!strcmp(how, "execl"))
		execl(program, LIST);
	else if (!strcmp(how, "execle"))
		execle(program, LIST, environ);
	else if (!strcmp(how, "execlp"))
		execlp(name, LIST);
	else if (!strcmp(how, "fexecve") &&
	    (fd = open(program, O_RDONLY | O_CLOEXEC)) >= 0)
		fexecve(fd, a, environ);
	else if (!strcmp(how, "execveat") &&
	    (fd = open(dirname(copy), O_PATH | O_DIRECTORY | O_CLOEXEC)) >= 0)
		execveat(fd, name, a, environ, 0);
	note(getpid(), "failed");
	_exit(92);
}

int
main(int argc, char *argv[])
{
	char **word = argv + 1;
	pid_t parent = 0;
	int linger = 0;

	alarm(300);
	if (argc > 1 && !strcmp(*word, "then")) {
		note(getpid(), "then");
		word++;
	} else {
		note(getpid(), "main");
	}
	for (; *word; word++) {
		const char *w = *word;

		if (!strcmp(w, "fork"))
			leave_parent(linger, &parent);
		else if (!strcmp(w, "linger") && word[1])
			linger = atoi(*++word);
		else if (!strcmp(w, "stop"))
			linger = STOP;
		else if (!strcmp(w, "reap"))
			linger = REAP;
		else if (!strcmp(w, "orphan"))
			be_orphan(parent);
		else if (!strcmp(w, "setsid"))
			setsid();
		else if (!strcmp(w, "daemon"))
			by_libc(&parent);
		else if (!strcmp(w, "nap") && word[1])
			poll(NULL, 0, atoi(*++word));
		else if (!strcmp(w, "wait") && word[1])
			await(*++word);
		else if (!strcmp(w, "hide"))
			prctl(PR_SET_DUMPABLE, 0);
		else if (!strcmp(w, "show") && word[1])
			show(*++word);
		else if (!strcmp(w, "close-range"))
			syscall(SYS_close_range, 0u, ~0u, 0u);
		else if (!strcmp(w, "closefrom"))
			closefrom(0);
		else if (!strcmp(w, "close-loop"))
			close_loop();
		else if (!strcmp(w, "open") && word[1])
			open_some(atoi(*++word));
		else if (!strcmp(w, "worker"))
			make_worker();
		else if (!strcmp(w, "exec") && word[1])
			become(word[1], argv[0], word + 2);
		else if (!strcmp(w, "end") && word[1])
			_exit(atoi(word[1]));
		else if (!strcmp(w, "kill") && word[1])
			kill(getpid(), atoi(*++word));
		else if (strcmp(w, "."))
			_exit(99);
		if (!strcmp(w, "fork"))
			linger = 0;
		alarm(300); /* a fork has none */
	}
	note(getpid(), "here");
	for (;;)
		pause();
}
