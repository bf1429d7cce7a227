/*
 * tap.c: the main program of the unit tests: it runs their parts.
 */
#include <ftw.h>
#include <stdarg.h>

#include "tests/unit/tap.h"

enum { PATIENCE = 60 /* seconds that a child waits */ };

static int count, failed;
static const char *part;
static char folder[PATH_MAX / 2];

static bool
claim(bool held, const char *name, va_list ap)
{
	printf("%sok %d - %s: ", held ? "" : "not ", ++count, part);
	vprintf(name, ap);
	printf("\n");
	failed += !held;
	/* Children have a copy of what is not written yet. */
	fflush(stdout);
	return held;
}

bool
ok(bool held, const char *name, ...)
{
	va_list ap;

	va_start(ap, name);
	claim(held, name, ap);
	va_end(ap);
	return held;
}

bool
is(const char *got, const char *want, const char *name, ...)
{
	bool same = got && !strcmp(got, want);
	va_list ap;

	va_start(ap, name);
	if (!claim(same, name, ap))
		printf("# '%s' instead of '%s'\n", got ? got : "NULL", want);
	va_end(ap);
	return same;
}

void
bail(const char *what)
{
	printf("Bail out! %s: %s: %s\n", part, what, strerror(errno));
	exit(1);
}

const char *
scratch(void)
{
	const char *in = getenv("TMPDIR");
	char name[sizeof(folder)], real[PATH_MAX];

	if (*folder)
		return folder;
	snprintf(name, sizeof(name), "%s/%s.XXXXXX", in && *in ? in : "/tmp", part);
	if (!mkdtemp(name) || !realpath(name, real) || chmod(real, 0755) ||
	    chdir(real))
		bail(name);
	snprintf(folder, sizeof(folder), "%.*s", (int)sizeof(folder) - 1, real);
	return folder;
}

const char *
at(const char *name)
{
	static char path[4][PATH_MAX];
	static int next;
	char *out = path[next++ % 4];

	snprintf(out, sizeof(path[0]), "%s/%s", scratch(), name);
	return out;
}

static int
entry_remove(const char *name, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(name);
}

static void
scratch_remove(void)
{
	if (*folder && (chdir("/") ||
	    nftw(folder, entry_remove, 16, FTW_DEPTH | FTW_PHYS)))
		bail(folder);
	*folder = '\0';
}

void
file_write_at(int dir, const char *name, const void *at, size_t n, mode_t mode)
{
	int fd;

	unlinkat(dir, name, 0);
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, at, n) != (ssize_t)n || fchmod(fd, mode) < 0 ||
	    close(fd) < 0)
		bail(name);
}

void
file_write(const char *name, const void *at, size_t n, mode_t mode)
{
	file_write_at(AT_FDCWD, name, at, n, mode);
}

void
wait_killed(void)
{
	alarm(PATIENCE);
	for (;;)
		pause();
}

pid_t
child_make(void)
{
	pid_t pid = fork();

	if (pid < 0)
		bail("fork");
	if (pid == 0)
		wait_killed();
	return pid;
}

void
child_end(pid_t pid)
{
	/* To -1 the signal would go to every process there is. */
	if (pid <= 0 || kill(pid, SIGKILL) || waitpid(pid, NULL, 0) != pid)
		bail("a child");
}

int
main(void)
{
	for (const struct part *p = tap_parts; p->name; p++) {
		part = p->name;
		p->run();
		scratch_remove();
	}
	printf("1..%d\n", count);
	return failed || !count;
}
