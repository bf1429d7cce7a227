/*
 * link_folder.h: paths in the folder of our own links, by their text.
 */
#ifndef LINK_FOLDER_H
#define LINK_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

/* The folder, below a home. */
#define LINK_FOLDER ".local/lib/onlyone/bin"

/* Whether the first len bytes of a path, an entry of PATH, name any user's
 * folder of links: by its text, without looking at the file system. link_typed:
 * the name of the link that such a path leads to; NULL: it is not in there. */
bool link_folder_is(const char *dir, size_t len);
const char *link_typed(const char *path);

#endif
