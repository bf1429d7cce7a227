/*
 * said.c: what a command says on its standard error, of its own accord.
 */
#include <sys/mman.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/cluster/said.h"
#include "cli/io.h"

#define OWN "onlyonectl: "

enum { ROOM = 4096 };

int
said_open(void)
{
	int fd = memfd_create("said", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd >= 0 && (ftruncate(fd, ROOM) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SEAL) < 0))
		io_close(&fd);
	return fd;
}

bool
said_take(int *fd, char *line, size_t cap)
{
	char text[ROOM + 1] = "";
	const char *at = text;
	size_t n;

	if (*fd >= 0 && pread(*fd, text, ROOM, 0) < 0)
		*text = '\0';
	io_close(fd);
	text[ROOM] = '\0';
	while (strncmp(at, OWN, strlen(OWN))) {
		at = strchr(at, '\n');
		if (!at)
			return false;
		at++;
	}
	at += strlen(OWN);
	n = strcspn(at, "\n");
	if (n >= cap)
		n = cap - 1;
	memcpy(line, at, n);
	line[n] = '\0';
	return true;
}
