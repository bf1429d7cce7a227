/*
 * path.h: one canonical path for all spellings of a document's path, or the
 * device and inode that it leads to.
 *
 * A path is a name in the file system or a file URI (RFC 8089: file:///PATH,
 * file://localhost/PATH, file:/PATH, with escapes).  No malloc, no locale.
 */
#ifndef PATH_H
#define PATH_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

enum path_result {
	PATH_MADE = 0,
	PATH_NONE = -1,  /* there is no canonical path: errno */
	PATH_FAILED = -2 /* the system could not tell: errno */
};

/*
 * The canonical path: absolute, symlinks followed (the last one too, also to
 * what does not exist yet), no `.`, `..`, double or trailing slash.  From the
 * first missing component on, names are taken literally.  So is a part that may
 * not be searched.  out has PATH_MAX bytes.  NONE: ENOENT (empty, or the
 * working directory has been removed), ENAMETOOLONG, ELOOP, EINVAL (a URI that
 * is not of a local file).
 */
enum path_result path_canonical(const char *name, char *out);

/* As realpath(3), which may allocate.  0, or -1: errno. */
int path_real(const char *name, char *out);

/* Whether two paths lead to one file. */
bool path_same_file(const char *a, const char *b);

/*
 * Device and inode of a path's target, as "MAJOR:MINOR inode N"; for a device
 * "char MAJOR:MINOR" or "block MAJOR:MINOR", which all its nodes share.  out
 * has at least 64 bytes.
 */
enum path_result path_inode(const char *name, char *out, size_t cap);

/* The working directory, in out (PATH_MAX bytes). */
enum path_result path_cwd(char *out);

#endif
