/*
 * notify.c: tell systemd(1) how far the launch is.
 */
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/io.h"
#include "cli/base/number.h"
#include "cli/cluster/notify.h"

static struct sockaddr_un manager = { .sun_family = AF_UNIX };
static socklen_t length; /* 0: there is none */

long long
notify_begin(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	const char *usec = getenv("WATCHDOG_USEC"), *pid;
	long long n;

	if (!path || (*path != '/' && *path != '@') ||
	    strlen(path) >= sizeof(manager.sun_path))
		return 0;
	strcpy(manager.sun_path, path);
	length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
	    strlen(path));
	if (*path == '@') /* not a file */
		*manager.sun_path = '\0';
	pid = getenv("WATCHDOG_PID");
	if (pid && (number_parse(pid, &n) < 0 || n != getpid()))
		return 0;
	return usec && number_parse(usec, &n) == 0 ? n / 1000 : 0;
}

void
notify_send(const char *words)
{
	const struct timeval most = { 0, 100000 };
	int fd;

	if (!length)
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most,
	    sizeof(most)) == 0)
		sendto(fd, words, strlen(words), MSG_NOSIGNAL,
		    (struct sockaddr *)&manager, length);
	io_close(&fd);
}
