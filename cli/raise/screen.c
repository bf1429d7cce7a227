/*
 * screen.c: windows of GNU screen: STY is "server.name", WINDOW a number.
 *
 * screen does not tell who looks at a session.  Its clients do nothing but
 * wait; what they show is written by the server, which has their terminal
 * open.  Where screen is set-group-ID that is not to be seen: there, the client
 * that started the server is left, as long as it has not ended.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "cli/io.h"
#include "cli/number.h"
#include "cli/proc.h"
#include "cli/procs.h"
#include "cli/raise/screen.h"
#include "cli/raise/tool.h"
#include "cli/text.h"

pid_t
screen_server(void)
{
	const char *sty = getenv("STY");
	char digits[24];
	struct text t;
	pid_t pid;

	if (!sty)
		return 0;
	text_init(&t, digits, sizeof(digits));
	text_mem(&t, sty, strcspn(sty, "."));
	return number_pid(digits, &pid) < 0 ? 0 : pid;
}

static bool
is_screen(pid_t pid)
{
	char path[64], name[64];

	proc_path(pid, "comm", path, sizeof(path));
	return io_file(AT_FDCWD, path, name, sizeof(name)) > 0 &&
	    strcmp(name, "screen\n") == 0;
}

static bool
is_attached(pid_t pid, const struct proc *server)
{
	struct proc p;
	char tty[64] = "/dev/";
	int shows;

	if (pid == server->pid || !is_screen(pid) || proc_read(pid, &p) < 0 ||
	    !p.tty)
		return false;
	proc_tty(p.tty, tty + 5, sizeof(tty) - 5);
	shows = proc_opens(server->pid, tty, false);
	return shows < 0 ? pid == server->parent : shows;
}

size_t
screen_select(pid_t *clients, size_t cap, long long deadline)
{
	char *sty = getenv("STY"), *window = getenv("WINDOW"), said[256];
	struct proc server;
	struct procs all;
	size_t n = 0;
	pid_t pid;

	if (!sty || !window)
		return 0;
	char *argv[] = { "screen", "-S", sty, "-X", "select", window, NULL };
	if (tool_run(argv, said, sizeof(said), deadline) != 0 ||
	    proc_read(screen_server(), &server) < 0 || procs_begin(&all) < 0)
		return 0;
	while (n < cap && procs_next(&all, &pid)) {
		if (is_attached(pid, &server))
			clients[n++] = pid;
	}
	procs_end(&all);
	return n;
}
