/*
 * resolve.c: a host's name becomes addresses, by a deadline.
 */
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/cluster/resolve.h"
#include "cli/io.h"

static bool
is_numeric(const char *host)
{
	unsigned char bin[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, bin) == 1 ||
	    inet_pton(AF_INET6, host, bin) == 1;
}

/* In the child: lines of addresses, or one that begins with '!': why not. */
static _Noreturn void
ask(const char *host, int fd)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list, *a;
	char name[RESOLVE_TEXT + 32];
	int err = getaddrinfo(host, NULL, &hints, &list);
	const char *why;

	if (err) {
		why = gai_strerror(err);
		io_write(fd, "!", 1);
		io_write(fd, why, strlen(why));
		_exit(0);
	}
	for (a = list; a; a = a->ai_next) {
		/* An address with a zone is of this link only. */
		if (getnameinfo(a->ai_addr, a->ai_addrlen, name, sizeof(name),
		    NULL, 0, NI_NUMERICHOST) || strchr(name, '%'))
			continue;
		strcat(name, "\n");
		io_write(fd, name, strlen(name));
	}
	_exit(0);
}

/* All that it writes until it closes; -1: time is up. */
static ssize_t
answer_take(int fd, char *buf, size_t cap, long long deadline)
{
	size_t n = 0;
	long long left;
	ssize_t got;

	for (;;) {
		left = deadline - clock_boot();
		if (left <= 0 || io_wait(fd, POLLIN, (int)left) <= 0)
			return -1;
		got = IO_RETRY(read(fd, buf + n, cap - 1 - n));
		if (got <= 0)
			break;
		n += (size_t)got;
		if (n == cap - 1)
			break;
	}
	buf[n] = '\0';
	return (ssize_t)n;
}

static int
addresses(char *lines, char address[RESOLVE_MOST][RESOLVE_TEXT])
{
	char *save, *line;
	int n = 0;

	for (line = strtok_r(lines, "\n", &save); line && n < RESOLVE_MOST;
	    line = strtok_r(NULL, "\n", &save)) {
		if (strlen(line) < RESOLVE_TEXT && is_numeric(line))
			strcpy(address[n++], line);
	}
	return n;
}

int
resolve(const char *host, long long deadline,
    char address[RESOLVE_MOST][RESOLVE_TEXT], const char **why)
{
	static char buf[4096]; /* *why is in it */
	ssize_t got;
	int p[2], n;
	pid_t pid;

	if (strlen(host) < RESOLVE_TEXT && is_numeric(host)) {
		strcpy(address[0], host);
		return 1;
	}
	*why = "the system has too little of something";
	if (pipe2(p, O_CLOEXEC) < 0)
		return 0;
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		ask(host, p[1]);
	}
	close(p[1]);
	if (pid < 0) {
		close(p[0]);
		return 0;
	}
	got = answer_take(p[0], buf, sizeof(buf), deadline);
	close(p[0]);
	kill(pid, SIGKILL);
	IO_RETRY(waitpid(pid, NULL, 0));
	*why = "no answer from the name server";
	if (got < 0)
		return 0;
	if (*buf == '!') {
		*why = buf + 1;
		return 0;
	}
	n = addresses(buf, address);
	if (!n)
		*why = "it has no address";
	return n;
}
