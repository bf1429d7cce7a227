/*
 * terminal.c: programs in terminals.
 *
 * From the program upwards, the first process with a window is its terminal,
 * or the server of a multiplexer comes first, and then it goes on from each of
 * its clients: in their environment, since they may be on another display, and
 * within another multiplexer.  What the program's own environment says holds
 * only as far as that: it is inherited by terminals that set nothing.
 *
 * A shell may have become another user's in a pane (su): whoever serves that
 * one can have a client run what he likes.  So servers and clients have to be
 * wholly ours, and of an environment nothing is taken but where windows are.
 */
#include <sys/prctl.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/number.h"
#include "cli/ours.h"
#include "cli/proc.h"
#include "cli/raise/focus.h"
#include "cli/raise/raise.h"
#include "cli/raise/screen.h"
#include "cli/raise/terminal.h"
#include "cli/raise/tmux.h"
#include "cli/raise/tool.h"
#include "cli/raise/ways.h"
#include "cli/raise/x11.h"
#include "cli/wire/carried.h"

/* Multiplexers within each other; processes above each other. */
enum { DEPTH = 4, HEIGHT = 64, CLIENTS = 16 };

static enum outcome upwards(struct x11 *x, pid_t pid, const char *folder,
    int depth, long long deadline);

/* Beside displays: which pane or terminal one is in, and then where panes are
 * to be found. */
enum { WITHIN = 5, PANE_NAMES = 7 };
static const char *const pane_names[PANE_NAMES] = {
	"TMUX", "TMUX_PANE", "STY", "WINDOW", "WINDOWID",
	"SCREENDIR", "XDG_RUNTIME_DIR",
};

/* The value of a variable among the strings in b; NULL. */
static const char *
environment_get(const struct buf *b, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = b->at; at < b->at + b->len;
	    at += strlen(at) + 1) {
		if (!strncmp(at, name, n) && at[n] == '=')
			return at + n + 1;
	}
	return NULL;
}

static void
variable_set(const struct buf *b, const char *name)
{
	const char *value = environment_get(b, name);

	if (value)
		setenv(name, value, 1);
	else
		unsetenv(name);
}

/* What an environment says of places becomes ours. */
static void
terminal_environment(const struct buf *b)
{
	for (size_t k = 0; k < CARRIED_DISPLAYS; k++)
		variable_set(b, carried_displays[k]);
	for (size_t k = 0; k < PANE_NAMES; k++)
		variable_set(b, pane_names[k]);
}

/* That of process pid.  0 or -1. */
static int
environment_take(pid_t pid)
{
	struct buf b;
	int r = -1;

	buf_init(&b, NULL, 0);
	if (ours(pid) && proc_environ(pid, &b) == 0 && b.len &&
	    buf_add(&b, "", 1) == 0) {
		terminal_environment(&b);
		r = 0;
	}
	buf_free(&b);
	return r;
}

/* A client that may not be looked into has what its parent, a shell, has. */
static void
environment_of(pid_t client)
{
	struct proc p;

	if (environment_take(client) == 0)
		return;
	if (proc_read(client, &p) == 0 && environment_take(p.parent) == 0)
		return;
	for (size_t k = 0; k < WITHIN; k++)
		unsetenv(pane_names[k]);
}

/* The terminal of a multiplexer's client: in a process that has its
 * environment. */
static enum outcome
client_raise(pid_t client, const char *folder, int depth, long long deadline)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		environment_of(client);
		_exit(upwards(x11_open(deadline), client, folder, depth,
		    deadline));
	}
	status = child > 0 ? tool_wait(child, deadline) : -1;
	return status < 0 || status >= OUTCOMES ? OUTCOME_NO_WINDOW :
	    (enum outcome)status;
}

/* The first of the clients of a multiplexer that can be raised. */
static enum outcome
clients_raise(bool tmux, const char *folder, int depth, long long deadline)
{
	enum outcome o = OUTCOME_NO_WINDOW;
	pid_t clients[CLIENTS];
	size_t n;

	if (depth == DEPTH)
		return o;
	n = tmux ? tmux_select(clients, CLIENTS, deadline) :
	    screen_select(clients, CLIENTS, deadline);
	for (size_t k = 0; k < n && o == OUTCOME_NO_WINDOW; k++)
		o = client_raise(clients[k], folder, depth + 1, deadline);
	return o;
}

/* $WINDOWID; 0: none. */
static unsigned long
window_id(void)
{
	const char *id = getenv("WINDOWID");
	long long n;

	return id && number_parse(id, &n) == 0 && n > 0 ? (unsigned long)n : 0;
}

/* The window of process pid, if it has any. */
static enum outcome
process_raise(struct x11 *x, pid_t pid, const char *folder,
    long long deadline)
{
	enum outcome o = ways_raise_process(pid, folder, deadline);

	if (x && (o == OUTCOME_NO_WINDOW || o == OUTCOME_NO_DISPLAY))
		o = x11_raise_process(x, pid, window_id(), deadline);
	return o == OUTCOME_NO_DISPLAY ? OUTCOME_NO_WINDOW : o;
}

static enum outcome
upwards(struct x11 *x, pid_t pid, const char *folder, int depth,
    long long deadline)
{
	pid_t tmux = tmux_server(), screen = screen_server();
	enum outcome o = OUTCOME_NO_WINDOW;
	struct proc p;

	for (int k = 0; k < HEIGHT && o == OUTCOME_NO_WINDOW; k++) {
		if (proc_read(pid, &p) < 0 || p.parent <= 1)
			break;
		pid = p.parent;
		if ((pid == tmux || pid == screen) && ours(pid))
			return clients_raise(pid == tmux, folder, depth,
			    deadline);
		o = process_raise(x, pid, folder, deadline);
	}
	/* Its shell has ended, or nobody knows whose the windows are. */
	if (o == OUTCOME_NO_WINDOW && x && window_id())
		o = x11_raise_window(x, window_id(), deadline);
	return o;
}

enum outcome
terminal_raise(struct x11 *x, const struct instance *i, long long deadline)
{
	enum outcome o = OUTCOME_NO_WINDOW;
	struct proc p;

	for (size_t k = 0; k < i->npids && o == OUTCOME_NO_WINDOW; k++) {
		if (proc_read(i->pids[k], &p) == 0 && p.tty)
			o = upwards(x, p.pid, i->mark, 0, deadline);
	}
	if (o == OUTCOME_RAISED || o == OUTCOME_HUNG)
		return OUTCOME_TERMINAL;
	return o == OUTCOME_ASKED ? OUTCOME_ASKED : OUTCOME_NO_WINDOW;
}
