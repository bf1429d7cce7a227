/*
 * waits.c: the file that says what an instance waits for.
 *
 * Its first line is the run, so that a file left by an earlier instance is
 * ignored.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/io.h"
#include "cli/base/text.h"
#include "cli/core/slot/waits.h"
#include "preload/contract.h"

#define OPENED (O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

void
waits_note(const char *slot, const char *run, const char *text)
{
	char path[PATH_MAX], line[WAITS_TEXT];
	struct text t = text_in(line, sizeof(line));
	int fd;

	if (!text_join(path, sizeof(path), slot, "/" FILE_WAITS, NULL))
		return;
	/* The keeper looks at its folder if a file goes: so this one stays. */
	if (text)
		text_all(&t, run, "\n", text, NULL);
	text_dots(&t);
	fd = open(path, O_WRONLY | (text ? O_CREAT : 0) | O_TRUNC | OPENED,
	    0600);
	if (fd >= 0)
		io_write(fd, line, strlen(line));
	io_close(&fd);
}

bool
waits_read(int dir, const char *file, long long since, char text[WAITS_TEXT])
{
	int fd = openat(dir, file, O_RDONLY | OPENED);
	ssize_t n = fd < 0 ? -1 : io_read(fd, text, WAITS_TEXT - 1);
	char line[WAITS_TEXT], *end;
	struct text t;

	io_close(&fd);
	if (n < 0)
		return false;
	text[n] = '\0';
	if (strtoll(text, &end, 10) != since || *end != '\n')
		return false;
	strcpy(line, end + 1);
	t = text_in(text, WAITS_TEXT);
	text_quoted(&t, line);
	return *text;
}
