/*
 * link_folder.h: paths in the folder of our own links, by their text.
 */
#ifndef LINK_FOLDER_H
#define LINK_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

/* The folder, below a home. */
#define LINK_FOLDER ".local/lib/onlyone/bin"

/* Whether the first len bytes of a path, an entry of PATH, name the folder of
 * links, of any user's: by its text, without a look at the file system.
 * link_typed: the name of the link that a path in it leads to; NULL: no such
 * path. */
bool link_folder_is(const char *dir, size_t len);
const char *link_typed(const char *path);

#endif
