/*
 * link_folder.c: paths in the folder of our own links, by their text.
 */
#include <string.h>

#include "cli/core/rule/link_folder.h"

bool
link_folder_is(const char *dir, size_t len)
{
	static const char folder[] = "/" LINK_FOLDER;
	const size_t n = sizeof(folder) - 1;

	while (len > n && (dir[len - 1] == '/' ||
	    (dir[len - 1] == '.' && dir[len - 2] == '/')))
		len--;
	return len >= n && !memcmp(dir + len - n, folder, n);
}

const char *
link_typed(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && link_folder_is(path, (size_t)(slash - path)) ?
	    slash + 1 : NULL;
}
