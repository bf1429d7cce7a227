/*
 * args.c: writes down its exact arguments.
 *
 * args FILE [ARG...]: appends to FILE the number of ARGs and each of them,
 * every item ended by a NUL byte, in one write(2) while they are few.
 * $ARGS_STAY set: then waits for a signal.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char buf[16 << 20];

int
main(int argc, char *argv[])
{
	size_t len, done = 0;
	int fd, i;

	if (argc < 2)
		return 2;
	len = (size_t)sprintf(buf, "%d", argc - 2) + 1;
	for (i = 2; i < argc; i++) {
		size_t n = strlen(argv[i]) + 1;

		if (len + n > sizeof(buf))
			return 3;
		memcpy(buf + len, argv[i], n);
		len += n;
	}
	fd = open(argv[1], O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return 4;
	while (done < len) {
		ssize_t n = write(fd, buf + done, len - done);

		if (n <= 0)
			return 5;
		done += (size_t)n;
	}
	close(fd);
	if (getenv("ARGS_STAY")) {
		alarm(300);
		pause();
	}
	return 0;
}
