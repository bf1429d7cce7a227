/*
 * stuck.c: a process that hangs inside execve, like one with an open file on a
 * server that does not answer.
 *
 *	stuck SOCKET PROGRAM [ARG...]
 *
 * execve closes close-on-exec descriptors with a kernel lock taken
 * (exec_update_lock) for which readers of /proc/PID/maps, environ, exe and
 * others wait.  Closing a file on FUSE waits until the server has answered
 * FLUSH, and the one that passes us a file along SOCKET never does
 * (tests/lib/liar.py).
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int
main(int argc, char *argv[])
{
	char room[CMSG_SPACE(sizeof(int))], byte;
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	struct iovec part = {&byte, 1};
	struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1,
	    .msg_control = room, .msg_controllen = sizeof(room)};
	int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (argc < 3)
		return 64;
	strncpy(sun.sun_path, argv[1], sizeof(sun.sun_path) - 1);
	if (connect(sock, (struct sockaddr *)&sun, sizeof(sun)) == 0 &&
	    recvmsg(sock, &m, MSG_CMSG_CLOEXEC) == 1 && m.msg_controllen)
		execvp(argv[2], argv + 2);
	perror("stuck");
	return 1;
}
