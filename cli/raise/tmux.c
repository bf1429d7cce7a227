/*
 * tmux.c: panes of tmux: TMUX is "socket,server,session", TMUX_PANE "%3".
 *
 * A server can have its client run what it likes, so the socket has to be ours;
 * tmux gets the very one that was looked at.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/io.h"
#include "cli/number.h"
#include "cli/raise/tmux.h"
#include "cli/raise/tool.h"
#include "cli/text.h"

/* Take TMUX apart, in place: the socket may have commas in its name. */
static char *
tmux_socket(char *tmux, size_t cap, pid_t *server)
{
	const char *value = getenv("TMUX");
	char *comma;

	*server = 0;
	if (!value || strlen(value) >= cap)
		return NULL;
	strcpy(tmux, value);
	if ((comma = strrchr(tmux, ',')))
		*comma = '\0';
	if (!comma || !(comma = strrchr(tmux, ',')) ||
	    number_pid(comma + 1, server) < 0)
		return NULL;
	*comma = '\0';
	return tmux;
}

pid_t
tmux_server(void)
{
	char tmux[4096];
	pid_t server;

	return tmux_socket(tmux, sizeof(tmux), &server) ? server : 0;
}

/* Lines "ACTIVITY PID" in the order of the activity, latest first. */
static size_t
clients_parse(char *lines, pid_t *clients, size_t cap)
{
	long long when, times[64];
	char *line, *pid;
	size_t n = 0, k;
	pid_t client;

	if (cap > 64)
		cap = 64;
	while (n < cap && (line = strsep(&lines, "\n"))) {
		pid = strchr(line, ' ');
		if (!pid)
			continue;
		*pid++ = '\0';
		if (number_parse(line, &when) < 0 ||
		    number_pid(pid, &client) < 0)
			continue;
		for (k = n++; k && times[k - 1] < when; k--) {
			times[k] = times[k - 1];
			clients[k] = clients[k - 1];
		}
		times[k] = when;
		clients[k] = client;
	}
	return n;
}

/* TMUX_PANE; NULL: that is not one, and tmux might read commands in it. */
static char *
tmux_pane(void)
{
	char *pane = getenv("TMUX_PANE");
	long long n;

	return pane && *pane == '%' && number_parse(pane + 1, &n) == 0 ?
	    pane : NULL;
}

/* The socket, as a descriptor that tmux inherits, if it is ours.  -1. */
static int
socket_open(const char *path)
{
	struct stat st;
	int fd = open(path, O_PATH);

	if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISSOCK(st.st_mode) ||
	    st.st_uid != geteuid()))
		io_close(&fd);
	return fd;
}

size_t
tmux_select(pid_t *clients, size_t cap, long long deadline)
{
	char tmux[4096], lines[8192], name[32], *socket;
	char *pane = tmux_pane();
	pid_t server;
	struct text t;
	int fd, status;

	socket = tmux_socket(tmux, sizeof(tmux), &server);
	if (!socket || !pane || (fd = socket_open(socket)) < 0)
		return 0;
	text_init(&t, name, sizeof(name));
	text_add(&t, "/proc/self/fd/");
	text_num(&t, fd);
	char *argv[] = { "tmux", "-S", name, "select-window", "-t", pane,
		";", "select-pane", "-t", pane, ";", "list-clients", "-t",
		pane, "-F", "#{client_activity} #{client_pid}", NULL };
	status = tool_run(argv, lines, sizeof(lines), deadline);
	io_close(&fd);
	return status == 0 ? clients_parse(lines, clients, cap) : 0;
}
