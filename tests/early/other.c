/*
 * other.c: the early entry by itself, for a processor that is not ours.
 *
 * It has of onlyone the entry and the functions of string.h, and of libc what
 * those leave.  "early", before libc; with an argument, what comes behind a
 * gate: "late", how many arguments there are, and whether descriptor 3, which
 * was opened before, is closed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/core/early/gate.h"

int
main(int argc, char *argv[])
{
	char line[64];
	size_t n = (size_t)argc + 5;

	if (!early_on) {
		printf("late %d %s\n", argc,
		    fcntl(3, F_GETFD) < 0 ? "closed" : "open");
		return 7;
	}
	memset(line, 0, sizeof(line));
	memmove(line, "early\n", n < sizeof(line) ? n : 0);
	if (open("/dev/null", O_RDONLY | O_CLOEXEC) != 3)
		return 3;
	if (open("/nowhere/at/all", O_RDONLY) != -1 || errno != ENOENT)
		return 4;
	if (!getenv("HOME") || strcmp(early_execfn(), argv[0]) ||
	    strrchr(line, 'y') != line + 4 || strlen(line) < 6)
		return 5;
	if (write(1, line, 6) != 6)
		return 6;
	if (argc > 1)
		early_gate();
	return 0;
}
