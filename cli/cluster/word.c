/*
 * word.c: what launch, holder and watchdog say to each other.
 */
#include <sys/socket.h>

#include <errno.h>
#include <string.h>

#include "cli/base/io.h"
#include "cli/cluster/hold.h"

bool
word_send(int fd, const struct word *w, const char *line)
{
	struct word all = *w;
	size_t n = line ? strlen(line) : 0;

	if (fd < 0)
		return false;
	if (n >= sizeof(all.line))
		n = sizeof(all.line) - 1;
	memcpy(all.line, line ? line : "", n);
	all.line[n] = '\0';
	return IO_RETRY(send(fd, &all, sizeof(all), MSG_DONTWAIT |
	    MSG_NOSIGNAL)) == sizeof(all);
}

int
word_hear(int fd, struct word *w)
{
	ssize_t n = IO_RETRY(recv(fd, w, sizeof(*w), MSG_DONTWAIT));

	if (n < 0 && errno == EAGAIN)
		return 0;
	return n == sizeof(*w) ? 1 : -1;
}

void
launch_tell(const struct hold *h, int what, const char *line)
{
	word_send(h->talk, &(struct word){ .what = what,
	    .status = h->status }, line);
}

const char *
name_cut(const struct hold *h, const char *line)
{
	struct fault name;
	size_t n;

	fault_set(&name, 0, h->app, ": ", NULL);
	n = strlen(name.line);
	return line + (strncmp(line, name.line, n) ? 0 : n);
}

bool
launch_quits(struct hold *h)
{
	struct word w;
	int got = 1;

	while (h->talk >= 0 && (got = word_hear(h->talk, &w)) > 0) {
		h->quit |= w.what == WORD_QUIT;
		h->heard |= w.what == WORD_HEARD;
	}
	if (got < 0)
		io_close(&h->talk);
	h->quit |= got < 0;
	return h->quit;
}
