/*
 * path_fuzz.c: any name of a document, in a folder full of symlinks.
 *
 * Its canonical path is absolute, has no `.`, `..`, double or trailing slash,
 * and is its own; where the whole of it exists, realpath(3) says the same.
 * Inputs are names of that folder's kind, and file URIs.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/core/key/path.h"
#include "tests/fuzz/fuzz.h"

static const char *const links[][2] = {{"a", "c"}, {"a/b", "e"}, {"..", "g"},
    {"/", "h"}, {"i", "i"}, {"none/k", "j"}, {"a/.", "k"}, {"c/../x", "l"},
    {"n", "m"}, {"c//d/..", "n"}, {"../e", "a/e"}, {"../../a", "a/g"},
    {"e/x", "o"}, {"", "p"}, {"%61", "q"}, {"file:/", "r"}};

/* Everything here is removed once whoever it was made for has gone, of
 * whatever he died. */
static void
janitor(const char *dir)
{
	char byte;
	int ends[2];
	pid_t pid;

	MUST(pipe2(ends, O_CLOEXEC) == 0);
	pid = fork();
	MUST(pid >= 0);
	if (pid > 0) {
		close(ends[0]);
		return;
	}
	/* Nobody shall wait for us to let go of his streams. */
	for (int fd = 0; fd < ends[0]; fd++)
		close(fd);
	for (int fd = ends[0] + 1; fd < 1024; fd++)
		close(fd);
	setsid();
	while (read(ends[0], &byte, 1) > 0)
		;
	execl("/bin/rm", "rm", "-rf", "--", dir, (char *)NULL);
	_exit(1);
}

static void
folder_make(void)
{
	static char dir[PATH_MAX];
	const char *tmp = getenv("TMPDIR");

	if (*dir)
		return;
	snprintf(dir, sizeof(dir), "%s/path_fuzz.XXXXXX",
	    tmp && *tmp ? tmp : "/tmp");
	MUST(mkdtemp(dir));
	janitor(dir);
	MUST(chdir(dir) == 0 && mkdir("a", 0700) == 0 &&
	    mkdir("a/d", 0700) == 0);
	MUST(close(open("a/b", O_CREAT | O_WRONLY, 0600)) == 0);
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++)
		MUST(!*links[i][0] || symlink(links[i][0], links[i][1]) == 0);
}

static void
plain(const char *path)
{
	MUST(*path == '/' && strlen(path) < PATH_MAX);
	MUST(!strstr(path, "//") && !strstr(path, "/./") &&
	    !strstr(path, "/../"));
	for (const char *s = path; path[1] && (s = strchr(s, '/')); s++) {
		const char *end = strchrnul(s + 1, '/');
		size_t n = (size_t)(end - s - 1);

		MUST(n && !(n == 1 && s[1] == '.') &&
		    !(n == 2 && s[1] == '.' && s[2] == '.'));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *name = malloc(size + 1), *out = malloc(PATH_MAX);
	char *again = malloc(PATH_MAX), inode[64], real[PATH_MAX];
	bool uri;

	folder_make();
	memcpy(name, data, size);
	name[size] = '\0';
	uri = !strncasecmp(name, "file:/", 6);
	memset(out, 0x5a, PATH_MAX);
	if (path_canonical(name, out) == 0) {
		plain(out);
		MUST(path_canonical(out, again) == 0 && !strcmp(out, again));
		if (!uri && realpath(name, real))
			MUST(!strcmp(out, real));
	} else {
		int err = errno;

		MUST(err == ENOENT || err == ENAMETOOLONG || err == ELOOP ||
		    err == EINVAL);
		MUST(err != EINVAL || uri);
		MUST(err != ENOENT || !*name);
		MUST(err != ENAMETOOLONG || strlen(name) > 255);
		MUST(uri || !realpath(name, real));
	}
	/* What a path leads to is what its canonical form does. */
	if (path_inode(name, inode, sizeof(inode)) == 0) {
		char other[64];

		MUST(path_canonical(name, out) == 0);
		MUST(path_inode(out, other, sizeof(other)) == 0);
		MUST(!strcmp(inode, other));
	}
	free(again);
	free(out);
	free(name);
	return 0;
}

int
fuzz_seed(unsigned int n, uint8_t *at, size_t *size)
{
	static const char *const seeds[] = {"a/b", "c/d/../b", "./e", "g/..",
	    "h/tmp/../..", "i", "j/..", "none/../c/none/..", "k/k", "l", "m/e",
	    "a/g/a/e", "//a///d/", "/..", "o/../e", "file:///tmp/%2e%2E/a",
	    "file://localhost/%61/b", "file:/a", "file://x/y", "file:///%00",
	    "FILE:/%", "a/b/../d", "r/a", "q", "..", "."};

	if (n < sizeof(seeds) / sizeof(*seeds)) {
		*size = strlen(seeds[n]);
		memcpy(at, seeds[n], *size);
		return 0;
	}
	n -= (unsigned int)(sizeof(seeds) / sizeof(*seeds));
	if (n > 3)
		return -1;
	/* About as long as a path can be. */
	*size = PATH_MAX - n;
	memset(at, 'x', *size);
	for (size_t i = 0; i < *size; i += 200)
		at[i] = '/';
	memcpy(at, "h/c/", 4);
	return 0;
}
