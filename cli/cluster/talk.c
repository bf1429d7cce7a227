/*
 * talk.c: what a launch and its onlyone-cluster say to each other.
 */
#include <stdarg.h>
#include <stddef.h>

#include "cli/cluster/talk.h"
#include "cli/wire/sock.h"

bool
talk_send(int fd, enum talk type, ...)
{
	const char *name, *value;
	char storage[2048];
	struct buf b;
	size_t start;
	va_list ap;
	bool ok;

	buf_init(&b, storage, sizeof(storage));
	start = frame_begin(&b, (enum frame_type)type);
	va_start(ap, type);
	while ((name = va_arg(ap, const char *))) {
		value = va_arg(ap, const char *);
		if (value)
			fields_put(&b, name, value);
	}
	va_end(ap);
	ok = frame_end(&b, start) == 0 &&
	    sock_send(fd, b.at, b.len, NULL, 0) == 0;
	buf_free(&b);
	return ok;
}

bool
talk_line(int fd, enum talk type, const char *line)
{
	return talk_send(fd, type, "line", line, NULL, NULL);
}
