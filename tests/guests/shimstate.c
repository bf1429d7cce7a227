/*
 * shimstate.c: reports what the shim changes in a process.
 *
 * shimstate [ACTION...], in order; without any: report.
 *
 *   report      errno at main, LD_PRELOAD, whether a mapping is mapped and the
 *               shim loaded, open descriptors, arguments; one a line
 *   out FILE    standard output becomes FILE
 *   closeall    close every descriptor, without libc
 *   ready FILE  write the pid to FILE, complete when it appears
 *   pause       wait for a signal
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int first_errno;
static char open_fds[256];

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

static void
report(int argc, char **argv)
{
	const char *preload = getenv("LD_PRELOAD");
	int n = 0, i;

	for (char **e = environ; *e; e++)
		n += !strncmp(*e, "LD_PRELOAD=", 11);
	printf("errno %d\n", first_errno);
	if (preload)
		printf("preload '%s'%s\n", preload, n > 1 ? " twice" : "");
	else
		printf("preload unset\n");
	printf("adopted %s\n", maps("/mapping"));
	printf("loaded %s\n", maps("/libonlyone.so"));
	printf("fds%s\n", open_fds);
	printf("args");
	for (i = 0; i < argc; i++)
		printf(" '%s'", argv[i]);
	printf("\n");
	fflush(stdout);
}

static void
ready(const char *file)
{
	char name[4096], pid[32];
	int fd;

	snprintf(name, sizeof(name), "%s.tmp", file);
	snprintf(pid, sizeof(pid), "%d\n", (int)getpid());
	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, pid, strlen(pid)) < 0 || close(fd) < 0 ||
	    rename(name, file) < 0)
		_exit(97);
}

int
main(int argc, char **argv)
{
	int save = errno, i;

	first_errno = save;
	for (i = 0; i < 40; i++)
		if (fcntl(i, F_GETFD) >= 0)
			snprintf(open_fds + strlen(open_fds), 5, " %d", i);
	if (argc < 2)
		report(argc, argv);
	for (i = 1; i < argc; i++) {
		const char *a = argv[i], *b = argv[i + 1];

		if (!strcmp(a, "report")) {
			report(argc, argv);
		} else if (!strcmp(a, "out") && b) {
			if (!freopen(b, "w", stdout))
				return 96;
			i++;
		} else if (!strcmp(a, "closeall")) {
			for (int fd = 0; fd < 1024; fd++)
				syscall(SYS_close, fd);
		} else if (!strcmp(a, "ready") && b) {
			ready(b);
			i++;
		} else if (!strcmp(a, "pause")) {
			pause();
		}
	}
	return 0;
}
