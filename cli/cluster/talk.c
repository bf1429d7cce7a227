/*
 * talk.c: the messages between a launch and its onlyone-cluster.
 */
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <errno.h>
#include <linux/sockios.h>
#include <stdarg.h>
#include <stddef.h>

#include "cli/cluster/talk.h"
#include "cli/base/io.h"

enum { NOTES_MOST = 65536 }; /* unread bytes in the socket */

/* A launch that is stopped reads nothing.  Drop notes when many are unread, so
 * that there is room for the messages that matter. */
static bool
is_spared(int fd, enum talk type)
{
	int left;

	return type == TALK_NOTE && ioctl(fd, SIOCOUTQ, &left) == 0 &&
	    left > NOTES_MOST;
}

bool
talk_send(int fd, enum talk type, ...)
{
	const char *name, *value;
	char storage[2048];
	struct buf b;
	size_t start;
	va_list ap;
	bool ok;

	if (fd < 0)
		return false;
	if (is_spared(fd, type))
		return true;
	buf_init(&b, storage, sizeof(storage));
	start = frame_begin(&b, (enum frame_type)type);
	va_start(ap, type);
	while ((name = va_arg(ap, const char *))) {
		value = va_arg(ap, const char *);
		if (value)
			fields_put(&b, name, value);
	}
	va_end(ap);
	/* The message is short and goes as a whole or not at all.  Never block:
	 * a launch that is stopped must not delay what is due. */
	ok = frame_end(&b, start) == 0 && IO_RETRY(send(fd, b.at, b.len,
	    MSG_NOSIGNAL | MSG_DONTWAIT)) == (ssize_t)b.len;
	buf_free(&b);
	return ok;
}

bool
talk_line(int fd, enum talk type, const char *line)
{
	return talk_send(fd, type, "line", line, NULL, NULL);
}

struct talk_page *
talk_page(int fd)
{
	struct talk_page *page = mmap(NULL, sizeof(*page),
	    PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return page == MAP_FAILED ? NULL : page;
}
