/*
 * gathers.c: the file that marks an instance as having other slots' documents
 * open, too.
 *
 * It holds one number of eight bytes, the instance's since=: a file left by an
 * earlier instance is ignored.
 */
#include <fcntl.h>
#include <unistd.h>

#include "cli/base/io.h"
#include "cli/core/slot/gathers.h"
#include "preload/contract.h"

enum { OPENED = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC };

void
gathers_note(int folder, long long since)
{
	int fd = openat(folder, FILE_GATHERS, O_WRONLY | O_CREAT | OPENED,
	    0600);

	if (fd >= 0)
		io_write(fd, (const char *)&since, sizeof(since));
	io_close(&fd);
}

bool
gathers_is(int folder, long long since)
{
	int fd = openat(folder, FILE_GATHERS, O_RDONLY | OPENED);
	long long noted = 0;
	bool is = fd >= 0 &&
	    IO_RETRY(pread(fd, &noted, sizeof(noted), 0)) == sizeof(noted) &&
	    noted == since;

	io_close(&fd);
	return is;
}
