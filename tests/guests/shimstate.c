/*
 * shimstate.c: reports what the shim changes in a process: errno at main,
 * LD_PRELOAD, whether a mapping is mapped and the shim loaded, open descriptors,
 * arguments; one a line.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Whether a file whose name ends so is in our address space. */
static const char *
maps(const char *name)
{
	FILE *f = fopen("/proc/self/maps", "re");
	const char *found = "no";
	char line[8192];
	size_t n;

	if (!f)
		return "unknown";
	while (fgets(line, sizeof(line), f)) {
		n = strlen(line);
		if (n > strlen(name) &&
		    !strncmp(line + n - 1 - strlen(name), name, strlen(name)))
			found = "yes";
	}
	fclose(f);
	return found;
}

int
main(int argc, char **argv)
{
	int first_errno = errno, n = 0;
	const char *preload = getenv("LD_PRELOAD");
	char fds[256] = "";

	for (int fd = 0; fd < 40; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			snprintf(fds + strlen(fds), 5, " %d", fd);
	for (char **e = environ; *e; e++)
		n += !strncmp(*e, "LD_PRELOAD=", 11);
	printf("errno %d\n", first_errno);
	if (preload)
		printf("preload '%s'%s\n", preload, n > 1 ? " twice" : "");
	else
		printf("preload unset\n");
	printf("adopted %s\n", maps("/mapping"));
	printf("loaded %s\n", maps("/libonlyone.so"));
	printf("fds%s\nargs", fds);
	for (int i = 0; i < argc; i++)
		printf(" '%s'", argv[i]);
	printf("\n");
	return 0;
}
