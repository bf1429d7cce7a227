/*
 * roots.c: where the state roots of this world are.
 */
#include "tests/sim/kernel.h"
#include "tests/sim/world.h"

#define GIVEN "/run/o"

void
roots_make(void)
{
	static char full[(32 << 10) - 100];
	struct inode *root;

	memset(full, '-', sizeof(full) - 1);
	file_make(GIVEN "/.ended", 0600, full);
	path_find(AT_FDCWD, GIVEN, true, &root);
	root->mode = S_IFDIR | 0700;
}

char *roots_variable(void) { return "ONLYONE_DIR=" GIVEN; }

struct inode *
root_at(int n)
{
	return n ? NULL : child_find(child_find(root_inode, "run"), "o");
}

const char *
root_below(const char *path)
{
	size_t n = strlen(GIVEN);

	return strncmp(path, GIVEN, n) ? NULL : path[n] == '/' ? path + n + 1 :
	    path[n] ? NULL : path + n;
}
