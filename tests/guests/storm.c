/*
 * storm.c: many launches, at once or one after the other.
 *
 * storm [-h|-s] N COMMAND [ARG...], by the tests and by make bench.
 *
 * At once: N children are forked and stop at a barrier; when all have reached
 * it, it opens, and each becomes COMMAND. The wall time runs from the opening
 * to the last child's exit.  With -h (hold) they are started one by one, the
 * next when the last has started: it runs a file that is neither ours nor
 * COMMAND's, so COMMAND has exec'd something.
 *
 * COMMAND is a path; %N in an ARG is the child's number, from 1.  The report is
 * lines of a word and a number; the last is "ready".  Then it holds what has
 * started until SIGTERM or SIGINT, or until its parent exits, and kills each by
 * pid: they are its unreaped children, so no pid can have been reused.  If it
 * is killed itself, the kernel kills them.
 *
 * With -s (statuses) their standard output is ours, the report is "STATUS
 * COUNT" for each status that occurred (128+N for signal N) and "running
 * COUNT", and it exits with status 0 then: what has started keeps running.
 */
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LIMIT 120 /* seconds until a child counts as hanging */
#define NS UINT64_C(1000000000)

static struct child {
	pid_t pid;
	bool ended, started;
} *child;

static size_t forked, ended, started;
static char **command;
static struct stat self, its;
static uint64_t last; /* ns: when the last child exited */
static bool stop; /* we were asked to exit */
static bool leave; /* -s */
static unsigned int statuses[256];
static sigset_t signals, old;

static uint64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NS + (uint64_t)t.tv_nsec;
}

/* s with the number i for each %N. */
static char *
numbered(const char *s, size_t i)
{
	char *out;
	size_t len;
	FILE *f = open_memstream(&out, &len);

	for (; f != NULL && *s != '\0'; s++)
		!strncmp(s, "%N", 2) ? s++, fprintf(f, "%zu", i) : fputc(*s, f);
	if (f == NULL || fclose(f) != 0)
		err(2, "memory");
	return out;
}

/* In the child number i: wait for the barrier (-1: none), become COMMAND. */
static _Noreturn void
become(size_t i, pid_t parent, int ready, int barrier)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	char c = 0;

	if (!leave)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(2);
	if (dup2(null, 0) == -1 || (!leave && dup2(null, 1) == -1))
		err(2, "/dev/null");
	for (size_t a = 1; command[a] != NULL; a++)
		command[a] = numbered(command[a], i + 1);
	sigprocmask(SIG_SETMASK, &old, NULL);
	if (barrier != -1 &&
	    (write(ready, &c, 1) != 1 || read(barrier, &c, 1) != 0))
		err(2, "barrier");
	execv(command[0], command);
	err(2, "%s", command[0]);
}

/* Until a signal comes, or ns have passed; then those that have ended. */
static void
rest(long ns)
{
	const struct timespec t = {.tv_nsec = ns};
	int sig = sigtimedwait(&signals, NULL, &t), status;
	pid_t pid;

	stop |= sig == SIGTERM || sig == SIGINT;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		last = now();
		statuses[WIFEXITED(status) ? WEXITSTATUS(status)
					   : 128 + WTERMSIG(status)]++;
		for (size_t i = 0; i < forked; i++) {
			if (child[i].pid != pid || child[i].ended)
				continue;
			child[i].ended = true;
			ended++;
		}
	}
}

/* Has the child become something that is neither us nor COMMAND? */
static bool
has_started(struct child *c)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)c->pid);
	if (!c->started && stat(path, &st) == 0 &&
	    (st.st_dev != self.st_dev || st.st_ino != self.st_ino) &&
	    (st.st_dev != its.st_dev || st.st_ino != its.st_ino)) {
		c->started = true;
		started++;
	}
	return c->started;
}

/* See each child from that one on exited or started, looking so often. */
static void
watch(size_t from, long ns)
{
	const uint64_t limit = now() + LIMIT * NS;

	while (from < forked && !stop && now() < limit) {
		if (child[from].ended || has_started(&child[from]))
			from++;
		else
			rest(ns);
	}
}

static void
end_all(void)
{
	uint64_t limit = now() + 5 * NS;

	for (int sig = SIGTERM; sig != 0; sig = sig == SIGTERM ? SIGKILL : 0) {
		for (size_t i = 0; i < forked; i++)
			if (!child[i].ended)
				kill(child[i].pid, sig);
		while (ended < forked && (sig == SIGKILL || now() < limit))
			rest(10000000);
	}
}

/* Fork all n; the nanoseconds that they took.  hold: one by one. */
static uint64_t
launch(size_t n, bool hold)
{
	const pid_t parent = getpid();
	int ready[2], barrier[2];
	uint64_t begin;
	char c;

	if (pipe2(ready, O_CLOEXEC) == -1 || pipe2(barrier, O_CLOEXEC) == -1)
		err(2, "pipe");
	for (size_t i = 0; i < n && ended == 0 && !stop; i++) {
		child[i].pid = fork();
		if (child[i].pid == -1)
			err(2, "fork");
		if (child[i].pid == 0) {
			close(barrier[1]);
			become(i, parent, ready[1], hold ? -1 : barrier[0]);
		}
		forked++;
		if (hold)
			watch(i, 200000);
	}
	for (size_t i = 0; i < forked && !hold; i++)
		if (read(ready[0], &c, 1) != 1)
			err(2, "barrier");
	begin = last = now();
	close(barrier[1]);
	watch(0, 10000000);
	return last - begin;
}

int
main(int argc, char *argv[])
{
	bool hold = false;
	size_t n = 0;
	uint64_t took;
	int opt;

	while ((opt = getopt(argc, argv, "+hs")) != -1) {
		hold |= opt == 'h';
		leave |= opt == 's';
	}
	if (argc - optind < 2 || (n = strtoul(argv[optind], NULL, 10)) == 0) {
		fputs("usage: storm [-h|-s] N COMMAND [ARG ...]\n", stderr);
		return 2;
	}
	command = argv + optind + 1;
	child = calloc(n, sizeof(*child));
	if (child == NULL || stat("/proc/self/exe", &self) == -1 ||
	    stat(command[0], &its) == -1)
		err(2, "%s", command[0]);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, &old);
	took = launch(n, hold);
	for (int i = 0; leave && i < 256; i++)
		if (statuses[i])
			printf("%d %u\n", i, statuses[i]);
	if (leave)
		return printf("running %zu\n", forked - ended) < 0;
	printf("wall_us %llu\nstarted %zu\nready\n",
	    (unsigned long long)took / 1000, started);
	fflush(stdout);
	while (!stop)
		rest(NS - 1);
	end_all();
	return 0;
}
