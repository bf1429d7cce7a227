/*
 * tmux.c: panes of tmux: TMUX is "socket,server,session", TMUX_PANE "%3".
 */
#include <stdlib.h>
#include <string.h>

#include "cli/number.h"
#include "cli/raise/panes.h"
#include "cli/raise/tool.h"

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

size_t
tmux_select(pid_t *clients, size_t cap, long long deadline)
{
	char tmux[4096], lines[8192], *socket, *pane = getenv("TMUX_PANE");
	pid_t server;

	socket = tmux_socket(tmux, sizeof(tmux), &server);
	if (!socket || !pane)
		return 0;
	char *argv[] = { "tmux", "-S", socket, "select-window", "-t", pane,
		";", "select-pane", "-t", pane, ";", "list-clients", "-t",
		pane, "-F", "#{client_activity} #{client_pid}", NULL };
	if (tool_run(argv, lines, sizeof(lines), deadline) != 0)
		return 0;
	return clients_parse(lines, clients, cap);
}
