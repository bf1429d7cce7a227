/*
 * bench.c: what whole commands cost, side by side.
 *
 * One run is posix_spawn(3) to the return of waitpid(2), on CLOCK_MONOTONIC,
 * with streams 0 to 2 on /dev/null.  Each round runs every command once, in
 * an order drawn anew, so that whatever drifts on the machine hits all alike.
 * A run is compared with the baseline's run of the same round; the median of
 * these ratios is the figure to trust, more than a ratio of two medians.
 *
 * Between two runs lies a pause, long enough for what the last one left
 * behind (a keeper) to end.
 *
 * A run that does not end with 0 counts as failed: its time says nothing.  One
 * that is not at its end after LIMIT seconds ends the whole.  PROGRAM is looked
 * up on PATH once, before the clock runs.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>


#define LIMIT 20 /* seconds a run may take */
#define WARMUP 3 /* rounds before those that count */
#define PAUSE UINT64_C(2000000) /* ns, and up to twice that */

static const char usage_text[] =
    "usage: bench [-n ROUNDS] [-b NAME] COMMAND ...\n"
    "\n"
    "COMMAND: one word to a shell, NAME: [VAR=VALUE ...] PROGRAM [ARG ...]\n"
    "Words end at blanks, a backslash keeps the next character.\n"
    "\n"
    "  -n ROUNDS  how often each command runs (300)\n"
    "  -b NAME    the baseline (the first command)\n"
    "\n"
    "Times are microseconds.  Exit status: 1 if any run failed.\n";

struct command {
	char *name;
	char *path;
	char **argv;
	char **envp;
	uint64_t *ns; /* one a round */
	unsigned failed; /* runs */
	int status; /* of the last that failed, as of waitpid */
};

struct set {
	struct command *cmd;
	size_t n;
	size_t base;
	unsigned rounds;
	uint64_t seed;
	posix_spawn_file_actions_t streams;
};

__attribute__((format(printf, 1, 2))) static _Noreturn void
die(const char *fmt, ...)
{
	va_list ap;
	int err = errno;

	fputs("bench: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	if (err != 0)
		fprintf(stderr, ": %s", strerror(err));
	fputc('\n', stderr);
	exit(2);
}

static void *
grow(void *p, size_t n, size_t size)
{
	p = reallocarray(p, n, size);
	if (p == NULL)
		die("memory");
	return p;
}

/* The next word of *at, unquoted in place; NULL at the end. */
static char *
word(char **at)
{
	char *r = *at + strspn(*at, " \t"), *start = r, *w = r;

	if (*r == '\0')
		return NULL;
	while (*r != '\0' && *r != ' ' && *r != '\t') {
		if (*r == '\\' && r[1] != '\0')
			r++;
		*w++ = *r++;
	}
	*at = *r == '\0' ? r : r + 1;
	*w = '\0';
	return start;
}

/* A copy of environ with the n settings of var in it. */
static char **
environ_with(char **var, size_t n)
{
	size_t have = 0, i, j, len;
	char **env;

	while (environ[have] != NULL)
		have++;
	env = grow(NULL, have + n + 1, sizeof(*env));
	memcpy(env, environ, have * sizeof(*env));
	for (i = 0; i < n; i++) {
		len = strcspn(var[i], "=") + 1;
		for (j = 0; j < have; j++)
			if (strncmp(env[j], var[i], len) == 0)
				break;
		env[j] = var[i];
		if (j == have)
			have++;
	}
	env[have] = NULL;
	return env;
}

static char *
find(const char *program)
{
	const char *dir = getenv("PATH"), *end;
	char *path;

	if (strchr(program, '/') != NULL || dir == NULL)
		return strdup(program);
	for (;; dir = end + 1) {
		end = strchrnul(dir, ':');
		if (asprintf(
			&path, "%.*s/%s", (int)(end - dir), dir, program) == -1)
			die("memory");
		if (access(path, X_OK) == 0)
			return path;
		free(path);
		if (*end == '\0')
			die("%s", program);
	}
}

static void
add_command(struct set *s, const char *line)
{
	struct command c = {0};
	char *at, *w;
	size_t words = 0, vars = 0;

	at = strdup(line);
	if (at == NULL)
		die("memory");
	c.name = at;
	at = strchr(at, ':');
	errno = 0;
	if (at == NULL || at == c.name || strcspn(c.name, " \t:") == 0)
		die("%s: no NAME: in front", line);
	*at++ = '\0';
	if (strpbrk(c.name, " \t") != NULL)
		die("%s: a blank in the name", c.name);
	while ((w = word(&at)) != NULL) {
		c.argv = grow(c.argv, words + 2, sizeof(*c.argv));
		c.argv[words++] = w;
		c.argv[words] = NULL;
		if (vars + 1 == words && strchr(w, '=') != NULL)
			vars = words;
	}
	if (words == vars)
		die("%s: no program", c.name);
	c.envp = environ_with(c.argv, vars);
	c.argv += vars;
	c.path = find(c.argv[0]);
	s->cmd = grow(s->cmd, s->n + 1, sizeof(*s->cmd));
	s->cmd[s->n++] = c;
}

static uint64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* xorshift64: the order of a round needs no better chance than this. */
static uint64_t
draw(struct set *s, uint64_t below)
{
	s->seed ^= s->seed << 13;
	s->seed ^= s->seed >> 7;
	s->seed ^= s->seed << 17;
	return s->seed % below;
}

/* Only there to make waitpid return. */
static void
on_alarm(int sig)
{
	(void)sig;
}

static void
setup(struct set *s)
{
	struct sigaction sa = {.sa_handler = on_alarm};
	int fd, i;

	sigaction(SIGALRM, &sa, NULL);
	fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (fd == -1)
		die("/dev/null");
	posix_spawn_file_actions_init(&s->streams);
	for (i = 0; i < 3; i++)
		posix_spawn_file_actions_adddup2(&s->streams, fd, i);
	for (i = 0; (size_t)i < s->n; i++)
		s->cmd[i].ns = grow(NULL, s->rounds, sizeof(*s->cmd[i].ns));
	s->seed = now() | 1;
}

static uint64_t
run_once(struct set *s, struct command *c)
{
	uint64_t start, took;
	pid_t pid, got;
	bool late = false;
	int err, status;

	alarm(LIMIT);
	start = now();
	err = posix_spawn(&pid, c->path, &s->streams, NULL, c->argv, c->envp);
	if (err != 0) {
		errno = err;
		die("%s", c->path);
	}
	while ((got = waitpid(pid, &status, 0)) == -1 && errno == EINTR) {
		kill(pid, SIGKILL);
		late = true;
	}
	took = now() - start;
	alarm(0);
	if (got == -1)
		die("waitpid");
	errno = 0;
	if (late)
		die("%s: not at its end after %d s", c->name, LIMIT);
	if (status != 0) {
		c->failed++;
		c->status = status;
	}
	return took;
}

static void
rest(struct set *s)
{
	struct timespec t = {.tv_nsec = (long)(PAUSE + draw(s, PAUSE))};

	nanosleep(&t, NULL);
}

static void
run_round(struct set *s, size_t *order, unsigned round, bool counts)
{
	uint64_t took;
	size_t i, j, t;

	for (i = s->n; i > 1; i--) {
		j = (size_t)draw(s, i);
		t = order[j];
		order[j] = order[i - 1];
		order[i - 1] = t;
	}
	for (i = 0; i < s->n; i++) {
		took = run_once(s, &s->cmd[order[i]]);
		if (counts)
			s->cmd[order[i]].ns[round] = took;
		rest(s);
	}
}

static void
run_all(struct set *s)
{
	size_t *order = grow(NULL, s->n, sizeof(*order)), i;
	unsigned r;

	for (i = 0; i < s->n; i++)
		order[i] = i;
	for (r = 0; r < WARMUP; r++)
		run_round(s, order, 0, false);
	for (r = 0; r < s->rounds; r++)
		run_round(s, order, r, true);
	free(order);
}

static int
by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Value below which the given part of n sorted ones lies. */
static double
part(const double *v, unsigned n, double p)
{
	double at = p * (n - 1);
	unsigned i = (unsigned)at;

	if (i + 1 >= n)
		return v[n - 1];
	return v[i] + (v[i + 1] - v[i]) * (at - i);
}

static void
report(const struct set *s)
{
	const uint64_t *base = s->cmd[s->base].ns;
	double *us = grow(NULL, s->rounds, sizeof(*us));
	double *ratio = grow(NULL, s->rounds, sizeof(*ratio));
	const struct command *c;
	unsigned r;

	printf("%-24s %8s %8s %8s %7s %6s\n", "command", "median", "p10", "p90",
	    "ratio", "failed");
	for (c = s->cmd; c < s->cmd + s->n; c++) {
		for (r = 0; r < s->rounds; r++) {
			us[r] = (double)c->ns[r] / 1000;
			ratio[r] = (double)c->ns[r] / (double)base[r];
		}
		qsort(us, s->rounds, sizeof(*us), by_value);
		qsort(ratio, s->rounds, sizeof(*ratio), by_value);
		printf("%-24s %8.0f %8.0f %8.0f %7.3f %6u\n", c->name,
		    part(us, s->rounds, 0.5), part(us, s->rounds, 0.1),
		    part(us, s->rounds, 0.9), part(ratio, s->rounds, 0.5),
		    c->failed);
	}
	free(us);
	free(ratio);
}

static int
failures(const struct set *s)
{
	const struct command *c;
	int any = 0;

	for (c = s->cmd; c < s->cmd + s->n; c++) {
		if (c->failed == 0)
			continue;
		any = 1;
		if (WIFSIGNALED(c->status))
			fprintf(stderr, "bench: %s: %u failed, signal %d\n",
			    c->name, c->failed, WTERMSIG(c->status));
		else
			fprintf(stderr, "bench: %s: %u failed, status %d\n",
			    c->name, c->failed, WEXITSTATUS(c->status));
	}
	return any;
}

int
main(int argc, char *argv[])
{
	struct set s = {.rounds = 300};
	const char *base = NULL;
	int opt;

	while ((opt = getopt(argc, argv, "n:b:")) != -1) {
		switch (opt) {
		case 'n':
			s.rounds = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'b':
			base = optarg;
			break;
		default:
			fputs(usage_text, stderr);
			return 2;
		}
	}
	for (; optind < argc; optind++)
		add_command(&s, argv[optind]);
	if (s.n == 0 || s.rounds == 0) {
		fputs(usage_text, stderr);
		return 2;
	}
	while (base != NULL && strcmp(s.cmd[s.base].name, base) != 0) {
		errno = 0;
		if (++s.base == s.n)
			die("%s: no such command in the set", base);
	}
	setup(&s);
	run_all(&s);
	report(&s);
	return failures(&s);
}
