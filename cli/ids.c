/*
 * ids.c: an id that may be anybody's.
 *
 * A user namespace shows users that it does not map as the overflow id (65534;
 * the kernel lets it be changed, and nobody does).  Two that have it may be two
 * users.  It is somebody where every id is mapped, as in the first namespace;
 * that it is among those mapped does not help: others are shown by it too.
 */
#include <fcntl.h>
#include <string.h>

#include "cli/ids.h"
#include "cli/io.h"

enum { OVERFLOW = 65534 };

bool
ids_nobody(uid_t uid)
{
	char map[128], *rest = map, *word = NULL;

	if (uid != OVERFLOW)
		return false;
	/* "INSIDE OUTSIDE COUNT": all of them are in one line. */
	if (io_file(AT_FDCWD, "/proc/self/uid_map", map, sizeof(map)) <= 0)
		return true;
	for (int i = 0; i < 3; i++)
		word = strtok_r(i ? NULL : map, " \n", &rest);
	return !word || strcmp(word, "4294967295") != 0;
}
