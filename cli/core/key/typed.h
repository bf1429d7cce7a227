/*
 * typed.h: the path of a folder as the user names it.
 */
#ifndef TYPED_H
#define TYPED_H

/*
 * The folder's path, absolute and without `.`, `..` and needless slashes, with
 * the symbolic links that the user typed (typed.c tells which ones are
 * followed).  The folder need not exist, where nothing is followed.  out has
 * PATH_MAX bytes.  0, or -1: errno.
 */
int path_typed(const char *folder, char *out);

#endif
