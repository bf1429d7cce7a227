/*
 * leased_document.c: what a document is called on all hosts of a cluster.
 *
 * By the path and not by the number of the file, which is another one each time
 * an editor has saved it.  Hosts may have mounted more or less of a share: what
 * is mounted and what lies below it make one name together.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/io.h"
#include "cli/launch/leased_document.h"

enum { MOUNTS = 4 << 20, FIELD_ROOT = 3, FIELD_POINT = 4 };

/* Undo \040 and its like, in place (proc(5), mountinfo). */
static void
unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (*s == '\\' && s[1] && s[2] && s[3]) {
			*to++ = (char)((s[1] & 7) << 6 | (s[2] & 7) << 3 |
			    (s[3] & 7));
			s += 3;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

/* "server:/export", "//server/share": what a server shares is called so. */
static bool
is_shared(const char *source)
{
	const char *colon = strstr(source, ":/");

	return (colon && colon > source && *source != '/') ||
	    !strncmp(source, "//", 2);
}

/* What of path lies below a mount point; NULL: it does not. */
static const char *
below(const char *path, const char *point)
{
	size_t n = strlen(point);

	if (n == 1)
		return path;
	return strncmp(path, point, n) || (path[n] && path[n] != '/') ? NULL :
	    path + n;
}

/* One line: id parent device ROOT POINT options ... - type SOURCE options. */
static bool
line_take(char *line, char **root, char **point, char **source)
{
	char *save, *word;
	int n = 0;

	for (word = strtok_r(line, " ", &save); word;
	    word = strtok_r(NULL, " ", &save), n++) {
		if (n == FIELD_ROOT)
			*root = word;
		else if (n == FIELD_POINT)
			*point = word;
		else if (n > FIELD_POINT && !strcmp(word, "-"))
			break;
	}
	if (!word || !strtok_r(NULL, " ", &save))
		return false;
	*source = strtok_r(NULL, " ", &save);
	if (!*source)
		return false;
	unescape(*root);
	unescape(*point);
	unescape(*source);
	return *root && *point;
}

static const char *
shared_name(struct buf *b, const char *source, const char *root,
    const char *rest)
{
	size_t n = strlen(source);

	while (n && source[n - 1] == '/')
		n--;
	buf_add(b, source, n);
	if (root[1])
		buf_add(b, root, strlen(root));
	buf_string(b, rest);
	return b->failed ? NULL : b->at;
}

/* The number of the mount that it lies on; 0: nobody tells (Linux before 5.8, or
 * it is not there yet). */
static unsigned long long
mount_of(const char *path)
{
	struct statx sx;

	return statx(AT_FDCWD, path, 0, STATX_MNT_ID, &sx) == 0 &&
	    sx.stx_mask & STATX_MNT_ID ? sx.stx_mnt_id : 0;
}

const char *
leased_document(const char *path, struct buf *b)
{
	char *line, *save, *root = NULL, *point = NULL, *source = NULL;
	char *on = NULL, *of = NULL, *top = NULL;
	unsigned long long is, lies = mount_of(path);
	struct buf mounts;
	const char *name = path;
	int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC), err;

	buf_init(&mounts, NULL, 0);
	if (fd < 0 || io_slurp(fd, &mounts, MOUNTS) < 0 ||
	    buf_add(&mounts, "", 1) < 0) {
		err = errno;
		name = NULL;
	} else {
		err = ENOMEM;
		/* The longest, if its number is not known; of equal ones the
		 * last, which hides the others. */
		for (line = strtok_r(mounts.at, "\n", &save); line;
		    line = strtok_r(NULL, "\n", &save)) {
			is = strtoull(line, NULL, 10);
			if (line_take(line, &root, &point, &source) &&
			    below(path, point) && (!lies || lies == is) &&
			    (!on || strlen(point) >= strlen(on))) {
				on = point;
				of = source;
				top = root;
			}
		}
		if (on && is_shared(of))
			name = shared_name(b, of, top, below(path, on));
	}
	io_close(&fd);
	buf_free(&mounts);
	errno = err;
	return name;
}
