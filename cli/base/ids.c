/*
 * ids.c: the uid that stands for unknown users.
 *
 * A user namespace shows users that it does not map as the overflow id (65534;
 * a sysctl could change it, but none does).  Two processes with it may be of
 * two users.  It is a real user only where every id is mapped, as in the first
 * namespace: elsewhere unmapped users show as it, even if it is mapped too.
 */
#include <fcntl.h>
#include <string.h>

#include "cli/base/ids.h"
#include "cli/base/io.h"

enum { OVERFLOW = 65534 };

bool
ids_nobody(uid_t uid)
{
	char map[128], *rest = map, *word = NULL;

	if (uid != OVERFLOW)
		return false;
	/* "INSIDE OUTSIDE COUNT": if all ids are mapped, there is one line. */
	if (io_file(AT_FDCWD, "/proc/self/uid_map", map, sizeof(map)) <= 0)
		return true;
	for (int i = 0; i < 3; i++)
		word = strtok_r(i ? NULL : map, " \n", &rest);
	return !word || strcmp(word, "4294967295") != 0;
}
