/*
 * wayland.c: compositors that let nobody raise the windows of others.
 *
 * Wayland itself has no request for that, and no way to find a window by its
 * process.  Where a compositor has no interface of its own for it, all that
 * is left is to say so.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <stdlib.h>

#include "cli/io.h"
#include "cli/raise/raise.h"
#include "cli/text.h"

/* Is there a compositor?  One that has no time for us is one. */
static bool
wayland_answers(void)
{
	const char *dir = getenv("XDG_RUNTIME_DIR");
	const char *name = getenv("WAYLAND_DISPLAY");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	struct text path;
	bool there;
	int fd;

	if (!name || !*name)
		return false;
	text_init(&path, to.sun_path, sizeof(to.sun_path));
	if (*name != '/') {
		text_add(&path, dir ? dir : "");
		text_add(&path, "/");
	}
	text_add(&path, name);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (path.cut || fd < 0)
		return false;
	there = connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 ||
	    errno == EAGAIN;
	io_close(&fd);
	return there;
}

bool
wayland_is_mute(void)
{
	const char *sway = getenv("SWAYSOCK");

	return !(sway && *sway) && wayland_answers();
}
