/*
 * other.c: the early entry alone, for another processor.
 *
 * It consists of onlyone's entry and functions of string.h, and doors to malloc
 * and printf.  Without an argument it never starts libc.
 */
#include <sys/auxv.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern volatile bool early_on;

int
main(int argc, char *argv[])
{
	char line[64];
	size_t n = (size_t)argc + 5;
	void *volatile at; /* a malloc that is of no use is left out */

	memset(line, 0, sizeof(line));
	memmove(line, "early\n", n < sizeof(line) ? n : 0);
	if (!early_on || strcmp((char *)getauxval(AT_EXECFN), argv[0]) ||
	    !getenv("HOME") || strrchr(line, 'y') != line + 4)
		return 3;
	if (write(1, line, strlen(line)) != 6)
		return 4;
	if (open("/nowhere/at/all", O_RDONLY) != -1 || errno != ENOENT)
		return 5;
	if (argc == 1)
		return 0;
	/* A door preserves registers and errno. */
	if (!(at = malloc(n)) || errno != ENOENT || early_on)
		return 6;
	return printf("late %s %d %zu %.1f %c%c%c\n", argv[1], argc, n, 2.5,
	    'a', 'b', 'c') < 0;
}
