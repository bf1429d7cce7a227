/*
 * server_window.c: commands that exit at once, and leave their window to a
 * server.
 *
 * Such a command cannot be made single: when it has exited its slot is free,
 * and the next launch opens another window.  That a process exits soon, with 0,
 * tells nothing: it may have handed over to a process outside onlyone.  So we
 * know these commands by name.
 */
#include <string.h>

#include "cli/base/buf.h"
#include "cli/base/say.h"
#include "cli/base/text.h"
#include "cli/core/launch/server_window.h"
#include "cli/core/slot/ended.h"

static const struct {
	const char *name, *server;
	const char *stays; /* the option with which it stays until its window is
	                    * closed */
} rows[] = {
	{ "gnome-terminal", "gnome-terminal-server", "--wait" },
};

/* The row of a command; -1: none. */
static int
row_of(const char *program, char *const args[])
{
	const char *name = basename(program);

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (strcmp(name, rows[i].name) != 0)
			continue;
		for (; *args && strcmp(*args, "--") != 0; args++) {
			if (!strcmp(*args, rows[i].stays))
				return -1;
		}
		return (int)i;
	}
	return -1;
}

bool
server_window_tell(const char *program, char *const args[])
{
	int i = row_of(program, args);

	if (i < 0)
		return false;
	say_note(rows[i].name, " exits at once and leaves its window to ",
	    rows[i].server, ", so each launch opens another window",
	    TEXT_HINT, "use ", rows[i].name, " ", rows[i].stays,
	    ", which stays and is single", NULL);
	return true;
}

void
server_window_once(const char *program, char *const args[],
    const struct root *r, const char *app)
{
	struct buf b = { 0 };
	struct fields f;
	const char *name;
	bool known = false;
	size_t at = 0;

	if (row_of(program, args) < 0)
		return;
	if (ended_read(r, &b) == 0) {
		while (!known && ended_next(&b, &at, &f)) {
			name = fields_get(&f, "app");
			known = name && !strcmp(name, app);
		}
	}
	buf_free(&b);
	if (!known)
		server_window_tell(program, args);
}
