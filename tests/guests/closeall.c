/*
 * closeall.c: a program that closes every file descriptor it did not open.
 *
 * As daemons and sandboxes do: once before anything else, and again a moment
 * later.  So onlyone must not need a descriptor in it to keep it single.
 *
 * closeall [FILE]: FILE is created when all are closed.  Waits for a signal.
 */
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

int
main(int argc, char *argv[])
{
	int fd;

	alarm(300);
	if (syscall(SYS_close_range, 0u, ~0u, 0u) < 0)
		for (fd = 0; fd < 65536; fd++)
			close(fd);
	for (fd = 0; fd < 1024; fd++)
		close(fd);
	if (argc > 1 &&
	    (fd = open(argv[1], O_WRONLY | O_CREAT | O_CLOEXEC, 0600)) >= 0)
		close(fd);
	for (;;)
		pause();
}
