/*
 * enforce.c: a program that was started without the command, and has a rule.
 *
 * The name is that of the file that was executed: of a script its own, since
 * the kernel names that to the interpreter.  Programs without a rule pay for
 * two files that are not there.
 */
#include <sys/auxv.h>

#include <limits.h>
#include <stdbool.h>
#include <unistd.h>

#include "preload/bytes.h"
#include "preload/contract.h"
#include "preload/enforce.h"
#include "preload/entry.h"
#include "preload/sys.h"

enum {
	ARGUMENTS = 6 << 20, /* more than that no process has */
	BEFORE = 3           /* onlyone --enforced FILE */
};

/* The last component of a path; NULL: it has none. */
static const char *
base_name(const char *path)
{
	const char *base = path;

	for (; *path; path++) {
		BYTES_LOOP();
		if (*path == '/')
			base = path + 1;
	}
	return *base ? base : NULL;
}

/* Whether there is a file DIR RULES NAME. */
static bool
ruled(const char *dir, const char *rules, const char *name)
{
	size_t a = bytes_len(dir), b = bytes_len(rules), c = bytes_len(name);
	char path[PATH_MAX], *to = path;

	if (a + b + c + 1 > sizeof(path))
		return false;
	to = bytes_copy(to, dir, a);
	to = bytes_copy(to, rules, b);
	*bytes_copy(to, name, c) = '\0';
	return SYS3(SYS_faccessat, AT_FDCWD, path, F_OK) == 0;
}

/* All of a file that the kernel makes up; its length, 0: it cannot be had. */
static size_t
file_read(const char *path, char *text, size_t cap)
{
	int fd = sys_open(AT_FDCWD, path, O_RDONLY);
	size_t len = 0;
	long n = 0;

	if (fd < 0)
		return 0;
	while (len < cap &&
	    (n = SYS3(SYS_read, fd, text + len, cap - len)) > 0)
		len += (size_t)n;
	sys_close(fd);
	return n == 0 ? len : 0;
}

/* Execute DIR TAIL, where DIR is the library's folder, or the one above it. */
static void
command_run(const struct enforce *e, const char *tail, char **argv)
{
	size_t dir = entry_home(e->shim, e->len), len = bytes_len(tail);
	char path[PATH_MAX];

	if (dir + len + 1 > sizeof(path))
		return;
	bytes_copy(bytes_copy(path, e->shim, dir), tail, len + 1);
	SYS3(SYS_execve, path, argv, environ);
}

/* Become the command, with our arguments after its own. */
static void
become(const struct enforce *e, const char *file)
{
	char *text = sys_map(ARGUMENTS, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
	size_t len = text ?
	    file_read("/proc/self/cmdline", text, ARGUMENTS) : 0;
	size_t n = 0, size;
	char **argv = NULL;

	for (size_t i = 0; i < len; i++)
		n += !text[i];
	size = (n + BEFORE + 1) * sizeof(*argv);
	if (len && !text[len - 1])
		argv = sys_map(size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1);
	if (argv) {
		argv[0] = (char *)"onlyone";
		argv[1] = (char *)ENFORCED;
		argv[2] = (char *)file;
		n = BEFORE;
		for (char *s = text; s < text + len; s += bytes_len(s) + 1)
			argv[n++] = s;
		argv[n] = NULL;
		command_run(e, "/onlyone", argv);
		command_run(e, "/../../bin/onlyone", argv);
		sys_unmap(argv, size);
	}
	if (text)
		sys_unmap(text, ARGUMENTS);
}

/*
 * Valgrind puts libraries of its own in front of us.  It would lose the program
 * to the command; or its launcher, which we are loaded into as well, would take
 * the mark, and this would never end.
 */
static bool
in_valgrind(void)
{
	const char *s = environ[entry_index(environ)];

	for (; s && *s; s++) {
		BYTES_LOOP();
		if (bytes_begin(s, "/vgpreload_"))
			return true;
	}
	return false;
}

static bool
same_file(const char *path, const struct statx *st)
{
	struct statx other;

	return sys_status(AT_FDCWD, path, 0, &other) == 0 &&
	    st->stx_ino == other.stx_ino &&
	    st->stx_dev_major == other.stx_dev_major &&
	    st->stx_dev_minor == other.stx_dev_minor;
}

/*
 * What was executed by descriptor, or as /proc/self/exe, goes by a path that
 * means nothing to the command: its own stands elsewhere.  A script is none of
 * these, since its interpreter has it open.  NULL: there is none.
 */
static const char *
file_find(const char *file, char *path, size_t cap)
{
	static const char self[] = "/proc/self/exe";
	struct statx st;
	long n;

	if (!file ||
	    (!bytes_begin(file, "/dev/fd/") && !bytes_begin(file, "/proc/")))
		return file;
	if (sys_status(AT_FDCWD, self, 0, &st) != 0)
		return NULL;
	if (SYS3(SYS_faccessat, AT_FDCWD, file, F_OK) == 0 &&
	    !same_file(file, &st))
		return file;
	n = SYS5(SYS_readlinkat, AT_FDCWD, self, path, cap - 1, 0);
	if (n <= 0)
		return NULL;
	path[n] = '\0';
	return same_file(path, &st) ? path : NULL;
}

void
enforce(const struct enforce *e)
{
	char path[PATH_MAX];
	const char *file = NULL, *name;

	if (e->shim)
		file = file_find((const char *)getauxval(AT_EXECFN), path,
		    sizeof(path));
	if (!file || !(name = base_name(file)))
		return;
	if (((e->names && bytes_listed(e->names, name)) ||
		(e->home && *e->home == '/' &&
		    ruled(e->home, RULES_USER, name)) ||
		ruled("", RULES_SYSTEM, name)) &&
	    !in_valgrind())
		become(e, file);
}
