/*
 * typed.c: the path of a program as the user names it.
 *
 * A symlink in the path is kept: /srv/app/current leads to another release each
 * week, and bin/server below it stays one program.  So the path is only made
 * absolute.  Links are followed in four cases:
 *
 *   - folders that distributions have merged: /bin/x is /usr/bin/x;
 *   - /proc and /dev: such a path leads to another file in each process;
 *   - before a `..`, unless the path without both leads to the same folder;
 *   - in the working directory, unless the shell's PWD knows how we came here.
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/text.h"
#include "cli/core/key/path.h"
#include "cli/core/key/typed.h"

/* Whether an absolute path has no component `.` or `..`. */
static bool
is_plain(const char *path)
{
	for (const char *s = path; (s = strstr(s, "/.")); s += 2) {
		s += s[2] == '.';
		if (!s[2] || s[2] == '/')
			return false;
	}
	return true;
}

/* The working directory as the shell has it.  -1: errno. */
static int
folder_here(char *out)
{
	const char *pwd = getenv("PWD");

	if (path_cwd(out) != PATH_MADE)
		return -1;
	if (pwd && *pwd == '/' && strlen(pwd) < PATH_MAX &&
	    strcmp(pwd, out) != 0 && is_plain(pwd) && path_same_file(pwd, "."))
		strcpy(out, pwd);
	return 0;
}

/* Remove `.`, `..` and repeated slashes from an absolute path, in place. */
static void
path_tidy(char *path)
{
	char *to = path, *from = path;
	size_t n;

	while (*(from += strspn(from, "/"))) {
		n = strcspn(from, "/");
		if (n == 2 && !memcmp(from, "..", 2)) {
			while (to > path && *--to != '/')
				;
		} else if (n != 1 || *from != '.') {
			*to++ = '/';
			memmove(to, from, n);
			to += n;
		}
		from += n;
	}
	if (to == path)
		*to++ = '/';
	*to = '\0';
}

/* Whether the path has a component `..`; its end in *end, for the last one. */
static bool
goes_up(const char *path, size_t *end)
{
	bool found = false;

	for (const char *s = path; (s = strstr(s, "/..")); s += 3) {
		if (s[3] == '/' || !s[3]) {
			*end = (size_t)(s + 3 - path);
			found = true;
		}
	}
	return found;
}

/* Replace the first len bytes of the path by their real path. -1: errno. */
static int
path_follow(char *path, size_t len)
{
	char front[PATH_MAX], rest[PATH_MAX];

	strcpy(rest, path + len);
	path[len] = '\0';
	if (path_real(path, front) < 0)
		return -1;
	errno = ENAMETOOLONG;
	return text_join(path, PATH_MAX, *rest && !strcmp(front, "/") ? "" :
	    front, rest, NULL) ? 0 : -1;
}

/* How many bytes of a tidy path are followed; 0: none. */
static size_t
followed_length(const char *path)
{
	static const char *const merged[] = { "/bin", "/sbin", "/lib",
		"/lib32", "/lib64", "/libx32", "/usr/sbin",
		"/usr/local/sbin" };
	size_t n;

	if (!strncmp(path, "/proc/", 6) || !strncmp(path, "/dev/", 5))
		return strlen(path);
	for (size_t i = 0; i < sizeof(merged) / sizeof(*merged); i++) {
		n = strlen(merged[i]);
		if (!strncmp(path, merged[i], n) &&
		    (path[n] == '/' || !path[n]))
			return n;
	}
	return 0;
}

int
path_typed(const char *folder, char *out)
{
	char given[PATH_MAX], cwd[PATH_MAX] = "";
	size_t len, end;

	if (!*folder) {
		errno = ENOENT;
		return -1;
	}
	if (*folder != '/' && folder_here(cwd) < 0)
		return -1;
	errno = ENAMETOOLONG;
	if (!text_join(given, PATH_MAX, cwd, *cwd ? "/" : "", folder, NULL))
		return -1;
	strcpy(out, given);
	path_tidy(out);
	if (goes_up(given, &end) && !path_same_file(out, given)) {
		if (path_follow(given, end) < 0)
			return -1;
		strcpy(out, given);
		path_tidy(out);
	}
	len = followed_length(out);
	return len ? path_follow(out, len) : 0;
}
