/*
 * storm.c: many launches, at once or one after the other.
 *
 * At once: N children are forked and stop at a barrier; when all stand there
 * it opens, and each becomes COMMAND.  The wall time runs from the opening to
 * the last child that ends.  With -h (hold) they are started one by one, the
 * next when the last has started.
 *
 * What became of a child is read from the system, not from what it says:
 * ended with 0 (a launch that handed over), ended otherwise, or *started*:
 * it is alive and runs a file that is neither ours nor COMMAND's, so COMMAND
 * has exec'd something.  A child still in COMMAND after LIMIT seconds hangs.
 *
 * The report is lines of a word and a number; the last is "ready".  Then it
 * holds what has started until SIGTERM or SIGINT, or until its parent ends,
 * and ends each of them by pid: they are its unreaped children, so no pid can
 * be another's.  Should it be killed itself, the kernel kills them.
 */
#include <errno.h>
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

#define LIMIT 60 /* seconds until a child counts as hanging */
#define NS UINT64_C(1000000000)

struct child {
	pid_t pid;
	bool ended;
	bool started;
	int status; /* as of waitpid, when ended */
};

struct storm {
	struct child *child;
	size_t n;
	size_t ended;
	char **argv;
	const char *errors; /* where the children's stderr goes */
	struct stat self, command;
	uint64_t begin, last; /* ns: barrier opened; last child ended */
	bool stop; /* somebody wants us to end */
	sigset_t signals, old;
};

static void
die(const char *what)
{
	fprintf(stderr, "storm: %s: %s\n", what, strerror(errno));
	exit(2);
}

static uint64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NS + (uint64_t)t.tv_nsec;
}

static bool
same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* s with the number i for each %. */
static char *
numbered(const char *s, size_t i)
{
	char *out;
	size_t len;
	FILE *f = open_memstream(&out, &len);

	if (f == NULL)
		die("memory");
	for (; *s != '\0'; s++)
		*s == '%' ? fprintf(f, "%zu", i) : fputc(*s, f);
	if (fclose(f) != 0)
		die("memory");
	return out;
}

static void
redirect(const char *errors)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), fd = null;

	if (errors != NULL)
		fd = open(
		    errors, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (null == -1 || fd == -1 || dup2(null, 0) == -1 ||
	    dup2(null, 1) == -1 || dup2(fd, 2) == -1)
		die(errors != NULL ? errors : "/dev/null");
}

/* In the child number i: wait for the barrier (-1: none), become COMMAND. */
static void
become(const struct storm *s, size_t i, pid_t parent, int ready, int barrier)
{
	size_t a;
	char c = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(2);
	redirect(s->errors);
	for (a = 1; s->argv[a] != NULL; a++)
		s->argv[a] = numbered(s->argv[a], i + 1);
	sigprocmask(SIG_SETMASK, &s->old, NULL);
	if (barrier != -1 &&
	    (write(ready, &c, 1) != 1 || read(barrier, &c, 1) != 0))
		die("barrier");
	execv(s->argv[0], s->argv);
	die(s->argv[0]);
}

static void
reap(struct storm *s)
{
	int status;
	size_t i;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		s->last = now();
		for (i = 0; i < s->n; i++) {
			if (s->child[i].pid != pid || s->child[i].ended)
				continue;
			s->child[i].ended = true;
			s->child[i].status = status;
			s->ended++;
		}
	}
}

/* Until a signal comes, or ns have passed (0: no limit).  True if one came. */
static bool
rest(struct storm *s, long ns)
{
	const struct timespec t = {.tv_nsec = ns};
	int sig = sigtimedwait(&s->signals, NULL, ns != 0 ? &t : NULL);

	if (sig == SIGTERM || sig == SIGINT)
		s->stop = true;
	reap(s);
	return sig > 0;
}

/* Has the child become something that is neither us nor COMMAND? */
static bool
has_started(const struct storm *s, struct child *c)
{
	char path[64];
	struct stat st;

	if (c->started)
		return true;
	snprintf(path, sizeof(path), "/proc/%d/exe", (int)c->pid);
	if (stat(path, &st) == 0)
		c->started = !same(&st, &s->self) && !same(&st, &s->command);
	return c->started;
}

/* All n children are forked: open the barrier and see each ended or started. */
static void
watch(struct storm *s)
{
	const uint64_t limit = now() + LIMIT * NS;
	bool open = true;
	size_t i;

	while (open && !s->stop && now() < limit) {
		if (rest(s, 10000000))
			continue;
		open = false;
		for (i = 0; i < s->n; i++)
			if (!s->child[i].ended && !has_started(s, &s->child[i]))
				open = true;
	}
}

static void
all_at_once(struct storm *s)
{
	int ready[2], barrier[2];
	const pid_t self = getpid();
	size_t i;
	char c;

	if (pipe2(ready, O_CLOEXEC) == -1 || pipe2(barrier, O_CLOEXEC) == -1)
		die("pipe");
	for (i = 0; i < s->n; i++) {
		s->child[i].pid = fork();
		if (s->child[i].pid == -1)
			die("fork");
		if (s->child[i].pid == 0) {
			close(barrier[1]);
			become(s, i, self, ready[1], barrier[0]);
		}
	}
	for (i = 0; i < s->n; i++)
		if (read(ready[0], &c, 1) != 1)
			die("barrier");
	s->begin = s->last = now();
	close(barrier[1]);
	watch(s);
}

static void
one_by_one(struct storm *s)
{
	const pid_t self = getpid();
	uint64_t limit;
	size_t i, ended;

	s->begin = s->last = now();
	for (i = 0; i < s->n && !s->stop; i++) {
		ended = s->ended;
		limit = now() + LIMIT * NS;
		s->child[i].pid = fork();
		if (s->child[i].pid == -1)
			die("fork");
		if (s->child[i].pid == 0)
			become(s, i, self, -1, -1);
		while (!has_started(s, &s->child[i]) && now() < limit) {
			rest(s, 200000);
			if (s->ended != ended || s->stop)
				return;
		}
	}
	s->last = now();
}

static void
report(const struct storm *s)
{
	size_t started = 0, zero = 0, failed = 0, hung = 0, none = 0;
	const struct child *c;

	for (c = s->child; c < s->child + s->n; c++) {
		if (c->pid == 0)
			none++;
		else if (c->ended && c->status == 0)
			zero++;
		else if (c->ended)
			failed++;
		else if (c->started)
			started++;
		else
			hung++;
	}
	printf("wall_us %llu\nstarted %zu\nended0 %zu\nfailed %zu\nhung %zu\n"
	       "notrun %zu\n",
	    (unsigned long long)(s->last - s->begin) / 1000, started, zero,
	    failed, hung, none);
	puts("ready");
	fflush(stdout);
}

static void
signal_all(const struct storm *s, int sig)
{
	const struct child *c;

	for (c = s->child; c < s->child + s->n; c++)
		if (c->pid > 0 && !c->ended)
			kill(c->pid, sig);
}

static void
hold_and_end(struct storm *s)
{
	size_t forked = 0;
	uint64_t limit;

	while (forked < s->n && s->child[forked].pid > 0)
		forked++;
	while (!s->stop)
		rest(s, 0);
	signal_all(s, SIGTERM);
	limit = now() + 5 * NS;
	while (s->ended < forked) {
		rest(s, 10000000);
		if (now() > limit) {
			signal_all(s, SIGKILL);
			limit = UINT64_MAX;
		}
	}
}

int
main(int argc, char *argv[])
{
	struct storm s = {0};
	bool hold = false;
	int opt;

	while ((opt = getopt(argc, argv, "+he:")) != -1) {
		hold |= opt == 'h';
		s.errors = opt == 'e' ? optarg : s.errors;
	}
	if (argc - optind < 2 || (s.n = strtoul(argv[optind], NULL, 10)) == 0) {
		fputs("usage: storm [-h] [-e FILE] N COMMAND [ARG ...]\n"
		      "COMMAND is a path; % in ARG is the child's number, from"
		      " 1; -e: where their stderr goes\n",
		    stderr);
		return 2;
	}
	s.argv = argv + optind + 1;
	s.child = calloc(s.n, sizeof(*s.child));
	if (s.child == NULL || stat("/proc/self/exe", &s.self) == -1 ||
	    stat(s.argv[0], &s.command) == -1)
		die(s.argv[0]);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	sigemptyset(&s.signals);
	sigaddset(&s.signals, SIGCHLD);
	sigaddset(&s.signals, SIGTERM);
	sigaddset(&s.signals, SIGINT);
	sigprocmask(SIG_BLOCK, &s.signals, &s.old);
	if (hold)
		one_by_one(&s);
	else
		all_at_once(&s);
	report(&s);
	hold_and_end(&s);
	return 0;
}
